// What one person's save did to one text, as it travels and as the graph (core/text/graph.hpp) keeps it: never changed, never
// transformed. Each removed and each inserted code point is an event, numbered by its device within this text. Positions are those
// of the text that the writer saw, which is the one at `parents`.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.hpp"
#include "core/result.hpp"

namespace carnet::text {

// By which texts are put together: Eg-walker (Gentle and Kleppmann, EuroSys 2025) with the order of FugueMax (Weidner and Kleppmann,
// arXiv 2305.00583), code points, the smaller device first, then the smaller seq. Another order is another number.
inline constexpr std::uint32_t rule = 1;

inline constexpr std::uint32_t most_events = 1u << 24;  // of one text, and so of one patch
inline constexpr std::uint32_t most_length = 1u << 24;  // of one text, in code points
inline constexpr std::size_t most_parents = 64;
inline constexpr std::size_t most_edits = 65'536;
inline constexpr std::size_t most_patch_text = 1'048'576;  // bytes that one patch inserts

struct EventId {
  DeviceId device;
  std::uint32_t seq = 0;  // counts the device's events in this text: 0, 1, 2 ... without gaps
  auto operator<=>(const EventId&) const = default;
};

// First removes, then inserts, both at `at`. Never empty.
struct Edit {
  std::uint32_t at = 0;
  std::uint32_t removed = 0;  // code points
  std::string inserted;       // UTF-8 without U+0000
  bool operator==(const Edit&) const = default;
};

struct Patch {
  DeviceId device;
  std::uint32_t first = 0;       // seq of its first event
  std::vector<EventId> parents;  // ascending; none an ancestor of another; none at all: the empty text
  std::vector<Edit> edits;       // one applied after another; none: a mark

  // A mark takes one event and changes nothing: its writer has read the merge of its parents and lets it stand.
  bool is_mark() const { return edits.empty(); }
  // The whole of a text, put down where there was none. Equal seeds of several devices count as one.
  bool is_seed() const;
  std::uint64_t events() const;
  bool operator==(const Patch&) const = default;
};

// Whether it keeps the rules above and the limits. What needs the graph (ancestry, positions) is checked there.
Result<void> check(const Patch& patch);

// The bytes of a patch, without its device, which travels beside it. One form only; decode refuses every other.
std::string encode(const Patch& patch);
Result<Patch> decode(DeviceId device, std::string_view bytes);

}  // namespace carnet::text
