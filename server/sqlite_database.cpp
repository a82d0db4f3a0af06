// The store's database in one SQLite file: WAL, synchronous=FULL. One connection writes, others read beside it.
#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include "core/sqlite.hpp"
#include "server/database.hpp"

namespace carnet {

namespace {

constexpr int busy_milliseconds = 10'000;
// Nobody else writes.
std::string without_locks(std::string sql) {
  for (std::string_view clause : {" FOR UPDATE", " SKIP LOCKED"})
    if (auto at = sql.find(clause); at != std::string::npos) sql.erase(at, clause.size());
  return sql;
}

StoreFault::Kind kind_of(const SQLite::Exception& fault) {
  switch (fault.getErrorCode()) {
    case SQLITE_FULL: return StoreFault::Kind::full;
    case SQLITE_CONSTRAINT:
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
    case SQLITE_RANGE:
    case SQLITE_ERROR:
    case SQLITE_MISUSE: return StoreFault::Kind::of_job;
    default: return StoreFault::Kind::broken;
  }
}

// What SQLite throws, in the store's words.
auto guarded(auto&& work) {
  try {
    return work();
  } catch (const SQLite::Exception& fault) {
    throw StoreFault(kind_of(fault), fault.what());
  }
}

class SqliteStatement final : public Database::Statement {
 public:
  SqliteStatement(SQLite::Database& db, const std::string& sql) : statement_(db, sql) {}

  void bind_integer(int index, std::optional<std::int64_t> value) override {
    guarded([&] { value ? statement_.bind(index, *value) : statement_.bind(index); });
  }
  void bind_text(int index, std::string_view text) override { guarded([&] { statement_.bind(index, std::string(text)); }); }
  void bind_blob(int index, std::string_view bytes) override { guarded([&] { statement_.bind(index, bytes.empty() ? "" : bytes.data(), static_cast<int>(bytes.size())); }); }
  void bind_value(int index, const Value& value) override {
    auto* blob = std::get_if<Bytes>(&value);
    auto* text = std::get_if<std::string>(&value);
    if (blob) bind_blob(index, {reinterpret_cast<const char*>(blob->data()), blob->size()});
    else if (text) bind_text(index, *text);
    else guarded([&] { bind(statement_, index, value); });
  }
  void run() override {
    while (next()) {}
  }
  bool next() override {
    return guarded([&] { return statement_.executeStep(); });
  }
  void reset() override {
    statement_.tryReset();
    statement_.clearBindings();
  }
  bool is_null(int column) override { return statement_.getColumn(column).isNull(); }
  std::int64_t integer(int column) override { return statement_.getColumn(column).getInt64(); }
  std::string_view bytes(int column) override {
    auto held = statement_.getColumn(column);
    auto* data = static_cast<const char*>(held.getBlob());
    return {data, static_cast<std::size_t>(held.getBytes())};
  }
  Value value(int column) override { return fetch(statement_, column); }
  Value cell(int column) override { return fetch(statement_, column); }

 private:
  SQLite::Statement statement_;
};

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(const std::string& path, bool create) : db_(path, SQLite::OPEN_READWRITE | (create ? SQLite::OPEN_CREATE : 0), busy_milliseconds) {
    db_.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16000");
  }
  ~SqliteDatabase() override { prepared_.clear(); }

  void exec(const std::string& sql) override {
    guarded([&] { db_.exec(sql); });
  }
  bool has_table(const std::string& name) override {
    return guarded([&] { return db_.tableExists(name); });
  }
  bool has_column(const std::string& table, const std::string& name) override {
    return number("SELECT count(*) FROM pragma_table_info(?) WHERE name=?", table, name) > 0;
  }
  void begin(bool writes) override { run(writes ? "BEGIN IMMEDIATE" : "BEGIN"); }
  void commit() override { run("COMMIT"); }
  void roll_back() noexcept override {
    if (in_transaction()) db_.tryExec("ROLLBACK");  // a full disk has rolled back already
  }
  bool in_transaction() override { return sqlite3_get_autocommit(db_.getHandle()) == 0; }
  void settle() override {}
  void lock_space(SpaceId) override {}
  void lock_accounts() override {}
  bool has_many_writers() const override { return false; }
  void copy_to(const std::string& path) override {
    guarded([&] { db_.backup(path.c_str(), SQLite::Database::Save); });
  }

 private:
  std::unique_ptr<Statement> prepare(const std::string& sql) override {
    return guarded([&] { return std::make_unique<SqliteStatement>(db_, without_locks(sql)); });
  }

  SQLite::Database db_;
};

}  // namespace

std::unique_ptr<Database> open_sqlite(const std::string& path, bool create) {
  return guarded([&]() -> std::unique_ptr<Database> { return std::make_unique<SqliteDatabase>(path, create); });
}

}  // namespace carnet
