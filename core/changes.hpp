// "What does a device lack": a pure function of a store's rows and of how far the device is. (What the relay lacks of a device
// is in exchange.cpp: the device counts its own versions, so it knows them one by one.)
#pragma once
#include "core/store.hpp"

namespace carnet {

// A device that asks. It needs everybody's cells but its own writes.
struct Asker {
  DeviceId device;
  Seq complete;               // it has every cell of the space up to here
  Seq cursor;                 // and every row that last changed up to here: the frames since it was complete
  bool lost_its_own = false;  // it rebuilds its replica and needs its own writes back
};

// The cells of a row that the asker lacks.
Row lacking(const Row& row, const Asker& asker);

// The next changes above the cursor, in the order in which rows last changed, until about `max_bytes` are reached (one row at the
// least). `to` is the new cursor; it equals `from` when there is nothing more. Rows that turn out to be the asker's own move
// the cursor. A row comes with all its cells above `complete`, since its last change may be far above the others.
Changeset changes_above(RowStore& store, SpaceId space, const Asker& asker, std::size_t max_bytes);

std::int64_t latest_second(const Changeset& changes);  // of any stamp in it, unix; 0 where it is empty
std::int64_t version_weight(const Version& version);
std::size_t row_weight(const Row& row);  // bytes, about, that it weighs on the wire before compression

}  // namespace carnet
