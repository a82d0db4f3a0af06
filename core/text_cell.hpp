// Cells of mergeable text. Their versions are patches of one text (core/text/patch.hpp), of which none supersedes another: all of
// them together are its event graph, and the text is what that comes to. The first version usually is a seed, whose value is the text
// itself; the value of the others is the patch's bytes. A cell that holds nothing but a seed costs what a register costs.
//
// What everybody has seen may be forgotten: a base, a version by nobody (device 0), then stands for it, with the text of that time.
//
// Two versions are one and the same where their events are, whatever their stamps. Pure functions, from any thread.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "core/merge.hpp"
#include "core/text/graph.hpp"
#include "core/text/merge.hpp"

namespace carnet {

bool is_lone_seed(const Cell& cell);
Result<text::Patch> patch_of(const Version& version);  // malformed where the value is none
Value value_of(const text::Patch& patch);              // as a version of its device holds it

struct Whole {
  text::Graph graph;
  std::string base_text, text;  // at its base, and at its frontier
};

// Of a cell that was merged here, or of an empty one; what cannot be put together throws Damaged.
Whole whole_of(const Cell& cell);
text::Graph graph_of(const Cell& cell);
std::string text_of(const Cell& cell);  // the current text, which may be empty
Value shown_value(const Cell& cell);    // of a cell of either kind, as its column shows it: no text is null
std::vector<text::EventId> heads_of(const Cell& cell);  // which version of the text that is: ascending

// Each version but marks with the text as its writer saw it.
std::vector<Remembered> wordings_of(const Cell& cell);
// Names the events of `from` in versions that no relay had (all but the received ones) as the next ones of `to`, in `held` where given.
void renumber(Cell& cell, const Cell* held, DeviceId from, DeviceId to);

// What would stand against taking their texts into a row: patches that are malformed, or invalid there, or (copied) other events under
// known ids. Where theirs rest on a base that is news to ours, ours have to be part of it, unless we yield.
Result<void> check_texts(const Row& mine, const Row& theirs, bool yields = false);
bool holds_texts(const Row& mine, const Row& theirs);  // all of their patches

// Forgets the history that is settled: that every member of the space has seen, so that nobody will change anything over an
// earlier version. False where there is nothing to forget.
bool trim_text(Cell& cell, const std::function<bool(const Version&)>& settled);

}  // namespace carnet
