// The bad link's sockets: bytes, ends and cuts, as both sides see them.
#include <catch2/catch.hpp>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <thread>
#include <utility>

#include "tests/link/made_up.hpp"

using namespace carnet::test;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t seed = 20250310;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return where;
}

class Caller {
 public:
  explicit Caller(int handle) : handle_(handle) {
    timeval patience{20, 0};
    setsockopt(handle_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(handle_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  }
  Caller(Caller&& other) noexcept : handle_(std::exchange(other.handle_, -1)) {}
  Caller& operator=(Caller&&) = delete;
  ~Caller() { close(handle_); }
  static Caller at(std::uint16_t port) {
    Caller made(socket(AF_INET, SOCK_STREAM, 0));
    auto where = loopback(port);
    if (connect(made.handle_, reinterpret_cast<sockaddr*>(&where), sizeof where) != 0) throw std::runtime_error("no connection");
    return made;
  }
  void say(std::string_view bytes) {
    while (!bytes.empty()) {
      auto sent = send(handle_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  void say_no_more() { shutdown(handle_, SHUT_WR); }
  void leave_by_reset() {
    linger at_once{1, 0};
    setsockopt(handle_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(std::exchange(handle_, -1));
  }
  // Until the other side ends, or so many bytes.
  std::string hear(std::size_t enough = SIZE_MAX) {
    std::string all;
    char buffer[4096];
    while (all.size() < enough) {
      auto got = recv(handle_, buffer, std::min(sizeof buffer, enough - all.size()), 0);
      was_reset = got < 0 && errno == ECONNRESET;
      if (got <= 0) return all;
      all.append(buffer, static_cast<std::size_t>(got));
    }
    return all;
  }
  bool was_reset = false;

 private:
  int handle_;
};

class Door {
 public:
  Door() : handle_(socket(AF_INET, SOCK_STREAM, 0)) {
    auto where = loopback(0);
    socklen_t size = sizeof where;
    if (bind(handle_, reinterpret_cast<sockaddr*>(&where), size) != 0 || listen(handle_, 8) != 0) throw std::runtime_error("no door");
    getsockname(handle_, reinterpret_cast<sockaddr*>(&where), &size);
    port = ntohs(where.sin_port);
    timeval patience{20, 0};
    setsockopt(handle_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~Door() { close(handle_); }
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;
  Caller open() { return Caller(accept(handle_, nullptr, nullptr)); }
  std::uint16_t port = 0;

 private:
  int handle_;
};

// Two ends with a link between them.
struct Linked {
  explicit Linked(const Profile& profile, double speed = 1) : link(door.port, profile, seed, speed) {}
  std::pair<Caller, Caller> connect() {
    auto device = Caller::at(link.port());
    return {std::move(device), door.open()};
  }
  Door door;
  Link link;
};

}  // namespace

TEST_CASE("a clean link passes bytes both ways unchanged, and an end of either side by itself") {
  Linked linked(clean());
  auto [device, relay] = linked.connect();
  auto all = letters(1'000'000);
  std::thread writer([&device = device, &all] { device.say(all); device.say_no_more(); });
  CHECK(relay.hear() == all);
  writer.join();
  relay.say("well");
  CHECK(device.hear(4) == "well");
  relay.say(all.substr(0, 10'000));
  relay.say_no_more();
  CHECK(device.hear() == all.substr(0, 10'000));
  CHECK_FALSE(device.was_reset);
  auto counters = linked.link.counters();
  CHECK(counters.connections == 1);
  CHECK(counters.up == 1'000'000);
  CHECK(counters.down == 10'004);
  CHECK(counters.put_up == counters.up);
  CHECK(counters.put_down == counters.down);
  CHECK(counters.cuts == 0);
}

TEST_CASE("a reset is passed on, and so is a relay that does not listen") {
  Linked linked(clean());
  auto [device, relay] = linked.connect();
  device.say("x");
  CHECK(relay.hear(1) == "x");
  device.leave_by_reset();
  CHECK(relay.hear().empty());
  CHECK(relay.was_reset);
  std::uint16_t nobody = Door().port;
  Link link(nobody, clean(), 1);
  auto alone = Caller::at(link.port());
  CHECK(alone.hear().empty());
  CHECK(alone.was_reset);
}

TEST_CASE("bytes are never early, and time counts on the link's own clock") {
  Linked linked(*profile("satellite"), 50);
  auto [device, relay] = linked.connect();
  device.say("question");
  CHECK(relay.hear(8) == "question");
  relay.say("answer");
  CHECK(device.hear(6) == "answer");
  CHECK(linked.link.counters().busy_seconds >= 2.8);  // one round trip for the connection, one for the question
}

TEST_CASE("a sender is kept waiting by a slow line") {
  Linked linked(slow(800'000), 1'000);
  auto [device, relay] = linked.connect();
  auto all = letters(5'000'000);
  std::thread writer([&device = device, &all] { device.say(all); device.say_no_more(); });
  CHECK(relay.hear() == all);
  writer.join();
  CHECK(linked.link.counters().busy_seconds >= 50);
}

TEST_CASE("a cut passes exactly the bytes that were asked for, in either direction, and comes once") {
  Linked linked(clean());
  for (std::size_t bytes : {0, 1, 2, 999, 100'000}) {
    linked.link.cut_after(Way::up, static_cast<std::int64_t>(bytes));
    auto [device, relay] = linked.connect();
    device.say(letters(bytes + 1));
    CHECK(relay.hear() == letters(bytes));
    CHECK_FALSE(relay.was_reset);  // it reads what had passed, and then nothing more comes
    CHECK(device.hear().empty());
    CHECK(device.was_reset);
  }
  for (std::size_t bytes : {0, 1, 2, 999, 100'000}) {
    linked.link.cut_after(Way::down, static_cast<std::int64_t>(bytes));
    auto [device, relay] = linked.connect();
    device.say("question");
    CHECK(relay.hear(8) == "question");
    relay.say(letters(bytes + 1));
    CHECK(device.hear() == letters(bytes));
    CHECK(device.was_reset);
  }
  auto [device, relay] = linked.connect();
  device.say(letters(200'000));
  device.say_no_more();
  CHECK(relay.hear() == letters(200'000));
  CHECK_FALSE(relay.was_reset);
  auto counters = linked.link.counters();
  CHECK(counters.cuts == 10);
  CHECK(counters.connections == 11);
  CHECK(counters.up == 101'002 + 5 * 8 + 200'000);
  CHECK(counters.down == 101'002);
  CHECK(counters.put_up >= counters.up);
  CHECK(counters.put_up <= counters.up + 5);  // the one byte more that was said each time
  CHECK(counters.put_down >= counters.down);
  CHECK(counters.put_down <= counters.down + 5);
}

TEST_CASE("a timed cut closes all connections at once, on both sides") {
  Profile brittle = clean();
  brittle.cut_seconds = 0.2;
  Linked linked(brittle);
  auto [ouinhi, first] = linked.connect();
  auto [laarne, second] = linked.connect();
  for (auto* peer : {&ouinhi, &first, &laarne, &second}) {
    CHECK(peer->hear().empty());
    CHECK(peer->was_reset == (peer == &ouinhi || peer == &laarne));
  }
  CHECK(linked.link.counters().cuts >= 1);
}

TEST_CASE("whatever a relay says after a cut is swallowed until it has come upon the end and closed its half") {
  Linked linked(clean());
  linked.link.cut_after(Way::up, 3);
  auto [device, relay] = linked.connect();
  device.say("one, two");
  CHECK(device.hear().empty());
  std::thread late([&relay = relay] {
    relay.say(letters(1'000'000));
    CHECK(relay.hear() == "one");
    relay.say_no_more();
  });
  linked.link.await_notice();
  late.join();
  CHECK(linked.link.counters().down == 0);
}

TEST_CASE("a link that ends lets both sides know") {
  Door door;
  auto link = std::make_unique<Link>(door.port, clean(), 1);
  auto device = Caller::at(link->port());
  auto relay = door.open();
  link.reset();
  CHECK(device.hear().empty());
  CHECK(relay.hear().empty());
}
