// One exchange with its books kept, whoever asked for it: held to the budget, counted as bytes move, and written down before,
// during and after, so that a kill at any time forgets less than 16 KB of a metered link. The caller holds the transfer lock.
#pragma once
#include "client/language.hpp"
#include "client/ledger.hpp"
#include "client/link.hpp"
#include "client/sync_run.hpp"

namespace carnet {

// The machine that a replica lives on: its clocks, chance and links. Tests bring their own, in virtual time.
class Machine {
 public:
  virtual ~Machine() = default;
  virtual Moment now() = 0;
  virtual std::uint64_t random() = 0;
  virtual LinkState link(const std::string& address, Settings::Metered metered) = 0;
  virtual SyncRun sync(Replica& replica, const Watch& watch) = 0;
};

// What the schedule says now, everything collected, and the settings to do it with: where it goes by day for want of nights, the
// budget of a night holds by day as well.
struct Plan {
  Schedule::Decision next;
  Settings settings;
};
Plan plan(Schedule& schedule, Replica& replica, const Settings& settings, Machine& machine);
std::string in_words(const Plan& plan, Replica& replica, Machine& machine);

std::string clock_in_words(Language language, std::int64_t ahead);  // for SyncRun::clock_ahead

SyncRun exchange(Replica& replica, const Settings& settings, Machine& machine, const std::function<void(const Traffic&)>& moved = {});

std::size_t rows_waiting(Replica& replica);  // here, for the relay, also others' that this device carries; collect first

std::string local_date(std::int64_t utc);  // 2025-03-10 00:12

}  // namespace carnet
