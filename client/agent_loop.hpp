// The agent on Linux: its clocks, its links, and what wakes it. One thread.
#pragma once
#include "client/agent.hpp"

namespace carnet {

class LinuxMachine final : public Machine {
 public:
  Moment now() override;
  std::uint64_t random() override;
  LinkState link(const std::string& address, Settings::Metered metered) override { return find_link(address, metered); }
  SyncRun sync(Replica& replica, const Watch& watch) override;
};

// Runs until SIGTERM or SIGINT, also in the middle of an exchange. busy: another agent runs for this replica, or
// the database was moved away.
Result<void> run_agent(Replica& replica, const std::function<void(const std::string&)>& say);

}  // namespace carnet
