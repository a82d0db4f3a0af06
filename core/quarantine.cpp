// What one side could not accept: kept in the replica, shown, sent again on demand or when rights change, moved, or dropped. And spaces that
// are given up, of which only that is left.
#include <algorithm>
#include <set>

#include "core/pack.hpp"
#include "core/replica_detail.hpp"
#include "core/row_codec.hpp"
#include "core/text_cell.hpp"

namespace carnet {

namespace {

std::string pack_keys(const std::vector<RowKey>& rows) {
  Packer keys;
  keys.array(2 * rows.size());
  for (auto& key : rows) keys.integer(key.table.value).integer(key.id.value);
  return keys.take();
}

}  // namespace

void Replica::quarantine(const Quarantined& frame) {
  auto blob = pack_keys(frame.rows);
  Use insert(statement("INSERT INTO carnet_quarantine(up,space,low,high,code,reason,at,keys) VALUES(?,?,?,?,?,?,unixepoch(),?)"));
  insert->bind(1, frame.up ? 1 : 0);
  insert->bind(2, static_cast<std::int64_t>(frame.space.value));
  insert->bind(3, frame.low.value);
  insert->bind(4, frame.high.value);
  insert->bind(5, static_cast<int>(frame.reason.code));
  insert->bind(6, frame.reason.text);
  insert->bindNoCopy(7, blob.data(), static_cast<int>(blob.size()));
  insert->exec();
}

std::vector<Replica::Quarantined> Replica::quarantined() {
  std::vector<Quarantined> all;
  Use select(statement("SELECT n,up,space,low,high,code,reason,at,keys,EXISTS(SELECT 1 FROM carnet_aside a WHERE a.n=q.n) FROM carnet_quarantine q ORDER BY n"));
  while (select->executeStep()) {
    Quarantined frame{select->getColumn(0).getInt64(), select->getColumn(1).getInt() == 1, SpaceId{select->getColumn(2).getUInt()},
                      Seq{select->getColumn(3).getInt64()}, Seq{select->getColumn(4).getInt64()},
                      {static_cast<Code>(select->getColumn(5).getInt()), select->getColumn(6).getString()}, {},
                      select->getColumn(7).getInt64(), select->getColumn(9).getInt() == 1};
    auto blob = select->getColumn(8);
    Reader reader({static_cast<const char*>(blob.getBlob()), static_cast<std::size_t>(blob.getBytes())});
    for (auto left = reader.array(1 << 20); left >= 2 && reader.ok(); left -= 2) {
      TableId table{static_cast<std::uint32_t>(reader.integer(1, max_table))};
      frame.rows.push_back({table, RowId{reader.integer(0, max_row_id)}});
    }
    all.push_back(std::move(frame));
  }
  return all;
}

// With what was written over it since.
void Replica::send_again(SpaceId id, RowKey key, const std::function<bool(const Version&)>& which) {
  std::set<Seq> moving;
  auto acked = state(id).acked;
  for (auto& cell : load(id, key).cells)
    for (auto& version : cell.versions)
      if (!version.received && (which(version) || version.seq > acked)) moving.insert(version.seq);
  for (auto seq : moving) place_last(id, key, seq);
}

namespace {
auto refused_in(const Replica::Quarantined& frame) {
  return [&frame](const Version& version) { return version.seq > frame.low && version.seq <= frame.high; };
}
}  // namespace

// Row by row, so that what was written over another of them goes behind it.
void Replica::send_again(const std::vector<Quarantined>& frames) {
  std::map<std::pair<SpaceId, RowKey>, std::vector<const Quarantined*>> of_rows;
  for (auto& frame : frames)
    for (auto& key : frame.rows) of_rows[{frame.space, key}].push_back(&frame);
  for (auto& [place, refused] : of_rows)
    send_again(place.first, place.second, [&, &refused = refused](const Version& version) { return std::any_of(refused.begin(), refused.end(), [&](auto* frame) { return refused_in(*frame)(version); }); });
}

std::size_t Replica::requeue(const std::function<bool(const Quarantined&)>& which) {
  std::size_t rows = 0;
  in_transaction([&] {
    auto frames = quarantined();
    std::erase_if(frames, [&](auto& frame) { return !frame.up || frame.aside || !spaces_.contains(frame.space) || !which(frame); });
    send_again(frames);
    for (auto& frame : frames) {
      rows += frame.rows.size();
      db_.exec("DELETE FROM carnet_quarantine WHERE n=" + std::to_string(frame.number));
    }
  });
  return rows;
}

// Half a row is of no use to anybody: what was refused goes with what is new, and is judged again.
void Replica::requeue_edited() {
  if (db_.execAndGet("SELECT count(*) FROM carnet_quarantine WHERE up").getInt() == 0) return;
  in_transaction([&] {
    std::vector<Quarantined> again;
    for (auto& frame : quarantined()) {
      if (!frame.up || frame.aside || !spaces_.contains(frame.space)) continue;
      auto acked = state(frame.space).acked;
      auto edited = [&](RowKey key) {
        Use pends(statement("SELECT 1 FROM carnet_row WHERE tbl=? AND id=? AND pending>?"));
        pends->bind(1, static_cast<std::int64_t>(key.table.value));
        pends->bind(2, key.id.value);
        pends->bind(3, acked.value);
        return pends->executeStep();
      };
      auto rest = std::stable_partition(frame.rows.begin(), frame.rows.end(), edited);
      if (rest == frame.rows.begin()) continue;
      again.push_back(frame);
      again.back().rows.assign(frame.rows.begin(), rest);
      frame.rows.erase(frame.rows.begin(), rest);
      auto blob = pack_keys(frame.rows);
      Use keep(statement("UPDATE carnet_quarantine SET keys=? WHERE n=?"));
      keep->bindNoCopy(1, blob.data(), static_cast<int>(blob.size()));
      keep->bind(2, frame.number);
      keep->exec();
    }
    send_again(again);
    Use done(statement("DELETE FROM carnet_quarantine WHERE keys=x'90'"));  // no rows
    done->exec();
  });
}

namespace {

// A row as people see it: in each cell the one value that it shows, or where there is any, what was written here and not taken: only that
// is marked as not received.
Row as_shown(const Row& row, const std::function<bool(const Version&)>& untaken) {
  Row shown;
  for (auto& cell : row.cells) {
    if (cell.column == life_column) continue;
    auto own = std::find_if(cell.versions.begin(), cell.versions.end(), untaken);
    auto version = own == cell.versions.end() || cell.kind == Kind::text ? cell.shown() : *own;
    version.received = own == cell.versions.end();
    if (cell.kind == Kind::text) version.value = shown_value(cell);
    version.past.clear();
    version.open.clear();
    shown.at(cell.column, Kind::reg).versions = {std::move(version)};
  }
  return shown;
}

}  // namespace

std::vector<RowChange> Replica::refused_rows(const Quarantined& frame) {
  std::vector<RowChange> rows;
  in_snapshot([&] {
    if (!frame.aside)
      for (auto& key : frame.rows)
        if (auto row = load(frame.space, key); !row.dead()) rows.push_back({key, as_shown(row, refused_in(frame))});
    Use select(statement("SELECT tbl,id,state FROM carnet_aside WHERE n=?"));
    select->bind(1, frame.number);
    while (select->executeStep()) {
      auto state = select->getColumn(2);
      rows.push_back({{TableId{select->getColumn(0).getUInt()}, RowId{select->getColumn(1).getInt64()}},
                      unpack_row({static_cast<const char*>(state.getBlob()), static_cast<std::size_t>(state.getBytes())})});
    }
  });
  return rows;
}

// Each wording of ours, for the history here.
void Replica::remember_untaken(SpaceId id, RowKey key, const Row& row, const std::function<bool(const Version&)>& untaken) {
  for (auto& cell : row.cells) {
    auto values = cell.kind == Kind::text ? wordings_of(cell) : std::vector<Remembered>{};
    if (cell.kind != Kind::text)
      for (auto& version : cell.versions) values.push_back({cell.column, version});
    for (auto& value : values)
      if (value.version.stamp.device == device_ && untaken(value.version)) remember(id, key, value);
  }
}

void Replica::acknowledge_unheard(SpaceId id, Seq acked) {
  in_transaction([&] {
    auto before = state(id).acked;
    std::set<RowKey> keys;
    for (auto& [seq, key] : unsent(id, before))
      if (seq <= acked) keys.insert(key);
    for (auto& key : keys)
      remember_untaken(id, key, load(id, key), [&](auto& version) { return !version.received && version.seq > before && version.seq <= acked; });
    acknowledge(id, acked);
  });
}

// As if it had never come here; the next comparison brings it again where the relay has it.
void Replica::forget_row(RowKey key) {
  auto id = space_of(key);
  if (!id) return;
  changed_.insert(key.table);
  auto row = load(*id, key);
  remember_untaken(*id, key, row, [](auto&) { return true; });
  for (auto& cell : row.cells) {
    if (cell.kind == Kind::text) {
      Version whole = cell.shown();
      whole.value = shown_value(cell);
      remember(*id, key, {cell.column, whole});
      continue;
    }
    for (auto& version : cell.versions) remember(*id, key, {cell.column, version});
  }
  add_to_digest(*id, -row_digest(key, row));
  if (auto* table = access(key.table)) {
    Use erase(*table->erase);
    erase->bind(1, key.id.value);
    erase->exec();
  }
  for (auto* of_rows : {"DELETE FROM carnet_row WHERE tbl=? AND id=?", "DELETE FROM carnet_conflict WHERE tbl=? AND id=?", "DELETE FROM carnet_decided WHERE tbl=? AND id=?",
                        "DELETE FROM carnet_reread WHERE tbl=? AND id=?"}) {
    Use erase(statement(of_rows));
    erase->bind(1, static_cast<std::int64_t>(key.table.value));
    erase->bind(2, key.id.value);
    erase->exec();
  }
}

void Replica::drop(std::int64_t number) {
  in_transaction([&] {
    for (auto& frame : quarantined()) {
      if (frame.number != number) continue;
      if (frame.up && !frame.aside)
        for (auto& key : frame.rows) forget_row(key);
      plans_.clear();
    }
    db_.exec("DELETE FROM carnet_quarantine WHERE n=" + std::to_string(number));
    db_.exec("DELETE FROM carnet_aside WHERE n=" + std::to_string(number));
  });
}

std::vector<RowKey> Replica::refused_or_unsent(SpaceId id) {
  std::set<RowKey> keys;
  in_snapshot([&] {
    for (auto& [seq, key] : unsent(id, state(id).acked)) keys.insert(key);
    for (auto& frame : quarantined())
      if (frame.up && !frame.aside && frame.space == id) keys.insert(frame.rows.begin(), frame.rows.end());
  });
  return {keys.begin(), keys.end()};
}

void Replica::keep_aside(SpaceId id, const std::vector<RowChange>& shown, bool ours, const Error& reason) {
  if (shown.empty()) return;
  Quarantined aside{.up = ours, .space = id, .low = {}, .high = {}, .reason = reason, .rows = {}};
  for (auto& change : shown) aside.rows.push_back(change.key);
  quarantine(aside);
  auto number = db_.getLastInsertRowid();
  for (auto& change : shown) {
    auto blob = pack_row(change.row);
    Use keep(statement("INSERT OR REPLACE INTO carnet_aside(n,tbl,id,state) VALUES(?,?,?,?)"));
    keep->bind(1, number);
    keep->bind(2, static_cast<std::int64_t>(change.key.table.value));
    keep->bind(3, change.key.id.value);
    keep->bindNoCopy(4, blob.data(), static_cast<int>(blob.size()));
    keep->exec();
  }
}

namespace {
// Of a row what waits, and what was refused.
auto untaken_of(SpaceId id, RowKey key, Seq acked, const std::vector<Replica::Quarantined>& frames) {
  return [=, &frames](const Version& version) {
    if (version.received) return false;
    return version.seq > acked || std::any_of(frames.begin(), frames.end(), [&](auto& frame) {
      return frame.up && !frame.aside && frame.space == id && refused_in(frame)(version) && std::find(frame.rows.begin(), frame.rows.end(), key) != frame.rows.end();
    });
  };
}
}  // namespace

// Of a row that was deleted over what its writer was handed, or over what the relay refused, it never had the cells, and they are not compared: they stay in the
// history here.
void Replica::remember_unsent(SpaceId id, const std::vector<RowKey>& differ) {
  std::set<RowKey> goes(differ.begin(), differ.end());
  auto frames = quarantined();
  for (auto& key : refused_or_unsent(id))
    if (!goes.contains(key)) remember_untaken(id, key, load(id, key), untaken_of(id, key, state(id).acked, frames));
}

// What the relay did not take of a space that is given up: rows that live, as people see them. The history keeps each wording of it.
std::vector<RowChange> Replica::take_untaken(SpaceId id) {
  std::vector<RowChange> kept;
  auto frames = quarantined();
  auto acked = state(id).acked;
  for (auto& key : refused_or_unsent(id)) {
    auto untaken = untaken_of(id, key, acked, frames);
    auto row = load(id, key);
    if (!row.empty() && !row.dead()) kept.push_back({key, as_shown(row, untaken)});
    Use others(statement("DELETE FROM carnet_history WHERE tbl=? AND id=? AND device<>?"));
    others->bind(1, static_cast<std::int64_t>(key.table.value));
    others->bind(2, key.id.value);
    others->bind(3, static_cast<std::int64_t>(device_.value));
    others->exec();
    remember_untaken(id, key, row, untaken);
    Use gone(statement("DELETE FROM carnet_row WHERE tbl=? AND id=?"));  // evict() leaves what it does not know any more
    gone->bind(1, static_cast<std::int64_t>(key.table.value));
    gone->bind(2, key.id.value);
    gone->exec();
  }
  return kept;
}

// What somebody else's frame brought and the relay does not take leaves the rows here, and is kept where people see it. Where this device's own
// work stands in the same row, that is refused by itself.
bool Replica::set_brought_aside(SpaceId id, const std::vector<RowKey>& rows, const Error& reason) {
  bool any = false;
  in_transaction([&] {
    std::vector<RowChange> kept;
    auto acked = state(id).acked;
    for (auto& key : rows) {
      auto row = load(id, key);
      bool ours = std::any_of(row.cells.begin(), row.cells.end(), [&](auto& cell) {
        return std::any_of(cell.versions.begin(), cell.versions.end(), [&](auto& version) { return !version.received && version.seq > acked; });
      });
      if (row.empty() || ours) continue;
      if (!row.dead()) kept.push_back({key, as_shown(row, [](auto&) { return false; })});
      forget_row(key);
      any = true;
    }
    keep_aside(id, kept, false, reason);
  });
  return any;
}

Replica::Evicted Replica::evict(SpaceId id, const Error& reason) {
  Evicted done;
  in_transaction([&] {
    done = {id, state(id).name, static_cast<std::size_t>(state(id).digest.rows), 0};
    auto kept = take_untaken(id);
    auto of_it = " WHERE space=" + std::to_string(id.value);
    db_.exec("DELETE FROM carnet_quarantine" + of_it + " AND n NOT IN (SELECT n FROM carnet_aside)");
    keep_aside(id, kept, true, reason);
    done.kept = kept.size();
    db_.exec("DELETE FROM carnet_history WHERE (tbl,id) IN (SELECT tbl,id FROM carnet_row" + of_it + ")");
    for (auto& table : schema_.tables) {
      db_.exec("DELETE FROM " + std::string(table.name) + of_it);
      changed_.insert(TableId{table.number});
    }
    for (auto* of_space : {"carnet_row", "carnet_conflict", "carnet_decided", "carnet_reread", "carnet_seen", "carnet_heard", "carnet_orphaned", "carnet_late", "carnet_shared_text", "carnet_sent", "carnet_carried", "carnet_settled", "carnet_head", "carnet_space"})
      db_.exec("DELETE FROM " + std::string(of_space) + of_it);
    for (auto& name : {verified_seq(id), named_seq(id)}) unset(name);
    forget_loans(id);
    spaces_.erase(id);
    seen_.erase(id);
    plans_.erase(id);
  });
  return done;
}

}  // namespace carnet
