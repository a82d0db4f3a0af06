// Numbers as LEB128, shortest form only; signed ones as zigzag. The reader trusts nothing: after a first mistake every further read
// fails, so that a grammar can be read straight through and `ok()` asked once.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace carnet::text {

inline void put_number(std::string& out, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) out += static_cast<char>(0x80 | (number & 0x7f));
  out += static_cast<char>(number);
}

inline std::uint64_t zigzag(std::int64_t number) {
  return static_cast<std::uint64_t>(number) << 1 ^ static_cast<std::uint64_t>(number >> 63);
}
inline std::int64_t unzigzag(std::uint64_t number) {
  return static_cast<std::int64_t>(number >> 1) ^ -static_cast<std::int64_t>(number & 1);
}

class VarintReader {
 public:
  explicit VarintReader(std::string_view bytes) : rest_(bytes) {}

  bool ok() const { return ok_; }
  bool done() const { return ok_ && rest_.empty(); }
  std::size_t left() const { return rest_.size(); }
  bool fail() { ok_ = false; rest_ = {}; return false; }

  std::uint64_t number(std::uint64_t max) {
    std::uint64_t number = 0;
    for (unsigned shift = 0; shift < 63 && !rest_.empty(); shift += 7) {
      auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      number |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte & 0x80) continue;
      if ((byte == 0 && shift > 0) || number > max) break;
      return number;
    }
    fail();
    return 0;
  }

  std::uint32_t small(std::uint32_t max) { return static_cast<std::uint32_t>(number(max)); }
  std::int64_t difference(std::int64_t most) { return unzigzag(number(static_cast<std::uint64_t>(most) * 2)); }

  std::string_view take(std::size_t bytes) {
    if (bytes > rest_.size()) { fail(); return {}; }
    auto taken = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return taken;
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace carnet::text
