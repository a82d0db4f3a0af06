// Lines and bytes that tests of the link make up.
#pragma once
#include "tests/link/link.hpp"

namespace carnet::test {

inline Profile slow(double bits, double delay_ms = 0) { return {"slow", bits, bits, delay_ms, 0, 0, 0}; }

inline Profile clean() { return *profile("clean"); }

inline std::string letters(std::size_t count) {
  std::string all(count, '\0');
  for (std::size_t k = 0; k < count; ++k) all[k] = static_cast<char>('a' + k * 7 % 26);
  return all;
}

}  // namespace carnet::test
