// The agent: decides when to sync, does it, and sleeps until there is a reason to look again. Keeps nothing in memory that
// matters: each step reads its state from the replica, so another process may sync, change a setting or kill it in between.
#pragma once
#include "client/exchange.hpp"

namespace carnet {

class Agent {
 public:
  // `moved` is called as bytes move.
  Agent(Replica& replica, Machine& machine, std::function<void(const Traffic&)> moved = {}) : replica_(replica), machine_(machine), moved_(std::move(moved)) {}

  struct Step {
    Schedule::Decision next;
    std::string why;             // in words
    std::optional<SyncRun> run;  // where it synced
    bool locked = false;         // it would have, but another process is at it
  };
  // One decision, and the exchange if that says so. An error is a setting's.
  Result<Step> step();

  // Steps until `sleep` returns false. It sleeps for so many seconds, or until link, waiting rows or settings have changed.
  Result<void> run(const std::function<bool(std::int64_t seconds)>& sleep, const std::function<void(const std::string&)>& tell);

 private:
  Plan decide(const Settings& settings);

  Replica& replica_;
  Machine& machine_;
  std::function<void(const Traffic&)> moved_;
};

}  // namespace carnet
