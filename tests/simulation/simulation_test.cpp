// Whole lives of the system, each from one seed. A failing seed prints itself and the shortest prefix of its steps that fails.
//   CARNET_SEEDS=10000 simulation_tests       more of them; CARNET_FIRST_SEED=n from another one
#include <catch2/catch.hpp>

#include <malloc.h>

#include <cstdlib>
#include <random>

#include "tests/simulation/world.hpp"

using namespace carnet::test;

namespace {

constexpr int steps = 120;

unsigned long from_environment(const char* name, unsigned long usual) {
  auto* given = std::getenv(name);
  return given ? std::strtoul(given, nullptr, 10) : usual;
}

std::string wrong_after(unsigned long seed, int count, std::string* story = nullptr) {
  std::mt19937_64 random(seed);
  World world([&](std::uint64_t bound) { return random() % bound; });
  std::string wrong;
  try {
    for (int k = 0; k < count; ++k) world.step();
    wrong = world.settle_and_judge();
  } catch (const std::exception& fault) {
    wrong = std::string("threw: ") + fault.what();
  }
  if (story) *story = world.story();
  return wrong;
}

int shortest_prefix(unsigned long seed) {
  for (int count = 0; count < steps; ++count)
    if (!wrong_after(seed, count).empty()) return count;
  return steps;
}

}  // namespace

TEST_CASE("whatever happens to devices, relay, links, clocks and disks, all replicas end equal and nothing is lost") {
  mallopt(M_MMAP_THRESHOLD, 1 << 30);  // the compressor's tables come and go with each exchange: keep their pages
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  auto first = from_environment("CARNET_FIRST_SEED", 1), count = from_environment("CARNET_SEEDS", 2000);
  for (auto seed = first; seed < first + count; ++seed) {
    if (wrong_after(seed, steps).empty()) continue;
    auto prefix = shortest_prefix(seed);
    std::string story;
    auto wrong = wrong_after(seed, prefix, &story);
    FAIL("seed " << seed << " after " << prefix << " steps: " << wrong << "\n" << story);
  }
  SUCCEED("seeds " << first << " to " << first + count - 1);
}

// Hidden: run by the programs of faults.cmake.
TEST_CASE("a fault that was put in on purpose is found", "[.][fault]") {
  constexpr unsigned long most = 2'000;
  for (unsigned long seed = 1; seed <= most; ++seed) {
    auto wrong = wrong_after(seed, steps);
    if (wrong.empty()) continue;
    SUCCEED("seed " << seed << ": " << wrong);
    return;
  }
  FAIL(most << " lives saw nothing wrong");
}
