#include "core/text/merge.hpp"

#include <algorithm>
#include <map>

#include "core/text/ancestry.hpp"
#include "core/text/code_points.hpp"
#include "core/text/diff.hpp"
#include "core/text/walker.hpp"

namespace carnet::text {

namespace {

std::uint32_t removals(const Graph& graph, Range events) {
  std::uint32_t count = 0;
  for (auto k = graph.run_of(events.begin); k < graph.runs().size() && graph.runs()[k].begin < events.end; ++k) {
    auto run = part_of(graph.runs()[k], events);
    if (run.act == Act::remove || run.act == Act::remove_back) count += run.count;
  }
  return count;
}

// The transformation of a region, entry by entry. A version is critical if all that follows has seen it: nothing before it matters
// any more, so the walker's state is dropped there, and what only follows goes through as it is.
class Transformation {
 public:
  Transformation(const Graph& graph, Version had, std::uint32_t length, Region region)
      : graph_(graph), heads_(std::move(had)), region_(std::move(region)) {
    out_.length = length;
  }

  Result<Transformed> run() {
    find_needs();
    if (auto fine = walk_again(); !fine) return fine.error();
    for (std::size_t k = 0; k < region_.fresh.size(); ++k)
      if (auto fine = take(k); !fine) return fine.error();
    return std::move(out_);
  }

  Lv refused_at() const { return refused_at_; }

 private:
  Lv end() const { return std::max(region_.again.empty() ? 0 : region_.again.back().end, region_.fresh.empty() ? 0 : region_.fresh.back().end); }

  // For each fresh range: one more than the earliest parent of it and all later ones, 0 where that is the base.
  void find_needs() {
    needs_.assign(region_.fresh.size() + 1, UINT32_MAX);
    for (auto k = region_.fresh.size(); k-- > 0;) {
      auto parents = graph_.parents_of(region_.fresh[k].begin);
      needs_[k] = std::min(needs_[k + 1], parents.empty() ? 0 : parents.front() + 1);
    }
  }

  Result<void> walk_again() {
    if (region_.again.empty()) return {};
    std::uint32_t most = out_.length;
    for (auto& events : region_.again) most += removals(graph_, events);
    Lv begin = std::min(region_.again.front().begin, region_.fresh.empty() ? UINT32_MAX : region_.fresh.front().begin);
    walker_.emplace(graph_, region_.base, most, Range{begin, end()});
    for (auto& events : region_.again)
      if (auto fine = walk(events, nullptr); !fine) return fine;
    if (!walker_->settle(out_.length)) return Error{Code::malformed, "the text does not stand at this version"};
    return {};
  }

  Result<void> take(std::size_t k) {
    auto events = region_.fresh[k];
    auto parents = graph_.parents_of(events.begin);
    bool follows = parents == heads_;
    if (follows && needs_[k + 1] > events.begin) walker_.reset();
    if (follows && !walker_) {
      auto upto = std::min(events.end, std::max(events.begin, needs_[k + 1]));
      if (auto fine = pass({events.begin, upto}); !fine) return fine;
      if (upto > events.begin) parents = {upto - 1};
      events.begin = upto;
    }
    if (events.size() > 0) {
      if (!walker_) start(parents, events.begin);
      if (auto fine = walk(events, &out_.changes); !fine) return fine;
    }
    advance(region_.fresh[k]);
    if (heads_.size() == 1 && needs_[k + 1] >= events.end) walker_.reset();
    return {};
  }

  void start(const Version& base, Lv from) {
    steps_ += (out_.length + (end() - from)) / 1024;  // what making it costs
    walker_.emplace(graph_, base, out_.length, Range{from, end()});
  }

  Result<void> walk(Range events, std::vector<Change>* changes) {
    auto counted = out_.changes.size();
    auto before = walker_->steps();
    auto fine = walker_->walk(events, changes);
    refused_at_ = walker_->refused_at();
    if (!fine) return fine;
    steps_ += walker_->steps() - before;
    if (steps_ > most_steps) return Error{Code::too_large, "text patch: the history is too tangled to be put together"};
    for (; counted < out_.changes.size(); ++counted) count(out_.changes[counted]);
    return room();
  }

  Result<void> pass(Range events) {
    auto runs = graph_.runs();
    for (auto k = graph_.run_of(events.begin); k < runs.size() && runs[k].begin < events.end; ++k) {
      auto run = part_of(runs[k], events);
      refused_at_ = run.begin;
      Change change{run.at, run.act == Act::insert ? 0 : run.count, {}};
      if (run.act == Act::mark) continue;
      if (run.act == Act::insert) change.inserted = graph_.content(run, 0, run.count);
      if (run.act == Act::remove_back) change.at -= run.count - 1;
      if (change.at > out_.length || change.removed > out_.length - change.at)
        return Error{Code::invalid, "text patch: a position outside of the text that it was made on"};
      out_.changes.push_back(change);
      count(change);
    }
    return room();
  }

  void count(const Change& change) {
    out_.length += static_cast<std::uint32_t>(change.inserted.size());
    out_.length -= change.removed;
  }

  Result<void> room() const {
    if (out_.length > most_length) return Error{Code::too_large, "text patch: the text would have over 16,777,216 characters"};
    return {};
  }

  void advance(Range events) {
    auto parents = graph_.parents_of(events.begin);
    std::erase_if(heads_, [&](Lv head) { return std::binary_search(parents.begin(), parents.end(), head); });
    heads_.push_back(events.end - 1);
  }

  const Graph& graph_;
  Version heads_;
  Region region_;
  std::vector<Lv> needs_;
  std::optional<Walker> walker_;
  Transformed out_;
  std::uint64_t steps_ = 0;
  Lv refused_at_ = 0;
};

// Adds patches as their parents arrive, whatever the order.
class Arrivals {
 public:
  Arrivals(Graph& graph, std::span<const Patch> patches, std::vector<Result<Added>>& fates) : graph_(graph), patches_(patches), fates_(fates) {}

  void add(std::size_t number) {
    std::vector<std::size_t> ready{number};
    while (!ready.empty()) {
      auto next = ready.back();
      ready.pop_back();
      auto& patch = patches_[next];
      fates_[next] = graph_.add(patch);
      if (!fates_[next]) {
        if (fates_[next].error().code == Code::gap) waiting_.emplace(missing(patch), next);
        continue;
      }
      auto first = waiting_.lower_bound({patch.device, 0}), last = waiting_.lower_bound({patch.device, graph_.next(patch.device)});
      for (auto each = first; each != last; ++each) ready.push_back(each->second);
      waiting_.erase(first, last);
    }
  }

 private:
  EventId missing(const Patch& patch) const {
    if (patch.first > graph_.next(patch.device)) return {patch.device, patch.first - 1};
    for (auto& parent : patch.parents)
      if (!graph_.contains(parent)) return parent;
    return {};
  }

  Graph& graph_;
  std::span<const Patch> patches_;
  std::vector<Result<Added>>& fates_;
  std::multimap<EventId, std::size_t> waiting_;
};

std::vector<Edit> edits_of(const std::vector<Change>& changes) {
  std::vector<Edit> edits;
  for (auto& change : changes) edits.push_back({change.at, change.removed, encode(change.inserted)});
  return edits;
}

// Which of the patches holds an event.
std::size_t holder(const Graph& graph, std::span<const Patch> patches, Lv event) {
  auto whole = graph.patch_events(graph.patch_of(event));
  auto id = graph.ids({whole.begin}).front();
  auto found = std::find_if(patches.begin(), patches.end(), [&](auto& patch) { return patch.device == id.device && patch.first == id.seq; });
  return static_cast<std::size_t>(found - patches.begin());
}

}  // namespace

Result<Transformed> transform(const Graph& graph, const Version& had, std::uint32_t length, const Version& wanted, Lv* refused_at) {
  Transformation transformation(graph, had, length, region_between(graph, had, wanted));
  auto result = transformation.run();
  if (refused_at) *refused_at = transformation.refused_at();
  return result;
}

Result<Merged> merge(Graph& graph, std::string_view text, std::span<const Patch> patches) {
  auto had = graph.frontier();
  auto length = static_cast<std::uint32_t>(length_of(text));
  Merged merged;
  merged.patches.assign(patches.size(), Error{});
  std::vector<bool> refused(patches.size());
  for (Lv before = graph.size();;) {
    Arrivals arrivals(graph, patches, merged.patches);
    for (std::size_t k = 0; k < patches.size(); ++k)
      if (!refused[k]) arrivals.add(k);
    Lv at = 0;
    auto transformed = transform(graph, had, length, graph.frontier(), &at);
    if (transformed) {
      merged.text = edited(text, transformed->changes);
      merged.edits = edits_of(transformed->changes);
      return merged;
    }
    if (at < before) { graph.drop_from(before); return transformed.error(); }
    auto culprit = holder(graph, patches, at);
    graph.drop_from(before);
    if (culprit == patches.size()) return transformed.error();
    merged.patches[culprit] = transformed.error();
    refused[culprit] = true;
  }
}

std::optional<Patch> patch_between(const Graph& graph, DeviceId device, const Version& at, std::string_view before, std::string_view now) {
  auto edits = diff(before, now);
  if (edits.empty()) return {};
  return Patch{.device = device, .first = graph.next(device), .parents = graph.ids(at), .edits = std::move(edits)};
}

Patch mark(const Graph& graph, DeviceId device) {
  return {.device = device, .first = graph.next(device), .parents = graph.frontier_ids(), .edits = {}};
}

Result<std::string> wording(const Graph& graph, const Version& version, std::string_view base_text) {
  if (length_of(base_text) != graph.base_length()) return Error{Code::malformed, "the text does not stand at the base"};
  auto transformed = transform(graph, {}, graph.base_length(), version);
  if (!transformed) return transformed.error();
  return edited(base_text, transformed->changes);
}

Result<std::string> replay(const Graph& graph, std::string_view base_text) { return wording(graph, graph.frontier(), base_text); }

Result<bool> trim(Graph& graph, std::span<const EventId> seen) {
  auto heads = graph.version(seen);
  auto at = heads ? graph.latest_critical(*heads) : std::nullopt;
  if (!at) return false;
  auto transformed = transform(graph, {}, graph.base_length(), *at);
  if (!transformed) return transformed.error();
  graph.cut(*at, transformed->length);
  return true;
}

}  // namespace carnet::text
