#include "core/text/code_points.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

namespace carnet::text {

namespace {

bool starts_one(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; }

std::size_t size_after(unsigned char lead) { return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4; }

}  // namespace

// Eight bytes at a time: those that go on with a character have the upper bits 10.
std::size_t length_of(std::string_view utf8) {
  std::size_t going_on = 0, at = 0;
  for (; at + 8 <= utf8.size(); at += 8) {
    std::uint64_t word;
    std::memcpy(&word, utf8.data() + at, 8);
    going_on += static_cast<std::size_t>(std::popcount(word >> 7 & ~word >> 6 & 0x0101010101010101u));
  }
  for (; at < utf8.size(); ++at) going_on += !starts_one(utf8[at]);
  return utf8.size() - going_on;
}

std::size_t bytes_of(std::string_view utf8, std::size_t count) {
  constexpr std::size_t stretch = 64;
  std::size_t at = 0;
  while (count >= stretch && utf8.size() - at >= stretch) {
    count -= length_of(utf8.substr(at, stretch));
    at += stretch;
  }
  while (at < utf8.size() && !starts_one(utf8[at])) ++at;  // what the last stretch cut in two
  for (; count > 0 && at < utf8.size(); --count) at += size_after(static_cast<unsigned char>(utf8[at]));
  return std::min(at, utf8.size());
}

std::u32string decode(std::string_view utf8) {
  static constexpr unsigned lead_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
  std::u32string points;
  points.reserve(utf8.size());
  for (std::size_t at = 0; at < utf8.size();) {
    auto lead = static_cast<unsigned char>(utf8[at]);
    auto size = std::min(size_after(lead), utf8.size() - at);
    char32_t point = lead & lead_bits[size];
    for (std::size_t k = 1; k < size; ++k) point = point << 6 | (static_cast<unsigned char>(utf8[at + k]) & 0x3f);
    points += point;
    at += size;
  }
  return points;
}

std::string encode(std::u32string_view points) {
  std::string utf8;
  utf8.reserve(points.size());
  for (auto point : points) {
    auto tail = [&](unsigned shift) { utf8 += static_cast<char>(0x80 | (point >> shift & 0x3f)); };
    if (point < 0x80) { utf8 += static_cast<char>(point); continue; }
    if (point < 0x800) { utf8 += static_cast<char>(0xc0 | point >> 6); tail(0); continue; }
    if (point < 0x10000) { utf8 += static_cast<char>(0xe0 | point >> 12); tail(6); tail(0); continue; }
    utf8 += static_cast<char>(0xf0 | point >> 18);
    tail(12), tail(6), tail(0);
  }
  return utf8;
}

}  // namespace carnet::text
