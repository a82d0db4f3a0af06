// Several relays on one database, and a store that moves: devices may come to any of them.
#include <catch2/catch.hpp>

#include <map>
#include <set>
#include <sstream>

#include "server/tables.hpp"
#include "tests/crash/programs.hpp"
#include "tests/postgres.hpp"

using namespace carnet::test;

namespace {

std::map<std::string, int> wordings(const Town& town, const std::string& device) {
  std::map<std::string, int> found;
  for (auto& row : nlohmann::json::parse(town.on(device, {"--json", "list", "learning_question"}).out)) ++found[row["wording"].get<std::string>()];
  return found;
}

void write(const Town& town, const std::string& device, const std::string& wording) { CHECK(town.on(device, {"add", "learning_question", "wording=" + wording}).code == 0); }

}  // namespace

TEST_CASE("devices come to any of two relays at once, one is killed again and again, and all end identical with nothing lost or doubled") {
  std::mt19937_64 random(seed());
  const std::vector<std::string> devices{"ouinhi", "laarne", "coach", "cove"};
  Town town(devices, PostgresServer::running().new_database());
  int other_port = 0;
  auto other = town.serve(other_port);
  std::map<std::string, int> written;
  for (int round = 0; round < 12; ++round) {
    std::vector<std::unique_ptr<Process>> syncs;
    for (auto& device : devices) {
      auto wording = device + std::to_string(round);
      write(town, device, wording);
      written[wording] = 1;
      town.meet(device, random() % 2 ? town.port : other_port);
      syncs.push_back(std::make_unique<Process>(town.command(device, {"sync"})));
    }
    bool ended = syncs.back()->ends_within(Microseconds(random() % 60'000));
    auto& killed = random() % 2 ? town.relay : other;
    auto& its_port = &killed == &other ? other_port : town.port;
    killed->kill_after({});
    for (auto& sync : syncs) {
      auto told = sync->wait();
      INFO(ended << told.err);
      CHECK((told.code == 0 || told.code == 75));
    }
    killed = town.serve(its_port);
  }
  for (int round = 0; round < 2; ++round)
    for (auto& device : devices) {
      town.meet(device, round ? town.port : other_port);
      CHECK(town.sync(device).code == 0);
    }
  CHECK(town.relay_run({"verify"}).code == 0);
  for (auto& device : devices) {
    CHECK(town.digest(device) == town.digest_of_relay());
    CHECK(wordings(town, device) == written);
  }
}

TEST_CASE("a store moves to PostgreSQL and back while devices keep their places, and the old one is served no more") {
  Town town({"ouinhi", "laarne"});
  write(town, "ouinhi", "before");
  for (auto* device : {"ouinhi", "laarne"}) CHECK(town.sync(device).code == 0);
  auto digest = town.digest_of_relay();
  std::string old = town.store();
  for (auto& place : {PostgresServer::running().new_database(), town.dir.file("again.db")}) {
    town.stop_relay();
    auto moved = town.relay_run({"migrate", place});
    INFO(moved.out << moved.err);
    CHECK(moved.code == 0);
    auto twice = town.relay_run({"migrate", place});
    CHECK(twice.code == 70);
    CHECK(twice.err.find("was moved to another place") != std::string::npos);
    town.move_to(place);
    CHECK(town.digest_of_relay() == digest);
    CHECK(town.relay_run({"verify"}).code == 0);
    town.start_relay();
    write(town, "laarne", "at " + place.substr(0, 4));
    auto sync = town.on("laarne", {"--json", "sync"});
    INFO(sync.out << sync.err);
    CHECK(sync.code == 0);
    CHECK(nlohmann::json::parse(sync.out)["rows_down"] == 0);  // it kept its place
    CHECK(town.sync("ouinhi").code == 0);
    digest = town.digest_of_relay();
    CHECK(town.digest("ouinhi") == digest);
  }
  CHECK(wordings(town, "ouinhi").size() == 3);
}

TEST_CASE("a place that holds a store already is not moved into, and both stay as they were") {
  Town town({"ouinhi"});
  Town other({"laarne"});
  auto moved = town.relay_run({"migrate", other.store()});
  CHECK(moved.code == 70);
  CHECK(moved.err.find("exists already") != std::string::npos);
  CHECK(town.sync("ouinhi").code == 0);
  CHECK(other.sync("laarne").code == 0);
}

TEST_CASE("every column of every table of a store is among those that move, but for the bytes of media, which move as blobs") {
  Town town({"ouinhi"});
  std::string named, there = Town::get(town.store(), "SELECT group_concat(place,' ') FROM (SELECT t.name||'.'||c.name AS place FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type='table' AND t.name<>'blob_part' ORDER BY place)");
  std::set<std::string> places;
  for (auto& table : carnet::tables_of_store) {
    std::stringstream columns(std::string(table.key) + "," + table.others);
    for (std::string column; std::getline(columns, column, ',');) places.insert(std::string(table.name) + "." + column);
  }
  for (auto& place : places) named += (named.empty() ? "" : " ") + place;
  CHECK(named == there);
}
