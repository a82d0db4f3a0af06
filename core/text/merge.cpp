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
    look_ahead();
    if (auto fine = walk_again(); !fine) return fine.error();
    for (std::size_t k = 0; k < region_.fresh.size(); ++k)
      if (auto fine = take(k); !fine) return fine.error();
    return std::move(out_);
  }

  Lv refused_at() const { return refused_at_; }

 private:
  // For each fresh range, as places in the order in which events are walked (what the text has: 0): one more than the earliest parent
  // of it and of all later ones; and which events are to come.
  void look_ahead() {
    std::vector<std::pair<Lv, std::uint32_t>> ends;  // last event of a range, its place
    for (auto& events : region_.fresh) {
      places_.push_back(ends.empty() ? 1 : ends.back().second + 1);
      ends.emplace_back(events.end - 1, places_.back() + events.size() - 1);
    }
    std::sort(ends.begin(), ends.end());
    auto place_of = [&](Lv parent) {
      auto at = std::lower_bound(ends.begin(), ends.end(), std::pair(parent, 0u));
      return at == ends.end() || at->first != parent ? 0 : at->second;
    };
    needs_.assign(region_.fresh.size() + 1, UINT32_MAX);
    coming_.assign(region_.fresh.size() + 1, Range{UINT32_MAX, 0});
    for (auto k = region_.fresh.size(); k-- > 0;) {
      auto& events = region_.fresh[k];
      needs_[k] = needs_[k + 1];
      for (auto parent : graph_.parents_of(events.begin)) needs_[k] = std::min(needs_[k], place_of(parent) + 1);
      if (graph_.parents_of(events.begin).empty()) needs_[k] = 1;
      coming_[k] = {std::min(coming_[k + 1].begin, events.begin), std::max(coming_[k + 1].end, events.end)};
    }
  }

  Result<void> walk_again() {
    if (region_.again.empty()) return {};
    std::uint32_t most = out_.length;
    for (auto& events : region_.again) most += removals(graph_, events);
    auto all = coming_.front();
    for (auto& events : region_.again) all = {std::min(all.begin, events.begin), std::max(all.end, events.end)};
    walker_.emplace(graph_, region_.base, most, all);
    Error astray{Code::malformed, "the text does not stand at this version"};
    for (auto& events : region_.again)
      if (auto fine = walk(events, nullptr); !fine) return fine.error().code == Code::invalid ? astray : fine.error();
    return walker_->settle(out_.length) ? Result<void>{} : astray;
  }

  Result<void> take(std::size_t k) {
    auto events = region_.fresh[k];
    auto parents = graph_.parents_of(events.begin);
    auto place = places_[k], need = needs_[k + 1];
    bool follows = parents == heads_;
    if (follows && need > place) walker_.reset();
    if (follows && !walker_) {
      Lv passed = std::min(events.size(), need > place ? need - place : 0);
      if (auto fine = pass({events.begin, events.begin + passed}); !fine) return fine;
      events.begin += passed;
      if (passed > 0) parents = {events.begin - 1};
    }
    if (events.size() > 0) {
      if (!walker_) start(parents, {std::min(events.begin, coming_[k + 1].begin), coming_[k].end});
      if (auto fine = walk(events, &out_.changes); !fine) return fine;
    }
    advance(region_.fresh[k]);
    if (heads_.size() == 1 && need >= place + region_.fresh[k].size()) walker_.reset();
    return {};
  }

  void start(const Version& base, Range coming) {
    steps_ += (out_.length + coming.size()) / 1024;  // what making it costs
    walker_.emplace(graph_, base, out_.length, coming);
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
    heads_.insert(std::upper_bound(heads_.begin(), heads_.end(), events.end - 1), events.end - 1);
  }

  const Graph& graph_;
  Version heads_;
  Region region_;
  std::vector<std::uint32_t> places_, needs_;
  std::vector<Range> coming_;
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

bool is_fresh(const Result<Added>& fate) { return fate && *fate == Added::fresh; }

// Which of the patches that were added holds an event.
std::size_t holder(const Graph& graph, std::span<const Patch> patches, const std::vector<Result<Added>>& fates, Lv event) {
  auto id = graph.ids({graph.patch_events(graph.patch_of(event)).begin}).front();
  for (std::size_t k = 0; k < patches.size(); ++k)
    if (is_fresh(fates[k]) && patches[k].device == id.device && patches[k].first == id.seq) return k;
  return patches.size();
}

// A patch may have 64 parents; where a version has more heads, marks join them first.
std::vector<Patch> on_joined_heads(const Graph& graph, DeviceId device, const Version& at, std::vector<Edit> edits) {
  std::vector<Patch> patches;
  auto heads = graph.ids(at);
  auto next = graph.next(device);
  for (; heads.size() > most_parents; ++next) {
    auto end = heads.begin() + most_parents;
    patches.push_back({.device = device, .first = next, .parents = {heads.begin(), end}, .edits = {}});
    heads.erase(heads.begin(), end);
    heads.insert(std::upper_bound(heads.begin(), heads.end(), EventId{device, next}), EventId{device, next});
  }
  patches.push_back({.device = device, .first = next, .parents = std::move(heads), .edits = std::move(edits)});
  return patches;
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
    auto culprit = holder(graph, patches, merged.patches, at);
    graph.drop_from(before);
    if (culprit == patches.size()) return transformed.error();
    bool tangled = transformed.error().code == Code::too_large;  // no one patch is to blame
    for (std::size_t k = 0; k < patches.size(); ++k) {
      if (k != culprit && !(tangled && is_fresh(merged.patches[k]))) continue;
      merged.patches[k] = transformed.error();
      refused[k] = true;
    }
  }
}

std::vector<Patch> patches_between(const Graph& graph, DeviceId device, const Version& at, std::string_view before, std::string_view now) {
  auto edits = diff(before, now);
  if (edits.empty()) return {};
  return on_joined_heads(graph, device, at, std::move(edits));
}

std::vector<Patch> mark(const Graph& graph, DeviceId device) { return on_joined_heads(graph, device, graph.frontier(), {}); }

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
