// The shortest script between two sequences in linear memory (Myers, An O(ND) Difference Algorithm and Its Variations, 1986, section
// 4b), with a limit to its work: what is not settled by then is told as one replacement.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace carnet::text {

// [a, a_end) of the one stands where [b, b_end) stands in the other.
struct Hunk {
  std::size_t a = 0, a_end = 0, b = 0, b_end = 0;
  std::size_t removed() const { return a_end - a; }
  std::size_t inserted() const { return b_end - b; }
  bool operator==(const Hunk&) const = default;
};

// Ascending, with something kept between any two. `steps` is what may be spent, and is taken from.
std::vector<Hunk> shortest_script(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b, std::int64_t& steps);

}  // namespace carnet::text
