// Who came is written down for all at once: nobody is forgotten, counted twice, or waited for.
#include <catch2/catch.hpp>

#include "client/sync_run.hpp"
#include "tests/doors/caller.hpp"
#include "tests/live_relay.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

constexpr std::int64_t evening = 1'741'600'000;

struct Book {
  Book() {
    SqlStore::create(place, evening);
    store = std::make_unique<SqlStore>(place);
    space = store->add_space("town", "partnership");
    for (auto* name : {"one", "two", "three"}) store->expect(store->add_device(name, {space}));
  }
  void note(std::map<DeviceId, Contact>& visits) {
    store->begin(true);
    store->note(visits);
    store->commit();
  }
  std::optional<std::int64_t> met(std::uint32_t device) { return store->devices().at(device - 1).last_met; }
  std::int64_t traffic(std::uint32_t device) { return store->database().number("SELECT traffic FROM device WHERE device=?", DeviceId{device}); }

  TempDir dir;
  std::string place = new_store_place(dir);
  std::unique_ptr<SqlStore> store;
  SpaceId space;
};

ServerOptions with_metrics() {
  ServerOptions options;
  options.metrics_port = 0;
  return options;
}

double number_in(const LiveRelay& relay, const std::string& sample) {
  Caller caller(relay.server->metrics_port());
  caller.say("GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  auto text = caller.hear("");
  auto at = text.find("\n" + sample + " ");
  return at == std::string::npos ? -1 : std::stod(text.substr(at + sample.size() + 2));
}

}  // namespace

TEST_CASE("all who came are noted in one transaction, with their bytes added up, and nobody is left to be noted") {
  Book book;
  std::map<DeviceId, Contact> visits{{DeviceId{1}, {.at = evening + 1, .traffic = 100}}, {DeviceId{3}, {.at = evening + 3, .traffic = 300}}};
  book.note(visits);
  CHECK(visits.empty());
  visits[DeviceId{1}] = {.at = evening + 9, .traffic = 11};
  book.note(visits);
  CHECK(book.met(1) == evening + 9);
  CHECK(book.met(2) == std::nullopt);
  CHECK(book.met(3) == evening + 3);
  CHECK(book.traffic(1) == 111);
  CHECK(book.traffic(2) == 0);
  CHECK(book.traffic(3) == 300);
}

TEST_CASE("by a visit with a newer key the older ones die, and one with an older key brings none back") {
  Book book;
  auto first = book.store->generation(DeviceId{1});
  book.store->rotate(DeviceId{1});
  auto second = book.store->generation(DeviceId{1});
  auto enters = [&](std::uint32_t generation) { return static_cast<bool>(book.store->admit({Peer::Kind::device, 1, generation}, DeviceId{1}, {}, evening)); };
  for (auto generation : {second, first}) {
    std::map<DeviceId, Contact> visits{{DeviceId{1}, {.generation = generation, .at = evening}}};
    book.note(visits);
    CHECK(enters(second));
    CHECK_FALSE(enters(first));
  }
}

TEST_CASE("a device about which another relay is writing stays for the next time, and the others are noted without waiting") {
  auto place = PostgresServer::running().new_database();
  SqlStore::create(place, evening);
  SqlStore store(place), other(place);
  auto space = store.add_space("town", "partnership");
  auto busy = store.add_device("busy", {space}), free = store.add_device("free", {space});
  other.begin(true);
  other.database().run("UPDATE device SET sent=1 WHERE device=?", busy);
  other.database().settle();
  std::map<DeviceId, Contact> visits{{busy, {.at = evening, .traffic = 1}}, {free, {.at = evening, .traffic = 2}}};
  auto note = [&] {
    store.begin(true);
    store.note(visits);
    store.commit();
  };
  note();
  REQUIRE(visits.size() == 1);
  CHECK(visits.contains(busy));
  other.commit();
  note();
  CHECK(visits.empty());
  for (auto& device : store.devices()) CHECK(device.last_met == evening);
}

TEST_CASE("devices that only look cost no writing transaction each: who came is noted once a second for all") {
  LiveRelay relay(with_metrics());
  std::vector<std::unique_ptr<Device>> devices;
  for (int k = 0; k < 20; ++k) {
    devices.push_back(relay.device());
    REQUIRE(sync(*devices.back()->replica));
  }
  auto traffic = [&] { return relay.store->database().number("SELECT min(traffic) FROM device WHERE name LIKE 'device%'"); };
  while (traffic() == 0) {}
  auto& db = relay.store->database();
  db.run("UPDATE device SET traffic=0");
  auto writes = [&] { return number_in(relay, "carnet_relay_store_transaction_duration_seconds_count{mode=\"write\"}"); };
  auto before = writes();
  auto began = std::chrono::steady_clock::now();
  for (auto& device : devices) REQUIRE(sync(*device->replica));
  while (traffic() == 0) {}
  auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  CHECK(writes() - before >= 1);
  CHECK(writes() - before <= seconds + 2);
}

TEST_CASE("who came in the last second before a stop is noted by it") {
  LiveRelay relay;
  auto device = relay.device();
  REQUIRE(sync(*device->replica));
  relay.store->database().run("UPDATE device SET met=NULL,traffic=0");
  REQUIRE(sync(*device->replica));
  relay.stop();
  CHECK(relay.store->devices().at(0).last_met);
  CHECK(relay.store->database().number("SELECT traffic FROM device WHERE device=1") > 0);
}
