// `carnet serve` over real sockets: who may ask, what a page hears, and how it ends.
#include <catch2/catch.hpp>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "client/media.hpp"
#include "client/settings.hpp"
#include "tests/client/house.hpp"

using namespace carnet;
using namespace carnet::test;
using nlohmann::json;

// Who may ask

TEST_CASE("a name that was bent to this machine gets nothing, whatever it asks") {
  OpenHouse house;
  for (auto& host : {std::string("evil.example"), "evil.example:" + std::to_string(house.pages->port), std::string("127.0.0.1"), std::string(), std::string("127.0.0.1:1"),
                     std::string(phones_stand) + ":" + std::to_string(house.pages->port)}) {
    CAPTURE(host);
    for (auto* target : {"/", "/api/device", "/open?key=x", "/api/events", "/pair"}) CHECK(house.pages->get(target, {.host = host}).status == 421);
    CHECK(house.pages->post("/api/ids", {{"count", 1}}, {.host = host}).status == 421);
  }
  for (auto* host : {"localhost:", "[::1]:", "127.0.0.1:"}) CHECK(house.pages->get("/api/device", {.host = host + std::to_string(house.pages->port)}).status == 200);
}

TEST_CASE("without the cookie, or with another, nothing is told and nothing is done") {
  OpenHouse house;
  auto& pages = *house.pages;
  for (auto& cookie : {std::string(), std::string("carnet=") + pages.key, pages.cookie() + "x", "x" + pages.cookie(), pages.cookie().substr(0, 40), std::string("carnet_" + std::to_string(pages.port))}) {
    CAPTURE(cookie);
    for (auto* target : {"/api/device", "/api/rows?table=visit", "/api/events", "/api/", "/%61pi/device", "/a%70i/rows?table=visit", "/%2fapi/device", "/paper/journal/1.html", "/pape%72/journal/1.html"})
      CHECK((pages.get(target, {.cookie = cookie}).status == 401 || pages.get(target, {.cookie = cookie}).status == 404));
    CHECK(pages.get("/%61pi/device", {.cookie = cookie}).status == 401);
    CHECK(pages.post("/api/ids", {{"count", 1}}, {.cookie = cookie}).status == 401);
    CHECK(pages.post("/%61pi/ids", {{"count", 1}}, {.cookie = cookie}).status == 401);
  }
  CHECK(pages.get("/api/device", {.cookie = "a=b; " + pages.cookie() + "; c=d"}).status == 200);
  CHECK(pages.get("/", {.cookie = ""}).status == 200);  // the pages themselves hold nothing
}

TEST_CASE("a wish of another page, or of a form, changes nothing") {
  OpenHouse house;
  auto& pages = *house.pages;
  json wish{{"table", "learning_question"}, {"space", 7}, {"fields", {{"wording", "?"}}}};
  for (auto* origin : {"", "null", "http://evil.example", "http://127.0.0.1", "https://127.0.0.1", "http://localhost"}) CHECK(pages.post("/api/rows", wish, {.origin = origin}).status == 403);
  CHECK(pages.post("/api/rows", wish, {.origin = "http://localhost:" + std::to_string(pages.port)}).status == 403);  // another way to this server
  for (auto* type : {"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx"}) CHECK(pages.post("/api/rows", wish, {.type = type}).status == 415);
  for (auto* method : {"PATCH", "DELETE", "PUT"}) CHECK(pages.ask(method, "/api/rows/1", "{}", {.origin = "http://evil.example"}).status == 403);
  CHECK(house.get("SELECT count(*) FROM learning_question") == "0");
  CHECK(pages.post("/api/rows", wish, {.type = "application/json; charset=utf-8"}).status == 201);
}


TEST_CASE("pages are only read, and what is none is not there") {
  OpenHouse house;
  auto& pages = *house.pages;
  CHECK(pages.get("/").head("Content-Type") == "text/html; charset=utf-8");
  CHECK(pages.ask("HEAD", "/").status == 200);
  for (auto* method : {"POST", "PUT", "DELETE", "OPTIONS"}) CHECK(pages.ask(method, "/").status == 405);
  CHECK(pages.post("/open?key=" + pages.key, nothing).status == 405);
  for (auto* target : {"/carnet.db", "/../carnet.db", "/..%2fcarnet.db", "/sample.json", "/etc/passwd", "//etc/passwd", "/.", "/%00", "/index.html%00"}) CHECK(pages.get(target).status == 404);
}

TEST_CASE("the key opens the pages, and another does not") {
  OpenHouse house;
  auto opened = house.pages->get("/open?key=" + house.pages->key, {.cookie = ""});
  CHECK(opened.status == 303);
  CHECK(opened.head("Location") == "/");
  CHECK(opened.head("Set-Cookie") == house.pages->cookie() + "; HttpOnly; SameSite=Strict; Path=/; Max-Age=31536000");
  for (auto* target : {"/open", "/open?key=", "/open?key=x", "/open?kez=x"}) {
    auto refused = house.pages->get(target, {.cookie = ""});
    CHECK(refused.status == 403);
    CHECK(refused.head("Set-Cookie").empty());
  }
}

TEST_CASE("the key lies in a file for this user alone, and survives a restart") {
  OpenHouse house;
  struct stat file{};
  REQUIRE(stat((house.folder() + "/carnet.db.pages").c_str(), &file) == 0);
  CHECK((file.st_mode & 0777) == 0600);
  auto key = house.pages->key;
  house.pages.reset();
  house.begin();
  CHECK(house.pages->key == key);
  house.pages.reset();
  std::ofstream(house.folder() + "/carnet.db.pages") << "key abc\nrubbish\nphone\n";
  house.begin();
  CHECK(house.pages->key.size() == 64);
  CHECK(house.pages->key != key);
}

TEST_CASE("every answer says what may run in it, and lets no other page read it") {
  OpenHouse house;
  auto& pages = *house.pages;
  Listener listener(pages);
  auto large = pages.ask("POST", "/api/rows", std::string((2 << 20) + 1, ' '));
  for (auto& heard : {pages.get("/"), pages.get("/nothing"), pages.get("/api/device"), pages.get("/api/device", {.cookie = ""}), pages.get("/", {.host = "evil.example"}), pages.get("/open?key=x"), pages.get("/pair"),
                      pages.post("/api/rows", nothing), pages.ask("OPTIONS", "/api/rows"), large, listener.head}) {
    CAPTURE(heard.status, heard.body);
    REQUIRE(heard.status > 0);
    CHECK_THAT(heard.head("Content-Security-Policy"), Catch::StartsWith("default-src 'none'; script-src 'self'; style-src 'self';"));
    CHECK(heard.head("X-Content-Type-Options") == "nosniff");
    CHECK(heard.head("Referrer-Policy") == "same-origin");
    CHECK(heard.head("Cross-Origin-Resource-Policy") == "same-origin");
    CHECK(heard.head("Cache-Control") == "no-store");
    for (auto& [name, value] : heard.heads) CHECK_FALSE(name.starts_with("Access-Control"));
  }
}

// Limits

TEST_CASE("a body of 2 MiB is taken, one byte more is refused with an answer") {
  OpenHouse house;
  json wish{{"table", "factor"}, {"space", 7}, {"fields", {{"description", "x"}}}};
  auto body = wish.dump();
  body += std::string((2 << 20) - body.size(), ' ');
  CHECK(house.pages->ask("POST", "/api/rows", body).status == 201);
  CHECK(house.pages->ask("POST", "/api/rows", body + " ").status == 413);
  Caller chunked(house.pages->port);
  chunked.wait_at_most(30);
  auto head = house.pages->request("POST", "/api/rows");
  head.replace(head.find("Content-Length: 0"), 17, "Transfer-Encoding: chunked");
  chunked.say(head);
  for (int piece = 0; piece < 3; ++piece) chunked.say("100000\r\n" + std::string(1 << 20, ' ') + "\r\n");
  CHECK(Answered(chunked.hear("")).status == 413);
  CHECK(house.get("SELECT count(*) FROM factor") == "1");
}

TEST_CASE("a head of 16 KiB is taken, one byte more is refused") {
  OpenHouse house;
  auto& pages = *house.pages;
  auto with_head_of = [&](std::size_t bytes) {
    auto request = pages.request("GET", "/api/device");
    auto more = std::string("X-Long: ") + std::string(bytes - request.size() - 10, 'x') + "\r\n";
    Caller caller(pages.port);
    caller.wait_at_most(30);
    caller.say(request.insert(request.size() - 2, more));
    return Answered(caller.hear("")).status;
  };
  CHECK(with_head_of(16 * 1'024) == 200);
  CHECK(with_head_of(16 * 1'024 + 1) == 431);
}

TEST_CASE("what is no HTTP is refused or left alone, and the next is answered") {
  OpenHouse house;
  for (auto& rubbish : {std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11), std::string("GET\r\n\r\n"), std::string("GET / HTTP/9.9\r\n\r\n"), std::string(5'000, 'A'),
                        std::string("POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"), std::string("POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n"), std::string("\0\0\0\0", 4)}) {
    Caller caller(house.pages->port);
    caller.wait_at_most(30);
    caller.say(rubbish);
    caller.finish();
    auto heard = Answered(caller.hear(""));
    CAPTURE(rubbish.substr(0, 20), heard.status);
    CHECK((heard.status == 0 || heard.status == 400 || heard.status == 413 || heard.status == 421));
  }
  CHECK(house.pages->get("/api/device").status == 200);
}

TEST_CASE("a head or a body that drips is given up after its time, and who says nothing after his") {
  OpenHouse house({.head_seconds = 1, .body_seconds = 1, .idle_seconds = 1});
  auto request = house.pages->request("POST", "/api/rows", std::string(1'000, ' '));
  auto seconds = [](auto&& work) {
    auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  Caller head(house.pages->port), body(house.pages->port), silent(house.pages->port);
  head.say(request.substr(0, 20));
  body.say(request.substr(0, request.size() - 1'000));
  CHECK(seconds([&] { head.drip('x'); }) < 5);
  CHECK(seconds([&] { body.drip(' '); }) < 5);
  CHECK(silent.hear("").empty());
}

TEST_CASE("above so many connections the next is closed at once, and is served when one has gone") {
  OpenHouse house({.connections = 3});
  auto device = [&] { return house.pages->get("/api/device").status; };
  {
    std::vector<std::unique_ptr<Caller>> callers;
    for (int k = 0; k < 3; ++k) {
      callers.push_back(std::make_unique<Caller>(house.pages->port));
      auto request = house.pages->request("GET", "/api/device");
      request.erase(request.find("Connection: close\r\n"), 19);
      callers.back()->say(request);
      REQUIRE(!callers.back()->hear().empty());
    }
    CHECK(device() == 0);
  }
  int tries = 0;
  while (device() != 200 && ++tries < 10'000) {}
  CHECK(tries < 10'000);
}

TEST_CASE("above so many streams the next is refused, and one that went makes room at once") {
  OpenHouse house({.streams = 2});
  auto first = std::make_unique<Listener>(*house.pages), second = std::make_unique<Listener>(*house.pages);
  CHECK(house.pages->get("/api/events").status == 503);
  first.reset();
  for (int tries = 0; tries < 10'000; ++tries) {
    Caller caller(house.pages->port);
    caller.say(house.pages->request("GET", "/api/events"));
    if (Answered(caller.hear()).status == 200) return;
  }
  FAIL("no room");
}

// Events

TEST_CASE("a page hears of its own writes by table, and of nothing else") {
  OpenHouse house;
  Listener listener(*house.pages);
  CHECK(listener.head.head("Content-Type") == "text/event-stream");
  auto id = house.question("Comment ?");
  CHECK(listener.next() == json{{"rows", {{"tables", {"learning_question"}}}}});
  house.pages->get("/api/rows?table=learning_question");
  house.pages->get("/api/status");
  house.pages->post("/api/rows", nothing);  // refused
  house.pages->ask("PATCH", "/api/rows/" + std::to_string(id), R"({"fields":{"wording":"Comment ?"}})");  // nothing new
  house.pages->post("/api/rows", {{"table", "project"}, {"space", 7}, {"fields", {{"name", "Puits"}}}});
  CHECK(listener.next() == json{{"rows", {{"tables", {"project"}}}}});
}

TEST_CASE("every page hears of what any other tool writes") {
  OpenHouse house;
  Listener one(*house.pages), two(*house.pages);
  house.sql("BEGIN; INSERT INTO factor(space,description) VALUES(7,'Route'); INSERT INTO project(space,name) VALUES(7,'Puits'); COMMIT");
  for (auto* listener : {&one, &two}) {
    auto tables = listener->next("rows")["tables"].get<std::set<std::string>>();  // those, or all
    CHECK(tables.contains("factor"));
    CHECK(tables.contains("project"));
  }
}

TEST_CASE("another tool's write is told though a page saves right after it") {
  OpenHouse house;
  Listener listener(*house.pages);
  for (int round = 0; round < 20; ++round) {
    house.sql("INSERT INTO factor(space,description) VALUES(7,'Route')");
    house.question("Comment ?");
    bool factor = false, question = false;
    while (!factor || !question) {
      auto event = listener.next("rows");
      REQUIRE(!event.is_null());
      for (auto& name : event["tables"]) factor |= name == "factor", question |= name == "learning_question";
    }
  }
}

TEST_CASE("a program that collects what it writes is noticed, too") {
  OpenHouse house;
  Listener listener(*house.pages);
  {
    Replica other(house.database(), domain());
    other.database().exec("INSERT INTO factor(space,description) VALUES(7,'Route')");
    other.collect();
  }
  auto tables = listener.next("rows")["tables"];
  CHECK(std::find(tables.begin(), tables.end(), "factor") != tables.end());
}

TEST_CASE("settings that anybody changes are told as status, and rows are not") {
  OpenHouse house;
  Listener listener(*house.pages);
  house.pages->ask("PATCH", "/api/settings", R"({"language":"nl"})");
  CHECK(listener.next() == json{{"status", nothing}});
  house.sql("UPDATE carnet_setting SET value='fr' WHERE name='language'");
  CHECK(listener.next() == json{{"status", nothing}});
  house.sql("INSERT INTO project(space,name) VALUES(7,'Puits')");
  CHECK(listener.next() == json{{"rows", {{"tables", {"project"}}}}});
}

TEST_CASE("a page that does not read its events holds up nobody") {
  OpenHouse house;
  Listener deaf(*house.pages), hears(*house.pages);
  for (int k = 0; k < 300; ++k) {
    house.question("Comment ?");
    REQUIRE(hears.next("rows")["tables"].get<std::set<std::string>>().contains("learning_question"));
  }
}

// Beside a relay

namespace {

// The device of the pages, and another, at a relay.
struct Partnership {
  LiveRelay relay{{}, domain()};
  std::unique_ptr<Device> other = relay.device();
  House house;

  explicit Partnership(const std::string& policy = "manual") { house.enrol(relay, "pages", relay.space, policy); }
  void write_elsewhere(const std::string& sql) {
    other->sql(sql);
    carnet::sync(*other->replica);
  }
};

}  // namespace

TEST_CASE("an exchange is told as it runs and as it ends, with the rows that it brought") {
  Partnership both;
  both.write_elsewhere("INSERT INTO factor(space,description) VALUES(1,'Route')");
  both.house.begin();
  auto& pages = *both.house.pages;
  Listener listener(pages);
  CHECK(pages.post("/api/sync", nothing).status == 202);
  CHECK(listener.next("sync")["state"] == "running");
  json rows, done;
  while (done.is_null()) {
    auto event = listener.next();
    REQUIRE(!event.is_null());
    if (event.contains("rows")) rows = event["rows"]["tables"];
    if (event.contains("sync") && event["sync"]["state"] != "running") done = event["sync"];
  }
  CHECK(rows == json{"factor"});
  CHECK(done["state"] == "done");
  CHECK(done["rows_down"] == 1);
  CHECK(done["up"] > 0);
  CHECK(done["error"] == nullptr);
  CHECK(!listener.next("status").is_null());
  pages.post("/api/rows", {{"table", "project"}, {"space", 1}, {"fields", {{"name", "Puits"}}}});
  CHECK(listener.next() == json{{"rows", {{"tables", {"project"}}}}});  // and nothing in between
  CHECK(pages.get("/api/rows?table=factor").json()["factor"][0]["description"] == "Route");
}

TEST_CASE("a relay that is away is told in words, and the next try goes on") {
  Partnership both;
  both.relay.stop();
  both.house.begin();
  Listener listener(*both.house.pages);
  for (int time = 0; time < 2; ++time) {
    CHECK(both.house.pages->post("/api/sync", nothing).status == 202);
    auto event = listener.next("sync");
    while (event["state"] == "running") event = listener.next("sync");
    CHECK(event["state"] == "failed");
    CHECK(event["error"].get<std::string>().size() > 10);
  }
}

TEST_CASE("the agent inside sends what waits, and its bookkeeping tells no page that rows changed") {
  Partnership both("link");
  both.house.sql("INSERT INTO project(space,name) VALUES(1,'Puits')");
  both.house.begin();
  auto& pages = *both.house.pages;
  while (pages.get("/api/device").json()["spaces"][0]["waiting"] != 0) {}
  Listener listener(pages);
  pages.post("/api/rows", {{"table", "factor"}, {"space", 1}, {"fields", {{"description", "Route"}}}});
  CHECK(listener.next("rows") == json{{"tables", {"factor"}}});
  while (pages.post("/api/sync", nothing).status != 202) {}  // while the agent is at it itself
  while (pages.get("/api/device").json()["spaces"][0]["waiting"] != 0) {}
  both.house.sql("INSERT INTO visit(space,title) VALUES(1,'Visite')");
  CHECK(listener.next("rows") == json{{"tables", {"visit"}}});
}

TEST_CASE("after a fault of the disk the agent inside goes on when it is asked") {
  Partnership both;
  both.house.begin();
  auto& pages = *both.house.pages;
  Listener listener(pages);
  auto sync_ends = [&] {
    CHECK(pages.post("/api/sync", nothing).status == 202);
    auto event = listener.next("sync");
    while (event["state"] == "running") event = listener.next("sync");
    return event["state"].get<std::string>();
  };
  auto lock = both.house.database() + ".transfer";
  std::filesystem::remove(lock);
  std::filesystem::create_directory(lock);  // so that it cannot be written
  CHECK(sync_ends() == "failed");
  CHECK(sync_ends() == "failed");
  std::filesystem::remove(lock);
  CHECK(sync_ends() == "done");
}

TEST_CASE("damage that the agent finds stops the pages' writes") {
  Partnership both;
  both.house.begin();
  auto& pages = *both.house.pages;
  Listener listener(pages);
  both.house.sql("INSERT INTO carnet_setting(name,value) VALUES('damaged','page 7')");  // as any program marks it
  CHECK(!listener.next("status").is_null());
  CHECK(pages.post("/api/ids", {{"count", 1}}).status == 423);
  CHECK(pages.get("/api/rows?table=visit").status == 200);
}

// The sample

TEST_CASE("the sample comes and goes under the pages that are open") {
  OpenHouse house;
  auto& pages = *house.pages;
  Listener listener(pages);
  house.question("Comment ?");
  CHECK(listener.next("rows")["tables"] == json{"learning_question"});
  for (int time = 0; time < 3; ++time) {
    CHECK(pages.post("/api/sample", nothing).status == 201);
    CHECK(!listener.next("status").is_null());
    CHECK(pages.get("/api/device").json()["sample"] == true);
    CHECK(pages.post("/api/sync", nothing).status == 422);
    CHECK(pages.post("/api/rows", {{"table", "project"}, {"space", 1}, {"fields", {{"name", "Essai"}}}}).status == 201);
    CHECK(listener.next("rows")["tables"] == json{"project"});
    CHECK(pages.ask("DELETE", "/api/sample").status == 204);
    CHECK(!listener.next("status").is_null());
    CHECK(pages.get("/api/rows?table=learning_question").json()["learning_question"].size() == 1);
  }
}


// Its end

TEST_CASE("it ends with pages that listen, half a request and an exchange under way") {
  auto both = std::make_unique<Partnership>();
  both->relay.stop();
  auto& house = both->house;
  house.begin();
  Listener listener(*house.pages), other(*house.pages);
  Caller half(house.pages->port);
  half.say("GET / HTTP/1.1\r\nHost:");
  house.pages->post("/api/sync", nothing);
  auto start = std::chrono::steady_clock::now();
  house.pages->stop();
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(2));
  CHECK_FALSE(house.pages->ended_by_fault);
  while (!listener.next().is_null()) {}
}

TEST_CASE("where the port is taken it says so, and another home beside it has its own key") {
  OpenHouse one, two;
  ServeOptions options;
  options.folder = one.dir.file("third");
  options.port = two.pages->port;
  auto taken = serve(options, [](auto&) {});
  REQUIRE_FALSE(taken);
  CHECK(taken.error().code == Code::busy);
  CHECK_THAT(taken.error().text, Catch::Contains("--port"));
  CHECK(one.pages->get("/api/device", {.cookie = two.pages->cookie()}).status == 401);
  auto both = one.pages->cookie() + "; " + two.pages->cookie();
  CHECK(one.pages->get("/api/device", {.cookie = both}).status == 200);
  CHECK(two.pages->get("/api/device", {.cookie = both}).status == 200);
}
