// A folder with a replica, and its pages over real sockets.
#pragma once
#include <filesystem>

#include "client/gate.hpp"
#include "core/domain.hpp"
#include "tests/client/pages.hpp"
#include "tests/live_relay.hpp"

namespace carnet::test {

inline constexpr auto phones_stand = "127.0.0.2";  // a loopback address that stands for the local network's

// A folder with a replica, and its pages.
struct House {
  explicit House(PageLimits limits = {}) : limits_(limits) {
    std::filesystem::create_directories(folder());
    Replica replica(database(), domain(), DeviceId{1});
    replica.add_space(town, "town", "partnership");
    replica.set("policy", "manual");
  }
  // As a device of a relay, which it has not met yet.
  void enrol(LiveRelay& relay, const std::string& name, SpaceId space, const std::string& policy = "manual") {
    std::filesystem::remove(database());
    auto number = relay.store->add_device(name, {space});
    relay.store->expect(number);
    Replica replica(database(), domain(), number);
    replica.add_space(space, "town", "partnership");
    replica.set("policy", policy);
    replica.set("address", relay.address());
    write_keys(database(), {{}, {relay.key(number)}, {}});
  }
  void begin() {
    ServeOptions options;
    options.folder = folder();
    options.door = phones_stand;
    options.limits = limits_;
    pages = std::make_unique<Pages>(options);
  }
  std::string folder() const { return dir.file("home"); }
  std::string database() const { return folder() + "/carnet.db"; }
  void sql(const std::string& text) {
    SQLite::Database db(database(), SQLite::OPEN_READWRITE, 5'000);
    db.exec(text);
  }
  std::string get(const std::string& query) {
    SQLite::Database db(database(), SQLite::OPEN_READONLY, 5'000);
    return db.execAndGet(query).getString();
  }
  std::int64_t question(const std::string& wording) {
    auto said = pages->post("/api/rows", {{"table", "learning_question"}, {"space", town.value}, {"fields", {{"wording", wording}}}});
    return said.json()["row"]["id"];
  }

  TempDir dir;
  std::unique_ptr<Pages> pages;

 private:
  PageLimits limits_;
};

struct OpenHouse : House {
  explicit OpenHouse(PageLimits limits = {}) : House(limits) { begin(); }
};

inline const nlohmann::json nothing = nlohmann::json::object();

}  // namespace carnet::test
