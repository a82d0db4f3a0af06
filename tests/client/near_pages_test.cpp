// Devices that are called on the local network by an address that a page was given: two `carnet serve`, over real sockets on loopback.
#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "client/near_words.hpp"
#include "client/sync_lock.hpp"
#include "client/sync_run.hpp"
#include "tests/client/house.hpp"
#include "tests/mute_host.hpp"

using namespace carnet;
using namespace carnet::test;
using nlohmann::json;

namespace {

// A home with its pages. Whether it has met the relay: only then do others know it.
struct Neighbour : House {
  Neighbour(LiveRelay& relay, const std::string& name, SpaceId space, bool has_met = true) {
    enrol(relay, name, space);
    Replica replica(database(), domain());
    replica.set("language", "fr");
    if (has_met) REQUIRE(carnet::sync(replica, {}));
  }
  void add(const std::string& name) { sql(fmt::format("INSERT INTO project(space,name) VALUES(1,'{}')", name)); }
  std::string projects() { return get("SELECT group_concat(name,' ') FROM (SELECT name FROM project ORDER BY name)"); }
  json near() { return pages->get("/api/status").json()["near"]; }
  void listen(const std::string& where) { REQUIRE(pages->ask("PATCH", "/api/settings", json{{"near", where}}.dump()).status == 200); }
  std::string place() {
    json where;
    while (!where.is_string() || where == "") where = near()["listens"];
    return where;
  }
  Answered call(const std::string& address) { return pages->post("/api/near", {{"address", address}}); }
  json ended() {
    for (;;)
      if (auto call = near()["call"]; call["state"] != "running") return call;
  }
};

struct Quarter {
  LiveRelay relay{{}, domain()};
  Neighbour ouinhi{relay, "Ouinhi", relay.space}, cove{relay, "Covè", relay.space};
};

std::string at(std::uint16_t port) { return fmt::format("127.0.0.1:{}", port); }

}  // namespace

TEST_CASE("a page has another home called by the address that it shows, and both have the same, whether the caller listens or not") {
  Quarter quarter;
  auto listens = GENERATE(true, false);
  auto& [relay, ouinhi, cove] = quarter;
  ouinhi.add("Puits");
  cove.add("Marché");
  for (auto* home : {&ouinhi, &cove}) home->begin();
  ouinhi.listen("127.0.0.1");
  if (listens) cove.listen("127.0.0.1"), cove.place();
  CHECK(cove.near()["call"].is_null());
  CHECK(cove.near()["qr"].is_string() == listens);
  Listener listener(*cove.pages);
  auto address = ouinhi.place();
  CHECK_THAT(ouinhi.near()["qr"].get<std::string>(), Catch::StartsWith("<svg "));
  CHECK(cove.call(address).status == 202);
  CHECK(!listener.next("status").is_null());
  auto call = cove.ended();
  CHECK(call["address"] == address);
  CHECK(call["state"] == "done");
  CHECK(call["error"].is_null());
  REQUIRE(call["said"].size() == 1);
  CHECK_THAT(call["said"][0].get<std::string>(), Catch::StartsWith("Rencontre avec ") && Catch::EndsWith(" : 1 fiche reçue, 1 donnée."));
  for (auto* home : {&ouinhi, &cove}) CHECK(home->projects() == "Marché Puits");
  CHECK(cove.call(address).status == 202);
  CHECK_THAT(cove.ended()["said"][0].get<std::string>(), Catch::EndsWith("pas de nouvelle fiche, ni ici ni là."));
}

TEST_CASE("while one call is under way a second one is refused, and the end of the pages ends it") {
  Quarter quarter;
  MuteHost mute;
  quarter.cove.begin();
  CHECK(quarter.cove.call(at(mute.port)).status == 202);
  auto second = quarter.cove.call("127.0.0.1:9");
  CHECK(second.status == 503);
  CHECK(second.json()["error"]["text"] == fmt::format("l'appel à {} est encore en cours", at(mute.port)));
  CHECK(quarter.cove.near()["call"]["address"] == at(mute.port));
  auto start = std::chrono::steady_clock::now();
  quarter.cove.pages->stop();
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(2));
}

TEST_CASE("who listens no more gives up a call that is under way, says so, and makes the next one") {
  Quarter quarter;
  MuteHost mute;
  auto& home = quarter.cove;
  home.begin();
  home.listen("127.0.0.1");
  home.place();
  CHECK(home.call(at(mute.port)).status == 202);
  home.listen("off");
  auto call = home.ended();
  CHECK(call["state"] == "failed");
  CHECK_THAT(call["error"].get<std::string>(), Catch::Contains("a été coupée"));
  while (!home.near()["listens"].is_null()) {}
  quarter.ouinhi.begin();
  quarter.ouinhi.listen("127.0.0.1");
  CHECK(home.call(quarter.ouinhi.place()).status == 202);
  CHECK(home.ended()["state"] == "done");
}

TEST_CASE("a call is made, too, where another agent runs for this replica") {
  Quarter quarter;
  auto& [relay, ouinhi, cove] = quarter;
  ouinhi.add("Puits");
  auto other = SyncLock::take(agent_lock(cove.database()), "an agent");
  REQUIRE(other);
  for (auto* home : {&ouinhi, &cove}) home->begin();
  ouinhi.listen("127.0.0.1");
  CHECK(cove.call(ouinhi.place()).status == 202);
  CHECK(cove.ended()["state"] == "done");
  CHECK(cove.projects() == "Puits");
}

TEST_CASE("why a call came to nothing is told in words") {
  Quarter quarter;
  auto& [relay, ouinhi, cove] = quarter;
  auto why = [](Neighbour& home, const std::string& address) {
    CHECK(home.call(address).status == 202);
    auto call = home.ended();
    CHECK(call["state"] == "failed");
    CHECK(call["said"].empty());
    return call["error"].get<std::string>();
  };
  auto elsewhere = relay.store->add_space("elsewhere", "municipality");
  Neighbour stranger(relay, "Zè", elsewhere), fresh(relay, "Agbangnizoun", relay.space, false);
  for (auto* home : {&ouinhi, &stranger, &fresh}) home->begin();
  ouinhi.listen("127.0.0.1");
  auto address = ouinhi.place();
  CHECK_THAT(why(stranger, address), Catch::Contains("n'ont aucun espace avec la même clé"));
  CHECK_THAT(why(fresh, address), Catch::Contains("à la prochaine synchronisation"));
  ouinhi.pages->stop();
  CHECK_THAT(why(stranger, address), Catch::StartsWith("personne ne répond à " + address));
}

TEST_CASE("an address that is none, or of no local network, is refused, and nobody is called") {
  Quarter quarter;
  auto& home = quarter.cove;
  home.begin();
  for (auto* none : {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:80x", "127.0.0.1: 80", "localhost:80", "http://192.168.1.5:8087/pair", "carnet1-abc", "256.1.1.1:80",
                     "93.184.216.34:443", "0.0.0.0:80", "255.255.255.255:80", "224.0.0.251:5353", "172.15.0.1:80", "172.32.0.1:80", "[2001:db8::1]:80", "[::]:80", "[::ffff:93.184.216.34]:80", "[ff02::fb]:80"}) {
    CAPTURE(none);
    auto refused = home.call(none);
    CHECK(refused.status == 422);
    CHECK_THAT(refused.json()["error"]["text"].get<std::string>(), Catch::Contains("192.168.1.5:40123") || Catch::Contains("dans aucun réseau local"));
  }
  for (auto& body : {json::object(), json{{"address", 7}}, json{{"address", nullptr}}}) CHECK(home.pages->post("/api/near", body).status == 400);
  auto longest = "127.0.0.1:" + std::string(most_place_bytes - 12, '0') + "99";
  CHECK(is_place(longest));
  auto longer = home.call("127.0.0.1:" + std::string(most_place_bytes - 11, '0') + "99");
  CHECK(longer.status == 422);
  CHECK(home.call(std::string(1 << 20, 'x')).body.size() < 400);
  CHECK(home.near()["call"].is_null());
  CHECK(home.call(longest).status == 202);
  CHECK(home.near()["call"]["address"] == longest);
}

TEST_CASE("addresses of local networks are taken, the first and the last of each") {
  for (auto* place : {"10.0.0.0:1", "10.255.255.255:65535", "172.16.0.1:80", "172.31.255.255:80", "192.168.0.0:80", "192.168.255.255:80", "169.254.0.1:80", "127.0.0.1:80", "[::1]:80", "[fe80::1]:80", "[fc00::1]:80", "[fdff:ffff::1]:80"}) {
    CAPTURE(place);
    CHECK(is_place(place));
  }
}

TEST_CASE("in the sample nobody is called") {
  OpenHouse house;
  CHECK(house.pages->post("/api/sample", nothing).status == 201);
  CHECK(house.pages->post("/api/near", {{"address", "127.0.0.1:9"}}).status == 422);
}

TEST_CASE("a meeting is told by its numbers, of one and of several, and by what did not go") {
  Quarter quarter;
  Replica replica(quarter.cove.database(), domain());
  MeetingReport report;
  CHECK(in_words(replica, Language::french, report).empty());
  report.spaces = {quarter.relay.space};
  report.rows_given = 2;
  report.conflicts = 1;
  report.photos = 2;
  report.newer_there = {quarter.relay.space};
  CHECK(in_words(replica, Language::french, report) == std::vector<std::string>{"Rencontre avec un appareil : 0 fiche reçue, 2 données.", "1 conflit à régler.", "2 photos, sons et vidéos reçus.",
                                                                                  "L’autre appareil a une clé plus récente d’un espace, et n’en a rien donné : cet appareil doit d’abord rencontrer le relais."});
  CHECK(in_words(replica, Language::english, report)[0] == "Met a device: 0 rows came, 2 were given.");
  CHECK(in_words(replica, Language::dutch, report)[0] == "Ontmoeting met een toestel: 0 fiches ontvangen, 2 gegeven.");
}
