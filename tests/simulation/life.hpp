// One life of the world, from choices to a verdict.
#pragma once
#include <string>
#include <string_view>

#include "tests/simulation/world.hpp"

namespace carnet::test {

inline constexpr int steps_of_a_life = 120;

struct Life {
  std::string wrong;  // in words; empty where nothing was
  std::string story;
};

Life live(World::Choose choose, int steps = steps_of_a_life);
Life live_from_seed(unsigned long seed, int steps = steps_of_a_life);
Life live_from_bytes(std::string_view bytes);  // of a fuzzer: as many steps as they have choices for

}  // namespace carnet::test
