#include "client/media.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

namespace carnet {

namespace {

constexpr std::int64_t patience = 20 * 3'600;        // until what was refused is tried again: the next night
constexpr std::int64_t patience_for_others = 3'600;  // until what the relay does not have yet is asked for again
constexpr std::int64_t keep_unused = 30 * 86'400;
constexpr std::int64_t most_between = 86'400;        // that counts from one look to the next, whatever the clock says: it may have jumped
constexpr auto looked_at = "media_looked";           // the setting that says when it was last seen what is unused, unix seconds
constexpr auto of_life = "media_epoch";              // the setting that says of which life of the relay `sent` speaks

bool is_wanted_here(const MediaItem& item, bool fetches_all) { return !item.here && (item.asked || (!item.is_large && fetches_all)); }
bool fetches_all(Replica& replica) { return replica.setting("fetch_media").value_or("all") == "all"; }

}  // namespace

std::string media_folder(const std::string& database) { return database + ".media"; }

bool is_media_type(std::string_view type) {
  constexpr std::array<std::string_view, 15> known{"image/jpeg", "image/png", "image/webp", "image/gif", "image/avif", "audio/webm", "audio/ogg", "audio/mp4",
                                                   "audio/mpeg", "audio/wav", "audio/aac", "video/webm", "video/mp4", "video/ogg", "video/quicktime"};
  return std::find(known.begin(), known.end(), type.substr(0, type.find(';'))) != known.end();
}

MediaShelf::MediaShelf(Replica& replica) : MediaShelf(replica, std::make_unique<FileBlobs>(media_folder(replica.database().getFilename()))) {}

MediaShelf::MediaShelf(Replica& replica, std::unique_ptr<OwnBlobs> files) : replica_(replica), held_(std::move(files)), files_(*held_) {
  // Another life of the relay may lack what the one before had.
  auto life = replica.setting("epoch").value_or("");
  if (replica.setting(of_life).value_or("") == life) return;
  replica.in_transaction([&] {
    replica.database().exec("UPDATE carnet_blob SET sent=0,again=0");
    replica.set(of_life, life);
  });
}

std::map<std::pair<SpaceId, BlobHash>, MediaShelf::Noted> MediaShelf::noted() {
  std::map<std::pair<SpaceId, BlobHash>, Noted> all;
  SQLite::Statement select(replica_.database(), "SELECT space,hash,sent,asked,again,why FROM carnet_blob");
  while (select.executeStep())
    if (auto hash = read_hash(select.getColumn(1).getString()))
      all[{SpaceId{select.getColumn(0).getUInt()}, *hash}] = {select.getColumn(2).getInt() != 0, select.getColumn(3).getInt() != 0, select.getColumn(4).getInt64(), select.getColumn(5).getString()};
  return all;
}

std::vector<MediaItem> MediaShelf::items() {
  std::vector<MediaItem> all;
  auto known = noted();
  for (auto& table : replica_.schema().tables)
    for (auto& column : table.columns) {
      if (column.type != Type::media) continue;
      auto* wanted = table.find(std::string(column.name) + "_wanted");
      SQLite::Statement select(replica_.database(), fmt::format("SELECT id,space,\"{0}\",{1} FROM {2} WHERE \"{0}\" IS NOT NULL", column.name,
                                                                wanted ? fmt::format("coalesce(\"{}\",0)", wanted->name) : "1", table.name));
      while (select.executeStep()) {
        auto name = read_blob_name(select.getColumn(2).getString());
        if (!name) continue;
        MediaItem item{.space = SpaceId{select.getColumn(1).getUInt()}, .row = {TableId{table.number}, RowId{select.getColumn(0).getInt64()}}, .column = ColumnId{column.number}, .name = *name,
                       .is_large = wanted != nullptr, .is_wanted = select.getColumn(3).getInt() != 0, .why = {}};
        auto& noted = known[{item.space, name->hash}];
        item.here = files_.has(name->hash);
        if (!item.here) item.part = files_.held(name->hash, {});
        item.sent = noted.sent;
        item.asked = noted.asked;
        item.again = noted.again;
        item.why = noted.why;
        all.push_back(std::move(item));
      }
    }
  return all;
}

Result<BlobName> MediaShelf::put(const std::string& type, std::string_view bytes) {
  BlobName name{type, static_cast<std::int64_t>(bytes.size()), hash_of(bytes)};
  if (name.bytes > max_media_bytes) return Error{Code::too_large, fmt::format("a file of {} MB; at most {} MB: make it smaller or shorter", name.bytes / 1'000'000, max_media_bytes / 1'000'000)};
  if (!is_media_type(type) || !read_blob_name(text_of(name))) return Error{Code::invalid, "this is no photo, sound or video"};
  files_.put(bytes);
  return name;
}

Result<void> MediaShelf::ask_for(const BlobHash& hash) {
  bool named = false;
  for (auto& item : items()) {
    if (item.name.hash != hash) continue;
    named = true;
    note(item.space, hash, "asked=1,again=0,why=''");
  }
  if (!named) return Error{Code::not_found, "no record names this file"};
  return {};
}

std::vector<MediaPlan::Job> MediaShelf::jobs(bool link_is_free, std::int64_t now) {
  bool all = fetches_all(replica_);
  std::map<Job, bool> found;  // and whether somebody asked for it
  for (auto& item : items()) {
    if (item.again > now && item.again <= now + patience) continue;  // later than that was said by a clock that was ahead
    bool goes = item.here && !item.sent && (item.is_wanted || link_is_free);
    bool comes = is_wanted_here(item, all);
    if (goes || comes) found[{item.here, item.space, item.name.hash, item.name.bytes}] |= item.asked;
  }
  auto known = noted();
  SQLite::Statement owed(replica_.database(), "SELECT space,hash,bytes,wanted FROM carnet_owed_blob");
  while (owed.executeStep()) {
    auto hash = read_hash(owed.getColumn(1).getString());
    SpaceId space{owed.getColumn(0).getUInt()};
    bool goes = hash && files_.has(*hash) && (owed.getColumn(3).getInt() != 0 || link_is_free) && known[{space, *hash}].again <= now;
    if (goes) found.try_emplace({true, space, *hash, owed.getColumn(2).getInt64()}, false);
  }
  std::vector<std::pair<Job, bool>> order(found.begin(), found.end());
  auto urgency = [](const auto& each) { return std::tuple(!each.first.up, !each.second, each.first.bytes, each.first.hash); };
  std::sort(order.begin(), order.end(), [&](auto& a, auto& b) { return urgency(a) > urgency(b); });
  std::vector<Job> jobs;
  for (auto& [job, asked] : order) jobs.push_back(job);
  return jobs;
}

void MediaShelf::owe(SpaceId space) {
  SQLite::Statement insert(replica_.database(), "INSERT INTO carnet_owed_blob(space,hash,bytes,wanted) VALUES(?,?,?,?) ON CONFLICT DO UPDATE SET wanted=max(wanted,excluded.wanted)");
  for (auto& item : items()) {
    if (item.space != space || !item.here || item.sent) continue;
    insert.bind(1, static_cast<std::int64_t>(space.value));
    insert.bind(2, item.name.hash.text());
    insert.bind(3, item.name.bytes);
    insert.bind(4, item.is_wanted ? 1 : 0);
    insert.exec();
    insert.reset();
  }
}

std::set<BlobHash> MediaShelf::owed() {
  std::set<BlobHash> all;
  SQLite::Statement select(replica_.database(), "SELECT hash FROM carnet_owed_blob");
  while (select.executeStep())
    if (auto hash = read_hash(select.getColumn(0).getString())) all.insert(*hash);
  return all;
}

void MediaShelf::forget_owed(const Job& job) {
  SQLite::Statement forget(replica_.database(), "DELETE FROM carnet_owed_blob WHERE space=? AND hash=?");
  forget.bind(1, static_cast<std::int64_t>(job.space.value));
  forget.bind(2, job.hash.text());
  forget.exec();
}

MediaShelf::Waiting MediaShelf::waiting(bool link_is_free, std::int64_t now) {
  Waiting waits;
  for (auto& job : jobs(link_is_free, now)) {
    job.up ? ++waits.up : ++waits.down;
    (job.up ? waits.bytes_up : waits.bytes_down) += job.bytes - files_.held(job.hash, {});
  }
  return waits;
}

bool MediaShelf::plan(bool link_is_free, std::int64_t now) {
  now_ = now;
  refused_ = 0;
  replica_.collect();
  written_ = written_here();
  jobs_ = jobs(link_is_free, now);
  return !jobs_.empty();
}

// Whatever the relay said of them, and first what somebody waits for.
std::vector<MeetingMedia::Blob> MediaShelf::lacks() {
  replica_.collect();
  written_ = written_here();
  std::set<std::tuple<bool, std::int64_t, Blob>> found;
  for (bool all = fetches_all(replica_); auto& item : items())
    if (is_wanted_here(item, all)) found.insert({!item.asked, item.name.bytes, {item.space, item.name.hash, item.name.bytes}});
  std::vector<Blob> order;
  for (auto& [later, bytes, blob] : found) order.push_back(blob);
  return order;
}

std::set<MeetingMedia::Blob> MediaShelf::holds() {
  std::set<Blob> all;
  for (auto& item : items())
    if (item.here) all.insert({item.space, item.name.hash, item.name.bytes});
  return all;
}

std::vector<BlobName> MediaShelf::for_bundle(SpaceId space) {
  std::vector<BlobName> blobs;
  std::set<BlobHash> told;
  for (auto& item : items())
    if (item.space == space && goes_in_bundle(item) && told.insert(item.name.hash).second) blobs.push_back(item.name);
  return blobs;
}

Taken MediaShelf::take(const BlobHash& hash, std::int64_t bytes, std::int64_t from, std::string_view piece) {
  auto taken = take_piece(files_, replica_.device(), hash, bytes, from, piece);
  if (taken == Taken::whole) came(hash);
  return taken;
}

// The relay may lack it, and what it said of it was about giving it.
void MediaShelf::came(const BlobHash& hash) {
  SQLite::Statement update(replica_.database(), "UPDATE carnet_blob SET asked=0,again=0,why='' WHERE hash=?");
  update.bind(1, hash.text());
  update.exec();
}

std::optional<MediaPlan::Job> MediaShelf::next() {
  if (jobs_.empty()) return {};
  auto job = jobs_.back();
  jobs_.pop_back();
  return job;
}

bool MediaShelf::words_wait() {
  replica_.collect();
  return written_here() != written_;
}

std::int64_t MediaShelf::written_here() {
  std::int64_t sum = 0;
  for (auto& space : replica_.spaces()) sum += space.seq.value;
  return sum;
}

void MediaShelf::note(SpaceId space, const BlobHash& hash, const char* change) {
  SQLite::Statement insert(replica_.database(), "INSERT OR IGNORE INTO carnet_blob(space,hash) VALUES(?,?)");
  SQLite::Statement update(replica_.database(), fmt::format("UPDATE carnet_blob SET {} WHERE space=? AND hash=?", change));
  for (auto* statement : {&insert, &update}) {
    statement->bind(1, static_cast<std::int64_t>(space.value));
    statement->bind(2, hash.text());
    statement->exec();
  }
}

void MediaShelf::arrived(const Job& job) {
  note(job.space, job.hash, job.up ? "sent=1,why=''" : "asked=0,sent=1,why=''");
  forget_owed(job);
}

void MediaShelf::declined(const Job& job, const Error& why) {
  ++refused_;
  if (why.code == Code::no_member) forget_owed(job);  // the row that names it was not taken either
  SQLite::Statement write(replica_.database(), "INSERT INTO carnet_blob(space,hash,again,why) VALUES(?,?,?,?) ON CONFLICT DO UPDATE SET again=excluded.again,why=excluded.why");
  write.bind(1, static_cast<std::int64_t>(job.space.value));
  write.bind(2, job.hash.text());
  write.bind(3, now_ + (why.code == Code::not_found ? patience_for_others : patience));
  write.bind(4, why.text);
  write.exec();
}

// By rows, and by what was refused and stands in the quarantine alone.
std::set<BlobHash> MediaShelf::named() {
  std::set<BlobHash> all;
  for (auto& item : items()) all.insert(item.name.hash);
  for (auto& frame : replica_.quarantined())
    for (auto& change : replica_.refused_rows(frame))
      for (auto& cell : change.row.cells)
        for (auto& version : cell.versions) {
          auto* text = std::get_if<std::string>(&version.value);
          if (auto name = text ? read_blob_name(*text) : std::nullopt) all.insert(name->hash);
        }
  return all;
}

void MediaShelf::collect(std::int64_t now) {
  files_.tidy(now - keep_unused);
  auto kept = named();
  std::set<SpaceId> ours;
  for (auto& space : replica_.spaces()) ours.insert(space.id);
  std::set<BlobHash> given_up;
  for (auto& [place, noted] : noted())
    if (noted.sent && !ours.contains(place.first)) given_up.insert(place.second);
  for (auto& hash : owed()) given_up.erase(hash);
  auto& db = replica_.database();
  replica_.in_transaction([&] {
    auto passed = now - std::stoll(replica_.setting(looked_at).value_or(std::to_string(now)));
    replica_.set(looked_at, std::to_string(now));
    db.exec(fmt::format("UPDATE carnet_unused_blob SET since=since+{}", passed - std::clamp<std::int64_t>(passed, 0, most_between)));
    db.exec("DELETE FROM carnet_blob WHERE space NOT IN (SELECT space FROM carnet_space) AND (space,hash) NOT IN (SELECT space,hash FROM carnet_owed_blob)");
    SQLite::Statement use(db, "DELETE FROM carnet_unused_blob WHERE hash=?"), disuse(db, "INSERT INTO carnet_unused_blob(hash,since) VALUES(?,?) ON CONFLICT DO UPDATE SET since=min(since,excluded.since) RETURNING since"),
        forgive(db, "DELETE FROM carnet_owed_blob WHERE hash=?"),
        forget(db, "DELETE FROM carnet_blob WHERE hash=?");  // a row that comes back brings it again: the relay throws it away some day, too
    auto run = [](SQLite::Statement& statement, const BlobHash& hash) {
      statement.bind(1, hash.text());
      statement.exec();
      statement.reset();
    };
    for (auto& hash : files_.all()) {
      if (kept.contains(hash)) {
        run(use, hash);
        continue;
      }
      run(forget, hash);
      disuse.bind(1, hash.text());
      disuse.bind(2, now);
      disuse.executeStep();
      auto since = disuse.getColumn(0).getInt64();
      disuse.reset();
      if (now - since < keep_unused && !given_up.contains(hash)) continue;
      files_.remove(hash);
      run(use, hash);
      run(forgive, hash);
    }
  });
}

}  // namespace carnet
