// Collecting: the notes that the triggers left become stamped versions with a place in our seq. Second step in the way of a
// change.
#include <algorithm>
#include <unordered_map>

#include "core/pack.hpp"
#include "core/replica_detail.hpp"
#include "core/text_cell.hpp"

namespace carnet {

namespace {

struct KeyHash {
  std::size_t operator()(const RowKey& key) const {
    return std::hash<std::int64_t>{}(key.id.value * 31 + static_cast<std::int64_t>(key.table.value));
  }
};

}  // namespace

std::size_t Replica::collect() {
  if (in_transaction_ || !log_holds_notes()) return 0;
  in_transaction([] {});
  return collected_;
}

std::size_t Replica::collect_log() {
  auto touched = read_log();
  if (touched.empty()) return 0;
  std::size_t changed = 0;
  for (auto& row : touched) {
    changed += collect_row(row);
    changed_.insert(row.key.table);
  }
  Use clear(statement("DELETE FROM carnet_log"));
  clear->exec();
  return changed;
}

std::vector<Replica::Touched> Replica::read_log() {
  std::vector<Touched> rows;
  std::unordered_map<RowKey, std::size_t, KeyHash> index;
  Use notes(statement("SELECT tbl,id,col,before,at FROM carnet_log ORDER BY n"));
  while (notes->executeStep()) {
    RowKey key{TableId{notes->getColumn(0).getUInt()}, RowId{notes->getColumn(1).getInt64()}};
    auto [at, fresh] = index.try_emplace(key, rows.size());
    if (fresh) rows.push_back({key, 0, {}});
    auto& row = rows[at->second];
    row.newest = notes->getColumn(4).getInt64();
    if (notes->getColumn(2).isNull() || notes->getColumn(2).getInt() <= 0) continue;
    ColumnId column{notes->getColumn(2).getUInt()};
    auto held = std::find_if(row.columns.begin(), row.columns.end(), [&](auto& c) { return c.column == column; });
    if (held == row.columns.end()) row.columns.push_back({column, fetch(*notes, 3), row.newest});
    else held->at = row.newest;
  }
  return rows;
}

// The row is judged by how it stands now against how it stood, so that any course of writes in between, by whatever tool,
// comes to the same.
bool Replica::collect_row(const Touched& touched) {
  auto* table = access(touched.key.table);
  if (!table) return false;
  auto now = table->read(touched.key.id);
  bool mended = now && mend_text(touched.key, *table, now->values);
  auto meta = load_meta(touched.key);
  if (!now && !meta) return false;
  auto id = meta ? meta->space : now->space;
  if (!spaces_.contains(id)) return false;
  auto& space = state(id);

  Row row;
  std::vector<Value> before(table->table.columns.size());
  if (meta) {
    if (now) before = now->values;
    for (auto& note : touched.columns) {
      auto k = table->index(note.column);
      before[k] = as_written(table->table.columns[k], note.before);
    }
    row = build(touched.key, *meta, &before);
  }
  auto digest = row_digest(touched.key, row);
  bool was_dead = row.dead();
  if (!now && was_dead) return false;

  auto seq = Seq{space.seq.value + 1};
  auto floor = row.latest();  // every write of a device in a row is later than those it found there, and than its own before
  if (meta) floor = std::max({floor, meta->stamp.time, latest_on_wire(space, touched.key)});  // of a row that went unseen, no values are left to carry it
  auto stamp = [&](std::int64_t at) { return stamp_over(id, seq, at, floor); };
  auto write = [&](std::size_t k, std::int64_t at) {
    auto& column = table->table.columns[k];
    auto* cell = row.find(ColumnId{column.number});
    if (cell ? shown_value(*cell) == now->values[k] : is_null(now->values[k])) return false;
    if (column.kind() == Kind::text) write_text(space, touched.key, row, ColumnId{column.number}, now->values[k], stamp(at), seq);
    else write_cell(space, touched.key, row, ColumnId{column.number}, now->values[k], stamp(at), seq, Open::losers);
    return true;
  };
  if (!now) {
    write_life(space, touched.key, row, life_deleted, stamp(touched.newest), seq, Open::none);
  } else if (!meta || was_dead) {
    bool changed = was_dead;
    if (was_dead) write_life(space, touched.key, row, life_alive, stamp(touched.newest), seq, Open::none);
    for (std::size_t k = 0; k < now->values.size(); ++k) changed |= write(k, touched.newest);
    if (!changed) write_life(space, touched.key, row, life_alive, stamp(touched.newest), seq, Open::none);  // a row of nothing but nulls
  } else {
    bool changed = false;
    for (auto& note : touched.columns) changed |= write(table->index(note.column), note.at);
    if (!changed) return false;
  }
  take_seq(space, seq);
  note_digest(id, touched.key, digest, row);
  if (mended) save_shown(id, touched.key, row);
  save_meta(id, touched.key, row);
  save_conflicts(id, touched.key, row);
  save_rereads(id, touched.key, row);
  return true;
}

// Text that is not UTF-8 (a tool with another encoding) could not travel: each byte that is none becomes U+FFFD, and the text as
// it was written goes to the history as a blob.
bool Replica::mend_text(RowKey key, TableAccess& table, std::vector<Value>& values) {
  bool mended = false;
  for (std::size_t k = 0; k < values.size(); ++k) {
    auto* text = std::get_if<std::string>(&values[k]);
    if (!text || is_utf8(*text)) continue;
    Version written{.stamp = {stamp_time(now_ + clock_offset_), device_}, .value = Bytes(text->size()), .seq = {}, .seen = {}, .past = {}, .open = {}};
    std::memcpy(std::get<Bytes>(written.value).data(), text->data(), text->size());
    remember({}, key, {ColumnId{table.table.columns[k].number}, written});
    *text = with_replacements(*text);
    mended = true;
  }
  return mended;
}

// A change of our own has taken `seq`; where what we have seen of the relay is news, that is marked.
void Replica::take_seq(Space& space, Seq seq) {
  space.seq = seq;
  auto& marks = seen_[space.id];
  if ((marks.empty() ? Seq{} : marks.back().second) == space.seen) return;
  Use mark(statement("INSERT INTO carnet_seen(space,seq,seen) VALUES(?,?,?)"));
  mark->bind(1, static_cast<std::int64_t>(space.id.value));
  mark->bind(2, seq.value);
  mark->bind(3, space.seen.value);
  mark->exec();
  marks.push_back({seq, space.seen});
}

// The row stands in the place of one whose digest was `before`.
void Replica::note_digest(SpaceId space, RowKey key, const Digest& before, const Row& row) {
  auto change = row_digest(key, row);
  change += -before;
  add_to_digest(space, change);
}

void Replica::replace(RowKey key, SpaceId space, const Digest& before, const Row& row) {
  note_digest(space, key, before, row);
  save(space, key, row);
}

// Of a write noted at that time over what was stamped `floor`; not before the relay was last heard of, whatever the clock says. Where
// the clock says that it is earlier, or later than stamps can tell, that is kept beside it, to be set right with the clock.
Stamp Replica::stamp_over(SpaceId space, Seq seq, std::int64_t noted, std::uint64_t floor) {
  auto at = std::min(noted, now_) + clock_offset_;
  auto stamp = stamp_after(stamp_time(std::max(at, relay_time_)), floor, device_);
  if (at < stamp.unix_seconds() || stamp_time(at) == stamp_time(at + 1)) {
    Use write(statement("INSERT OR REPLACE INTO carnet_late(space,seq,at) VALUES(?,?,?)"));
    write->bind(1, static_cast<std::int64_t>(space.value));
    write->bind(2, seq.value);
    write->bind(3, at);
    write->exec();
  }
  return stamp;
}

// A local write of one cell. It has seen all that stands there; losers that differ stay open unless this is a decision.
void Replica::write_cell(const Space& space, RowKey key, Row& row, ColumnId column, Value value, Stamp stamp, Seq seq, Open open) {
  auto* table = access(key.table);
  auto* declared = table ? table->table.find(column) : nullptr;
  auto& cell = row.at(column, declared ? declared->kind() : Kind::reg);
  bool decided = open == Open::none;
  Version version{.stamp = stamp, .value = std::move(value), .seq = seq, .seen = {}, .past = {}, .open = {}};
  auto undecided = decided || cell.versions.empty() ? std::vector<const Version*>{} : open_conflicts(row, cell);

  std::vector<const Version*> over;
  std::vector<Version> standing;
  for (auto& held : cell.versions) {
    bool stays = std::find(undecided.begin(), undecided.end(), &held) != undecided.end();
    if (stays) version.open.push_back(held.stamp);
    if (stays || held.trail) standing.push_back(held);
    else over.push_back(&held);
  }
  take_context(space, version, over);
  for (auto* past : over) {
    remember(space.id, key, {column, *past});
    // What is decided away before the relay has seen it still goes there, for its history.
    if (!decided || past->received || past->seq <= space.acked) continue;
    standing.push_back(*past);
    standing.back().trail = true;
  }
  standing.insert(standing.begin(), std::move(version));
  std::stable_sort(standing.begin(), standing.end(), [](auto& a, auto& b) { return !a.trail && b.trail; });
  cell.versions = std::move(standing);
}

// Deletes or brings back a row: a version of the life column over everything that stands in the row. Where tombstones stay
// open, they stand beside it, beaten, for a person to see who deleted.
void Replica::write_life(const Space& space, RowKey key, Row& row, std::int64_t life, Stamp stamp, Seq seq, Open open) {
  Version version{.stamp = stamp, .value = life, .seq = seq, .seen = {}, .past = {}, .open = {}};
  auto& cell = row.at(life_column, Kind::reg);
  std::vector<const Version*> over;
  std::vector<Version> standing;
  for (auto& held : cell.versions) {
    if (open == Open::losers && is_tombstone(cell, held)) {
      version.open.push_back(held.stamp);
      standing.push_back(held);
      standing.back().beaten = true;
    } else {
      over.push_back(&held);
      remember(space.id, key, {life_column, held});
    }
  }
  if (life == life_deleted)
    for (auto& other : row.cells)
      if (other.column != life_column)
        for (auto& held : other.versions) over.push_back(&held);
  take_context(space, version, over);
  standing.insert(standing.begin(), std::move(version));
  cell.versions = std::move(standing);
  for (auto& other : row.cells) other.look_again = life == life_alive && other.kind == Kind::text;
}

// What the write has seen that `seen` (the relay's seq at our last complete exchange) does not say.
void Replica::take_context(const Space& space, Version& version, const std::vector<const Version*>& over) {
  for (auto* held : over) {
    if (!held->received)
      for (auto& past : held->past) add_past(version.past, past);
    if (held->stamp.device != device_ && (!held->received || held->seq > space.covered)) add_past(version.past, held->stamp);
  }
  std::erase_if(version.past, [&](const Stamp& past) { return past.device == device_; });
  version.seen = space.seen;
}

// A byte of the layout's text may turn a trigger into another, or into none. Where somebody changed it, it has another number.
void Replica::check_layout() {
  auto noted = setting("layout_text");
  auto number = "/" + std::to_string(db_.execAndGet("PRAGMA schema_version").getInt64());
  bool ours = db_.execAndGet("SELECT layout FROM carnet_self").getString().ends_with(number);
  if (ours && noted && *noted != layout_text()) throw Damaged("its layout is not what was written there");
}

void Replica::check_digest(SpaceId id, const Digest& sum) {
  auto& space = state(id);
  if (sum != space.digest) throw Damaged("rows in " + space.name + " are not what was written there");
}

// Before it believes that somebody deleted a row it makes sure that the file is whole: a damaged page loses rows, too.
std::size_t Replica::audit() {
  std::size_t found = 0;
  auto pages = db_.execAndGet("PRAGMA integrity_check(1)").getString();  // the quick one does not see rows out of their order
  if (pages != "ok") throw Damaged(pages);
  check_layout();
  in_transaction([&] {
    for (auto& table : schema_.tables) {
      auto name = std::string(table.name), number = std::to_string(table.number);
      db_.exec("INSERT INTO carnet_log(tbl,id,col,at) SELECT tbl,id,0," + std::to_string(now_) + " FROM carnet_row WHERE tbl=" +
               number + " AND NOT EXISTS(SELECT 1 FROM " + name + " t WHERE t.id=carnet_row.id)");
      db_.exec("INSERT INTO carnet_log(tbl,id,at) SELECT " + number + ",id," + std::to_string(now_) + " FROM " + name +
               " t WHERE NOT EXISTS(SELECT 1 FROM carnet_row WHERE tbl=" + number + " AND id=t.id)");
    }
    found = collect_log();
    for (auto& [id, space] : spaces_) {
      if (!found) check_digest(id, sum_of_rows(id));
      else space.digest = sum_of_rows(id);  // the values of what vanished are not known
      (void)unsent(id, {});  // looks at the numbers of the changes
    }
  });
  return found;
}

}  // namespace carnet
