// carnet-link: a bad link as a program, for trying the programs by hand and for measurements. Prints its port, and one line of
// counters when it ends: by SIGTERM, SIGINT, or by itself.
#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "tests/link/link.hpp"

using namespace carnet::test;

namespace {

struct Wanted {
  std::uint16_t to = 0, port = 0;
  std::string profile, port_file;
  std::uint64_t seed = 1;
  double cut_every = -1, speed = 1;
  long seconds = 600;
};

void describe(CLI::App& app, Wanted& wanted) {
  std::vector<std::string> names;
  for (auto& each : profiles()) names.push_back(each.name);
  app.add_option("--to", wanted.to, "Port of the relay, on loopback")->required();
  app.add_option("--profile", wanted.profile, "What the link is like")->required()->check(CLI::IsMember(names));
  app.add_option("--port", wanted.port, "Port to listen on; 0: any free one");
  app.add_option("--port-file", wanted.port_file, "File to write the port to, once it listens");
  app.add_option("--seed", wanted.seed, "Of jitter, loss and cuts");
  app.add_option("--cut-every", wanted.cut_every, "Mean seconds between cuts, in place of the profile's; 0: never")->check(CLI::NonNegativeNumber);
  app.add_option("--speed", wanted.speed, "How many times faster than the true time")->check(CLI::PositiveNumber);
  app.add_option("--for", wanted.seconds, "Seconds after which it ends by itself")->check(CLI::PositiveNumber);
}

// Whole or not at all, as somebody waits for it.
bool write_port(const std::string& path, std::uint16_t port) {
  auto fresh = path + ".new";
  std::ofstream to(fresh);
  to << port << "\n" << std::flush;
  if (!to) return false;
  std::error_code fault;
  std::filesystem::rename(fresh, path, fault);
  return !fault;
}

sigset_t ends() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

void print(const Wanted& wanted, const LinkCounters& counters) {
  std::printf(R"({"profile":"%s","seed":%llu,"connections":%d,"cuts":%d,"bytes_up":%lld,"bytes_down":%lld,"busy_seconds":%.3f})" "\n",
              wanted.profile.c_str(), static_cast<unsigned long long>(wanted.seed), counters.connections, counters.cuts,
              static_cast<long long>(counters.up), static_cast<long long>(counters.down), counters.busy_seconds);
}

int run(const Wanted& wanted) {
  auto shape = *profile(wanted.profile);
  if (wanted.cut_every >= 0) shape.cut_seconds = wanted.cut_every;
  auto set = ends();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);  // before the link's thread begins: the signals are waited for below
  Link link(wanted.to, shape, wanted.seed, wanted.speed, wanted.port);
  std::cerr << "carnet-link: " << wanted.profile << " on 127.0.0.1:" << link.port() << " to " << wanted.to << "\n";
  if (!wanted.port_file.empty() && !write_port(wanted.port_file, link.port())) {
    std::cerr << "carnet-link: cannot write " << wanted.port_file << "\n";
    return 1;
  }
  timespec patience{wanted.seconds, 0};
  sigtimedwait(&set, nullptr, &patience);
  print(wanted, link.counters());
  return 0;
}

}  // namespace

int main(int count, char** words) {
  CLI::App app{"A bad link on loopback: listens, passes on to a relay, as slow and as short-lived as a profile says."};
  Wanted wanted;
  describe(app, wanted);
  CLI11_PARSE(app, count, words);
  try {
    return run(wanted);
  } catch (const std::exception& fault) {
    std::cerr << "carnet-link: " << fault.what() << "\n";
    return 1;
  }
}
