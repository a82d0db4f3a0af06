// The page for coordinators, through real sockets: who may look, at which spaces, and what hostile names do to it: nothing.
#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "client/sync_run.hpp"
#include "server/accounts.hpp"
#include "server/status_link.hpp"
#include "tests/doors/caller.hpp"
#include "tests/live_relay.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

struct Office {
  explicit Office(Address::Way way = Address::Way::plain) : relay({}, toy(), way), accounts(relay.store->database()), sika(accounts.add_person("Sika")) {
    accounts.set_role(sika, relay.space, Role::admin, 0);
  }

  std::string token(std::int64_t seconds = 3'600) {
    return token_of({sika, status_generation(relay.store->database(), sika), std::time(nullptr) + seconds}, MasterKey::read(relay.dir.file("relay.db.key")));
  }
  std::string get(const std::string& target, const std::string& fields = "") {
    Caller caller(relay);
    caller.say("GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + fields + "\r\n");
    return caller.hear("");
  }
  std::string with(const std::string& token, const std::string& target = "/status", const std::string& fields = "") { return get(target, "Authorization: Bearer " + token + "\r\n" + fields); }
  nlohmann::json state() {
    auto told = with(token(), "/status.json");
    return nlohmann::json::parse(told.substr(told.find("\r\n\r\n") + 4));
  }

  LiveRelay relay;
  Accounts accounts;
  PersonId sika;
};

bool is_refused(const std::string& answer) { return answer.starts_with("HTTP/1.1 401") && answer.find("town") == std::string::npos; }

}  // namespace

TEST_CASE("a coordinator sees how the devices of a space stand, through TLS and on loopback") {
  for (auto way : {Address::Way::certificate, Address::Way::plain}) {
    Office office(way);
    auto ouinhi = office.relay.device(), laarne = office.relay.device();
    ouinhi->sql("INSERT INTO shelf(space,name,level) VALUES(1,'A',1)");
    REQUIRE(sync(*ouinhi->replica));
    auto space = office.state()["spaces"][0];
    CHECK(space["name"] == "town");
    CHECK(space["rows"] == 1);
    CHECK(space["open_conflicts"] == 0);
    auto& devices = space["devices"];
    REQUIRE(devices.size() == 2);
    CHECK(devices[0]["name"] == "device2");  // never came: first
    CHECK(devices[0]["last_sync"].is_null());
    CHECK(devices[1]["seconds_since_sync"] <= 60);
    CHECK(devices[1]["traffic"] > 100);
    CHECK(office.with(office.token()).find("<td>device1</td>") != std::string::npos);
  }
}

TEST_CASE("open conflicts are counted until they are settled") {
  Office office;
  auto ouinhi = office.relay.device(), laarne = office.relay.device();
  ouinhi->sql("INSERT INTO shelf(space,name,level) VALUES(1,'A',1)");
  for (auto* device : {ouinhi.get(), laarne.get()}) REQUIRE(sync(*device->replica));
  ouinhi->sql("UPDATE shelf SET level=2");
  laarne->sql("UPDATE shelf SET level=3");
  for (auto* device : {ouinhi.get(), laarne.get(), ouinhi.get()}) REQUIRE(sync(*device->replica));
  CHECK(office.state()["spaces"][0]["open_conflicts"] == 1);
  auto conflict = ouinhi->replica->conflicts().at(0);
  REQUIRE(ouinhi->replica->decide(conflict.row, conflict.column, std::int64_t{2}));
  REQUIRE(sync(*ouinhi->replica));
  CHECK(office.state()["spaces"][0]["open_conflicts"] == 0);
}

TEST_CASE("rows that the relay did not take are counted for the device that brought them, and outlive a restart") {
  Office office;
  auto device = office.relay.device();
  REQUIRE(sync(*device->replica));
  office.accounts.set_quota(Quota::rows, 1);
  device->sql("INSERT INTO shelf(space,name) VALUES(1,'A'),(1,'B'),(1,'C')");
  sync(*device->replica);
  office.relay.stop();
  ServerOptions options;
  options.store = office.relay.place;
  options.key = office.relay.dir.file("relay.db.key");
  options.port = 0;
  options.plain = true;
  office.relay.start(options);
  auto seen = office.state()["spaces"][0]["devices"][0];
  CHECK(seen["refused"] == 2);
  CHECK(seen["seconds_since_refusal"] <= 60);
}

TEST_CASE("without a token, with a wrong one, or one that is over, nobody sees anything") {
  Office office;
  auto good = office.token();
  for (auto* target : {"/status", "/status.json"}) {
    CHECK(office.with(good, target).starts_with("HTTP/1.1 200"));
    CHECK(is_refused(office.get(target)));
    for (auto wrong : {std::string("x"), good + "A", good.substr(1), std::string(71, 'A'), std::string()}) CHECK(is_refused(office.with(wrong, target)));
    for (std::size_t at = 0; at < good.size(); at += 7) {
      auto changed = good;
      changed[at] = changed[at] == 'B' ? 'C' : 'B';
      CHECK(is_refused(office.with(changed, target)));
    }
    CHECK(is_refused(office.with(office.token(-1), target)));
  }
  CHECK(is_refused(office.with(token_of({office.sika, status_generation(office.relay.store->database(), office.sika), std::time(nullptr) + 60}, MasterKey(std::string(32, 'k'))))));
  CHECK(is_refused(office.with(token_of({PersonId{99}, 0, std::time(nullptr) + 60}, MasterKey::read(office.relay.dir.file("relay.db.key"))))));
}

TEST_CASE("a newer link makes an earlier one void, and so does a new life of the store") {
  Office office;
  auto earlier = office.token();
  next_status_generation(office.relay.store->database(), office.sika);
  CHECK(is_refused(office.with(earlier)));
  auto later = office.token();
  CHECK(office.with(later).starts_with("HTTP/1.1 200"));
  office.relay.store->begin_new_life(std::time(nullptr));
  CHECK(is_refused(office.with(later)));
}

TEST_CASE("an admin of one space sees no other, and who is an admin no more sees none") {
  Office office;
  auto other = office.relay.store->add_space("Secret", "partnership");
  office.accounts.set_role(office.sika, other, Role::coach, 0);
  office.relay.store->add_device("hidden", {other});
  CHECK(office.state()["spaces"].size() == 1);
  for (auto* target : {"/status", "/status.json"}) {
    auto told = office.with(office.token(), target);
    for (auto* word : {"Secret", "hidden"}) CHECK(told.find(word) == std::string::npos);
  }
  auto token = office.token();
  office.accounts.set_role(office.sika, office.relay.space, Role::writer, std::time(nullptr));
  auto told = office.with(token);
  CHECK(told.find("town") == std::string::npos);
  CHECK(told.find("administrateur d’aucun espace") != std::string::npos);
}

TEST_CASE("hostile names of spaces, people and devices are words on the page and nothing else") {
  Office office;
  std::string evil = "<script>alert(1)</script>\"'&<img src=x onerror=alert(1)>";
  office.accounts.rename("space", office.relay.space.value, evil);
  auto person = office.accounts.add_person("P" + evil);
  office.accounts.set_role(person, office.relay.space, Role::writer, 0);
  office.accounts.add_device("D" + evil, person);
  auto told = office.with(office.token());
  auto page = told.substr(told.find("\r\n\r\n") + 4);
  for (auto* start : {"<script", "<img"}) CHECK(page.find(start) == std::string::npos);
  for (auto* place : {"<h2>", "<td>P", "<td>D"}) CHECK(page.find(std::string(place) + "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;&lt;img") != std::string::npos);
  CHECK(office.state()["spaces"][0]["name"] == evil);
}

TEST_CASE("the page may run nothing, load nothing, be framed by nobody and be kept nowhere") {
  Office office;
  for (auto told : {office.with(office.token()), office.get("/status"), office.get("/status?token=" + office.token())}) {
    CHECK(told.find("Content-Security-Policy: default-src 'none'; style-src 'sha256-") != std::string::npos);
    CHECK(told.find("frame-ancestors 'none'") != std::string::npos);
    CHECK(told.find("Cache-Control: no-store\r\n") != std::string::npos);
    CHECK(told.find("Referrer-Policy: no-referrer\r\n") != std::string::npos);
    CHECK(told.find("<script") == std::string::npos);
    CHECK(told.find("Content-Type: text/html") != std::string::npos);
  }
  CHECK(office.with(office.token(), "/status.json").find("Content-Type: application/json\r\n") != std::string::npos);
}

TEST_CASE("a link gives a cookie for its token and leads on to the page without it") {
  Office office;
  auto token = office.token();
  auto told = office.get("/status?token=" + token);
  CHECK(told.starts_with("HTTP/1.1 200"));
  auto at = told.find("Set-Cookie: carnet_status=" + token + "; Path=/status; Max-Age=");
  REQUIRE(at != std::string::npos);
  auto line = told.substr(at, told.find("\r\n", at) - at);
  CHECK(line.ends_with("; HttpOnly; Secure; SameSite=Strict"));
  CHECK(told.substr(told.find("\r\n\r\n")).find(token) == std::string::npos);
  CHECK(told.find("url=/status\"") != std::string::npos);
  CHECK(office.get("/status", "Cookie: other=1; carnet_status=" + token + "\r\n").find("town") != std::string::npos);
  CHECK(is_refused(office.get("/status", "Cookie: carnet_status=" + token + "x\r\n")));
  CHECK(office.get("/status?token=wrong").find("Set-Cookie") == std::string::npos);
}

TEST_CASE("the page speaks French, Dutch or English, as the browser asks") {
  Office office;
  auto speaks = [&](const std::string& accepted) {
    auto told = office.with(office.token(), "/status", accepted.empty() ? "" : "Accept-Language: " + accepted + "\r\n");
    return told.substr(told.find("lang=\"") + 6, 2);
  };
  CHECK(speaks("") == "fr");
  CHECK(speaks("nl-BE,nl;q=0.9,en;q=0.8") == "nl");
  CHECK(speaks("de, en;q=0.5, fr;q=0.4") == "en");
  CHECK(speaks("en;q=0.3,fr;q=0.9") == "fr");
  CHECK(speaks("zh") == "fr");
  CHECK(speaks(";;q=,,q=x") == "fr");
}

TEST_CASE("a store of version 1 or 2 is brought up: its devices have been refused nothing, and it holds no media", "[file]") {
  TempDir dir;
  SqlStore::create(dir.file("relay.db"), 1'741'600'000);
  {
    auto db = open_database(dir.file("relay.db"));
    db->exec("UPDATE store SET version=2; DROP TABLE blob; DROP TABLE blob_part; ALTER TABLE space DROP COLUMN sealing");
    if (GENERATE(1, 2) == 1)
      db->exec("UPDATE store SET version=1; ALTER TABLE place DROP COLUMN refused; ALTER TABLE place DROP COLUMN refused_at; ALTER TABLE person DROP COLUMN links; ALTER TABLE device DROP COLUMN traffic");
  }
  SqlStore store(dir.file("relay.db"));
  auto device = store.add_device("one", {store.add_space("town", "partnership")});
  std::map<DeviceId, Contact> visits{{device, {.at = 1'741'600'000, .traffic = 5}}};
  store.note(visits);
  CHECK(store.database().number("SELECT traffic FROM device") == 5);
  CHECK(store.media(SpaceId{1}).empty());
  SqlStore(dir.file("relay.db"));
}
