#include "client/copies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "client/notebook.hpp"
#include "core/text_cell.hpp"
#include "sync/client_session.hpp"

namespace carnet {

using nlohmann::json;

namespace {

bool stands_in(Replica& replica, SpaceId space, std::string_view table, std::int64_t id) {
  SQLite::Statement select(replica.database(), "SELECT 1 FROM " + std::string(table) + " WHERE id=? AND space=?");
  select.bind(1, id);
  select.bind(2, static_cast<std::int64_t>(space.value));
  return select.executeStep();
}

// The columns of one row with references to what the others have become.
Notebook::Fields fields_of(Replica& replica, SpaceId to, const Table& declared, const json& row, const Copied& copied, Strangers strangers) {
  Notebook::Fields fields;
  for (auto& column : declared.columns) {
    auto at = row.find(std::string(column.name));
    if (at == row.end() || at->is_null()) continue;
    bool refers = (column.type == Type::reference || column.type == Type::row) && at->is_number_integer();
    auto known = refers ? copied.find(at->get<std::int64_t>()) : copied.end();
    bool strange = column.type == Type::reference && refers && known == copied.end() && !stands_in(replica, to, column.target, at->get<std::int64_t>());
    if (strange && strangers == Strangers::leave_out) continue;
    fields.push_back({std::string(column.name), known != copied.end() ? json(known->second) : *at});
  }
  return fields;
}

Result<RowId> copy_row(Replica& replica, SpaceId to, const Table& declared, Notebook::Fields fields, std::optional<RowId> under = {}) {
  Notebook notebook(replica);
  auto there = notebook.twin(to, declared, fields);
  if (!there) return notebook.put(to, std::string(declared.name), fields, under);
  std::erase_if(fields, [&](auto& field) { return declared.find(field.first)->is_key; });
  if (!fields.empty())
    if (auto edited = notebook.edit(*there, fields); !edited) return edited.error();
  return *there;
}

// A row and its parts, owners first.
json with_parts(Replica& replica, RowKey key) {
  Notebook notebook(replica);
  json rows = json::array({*notebook.row(key)});
  std::map<std::string_view, std::vector<std::int64_t>> ids{{replica.schema().find(key.table)->name, {key.id.value}}};
  for (auto& table : replica.schema().tables)
    for (auto& column : table.columns) {
      if (!column.is_owner || !ids.contains(column.target)) continue;
      auto of = ids[column.target];
      auto listed = notebook.list(std::string(table.name), replica.space_of(key));
      for (auto& row : *listed) {
        auto& owner = row[std::string(column.name)];
        auto id = row["id"].get<std::int64_t>();
        auto& found = ids[table.name];
        if (owner.is_null() || std::find(of.begin(), of.end(), owner.get<std::int64_t>()) == of.end() || std::find(found.begin(), found.end(), id) != found.end()) continue;
        found.push_back(id);
        rows.push_back(row);
      }
    }
  return rows;
}

// What was refused, by tables as declared, so that owners come first.
json refused_in_json(Replica& replica, const Replica::Quarantined& frame) {
  auto refused = replica.refused_rows(frame);
  json rows = json::array();
  for (auto& table : replica.schema().tables)
    for (auto& change : refused) {
      if (change.key.table.value != table.number) continue;
      json row{{"id", change.key.id.value}, {"table", std::string(table.name)}};
      for (auto& cell : change.row.cells)
        if (auto* column = table.find(cell.column)) row[std::string(column->name)] = Notebook::to_json(cell.shown().value);
      rows.push_back(std::move(row));
    }
  return rows;
}

// What of it was written here: others may have written in the rest since.
std::set<std::pair<std::int64_t, std::string>> news_in(Replica& replica, const Replica::Quarantined& frame) {
  std::set<std::pair<std::int64_t, std::string>> news;
  for (auto& change : replica.refused_rows(frame))
    for (auto& cell : change.row.cells) {
      auto* table = replica.schema().find(change.key.table);
      auto* column = table ? table->find(cell.column) : nullptr;
      if (column && !cell.shown().received) news.insert({change.key.id.value, std::string(column->name)});
    }
  return news;
}

// The id that a row had, which parts of it that were taken go on to name: free again, unless something stands under it.
std::optional<RowId> id_before(Replica& replica, const json& row) {
  Notebook notebook(replica);
  RowId id{row["id"].get<std::int64_t>()};
  return notebook.may_be_given(id) && !notebook.find_any(id) ? std::optional(id) : std::nullopt;
}

Result<void> may_write_in(Replica& replica, SpaceId space) {
  if (role_in(replica, space) != Role::reader) return {};
  return Error{Code::reads_only, fmt::format("this device only reads in {}", replica.space(space).name)};
}

}  // namespace

Result<Copied> copy_rows(Replica& replica, SpaceId to, const json& rows, Strangers strangers) {
  Copied copied;
  for (auto& row : rows) {
    if (!row.is_object() || !row.contains("table") || !row["table"].is_string() || !row.contains("id") || !row["id"].is_number_integer())
      return Error{Code::malformed, "a row of the export lacks its table or id"};
    auto* declared = replica.schema().find(row["table"].get<std::string>());
    if (!declared) return Error{Code::not_found, fmt::format("the export has rows of a table '{}', which is not known here", row["table"].get<std::string>())};
    auto done = copy_row(replica, to, *declared, fields_of(replica, to, *declared, row, copied, strangers));
    if (!done) return done.error();
    copied[row["id"].get<std::int64_t>()] = done->value;
  }
  return copied;
}

Result<RowId> publish(Replica& replica, RowId id, SpaceId to) {
  Notebook notebook(replica);
  auto key = notebook.find(id);
  if (!key) return key.error();
  replica.collect();
  auto from = replica.space_of(*key);
  if (from == to) return Error{Code::invalid, fmt::format("row {} lives in {} already", id.value, replica.space(to).name)};
  if (auto may = may_write_in(replica, to); !may) return may.error();
  SQLite::Statement published(replica.database(), "SELECT about FROM origin WHERE space=? AND origin=?");
  published.bind(1, static_cast<std::int64_t>(to.value));
  published.bind(2, id.value);
  while (published.executeStep())
    if (RowId copy{published.getColumn(0).getInt64()}; notebook.find(copy))
      return Error{Code::invalid, fmt::format("row {} was published in {} already, as row {}; edit that", id.value, replica.space(to).name, copy.value)};
  SQLite::Transaction transaction(replica.database(), SQLite::TransactionBehavior::IMMEDIATE);
  auto copied = copy_rows(replica, to, with_parts(replica, *key), Strangers::leave_out);
  if (!copied) return copied.error();
  RowId copy{copied->at(id.value)};
  auto said = notebook.add(to, "origin", {{"about", copy.value}, {"about_table", key->table.value}, {"origin", id.value}, {"origin_space", from->value}});
  if (!said) return said.error();
  transaction.commit();
  return copy;
}

Result<std::size_t> move_refused(Replica& replica, std::int64_t number, SpaceId to) {
  if (auto may = may_write_in(replica, to); !may) return may.error();
  for (auto& frame : replica.quarantined()) {
    if (frame.number != number) continue;
    if (!frame.up) return Error{Code::invalid, fmt::format("number {} came from the relay; only what was written here can be moved", number)};
    if (!frame.aside && frame.space == to) return Error{Code::invalid, fmt::format("these rows stand in {} already; `carnet quarantine retry` sends them again", replica.space(to).name)};
    auto rows = refused_in_json(replica, frame);
    SQLite::Transaction transaction(replica.database(), SQLite::TransactionBehavior::IMMEDIATE);
    auto copied = copy_rows(replica, to, rows, Strangers::leave_out);
    if (!copied) return copied.error();
    transaction.commit();
    replica.drop(number);
    return copied->size();
  }
  return Error{Code::not_found, fmt::format("nothing is kept under number {}; `carnet quarantine` lists what is", number)};
}

Result<std::size_t> retry_refused(Replica& replica, std::int64_t number) {
  auto asked = [&](const Replica::Quarantined& frame) { return number == 0 || frame.number == number; };
  auto spaces = replica.spaces();
  auto is_here = [&](SpaceId id) { return std::any_of(spaces.begin(), spaces.end(), [&](auto& space) { return space.id == id; }); };
  auto rows = replica.requeue(asked);
  for (auto& frame : replica.quarantined()) {
    if (!asked(frame) || !frame.up || !frame.aside) continue;
    if (!is_here(frame.space)) {
      if (number == 0) continue;
      return Error{Code::invalid, fmt::format("the space of these rows is not on this device any more; `carnet quarantine move {} --to SPACE` puts them into another", number)};
    }
    auto put = put_back(replica, frame);
    if (!put) return put.error();
    rows += *put;
  }
  return rows;
}

Result<std::size_t> put_back(Replica& replica, const Replica::Quarantined& frame) {
  auto rows = refused_in_json(replica, frame);
  auto news = news_in(replica, frame);
  SQLite::Transaction transaction(replica.database(), SQLite::TransactionBehavior::IMMEDIATE);
  Notebook notebook(replica);
  Copied copied;
  for (auto& row : rows) {
    auto& declared = *replica.schema().find(row["table"].get<std::string>());
    auto id = row["id"].get<std::int64_t>();
    if (!stands_in(replica, frame.space, declared.name, id)) {
      auto fields = fields_of(replica, frame.space, declared, row, copied, Strangers::leave_out);
      auto added = copy_row(replica, frame.space, declared, std::move(fields), id_before(replica, row));
      if (!added) return added.error();
      copied[id] = added->value;
      continue;
    }
    Notebook::Fields fields;
    for (auto& [name, value] : row.items())
      if (news.contains({id, name}) && !declared.find(name)->is_key) fields.push_back({name, value});
    if (fields.empty()) continue;
    if (auto edited = notebook.edit(RowId{id}, fields); !edited) return edited.error();
  }
  transaction.commit();
  replica.drop(frame.number);
  return rows.size();
}

}  // namespace carnet
