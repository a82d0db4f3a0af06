// Phones that read and write through `carnet serve`, over real sockets.
#include <catch2/catch.hpp>

#include <sys/stat.h>

#include <fstream>
#include <set>

#include "tests/client/house.hpp"

using namespace carnet;
using namespace carnet::test;
using nlohmann::json;

namespace {

struct PhoneHouse : OpenHouse {
  using OpenHouse::OpenHouse;
  std::string door() const { return std::string(phones_stand) + ":" + std::to_string(pages->port); }
  Manners as_phone(const std::string& cookie) const { return {.host = door(), .cookie = cookie, .from = phones_stand, .to = phones_stand}; }
  Answered pair(const std::string& pin, const std::string& name = "Téléphone") {
    auto manners = as_phone("");
    manners.type = "application/x-www-form-urlencoded";
    return pages->ask("POST", "/pair", "pin=" + pin + "&name=" + name, manners);
  }
  static std::string cookie_of(const Answered& heard) {
    auto set = heard.head("Set-Cookie");
    return set.substr(0, set.find(';'));
  }
  std::string open() { return pages->post("/api/pairing", {{"on", true}}).json()["pin"]; }
};

// A phone's request as the gate sees it: a form where it says something.
Visit at_door(const std::string& target, const std::string& body = "") {
  Visit visit;
  visit.method = body.empty() ? "GET" : "POST";
  visit.target = target;
  visit.host = "192.168.1.2:8087";
  visit.body = body;
  visit.by_door = true;
  return visit;
}

std::string other_than(const std::string& pin) { return pin == "000000" ? "000001" : "000000"; }

}  // namespace

TEST_CASE("a phone that types the PIN reads and writes, and only that") {
  PhoneHouse house;
  auto told = house.pages->post("/api/pairing", {{"on", true}}).json();
  CHECK(told["address"] == "http://" + house.door() + "/pair");
  CHECK_THAT(told["qr"].get<std::string>(), Catch::StartsWith("<svg "));
  CHECK(told["pin"].get<std::string>().size() == 6);
  CHECK(house.pages->get("/pair", house.as_phone("")).status == 200);
  auto paired = house.pair(told["pin"]);
  CHECK(paired.status == 303);
  CHECK_THAT(paired.head("Set-Cookie"), Catch::EndsWith("; HttpOnly; SameSite=Strict; Path=/; Max-Age=31536000"));
  auto phone = house.as_phone(house.cookie_of(paired));
  CHECK(house.pages->get("/api/device", phone).json()["paired"] == true);
  CHECK(house.pages->post("/api/ids", {{"count", 1}}, phone).status == 200);
  Listener listener(*house.pages, phone);
  CHECK(listener.head.status == 200);
  for (auto* target : {"/api/pairing", "/api/enrol", "/api/sample"}) CHECK(house.pages->post(target, {{"on", true}}, phone).status == 403);
  CHECK(house.pages->get("/open?key=" + house.pages->key, phone).status == 404);
  CHECK(house.pages->get("/api/pairing").json()["phones"][0]["name"] == "Téléphone");
}

TEST_CASE("the machine's cookie is none at the phones' door, nor a phone's at the machine's") {
  PhoneHouse house;
  auto phone = house.cookie_of(house.pair(house.open()));
  CHECK(house.pages->get("/api/device", house.as_phone(house.pages->cookie())).status == 401);
  CHECK(house.pages->get("/api/device", {.cookie = phone}).status == 401);
  auto manners = house.as_phone(phone);
  manners.host = house.pages->host();
  CHECK(house.pages->get("/api/device", manners).status == 421);
}

TEST_CASE("five wrong PINs shut the door to new phones, also for the right one, until it is opened anew") {
  PhoneHouse house;
  auto pin = house.open();
  auto early = house.as_phone(house.cookie_of(house.pair(pin)));
  for (int tries = 0; tries < Gate::most_tries; ++tries) CHECK(house.pair(other_than(pin)).status == 403);
  auto late = house.pair(pin);
  CHECK(late.status == 403);
  CHECK(late.head("Set-Cookie").empty());
  CHECK(house.pages->get("/api/pairing").json()["on"] == false);
  CHECK(house.pages->get("/api/device", early).status == 200);
  auto fresh = house.open();
  for (int tries = 1; tries < Gate::most_tries; ++tries) CHECK(house.pair(other_than(fresh)).status == 403);
  CHECK(house.pair(fresh).status == 303);
}

TEST_CASE("the PIN is good for ten minutes, and not a second longer") {
  TempDir dir;
  constexpr std::int64_t now = 1'741'600'000;
  Gate gate(dir.file("pages"), 8'087);
  auto pair_at = [&](std::int64_t at) {
    auto pin = gate.open_door("192.168.1.2:8087", now).pin;
    return gate.pair(at_door("/pair", "pin=" + pin), Language::french, at).status;
  };
  CHECK(pair_at(now + Gate::door_seconds) == 303);
  CHECK(pair_at(now + Gate::door_seconds + 1) == 403);
}

TEST_CASE("so many phones and no more are paired") {
  TempDir dir;
  Gate gate(dir.file("pages"), 8'087);
  auto pin = gate.open_door("192.168.1.2:8087", 1'000).pin;
  auto pair = [&] { return gate.pair(at_door("/pair", "pin=" + pin + "&name=a%0ab"), Language::french, 1'000).status; };
  for (std::size_t count = 0; count < Gate::most_phones; ++count) CHECK(pair() == 303);
  CHECK(pair() == 403);
  CHECK(Gate(dir.file("pages"), 8'087).phones().size() == Gate::most_phones);
  CHECK(gate.phones().front().name == "ab");
}

TEST_CASE("of a phone's key only the hash is kept, and a paired phone survives a restart") {
  TempDir dir;
  Gate gate(dir.file("pages"), 8'087);
  auto pin = gate.open_door("192.168.1.2:8087", 1'000).pin;
  auto cookie = gate.pair(at_door("/pair", "pin=" + pin + "&name=T%C3%A9l+2"), Language::french, 1'000).headers[1].second;
  auto key = cookie.substr(cookie.find('=') + 1, 64);
  std::ifstream file(dir.file("pages"));
  std::string kept(std::istreambuf_iterator<char>(file), {});
  CHECK(kept.find(key) == std::string::npos);
  Gate again(dir.file("pages"), 8'087);
  again.keep_door("192.168.1.2:8087");
  Gate::Passed passed;
  auto visit = at_door("/api/device");
  visit.cookie = "carnet_8087=" + key;
  CHECK_FALSE(again.stop(visit, "/api/device", passed));
  CHECK(passed.phone);
  CHECK(again.phones()[0].name == "Tél 2");
}

TEST_CASE("shutting the door forgets the phones and ends what they hear") {
  PhoneHouse house;
  auto phone = house.as_phone(house.cookie_of(house.pair(house.open())));
  Listener listener(*house.pages, phone), own(*house.pages);
  CHECK(house.pages->post("/api/pairing", {{"on", false}}).status == 200);
  while (!listener.next().is_null()) {}  // until it is ended
  CHECK_THROWS(house.pages->get("/api/device", phone));  // nobody listens there
  CHECK(house.pages->get("/api/pairing").json()["phones"].empty());
  house.open();
  CHECK(house.pages->get("/api/device", phone).status == 401);
  house.question("Comment ?");
  CHECK(own.next("rows")["tables"] == json{"learning_question"});
}

TEST_CASE("a crowd at the phones' door does not keep the machine's pages out") {
  PhoneHouse house({.connections = 4});
  house.open();
  std::vector<std::unique_ptr<Caller>> crowd;
  for (int k = 0; k < 20; ++k) crowd.push_back(std::make_unique<Caller>(house.pages->port, phones_stand, phones_stand));
  CHECK(house.pages->get("/api/device").status == 200);
}
