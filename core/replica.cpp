#include "core/replica.hpp"

#include <sodium.h>

#include <algorithm>
#include <stdexcept>

#include "core/replica_detail.hpp"
#include "core/triggers.hpp"

namespace carnet {

namespace {

constexpr int busy_milliseconds = 10'000;  // another process may hold the file for one transaction

std::string list_of_columns(const Table& table) {
  std::string list = "space";
  for (auto& column : table.columns) list += ",\"" + std::string(column.name) + "\"";
  return list;
}

std::string upsert_sql(const Table& table) {
  std::string marks = "?,?", sets = "space=excluded.space";
  for (auto& column : table.columns) {
    marks += ",?";
    sets += ",\"" + std::string(column.name) + "\"=excluded.\"" + std::string(column.name) + "\"";
  }
  return "INSERT INTO " + std::string(table.name) + "(id," + list_of_columns(table) + ") VALUES(" + marks +
         ") ON CONFLICT(id) DO UPDATE SET " + sets;
}

std::vector<const Column*> owners_of(const Table& table) {
  std::vector<const Column*> owners;
  for (auto& column : table.columns)
    if (column.is_owner) owners.push_back(&column);
  return owners;
}

std::string select_owners_sql(const Table& table, const std::vector<const Column*>& owners) {
  std::string columns = "1";
  for (auto* column : owners) columns += ",\"" + std::string(column->name) + "\"";
  return "SELECT " + columns + " FROM " + std::string(table.name) + " WHERE id=?";
}

std::string fingerprint(const std::string& sql) {
  unsigned char hash[crypto_generichash_BYTES_MIN];
  crypto_generichash(hash, sizeof hash, reinterpret_cast<const unsigned char*>(sql.data()), sql.size(), nullptr, 0);
  char hex[2 * sizeof hash + 1];
  return sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
}

// Columns that an older program's file lacks.
std::vector<const Column*> missing_columns(SQLite::Database& db, const Table& table) {
  std::vector<const Column*> missing;
  SQLite::Statement find(db, "SELECT 1 FROM pragma_table_info(?) WHERE name=?");
  find.bind(1, std::string(table.name));
  for (auto& column : table.columns) {
    Use use(find);
    find.bind(2, std::string(column.name));
    if (!find.executeStep()) missing.push_back(&column);
  }
  return missing;
}

}  // namespace

Replica::TableAccess::TableAccess(SQLite::Database& db, const Table& declared)
    : table(declared),
      select(db, "SELECT " + list_of_columns(declared) + " FROM " + std::string(declared.name) + " WHERE id=?"),
      upsert(db, upsert_sql(declared)),
      erase(db, "DELETE FROM " + std::string(declared.name) + " WHERE id=?"),
      owner_columns(owners_of(declared)),
      select_owners(db, select_owners_sql(declared, owner_columns)) {
  for (auto* column : owner_columns)
    select_parts.emplace(column, Prepared(db, "SELECT 1 FROM " + std::string(declared.name) + " WHERE \"" + std::string(column->name) + "\"=? LIMIT 1"));
}

std::optional<std::vector<Value>> Replica::TableAccess::owners(RowId id) {
  Use use(*select_owners);
  use->bind(1, id.value);
  if (!use->executeStep()) return {};
  std::vector<Value> values;
  for (std::size_t k = 0; k < owner_columns.size(); ++k) values.push_back(fetch(*use, static_cast<int>(k) + 1));
  return values;
}

bool Replica::TableAccess::has_part_of(const Column& owner_column, RowId owner) {
  Use use(*select_parts.at(&owner_column));
  use->bind(1, owner.value);
  return use->executeStep();
}

std::optional<Replica::TableAccess::Shown> Replica::TableAccess::read(RowId id) {
  Use use(select);
  select.bind(1, id.value);
  if (!select.executeStep()) return {};
  Shown shown{SpaceId{static_cast<std::uint32_t>(select.getColumn(0).getInt64())}, {}};
  shown.values.reserve(table.columns.size());
  for (std::size_t k = 0; k < table.columns.size(); ++k) shown.values.push_back(as_written(table.columns[k], fetch(select, static_cast<int>(k) + 1)));
  return shown;
}

std::size_t Replica::TableAccess::index(ColumnId column) const {
  std::size_t k = 0;
  while (k < table.columns.size() && table.columns[k].number != column.value) ++k;
  return k;
}

// Only a new replica makes its file: one that was moved away under a command is not replaced by an empty one.
Replica::Replica(const std::string& path, const Schema& schema, DeviceId device)
    : schema_(schema), db_(path, SQLite::OPEN_READWRITE | (device.value ? SQLite::OPEN_CREATE : 0), busy_milliseconds) {
  if (sodium_init() < 0) throw std::runtime_error("libsodium did not start");
  db_.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL");
  prepare_layout(device);
}

Replica::~Replica() = default;

// Makes or upgrades tables and triggers. ALTER TABLE and DROP TRIGGER fire nothing, so SQLite's own counter of layout
// changes tells whether somebody touched the file's layout since we last looked.
void Replica::prepare_layout(DeviceId device) {
  std::string sql = replica_tables_sql;
  for (auto& table : schema_.tables) sql += table_sql(table) + trigger_sql(schema_, table);
  auto expected = fingerprint(sql);
  auto layout = [&] { return expected + "/" + std::to_string(db_.execAndGet("PRAGMA schema_version").getInt64()); };

  bool known = db_.tableExists("carnet_self") && db_.execAndGet("SELECT count(*) FROM carnet_self").getInt() == 1;
  if (!known && device.value == 0) throw std::runtime_error("no replica here: run `carnet init --invite ...` first");
  if (known) {
    device_ = DeviceId{db_.execAndGet("SELECT device FROM carnet_self").getUInt()};
    auto noted = setting("device");
    if (noted && *noted != std::to_string(device_.value)) throw Damaged("it gives two numbers for this device");
  }
  if (known && db_.execAndGet("SELECT layout FROM carnet_self").getString() == layout()) return;

  SQLite::Transaction transaction(db_, SQLite::TransactionBehavior::IMMEDIATE);
  db_.exec(replica_tables_sql);
  std::vector<std::pair<const Table*, const Column*>> added;
  for (auto& table : schema_.tables) {
    db_.exec(table_sql(table));
    for (auto* column : missing_columns(db_, table)) {
      db_.exec("ALTER TABLE " + std::string(table.name) + " ADD COLUMN " + column_sql(*column));
      added.push_back({&table, column});
    }
  }
  for (auto& table : schema_.tables) db_.exec(trigger_sql(schema_, table));
  for (auto& [table, column] : added) show_unknown(*table, *column);
  if (!known) {
    device_ = device;
    db_.exec("INSERT INTO carnet_self(device) VALUES(" + std::to_string(device.value) + ")");
    set("device", std::to_string(device.value));
  }
  transaction.commit();
  if (known) {
    in_transaction([&] { adopt_unknown(); });
    audit();
  }
  set("layout_text", layout_text());
  db_.exec("UPDATE carnet_self SET layout='" + layout() + "'");
}

std::string Replica::layout_text() {
  return fingerprint(db_.execAndGet("SELECT group_concat(type||name||rootpage||coalesce(sql,'')) FROM sqlite_schema").getString());
}

// Rows and cells that came while this program did not know their table or column are shown now that it does.
void Replica::adopt_unknown() {
  std::vector<std::pair<SpaceId, RowKey>> rows;
  SQLite::Statement with_rest(db_, "SELECT tbl,id,space FROM carnet_row WHERE rest IS NOT NULL");
  while (with_rest.executeStep())
    rows.push_back({SpaceId{with_rest.getColumn(2).getUInt()},
                    {TableId{with_rest.getColumn(0).getUInt()}, RowId{with_rest.getColumn(1).getInt64()}}});
  for (auto& [space, key] : rows)
    if (access(key.table)) save(space, key, load(space, key));
}

Replica::TableAccess* Replica::access(TableId table) {
  auto at = tables_.find(table);
  if (at != tables_.end()) return at->second.get();
  auto* declared = schema_.find(table);
  if (!declared) return nullptr;
  return (tables_[table] = std::make_unique<TableAccess>(db_, *declared)).get();
}

// `sql` must be a literal: statements are kept by its address.
SQLite::Statement& Replica::statement(const char* sql) {
  auto& held = statements_[sql];
  if (!held) held = std::make_unique<SQLite::Statement>(db_, sql);
  return *held;
}

void Replica::in_transaction(const std::function<void()>& work) {
  if (in_transaction_) return work();
  SQLite::Transaction transaction(db_, SQLite::TransactionBehavior::IMMEDIATE);
  struct Flag {
    bool& flag;
    explicit Flag(bool& f) : flag(f) { flag = true; }
    ~Flag() { flag = false; }
  } open(in_transaction_);
  read_state();
  heard_.clear();
  mute(true);
  collected_ = collect_log();
  work();
  mute(false);
  write_state();
  write_heard();
  transaction.commit();
}

Result<void> Replica::all_or_nothing(const std::function<Result<void>()>& work) {
  struct Undone {
    Error why;
  };
  try {
    in_transaction([&] {
      if (auto done = work(); !done) throw Undone{done.error()};
    });
  } catch (const Undone& undone) {
    return undone.why;
  }
  return {};
}

Result<void> Replica::write(const std::function<Result<void>()>& sql) {
  return all_or_nothing([&] {
    mute(false);
    auto done = sql();
    mute(true);
    if (done) collect_log();
    return done;
  });
}

void Replica::mute(bool muted) {
  Use update(statement("UPDATE carnet_self SET muted=?"));
  update->bind(1, muted ? 1 : 0);
  update->exec();
}

void Replica::in_snapshot(const std::function<void()>& work) {
  if (in_transaction_) return work();
  collect();
  {
    SQLite::Transaction snapshot(db_);
    if (!log_holds_notes()) {
      read_state();
      return work();
    }
  }
  in_transaction(work);  // another program wrote just now
}

bool Replica::log_holds_notes() {
  Use select(statement("SELECT EXISTS(SELECT 1 FROM carnet_log)"));
  select->executeStep();
  return select->getColumn(0).getInt() == 1;
}

void Replica::read_state() {
  Use self(statement("SELECT device FROM carnet_self"));  // where this is a copy, another process may have found that
  self->executeStep();
  device_ = DeviceId{self->getColumn(0).getUInt()};
  read_self();
  read_spaces();
}

void Replica::read_self() {
  Use self(statement("SELECT clock_offset,unixepoch(),(SELECT value FROM carnet_setting WHERE name='relay_time') FROM carnet_self"));
  self->executeStep();
  clock_offset_ = self->getColumn(0).getInt64();
  now_ = self->getColumn(1).getInt64();
  relay_time_ = self->getColumn(2).getInt64();
}

void Replica::read_spaces() {
  spaces_.clear();
  seen_.clear();
  Use all(statement("SELECT space,name,kind,seq,cursor,acked,seen,covered,travelled,stands,wired,digest,rows,verified FROM carnet_space"));
  while (all->executeStep()) {
    auto number = [&](int column) { return Seq{all->getColumn(column).getInt64()}; };
    Space space{SpaceId{all->getColumn(0).getUInt()}, all->getColumn(1).getString(), all->getColumn(2).getString(),
                number(3), number(4), number(5), number(6), number(7), number(8), number(9), number(10),
                {static_cast<std::uint64_t>(number(11).value), number(12).value}, {}};
    if (!all->getColumn(13).isNull()) space.verified = number(13).value;
    spaces_[space.id] = space;
  }
  Use marks(statement("SELECT space,seq,seen FROM carnet_seen ORDER BY space,seq"));
  while (marks->executeStep())
    seen_[SpaceId{marks->getColumn(0).getUInt()}].push_back(
        {Seq{marks->getColumn(1).getInt64()}, Seq{marks->getColumn(2).getInt64()}});
}

void Replica::write_state() {
  for (auto& [id, space] : spaces_) {
    Use write(statement("UPDATE carnet_space SET seq=?,cursor=?,acked=?,seen=?,covered=?,travelled=?,stands=?,wired=?,digest=?,rows=?,verified=? "
                        "WHERE space=?"));
    write->bind(1, space.seq.value);
    write->bind(2, space.cursor.value);
    write->bind(3, space.acked.value);
    write->bind(4, space.seen.value);
    write->bind(5, space.covered.value);
    write->bind(6, space.travelled.value);
    write->bind(7, space.stands.value);
    write->bind(8, space.wired.value);
    write->bind(9, static_cast<std::int64_t>(space.digest.sum));
    write->bind(10, space.digest.rows);
    if (space.verified) write->bind(11, *space.verified);
    else write->bind(11);
    write->bind(12, static_cast<std::int64_t>(id.value));
    write->exec();
  }
}

void Replica::write_heard() {
  for (auto& [who, at] : heard_) {
    if (!spaces_.contains(who.first)) continue;  // given up meanwhile
    Use write(statement("INSERT INTO carnet_heard(space,device,at) VALUES(?1,?2,?3) ON CONFLICT(space,device) DO UPDATE SET at=?3 WHERE at<?3"));
    write->bind(1, static_cast<std::int64_t>(who.first.value));
    write->bind(2, static_cast<std::int64_t>(who.second.value));
    write->bind(3, at);
    write->exec();
  }
}

std::vector<Heard> Replica::heard() {
  std::vector<Heard> all;
  Use select(statement("SELECT space,device,at FROM carnet_heard ORDER BY space,device"));
  while (select->executeStep())
    all.push_back({SpaceId{select->getColumn(0).getUInt()}, DeviceId{select->getColumn(1).getUInt()}, select->getColumn(2).getInt64()});
  return all;
}

Space& Replica::state(SpaceId space) {
  auto at = spaces_.find(space);
  if (at == spaces_.end()) throw std::runtime_error("space " + std::to_string(space.value) + " is not on this device");
  return at->second;
}

void Replica::add_space(SpaceId space, const std::string& name, const std::string& kind) {
  SQLite::Statement insert(db_, "INSERT INTO carnet_space(space,name,kind) VALUES(?,?,?) "
                                "ON CONFLICT(space) DO UPDATE SET name=excluded.name,kind=excluded.kind");
  insert.bind(1, static_cast<std::int64_t>(space.value));
  insert.bind(2, name);
  insert.bind(3, kind);
  insert.exec();
}

std::vector<Space> Replica::spaces() {
  if (!in_transaction_) read_state();
  std::vector<Space> all;
  for (auto& [id, space] : spaces_) all.push_back(space);
  return all;
}

Space Replica::space(SpaceId space) {
  if (!in_transaction_) read_state();
  return state(space);
}

Seq Replica::next_seq(SpaceId space) { return Seq{++state(space).seq.value}; }

void Replica::add_to_digest(SpaceId space, const Digest& change) { state(space).digest += change; }

// The relay's seq that our change `seq` had seen.
Seq Replica::seen_at(SpaceId space, Seq seq) {
  Seq seen;
  for (auto& [from, mark] : seen_[space])
    if (from <= seq) seen = mark;
  return seen;
}

std::optional<std::string> Replica::setting(const std::string& name) {
  Use select(statement("SELECT value FROM carnet_setting WHERE name=?"));
  select->bind(1, name);
  if (!select->executeStep()) return {};
  return select->getColumn(0).getString();
}

void Replica::unset(const std::string& name) {
  Use erase(statement("DELETE FROM carnet_setting WHERE name=?"));
  erase->bind(1, name);
  erase->exec();
}

void Replica::set(const std::string& name, const std::string& value) {
  Use write(statement("INSERT OR REPLACE INTO carnet_setting(name,value) VALUES(?,?)"));
  write->bind(1, name);
  write->bind(2, value);
  write->exec();
}

Digest Replica::recount(SpaceId space) {
  Digest digest;
  in_snapshot([&] { digest = sum_of_rows(space); });
  return digest;
}

std::vector<RowKey> Replica::keys_of(SpaceId space) {
  std::vector<RowKey> keys;
  Use all(statement("SELECT tbl,id FROM carnet_row WHERE space=?"));
  all->bind(1, static_cast<std::int64_t>(space.value));
  while (all->executeStep()) keys.push_back({TableId{all->getColumn(0).getUInt()}, RowId{all->getColumn(1).getInt64()}});
  return keys;
}

Digest Replica::sum_of_rows(SpaceId space) {
  Digest digest;
  for (auto& key : keys_of(space)) {
    auto row = load(space, key);
    for (auto& cell : row.cells) cell.standing.reset();  // texts from their histories
    digest += row_digest(key, row);
  }
  return digest;
}

std::vector<std::pair<std::uint64_t, RowKey>> Replica::row_digests(SpaceId space) {
  std::vector<std::pair<std::uint64_t, RowKey>> all;
  in_snapshot([&] {
    Digest sum;
    for (auto& key : keys_of(space)) {
      auto digest = row_digest(key, load(space, key));
      sum += digest;
      if (digest.rows) all.push_back({digest.sum, key});
    }
    check_digest(space, sum);
  });
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace carnet
