// What photos cost, over TLS by the device's key and a link of 3G:
//   - how long a line that is written now takes to the relay while thirty photos of 150 KB are under way, beside the time that it takes alone;
//   - the bytes of an original of 3 MB that is cut fifty times, beside those uncut, at 1 Mbit/s.
//   bench_media [rounds]      of the first; 0: the second only
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <thread>

#include "client/media.hpp"
#include "client/sync_run.hpp"
#include "core/domain.hpp"
#include "tests/link/link.hpp"
#include "tests/live_relay.hpp"
#include "tests/noise.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t photo_bytes = 150'000, original_bytes = 3'000'000;
constexpr int photos = 30, cuts = 50;
constexpr auto look_every = std::chrono::milliseconds(2);

Profile three_g() {
  auto shape = *profile("3g-evening");
  shape.cut_seconds = 0;  // the cuts are the second question
  return shape;
}

struct Place {
  LiveRelay relay{{}, domain(), Address::Way::key};
  std::unique_ptr<Device> device = relay.device();
  SqlStore seen{relay.place};

  Place() {
    if (auto run = sync(*device->replica); run.error) throw std::runtime_error(run.error->text);
  }
  void over(const Link& link) { device->replica->set("address", relay.address(link.port())); }
  void take(std::size_t bytes, std::uint64_t seed) {
    auto name = MediaShelf(*device->replica).put("image/jpeg", noise(bytes, seed));
    device->sql(fmt::format("INSERT INTO media(space,about,about_table,kind,medium) VALUES({},1,1,'photo','{}')", relay.space.value, text_of(*name)));
  }
  std::int64_t rows() { return seen.find_space("town")->digest.rows; }
  // Seconds from the moment in which a line is written until the relay has it on disk.
  double line_arrives(const std::function<void()>& written = [] {}) {
    auto before = rows();
    auto began = Clock::now();
    auto fault = device->sql(fmt::format("INSERT INTO exchange(space,kind,subject) VALUES({},'bilateral','Une question de plus : qui tient le registre ?')", relay.space.value));
    if (!fault.empty()) throw std::runtime_error(fault);
    written();
    while (rows() == before) std::this_thread::sleep_for(look_every);
    return std::chrono::duration<double>(Clock::now() - began).count();
  }
};

double alone(std::uint64_t seed) {
  Place place;
  Link link(place.relay.server->port(), three_g(), seed);
  place.over(link);
  std::thread syncs;
  auto took = place.line_arrives([&] { syncs = std::thread([&] { sync(*place.device->replica); }); });
  syncs.join();
  return took;
}

double beside_photos(std::uint64_t seed) {
  Place place;
  for (int n = 0; n < photos; ++n) place.take(photo_bytes, seed * 1'000 + static_cast<std::uint64_t>(n));
  Link link(place.relay.server->port(), three_g(), seed);
  place.over(link);
  std::atomic<bool> stop = false;
  std::thread syncs([&] {
    Watch watch;
    watch.stop = [&] { return stop.load(); };
    sync(*place.device->replica, watch);
  });
  while (link.counters().up < static_cast<std::int64_t>(photo_bytes) * 2) std::this_thread::sleep_for(look_every);
  auto took = place.line_arrives();
  stop = true;
  syncs.join();
  return took;
}

std::int64_t original(int times) {
  Place place;
  place.take(original_bytes, 7);
  auto shape = three_g();
  shape.up_bits = shape.down_bits = 1'000'000;  // in less than an hour,
  shape.loss = shape.jitter_ms = 0;             // cut where it is told to,
  shape.delay_ms = 50;                          // and soon there again
  Link link(place.relay.server->port(), shape, 1);
  place.over(link);
  SyncRun run;
  for (int cut = 0;; ++cut) {
    if (cut < times) link.cut_after(Way::up, static_cast<std::int64_t>(original_bytes) / (times + 1));
    run = sync(*place.device->replica);
    if (!run.error) break;
    if (cut > times) throw std::runtime_error(run.error->text);
    link.await_notice();
  }
  auto counters = link.counters();
  fmt::print("{:>3} cuts: {:>9} bytes, {} connections\n", counters.cuts, counters.up + counters.down, counters.connections);
  std::fflush(stdout);
  return counters.up + counters.down;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  auto rounds = static_cast<std::uint64_t>(argc > 1 ? std::atoi(argv[1]) : 5);
  std::vector<double> alones, besides;
  for (std::uint64_t round = 1; round <= rounds; ++round) {
    alones.push_back(alone(round));
    besides.push_back(beside_photos(round));
    fmt::print("a line: alone {:.2f} s, beside thirty photos {:.2f} s\n", alones.back(), besides.back());
    std::fflush(stdout);
  }
  if (rounds > 0) fmt::print("medians: {:.2f} s and {:.2f} s, {:.2f} x\n", median(alones), median(besides), median(besides) / median(alones));
  auto whole = original(0), in_pieces = original(cuts);
  fmt::print("an original of 3 MB, cut {} times: {:.2f} % more bytes\n", cuts, 100.0 * static_cast<double>(in_pieces - whole) / static_cast<double>(whole));
}
