// What devices carry for each other where no relay is in reach: frames of their own work, each as its author made and signed it, kept by
// whoever was brought it until the relay has it. Whoever brings one to the relay brings it for its author.
#pragma once
#include <cstdint>
#include <string>

#include "core/changes.hpp"
#include "core/result.hpp"

namespace carnet {

struct Carried {
  SpaceId space;
  DeviceId author;
  Seq from, to;                  // of the author
  std::uint32_t generation = 0;  // of the author's key
  std::uint32_t epoch = 0;       // of the relay's life in whose numbers the frame says what its author had seen
  std::string frame, signature;  // see sync/carried.hpp
};

// How far somebody has a device's work in a space: what lies between.
struct CarriedRange {
  DeviceId author;
  Seq from, to;
  auto operator<=>(const CarriedRange&) const = default;
};

// What waits here of others, for the relay.
struct Luggage {
  std::size_t rows = 0;
  std::int64_t bytes = 0;  // unpacked
};

// What became of a frame that was brought.
struct Brought {
  Applied applied;
  std::vector<RowKey> left;  // rows that cannot be shown yet, since they go on with texts that are not here
};

}  // namespace carnet
