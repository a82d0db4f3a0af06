// A fuzz target is one function from any bytes to a complaint. target.cpp makes of it what libFuzzer calls, and driver.cpp in CI.
#pragma once
#include <string>
#include <string_view>

namespace carnet::test {

std::string try_input(std::string_view bytes);  // what went wrong, in words; empty where nothing did

// Choices and pieces out of the bytes of an input; zeros where it ends.
class Script {
 public:
  explicit Script(std::string_view bytes) : rest_(bytes) {}
  bool more() const { return !rest_.empty(); }
  std::uint8_t byte() {
    auto piece = take(1);
    return piece.empty() ? 0 : static_cast<std::uint8_t>(piece.front());
  }
  std::size_t length() { auto high = byte(); return static_cast<std::size_t>(high << 8 | byte()); }  // of what follows
  std::string_view take(std::size_t bytes) {
    auto piece = rest_.substr(0, bytes);
    rest_.remove_prefix(piece.size());
    return piece;
  }
  std::string_view rest() { return take(rest_.size()); }

 private:
  std::string_view rest_;
};

}  // namespace carnet::test
