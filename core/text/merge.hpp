// Bringing together what several people did to one text. A text that stands at a version of its graph and the new events give the
// edits that bring it up to date; only what is concurrent with something new is walked. The result depends on the set of patches
// alone, not on the order in which they came (tests/core/text_merge_test.cpp). Pure functions, from any thread.
#pragma once
#include "core/text/draft.hpp"
#include "core/text/graph.hpp"

namespace carnet::text {

struct Transformed {
  std::vector<Change> changes;  // one after another; valid until the graph changes
  std::uint32_t length = 0;     // of the text after them
  std::vector<std::size_t> refused;  // patches, by number, with a position outside of their text: left out, with all built on them
};

// What brings a text of that length from version `had` to `had` and `wanted` together. Errors: malformed if no text of that length
// can stand there, too_large if it takes over most_steps or the text becomes too long.
Result<Transformed> transform(const Graph& graph, const Version& had, std::uint32_t length, const Version& wanted, Steps& steps);

struct Merged {
  std::string text;
  std::vector<Edit> edits;             // that made it of the text before
  std::vector<Result<Added>> patches;  // what became of each: as Graph::add says; invalid, if a position lies outside of its text
  Steps steps;                         // what it took
};

// Adds patches, in whatever order they come, to the graph that `text` stands at the frontier of. Patches that are refused or have to
// wait (gap) leave no trace; where all together take over `most` steps or make the text too long (too_large), all are refused, and may be
// tried in parts. Errors: malformed if `text` cannot stand there.
Result<Merged> merge(Graph& graph, std::string_view text, std::span<const Patch> patches, std::uint64_t most = most_steps);

// Adds patches that were merged before, so that no position has to be found out. False where not all could be added.
bool add_merged(Graph& graph, std::span<const Patch> patches);

// What a device's save did that made `now` of the text at a version, given by its heads (usually those of the frontier; those at which a
// form was opened, where others' words came in since); none where nothing differs. `next`: the seq of the device's next event in the text.
// Usually one patch; where the version has over 64 heads, marks come first that join them. The caller adds them. A text without
// history begins with its seed.
std::vector<Patch> patches_between(DeviceId device, std::uint32_t next, std::vector<EventId> heads, std::string_view before, std::string_view now);
std::vector<Patch> mark(DeviceId device, std::uint32_t next, std::vector<EventId> heads);

// The whole text at the frontier or at another version, over what stood at the base (which, without one, is nothing).
Result<std::string> replay(const Graph& graph, std::string_view base_text = {});
Result<std::string> wording(const Graph& graph, const Version& version, std::string_view base_text = {});

// Forgets the history up to the latest version that can be a base and that is part of what all have `seen`; says whether there was
// one. Only right if nothing can arrive any more that was made without knowing all of `seen`.
Result<bool> trim(Graph& graph, std::span<const EventId> seen);

}  // namespace carnet::text
