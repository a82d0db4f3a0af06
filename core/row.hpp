// A row as the merge sees it: for each cell the versions that no other version has superseded. Usually that is one; two
// or more are concurrent writes, of which the one with the greatest stamp is shown and the others wait for a person. Of a text
// all versions stand, since together they make it (core/text_cell.hpp).
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/ids.hpp"
#include "core/value.hpp"

namespace carnet {

// How a cell merges. Travels with the cell, so that a relay needs no schema.
enum class Kind : std::uint8_t { reg = 0, text = 1 };

struct Version {
  Stamp stamp;
  Value value;
  Seq seq;  // of the store that holds it: when it was accepted here

  // What its writer knew (the causal context). `seen`: the relay's seq up to which the writer had applied the space;
  // `past`: stamps that it overwrote and that came from elsewhere, at most one a device; `open`: losers that the
  // writer saw and left undecided. Empty, but for writes over a conflict or over what a peer brought. On the way from the relay,
  // `seen` is the version's own seq there, where the device has had it before.
  Seq seen;
  std::vector<Stamp> past;
  std::vector<Stamp> open;

  bool received = false;  // at a device: came from the relay, or in another device's frame that goes there by itself (core/carried.hpp); at the relay: not brought by its writer
  bool beaten = false;    // of a tombstone: something lives that it does not cover
  bool trail = false;     // superseded here by a person's decision, but the relay has not had it yet
};

struct Standing;  // core/text_cell.hpp

struct Cell {
  ColumnId column;
  Kind kind = Kind::reg;
  std::vector<Version> versions;  // greatest stamp first; never empty; trails last
  std::shared_ptr<const Standing> standing = {};  // of a text, where it is known: what its versions come to
  bool look_again = false;  // of a text: something came that others did not know, or a mark, and nobody has looked what to read again

  const Version& shown() const { return versions.front(); }
};

// Values of the life column: an integer.
inline constexpr std::int64_t life_deleted = 0;
inline constexpr std::int64_t life_alive = 1;

struct Row {
  std::vector<Cell> cells;  // by column; the life column, where written, comes first
  Seq whole;                // cells must be sent whole to whoever has not seen this seq (a row that came back to life)

  Cell* find(ColumnId column);
  const Cell* find(ColumnId column) const { return const_cast<Row*>(this)->find(column); }
  Cell& at(ColumnId column, Kind kind);  // made, without versions, where missing

  bool dead() const;  // some tombstone covers every version of the row
  std::uint64_t latest() const;  // the greatest stamp time in it
  bool empty() const { return cells.empty(); }
};

// Adds a stamp to the past of a version. One a device is enough: its later write has seen its earlier ones.
void add_past(std::vector<Stamp>& past, const Stamp& stamp);

bool is_tombstone(const Cell& cell, const Version& version);

// Losers that a person should look at: concurrent versions whose value differs from the one shown, and tombstones of a
// row that lives.
std::vector<const Version*> open_conflicts(const Row& row, const Cell& cell);

}  // namespace carnet
