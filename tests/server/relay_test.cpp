// The relay over real sockets: its limits at their value and one above, slow and rude peers, many devices, a clean stop.
#include <catch2/catch.hpp>

#include <atomic>

#include "client/sync_run.hpp"
#include "tests/doors/caller.hpp"
#include "tests/live_relay.hpp"

using namespace carnet;
using namespace carnet::test;

TEST_CASE("two devices exchange through a relay over HTTP, on one kept connection") {
  LiveRelay relay;
  auto ouinhi = relay.device(), laarne = relay.device();
  ouinhi->sql("INSERT INTO shelf(space,name,level) VALUES(1,'A',1)");
  auto first = sync(*ouinhi->replica);
  REQUIRE(first);
  CHECK(first.report.verdicts.at(relay.space) == Verdict::identical);
  CHECK(first.traffic.connections == 1);
  auto second = sync(*laarne->replica);
  REQUIRE(second);
  CHECK(laarne->get("SELECT name FROM shelf") == "A");
  auto look = sync(*laarne->replica);
  REQUIRE(look);
  CHECK(look.traffic.up + look.traffic.down <= 300);
  CHECK(look.traffic.round_trips == 2);
}

TEST_CASE("a large first sync streams both ways in frames") {
  LiveRelay relay;
  auto ouinhi = relay.device(), laarne = relay.device();
  ouinhi->sql("WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k+1 FROM n WHERE k<20000) "
              "INSERT INTO shelf(space,name,level) SELECT 1,'name '||k||hex(randomblob(4)),k%10 FROM n");
  auto up = sync(*ouinhi->replica);
  INFO((up.error ? up.error->text : ""));
  REQUIRE(up);
  CHECK(up.report.frames_up > 1);
  auto down = sync(*laarne->replica);
  REQUIRE(down);
  CHECK(down.report.rows_down == 20000);
  CHECK(down.report.verdicts.at(relay.space) == Verdict::identical);
}

TEST_CASE("many devices at once are all served, and all end identical") {
  LiveRelay relay;
  std::vector<std::unique_ptr<Device>> devices;
  for (int k = 0; k < 12; ++k) {
    devices.push_back(relay.device());
    devices.back()->sql("INSERT INTO shelf(space,name,level) VALUES(1,'" + std::to_string(k) + "',1)");
  }
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (auto& device : devices) threads.emplace_back([&failures, &device] { failures += !sync(*device->replica); });
  for (auto& thread : threads) thread.join();
  CHECK(failures == 0);
  for (auto& device : devices) {
    auto run = sync(*device->replica);
    REQUIRE(run);
    CHECK(device->get("SELECT count(*) FROM shelf") == "12");
    CHECK(run.report.verdicts.at(relay.space) == Verdict::identical);
  }
}

TEST_CASE("what is no exchange is answered in words and harms nobody") {
  LiveRelay relay;
  auto port = relay.server->port();
  auto answer = [&](const std::string& request) {
    Caller socket(port);
    socket.say(request);
    return socket.hear();
  };
  CHECK(answer("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").starts_with("HTTP/1.1 200"));
  CHECK(answer("GET / HTTP/1.1\r\nHost: x\r\n\r\n").starts_with("HTTP/1.1 404"));
  CHECK(failure_in(answer(post(5, "hello"))).code != Code::busy);
  CHECK(failure_in(answer(post(0, ""))).text.find("breaks off") != std::string::npos);
  CHECK(answer("rubbish\r\n\r\n").empty());
  CHECK(answer("GET / HTTP/1.1\r\nX: " + std::string(10'000, 'x') + "\r\n\r\n").empty());
  auto ouinhi = relay.device();
  CHECK(sync(*ouinhi->replica));
}

TEST_CASE("a body at the limit is read and one byte above is refused") {
  ServerOptions options;
  options.max_body = 1000;
  LiveRelay relay(options);
  auto answer = [&](std::size_t size) {
    Caller socket(relay.server->port());
    Packing packing;
    auto body = packing.flush();
    body.resize(size, '\0');
    socket.say("POST /sync HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (std::size_t at = 0; at < body.size(); at += 500) {
      auto part = body.substr(at, 500);
      char head[16];
      std::snprintf(head, sizeof head, "%zx\r\n", part.size());
      socket.say(head + part + "\r\n");
    }
    socket.say("0\r\n\r\n");
    return failure_in(socket.hear());
  };
  CHECK(answer(1000).code != Code::too_large);
  CHECK(answer(1001).code == Code::too_large);
}

TEST_CASE("a peer that stops in the middle is let go after the stall time, and so is one that does not read") {
  ServerOptions options;
  options.head_seconds = options.stall_seconds = 1;
  LiveRelay relay(options);
  Caller slow(relay.server->port());
  slow.say("POST /sync HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n\x11");
  CHECK(slow.hear("").empty());
  Caller silent(relay.server->port());
  CHECK(silent.hear("").empty());
}

TEST_CASE("a device that asks for much and does not read is let go, and others are served meanwhile") {
  ServerOptions options;
  options.head_seconds = options.stall_seconds = 4;  // of a busy machine's disk, too
  LiveRelay relay(options);
  auto ouinhi = relay.device(), laarne = relay.device();
  // More than the sockets' buffers hold.
  ouinhi->sql("WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k+1 FROM n WHERE k<20) INSERT INTO shelf(space,name) SELECT 1,'s'||k FROM n");
  ouinhi->sql("INSERT INTO book(space,shelf,title,notes) SELECT 1,id,'t',hex(randomblob(400000)) FROM shelf");
  REQUIRE(sync(*ouinhi->replica));
  Packing packing;
  auto key = relay.key(laarne->replica->device());
  auto bearer = bearer_of({Peer::Kind::device, key.device.value, key.generation}, key.bytes);
  packing.put(encode(Hello{key.device, bearer, {}, std::time(nullptr), 0, Mode::usual, 0, {{relay.space, Seq{}, 0, Seq{}}}}, Direction::up, 0));
  packing.put(encode(End{}, Direction::up, 0));
  auto body = packing.flush();
  Caller greedy(relay.server->port());
  greedy.say(post(body.size(), body));
  CHECK(sync(*laarne->replica));
  CHECK(Caller(relay.server->port()).hear("").empty());  // as long as a stall takes, and once more
  CHECK(Caller(relay.server->port()).hear("").empty());
  CHECK(greedy.hear("").size() < 8'000'000);
  CHECK(sync(*laarne->replica));
}

TEST_CASE("devices that stop in the middle of what they send, more than are read at once, keep nobody waiting for long") {
  ServerOptions options;
  options.head_seconds = options.stall_seconds = 60;
  LiveRelay relay(options);
  std::vector<std::unique_ptr<Caller>> stalled;
  for (int k = 0; k < 150; ++k) {
    stalled.push_back(std::make_unique<Caller>(relay.server->port()));
    stalled.back()->say(post(100, "\x11"));
  }
  auto began = std::chrono::steady_clock::now();
  CHECK(sync(*relay.device()->replica));
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(30));
}

TEST_CASE("one connection more than the relay takes is told to come again") {
  ServerOptions options;
  options.limits.connections = 2;
  LiveRelay relay(options);
  Caller one(relay.server->port()), two(relay.server->port());
  one.say("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  two.say("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(one.hear().starts_with("HTTP/1.1 200"));
  CHECK(two.hear().starts_with("HTTP/1.1 200"));
  Caller three(relay.server->port());
  three.say("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(three.hear().starts_with("HTTP/1.1 503"));
}

TEST_CASE("a stop closes idle connections and does not wait for them") {
  auto relay = std::make_unique<LiveRelay>();
  auto ouinhi = relay->device();
  CHECK(sync(*ouinhi->replica));
  Caller idle(relay->server->port());
  idle.say("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(idle.hear().starts_with("HTTP/1.1 200"));
  auto before = std::chrono::steady_clock::now();
  relay.reset();
  CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(8));
}
