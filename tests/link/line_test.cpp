// The line of the bad link, in virtual time.
#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <set>

#include "tests/link/made_up.hpp"

using namespace carnet::test;
using namespace std::chrono_literals;

namespace {

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

}  // namespace

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

TEST_CASE("a lost packet comes a time-out later, once, and what is behind it waits for it while the line goes on") {
  Profile lossy = slow(8'000, 300);
  lossy.loss = 1;
  REQUIRE(lossy.time_out() == LinkTime(600ms));
  Shaper line(lossy, Way::up, 1, 0ns);
  line.put(letters(100), 0ns);
  line.put("z", 0ns);  // of the same packet
  auto arrivals = run_out(line);
  CHECK(arrivals.at(0).at == 100ms + 600ms + 100ms + 300ms);
  CHECK(arrivals.at(1).at == arrivals.at(0).at);  // it left in time, and may not overtake
  CHECK(slow(8'000, 10).time_out() == LinkTime(200ms));
}

TEST_CASE("loss stands at the same bytes for the same seed, in whatever portions they come, and is as frequent as told") {
  Profile lossy{"lossy", 0, 0, 1'000, 0, 0.05, 0};
  // The packets that came late, where each has left before the next is put.
  auto late = [&](std::size_t portion, std::uint64_t of) {
    Shaper line(lossy, Way::up, of, 0ns);
    std::vector<std::size_t> which;
    for (std::size_t packet = 0; packet < 1'000; ++packet) {
      LinkTime now = 10s * packet;
      for (std::size_t at = 0; at < packet_bytes; at += portion) line.put(letters(portion), now);
      if (run_out(line).back().at > now + 1s) which.push_back(packet);
    }
    return which;
  };
  CHECK(late(packet_bytes, 1) == late(100, 1));
  CHECK(late(packet_bytes, 1) != late(packet_bytes, 2));
  CHECK(late(packet_bytes, 1).size() > 25);
  CHECK(late(packet_bytes, 1).size() < 80);
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
