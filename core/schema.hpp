// The one declaration of what people write: tables, columns, rules, labels. SQL, triggers, validation, forms and the
// API derive from it. Numbers of tables and columns travel and are never reused; a retired one leaves a noted hole.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.hpp"
#include "core/row.hpp"

namespace carnet {

struct Label {
  std::string_view fr, nl, en;
};

struct Choice {
  std::string_view code;  // what the cell holds
  Label label;
};

enum class Type {
  integer,    // whole number from `min` to `max`
  real,       // number from `min` to `max`
  line,       // one line of text, up to `max` characters
  prose,      // mergeable text, up to 1 MiB
  date,       // 2025-03-10
  time,       // 09:30
  code,       // one of `choices`
  reference,  // id of a row of `target`
  row,        // id of a row of any table (comments, media); its table stands in another column
  media,      // the name of a blob, as core/blob.hpp has it
  preview,    // a small picture of it, as a data: URL of at most `max` characters
};

struct Column {
  std::uint32_t number;  // 1 .. 255
  std::string_view name;
  Type type;
  Label label;
  std::int64_t min = 0, max = 0;
  std::vector<Choice> choices = {};
  std::string_view target = {};  // of a reference
  bool is_required = false;      // may not be null or blank
  bool is_key = false;           // part of the key from which the row's id is derived; never changes
  bool is_owner = false;         // of a reference: the row is part of its target, goes with it, and keeps it alive

  Column& required() { is_required = true; return *this; }
  Column& key() { is_key = is_required = true; return *this; }
  Column& owner() { is_owner = is_required = true; return *this; }

  Kind kind() const { return type == Type::prose ? Kind::text : Kind::reg; }
};

inline constexpr std::int64_t max_preview = 11'000;  // 8 KB in base64, and what says so
inline constexpr std::int64_t max_line = 500;  // characters of a line, where the declaration says nothing smaller

Column integer(std::uint32_t number, std::string_view name, std::int64_t min, std::int64_t max, Label label);
Column real(std::uint32_t number, std::string_view name, std::int64_t min, std::int64_t max, Label label);
Column line(std::uint32_t number, std::string_view name, Label label, std::int64_t max = max_line);
Column prose(std::uint32_t number, std::string_view name, Label label);
Column date(std::uint32_t number, std::string_view name, Label label);
Column time_of_day(std::uint32_t number, std::string_view name, Label label);
Column code(std::uint32_t number, std::string_view name, std::vector<Choice> choices, Label label);
Column reference(std::uint32_t number, std::string_view name, std::string_view target, Label label);
Column any_row(std::uint32_t number, std::string_view name, Label label);
Column media(std::uint32_t number, std::string_view name, Label label);
Column preview(std::uint32_t number, std::string_view name, Label label);

struct Table {
  std::uint32_t number;  // 1 .. 65535
  std::string_view name;
  Label label;
  Label help;  // one sentence that says what it is for
  std::vector<Column> columns;
  bool is_coached = false;  // a coach, who reads all, writes here too
  bool is_administration = false;  // stands in a space of kind administration only, where an admin writes it

  Table& coached() { is_coached = true; return *this; }
  Table& administration() { is_administration = true; return *this; }
  bool keyed() const;  // its ids are derived from its key columns
  const Column* find(std::string_view column) const;
  const Column* find(ColumnId column) const;
};

// Every table also has `id` (the row id) and `space` (the space in which the row lives); neither is a cell.
struct Schema {
  std::vector<Table> tables;  // owners before what they own

  const Table* find(std::string_view table) const;
  const Table* find(TableId table) const;
};

// The id of a keyed row: bit 52 and 52 bits of a polynomial hash of table number, space and key parts (ids, whole numbers, or
// dates as yyyymmdd; none negative), in integer steps below 2^63, so that SQLite's own arithmetic does it as well.
RowId derived_id(TableId table, SpaceId space, std::vector<std::int64_t> key);
// The same as an SQL expression over SQL expressions, of which the first is the space.
std::string derived_id_sql(TableId table, const std::vector<std::string>& key);

}  // namespace carnet
