#include "core/row_codec.hpp"

#include <stdexcept>

#include "core/pack.hpp"
#include "core/sqlite.hpp"

namespace carnet {

namespace {

enum Flag { received = 1, beaten = 2, trail = 4, context = 8, in_the_table = 16 };
constexpr std::size_t many = 1 << 20;

void pack_stamps(Packer& packer, const std::vector<Stamp>& stamps) {
  packer.array(2 * stamps.size());
  for (auto& stamp : stamps) packer.integer(static_cast<std::int64_t>(stamp.time)).integer(stamp.device.value);
}

std::vector<Stamp> read_stamps(Reader& reader) {
  std::vector<Stamp> stamps(reader.array(many) / 2);
  for (auto& stamp : stamps) {
    stamp.time = static_cast<std::uint64_t>(reader.integer(0, max_stamp_time));
    stamp.device = DeviceId{static_cast<std::uint32_t>(reader.integer(0, max_device))};
  }
  return stamps;
}

void pack_version(Packer& packer, const Version& version, bool elsewhere) {
  bool has_context = version.seen.value || !version.past.empty() || !version.open.empty();
  int flags = (version.received ? received : 0) | (version.beaten ? beaten : 0) | (version.trail ? trail : 0) |
              (has_context ? context : 0) | (elsewhere ? in_the_table : 0);
  packer.array(4 + !elsewhere + (has_context ? 3u : 0u));
  packer.integer(static_cast<std::int64_t>(version.stamp.time)).integer(version.stamp.device.value);
  packer.integer(version.seq.value).integer(flags);
  if (!elsewhere) packer.value(version.value);
  if (!has_context) return;
  packer.integer(version.seen.value);
  pack_stamps(packer, version.past);
  pack_stamps(packer, version.open);
}

Version read_version(Reader& reader, bool& elsewhere) {
  Version version;
  reader.array(8);
  version.stamp.time = static_cast<std::uint64_t>(reader.integer(0, max_stamp_time));
  version.stamp.device = DeviceId{static_cast<std::uint32_t>(reader.integer(0, max_device))};
  version.seq = Seq{reader.integer(0, INT64_MAX)};
  auto flags = reader.integer(0, 31);
  version.received = flags & received;
  version.beaten = flags & beaten;
  version.trail = flags & trail;
  elsewhere = flags & in_the_table;
  if (!elsewhere) version.value = reader.value();
  if (flags & context) {
    version.seen = Seq{reader.integer(0, INT64_MAX)};
    version.past = read_stamps(reader);
    version.open = read_stamps(reader);
  }
  return version;
}

}  // namespace

std::string pack_row(const Row& row, const InTable& in_table) {
  Packer packer;
  packer.array(1 + row.cells.size()).integer(row.whole.value);
  for (auto& cell : row.cells) {
    packer.array(2 + cell.versions.size()).integer(cell.column.value).integer(static_cast<int>(cell.kind));
    for (auto& version : cell.versions) pack_version(packer, version, in_table && in_table(cell, version));
  }
  return packer.take();
}

Row unpack_row(std::string_view blob, const FromTable& from_table) {
  Reader reader(blob);
  Row row;
  auto cells = reader.array(many);
  row.whole = Seq{reader.integer(0, INT64_MAX)};
  for (std::size_t k = 1; k < cells; ++k) {
    Cell cell;
    auto versions = reader.array(many);
    cell.column = ColumnId{static_cast<std::uint32_t>(reader.integer(0, max_column))};
    cell.kind = static_cast<Kind>(reader.integer(0, 1));
    for (std::size_t n = 2; n < versions; ++n) {
      bool elsewhere = false;
      auto version = read_version(reader, elsewhere);
      if (elsewhere && from_table) from_table(cell, version);
      cell.versions.push_back(std::move(version));
    }
    row.cells.push_back(std::move(cell));
  }
  if (!reader.done()) throw Damaged("a row's metadata cannot be read");
  return row;
}

}  // namespace carnet
