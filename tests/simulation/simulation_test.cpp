// Whole lives of the system, each from one seed. A failing seed prints itself and the shortest prefix of its steps that fails.
//   CARNET_SEEDS=10000 simulation_tests       more of them; CARNET_FIRST_SEED=n from another one
#include <catch2/catch.hpp>

#include <malloc.h>

#include <cstdlib>
#include <random>

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

}  // namespace

TEST_CASE("whatever happens to devices, relay, links, clocks and disks, all replicas end equal and nothing is lost") {
  mallopt(M_MMAP_THRESHOLD, 1 << 30);  // the compressor's tables come and go with each exchange: keep their pages
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  auto first = from_environment("CARNET_FIRST_SEED", 1), count = from_environment("CARNET_SEEDS", 2000);
  for (auto seed = first; seed < first + count; ++seed) {
    if (live_from_seed(seed).wrong.empty()) continue;
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
