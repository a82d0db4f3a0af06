// Rows by name and as JSON: what the command line, and anything else that faces people, does with a replica. Writes are
// plain SQL on the domain tables, so the triggers check and capture them as they would anybody's.
#pragma once
#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

#include "core/replica.hpp"

namespace carnet {

class Notebook {
 public:
  explicit Notebook(Replica& replica) : replica_(replica) {}

  using Fields = std::vector<std::pair<std::string, nlohmann::json>>;

  // A space by its name or number; with none given, the only space.
  Result<SpaceId> space(const std::optional<std::string>& name);

  // Each returns an error that names table, column and rule where a wish cannot be had.
  Result<RowId> add(SpaceId space, const std::string& table, const Fields& fields);
  Result<void> edit(RowId id, const Fields& fields);
  // Of one text column, which was opened at this version: what came in since stays.
  Result<void> save_text(RowId id, const Fields& fields, const std::string& opened_at);
  Result<void> remove(RowId id);

  Result<RowKey> find(RowId id);                         // its table, too
  Result<nlohmann::json> row(RowKey key);                // {"id", "table", "space", column: value ...}
  Result<nlohmann::json> list(const std::string& table, std::optional<SpaceId> space);
  // Newest first: number (1 is the oldest), column, value, device, by (its name), written, standing; merged: nobody's wording.
  nlohmann::json history(RowKey key);
  Result<void> restore(RowId id, std::size_t number);  // writes that value again, as a new edit
  nlohmann::json versions(RowKey key);                   // {text column: version}, for save_text
  nlohmann::json rereads();                              // texts that somebody should read again: id, table, space, column, value
  Result<void> confirm(RowId id, const std::string& column);  // somebody has
  nlohmann::json conflicts();
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
  nlohmann::json select(const Table& declared, const std::string& where);
  std::string author(SpaceId space, const Stamp& stamp);
  nlohmann::json written(SpaceId space, const Version& version);

  Replica& replica_;
};

}  // namespace carnet
