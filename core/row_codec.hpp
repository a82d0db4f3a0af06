// A row, or the part of it that no table shows, as one blob of a store. Grammar (msgpack, canonical):
//   row     = [whole, cell ...]
//   cell    = [column, kind, version ...]
//   version = [time, device, seq, flags, (value), (seen, past, open)]
//   past, open = [time, device, time, device ...]
// flags: 1 received, 2 beaten, 4 trail, 8 context follows, 16 the value stands in the table.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/row.hpp"

namespace carnet {

using InTable = std::function<bool(const Cell&, const Version&)>;

std::string pack_row(const Row& row, const InTable& in_table = {});
// Versions whose value stands in the table come back without one; `in_table` is told of each.
using FromTable = std::function<void(const Cell&, Version&)>;
Row unpack_row(std::string_view blob, const FromTable& from_table = {});  // throws where the blob is damaged

}  // namespace carnet
