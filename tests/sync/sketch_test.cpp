// Finding what differs, in bytes that follow the difference.
#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <set>

#include "sync/sketch.hpp"

using namespace carnet;

namespace {

struct Sides {
  std::vector<std::uint64_t> theirs, ours;
  std::set<std::uint64_t> only_theirs, only_ours;
};

Sides sides(std::size_t shared, std::size_t theirs, std::size_t ours, std::mt19937_64& random) {
  Sides made;
  for (std::size_t k = 0; k < shared; ++k) { made.theirs.push_back(random()); made.ours.push_back(made.theirs.back()); }
  for (std::size_t k = 0; k < theirs; ++k) { made.theirs.push_back(random()); made.only_theirs.insert(made.theirs.back()); }
  for (std::size_t k = 0; k < ours; ++k) { made.ours.push_back(random()); made.only_ours.insert(made.ours.back()); }
  std::shuffle(made.theirs.begin(), made.theirs.end(), random);
  std::shuffle(made.ours.begin(), made.ours.end(), random);
  return made;
}

std::set<std::uint64_t> set_of(const std::vector<std::uint64_t>& elements) { return {elements.begin(), elements.end()}; }

// Symbols until the difference was found, one at a time.
std::size_t symbols_needed(const Sides& sides) {
  Sketch sketch(sides.theirs);
  Difference difference(sides.ours);
  while (!difference.found()) {
    difference.add(sketch.next(1));
    REQUIRE(difference.read() < 100'000);
  }
  CHECK(set_of(difference.only_theirs()) == sides.only_theirs);
  CHECK(set_of(difference.only_ours()) == sides.only_ours);
  CHECK(difference.only_theirs().size() + difference.only_ours().size() == sides.only_theirs.size() + sides.only_ours.size());
  return difference.read();
}

}  // namespace

TEST_CASE("what differs is found exactly, whichever side has it") {
  std::mt19937_64 random(20250310);
  for (auto [shared, theirs, ours] : {std::tuple(0, 0, 0), {0, 1, 0}, {0, 0, 1}, {50, 0, 0}, {1'000, 1, 1}, {1'000, 7, 0}, {1'000, 0, 30}, {3'000, 200, 100}, {0, 500, 500}})
    symbols_needed(sides(static_cast<std::size_t>(shared), static_cast<std::size_t>(theirs), static_cast<std::size_t>(ours), random));
}

TEST_CASE("equal sets are known by the first symbol") {
  std::mt19937_64 random(20250311);
  CHECK(symbols_needed(sides(5'000, 0, 0, random)) == 1);
}

TEST_CASE("symbols are in proportion to the difference and not to the sets") {
  std::mt19937_64 random(20250312);
  for (std::size_t differing : {10, 100, 1'000}) {
    std::vector<std::size_t> needed;
    for (int round = 0; round < 9; ++round) needed.push_back(symbols_needed(sides(20'000, differing / 2, differing / 2, random)));
    std::sort(needed.begin(), needed.end());
    INFO(differing << " differ, " << needed[4] << " symbols");
    CHECK(needed[4] <= 2 * differing + 4);
  }
}

TEST_CASE("portions of symbols give what single ones give") {
  std::mt19937_64 random(20250313);
  auto both = sides(400, 20, 20, random);
  Sketch one_by_one(both.theirs), at_once(both.theirs);
  auto all = at_once.next(300);
  for (auto& symbol : all) CHECK(one_by_one.next(1).front() == symbol);
}

TEST_CASE("symbols of chance are read in bounded time and find nothing") {
  std::mt19937_64 random(20250314);
  Difference difference({1, 2, 3});
  for (int portion = 0; portion < 8; ++portion) {
    std::vector<Symbol> symbols(1'000);
    for (auto& symbol : symbols) symbol = {static_cast<std::int64_t>(random() % 3), random(), static_cast<std::uint32_t>(random())};
    difference.add(symbols);
  }
  CHECK_FALSE(difference.found());
}
