// Rows changed in a range of one side's seqs: what travels, and the unit of apply. State, not log: each changed cell
// appears once, with all its standing versions, whatever number of edits led there.
#pragma once
#include <string>
#include <vector>

#include "core/row.hpp"

namespace carnet {

struct RowChange {
  RowKey key;
  Row row;  // the changed cells only
};

struct Changeset {
  SpaceId space;
  Seq from, to;  // covers the sender's seqs from < seq <= to; a row that is too large for one changeset comes in
                 // several, of which only the last moves `to`
  std::vector<RowChange> rows;
};

// One superseded value, kept.
struct Remembered {
  ColumnId column;
  Version version;
};

}  // namespace carnet
