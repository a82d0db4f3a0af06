#include "core/sqlite.hpp"

#include <sqlite3.h>

#include <cstring>

namespace carnet {

WriteStep::WriteStep(SQLite::Database& db) : db_(db), is_part_(sqlite3_get_autocommit(db.getHandle()) == 0) { db_.exec(is_part_ ? "SAVEPOINT step" : "BEGIN IMMEDIATE"); }

// A full disk has rolled back already.
WriteStep::~WriteStep() {
  if (!done_ && sqlite3_get_autocommit(db_.getHandle()) == 0) db_.tryExec(is_part_ ? "ROLLBACK TO step; RELEASE step" : "ROLLBACK");
}

void WriteStep::commit() {
  db_.exec(is_part_ ? "RELEASE step" : "COMMIT");
  done_ = true;
}

void bind(SQLite::Statement& statement, int index, const Value& value) {
  if (auto* number = std::get_if<std::int64_t>(&value)) statement.bind(index, *number);
  else if (auto* real = std::get_if<double>(&value)) statement.bind(index, *real);
  else if (auto* text = std::get_if<std::string>(&value)) statement.bindNoCopy(index, *text);
  else if (auto* blob = std::get_if<Bytes>(&value)) statement.bindNoCopy(index, blob->data(), static_cast<int>(blob->size()));
  else statement.bind(index);
}

Value fetch(SQLite::Statement& statement, int index) {
  auto column = statement.getColumn(index);
  switch (column.getType()) {
    case SQLITE_INTEGER: return column.getInt64();
    case SQLITE_FLOAT: return column.getDouble() + 0.0;  // no minus zero
    case SQLITE_TEXT: return column.getString();
    case SQLITE_BLOB: {
      Bytes blob(static_cast<std::size_t>(column.getBytes()));
      if (!blob.empty()) std::memcpy(blob.data(), column.getBlob(), blob.size());
      return blob;
    }
    default: return {};
  }
}

}  // namespace carnet
