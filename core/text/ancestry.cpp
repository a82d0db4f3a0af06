#include "core/text/ancestry.hpp"

#include <algorithm>

namespace carnet::text {

namespace {

enum Side : unsigned { a_only = 1, b_only = 2, both = 3 };

struct Head {
  Lv lv;
  unsigned side;
  bool operator<(const Head& other) const { return lv < other.lv; }
};

// A heap of heads that knows whether any of them belongs to one side alone.
class Heads {
 public:
  void push(std::span<const Lv> version, unsigned side) {
    for (auto lv : version) push({lv, side});
  }
  void push(Head head) {
    one_sided_ += head.side != both;
    heap_.push_back(head);
    std::push_heap(heap_.begin(), heap_.end());
  }
  Head pop() {
    auto head = pop_one();
    while (!heap_.empty() && heap_.front().lv == head.lv) head.side |= pop_one().side;
    return head;
  }
  bool settled() const { return one_sided_ == 0; }
  bool reaches(Lv lv) const { return !heap_.empty() && heap_.front().lv >= lv; }

 private:
  Head pop_one() {
    std::pop_heap(heap_.begin(), heap_.end());
    auto head = heap_.back();
    heap_.pop_back();
    one_sided_ -= head.side != both;
    return head;
  }
  std::vector<Head> heap_;
  std::size_t one_sided_ = 0;
};

// A version in region_between: its heads latest first, so that the greatest list is the one to go down from.
struct Front {
  std::vector<Lv> heads;
  unsigned side;
  bool operator<(const Front& other) const { return heads < other.heads; }
};

class Fronts {
 public:
  void push(std::span<const Lv> version, unsigned side) { push(Front{{version.rbegin(), version.rend()}, side}); }
  void push(Front front) {
    heap_.push_back(std::move(front));
    std::push_heap(heap_.begin(), heap_.end());
  }
  Front pop() {
    auto front = pop_one();
    while (!heap_.empty() && heap_.front().heads == front.heads) front.side |= pop_one().side;
    return front;
  }
  bool empty() const { return heap_.empty(); }
  bool reaches(Lv lv) const { return !heap_.empty() && !heap_.front().heads.empty() && heap_.front().heads.front() >= lv; }

 private:
  Front pop_one() {
    std::pop_heap(heap_.begin(), heap_.end());
    auto front = std::move(heap_.back());
    heap_.pop_back();
    return front;
  }
  std::vector<Front> heap_;
};

constexpr std::uint64_t front_steps = 4;  // each is a list of its own

void list(Region& region, Range events, unsigned side) {
  if (events.size() > 0) (side == b_only ? region.fresh : region.again).push_back(events);
}

// Goes down one entry from its event `lv`. Says false where it meets a version that all fronts have come down to.
bool descend(const Graph& graph, Fronts& fronts, Region& region, Lv lv, unsigned side, Steps& steps) {
  auto& entry = graph.entries()[graph.entry_of(lv)];
  steps.spend(front_steps * (2 + entry.parents));
  Lv end = lv + 1;
  while (fronts.reaches(entry.begin)) {
    auto next = fronts.pop();
    if (next.heads.size() > 1) {
      for (auto head : next.heads) fronts.push(Front{{head}, next.side});
      continue;
    }
    Lv met = next.heads.front();
    list(region, {met + 1, end}, side);
    end = met + 1;
    side |= next.side;
    if (!fronts.empty()) continue;
    region.base = {met};
    return false;
  }
  list(region, {entry.begin, end}, side);
  fronts.push(graph.parents(entry), side);
  return true;
}

// Of ranges, latest first: parents first, each branch to its end.
std::vector<Range> branch_by_branch(const Graph& graph, std::vector<Range> ranges) {
  std::reverse(ranges.begin(), ranges.end());
  std::vector<std::uint32_t> waits(ranges.size(), 0);
  std::vector<std::pair<std::size_t, std::size_t>> followers;  // (range, one that follows it)
  for (std::size_t k = 0; k < ranges.size(); ++k)
    for (auto parent : graph.parents_of(ranges[k].begin)) {
      auto at = std::lower_bound(ranges.begin(), ranges.end(), parent + 1, [](auto& range, Lv end) { return range.end < end; });
      if (at == ranges.end() || at->begin > parent) continue;
      followers.emplace_back(at - ranges.begin(), k);
      ++waits[k];
    }
  std::sort(followers.begin(), followers.end());
  std::vector<std::size_t> ready;
  for (auto k = ranges.size(); k-- > 0;)
    if (waits[k] == 0) ready.push_back(k);
  std::vector<Range> ordered;
  while (!ready.empty()) {
    auto next = ready.back();
    ready.pop_back();
    ordered.push_back(ranges[next]);
    auto last = std::upper_bound(followers.begin(), followers.end(), std::pair(next, ranges.size()));
    while (last != followers.begin() && std::prev(last)->first == next)
      if (--waits[(--last)->second] == 0) ready.push_back(last->second);
  }
  return ordered;
}

// What `a` has more than `b`, where that is the beginning of one entry that was made on `b`. So it is from one of many who set out
// from the same version to the next.
std::optional<Range> since(const Graph& graph, std::span<const Lv> a, std::span<const Lv> b) {
  if (a.size() != 1 || b.empty()) return {};
  auto& entry = graph.entries()[graph.entry_of(a.front())];
  if (!std::ranges::equal(graph.parents(entry), b)) return {};
  return Range{entry.begin, a.front() + 1};
}

}  // namespace

Difference difference(const Graph& graph, std::span<const Lv> a, std::span<const Lv> b, Steps& steps) {
  Difference found;
  steps.spend(1 + a.size() + b.size());
  if (auto only = since(graph, a, b)) {
    found.only_a.push_back(*only);
    return found;
  }
  Heads heads;
  heads.push(a, a_only);
  heads.push(b, b_only);
  auto list_range = [&](Lv begin, Lv end, unsigned side) {
    if (side == a_only) found.only_a.push_back({begin, end});
    if (side == b_only) found.only_b.push_back({begin, end});
  };
  while (!heads.settled() && !steps.over()) {
    auto [lv, side] = heads.pop();
    auto& entry = graph.entries()[graph.entry_of(lv)];
    steps.spend(2 + 2 * entry.parents);
    Lv end = lv + 1;
    while (heads.reaches(entry.begin)) {
      auto next = heads.pop();
      list_range(next.lv + 1, end, side);
      end = next.lv + 1;
      side |= next.side;
    }
    list_range(entry.begin, end, side);
    heads.push(graph.parents(entry), side);
  }
  return found;
}

Region region_between(const Graph& graph, const Version& had, const Version& wanted, Steps& steps) {
  Region region;
  Fronts fronts;
  fronts.push(had, a_only);
  fronts.push(wanted, b_only);
  steps.spend(front_steps * (had.size() + wanted.size()));
  while (!steps.over()) {
    auto front = fronts.pop();
    if (fronts.empty()) {
      region.base.assign(front.heads.rbegin(), front.heads.rend());
      break;
    }
    if (front.heads.size() > 1) {
      for (auto head : front.heads) fronts.push(Front{{head}, front.side});
      continue;
    }
    if (!descend(graph, fronts, region, front.heads.front(), front.side, steps)) break;
  }
  for (auto* ranges : {&region.again, &region.fresh}) *ranges = branch_by_branch(graph, std::move(*ranges));
  return region;
}

void advance(Version& heads, std::span<const Lv> parents, Lv event) {
  for (auto parent : parents) {
    auto at = std::lower_bound(heads.begin(), heads.end(), parent);
    if (at != heads.end() && *at == parent) heads.erase(at);
  }
  heads.insert(std::upper_bound(heads.begin(), heads.end(), event), event);
}

}  // namespace carnet::text
