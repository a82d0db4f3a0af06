#include "client/notebook.hpp"

#include <fmt/format.h>

#include <sqlite3.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "client/copies.hpp"
#include "core/sqlite.hpp"

namespace carnet {

using nlohmann::json;

namespace {

// A number in text as a number; other text as it is, for the triggers to refuse by name.
Value number_or_text(const Column& column, const std::string& text) {
  const char* end = text.data() + text.size();
  if (column.type == Type::real) {
    double real = 0;
    if (auto done = std::from_chars(text.data(), end, real); done.ec == std::errc() && done.ptr == end) return real;
    return text;
  }
  std::int64_t whole = 0;
  if (auto done = std::from_chars(text.data(), end, whole); done.ec == std::errc() && done.ptr == end) return whole;
  return text;
}

}  // namespace

json Notebook::to_json(const Value& value) {
  if (auto* whole = std::get_if<std::int64_t>(&value)) return *whole;
  if (auto* real = std::get_if<double>(&value)) return *real;
  if (auto* text = std::get_if<std::string>(&value)) return *text;
  return {};
}

Value Notebook::value_of(const Column& column, const json& given) {
  if (given.is_null()) return {};
  if (given.is_number_integer() && (column.type == Type::real || (given.is_number_unsigned() && given.get<std::uint64_t>() > INT64_MAX))) return given.get<double>();
  if (given.is_number_integer()) return given.get<std::int64_t>();
  if (given.is_number()) return given.get<double>();
  if (!given.is_string()) return given.dump();
  auto text = given.get<std::string>();
  switch (column.type) {
    case Type::integer: case Type::real: case Type::reference: case Type::row:
      if (text.empty()) return {};
      return number_or_text(column, text);
    case Type::date: case Type::time: case Type::code: case Type::media: case Type::preview:
      if (text.empty()) return {};
      return text;
    default: return text;
  }
}

Result<SpaceId> Notebook::space(const std::optional<std::string>& name) {
  auto all = replica_.spaces();
  if (!name && all.size() == 1) return all.front().id;
  std::string known;
  for (auto& space : all) {
    if (name && (*name == space.name || *name == std::to_string(space.id.value))) return space.id;
    known += (known.empty() ? "" : ", ") + space.name;
  }
  if (!name) return Error{Code::invalid, fmt::format("say which space with --space; this device has: {}", known)};
  return Error{Code::not_found, fmt::format("no space '{}' on this device; it has: {}", *name, known)};
}

Result<const Table*> Notebook::table(const std::string& name) {
  if (auto* declared = replica_.schema().find(name)) return declared;
  std::string known;
  for (auto& each : replica_.schema().tables) known += (known.empty() ? "" : ", ") + std::string(each.name);
  return Error{Code::not_found, fmt::format("no table '{}'; there are: {}", name, known)};
}

Result<void> Notebook::run(const std::string& sql, const std::vector<Value>& values) {
  try {
    SQLite::Statement statement(replica_.database(), sql);
    for (std::size_t k = 0; k < values.size(); ++k) bind(statement, static_cast<int>(k) + 1, values[k]);
    statement.exec();
    return {};
  } catch (const SQLite::Exception& refused) {
    if (refused.getErrorCode() != SQLITE_CONSTRAINT) throw;
    return Error{Code::invalid, refused.what()};
  }
}

Result<RowId> Notebook::add(SpaceId space, const std::string& name, const Fields& fields) {
  auto declared = table(name);
  if (!declared) return declared.error();
  std::string columns = "space", marks = "?";
  std::vector<Value> values{static_cast<std::int64_t>(space.value)};
  for (auto& [field, given] : fields) {
    auto* column = (*declared)->find(field);
    if (!column) return Error{Code::invalid, fmt::format("{} has no column '{}'", name, field)};
    columns += ",\"" + field + "\"";
    marks += ",?";
    values.push_back(value_of(*column, given));
  }
  WriteStep together(replica_.database());
  auto done = run("INSERT INTO " + name + "(" + columns + ") VALUES(" + marks + ")", values);
  if (!done) return done.error();
  // The trigger may have given another id than SQLite; its note tells.
  SQLite::Statement noted(replica_.database(), "SELECT id FROM carnet_log ORDER BY n DESC LIMIT 1");
  noted.executeStep();
  RowId id{noted.getColumn(0).getInt64()};
  noted.reset();
  together.commit();
  return id;
}

std::vector<RowId> Notebook::fresh_ids(std::int64_t count) {
  SQLite::Statement take(replica_.database(), "UPDATE carnet_self SET counter=counter+? RETURNING counter,device");
  take.bind(1, count);
  take.executeStep();
  auto last = take.getColumn(0).getInt64();
  DeviceId device{take.getColumn(1).getUInt()};
  take.executeStep();
  std::vector<RowId> ids;
  for (auto counter = last - count + 1; counter <= last; ++counter) ids.push_back(minted_id(device, counter));
  return ids;
}

bool Notebook::may_be_given(RowId id) {
  return !is_derived(id) && minter(id) == replica_.device() && (id.value & counter_mask) <= replica_.database().execAndGet("SELECT counter FROM carnet_self").getInt64();
}

// The trigger gives a new row the next id, which is then exchanged for the one that was asked for, with the note.
Result<RowId> Notebook::put(SpaceId space, const std::string& name, const Fields& fields, std::optional<RowId> id) {
  auto declared = table(name);
  if (!declared) return declared.error();
  auto there = (*declared)->keyed() ? twin(space, **declared, fields) : id;
  auto key = there ? find_any(*there) : Result<RowKey>(Error{});
  if (key && key->table.value != (*declared)->number) return Error{Code::invalid, fmt::format("row {} is of another table", there->value)};
  if (key && replica_.space_of(*key).value_or(space) != space) return Error{Code::invalid, fmt::format("row {} is of another space", there->value)};
  if (key && ((*declared)->keyed() || find(*there))) {
    auto changed = fields;
    std::erase_if(changed, [&](auto& field) { auto* column = (*declared)->find(field.first); return column && column->is_key; });
    auto edited = edit(*there, changed);
    return edited ? Result<RowId>(*there) : edited.error();
  }
  if (key) return Error{Code::not_found, "this record is no more"};
  if ((*declared)->keyed() || !id) return add(space, name, fields);
  if (!may_be_given(*id)) return Error{Code::invalid, fmt::format("id {} was not given by this device", id->value)};
  auto added = add(space, name, fields);
  if (!added) return added;
  auto& db = replica_.database();
  auto from = std::to_string(added->value), to = std::to_string(id->value);
  db.exec("UPDATE carnet_self SET muted=1");
  db.exec("UPDATE " + name + " SET id=" + to + " WHERE id=" + from);
  db.exec("UPDATE carnet_log SET id=" + to + " WHERE tbl=" + std::to_string((*declared)->number) + " AND id=" + from);
  db.exec("UPDATE carnet_self SET muted=0");
  return *id;
}

Result<void> Notebook::edit(RowId id, const Fields& fields) {
  auto key = find(id);
  if (!key) return key.error();
  if (fields.empty()) return {};
  auto& declared = *replica_.schema().find(key->table);
  std::string sets;
  std::vector<Value> values;
  for (auto& [field, given] : fields) {
    auto* column = declared.find(field);
    if (!column) return Error{Code::invalid, fmt::format("{} has no column '{}'", declared.name, field)};
    sets += (sets.empty() ? "\"" : ",\"") + field + "\"=?";
    values.push_back(value_of(*column, given));
  }
  values.push_back(id.value);
  return run("UPDATE " + std::string(declared.name) + " SET " + sets + " WHERE id=?", values);
}

Result<Notebook::Versions> Notebook::save(RowId id, const Fields& fields, const Versions& opened_at) {
  Versions saved;
  auto done = replica_.all_or_nothing([&]() -> Result<void> {
    auto key = find(id);
    if (!key) return key.error();
    Fields plain;
    for (auto& field : fields)
      if (!opened_at.contains(field.first)) plain.push_back(field);
    if (auto edited = replica_.write([&] { return edit(id, plain); }); !edited) return edited;
    for (auto& [name, version] : opened_at) {
      auto field = std::find_if(fields.begin(), fields.end(), [&name = name](auto& each) { return each.first == name; });
      if (field == fields.end()) continue;
      auto column = text_column(*key, name);
      if (!column) return column.error();
      auto value = value_of(**column, field->second);
      auto* text = std::get_if<std::string>(&value);
      auto kept = replica_.save_text(*key, ColumnId{(*column)->number}, version, text ? *text : std::string());
      if (!kept && kept.error().code == Code::not_found) return kept.error();
      if (!kept) {
        auto place = std::string(replica_.schema().find(key->table)->name) + "." + name + ": ";
        return Error{kept.error().code, kept.error().text.starts_with(place) ? kept.error().text : place + kept.error().text};
      }
      saved[name] = *kept;
    }
    auto& declared = *replica_.schema().find(key->table);
    auto standing = replica_.text_versions(*key);
    for (auto& [name, value] : plain)
      if (auto* column = declared.find(name); column->kind() == Kind::text) saved[name] = standing[ColumnId{column->number}];
    return {};
  });
  return done ? Result<Versions>(saved) : done.error();
}

std::optional<RowId> Notebook::twin(SpaceId space, const Table& declared, const Fields& fields) {
  if (!declared.keyed()) return {};
  std::vector<std::int64_t> key;
  for (auto& column : declared.columns) {
    if (!column.is_key) continue;
    auto field = std::find_if(fields.begin(), fields.end(), [&](auto& each) { return each.first == column.name; });
    auto part = field == fields.end() ? Value{} : value_of(column, field->second);
    if (auto* text = std::get_if<std::string>(&part)) {  // a date, as yyyymmdd
      std::erase(*text, '-');
      std::int64_t number = 0;
      if (std::from_chars(text->data(), text->data() + text->size(), number).ec == std::errc()) part = number;
    }
    auto* number = std::get_if<std::int64_t>(&part);
    if (!number || *number < 0) return {};
    key.push_back(*number);
  }
  auto id = derived_id(TableId{declared.number}, space, key);
  auto found = find(id);
  return found && found->table.value == declared.number ? std::optional(id) : std::nullopt;
}

Result<void> Notebook::remove(RowId id) {
  auto key = find(id);
  if (!key) return key.error();
  return run("DELETE FROM " + std::string(replica_.schema().find(key->table)->name) + " WHERE id=?", {id.value});
}

bool Notebook::stands(RowKey key) {
  SQLite::Statement select(replica_.database(), "SELECT 1 FROM " + std::string(replica_.schema().find(key.table)->name) + " WHERE id=?");
  select.bind(1, key.id.value);
  return select.executeStep();
}

// By what is known of rows, deleted ones too; not of those that a tool has just added.
std::optional<RowKey> Notebook::known(RowId id) {
  SQLite::Statement select(replica_.database(), "SELECT 1 FROM carnet_row WHERE tbl=? AND id=?");
  for (auto& each : replica_.schema().tables) {
    Use use(select);
    select.bind(1, static_cast<std::int64_t>(each.number));
    select.bind(2, id.value);
    if (select.executeStep()) return RowKey{TableId{each.number}, id};
  }
  return {};
}

// Other tables are read only where it is not known which one it is: their pages may be damaged.
Result<RowKey> Notebook::find(RowId id) {
  if (auto key = known(id); key && stands(*key)) return *key;
  for (auto& each : replica_.schema().tables)
    if (RowKey key{TableId{each.number}, id}; stands(key)) return key;
  return Error{Code::not_found, fmt::format("no row {} on this device", id.value)};
}

Result<RowKey> Notebook::find_any(RowId id) {
  auto key = known(id);
  return key ? *key : find(id);
}

Result<json> Notebook::row(RowKey key) {
  auto rows = select(*replica_.schema().find(key.table), "id=?", {key.id.value});
  if (rows.empty()) return Error{Code::not_found, fmt::format("no row {} on this device", key.id.value)};
  return rows.front();
}

Result<json> Notebook::list(const std::string& name, const Filter& filter) {
  auto declared = table(name);
  if (!declared) return declared.error();
  std::string where = "id>?";
  std::vector<Value> values{filter.after};
  if (filter.space) {
    where += " AND space=?";
    values.push_back(static_cast<std::int64_t>(filter.space->value));
  }
  for (auto& [field, value] : filter.equal)
    if (auto* column = (*declared)->find(field)) {
      where += " AND \"" + field + "\" IS ?";
      values.push_back(value_of(*column, value));
    }
  return select(**declared, where, values, filter.limit);
}

json Notebook::told(SpaceId space) { return spaces_ == Spaces::numbered ? json(space.value) : json(replica_.space(space).name); }

json Notebook::select(const Table& declared, const std::string& where, const std::vector<Value>& values, std::int64_t limit) {
  std::map<std::int64_t, json> spaces;
  for (auto& space : replica_.spaces()) spaces[space.id.value] = told(space.id);
  std::string columns = "id,space";
  for (auto& column : declared.columns) columns += ",\"" + std::string(column.name) + "\"";
  SQLite::Statement rows(replica_.database(), "SELECT " + columns + " FROM " + std::string(declared.name) + " WHERE " + where + " ORDER BY id LIMIT " + std::to_string(limit));
  for (std::size_t k = 0; k < values.size(); ++k) bind(rows, static_cast<int>(k) + 1, values[k]);
  json all = json::array();
  while (rows.executeStep()) {
    json each{{"id", rows.getColumn(0).getInt64()}, {"table", std::string(declared.name)}, {"space", spaces[rows.getColumn(1).getInt64()]}};
    int index = 2;
    for (auto& column : declared.columns) each[std::string(column.name)] = to_json(fetch(rows, index++));
    all.push_back(std::move(each));
  }
  return all;
}

json Notebook::export_space(SpaceId space) {
  json rows = json::array();
  for (auto& each : replica_.schema().tables) {
    auto listed = list(std::string(each.name), space);
    for (auto& row : *listed) rows.push_back(std::move(row));
  }
  return {{"space", replica_.space(space).name}, {"rows", rows}};
}

Result<std::size_t> Notebook::import(SpaceId space, const json& exported) {
  if (!exported.is_object() || !exported.contains("rows") || !exported["rows"].is_array())
    return Error{Code::malformed, "this is no export of a space: it needs an object with a list 'rows'"};
  SQLite::Transaction transaction(replica_.database(), SQLite::TransactionBehavior::IMMEDIATE);
  auto copied = copy_rows(replica_, space, exported["rows"], Strangers::refuse);
  if (!copied) return copied.error();
  transaction.commit();
  return copied->size();
}

}  // namespace carnet
