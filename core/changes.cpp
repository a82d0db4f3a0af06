#include "core/changes.hpp"

#include <algorithm>

namespace carnet {

std::int64_t latest_second(const Changeset& changes) {
  std::uint64_t latest = 0;
  for (auto& change : changes.rows) latest = std::max(latest, change.row.latest());
  return Stamp{latest, {}}.unix_seconds();
}

std::int64_t version_weight(const Version& version) { return 4 + static_cast<std::int64_t>(weight(version.value)); }

std::size_t row_weight(const Row& row) {
  std::int64_t bytes = 6;
  for (auto& cell : row.cells)
    for (auto& version : cell.versions) bytes += version_weight(version);
  return static_cast<std::size_t>(bytes);
}

namespace {

// Of a text the versions that are new to the asker.
void take_text(Row& lacks, const Cell& cell, const Asker& asker, bool all) {
  Cell part{cell.column, cell.kind, {}};
  for (auto& version : cell.versions) {
    bool own = version.stamp.device == asker.device && !version.received && !asker.lost_its_own;
    if (!all && (own || version.seq <= asker.complete)) continue;
    part.versions.push_back(version);
    auto& taken = part.versions.back();
    taken.seen = version.seq <= asker.complete ? version.seq : Seq{};
    taken.past.clear();
    taken.open.clear();
  }
  if (!part.versions.empty()) lacks.cells.push_back(std::move(part));
}

}  // namespace

// Cells go whole, with every standing version, so that what is missing from them is known to be superseded.
Row lacking(const Row& row, const Asker& asker) {
  Row lacks;
  bool all = row.whole > asker.complete;
  bool dead = row.dead();
  for (auto& cell : row.cells) {
    if (dead && cell.column != life_column) break;  // nobody needs the cells of a dead row
    if (cell.kind == Kind::text) {
      take_text(lacks, cell, asker, all);
      continue;
    }
    bool changed = std::any_of(cell.versions.begin(), cell.versions.end(),
                               [&](const Version& version) { return version.seq > asker.complete; });
    bool own = cell.versions.size() == 1 && cell.shown().stamp.device == asker.device && !cell.shown().received && !asker.lost_its_own;
    if (!all && (!changed || own)) continue;
    lacks.cells.push_back(cell);
    for (auto& version : lacks.cells.back().versions) {  // the relay has weighed what their writers had seen
      version.seen = version.seq <= asker.complete ? version.seq : Seq{};
      version.past.clear();
      version.open.clear();
    }
  }
  return lacks;
}

Changeset changes_above(RowStore& store, SpaceId space, const Asker& asker, std::size_t max_bytes) {
  Changeset changes{space, asker.cursor, asker.cursor, {}};
  std::size_t bytes = 0;
  store.rows_above(space, asker.cursor, [&](RowKey key, Seq seq, const Row& row) {
    auto lacks = lacking(row, asker);
    auto more = lacks.empty() ? 0 : row_weight(lacks);
    if (bytes && bytes + more > max_bytes) return false;
    bytes += more;
    changes.to = seq;
    if (!lacks.empty()) changes.rows.push_back({key, std::move(lacks)});
    return true;
  });
  return changes;
}

}  // namespace carnet
