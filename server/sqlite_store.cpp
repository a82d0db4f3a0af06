#include "server/sqlite_store.hpp"

#include <sodium.h>
#include <sqlite3.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <stdexcept>

#include "core/at_rest.hpp"
#include "core/changes.hpp"
#include "core/row_codec.hpp"
#include "core/text_cell.hpp"
#include "server/accounts.hpp"
#include "server/administration.hpp"
#include "sync/limits.hpp"

namespace carnet {

namespace {

constexpr int busy_milliseconds = 10'000;

constexpr auto tables = R"sql(
CREATE TABLE store(epoch INTEGER NOT NULL);
CREATE TABLE space(space INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, head INTEGER NOT NULL,
  digest INTEGER NOT NULL DEFAULT 0, rows INTEGER NOT NULL DEFAULT 0);
CREATE TABLE device(device INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, met INTEGER);
-- What a device remembers of its frames too (core/shared_text.hpp), compressed. up: 1, or down: 0.
CREATE TABLE shared_text(device INTEGER NOT NULL, space INTEGER NOT NULL, up INTEGER NOT NULL, number INTEGER NOT NULL,
  chained INTEGER NOT NULL, frame BLOB NOT NULL, PRIMARY KEY(device, space, up, number)) WITHOUT ROWID;
-- Every key begins with the space. state: see core/row_codec.hpp.
CREATE TABLE row(space INTEGER NOT NULL, tbl INTEGER NOT NULL, id INTEGER NOT NULL, changed INTEGER NOT NULL,
  state BLOB NOT NULL, PRIMARY KEY(space, tbl, id)) WITHOUT ROWID;
CREATE INDEX row_changed ON row(space, changed);
-- Every value that was ever accepted and is superseded.
CREATE TABLE history(space INTEGER NOT NULL, tbl INTEGER NOT NULL, id INTEGER NOT NULL, col INTEGER NOT NULL,
  time INTEGER NOT NULL, device INTEGER NOT NULL, value, PRIMARY KEY(space, tbl, id, col, time, device)) WITHOUT ROWID;
)sql";

void bind_key(SQLite::Statement& statement, SpaceId space, RowKey key) {
  statement.bind(1, static_cast<std::int64_t>(space.value));
  statement.bind(2, static_cast<std::int64_t>(key.table.value));
  statement.bind(3, key.id.value);
}

void bind_conversation(SQLite::Statement& statement, DeviceId device, SpaceId space, Direction direction) {
  statement.bind(1, static_cast<std::int64_t>(device.value));
  statement.bind(2, static_cast<std::int64_t>(space.value));
  statement.bind(3, direction == Direction::up ? 1 : 0);
}

// Minutes since 2020: greater than that of any store made before.
Epoch first_epoch(std::int64_t now) { return static_cast<Epoch>(std::max<std::int64_t>(1, (now - 1577836800) / 60)); }

}  // namespace

void SqliteStore::create(const std::string& path, std::int64_t now) {
  if (std::filesystem::exists(path)) throw std::runtime_error(path + " exists already: a relay was made here before");
  SQLite::Database db(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  db.exec("PRAGMA journal_mode=WAL");
  SQLite::Transaction transaction(db);
  db.exec(tables);
  bring_up(db);
  db.exec("INSERT INTO store(epoch) VALUES(" + std::to_string(first_epoch(now)) + ")");
  transaction.commit();
}

SqliteStore::SqliteStore(const std::string& path) : db_(path, SQLite::OPEN_READWRITE, busy_milliseconds) {
  if (sodium_init() < 0) throw std::runtime_error("libsodium did not start");
  db_.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16000");
  bring_up(db_);
  epoch_ = db_.execAndGet("SELECT epoch FROM store").getUInt();
}

SQLite::Statement& SqliteStore::statement(const char* sql) {
  auto& held = statements_[sql];
  if (!held) held = std::make_unique<SQLite::Statement>(db_, sql);
  return *held;
}

std::vector<SpaceRecord> SqliteStore::spaces() {
  std::vector<SpaceRecord> all;
  SQLite::Statement select(db_, "SELECT space,name,kind,head,digest,rows,bytes FROM space ORDER BY space");
  while (select.executeStep())
    all.push_back({SpaceId{select.getColumn(0).getUInt()}, select.getColumn(1).getString(), select.getColumn(2).getString(),
                   Seq{select.getColumn(3).getInt64()},
                   {static_cast<std::uint64_t>(select.getColumn(4).getInt64()), select.getColumn(5).getInt64()}, select.getColumn(6).getInt64()});
  return all;
}

std::optional<SpaceRecord> SqliteStore::find_space(const std::string& name) {
  for (auto& space : spaces())
    if (space.name == name) return space;
  return {};
}

std::vector<DeviceRecord> SqliteStore::devices() {
  std::vector<DeviceRecord> all;
  SQLite::Statement select(db_, "SELECT device,name,met,generation FROM device ORDER BY device");
  while (select.executeStep()) {
    DeviceRecord device{DeviceId{select.getColumn(0).getUInt()}, select.getColumn(1).getString(), {}, {}, select.getColumn(3).getUInt()};
    if (!select.getColumn(2).isNull()) device.last_met = select.getColumn(2).getInt64();
    device.spaces = spaces_of(device.id);
    all.push_back(std::move(device));
  }
  return all;
}

bool SqliteStore::has_in_history(SpaceId space, RowKey key, ColumnId column, const Value& value) {
  Use select(statement("SELECT 1 FROM history WHERE space=? AND tbl=? AND id=? AND col=? AND value IS ?"));
  bind_key(*select, space, key);
  select->bind(4, static_cast<std::int64_t>(column.value));
  bind(*select, 5, value);
  return select->executeStep();
}

void SqliteStore::backup(const std::string& to) { db_.backup(to.c_str(), SQLite::Database::Save); }

void SqliteStore::begin_new_life(std::int64_t now) {
  SQLite::Transaction transaction(db_, SQLite::TransactionBehavior::IMMEDIATE);
  epoch_ = std::max(epoch_ + 1, first_epoch(now));
  db_.exec("UPDATE store SET epoch=" + std::to_string(epoch_));
  db_.exec("UPDATE place SET acked=0,confirmed=0");
  for (auto& space : spaces()) renumber(space.id);
  transaction.commit();
}

// Seqs of earlier lives become the first ones of this, in their order, since a frame tells seqs of its own life only.
void SqliteStore::renumber(SpaceId space) {
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
  Use update(statement("UPDATE space SET head=? WHERE space=?"));
  update->bind(1, base + static_cast<std::int64_t>(given.size()));
  update->bind(2, static_cast<std::int64_t>(space.value));
  update->exec();
}

std::vector<SpaceId> SqliteStore::verify() {
  std::vector<SpaceId> different;
  for (auto& space : spaces()) {
    Digest digest;
    rows_above(space.id, Seq{}, [&](RowKey key, Seq, Row row) {
      for (auto& cell : row.cells) cell.standing.reset();  // texts from their histories
      digest += row_digest(key, row);
      return true;
    });
    if (digest != space.digest) different.push_back(space.id);
  }
  return different;
}

// A device that was let in no more is not waited for: what it brings after a new invite is refused where its text was trimmed, and kept there.
Seq SqliteStore::settled(SpaceId space) {
  Use select(statement("SELECT min(coalesce(confirmed,0)) FROM member JOIN device USING(person) LEFT JOIN place USING(device,space) "
                       "WHERE space=? AND role<>0 AND admitted AND lost IS NULL"));
  select->bind(1, static_cast<std::int64_t>(space.value));
  select->executeStep();
  return Seq{select->getColumn(0).getInt64()};
}

std::size_t SqliteStore::trim_texts(std::int64_t before) {
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

void SqliteStore::begin(bool writes) {
  states_.clear();
  before_job_.clear();
  wishes_.clear();
  accounts_changed_ = false;
  db_.exec(writes ? "BEGIN IMMEDIATE" : "BEGIN");
  office_ = writes ? office() : std::nullopt;
}

void SqliteStore::commit() {
  if (office_ && (accounts_changed_ || !wishes_.empty())) Administration(*this, *office_, keys_, std::time(nullptr)).carry_out(std::exchange(wishes_, {}));
  for (auto& [space, state] : states_) {
    if (!state.changed) continue;
    Use update(statement("UPDATE space SET head=?,digest=?,rows=?,bytes=? WHERE space=?"));
    update->bind(1, state.head.value);
    update->bind(2, static_cast<std::int64_t>(state.digest.sum));
    update->bind(3, state.digest.rows);
    update->bind(4, state.bytes);
    update->bind(5, static_cast<std::int64_t>(space.value));
    update->exec();
  }
  db_.exec("COMMIT");
}

// A full disk has rolled back already.
void SqliteStore::roll_back() {
  if (sqlite3_get_autocommit(db_.getHandle()) == 0) db_.exec("ROLLBACK");
}

void SqliteStore::begin_job() {
  before_job_.clear();
  wishes_before_job_ = wishes_;
  Use(statement("SAVEPOINT job"))->exec();
}

void SqliteStore::keep_job() { Use(statement("RELEASE job"))->exec(); }

void SqliteStore::drop_job() {
  Use(statement("ROLLBACK TO job"))->exec();
  Use(statement("RELEASE job"))->exec();
  for (auto& [space, was] : before_job_) states_[space] = was;
  wishes_ = std::move(wishes_before_job_);
}

SqliteStore::State& SqliteStore::state(SpaceId space) {
  auto at = states_.find(space);
  if (at != states_.end()) return at->second;
  State state;
  Use select(statement("SELECT head,digest,rows,bytes FROM space WHERE space=?"));
  select->bind(1, static_cast<std::int64_t>(space.value));
  if (select->executeStep()) {
    state.head = Seq{select->getColumn(0).getInt64()};
    state.digest = {static_cast<std::uint64_t>(select->getColumn(1).getInt64()), select->getColumn(2).getInt64()};
    state.bytes = select->getColumn(3).getInt64();
  }
  return states_[space] = state;
}

SqliteStore::State& SqliteStore::to_change(SpaceId space) {
  auto& now = state(space);
  before_job_.try_emplace(space, now);
  now.changed = true;
  return now;
}

std::optional<DeviceId> SqliteStore::unused_number(DeviceId device) {
  Use select(statement("SELECT device FROM device WHERE device>?1 AND met IS NULL AND name=(SELECT name FROM device WHERE device=?1)||' (copy '||device||')'"));
  select->bind(1, static_cast<std::int64_t>(device.value));
  return select->executeStep() ? std::optional(DeviceId{select->getColumn(0).getUInt()}) : std::nullopt;
}

Result<DeviceId> SqliteStore::number_for_copy(DeviceId device) {
  if (auto unused = unused_number(device)) return *unused;
  if (auto full = Accounts(db_).device_fault(device)) return *full;
  Use insert(statement("INSERT INTO device(device,name,person,admitted,generation,oldest) SELECT max(other.device)+1, copied.name||' (copy '||(max(other.device)+1)||')', copied.person, 1, ?2, ?2 "
                       "FROM device other, device copied WHERE copied.device=?1"));
  insert->bind(1, static_cast<std::int64_t>(device.value));
  insert->bind(2, epoch_);
  insert->exec();
  accounts_changed_ = true;
  DeviceId number{static_cast<std::uint32_t>(db_.getLastInsertRowid())};
  if (number.value > max_device) throw std::runtime_error("no device number is left: at most " + std::to_string(max_device));
  return number;
}

// How far a device is in a space stands there from the first time that something was written down.
Seq SqliteStore::read_place(const char* sql, DeviceId device, SpaceId space) {
  Use select(statement(sql));
  select->bind(1, static_cast<std::int64_t>(device.value));
  select->bind(2, static_cast<std::int64_t>(space.value));
  return select->executeStep() ? Seq{select->getColumn(0).getInt64()} : Seq{};
}

void SqliteStore::write_place(const char* sql, DeviceId device, SpaceId space, std::int64_t value) {
  Use write(statement(sql));
  write->bind(1, static_cast<std::int64_t>(device.value));
  write->bind(2, static_cast<std::int64_t>(space.value));
  write->bind(3, value);
  write->exec();
}

Seq SqliteStore::acked(DeviceId device, SpaceId space) { return read_place("SELECT acked FROM place WHERE device=? AND space=?", device, space); }

Seq SqliteStore::confirmed(DeviceId device, SpaceId space) { return read_place("SELECT confirmed FROM place WHERE device=? AND space=?", device, space); }

void SqliteStore::set_acked(DeviceId device, SpaceId space, Seq seq) {
  write_place("INSERT INTO place(device,space,acked) VALUES(?,?,?) ON CONFLICT DO UPDATE SET acked=excluded.acked", device, space, seq.value);
}

void SqliteStore::confirm(DeviceId device, SpaceId space, Seq seq) {
  write_place("INSERT INTO place(device,space,confirmed) VALUES(?,?,?) ON CONFLICT DO UPDATE SET confirmed=excluded.confirmed", device, space, seq.value);
}

void SqliteStore::let_go(DeviceId device, SpaceId space) {
  write_place("INSERT INTO place(device,space,drained) VALUES(?,?,?) ON CONFLICT DO UPDATE SET drained=excluded.drained", device, space, 1);
}

SharedText SqliteStore::shared_text(DeviceId device, SpaceId space, Direction direction) {
  std::vector<SharedText::Part> parts;
  Use select(statement("SELECT number,chained,frame FROM shared_text WHERE device=? AND space=? AND up=? ORDER BY number"));
  bind_conversation(*select, device, space, direction);
  while (select->executeStep()) {
    auto blob = select->getColumn(2);
    std::string_view packed(static_cast<const char*>(blob.getBlob()), static_cast<std::size_t>(blob.getBytes()));
    parts.push_back({select->getColumn(0).getInt64(), static_cast<std::uint64_t>(select->getColumn(1).getInt64()), unpack_at_rest(packed, max_message_bytes).value_or("")});
  }
  return SharedText(std::move(parts));
}

std::uint32_t SqliteStore::shared_name(DeviceId device, SpaceId space, Direction direction) {
  Use select(statement("SELECT chained FROM shared_text WHERE device=? AND space=? AND up=? ORDER BY number DESC LIMIT 1"));
  bind_conversation(*select, device, space, direction);
  return select->executeStep() ? SharedText::name_of(static_cast<std::uint64_t>(select->getColumn(0).getInt64())) : 0;
}

void SqliteStore::keep(DeviceId device, SpaceId space, Direction direction, SharedText& text) {
  Use drop(statement("DELETE FROM shared_text WHERE device=? AND space=? AND up=? AND (number>? OR number<?)"));
  bind_conversation(*drop, device, space, direction);
  drop->bind(4, text.stored_upto());
  drop->bind(5, text.first());
  drop->exec();
  for (auto& part : text.parts()) {
    if (part.number <= text.stored_upto()) continue;
    auto packed = pack_at_rest(part.frame);
    Use insert(statement("INSERT INTO shared_text(device,space,up,number,chained,frame) VALUES(?,?,?,?,?,?)"));
    bind_conversation(*insert, device, space, direction);
    insert->bind(4, part.number);
    insert->bind(5, static_cast<std::int64_t>(part.chained));
    insert->bindNoCopy(6, packed.data(), static_cast<int>(packed.size()));
    insert->exec();
  }
  text.stored();
}

Seq SqliteStore::head(SpaceId space) { return state(space).head; }
Digest SqliteStore::digest(SpaceId space) { return state(space).digest; }

Seq SqliteStore::next_seq(SpaceId space) {
  return Seq{++to_change(space).head.value};
}

void SqliteStore::add_to_digest(SpaceId space, const Digest& change) { to_change(space).digest += change; }

Row SqliteStore::load(SpaceId space, RowKey key) {
  Use select(statement("SELECT state FROM row WHERE space=? AND tbl=? AND id=?"));
  bind_key(*select, space, key);
  if (!select->executeStep()) return {};
  auto blob = select->getColumn(0);
  return unpack_row({static_cast<const char*>(blob.getBlob()), static_cast<std::size_t>(blob.getBytes())});
}

void SqliteStore::save(SpaceId space, RowKey key, const Row& row) {
  if (office_ && office_->space == space) wishes_.insert(key);
  auto changed = row.whole;
  for (auto& cell : row.cells)
    for (auto& version : cell.versions) changed = std::max(changed, version.seq);
  auto blob = pack_row(row);
  Use write(statement("INSERT OR REPLACE INTO row(space,tbl,id,changed,state) VALUES(?,?,?,?,?)"));
  bind_key(*write, space, key);
  write->bind(4, changed.value);
  write->bindNoCopy(5, blob.data(), static_cast<int>(blob.size()));
  write->exec();
}

void SqliteStore::rows_above(SpaceId space, Seq cursor, const Visitor& visit) {
  Use select(statement("SELECT tbl,id,changed,state FROM row WHERE space=? AND changed>? ORDER BY changed"));
  select->bind(1, static_cast<std::int64_t>(space.value));
  select->bind(2, cursor.value);
  while (select->executeStep()) {
    RowKey key{TableId{select->getColumn(0).getUInt()}, RowId{select->getColumn(1).getInt64()}};
    auto blob = select->getColumn(3);
    auto row = unpack_row({static_cast<const char*>(blob.getBlob()), static_cast<std::size_t>(blob.getBytes())});
    if (!visit(key, Seq{select->getColumn(2).getInt64()}, row)) return;
  }
}

void SqliteStore::remember(SpaceId space, RowKey key, const Remembered& past) {
  Use insert(statement("INSERT OR IGNORE INTO history(space,tbl,id,col,time,device,value) VALUES(?,?,?,?,?,?,?)"));
  bind_key(*insert, space, key);
  insert->bind(4, static_cast<std::int64_t>(past.column.value));
  insert->bind(5, static_cast<std::int64_t>(past.version.stamp.time));
  insert->bind(6, static_cast<std::int64_t>(past.version.stamp.device.value));
  bind(*insert, 7, past.version.value);
  insert->exec();
}

bool SqliteStore::remembers(SpaceId space, RowKey key, ColumnId column, const Stamp& stamp) {
  Use select(statement("SELECT 1 FROM history WHERE space=? AND tbl=? AND id=? AND col=? AND time=? AND device=?"));
  bind_key(*select, space, key);
  select->bind(4, static_cast<std::int64_t>(column.value));
  select->bind(5, static_cast<std::int64_t>(stamp.time));
  select->bind(6, static_cast<std::int64_t>(stamp.device.value));
  return select->executeStep();
}

}  // namespace carnet
