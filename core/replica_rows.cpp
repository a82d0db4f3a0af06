// Rows of a replica: what the domain table shows, what carnet_row knows beside it, and how the two become one Row and back.
#include <sodium.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>

#include "core/replica_detail.hpp"
#include "core/row_codec.hpp"
#include "core/text_cell.hpp"

namespace carnet {

namespace {

// Whether a table's column gives back exactly what is put in (affinity would turn '7' into 7).
bool keeps(const Column& column, const Value& value) {
  switch (column.type) {
    case Type::integer: case Type::reference: case Type::row: return std::holds_alternative<std::int64_t>(value);
    case Type::real: return std::holds_alternative<double>(value);
    default: return std::holds_alternative<std::string>(value);
  }
}

// An SQL function of what carnet_row knows of a row: a look at all rows reads one number of each.
void mark_of(sqlite3_context* context, int count, sqlite3_value** parts) {
  constexpr unsigned char key16[crypto_shorthash_KEYBYTES + 1] = "carnet row's key";
  auto hash = [&](const void* bytes, std::size_t size) {
    std::int64_t sum = 0;
    crypto_shorthash(reinterpret_cast<unsigned char*>(&sum), static_cast<const unsigned char*>(bytes), size, key16);
    return sum;
  };
  std::array<std::int64_t, 5> numbers{};
  for (int k = 0; k + 1 < count; ++k) numbers[static_cast<std::size_t>(k)] = sqlite3_value_int64(parts[k]);
  if (auto* rest = sqlite3_value_blob(parts[4])) numbers[4] = hash(rest, static_cast<std::size_t>(sqlite3_value_bytes(parts[4])));
  sqlite3_result_int64(context, hash(numbers.data(), sizeof numbers));
}

}  // namespace

std::optional<Replica::Meta> Replica::load_meta(RowKey key) {
  Use select(statement("SELECT space,time,device,seq,rest FROM carnet_row WHERE tbl=? AND id=?"));
  select->bind(1, static_cast<std::int64_t>(key.table.value));
  select->bind(2, key.id.value);
  if (!select->executeStep()) return {};
  Meta meta;
  meta.space = SpaceId{select->getColumn(0).getUInt()};
  auto time = select->getColumn(1).getInt64();
  meta.stamp.time = static_cast<std::uint64_t>(time < 0 ? -time : time << 16);
  meta.stamp.device = select->getColumn(2).isNull() ? minter(key.id) : DeviceId{select->getColumn(2).getUInt()};
  auto seq = select->getColumn(3).getInt64();
  meta.received = seq < 0;
  meta.seq = Seq{seq < 0 ? -seq : seq};
  auto rest = select->getColumn(4);
  if (!rest.isNull()) meta.rest.assign(static_cast<const char*>(rest.getBlob()), static_cast<std::size_t>(rest.getBytes()));
  return meta;
}

// The row from its metadata and the values that its table shows (or showed, before the writes being collected).
Row Replica::build(RowKey key, const Meta& meta, const std::vector<Value>* shown) {
  auto* table = access(key.table);
  auto own = [&](Version& version) {
    if (version.stamp.device == device_ && !version.received && version.past.empty() && version.open.empty())
      version.seen = seen_at(meta.space, version.seq);
  };
  Row row;
  auto from_table = [&](const Cell& cell) { return shown ? std::optional((*shown)[table->index(cell.column)]) : std::nullopt; };
  if (!meta.rest.empty()) row = unpack_row(meta.rest, from_table);
  for (auto& cell : row.cells)
    for (auto& version : cell.versions) own(version);
  if (!shown || row.dead()) return row;
  for (std::size_t k = 0; k < shown->size(); ++k) {
    auto& column = table->table.columns[k];
    if (is_null((*shown)[k]) || row.find(ColumnId{column.number})) continue;
    Version version{.stamp = meta.stamp, .value = (*shown)[k], .seq = meta.seq, .seen = {}, .past = {}, .open = {}};
    version.received = meta.received;
    own(version);
    row.at(ColumnId{column.number}, column.kind()).versions.push_back(std::move(version));
  }
  return row;
}

Row Replica::load(SpaceId, RowKey key) {
  auto meta = load_meta(key);
  if (!meta) return {};
  auto* table = access(key.table);
  auto shown = table ? table->read(key.id) : std::nullopt;
  return build(key, *meta, shown ? &shown->values : nullptr);
}

void Replica::save(SpaceId space, RowKey key, const Row& row) {
  changed_.insert(key.table);
  save_shown(space, key, row);
  save_meta(space, key, row);
  save_conflicts(space, key, row);
  save_rereads(space, key, row);
  note_heard(space, row);
}

void Replica::note_heard(SpaceId space, const Row& row) {
  for (auto& cell : row.cells)
    for (auto& version : cell.versions) {
      auto& at = heard_[{space, version.stamp.device}];
      at = std::max(at, version.stamp.unix_seconds());
    }
}

void Replica::save_shown(SpaceId space, RowKey key, const Row& row) {
  auto* table = access(key.table);
  if (!table) return;
  if (row.dead()) {
    Use erase(*table->erase);
    erase->bind(1, key.id.value);
    erase->exec();
    return;
  }
  Use upsert(*table->upsert);
  upsert->bind(1, key.id.value);
  upsert->bind(2, static_cast<std::int64_t>(space.value));
  std::vector<Value> values;
  for (auto& column : table->table.columns) {
    auto* cell = row.find(ColumnId{column.number});
    values.push_back(cell ? shown_value(*cell) : Value{});
  }
  int index = 3;
  for (const auto& value : values) bind(*upsert, index++, value);
  upsert->exec();
}

// What came while the column was not known here: the table shows it from now on, before anything is collected, since a row that is
// collected keeps with its metadata only what its table does not hold.
void Replica::show_unknown(const Table& table, const Column& added) {
  SQLite::Statement with_rest(db_, "SELECT id,rest FROM carnet_row WHERE tbl=? AND rest IS NOT NULL");
  SQLite::Statement show(db_, "UPDATE " + std::string(table.name) + " SET \"" + std::string(added.name) + "\"=? WHERE id=?");
  with_rest.bind(1, static_cast<std::int64_t>(table.number));
  mute(true);
  while (with_rest.executeStep()) {
    auto rest = with_rest.getColumn(1);
    auto row = unpack_row({static_cast<const char*>(rest.getBlob()), static_cast<std::size_t>(rest.getBytes())}, {});
    auto* cell = row.find(ColumnId{added.number});
    if (!cell) continue;
    const auto value = shown_value(*cell);
    Use use(show);
    bind(show, 1, value);
    show.bind(2, with_rest.getColumn(0).getInt64());
    show.exec();
  }
  mute(false);
}

void Replica::save_meta(SpaceId space, RowKey key, const Row& row) {
  auto* table = access(key.table);
  auto acked = state(space).acked;
  bool dead = row.dead();
  auto in_table = [&](const Cell& cell) {
    if (!table || dead || cell.shown().trail) return false;
    auto* column = table->table.find(cell.column);
    bool has_history = cell.kind == Kind::text && !is_lone_seed(cell);
    return column && column->kind() == cell.kind && (has_history || keeps(*column, cell.shown().value));
  };

  auto is_ours = [&](const Version& version) { return version.stamp.device == device_ && version.past.empty() && version.open.empty(); };

  // The default: what most cells share.
  Meta common;
  int votes = 0;
  Seq pending;
  auto like = [](const Version& version, const Meta& meta) {
    return version.stamp == meta.stamp && version.seq == meta.seq && version.received == meta.received;
  };
  auto plain = [&](const Cell& cell) {
    auto& version = cell.versions.front();
    bool context = !version.past.empty() || !version.open.empty() ||
                   (version.seen.value && version.stamp.device != device_ && !version.received);
    return cell.versions.size() == 1 && !context && (cell.kind == Kind::reg || is_lone_seed(cell)) && in_table(cell);
  };
  for (auto& cell : row.cells) {
    for (auto& version : cell.versions)
      if (!version.received && version.seq > acked) pending = std::max(pending, version.seq);
    auto& version = cell.versions.front();
    if (!plain(cell)) continue;
    if (votes == 0) common = {space, version.stamp, version.seq, version.received, {}};
    votes += like(version, common) ? 1 : -1;  // Boyer and Moore's majority vote
  }

  std::vector<const Cell*> rest;
  for (auto& cell : row.cells)
    if (!plain(cell) || !like(cell.versions.front(), common)) rest.push_back(&cell);
  std::string blob;
  if (!rest.empty() || row.whole.value) blob = pack_cells(row.whole, rest, {in_table, is_ours});

  Use write(statement("INSERT INTO carnet_row(tbl,id,space,time,device,seq,pending,rest) VALUES(?,?,?,?,?,?,?,?) "
                      "ON CONFLICT(tbl,id) DO UPDATE SET time=excluded.time,device=excluded.device,seq=excluded.seq,"
                      "pending=excluded.pending,rest=excluded.rest"));
  write->bind(1, static_cast<std::int64_t>(key.table.value));
  write->bind(2, key.id.value);
  write->bind(3, static_cast<std::int64_t>(space.value));
  auto time = static_cast<std::int64_t>(common.stamp.time);
  write->bind(4, time & 0xffff ? -time : time >> 16);
  if (common.stamp.device == minter(key.id)) write->bind(5);
  else write->bind(5, static_cast<std::int64_t>(common.stamp.device.value));
  write->bind(6, common.received ? -common.seq.value : common.seq.value);
  if (pending.value) write->bind(7, pending.value);
  else write->bind(7);
  if (blob.empty()) write->bind(8);
  else write->bindNoCopy(8, blob.data(), static_cast<int>(blob.size()));
  write->exec();
}

void Replica::save_conflicts(SpaceId space, RowKey key, const Row& row) {
  using Loser = std::pair<ColumnId, Stamp>;
  std::map<Loser, Value> were_open;
  {
    Use erase(statement("DELETE FROM carnet_conflict WHERE tbl=? AND id=? RETURNING col,time,device,value"));
    erase->bind(1, static_cast<std::int64_t>(key.table.value));
    erase->bind(2, key.id.value);
    while (erase->executeStep()) {
      Stamp stamp{static_cast<std::uint64_t>(erase->getColumn(1).getInt64()), DeviceId{erase->getColumn(2).getUInt()}};
      were_open[{ColumnId{erase->getColumn(0).getUInt()}, stamp}] = fetch(*erase, 3);
    }
  }
  auto note = [&](const char* sql, const Loser& loser, const Value& value) {
    Use insert(statement(sql));
    insert->bind(1, static_cast<std::int64_t>(key.table.value));
    insert->bind(2, key.id.value);
    insert->bind(3, static_cast<std::int64_t>(loser.first.value));
    insert->bind(4, static_cast<std::int64_t>(loser.second.time));
    insert->bind(5, static_cast<std::int64_t>(loser.second.device.value));
    insert->bind(6, static_cast<std::int64_t>(space.value));
    bind(*insert, 7, value);
    insert->exec();
  };
  for (auto& cell : row.cells)
    for (auto* lost : open_conflicts(row, cell)) {
      note("INSERT INTO carnet_conflict(tbl,id,col,time,device,space,value) VALUES(?,?,?,?,?,?,?)", {cell.column, lost->stamp}, lost->value);
      were_open.erase({cell.column, lost->stamp});
    }
  for (auto& [loser, value] : were_open) note("INSERT OR REPLACE INTO carnet_decided(tbl,id,col,time,device,space,value) VALUES(?,?,?,?,?,?,?)", loser, value);
}

void Replica::rows_above(SpaceId space, Seq cursor, const Visitor& visit) {
  Use select(statement("SELECT tbl,id,pending FROM carnet_row WHERE space=? AND pending>? ORDER BY pending"));
  select->bind(1, static_cast<std::int64_t>(space.value));
  select->bind(2, cursor.value);
  while (select->executeStep()) {
    RowKey key{TableId{select->getColumn(0).getUInt()}, RowId{select->getColumn(1).getInt64()}};
    if (!visit(key, Seq{select->getColumn(2).getInt64()}, load(space, key))) return;
  }
}

void Replica::marks_above(RowKey after, const std::function<bool(RowKey, std::int64_t)>& visit) {
  if (!marks_) db_.createFunction("carnet_mark", 5, true, nullptr, mark_of, nullptr, nullptr, nullptr);
  marks_ = true;
  Use select(statement("SELECT tbl,id,carnet_mark(space,time,device,seq,rest) FROM carnet_row WHERE (tbl,id)>(?,?) ORDER BY tbl,id"));
  select->bind(1, static_cast<std::int64_t>(after.table.value));
  select->bind(2, after.id.value);
  while (select->executeStep())
    if (!visit({TableId{select->getColumn(0).getUInt()}, RowId{select->getColumn(1).getInt64()}}, select->getColumn(2).getInt64())) return;
}

void Replica::remember(SpaceId, RowKey key, const Remembered& past) {
  Use insert(statement("INSERT OR IGNORE INTO carnet_history(tbl,id,col,time,device,value) VALUES(?,?,?,?,?,?)"));
  insert->bind(1, static_cast<std::int64_t>(key.table.value));
  insert->bind(2, key.id.value);
  insert->bind(3, static_cast<std::int64_t>(past.column.value));
  insert->bind(4, static_cast<std::int64_t>(past.version.stamp.time));
  insert->bind(5, static_cast<std::int64_t>(past.version.stamp.device.value));
  bind(*insert, 6, past.version.value);
  insert->exec();
}

// History here is only what passed by, so it does not tell late copies from new ones; the relay, which has it all, does.
bool Replica::remembers(SpaceId, RowKey, ColumnId, const Stamp&) { return false; }

}  // namespace carnet
