// Bytes that nothing packs, as those of a photo; the same ones for the same seed.
#pragma once
#include <cstdint>
#include <string>

namespace carnet::test {

inline std::string noise(std::size_t bytes, std::uint64_t seed = 1) {
  std::string made(bytes, '\0');
  for (auto& byte : made) byte = static_cast<char>((seed = seed * 6364136223846793005u + 1442695040888963407u) >> 56);
  return made;
}

}  // namespace carnet::test
