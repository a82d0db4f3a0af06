// A row, or the part of it that no table shows, as one blob of a store. Grammar (msgpack, canonical):
//   row     = [whole, cell ...]
//   cell    = [column, kind, version ...] or, of a text that is more than a seed, [column, kind, history]
//   version = [time, device, seq, flags, (value), (seen, past, open)]
//   past, open = [time, device, time, device ...]
//   history = blob (core/text_codec.hpp)
// flags: 1 received, 2 beaten, 4 trail, 8 context follows, 16 the value stands in the table.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/row.hpp"
#include "core/text_codec.hpp"

namespace carnet {

// What the store knows from another place.
struct Elsewhere {
  std::function<bool(const Cell&)> value = {};    // a table shows the value of its first version, or the text that it comes to
  std::function<bool(const Version&)> seen = {};  // what its writer had seen of the relay
};
std::string pack_row(const Row& row);
std::string pack_cells(Seq whole, const std::vector<const Cell*>& cells, const Elsewhere& elsewhere);  // those of a row, by column

Row unpack_row(std::string_view blob, const FromTable& from_table = {});  // throws where the blob is damaged

}  // namespace carnet
