// The versions of a text as they lie in a store, in columns, since most of them resemble the one before: with its history a text of
// many patches takes less than a tenth of what its versions take one by one.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "core/row.hpp"

namespace carnet {

// `text_elsewhere`: the store has the text it comes to in another place, and what the writers of some versions had seen.
std::string pack_history(const Cell& cell, bool text_elsewhere = false, const std::function<bool(const Version&)>& seen_elsewhere = {});
// What a table shows of a cell comes back from there, if it is known.
using FromTable = std::function<std::optional<Value>(const Cell&)>;
// Into a cell that has none. False where the bytes are damaged; takes memory in proportion to what they hold, 128 MiB of columns at most.
bool unpack_history(std::string_view bytes, Cell& cell, const FromTable& from_table = {});

}  // namespace carnet
