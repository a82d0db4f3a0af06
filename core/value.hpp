// One value of a cell, as SQLite knows them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace carnet {

using Bytes = std::vector<std::byte>;
// null, integer, real (never NaN: SQLite stores that as null), text (UTF-8), blob
using Value = std::variant<std::monostate, std::int64_t, double, std::string, Bytes>;

inline bool is_null(const Value& value) { return value.index() == 0; }

// Bytes that the value weighs in memory and, about, on the wire.
inline std::size_t weight(const Value& value) {
  if (auto* text = std::get_if<std::string>(&value)) return text->size() + 2;
  if (auto* blob = std::get_if<Bytes>(&value)) return blob->size() + 2;
  return is_null(value) ? 1 : 5;
}

inline constexpr std::size_t max_value_bytes = std::size_t{1} << 20;  // 1 MiB: the longest prose; media travel in a lane of their own
inline constexpr std::size_t max_blob_bytes = std::size_t{2} << 20;   // a patch: as much prose, and up to 65,536 places where it goes

}  // namespace carnet
