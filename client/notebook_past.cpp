// What was written earlier, and where several wrote: history, versions of texts, conflicts.
#include <fmt/format.h>

#include <algorithm>

#include "client/notebook.hpp"
#include "core/sqlite.hpp"
#include "core/text_cell.hpp"

namespace carnet {

using nlohmann::json;

namespace {

std::string name_of(const Table& table, ColumnId column) {
  if (column == life_column) return Notebook::life;
  auto* declared = table.find(column);
  return declared ? std::string(declared->name) : "column " + std::to_string(column.value);
}

}  // namespace

Result<const Column*> Notebook::text_column(RowKey key, const std::string& name) {
  auto& declared = *replica_.schema().find(key.table);
  auto* column = declared.find(name);
  if (column && column->kind() == Kind::text) return column;
  return Error{Code::invalid, fmt::format("{} has no text column '{}'", declared.name, name)};
}

json Notebook::versions(RowKey key) {
  json all = json::object();
  auto& declared = *replica_.schema().find(key.table);
  for (auto& [column, version] : replica_.text_versions(key)) all[name_of(declared, column)] = version;
  return all;
}

json Notebook::rereads() {
  replica_.collect();
  json all = json::array();
  for (auto& each : replica_.rereads()) {
    auto* declared = replica_.schema().find(each.row.table);
    auto found = declared ? row(each.row) : Result<json>(Error{});
    auto column = declared ? name_of(*declared, each.column) : std::string();
    if (found) all.push_back({{"id", each.row.id.value}, {"table", std::string(declared->name)}, {"space", told(each.space)}, {"column", column}, {"value", (*found)[column]}});
  }
  return all;
}

Result<void> Notebook::confirm(RowId id, const std::string& name) {
  auto key = find(id);
  if (!key) return key.error();
  auto column = text_column(*key, name);
  if (!column) return column.error();
  return replica_.confirm(*key, ColumnId{(*column)->number});
}

// Who had the device when this was written, by the name of then, and the device as it introduced itself in the space.
std::string Notebook::author(SpaceId space, const Stamp& stamp) {
  auto device = static_cast<std::int64_t>(stamp.device.value);
  auto named = [&](const char* sql, std::optional<std::int64_t> at = {}) {
    SQLite::Statement name(replica_.database(), sql);
    name.bind(1, static_cast<std::int64_t>(space.value));
    name.bind(2, device);
    if (at) name.bind(3, *at);
    return name.executeStep() ? name.getColumn(0).getString() : std::string();
  };
  auto introduced = named("SELECT name FROM device WHERE space=? AND number=?");
  auto holder = named("SELECT name FROM holder WHERE space=? AND number=? AND since<=? ORDER BY since DESC LIMIT 1", stamp.unix_seconds());
  if (introduced.empty()) introduced = "device " + std::to_string(device);
  return holder.empty() || holder == introduced ? introduced : holder + " (" + introduced + ")";
}

json Notebook::written(SpaceId space, const Version& version) {
  return {{"value", to_json(version.value)}, {"device", version.stamp.device.value}, {"by", author(space, version.stamp)}, {"written", version.stamp.unix_seconds()}};
}

json Notebook::history(RowKey key) {
  replica_.collect();
  auto& declared = *replica_.schema().find(key.table);
  std::vector<std::pair<Stamp, json>> all;
  auto put = [&](ColumnId column, const Version& version, bool standing) {
    auto each = written(*replica_.space_of(key), version);
    each["column"] = name_of(declared, column);
    each["standing"] = standing;
    all.push_back({version.stamp, std::move(each)});
  };
  auto told = [&](ColumnId column) {
    return std::any_of(all.begin(), all.end(), [&](auto& each) { return each.second["standing"] == true && each.second["column"] == name_of(declared, column); });
  };
  auto row = replica_.row(key);
  for (auto& past : replica_.history(key)) {
    auto* cell = row.find(past.column);
    put(past.column, past.version, cell && cell->kind == Kind::text && !told(past.column) && shown_value(*cell) == past.version.value);
  }
  for (auto& cell : row.cells) {
    if (told(cell.column)) continue;  // else a merge, which is nobody's wording
    auto shown = cell.shown();
    shown.value = shown_value(cell);
    put(cell.column, shown, true);
    all.back().second["merged"] = cell.kind == Kind::text && !is_lone_seed(cell);
  }
  std::stable_sort(all.begin(), all.end(), [](auto& a, auto& b) { return a.first > b.first; });
  json list = json::array();
  for (auto& [stamp, each] : all) {
    each["number"] = all.size() - list.size();
    list.push_back(std::move(each));
  }
  return list;
}

Result<void> Notebook::revive(RowId id) {
  auto key = find_any(id);
  return key ? replica_.revive(*key) : key.error();
}

Result<void> Notebook::restore(RowId id, std::size_t number) {
  auto key = find_any(id);
  if (!key) return key.error();
  auto past = history(*key);
  if (number < 1 || number > past.size())
    return Error{Code::not_found, fmt::format("row {} has {} values in its history and no number {}; `carnet show` tells them", id.value, past.size(), number)};
  auto& wanted = past[past.size() - number];
  auto column = wanted["column"].get<std::string>();
  bool is_life = column == life, stood = stands(*key);
  if (is_life && wanted["value"] == life_deleted) {
    if (stood) return remove(id);
    return Error{Code::invalid, fmt::format("row {} is deleted; `carnet restore {} NUMBER` with the number of any other of its values brings it back", id.value, id.value)};
  }
  return replica_.all_or_nothing([&]() -> Result<void> {
    if (auto done = stood ? Result<void>() : replica_.revive(*key); !done || is_life) return done;
    return replica_.write([&] { return edit(id, {{column, wanted["value"]}}); });
  });
}

json Notebook::conflicts() {
  replica_.collect();
  return told(replica_.conflicts());
}

json Notebook::decided() {
  replica_.collect();
  return told(replica_.decided());
}

json Notebook::told(const std::vector<Conflict>& conflicts) {
  json all = json::array();
  for (auto& conflict : conflicts) {
    auto* declared = replica_.schema().find(conflict.row.table);
    if (!declared) continue;
    all.push_back({{"id", conflict.row.id.value}, {"table", std::string(declared->name)}, {"space", told(conflict.space)},
                   {"column", name_of(*declared, conflict.column)}, {"shown", written(conflict.space, conflict.shown)}, {"lost", written(conflict.space, conflict.lost)},
                   {"deleted", conflict.column == life_column}});
  }
  return all;
}

Result<void> Notebook::decide(RowId id, const std::string& column, const json& value) {
  replica_.collect();
  for (auto& conflict : replica_.conflicts()) {
    auto* declared = replica_.schema().find(conflict.row.table);
    auto* which = declared ? declared->find(column) : nullptr;
    if (conflict.row.id != id || !which || conflict.column.value != which->number) continue;
    auto allowed = would_take(id, column, value);
    return allowed ? replica_.decide(conflict.row, conflict.column, value_of(*which, value)) : allowed;
  }
  return replica_.write([&] { return edit(id, {{column, value}}); });
}

// By the rules of the triggers, which a decision does not pass.
Result<void> Notebook::would_take(RowId id, const std::string& column, const json& value) {
  return replica_.write([&] {
    WriteStep tried(replica_.database());  // undone as it goes
    return edit(id, {{column, value}});
  });
}

Result<void> Notebook::resolve(RowId id, const std::string& column, const std::string& choice) {
  replica_.collect();
  for (auto& conflict : replica_.conflicts()) {
    auto* declared = replica_.schema().find(conflict.row.table);
    if (conflict.row.id != id || !declared || name_of(*declared, conflict.column) != column) continue;
    if (conflict.column == life_column)
      return replica_.decide(conflict.row, life_column, choice == "take" ? life_deleted : life_alive);
    if (choice != "keep" && choice != "take") return decide(id, column, choice);
    return replica_.decide(conflict.row, conflict.column, choice == "keep" ? conflict.shown.value : conflict.lost.value);
  }
  return Error{Code::not_found, fmt::format("row {} has no open conflict in '{}'; `carnet conflicts` lists them", id.value, column)};
}

}  // namespace carnet
