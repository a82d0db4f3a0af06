// Parts and the owners they keep alive.
#include <fmt/format.h>

#include <cstdlib>

#include "core/replica_detail.hpp"

namespace carnet {

// Conflict: a row is added, or edited, under an owner that somebody deleted meanwhile. Resolution: the owner lives; whoever holds
// both says so, and the deletion stays open beside it. Reason: as for an edit. Decided at the end of an exchange only, since
// the deletions of an owner's parts may come in a later frame than its own.
void Replica::note_orphans(const Changeset& changes) {
  for (auto& change : changes.rows) {
    auto* table = access(change.key.table);
    if (!table) continue;
    auto owners = table->owners(change.key.id);
    if (!owners) note_orphan(changes.space, change.key);
    else note_dead_owners(changes.space, *table, *owners);
  }
}

void Replica::note_dead_owners(SpaceId space, TableAccess& table, const std::vector<Value>& owners) {
  for (std::size_t k = 0; k < owners.size(); ++k) {
    auto* owner = access(TableId{schema_.find(table.owner_columns[k]->target)->number});
    auto* id = std::get_if<std::int64_t>(&owners[k]);
    if (id && !owner->owners(RowId{*id})) note_orphan(space, {TableId{owner->table.number}, RowId{*id}});
  }
}

void Replica::note_orphan(SpaceId space, RowKey owner) {
  if (!has_part(owner)) return;
  Use insert(statement("INSERT OR IGNORE INTO carnet_orphaned(space,tbl,id) VALUES(?,?,?)"));
  insert->bind(1, static_cast<std::int64_t>(space.value));
  insert->bind(2, static_cast<std::int64_t>(owner.table.value));
  insert->bind(3, owner.id.value);
  insert->exec();
}

bool Replica::has_part(RowKey owner) {
  auto* name = schema_.find(owner.table);
  for (auto& part : schema_.tables)
    for (auto& column : part.columns)
      if (column.is_owner && column.target == name->name && access(TableId{part.number})->has_part_of(column, owner.id)) return true;
  return false;
}

void Replica::come_alive(SpaceId id, RowKey key, Row& row, Open open) {
  auto& space = state(id);
  auto digest = row_digest(key, row);
  Seq seq{space.seq.value + 1};
  write_life(space, key, row, life_alive, stamp_over(id, seq, now_, row.latest()), seq, open);
  take_seq(space, seq);
  replace(key, id, digest, row);
}

void Replica::revive_owners(SpaceId id) {
  for (;;) {
    Use next(statement("SELECT tbl,id FROM carnet_orphaned WHERE space=? LIMIT 1"));
    next->bind(1, static_cast<std::int64_t>(id.value));
    if (!next->executeStep()) return;
    RowKey key{TableId{next->getColumn(0).getUInt()}, RowId{next->getColumn(1).getInt64()}};
    next->reset();
    Use done(statement("DELETE FROM carnet_orphaned WHERE space=? AND tbl=? AND id=?"));
    done->bind(1, static_cast<std::int64_t>(id.value));
    done->bind(2, static_cast<std::int64_t>(key.table.value));
    done->bind(3, key.id.value);
    done->exec();
    auto row = load(id, key);
    if (!row.dead() || !has_part(key)) continue;
    come_alive(id, key, row, Open::losers);
    auto& table = *access(key.table);
    if (auto owners = table.owners(key.id)) note_dead_owners(id, table, *owners);
  }
}

Result<void> Replica::revive(RowKey key) {
  return all_or_nothing([&]() -> Result<void> {
    auto id = space_of(key);
    auto row = id ? load(*id, key) : Row{};
    auto* table = access(key.table);
    if (!id || !row.dead() || !table) return Error{Code::not_found, fmt::format("no deleted row {} on this device", key.id.value)};
    auto gone = row.find(life_column)->shown().stamp;
    come_alive(*id, key, row, Open::none);
    revive_parts(*id, key, gone);
    note_dead_owners(*id, *table, *table->owners(key.id));
    revive_owners(*id);
    return {};
  });
}

// Parts that the same device deleted in the same moment; those that went before stay away.
void Replica::revive_parts(SpaceId space, RowKey owner, const Stamp& gone) {
  constexpr std::int64_t moment = 2;  // seconds
  for (auto& part : schema_.tables)
    for (auto& column : part.columns) {
      if (!column.is_owner || column.target != schema_.find(owner.table)->name) continue;
      for (auto& id : dead_rows(space, part)) {
        RowKey key{TableId{part.number}, id};
        auto row = load(space, key);
        auto* cell = row.find(ColumnId{column.number});
        if (!row.dead() || !cell || cell->shown().value != Value{owner.id.value}) continue;
        auto went = row.find(life_column)->shown().stamp;
        if (went.device != gone.device || std::abs(went.unix_seconds() - gone.unix_seconds()) > moment) continue;
        come_alive(space, key, row, Open::none);
        revive_parts(space, key, went);
      }
    }
}

std::vector<RowId> Replica::dead_rows(SpaceId space, const Table& table) {
  std::vector<RowId> ids;
  SQLite::Statement select(db_, "SELECT id FROM carnet_row WHERE tbl=? AND space=? AND NOT EXISTS(SELECT 1 FROM " + std::string(table.name) + " t WHERE t.id=carnet_row.id)");
  select.bind(1, static_cast<std::int64_t>(table.number));
  select.bind(2, static_cast<std::int64_t>(space.value));
  while (select.executeStep()) ids.push_back(RowId{select.getColumn(0).getInt64()});
  return ids;
}

}  // namespace carnet
