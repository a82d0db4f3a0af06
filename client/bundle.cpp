#include "client/bundle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <deque>
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
#include "sync/limits.hpp"

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
    if (wish_.volume_bytes && bytes_ >= wish_.volume_bytes) {
      end_segment();
      file_->finish();
      begin();
      open();
    }
    return *writer_;
  }
  void end_segment() {
    writer_->end();
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
    writer_ = std::make_unique<BundleWriter>(key_, [this](std::string_view bytes) {
      file_->write(bytes);
      bytes_ += bytes.size();
      written_.bytes += bytes.size();
    });
    first_(*writer_);
  }
  const BundleWish& wish_;
  BundleWritten& written_;
  SpaceKey key_;
  std::function<void(BundleWriter&)> first_;
  std::unique_ptr<WholeFile> file_;
  std::unique_ptr<BundleWriter> writer_;
  std::uint64_t bytes_ = 0;  // of this file
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

// What is told first in each file.
void open_segment(Replica& replica, const Segment& segment, BundleWriter& writer) {
  writer.put(replica.device(), segment.had);
  std::set<std::pair<DeviceId, std::uint32_t>> told;
  for (auto& range : segment.frames) {  // whose frames may stand in this file
    auto frame = replica.carried(segment.key.space, range);
    auto author = range.author == replica.device() ? std::optional(segment.own) : held_passport(replica, *frame);
    if (author && told.insert({author->device, author->generation}).second) writer.put(*author);
  }
}

std::deque<BlobName> blobs_for(Replica& replica, SpaceId space) {
  std::deque<BlobName> blobs;
  std::set<BlobHash> told;
  for (auto& item : MediaShelf(replica).items())
    if (item.space == space && goes_in_bundle(item) && told.insert(item.name.hash).second) blobs.push_back(item.name);
  return blobs;
}

}  // namespace

struct BundleMaker::State {
  State(Replica& r, SyncLock l, const BundleWish& w, std::vector<Segment> s)
      : replica(r), lock(std::move(l)), wish(w), segments(std::move(s)), files(media_folder(r.database().getFilename())), volumes(wish, written) {}

  // A frame, a piece of a photo, or a beginning or an end. False: nothing is left to do.
  bool step() {
    if (at == segments.size()) {
      if (!std::exchange(is_finished, true)) volumes.finish();
      return false;
    }
    auto& segment = segments[at];
    if (!std::exchange(is_open, true)) begin_segment(segment);
    else if (frame < segment.frames.size()) volumes.writer().put(*replica.carried(segment.key.space, segment.frames[frame++])), ++written.frames;
    else if (!blobs.empty()) put_piece();
    else end_segment();
    return true;
  }
  void begin_segment(const Segment& segment) {
    volumes.segment(segment.key, [this, &segment](BundleWriter& writer) { open_segment(replica, segment, writer); });
    if (wish.with_photos) blobs = blobs_for(replica, segment.key.space);
  }
  void put_piece() {
    auto& blob = blobs.front();
    auto piece = files.read(blob.hash, piece_at, max_piece_bytes);
    if (!piece.empty()) volumes.writer().put(blob.hash, blob.bytes, piece_at, piece);
    piece_at += static_cast<std::int64_t>(piece.size());
    bool is_whole = piece_at >= blob.bytes;
    written.blobs += is_whole;
    if (!is_whole && !piece.empty()) return;
    blobs.pop_front();
    piece_at = 0;
  }
  void end_segment() {
    volumes.end_segment();
    ++at;
    frame = 0;
    is_open = false;
  }

  Replica& replica;
  SyncLock lock;
  BundleWish wish;
  BundleWritten written;
  std::vector<Segment> segments;
  std::size_t at = 0, frame = 0;
  bool is_open = false, is_finished = false;
  FileBlobs files;
  std::deque<BlobName> blobs;
  std::int64_t piece_at = 0;
  Volumes volumes;
};

BundleMaker::BundleMaker(std::unique_ptr<State> state) : state_(std::move(state)) {}
BundleMaker::BundleMaker(BundleMaker&&) noexcept = default;
BundleMaker::~BundleMaker() = default;
const BundleWritten& BundleMaker::written() const { return state_->written; }

Result<BundleMaker> BundleMaker::begin(Replica& replica, const BundleWish& wish) {
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
  return BundleMaker(std::make_unique<State>(replica, std::move(*lock), wish, std::move(segments)));
}

bool BundleMaker::go(std::uint64_t bytes) {
  auto upto = state_->written.bytes + bytes;
  while (state_->written.bytes < upto)
    if (!state_->step()) return false;
  return true;
}

struct BundleTaker::State {
  State(Replica& r, SyncLock l, BundleRead& into)
      : replica(r), lock(std::move(l)), read(into), keys(read_keys(r.database().getFilename()).value_or(DeviceKeys{})), files(media_folder(r.database().getFilename())),
        reader([this](SpaceId space, std::uint32_t generation) { return key_of(space, generation); }, content()) {
    for (auto& space : replica.spaces()) spaces.insert(space.id);
  }

  BundleContent content() {
    return {.passport = [this](const Passport& passport) { passports[{passport.space, passport.device, passport.generation}] = passport; },
            .frame = [this](const Carried& frame) { take(frame); },
            .had = [this](SpaceId space, DeviceId writer, const std::vector<CarriedRange>& had) { keep_known(replica, space, writer, had); },
            .blob = [this](SpaceId, const BlobHash& hash, std::int64_t bytes, std::int64_t at, std::string_view piece) { read.blobs += take_piece(files, replica.device(), hash, bytes, at, piece); }};
  }
  std::string key_of(SpaceId space, std::uint32_t generation) const {
    auto held = std::find_if(keys.spaces.begin(), keys.spaces.end(), [&](auto& key) { return key.space == space && key.generation == generation; });
    return held == keys.spaces.end() || !spaces.contains(space) ? std::string() : held->bytes;
  }
  void take(const Carried& frame) {
    auto author = passports.find({frame.space, frame.author, frame.generation});
    if (author == passports.end()) return read.refuse({Code::not_allowed, "a part of the bundle does not say who wrote it"});
    auto taken = read.take(replica, author->second, frame, now);
    if (taken && taken->rows + taken->left > 0) read.rows_of[frame.author] += taken->rows + taken->left;
  }
  void end() {
    read.locked += reader.locked().size();
    for (auto space : reader.locked()) read.elsewhere += !spaces.contains(space);
    for (auto space : spaces) read.show_left(replica, space, now);
  }

  Replica& replica;
  SyncLock lock;
  BundleRead& read;
  DeviceKeys keys;
  FileBlobs files;
  std::int64_t now = static_cast<std::int64_t>(std::time(nullptr));
  std::set<SpaceId> spaces;
  std::map<std::tuple<SpaceId, DeviceId, std::uint32_t>, Passport> passports;
  BundleReader reader;
};

BundleTaker::BundleTaker(std::unique_ptr<State> state) : state_(std::move(state)) {}
BundleTaker::BundleTaker(BundleTaker&&) noexcept = default;
BundleTaker::~BundleTaker() = default;

Result<BundleTaker> BundleTaker::begin(Replica& replica, BundleRead& read) {
  auto lock = SyncLock::take(transfer_lock(replica), "a sync");
  if (!lock) return lock.error();
  return BundleTaker(std::make_unique<State>(replica, std::move(*lock), read));
}

Result<void> BundleTaker::feed(std::string_view bytes) {
  auto fed = state_->reader.feed(bytes);
  if (!fed) state_->end();
  return fed;
}

Result<void> BundleTaker::end() {
  state_->end();
  return state_->reader.end();
}

Result<BundleWritten> write_bundle(Replica& replica, const BundleWish& wish) {
  auto maker = BundleMaker::begin(replica, wish);
  if (!maker) return maker.error();
  while (maker->go(std::uint64_t{1} << 20)) {}
  return maker->written();
}

Result<void> read_bundle(Replica& replica, const std::string& file, BundleRead& read) {
  auto taker = BundleTaker::begin(replica, read);
  if (!taker) return taker.error();
  std::ifstream from(file, std::ios::binary);
  if (!from) return Error{Code::not_found, fmt::format("{} cannot be read", file)};
  std::string part(std::size_t{1} << 16, '\0');
  while (from.read(part.data(), static_cast<std::streamsize>(part.size())) || from.gcount() > 0)
    if (auto fed = taker->feed({part.data(), static_cast<std::size_t>(from.gcount())}); !fed) return fed;
  return taker->end();
}

}  // namespace carnet
