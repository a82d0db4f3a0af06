// A machine with its clocks, and an agent on it, for tests of when the agent tries.
#pragma once
#include "sync/schedule.hpp"

namespace carnet::test {

using Act = Schedule::Act;
using Outcome = Schedule::Outcome;
using When = Schedule::When;
using Why = Schedule::Why;

inline constexpr std::int64_t hour = 3'600, day = 24 * hour;
inline constexpr std::int64_t midnight = 1'741'561'200;  // 2025-03-10 00:00 in Benin, utc + 60 minutes
inline constexpr unsigned seed = 20250310;
inline const DeviceId device{7};

// A machine with its clocks, and an agent on it that is told what happens.
struct Machine {
  explicit Machine(Schedule::Policy chosen, DeviceId number = device) : policy(chosen), id(number), schedule(chosen, number, {}) {}

  void at(std::int64_t utc) {  // time passes, for both clocks
    now.monotonic += utc - now.utc;
    now.utc = utc;
  }
  void pass(std::int64_t seconds) { at(now.utc + seconds); }
  void restart() {
    ++now.boot;
    now.monotonic = 0;
  }
  void kill_agent() { schedule = Schedule(policy, id, Schedule::State(schedule.state())); }

  Schedule::Decision ask() { return schedule.decide({now, waiting, link, mobile_data, budget_until, false}); }
  void exchange(Outcome outcome, bool progress = false, std::int64_t seconds = 0) {
    schedule.began(now, random);
    pass(seconds);
    schedule.ended(now, outcome, progress, random);
    if (outcome == Outcome::done) waiting = false;
  }

  Schedule::Policy policy;
  DeviceId id;
  Moment now{midnight + 12 * hour, 60, 50'000, 1};
  bool waiting = false, link = true, mobile_data = false;
  std::int64_t budget_until = 0;
  std::uint64_t random = ~std::uint64_t{0} / 2;
  Schedule schedule;
};

inline const Schedule::Policy by_night{}, by_link{When::link, {}, 12, true}, by_hand{When::manual, {}, 12, true};
inline const std::int64_t offset = start_offset({}, device).count();

}  // namespace carnet::test
