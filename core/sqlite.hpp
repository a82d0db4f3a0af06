// Values to and from SQLite, and a transaction's pragmas: the little that core and the relay's store share.
#pragma once
#include <SQLiteCpp/SQLiteCpp.h>

#include <optional>
#include <stdexcept>
#include <string>

#include "core/value.hpp"

namespace carnet {

// A database whose pages or rows are not what was written there. What SQLite notices itself comes as SQLITE_CORRUPT or
// SQLITE_NOTADB.
struct Damaged : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void bind(SQLite::Statement& statement, int index, const Value& value);  // no copy: the value must outlive the step
Value fetch(SQLite::Statement& statement, int index);

// A statement that is reset when the scope ends, so that none stays open over a commit.
class Use {
 public:
  explicit Use(SQLite::Statement& statement) : statement_(statement) {}
  ~Use() { statement_.tryReset(); }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  SQLite::Statement* operator->() { return &statement_; }
  SQLite::Statement& operator*() { return statement_; }

 private:
  SQLite::Statement& statement_;
};

// A writing transaction or, inside of an open one, a part of it that may fail alone. Undone unless it is committed.
class WriteStep {
 public:
  explicit WriteStep(SQLite::Database& db);
  ~WriteStep();
  WriteStep(const WriteStep&) = delete;
  WriteStep& operator=(const WriteStep&) = delete;
  void commit();

 private:
  SQLite::Database& db_;
  bool is_part_, done_ = false;
};

// A statement that is prepared when it is first used: a command, or an exchange of nothing, needs few of them.
class Prepared {
 public:
  Prepared(SQLite::Database& db, std::string sql) : db_(db), sql_(std::move(sql)) {}
  SQLite::Statement& operator*() {
    if (!statement_) statement_.emplace(db_, sql_);
    return *statement_;
  }

 private:
  SQLite::Database& db_;
  std::string sql_;
  std::optional<SQLite::Statement> statement_;
};

}  // namespace carnet
