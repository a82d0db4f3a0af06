#include "server/sql_store.hpp"

#include <sodium.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <stdexcept>

#include "core/changes.hpp"
#include "core/row_codec.hpp"
#include "core/text_cell.hpp"
#include "server/accounts.hpp"
#include "server/administration.hpp"
#include "server/tables.hpp"

namespace carnet {

namespace {

constexpr int first_rows = 32, most_rows = 512;  // of a space, that are read at once

// Minutes since 2020: greater than that of any store made before.
Epoch first_epoch(std::int64_t now) { return static_cast<Epoch>(std::max<std::int64_t>(1, (now - 1577836800) / 60)); }

}  // namespace

void SqlStore::create(const std::string& place, std::int64_t now) {
  auto db = open_new_database(place);
  DatabaseStep step(*db);
  db->exec(store_tables);
  db->run("INSERT INTO store(version,epoch) VALUES(?,?)", store_version, first_epoch(now));
  step.commit();
}

SqlStore::SqlStore(const std::string& place, BlobsIn blobs_in) : place_(place), blobs_in_(std::move(blobs_in)), database_(open_database(place)), db_(*database_) {
  if (!blobs_in_) blobs_in_ = [](const std::string& folder) { return std::make_unique<FileBlobs>(folder); };
  if (sodium_init() < 0) throw std::runtime_error("libsodium did not start");
  if (!db_.has_table("store")) throw StoreFault(StoreFault::Kind::of_job, "there is no store here");
  auto version = db_.number("SELECT version FROM store");
  if (version == moved_version) throw std::runtime_error(place + ": the store was moved to another place by `carnet-relay migrate`; serve that one");
  if (version > moved_version && version < store_version) version = bring_up();
  if (version != store_version)
    throw std::runtime_error("the store is of version " + std::to_string(version) + ", and this program knows version " + std::to_string(store_version) + ": use the carnet-relay that belongs to it");
  epoch_ = static_cast<Epoch>(db_.number("SELECT epoch FROM store"));
}

// Whoever holds the accounts does it, and others find it done.
std::int64_t SqlStore::bring_up() {
  DatabaseStep step(db_);
  db_.lock_accounts();
  auto version = db_.number("SELECT version FROM store");
  if (version == 1) db_.exec(tables_since_1);
  if (version <= 2) db_.exec(tables_since_2);
  if (version <= 3) db_.exec(tables_since_3);
  db_.run("UPDATE store SET version=?", store_version);
  step.commit();
  return db_.number("SELECT version FROM store");
}

std::vector<SpaceRecord> SqlStore::spaces() {
  std::vector<SpaceRecord> all;
  Query select(db_, "SELECT space,name,kind,head,digest,rows,bytes FROM space ORDER BY space");
  while (select.next())
    all.push_back({SpaceId{select.small(0)}, select.text(1), select.text(2), Seq{select.integer(3)}, {static_cast<std::uint64_t>(select.integer(4)), select.integer(5)}, select.integer(6)});
  return all;
}

std::optional<SpaceRecord> SqlStore::find_space(const std::string& name) {
  for (auto& space : spaces())
    if (space.name == name) return space;
  return {};
}

std::vector<DeviceRecord> SqlStore::devices() {
  std::vector<DeviceRecord> all;
  Query select(db_, "SELECT device,name,met,generation FROM device ORDER BY device");
  while (select.next()) all.push_back({DeviceId{select.small(0)}, select.text(1), spaces_of(DeviceId{select.small(0)}), select.maybe(2), select.small(3)});
  return all;
}

bool SqlStore::has_in_history(SpaceId space, RowKey key, ColumnId column, const Value& value) {
  return Query(db_, "SELECT 1 FROM history WHERE space=? AND tbl=? AND id=? AND col=? AND value IS NOT DISTINCT FROM ?", space, key.table, key.id, column, value).next();
}

void SqlStore::backup(const std::string& to) {
  db_.copy_to(to);
  SqlStore(to, blobs_in_).fill_media([this](SpaceId space) -> Blobs& { return blobs(space); });
}

void SqlStore::begin_new_life(std::int64_t now) {
  begin(true);
  epoch_ = std::max(epoch_ + 1, first_epoch(now));
  db_.run("UPDATE store SET epoch=?", epoch_);
  db_.run("UPDATE place SET acked=0,confirmed=0");
  for (auto& space : spaces()) renumber(space.id);
  db_.commit();
  writes_ = false;
}

// Seqs of earlier lives become the first ones of this, in their order, since a frame tells seqs of its own life only.
void SqlStore::renumber(SpaceId space) {
  std::vector<std::pair<RowKey, Row>> rows;
  std::vector<Seq> given;
  rows_above(space, Seq{}, [&](RowKey key, Seq changed, const Row& row) {
    given.push_back(changed);
    for (auto& cell : row.cells)
      for (auto& version : cell.versions) given.push_back(version.seq);
    rows.push_back({key, row});
    return true;
  });
  std::sort(given.begin(), given.end());
  given.erase(std::unique(given.begin(), given.end()), given.end());
  auto base = epoch_base(epoch_).value;
  auto now = [&](Seq seq) { return seq.value ? Seq{base + (std::upper_bound(given.begin(), given.end(), seq) - given.begin())} : Seq{}; };
  for (auto& [key, row] : rows) {
    row.whole = now(row.whole);
    for (auto& cell : row.cells)
      for (auto& version : cell.versions) {
        version.seq = now(version.seq);
        version.seen = now(version.seen);
      }
    save(space, key, row);
  }
  db_.run("UPDATE space SET head=? WHERE space=?", base + static_cast<std::int64_t>(given.size()), space);
}

std::vector<SqlStore::Difference> SqlStore::verify() {
  std::vector<Difference> different;
  for (auto& space : spaces()) {
    Digest digest;
    rows_above(space.id, Seq{}, [&](RowKey key, Seq, Row row) {
      for (auto& cell : row.cells) cell.standing.reset();  // texts from their histories
      digest += row_digest(key, row);
      return true;
    });
    if (digest != space.digest) different.push_back({space.id, space.digest, digest});
  }
  return different;
}

// A device that was let in no more is not waited for: what it brings after a new invite is refused where its text was trimmed, and kept there.
Seq SqlStore::settled(SpaceId space) {
  return Seq{db_.number("SELECT min(coalesce(confirmed,0)) FROM member JOIN device USING(person) LEFT JOIN place USING(device,space) "
                        "WHERE space=? AND role<>0 AND admitted<>0 AND lost IS NULL",
                        space)};
}

std::size_t SqlStore::trim_texts(std::int64_t before) {
  std::size_t texts = 0;
  begin(true);
  for (auto& space : spaces()) {
    auto upto = settled(space.id);
    std::vector<std::pair<RowKey, Row>> trimmed;
    rows_above(space.id, Seq{}, [&](RowKey key, Seq, Row row) {
      auto count = texts;
      if (row.dead() || row.whole > upto) return true;  // its cells do not travel, or not everybody has them again
      for (auto& cell : row.cells)
        if (cell.kind == Kind::text && cell.versions.size() > 1)
          texts += trim_text(cell, [&](const Version& version) { return version.seq <= upto && version.stamp.unix_seconds() < before; });
      if (texts > count) trimmed.push_back({key, std::move(row)});
      return true;
    });
    for (auto& [key, row] : trimmed) {
      add_bytes(space.id, static_cast<std::int64_t>(row_weight(row)) - static_cast<std::int64_t>(row_weight(load(space.id, key))));
      save(space.id, key, row);
    }
  }
  commit();
  return texts;
}

void SqlStore::begin(bool writes) {
  states_.clear();
  forget();
  before_job_.clear();
  wishes_.clear();
  accounts_changed_ = false;
  office_.reset();
  opening_.reset();
  db_.begin(writes);
  writes_ = writes;
  remembers_ = true;
  heard_opening_ = !writes;
}

// Not before a space is held: who waits for one may wait for the store's being moved.
void SqlStore::ask_opening() {
  if (heard_opening_ || opening_) return;
  opening_ = std::make_unique<Query>(db_, std::string("SELECT ") + opening_columns);
  opening_->ask();
}

void SqlStore::hear_opening() {
  ask_opening();
  if (!opening_) return;
  opening_->next();
  note_opening(*opening_, 0);
  opening_.reset();
}

void SqlStore::note_opening(Query& told, int column) {
  if (told.integer(column) != store_version) throw StoreFault(StoreFault::Kind::broken, "the store was moved to another place");
  office_ = told.is_null(column + 1) ? std::nullopt : std::optional(Office{SpaceId{told.small(column + 1)}, DeviceId{told.small(column + 2)}});
  heard_opening_ = true;
}

void SqlStore::commit() {
  hear_opening();
  write_places();
  remembers_ = false;
  if (office_ && (accounts_changed_ || !wishes_.empty())) Administration(*this, *office_, keys_, std::time(nullptr)).carry_out(std::exchange(wishes_, {}));
  for (auto& [space, state] : states_) {
    if (!state.changed) continue;
    db_.run("UPDATE space SET head=?,digest=?,rows=?,bytes=? WHERE space=?", state.head, static_cast<std::int64_t>(state.digest.sum), state.digest.rows, state.bytes, space);
  }
  db_.commit();
  db_.forget_foreseen();
  writes_ = false;
}

void SqlStore::roll_back() {
  opening_.reset();
  remembers_ = false;
  db_.forget_foreseen();
  db_.roll_back();
  writes_ = false;
}

void SqlStore::begin_job() {
  forget();
  before_job_.clear();
  wishes_before_job_ = wishes_;
  db_.run("SAVEPOINT job");
}

void SqlStore::keep_job() {
  write_places();
  db_.run("RELEASE SAVEPOINT job");
  db_.settle();
}

void SqlStore::drop_job() {
  forget();
  db_.run("ROLLBACK TO SAVEPOINT job");
  db_.run("RELEASE SAVEPOINT job");
  for (auto& [space, was] : before_job_) states_[space] = was;
  wishes_ = std::move(wishes_before_job_);
}

const char* SqlStore::state_sql() const {
  return writes_ ? "SELECT head,digest,rows,bytes FROM space WHERE space=? FOR UPDATE" : "SELECT head,digest,rows,bytes FROM space WHERE space=?";
}

SqlStore::State SqlStore::read_state(Query& select) {
  if (!select.next()) return {};
  return {Seq{select.integer(0)}, {static_cast<std::uint64_t>(select.integer(1)), select.integer(2)}, select.integer(3)};
}

void SqlStore::forget() {
  db_.forget_foreseen();
  standings_.clear();
  selves_.clear();
  texts_.clear();
  foreseen_.clear();
  pasts_.clear();
  above_.reset();
}

SqlStore::State& SqlStore::state(SpaceId space) {
  auto at = states_.find(space);
  if (at != states_.end()) return at->second;
  Query select(db_, state_sql(), space);
  select.ask();
  ask_opening();
  auto& now = states_[space] = read_state(select);
  if (writes_) selves_.clear();
  return now;
}

SqlStore::State& SqlStore::to_change(SpaceId space) {
  auto& now = state(space);
  before_job_.try_emplace(space, now);
  now.changed = true;
  return now;
}

std::optional<DeviceId> SqlStore::unused_number(DeviceId device) {
  Query select(db_, "SELECT device FROM device WHERE device>?1 AND met IS NULL AND name=(SELECT name FROM device WHERE device=?1)||' (copy '||CAST(device AS TEXT)||')'", device);
  return select.next() ? std::optional(DeviceId{select.small(0)}) : std::nullopt;
}

Result<DeviceId> SqlStore::number_for_copy(DeviceId device) {
  db_.lock_accounts();
  if (auto unused = unused_number(device)) return *unused;
  if (auto full = Accounts(db_).device_fault(device)) return *full;
  DeviceId number{static_cast<std::uint32_t>(db_.number("SELECT max(device)+1 FROM device"))};
  if (number.value > max_device) throw std::runtime_error("no device number is left: at most " + std::to_string(max_device));
  db_.run("INSERT INTO device(device,name,person,admitted,generation,oldest) SELECT ?2,name||' (copy '||CAST(?2 AS TEXT)||')',person,1,?3,?3 FROM device WHERE device=?1", device, number, epoch_);
  accounts_changed_ = true;
  return number;
}

Seq SqlStore::head(SpaceId space) { return state(space).head; }
Digest SqlStore::digest(SpaceId space) { return state(space).digest; }

Seq SqlStore::next_seq(SpaceId space) {
  return Seq{++to_change(space).head.value};
}

void SqlStore::add_to_digest(SpaceId space, const Digest& change) { to_change(space).digest += change; }

void SqlStore::save(SpaceId space, RowKey key, const Row& row) {
  state(space);
  foreseen_.erase({space, key});
  hear_opening();
  if (office_ && office_->space == space) wishes_.insert(key);
  auto changed = row.whole;
  for (auto& cell : row.cells)
    for (auto& version : cell.versions) changed = std::max(changed, version.seq);
  put_above(space, key, changed, row);
  auto blob = pack_row(row);
  db_.run("INSERT INTO row(space,tbl,id,changed,state) VALUES(?,?,?,?,?) ON CONFLICT(space,tbl,id) DO UPDATE SET changed=excluded.changed,state=excluded.state",
          space, key.table, key.id, changed, Blob{blob});
}

// In portions that grow, since PostgreSQL would send all of them at once.
void SqlStore::rows_above(SpaceId space, Seq cursor, const Visitor& visit) {
  state(space);
  if (visit_above(space, cursor, visit)) return;
  RowKey last{TableId{max_table}, RowId{max_row_id}};
  for (std::int64_t most = first_rows;; most = std::min<std::int64_t>(2 * most, most_rows)) {
    Query select(db_, "SELECT tbl,id,changed,state FROM row WHERE space=? AND (changed,tbl,id)>(?,?,?) ORDER BY changed,tbl,id LIMIT ?", space, cursor, last.table, last.id, most);
    std::int64_t found = 0;
    for (; select.next(); ++found) {
      last = {TableId{select.small(0)}, RowId{select.integer(1)}};
      cursor = Seq{select.integer(2)};
      if (!visit(last, cursor, unpack_row(select.blob(3)))) return;
    }
    if (found < most) return;
  }
}

void SqlStore::remember(SpaceId space, RowKey key, const Remembered& past) {
  state(space);
  if (auto at = pasts_.find({space, key}); at != pasts_.end()) at->second.versions.insert({past.column, past.version.stamp});
  db_.run("INSERT INTO history(space,tbl,id,col,time,device,value) VALUES(?,?,?,?,?,?,?) ON CONFLICT DO NOTHING",
          space, key.table, key.id, past.column, static_cast<std::int64_t>(past.version.stamp.time), past.version.stamp.device, past.version.value);
}

}  // namespace carnet
