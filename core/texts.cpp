// What a replica does with its texts: turns a write of the whole column into a patch, saves a form over what came in since it was opened,
// tells who worded it how, and says which should be read again.
#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>

#include "core/replica_detail.hpp"
#include "core/text/overlap.hpp"
#include "core/text_cell.hpp"

namespace carnet {

namespace {

// Usually one patch. Each has a stamp of its own.
void put(Cell& cell, Saved saved, Stamp stamp, Seq seq, Seq seen) {
  std::vector<Version> fresh;
  for (auto& patch : saved.patches) {
    fresh.insert(fresh.begin(), {.stamp = stamp, .value = value_of(patch), .seq = seq, .seen = seen, .past = {}, .open = {}});
    ++stamp.time;
  }
  cell.versions.insert(cell.versions.begin(), fresh.begin(), fresh.end());
  cell.standing = std::make_shared<const Standing>(std::move(saved.standing));
  cell.look_again |= saved.look_again;
}

bool is_blank(std::string_view text) {
  constexpr std::string_view no_break = "\u00a0";
  while (!text.empty()) {
    bool wide = text.starts_with(no_break);
    if (!wide && std::string_view(" \t\r\n").find(text.front()) == std::string_view::npos) return false;
    text.remove_prefix(wide ? no_break.size() : 1);
  }
  return true;
}

// What the triggers check of a write by SQL.
Result<void> check_saved(const Table& table, const Column& column, const std::string& text) {
  auto name = std::string(table.name) + "." + std::string(column.name);
  auto rule = name + ": text of at most " + std::to_string(max_value_bytes) + " bytes";
  if (text.size() > max_value_bytes) return Error{Code::too_large, rule};
  if (text.find('\0') != std::string::npos) return Error{Code::invalid, rule};
  if (column.is_required && is_blank(text)) return Error{Code::invalid, name + ": is required"};
  return {};
}

// version = heads ["x" check]       heads: DEVICE.SEQ, joined by -; check: of the wording. Events of this device that no relay had may be
// taken back and their numbers be used again (take_back_unsent), so that the heads alone might come to mean another wording: then the version
// is not known any more. Without any heads: "" is nothing.
struct VersionName {
  std::vector<text::EventId> heads;
  std::string check;
};

std::string check_of(std::string_view wording) {
  const unsigned char no_key[crypto_shorthash_KEYBYTES] = {};
  std::uint64_t hash = 0;
  crypto_shorthash(reinterpret_cast<unsigned char*>(&hash), reinterpret_cast<const unsigned char*>(wording.data()), wording.size(), no_key);
  return fmt::format("{:016x}", hash);
}

std::string name_of(const std::vector<text::EventId>& heads, std::string_view wording) {
  std::string name;
  for (auto& head : heads) name += (name.empty() ? "" : "-") + std::to_string(head.device.value) + "." + std::to_string(head.seq);
  return name.empty() ? name : name + "x" + check_of(wording);
}

std::optional<VersionName> read_version(std::string_view name) {
  VersionName version;
  if (auto mark = name.find('x'); mark != std::string_view::npos) {
    version.check = name.substr(mark + 1);
    name = name.substr(0, mark);
    if (version.check.empty()) return {};
  }
  if (name.ends_with('-')) return {};
  while (!name.empty()) {
    auto part = name.substr(0, name.find('-'));
    name.remove_prefix(std::min(name.size(), part.size() + 1));
    auto number = [&](std::string_view digits) -> std::optional<std::uint32_t> {
      if (digits.empty() || digits.size() > 9 || digits.find_first_not_of("0123456789") != std::string_view::npos) return {};
      return static_cast<std::uint32_t>(std::stoul(std::string(digits)));
    };
    auto dot = part.find('.');
    auto device = number(part.substr(0, dot)), seq = dot == std::string_view::npos ? std::nullopt : number(part.substr(dot + 1));
    if (!device || !seq) return {};
    version.heads.push_back({DeviceId{*device}, *seq});
  }
  return version;
}

Seq named_upto(Replica& replica, SpaceId space) {
  auto noted = replica.setting(named_seq(space));
  return noted ? Seq{std::strtoll(noted->c_str(), nullptr, 10)} : Seq{};
}

// Our latest change of a text of the row, as far as the relay has not acknowledged it.
Seq latest_unsent(const Row& row) {
  Seq latest;
  for (auto& cell : row.cells)
    for (auto& version : cell.versions)
      if (cell.kind == Kind::text && !version.received) latest = std::max(latest, version.seq);
  return latest;
}

// The last event of a patch of the text that does just this, over the same wording.
std::optional<text::EventId> same_save(const Cell& cell, const std::vector<text::Patch>& patches) {
  if (patches.size() != 1) return {};
  for (auto& version : cell.versions) {
    if (version.stamp.device != patches.front().device) continue;
    auto patch = patch_of(version);
    if (patch && patch->parents == patches.front().parents && patch->edits == patches.front().edits) return last_event(*patch);
  }
  return {};
}

}  // namespace

void Replica::write_text(const Space& space, RowKey key, Row& row, ColumnId column, const Value& now, Stamp stamp, Seq seq) {
  auto& cell = row.at(column, Kind::text);
  auto text = is_null(now) ? std::string() : std::get<std::string>(now);
  take_back_unsent(space, key, cell);
  auto saved = saved_over(cell, device_, heads_of(cell), text);
  if (!saved) throw Damaged(saved.error().text);
  put(cell, std::move(*saved), stamp, seq, space.seen);
  if (cell.versions.empty()) std::erase_if(row.cells, [&](const Cell& other) { return other.column == column; });
}

// What the relay cannot have had, and nobody was told the version of, becomes one patch with what is written over it. Its wording stays in
// the history here.
void Replica::take_back_unsent(const Space& space, RowKey key, Cell& cell) {
  auto newest = std::max_element(cell.versions.begin(), cell.versions.end(), [](auto& a, auto& b) { return a.seq < b.seq; });
  if (newest == cell.versions.end() || newest->received || newest->stamp.device != device_) return;
  auto patch = patch_of(*newest);
  bool never_left = is_lone_seed(cell) && !text::check(*patch);  // too large for any relay
  if (!never_left && (newest->seq <= std::max(std::max(space.acked, space.wired), named_upto(*this, space.id)) || patch->is_mark() || heads_of(cell) != std::vector{last_event(*patch)})) return;
  Remembered past{cell.column, *newest};
  past.version.value = text_of(cell);
  remember(space.id, key, past);
  cell.versions.erase(newest);
  if (!cell.standing) return;
  auto standing = *cell.standing;
  cell.standing = take_back(standing, *patch) ? std::make_shared<const Standing>(std::move(standing)) : nullptr;
}

Result<std::string> Replica::text_version(RowKey key, ColumnId column) {
  auto row = this->row(key);
  auto* cell = row.find(column);
  if (cell && cell->kind != Kind::text) return Error{Code::invalid, "this column is no text"};
  return cell ? name_of(heads_of(*cell), text_of(*cell)) : std::string();
}

// A form may be open at these versions from now on. Where the disk takes nothing more, it is open all the same.
void Replica::keep_named(RowKey key, Row& row) {
  auto id = space_of(key);
  if (!id || latest_unsent(row) <= std::max(state(*id).acked, named_upto(*this, *id))) return;
  try {
    in_transaction([&] {
      row = load(*id, key);
      set(named_seq(*id), std::to_string(std::max(latest_unsent(row), named_upto(*this, *id)).value));
    });
  } catch (const SQLite::Exception&) {
  }
}

std::map<ColumnId, std::string> Replica::text_versions(RowKey key) {
  std::map<ColumnId, std::string> all;
  auto row = this->row(key);
  keep_named(key, row);
  auto* declared = schema_.find(key.table);
  if (!declared) return all;
  for (auto& column : declared->columns) {
    auto* cell = row.find(ColumnId{column.number});
    if (column.kind() == Kind::text) all[ColumnId{column.number}] = cell && cell->kind == Kind::text ? name_of(heads_of(*cell), text_of(*cell)) : std::string();
  }
  return all;
}

Result<std::string> Replica::save_text(RowKey key, ColumnId column, const std::string& opened_at, const std::string& text) {
  std::string kept;
  auto done = all_or_nothing([&]() -> Result<void> {
    auto id = space_of(key);
    auto row = id ? load(*id, key) : Row{};
    auto* table = access(key.table);
    auto* declared = table ? table->table.find(column) : nullptr;
    if (!id || row.dead() || !declared || declared->kind() != Kind::text) return Error{Code::not_found, "no such text on this device"};
    auto digest = row_digest(key, row);
    auto& cell = row.at(column, Kind::text);
    auto saved = save_over(cell, opened_at, text, kept);
    if (!saved) return saved.error();
    for (auto& patch : saved->patches)
      if (auto fine = text::check(patch); !fine) return fine.error();
    if (saved->patches.empty()) return {};
    if (auto fine = check_saved(table->table, *declared, saved->standing.text); !fine) return fine.error();
    auto& space = state(*id);
    Seq seq{space.seq.value + 1};
    auto stamp = stamp_over(*id, seq, now_, row.latest());
    put(cell, std::move(*saved), stamp, seq, space.seen);
    take_seq(space, seq);
    set(named_seq(*id), std::to_string(seq.value));
    replace(key, *id, digest, row);
    return {};
  });
  return done ? Result<std::string>(kept) : done.error();
}

// What the save does to the text as it stands, and the name of what the form holds.
Result<Saved> Replica::save_over(const Cell& cell, const std::string& opened_at, const std::string& text, std::string& kept) {
  auto version = read_version(opened_at);
  const Error unknown{Code::not_found, fmt::format("no version '{}' of this text is known; open it again", opened_at)};
  if (!version) return unknown;
  if (!cell.versions.empty() && text == text_of(cell)) {  // asked again, or somebody wrote the same
    kept = name_of(heads_of(cell), text);
    return saved_over(cell, device_, heads_of(cell), text);
  }
  if (!version->heads.empty() || version->check.empty()) {
    auto saved = saved_over(cell, device_, version->heads, text, [&](std::string_view wording) { return version->check.empty() || version->check == check_of(wording); });
    if (auto done = saved ? same_save(cell, saved->patches) : std::nullopt) {  // its answer was lost
      kept = name_of({*done}, text);
      return saved_over(cell, device_, heads_of(cell), text_of(cell));
    }
    if (saved) kept = saved->patches.empty() ? opened_at : name_of({last_event(saved->patches.back())}, text);
    if (saved || saved.error().code != Code::not_found) return saved;
  }
  return unknown;
}

Result<void> Replica::confirm(RowKey key, ColumnId column) {
  Result<void> result;
  in_transaction([&] {
    auto id = space_of(key);
    auto row = id ? load(*id, key) : Row{};
    auto* cell = row.find(column);
    if (!cell || cell->kind != Kind::text || row.dead()) { result = Error{Code::not_found, "no such text on this device"}; return; }
    auto& space = state(*id);
    auto digest = row_digest(key, row);
    Seq seq{space.seq.value + 1};
    put(*cell, marked(*cell, device_), stamp_over(*id, seq, now_, row.latest()), seq, space.seen);
    take_seq(space, seq);
    replace(key, *id, digest, row);
  });
  return result;
}

std::vector<Remembered> Replica::wordings(RowKey key) {
  std::vector<Remembered> all;
  for (auto& cell : row(key).cells)
    if (cell.kind == Kind::text && !is_lone_seed(cell))
      for (auto& wording : wordings_of(cell)) all.push_back(std::move(wording));
  return all;
}

std::vector<Reread> Replica::rereads() {
  std::vector<Reread> all;
  in_snapshot([&] {
    Use select(statement("SELECT space,tbl,id,col FROM carnet_reread ORDER BY space,tbl,id,col"));
    while (select->executeStep())
      all.push_back({SpaceId{select->getColumn(0).getUInt()}, {TableId{select->getColumn(1).getUInt()}, RowId{select->getColumn(2).getInt64()}},
                     ColumnId{select->getColumn(3).getUInt()}});
  });
  return all;
}

void Replica::save_rereads(SpaceId space, RowKey key, const Row& row) {
  auto forget = [&](std::int64_t first, std::int64_t last) {
    Use erase(statement("DELETE FROM carnet_reread WHERE tbl=? AND id=? AND col BETWEEN ? AND ?"));
    erase->bind(1, static_cast<std::int64_t>(key.table.value));
    erase->bind(2, key.id.value);
    erase->bind(3, first);
    erase->bind(4, last);
    erase->exec();
  };
  if (row.dead()) return forget(0, max_column);
  for (auto& cell : row.cells) {
    if (!cell.look_again) continue;
    forget(cell.column.value, cell.column.value);
    auto overlaps = text::overlaps(graph_of(cell), text_of(cell));
    if (!overlaps || overlaps->empty()) continue;
    Use insert(statement("INSERT INTO carnet_reread(tbl,id,col,space) VALUES(?,?,?,?)"));
    insert->bind(1, static_cast<std::int64_t>(key.table.value));
    insert->bind(2, key.id.value);
    insert->bind(3, static_cast<std::int64_t>(cell.column.value));
    insert->bind(4, static_cast<std::int64_t>(space.value));
    insert->exec();
  }
}

}  // namespace carnet
