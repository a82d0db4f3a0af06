#include "client/bundle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "client/keys.hpp"
#include "client/media.hpp"
#include "client/notebook.hpp"
#include "client/sync_lock.hpp"
#include "client/whole_file.hpp"
#include "sync/bundle.hpp"

namespace carnet {

namespace {

struct Target {
  std::vector<SpaceId> spaces;
  std::optional<DeviceId> device;
};

Result<Target> target_of(Replica& replica, const std::string& name) {
  if (auto space = Notebook(replica).space(name)) return Target{{*space}, {}};
  SQLite::Statement named(replica.database(), "SELECT space,number FROM device WHERE name=?");
  named.bind(1, name);
  Target target;
  while (named.executeStep()) {
    target.spaces.push_back(SpaceId{named.getColumn(0).getUInt()});
    target.device = DeviceId{named.getColumn(1).getUInt()};
  }
  if (target.spaces.empty()) return Error{Code::not_found, fmt::format("no space and no device here is called '{}'", name)};
  return target;
}

std::string numbered(const std::string& file, std::size_t number) {
  if (number == 1) return file;
  std::filesystem::path path(file);
  return path.replace_filename(fmt::format("{}-{}{}", path.stem().string(), number, path.extension().string())).string();
}

// Writes segments into files, beginning another where one is full.
class Volumes {
 public:
  Volumes(const BundleWish& wish, BundleWritten& written) : wish_(wish), written_(written) { begin(); }

  void segment(const SpaceKey& key, const std::function<void(BundleWriter&)>& first) {
    key_ = key;
    first_ = first;
    open();
  }
  BundleWriter& writer() {
    if (wish_.volume_bytes && bytes_ + writer_->written() > wish_.volume_bytes) {
      end_segment();
      file_->finish();
      begin();
      open();
    }
    return *writer_;
  }
  void end_segment() {
    writer_->end();
    bytes_ += writer_->written();
    written_.bytes += writer_->written();
    writer_.reset();
  }
  void finish() { file_->finish(); }

 private:
  void begin() {
    written_.files.push_back(numbered(wish_.file, written_.files.size() + 1));
    file_ = std::make_unique<WholeFile>(written_.files.back());
    bytes_ = 0;
  }
  void open() {
    writer_ = std::make_unique<BundleWriter>(key_, [this](std::string_view bytes) { file_->write(bytes); });
    first_(*writer_);
  }
  const BundleWish& wish_;
  BundleWritten& written_;
  SpaceKey key_;
  std::function<void(BundleWriter&)> first_;
  std::unique_ptr<WholeFile> file_;
  std::unique_ptr<BundleWriter> writer_;
  std::uint64_t bytes_ = 0;
};

struct Segment {
  SpaceKey key;
  Passport own;
  std::vector<CarriedRange> frames, had;
};

Result<Segment> segment_of(Replica& replica, const DeviceKeys& keys, SpaceId space, std::optional<DeviceId> reader) {
  Error not_told{Code::not_allowed, "this device has no key for bundles yet: the relay gives it one at the next sync"};
  auto key = keys.of(replica.device());
  auto own = key ? passport_of(replica, space, *key) : std::nullopt;
  auto newest = std::find_if(keys.spaces.rbegin(), keys.spaces.rend(), [&](auto& each) { return each.space == space; });
  if (!own || newest == keys.spaces.rend()) return not_told;
  if (auto given = sign_own(replica, space, *key); !given) return given.error();
  Segment segment{*newest, *own, replica.carried(space), held(replica, space)};
  auto known = reader ? known_of(replica, space, *reader) : std::vector<CarriedRange>{};
  std::erase_if(segment.frames, [&](auto& range) { return (reader && range.author == *reader) || covers(known, range); });
  return segment;
}

void write_segment(Replica& replica, const Segment& segment, Volumes& volumes, BundleWritten& written) {
  auto space = segment.key.space;
  volumes.segment(segment.key, [&](BundleWriter& writer) {
    writer.put(replica.device(), segment.had);
    std::set<std::pair<DeviceId, std::uint32_t>> told;
    for (auto& range : segment.frames) {  // whose frames may stand in this file
      auto frame = replica.carried(space, range);
      auto author = range.author == replica.device() ? std::optional(segment.own) : held_passport(replica, *frame);
      if (author && told.insert({author->device, author->generation}).second) writer.put(*author);
    }
  });
  for (auto& range : segment.frames) {
    volumes.writer().put(*replica.carried(space, range));
    ++written.frames;
  }
}

void write_blobs(Replica& replica, SpaceId space, Volumes& volumes, BundleWritten& written) {
  MediaShelf shelf(replica);
  std::set<BlobHash> told;
  for (auto& item : shelf.items()) {
    if (item.space != space || !item.here || item.sent || (item.is_large && !item.asked) || !told.insert(item.name.hash).second) continue;
    for (std::int64_t at = 0; at < item.name.bytes; at += static_cast<std::int64_t>(most_blob_piece))
      volumes.writer().put(item.name.hash, item.name.bytes, at, shelf.files().read(item.name.hash, at, most_blob_piece));
    ++written.blobs;
  }
}

void take_piece(FileBlobs& files, DeviceId here, const BlobHash& hash, std::int64_t bytes, std::int64_t from, std::string_view piece, BundleRead& read) {
  if (files.has(hash)) return;
  auto held = files.held(hash, here);
  auto end = from + static_cast<std::int64_t>(piece.size());
  if (from > held || end <= held || end > bytes) return;  // an earlier piece is in another file: then this one is read again
  files.append(hash, here, piece.substr(static_cast<std::size_t>(held - from)));
  if (end == bytes) read.blobs += files.finish(hash, here);
}

void note_refused(BundleRead& read, const Error& error) {
  if (std::none_of(read.refused.begin(), read.refused.end(), [&](auto& each) { return each.text == error.text; })) read.refused.push_back(error);
}

}  // namespace

Result<BundleWritten> write_bundle(Replica& replica, const BundleWish& wish) {
  auto lock = SyncLock::take(transfer_lock(replica), "a sync");
  if (!lock) return lock.error();
  auto target = target_of(replica, wish.for_whom);
  if (!target) return target.error();
  auto keys = read_keys(replica.database().getFilename());
  if (!keys) return Error{Code::not_found, "the key of this device is missing; `carnet rejoin` with a new invite brings it back"};
  std::vector<Segment> segments;
  for (auto space : target->spaces) {
    auto segment = segment_of(replica, *keys, space, target->device);
    if (!segment) return segment.error();
    segments.push_back(std::move(*segment));
  }
  BundleWritten written;
  Volumes volumes(wish, written);
  for (auto& segment : segments) {
    write_segment(replica, segment, volumes, written);
    if (wish.with_photos) write_blobs(replica, segment.key.space, volumes, written);
    volumes.end_segment();
  }
  volumes.finish();
  return written;
}

Result<void> read_bundle(Replica& replica, const std::string& file, BundleRead& read) {
  auto lock = SyncLock::take(transfer_lock(replica), "a sync");
  if (!lock) return lock.error();
  std::ifstream from(file, std::ios::binary);
  if (!from) return Error{Code::not_found, fmt::format("{} cannot be read", file)};
  auto keys = read_keys(replica.database().getFilename()).value_or(DeviceKeys{});
  FileBlobs files(media_folder(replica.database().getFilename()));
  auto now = static_cast<std::int64_t>(std::time(nullptr));
  std::map<std::tuple<SpaceId, DeviceId, std::uint32_t>, Passport> passports;
  std::set<SpaceId> spaces;
  for (auto& space : replica.spaces()) spaces.insert(space.id);
  auto key_of = [&](SpaceId space, std::uint32_t generation) {
    auto held = std::find_if(keys.spaces.begin(), keys.spaces.end(), [&](auto& key) { return key.space == space && key.generation == generation; });
    return held == keys.spaces.end() || !spaces.contains(space) ? std::string() : held->bytes;
  };
  auto take_frame = [&](const Carried& frame) {
    auto author = passports.find({frame.space, frame.author, frame.generation});
    auto taken = author == passports.end() ? Result<TakenFrame>(Error{Code::not_allowed, "a part of the bundle does not say who wrote it"}) : take_carried(replica, author->second, frame, now);
    if (!taken) return note_refused(read, taken.error());
    read.frames += taken->is_news;
    read.known += !taken->is_news;
    read.rows += taken->rows;
    read.conflicts += taken->conflicts;
    read.waiting += taken->left;
    if (taken->why_left) note_refused(read, *taken->why_left);
  };
  BundleReader reader(key_of, {.passport = [&](const Passport& passport) { passports[{passport.space, passport.device, passport.generation}] = passport; },
                               .frame = take_frame,
                               .had = [&](SpaceId space, DeviceId writer, const std::vector<CarriedRange>& had) { keep_known(replica, space, writer, had); },
                               .blob = [&](SpaceId, const BlobHash& hash, std::int64_t bytes, std::int64_t at, std::string_view piece) { take_piece(files, replica.device(), hash, bytes, at, piece, read); }});
  Result<void> fed;
  std::string part(std::size_t{1} << 16, '\0');
  while (fed && (from.read(part.data(), static_cast<std::streamsize>(part.size())) || from.gcount() > 0)) fed = reader.feed({part.data(), static_cast<std::size_t>(from.gcount())});
  if (fed) fed = reader.end();
  read.locked += reader.locked().size();
  for (auto space : spaces) {
    auto shown = show_left(replica, space, now);
    read.rows += shown;
    read.waiting -= std::min(read.waiting, shown);
  }
  return fed;
}

}  // namespace carnet
