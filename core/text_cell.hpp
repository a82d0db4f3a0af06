// Cells of mergeable text. Their versions are patches of one text (core/text/patch.hpp), of which none supersedes another: all of
// them together are its event graph, and the text is what that comes to. The first version usually is a seed, whose value is the text
// itself; the value of the others is the patch's bytes. A cell that holds nothing but a seed costs what a register costs.
//
// What everybody has seen may be forgotten: a base, a version by nobody (device 0), then stands for it, with the text of that time.
//
// Two versions are one and the same where their events are, whatever their stamps. A change that was made on top of all others needs no
// history: it is held against the text, and goes on from there. Pure functions, from any thread.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "core/merge.hpp"
#include "core/text/graph.hpp"
#include "core/text/merge.hpp"

namespace carnet {

// Where a text stands: what its versions come to, kept so that a change on top of them need not go through them.
struct Standing {
  std::string text;
  std::vector<text::EventId> heads;           // which version of the text that is, ascending
  std::map<DeviceId, std::uint32_t> written;  // how many events of each writer it has
  std::uint64_t weight = 0;                   // of all its patches: bounds what putting it together may take (core/text_cell_parts.hpp)
  std::vector<text::Edit> undo;               // what takes back the newest patch, where that was written here, and last
  bool operator==(const Standing&) const = default;
};

bool is_lone_seed(const Cell& cell);
Result<text::Patch> patch_of(const Version& version);  // malformed where the value is none
Value value_of(const text::Patch& patch);              // as a version of its device holds it

struct Whole {
  text::Graph graph;
  std::string base_text, text;  // at its base, and at its frontier
};

// Of a cell that was merged here, or of an empty one; what cannot be put together throws Damaged.
Whole whole_of(const Cell& cell);
Standing standing_of(const Cell& cell);  // where it is not known, from the whole
text::Graph graph_of(const Cell& cell);
std::string text_of(const Cell& cell);  // the current text, which may be empty
Value shown_value(const Cell& cell);    // of a cell of either kind, as its column shows it: no text is null
std::vector<text::EventId> heads_of(const Cell& cell);  // which version of the text that is: ascending
text::EventId last_event(const text::Patch& patch);

// What a save of this device makes of a text that it had at a version: usually one patch, or none; and where the text stands then.
struct Saved {
  std::vector<text::Patch> patches;
  Standing standing;
  bool look_again = false;
};
// Errors: not_found, where the version is not known here, or is not the one that is meant; too_large.
using IsMeant = std::function<bool(std::string_view wording)>;
Result<Saved> saved_over(const Cell& cell, DeviceId device, const std::vector<text::EventId>& heads, const std::string& text, const IsMeant& is_meant = {});
Saved marked(const Cell& cell, DeviceId device);

// Takes the newest patch back, which was put on top of all others. False where what was before is not known.
bool take_back(Standing& standing, const text::Patch& patch);

// Each version but marks with the text as its writer saw it.
std::vector<Remembered> wordings_of(const Cell& cell);
// Names the events of `from` in versions that no relay had (all but the received ones) as the next ones of `to`, in `held` where given.
void renumber(Cell& cell, const Cell* held, DeviceId from, DeviceId to);

// Who is asked for a text's history judges it (the relay), or takes what was judged (a device).
enum class Judge { here, relay };

// What would stand against taking their texts into a row: patches that are malformed, or invalid there, or (copied) other events under
// known ids; where it is judged here, also a history that would be too tangled, whatever the order in which it came. Where theirs
// rest on a base that is news to ours, ours have to be part of it, unless the relay says so.
Result<void> check_texts(const Row& mine, const Row& theirs, Judge judge = Judge::here);
bool holds_texts(const Row& mine, const Row& theirs);  // all of their patches

// Forgets the history that is settled: that every member of the space has seen, so that nobody will change anything over an
// earlier version. False where there is nothing to forget.
bool trim_text(Cell& cell, const std::function<bool(const Version&)>& settled);

}  // namespace carnet
