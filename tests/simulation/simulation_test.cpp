// Whole lives of the system, each from one seed. A failing seed prints itself and the shortest prefix of its steps that fails.
//   CARNET_SEEDS=10000 simulation_tests       more of them; CARNET_FIRST_SEED=n from another one
#include <catch2/catch.hpp>

#include <malloc.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <thread>
#include <vector>

#include "tests/simulation/life.hpp"

using namespace carnet::test;

namespace {

unsigned long from_environment(const char* name, unsigned long usual) {
  auto* given = std::getenv(name);
  return given ? std::strtoul(given, nullptr, 10) : usual;
}

int shortest_prefix(unsigned long seed) {
  for (int count = 0; count < steps_of_a_life; ++count)
    if (!live_from_seed(seed, count).wrong.empty()) return count;
  return steps_of_a_life;
}

[[noreturn]] void live_all(unsigned long first, unsigned long end, unsigned long step, unsigned long& living) {
  for (living = first; living < end; living += step)
    if (!live_from_seed(living).wrong.empty()) _exit(EXIT_FAILURE);
  _exit(EXIT_SUCCESS);
}

// One process a core, since a process has one disk. The seeds at which one failed, or fell.
std::vector<unsigned long> failing(unsigned long first, unsigned long end) {
  auto cores = std::max(1ul, static_cast<unsigned long>(std::thread::hardware_concurrency()));
  auto* living = static_cast<unsigned long*>(mmap(nullptr, cores * sizeof first, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  REQUIRE(living != MAP_FAILED);
  std::vector<pid_t> children;
  for (unsigned long k = 0; k < cores; ++k) {
    auto child = fork();
    REQUIRE(child >= 0);
    if (child == 0) live_all(first + k, end, cores, living[k]);
    children.push_back(child);
  }
  std::vector<unsigned long> seeds;
  for (unsigned long k = 0; k < cores; ++k) {
    int status = 0;
    if (waitpid(children[k], &status, 0) != children[k] || status != 0) seeds.push_back(living[k]);
  }
  munmap(living, cores * sizeof first);
  std::sort(seeds.begin(), seeds.end());
  return seeds;
}

}  // namespace

TEST_CASE("whatever happens to devices, relay, links, clocks and disks, all replicas end equal and nothing is lost") {
  mallopt(M_MMAP_THRESHOLD, 1 << 30);  // the compressor's tables come and go with each exchange: keep their pages
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  auto first = from_environment("CARNET_FIRST_SEED", 1), count = from_environment("CARNET_SEEDS", 1'000);
  for (auto seed : failing(first, first + count)) {
    WARN("seed " << seed << " fails");
    auto prefix = shortest_prefix(seed);
    auto life = live_from_seed(seed, prefix);
    FAIL("seed " << seed << " after " << prefix << " steps: " << life.wrong << "\n" << life.story);
  }
  SUCCEED("seeds " << first << " to " << first + count - 1);
}

TEST_CASE("lives that a fuzzer chooses byte by byte end well too") {
  std::mt19937_64 random(20250310);
  for (std::size_t length : {0u, 1u, 7u, 60u, 250u, 1'000u, 3'000u}) {
    for (std::uint64_t bound : {1u, 100u, 256u}) {
      std::string bytes(length, '\0');
      for (auto& byte : bytes) byte = static_cast<char>(random() % bound);
      auto life = live_from_bytes(bytes);
      INFO(length << " bytes below " << bound << "\n" << life.story);
      CHECK(life.wrong == "");
    }
  }
}

// Hidden: run by the programs of faults.cmake.
TEST_CASE("a fault that was put in on purpose is found", "[.][fault]") {
  constexpr unsigned long most = 2'000;
  for (unsigned long seed = 1; seed <= most; ++seed) {
    auto wrong = live_from_seed(seed).wrong;
    if (wrong.empty()) continue;
    SUCCEED("seed " << seed << ": " << wrong);
    return;
  }
  FAIL(most << " lives saw nothing wrong");
}
