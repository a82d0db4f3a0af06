// Devices and a relay that really talk: both sessions, the codec, the stream, and the relay's SQLite store; no sockets.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "server/keys.hpp"
#include "server/sql_store.hpp"
#include "sync/client_session.hpp"
#include "sync/relay_session.hpp"
#include "tests/postgres.hpp"
#include "tests/village.hpp"

namespace carnet::test {

inline constexpr std::int64_t spring = 1741600000;  // 2025-03-10

class Country {
 public:
  explicit Country(const Schema& schema = toy()) : schema_(&schema) {
    SqlStore::create(place, spring);
    store = std::make_unique<SqlStore>(place);
    space = store->add_space("town", "partnership");
  }

  // The n-th device that is asked for gets number n from the relay.
  Device& device(std::uint32_t number) { return device(number, *schema_); }
  Device& device(std::uint32_t number, const Schema& schema) {
    while (devices.size() < number) {
      auto next = store->add_device("device" + std::to_string(devices.size() + 1), {space});
      store->expect(next);
      devices[next.value] = std::make_unique<Device>(dir, next.value, schema, space);
    }
    return *devices[number];
  }

  // By an empty one, which knows the devices.
  void replace_relay() {
    store.reset();
    place = new_store_place(dir);
    for (auto* end : {"", "-wal", "-shm"}) std::filesystem::remove(place + end);
    SqlStore::create(place, std::time(nullptr));
    store = std::make_unique<SqlStore>(place);
    store->add_space("town", "partnership");
    for (auto name : {"a", "b"}) store->expect(store->add_device(name, {space}));
  }

  struct Wire {
    std::string up, down;              // what passed
    std::size_t cut_up = SIZE_MAX;     // bytes after which the link is cut
    std::size_t cut_down = SIZE_MAX;
    std::size_t portion = 1000;        // bytes at a time
    std::int64_t device_clock = 0;     // seconds it is ahead of the relay
    std::size_t meanwhile_at = 0;      // bytes down after which
    std::function<void()> meanwhile;   // this happens, once
    std::function<std::string(RelaySession&)> between;  // what the relay says more after each answer
  };

  // One exchange; false where it was cut or failed.
  ClientSession::Outcome exchange(Device& device, Wire& wire) {
    auto now = static_cast<std::int64_t>(std::time(nullptr));
    ClientSession client(*device.replica, {.bearer = bearer, .frame_bytes = frame_bytes}, now + wire.device_clock);
    RelaySession relay(keys, proved(device));
    while (client.outcome() == ClientSession::Outcome::going_on) {
      auto up = client.produce();
      bool moved = !up.empty();
      for (std::size_t at = 0; at < up.size(); at += wire.portion) {
        auto part = up.substr(at, wire.portion);
        if (wire.up.size() + part.size() > wire.cut_up) part.resize(wire.cut_up - wire.up.size());
        wire.up += part;
        moved |= give(relay, client, wire, part, now);
        report = client.report();
        if (wire.up.size() >= wire.cut_up || wire.down.size() >= wire.cut_down) return client.outcome();
      }
      if (!moved) throw std::logic_error("neither side moves");
    }
    error = client.error();
    report = client.report();
    return client.outcome();
  }

  // As many exchanges as it takes.
  bool sync(Device& device, std::int64_t device_clock = 0) {
    for (int k = 0; k < 6; ++k) {
      Wire wire;
      wire.device_clock = device_clock;
      auto outcome = exchange(device, wire);
      bytes_up = wire.up.size();
      bytes_down = wire.down.size();
      if (outcome != ClientSession::Outcome::again) return outcome == ClientSession::Outcome::done;
    }
    return false;
  }
  // One in which the relay hears everything, and the device so many bytes of the answers.
  void exchange_unheard(Device& device, std::size_t heard = 0) {
    Wire wire;
    wire.cut_down = heard;
    wire.portion = 1'000'000;
    exchange(device, wire);
  }
  // What a device sends in an attempt that it gives up before anything arrives,
  std::string attempt(Device& device) {
    ClientSession client(*device.replica, {.bearer = bearer, .frame_bytes = frame_bytes}, std::time(nullptr));
    std::string sent;
    for (auto part = client.produce(); !part.empty(); part = client.produce()) sent += part;
    return sent;
  }
  // and that arrives later all the same.
  void arrive(Device& device, const std::string& sent) {
    RelaySession relay(keys, proved(device));
    (void)relay.feed(sent);
    for (auto task = relay.next(); task && *task; task = relay.next()) {
      store->begin(true);
      relay.work(**task, *store, std::time(nullptr));
      store->commit();
      (void)relay.answer();
    }
  }
  void settle() {
    for (int round = 0; round < 3; ++round)
      for (auto& [number, device] : devices)
        if (!sync(*device)) throw std::runtime_error("sync failed: " + error.text);
  }
  bool all_equal() {
    auto at_relay = store->find_space("town")->digest;
    if (!store->verify().empty()) return false;
    for (auto& [number, device] : devices)
      if (device->replica->space(space).digest != at_relay || device->replica->recount(space) != at_relay) return false;
    return true;
  }

  TempDir dir;
  std::string place = new_store_place(dir);
  std::unique_ptr<SqlStore> store;
  SpaceId space;
  std::map<std::uint32_t, std::unique_ptr<Device>> devices;
  MasterKey keys{std::string(32, 'k')};
  std::string bearer;  // empty: the channel proves who speaks
  std::size_t frame_bytes = 64'000, bytes_up = 0, bytes_down = 0;
  SyncReport report;
  Error error;

 private:
  std::optional<Peer> proved(Device& device) {
    auto number = device.replica->device();
    return bearer.empty() ? std::optional(Peer{Peer::Kind::device, number.value, store->generation(number)}) : std::nullopt;
  }
  bool give(RelaySession& relay, ClientSession& client, Wire& wire, const std::string& part, std::int64_t now) {
    bool moved = false;
    if (auto fed = relay.feed(part); !fed) return pass(client, wire, relay.failure(fed.error()));
    for (;;) {
      auto task = relay.next();
      if (!task) return pass(client, wire, relay.failure(task.error()));
      if (!*task) return moved;
      if (wire.meanwhile && wire.down.size() >= wire.meanwhile_at) std::exchange(wire.meanwhile, nullptr)();
      store->begin(true);
      relay.work(**task, *store, now);
      store->commit();
      moved = true;
      auto bytes = relay.answer();
      if (wire.between) bytes += wire.between(relay);
      pass(client, wire, std::move(bytes));  // the relay does not know that nobody listens
    }
  }
  // False once the link is cut.
  static bool pass(ClientSession& client, Wire& wire, std::string bytes) {
    if (wire.down.size() + bytes.size() > wire.cut_down) bytes.resize(wire.cut_down - wire.down.size());
    wire.down += bytes;
    client.consume(bytes);
    return wire.down.size() < wire.cut_down;
  }
  const Schema* schema_;
};

}  // namespace carnet::test
