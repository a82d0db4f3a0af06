// A relay that serves on loopback, in a thread of this process, and devices that are enrolled with it.
#pragma once
#include <sodium.h>
#include <spdlog/spdlog.h>

#include <map>
#include <memory>
#include <string>
#include <thread>

#include "server/http_server.hpp"
#include "server/sqlite_store.hpp"
#include "tests/village.hpp"

namespace carnet::test {

class LiveRelay {
 public:
  explicit LiveRelay(ServerOptions options = {}, const Schema& schema = toy()) : schema_(&schema) {
    SqliteStore::create(dir.file("relay.db"), 1'741'600'000);
    store = std::make_unique<SqliteStore>(dir.file("relay.db"));
    space = store->add_space("town", "partnership");
    spdlog::set_level(spdlog::level::warn);
    options.store = dir.file("relay.db");
    options.port = 0;
    server = std::make_unique<HttpServer>(options);
    thread = std::thread([this] { server->run(); });
  }
  ~LiveRelay() {
    server->stop();
    thread.join();
  }
  std::string address() const { return "http://127.0.0.1:" + std::to_string(server->port()); }

  // A device that is enrolled here.
  std::unique_ptr<Device> device() {
    auto number = store->add_device("device" + std::to_string(++devices), {space});
    std::string secret(16, '\0');
    randombytes_buf(secret.data(), secret.size());
    store->set_secret(number, secret);
    secrets[number] = secret;
    auto made = std::make_unique<Device>(dir, number.value, *schema_, space);
    made->replica->set("address", address());
    char hex[33];
    made->replica->set("secret", sodium_bin2hex(hex, sizeof hex, reinterpret_cast<const unsigned char*>(secret.data()), secret.size()));
    return made;
  }

  TempDir dir;
  std::unique_ptr<SqliteStore> store;
  SpaceId space;
  std::unique_ptr<HttpServer> server;
  std::thread thread;
  int devices = 0;
  std::map<DeviceId, std::string> secrets;

 private:
  const Schema* schema_;
};

}  // namespace carnet::test
