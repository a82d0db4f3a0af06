#include "tests/simulation/life.hpp"

#include <algorithm>
#include <random>

namespace carnet::test {

Life live(World::Choose choose, int steps) {
  World world(std::move(choose));
  Life life;
  try {
    for (int k = 0; k < steps; ++k) world.step();
    life.wrong = world.settle_and_judge();
  } catch (const std::exception& fault) {
    life.wrong = std::string("threw: ") + fault.what();
  }
  life.story = world.story();
  return life;
}

Life live_from_seed(unsigned long seed, int steps) {
  std::mt19937_64 random(seed);
  return live([&](std::uint64_t bound) { return random() % bound; }, steps);
}

// Two bytes a choice; what comes after the last is drawn from them, so that the end of each life varies too.
Life live_from_bytes(std::string_view bytes) {
  constexpr std::size_t bytes_a_step = 8;
  std::seed_seq all(bytes.begin(), bytes.end());
  std::mt19937_64 random(all);
  auto choose = [&](std::uint64_t bound) {
    if (bytes.size() < 2) return random() % bound;
    auto choice = static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[0]) | static_cast<unsigned char>(bytes[1]) << 8);
    bytes.remove_prefix(2);
    return choice % bound;
  };
  return live(choose, static_cast<int>(std::min<std::size_t>(bytes.size() / bytes_a_step, steps_of_a_life)));
}

}  // namespace carnet::test
