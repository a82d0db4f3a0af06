// The local network beside an agent: a thread of its own with its own connection to the replica, which listens, is found, and meets whom it finds (near.hpp)
// where the setting `near` says so, on this network and on the next one that the machine comes to; and calls whom somebody asks for, wherever it listens
// or not. What comes in, others notice as another program's writes. follow() is for one thread, all else for any.
#pragma once
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "client/near.hpp"

namespace carnet {

class NearThread {
 public:
  // The latest call: under way, or how it ended, in the language of the device.
  struct Call {
    std::string address;
    bool is_over = false;
    std::vector<std::string> said = {};  // whom it met, and what came and went
    std::string error = {};              // why not all of it did; empty where all did
    MeetingReport report = {};           // of all meetings with it, one after the other
  };
  // `told`, from any thread: a call began, or there is more to say of it.
  explicit NearThread(std::string database, std::function<void()> told = [] {});
  ~NearThread();  // ends a meeting that is under way: what arrived is kept

  void follow(const std::string& setting);  // as it is now (client/settings.hpp)
  // Begins at once. Errors: invalid, see is_place(); busy: another call is under way.
  Result<void> call(const std::string& host_and_port);
  std::optional<Call> latest_call() const;

 private:
  void loop();
  void be_there(const std::string& setting);
  void heard(Replica& replica, const Met& met);
  void end_call(const std::string& error);
  bool is_calling() const;
  bool has_call() const { return call_ && !call_->is_over; }  // with the mutex held, as what stands below it

  std::string database_;
  std::function<void()> told_;
  mutable std::mutex mutex_;
  std::condition_variable woken_;
  std::string setting_;
  bool ended_ = false, changed_ = false, listens_ = false;  // changed_: the setting, since it was looked at
  std::optional<Call> call_;
  Near* near_ = nullptr;
  std::thread thread_;
};

std::string near_setting(Replica& replica);  // off where it is not one of its values

// Where the thread listens, as others may be told; empty where it does not.
std::string near_place(Replica& replica);

}  // namespace carnet
