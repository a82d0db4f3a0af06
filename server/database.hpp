// A connection to the database in which a relay's store lies: one SQLite file, or PostgreSQL. Statements are written once, in what both
// understand: numbers are BIGINT in PostgreSQL, blobs BYTEA, parameters `?` or `?1`; SQLite leaves FOR UPDATE and SKIP LOCKED out. One thread an object.
#pragma once
#include <concepts>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/ids.hpp"
#include "core/value.hpp"

namespace carnet {

struct StoreFault : std::runtime_error {
  enum class Kind {
    of_job,  // what was asked for breaks a rule of a table: it alone is undone
    full,    // the disk has no room
    broken,  // the disk, the file or the connection fails, or somebody else held on to it too long
  };
  StoreFault(Kind what, const std::string& text) : std::runtime_error(text), kind(what) {}
  Kind kind;
};

struct Blob {
  std::string_view bytes;
};

class Database {
 public:
  virtual ~Database() = default;

  // Prepared on this connection. Parameters count from 1, columns from 0.
  class Statement {
   public:
    virtual ~Statement() = default;
    virtual void bind_integer(int index, std::optional<std::int64_t> value) = 0;
    virtual void bind_text(int index, std::string_view text) = 0;
    virtual void bind_blob(int index, std::string_view bytes) = 0;
    virtual void bind_value(int index, const Value& value) = 0;  // of a column that holds any: PostgreSQL has it as MessagePack
    virtual void run() = 0;   // to its end; of a store behind a connection the outcome may be told by a later call
    virtual void ask() {}     // of a store behind a connection: sends the question already, whose answer next() awaits, with those of others
    virtual bool next() = 0;  // the next row
    virtual void reset() = 0;
    virtual bool is_null(int column) = 0;
    virtual std::int64_t integer(int column) = 0;
    virtual std::string_view bytes(int column) = 0;  // of a text or blob, until the next row
    virtual Value value(int column) = 0;  // what bind_value put there
    virtual Value cell(int column) = 0;   // of a column of one type
  };

  virtual void exec(const std::string& sql) = 0;  // statements without parameters, as of SQLite
  virtual bool has_table(const std::string& name) = 0;
  virtual bool has_column(const std::string& table, const std::string& name) = 0;

  virtual void begin(bool writes) = 0;  // what only reads sees one state of all
  virtual void commit() = 0;
  virtual void roll_back() noexcept = 0;
  virtual bool in_transaction() = 0;
  virtual void settle() = 0;  // throws what earlier calls of run() came to

  // Rows of a space are written by one transaction at a time, and so are the accounts. SQLite has one that writes.
  virtual void lock_space(SpaceId space) = 0;
  virtual void lock_accounts() = 0;
  virtual bool has_many_writers() const = 0;
  virtual void copy_to(const std::string& path) = 0;  // all of it, while others write; an SQLite file

  // These words, with these numbers, will be asked in this transaction, and nothing that they ask for is changed before: behind a connection all
  // that is foreseen is asked at once, and answered with what is asked next.
  template <class... Numbers>
  void foresee(const char* sql, const Numbers&... numbers);
  void forget_foreseen() { foreseen_.clear(); }
  template <class... Values>
  void run(const char* sql, const Values&... values);
  // The first column of the first row; 0 or empty where there is none.
  template <class... Values>
  std::int64_t number(const char* sql, const Values&... values);
  template <class... Values>
  std::string text(const char* sql, const Values&... values);

 protected:
  friend class Query;
  virtual std::unique_ptr<Statement> prepare(const std::string& sql) = 0;
  std::unordered_map<std::string, std::unique_ptr<Statement>> prepared_;  // those that nobody uses just now

 private:
  struct Foreseen {
    std::string sql;
    std::vector<std::int64_t> numbers;
    std::unique_ptr<Statement> statement;
  };
  std::unique_ptr<Statement> take_foreseen(const std::string& sql, const std::vector<std::int64_t>& numbers) {
    for (auto at = foreseen_.begin(); at != foreseen_.end(); ++at) {
      if (at->sql != sql || at->numbers != numbers) continue;
      auto statement = std::move(at->statement);
      foreseen_.erase(at);
      return statement;
    }
    return nullptr;
  }
  std::deque<Foreseen> foreseen_;
};

// One use of a statement, which is prepared once a connection.
class Query {
 public:
  template <class... Values>
  Query(Database& db, std::string sql, const Values&... values) : db_(db), sql_(std::move(sql)) {
    if constexpr ((is_number<Values> && ...))
      if (!db_.foreseen_.empty() && (asked_ = static_cast<bool>(statement_ = db_.take_foreseen(sql_, {number(values)...})))) return;
    auto held = db_.prepared_.extract(sql_);
    statement_ = held ? std::move(held.mapped()) : db_.prepare(sql_);
    int index = 0;
    (bind(++index, values), ...);
  }
  ~Query() {
    if (!statement_) return;  // it is foreseen
    statement_->reset();
    db_.prepared_.insert_or_assign(std::move(sql_), std::move(statement_));
  }
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  void run() { statement_->run(); }
  void ask() { if (!std::exchange(asked_, true)) statement_->ask(); }
  bool next() { return statement_->next(); }
  bool is_null(int column) { return statement_->is_null(column); }
  std::int64_t integer(int column) { return statement_->integer(column); }  // 0 where null
  std::optional<std::int64_t> maybe(int column) { return is_null(column) ? std::nullopt : std::optional(integer(column)); }
  std::uint32_t small(int column) { return static_cast<std::uint32_t>(integer(column)); }
  std::string text(int column) { return std::string(statement_->bytes(column)); }
  std::string_view blob(int column) { return statement_->bytes(column); }
  Value value(int column) { return statement_->value(column); }
  Value cell(int column) { return statement_->cell(column); }

  // Anew for another row, with parameters that a caller of many kinds has at hand.
  void again() { statement_->reset(); }
  void set_cell(int index, const Value& cell) {
    if (auto* number = std::get_if<std::int64_t>(&cell)) statement_->bind_integer(index, *number);
    else if (auto* text = std::get_if<std::string>(&cell)) statement_->bind_text(index, *text);
    else if (auto* blob = std::get_if<Bytes>(&cell)) statement_->bind_blob(index, {reinterpret_cast<const char*>(blob->data()), blob->size()});
    else statement_->bind_integer(index, {});
  }
  void set_value(int index, const Value& value) { statement_->bind_value(index, value); }

 private:
  friend class Database;
  static std::int64_t number(std::integral auto number) { return static_cast<std::int64_t>(number); }
  template <class Tag, class Under>
  static std::int64_t number(const Number<Tag, Under>& id) { return static_cast<std::int64_t>(id.value); }
  template <class Value>
  static constexpr bool is_number = requires(const Value& value) { number(value); };
  void bind(int index, std::integral auto number) { statement_->bind_integer(index, static_cast<std::int64_t>(number)); }
  template <class Tag, class Under>
  void bind(int index, const Number<Tag, Under>& id) { statement_->bind_integer(index, static_cast<std::int64_t>(id.value)); }
  void bind(int index, std::optional<std::int64_t> number) { statement_->bind_integer(index, number); }
  void bind(int index, const std::string& text) { statement_->bind_text(index, text); }
  void bind(int index, const char* text) { statement_->bind_text(index, text); }
  void bind(int index, Blob blob) { statement_->bind_blob(index, blob.bytes); }
  void bind(int index, const Value& value) { statement_->bind_value(index, value); }

  Database& db_;
  std::string sql_;
  std::unique_ptr<Database::Statement> statement_;
  bool asked_ = false;
};

template <class... Numbers>
void Database::foresee(const char* sql, const Numbers&... numbers) {
  if (!has_many_writers() || !in_transaction()) return;
  Query query(*this, sql, numbers...);
  query.ask();
  foreseen_.push_back({sql, {Query::number(numbers)...}, std::move(query.statement_)});
}

template <class... Values>
void Database::run(const char* sql, const Values&... values) { Query(*this, sql, values...).run(); }

template <class... Values>
std::int64_t Database::number(const char* sql, const Values&... values) {
  Query query(*this, sql, values...);
  return query.next() ? query.integer(0) : 0;
}

template <class... Values>
std::string Database::text(const char* sql, const Values&... values) {
  Query query(*this, sql, values...);
  return query.next() ? query.text(0) : std::string();
}

// A writing transaction or, inside of an open one, a part of it that may fail alone. Undone unless it is committed.
class DatabaseStep {
 public:
  explicit DatabaseStep(Database& db);
  ~DatabaseStep();
  DatabaseStep(const DatabaseStep&) = delete;
  DatabaseStep& operator=(const DatabaseStep&) = delete;
  void commit();

 private:
  Database& db_;
  bool is_part_, done_ = false;
};

// By what the place is called: `postgresql://...` or `postgres://...`, else the path of an SQLite file that is there.
bool is_postgres(std::string_view place);
// What lies beside a store has its name; of one in PostgreSQL that of the default store, in the working directory.
inline std::string files_of(const std::string& place) { return is_postgres(place) ? "relay.db" : place; }
inline std::string media_folder_of(const std::string& store) { return store + ".media"; }  // of a store in SQLite: files, a folder a space
std::unique_ptr<Database> open_database(const std::string& place);
std::unique_ptr<Database> open_new_database(const std::string& place);  // throws where a relay's store is already
std::unique_ptr<Database> open_sqlite(const std::string& path, bool create);
std::unique_ptr<Database> open_postgres(const std::string& url);

}  // namespace carnet
