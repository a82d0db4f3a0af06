// What the parts of the replica share. Not for others.
#pragma once
#include "core/replica.hpp"
#include "core/sqlite.hpp"

namespace carnet {

// A domain table with its statements.
struct Replica::TableAccess {
  const Table& table;
  SQLite::Statement select;  // space, then the columns as declared
  Prepared upsert;  // id, space, columns
  Prepared erase;
  std::vector<const Column*> owner_columns;
  Prepared select_owners;
  std::map<const Column*, Prepared> select_parts;  // by owner column

  struct Shown {
    SpaceId space;
    std::vector<Value> values;
  };
  TableAccess(SQLite::Database& db, const Table& declared);
  std::optional<Shown> read(RowId id);
  std::optional<std::vector<Value>> owners(RowId id);  // values of the owner columns; empty where there is no such row
  bool has_part_of(const Column& owner_column, RowId owner);
  std::size_t index(ColumnId column) const;  // of a declared column; columns.size() where unknown
};

// A text that is empty is none.
inline Value as_written(const Column& column, Value value) {
  auto* text = std::get_if<std::string>(&value);
  return column.kind() == Kind::text && text && text->empty() ? Value{} : std::move(value);
}

// The setting that says up to which of our seqs both sides were once found identical.
inline std::string verified_seq(SpaceId space) { return "verified_seq/" + std::to_string(space.value); }

// The setting that says up to which of our seqs somebody was told the version of a text.
inline std::string named_seq(SpaceId space) { return "named_seq/" + std::to_string(space.value); }

// A row of carnet_row.
struct Replica::Meta {
  SpaceId space;
  Stamp stamp;
  Seq seq;
  bool received = false;
  std::string rest;
};

// A row that somebody wrote in, as the log tells it.
struct Replica::Touched {
  RowKey key;
  std::int64_t newest = 0;  // wall time of the last note
  struct Column {
    ColumnId column;
    Value before;  // the oldest
    std::int64_t at = 0;
  };
  std::vector<Column> columns;
};

}  // namespace carnet
