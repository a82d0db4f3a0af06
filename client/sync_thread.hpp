// The agent inside `carnet serve`: a thread of its own with its own connection to the replica, which syncs as the settings say and whenever somebody asks.
// Where another agent runs for this replica, it syncs only when asked. What happens is told to whoever made it, from that thread.
#pragma once
#include <nlohmann/json.hpp>

#include <functional>
#include <string>
#include <thread>

#include "client/agent_loop.hpp"

namespace carnet {

class SyncThread {
 public:
  struct Told {
    std::function<void(const nlohmann::json&)> sync;              // as client/API.md tells the event
    std::function<void(const std::set<std::string>&)> rows;       // tables that it wrote in
  };
  SyncThread(std::string database, Told told);
  ~SyncThread();  // ends an exchange that is under way, and waits for that

  void sync_now() { call_.sync_now(); }
  bool is_running() const { return running_; }

 private:
  void loop();
  void steps(Replica& replica);
  void sync_once(Replica& replica, LinuxMachine& machine);
  void moved(const Traffic& traffic);
  void ended(const SyncRun& run);

  std::string database_;
  Told told_;
  Call call_;
  std::atomic<bool> running_ = false;
  std::chrono::steady_clock::time_point last_told_;
  std::thread thread_;
};

// The domain tables that this connection wrote in since it was last asked, told by SQLite as it happens.
class WrittenTables {
 public:
  explicit WrittenTables(Replica& replica);
  ~WrittenTables();
  std::set<std::string> take();

 private:
  Replica& replica_;
  std::set<std::string> names_;
};

}  // namespace carnet
