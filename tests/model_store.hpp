// The relay's view of rows in plain maps: the model that real stores are held against, and a relay for tests of merging.
#pragma once
#include <map>
#include <tuple>

#include "core/store.hpp"

namespace carnet::test {

class ModelStore final : public RowStore {
 public:
  Row load(SpaceId space, RowKey key) override {
    auto at = rows.find({space, key});
    return at == rows.end() ? Row{} : at->second.row;
  }
  void save(SpaceId space, RowKey key, const Row& row) override {
    auto& held = rows[{space, key}];
    held.row = row;
    held.changed = row.whole;
    for (auto& cell : row.cells)
      for (auto& version : cell.versions) held.changed = std::max(held.changed, version.seq);
  }
  Seq next_seq(SpaceId space) override { return Seq{++seq[space].value}; }
  void rows_above(SpaceId space, Seq cursor, const Visitor& visit) override {
    std::map<Seq, RowKey> order;
    for (auto& [place, held] : rows)
      if (place.first == space && held.changed > cursor) order[held.changed] = place.second;
    for (auto& [changed, key] : order)
      if (!visit(key, changed, rows.at({space, key}).row)) return;
  }
  void remember(SpaceId space, RowKey key, const Remembered& past) override {
    history[{space, key, past.column, past.version.stamp}] = past.version.value;
  }
  bool remembers(SpaceId space, RowKey key, ColumnId column, const Stamp& stamp) override {
    return history.contains({space, key, column, stamp});
  }
  void add_to_digest(SpaceId space, const Digest& change) override { digest[space] += change; }

  struct Held {
    Row row;
    Seq changed;
  };
  std::map<std::pair<SpaceId, RowKey>, Held> rows;
  std::map<std::tuple<SpaceId, RowKey, ColumnId, Stamp>, Value> history;
  std::map<SpaceId, Seq> seq;
  std::map<SpaceId, Digest> digest;
};

}  // namespace carnet::test
