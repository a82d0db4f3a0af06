// Conflicts as people see them: list, decide, look back.
#include <algorithm>

#include "core/replica_detail.hpp"

namespace carnet {

std::vector<Conflict> Replica::conflicts() {
  std::vector<Conflict> all;
  in_snapshot([&] { all = read_conflicts(); });
  return all;
}

std::vector<Conflict> Replica::read_conflicts() {
  std::vector<Conflict> all;
  Use select(statement("SELECT space,tbl,id,col,time,device FROM carnet_conflict ORDER BY time DESC"));
  while (select->executeStep()) {
    SpaceId space{select->getColumn(0).getUInt()};
    RowKey key{TableId{select->getColumn(1).getUInt()}, RowId{select->getColumn(2).getInt64()}};
    ColumnId column{select->getColumn(3).getUInt()};
    Stamp stamp{static_cast<std::uint64_t>(select->getColumn(4).getInt64()), DeviceId{select->getColumn(5).getUInt()}};
    auto row = load(space, key);
    auto* cell = row.find(column);
    for (std::size_t k = 0; cell && k < cell->versions.size(); ++k)
      if (cell->versions[k].stamp == stamp) all.push_back({space, key, column, cell->shown(), cell->versions[k]});
  }
  return all;
}

std::vector<Conflict> Replica::decided() {
  std::vector<Conflict> all;
  in_snapshot([&] {
    Use select(statement("SELECT space,tbl,id,col,time,device,value FROM carnet_decided WHERE NOT EXISTS(SELECT 1 FROM carnet_conflict o WHERE "
                         "o.tbl=carnet_decided.tbl AND o.id=carnet_decided.id AND o.col=carnet_decided.col) ORDER BY time DESC"));
    while (select->executeStep()) {
      SpaceId space{select->getColumn(0).getUInt()};
      RowKey key{TableId{select->getColumn(1).getUInt()}, RowId{select->getColumn(2).getInt64()}};
      Conflict conflict{space, key, ColumnId{select->getColumn(3).getUInt()}, {}, {}};
      conflict.lost.stamp = {static_cast<std::uint64_t>(select->getColumn(4).getInt64()), DeviceId{select->getColumn(5).getUInt()}};
      conflict.lost.value = fetch(*select, 6);
      auto row = load(space, key);
      if (auto* cell = row.find(conflict.column)) conflict.shown = cell->shown();
      all.push_back(std::move(conflict));
    }
  });
  return all;
}

Result<void> Replica::decide(RowKey key, ColumnId column, const Value& value) {
  Result<void> result;
  in_transaction([&] {
    auto id = space_of(key);
    auto row = id ? load(*id, key) : Row{};
    auto* cell = row.find(column);
    if (!cell || open_conflicts(row, *cell).empty()) {
      result = Error{Code::not_found, "no open conflict in this cell; `carnet conflicts` lists them"};
      return;
    }
    auto* table = access(key.table);
    if (column == life_column && value == Value{life_deleted} && table) {  // as anybody would delete it, parts and all
      mute(false);
      db_.exec("DELETE FROM " + std::string(table->table.name) + " WHERE id=" + std::to_string(key.id.value));
      mute(true);
      collect_log();
      return;
    }
    auto& space = state(*id);
    auto digest = row_digest(key, row);
    Seq seq{space.seq.value + 1};
    auto stamp = stamp_over(*id, seq, now_, row.latest());
    if (column == life_column) write_life(space, key, row, life_alive, stamp, seq, Open::none);
    else write_cell(space, key, row, column, value, stamp, seq, Open::none);
    take_seq(space, seq);
    replace(key, *id, digest, row);
  });
  return result;
}

// What was kept before anybody knew whether the relay had taken it may stand yet.
std::vector<Remembered> Replica::history(RowKey key) {
  auto all = wordings(key);
  auto row = this->row(key);
  std::vector<Remembered> standing = all;
  for (auto& cell : row.cells)
    for (auto& version : cell.versions)
      if (!row.dead() && !version.trail) standing.push_back({cell.column, version});
  for (auto& past : superseded(key)) {
    auto same = [&](auto& other) { return other.column == past.column && other.version.stamp == past.version.stamp && other.version.value == past.version.value; };
    if (std::none_of(standing.begin(), standing.end(), same)) all.push_back(std::move(past));
  }
  std::stable_sort(all.begin(), all.end(), [](auto& a, auto& b) { return a.version.stamp > b.version.stamp; });
  return all;
}

std::vector<Remembered> Replica::superseded(RowKey key) {
  std::vector<Remembered> all;
  Use select(statement("SELECT col,time,device,value FROM carnet_history WHERE tbl=? AND id=? ORDER BY time DESC,device DESC"));
  select->bind(1, static_cast<std::int64_t>(key.table.value));
  select->bind(2, key.id.value);
  while (select->executeStep()) {
    Remembered past{ColumnId{select->getColumn(0).getUInt()}, {}};
    past.version.stamp = {static_cast<std::uint64_t>(select->getColumn(1).getInt64()), DeviceId{select->getColumn(2).getUInt()}};
    past.version.value = fetch(*select, 3);
    all.push_back(std::move(past));
  }
  return all;
}

std::optional<SpaceId> Replica::space_of(RowKey key) {
  auto meta = load_meta(key);
  return meta ? std::optional(meta->space) : std::nullopt;
}

Row Replica::row(RowKey key) {
  Row row;
  in_snapshot([&] {
    if (auto space = space_of(key)) row = load(*space, key);
  });
  return row;
}

}  // namespace carnet
