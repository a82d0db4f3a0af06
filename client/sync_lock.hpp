// One holder at a time, among all processes of this machine: of the transfers of a replica, or of its agents. The kernel gives
// it back when the holder ends, however it ends.
#pragma once
#include <string>

#include "core/replica.hpp"

namespace carnet {

class SyncLock {
 public:
  // A file beside the database. busy: the text names the process that holds it. `what`: the thing of which there is one.
  static Result<SyncLock> take(const std::string& path, const std::string& what);
  static bool is_held(const std::string& path);  // who asks keeps nobody out
  ~SyncLock();
  SyncLock(SyncLock&& other) noexcept;
  SyncLock& operator=(SyncLock&&) = delete;

 private:
  explicit SyncLock(int file) : file_(file) {}
  int file_;
};

std::string transfer_lock(const std::string& database);  // paths
std::string agent_lock(const std::string& database);
std::string transfer_lock(Replica& replica);
std::string agent_lock(Replica& replica);

}  // namespace carnet
