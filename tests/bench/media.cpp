// What photos cost, over TLS by the device's key and an evening's 3G at its true speed:
//   - how long a line that is written now takes to the relay while thirty photos of 150 KB are under way, beside the time that it takes alone;
//   - the bytes of an original of 3 MB that is cut fifty times, beside those uncut, up and down.
//   bench_media [rounds]      of the first, of five lines each; 0: the second only, which takes some ten minutes
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <future>
#include <random>
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
constexpr int photos = 30, cuts = 50, lines = 5;
constexpr double most_ratio = 1.2, most_percent = 2;
constexpr std::int64_t between_lines = 40'000;  // bytes of photos
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

  Place() { sync_now(*device); }
  void sync_now(Device& which) {
    if (auto run = sync(*which.replica); run.error) throw std::runtime_error(run.error->text);
  }
  void over(const Link& link) { device->replica->set("address", relay.address(link.port())); }
  void take(Device& with, std::size_t bytes, std::uint64_t seed) {
    auto name = MediaShelf(*with.replica).put("image/jpeg", noise(bytes, seed));
    with.sql(fmt::format("INSERT INTO media(space,about,about_table,kind,medium) VALUES({},1,1,'photo','{}')", relay.space.value, text_of(*name)));
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

std::vector<double> beside_photos(std::uint64_t seed) {
  Place place;
  for (int n = 0; n < photos; ++n) place.take(*place.device, photo_bytes, seed * 1'000 + static_cast<std::uint64_t>(n));
  Link link(place.relay.server->port(), three_g(), seed);
  place.over(link);
  std::atomic<bool> stop = false;
  std::thread syncs([&] {
    Watch watch;
    watch.stop = [&] { return stop.load(); };
    sync(*place.device->replica, watch);
  });
  std::vector<double> took;
  for (auto from = static_cast<std::int64_t>(photo_bytes); took.size() < lines; from = link.counters().up + between_lines) {
    while (link.counters().up < from) std::this_thread::sleep_for(look_every);
    took.push_back(place.line_arrives());
  }
  stop = true;
  syncs.join();
  if (auto connections = link.counters().connections; connections > 1) fmt::print("it took {} connections\n", connections);
  return took;
}

LinkCounters original(Way way, int times) {
  Place place;
  auto from = way == Way::up ? nullptr : place.relay.device();
  place.take(from ? *from : *place.device, original_bytes, 7);
  if (from) place.sync_now(*from);
  Link link(place.relay.server->port(), three_g(), 1);
  place.over(link);
  constexpr std::int64_t between = static_cast<std::int64_t>(original_bytes) / (cuts + 1);  // at the mean: cut always after the same bytes, pieces would always break at the same place
  std::mt19937_64 random_engine(1);
  std::uniform_int_distribution<std::int64_t> random(between / 2, between * 3 / 2);
  std::int64_t first = 0;
  for (int cut = 0;; ++cut) {
    if (cut < times) link.cut_after(way, cut % 2 == 0 ? first = random(random_engine) : 2 * between - first);
    auto run = sync(*place.device->replica);
    if (!run.error) break;
    if (cut > times) throw std::runtime_error(run.error->text);
    link.await_notice();
  }
  if (auto waits = MediaShelf(*place.device->replica).waiting(true, std::time(nullptr)); waits.up + waits.down > 0) throw std::runtime_error("it did not arrive");
  return link.counters();
}

double more(std::int64_t uncut, std::int64_t cut) { return 100.0 * static_cast<double>(cut - uncut) / static_cast<double>(uncut); }

void compare(Way way, const LinkCounters& uncut, const LinkCounters& cut) {
  auto tell = [](const LinkCounters& each) {
    fmt::print("  {:>3} cuts, {:>3} connections: up {:>9} of {:>9} bytes arrived, down {:>9} of {:>9}; {:.0f} s\n", each.cuts, each.connections, each.up, each.put_up, each.down, each.put_down, each.busy_seconds);
  };
  fmt::print("an original of 3 MB, {}\n", way == Way::up ? "up" : "down");
  tell(uncut);
  tell(cut);
  auto arrived = more(uncut.up + uncut.down, cut.up + cut.down), put = more(uncut.put_up + uncut.put_down, cut.put_up + cut.put_down);
  fmt::print("  {:.2f} % more bytes arrived, at most {:.0f} %: {}; with what was on its way at the cuts {:.2f} %\n", arrived, most_percent, arrived <= most_percent ? "kept" : "not kept", put);
  std::fflush(stdout);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  auto rounds = static_cast<std::uint64_t>(argc > 1 ? std::atoi(argv[1]) : 5);
  curl_global_init(CURL_GLOBAL_DEFAULT);  // before there are threads
  std::vector<double> alones, besides;
  for (std::uint64_t round = 1; round <= rounds; ++round) {
    for (int line = 0; line < lines; ++line) alones.push_back(alone(round * lines + static_cast<std::uint64_t>(line)));
    auto took = beside_photos(round);
    besides.insert(besides.end(), took.begin(), took.end());
    fmt::print("a line: alone {:.2f} s, beside thirty photos {:.2f} s\n", fmt::join(std::vector(alones.end() - lines, alones.end()), " "), fmt::join(took, " "));
    std::fflush(stdout);
  }
  if (rounds > 0) {
    auto ratio = median(besides) / median(alones);
    fmt::print("medians: {:.2f} s and {:.2f} s, {:.2f} x, at most {:.1f} x: {}\n", median(alones), median(besides), ratio, most_ratio, ratio <= most_ratio ? "kept" : "not kept");
    std::fflush(stdout);
  }
  std::vector<std::future<LinkCounters>> runs;
  for (auto way : {Way::up, Way::down})
    for (int times : {0, cuts}) runs.push_back(std::async(std::launch::async, original, way, times));
  for (auto way : {Way::up, Way::down}) {
    auto first = way == Way::up ? 0u : 2u;
    auto uncut = runs[first].get(), cut = runs[first + 1].get();
    compare(way, uncut, cut);
  }
}
