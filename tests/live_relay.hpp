// A relay that serves on loopback, in a thread of this process, without TLS unless it is asked for, and devices that are enrolled with it.
#pragma once
#include <spdlog/spdlog.h>

#include <memory>
#include <string>
#include <thread>

#include "client/keys.hpp"
#include "server/certificate.hpp"
#include "server/http_server.hpp"
#include "server/sql_store.hpp"
#include "sync/address.hpp"
#include "tests/postgres.hpp"
#include "tests/village.hpp"

namespace carnet::test {

class LiveRelay {
 public:
  explicit LiveRelay(ServerOptions options = {}, const Schema& schema = toy(), Address::Way way = Address::Way::plain) : way_(way), schema_(&schema) {
    SqlStore::create(place, 1'741'600'000);
    MasterKey::create(dir.file("relay.db.key"));
    store = std::make_unique<SqlStore>(place);
    space = store->add_space("town", "partnership");
    spdlog::set_level(spdlog::level::warn);
    options.store = place;
    options.key = dir.file("relay.db.key");
    options.port = 0;
    options.plain = way == Address::Way::plain;
    if (way == Address::Way::certificate) {
      make_certificate(certificate());
      options.certificate = {certificate(), certificate()};
    }
    start(options);
  }
  ~LiveRelay() { stop(); }
  void start(const ServerOptions& options) {
    server = std::make_unique<HttpServer>(options);
    thread = std::thread([this] { server->run(); });
  }
  void stop() {
    if (!thread.joinable()) return;
    server->stop();
    thread.join();
  }
  Address::Way way() const { return way_; }
  std::string address() const { return address(server->port()); }
  std::string address(std::uint16_t port) const { return Address{way_, "127.0.0.1", port}.text(); }
  std::string certificate() const { return certificate_file_of(dir.file("relay.db")); }

  // A device that is enrolled here.
  std::unique_ptr<Device> device() {
    auto made = std::make_unique<Device>(dir, store->add_device("device" + std::to_string(++devices), {space}).value, *schema_, space);
    let_in(*made);
    return made;
  }
  // It knows the relay, and has its key already.
  void let_in(Device& device) {
    store->expect(device.replica->device());
    device.replica->set("address", address());
    DeviceKeys keys{{}, {key(device.replica->device())}, {}};
    if (way_ == Address::Way::certificate) keys.pins = {pin_of_certificate(certificate())};
    write_keys(device.path, keys);
  }
  std::string bearer(DeviceId device) const {
    auto held = key(device);
    return bearer_of({Peer::Kind::device, device.value, held.generation}, held.bytes);
  }
  DeviceKey key(DeviceId device) const {
    auto generation = store->generation(device);
    return {device, generation, MasterKey::read(dir.file("relay.db.key")).key_of({Peer::Kind::device, device.value, generation})};
  }

  TempDir dir;
  std::string place = new_store_place(dir);
  std::unique_ptr<SqlStore> store;
  SpaceId space;
  std::unique_ptr<HttpServer> server;
  std::thread thread;
  int devices = 0;

 private:
  Address::Way way_;
  const Schema* schema_;
};

}  // namespace carnet::test
