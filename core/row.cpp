#include "core/row.hpp"

#include <algorithm>

namespace carnet {

namespace {
bool before(const Cell& cell, ColumnId column) { return cell.column < column; }
}  // namespace

Cell* Row::find(ColumnId column) {
  auto at = std::lower_bound(cells.begin(), cells.end(), column, before);
  return at != cells.end() && at->column == column ? &*at : nullptr;
}

Cell& Row::at(ColumnId column, Kind kind) {
  auto at = std::lower_bound(cells.begin(), cells.end(), column, before);
  if (at != cells.end() && at->column == column) return *at;
  return *cells.insert(at, Cell{column, kind, {}});
}

bool is_tombstone(const Cell& cell, const Version& version) {
  return cell.column == life_column && version.value == Value{life_deleted};
}

bool Row::dead() const {
  auto* life = find(life_column);
  return life && std::any_of(life->versions.begin(), life->versions.end(), [&](const Version& version) {
           return is_tombstone(*life, version) && !version.beaten && !version.trail;
         });
}

std::uint64_t Row::latest() const {
  std::uint64_t time = 0;
  for (auto& cell : cells)
    for (auto& version : cell.versions) time = std::max(time, version.stamp.time);
  return time;
}

std::vector<const Version*> open_conflicts(const Row& row, const Cell& cell) {
  std::vector<const Version*> open;
  if (row.dead() || cell.kind == Kind::text) return open;
  for (auto& version : cell.versions) {
    if (version.trail) continue;
    bool loses = cell.column == life_column ? is_tombstone(cell, version)
                                            : version.value != cell.shown().value;
    if (loses) open.push_back(&version);
  }
  return open;
}

void add_past(std::vector<Stamp>& past, const Stamp& stamp) {
  for (auto& held : past)
    if (held.device == stamp.device) { held = std::max(held, stamp); return; }
  past.push_back(stamp);
}

}  // namespace carnet
