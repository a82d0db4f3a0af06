// Time. A stamp orders the writes of one cell: a hybrid logical time (seconds of the wall, and a counter that moves when the
// wall does not) and the device that wrote. Rule: a write that has seen another is later than it whatever the clocks say
// (`after`); only writes that have not seen each other are ordered by the walls.
// The hybrid clock is kept per cell, not per device: a stamp from a mad clock can then spoil nothing but its own cell.
// Kulkarni et al., "Logical Physical Clocks", 2014.
#pragma once
#include <compare>
#include <cstdint>

#include "core/ids.hpp"

namespace carnet {

inline constexpr std::int64_t max_ahead_seconds = 120;  // the relay refuses stamps further in its future

struct Stamp {
  std::uint64_t time = 0;  // unix seconds (32 bits: until 2106) << 16 | counter (16 bits)
  DeviceId device;
  auto operator<=>(const Stamp&) const = default;

  std::int64_t unix_seconds() const { return static_cast<std::int64_t>(time >> 16); }
};

inline constexpr std::uint64_t max_stamp_time = (std::uint64_t{1} << 48) - 1;

// Wall time as stamps count it; a clock beyond 2106 is taken as that limit.
constexpr std::uint64_t stamp_time(std::int64_t unix_seconds) {
  if (unix_seconds < 0) unix_seconds = 0;
  if (unix_seconds > 0xffffffff) unix_seconds = 0xffffffff;
  return static_cast<std::uint64_t>(unix_seconds) << 16;
}

// The stamp of a write made at `wall` over a value stamped `seen` (0: over nothing).
constexpr Stamp stamp_after(std::uint64_t wall, std::uint64_t seen, DeviceId device) {
  return {wall > seen ? wall : seen + 1, device};
}

}  // namespace carnet
