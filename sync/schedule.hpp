// When the agent tries its next exchange: a state machine without I/O, clock or chance of its own. The agent asks decide(),
// runs one exchange at a time, and says began() and ended(); what state() holds afterwards is to be kept, since the agent may
// be killed at any time. A run that was killed counts as one that broke off.
//
// The wall clock only says where in the day this is; how long something lasts is told by the monotonic clock. So a wall
// clock that jumps by years neither blocks for ever nor floods. Not for use from two threads at once.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>

#include "core/ids.hpp"
#include "core/result.hpp"

namespace carnet {

// One reading of the machine's clocks.
struct Moment {
  std::int64_t utc = 0;        // unix seconds as the wall clock says them, right or wrong; beyond 1970 .. 2106 taken as that limit
  int offset_minutes = 0;      // local time is utc plus this; -1080 .. 1080
  std::int64_t monotonic = 0;  // seconds since the machine started, its sleep included (CLOCK_BOOTTIME); 0 .. 2^40
  std::uint64_t boot = 0;      // another number after each restart of the machine; 0 only in a moment that never was
};

std::chrono::local_seconds local_time(const Moment& moment);
std::int64_t utc_at(std::chrono::local_seconds local, const Moment& moment);  // with the moment's offset

// Seconds from `earlier` to `now`; nothing where the machine was restarted in between and nobody can know.
std::optional<std::int64_t> elapsed(const Moment& earlier, const Moment& now);

// A span of local time in minutes of the day, 0 .. 1439. An end at or before the start lies on the next day; two equal ones
// mean the whole day.
struct Window {
  int from_minute = 0;
  int until_minute = 5 * 60;
};

// The night that `at` belongs to: from an opening of the window to the next. Named by the local day on which it opened.
struct Night {
  std::chrono::local_days day;
  std::chrono::local_seconds opens, closes, next_opens;
};

Result<void> check(const Window& window);  // invalid: a minute beyond 0 .. 1439
Night night_at(const Window& window, std::chrono::local_seconds at);

// How long after the opening this device starts: within the first third of the window, spread evenly over any run of
// device numbers, so that a fleet does not arrive at one stroke.
std::chrono::seconds start_offset(const Window& window, DeviceId device);

class Schedule {
 public:
  enum class When {
    manual,  // never by itself
    link,    // whenever there is a link and something waits here, or the last look is look_hours old
    night,   // in the window: what waits, and one look a night; at any time once missed_nights have passed without an exchange that
             // came to its end, since the machine may be off every night
  };
  struct Policy {
    When when = When::night;
    Window window;
    int look_hours = 12;      // link: 1 .. 8760; 0: never looks when nothing waits here
    bool mobile_data = true;  // false: not over mobile data
  };

  struct Situation {
    Moment now;
    bool waiting = false;           // something was written here that the relay lacks
    bool link = false;              // there is a network
    bool mobile_data = false;       // and it is metered
    std::int64_t budget_until = 0;  // utc; until then the budget is used up. At or before now: something is left
    bool budget_small = false;      // even a whole budget is too small for what comes next
  };

  enum class Why {
    waiting, look,   // go: something waits here; a look is due
    window_lost,     // go: something waits, and for a whole day the clock never showed the window, so it is being moved
    nights_missed,   // go: outside the window, after too many nights in vain
    manual,          // never
    nothing_due,     // nothing waits and no look is due: costs nothing
    no_link,
    no_mobile_data,  // the policy forbids it, and this link is
    refused,         // for good as it seems; asked again in the next window, or on the next day
    outside_window,
    backing_off,     // the last tries broke off
    just_ended,      // an exchange ended well a moment ago; what comes now is collected for the next
    budget,          // used up until budget_until
    budget_small,    // until it is given more room, or what waits changes
  };
  enum class Act { go, later, never };
  struct Decision {
    Act act = Act::later;
    Why why = Why::nothing_due;
    std::int64_t seconds = 0;  // later: ask again after that, 1 .. longest_sleep, and when link, waiting or settings change
    std::int64_t at = 0;       // later: utc at which it will go on as things stand, for people; 0: that depends on others
  };

  enum class Outcome {
    done,     // both sides hold the same
    cut,      // link lost, relay busy: tried again
    refused,  // trying again at once would not help
  };
  static Outcome outcome_of(Code code);

  // All numbers, to be kept in the replica and given back; a state that cannot be is taken as a new one.
  struct State {
    Moment attempt;                 // when the last exchange began or ended
    std::int64_t wait_seconds = 0;  // rest since then
    int failures = 0;               // tries in a row without progress
    Moment look;                    // when the last exchange ended well
    std::int64_t look_night = 0;    // and the night of that, in days since 1970; before the first one, the night of the first decision
    bool refused = false;
    std::int64_t refused_day = 0;   // the night (or with `link` the day) of the refusal
    Moment watched;                 // the last decision
    std::int64_t closed_since = 0;  // monotonic: since then the window was never open to this device
  };

  // Rests, in seconds.
  static constexpr std::int64_t first_wait = 30;           // after one failure; doubles with each, less up to half by chance
  static constexpr std::int64_t max_wait = 3'600;          // a night of five hours still has ten tries
  static constexpr std::int64_t gap = 300;                 // between two exchanges that end well: an evening's writes share one
  static constexpr std::int64_t look_gap = 3'600;          // before a look, however the clock jumps
  static constexpr std::int64_t longest_sleep = 900;       // a clock that was moved is noticed after that
  static constexpr std::int64_t refusal_seconds = 86'400;  // a refusal holds no longer, whatever the wall clock says
  static constexpr std::int64_t window_lost_after = 25 * 3'600;  // the longest local day
  static constexpr std::int64_t missed_nights = 3;         // then it goes by day

  static Result<void> check(const Policy& policy);  // invalid: the text names the setting and its range

  // `policy` has passed check().
  Schedule(const Policy& policy, DeviceId device, const State& state);

  Decision decide(const Situation& situation);
  // Around every exchange, also one that a person started. `random`: any 64 bits, fresh each time. `progress`: something was
  // acknowledged by either side.
  void began(const Moment& now, std::uint64_t random);
  void ended(const Moment& now, Outcome outcome, bool progress, std::uint64_t random);

  const State& state() const { return state_; }

 private:
  void watch(const Moment& now);
  bool open(const Moment& now) const;
  bool look_due(const Moment& now) const;
  std::int64_t next_look(const Moment& now) const;
  bool nights_missed(const Moment& now) const;
  bool still_refused(const Moment& now) const;
  std::int64_t day_of(const Moment& now) const;
  std::int64_t next_day(const Moment& now) const;
  std::int64_t rest(const Moment& now, bool waiting) const;
  std::int64_t start_from(const Moment& now, std::int64_t utc) const;

  Policy policy_;
  std::chrono::seconds offset_;
  State state_;
};

}  // namespace carnet
