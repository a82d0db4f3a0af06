// The bad link: its sockets, and what a cut at any byte does to a real exchange.
#include <catch2/catch.hpp>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <random>
#include <set>
#include <thread>
#include <utility>

#include "client/sync_run.hpp"
#include "tests/link/made_up.hpp"
#include "tests/live_relay.hpp"

using namespace carnet;
using namespace carnet::test;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t seed = 20250310;  // of all that is drawn here

// Over real sockets every third byte is cut at, and in memory (sync/cut_test.cpp) every one. A sanitized build is slow.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::int64_t bytes_between = 15;
#else
constexpr std::int64_t bytes_between = 3;
#endif

// --- Peers at both ends of a link ---

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

// --- A device behind a link, and one that is not ---

constexpr std::size_t spaces = 3;         // that both are members of: each gives a frame both ways
constexpr std::size_t rows_of_space = 6;  // that each writes in an evening

struct Bytes {
  std::int64_t up = 0, down = 0;
  std::int64_t of(Way way) const { return way == Way::up ? up : down; }
};

class Town {
 public:
  Town() : link(relay.server->port(), clean(), seed) {
    all.push_back(relay.space);
    while (all.size() < spaces) all.push_back(relay.store->add_space("hub " + std::to_string(all.size()), "hub"));
    ouinhi = enrol();
    laarne = enrol();
    ouinhi->replica->set("address", "http://127.0.0.1:" + std::to_string(link.port()));
  }

  void write(Device& device) {
    std::string sql = "BEGIN;";
    for (auto space : all)
      for (std::size_t k = 0; k < rows_of_space; ++k)
        sql += "INSERT INTO shelf(space,name,level) VALUES(" + std::to_string(space.value) + ",'" + letters_of_its_own() + "',3);";
    rows += spaces * rows_of_space;
    REQUIRE(device.sql(sql + "COMMIT;").empty());
  }
  void sync_directly() {
    REQUIRE(sync(*laarne->replica));
    check(*laarne);
  }
  void check(Device& device) const { CHECK(device.get("SELECT count(*) FROM shelf") == std::to_string(rows)); }
  // Frames of what ouinhi has written.
  std::size_t relay_lacks() const {
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](SpaceId space) {
      return !ouinhi->replica->pending(space, relay.store->acked(ouinhi->replica->device(), space), SIZE_MAX).rows.empty();
    }));
  }
  Bytes passed() const {
    auto counters = link.counters();
    return {counters.up, counters.down};
  }
  // Nothing is lost, nothing doubled: every name was written once.
  void check_all() {
    sync_directly();
    for (auto* device : {ouinhi.get(), laarne.get()}) {
      check(*device);
      CHECK(device->get("SELECT count(DISTINCT name) FROM shelf") == std::to_string(rows));
    }
    CHECK(all_equal());
  }
  bool all_equal() const {
    if (!relay.store->verify().empty()) return false;
    for (auto& at_relay : relay.store->spaces())
      for (auto* device : {ouinhi.get(), laarne.get()})
        if (device->replica->space(at_relay.id).digest != at_relay.digest || device->replica->recount(at_relay.id) != at_relay.digest) return false;
    return true;
  }

  LiveRelay relay;
  Link link;
  std::vector<SpaceId> all;
  std::unique_ptr<Device> ouinhi, laarne;
  std::size_t rows = 0;  // that both have written

 private:
  // Always as long, and hardly to be compressed.
  std::string letters_of_its_own() {
    std::string name(10, '\0');
    for (auto& letter : name) letter = static_cast<char>('a' + random_() % 26);
    return name;
  }
  std::unique_ptr<Device> enrol() {
    auto number = relay.store->add_device("device " + std::to_string(++devices_), all);
    auto device = std::make_unique<Device>(relay.dir, number.value, toy(), relay.space);
    for (auto space : all)
      if (space != relay.space) device->replica->add_space(space, "hub", "hub");
    device->replica->database().exec("PRAGMA synchronous=OFF");  // links fail here, the power does not
    relay.let_in(*device);
    return device;
  }
  int devices_ = 0;
  std::mt19937_64 random_{seed};
};

// An exchange whose link is cut, and the one that follows at once.
struct Evening {
  SyncRun cut, again;
  bool was_cut = false;
  std::size_t lacking = 0;  // frames, of the relay, in between
  Bytes bytes;  // of both
};

// Both have written, and one of them has synced.
void write_and_sync_one(Town& town) {
  town.write(*town.laarne);
  town.sync_directly();
  town.write(*town.ouinhi);
}

Evening sync_and_again(Town& town) {
  Evening evening;
  auto before = town.link.counters();
  evening.cut = evening.again = sync(*town.ouinhi->replica);
  town.link.await_notice();
  evening.was_cut = town.link.counters().cuts > before.cuts;
  evening.lacking = town.relay_lacks();
  if (evening.cut.error) evening.again = sync(*town.ouinhi->replica);
  evening.bytes = {town.passed().up - before.up, town.passed().down - before.down};
  return evening;
}

Evening cut_and_again(Town& town, Way way, std::int64_t bytes) {
  town.link.cut_after(way, bytes);
  return sync_and_again(town);
}

void check(Town& town, const Evening& evening) {
  INFO((evening.again.error ? evening.again.error->text : "ended well"));
  CHECK(!evening.again.error);
  for (auto space : town.all) {
    auto verdict = evening.again.report.verdicts.find(space);
    CHECK((verdict != evening.again.report.verdicts.end() && verdict->second == Verdict::identical));
  }
  CHECK(evening.again.report.conflicts + evening.again.report.refused == 0);
  town.check(*town.ouinhi);
  if (!evening.cut.error) return;
  CHECK(evening.again.report.frames_up == evening.lacking);  // what the relay could keep does not go up again
  CHECK(evening.cut.report.rows_up + evening.again.report.rows_up == spaces * rows_of_space);  // told once each, when known to be there
  CHECK(evening.cut.report.frames_down + evening.again.report.frames_down == spaces);  // nor down what the device could keep
  CHECK(evening.cut.report.rows_down + evening.again.report.rows_down == spaces * rows_of_space);
}

// What an exchange costs with nothing to send, when the one before it broke off.
Bytes cost_of_connection(Town& town) {
  auto cut = cut_and_again(town, Way::up, 0);
  REQUIRE(cut.was_cut);
  return cut.bytes;
}

// Lives through evenings whose link is cut `stride` bytes later each, until the cut is behind the last byte. `prepare` does what comes
// before. The report of an exchange that was cut counts frames as sent that never left; the bytes on the link judge. Each of three
// frames is a third of what there is to send: three fifths of it let one of them pass again, and not two.
std::int64_t cut_everywhere(Town& town, Way way, std::int64_t stride, const std::function<void()>& prepare) {
  CAPTURE(seed);
  auto connection = cost_of_connection(town);
  prepare();
  write_and_sync_one(town);
  auto whole = sync_and_again(town);
  REQUIRE(!whole.was_cut);
  auto bound = [&](Way each) {
    auto frames = whole.bytes.of(each) - connection.of(each);
    return whole.bytes.of(each) + connection.of(each) + frames * 3 / 5;
  };
  std::set<std::size_t> kept;
  for (std::int64_t at = 0;; at += stride) {
    INFO("cut after byte " << at << (way == Way::up ? " up" : " down"));
    prepare();
    write_and_sync_one(town);
    auto evening = cut_and_again(town, way, at);
    check(town, evening);
    CHECK(evening.bytes.up <= bound(Way::up));
    CHECK(evening.bytes.down <= bound(Way::down));
    kept.insert(way == Way::up ? spaces - evening.lacking : evening.cut.report.frames_down);
    if (evening.was_cut) continue;
    CHECK(kept == std::set<std::size_t>{0, 1, 2, 3});  // there were cuts before, between and behind the frames
    return at;
  }
}

}  // namespace

// --- The sockets ---

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

// --- Exchanges ---

TEST_CASE("after a cut anywhere, in either direction, both sides end identical, nothing is lost or doubled, and at most one frame is "
          "sent again") {
  Town town;
  auto bytes = cut_everywhere(town, GENERATE(Way::up, Way::down), bytes_between, [] {});
  CHECK(bytes > 300);  // the cut did go through a whole exchange
  town.check_all();
}

TEST_CASE("an exchange that asks first, since the answer to the last was lost, may itself be cut anywhere") {
  Town town;
  auto bytes = cut_everywhere(town, GENERATE(Way::up, Way::down), 4 * bytes_between, [&town] {
    town.link.cut_after(Way::down, 0);
    CHECK_FALSE(sync(*town.ouinhi->replica));
    town.link.await_notice();
  });
  CHECK(bytes > 300);
  town.check_all();
}

TEST_CASE("many rows go through the link of a small town in the end, however often it is cut") {
  LiveRelay relay;
  CAPTURE(seed);
  auto ouinhi = relay.device(), laarne = relay.device();
  std::mt19937_64 random(seed);
  std::string sql = "BEGIN;";
  for (int k = 0; k < 20'000; ++k) sql += "INSERT INTO shelf(space,name,level) VALUES(1,'" + std::to_string(random() % 1'000'000'000'000) + "',3);";
  REQUIRE(ouinhi->sql(sql + "COMMIT;").empty());
  Link link(relay.server->port(), *profile("3g-evening"), seed, 20);
  ouinhi->replica->set("address", "http://127.0.0.1:" + std::to_string(link.port()));
  link.cut_after(Way::up, 20'000);  // for certain; others as they fall
  SyncRun run;
  for (int tries = 0; tries < 50 && (tries == 0 || run.error); ++tries) run = sync(*ouinhi->replica);
  REQUIRE(run);
  CHECK(run.report.verdicts.at(relay.space) == Verdict::identical);
  CHECK(link.counters().cuts > 0);
  CHECK(link.counters().busy_seconds > 20'000 * 5 * 8 / 64e3);  // twelve digits are five bytes
  REQUIRE(sync(*laarne->replica));
  CHECK(laarne->get("SELECT count(*) FROM shelf") == "20000");
}
