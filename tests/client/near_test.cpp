// Devices of a live relay that meet on the local network: real sockets on loopback, TLS by a space's key, and everybody else.
#include <catch2/catch.hpp>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "client/sync_lock.hpp"
#include "server/accounts.hpp"
#include "tests/client/street.hpp"
#include "tests/link/link.hpp"
#include "tests/mute_host.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

// Somebody without any key.
class Visitor {
 public:
  explicit Visitor(std::uint16_t port) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(socket_, reinterpret_cast<sockaddr*>(&where), sizeof where) != 0) throw std::runtime_error("no connection");
  }
  ~Visitor() { close(socket_); }
  Visitor(const Visitor&) = delete;
  Visitor& operator=(const Visitor&) = delete;
  void say(const std::string& bytes) { (void)!send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  std::string hear(std::size_t bytes) {
    std::string heard(bytes, '\0');
    auto size = recv(socket_, heard.data(), bytes, MSG_WAITALL);
    heard.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return heard;
  }

 private:
  int socket_;
};

}  // namespace

TEST_CASE("two devices that meet on the local network have the same, each knows whom it met, and the relay has it through either") {
  Street street;
  bool caller_first = GENERATE(true, false);
  street.add(*street.ouinhi, "A");
  street.add(*street.cove, "B");
  Open open(*street.ouinhi);
  auto met = call(*street.cove, open.port);
  open.await();
  CHECK(why(met) == "");
  CHECK(met.report.rows == 1);
  CHECK(street.has(*street.ouinhi, "B"));
  CHECK(street.are_equal(*street.ouinhi, *street.cove));
  REQUIRE(last_met(*street.cove->replica).size() == 1);
  CHECK(last_met(*street.cove->replica).front().device == street.ouinhi->replica->device());
  CHECK(last_met(*street.ouinhi->replica).front().rows == 1);
  street.sync(caller_first ? *street.cove : *street.ouinhi);
  street.sync(*street.laarne);
  CHECK(street.has(*street.laarne, "A"));
  CHECK(street.has(*street.laarne, "B"));
}

TEST_CASE("a second meeting on the network weighs little") {
  Street street;
  for (int k = 0; k < 50; ++k) street.add(*street.ouinhi, fmt::format("{}", k * 7919 % 1000));
  Open open(*street.ouinhi, 2);
  CHECK(call(*street.cove, open.port).report.rows == 50);
  auto again = call(*street.cove, open.port);
  CHECK(again.report.frames + again.report.given == 0);
  CHECK(again.bytes < 900);
}

TEST_CASE("a meeting whose link is cut, at any place and either way, keeps what arrived, and the next one goes on") {
  Street street;
  for (int k = 0; k < 30; ++k) street.add(k % 2 ? *street.ouinhi : *street.cove, fmt::format("{}", k));
  Open open(*street.ouinhi, 1'000);
  Link link(open.port, {}, 1);
  for (int at = 0; at < 12; ++at) {
    link.cut_after(at % 2 ? Way::up : Way::down, at * 50);
    CHECK(call(*street.cove, link.port()).error);
  }
  CHECK(why(call(*street.cove, link.port())) == "");
  open.stop();
  CHECK(street.are_equal(*street.ouinhi, *street.cove));
}

TEST_CASE("a stranger hears a greeting that names nothing, and gets no further") {
  Street street;
  street.add(*street.ouinhi, "A");
  Open open(*street.ouinhi);
  Visitor visitor(open.port);
  auto greeting = visitor.hear(29 + 64);
  CHECK(greeting.starts_with("carnet near\1\1"));
  CHECK(greeting.find("town") == std::string::npos);
  CHECK(Visitor(open.port).hear(29 + 64).substr(13) != greeting.substr(13));  // nothing by which it is known again
  visitor.say(std::string(2'000, 'x'));
  CHECK(visitor.hear(1'000).size() < 100);  // an alert, at the most
  open.await();
  CHECK(open.all.front().error->code == Code::not_allowed);
  CHECK(open.all.front().report.spaces.empty());
}

TEST_CASE("a device of none of the spaces, and one that has only an earlier key since somebody was removed, are told so") {
  Street street;
  auto stranger = street.relay.device();
  auto elsewhere = street.relay.store->add_space("elsewhere", "municipality");
  Accounts accounts(street.relay.store->database());
  accounts.set_role(accounts.person("device4"), elsewhere, Role::writer, std::time(nullptr));
  accounts.set_role(accounts.person("device4"), street.relay.space, Role::none, std::time(nullptr));
  street.sync(*stranger);
  Open open(*street.ouinhi, 2);
  auto none = call(*stranger, open.port);
  CHECK(none.error->code == Code::not_allowed);
  CHECK(none.report.spaces.empty());
  accounts.set_role(accounts.person("device3"), street.relay.space, Role::none, std::time(nullptr));
  open.stop();
  street.add(*street.ouinhi, "secret");
  street.sync(*street.ouinhi);
  street.sync(*street.ouinhi);
  street.add(*street.ouinhi, "later");
  Open anew(*street.ouinhi);
  auto removed = call(*street.laarne, anew.port);
  CHECK(removed.report.newer_there.size() == 1);
  CHECK_FALSE(removed.report.peer);
  CHECK_FALSE(street.has(*street.laarne, "secret"));
  CHECK_FALSE(street.has(*street.laarne, "later"));
}

TEST_CASE("so many callers are let in at once and no more, and who leaves makes room") {
  Street street;
  Open open(*street.ouinhi, 100);
  std::vector<std::unique_ptr<Visitor>> visitors;
  for (int k = 0; k < 8; ++k) {
    visitors.push_back(std::make_unique<Visitor>(open.port));
    CHECK(visitors.back()->hear(12).size() == 12);
  }
  CHECK(Visitor(open.port).hear(12).empty());
  visitors.front()->say(std::string(2'000, 'x'));
  while (!visitors.front()->hear(100).empty()) {}
  CHECK(Visitor(open.port).hear(12).size() == 12);
}

TEST_CASE("while a sync of this device goes on a caller waits for it") {
  Street street;
  street.add(*street.ouinhi, "A");
  Open open(*street.ouinhi);
  auto taken = SyncLock::take(transfer_lock(street.ouinhi->path), "a sync");
  REQUIRE(taken);
  std::optional<SyncLock> lock;
  lock.emplace(std::move(*taken));
  Link link(open.port, {}, 1);
  Met met;
  std::thread caller([&] { met = call(*street.cove, link.port()); });
  while (link.counters().up < 250) std::this_thread::yield();  // it has proved its key
  lock.reset();
  caller.join();
  CHECK(why(met) == "");
  CHECK(street.has(*street.cove, "A"));
  CHECK(SyncLock::take(transfer_lock(street.cove->path), "a sync"));
}

TEST_CASE("where nobody answers, or something else does, and where an address is none, the caller is told") {
  Street street;
  std::uint16_t port = 0;
  {
    Open open(*street.ouinhi);
    port = open.port;
  }
  CHECK(call(*street.cove, port).error->code == Code::busy);
  Link nobody(port, {}, 1);
  CHECK(call(*street.cove, nobody.port()).error->code == Code::busy);
  Near near(*street.cove->replica, [](const Met&) {});
  for (auto* none : {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "relay:8440", "127.0.0.1:80x"}) {
    CAPTURE(none);
    REQUIRE_FALSE(near.call(none));
    CHECK(near.call(none).error().code == Code::invalid);
  }
  CHECK(near.listen("192.0.2.77", 0).error().code == Code::not_found);
}

TEST_CASE("a device that has not met the relay yet is told that others cannot know it") {
  Street street;
  auto fresh = street.relay.device();
  Near near(*fresh->replica, [](const Met&) {});
  CHECK(near.is_able().error().code == Code::not_allowed);
  Near able(*street.ouinhi->replica, [](const Met&) {});
  CHECK(able.is_able());
}

TEST_CASE("a visitor who says nothing is shown out, and so is a machine that takes a call and says nothing") {
  Street street;
  Near::Patience short_one{.door = std::chrono::milliseconds(50)};
  Open open(*street.ouinhi, 1, short_one);
  Visitor visitor(open.port);
  CHECK(visitor.hear(10'000).size() == 29 + 64);  // the greeting, and then the end
  open.await();
  CHECK(open.all.front().report.spaces.empty());
  MuteHost mute;
  CHECK(call(*street.cove, mute.port, short_one).error->code == Code::busy);
}

TEST_CASE("a meeting in which the other side falls silent ends, and what arrived is kept for the next one") {
  Street street;
  street.add(*street.ouinhi, "A");
  Open open(*street.ouinhi, 2);
  {
    auto busy = SyncLock::take(transfer_lock(street.ouinhi->path), "a sync");  // so that it says nothing
    REQUIRE(busy);
    auto met = call(*street.cove, open.port, {.silence = std::chrono::milliseconds(100)});
    REQUIRE(met.error);
    CHECK(met.error->text.find("was lost") != std::string::npos);
  }
  CHECK(why(call(*street.cove, open.port)) == "");
  CHECK(street.has(*street.cove, "A"));
}

TEST_CASE("a meeting takes no longer than it may, and says so") {
  Street street;
  for (int k = 0; k < 50; ++k) street.add(*street.ouinhi, fmt::format("{}", k * 7919 % 1000));
  Open open(*street.ouinhi, 2);
  Link slow(open.port, {.name = "slow", .up_bits = 8'000, .down_bits = 8'000}, 1);
  auto met = call(*street.cove, slow.port(), {.whole = std::chrono::milliseconds(300)});
  REQUIRE(met.error);
  CHECK(met.error->text.find("no longer than ten minutes") != std::string::npos);
  CHECK(why(call(*street.cove, open.port)) == "");
  CHECK(street.are_equal(*street.ouinhi, *street.cove));
}
