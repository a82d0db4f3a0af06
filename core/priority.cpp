// What goes up first where more waits than one frame holds: the newest day first, large rows last. A row that has to wait takes a new
// place in our seq, as if it had been collected later; frames of earlier attempts that still arrive stay true of what they bring.
#include <algorithm>
#include <chrono>
#include <cstdio>

#include "core/replica_detail.hpp"

namespace carnet {

namespace {

constexpr std::size_t large_row = 16'384;  // bytes before compression: about a second of a link at 64 kbit/s

std::string date_of(std::int64_t unix_seconds) {
  std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(std::chrono::sys_seconds{std::chrono::seconds{unix_seconds}})};
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()), static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text;
}

// The day that a row tells of, or else that it was written on: an action planned for 2030 is of today.
std::string day_of(const Row& row, const Table* table) {
  auto written = date_of(static_cast<std::int64_t>(row.latest() >> 16));
  std::string told;
  for (auto& cell : row.cells) {
    auto* column = table ? table->find(cell.column) : nullptr;
    auto* day = column && column->type == Type::date ? std::get_if<std::string>(&cell.shown().value) : nullptr;
    if (day) told = std::max(told, *day);
  }
  return told.empty() ? written : std::min(told, written);
}

struct Waiting {
  Seq seq;
  RowKey key;
  std::size_t bytes;
  std::string day;
};

bool more_urgent(const Waiting& a, const Waiting& b) {
  bool a_large = a.bytes > large_row, b_large = b.bytes > large_row;
  return a_large != b_large ? b_large : a.day > b.day;
}

}  // namespace

void Replica::put_urgent_first(SpaceId id, std::size_t worth) {
  in_transaction([&] {
    auto& space = state(id);
    bool all_stand = space.stands == space.seq;
    if (!all_stand && space.stands > space.acked) return;  // some stamps stand and some do not: their places tell which
    auto least = seen_[id].empty() ? Seq{} : seen_[id].back().first;  // what had seen less of the relay stays in front
    std::vector<Waiting> waiting;
    std::size_t bytes = 0;
    for (auto& [seq, key] : unsent(id, std::max(space.acked, Seq{least.value - 1}))) {
      auto row = load(id, key);
      waiting.push_back({seq, key, row_weight(row), day_of(row, schema_.find(key.table))});
      bytes += waiting.back().bytes;
    }
    if (bytes <= worth) return;
    std::stable_sort(waiting.begin(), waiting.end(), more_urgent);  // writes of one row, and of one day, keep their order
    auto in_place = std::is_sorted_until(waiting.begin(), waiting.end(), [](auto& a, auto& b) { return a.seq < b.seq; });
    if (in_place == waiting.end()) return;
    for (auto& [seq, key, weight, day] : waiting) place_last(id, key, seq);
    if (all_stand) space.stands = space.seq;
    if (space.wired > space.acked) space.wired = space.seq;  // some of what was on the wire may have moved
    plans_.erase(id);
  });
}

void Replica::place_last(SpaceId id, RowKey key, Seq from) {
  auto to = next_seq(id);
  auto row = load(id, key);
  for (auto& cell : row.cells)
    for (auto& version : cell.versions)
      if (!version.received && version.seq == from) version.seq = to;
  save_meta(id, key, row);
  Use late(statement("UPDATE carnet_late SET seq=? WHERE space=? AND seq=?"));
  late->bind(1, to.value);
  late->bind(2, static_cast<std::int64_t>(id.value));
  late->bind(3, from.value);
  late->exec();
}

}  // namespace carnet
