// Texts are UTF-8 in memory and on the wire; positions and lengths count code points (Unicode scalar values), as SQLite's length()
// and substr() do. All functions here expect valid UTF-8.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace carnet::text {

std::size_t length_of(std::string_view utf8);                    // in code points
std::size_t bytes_of(std::string_view utf8, std::size_t count);  // that the first `count` code points take
std::u32string decode(std::string_view utf8);
std::string encode(std::u32string_view points);

}  // namespace carnet::text
