// What putting texts together may cost: counted, not timed, so that a history is refused for what it is and not for the machine.
#pragma once
#include <cstdint>

#include "core/result.hpp"

namespace carnet::text {

// Of one call, and of all that a graph has to check about who knew what. Some ten to thirty nanoseconds each, so a history that nearly
// takes so many makes no later merge slow. 26,000 keystrokes of two people who type at once take 1 in 20 of them.
inline constexpr std::uint64_t most_steps = 10'000'000;

// For what a relay took, which judges the whole history in its one order: whoever gets that in parts, in another order, or beside words
// of its own, must be able to take it too.
inline constexpr std::uint64_t most_steps_of_taken = 4 * most_steps;

class Steps {
 public:
  explicit Steps(std::uint64_t most = most_steps) : most_(most) {}
  void spend(std::uint64_t steps) { taken_ += steps; }
  std::uint64_t taken() const { return taken_; }
  std::uint64_t most() const { return most_; }
  bool over() const { return taken_ > most_; }

 private:
  std::uint64_t most_, taken_ = 0;
};

inline Error too_tangled() { return {Code::too_large, "text patch: the history is too tangled to be put together"}; }

}  // namespace carnet::text
