// Blobs of the relay: in a folder beside the store, or in PostgreSQL's parts; what each space may hold of them, and what nobody refers to.
#include <set>

#include "core/blobs.hpp"
#include "server/sql_store.hpp"
#include "sync/limits.hpp"

namespace carnet {

namespace {

constexpr DeviceId whole{0}, whole_to_be{max_device};  // a number that no device has
constexpr std::int64_t piece = 1 << 20;

std::string bytes_of(const BlobHash& hash) { return {reinterpret_cast<const char*>(hash.bytes.data()), hash.bytes.size()}; }

BlobHash hash_in(std::string_view bytes) {
  BlobHash hash;
  std::copy_n(bytes.begin(), std::min(bytes.size(), hash.bytes.size()), hash.bytes.begin());
  return hash;
}

// In parts, in the order in which they came. Writes in the transaction that is open.
class TableBlobs final : public Blobs {
 public:
  TableBlobs(Database& db, SpaceId space) : db_(db), space_(space) {}

  bool has(const BlobHash& hash) override { return bytes_held(hash, whole) > 0; }
  std::int64_t held(const BlobHash& hash, DeviceId from) override { return bytes_held(hash, from); }
  void append(const BlobHash& hash, DeviceId from, std::string_view bytes) override {
    auto name = bytes_of(hash);
    db_.run("INSERT INTO blob_part(space,hash,device,at,bytes) VALUES(?,?,?,?,?)", space_, Blob{name}, from, bytes_held(hash, from), Blob{bytes});
  }
  bool finish(const BlobHash& hash, DeviceId from) override {
    auto name = bytes_of(hash);
    bool is_it = hash_of(read_parts(hash, from, 0, static_cast<std::size_t>(max_media_bytes))) == hash;
    if (is_it && !has(hash)) db_.run("UPDATE blob_part SET device=? WHERE space=? AND hash=? AND device=?", whole, space_, Blob{name}, from);
    else db_.run("DELETE FROM blob_part WHERE space=? AND hash=? AND device=?", space_, Blob{name}, from);
    return is_it;
  }
  std::string read(const BlobHash& hash, std::int64_t at, std::size_t most) override { return read_parts(hash, whole, at, most); }
  void remove(const BlobHash& hash) override { drop(hash, whole); }
  void drop(const BlobHash& hash, DeviceId from) override {
    auto name = bytes_of(hash);
    db_.run("DELETE FROM blob_part WHERE space=? AND hash=? AND device=?", space_, Blob{name}, from);
  }

 private:
  std::int64_t bytes_held(const BlobHash& hash, DeviceId from) {
    auto name = bytes_of(hash);
    return db_.number("SELECT at+length(bytes) FROM blob_part WHERE space=? AND hash=? AND device=? ORDER BY at DESC LIMIT 1", space_, Blob{name}, from);
  }
  std::string read_parts(const BlobHash& hash, DeviceId from, std::int64_t at, std::size_t most) {
    auto name = bytes_of(hash);
    std::string bytes;
    Query select(db_, "SELECT at,bytes FROM blob_part WHERE space=? AND hash=? AND device=? AND at+length(bytes)>? AND at<? ORDER BY at", space_, Blob{name}, from, at,
                 at + static_cast<std::int64_t>(most));
    while (select.next()) {
      auto part = select.blob(1);
      part.remove_prefix(static_cast<std::size_t>(std::max<std::int64_t>(0, at - select.integer(0))));
      bytes += part.substr(0, most - bytes.size());
    }
    return bytes;
  }

  Database& db_;
  SpaceId space_;
};

}  // namespace

Blobs& SqlStore::blobs(SpaceId space) {
  auto& held = blobs_[space];
  if (held) return *held;
  if (is_postgres(place_)) held = std::make_unique<TableBlobs>(db_, space);
  else held = blobs_in_(media_folder_of(place_) + "/" + std::to_string(space.value));
  return *held;
}

// Counted as announced, so that what is begun by many at once does not pass the quota together.
Result<void> SqlStore::note_part(SpaceId space, const BlobHash& hash, DeviceId from, std::int64_t bytes, std::int64_t now) {
  to_change(space);  // holds it: two that begin at once are counted one after the other
  auto name = bytes_of(hash);
  auto others = db_.number("SELECT CAST(coalesce(sum(bytes),0) AS BIGINT) FROM blob WHERE space=?1 AND NOT (hash=?2 AND device=?3)", space, Blob{name}, from);
  if (auto most = limits(space).media; others + bytes > most)
    return Error{Code::space_full, "the space holds the " + std::to_string(most) + " bytes of media that it may; the relay's operator gives it room with `carnet-relay quota media-bytes`"};
  db_.run("INSERT INTO blob(space,hash,device,bytes,at) VALUES(?1,?2,?3,?4,?5) ON CONFLICT(space,hash,device) DO UPDATE SET bytes=excluded.bytes,at=excluded.at", space, Blob{name}, from,
          bytes, now);
  return {};
}

void SqlStore::note_whole(SpaceId space, const BlobHash& hash, std::int64_t bytes, std::int64_t now) {
  auto name = bytes_of(hash);
  db_.run("INSERT INTO blob(space,hash,device,bytes,at) VALUES(?1,?2,0,?3,?4) ON CONFLICT(space,hash,device) DO UPDATE SET at=excluded.at,unused=NULL", space, Blob{name}, bytes, now);
  db_.run("DELETE FROM blob WHERE space=? AND hash=? AND device<>0", space, Blob{name});
}

std::vector<SqlStore::Media> SqlStore::media(SpaceId space) {
  std::vector<Media> all;
  Query select(db_, "SELECT hash,bytes FROM blob WHERE space=? AND device=0 ORDER BY hash", space);
  while (select.next()) all.push_back({hash_in(select.blob(0)), select.integer(1)});
  return all;
}

std::size_t SqlStore::lacking_media() {
  std::size_t lacking = 0;
  for (auto& space : spaces())
    for (auto& each : media(space.id)) lacking += !blobs(space.id).has(each.hash);
  return lacking;
}

void SqlStore::fill_media(const std::function<Blobs&(SpaceId)>& from) {
  for (auto& space : spaces()) {
    DatabaseStep step(db_);
    for (auto& each : media(space.id)) {
      auto &here = blobs(space.id), &there = from(space.id);
      if (here.has(each.hash) || !there.has(each.hash)) continue;
      here.drop(each.hash, whole_to_be);
      for (std::int64_t at = 0; at < each.bytes; at += piece) here.append(each.hash, whole_to_be, there.read(each.hash, at, static_cast<std::size_t>(piece)));
      here.finish(each.hash, whole_to_be);
    }
    step.commit();
  }
}

void SqlStore::named_in(SpaceId space, const std::function<void(const Version&, BlobName)>& visit) {
  rows_above(space, Seq{}, [&](RowKey, Seq, const Row& row) {
    for (auto& cell : row.cells)
      for (auto& version : cell.versions) {
        auto* text = cell.kind == Kind::reg && !row.dead() ? std::get_if<std::string>(&version.value) : nullptr;
        if (auto name = text ? read_blob_name(*text) : std::nullopt) visit(version, std::move(*name));
      }
    return true;
  });
}

std::vector<BlobName> SqlStore::named_by(DeviceId author, SpaceId space) {
  std::vector<BlobName> names;
  if (!db_.number("SELECT 1 FROM place JOIN space USING(space) WHERE device=? AND space=? AND kind<>?", author, space, std::string(administration_kind))) return names;
  named_in(space, [&](const Version& version, BlobName name) {
    if (version.stamp.device == author) names.push_back(std::move(name));
  });
  return names;
}

// A deleted row can be brought back for as long as its media stay.
SqlStore::Collected SqlStore::collect_media(SpaceId space, std::int64_t now, std::int64_t keep_seconds) {
  std::set<BlobHash> used;
  named_in(space, [&](const Version&, BlobName name) { used.insert(name.hash); });
  struct Held {
    BlobHash hash;
    DeviceId device;
    std::int64_t bytes, at;
    std::optional<std::int64_t> unused;
  };
  std::vector<Held> all;
  {
    Query select(db_, "SELECT hash,device,bytes,at,unused FROM blob WHERE space=?", space);
    while (select.next()) all.push_back({hash_in(select.blob(0)), DeviceId{select.small(1)}, select.integer(2), select.integer(3), select.maybe(4)});
  }
  Collected collected;
  for (auto& held : all) {
    auto name = bytes_of(held.hash);
    bool is_used = held.device == whole && used.contains(held.hash);
    auto since = held.device == whole ? held.unused.value_or(now) : held.at;
    if (is_used || now - since < keep_seconds) {
      std::optional<std::int64_t> noted = is_used || held.device != whole ? std::nullopt : std::optional(since);
      if (noted != held.unused) db_.run("UPDATE blob SET unused=? WHERE space=? AND hash=? AND device=?", noted, space, Blob{name}, held.device);
      continue;
    }
    if (held.device == whole) blobs(space).remove(held.hash);
    else blobs(space).drop(held.hash, held.device);
    db_.run("DELETE FROM blob WHERE space=? AND hash=? AND device=?", space, Blob{name}, held.device);
    ++collected.blobs;
    collected.bytes += held.bytes;
  }
  return collected;
}

}  // namespace carnet
