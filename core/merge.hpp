// The merge: one function for every replica and every order. A cell is a multi-value register (Shapiro et al., 2011): the
// set of versions that no other version has seen. Laws (tests/core/merge_laws_test.cpp): commutative, associative,
// idempotent; a version that has seen another always beats it; nothing leaves the set but into history.
//
// What has seen what:
//   - a version has seen all earlier ones of its own device in the same cell;
//   - it has seen what the relay had accepted up to its `seen`, and the stamps in `past`, except those in `open`;
//   - what the relay had of ours and does not send any more with a cell has been superseded there.
#pragma once
#include <functional>
#include <vector>

#include "core/changeset.hpp"

namespace carnet {

// What is known of the side that sent a change. Default: the relay's own view of a device, whose versions say themselves what they have seen.
struct Authority {
  DeviceId from = {};  // at the relay, and of what is carried: the device that made the change
  // Ours is a device and theirs the relay:
  bool is_relay = false;
  Seq had = {};   // the relay had our own changes up to this seq of ours
  Seq upto = {};  // their versions were accepted by the relay at or below this seq
  // Both are devices, and the relay has not judged yet, or we do not know: at or below which of its seqs it accepted a version that stands
  // here; 0: not known. Where theirs speaks for the relay (core/lending.hpp), this takes the place of `had`.
  std::function<Seq(const Version&)> relay_seq = {};

  bool is_carried() const { return relay_seq && !is_relay; }
  bool is_lent() const { return relay_seq && is_relay; }
  bool judges() const { return is_relay && !relay_seq; }  // it is the relay itself
};

struct Merged {
  bool changed = false;
  bool refused = false;  // theirs was, in part, known and superseded already: they must be told how the row stands
  std::vector<Remembered> superseded;
};

// Merges `theirs` into `mine`; versions that are new to us get `seq`. `superseded_before(column, stamp)` says whether
// history holds that version already.
template <class SupersededBefore>
Merged merge(Row& mine, Row theirs, const Authority& authority, Seq seq, SupersededBefore superseded_before);

// Whether the writer of `a` had seen `b`; `b_at_relay` is the relay's seq of `b` where that is known, else 0.
bool has_seen(const Version& a, const Version& b, Seq b_at_relay);

void order(std::vector<Version>& versions);  // greatest stamp first, trails last

// The steps of merge, in the order in which it takes them.
Merged merge_cell(Cell& mine, Cell theirs, const Authority& authority, Seq seq);
Merged merge_text(Cell& mine, Cell theirs, const Authority& authority, Seq seq);  // core/text_cell_merge.cpp: what it brings was checked
void settle_life(Row& row, const Authority& authority, Seq seq);

template <class SupersededBefore>
Merged merge(Row& mine, Row theirs, const Authority& authority, Seq seq, SupersededBefore superseded_before) {
  Merged all;
  bool was_dead = mine.dead();
  for (auto& cell : theirs.cells) {
    auto* held = mine.find(cell.column);
    if (held && cell.kind != Kind::text) {
      // Conflict: a late copy of a version that was superseded here looks concurrent with its successors.
      // Resolution: history knows it; drop it. Reason: merging twice must change nothing.
      auto late = std::erase_if(cell.versions, [&](const Version& version) {
        return !version.trail && superseded_before(cell.column, version.stamp);
      });
      if (late) all.refused = true;
      if (cell.versions.empty()) continue;
    }
    auto column = cell.column;
    auto kind = cell.kind;
    auto& into = mine.at(column, kind);
    auto merged = kind == Kind::text ? merge_text(into, std::move(cell), authority, seq) : merge_cell(into, std::move(cell), authority, seq);
    all.changed |= merged.changed;
    all.refused |= merged.refused;
    for (auto& past : merged.superseded) all.superseded.push_back(std::move(past));
  }
  std::erase_if(mine.cells, [](const Cell& cell) { return cell.versions.empty(); });  // hostile: each saw the other
  settle_life(mine, authority, seq);
  // A row that comes back to life is sent whole: others have put its cells away.
  if (was_dead && !mine.dead()) {
    mine.whole = seq;
    for (auto& cell : mine.cells) cell.look_again = cell.kind == Kind::text;
  }
  return all;
}

}  // namespace carnet
