// The agent on Linux: its clocks, its links, and what wakes it. An agent is one thread; who calls it may be another.
#pragma once
#include <atomic>

#include "client/agent.hpp"

namespace carnet {

// What is called to an agent from a signal or another thread: to end, or to sync now. It wakes.
class Call {
 public:
  Call();
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  void end();       // async-signal-safe
  void sync_now();
  bool ended() const { return ended_; }
  bool take_wish();  // to sync now; once
  bool is_wished() const { return wished_; }
  int file() const { return file_; }  // readable once something was called

 private:
  void wake();
  int file_;
  std::atomic<bool> ended_ = false, wished_ = false;
};

class LinuxMachine final : public Machine {
 public:
  explicit LinuxMachine(const Call* call = nullptr) : call_(call) {}  // an exchange ends where that says so
  Moment now() override;
  std::uint64_t random() override;
  LinkState link(const std::string& address, Settings::Metered metered) override { return find_link(address, metered); }
  SyncRun sync(Replica& replica, const Watch& watch) override;

 private:
  const Call* call_;
};

// Sleeps until the time is over, somebody calls, or something changed here: rows, settings or the link.
class Wakefulness {
 public:
  Wakefulness(Replica& replica, Call& call);
  ~Wakefulness();

  bool sleep(std::int64_t seconds);  // false: the agent is to end, or the database was moved away
  // Another replica may stand at its path, or none: what we hold open is nobody's any more.
  bool moved_away();

 private:
  struct Watched;
  std::unique_ptr<Watched> watched_;
};

// Runs until SIGTERM or SIGINT, also in the middle of an exchange. busy: another agent runs for this replica, or
// the database was moved away.
Result<void> run_agent(Replica& replica, const std::function<void(const std::string&)>& say);

}  // namespace carnet
