// Replicas and a relay without wire between them: verbs for tests of capture, collecting and merging.
#pragma once
#include <sqlite3.h>

#include <map>
#include <memory>

#include "core/replica.hpp"
#include "tests/model_store.hpp"
#include "tests/temp_dir.hpp"
#include "tests/toy_schema.hpp"

namespace carnet::test {

inline const SpaceId town{7};

class Device {
 public:
  Device(const TempDir& dir, std::uint32_t number, const Schema& schema = toy(), SpaceId space = town, const std::string& name = "device")
      : path(dir.file(name + std::to_string(number) + ".db")), schema_(&schema), number_(number) {
    open(schema);
    replica->add_space(space, "town", "partnership");
  }
  void open(const Schema& schema) {
    replica.reset();
    schema_ = &schema;
    replica = std::make_unique<Replica>(path, schema, DeviceId{number_});
  }
  void reopen() { open(*schema_); }

  // A second connection with nothing of ours loaded, as any tool would have. Returns SQLite's message, or "".
  std::string sql(const std::string& text) {
    sqlite3* db = nullptr;
    sqlite3_open(path.c_str(), &db);
    sqlite3_busy_timeout(db, 5000);
    char* message = nullptr;
    sqlite3_exec(db, text.c_str(), nullptr, nullptr, &message);
    std::string said = message ? message : "";
    sqlite3_free(message);
    sqlite3_close(db);
    return said;
  }
  std::string get(const std::string& query) {
    SQLite::Statement statement(replica->database(), query);
    if (!statement.executeStep()) return "none";
    return statement.getColumn(0).isNull() ? "null" : statement.getColumn(0).getString();
  }

  std::string path;
  std::unique_ptr<Replica> replica;

 private:
  const Schema* schema_;
  std::uint32_t number_;
};

class Village {
 public:
  Device& device(std::uint32_t number, const Schema& schema = toy()) {
    auto& held = devices[number];
    if (!held) held = std::make_unique<Device>(dir, number, schema);
    return *held;
  }

  // `frames`: after how many the link is cut.
  void upload(Device& from, std::size_t max_bytes = 1 << 20, std::size_t frames = SIZE_MAX) {
    auto& replica = *from.replica;
    replica.collect();
    for (; frames > 0; --frames) {
      auto changes = replica.pending(town, acked[replica.device()], max_bytes);
      if (changes.to == changes.from) break;
      apply(relay, changes, Authority{});
      acked[replica.device()] = changes.to;
    }
  }
  void download(Device& to, std::size_t max_bytes = 1 << 20, std::size_t frames = SIZE_MAX) {
    auto& replica = *to.replica;
    auto device = replica.device();
    for (;; --frames) {
      if (frames == 0) return;
      auto space = replica.space(town);
      auto changes = changes_above(relay, town, {.device = device, .complete = space.seen, .cursor = space.cursor}, max_bytes);
      if (changes.to == changes.from) break;
      replica.receive(changes, acked[device]);
    }
    replica.acknowledge(town, acked[device]);
    replica.complete(town, relay.seq[town]);
  }
  void sync(Device& device) {
    upload(device);
    download(device);
  }
  // Until nothing moves any more.
  void settle() {
    for (int round = 0; round < 4; ++round)
      for (auto& [number, device] : devices) sync(*device);
  }
  bool all_equal() {
    for (auto& [number, device] : devices) {
      auto& replica = *device->replica;
      if (replica.space(town).digest != relay.digest[town] || replica.recount(town) != relay.digest[town]) return false;
    }
    return true;
  }

  TempDir dir;
  ModelStore relay;
  std::map<DeviceId, Seq> acked;
  std::map<std::uint32_t, std::unique_ptr<Device>> devices;
};

}  // namespace carnet::test
