// What a bad link costs: time and bytes over the profiles of tests/link, as ratios to the ideal.
//   bench_badlink [speed [rounds [profile ...]]]      speed: how many times faster than the true time the links run
// The ideal time is bytes / rate and three round trips a connection; the bytes are set beside those over a clean link. After a cut
// the device tries again at once. Medians over the rounds, each with links of its own seed.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "client/sync_run.hpp"
#include "core/domain.hpp"
#include "tests/bench/village_work.hpp"
#include "tests/link/link.hpp"
#include "tests/live_relay.hpp"

using namespace carnet;
using namespace carnet::test;
using carnet::bench::Work;

namespace {

constexpr std::int64_t day = 86'400;
constexpr std::uint64_t seed = 20250310;
constexpr int most_tries = 500;

struct Outcome {
  double seconds = 0, ideal = 0;  // on the link's clock
  std::int64_t bytes = 0;
  int connections = 0, cuts = 0;
};

Outcome sync_over(Device& device, std::uint16_t relay_port, const Profile& shape, std::uint64_t link_seed, double speed) {
  Link link(relay_port, shape, link_seed, speed);
  device.replica->set("address", "http://127.0.0.1:" + std::to_string(link.port()));
  auto start = std::chrono::steady_clock::now();
  SyncRun run;
  for (int tries = 0; tries == 0 || (run.error && tries < most_tries); ++tries) run = sync(*device.replica);
  if (run.error) throw std::runtime_error(run.error->text);
  Outcome outcome;
  outcome.seconds = speed * std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  auto counters = link.counters();
  outcome.bytes = counters.up + counters.down;
  outcome.connections = counters.connections;
  outcome.cuts = counters.cuts;
  auto line = [](std::int64_t bytes, double bits) { return bits > 0 ? 8.0 * static_cast<double>(bytes) / bits : 0; };
  outcome.ideal = line(counters.up, shape.up_bits) + line(counters.down, shape.down_bits) +
                  3 * outcome.connections * std::chrono::duration<double>(shape.round_trip()).count();
  return outcome;
}

template <class Get>
double median(const std::vector<Outcome>& outcomes, Get get) {
  std::vector<double> values;
  for (auto& outcome : outcomes) values.push_back(static_cast<double>(get(outcome)));
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

enum class Job { evening, first_upload, first_sync };

Outcome run_job(Job job, const Profile& shape, std::uint64_t link_seed, double speed) {
  LiveRelay relay({}, domain());
  auto ouinhi = relay.device();
  if (job == Job::evening) {
    Work work(seed, 2 * day);
    work.base(*ouinhi, 2);
    if (auto run = sync(*ouinhi->replica); run.error) throw std::runtime_error(run.error->text);
    work.wait_until(day / 4);
    work.evening(*ouinhi);
  } else {
    Work work(seed, 730 * day, 730 * day / 2600);
    work.years(*ouinhi, 2000, 1'500'000);
  }
  if (job != Job::first_sync) return sync_over(*ouinhi, relay.server->port(), shape, link_seed, speed);
  if (auto run = sync(*ouinhi->replica); run.error) throw std::runtime_error(run.error->text);
  auto fresh = relay.device();
  return sync_over(*fresh, relay.server->port(), shape, link_seed, speed);
}

}  // namespace

int main(int argc, char** argv) {
  double speed = argc > 1 ? std::atof(argv[1]) : 1;
  int rounds = argc > 2 ? std::atoi(argv[2]) : 3;
  std::vector<std::string> chosen(argv + std::min(argc, 3), argv + argc);
  fmt::print("{:<13} {:<13} {:>9} {:>6} {:>12} {:>9} {:>7} {:>12}\n", "link", "", "bytes", "cuts", "connections", "seconds", "x ideal", "x clean");
  for (auto job : {Job::evening, Job::first_upload, Job::first_sync}) {
    auto name = job == Job::evening ? "one evening" : job == Job::first_upload ? "first upload" : "first sync";
    auto clean = static_cast<double>(run_job(job, *profile("clean"), seed, 1).bytes);
    for (auto& shape : profiles()) {
      if (shape.name == "clean" || (!chosen.empty() && std::find(chosen.begin(), chosen.end(), shape.name) == chosen.end())) continue;
      std::vector<Outcome> outcomes;
      for (int round = 0; round < rounds; ++round) outcomes.push_back(run_job(job, shape, seed + static_cast<std::uint64_t>(round), speed));
      fmt::print("{:<13} {:<13} {:>9.0f} {:>6.0f} {:>12.0f} {:>9.1f} {:>7.2f} {:>12.3f}\n", name, shape.name, median(outcomes, [](auto& o) { return o.bytes; }),
                 median(outcomes, [](auto& o) { return o.cuts; }), median(outcomes, [](auto& o) { return o.connections; }),
                 median(outcomes, [](auto& o) { return o.seconds; }), median(outcomes, [](auto& o) { return o.seconds / o.ideal; }),
                 median(outcomes, [&](auto& o) { return static_cast<double>(o.bytes) / clean; }));
      std::fflush(stdout);
    }
  }
}
