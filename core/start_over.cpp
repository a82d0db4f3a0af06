// A replica that does not know any more what the relay holds: another life of its store, or rows that differ. What differs is sent again, as versions
// that say themselves what they were written over.
#include "core/replica_detail.hpp"

namespace carnet {

namespace {
// A tombstone that was written over what stood here, and says so by its place only, names it now: another life of the relay
// does not know the places. Not what stands in the life cell beside it: the two had not seen each other.
void say_what_was_deleted(Row& row) {
  auto* life = row.find(life_column);
  if (!life || !row.dead()) return;
  for (auto& tombstone : life->versions) {
    if (!is_tombstone(*life, tombstone) || tombstone.beaten || tombstone.trail) continue;
    for (auto& cell : row.cells)
      for (auto& version : cell.versions)
        if (cell.column != life_column && version.stamp.device != tombstone.stamp.device) add_past(tombstone.past, version.stamp);
  }
}
}  // namespace

// What a write of this device was made over, as a stamp.
void Replica::name_past(Version& version, const Stamp& stamp) {
  if (stamp.device != device_ && stamp.time < version.stamp.time) add_past(version.past, stamp);
}

// The same of a write over a value, where nothing else stands beside it: what had stood there is in the history.
void Replica::say_what_was_overwritten(RowKey key, Row& row) {
  auto past = superseded(key);
  for (auto& cell : row.cells) {
    auto& version = cell.versions.front();
    bool is_alone = cell.kind != Kind::text && cell.versions.size() == 1;
    if (!is_alone || version.received || version.stamp.device != device_) continue;
    for (auto& held : past)
      if (held.column == cell.column) name_past(version, held.version.stamp);
  }
}

void Replica::start_over(SpaceId id, Seq upto, Seq cursor, const std::vector<RowKey>* differ) {
  in_transaction([&] {
    auto& space = state(id);
    if (!differ) check_digest(id, sum_of_rows(id));
    if (differ) remember_unsent(id, *differ);
    space.cursor = cursor;
    space.acked = space.seen = space.covered = Seq{};
    space.verified.reset();
    Use forget(statement("DELETE FROM carnet_seen WHERE space=?"));
    forget->bind(1, static_cast<std::int64_t>(id.value));
    forget->exec();
    Use heads(statement("DELETE FROM carnet_head WHERE space=?"));
    heads->bind(1, static_cast<std::int64_t>(id.value));
    heads->exec();
    forget_loans(id);
    seen_[id].clear();
    plans_.erase(id);
    Use retry(statement("DELETE FROM carnet_quarantine WHERE up AND space=? AND n NOT IN (SELECT n FROM carnet_aside)"));
    retry->bind(1, static_cast<std::int64_t>(id.value));
    retry->exec();
    Use settle(statement("UPDATE carnet_row SET pending=NULL WHERE space=? AND pending<=?"));
    settle->bind(1, static_cast<std::int64_t>(id.value));
    settle->bind(2, upto.value);
    settle->exec();
    for (auto& key : differ ? *differ : keys_of(id)) {
      auto row = load(id, key);
      say_what_was_deleted(row);
      say_what_was_overwritten(key, row);
      for (auto& cell : row.cells)
        for (auto& version : cell.versions) {
          version.received = false;
          version.seen = {};  // numbers of another life
        }
      save_meta(id, key, row);
    }
  });
}

void Replica::give_back_own(SpaceId id) {
  in_transaction([&] {
    start_over(id, state(id).seq, Seq{});
    for (auto& key : keys_of(id)) {
      auto row = load(id, key);
      for (auto& cell : row.cells)
        for (auto& version : cell.versions) version.received = version.stamp.device != device_;
      save_meta(id, key, row);
    }
  });
}

void Replica::reclaim_ids() {
  db_.exec("UPDATE carnet_self SET counter=max(counter,(SELECT coalesce(max(id&0x1ffffffff),0) FROM carnet_row WHERE id>>33=carnet_self.device))");
}

}  // namespace carnet
