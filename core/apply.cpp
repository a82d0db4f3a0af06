#include "core/changes.hpp"

namespace carnet {

namespace {
std::size_t conflicts_of(const Row& row) {
  std::size_t open = 0;
  for (auto& cell : row.cells)
    if (cell.versions.size() > 1 || cell.column == life_column) open += open_conflicts(row, cell).size();
  return open;
}
}  // namespace

Applied apply(RowStore& store, const Changeset& changes, const Authority& authority) {
  Applied applied;
  auto space = changes.space;
  for (auto& change : changes.rows) {
    auto row = store.load(space, change.key);
    auto digest_before = row_digest(change.key, row);
    auto conflicts_before = conflicts_of(row);
    auto weight_before = row.empty() ? 0 : static_cast<std::int64_t>(row_weight(row));
    auto seq = store.next_seq(space);
    auto merged = merge(row, change.row, authority, seq, [&](ColumnId column, const Stamp& stamp) {
      return store.remembers(space, change.key, column, stamp);
    });
    for (auto& past : merged.superseded) {
      store.remember(space, change.key, past);
      applied.bytes += version_weight(past.version);
    }
    // At the relay: what it refused it must answer, or the sender would keep what nobody else has; so must it where it had all of a dead
    // row already, since a sender that brings it may not have known that, and taken its own for living.
    bool knew_dead = !merged.changed && row.dead();
    if ((merged.refused || knew_dead) && !authority.is_relay && !authority.is_carried()) row.whole = seq;
    else if (!merged.changed) continue;
    auto digest = row_digest(change.key, row);
    digest += -digest_before;
    store.add_to_digest(space, digest);
    store.save(space, change.key, row);
    applied.rows += 1;
    applied.bytes += static_cast<std::int64_t>(row_weight(row)) - weight_before;
    applied.conflicts += conflicts_of(row) > conflicts_before;
  }
  return applied;
}

}  // namespace carnet
