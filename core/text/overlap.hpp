// Where two people worked on one paragraph without knowing of each other, so that somebody should read it again: no program can tell
// whether what the merge made of it makes sense.
#pragma once
#include "core/text/graph.hpp"

namespace carnet::text {

inline constexpr std::size_t most_overlaps = 64;

struct Overlap {
  EventId a, b;  // the first events of two patches by different devices, neither of which knew of the other; a < b
  auto operator<=>(const Overlap&) const = default;
};

// The pairs of concurrent patches that inserted into or removed from one paragraph of the text at the frontier (what stands between two
// line ends; a line end that stands belongs to none), but those that somebody's mark has seen both of. Ascending, and the same on every
// replica that has the same patches; where there are more than 64, some 64 of them. Errors: malformed, if the text does not
// stand there, and too_large, if the history takes over most_steps.
Result<std::vector<Overlap>> overlaps(const Graph& graph, std::string_view text);

}  // namespace carnet::text
