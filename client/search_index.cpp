#include "client/search_index.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>

#include "core/text_cell.hpp"

namespace carnet {

namespace {

constexpr int busy_milliseconds = 10'000;        // another process holds the file for one step
constexpr std::size_t rows_a_step = 1'000, bytes_a_step = 4'000'000;
constexpr std::int64_t stale_rows = 10'000;      // words that lead nowhere, beyond as many as there are rows
constexpr int most_candidates = 3'000;           // that are ranked: what more rows hold, says little
constexpr double title_weight = 8, newest_bonus = 0.25, bonus_halves_in = 90 * 86'400;

constexpr auto layout = R"sql(
CREATE TABLE held(doc INTEGER PRIMARY KEY AUTOINCREMENT, tbl INTEGER NOT NULL, id INTEGER NOT NULL, space INTEGER NOT NULL, latest INTEGER NOT NULL, mark INTEGER NOT NULL);
CREATE INDEX held_by_key ON held(tbl, id, mark);
CREATE TABLE space(space INTEGER PRIMARY KEY, state TEXT NOT NULL);
CREATE VIRTUAL TABLE words USING fts5(title, body, content='', tokenize='carnet', prefix='1');
)sql";

constexpr std::array<std::string_view, 2> not_looked_for{"device", "holder"};
constexpr std::array<std::string_view, 2> named{"person", "organisation"};
constexpr std::array<std::string_view, 5> title_lines{"name", "title", "theme", "subject", "caption"};

// Between the cells of a row, so that no phrase is found across them: a word of one character that nobody types (private use).
constexpr std::string_view between = "\n\uE000\n";

template <std::size_t n>
bool is_one_of(const std::array<std::string_view, n>& some, std::string_view name) { return std::find(some.begin(), some.end(), name) != some.end(); }

template <class Work>
auto guarded(const Work& work) {
  try {
    return work();
  } catch (const SQLite::Exception& fault) {
    throw IndexFault(fault.what());
  }
}

// Another number for another layout, tokenizer or declaration.
std::int32_t version_of(const Schema& schema) {
  constexpr unsigned char key16[crypto_shorthash_KEYBYTES + 1] = "carnet's search.";
  std::string all = std::string(layout) + SQLite::VERSION + sqlite3_libversion();
  for (auto& table : schema.tables)
    for (auto& column : table.columns) {
      all += fmt::format("{} {}.{} {} {};", table.number, table.name, column.name, static_cast<int>(column.type), column.is_required);
      for (auto& choice : column.choices) all += fmt::format("{} {} {} {};", choice.code, choice.label.fr, choice.label.nl, choice.label.en);
    }
  std::int32_t version[2];
  crypto_shorthash(reinterpret_cast<unsigned char*>(version), reinterpret_cast<const unsigned char*>(all.data()), all.size(), key16);
  return version[0] | 1;
}

std::string text_of_column(const Row& row, const Column& column) {
  auto* cell = row.find(ColumnId{column.number});
  if (!cell) return {};
  auto value = shown_value(*cell);
  auto* text = std::get_if<std::string>(&value);
  return text ? *text : std::string();
}

std::string name_of(Replica& replica, const Row& row, const Column& column) {
  auto* cell = row.find(ColumnId{column.number});
  auto value = cell ? shown_value(*cell) : Value{};
  auto* id = std::get_if<std::int64_t>(&value);
  auto* target = replica.schema().find(column.target);
  auto* title = title_column(*target);
  if (!id || !title) return {};
  auto there = replica.load({}, {TableId{target->number}, RowId{*id}});
  return there.dead() ? std::string() : text_of_column(there, *title);
}

}  // namespace

const Column* title_column(const Table& table) {
  for (auto& column : table.columns)
    if (column.is_required && (column.type == Type::line || column.type == Type::prose)) return &column;
  for (auto& column : table.columns)
    if (column.type == Type::line && is_one_of(title_lines, column.name)) return &column;
  return nullptr;
}

std::vector<Findable> findable(Replica& replica, RowKey key, const Row& row) {
  std::vector<Findable> all;
  auto* table = replica.schema().find(key.table);
  if (!table || row.dead() || is_one_of(not_looked_for, table->name)) return all;
  auto* title = title_column(*table);
  auto add = [&](const Column& column, std::string text) {
    if (!text.empty()) all.push_back({&column, std::move(text), &column == title});
  };
  for (auto& column : table->columns) {
    if (column.type == Type::line || column.type == Type::prose) add(column, text_of_column(row, column));
    if (column.type == Type::reference && is_one_of(named, column.target)) add(column, name_of(replica, row, column));
    if (column.type != Type::code) continue;
    auto code = text_of_column(row, column);
    for (auto& choice : column.choices)
      if (choice.code == code)
        for (auto words : {choice.label.fr, choice.label.nl, choice.label.en}) add(column, std::string(words));
  }
  return all;
}

SearchIndex::SearchIndex(Replica& replica, const std::string& path, Begin begin) : replica_(replica) {
  guarded([&] {
    if (begin == Begin::anew) replace(path);
    else open(path);
    make();
  });
}

// A file that cannot even be emptied, nobody else writes in either.
void SearchIndex::replace(const std::string& path) {
  try {
    open(path);
    empty();
  } catch (const SQLite::Exception& fault) {
    auto code = fault.getErrorCode();
    if (code == SQLITE_BUSY || code == SQLITE_FULL || code == SQLITE_IOERR) throw;
    tokenizer_.reset();
    db_.reset();
    std::error_code ignored;
    for (auto* end : {"", "-wal", "-shm", "-journal"}) std::filesystem::remove(path + end, ignored);
    open(path);
  }
}

void SearchIndex::open(const std::string& path) {
  auto file = path == ":memory:" ? -1 : ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);  // for nobody else's eyes
  if (file >= 0) close(file);
  db_ = std::make_unique<SQLite::Database>(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX, busy_milliseconds);
  tokenizer_ = std::make_unique<Tokenizer>(*db_);
}

void SearchIndex::make() {
  db_->exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL");
  auto version = version_of(replica_.schema());
  auto is_ours = [&] { return db_->execAndGet("PRAGMA user_version").getInt() == version; };
  if (is_ours()) return;
  if (db_->execAndGet("SELECT count(*) FROM sqlite_schema").getInt() != 0) empty();
  SQLite::Transaction transaction(*db_, SQLite::TransactionBehavior::IMMEDIATE);
  if (is_ours()) return;
  db_->exec(layout);
  db_->exec(fmt::format("PRAGMA user_version={}; PRAGMA application_id={}", version, static_cast<std::int32_t>(randombytes_uniform(1u << 30))));
  transaction.commit();
}

// In place, since another process may have it open: https://www.sqlite.org/c3ref/c_dbconfig_defensive.html#sqlitedbconfigresetdatabase
void SearchIndex::empty() {
  pass_.reset();
  sqlite3_db_config(db_->getHandle(), SQLITE_DBCONFIG_RESET_DATABASE, 1, nullptr);
  auto code = sqlite3_exec(db_->getHandle(), "VACUUM; PRAGMA wal_checkpoint(TRUNCATE)", nullptr, nullptr, nullptr);
  sqlite3_db_config(db_->getHandle(), SQLITE_DBCONFIG_RESET_DATABASE, 0, nullptr);
  if (code != SQLITE_OK) throw SQLite::Exception(db_->getHandle(), code);
}

SearchIndex::States SearchIndex::states_of_rows() {
  States states;
  for (auto& space : replica_.spaces()) states[space.id.value] = fmt::format("{} {} {}", space.seq.value, space.digest.sum, space.digest.rows);
  return states;
}

SearchIndex::States SearchIndex::states_of_index() {
  States states;
  SQLite::Statement select(*db_, "SELECT space,state FROM space");
  while (select.executeStep()) states[select.getColumn(0).getInt64()] = select.getColumn(1).getString();
  return states;
}

bool SearchIndex::catch_up() {
  if (!pass_) {
    replica_.collect();
    auto rows = states_of_rows();
    if (guarded([&] { return states_of_index() == rows; })) return false;
    guarded([&] { begin_pass(rows); });
  }
  try {
    return step();
  } catch (...) {  // what was taken is taken back
    pass_.reset();
    throw;
  }
}

void SearchIndex::begin_pass(const States& rows) {
  auto given = db_->execAndGet("SELECT coalesce(max(seq),0) FROM sqlite_sequence").getInt64(), held = db_->execAndGet("SELECT count(*) FROM held").getInt64();
  auto states = states_of_index();
  bool gone = std::any_of(states.begin(), states.end(), [&](auto& each) { return !rows.contains(each.first); });
  if (gone || given > 2 * held + stale_rows) {
    empty();
    make();
  }
  SQLite::Statement note(*db_, "INSERT OR IGNORE INTO space(space,state) VALUES(?,'')");
  for (auto& [space, state] : rows) {
    Use use(note);
    use->bind(1, space);
    use->exec();
  }
  pass_ = {rows, db_->execAndGet("PRAGMA application_id").getInt64(), {}, false};
}

// The file is held first, then the rows are read: what stands in it was never read before what it stands in the place of.
bool SearchIndex::step() {
  auto transaction = guarded([&] { return std::make_unique<SQLite::Transaction>(*db_, SQLite::TransactionBehavior::IMMEDIATE); });
  if (guarded([&] { return db_->execAndGet("PRAGMA application_id").getInt64(); }) != pass_->life) {
    pass_.reset();
    return true;
  }
  bool at_end = false;
  replica_.in_snapshot([&] {
    auto changes = next_changes();
    forget_names(changes);
    std::size_t bytes = 0, taken = 0;
    for (auto& change : changes) {
      if (bytes > bytes_a_step) break;
      bytes += take(change);
      pass_->at = change.key;
      ++taken;
    }
    at_end = changes.size() < rows_a_step && taken == changes.size();
  });
  if (at_end) guarded([&] { end_pass(); });
  guarded([&] { transaction->commit(); });
  if (at_end && !pass_->again) pass_.reset();
  else if (at_end) pass_->at = {}, pass_->again = false;
  return pass_.has_value();
}

// The next rows whose marks are not those that the index has.
std::vector<SearchIndex::Change> SearchIndex::next_changes() {
  std::vector<Change> changes;
  SQLite::Statement select(*db_, "SELECT tbl,id,mark,doc FROM held INDEXED BY held_by_key WHERE (tbl,id)>(?,?) ORDER BY tbl,id");
  struct Held {
    RowKey key;
    std::int64_t mark;
  };
  std::optional<Held> held;
  auto next = [&] {
    held.reset();
    if (guarded([&] { return select.executeStep(); }))
      held = {{TableId{select.getColumn(0).getUInt()}, RowId{select.getColumn(1).getInt64()}}, select.getColumn(2).getInt64()};
  };
  auto doc = [&] { return select.getColumn(3).getInt64(); };
  auto gone_before = [&](std::optional<RowKey> key) {
    for (; held && (!key || held->key < *key) && changes.size() < rows_a_step; next()) changes.push_back({held->key, doc(), {}, 0});
    return changes.size() < rows_a_step;
  };
  select.bind(1, static_cast<std::int64_t>(pass_->at.table.value));
  select.bind(2, pass_->at.id.value);
  next();
  replica_.marks_above(pass_->at, [&](RowKey key, std::int64_t mark) {
    if (!gone_before(key)) return false;
    bool known = held && held->key == key;
    if (!known || held->mark != mark) changes.push_back({key, known ? doc() : 0, replica_.space_of(key), mark});
    if (known) next();
    return changes.size() < rows_a_step;
  });
  gone_before(std::nullopt);
  return changes;
}

// Rows that name a person or organisation bear the name in the index.
void SearchIndex::forget_names(const std::vector<Change>& changes) {
  std::map<std::string_view, std::string> ids;  // by table, as a JSON list
  for (auto& change : changes) {
    auto* table = replica_.schema().find(change.key.table);
    if (!table || !is_one_of(named, table->name)) continue;
    auto& list = ids[table->name];
    list += (list.empty() ? "[" : ",") + std::to_string(change.key.id.value);
  }
  if (ids.empty()) return;
  SQLite::Statement forget(*db_, "UPDATE held SET mark=0 WHERE tbl=? AND id=?");
  for (auto& table : replica_.schema().tables)
    for (auto& column : table.columns) {
      if (column.type != Type::reference || !ids.contains(column.target)) continue;
      SQLite::Statement naming(replica_.database(), fmt::format("SELECT id FROM {} WHERE \"{}\" IN (SELECT value FROM json_each(?))", table.name, column.name));
      naming.bind(1, ids[column.target] + "]");
      while (naming.executeStep())
        guarded([&] {
          Use use(forget);
          use->bind(1, static_cast<std::int64_t>(table.number));
          use->bind(2, naming.getColumn(0).getInt64());
          pass_->again |= use->exec() > 0;
        });
    }
}

std::size_t SearchIndex::take(const Change& change) {
  if (change.doc) guarded([&] { db_->exec("DELETE FROM held WHERE doc=" + std::to_string(change.doc)); });
  if (!change.space) return 0;
  auto row = replica_.load(*change.space, change.key);
  std::string title, body;
  for (auto& each : findable(replica_, change.key, row)) (each.is_title ? title : body).append(each.text).append(between);
  guarded([&] {
    db_->exec(fmt::format("INSERT INTO held(tbl,id,space,latest,mark) VALUES({},{},{},{},{})", change.key.table.value, change.key.id.value, change.space->value,
                          Stamp{row.latest(), {}}.unix_seconds(), change.mark));
    if (title.empty() && body.empty()) return;
    SQLite::Statement insert(*db_, "INSERT INTO words(rowid,title,body) VALUES(last_insert_rowid(),?,?)");
    insert.bindNoCopy(1, title);
    insert.bindNoCopy(2, body);
    insert.exec();
  });
  return title.size() + body.size();
}

void SearchIndex::end_pass() {
  SQLite::Statement note(*db_, "UPDATE space SET state=? WHERE space=?");
  for (auto& [space, state] : pass_->goal) {
    Use use(note);
    use->bind(1, pass_->again ? std::string() : state);
    use->bind(2, space);
    use->exec();
  }
}

// The newest of those that hold these words; true where that was all of them.
bool SearchIndex::add_candidates(const std::string& words, std::optional<SpaceId> space, std::map<RowKey, Candidate>& to) {
  SQLite::Statement select(*db_, fmt::format("SELECT tbl,id,latest,bm25(words,{},1.0) FROM words JOIN held ON doc=words.rowid WHERE words MATCH ?1 AND (?2 IS NULL OR space=?2) "
                                             "ORDER BY words.rowid DESC LIMIT {}", title_weight, most_candidates));
  select.bind(1, words);
  if (space) select.bind(2, static_cast<std::int64_t>(space->value));
  int count = 0;
  for (; select.executeStep(); ++count) {
    RowKey key{TableId{select.getColumn(0).getUInt()}, RowId{select.getColumn(1).getInt64()}};
    to[key] = {key, -select.getColumn(3).getDouble(), select.getColumn(2).getInt64()};
  }
  return count < most_candidates;
}

SearchIndex::Candidates SearchIndex::find(const std::vector<Term>& terms, std::optional<SpaceId> space) {
  Candidates found;
  if (terms.empty()) return found;
  std::map<RowKey, Candidate> all;
  auto words = in_fts(terms);
  guarded([&] {
    found.all = add_candidates(words, space, all);
    if (!found.all) add_candidates("title:(" + words + ")", space, all);
  });
  std::int64_t newest = 0;
  for (auto& [key, each] : all) newest = std::max(newest, each.latest);
  for (auto& [key, each] : all) {
    each.rank *= 1 + newest_bonus * std::exp2(-static_cast<double>(newest - each.latest) / bonus_halves_in);
    found.best.push_back(each);
  }
  std::stable_sort(found.best.begin(), found.best.end(), [](auto& a, auto& b) { return std::pair(a.rank, a.latest) > std::pair(b.rank, b.latest); });
  return found;
}

}  // namespace carnet
