// Frames that devices give each other without the relay: the next one of our own work, those that were brought, and how their rows come
// among ours. A row that was brought counts as received: its author's frame goes to the relay before anything of the relay's is taken.
#include "core/carried.hpp"

#include <algorithm>

#include "core/replica_detail.hpp"
#include "core/text_cell.hpp"

namespace carnet {

namespace {

constexpr std::int64_t told_by_name = 7 * 86'400;  // seconds: what a write says of what it was written over, where `seen` may not tell that to others
constexpr int heads_kept = 64;                     // complete exchanges that are remembered

Seq seq_at(SQLite::Statement& row, int column) { return Seq{row.getColumn(column).getInt64()}; }

std::vector<CarriedRange> ranges(SQLite::Statement& of_space, SpaceId space) {
  std::vector<CarriedRange> all;
  Use select(of_space);
  select->bind(1, static_cast<std::int64_t>(space.value));
  while (select->executeStep()) all.push_back({DeviceId{select->getColumn(0).getUInt()}, seq_at(*select, 1), seq_at(*select, 2)});
  return all;
}

void bind(SQLite::Statement& statement, int first, SpaceId space, const CarriedRange& range) {
  statement.bind(first, static_cast<std::int64_t>(space.value));
  statement.bind(first + 1, static_cast<std::int64_t>(range.author.value));
  statement.bind(first + 2, range.from.value);
  statement.bind(first + 3, range.to.value);
}

}  // namespace

Seq Replica::given(SpaceId id) {
  Use select(statement("SELECT coalesce(max(high),0) FROM carnet_carried WHERE space=? AND author=?"));
  select->bind(1, static_cast<std::int64_t>(id.value));
  select->bind(2, static_cast<std::int64_t>(device_.value));
  select->executeStep();
  return std::max(seq_at(*select, 0), state(id).acked);
}

// Others may have had another part of the relay's than this device, and cannot tell by `seen` alone what a write was written over.
void Replica::name_what_was_overwritten(RowChange& change) {
  auto whole = load({}, change.key);
  for (auto& cell : change.row.cells)
    for (auto& version : cell.versions) {
      if (cell.kind == Kind::text) continue;
      auto since = version.stamp.time - std::min(version.stamp.time, stamp_time(told_by_name));
      auto name = [&](const Stamp& stamp) {
        if (stamp.time >= since) name_past(version, stamp);
      };
      for (auto& past : superseded(change.key))
        if (past.column == cell.column) name(past.version.stamp);
      if (!is_tombstone(cell, version)) continue;
      for (auto& other : whole.cells)
        for (auto& held : other.versions)
          if (other.column != life_column && held.seq < version.seq) name(held.stamp);  // what came later, or stands beside it, it had not seen
    }
}

// What is being given back to a relay that lost it was written by others, and each carries their own. Where some of it lies between, the frame
// joins the ones before it no more, and says so by its beginning.
void Replica::keep_own(Changeset& changes) {
  for (auto& change : changes.rows) {
    for (auto& cell : change.row.cells)
      std::erase_if(cell.versions, [&](const Version& version) {
        if (version.stamp.device == device_) return false;
        changes.from = std::max(changes.from, version.seq);
        return true;
      });
    std::erase_if(change.row.cells, [](const Cell& cell) { return cell.versions.empty(); });
  }
  std::erase_if(changes.rows, [](const RowChange& change) { return change.row.empty(); });
}

Result<Changeset> Replica::to_give(SpaceId id, std::size_t max_bytes) {
  Changeset changes;
  in_transaction([&] {
    for (auto from = given(id); changes.rows.empty(); from = changes.to) {
      changes = {id, from, from, {}};
      gather(changes, max_bytes);
      if (changes.to == from) break;
      keep_own(changes);
    }
    for (auto& change : changes.rows) name_what_was_overwritten(change);
  });
  auto present = std::max(now_ + clock_offset_, relay_time_) + max_ahead_seconds;
  for (auto& change : changes.rows)
    for (auto& cell : change.row.cells)
      for (auto& version : cell.versions)
        if (version.stamp.unix_seconds() > present)
          return Error{Code::clock_wrong, "something here is dated later than this device's clock says it is now: let it meet the relay first, which sets that right"};
  return changes;
}

// Others have these stamps from now on, and nothing may move behind them.
void Replica::gave(const Carried& frame, std::size_t rows) {
  in_transaction([&] {
    keep(frame, rows);
    auto& space = state(frame.space);
    space.wired = std::max(space.wired, frame.to);
    space.stands = std::max(space.stands, frame.to);
  });
}

bool Replica::has_given(SpaceId id, Seq to) {
  Use select(statement("SELECT 1 FROM carnet_carried WHERE space=? AND author=? AND high=?"));
  select->bind(1, static_cast<std::int64_t>(id.value));
  select->bind(2, static_cast<std::int64_t>(device_.value));
  select->bind(3, to.value);
  return select->executeStep();
}

bool Replica::keep(const Carried& frame, std::size_t rows) {
  if (frame.to <= settled(frame.space, frame.author)) return false;
  Use insert(statement("INSERT OR IGNORE INTO carnet_carried(space,author,low,high,generation,epoch,frame,signature,rows) VALUES(?,?,?,?,?,?,?,?,?)"));
  insert->bind(1, static_cast<std::int64_t>(frame.space.value));
  insert->bind(2, static_cast<std::int64_t>(frame.author.value));
  insert->bind(3, frame.from.value);
  insert->bind(4, frame.to.value);
  insert->bind(5, static_cast<std::int64_t>(frame.generation));
  insert->bind(6, static_cast<std::int64_t>(frame.epoch));
  insert->bindNoCopy(7, frame.frame.data(), static_cast<int>(frame.frame.size()));
  insert->bindNoCopy(8, frame.signature.data(), static_cast<int>(frame.signature.size()));
  insert->bind(9, static_cast<std::int64_t>(rows));
  return insert->exec() > 0;
}

std::vector<CarriedRange> Replica::carried(SpaceId id) { return ranges(statement("SELECT author,low,high FROM carnet_carried WHERE space=? ORDER BY author,low,high"), id); }

std::optional<Carried> Replica::carried(SpaceId id, const CarriedRange& range) {
  Use select(statement("SELECT generation,epoch,frame,signature FROM carnet_carried WHERE space=? AND author=? AND low=? AND high=?"));
  bind(*select, 1, id, range);
  if (!select->executeStep()) return {};
  auto bytes = [&](int column) {
    auto blob = select->getColumn(column);
    return std::string(static_cast<const char*>(blob.getBlob()), static_cast<std::size_t>(blob.getBytes()));
  };
  return Carried{id, range.author, range.from, range.to, select->getColumn(0).getUInt(), select->getColumn(1).getUInt(), bytes(2), bytes(3)};
}

std::size_t Replica::rows_carried(SpaceId id, const CarriedRange& range) {
  Use select(statement("SELECT rows FROM carnet_carried WHERE space=? AND author=? AND low=? AND high=?"));
  bind(*select, 1, id, range);
  return select->executeStep() ? static_cast<std::size_t>(select->getColumn(0).getInt64()) : 0;
}

Luggage Replica::luggage(SpaceId id) {
  Use select(statement("SELECT coalesce(sum(rows),0),coalesce(sum(length(frame)),0) FROM carnet_carried WHERE space=? AND author<>?"));
  select->bind(1, static_cast<std::int64_t>(id.value));
  select->bind(2, static_cast<std::int64_t>(device_.value));
  select->executeStep();
  return {static_cast<std::size_t>(select->getColumn(0).getInt64()), select->getColumn(1).getInt64()};
}

void Replica::drop_carried(SpaceId id, const CarriedRange& range) {
  Use erase(statement("DELETE FROM carnet_carried WHERE space=? AND author=? AND low=? AND high=?"));
  bind(*erase, 1, id, range);
  erase->exec();
}

Seq Replica::settled(SpaceId id, DeviceId author) {
  Use select(statement("SELECT upto FROM carnet_settled WHERE space=? AND author=?"));
  select->bind(1, static_cast<std::int64_t>(id.value));
  select->bind(2, static_cast<std::int64_t>(author.value));
  return select->executeStep() ? seq_at(*select, 0) : Seq{};
}

void Replica::note_left(SpaceId id, const CarriedRange& range, bool left) {
  Use note(statement("UPDATE carnet_carried SET waits=? WHERE space=? AND author=? AND low=? AND high=?"));
  note->bind(1, left ? 1 : 0);
  bind(*note, 2, id, range);
  note->exec();
}

std::vector<CarriedRange> Replica::left(SpaceId id) { return ranges(statement("SELECT author,low,high FROM carnet_carried WHERE space=? AND waits ORDER BY author,low,high"), id); }

std::vector<CarriedRange> Replica::settled(SpaceId id) { return ranges(statement("SELECT author,0,upto FROM carnet_settled WHERE space=? ORDER BY author"), id); }

void Replica::settle(SpaceId id, DeviceId author, Seq upto) {
  Use write(statement("INSERT INTO carnet_settled(space,author,upto) VALUES(?1,?2,?3) ON CONFLICT(space,author) DO UPDATE SET upto=?3 WHERE upto<?3"));
  write->bind(1, static_cast<std::int64_t>(id.value));
  write->bind(2, static_cast<std::int64_t>(author.value));
  write->bind(3, upto.value);
  write->exec();
}

void Replica::note_head(const Space& space) {
  Use note(statement("INSERT INTO carnet_head(space,seq,acked,head) SELECT ?1,?2,?3,?4 WHERE NOT EXISTS(SELECT 1 FROM carnet_head WHERE space=?1 AND (head>=?4 OR seq=?2))"));
  note->bind(1, static_cast<std::int64_t>(space.id.value));
  note->bind(2, space.seq.value);
  note->bind(3, has_unsent(space.id, space.acked) ? space.acked.value : space.seq.value);
  note->bind(4, space.seen.value);
  if (note->exec() == 0) return;
  Use prune(statement("DELETE FROM carnet_head WHERE space=?1 AND seq<=(SELECT seq FROM carnet_head WHERE space=?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2)"));
  prune->bind(1, static_cast<std::int64_t>(space.id.value));
  prune->bind(2, heads_kept);
  prune->exec();
}

void Replica::forget_given(const Space& space) {
  Use erase(statement("DELETE FROM carnet_carried WHERE space=? AND author=? AND high<=?"));
  erase->bind(1, static_cast<std::int64_t>(space.id.value));
  erase->bind(2, static_cast<std::int64_t>(device_.value));
  erase->bind(3, space.acked.value);
  erase->exec();
}

Brought Replica::bring(Changeset changes, DeviceId author) {
  Brought brought;
  in_transaction([&] {
    auto view = relay_view(changes.space);
    std::erase_if(changes.rows, [&](const RowChange& change) {
      auto here = space_of(change.key);
      bool fits = (!here || *here == changes.space) && check_texts(here ? load(*here, change.key) : Row{}, change.row);
      if (!fits) brought.left.push_back(change.key);
      return !fits;
    });
    brought.applied = apply(*this, changes, Authority{.from = author, .relay_seq = [&](const Version& version) { return view.of(version); }});
    note_orphans(changes);
  });
  return brought;
}

}  // namespace carnet
