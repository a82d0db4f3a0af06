// What may still move: each limit at its value and one above, in bytes and francs, over clocks that jump.
#include <catch2/catch.hpp>

#include <deque>
#include <random>

#include "sync/budget.hpp"

using namespace carnet;
using Amount = Budget::Amount;
using Limit = Budget::Limit;
using Limits = Budget::Limits;
using Link = Budget::Link;

namespace {

constexpr std::int64_t hour = 3'600, day = 24 * hour;
constexpr std::int64_t midnight = 1'741'561'200;  // 2025-03-10 00:00 in Benin, utc + 60 minutes
constexpr std::int64_t first_day = 20'157;
constexpr unsigned seed = 20250310;

Limits limits(Amount by_day, Amount by_night = {}, Amount by_month = {}) { return {by_day, by_night, by_month, {}, 1'000, 0}; }

// A device that moves as many bytes as it may.
struct Spender {
  explicit Spender(const Limits& given) : limits(given), budget(given, {}) {}

  void at(std::int64_t utc) {  // time passes, for both clocks
    now.monotonic += utc - now.utc;
    now.utc = utc;
  }
  void restart() {
    ++now.boot;
    now.monotonic = 0;
  }
  void kill_agent() { budget = Budget(limits, Budget::State(budget.state())); }
  Budget::Allowance may(int opening = 0) { return budget.allowance(now, Link::metered, opening); }
  Budget::Change spend(std::int64_t bytes) { return budget.count(now, Link::metered, {bytes, 0, 0}); }

  Limits limits;
  Budget budget;
  Moment now{midnight + 12 * hour, 60, 50'000, 1};
};

}  // namespace

TEST_CASE("settings are taken at their limits and refused one beyond") {
  CHECK(Budget::check(limits({Budget::max_bytes, Budget::max_francs}, {0, 0})));
  CHECK_FALSE(Budget::check(limits({Budget::max_bytes + 1, {}})));
  CHECK_FALSE(Budget::check(limits({}, {-1, {}})));
  CHECK_FALSE(Budget::check(limits({}, {}, {{}, Budget::max_francs + 1})));
  CHECK_FALSE(Budget::check(limits({}, {}, {{}, -1})));
  CHECK(Budget::check({{}, {}, {}, {}, Budget::max_price, Budget::max_connection_bytes}));
  CHECK_FALSE(Budget::check({{}, {}, {}, {}, Budget::max_price + 1, 0}));
  CHECK_FALSE(Budget::check({{}, {}, {}, {}, 0, Budget::max_connection_bytes + 1}));
  CHECK_FALSE(Budget::check({{}, {}, {}, {0, 1'440}, 0, 0}));
}

TEST_CASE("a day's budget is used to its last byte, holds until local midnight, and then opens afresh") {
  Spender spender(limits({1'000, {}}));
  spender.spend(999);
  CHECK(spender.may().bytes == 1);
  spender.spend(1);
  auto spent = spender.may();
  CHECK(spent.bytes == 0);
  CHECK(spent.limit == Limit::day);
  CHECK(spent.of == 1'000);
  CHECK(spent.until == midnight + day);
  spender.at(midnight + day - 1);
  CHECK(spender.may().bytes == 0);
  spender.at(midnight + day);
  CHECK(spender.may().bytes == 1'000);
}

TEST_CASE("a night's budget holds in the window only, and until the next one opens") {
  Spender spender(limits({}, {2'000'000, {}}));
  spender.at(midnight + day - 1);
  CHECK(spender.may().limit == Limit::none);
  spender.spend(5'000'000);
  spender.at(midnight + day);
  CHECK(spender.may().bytes == 2'000'000);
  spender.spend(2'000'001);
  CHECK(spender.may().bytes == 0);
  CHECK(spender.may().limit == Limit::night);
  CHECK(spender.may().until == midnight + 2 * day);
  spender.at(midnight + day + 5 * hour - 1);
  CHECK(spender.may().bytes == 0);
  spender.at(midnight + day + 5 * hour);
  CHECK(spender.may().limit == Limit::none);
  spender.at(midnight + 2 * day);
  CHECK(spender.may().bytes == 2'000'000);
}

TEST_CASE("a night across midnight is one night, and its bytes belong to two days") {
  auto late = limits({1'000, {}}, {600, {}});
  late.window = {22 * 60, 5 * 60};
  Spender spender(late);
  spender.at(midnight + 23 * hour);
  spender.spend(400);
  spender.at(midnight + day);
  CHECK(spender.may().bytes == 200);
  auto change = spender.spend(150);
  REQUIRE(change.rows.size() == 2);
  CHECK(change.rows[0].day == first_day + 1);
  CHECK(change.rows[0].up == 150);
  CHECK(change.rows[1].day == first_day);
  CHECK(change.rows[1].night == 550);
  spender.at(midnight + day + 22 * hour);
  CHECK(spender.may().bytes == 600);
}

TEST_CASE("a month's budget is the calendar month's, over days and nights, and February has 28 days") {
  Spender spender(limits({}, {}, {1'000, {}}));
  spender.at(1'769'900'400 - 1);  // 2026-01-31 23:59:59
  spender.spend(1'000);
  CHECK(spender.may().bytes == 0);
  CHECK(spender.may().until == 1'769'900'400);
  spender.at(1'769'900'400);
  CHECK(spender.may().bytes == 1'000);
  spender.spend(300);
  spender.at(spender.now.utc + 27 * day);
  spender.spend(700);
  CHECK(spender.may().bytes == 0);
  CHECK(spender.may().until == 1'769'900'400 + 28 * day);
  spender.at(1'769'900'400 + 28 * day);
  CHECK(spender.may().bytes == 1'000);
}

TEST_CASE("the smallest of all limits binds, and of those used up the one that holds longest") {
  Spender spender(limits({1'000, {}}, {500, {}}, {1'200, {}}));
  spender.at(midnight + day);
  CHECK(spender.may().limit == Limit::night);
  spender.spend(500);
  spender.at(midnight + day + 6 * hour);
  CHECK(spender.may().bytes == 500);
  CHECK(spender.may().limit == Limit::day);
  spender.spend(700);
  CHECK(spender.may().limit == Limit::month);
  CHECK(spender.may().until == midnight + 22 * day);
}

TEST_CASE("francs bind like the bytes that they buy, rounded down, and not where nothing costs") {
  auto paid = limits({2'000'000, 1});
  paid.price = 600;  // 0.6 F a MB
  CHECK(Spender(paid).may().bytes == 1'666'666);
  paid.price = 400;
  CHECK(Spender(paid).may().bytes == 2'000'000);
  paid.day.bytes.reset();
  CHECK(Spender(paid).may().bytes == 2'500'000);
  paid.price = 0;
  CHECK(Spender(paid).may().limit == Limit::none);
  paid.price = 1;
  paid.day.francs = Budget::max_francs;
  CHECK(Spender(paid).may().bytes == Budget::max_bytes);
}

TEST_CASE("free links are counted and never limited") {
  Spender spender(limits({0, {}}, {0, {}}, {0, {}}));
  CHECK(spender.may().bytes == 0);
  CHECK(spender.budget.allowance(spender.now, Link::free).bytes == Budget::max_bytes);
  spender.budget.count(spender.now, Link::free, {10, 20, 1});
  CHECK(spender.budget.log(Link::free).at(0).bytes() == 30);
  CHECK(spender.budget.log(Link::metered).empty());
}

TEST_CASE("each connection costs its overhead, and none is opened that what is left does not pay for") {
  auto metered = limits({10'000, {}});
  metered.connection_bytes = 6'000;
  Spender spender(metered);
  CHECK(spender.may(1).bytes == 4'000);
  spender.budget.count(spender.now, Link::metered, {100, 200, 1});
  CHECK(spender.may().bytes == 3'700);
  CHECK(spender.may(1).bytes == 0);
  CHECK(spender.may(1).until == midnight + day);
  auto row = spender.budget.log(Link::metered).at(0);
  CHECK(row.up == 100);
  CHECK(row.down == 200);
  CHECK(row.overhead == 6'000);
  CHECK(row.connections == 1);
}

TEST_CASE("a clock set back does not give a day twice, nor one set ahead and back lose what was counted") {
  Spender spender(limits({1'000, {}}));
  spender.spend(600);
  spender.now.utc += 3'650 * day;
  CHECK(spender.may().bytes == 400);
  spender.spend(100);
  spender.now.utc -= 3'650 * day;
  CHECK(spender.may().bytes == 300);
  spender.now.utc -= day;
  CHECK(spender.may().bytes == 300);
  spender.spend(300);
  CHECK(spender.may().bytes == 0);
  spender.now.utc += day;
  CHECK(spender.may().bytes == 0);
  spender.at(midnight + day);
  CHECK(spender.may().bytes == 1'000);
}

TEST_CASE("a clock that jumped holds a used-up day for 25 hours of true time, and says until when") {
  Spender spender(limits({1'000, {}}));
  spender.spend(1'000);
  spender.now.utc += 3'650 * day;
  CHECK(spender.may().until == spender.now.utc + 25 * hour);
  spender.at(spender.now.utc + 25 * hour - 1);
  CHECK(spender.may().bytes == 0);
  spender.at(spender.now.utc + 1);
  CHECK(spender.may().bytes == 1'000);
}

TEST_CASE("a clock set back to a used-up day finds it open again when 25 hours of true time have passed, and says so") {
  Spender spender(limits({1'000, {}}));
  spender.spend(1'000);
  spender.at(midnight + 36 * hour);
  spender.spend(1);
  spender.at(midnight + 56 * hour);
  spender.now.utc = midnight + 8 * hour;
  CHECK(spender.may().bytes == 0);
  CHECK(spender.may().until == spender.now.utc + 5 * hour);
  spender.at(spender.now.utc + 5 * hour);
  CHECK(spender.may().bytes == 1'000);
}

TEST_CASE("a clock that stands still, or is set back each day, has its budget again after 25 hours, also after a restart") {
  Spender spender(limits({1'000, {}}));
  for (int restarts = 0; restarts < 2; ++restarts) {
    spender.spend(1'000);
    for (int days = 0; days < 5; ++days) {
      CHECK(spender.may().bytes == 0);
      spender.now.monotonic += 25 * hour - 1;
      CHECK(spender.may().bytes == 0);
      spender.now.monotonic += 1;
      CHECK(spender.may().bytes == 1'000);
      spender.spend(999);
      CHECK(spender.may().bytes == 1);
      spender.spend(1);
    }
    spender.restart();
  }
  CHECK(spender.may().bytes == 0);
  spender.now.monotonic = 25 * hour;
  CHECK(spender.may().bytes == 1'000);
}

TEST_CASE("an hour of summer time or of setting right is no jump, a second more is") {
  for (std::int64_t extra : {0, 1}) {
    Spender spender(limits({1'000, {}}));
    spender.spend(1'000);
    spender.at(midnight + day - 1);
    spender.now.utc += hour + extra;
    CHECK(spender.may().bytes == (extra ? 0 : 1'000));
  }
}

TEST_CASE("across a restart of the machine the wall clock is believed, and days that were counted stay so") {
  Spender spender(limits({1'000, {}}));
  spender.spend(1'000);
  spender.restart();
  CHECK(spender.may().bytes == 0);
  spender.now.utc = 0;  // a clock without battery
  spender.spend(1'000);
  CHECK(spender.may().bytes == 0);
  spender.now.utc = midnight + 20 * hour;
  CHECK(spender.may().bytes == 0);
  spender.restart();
  spender.now.utc = 0;
  CHECK(spender.may().bytes == 0);
  spender.now.utc = midnight + 12 * hour;
  CHECK(spender.may().bytes == 0);
  spender.restart();
  spender.now.utc = midnight + day;
  CHECK(spender.may().bytes == 1'000);
}

TEST_CASE("the ledger keeps 400 days of each kind of link and tells which to delete; days ahead of the clock are kept") {
  Spender spender(limits({}));
  spender.now.utc = midnight + 5'000 * day;
  spender.spend(1);
  spender.now.utc = midnight;
  for (std::size_t k = 0; k < Budget::max_days - 1; ++k, spender.at(spender.now.utc + day)) CHECK(spender.spend(1).dropped.empty());
  CHECK(spender.budget.log(Link::metered).size() == Budget::max_days);
  CHECK(spender.spend(1).dropped == std::vector<std::int64_t>{first_day});
  CHECK(spender.budget.log(Link::metered).back().day == first_day + 5'000);
  spender.restart();
  spender.now.utc = 0;
  CHECK(spender.spend(1).dropped == std::vector<std::int64_t>{first_day + 1});
  CHECK(spender.budget.log(Link::metered).front().day == 0);
  spender.budget.count(spender.now, Link::free, {1, 1, 1});
  CHECK(spender.budget.log(Link::free).size() == 1);
}

TEST_CASE("what was kept comes back; rows that cannot be are mended or left out, and no count wraps") {
  Spender spender(limits({1'000, {}}, {}, {5'000, {}}));
  spender.spend(600);
  spender.kill_agent();
  CHECK(spender.may().bytes == 400);

  Budget::Row today{first_day, Link::metered, 100, -5, 0, 0, 0}, odd{first_day, static_cast<Link>(7), 100, 0, 0, 0, 0}, far{INT64_MAX, Link::metered, 1, 0, 0, 0, 0};
  Budget mended(limits({1'000, {}}), {{today, today, odd, far}, {}});
  CHECK(mended.allowance(spender.now, Link::metered).bytes == 800);
  CHECK(mended.log(Link::metered).size() == 1);
  for (int k = 0; k < 3; ++k) mended.count(spender.now, Link::metered, {Budget::max_bytes, Budget::max_bytes, 1});
  CHECK(mended.log(Link::metered).at(0).bytes() == Budget::max_bytes);
  CHECK(mended.allowance(spender.now, Link::metered).bytes == 0);
}

TEST_CASE("cost is rounded up to hundredths of a franc, from ten francs on to whole ones") {
  CHECK(cost(0, 600) == 0);
  CHECK(cost(1, 600) == 1);
  CHECK(cost(1'000'000, 600) == 60);
  CHECK(cost(1'000'001, 600) == 61);
  CHECK(cost(10'000'000, 1'000) == 1'000);
  CHECK(cost(10'000'001, 1'000) == 1'100);
  CHECK(cost(5'000'000, 3'100) == 1'600);
  CHECK(cost(123, 0) == 0);
  CHECK(cost(Budget::max_bytes, Budget::max_price) == 90'071'992'547'409'920 / 100 * 100 + 100);
}

TEST_CASE("nights needed: what waits over what a night lets through, overhead and month included") {
  auto nightly = limits({}, {2'000'000, {}});
  Spender spender(nightly);
  auto needed = [&](const Limits& given, std::int64_t waiting) { return Budget(given, spender.budget.state()).nights_needed(spender.now, waiting); };
  CHECK(needed(nightly, 0) == 0);
  CHECK(needed(nightly, 2'000'000) == 1);
  CHECK(needed(nightly, 2'000'001) == 2);
  CHECK(needed(limits({}), Budget::max_bytes) == 1);
  CHECK_FALSE(needed(limits({}, {0, {}}), 1));
  CHECK(needed(nightly, 800'000'000) == 400);
  CHECK_FALSE(needed(nightly, 800'000'001));
  nightly.connection_bytes = 1'000'000;
  CHECK(needed(nightly, 2'000'000) == 2);
  nightly.connection_bytes = 0;
  nightly.month.bytes = 3'000'000;  // two nights in March; the next is 21 nights on, on 1 April
  CHECK(needed(nightly, 3'000'000) == 2);
  CHECK(needed(nightly, 3'000'001) == 22);

  spender.at(midnight + day + hour);
  spender.spend(1'500'000);
  nightly.month.bytes.reset();
  CHECK(needed(nightly, 500'000) == 1);
  CHECK(needed(nightly, 500'001) == 2);
}

TEST_CASE("over random clock jumps: never more than three days' budgets in 23 hours, one a day without jumps, never blocked for over 25 hours") {
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  auto below = [&](std::int64_t n) { return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n)); };
  for (int run = 0; run < 40; ++run) {
    bool jumps = run % 4 != 0, small = run % 4 == 1;
    Spender spender(limits({1'000, {}}));
    std::deque<std::pair<std::int64_t, std::int64_t>> recent;  // when, in true time, and how many bytes
    std::int64_t in_window = 0, most = 0, total = 0, blocked_since = -1, longest = 0;
    auto jump_every = hour * (1 + below(30));
    auto start = spender.now.monotonic, next_jump = start;
    while (spender.now.monotonic < start + 60 * day) {
      spender.at(spender.now.utc + 1 + below(1'200));
      if (jumps && spender.now.monotonic >= next_jump) {
        auto far = small ? 0 : below(2) * (below(20 * 365 * day) - 10 * 365 * day);
        spender.now.utc = std::clamp<std::int64_t>(spender.now.utc + far + below(2 * day) - day, 0, 0xffffffff);
        next_jump = spender.now.monotonic + below(2 * jump_every);
      }
      if (below(50) == 0) spender.kill_agent();
      auto allowed = spender.may().bytes;
      if (allowed == 0) {
        if (blocked_since < 0) blocked_since = spender.now.monotonic;
        longest = std::max(longest, spender.now.monotonic - blocked_since);
        continue;
      }
      blocked_since = -1;
      auto bytes = std::min(allowed, 1 + below(1'000));
      spender.spend(bytes);
      recent.emplace_back(spender.now.monotonic, bytes);
      in_window += bytes;
      total += bytes;
      while (recent.front().first <= spender.now.monotonic - 23 * hour) in_window -= recent.front().second, recent.pop_front();
      most = std::max(most, in_window);
    }
    CAPTURE(run, jump_every, most, total, longest);
    CHECK(most <= (jumps ? 3'000 : 2'000));
    CHECK(total <= (jumps ? 2 * 60'000 : 61'000));
    CHECK(longest <= 25 * hour + 1'200);
  }
}
