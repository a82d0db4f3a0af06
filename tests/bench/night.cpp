// Thirty nights of a partnership, over real sockets: bytes per night, HTTP heads included, with and without the text that both
// ends share from earlier nights.
//   bench_night [seed]
// Ouinhi's delegation is on a visit on five nights of ten (an evening each); on the others it makes a dozen small changes. Each night it
// goes on with twelve texts and the partner with six, and the partner makes eight small changes. "Without" forgets what is shared
// before each exchange.
#include <fmt/format.h>
#include <time.h>

#include <algorithm>

#include "client/sync_run.hpp"
#include "core/domain.hpp"
#include "core/sqlite.hpp"
#include "tests/bench/village_work.hpp"
#include "tests/live_relay.hpp"

using namespace carnet;
using namespace carnet::bench;
using namespace carnet::test;

namespace {

constexpr std::int64_t day = 86'400;
constexpr int nights = 30, first_week = 7;

struct Exchange {
  std::int64_t bytes = 0;
  double cpu_seconds = 0;
};

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

// Both ends run in this process.
void exchange(Device& device, bool shared, Exchange& done) {
  if (!shared) device.replica->forget_shared_texts();
  auto before = cpu_seconds();
  auto run = sync(*device.replica);
  done.cpu_seconds = cpu_seconds() - before;
  if (!run) throw std::runtime_error(run.error->text);
  for (auto& [space, verdict] : run.report.verdicts)
    if (verdict != Verdict::identical) throw std::runtime_error("not identical after a sync");
  done.bytes = run.traffic.up + run.traffic.down;
}

std::vector<Exchange> live(std::uint64_t seed, bool shared) {
  LiveRelay relay({}, domain());
  auto ouinhi = relay.device(), laarne = relay.device();
  Work work(seed, (nights + 2) * day, 20);
  work.base(*ouinhi, 2);
  Exchange before;
  for (auto* device : {&*ouinhi, &*laarne, &*ouinhi}) exchange(*device, shared, before);
  std::vector<Exchange> all;
  for (int night = 0; night < nights; ++night) {
    work.wait_until((nights - night) * day);
    if (night % 10 < 5) work.evening(*ouinhi);
    else for (int k = 0; k < 12; ++k) work.small_update(*ouinhi);
    for (int k = 0; k < 12; ++k) work.go_on_with_a_text(*ouinhi);
    for (int k = 0; k < 8; ++k) work.small_update(*laarne);
    for (int k = 0; k < 6; ++k) work.go_on_with_a_text(*laarne);
    for (auto* device : {&*ouinhi, &*laarne, &*ouinhi}) exchange(*device, shared, all.emplace_back());
  }
  return all;
}

std::int64_t bytes_of(const std::vector<Exchange>& exchanges, int from, int to) {
  std::int64_t sum = 0;
  for (int k = 3 * from; k < 3 * to; ++k) sum += exchanges[static_cast<std::size_t>(k)].bytes;
  return sum;
}

double median_cpu(std::vector<Exchange> exchanges) {
  auto middle = exchanges.begin() + static_cast<std::ptrdiff_t>(exchanges.size() / 2);
  std::nth_element(exchanges.begin(), middle, exchanges.end(), [](auto& a, auto& b) { return a.cpu_seconds < b.cpu_seconds; });
  return middle->cpu_seconds;
}

}  // namespace

int main(int argc, char** argv) {
  VirtualClock::ahead(0);  // before any database opens
  std::uint64_t seed = argc > 1 ? std::stoull(argv[1]) : 20250310;
  auto without = live(seed, false), with = live(seed, true);
  fmt::print("seed {}, bytes of both devices\n{:>10} {:>10} {:>10} {:>7}\n", seed, "night", "without", "with", "ratio");
  auto print = [&](const std::string& name, int from, int to) {
    auto a = bytes_of(without, from, to), b = bytes_of(with, from, to);
    fmt::print("{:>10} {:>10} {:>10} {:>7.3f}\n", name, a, b, static_cast<double>(b) / static_cast<double>(a));
  };
  for (int night = 0; night < nights; ++night) print(std::to_string(night + 1), night, night + 1);
  print("8 to 30", first_week, nights);
  print("all", 0, nights);
  fmt::print("CPU of an exchange, both ends, median: {:.0f} ms without, {:.0f} ms with\n", 1'000 * median_cpu(without), 1'000 * median_cpu(with));
}
