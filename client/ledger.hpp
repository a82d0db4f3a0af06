// What the agent must remember, kept in the replica as it happens, so that a kill at any time is harmless: the traffic by day
// and kind of link (carnet_traffic, which no trigger watches: it is this device's own), and the states of sync/budget.hpp and
// sync/schedule.hpp as settings.
#pragma once
#include "core/replica.hpp"
#include "sync/budget.hpp"

namespace carnet {

class Ledger {
 public:
  explicit Ledger(Replica& replica);  // makes its table where there is none

  Schedule::State schedule();
  void keep(const Schedule::State& state);

  Budget::State budget();
  void keep(Budget::Link link, const Budget::Change& change, const Budget::State& state);  // rows and guards, both or neither

  // Bytes for which the budget had no room when it last stopped an exchange; 0: it did not.
  std::int64_t lacked();
  void keep_lacked(std::int64_t bytes);
  // A whole budget that was too small for the first step of an exchange has to be so large, as long as nothing else is written here
  // (`written`: a number that grows with that); 0: not known.
  std::int64_t least(std::int64_t written);
  void keep_least(std::int64_t bytes, std::int64_t written);

 private:
  Replica& replica_;
};

}  // namespace carnet
