// What a replica does in an exchange: gives what the relay lacks, applies what it sends, keeps count of how far each is, and
// sets its clock right. Ninth step in the way of a change.
#include <algorithm>
#include <set>

#include "core/replica_detail.hpp"
#include "core/text_cell.hpp"

namespace carnet {

// In the order of our seqs, version by version, so that what the relay acknowledged is exactly what it has. A row whose cells
// were collected at several times comes in several places, in one frame once: the parts of one write, which may have come here
// at several times, are one entry there. Versions that were overwritten meanwhile are passed over.
Changeset Replica::pending(SpaceId space, Seq after, std::size_t max_bytes) {
  Changeset changes{space, after, after, {}};
  in_snapshot([&] { gather(changes, max_bytes); });
  return changes;
}

void Replica::gather(Changeset& changes, std::size_t max_bytes) {
  auto space = changes.space;
  auto after = changes.from;
  auto& plan = plans_[space];
  if (plan.after != after || plan.steps.empty()) plan.steps = unsent(space, after);
  std::size_t bytes = 0;
  std::map<RowKey, std::size_t> places;
  std::optional<std::pair<RowKey, Row>> held;  // a text has many changes that follow one another
  while (!plan.steps.empty()) {
    auto [seq, key] = plan.steps.front();
    if (!held || held->first != key) held.emplace(key, load(space, key));
    Row lacks;
    for (auto& cell : held->second.cells)
      for (auto& version : cell.versions)
        if (!version.received && version.seq == seq) lacks.at(cell.column, cell.kind).versions.push_back(version);
    auto more = lacks.empty() ? 0 : row_weight(lacks);
    if (bytes && bytes + more > max_bytes) break;
    bytes += more;
    changes.to = seq;
    plan.steps.pop_front();
    if (lacks.empty()) continue;
    auto [place, fresh] = places.try_emplace(key, changes.rows.size());
    if (fresh) changes.rows.push_back({key, {}});
    for (auto& cell : lacks.cells)
      for (auto& version : cell.versions) changes.rows[place->second].row.at(cell.column, cell.kind).versions.push_back(std::move(version));
  }
  plan.after = changes.to;
}

std::deque<std::pair<Seq, RowKey>> Replica::unsent(SpaceId space, Seq after) {
  std::deque<std::pair<Seq, RowKey>> steps;
  Use select(statement("SELECT tbl,id,pending,rest IS NOT NULL,seq FROM carnet_row WHERE space=? AND pending>?"));
  select->bind(1, static_cast<std::int64_t>(space.value));
  select->bind(2, after.value);
  while (select->executeStep()) {
    RowKey key{TableId{select->getColumn(0).getUInt()}, RowId{select->getColumn(1).getInt64()}};
    steps.push_back({Seq{select->getColumn(2).getInt64()}, key});
    auto newest = Seq{select->getColumn(4).getInt64()};
    if (select->getColumn(3).getInt() != 0) {  // else all its cells have one seq
      newest = {};
      for (auto& cell : load(space, key).cells)
        for (auto& version : cell.versions) {
          if (version.received) continue;
          newest = std::max(newest, version.seq);
          if (version.seq > after) steps.push_back({version.seq, key});
        }
    }
    if (newest.value != select->getColumn(2).getInt64()) throw Damaged("the number of a change is not what was written there");
  }
  std::sort(steps.begin(), steps.end());
  steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
  return steps;
}

bool Replica::has_unsent(SpaceId space, Seq after) {
  Use select(statement("SELECT EXISTS(SELECT 1 FROM carnet_row WHERE space=? AND pending>?)"));
  select->bind(1, static_cast<std::int64_t>(space.value));
  select->bind(2, after.value);
  select->executeStep();
  return select->getColumn(0).getInt() == 1;
}

std::size_t Replica::pending_rows(SpaceId space) {
  Use count(statement("SELECT count(*) FROM carnet_row WHERE space=? AND pending>(SELECT acked FROM carnet_space WHERE space=?)"));
  count->bind(1, static_cast<std::int64_t>(space.value));
  count->bind(2, static_cast<std::int64_t>(space.value));
  count->executeStep();
  return static_cast<std::size_t>(count->getColumn(0).getInt64());
}

Applied Replica::receive(Changeset changes, Seq acked) {
  Applied applied;
  in_transaction([&] {
    acknowledge(changes.space, acked);
    auto& space = state(changes.space);
    set_strangers_aside(changes);
    applied = apply(*this, changes, Authority{.is_relay = true, .had = space.acked, .upto = changes.to});
    note_orphans(changes);
    space.cursor = std::max(space.cursor, changes.to);
  });
  return applied;
}

// What cannot be applied is set aside, visibly: a row lives in one space, and a patch is of a text that stands here.
void Replica::set_strangers_aside(Changeset& changes) {
  std::erase_if(changes.rows, [&](const RowChange& change) {
    auto here = space_of(change.key);
    std::optional<Error> fault;
    if (here && *here != changes.space) fault = Error{Code::invalid, "these rows stand in another space on this device"};
    else if (auto fine = check_texts(here ? load(*here, change.key) : Row{}, change.row, Judge::relay); !fine) fault = fine.error();
    if (fault) quarantine({.up = false, .space = changes.space, .low = changes.from, .high = changes.to, .reason = *fault, .rows = {change.key}});
    return fault.has_value();
  });
}

void Replica::acknowledge(SpaceId id, Seq acked) {
  in_transaction([&] {
    auto& space = state(id);
    if (acked <= space.acked) return;
    space.acked = std::min(acked, space.seq);
    space.travelled = std::max(space.travelled, space.acked);
    Use clear(statement("UPDATE carnet_row SET pending=NULL WHERE space=? AND pending<=?"));
    clear->bind(1, static_cast<std::int64_t>(id.value));
    clear->bind(2, space.acked.value);
    clear->exec();
    Use arrived(statement("DELETE FROM carnet_sent WHERE space=? AND upto<=?"));
    arrived->bind(1, static_cast<std::int64_t>(id.value));
    arrived->bind(2, space.acked.value);
    arrived->exec();
    // Marks below are needed no more, but the one that still holds at the next seq.
    Use prune(statement("DELETE FROM carnet_seen WHERE space=?1 AND seq<(SELECT max(seq) FROM carnet_seen WHERE space=?1 AND seq<=?2)"));
    prune->bind(1, static_cast<std::int64_t>(id.value));
    prune->bind(2, space.acked.value + 1);
    prune->exec();
  });
}

void Replica::complete(SpaceId id, Seq head) {
  in_transaction([&] {
    auto& space = state(id);
    space.cursor = std::max(space.cursor, head);
    revive_owners(id);
    space.seen = head;
    space.covered = space.seq;
    note_head(space);
    forget_loans(id);
    forget_given(space);
    put_back_saved(id);
  });
}

void Replica::verified(SpaceId id, std::int64_t unix_seconds) {
  in_transaction([&] {
    auto& space = state(id);
    space.verified = unix_seconds;
    auto upto = std::to_string(space.seq.value);
    if (auto name = verified_seq(id); setting(name) != upto) set(name, upto);
  });
}

std::int64_t Replica::clock_offset() {
  return db_.execAndGet("SELECT clock_offset FROM carnet_self").getInt64();
}

std::optional<std::int64_t> Replica::said_at(SpaceId space, Seq seq) {
  Use select(statement("SELECT at FROM carnet_late WHERE space=? AND seq=?"));
  select->bind(1, static_cast<std::int64_t>(space.value));
  select->bind(2, seq.value);
  if (!select->executeStep()) return {};
  return select->getColumn(0).getInt64();
}

// Stamps of our own that no relay's clock was held against move by the correction, in their order, and stay later than what they
// were written over; so do those that lie in the future and have not travelled. Whatever else stands in the row keeps its stamp.
std::set<Seq> Replica::set_right(RowKey key, Row& row, const Space& space, std::int64_t shift) {
  auto present = std::max(now_ + clock_offset_ + shift, relay_time_);  // the clock may have jumped since the relay was asked
  auto is_ahead = [&](const Stamp& stamp) { return stamp.unix_seconds() > present + max_ahead_seconds; };
  std::uint64_t floor = 0;
  std::vector<Version*> ours;
  std::map<Version*, ColumnId> columns;
  for (auto& cell : row.cells) {
    for (auto& version : cell.versions) {
      bool unsent = !version.received && version.seq > space.travelled && version.stamp.device == device_;
      if (unsent && (version.seq > space.stands || is_ahead(version.stamp))) columns[ours.emplace_back(&version)] = cell.column;
      else if (!is_ahead(version.stamp)) floor = std::max(floor, version.stamp.time);  // one that another device handed over may be, and its writer sets that right
    }
  }
  auto stands = [&](const Stamp& stamp) { return std::any_of(ours.begin(), ours.end(), [&](auto* version) { return version->stamp == stamp; }); };
  for (auto& past : superseded(key))
    if (!stands(past.version.stamp) && !is_ahead(past.version.stamp)) floor = std::max(floor, past.version.stamp.time);
  std::sort(ours.begin(), ours.end(), [](auto* a, auto* b) { return a->stamp < b->stamp; });
  Stamp before, given;
  std::set<Seq> moved;
  for (auto* version : ours) {
    if (version->stamp != before) {
      before = version->stamp;
      auto said = said_at(space.id, version->seq).value_or(before.unix_seconds());
      auto right = stamp_time(std::min(said, now_ + clock_offset_) + shift);
      given = stamp_after(right | (before.time & 0xffff), floor, device_);
      floor = given.time;
    }
    if (version->stamp != given) moved.insert(version->seq);
    // It may arrive under its old stamp yet: later writes here have to be later than that (latest_on_wire()).
    if (given < version->stamp && version->seq <= space.wired && !is_ahead(version->stamp)) remember(space.id, key, {columns[version], *version});
    version->stamp = given;
    for (auto* named : {&version->past, &version->open}) std::erase_if(*named, is_ahead);
  }
  return moved;
}

std::uint64_t Replica::latest_on_wire(const Space& space, RowKey key) {
  if (space.wired <= space.acked) return 0;
  Use latest(statement("SELECT coalesce(max(time),0) FROM carnet_history WHERE tbl=? AND id=? AND device=?"));
  latest->bind(1, static_cast<std::int64_t>(key.table.value));
  latest->bind(2, key.id.value);
  latest->bind(3, static_cast<std::int64_t>(device_.value));
  latest->executeStep();
  return static_cast<std::uint64_t>(latest->getColumn(0).getInt64());
}

void Replica::correct_clock(std::int64_t seconds) {
  in_transaction([&] {
    auto shift = seconds - clock_offset_;
    for (auto& [id, space] : spaces_) {
      std::vector<std::pair<RowKey, Row>> rows;
      rows_above(id, space.acked, [&](RowKey key, Seq, const Row& row) { rows.push_back({key, row}); return true; });
      for (auto& [key, row] : rows) {
        auto digest = row_digest(key, row);
        auto moved = set_right(key, row, space, shift);
        for (auto& cell : row.cells) order(cell.versions);
        replace(key, id, digest, row);
        // Where it is on its way under the stamp that it had, it goes again under this one.
        for (auto seq : moved)
          if (seq <= space.wired && seq >= first_movable(id)) place_last(id, key, seq);
      }
      plans_.erase(id);
    }
    stamps_stand();
    db_.exec("UPDATE carnet_self SET clock_offset=" + std::to_string(seconds));
  });
}

SharedText Replica::shared_text(SpaceId space, bool up) {
  std::vector<SharedText::Part> parts;
  Use select(statement("SELECT number,chained,frame FROM carnet_shared_text WHERE space=? AND up=? ORDER BY number"));
  select->bind(1, static_cast<std::int64_t>(space.value));
  select->bind(2, up ? 1 : 0);
  while (select->executeStep()) {
    auto frame = select->getColumn(2);
    parts.push_back({select->getColumn(0).getInt64(), static_cast<std::uint64_t>(select->getColumn(1).getInt64()),
                     {static_cast<const char*>(frame.getBlob()), static_cast<std::size_t>(frame.getBytes())}});
  }
  return SharedText(std::move(parts));
}

std::uint32_t Replica::shared_name(SpaceId space, bool up) {
  Use select(statement("SELECT chained FROM carnet_shared_text WHERE space=? AND up=? ORDER BY number DESC LIMIT 1"));
  select->bind(1, static_cast<std::int64_t>(space.value));
  select->bind(2, up ? 1 : 0);
  return select->executeStep() ? SharedText::name_of(static_cast<std::uint64_t>(select->getColumn(0).getInt64())) : 0;
}

void Replica::keep(SpaceId space, bool up, SharedText& text) {
  in_transaction([&] {
    Use drop(statement("DELETE FROM carnet_shared_text WHERE space=? AND up=? AND (number>? OR number<?)"));
    drop->bind(1, static_cast<std::int64_t>(space.value));
    drop->bind(2, up ? 1 : 0);
    drop->bind(3, text.stored_upto());
    drop->bind(4, text.first());
    drop->exec();
    for (auto& part : text.parts()) {
      if (part.number <= text.stored_upto()) continue;
      Use insert(statement("INSERT INTO carnet_shared_text(space,up,number,chained,frame) VALUES(?,?,?,?,?)"));
      insert->bind(1, static_cast<std::int64_t>(space.value));
      insert->bind(2, up ? 1 : 0);
      insert->bind(3, part.number);
      insert->bind(4, static_cast<std::int64_t>(part.chained));
      insert->bindNoCopy(5, part.frame.data(), static_cast<int>(part.frame.size()));
      insert->exec();
    }
  });
  text.stored();
}

void Replica::forget_shared_texts() { db_.exec("DELETE FROM carnet_shared_text"); }

void Replica::note_sent(SpaceId space, Seq upto, std::uint32_t name) {
  Use note(statement("INSERT OR REPLACE INTO carnet_sent(space,name,upto) VALUES(?,?,?)"));
  note->bind(1, static_cast<std::int64_t>(space.value));
  note->bind(2, static_cast<std::int64_t>(name));
  note->bind(3, upto.value);
  note->exec();
  state(space).wired = std::max(state(space).wired, upto);
}

bool Replica::has_sent(SpaceId space, std::uint32_t name) {
  Use select(statement("SELECT 1 FROM carnet_sent WHERE space=? AND name=?"));
  select->bind(1, static_cast<std::int64_t>(space.value));
  select->bind(2, static_cast<std::int64_t>(name));
  return select->executeStep();
}

void Replica::heard_relay(std::int64_t unix_seconds) { set("relay_time", std::to_string(unix_seconds)); }

void Replica::clock_is_right() {
  for (auto& space : spaces())
    if (space.seq > space.stands) return in_transaction([&] { stamps_stand(); });
}

void Replica::stamps_stand() {
  for (auto& [id, space] : spaces_) space.stands = space.seq;
  db_.exec("DELETE FROM carnet_late");
}

}  // namespace carnet
