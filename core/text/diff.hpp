// What somebody did to a text, from the text before and the text after: not the shortest list of edits, but one that says what was
// meant, since every border of an edit is a place where a merge can go wrong. First by words, then by characters within words that
// changed a little. Deterministic, linear in memory, limited in time: texts that have too little in common are one replacement.
#pragma once
#include <string_view>
#include <vector>

#include "core/text/patch.hpp"

namespace carnet::text {

// Edits that make `after` of `before`, one after another, ascending; positions are those in `after`. Both are UTF-8. Never between a
// letter and its accents, within a joined emoji, a flag, or CR LF.
std::vector<Edit> diff(std::string_view before, std::string_view after);

}  // namespace carnet::text
