// The numbers that name things. Each kind is a type of its own, so that a seq of this replica cannot be put where a
// cursor of the relay is meant.
#pragma once
#include <compare>
#include <cstdint>

namespace carnet {

template <class Tag, class Rep>
struct Number {
  Rep value{};
  constexpr Number() = default;
  constexpr explicit Number(Rep v) : value(v) {}
  auto operator<=>(const Number&) const = default;
};

using DeviceId = Number<struct DeviceTag, std::uint32_t>;  // 1 .. 2^19-1, given by the relay; one per database
using SpaceId = Number<struct SpaceTag, std::uint32_t>;    // 1 .. 2^31-1, given by the relay
using TableId = Number<struct TableTag, std::uint32_t>;    // 1 .. 65535, declared in the schema, never reused
using ColumnId = Number<struct ColumnTag, std::uint32_t>;  // 1 .. 255, declared in the schema; 0 is the row's life
using RowId = Number<struct RowTag, std::int64_t>;         // 53 bits, see below

// A replica's own counter of changes in one space, 1, 2, 3 ...; the relay's starts at epoch << 32, so that numbers of an
// earlier life of its store are always smaller. A cursor is the other side's seq up to which one side has everything.
using Seq = Number<struct SeqTag, std::int64_t>;

inline constexpr ColumnId life_column{0};
inline constexpr std::uint32_t max_device = (1u << 19) - 1;
inline constexpr std::uint32_t max_space = 0x7fffffff;
inline constexpr std::uint32_t max_table = 65535;
inline constexpr std::uint32_t max_column = 255;

// Row ids are exact in JSON's doubles. Minted: device (19 bits) << 33 | counter (33 bits). Derived from a key: bit 52
// set, then 52 bits of a hash of the key, so that two devices that create the same pair meet in one row.
inline constexpr int counter_bits = 33;
inline constexpr std::int64_t counter_mask = (std::int64_t{1} << counter_bits) - 1;
inline constexpr std::int64_t derived_bit = std::int64_t{1} << 52;
inline constexpr std::int64_t max_row_id = (std::int64_t{1} << 53) - 1;

constexpr RowId minted_id(DeviceId device, std::int64_t counter) {
  return RowId{(std::int64_t{device.value} << counter_bits) | counter};
}
constexpr bool is_derived(RowId id) { return (id.value & derived_bit) != 0; }
constexpr DeviceId minter(RowId id) { return DeviceId{static_cast<std::uint32_t>(id.value >> counter_bits)}; }

struct RowKey {
  TableId table;
  RowId id;
  auto operator<=>(const RowKey&) const = default;
};

}  // namespace carnet
