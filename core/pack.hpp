// MessagePack in its one canonical form: the shortest encoding of every number and length. Packer writes (msgpack-c);
// Reader reads bytes from anywhere without trusting them: it allocates nothing before the bytes are there, and after a
// first mistake every further read fails, so that a grammar can be read straight through and `ok()` asked once.
// (msgpack-c's own unpack allocates what a length claims, and takes every longer form of a number for the same.)
#pragma once
#include <cstring>
#include <msgpack.hpp>
#include <span>
#include <string>
#include <string_view>

#include "core/value.hpp"

namespace carnet {

class Packer {
 public:
  Packer& array(std::size_t items) { packer_.pack_array(static_cast<std::uint32_t>(items)); return *this; }
  Packer& integer(std::int64_t number) { packer_.pack_int64(number); return *this; }
  Packer& real(double number);
  Packer& text(std::string_view text) {
    packer_.pack_str(static_cast<std::uint32_t>(text.size()));
    packer_.pack_str_body(text.data(), static_cast<std::uint32_t>(text.size()));
    return *this;
  }
  Packer& bytes(std::span<const std::byte> bytes) {
    packer_.pack_bin(static_cast<std::uint32_t>(bytes.size()));
    packer_.pack_bin_body(reinterpret_cast<const char*>(bytes.data()), static_cast<std::uint32_t>(bytes.size()));
    return *this;
  }
  Packer& nil() { packer_.pack_nil(); return *this; }
  Packer& value(const Value& value);

  std::string take() { return std::move(out_.bytes); }
  const std::string& written() const { return out_.bytes; }

 private:
  struct Sink {
    std::string bytes;
    void write(const char* data, std::size_t size) { bytes.append(data, size); }
  };
  Sink out_;
  msgpack::packer<Sink> packer_{out_};
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  bool ok() const { return ok_; }
  bool done() const { return ok_ && rest_.empty(); }
  bool fail() { ok_ = false; rest_ = {}; return false; }

  // The number of items, at most `limit`; also never more than the bytes that are left, since each item has at least one.
  std::size_t array(std::size_t limit);
  std::int64_t integer(std::int64_t min, std::int64_t max);
  std::string_view text(std::size_t limit);  // valid UTF-8
  std::string_view bytes(std::size_t limit);
  bool nil();  // takes a nil if one is next
  bool next_is_array() const;
  Value value();

 private:
  std::uint64_t big_endian(std::size_t bytes);
  std::string_view take(std::size_t bytes);
  std::int64_t any_integer();
  std::size_t length(unsigned char fix, unsigned char fix_count, unsigned char wide, bool has_8_bit);
  unsigned char peek() const { return rest_.empty() ? 0xc1 : static_cast<unsigned char>(rest_.front()); }

  std::string_view rest_;
  bool ok_ = true;
};

bool is_utf8(std::string_view text);  // shortest forms only, no surrogates, up to U+10FFFF
std::string with_replacements(std::string_view text);  // each byte that belongs to no UTF-8 character as U+FFFD

}  // namespace carnet
