// Several processes of one replica at once, a relay that hangs, and a rebuild that is killed.
#include <catch2/catch.hpp>

#include <filesystem>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <set>

#include "client/transport.hpp"
#include "sync/client_session.hpp"
#include "tests/crash/programs.hpp"
#include "tests/mute_host.hpp"
#include "tests/village.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

// Takes what comes and says nothing.
class Mute {
 public:
  Mute() = default;
  ~Mute() {
    if (talks_ >= 0) close(talks_);
  }
  Mute(const Mute&) = delete;
  Mute& operator=(const Mute&) = delete;
  // Until somebody has come and begun to speak.
  bool is_spoken_to() {
    pollfd comes{host_.handle(), POLLIN, 0};
    if (poll(&comes, 1, 20'000) != 1) return false;
    talks_ = accept(host_.handle(), nullptr, nullptr);
    pollfd speaks{talks_, POLLIN, 0};
    return poll(&speaks, 1, 20'000) == 1;
  }

  std::string address() const { return "http://127.0.0.1:" + std::to_string(host_.port); }

 private:
  MuteHost host_;
  int talks_ = -1;
};

}  // namespace

TEST_CASE("many processes write at once, and every row is there once") {
  Town town({"ouinhi"});
  for (int round = 0; round < 3; ++round) {
    std::vector<std::unique_ptr<Process>> writers;
    for (int k = 0; k < 12; ++k) writers.push_back(std::make_unique<Process>(town.command("ouinhi", {"add", "organisation", "name=" + std::to_string(round * 12 + k)})));
    writers.push_back(std::make_unique<Process>(town.command("ouinhi", {"sync"})));
    std::set<std::string> ids;
    for (auto& writer : writers) {
      auto ended = writer->wait();
      INFO(ended.err);
      CHECK(ended.code == 0);
      ids.insert(ended.out);
    }
    CHECK(ids.size() == writers.size());
  }
  CHECK(town.sync("ouinhi").code == 0);
  CHECK(Town::get(town.database("ouinhi"), "SELECT count(*)||' '||count(DISTINCT name) FROM organisation") == "36 36");
  CHECK(town.digest("ouinhi") == town.digest_of_relay());
}

TEST_CASE("a command that another program keeps from writing for ten seconds says so in words, and works afterwards") {
  Town town({"ouinhi"});
  SQLite::Database other(town.database("ouinhi"), SQLite::OPEN_READWRITE);
  other.exec("BEGIN IMMEDIATE");
  auto ended = town.on("ouinhi", {"add", "organisation", "name=A"});
  INFO(ended.err);
  CHECK(ended.code == 75);
  CHECK(ended.err.find("another program is writing just now") != std::string::npos);
  other.exec("ROLLBACK");
  CHECK(town.on("ouinhi", {"add", "organisation", "name=A"}).code == 0);
}

TEST_CASE("during a sync others write, and a second sync or a rebuild says who is at it") {
  Town town({"ouinhi"});
  Mute mute;
  Town::get(town.database("ouinhi"), "UPDATE carnet_setting SET value='" + mute.address() + "' WHERE name='address'");
  Process sync(town.command("ouinhi", {"sync"}));
  REQUIRE(mute.is_spoken_to());
  CHECK(town.on("ouinhi", {"add", "organisation", "name=meanwhile"}).code == 0);
  for (auto* command : {"sync", "rebuild"}) {
    auto second = town.on("ouinhi", {command});
    CHECK(second.code == 75);
    CHECK(second.err.find("process " + std::to_string(sync.pid()) + " holds") != std::string::npos);
  }
  sync.signal(SIGKILL);
  sync.wait();
  Town::get(town.database("ouinhi"), "UPDATE carnet_setting SET value='" + town.address() + "' WHERE name='address'");
  CHECK(town.sync("ouinhi").code == 0);
  CHECK(town.digest("ouinhi") == town.digest_of_relay());
}

TEST_CASE("an agent and a rebuild exclude each other, and an agent ends on a damaged replica") {
  Town town({"ouinhi"});
  Mute mute;
  Town::get(town.database("ouinhi"), "UPDATE carnet_setting SET value='" + mute.address() + "' WHERE name='address'");
  town.on("ouinhi", {"settings", "policy", "link"});
  Process agent(town.command("ouinhi", {"agent"}));
  REQUIRE(mute.is_spoken_to());
  auto rebuild = town.on("ouinhi", {"rebuild"});
  CHECK(rebuild.code == 75);
  CHECK(rebuild.err.find("process " + std::to_string(agent.pid())) != std::string::npos);
  agent.signal(SIGTERM);
  CHECK(agent.wait().code == 0);
  Town::get(town.database("ouinhi"), "INSERT INTO carnet_setting(name,value) VALUES('damaged','as a test says')");
  auto ended = town.on("ouinhi", {"agent"});
  CHECK(ended.code == 74);
  CHECK(ended.err.find("is damaged (as a test says): run `carnet rebuild`") != std::string::npos);
  CHECK(town.on("ouinhi", {"add", "organisation", "name=no"}).code == 74);
  CHECK(town.on("ouinhi", {"status"}).code == 74);
}

TEST_CASE("a rebuild that is killed anywhere is run again and has the unsent work") {
  std::mt19937_64 random(seed());
  Town town({"ouinhi"});
  town.on("ouinhi", {"add", "organisation", "name=sent"});
  town.sync("ouinhi");
  Microseconds usual{400'000};
  for (int round = 0; round < 25; ++round) {
    REQUIRE(town.on("ouinhi", {"add", "organisation", "name=unsent " + std::to_string(round)}).code == 0);
    Town::get(town.database("ouinhi"), "INSERT OR REPLACE INTO carnet_setting(name,value) VALUES('damaged','as a test says')");
    auto first = Process(town.command("ouinhi", {"rebuild"})).kill_after(Microseconds(random() % static_cast<std::uint64_t>(usual.count())));
    if (first.code == 0) usual = (usual * 3 + first.took) / 4;
    auto again = town.on("ouinhi", {"rebuild"});
    INFO(round << ": " << again.out << again.err);
    REQUIRE(again.code == 0);
    CHECK(Town::get(town.database("ouinhi"), "SELECT count(*) FROM organisation") == std::to_string(round + 2));
    CHECK(town.digest("ouinhi") == town.digest_of_relay());
  }
  CHECK(Town::integrity(town.database("ouinhi")) == "ok");
}

TEST_CASE("a relay that takes all and says nothing is waited for as long as it is agreed, and named") {
  Mute mute;
  TempDir dir;
  Device ouinhi(dir, 3);
  ouinhi.sql("INSERT INTO shelf(space,name) VALUES(7,'A')");
  Transport transport(*read_address(mute.address()), {}, {}, std::chrono::milliseconds(200));
  ClientSession session(*ouinhi.replica, {}, std::time(nullptr));
  auto ended = transport.run(session);
  REQUIRE_FALSE(ended);
  CHECK(ended.error().code == Code::busy);
  CHECK(ended.error().text.find("has said nothing for 1 s") != std::string::npos);
}
