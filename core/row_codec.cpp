#include "core/row_codec.hpp"

#include <stdexcept>

#include "core/pack.hpp"
#include "core/sqlite.hpp"
#include "core/text_cell.hpp"

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

void pack_version(Packer& packer, const Version& version, bool elsewhere, Seq seen) {
  bool has_context = seen.value || !version.past.empty() || !version.open.empty();
  int flags = (version.received ? received : 0) | (version.beaten ? beaten : 0) | (version.trail ? trail : 0) |
              (has_context ? context : 0) | (elsewhere ? in_the_table : 0);
  packer.array(4 + !elsewhere + (has_context ? 3u : 0u));
  packer.integer(static_cast<std::int64_t>(version.stamp.time)).integer(version.stamp.device.value);
  packer.integer(version.seq.value).integer(flags);
  if (!elsewhere) packer.value(version.value);
  if (!has_context) return;
  packer.integer(seen.value);
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

bool has_history(const Cell& cell) { return cell.kind == Kind::text && !is_lone_seed(cell); }

void pack_cell(Packer& packer, const Cell& cell, const Elsewhere& elsewhere) {
  bool in_table = elsewhere.value && elsewhere.value(cell);
  packer.array(has_history(cell) ? 3 : 2 + cell.versions.size()).integer(cell.column.value).integer(static_cast<int>(cell.kind));
  if (has_history(cell)) {
    auto history = pack_history(cell, in_table, elsewhere.seen);
    packer.bytes(std::as_bytes(std::span(history)));
    return;
  }
  for (auto& version : cell.versions) {
    bool is_known = elsewhere.seen && elsewhere.seen(version);
    pack_version(packer, version, in_table && &version == &cell.versions.front(), is_known ? Seq{} : version.seen);
  }
}

void read_versions(Reader& reader, Cell& cell, std::size_t count, const FromTable& from_table) {
  for (; count > 0; --count) {
    bool elsewhere = false;
    auto version = read_version(reader, elsewhere);
    if (elsewhere && from_table) version.value = from_table(cell).value_or(Value{});
    cell.versions.push_back(std::move(version));
  }
}

}  // namespace

std::string pack_cells(Seq whole, const std::vector<const Cell*>& cells, const Elsewhere& elsewhere) {
  Packer packer;
  packer.array(1 + cells.size()).integer(whole.value);
  for (auto* cell : cells) pack_cell(packer, *cell, elsewhere);
  return packer.take();
}

std::string pack_row(const Row& row) {
  std::vector<const Cell*> cells;
  for (auto& cell : row.cells) cells.push_back(&cell);
  return pack_cells(row.whole, cells, {});
}

Row unpack_row(std::string_view blob, const FromTable& from_table) {
  Reader reader(blob);
  Row row;
  auto cells = reader.array(many);
  row.whole = Seq{reader.integer(0, INT64_MAX)};
  for (std::size_t k = 1; k < cells; ++k) {
    Cell cell;
    auto items = reader.array(many);
    cell.column = ColumnId{static_cast<std::uint32_t>(reader.integer(0, max_column))};
    cell.kind = static_cast<Kind>(reader.integer(0, 1));
    bool has_history = cell.kind == Kind::text && items == 3 && !reader.next_is_array();
    if (has_history && !unpack_history(reader.bytes(SIZE_MAX), cell, from_table)) reader.fail();
    if (!has_history && items > 2) read_versions(reader, cell, items - 2, from_table);
    row.cells.push_back(std::move(cell));
  }
  if (!reader.done()) throw Damaged("a row's metadata cannot be read");
  return row;
}

}  // namespace carnet
