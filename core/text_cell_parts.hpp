// What reading and changing a text's cell (text_cell.cpp) and merging two (text_cell_merge.cpp) share. Not for others.
#pragma once
#include <vector>

#include "core/text_cell.hpp"

namespace carnet {

[[noreturn]] void cannot_be_read(const Error& error);

bool is_base(const Version& version);
Result<Whole> foundation(const Cell& cell);                          // the base of these versions, if there is one, with nothing on it
Result<std::vector<text::Patch>> patches_of(const Cell& cell);       // oldest first: what they were made on mostly comes before them
Result<void> add_patches(Whole& whole, const std::vector<text::Patch>& patches, std::uint64_t most_steps);
Result<Whole> put_together(const Cell& cell, std::uint64_t most_steps = text::most_steps_of_taken);

bool has_event(const Standing& standing, const text::EventId& event);
bool has_all(const Standing& standing, const Cell& cell);
Standing standing_in(const Cell& cell, const Whole& whole);
void go_on(Standing& standing, const text::Patch& patch, std::string text);  // by a patch on top of all

// Bounds the steps, runs, entries and parents of putting a text together that is changed by one after another: up to most_light all of
// the limits of a graph are far, and a change on top needs no look at the history.
std::uint64_t weight_of(const text::Patch& patch);
constexpr std::uint64_t most_light = 1'000'000;

}  // namespace carnet
