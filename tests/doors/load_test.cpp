// Many devices at once while others send rubbish: everybody who means well ends identical. The one that the preset tsan is for.
#include <catch2/catch.hpp>

#include <atomic>
#include <random>

#include "client/sync_run.hpp"
#include "tests/doors/caller.hpp"
#include "tests/live_relay.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

// Requests of strangers until told to stop: cut, damaged, or nothing but noise.
void send_rubbish(const LiveRelay& relay, const std::string& from, std::uint64_t seed, const std::atomic<bool>& stop) {
  std::mt19937_64 random(seed);
  while (!stop) {
    try {
      Caller peer(relay, from);
      std::string noise(random() % 3'000, '\0');
      for (auto& byte : noise) byte = static_cast<char>(random());
      auto request = random() % 2 ? post(noise.size() + random() % 10, "\x11" + noise) : noise;
      peer.say(request);
      if (random() % 2) peer.finish();
      if (random() % 4) peer.hear();
    } catch (const std::runtime_error&) {  // the relay has closed already
    }
  }
}

}  // namespace

TEST_CASE("devices that sync at once, and write meanwhile, end identical beside a stream of rubbish") {
  constexpr int count = 8, rounds = 4;
  ServerOptions options;
  options.head_seconds = 5;
  LiveRelay relay(options, toy(), Address::Way::certificate);
  std::vector<std::unique_ptr<Device>> devices;
  for (int k = 0; k < count; ++k) devices.push_back(relay.device());
  std::atomic<bool> stop = false;
  std::atomic<int> failures = 0;
  std::vector<std::thread> rubbish, honest;
  auto seed = std::random_device{}();
  INFO("seed " << seed);
  for (auto k = 2u; k < 5; ++k) rubbish.emplace_back([&, k] { send_rubbish(relay, "127.0.0." + std::to_string(k), seed + k, stop); });
  for (auto& device : devices)
    honest.emplace_back([&failures, &device] {
      for (int round = 0; round < rounds; ++round) {
        device->sql("INSERT INTO shelf(space,name,level) VALUES(1,'" + std::to_string(round) + "',1); UPDATE shelf SET level=level+1 WHERE name='0' AND level<9");
        failures += !sync(*device->replica);
      }
    });
  for (auto& thread : honest) thread.join();
  stop = true;
  for (auto& thread : rubbish) thread.join();
  CHECK(failures == 0);
  for (auto& device : devices) CHECK(sync(*device->replica));
  for (auto& device : devices) {
    auto run = sync(*device->replica);
    REQUIRE(run);
    CHECK(run.report.verdicts.at(relay.space) == Verdict::identical);
    CHECK(device->get("SELECT count(*) FROM shelf") == std::to_string(count * rounds));
  }
  CHECK(relay.store->verify().empty());
}

TEST_CASE("a relay that is stopped while devices and strangers are at it ends, and has what it acknowledged") {
  ServerOptions options;
  options.grace_seconds = 1;
  LiveRelay relay(options, toy(), Address::Way::certificate);
  std::vector<std::unique_ptr<Device>> devices;
  for (int k = 0; k < 4; ++k) devices.push_back(relay.device());
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  for (auto k = 2u; k < 4; ++k) threads.emplace_back([&, k] { send_rubbish(relay, "127.0.0." + std::to_string(k), k, stop); });
  std::atomic<int> acknowledged = 0;
  for (auto& device : devices)
    threads.emplace_back([&] {
      for (int round = 0;; ++round) {
        device->sql("INSERT INTO shelf(space,name,level) VALUES(1,'" + std::to_string(round) + "',1)");
        auto run = sync(*device->replica);
        if (run && ++acknowledged == 10) relay.server->stop();
        if (!run) return;
      }
    });
  for (auto thread = threads.begin() + 2; thread != threads.end(); ++thread) thread->join();
  stop = true;
  for (auto thread = threads.begin(); thread != threads.begin() + 2; ++thread) thread->join();
  CHECK(acknowledged >= 10);
  CHECK(relay.store->verify().empty());
  for (auto& device : devices) {
    auto space = device->replica->space(relay.space);
    CHECK(relay.store->acked(device->replica->device(), relay.space) >= space.acked);
  }
}
