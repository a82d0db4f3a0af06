// What one version of a text has and another has not. All walks go down from the latest events and look at entries, not at events.
#pragma once
#include "core/text/graph.hpp"

namespace carnet::text {

// Events that only one of two versions has, each list latest first, every range within one entry.
struct Difference {
  std::vector<Range> only_a, only_b;
};
Difference difference(const Graph& graph, std::span<const Lv> a, std::span<const Lv> b, Steps& steps);  // in part, if steps.over()

// What it takes to bring what `had` lacks of `wanted` into a text that stands at `had`: `base` is a version that everything listed
// has seen; `again` are events that `had` has, but that some fresh one has not seen. Parents come first, and one branch is gone along
// to its end before the next, so that a walk seldom has to go back. Every parent that lies in a list is the last of its range.
struct Region {
  Version base;
  std::vector<Range> again, fresh;
};
Region region_between(const Graph& graph, const Version& had, const Version& wanted, Steps& steps);  // in part, if steps.over()

// The heads after an event with these parents.
void advance(Version& heads, std::span<const Lv> parents, Lv event);

}  // namespace carnet::text
