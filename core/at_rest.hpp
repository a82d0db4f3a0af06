// What lies in a store compressed by itself, as one zstd frame with its checksum.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace carnet {

std::string pack_at_rest(std::string_view plain);
// Nothing where it is damaged, or says that it holds more than `most` bytes, before those are allocated.
std::optional<std::string> unpack_at_rest(std::string_view packed, std::size_t most);

}  // namespace carnet
