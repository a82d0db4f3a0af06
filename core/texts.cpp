// What a replica does with its texts: turns a write of the whole column into a patch, saves a form over what came in since it was opened,
// tells who worded it how, and says which should be read again.
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

std::string name_of(const std::vector<text::EventId>& heads) {
  std::string name;
  for (auto& head : heads) name += (name.empty() ? "" : "-") + std::to_string(head.device.value) + "." + std::to_string(head.seq);
  return name;
}

std::optional<std::vector<text::EventId>> heads_named(std::string_view name) {
  std::vector<text::EventId> heads;
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
    heads.push_back({DeviceId{*device}, *seq});
  }
  return heads;
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

// What the relay cannot have had becomes one patch with what is written over it. Its wording stays in the history here.
void Replica::take_back_unsent(const Space& space, RowKey key, Cell& cell) {
  auto newest = std::max_element(cell.versions.begin(), cell.versions.end(), [](auto& a, auto& b) { return a.seq < b.seq; });
  if (newest == cell.versions.end() || newest->received || newest->stamp.device != device_) return;
  auto patch = patch_of(*newest);
  bool never_left = is_lone_seed(cell) && !text::check(*patch);  // too large for any relay
  if (!never_left && (newest->seq <= std::max(space.acked, space.wired) || patch->is_mark() || heads_of(cell) != std::vector{last_event(*patch)})) return;
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
  return cell ? name_of(heads_of(*cell)) : std::string();
}

std::map<ColumnId, std::string> Replica::text_versions(RowKey key) {
  std::map<ColumnId, std::string> all;
  auto row = this->row(key);
  auto* declared = schema_.find(key.table);
  if (!declared) return all;
  for (auto& column : declared->columns) {
    auto* cell = row.find(ColumnId{column.number});
    if (column.kind() == Kind::text) all[ColumnId{column.number}] = cell && cell->kind == Kind::text ? name_of(heads_of(*cell)) : std::string();
  }
  return all;
}

Result<std::string> Replica::save_text(RowKey key, ColumnId column, const std::string& opened_at, const std::string& text) {
  Result<std::string> result = opened_at;
  in_transaction([&] {
    auto id = space_of(key);
    auto row = id ? load(*id, key) : Row{};
    auto* table = access(key.table);
    auto* declared = table ? table->table.find(column) : nullptr;
    auto heads = heads_named(opened_at);
    if (!id || row.dead() || !declared || declared->kind() != Kind::text) { result = Error{Code::not_found, "no such text on this device"}; return; }
    auto digest = row_digest(key, row);
    auto& cell = row.at(column, Kind::text);
    auto saved = heads ? saved_over(cell, device_, *heads, text) : Result<Saved>(Error{Code::not_found, {}});
    if (!saved && saved.error().code == Code::not_found) { result = Error{Code::not_found, "no version '" + opened_at + "' of this text is known; open it again"}; return; }
    if (!saved) { result = saved.error(); return; }
    for (auto& patch : saved->patches)
      if (auto fine = text::check(patch); !fine) { result = fine.error(); return; }
    if (saved->patches.empty()) return;
    if (auto fine = check_saved(table->table, *declared, saved->standing.text); !fine) { result = fine.error(); return; }
    result = name_of({last_event(saved->patches.back())});
    auto& space = state(*id);
    Seq seq{space.seq.value + 1};
    auto stamp = stamp_over(*id, seq, now_, row.latest());
    put(cell, std::move(*saved), stamp, seq, space.seen);
    take_seq(space, seq);
    replace(key, *id, digest, row);
  });
  return result;
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
