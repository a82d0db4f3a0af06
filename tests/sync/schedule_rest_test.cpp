// How long the agent rests after failures and refusals, idle months, and clocks that jump.
#include <catch2/catch.hpp>

#include <random>

#include "tests/sync/scheduled.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

// How long the agent rests after a failure, asked second by second.
std::int64_t rest_of(Machine& machine) {
  auto from = machine.now.utc;
  while (machine.ask().act != Act::go) machine.pass(1);
  return machine.now.utc - from;
}

// Attempts of an idle device in 30 days, as moments of utc.
std::vector<std::int64_t> idle_month(Machine machine) {
  std::vector<std::int64_t> tries;
  for (auto end = machine.now.utc + 30 * day; machine.now.utc < end;) {
    auto decision = machine.ask();
    if (decision.act == Act::never) break;
    if (decision.act == Act::later) machine.pass(decision.seconds);
    else {
      tries.push_back(machine.now.utc);
      machine.exchange(Outcome::done, false, 20);
    }
  }
  return tries;
}

}  // namespace

TEST_CASE("failures without progress double the rest up to an hour, less up to half by chance, for ever") {
  for (std::uint64_t random : {std::uint64_t{0}, std::uint64_t{15}, std::uint64_t{1'234'567}}) {
    Machine machine(by_link);
    machine.waiting = true;
    machine.random = random;
    for (int tries = 0; tries < 40; ++tries) {
      auto step = tries < 7 ? Schedule::first_wait << tries : Schedule::max_wait;
      machine.exchange(Outcome::cut);
      CHECK(machine.ask().why == Why::backing_off);
      auto rested = rest_of(machine);
      CHECK(rested >= step / 2);
      CHECK(rested <= step);
    }
  }
}

TEST_CASE("progress starts the backoff anew") {
  Machine machine(by_link);
  machine.waiting = true;
  for (int tries = 0; tries < 9; ++tries) machine.exchange(Outcome::cut);
  machine.exchange(Outcome::cut, true);
  CHECK(rest_of(machine) <= Schedule::first_wait);
}

TEST_CASE("an agent that is killed in each exchange rests as after a failure, and longer each time") {
  Machine machine(by_link);
  machine.waiting = true;
  std::int64_t last = 0;
  for (int tries = 0; tries < 8; ++tries) {
    machine.schedule.began(machine.now, machine.random);
    machine.kill_agent();
    auto rested = rest_of(machine);
    CHECK(rested > last);
    last = rested;
  }
}

TEST_CASE("after a restart of the machine the shortest rest is kept, from the start of the machine") {
  Machine machine(by_link);
  machine.waiting = true;
  for (int tries = 0; tries < 9; ++tries) machine.exchange(Outcome::cut);
  machine.restart();
  CHECK(rest_of(machine) == Schedule::first_wait);
}

TEST_CASE("a refusal for good waits for the next night, with link for the next day") {
  Machine nightly(by_night);
  nightly.waiting = true;
  nightly.at(midnight + day + offset);
  nightly.exchange(Outcome::refused);
  nightly.pass(2 * hour);
  CHECK(nightly.ask().why == Why::refused);
  CHECK(nightly.ask().at == midnight + 2 * day + offset);
  nightly.at(midnight + 2 * day + offset);
  CHECK(nightly.ask().act == Act::go);

  Machine linked(by_link);
  linked.waiting = true;
  linked.exchange(Outcome::refused);
  linked.at(midnight + day - 1);
  CHECK(linked.ask().why == Why::refused);
  linked.pass(1);
  CHECK(linked.ask().act == Act::go);
}

TEST_CASE("a refusal holds for a day of true time at most, and not longer by a restart with a clock set back") {
  Machine machine(by_link);
  machine.waiting = true;
  machine.exchange(Outcome::refused);
  machine.now.monotonic += day - 1;  // the wall clock stands still
  CHECK(machine.ask().why == Why::refused);
  machine.now.monotonic += 1;
  CHECK(machine.ask().act == Act::go);
  machine.exchange(Outcome::refused);
  machine.restart();
  machine.now.monotonic = 60;
  CHECK(machine.ask().why == Why::refused);
  machine.now.utc -= 1;
  CHECK(machine.ask().act == Act::go);
}

TEST_CASE("what a refusal says decides whether trying again helps") {
  for (auto code : {Code::busy, Code::gap, Code::clock_wrong, Code::other_life, Code::other_text}) CHECK(Schedule::outcome_of(code) == Outcome::cut);
  for (auto code : {Code::malformed, Code::too_large, Code::newer_version, Code::not_allowed, Code::invalid, Code::not_found, Code::copied, Code{99}})
    CHECK(Schedule::outcome_of(code) == Outcome::refused);
}

TEST_CASE("a clock that was set years ahead or back changes no rest") {
  for (std::int64_t jump : {-50 * 365 * day, -hour, hour, 50 * 365 * day}) {
    Machine machine(by_link);
    machine.waiting = true;
    for (int tries = 0; tries < 9; ++tries) machine.exchange(Outcome::cut);
    machine.now.utc += jump;
    auto rested = rest_of(machine);
    CHECK(rested >= Schedule::max_wait / 2);
    CHECK(rested <= Schedule::max_wait);
  }
}

TEST_CASE("a relay that never answers sees at most 60 tries a day, however the clock jumps in between") {
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (auto& policy : {by_link, by_night})
    for (auto outcome : {Outcome::cut, Outcome::refused}) {
      Machine machine(policy);
      machine.waiting = true;
      int tries = 0;
      for (auto end = machine.now.monotonic + day; machine.now.monotonic < end; machine.pass(30)) {
        machine.now.utc = static_cast<std::int64_t>(random() % 0xffffffff);
        machine.random = random();
        if (machine.ask().act == Act::go) ++tries, machine.exchange(outcome);
      }
      CHECK(tries >= 24);
      CHECK(tries <= 60);
    }
}

TEST_CASE("a clock that flips between two nights costs a look an hour at most") {
  Machine machine(by_night);
  machine.at(midnight + day + 2 * hour);
  int looks = 0;
  for (int minutes = 0; minutes < 150; ++minutes, machine.pass(60)) {
    machine.now.utc += minutes % 2 ? day : -day;
    if (machine.ask().act == Act::go) ++looks, machine.exchange(Outcome::done);
  }
  CHECK(looks == 3);
}

TEST_CASE("a clock that never shows the window does not keep what waits longer than 25 hours, and what does not wait stays") {
  for (bool waiting : {true, false}) {
    Machine machine(by_night);
    machine.waiting = waiting;
    auto began = machine.now.monotonic;
    while (machine.ask().act != Act::go && machine.now.monotonic - began < 3 * day) machine.now.monotonic += 600;
    CHECK(machine.now.monotonic - began == (waiting ? 25 * hour : 3 * day));
    if (waiting) CHECK(machine.ask().why == Why::window_lost);
  }
}

TEST_CASE("an agent that slept through a night does not take that for a lost window") {
  Machine machine(by_night);
  machine.waiting = true;
  for (int days = 0; days < 3; ++days) {
    machine.at(midnight + days * day + 12 * hour);
    for (int k = 0; k < 32; ++k, machine.pass(900)) CHECK(machine.ask().act == Act::later);
  }
}

TEST_CASE("night: a machine that is off every night goes by day after three nights without a whole exchange, and then every third day") {
  for (bool waiting : {true, false})
    for (bool new_device : {true, false}) {
      CAPTURE(waiting, new_device);
      Machine machine(by_night);
      machine.waiting = waiting;
      if (!new_device) machine.exchange(Outcome::done);
      std::vector<int> went;
      for (int days = 0; days < 10; ++days) {
        machine.at(midnight + days * day + 12 * hour);
        machine.restart();
        machine.waiting = waiting;
        for (int k = 0; k < 32; ++k, machine.pass(900))
          if (auto decision = machine.ask(); decision.act == Act::go) {
            CHECK(decision.why == Why::nights_missed);
            machine.exchange(Outcome::done);
            went.push_back(days);
          }
      }
      CHECK(went == std::vector<int>{3, 6, 9});
    }
}

TEST_CASE("night: what broke off by day is tried again after its rest, not in the next night, and never by hand") {
  Machine machine(by_night);
  machine.waiting = true;
  machine.ask();
  machine.at(midnight + 3 * day + 12 * hour);
  CHECK(machine.ask().why == Why::nights_missed);
  machine.exchange(Outcome::cut);
  CHECK(machine.ask().why == Why::backing_off);
  CHECK(rest_of(machine) <= Schedule::first_wait);
  Machine other(by_hand);
  other.waiting = true;
  other.ask();
  other.at(midnight + 30 * day);
  CHECK(other.ask().act == Act::never);
}

TEST_CASE("a budget that is too small for what comes next waits for no time of its own") {
  Machine machine(by_link);
  machine.waiting = true;
  machine.schedule.decide({machine.now, true, true, true, 0, false});
  auto decision = machine.schedule.decide({machine.now, true, true, true, 0, true});
  CHECK(decision.why == Why::budget_small);
  CHECK(decision.at == 0);
}

TEST_CASE("a state that cannot be is taken as a new one") {
  for (auto spoil : std::vector<void (*)(Schedule::State&)>{
           [](Schedule::State& state) { state.wait_seconds = Schedule::max_wait + 1; }, [](Schedule::State& state) { state.wait_seconds = -1; },
           [](Schedule::State& state) { state.failures = 17; }, [](Schedule::State& state) { state.attempt.monotonic = INT64_MIN; },
           [](Schedule::State& state) { state.look.utc = INT64_MAX; }, [](Schedule::State& state) { state.closed_since = -1; }}) {
    Schedule::State state;
    state.failures = 16;
    state.wait_seconds = Schedule::max_wait;
    CHECK(Schedule(by_night, device, state).state().failures == 16);
    spoil(state);
    CHECK(Schedule(by_night, device, state).state().failures == 0);
  }
}

TEST_CASE("an idle month: nothing by hand, one look a night in the window, one look in its hours with a link") {
  CHECK(idle_month(Machine(by_hand)).empty());
  for (std::uint32_t number : {1u, 7u, 288u, max_device}) {
    auto tries = idle_month(Machine(by_night, DeviceId{number}));
    CHECK(tries.size() == 30);
    for (auto at : tries) CHECK((at + hour) % day < 100 * 60);
  }
  CHECK(idle_month(Machine(by_link)).size() == 60);
  CHECK(idle_month(Machine({When::link, {}, 24, true})).size() == 30);
  CHECK(idle_month(Machine({When::link, {}, 0, true})).empty());
  Machine offline(by_night);
  offline.link = false;
  CHECK(idle_month(offline).empty());
}

TEST_CASE("over random clock jumps, kills and failures: what waits is tried within 26 hours and a quarter, and nothing floods") {
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  auto below = [&](std::int64_t n) { return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n)); };
  for (int run = 0; run < 60; ++run) {
    Machine machine(run % 2 ? by_night : by_link, DeviceId{static_cast<std::uint32_t>(below(max_device) + 1)});
    auto jump_every = hour * (1 + below(30));
    auto end = machine.now.monotonic + 60 * day, blocked_since = machine.now.monotonic, next_jump = machine.now.monotonic;
    std::int64_t tries = 0, looks = 0, longest = 0;
    while (machine.now.monotonic < end) {
      if (machine.now.monotonic >= next_jump) {
        machine.now.utc = std::clamp<std::int64_t>(machine.now.utc + below(2) * (below(20 * 365 * day) - 10 * 365 * day) + below(2 * day) - day, 0, 0xffffffff);
        next_jump = machine.now.monotonic + below(2 * jump_every);
      }
      if (below(50) == 0) machine.kill_agent();
      if (!machine.waiting && below(100) == 0) machine.waiting = true, blocked_since = machine.now.monotonic;
      machine.random = random();
      auto decision = machine.ask();
      if (decision.act == Act::later) {
        machine.pass(decision.seconds);
        continue;
      }
      if (machine.waiting) longest = std::max(longest, machine.now.monotonic - blocked_since);
      ++(decision.why == Why::look ? looks : tries);
      auto fate = below(10);
      machine.exchange(fate < 6 ? Outcome::done : fate < 9 ? Outcome::cut : Outcome::refused, fate == 8, below(600));
      blocked_since = machine.now.monotonic;
    }
    CAPTURE(run, jump_every, tries, looks);
    CHECK(longest <= 26 * hour + 900);
    CHECK(looks <= 60 * 24);  // look_gap
    CHECK(tries <= 60 * 6);   // what was written, each with its failed tries
  }
}
