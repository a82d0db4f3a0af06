// What a graph can be asked: ids, ancestry, patches as they came.
#include <algorithm>

#include "core/text/ancestry.hpp"
#include "core/text/code_points.hpp"

namespace carnet::text {

namespace {

template <class Item, class Begin>
std::size_t last_at_or_before(const std::vector<Item>& items, Lv event, Begin begin) {
  auto after = std::upper_bound(items.begin(), items.end(), event, [&](Lv lv, const Item& item) { return lv < begin(item); });
  return static_cast<std::size_t>(after - items.begin()) - 1;
}

// Puts a piece of a run behind the edits of a patch.
void add_piece(std::vector<Edit>& edits, const Run& piece, std::u32string_view text) {
  if (piece.act == Act::insert) {
    bool replaces = !edits.empty() && edits.back().at == piece.at && edits.back().inserted.empty();
    if (!replaces) edits.push_back({piece.at, 0, {}});
    edits.back().inserted = encode(text);
  }
  if (piece.act == Act::remove) edits.push_back({piece.at, piece.count, {}});
  if (piece.act == Act::remove_back)
    for (std::uint32_t k = 0; k < piece.count; ++k) edits.push_back({piece.at - k, 1, {}});
}

}  // namespace

std::size_t Graph::entry_of(Lv event) const {
  if (entries_.back().begin <= event) return entries_.size() - 1;
  return last_at_or_before(entries_, event, [](auto& entry) { return entry.begin; });
}

std::size_t Graph::run_of(Lv event) const {
  if (runs_.back().begin <= event) return runs_.size() - 1;
  return last_at_or_before(runs_, event, [](auto& run) { return run.begin; });
}

std::size_t Graph::patch_of(Lv event) const {
  return last_at_or_before(starts_, event, [](Lv start) { return start; });
}

Range Graph::patch_events(std::size_t number) const {
  return {starts_[number], number + 1 < starts_.size() ? starts_[number + 1] : size()};
}

Version Graph::parents_of(Lv event) const {
  auto& entry = entries_[entry_of(event)];
  if (event > entry.begin) return {event - 1};
  auto listed = parents(entry);
  return {listed.begin(), listed.end()};
}

const Author* Graph::author(DeviceId device) const {
  auto found = by_device_.find(device.value);
  return found == by_device_.end() ? nullptr : &authors_[found->second];
}

std::optional<Lv> Graph::find(EventId id) const {
  auto* writer = author(id.device);
  if (!writer || id.seq < writer->below || id.seq >= writer->next) return {};
  auto& pieces = writer->pieces;
  auto after = std::upper_bound(pieces.begin(), pieces.end(), id.seq, [](auto seq, auto& piece) { return seq < piece.seq; });
  auto& piece = *std::prev(after);
  return piece.begin + (id.seq - piece.seq);
}

bool Graph::contains(EventId id) const {
  return id.seq < next(id.device);
}

std::uint32_t Graph::next(DeviceId device) const {
  auto* writer = author(device);
  return writer ? writer->next : 0;
}

std::map<DeviceId, std::uint32_t> Graph::next_of_all() const {
  std::map<DeviceId, std::uint32_t> all;
  for (auto& writer : authors_) all.emplace(writer.device, writer.next);
  return all;
}

std::vector<EventId> Graph::ids(const Version& version) const {
  if (version.empty()) return base_;
  std::vector<EventId> ids;
  for (auto lv : version) {
    auto& entry = entries_[entry_of(lv)];
    ids.push_back({authors_[entry.author].device, entry.seq + (lv - entry.begin)});
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::optional<Version> Graph::version(std::span<const EventId> ids) const {
  if (std::ranges::equal(ids, base_)) return Version{};
  Version version;
  for (auto& id : ids) {
    auto lv = find(id);
    if (!lv) return {};
    version.push_back(*lv);
  }
  Steps steps;
  return heads_of(std::move(version), steps);
}

bool Graph::reaches(std::span<const Lv> version, Lv event) const {
  if (version.empty()) return false;
  std::vector<Lv> heap(version.begin(), version.end());
  std::make_heap(heap.begin(), heap.end());
  while (!heap.empty() && heap.front() >= event) {
    std::pop_heap(heap.begin(), heap.end());
    auto lv = heap.back();
    heap.pop_back();
    auto& entry = entries_[entry_of(lv)];
    if (entry.begin <= event) return true;
    while (!heap.empty() && heap.front() >= entry.begin) {  // of the same entry: nothing new
      std::pop_heap(heap.begin(), heap.end());
      heap.pop_back();
    }
    for (auto parent : parents(entry)) {
      heap.push_back(parent);
      std::push_heap(heap.begin(), heap.end());
    }
  }
  return false;
}

// Goes down from all at once until the earliest; what is met on the way from another is an ancestor of that.
Version Graph::heads_of(Version events, Steps& steps) const {
  std::sort(events.begin(), events.end());
  events.erase(std::unique(events.begin(), events.end()), events.end());
  if (events.size() < 2) return events;
  using Met = std::pair<Lv, bool>;  // whether it is one of the events
  std::vector<Met> heap;
  auto push = [&](Met met) { heap.push_back(met); std::push_heap(heap.begin(), heap.end()); };
  auto pop = [&] { std::pop_heap(heap.begin(), heap.end()); auto met = heap.back(); heap.pop_back(); return met; };
  for (auto lv : events) push({lv, true});
  steps.spend(events.size());
  auto earliest = events.front();
  Version heads;
  for (auto left = events.size(); left > 0;) {
    auto met = pop();
    auto& entry = entries_[entry_of(met.first)];
    bool head = met.second;
    left -= met.second;
    while (!heap.empty() && heap.front().first >= entry.begin) {
      auto below = pop();
      if (below.first == met.first) head = false;
      left -= below.second;
    }
    if (head) heads.push_back(met.first);
    steps.spend(2);
    auto listed = parents(entry);
    for (auto k = listed.size(); k-- > 0 && listed[k] >= earliest; steps.spend(2)) push({listed[k], false});
  }
  std::reverse(heads.begin(), heads.end());
  return heads;
}

bool Graph::antichains() {
  Steps steps;
  for (auto& entry : entries_) {
    auto listed = parents(entry);
    Version version(listed.begin(), listed.end());
    if (heads_of(version, steps) != version || steps.over()) return false;
  }
  ancestry_ = steps.taken();
  return true;
}

bool Graph::knows(EventId later, EventId earlier) const {
  auto a = find(later), b = find(earlier);
  if (!b) return true;  // below the base, which all have seen
  return a && reaches(std::span(&*a, 1), *b);
}

Patch Graph::patch(std::size_t number) const {
  auto events = patch_events(number);
  auto& entry = entries_[entry_of(events.begin)];
  Patch patch{.device = authors_[entry.author].device, .first = entry.seq + (events.begin - entry.begin), .parents = ids(parents_of(events.begin)), .edits = {}};
  for (auto k = run_of(events.begin); k < runs_.size() && runs_[k].begin < events.end; ++k) {
    auto piece = part_of(runs_[k], events);
    add_piece(patch.edits, piece, piece.act == Act::insert ? content(piece, 0, piece.count) : U"");
  }
  return patch;
}

std::vector<Patch> Graph::equal_seeds() const {
  std::vector<Patch> seeds;
  for (auto& seed : seeds_)
    for (std::size_t k = 1; k < seed.owners.size(); ++k) {
      seeds.push_back(patch(patch_of(seed.begin)));
      seeds.back().device = authors_[seed.owners[k]].device;
    }
  return seeds;
}

const Graph::Seed* Graph::seed_at(Lv event) const {
  if (seeds_.empty() || event < seeds_.front().begin) return nullptr;
  auto& seed = seeds_[last_at_or_before(seeds_, event, [](auto& each) { return each.begin; })];
  return event - seed.begin < seed.count ? &seed : nullptr;
}

// Seeds by their text, before all others: which devices had the text at first says nothing, and may be learned late.
bool Graph::goes_first(Lv a, Lv b, Steps& steps) const {
  auto *seed_a = seed_at(a), *seed_b = seed_at(b);
  if (seed_a && seed_b && seed_a != seed_b) {
    steps.spend(std::min(seed_a->count, seed_b->count) / 16);
    return seed_text(*seed_a) < seed_text(*seed_b);
  }
  if (!seed_a != !seed_b) return seed_a != nullptr;
  auto &entry_a = entries_[entry_of(a)], &entry_b = entries_[entry_of(b)];
  EventId id_a{authors_[entry_a.author].device, entry_a.seq + (a - entry_a.begin)};
  EventId id_b{authors_[entry_b.author].device, entry_b.seq + (b - entry_b.begin)};
  return id_a < id_b;
}

std::u32string_view Graph::seed_text(const Seed& seed) const {
  auto& run = runs_[run_of(seed.begin)];
  return content(run, seed.begin - run.begin, seed.count);
}

}  // namespace carnet::text
