// The agent inside `carnet serve`: a thread of its own with its own connection to the replica, which syncs as the settings say and whenever somebody asks.
// Where another agent runs for this replica, it syncs only when asked. After a fault of the disk it goes on when asked, or in a minute; a
// damaged replica ends it. What happens is told to whoever made it, from that thread.
#pragma once
#include <nlohmann/json.hpp>

#include <functional>
#include <string>
#include <thread>

#include "client/agent_loop.hpp"
#include "client/near_thread.hpp"

namespace carnet {

class SyncThread {
 public:
  struct Told {
    std::function<void(const nlohmann::json&)> sync;              // as client/API.md tells the event
    std::function<void(const std::set<TableId>&)> rows;           // tables that it wrote in
    std::function<void()> near;                                   // see NearThread
  };
  SyncThread(std::string database, Told told);
  ~SyncThread();  // ends an exchange that is under way, and waits for that

  void sync_now() { call_.sync_now(); }
  bool is_running() const { return running_; }
  NearThread& near() { return near_; }

 private:
  void loop();
  bool go();  // false: there is nothing more to do for this replica
  void steps(Replica& replica);
  bool tell_fault(const std::exception& fault);
  void sync_once(Replica& replica, LinuxMachine& machine);
  void moved(Replica& replica, const Traffic& traffic);
  void ended(Replica& replica, const SyncRun& run);
  void tell_rows(Replica& replica);

  std::string database_;
  Told told_;
  NearThread near_;
  Call call_;
  std::atomic<bool> running_ = false;
  std::chrono::steady_clock::time_point last_told_;
  std::thread thread_;
};

}  // namespace carnet
