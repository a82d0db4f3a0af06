// The store's database in PostgreSQL, by libpq in pipeline mode: what only writes is sent without waiting for its outcome, and so are questions
// that are asked before their answers are needed; the next answer, part of a transaction or commit brings them all. A connection that was
// lost is made anew at the next transaction.
#include <libpq-fe.h>

#include <algorithm>
#include <cstring>
#include <unordered_map>
#include <vector>

#include "core/pack.hpp"
#include "server/database.hpp"

namespace carnet {

namespace {

// SQL type numbers of PostgreSQL (pg_type.dat).
constexpr Oid of_bytea = 17, of_bigint = 20, of_smallint = 21, of_integer = 23, of_text = 25, of_boolean = 16, of_what_fits = 0;
constexpr std::size_t most_pending = 64;  // outcomes that may wait to be read: fewer bytes than a socket's buffer holds, else both sides would wait
// Everything is looked up by keys: one plan for all values, made once, costs less than the statements themselves would to plan each time.
constexpr auto settings = "SET lock_timeout='10s'; SET idle_in_transaction_session_timeout='60s'; SET client_min_messages=warning; SET plan_cache_mode=force_generic_plan; SET jit=off";

using Outcome = std::unique_ptr<PGresult, decltype(&PQclear)>;

StoreFault::Kind kind_of(const PGresult* result) {
  auto* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);  // five characters, its class the first two
  std::string_view code = state ? state : "";
  if (code == "53100") return StoreFault::Kind::full;
  bool of_job = code.starts_with("22") || code.starts_with("23") || code.starts_with("42");
  return of_job ? StoreFault::Kind::of_job : StoreFault::Kind::broken;
}

std::string words_of(const char* message) {
  std::string words = message;
  while (!words.empty() && (words.back() == '\n' || words.back() == ' ')) words.pop_back();
  return words;
}

// `?` and `?1` as `$1`.
std::string with_dollars(const std::string& sql) {
  std::string out;
  int next = 0;
  for (std::size_t k = 0; k < sql.size(); ++k) {
    if (sql[k] != '?') { out += sql[k]; continue; }
    out += '$';
    if (k + 1 == sql.size() || !std::isdigit(static_cast<unsigned char>(sql[k + 1]))) out += std::to_string(++next);
  }
  return out;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
  return text;
}

std::string big_endian(std::int64_t number) {
  std::string bytes(8, '\0');
  for (int k = 7; k >= 0; --k, number >>= 8) bytes[static_cast<std::size_t>(k)] = static_cast<char>(number & 0xff);
  return bytes;
}

class PostgresStatement;

class Postgres final : public Database {
 public:
  explicit Postgres(const std::string& url) : connection_(PQconnectdb(url.c_str()), &PQfinish) {
    if (PQstatus(handle()) != CONNECTION_OK) throw StoreFault(StoreFault::Kind::broken, words_of(PQerrorMessage(handle())));
    set_up();
  }
  ~Postgres() override { prepared_.clear(); }

  PGconn* handle() const { return connection_.get(); }

  void exec(const std::string& sql) override {
    settle();
    PQexitPipelineMode(handle());
    auto words = replaced(replaced(replaced(sql, " WITHOUT ROWID", ""), "INTEGER", "BIGINT"), "BLOB", "BYTEA");
    Outcome outcome(PQexec(handle(), words.c_str()), &PQclear);
    PQenterPipelineMode(handle());
    if (PQresultStatus(outcome.get()) != PGRES_COMMAND_OK && PQresultStatus(outcome.get()) != PGRES_TUPLES_OK) fail(outcome.get());
  }
  bool has_table(const std::string& name) override { return number("SELECT count(*) FROM pg_tables WHERE schemaname=current_schema() AND tablename=?", name) > 0; }
  bool has_column(const std::string& table, const std::string& name) override {
    return number("SELECT count(*) FROM information_schema.columns WHERE table_schema=current_schema() AND table_name=? AND column_name=?", table, name) > 0;
  }
  void begin(bool writes) override {
    if (PQstatus(handle()) != CONNECTION_OK) connect_again();
    if (std::exchange(had_fault_, false)) {  // what was being prepared meanwhile may not be
      run("DEALLOCATE ALL");
      names_.clear();
    }
    in_transaction_ = true;
    run(writes ? "BEGIN" : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  }
  void commit() override {
    run("COMMIT");
    settle();
    in_transaction_ = false;
  }
  void roll_back() noexcept override {
    try {
      if (in_transaction_ && PQstatus(handle()) == CONNECTION_OK) {
        take_outcomes();
        run("ROLLBACK");
        settle();
      }
    } catch (const std::exception&) {  // the server does it when the connection ends
      PQreset(handle());
      set_up();
    }
    in_transaction_ = false;
  }
  bool in_transaction() override { return in_transaction_; }
  void settle() override {
    if (pending_.empty()) return;
    if (auto fault = take_outcomes()) fail(fault.get());
  }
  void lock_space(SpaceId space) override { number("SELECT 1 FROM space WHERE space=? FOR UPDATE", space); }
  void lock_accounts() override { number("SELECT 1 FROM store FOR UPDATE"); }
  bool has_many_writers() const override { return true; }
  void copy_to(const std::string&) override {
    throw std::runtime_error("a store in PostgreSQL is copied by its own tools (pg_dump, pg_basebackup), or by `carnet-relay migrate` into a file");
  }

  // Statements to their connection. `rows`: where an answer goes, if it is one.
  void sent(int accepted, Outcome* rows = nullptr) {
    if (accepted != 1) throw StoreFault(StoreFault::Kind::broken, words_of(PQerrorMessage(handle())));
    pending_.push_back(rows);
    if (pending_.size() >= most_pending || !in_transaction_) settle();
  }
  void forget(const Outcome* rows) { std::replace(pending_.begin(), pending_.end(), const_cast<Outcome*>(rows), static_cast<Outcome*>(nullptr)); }
  // What the statement is prepared as; empty where it is not yet.
  std::string& name_of(const std::string& sql) { return names_[sql]; }
  std::string new_name() { return "s" + std::to_string(++named_); }

 private:
  std::unique_ptr<Statement> prepare(const std::string& sql) override;

  void set_up() {
    pending_.clear();
    names_.clear();
    PQsetErrorVerbosity(handle(), PQERRORS_TERSE);  // without the values of rows, which stand in no log
    PQsetNoticeProcessor(handle(), [](void*, const char*) {}, nullptr);
    Outcome outcome(PQexec(handle(), settings), &PQclear);
    PQenterPipelineMode(handle());
  }

  void connect_again() {
    PQreset(handle());
    if (PQstatus(handle()) != CONNECTION_OK) throw StoreFault(StoreFault::Kind::broken, words_of(PQerrorMessage(handle())));
    set_up();
  }

  // All that was sent is done when this returns: the first fault, if there was one.
  Outcome take_outcomes() {
    Outcome fault(nullptr, &PQclear);
    if (pending_.empty()) return fault;
    if (PQpipelineSync(handle()) != 1) throw StoreFault(StoreFault::Kind::broken, words_of(PQerrorMessage(handle())));
    auto asked = std::exchange(pending_, {});
    for (std::size_t next = 0;;) {
      Outcome outcome(PQgetResult(handle()), &PQclear);
      if (!outcome) {  // between two statements, or the connection has ended
        if (PQstatus(handle()) != CONNECTION_OK) throw StoreFault(StoreFault::Kind::broken, words_of(PQerrorMessage(handle())));
        continue;
      }
      auto status = PQresultStatus(outcome.get());
      if (status == PGRES_PIPELINE_SYNC) break;
      auto* rows = asked.at(next++);
      if (status == PGRES_FATAL_ERROR && !fault) fault = std::move(outcome);
      else if (rows && status == PGRES_TUPLES_OK) *rows = std::move(outcome);
    }
    return fault;
  }

  [[noreturn]] void fail(const PGresult* result) {
    had_fault_ = true;
    names_.clear();
    throw StoreFault(kind_of(result), words_of(PQresultErrorMessage(result)));
  }

  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
  std::vector<Outcome*> pending_;  // of what was sent, in this order
  std::unordered_map<std::string, std::string> names_;  // of what is prepared in this connection
  int named_ = 0;
  bool in_transaction_ = false, had_fault_ = false;
};

class PostgresStatement final : public Database::Statement {
 public:
  PostgresStatement(Postgres& db, const std::string& sql) : db_(db), sql_(with_dollars(sql)) {}
  ~PostgresStatement() override { db_.forget(&rows_); }

  void bind_integer(int index, std::optional<std::int64_t> value) override { at(index) = {value ? big_endian(*value) : "", value ? of_bigint : of_what_fits, !value}; }
  void bind_text(int index, std::string_view text) override { at(index) = {std::string(text), of_text, false}; }
  void bind_blob(int index, std::string_view bytes) override { at(index) = {std::string(bytes), of_bytea, false}; }
  void bind_value(int index, const Value& value) override {
    Packer packer;
    packer.value(value);
    bind_blob(index, packer.take());
  }
  void run() override { db_.sent(send()); }
  void ask() override {
    row_ = -1;
    asked_ = true;
    db_.sent(send(), &rows_);
  }
  bool next() override {
    if (!asked_) ask();
    if (!rows_) db_.settle();
    return ++row_ < PQntuples(rows_.get());
  }
  void reset() override {
    if (asked_ && !rows_) db_.forget(&rows_);
    asked_ = false;
    rows_.reset();
    parameters_.clear();
  }
  bool is_null(int column) override { return PQgetisnull(rows_.get(), row_, column) == 1; }
  std::int64_t integer(int column) override {
    if (is_null(column)) return 0;
    auto held = bytes(column);
    std::uint64_t number = held.empty() || static_cast<signed char>(held.front()) >= 0 ? 0 : ~std::uint64_t{0};
    for (char byte : held) number = number << 8 | static_cast<unsigned char>(byte);
    if (auto type = PQftype(rows_.get(), column); type != of_bigint && type != of_integer && type != of_smallint && type != of_boolean)
      throw StoreFault(StoreFault::Kind::of_job, "column " + std::to_string(column) + " of " + sql_ + " is no integer");
    return static_cast<std::int64_t>(number);
  }
  std::string_view bytes(int column) override { return {PQgetvalue(rows_.get(), row_, column), static_cast<std::size_t>(PQgetlength(rows_.get(), row_, column))}; }
  Value value(int column) override {
    Reader reader(bytes(column));
    auto value = reader.value();
    if (!reader.done()) throw StoreFault(StoreFault::Kind::broken, "a value of the store's history is damaged");
    return value;
  }
  Value cell(int column) override {
    if (is_null(column)) return {};
    auto type = PQftype(rows_.get(), column);
    auto held = bytes(column);
    if (type == of_text) return std::string(held);
    if (type != of_bytea) return integer(column);
    auto* first = reinterpret_cast<const std::byte*>(held.data());
    return Bytes(first, first + held.size());
  }

 private:
  struct Parameter {
    std::string bytes;
    Oid type;
    bool is_null;
  };
  Parameter& at(int index) {
    if (parameters_.size() < static_cast<std::size_t>(index)) parameters_.resize(static_cast<std::size_t>(index));
    return parameters_[static_cast<std::size_t>(index) - 1];
  }

  // Prepared with the first use, whose values say of which types its parameters are.
  int send() {
    auto count = static_cast<int>(parameters_.size());
    auto& name = db_.name_of(sql_);
    if (name.empty()) {
      std::vector<Oid> types;
      for (auto& each : parameters_) types.push_back(each.type);
      name = db_.new_name();
      db_.sent(PQsendPrepare(db_.handle(), name.c_str(), sql_.c_str(), count, types.data()));
    }
    std::vector<const char*> values;
    std::vector<int> lengths, formats(parameters_.size(), 1);  // binary
    for (auto& each : parameters_) {
      values.push_back(each.is_null ? nullptr : each.bytes.c_str());
      lengths.push_back(static_cast<int>(each.bytes.size()));
    }
    return PQsendQueryPrepared(db_.handle(), name.c_str(), count, values.data(), lengths.data(), formats.data(), 1);
  }

  Postgres& db_;
  std::string sql_;
  bool asked_ = false;
  std::vector<Parameter> parameters_;
  Outcome rows_{nullptr, &PQclear};
  int row_ = -1;
};

std::unique_ptr<Database::Statement> Postgres::prepare(const std::string& sql) { return std::make_unique<PostgresStatement>(*this, sql); }

}  // namespace

std::unique_ptr<Database> open_postgres(const std::string& url) { return std::make_unique<Postgres>(url); }

}  // namespace carnet
