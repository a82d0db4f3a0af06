// Thousands of devices at one relay, which runs as a process of its own, on loopback, with TLS, by the real protocol.
//   bench_fleet PROFILE [--devices N] [--store sqlite|postgres] [--at-once N] [--rounds N] [--rows N] [--remembered BYTES] [--seed N]
// Profiles: evening, stampede, first, idle, small, big-space. What a device packs and reads is done before and after the time is taken,
// since it is not the relay's work, but for the small ones beside `first`. Every answer is checked; what is wrong ends the program.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <numeric>
#include <thread>

#include "tests/bench/fleet_line.hpp"
#include "tests/bench/fleet_relay.hpp"

using namespace carnet;
using namespace carnet::bench;

namespace {

constexpr std::size_t of_a_commune = 5;

struct Wish {
  std::string profile;
  std::size_t devices = 0, at_once = 64, rounds = 5, rows = 1'000'000, remembered = 0;
  bool on_postgres = false;
  std::uint64_t seed = 20250310;
};

double at(std::vector<double> sorted, double part) {
  std::sort(sorted.begin(), sorted.end());
  return sorted.empty() ? 0 : sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(part * static_cast<double>(sorted.size())))];
}
double median(const std::vector<double>& of) { return at(of, 0.5); }

std::vector<double> latencies(const Crowd& crowd) {
  std::vector<double> all;
  for (auto& visit : crowd.visits) all.push_back(visit.milliseconds);
  return all;
}

void say(const std::string& line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

// Of one crowd, and what the relay used for it.
void tell(const std::string& what, const Crowd& crowd, const Usage& before, const Usage& after) {
  auto count = static_cast<double>(crowd.visits.size());
  std::int64_t up = 0, down = 0;
  for (auto& visit : crowd.visits) up += visit.up, down += visit.down;
  auto took = latencies(crowd);
  say(fmt::format("{}: {} syncs in {:.1f} s, {:.0f} syncs/s; bytes a sync up {:.0f}, down {:.0f}, TLS included; ms p50 {:.1f}, p95 {:.1f}, p99 {:.1f}", what, crowd.visits.size(), crowd.seconds,
                  count / crowd.seconds, static_cast<double>(up) / count, static_cast<double>(down) / count, at(took, 0.5), at(took, 0.95), at(took, 0.99)));
  say(fmt::format("  refused {}, unreached {}; CPU a sync: relay {:.2f} ms, its database's processes {:.2f} ms; the relay's memory {:.1f} MB, at the most {:.1f}", crowd.refused, crowd.unreached,
                  1'000 * (after.cpu - before.cpu) / count, 1'000 * (after.database_cpu - before.database_cpu) / count, after.resident_mb, after.most_mb));
}

std::vector<const std::string*> bodies_of(const std::vector<FleetDevice*>& devices) {
  std::vector<const std::string*> bodies;
  for (auto* device : devices) bodies.push_back(&device->body());
  return bodies;
}

void read_all(const std::vector<FleetDevice*>& devices, const Crowd& crowd) {
  for (std::size_t k = 0; k < devices.size(); ++k) devices[k]->read(crowd.visits[k].answer);
}

std::vector<std::string> room_for(std::size_t devices) { return {"--max-devices", std::to_string(devices + 100)}; }

void evening(const Wish& wish, std::size_t evenings, bool as_stampede) {
  Relay relay(wish.on_postgres, wish.seed);
  relay.add_communes(wish.devices, of_a_commune, wish.remembered);
  relay.start(as_stampede ? std::vector<std::string>{} : room_for(wish.devices));
  auto devices = relay.devices(0, relay.count());
  for (auto* device : devices)
    for (std::size_t k = 0; k < evenings; ++k) device->write_evening();
  auto bodies = bodies_of(devices);
  Lines lines(relay.port());
  auto before = relay.usage();
  auto crowd = lines.send(devices, bodies, {.at_once = as_stampede ? wish.devices : wish.at_once, .is_patient = as_stampede});
  auto after = relay.usage();
  read_all(devices, crowd);
  tell(wish.profile, crowd, before, after);
  relay.stop(true);
  if (!as_stampede) say(fmt::format("  bar: under 60 s for 2,000: {}", crowd.seconds * 2'000 / static_cast<double>(wish.devices) < 60 ? "met" : "NOT MET"));
}

void first(const Wish& wish) {
  constexpr std::size_t small_ones = 50;
  Relay relay(wish.on_postgres, wish.seed);
  relay.add_communes(small_ones, of_a_commune, wish.remembered);
  relay.add_large_space(2'000, 1'500'000, 0, wish.devices);
  relay.start(room_for(wish.devices + small_ones));
  auto small = relay.devices(0, small_ones), fresh = relay.devices(relay.count() - wish.devices, wish.devices);
  auto bodies = bodies_of(fresh);
  Lines lines(relay.port()), beside(relay.port());
  auto alone = beside.go_round(small, [left = 100]() mutable { return left-- > 0; });
  std::atomic<bool> running = true;
  Crowd together;
  std::exception_ptr fault;
  auto before = relay.usage();
  std::thread thread([&] {
    try {
      together = beside.go_round(small, [&] { return running.load(); });
    } catch (...) {
      fault = std::current_exception();
    }
  });
  auto crowd = lines.send(fresh, bodies, {.at_once = wish.at_once});
  running = false;
  thread.join();
  if (fault) std::rethrow_exception(fault);
  auto after = relay.usage();
  read_all(fresh, crowd);
  tell("first syncs", crowd, before, after);
  auto took = latencies(together);
  say(fmt::format("  small syncs one after the other: ms p50 {:.1f} alone; beside, {} of them, p50 {:.1f}, p95 {:.1f}, p99 {:.1f}; bar: p99 under 250 ms: {}", median(latencies(alone)), took.size(), at(took, 0.5),
                  at(took, 0.95), at(took, 0.99), at(took, 0.99) < 250 ? "met" : "NOT MET"));
  relay.stop(true);
}

void idle(const Wish& wish) {
  Relay relay(wish.on_postgres, wish.seed);
  relay.add_communes(wish.devices, of_a_commune, wish.remembered);
  relay.start(room_for(wish.devices));
  auto devices = relay.devices(0, relay.count());
  Lines lines(relay.port());
  auto began = relay.usage();
  // So many at a time, and then a look by all who stay, lest the relay closes them: it waits for a request for 15 seconds.
  constexpr std::size_t portion = 1'000;
  for (std::size_t done = 0; done < devices.size(); done += portion) {
    std::vector<FleetDevice*> some(devices.begin() + static_cast<std::ptrdiff_t>(done), devices.begin() + static_cast<std::ptrdiff_t>(std::min(done + portion, devices.size())));
    auto bodies = bodies_of(some);
    read_all(some, lines.send(some, bodies, {.at_once = wish.at_once, .stays = true}));
    auto there = lines.look();
    auto now = relay.usage();
    say(fmt::format("{} connected: the relay's memory {:.1f} MB, at the most {:.1f}; {:.1f} KB each above the {:.1f} MB that it had before", there, now.resident_mb, now.most_mb,
                    1'024 * (now.resident_mb - began.resident_mb) / static_cast<double>(there), began.resident_mb));
    if (there != done + some.size()) throw std::runtime_error(fmt::format("{} connections of {} stand", there, done + some.size()));
  }
  for (int k = 0; k < 5; ++k) {
    std::this_thread::sleep_for(std::chrono::seconds(4));
    lines.look();
  }
  auto now = relay.usage();
  say(fmt::format("{} connected, 20 s later: the relay's memory {:.1f} MB; {:.1f} KB each", lines.kept(), now.resident_mb, 1'024 * (now.resident_mb - began.resident_mb) / static_cast<double>(lines.kept())));
  if (lines.kept() == 2'000) say(fmt::format("  bar: under 200 MB at 2,000: {}", now.resident_mb < 200 ? "met" : "NOT MET"));
  relay.stop(true);
}

// Rounds by turns, each of one sync a device, of the relay and of the bare server with the same bodies.
void small(const Wish& wish) {
  Relay relay(wish.on_postgres, wish.seed);
  relay.add_communes(wish.devices, of_a_commune, wish.remembered);
  relay.start(room_for(wish.devices));
  auto devices = relay.devices(0, relay.count());
  auto write_all = [&] { for (auto* device : devices) device->write_score(); };
  Lines lines(relay.port());
  write_all();
  auto warm = lines.send(devices, bodies_of(devices), {.at_once = wish.at_once});
  read_all(devices, warm);
  auto answers = std::accumulate(warm.visits.begin(), warm.visits.end(), std::size_t{0}, [](std::size_t sum, auto& visit) { return sum + visit.answer.size(); });
  relay.start_bare(answers / devices.size());
  Lines to_bare(relay.bare_port());
  auto bar = wish.on_postgres ? 0.25 : 0.4;
  for (bool open : {false, true}) {
    std::vector<double> rates, bare_rates, cpus, bare_cpus, database_cpus;
    auto name = open ? "small, on a connection that is open" : "small, each with its connection";
    auto count = static_cast<double>(devices.size());
    for (std::size_t round = 0; round < wish.rounds; ++round) {
      write_all();
      auto bodies = bodies_of(devices);
      Manner manner{.at_once = wish.at_once, .opens_first = open};
      auto bare_before = relay.bare_usage();
      auto bare = to_bare.send(devices, bodies, manner);
      auto bare_after = relay.bare_usage(), before = relay.usage();
      auto crowd = lines.send(devices, bodies, manner);
      auto after = relay.usage();
      read_all(devices, crowd);
      if (round + 1 == wish.rounds) {
        tell(fmt::format("{}, bare", name), bare, bare_before, bare_after);
        tell(name, crowd, before, after);
      }
      rates.push_back(count / crowd.seconds);
      bare_rates.push_back(count / bare.seconds);
      cpus.push_back(1'000 * (after.cpu - before.cpu) / count);
      database_cpus.push_back(1'000 * (after.database_cpu - before.database_cpu) / count);
      bare_cpus.push_back(1'000 * (bare_after.cpu - bare_before.cpu) / count);
    }
    auto ratio = median(rates) / median(bare_rates);
    say(fmt::format("  medians of {} rounds: {:.0f} syncs/s ({:.2f} ms of CPU, its database {:.2f}), bare {:.0f} ({:.2f} ms): {:.0f} %; bar: {:.0f} %: {}", wish.rounds, median(rates), median(cpus), median(database_cpus),
                    median(bare_rates), median(bare_cpus), 100 * ratio, 100 * bar, ratio >= bar ? "met" : "NOT MET"));
  }
  relay.stop(true);
}

void big_space(const Wish& wish) {
  constexpr std::size_t small_rows = 1'000;
  Relay relay(wish.on_postgres, wish.seed);
  auto began = std::chrono::steady_clock::now();
  relay.add_large_space(small_rows, 100 * small_rows, of_a_commune, 0);
  relay.add_large_space(wish.rows, 100 * wish.rows, of_a_commune, 0);
  say(fmt::format("filled with {} rows in {:.0f} s", wish.rows, std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count()));
  relay.start();
  auto of_small = relay.devices(0, of_a_commune), of_big = relay.devices(of_a_commune + 1, of_a_commune);
  Lines lines(relay.port());
  std::vector<double> in_small, in_big;
  for (std::size_t k = 0; k < 20 * wish.rounds; ++k) {
    auto once = [&, left = 1]() mutable { return left-- > 0; };
    in_small.push_back(lines.go_round({of_small[k % of_a_commune]}, once).visits.front().milliseconds);
    in_big.push_back(lines.go_round({of_big[k % of_a_commune]}, once).visits.front().milliseconds);
  }
  say(fmt::format("a small sync, one after the other, medians of {}: {:.1f} ms in a space of {} rows, {:.1f} ms in one of {}: {:.2f} times", in_small.size(), median(in_small), small_rows, median(in_big), wish.rows,
                  median(in_big) / median(in_small)));
  relay.stop(false);
}

// Each connection is a file here and in the relay, which is given the same limit.
void raise_file_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int run(Wish wish) {
  auto or_else = [&](std::size_t usual) { wish.devices = wish.devices ? wish.devices : usual; };
  say(fmt::format("{} over {}, seed {}", wish.profile, wish.on_postgres ? "PostgreSQL (fsync on)" : "SQLite", wish.seed));
  if (wish.profile == "evening") or_else(2'000), evening(wish, 1, false);
  else if (wish.profile == "stampede") or_else(2'000), evening(wish, 2, true);
  else if (wish.profile == "first") or_else(200), first(wish);
  else if (wish.profile == "idle") or_else(2'000), idle(wish);
  else if (wish.profile == "small") or_else(500), small(wish);
  else big_space(wish);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (sodium_init() < 0) return 1;
  raise_file_limit();
  if (argc == 6 && argv[1] == std::string_view("bare")) return serve_bare(argv[2], argv[3], argv[4], std::stoull(argv[5]));
  Wish wish;
  std::string store = "sqlite";
  CLI::App app{"bench_fleet: thousands of devices at one relay"};
  app.add_option("profile", wish.profile)->required()->check(CLI::IsMember(std::vector<std::string>{"evening", "stampede", "first", "idle", "small", "big-space"}));
  app.add_option("--devices", wish.devices, "how many; in `first` the new ones");
  app.add_option("--store", store)->check(CLI::IsMember(std::vector<std::string>{"sqlite", "postgres"}));
  app.add_option("--at-once", wish.at_once, "connections; in `stampede` all come at once");
  app.add_option("--rounds", wish.rounds, "of `small`, and twenty times as many of `big-space`");
  app.add_option("--rows", wish.rows, "of `big-space`");
  app.add_option("--remembered", wish.remembered, "bytes of earlier frames that both ends remember of each way");
  app.add_option("--seed", wish.seed);
  CLI11_PARSE(app, argc, argv);
  wish.on_postgres = store == "postgres";
  try {
    return run(wish);
  } catch (const std::exception& fault) {
    fmt::print(stderr, "bench_fleet: {}\n", fault.what());
    return 1;
  }
}
