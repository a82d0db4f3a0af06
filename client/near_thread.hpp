// The local network beside an agent, where the setting `near` says so: a thread of its own with its own connection to the replica, which listens, is found, and
// meets whom it finds (near.hpp), on this network and on the next one that the machine comes to. What comes in, others notice as another program's writes.
#pragma once
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "client/near.hpp"

namespace carnet {

class NearThread {
 public:
  explicit NearThread(std::string database);
  ~NearThread();  // ends a meeting that is under way: what arrived is kept

  void follow(const std::string& setting);  // as it is now (client/settings.hpp); from one thread

 private:
  void start();
  void stop();
  void loop();
  void be_there();

  std::string database_, setting_;
  std::mutex mutex_;
  std::condition_variable woken_;
  bool ended_ = false;
  Near* near_ = nullptr;
  std::thread thread_;
};

std::string near_setting(Replica& replica);  // off where it is not one of its values

// Where the thread listens, as others may be told; empty where it does not.
std::string near_place(Replica& replica);

}  // namespace carnet
