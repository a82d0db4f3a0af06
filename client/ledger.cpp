#include "client/ledger.hpp"

#include <sstream>

namespace carnet {

namespace {

using Numbers = std::vector<std::int64_t>;

std::string text_of(const Numbers& numbers) {
  std::string text;
  for (auto number : numbers) text += (text.empty() ? "" : " ") + std::to_string(number);
  return text;
}

// As many numbers as were written; none where somebody else wrote there.
Numbers numbers_of(const std::optional<std::string>& text, std::size_t count) {
  std::istringstream from(text.value_or(""));
  Numbers numbers;
  for (std::int64_t number = 0; from >> number;) numbers.push_back(number);
  return from.eof() && numbers.size() == count ? numbers : Numbers{};
}

void put(Numbers& to, const Moment& moment) {
  to.insert(to.end(), {moment.utc, moment.offset_minutes, moment.monotonic, static_cast<std::int64_t>(moment.boot)});
}

Moment moment_at(const Numbers& from, std::size_t at) {
  return {from[at], static_cast<int>(from[at + 1]), from[at + 2], static_cast<std::uint64_t>(from[at + 3])};
}

constexpr std::size_t moment_numbers = 4, schedule_numbers = 6 + 3 * moment_numbers, guard_numbers = 3 + moment_numbers;
constexpr std::size_t guards = 3;

}  // namespace

Ledger::Ledger(Replica& replica) : replica_(replica) {
  replica.database().exec(
      "CREATE TABLE IF NOT EXISTS carnet_traffic(day INTEGER NOT NULL, link INTEGER NOT NULL, up INTEGER NOT NULL, down INTEGER NOT NULL, "
      "overhead INTEGER NOT NULL, connections INTEGER NOT NULL, night INTEGER NOT NULL, PRIMARY KEY(day, link)) WITHOUT ROWID");
}

Schedule::State Ledger::schedule() {
  auto numbers = numbers_of(replica_.setting("schedule"), schedule_numbers);
  if (numbers.empty()) return {};
  return {.attempt = moment_at(numbers, 0), .wait_seconds = numbers[4], .failures = static_cast<int>(numbers[5]),
          .look = moment_at(numbers, 6), .look_night = numbers[10], .refused = numbers[11] != 0, .refused_day = numbers[12],
          .watched = moment_at(numbers, 13), .closed_since = numbers[17]};
}

void Ledger::keep(const Schedule::State& state) {
  Numbers numbers;
  put(numbers, state.attempt);
  numbers.insert(numbers.end(), {state.wait_seconds, state.failures});
  put(numbers, state.look);
  numbers.insert(numbers.end(), {state.look_night, state.refused, state.refused_day});
  put(numbers, state.watched);
  numbers.push_back(state.closed_since);
  replica_.set("schedule", text_of(numbers));
}

Budget::State Ledger::budget() {
  Budget::State state;
  SQLite::Statement rows(replica_.database(), "SELECT day,link,up,down,overhead,connections,night FROM carnet_traffic");
  while (rows.executeStep()) {
    auto number = [&](int column) { return rows.getColumn(column).getInt64(); };
    state.rows.push_back({number(0), static_cast<Budget::Link>(number(1)), number(2), number(3), number(4), number(5), number(6)});
  }
  auto numbers = numbers_of(replica_.setting("budget_guards"), guards * guard_numbers);
  for (std::size_t at = 0; at < numbers.size(); at += guard_numbers)
    state.guards[at / guard_numbers] = {numbers[at], moment_at(numbers, at + 1), numbers[at + 5], numbers[at + 6]};
  return state;
}

void Ledger::keep(Budget::Link link, const Budget::Change& change, const Budget::State& state) {
  auto& db = replica_.database();
  SQLite::Transaction transaction(db, SQLite::TransactionBehavior::IMMEDIATE);
  for (auto& row : change.rows) {
    SQLite::Statement write(db, "INSERT OR REPLACE INTO carnet_traffic(day,link,up,down,overhead,connections,night) VALUES(?,?,?,?,?,?,?)");
    int at = 0;
    for (auto number : {row.day, static_cast<std::int64_t>(row.link), row.up, row.down, row.overhead, row.connections, row.night})
      write.bind(++at, number);
    write.exec();
  }
  for (auto day : change.dropped) {
    SQLite::Statement drop(db, "DELETE FROM carnet_traffic WHERE day=? AND link=?");
    drop.bind(1, day);
    drop.bind(2, static_cast<std::int64_t>(link));
    drop.exec();
  }
  Numbers numbers;
  for (auto& guard : state.guards) {
    numbers.push_back(guard.period);
    put(numbers, guard.began);
    numbers.insert(numbers.end(), {guard.used, guard.before});
  }
  replica_.set("budget_guards", text_of(numbers));
  transaction.commit();
}

std::int64_t Ledger::lacked() {
  auto numbers = numbers_of(replica_.setting("budget_lacked"), 1);
  return numbers.empty() ? 0 : numbers[0];
}

std::int64_t Ledger::least(std::int64_t written) {
  auto numbers = numbers_of(replica_.setting("budget_least"), 2);
  return numbers.empty() || numbers[1] != written ? 0 : numbers[0];
}

void Ledger::keep_least(std::int64_t bytes, std::int64_t written) { replica_.set("budget_least", text_of({bytes, written})); }

void Ledger::keep_lacked(std::int64_t bytes) {
  if (bytes != lacked()) replica_.set("budget_lacked", std::to_string(bytes));
}

}  // namespace carnet
