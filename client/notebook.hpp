// Rows by name and as JSON: what the command line, and anything else that faces people, does with a replica. Writes are
// plain SQL on the domain tables, so the triggers check and capture them as they would anybody's. What was written
// earlier, and where several wrote, is in notebook_past.cpp.
#pragma once
#include <nlohmann/json.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/replica.hpp"

namespace carnet {

class Notebook {
 public:
  enum class Spaces { named, numbered };  // how rows tell theirs
  explicit Notebook(Replica& replica, Spaces spaces = Spaces::named) : replica_(replica), spaces_(spaces) {}

  using Fields = std::vector<std::pair<std::string, nlohmann::json>>;
  static constexpr auto life = "(row)";  // stands for a column where a row as a whole was deleted, or brought back
  using Versions = std::map<std::string, std::string>;  // of texts, by column

  // A space by its name or number; with none given, the only space.
  Result<SpaceId> space(const std::optional<std::string>& name);

  // Each returns an error that names table, column and rule where a wish cannot be had.
  Result<RowId> add(SpaceId space, const std::string& table, const Fields& fields);
  Result<void> edit(RowId id, const Fields& fields);
  // As a form saves: all or nothing. A text that was opened at a version is changed as the form changed it: what came in since stays.
  // Returns, of each text among the fields, the version that holds exactly what the form holds.
  Result<Versions> save(RowId id, const Fields& fields, const Versions& opened_at);
  Result<void> remove(RowId id);
  std::vector<RowId> fresh_ids(std::int64_t count);  // of this device, given to nobody else
  bool may_be_given(RowId id);                       // one of those
  // Adds a row, under one of the fresh ids where one is given. What is there already, under the id or under the same key, is edited.
  Result<RowId> put(SpaceId space, const std::string& table, const Fields& fields, std::optional<RowId> id);
  // The row that has this key already, in a table whose ids are derived from a key.
  std::optional<RowId> twin(SpaceId space, const Table& declared, const Fields& fields);
  Result<void> revive(RowId id);  // a deleted row, and the parts that went with it

  Result<RowKey> find(RowId id);                         // its table, too
  Result<RowKey> find_any(RowId id);                     // deleted ones, too
  Result<nlohmann::json> row(RowKey key);                // {"id", "table", "space", column: value ...}
  struct Filter {
    std::optional<SpaceId> space = {};
    Fields equal = {};  // of those that the table has
    std::int64_t after = 0, limit = -1;
  };
  Result<nlohmann::json> list(const std::string& table, const Filter& filter);
  Result<nlohmann::json> list(const std::string& table, std::optional<SpaceId> space) { return list(table, Filter{.space = space}); }
  // Newest first: number (1 is the oldest), column, value, device, by (its name), written, standing; merged: nobody's wording.
  nlohmann::json history(RowKey key);
  Result<void> restore(RowId id, std::size_t number);  // writes that value again, as a new edit; a deleted row comes back with it
  nlohmann::json versions(RowKey key);                   // {text column: version}, for save
  nlohmann::json rereads();                              // texts that somebody should read again: id, table, space, column, value
  Result<void> confirm(RowId id, const std::string& column);  // somebody has
  nlohmann::json conflicts();
  nlohmann::json decided();  // of the same form: those that this device saw settled
  // Settles it by another value; where it is settled already, writes that value.
  Result<void> decide(RowId id, const std::string& column, const nlohmann::json& value);
  // choice: "keep", "take", or another value as text. With several losers in a cell, `take` takes the newest.
  Result<void> resolve(RowId id, const std::string& column, const std::string& choice);

  nlohmann::json export_space(SpaceId space);            // {"space": name, "rows": [row ...]}, owners first
  // Adds the rows of an export as new ones, all or none; references among them are kept, and a row whose key is there
  // already is updated. Returns their number.
  Result<std::size_t> import(SpaceId space, const nlohmann::json& exported);

  Value value_of(const Column& column, const nlohmann::json& json);
  static nlohmann::json to_json(const Value& value);

 private:
  Result<void> run(const std::string& sql, const std::vector<Value>& values);
  Result<const Column*> text_column(RowKey key, const std::string& name);
  Result<const Table*> table(const std::string& name);
  nlohmann::json select(const Table& declared, const std::string& where, const std::vector<Value>& values, std::int64_t limit = -1);
  nlohmann::json told(SpaceId space);
  nlohmann::json told(const std::vector<Conflict>& conflicts);
  bool stands(RowKey key);
  std::optional<RowKey> known(RowId id);
  Result<void> would_take(RowId id, const std::string& column, const nlohmann::json& value);
  std::string author(SpaceId space, const Stamp& stamp);
  nlohmann::json written(SpaceId space, const Version& version);

  Replica& replica_;
  Spaces spaces_;
};

}  // namespace carnet
