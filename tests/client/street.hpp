// Devices of a live relay that meet on the local network: real sockets on loopback, TLS by a space's key.
#pragma once
#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <thread>

#include "client/near.hpp"
#include "client/sync_run.hpp"
#include "tests/live_relay.hpp"

namespace carnet::test {

struct Street {
  LiveRelay relay;
  std::unique_ptr<Device> ouinhi = relay.device(), cove = relay.device(), laarne = relay.device();
  explicit Street(const Schema& schema = toy()) : relay({}, schema) {
    for (auto* device : {&*ouinhi, &*cove, &*laarne}) sync(*device);
  }
  void sync(Device& device) { REQUIRE(carnet::sync(*device.replica, {})); }
  void add(Device& device, const std::string& name, int level = 1) { REQUIRE(device.sql(fmt::format("INSERT INTO shelf(space,name,level) VALUES({},'{}',{})", relay.space.value, name, level)) == ""); }
  bool has(Device& device, const std::string& name) { return device.get("SELECT count(*) FROM shelf WHERE name='" + name + "'") == "1"; }
  bool are_equal(Device& a, Device& b) { return a.replica->space(relay.space).digest == b.replica->space(relay.space).digest && a.replica->recount(relay.space) == a.replica->space(relay.space).digest; }
};

// One device that listens, in a thread of its own, until it has met so many or is told to stop.
class Open {
 public:
  explicit Open(Device& device, int meetings = 1, Near::Patience patience = {}) : near_(*device.replica, [this, meetings](const Met& met) {
    all.push_back(met);
    if (static_cast<int>(all.size()) == meetings) near_.stop();
  }, patience), port(near_.listen("127.0.0.1", 0).operator*()), thread_([this] { near_.run(false); }) {}
  ~Open() { stop(); }
  void await() { thread_.join(); }  // its meetings
  void stop() {
    if (!thread_.joinable()) return;
    near_.stop();
    thread_.join();
  }
  std::vector<Met> all;

 private:
  Near near_;

 public:
  std::uint16_t port;

 private:
  std::thread thread_;
};

inline std::string why(const Met& met) { return met.error ? met.error->text : ""; }

inline Met call(Device& device, std::uint16_t port, Near::Patience patience = {}) {
  Met last;
  Near* running = nullptr;
  Near near(*device.replica, [&](const Met& met) {
    last = met;
    running->stop();
  }, patience);
  running = &near;
  REQUIRE(near.call(fmt::format("127.0.0.1:{}", port)));
  near.run(false);
  return last;
}

}  // namespace carnet::test
