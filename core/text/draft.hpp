// A text while many edits go into it: in pieces, so that each edit moves little, wherever it goes.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/patch.hpp"
#include "core/text/steps.hpp"

namespace carnet::text {

// An edit as the walk tells it: with the text out of the graph that it walks, and valid as long as that is not changed.
struct Change {
  std::uint32_t at = 0;
  std::uint32_t removed = 0;
  std::u32string_view inserted;
};

class Draft {
 public:
  explicit Draft(std::string_view utf8);

  std::uint32_t length() const { return length_; }
  void apply(const Change& change);  // which lies within the text
  std::string text() const;
  const Steps& steps() const { return steps_; }

 private:
  void seek(std::uint32_t at);
  void remove(std::uint32_t count);
  void insert(std::u32string_view text);

  static constexpr std::size_t piece_size = 1024;  // code points; up to twice that
  std::vector<std::u32string> pieces_;
  std::uint32_t length_ = 0;
  std::size_t piece_ = 0;     // where the last edit was
  std::uint32_t before_ = 0;  // code points before that piece
  std::uint32_t offset_ = 0;
  Steps steps_;
};

std::string edited(std::string_view text, std::span<const Change> changes, Steps& steps);  // which lie within it; in part, if steps.over()

// The text after the edits, one after another; nothing if one lies outside of it.
std::optional<std::string> edited(std::string_view text, std::span<const Edit> edits);

}  // namespace carnet::text
