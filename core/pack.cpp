#include "core/pack.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace carnet {

// msgpack-c's pack_double turns 5.0 into the integer 5, which SQLite holds apart.
Packer& Packer::real(double number) {
  char bytes[9] = {static_cast<char>(0xcb)};
  auto bits = std::bit_cast<std::uint64_t>(number);
  for (int k = 8; k > 0; --k, bits >>= 8) bytes[k] = static_cast<char>(bits & 0xff);
  out_.write(bytes, sizeof bytes);
  return *this;
}

Packer& Packer::value(const Value& value) {
  if (auto* number = std::get_if<std::int64_t>(&value)) return integer(*number);
  if (auto* number = std::get_if<double>(&value)) return real(*number);
  if (auto* words = std::get_if<std::string>(&value)) return text(*words);
  if (auto* blob = std::get_if<Bytes>(&value)) return bytes(*blob);
  return nil();
}

std::string_view Reader::take(std::size_t bytes) {
  if (bytes > rest_.size()) { fail(); return {}; }
  auto taken = rest_.substr(0, bytes);
  rest_.remove_prefix(bytes);
  return taken;
}

std::uint64_t Reader::big_endian(std::size_t bytes) {
  std::uint64_t number = 0;
  for (char byte : take(bytes)) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

// Reads an integer and refuses every form that is longer than it had to be.
std::int64_t Reader::any_integer() {
  auto tag = peek();
  take(1);
  if (tag <= 0x7f) return tag;
  if (tag >= 0xe0) return static_cast<std::int8_t>(tag);
  if (tag >= 0xcc && tag <= 0xcf) {  // unsigned, of 1, 2, 4 or 8 bytes
    static constexpr std::uint64_t least[] = {0x80, 0x100, 0x10000, 0x100000000};
    auto number = big_endian(std::size_t{1} << (tag - 0xcc));
    if (number < least[tag - 0xcc] || number > INT64_MAX) fail();
    return static_cast<std::int64_t>(number);
  }
  if (tag >= 0xd0 && tag <= 0xd3) {  // signed: only for negative numbers that no shorter form holds
    static constexpr std::int64_t most[] = {-33, -129, -32769, -2147483649};
    int shift = 64 - (8 << (tag - 0xd0));
    auto number = static_cast<std::int64_t>(big_endian(std::size_t{1} << (tag - 0xd0)) << shift) >> shift;
    if (number > most[tag - 0xd0]) fail();
    return number;
  }
  fail();
  return 0;
}

std::int64_t Reader::integer(std::int64_t min, std::int64_t max) {
  auto number = any_integer();
  if (!ok_ || number < min || number > max) { fail(); return min; }
  return number;
}

// The length of a text, blob or array. `wide` is the tag of the 8-bit form, or of the 16-bit form where there is no 8-bit one.
std::size_t Reader::length(unsigned char fix, unsigned char fix_count, unsigned char wide, bool has_8_bit) {
  auto tag = peek();
  take(1);
  if (tag >= fix && tag < fix + fix_count) return tag - fix;
  std::uint64_t shorter = fix_count;  // least length that needs this form
  int bytes = has_8_bit ? 1 : 2;
  for (unsigned char form = wide; bytes <= 4; ++form, bytes *= 2) {
    if (tag == form) {
      auto size = big_endian(static_cast<std::size_t>(bytes));
      if (size < shorter) fail();
      return size;
    }
    shorter = std::uint64_t{1} << (8 * bytes);
  }
  fail();
  return 0;
}

std::size_t Reader::array(std::size_t limit) {
  auto items = length(0x90, 16, 0xdc, false);
  if (!ok_ || items > limit || items > rest_.size()) { fail(); return 0; }
  return items;
}

std::string_view Reader::text(std::size_t limit) {
  auto size = length(0xa0, 32, 0xd9, true);
  if (!ok_ || size > limit) { fail(); return {}; }
  auto words = take(size);
  if (!is_utf8(words)) { fail(); return {}; }
  return words;
}

std::string_view Reader::bytes(std::size_t limit) {
  auto size = length(0xc4, 0, 0xc4, true);
  if (!ok_ || size > limit) { fail(); return {}; }
  return take(size);
}

bool Reader::nil() {
  if (peek() != 0xc0) return false;
  take(1);
  return true;
}

bool Reader::next_is_array() const {
  auto tag = peek();
  return (tag >= 0x90 && tag <= 0x9f) || tag == 0xdc || tag == 0xdd;
}

Value Reader::value() {
  auto tag = peek();
  if (nil()) return {};
  if (tag == 0xcb) {
    take(1);
    auto number = std::bit_cast<double>(big_endian(8));
    // No NaN and no minus zero: SQLite would not give them back.
    if (std::isnan(number) || (number == 0 && std::signbit(number))) fail();
    return number;
  }
  if ((tag >= 0xa0 && tag <= 0xbf) || (tag >= 0xd9 && tag <= 0xdb)) return std::string(text(max_value_bytes));
  if (tag >= 0xc4 && tag <= 0xc6) {
    auto blob = bytes(max_blob_bytes);
    Bytes copy(blob.size());
    if (!blob.empty()) std::memcpy(copy.data(), blob.data(), blob.size());
    return copy;
  }
  return any_integer();
}

namespace {

// Bytes of the character that starts at `at`; 0 where none does.
std::size_t character(std::string_view text, std::size_t at) {
  auto byte = [&](std::size_t k) { return static_cast<unsigned char>(text[k]); };
  auto lead = byte(at);
  if (lead < 0x80) return 1;
  std::size_t more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
  if (lead < 0xc2 || lead > 0xf4 || at + more >= text.size()) return 0;
  for (std::size_t k = 1; k <= more; ++k)
    if ((byte(at + k) & 0xc0) != 0x80) return 0;
  auto second = byte(at + 1);
  if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) ||  // overlong, surrogates
      (lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f))    // overlong, beyond U+10FFFF
    return 0;
  return more + 1;
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    auto bytes = character(text, at);
    if (bytes == 0) return false;
    at += bytes;
  }
  return true;
}

std::string with_replacements(std::string_view text) {
  std::string mended;
  for (std::size_t at = 0; at < text.size();) {
    auto bytes = character(text, at);
    if (bytes == 0) mended += "\uFFFD";
    else mended += text.substr(at, bytes);
    at += std::max<std::size_t>(bytes, 1);
  }
  return mended;
}

}  // namespace carnet
