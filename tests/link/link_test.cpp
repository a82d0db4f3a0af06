// The bad link: its line in virtual time, its sockets, and what a cut at any byte does to a real exchange.
#include <catch2/catch.hpp>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <thread>
#include <utility>

#include "client/sync_run.hpp"
#include "tests/link/link.hpp"
#include "tests/live_relay.hpp"

using namespace carnet;
using namespace carnet::test;
using namespace std::chrono_literals;

namespace {

// --- The line, in virtual time ---

Profile slow(double bits, double delay_ms = 0) { return {"slow", bits, bits, delay_ms, 0, 0, 0}; }

struct Arrival {
  LinkTime at;
  std::string bytes;
};

// All that arrives, each piece at its time.
std::vector<Arrival> run_out(Shaper& line) {
  std::vector<Arrival> all;
  for (LinkTime now{};;) {
    for (auto bytes = line.arrived(now); !bytes.empty(); bytes = line.arrived(now)) {
      all.push_back({now, std::string(bytes)});
      line.drop(bytes.size());
    }
    auto next = line.next(now);
    if (!next) return all;
    now = *next;
  }
}

std::string joined(const std::vector<Arrival>& arrivals) {
  std::string all;
  for (auto& each : arrivals) all += each.bytes;
  return all;
}

std::string letters(std::size_t count) {
  std::string all(count, '\0');
  for (std::size_t k = 0; k < count; ++k) all[k] = static_cast<char>('a' + k * 7 % 26);
  return all;
}

// --- Peers at both ends of a link ---

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return where;
}

class Peer {
 public:
  explicit Peer(int handle) : handle_(handle) {
    timeval patience{20, 0};
    setsockopt(handle_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(handle_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  }
  Peer(Peer&& other) noexcept : handle_(std::exchange(other.handle_, -1)) {}
  Peer& operator=(Peer&&) = delete;
  ~Peer() { close(handle_); }
  static Peer at(std::uint16_t port) {
    Peer made(socket(AF_INET, SOCK_STREAM, 0));
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
  Peer open() { return Peer(accept(handle_, nullptr, nullptr)); }
  std::uint16_t port = 0;

 private:
  int handle_;
};

// Two ends with a link between them.
struct Linked {
  explicit Linked(const Profile& profile, double speed = 1) : link(door.port, profile, 1, speed) {}
  std::pair<Peer, Peer> connect() {
    auto device = Peer::at(link.port());
    return {std::move(device), door.open()};
  }
  Door door;
  Link link;
};

Profile clean() { return *profile("clean"); }

// --- A device behind a link, and one that is not ---

constexpr std::size_t evening_rows = 10;

class Town {
 public:
  Town() : link(relay.server->port(), clean(), 1), ouinhi(relay.device()), laarne(relay.device()) {
    ouinhi->replica->set("address", "http://127.0.0.1:" + std::to_string(link.port()));
  }
  void write(Device& device, std::size_t count) {
    device.sql("WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k+1 FROM n WHERE k<" + std::to_string(count) +
               ") INSERT INTO shelf(space,name,level) SELECT 1,'row '||k,k%10 FROM n");
    rows += count;
  }
  SyncRun sync_directly() { return sync(*laarne->replica); }
  bool has_all(Device& device) const { return device.get("SELECT count(*) FROM shelf") == std::to_string(rows); }
  bool all_equal() {
    auto at_relay = relay.store->find_space("town")->digest;
    if (!relay.store->verify().empty()) return false;
    for (auto* device : {ouinhi.get(), laarne.get()})
      if (device->replica->space(relay.space).digest != at_relay || device->replica->recount(relay.space) != at_relay) return false;
    return true;
  }

  LiveRelay relay;
  Link link;
  std::unique_ptr<Device> ouinhi, laarne;
  std::size_t rows = 0;  // that were written by both
};

// The exchanges of one evening, until one ends well.
class Evening {
 public:
  explicit Evening(Town& where) : town_(&where) {
    town_->write(*town_->ouinhi, evening_rows);
    town_->write(*town_->laarne, evening_rows);
    REQUIRE(town_->sync_directly());
  }
  void write_late() {
    town_->write(*town_->ouinhi, evening_rows);
    rows_written += evening_rows;
  }
  // True where it ended well.
  bool try_cut_after(Way way, std::int64_t bytes) {
    town_->link.cut_after(way, bytes);
    return try_once();
  }
  bool try_once() {
    last = sync(*town_->ouinhi->replica);
    rows_up += last.report.rows_up;
    rows_down += last.report.rows_down;
    return !last.error;
  }
  // The rule, after an exchange that ended well.
  void check() {
    INFO((last.error ? last.error->text : "ended well"));
    CHECK(!last.error);
    CHECK(town_->has_all(*town_->ouinhi));
    CHECK(last.report.verdicts[town_->relay.space] == Verdict::identical);
    CHECK(last.report.conflicts == 0);
    CHECK(rows_up <= rows_written + evening_rows);  // one frame again for the cut; for an answer that was lost nothing
    CHECK(rows_down == evening_rows);  // a frame that arrived is kept, one that did not comes again
  }

  SyncRun last;
  std::size_t rows_written = evening_rows, rows_up = 0, rows_down = 0;

 private:
  Town* town_;
};

// Runs evenings whose link is cut one byte later each, until the cut is behind the last byte. `prepare` does what comes before
// the exchange that is cut.
std::int64_t cut_everywhere(Town& town, Way way, const std::function<void(Evening&)>& prepare) {
  std::int64_t most = 0;
  for (std::int64_t at = 0;; ++at) {
    INFO("cut after byte " << at << (way == Way::up ? " up" : " down"));
    Evening evening(town);
    prepare(evening);
    auto counted = town.link.counters();
    auto before = counted.cuts;
    if (!evening.try_cut_after(way, at) && !evening.try_once()) FAIL(evening.last.error->text);
    evening.check();
    auto now = town.link.counters();
    auto bytes = now.up + now.down - counted.up - counted.down;
    if (now.cuts == before) {  // a whole exchange; one that was cut costs at most what had passed, and the question where to go on
      CHECK(most <= 2 * bytes + 200);
      return at;
    }
    most = std::max(most, bytes);
  }
}

}  // namespace

// --- The line ---

TEST_CASE("a piece arrives when its bits have left and the delay has passed") {
  Shaper line(slow(8'000, 300), Way::up, 1, 0ns);
  line.put(letters(100), 0ns);
  CHECK(line.arrived(399'999'999ns).empty());
  CHECK(line.arrived(400ms) == letters(100));
}

TEST_CASE("a line keeps its rate however the bytes come, and changes none") {
  Shaper line(slow(64'000, 300), Way::down, 1, 0ns);
  auto all = letters(8'000);
  for (std::size_t at = 0; at < all.size(); at += 160) line.put(std::string_view(all).substr(at, 160), 0ns);
  auto arrivals = run_out(line);
  CHECK(joined(arrivals) == all);
  CHECK(arrivals.back().at == 1'300ms);
  CHECK(arrivals.size() == 50 + 4);  // four lay across two packets
}

TEST_CASE("an idle line does not save up what it did not carry") {
  Shaper line(slow(8'000), Way::up, 1, 0ns);
  line.put(letters(100), 0ns);
  CHECK(run_out(line).back().at == 100ms);
  line.put(letters(100), 10s);
  CHECK(line.next(10s) == LinkTime(10'100ms));
}

TEST_CASE("nothing leaves before the connection is set up") {
  Shaper line(slow(8'000, 300), Way::up, 1, 600ms);
  line.put("x", 0ns);
  CHECK(run_out(line).back().at == 901ms);
}

TEST_CASE("jitter spreads the delays within its bounds and reorders nothing") {
  Profile wild{"wild", 0, 0, 100, 80, 0, 0};
  Shaper line(wild, Way::up, 7, 0ns);
  auto all = letters(200 * packet_bytes);
  std::vector<double> delays;
  LinkTime now{};
  for (std::size_t at = 0; at < all.size(); at += packet_bytes, now += 1s) {
    line.put(std::string_view(all).substr(at, packet_bytes), now);
    auto arrives = *line.next(now);
    delays.push_back(std::chrono::duration<double, std::milli>(arrives - now).count());
    CHECK(line.arrived(arrives) == all.substr(at, packet_bytes));
    line.drop(packet_bytes);
  }
  auto [least, most] = std::minmax_element(delays.begin(), delays.end());
  CHECK(*least >= 100);
  CHECK(*least < 105);
  CHECK(*most > 175);
  CHECK(*most <= 180);
  Shaper crowded(wild, Way::up, 7, 0ns);
  crowded.put(all, 0ns);
  CHECK(joined(run_out(crowded)) == all);
}

TEST_CASE("a lost packet comes a time-out later, once, and so does what is behind it") {
  Profile lossy = slow(8'000, 300);
  lossy.loss = 1;
  REQUIRE(lossy.time_out() == LinkTime(600ms));
  Shaper line(lossy, Way::up, 1, 0ns);
  line.put(letters(100), 0ns);
  line.put("z", 0ns);  // of the same packet
  auto arrivals = run_out(line);
  CHECK(arrivals.at(0).at == 100ms + 600ms + 100ms + 300ms);
  CHECK(arrivals.at(1).at == arrivals.at(0).at + 1ms);
  CHECK(slow(8'000, 10).time_out() == LinkTime(200ms));
}

TEST_CASE("loss stands at the same bytes for the same seed, in whatever portions they come, and is as frequent as told") {
  Profile lossy{"lossy", 0, 0, 1'000, 0, 0.05, 0};
  // How often the stream is held up.
  auto stalls = [&](std::size_t portion, std::uint64_t seed) {
    Shaper line(lossy, Way::up, seed, 0ns);
    for (std::size_t at = 0; at < 1'000 * packet_bytes; at += portion) line.put(letters(portion), 0ns);
    std::vector<std::size_t> where;
    std::size_t position = 0;
    LinkTime last = 1s;
    for (auto& each : run_out(line)) {
      if (each.at > last) where.push_back(position);
      last = each.at;
      position += each.bytes.size();
    }
    return where;
  };
  CHECK(stalls(packet_bytes, 1) == stalls(100, 1));
  CHECK(stalls(packet_bytes, 1) != stalls(packet_bytes, 2));
  CHECK(stalls(packet_bytes, 1).size() > 25);
  CHECK(stalls(packet_bytes, 1).size() < 80);
}

TEST_CASE("a line takes a second of its rate and no more, and 64 KB at most") {
  Shaper line(slow(64'000, 300), Way::up, 1, 0ns);
  CHECK(line.room(0ns) == 8'000);
  line.put(letters(8'000), 0ns);
  CHECK(line.room(0ns) == 0);
  CHECK(line.room(175ms) == 1'400);  // the first packet has left; on its way it does not count
  CHECK(line.room(475ms) == 1'400);  // it has arrived and nobody took it, while two more have left
  CHECK(Shaper(slow(10e6), Way::up, 1, 0ns).room(0ns) == most_waiting);
  CHECK(Shaper(slow(1'000), Way::up, 1, 0ns).room(0ns) == packet_bytes);
  Shaper open(clean(), Way::up, 1, 0ns);
  open.put(letters(60'000), 0ns);
  CHECK(open.room(0ns) == most_waiting - 60'000);
}

TEST_CASE("an end travels behind the bytes") {
  Shaper line(slow(8'000, 300), Way::up, 1, 0ns);
  line.put(letters(100), 0ns);
  line.end(0ns);
  CHECK_FALSE(line.ended(400ms));  // the bytes are there and nobody took them
  line.drop(100);
  CHECK_FALSE(line.ended(399ms));
  CHECK(line.ended(400ms));
}

TEST_CASE("the same seed cuts at the same times, at the mean that was told") {
  auto times = [](double mean, std::uint64_t seed) {
    Cuts cuts(mean, seed);
    std::vector<LinkTime> all;
    for (int k = 0; k < 1'000; ++k, cuts.pass()) all.push_back(cuts.next());
    return all;
  };
  CHECK(times(20, 1) == times(20, 1));
  CHECK(times(20, 1) != times(20, 2));
  CHECK(times(20, 1).back() > 18'000s);
  CHECK(times(20, 1).back() < 22'000s);
  CHECK(Cuts(0, 1).next() == LinkTime::max());
}

TEST_CASE("the profiles are known by name and nobody else is") {
  for (auto name : {"2g", "3g-evening", "3g-night", "satellite", "clean"}) CHECK(profile(name)->name == name);
  CHECK_FALSE(profile("5g"));
}

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
  auto alone = Peer::at(link.port());
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
    CHECK(relay.was_reset);
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
}

TEST_CASE("a timed cut closes all connections at once, on both sides") {
  Profile brittle = clean();
  brittle.cut_seconds = 0.2;
  Linked linked(brittle);
  auto [ouinhi, first] = linked.connect();
  auto [laarne, second] = linked.connect();
  for (auto* peer : {&ouinhi, &first, &laarne, &second}) {
    CHECK(peer->hear().empty());
    CHECK(peer->was_reset);
  }
  CHECK(linked.link.counters().cuts >= 1);
}

TEST_CASE("a link that ends lets both sides know") {
  Door door;
  auto link = std::make_unique<Link>(door.port, clean(), 1);
  auto device = Peer::at(link->port());
  auto relay = door.open();
  link.reset();
  CHECK(device.hear().empty());
  CHECK(relay.hear().empty());
}

// --- Exchanges ---

TEST_CASE("an exchange that is cut after every byte offset, in either direction, ends with all replicas equal, no row doubled or lost, and at "
          "most one frame sent again per cut") {
  Town town;
  auto way = GENERATE(Way::up, Way::down);
  auto bytes = cut_everywhere(town, way, [](Evening&) {});
  CHECK(bytes > 150);  // the cut did go through a whole exchange
  REQUIRE(town.sync_directly());
  CHECK(town.has_all(*town.laarne));
  CHECK(town.all_equal());
}

TEST_CASE("an exchange that asks first, after an answer was lost, survives a second cut at every byte offset as well") {
  Town town;
  auto way = GENERATE(Way::up, Way::down);
  auto bytes = cut_everywhere(town, way, [](Evening& evening) {
    CHECK_FALSE(evening.try_cut_after(Way::down, 0));
    evening.write_late();
  });
  CHECK(bytes > 150);
  REQUIRE(town.sync_directly());
  CHECK(town.has_all(*town.laarne));
  CHECK(town.all_equal());
}

TEST_CASE("many rows go through the link of a small town in the end, however often it is cut") {
  LiveRelay relay;
  Link link(relay.server->port(), *profile("3g-evening"), 3, 20);
  auto ouinhi = relay.device(), laarne = relay.device();
  ouinhi->replica->set("address", "http://127.0.0.1:" + std::to_string(link.port()));
  ouinhi->sql("WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k+1 FROM n WHERE k<8000) "
              "INSERT INTO shelf(space,name,level) SELECT 1,hex(randomblob(6)),k%10 FROM n");
  SyncRun run;
  for (int tries = 0; tries < 50 && (tries == 0 || run.error); ++tries) run = sync(*ouinhi->replica);
  REQUIRE(run);
  CHECK(run.report.verdicts.at(relay.space) == Verdict::identical);
  CHECK(link.counters().busy_seconds > 8'000 * 6 * 8 / 64e3);
  REQUIRE(sync(*laarne->replica));
  CHECK(laarne->get("SELECT count(*) FROM shelf") == "8000");
}
