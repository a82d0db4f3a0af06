// How many bytes may still move over a metered link: per local day, per night (the window of sync/schedule.hpp) and per
// calendar month, in bytes and in francs; and the ledger of what moved. No I/O and no clock of its own: the agent asks
// allowance() before and during an exchange, says count() for what passed its socket, and keeps the rows that changed.
//
// Nothing counted is ever taken back, and a day has its budget once, whatever the wall clock does. Within one run of the
// machine the monotonic clock judges a wall clock that jumps: a later day, night or month opens afresh if the clock went
// there by itself (to an hour), and any does after 25 hours (31 days and an hour) of true time. Across a restart the wall
// clock is believed. However it jumps, no more than three budgets of a day move in any 23 hours between two restarts, and a
// used-up one holds for 25 hours at most. Not for use from two threads at once.
#pragma once
#include <array>
#include <map>
#include <optional>
#include <vector>

#include "sync/schedule.hpp"

namespace carnet {

class Budget {
 public:
  static constexpr std::int64_t max_bytes = std::int64_t{1} << 53;     // of any count or limit; counts stop there
  static constexpr std::int64_t max_francs = 1'000'000'000;            // of a limit
  static constexpr std::int64_t max_price = 100'000'000;               // thousandths of a franc per MB (1,000,000 bytes)
  static constexpr std::int64_t max_connection_bytes = 1'000'000;
  static constexpr std::size_t max_days = 400;                         // of the ledger of each kind of link

  enum class Link { free, metered };  // 0 and 1 in the replica; only metered ones are limited
  enum class Limit { day, night, month, none };  // none: only in an answer

  // Of one span of time; both: the smaller one holds; neither: no limit. Francs hold only where there is a price.
  struct Amount {
    std::optional<std::int64_t> bytes;   // 0 .. max_bytes
    std::optional<std::int64_t> francs;  // 0 .. max_francs
  };
  struct Limits {
    Amount day, night, month;
    Window window;                        // what a night is
    std::int64_t price = 0;               // thousandths of a franc per MB, 0 .. max_price; 0: costs nothing
    std::int64_t connection_bytes = 2'000; // TCP and IP of one connection beyond what passes the socket: some 40 packets' heads
    const Amount& of(Limit limit) const { return limit == Limit::day ? day : limit == Limit::night ? night : month; }
  };
  static Result<void> check(const Limits& limits);  // invalid: the text names the setting and its range

  // What passed the socket since the last count.
  struct Moved {
    std::int64_t up = 0, down = 0;  // bytes, 0 .. max_bytes
    int connections = 0;            // that were opened
  };

  // One local day on one kind of link.
  struct Row {
    std::int64_t day = 0;  // since 1970-01-01
    Link link = Link::metered;
    std::int64_t up = 0, down = 0, overhead = 0, connections = 0;
    std::int64_t night = 0;  // bytes in all, in the night that opened on this day; part of it may lie in the next day's row

    std::int64_t bytes() const;
  };

  // What moved since a moment, whatever the wall clock said in the meantime.
  struct Guard {
    std::int64_t period = 0;  // the day or night since 1970, or the month (year * 12 + 0 .. 11), in which it began
    Moment began;             // boot 0: never
    std::int64_t used = 0;
    std::int64_t before = 0;  // bytes of the same period that true time has left behind
  };
  struct State {
    std::vector<Row> rows;
    std::array<Guard, 3> guards;  // day, night, month
  };

  struct Allowance {
    std::int64_t bytes = max_bytes;  // that may still move now
    Limit limit = Limit::none;       // which one binds first; of several used up, the one that holds longest
    std::int64_t of = max_bytes;     // its size in bytes
    std::int64_t until = 0;          // utc at which it opens afresh; a device's own start in the window comes later
  };

  struct Change {
    std::vector<Row> rows;               // to be written
    std::vector<std::int64_t> dropped;   // days of this kind of link to be deleted
  };

  // `limits` has passed check(). Rows that cannot be are mended or left out; a guard that cannot be is taken as a new one.
  Budget(const Limits& limits, const State& state);

  // `opening`: connections still to be opened; 0 bytes where what is left does not pay for them.
  Allowance allowance(const Moment& now, Link link, int opening = 0) const;
  Change count(const Moment& now, Link link, const Moved& moved);

  // Nights until `waiting` bytes have moved over metered links, each to its limits, this night's rest included; nothing
  // where that takes more than max_days nights, or for ever.
  std::optional<int> nights_needed(const Moment& now, std::int64_t waiting) const;

  State state() const;
  std::vector<Row> log(Link link) const;  // by day

 private:
  struct Period {
    std::int64_t id;
    std::chrono::local_seconds ends;
  };
  Period period(Limit limit, const Moment& now) const;
  std::optional<std::int64_t> limit_bytes(Limit limit) const;
  std::int64_t counted(Limit limit, std::int64_t id) const;
  std::int64_t still_counted(Limit limit, std::int64_t id, const Moment& now) const;
  std::int64_t seconds_left(Limit limit, const Moment& now) const;
  bool in_force(Limit limit, std::int64_t id, const Moment& now) const;
  Allowance under(Limit limit, std::int64_t of, const Moment& now, std::int64_t reserved) const;
  void guard(Limit limit, const Moment& now, std::int64_t bytes);
  Row& row(Link link, std::int64_t day);
  std::vector<std::int64_t> drop_old(Link link, const Moment& now);

  Limits limits_;
  std::array<std::map<std::int64_t, Row>, 2> days_;
  std::array<Guard, 3> guards_;
};

// What `bytes` (0 .. max_bytes) cost at `price`, in hundredths of a franc, rounded up; from ten francs on in whole francs.
std::int64_t cost(std::int64_t bytes, std::int64_t price);

}  // namespace carnet
