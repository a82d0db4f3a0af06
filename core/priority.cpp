// What goes up first where more waits than one frame holds: the newest visit and what belongs to no day, then the older ones, then
// large rows. A row that has to wait takes a new place in our seq, as if it had been collected later; frames of earlier attempts that still
// arrive stay true of what they bring.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>

#include "core/replica_detail.hpp"

namespace carnet {

namespace {

constexpr std::size_t large_row = 16'384;  // bytes before compression: about a second of a link at 64 kbit/s
constexpr std::int64_t days_apart = 60;    // of visits. The older ones keep their order: neighbours compress well

// The latest day that a row tells of, as days since 1970. What is planned for later than it was written belongs to no day.
std::optional<std::int64_t> day_of(const Row& row, const Table* table) {
  constexpr std::int64_t seconds_a_day = 86'400;
  auto written = static_cast<std::int64_t>(row.latest() >> 16) / seconds_a_day;
  std::optional<std::int64_t> latest;
  for (auto& cell : row.cells) {
    auto* column = table ? table->find(cell.column) : nullptr;
    auto* text = column && column->type == Type::date ? std::get_if<std::string>(&cell.shown().value) : nullptr;
    int year = 0;
    unsigned month = 0, day = 0;
    if (!text || std::sscanf(text->c_str(), "%4d-%2u-%2u", &year, &month, &day) != 3) continue;
    std::chrono::sys_days date = std::chrono::year{year} / std::chrono::month{month} / std::chrono::day{day};
    auto told = std::int64_t{date.time_since_epoch().count()};
    if (told <= written) latest = std::max(latest.value_or(0), told);
  }
  return latest;
}

struct Waiting {
  Seq seq;
  RowKey key;
  std::size_t bytes;
  std::optional<std::int64_t> day;
  int turn = 0;  // 0 first
};

void give_turns(std::vector<Waiting>& waiting) {
  std::int64_t newest = 0;
  for (auto& each : waiting) newest = std::max(newest, each.day.value_or(0));
  for (auto& each : waiting) each.turn = each.bytes > large_row ? 2 : newest - each.day.value_or(newest) >= days_apart;
}

}  // namespace

void Replica::put_urgent_first(SpaceId id, std::size_t worth) {
  in_transaction([&] {
    auto& space = state(id);
    bool all_stand = space.stands == space.seq;
    if (!all_stand && space.stands > space.acked) return;  // some stamps stand and some do not: their places tell which
    std::vector<Waiting> waiting;
    std::size_t bytes = 0;
    for (auto& [seq, key] : unsent(id, std::max(space.acked, Seq{first_movable(id).value - 1}))) {
      auto row = load(id, key);
      waiting.push_back({seq, key, row_weight(row), day_of(row, schema_.find(key.table))});
      bytes += waiting.back().bytes;
    }
    if (bytes <= worth) return;
    give_turns(waiting);
    std::stable_sort(waiting.begin(), waiting.end(), [](auto& a, auto& b) { return a.turn < b.turn; });  // writes of one row keep their order
    auto in_place = std::is_sorted_until(waiting.begin(), waiting.end(), [](auto& a, auto& b) { return a.seq < b.seq; });
    if (in_place == waiting.end()) return;
    for (auto& each : waiting) place_last(id, each.key, each.seq);
    if (all_stand) space.stands = space.seq;
    plans_.erase(id);
  });
}

// What had seen less of the relay than we have now says so by its place.
Seq Replica::first_movable(SpaceId id) { return seen_[id].empty() ? Seq{} : seen_[id].back().first; }

void Replica::place_last(SpaceId id, RowKey key, Seq from) {
  auto to = next_seq(id);
  if (from <= state(id).wired) state(id).wired = to;
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
