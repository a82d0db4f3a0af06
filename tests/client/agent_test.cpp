// The agent in virtual time: when it moves bytes and when none, what a kill, a wrong clock, a used-up budget or another process
// do to it.
#include <catch2/catch.hpp>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "client/agent.hpp"
#include "client/sync_lock.hpp"
#include "tests/village.hpp"

using namespace carnet;
using namespace carnet::test;
using Act = Schedule::Act;
using Why = Schedule::Why;

namespace {

constexpr std::int64_t hour = 3'600, day = 24 * hour;
constexpr std::int64_t midnight = 1'741'561'200;  // 2025-03-10 00:00 in Benin, utc + 60 minutes
constexpr std::int64_t look_up = 130, look_down = 74, piece = 10'000;

struct Killed {};

// A machine whose relay takes a row with each piece of 10,000 bytes.
struct Paper final : Machine {
  Moment now() override { return clock; }
  std::uint64_t random() override { return chance += 0x9e3779b97f4a7c15; }
  LinkState link(const std::string&, Settings::Metered metered) override {
    return {link_up, metered == Settings::Metered::yes ? Budget::Link::metered : Budget::Link::free, "wwan0"};
  }
  SyncRun sync(Replica& replica, const Watch& watch) override {
    SyncRun run;
    begun.push_back(clock.utc);
    if (!relay_answers) {
      run.error = Error{Code::busy, "the link was lost"};
      return run;
    }
    replica.correct_clock(-clock_ahead);
    auto move = [&](std::int64_t up, std::int64_t down) {
      run.traffic.up += up;
      run.traffic.down += down;
      run.traffic.connections = 1;
      watch.moved(run.traffic);
      moved.push_back({clock.utc, up + down});
      pass(1);
    };
    move(look_up, look_down);
    while (replica.pending_rows(town) > 0) {
      if (watch.left && watch.left() < piece) {
        run.lacked = piece;
        run.error = Error{Code::busy, "no room"};
        return run;
      }
      move(piece, 0);
      if (kill_after > 0 && --kill_after == 0) throw Killed{};
      replica.acknowledge(town, Seq{replica.space(town).acked.value + 1});
    }
    return run;
  }

  void pass(std::int64_t seconds) {
    clock.utc += seconds;
    clock.monotonic += seconds;
  }
  bool by_night(std::int64_t utc) const { return (utc - midnight + 400 * day) % day < 5 * hour; }

  Moment clock{midnight + 12 * hour, 60, 50'000, 1};
  std::uint64_t chance = 20250310;
  bool link_up = true, relay_answers = true;
  std::int64_t clock_ahead = 0;
  int kill_after = 0;
  std::vector<std::int64_t> begun;
  std::vector<std::pair<std::int64_t, std::int64_t>> moved;  // utc, bytes
};

struct Home {
  TempDir dir;
  Device device{dir, 7};
  Paper machine;

  Home() { set("policy", "night"); }
  Replica& replica() { return *device.replica; }
  void set(const std::string& name, const std::string& value) { REQUIRE(change_setting(replica(), name, value)); }
  void write(int rows) {
    for (int k = 0; k < rows; ++k) REQUIRE(device.sql("INSERT INTO shelf(space,name,level) VALUES(7,'" + std::to_string(k) + "',1)") == "");
  }
  std::size_t waiting() {
    replica().collect();
    return rows_waiting(replica());
  }
  Agent::Step step() {
    auto step = Agent(replica(), machine).step();
    REQUIRE(step);
    return *step;
  }
  // Runs until that moment, told of nothing but the time.
  void run_until(std::int64_t utc) {
    auto sleep = [&](std::int64_t seconds) {
      machine.pass(std::min(seconds, std::max<std::int64_t>(utc - machine.clock.utc, 0)));
      return machine.clock.utc < utc;
    };
    REQUIRE(Agent(replica(), machine).run(sleep, [&](const std::string& text) { said.push_back(text); }));
  }
  std::int64_t bytes_between(std::int64_t from, std::int64_t until) const {
    std::int64_t sum = 0;
    for (auto& [utc, bytes] : machine.moved)
      if (utc >= from && utc < until) sum += bytes;
    return sum;
  }
  std::vector<std::string> said;
};

}  // namespace

TEST_CASE("an idle agent moves nothing outside the window in a month, and inside it one look a night") {
  Home home;
  home.run_until(midnight + 30 * day);
  std::map<std::int64_t, std::int64_t> nights;
  for (auto& [utc, bytes] : home.machine.moved) {
    CHECK(home.machine.by_night(utc));
    nights[(utc - midnight) / day] += bytes;
  }
  CHECK(nights.size() == 29);
  for (auto& [night, bytes] : nights) CHECK(bytes == look_up + look_down);
  INFO("inside: " << home.bytes_between(0, INT64_MAX) << " bytes in a month");
  CHECK(home.bytes_between(0, INT64_MAX) == 29 * 204);
}

TEST_CASE("what is written by day goes in the next night, by link at once, by hand never") {
  Home home;
  home.write(1);
  CHECK(home.step().next.why == Why::outside_window);
  home.set("policy", "manual");
  CHECK(home.step().next.act == Act::never);
  home.set("policy", "link");
  home.machine.link_up = false;
  CHECK(home.step().next.why == Why::no_link);
  home.machine.link_up = true;
  auto taken = home.step();
  REQUIRE(taken.run);
  CHECK(*taken.run);
  CHECK(home.waiting() == 0);
  CHECK(taken.next.why == Why::nothing_due);
}

TEST_CASE("a used-up budget stops an exchange in the middle, and the rest goes in the next nights, none of which passes it") {
  Home home;
  home.set("metered", "yes");
  home.set("night_kb", "100");
  home.write(20);
  for (int night = 1; night <= 3; ++night) {
    home.run_until(midnight + night * day + 12 * hour);
    auto bytes = home.bytes_between(midnight + night * day, midnight + night * day + 5 * hour);
    CHECK(bytes + 2'000 <= 100'000);
    CHECK(home.waiting() == std::vector<std::size_t>{11, 2, 0}[static_cast<std::size_t>(night - 1)]);
  }
  CHECK(home.machine.begun.size() == 3);
  auto& said = home.said;
  CHECK(std::any_of(said.begin(), said.end(), [](auto& text) { return text.find("budget of the night (100 KB) has no room") != text.npos; }));
  CHECK(home.step().next.why == Why::nothing_due);
}

TEST_CASE("after the budget stopped an exchange, the agent goes on as soon as it is given room") {
  Home home;
  home.set("policy", "link");
  home.set("metered", "yes");
  home.set("day_kb", "50");
  home.write(10);
  REQUIRE(home.step().run->lacked == piece);
  home.machine.pass(2 * hour);
  CHECK(home.step().next.why == Why::budget);
  home.set("day_kb", "200");
  auto taken = home.step();
  REQUIRE(taken.run);
  CHECK(*taken.run);
}

TEST_CASE("a budget that is not enough for one connection moves nothing, and names the least that works, which works") {
  Home home;
  home.set("policy", "link");
  home.set("metered", "yes");
  home.write(1);
  home.set("day_kb", "4");
  CHECK(home.step().next.why == Why::budget_small);
  CHECK(home.step().why == "the budget of the day (4 KB) is too small for what comes next, which takes 5 KB at least; "
                           "nothing moves until it is larger: carnet settings day_kb 5");
  auto by_hand = exchange(home.replica(), *read_settings(home.replica()), home.machine);
  CHECK(by_hand.error->text == home.step().why);
  CHECK(home.machine.begun.empty());
  home.set("day_kb", "5");
  CHECK(home.step().run);
}

TEST_CASE("a nightly budget too small for the first piece is spent on it once, and the least is named, and works") {
  Home home;
  home.set("metered", "yes");
  home.set("night_kb", "10");
  home.write(1);
  home.run_until(midnight + 5 * day);
  CHECK(home.machine.begun.size() == 1);
  auto why = home.step().why;
  CHECK(why.find("the budget of the night (10 KB) is too small for what comes next, which takes 15 KB at least") == 0);
  REQUIRE(why.ends_with("carnet settings night_kb 15"));
  home.set("night_kb", "15");
  home.run_until(midnight + 6 * day);
  CHECK(home.waiting() == 0);
}

TEST_CASE("what was too small a budget in money is named in money, and tried again when something else is written") {
  Home home;
  home.set("policy", "link");
  home.set("metered", "yes");
  home.set("price", "1000");
  home.set("day_fcfa", "10");
  home.write(1);
  CHECK(home.step().next.why == Why::backing_off);
  home.machine.pass(2 * day);
  CHECK(home.step().why.ends_with("carnet settings day_fcfa 15"));
  CHECK(home.step().next.why == Why::budget_small);
  home.write(1);
  CHECK(home.step().run);
}

TEST_CASE("a machine that is off every night syncs by day after three nights, says why, and keeps to the budget of a night") {
  Home home;
  home.set("metered", "yes");
  home.set("night_kb", "40");
  home.write(6);
  std::vector<std::size_t> evenings;
  for (int days = 0; days < 6; ++days) {
    home.machine.clock = {midnight + days * day + 8 * hour, 60, 60, static_cast<std::uint64_t>(days) + 1};
    home.run_until(midnight + days * day + 18 * hour);
    CHECK(home.bytes_between(midnight + days * day, midnight + (days + 1) * day) + 2'000 <= 40'000);
    evenings.push_back(home.waiting());
  }
  CHECK(evenings == std::vector<std::size_t>{6, 6, 6, 3, 0, 0});
  home.write(1);
  home.machine.clock = {midnight + 9 * day + 8 * hour, 60, 60, 99};
  Schedule schedule({}, home.replica().device(), Ledger(home.replica()).schedule());
  auto made = plan(schedule, home.replica(), *read_settings(home.replica()), home.machine);
  CHECK(in_words(made, home.replica(), home.machine) ==
        "now: for three nights no exchange came to its end (is this machine off at night?), so it goes by day");
}

TEST_CASE("a machine that sleeps for days in between wakes to what is due, and asks no oftener than its rests allow") {
  Home home;
  home.set("policy", "link");
  auto end = midnight + 60 * day;
  int sleeps = 0;
  auto sleep = [&](std::int64_t seconds) {
    if (++sleeps % 5 == 0) home.write(1);
    home.machine.pass(sleeps % 3 == 0 ? 40 * hour : seconds);  // the timer waits for the lid
    return home.machine.clock.utc < end;
  };
  REQUIRE(Agent(home.replica(), home.machine).run(sleep, [](const std::string&) {}));
  auto& begun = home.machine.begun;
  CHECK(begun.size() >= 20);
  for (std::size_t k = 1; k < begun.size(); ++k) CHECK(begun[k] - begun[k - 1] >= Schedule::gap);
  CHECK(home.waiting() <= 1);
}

TEST_CASE("people are told once that the clock is wrong, and again when it is by clearly another amount, or anew") {
  Home home;
  home.set("policy", "link");
  auto told = [&](std::int64_t ahead) {
    home.machine.clock_ahead = ahead;
    home.write(1);
    home.machine.pass(hour);
    home.said.clear();
    home.run_until(home.machine.clock.utc);
    REQUIRE(home.waiting() == 0);
    for (auto& text : home.said)
      if (text.starts_with("This computer's clock is ")) return text.substr(25, text.find('.') - 25);
    return std::string();
  };
  const std::int64_t three_days = 3 * day + 2 * hour;
  CHECK(told(120) == "");
  CHECK(told(three_days) == "3 days and 2 hours ahead");
  CHECK(told(three_days) == "");
  CHECK(told(three_days + 7 * hour) == "");  // a tenth
  CHECK(told(three_days + 9 * hour) == "3 days and 11 hours ahead");
  CHECK(told(-55 * 365 * day) == "55 years behind");
  CHECK(told(-55 * 365 * day + 30 * day) == "");  // woke in 1970 again
  CHECK(told(0) == "");
  CHECK(told(three_days) == "3 days and 2 hours ahead");
  CHECK(told(-120) == "");
  CHECK(told(-121) == "2 minutes and 1 second behind");
}

TEST_CASE("an agent that was killed in an exchange rests, and goes on with everything counted") {
  Home home;
  home.set("policy", "link");
  home.set("metered", "yes");
  home.write(5);
  home.machine.kill_after = 3;
  CHECK_THROWS_AS(home.step(), Killed);
  home.device.reopen();
  auto day_row = Ledger(home.replica()).budget().rows.at(0);
  CHECK(day_row.up + day_row.down >= look_up + look_down + 3 * piece - 16'384);
  CHECK(day_row.connections == 1);
  CHECK(home.step().next.why == Why::backing_off);
  CHECK(home.waiting() == 3);
  home.run_until(home.machine.clock.utc + hour);
  CHECK(home.waiting() == 0);
}

TEST_CASE("a relay that never answers is tried for ever, and no more than once an hour in the end") {
  Home home;
  home.set("policy", "link");
  home.machine.relay_answers = false;
  home.write(1);
  home.run_until(midnight + 31 * day);
  auto& begun = home.machine.begun;
  CHECK(begun.back() > midnight + 31 * day - 2 * hour);
  CHECK(begun.size() <= 31 * 48);
  auto in_last_day = std::count_if(begun.begin(), begun.end(), [](auto utc) { return utc > midnight + 30 * day; });
  CHECK(in_last_day >= 24);
  CHECK(in_last_day <= 48);
  home.machine.relay_answers = true;
  home.run_until(midnight + 31 * day + 2 * hour);
  CHECK(home.waiting() == 0);
}

TEST_CASE("a clock that jumps by years neither blocks what waits nor floods") {
  Home home;
  home.write(1);
  for (auto jump : {74 * 365 * day, -120 * 365 * day, 55 * 365 * day, -3 * day}) {
    auto before = home.machine.begun.size();
    home.machine.clock.utc += jump;
    home.write(1);
    home.run_until(home.machine.clock.utc + 26 * hour + 900);
    CHECK(home.waiting() == 0);
    CHECK(home.machine.begun.size() - before <= 3);
  }
}

TEST_CASE("a setting that somebody broke by hand is named") {
  Home home;
  home.replica().set("night_kb", "a lot");
  auto step = Agent(home.replica(), home.machine).step();
  REQUIRE_FALSE(step);
  CHECK(step.error().text.starts_with("night_kb: 0 to 1000000000 KB"));
}

TEST_CASE("while another process syncs the agent waits, and it goes on when that has ended") {
  Home home;
  home.set("policy", "link");
  home.write(1);
  {
    auto other = SyncLock::take(transfer_lock(home.replica()), "a sync");
    REQUIRE(other);
    CHECK(home.step().locked);
    CHECK(home.machine.begun.empty());
  }
  CHECK(home.step().run);
}

TEST_CASE("a lock names the process that holds it, and one that was killed holds it no longer") {
  TempDir dir;
  auto path = dir.file("lock");
  int ready[2];
  REQUIRE(pipe(ready) == 0);
  auto child = fork();
  if (child == 0) {
    auto held = SyncLock::take(path, "a sync");
    if (write(ready[1], held ? "y" : "n", 1) == 1) pause();
    _exit(0);
  }
  char said = 0;
  REQUIRE(read(ready[0], &said, 1) == 1);
  REQUIRE(said == 'y');
  auto second = SyncLock::take(path, "a sync");
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Code::busy);
  CHECK(second.error().text.find("process " + std::to_string(child) + " ") != std::string::npos);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  CHECK(SyncLock::take(path, "a sync"));
  close(ready[0]);
  close(ready[1]);
}

TEST_CASE("who asks whether an agent runs keeps none from beginning, and makes no file") {
  TempDir dir;
  auto path = dir.file("replica.db.agent");
  CHECK_FALSE(SyncLock::is_held(path));
  CHECK_FALSE(std::filesystem::exists(path));
  std::atomic<bool> done = false;
  std::thread curious([&] { while (!done) (void)SyncLock::is_held(path); });
  int refused = 0;
  for (int time = 0; time < 2'000; ++time) refused += !SyncLock::take(path, "an agent");
  done = true;
  curious.join();
  CHECK(refused == 0);
  auto held = SyncLock::take(path, "an agent");
  CHECK(SyncLock::is_held(path));
}
