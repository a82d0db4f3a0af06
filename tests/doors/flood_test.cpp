// Who comes too often, too many at once, or too slowly. Others are served meanwhile, and whoever is turned away is told when to come again.
#include <catch2/catch.hpp>

#include "client/sync_run.hpp"
#include "tests/doors/caller.hpp"
#include "tests/live_relay.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

const std::string health = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string stranger = "127.0.0.2", neighbour = "127.0.0.3";

// A connection that was served once and stays.
std::unique_ptr<Caller> settled(LiveRelay& relay, const std::string& from) {
  auto peer = std::make_unique<Caller>(relay, from);
  peer->say(health);
  REQUIRE(peer->hear().starts_with("HTTP/1.1 200"));
  return peer;
}

std::string look(LiveRelay& relay, const std::string& from) {
  Caller peer(relay, from);
  peer.say(health);
  return peer.hear();
}

}  // namespace

TEST_CASE("a device that finds the relay full is told to come again, and loses nothing") {
  ServerOptions options;
  options.limits.connections = 2;
  LiveRelay relay(options, toy(), Address::Way::certificate);
  auto device = relay.device();
  device->sql("INSERT INTO shelf(space,name,level) VALUES(1,'A',1)");
  {
    auto one = settled(relay, stranger), two = settled(relay, neighbour);
    auto run = sync(*device->replica);
    REQUIRE_FALSE(run);
    CHECK(run.error->code == Code::busy);
    CHECK(run.error->text.find("come again in 30 s") != std::string::npos);
    CHECK(look(relay, neighbour).find("Retry-After: 30\r\n") != std::string::npos);
  }
  settled(relay, stranger);  // the relay has seen that they went
  CHECK(sync(*device->replica));
}

TEST_CASE("one address cannot take all connections") {
  ServerOptions options;
  options.limits.of_party = 2;
  LiveRelay relay(options, toy(), Address::Way::certificate);
  auto one = settled(relay, stranger), two = settled(relay, stranger);
  CHECK(look(relay, stranger).starts_with("HTTP/1.1 503"));
  CHECK(look(relay, neighbour).starts_with("HTTP/1.1 200"));
  CHECK(sync(*relay.device()->replica));
}

TEST_CASE("a flood of connections beyond that is closed at once") {
  ServerOptions options;
  options.limits.of_party = 2;
  LiveRelay relay(options, toy(), Address::Way::certificate);
  auto one = settled(relay, stranger), two = settled(relay, stranger);
  std::vector<std::unique_ptr<Caller>> flood;
  for (int k = 0; k < 64; ++k) flood.push_back(std::make_unique<Caller>(relay, stranger));
  CHECK(look(relay, stranger).empty());
  CHECK(sync(*relay.device()->replica));
}

TEST_CASE("an address that asks too often is told 429, and rubbish uses its share up sooner") {
  ServerOptions options;
  options.limits.party = {5, 0.1};
  LiveRelay relay(options, toy(), Address::Way::certificate);
  auto polite = settled(relay, neighbour);  // the connection and its first request: two
  for (int k = 0; k < 3; ++k) {
    polite->say(health);
    CHECK(polite->hear().starts_with("HTTP/1.1 200"));
  }
  polite->say(health);
  auto told = polite->hear("");
  CHECK(told.starts_with("HTTP/1.1 429"));
  CHECK(told.find("Retry-After: 10\r\n") != std::string::npos);
  {
    Caller rubbish(relay, stranger);
    rubbish.say(post("\x12no stream"));
    CHECK(failure_in(rubbish.hear("")).code == Code::malformed);
  }
  CHECK(look(relay, stranger).starts_with("HTTP/1.1 429"));
  CHECK(sync(*relay.device()->replica));
}

TEST_CASE("a device that comes too often is told when it may come again; others are not concerned") {
  ServerOptions options;
  options.limits.device = {3, 0.01};
  LiveRelay relay(options, toy(), Address::Way::certificate);
  auto often = relay.device(), seldom = relay.device();
  for (int k = 0; k < 3; ++k) CHECK(sync(*often->replica));
  often->sql("INSERT INTO shelf(space,name,level) VALUES(1,'A',1)");
  auto run = sync(*often->replica);
  REQUIRE_FALSE(run);
  CHECK(run.error->code == Code::busy);
  CHECK(run.error->text.find("device 1 comes too often; come again in 100 s") != std::string::npos);
  CHECK(often->replica->pending_rows(relay.space) == 1);
  CHECK(relay.store->find_space("town")->digest.rows == 0);
  CHECK(sync(*seldom->replica));
}

TEST_CASE("a device that hears from a proxy, or from a network that wants a login, takes it for a link that is down") {
  LiveRelay relay{{}, toy(), Address::Way::certificate};
  auto device = relay.device();
  for (auto* answer : {"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>"}) {
    Imposter imposter(answer);
    device->replica->set("address", "http://127.0.0.1:" + std::to_string(imposter.port()));
    auto run = sync(*device->replica);
    REQUIRE_FALSE(run);
    CHECK(run.error->code == Code::busy);
    CHECK(run.error->text.starts_with("not the relay answers at"));
  }
  device->replica->set("address", relay.address());
  CHECK(sync(*device->replica));
}

TEST_CASE("a head that comes byte by byte is not waited for, nor a body, nor the frames of a device that was let in") {
  ServerOptions options;
  options.head_seconds = options.stall_seconds = 1;
  LiveRelay relay(options, toy(), Address::Way::certificate);
  auto device = relay.device();
  Packing packing;
  packing.put(encode(Hello{device->replica->device(), relay.bearer(device->replica->device()), {}, std::time(nullptr), 0, Mode::usual, 0, {{relay.space, Seq{}, 0, Seq{}}}}, Direction::up, 0));
  constexpr char nothing = '\0';  // to the unpacker, an empty block
  for (auto& [beginning, byte] : {std::pair(std::string("POST /sync HTTP/1.1\r\nX: "), 'x'), {post(1'000'000, "\x11"), nothing}, {post(1'000'000, packing.flush()), nothing}}) {
    Caller slow(relay, stranger);
    slow.say(beginning);
    auto bytes = slow.drip(byte);
    CHECK(bytes > 5);
    CHECK(bytes < 200);
  }
  CHECK(sync(*device->replica));
}

TEST_CASE("a hello of TLS that comes byte by byte is not waited for, nor one that never comes") {
  ServerOptions options;
  options.head_seconds = 1;
  LiveRelay relay(options, toy(), Address::Way::certificate);
  Caller slow(relay.server->port(), stranger), silent(relay.server->port(), stranger);
  slow.say(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11));
  auto bytes = slow.drip('x');
  CHECK(bytes > 5);
  CHECK(bytes < 200);
  CHECK(silent.hear("").empty());
  CHECK(sync(*relay.device()->replica));
}

TEST_CASE("connections that say nothing take the share of their address and no more, and others come in meanwhile") {
  ServerOptions options;
  options.limits.of_party = 20;
  LiveRelay relay(options, toy(), Address::Way::certificate);
  std::vector<std::unique_ptr<Caller>> flood;
  for (int k = 0; k < 200; ++k) flood.push_back(std::make_unique<Caller>(relay.server->port(), stranger));
  CHECK(look(relay, stranger).empty());
  CHECK(look(relay, neighbour).starts_with("HTTP/1.1 200"));
  CHECK(sync(*relay.device()->replica));
}
