// Grammar:
//   section  = [table, columns, ids, seconds, counters, devices, contexts, values ...]    one array of values a column
//   columns  = [column << 1 | kind ...]
//   ids      = [[device, counter ...] ...]     counters as differences to the last one of that device in the message;
//                                              device 0: derived ids, as they are
//   seconds  = [difference to the entry before, in the whole message ...]
//   counters = nil (all 0) or [counter ...]
//   devices  = device (of all) or [device ...]
//   contexts = nil (none) or [nil or [marks, known - seen, past, open] ...]     marks: 1 beaten, 2 trail
//   past, open = [time, device ...]
#include "sync/changes_codec.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "sync/limits.hpp"

namespace carnet {

namespace {

constexpr std::int64_t max_difference = max_row_id;
constexpr std::int64_t max_seconds = 0xffffffff;
constexpr std::int64_t max_seq_difference = INT64_MAX >> 8;

// What carries over from entry to entry and from section to section.
struct Running {
  std::map<std::uint32_t, std::int64_t> counters;  // by device
  std::int64_t seconds = 0;
};

std::uint32_t group_of(RowId id) { return is_derived(id) ? 0 : minter(id).value; }
std::int64_t counter_of(RowId id) { return is_derived(id) ? id.value : id.value & counter_mask; }

bool has_context(const Version& meta, Seq known) {
  return meta.beaten || meta.trail || meta.seen != known || !meta.past.empty() || !meta.open.empty();
}

bool same_write(const Version& a, const Version& b) {
  return a.stamp == b.stamp && a.seen == b.seen && a.past == b.past && a.open == b.open && a.beaten == b.beaten &&
         a.trail == b.trail;
}

void pack_stamps(Packer& packer, const std::vector<Stamp>& stamps) {
  packer.array(2 * stamps.size());
  for (auto& stamp : stamps) packer.integer(static_cast<std::int64_t>(stamp.time)).integer(stamp.device.value);
}

std::vector<Stamp> read_stamps(Reader& reader) {
  auto items = reader.array(2 * max_stamps);
  std::vector<Stamp> stamps;
  for (std::size_t k = 0; k + 1 < items && reader.ok(); k += 2) {
    auto time = static_cast<std::uint64_t>(reader.integer(0, max_stamp_time));
    stamps.push_back({time, DeviceId{static_cast<std::uint32_t>(reader.integer(1, max_device))}});
  }
  if (items % 2) reader.fail();
  return stamps;
}

void encode_ids(Packer& packer, const std::vector<Entry>& entries, Running& running) {
  std::vector<std::pair<std::uint32_t, std::vector<std::int64_t>>> groups;
  for (auto& entry : entries) {
    auto group = group_of(entry.id);
    if (groups.empty() || groups.back().first != group) groups.push_back({group, {}});
    auto& last = running.counters[group];
    groups.back().second.push_back(counter_of(entry.id) - (group ? last : 0));
    last = counter_of(entry.id);
  }
  packer.array(groups.size());
  for (auto& [group, differences] : groups) {
    packer.array(1 + differences.size()).integer(group);
    for (auto difference : differences) packer.integer(difference);
  }
}

void encode_section(Packer& packer, const Section& section, Seq known, Running& running) {
  auto& entries = section.entries;
  auto each = [&](auto&& write) {
    packer.array(entries.size());
    for (auto& entry : entries) write(entry);
  };
  packer.array(7 + section.columns.size()).integer(section.table.value);
  packer.array(section.columns.size());
  for (auto column : section.columns) packer.integer(column);
  encode_ids(packer, entries, running);
  each([&](const Entry& entry) {
    auto seconds = static_cast<std::int64_t>(entry.meta.stamp.time >> 16);
    packer.integer(seconds - running.seconds);
    running.seconds = seconds;
  });
  auto counter = [](const Entry& entry) { return static_cast<std::int64_t>(entry.meta.stamp.time & 0xffff); };
  if (std::all_of(entries.begin(), entries.end(), [&](auto& entry) { return counter(entry) == 0; })) packer.nil();
  else each([&](const Entry& entry) { packer.integer(counter(entry)); });
  auto device = entries.front().meta.stamp.device;
  if (std::all_of(entries.begin(), entries.end(), [&](auto& entry) { return entry.meta.stamp.device == device; }))
    packer.integer(device.value);
  else each([&](const Entry& entry) { packer.integer(entry.meta.stamp.device.value); });
  if (std::none_of(entries.begin(), entries.end(), [&](auto& entry) { return has_context(entry.meta, known); })) packer.nil();
  else
    each([&](const Entry& entry) {
      auto& meta = entry.meta;
      if (!has_context(meta, known)) { packer.nil(); return; }
      packer.array(4).integer((meta.beaten ? 1 : 0) | (meta.trail ? 2 : 0)).integer(known.value - meta.seen.value);
      pack_stamps(packer, meta.past);
      pack_stamps(packer, meta.open);
    });
  for (std::size_t column = 0; column < section.columns.size(); ++column)
    each([&](const Entry& entry) { packer.value(entry.values[column]); });
}

void decode_ids(Reader& reader, std::vector<Entry>& entries, Running& running) {
  auto groups = reader.array(max_entries);
  for (std::size_t g = 0; g < groups && reader.ok(); ++g) {
    auto items = reader.array(max_entries + 1);
    auto group = static_cast<std::uint32_t>(reader.integer(0, max_device));
    if (items < 2 || entries.size() + items > max_entries + 1) { reader.fail(); return; }
    for (std::size_t k = 1; k < items && reader.ok(); ++k) {
      auto& last = running.counters[group];
      last = reader.integer(-max_difference, max_difference) + (group ? last : 0);
      if (group ? last < 1 || last > counter_mask : last < derived_bit || last > max_row_id) reader.fail();
      Entry entry;
      entry.id = group ? minted_id(DeviceId{group}, last) : RowId{last};
      entries.push_back(std::move(entry));
    }
  }
}

void decode_context(Reader& reader, Version& meta, Seq known) {
  meta.seen = known;
  if (reader.nil()) return;
  if (reader.array(4) != 4) reader.fail();
  auto marks = reader.integer(0, 3);
  meta.beaten = marks & 1;
  meta.trail = marks & 2;
  meta.seen = Seq{known.value - reader.integer(-max_seq_difference, max_seq_difference)};
  if (meta.seen.value < 0) reader.fail();
  meta.past = read_stamps(reader);
  meta.open = read_stamps(reader);
}

// A section of the message, checked against its own counts only: that it is in canonical order is found by encoding it again.
Section decode_section(Reader& reader, Seq known, Running& running, std::size_t& cells) {
  Section section;
  auto parts = reader.array(7 + max_column + 1);
  section.table = TableId{static_cast<std::uint32_t>(reader.integer(1, max_table))};
  auto columns = reader.array(max_column + 1);
  for (std::size_t k = 0; k < columns && reader.ok(); ++k)
    section.columns.push_back(static_cast<std::uint32_t>(reader.integer(0, 2 * max_column + 1)));
  if (columns == 0 || parts != 7 + columns) reader.fail();
  auto& entries = section.entries;
  if (reader.ok()) decode_ids(reader, entries, running);
  cells += entries.size() * columns;
  if (entries.empty() || cells > max_cells) reader.fail();
  auto each = [&](auto&& read) {
    if (reader.array(max_entries) != entries.size()) reader.fail();
    for (auto& entry : entries)
      if (reader.ok()) read(entry);
  };
  each([&](Entry& entry) {
    running.seconds += reader.integer(-max_seconds, max_seconds);
    if (running.seconds < 0 || running.seconds > max_seconds) { reader.fail(); return; }
    entry.meta.stamp.time = static_cast<std::uint64_t>(running.seconds) << 16;
  });
  if (!reader.nil()) each([&](Entry& entry) { entry.meta.stamp.time |= static_cast<std::uint64_t>(reader.integer(0, 0xffff)); });
  bool only_texts = std::all_of(section.columns.begin(), section.columns.end(), [](auto column) { return (column & 1) == 1; });
  auto device = [&] { return DeviceId{static_cast<std::uint32_t>(reader.integer(only_texts ? 0 : 1, max_device))}; };  // 0: the base of a text
  if (reader.next_is_array()) each([&](Entry& entry) { entry.meta.stamp.device = device(); });
  else if (auto all = device(); true) for (auto& entry : entries) entry.meta.stamp.device = all;
  if (reader.nil()) for (auto& entry : entries) entry.meta.seen = known;
  else each([&](Entry& entry) { decode_context(reader, entry.meta, known); });
  for (std::size_t column = 0; column < columns && reader.ok(); ++column)
    each([&](Entry& entry) { entry.values.push_back(reader.value()); });
  return section;
}

constexpr std::size_t few = 16;  // that are looked through one by one

// The stamps of each cell, where it has many: hostile frames bring tens of thousands.
class Stamps {
 public:
  // Whether the cell has none of this stamp; notes it.
  bool add(std::size_t row, std::uint32_t column, const std::vector<Version>& versions, const Stamp& stamp) {
    if (versions.size() < few) return std::none_of(versions.begin(), versions.end(), [&](auto& held) { return held.stamp == stamp; });
    auto& stamps = of_cells_[{row, column}];
    if (stamps.empty())
      for (auto& version : versions) stamps.insert(version.stamp);
    return stamps.insert(stamp).second;
  }

 private:
  std::map<std::pair<std::size_t, std::uint32_t>, std::set<Stamp>> of_cells_;
};

// Some cells of one row that were written together.
struct Write {
  const Version* meta;
  std::vector<std::uint32_t> columns;
  std::vector<const Value*> values;
};

class Writes {
 public:
  Write& of(const Version& version) {
    if (auto* found = find(version)) return *found;
    all.push_back({&version, {}, {}});
    return all.back();
  }
  std::vector<Write> all;

 private:
  Write* find(const Version& version) {
    if (all.size() < few) {
      auto at = std::find_if(all.begin(), all.end(), [&](auto& write) { return same_write(*write.meta, version); });
      return at == all.end() ? nullptr : &*at;
    }
    for (; indexed_ < all.size(); ++indexed_) by_stamp_.emplace(all[indexed_].meta->stamp, indexed_);
    for (auto [at, end] = by_stamp_.equal_range(version.stamp); at != end; ++at)
      if (same_write(*all[at->second].meta, version)) return &all[at->second];
    return nullptr;
  }
  std::multimap<Stamp, std::size_t> by_stamp_;
  std::size_t indexed_ = 0;
};

struct KeyHash {
  std::size_t operator()(const RowKey& key) const {
    return std::hash<std::int64_t>{}(key.id.value ^ (static_cast<std::int64_t>(key.table.value) << 40));
  }
};

}  // namespace

std::vector<Section> sections_of(const Changeset& changes) {
  std::map<std::pair<TableId, std::vector<std::uint32_t>>, std::vector<Entry>> shapes;
  for (auto& change : changes.rows) {
    Writes writes;
    for (auto& cell : change.row.cells) {
      for (auto& version : cell.versions) {
        auto& write = writes.of(version);
        write.columns.push_back(cell.column.value << 1 | static_cast<std::uint32_t>(cell.kind));
        write.values.push_back(&version.value);
      }
    }
    for (auto& write : writes.all) {
      auto& entries = shapes[{change.key.table, write.columns}];
      Entry entry{change.key.id, {}, {}};
      entry.meta = *write.meta;
      entry.meta.value = {};
      for (auto* value : write.values) entry.values.push_back(*value);
      entries.push_back(std::move(entry));
    }
  }
  std::vector<Section> sections;
  for (auto& [shape, entries] : shapes) {
    std::sort(entries.begin(), entries.end(), [](auto& a, auto& b) {
      return std::pair(a.id, a.meta.stamp) < std::pair(b.id, b.meta.stamp);
    });
    sections.push_back({shape.first, shape.second, std::move(entries)});
  }
  return sections;
}

std::optional<Error> row_fault(const RowChange& change) {
  auto name = "row " + std::to_string(change.key.id.value) + " of table " + std::to_string(change.key.table.value);
  auto too_large = [&](std::size_t bytes, std::size_t most) {
    return Error{Code::too_large, name + " holds " + std::to_string(bytes) + " bytes; at most " + std::to_string(most) + ": shorten its text"};
  };
  std::size_t row_bytes = 0;
  for (auto& cell : change.row.cells) {
    for (auto& version : cell.versions) {
      auto bytes = weight(version.value);
      row_bytes += bytes;
      auto most = std::holds_alternative<Bytes>(version.value) ? max_blob_bytes : max_value_bytes;
      if (bytes > most + 2) return too_large(bytes - 2, most);
      if (version.past.size() > max_stamps || version.open.size() > max_stamps)
        return Error{Code::too_large, name + " was written over more than " + std::to_string(max_stamps) + " others: settle its conflicts"};
    }
  }
  if (row_bytes > max_row_bytes) return too_large(row_bytes, max_row_bytes);
  return {};
}

void encode_sections(Packer& packer, const std::vector<Section>& sections, Seq known) {
  Running running;
  for (auto& section : sections) encode_section(packer, section, known, running);
}

void decode_sections(Reader& reader, std::size_t count, Seq known, std::vector<RowChange>& rows) {
  Running running;
  std::size_t cells = 0;
  Stamps stamps;
  std::unordered_map<RowKey, std::size_t, KeyHash> index;
  for (std::size_t k = 0; k < count && reader.ok(); ++k) {
    auto section = decode_section(reader, known, running, cells);
    if (!reader.ok()) return;
    for (auto& entry : section.entries) {
      RowKey key{section.table, entry.id};
      auto [at, fresh] = index.try_emplace(key, rows.size());
      if (fresh) rows.push_back({key, {}});
      auto& row = rows[at->second].row;
      for (std::size_t column = 0; column < section.columns.size(); ++column) {
        auto code = section.columns[column];
        auto& versions = row.at(ColumnId{code >> 1}, static_cast<Kind>(code & 1)).versions;
        bool too_many = (code & 1) == 0 && versions.size() >= max_stamps;
        if (too_many || !stamps.add(at->second, code, versions, entry.meta.stamp)) {  // one stamp, two values
          reader.fail();
          return;
        }
        versions.push_back(entry.meta);
        versions.back().value = std::move(entry.values[column]);
      }
    }
  }
}

}  // namespace carnet
