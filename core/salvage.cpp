// The unsent work of a database that cannot go on: read from it, row by row where it is damaged, and put into another.
#include <algorithm>

#include "core/replica_detail.hpp"
#include "core/row_codec.hpp"
#include "core/text_cell.hpp"

namespace carnet {

namespace {

// False where it failed, for whatever reason: any bytes may stand in a damaged file.
template <class Work>
bool attempt(Work work) {
  try {
    work();
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

// Rows that may be unsent, from both ends of the two trees that name them. ?1: our seq up to which the relay surely had all; what
// was acknowledged since may have been read wrong when it was sent.
constexpr const char* ways_to_unsent[][2] = {
    {"SELECT tbl,id FROM carnet_row INDEXED BY carnet_row_pending WHERE pending IS NOT NULL AND pending>?1 ORDER BY space,pending",
     "SELECT tbl,id FROM carnet_row INDEXED BY carnet_row_pending WHERE pending IS NOT NULL AND pending>?1 ORDER BY space DESC,pending DESC"},
    {"SELECT tbl,id FROM carnet_row NOT INDEXED WHERE pending IS NOT NULL OR seq>?1 OR rest IS NOT NULL ORDER BY tbl,id",
     "SELECT tbl,id FROM carnet_row NOT INDEXED WHERE pending IS NOT NULL OR seq>?1 OR rest IS NOT NULL ORDER BY tbl DESC,id DESC"}};

std::string name_of(const Schema& schema, RowKey key) {
  auto* table = schema.find(key.table);
  return table ? std::string(table->name) : "table " + std::to_string(key.table.value);
}

// Of what stood in the row when the versions were written, what `as` cannot be known to have seen by its number alone.
void say_what_was_seen(Version& version, const Cell& cell, const Row& row, const std::vector<Remembered>& history, DeviceId as) {
  auto seen = [&](const Stamp& stamp) {
    bool open = std::find(version.open.begin(), version.open.end(), stamp) != version.open.end();
    if (stamp.device != as && !open) add_past(version.past, stamp);
  };
  version.seen = {};
  for (auto& past : history)
    if (past.column == cell.column) seen(past.version.stamp);
  if (!is_tombstone(cell, version)) return;
  for (auto& other : row.cells)
    for (auto& held : other.versions)
      if (&held != &version && other.column != life_column) seen(held.stamp);
}

// The rest of a text's history, which the relay has had.
void add_what_it_was_written_over(Cell& unsent, const Cell& whole) {
  for (auto& version : whole.versions) {
    auto same = [&](const Version& other) { return other.stamp == version.stamp; };
    if (std::any_of(unsent.versions.begin(), unsent.versions.end(), same)) continue;
    unsent.versions.push_back(version);
    unsent.versions.back().received = true;
  }
}

}  // namespace

Replica::Replica(const std::string& path, const Schema& schema, Damage) : schema_(schema), db_(path, SQLite::OPEN_READWRITE, 0) {
  db_.exec("PRAGMA writable_schema=ON; PRAGMA synchronous=OFF");
}

Replica::Salvaged Replica::salvage(std::optional<DeviceId> as) {
  Salvaged saved;
  read_what_can_be_read(saved);
  std::vector<RowKey> keys;
  SQLite::Transaction scratch(db_);
  collect_what_can_be_read(saved, keys);
  keys_of_unsent(saved, keys);
  take_unsent(saved, std::move(keys), as.value_or(device_));
  return saved;
}

void Replica::read_what_can_be_read(Salvaged& saved) {
  if (!attempt([&] { device_ = DeviceId{db_.execAndGet("SELECT device FROM carnet_self").getUInt()}; }) || device_.value == 0 || device_.value > max_device)
    attempt([&] { device_ = DeviceId{static_cast<std::uint32_t>(std::stoul(setting("device").value_or("0")))}; });
  saved.writer = device_;
  now_ = db_.execAndGet("SELECT unixepoch()").getInt64();
  attempt([&] { read_self(); });
  if (!attempt([&] { read_spaces(); })) ++saved.lost["carnet_space"];
  auto least = minted_id(device_, 0).value, most = minted_id(device_, counter_mask).value;
  auto count = [&](const std::string& from) {
    attempt([&] {
      auto last = db_.execAndGet("SELECT coalesce(max(id),0) FROM " + from + " AND id BETWEEN " + std::to_string(least) + " AND " + std::to_string(most)).getInt64();
      saved.counter = std::max(saved.counter, last & counter_mask);
    });
  };
  for (auto& table : schema_.tables) {
    count(std::string(table.name) + " WHERE 1");
    count("carnet_row WHERE tbl=" + std::to_string(table.number));
  }
  attempt([&] { saved.counter = std::max(saved.counter, db_.execAndGet("SELECT counter FROM carnet_self").getInt64() & counter_mask); });
}

// Notes become versions as always, each row for itself. Where the notes cannot be read, rows of our own that have no metadata are new.
void Replica::collect_what_can_be_read(Salvaged& saved, std::vector<RowKey>& keys) {
  std::vector<Touched> touched;
  if (!attempt([&] { touched = read_log(); })) {
    ++saved.lost["carnet_log"];
    saved.all_named = false;
    for (auto& table : schema_.tables)
      attempt([&] {
        SQLite::Statement ours(db_, "SELECT id FROM " + std::string(table.name) + " WHERE id>>33=" + std::to_string(device_.value) +
                                        " AND NOT EXISTS(SELECT 1 FROM carnet_row r WHERE tbl=" + std::to_string(table.number) + " AND r.id=" + std::string(table.name) + ".id)");
        while (ours.executeStep()) touched.push_back({{TableId{table.number}, RowId{ours.getColumn(0).getInt64()}}, now_, {}});
      });
  }
  attempt([&] { db_.exec("UPDATE carnet_self SET muted=1"); });
  for (auto& row : touched) {
    keys.push_back(row.key);
    if (!attempt([&] { collect_row(row); })) ++saved.lost[name_of(schema_, row.key)];
  }
}

void Replica::keys_of_unsent(Salvaged& saved, std::vector<RowKey>& keys) {
  bool all = true, acknowledged_since = false;
  Seq sure{INT64_MAX};
  for (auto& [id, space] : spaces_) {
    sure = std::min(sure, surely_sent(id));
    acknowledged_since |= space.acked > surely_sent(id);
  }
  if (spaces_.empty()) sure = {};
  for (auto& way : ways_to_unsent) {
    bool whole = true, by_index = &way == &ways_to_unsent[0];
    for (auto* sql : way) whole = attempt([&] {
      SQLite::Statement select(db_, sql);
      select.bind(1, sure.value);
      while (select.executeStep()) keys.push_back({TableId{select.getColumn(0).getUInt()}, RowId{select.getColumn(1).getInt64()}});
    }) && whole;
    all = by_index ? whole && !acknowledged_since : all || whole;
  }
  saved.all_named &= all;
  bool refused = attempt([&] {
    for (auto& frame : quarantined())
      if (frame.up) keys.insert(keys.end(), frame.rows.begin(), frame.rows.end());
  });
  if (!refused) ++saved.lost["carnet_quarantine"];
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
}

void Replica::take_unsent(Salvaged& saved, std::vector<RowKey> keys, DeviceId as) {
  std::int64_t sent = 0;
  attempt([&] { sent = last_sent_id(); });
  for (auto& key : keys)
    if (!attempt([&] {
          auto unsent = unsent_of(key, as);
          if (!unsent) return;
          unsent->whole &= key.id.value > sent;
          saved.rows.push_back(std::move(*unsent));
        }))
      ++saved.lost[name_of(schema_, key)];
}

Seq Replica::surely_sent(SpaceId space) {
  std::optional<std::string> noted;
  attempt([&] { noted = setting(verified_seq(space)); });
  auto at = spaces_.find(space);
  if (at == spaces_.end() || !noted) return {};
  return std::min(at->second.acked, Seq{std::atoll(noted->c_str())});
}

// Ids are given in the order of our seqs: what was made since the relay last had all of ours lies above.
std::int64_t Replica::last_sent_id() {
  std::int64_t last = 0;
  for (auto& table : schema_.tables) {
    Use select(statement("SELECT id FROM carnet_row WHERE tbl=? AND id BETWEEN ? AND ? AND pending IS NULL ORDER BY id DESC LIMIT 1"));
    select->bind(1, static_cast<std::int64_t>(table.number));
    select->bind(2, minted_id(device_, 0).value);
    select->bind(3, minted_id(device_, counter_mask).value);
    if (select->executeStep()) last = std::max(last, select->getColumn(0).getInt64());
  }
  return last;
}

std::optional<Replica::Unsent> Replica::unsent_of(RowKey key, DeviceId as) {
  auto meta = load_meta(key);
  if (!meta) return {};
  auto row = load(meta->space, key);
  auto* table = access(key.table);
  if (table && !row.dead() && !table->read(key.id)) throw Damaged("a row lacks its values");
  auto sure = surely_sent(meta->space);
  std::vector<Quarantined> refused;
  attempt([&] { refused = quarantined(); });
  auto lacks = [&](const Version& version) {
    bool kept_back = std::any_of(refused.begin(), refused.end(), [&](const Quarantined& frame) {
      return frame.up && version.seq > frame.low && version.seq <= frame.high && std::find(frame.rows.begin(), frame.rows.end(), key) != frame.rows.end();
    });
    return !version.received && (version.seq > sure || kept_back);
  };
  // Of a row that is to be sent and has nothing with such a number, the numbers are damaged: whatever is ours may be it.
  Use pends(statement("SELECT pending IS NOT NULL FROM carnet_row WHERE tbl=? AND id=?"));
  pends->bind(1, static_cast<std::int64_t>(key.table.value));
  pends->bind(2, key.id.value);
  bool none = pends->executeStep() && pends->getColumn(0).getInt() == 1;
  for (auto& cell : row.cells) none &= std::none_of(cell.versions.begin(), cell.versions.end(), lacks);
  std::vector<Remembered> past;
  attempt([&] { past = superseded(key); });
  Unsent unsent{meta->space, key, {}, true};
  for (auto& cell : row.cells)
    for (auto& version : cell.versions) {
      if (none ? version.stamp.device != device_ : !lacks(version)) { unsent.whole = false; continue; }
      auto& versions = unsent.row.at(cell.column, cell.kind).versions;
      versions.push_back(version);
      if (cell.kind != Kind::text) say_what_was_seen(versions.back(), cell, row, past, as);
    }
  for (auto& cell : unsent.row.cells)
    if (cell.kind == Kind::text) add_what_it_was_written_over(cell, *row.find(cell.column));
  return unsent.row.empty() ? std::nullopt : std::optional(std::move(unsent));
}

void Replica::put_back(const Salvaged& saved, std::int64_t spare) {
  in_transaction([&] {
    if (saved.writer == device_) {
      auto counter = std::min(saved.counter + spare, counter_mask);
      db_.exec("UPDATE carnet_self SET counter=max(counter," + std::to_string(counter) + ")");
    }
    Moved moved;
    for (auto& table : schema_.tables)  // owners first, since what refers to them takes their new ids
      for (auto& unsent : saved.rows)
        if (unsent.key.table.value == table.number) put_back(unsent, saved.writer, moved);
    for (auto& unsent : saved.rows)
      if (!schema_.find(unsent.key.table)) put_back(unsent, saved.writer, moved);
    for (auto& [id, space] : spaces_) space.wired = space.seq;
  });
}

namespace {

// Whether `here` is the row of these versions, and not another that was given the same id, perhaps in the same second.
bool leave_out_what_is_there(Row& unsent, const Row& here) {
  bool there = false, another = false;
  std::vector<std::pair<ColumnId, Stamp>> same;
  for (auto& cell : unsent.cells) {
    auto* held = here.find(cell.column);
    if (!held) continue;
    for (auto& version : cell.versions)
      for (auto& v : held->versions) {
        if (v.stamp == version.stamp) {
          (v.value == version.value ? there : another) = true;
          same.push_back({cell.column, v.stamp});
        }
        there |= std::any_of(version.past.begin(), version.past.end(), [&](const Stamp& seen) { return v.stamp.device == seen.device && v.stamp.time <= seen.time; });
      }
  }
  if (another) return false;
  for (auto& cell : unsent.cells)
    std::erase_if(cell.versions, [&](const Version& version) { return std::find(same.begin(), same.end(), std::pair(cell.column, version.stamp)) != same.end(); });
  std::erase_if(unsent.cells, [](const Cell& cell) { return cell.versions.empty(); });
  return there;
}

}  // namespace

// Under the number that it was written with, a version is known by its stamp wherever it comes again. Under another it is new, and a
// new row of it gets an id of our own: the writer goes on and gives its ids to other rows.
void Replica::put_back(Unsent unsent, DeviceId writer, Moved& moved) {
  auto here = load(unsent.space, unsent.key);
  if (writer != device_) {
    bool there = leave_out_what_is_there(unsent.row, here);
    if (unsent.row.empty()) return;
    move_references(unsent, moved);
    for (auto& cell : unsent.row.cells) {
      if (cell.kind == Kind::text) renumber(cell, here.find(cell.column), writer, device_);
      for (auto& version : cell.versions)
        if (version.stamp.device == writer && !version.received) version.stamp.device = device_;
    }
    if (unsent.whole && !there && !is_derived(unsent.key.id) && minter(unsent.key.id) == writer) {
      auto counter = db_.execAndGet("SELECT counter+1 FROM carnet_self").getInt64();
      db_.exec("UPDATE carnet_self SET counter=" + std::to_string(counter));
      auto id = minted_id(device_, counter);
      moved[unsent.key.id.value] = id.value;
      unsent.key.id = id;
    }
    here = load(unsent.space, unsent.key);
  }
  auto digest = row_digest(unsent.key, here);
  auto merged = merge(here, std::move(unsent.row), Authority{}, next_seq(unsent.space), [](ColumnId, const Stamp&) { return false; });
  for (auto& past : merged.superseded) remember(unsent.space, unsent.key, past);
  if (merged.changed) replace(unsent.key, unsent.space, digest, here);
}

// References follow the rows that got new ids, and so does an id that is derived from such a reference.
void Replica::move_references(Unsent& unsent, Moved& moved) {
  auto* table = schema_.find(unsent.key.table);
  if (!table || moved.empty()) return;
  std::vector<std::int64_t> key;
  bool new_key = false;
  for (auto& column : table->columns) {
    auto* cell = unsent.row.find(ColumnId{column.number});
    bool refers = column.type == Type::reference || column.type == Type::row;
    for (std::size_t k = 0; cell && refers && k < cell->versions.size(); ++k) {
      auto* id = std::get_if<std::int64_t>(&cell->versions[k].value);
      auto at = id ? moved.find(*id) : moved.end();
      if (at == moved.end()) continue;
      *id = at->second;
      new_key |= column.is_key;
    }
    if (!column.is_key || !cell) continue;
    auto part = cell->shown().value;
    if (auto* date = std::get_if<std::string>(&part)) {
      std::erase(*date, '-');
      part = std::int64_t{std::atoll(date->c_str())};
    }
    if (auto* number = std::get_if<std::int64_t>(&part)) key.push_back(*number);
  }
  if (!new_key) return;
  auto id = derived_id(unsent.key.table, unsent.space, key);
  moved[unsent.key.id.value] = id.value;
  unsent.key.id = id;
}

void Replica::begin_anew(DeviceId number) {
  in_transaction([&] {
    Salvaged saved{device_, 0, {}, {}, true};
    std::vector<RowKey> keys;
    keys_of_unsent(saved, keys);
    take_unsent(saved, std::move(keys), number);
    if (!saved.lost.empty() || !saved.all_named) throw Damaged("its unsent rows cannot be read");
    for (auto& unsent : saved.rows) {
      auto state = pack_row(unsent.row);
      Use keep(statement("INSERT INTO carnet_saved(writer,space,tbl,id,whole,state) VALUES(?,?,?,?,?,?)"));
      keep->bind(1, static_cast<std::int64_t>(device_.value));
      keep->bind(2, static_cast<std::int64_t>(unsent.space.value));
      keep->bind(3, static_cast<std::int64_t>(unsent.key.table.value));
      keep->bind(4, unsent.key.id.value);
      keep->bind(5, unsent.whole ? 1 : 0);
      keep->bindNoCopy(6, state.data(), static_cast<int>(state.size()));
      keep->exec();
    }
    for (auto& table : schema_.tables) {
      db_.exec("DELETE FROM " + std::string(table.name));
      changed_.insert(TableId{table.number});
    }
    for (auto* of_rows : {"carnet_row", "carnet_conflict", "carnet_decided", "carnet_reread", "carnet_seen", "carnet_heard", "carnet_orphaned", "carnet_late", "carnet_shared_text", "carnet_sent", "carnet_settled", "carnet_head"})
      db_.exec("DELETE FROM " + std::string(of_rows));
    db_.exec("DELETE FROM carnet_carried WHERE author=" + std::to_string(device_.value));
    db_.exec("DELETE FROM carnet_quarantine WHERE n NOT IN (SELECT n FROM carnet_aside)");
    for (auto& [id, space] : spaces_) {
      space = Space{id, space.name, space.kind, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}};
      unset(named_seq(id));
      forget_loans(id);
    }
    seen_.clear();
    plans_.clear();
    db_.exec("UPDATE carnet_self SET counter=0, device=" + std::to_string(number.value));
    set("device", std::to_string(number.value));
  });
  device_ = number;
}

void Replica::put_back_saved(SpaceId space) {
  std::map<DeviceId, Salvaged> by_writer;
  {
    Use select(statement("SELECT writer,tbl,id,whole,state FROM carnet_saved WHERE space=? ORDER BY n"));
    select->bind(1, static_cast<std::int64_t>(space.value));
    while (select->executeStep()) {
      DeviceId writer{select->getColumn(0).getUInt()};
      auto state = select->getColumn(4);
      by_writer[writer].writer = writer;
      by_writer[writer].rows.push_back({space, {TableId{select->getColumn(1).getUInt()}, RowId{select->getColumn(2).getInt64()}},
                                        unpack_row({static_cast<const char*>(state.getBlob()), static_cast<std::size_t>(state.getBytes())}), select->getColumn(3).getInt() == 1});
    }
  }
  for (auto& [writer, saved] : by_writer) put_back(saved, 0);
  Use forget(statement("DELETE FROM carnet_saved WHERE space=?"));
  forget->bind(1, static_cast<std::int64_t>(space.value));
  forget->exec();
}

}  // namespace carnet
