#include "client/near_thread.hpp"

#include <fmt/format.h>

#include "client/link.hpp"
#include "client/settings.hpp"
#include "core/domain.hpp"

namespace carnet {

namespace {

constexpr std::chrono::seconds look_for_network{30};
constexpr auto place_setting = "near_place";

}  // namespace

NearThread::NearThread(std::string database) : database_(std::move(database)), setting_(near_off) {}
NearThread::~NearThread() { stop(); }

void NearThread::follow(const std::string& setting) {
  if (setting == setting_) return;
  stop();
  setting_ = setting;
  if (setting_ != near_off) start();
}

void NearThread::start() {
  ended_ = false;
  thread_ = std::thread([this] { loop(); });
}

void NearThread::stop() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard held(mutex_);
    ended_ = true;
    if (near_) near_->stop();
  }
  woken_.notify_all();
  thread_.join();
}

// What is wrong with the replica, the agent beside finds and says.
void NearThread::loop() {
  std::unique_lock held(mutex_);
  while (!ended_) {
    held.unlock();
    try {
      be_there();
    } catch (const std::exception&) {
    }
    held.lock();
    woken_.wait_for(held, look_for_network, [this] { return ended_; });
  }
}

// As long as the machine has this address.
void NearThread::be_there() {
  bool anywhere = setting_ == near_on;
  auto address = anywhere ? local_network_address() : setting_;
  if (address.empty()) return;
  Replica replica(database_, domain());
  Near near(replica, [](const Met&) {});
  if (!near.is_able()) return;
  auto port = near.listen(address, 0);
  if (!port) return;
  (void)near.look_around();  // without Avahi others need the address
  replica.set(place_setting, fmt::format("{}:{}", address, *port));
  {
    std::lock_guard held(mutex_);
    if (ended_) return;
    near_ = &near;
  }
  std::exception_ptr fault;
  try {
    near.run(false, [&] { return !anywhere || local_network_address() == address; });
  } catch (...) {
    fault = std::current_exception();
  }
  {
    std::lock_guard held(mutex_);
    near_ = nullptr;
  }
  replica.unset(place_setting);
  if (fault) std::rethrow_exception(fault);
}

std::string near_setting(Replica& replica) {
  auto settings = read_settings(replica);
  return settings ? settings->near : near_off;
}

std::string near_place(Replica& replica) { return replica.setting(place_setting).value_or(""); }

}  // namespace carnet
