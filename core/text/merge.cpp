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
  Transformation(const Graph& graph, Version had, std::uint32_t length, Region region, Steps& steps)
      : graph_(graph), heads_(std::move(had)), region_(std::move(region)), refused_(region_.fresh.size(), false), steps_(steps) {
    out_.length = length;
  }

  Result<Transformed> run() {
    look_ahead();
    if (auto fine = walk_again(); !fine) return fine.error();
    for (std::size_t k = 0; k < region_.fresh.size(); ++k)
      if (auto fine = take(k); !fine) return fine.error();
    return std::move(out_);
  }

 private:
  // For each fresh range, as places in the order in which events are walked (what the text has: 0): one more than the earliest parent
  // of it and of all later ones; and which events are to come.
  void look_ahead() {
    std::uint32_t place = 1;
    for (std::size_t k = 0; k < region_.fresh.size(); ++k) {
      places_.push_back(place);
      place += region_.fresh[k].size();
      ends_.emplace_back(region_.fresh[k].end - 1, k);
    }
    std::sort(ends_.begin(), ends_.end());
    auto place_of = [&](Lv parent) {
      auto range = range_to(parent);
      return range ? places_[*range] + region_.fresh[*range].size() - 1 : 0;
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

  // The fresh range that ends with a parent.
  std::optional<std::size_t> range_to(Lv parent) const {
    auto at = std::lower_bound(ends_.begin(), ends_.end(), std::pair(parent, std::size_t{0}));
    return at == ends_.end() || at->first != parent ? std::nullopt : std::optional(at->second);
  }

  bool hangs_on_refused(const Version& parents) const {
    return !out_.refused.empty() && std::any_of(parents.begin(), parents.end(), [&](Lv parent) {
      auto range = range_to(parent);
      return range && refused_[*range];
    });
  }

  void refuse(std::size_t k, Lv event) {
    refused_[k] = true;
    out_.refused.push_back(graph_.patch_of(event));
  }

  Result<void> walk_again() {
    if (region_.again.empty()) return {};
    std::uint32_t most = out_.length;
    for (auto& events : region_.again) most += removals(graph_, events);
    auto all = coming_.front();
    for (auto& events : region_.again) all = {std::min(all.begin, events.begin), std::max(all.end, events.end)};
    start(region_.base, most, all);
    Error astray{Code::malformed, "the text does not stand at this version"};
    for (auto& events : region_.again) {
      auto stop = walk(events, nullptr);
      if (!stop) return stop.error();
      if (*stop < events.end) return astray;
    }
    return walker_->settle(out_.length) ? Result<void>{} : astray;
  }

  Result<void> take(std::size_t k) {
    auto events = region_.fresh[k];
    auto parents = graph_.parents_of(events.begin);
    steps_.spend(4 + parents.size() + heads_.size() / 512);
    if (hangs_on_refused(parents)) { refused_[k] = true; return {}; }
    auto place = places_[k], need = needs_[k + 1];
    bool follows = parents == heads_;
    if (follows && need > place) walker_.reset();
    Lv done = events.begin, wanted = events.begin;
    if (follows && !walker_) {
      wanted += std::min(events.size(), need > place ? need - place : 0);
      done = pass({events.begin, wanted});
    }
    if (done == wanted && done < events.end) {
      auto base = done > events.begin ? Version{done - 1} : parents;
      if (!walker_) start(base, out_.length, {std::min(done, coming_[k + 1].begin), coming_[k].end});
      auto stop = walk({done, events.end}, &out_.changes);
      if (!stop) return stop.error();
      done = *stop;
    }
    if (done < events.end) refuse(k, done);
    if (done > events.begin) advance(heads_, parents, done - 1);
    if (heads_.size() == 1 && need >= place + events.size()) walker_.reset();
    return steps_.over() ? too_tangled() : room();
  }

  void start(const Version& base, std::uint32_t length, Range coming) {
    steps_.spend(8 + (length + coming.size()) / 512);  // what making it costs
    walker_.emplace(graph_, base, length, coming, steps_);
  }

  Result<Lv> walk(Range events, std::vector<Change>* changes) {
    auto counted = out_.changes.size();
    auto stop = walker_->walk(events, changes);
    for (; counted < out_.changes.size(); ++counted) count(out_.changes[counted]);
    return stop;
  }

  Lv pass(Range events) {
    if (events.size() > 0) events.end = end_of_fit(graph_, events, out_.length);
    if (events.size() == 0) return events.end;
    auto runs = graph_.runs();
    for (auto k = graph_.run_of(events.begin); k < runs.size() && runs[k].begin < events.end; ++k) {
      steps_.spend(1);
      auto run = part_of(runs[k], events);
      Change change{run.at, run.act == Act::insert ? 0 : run.count, {}};
      if (run.act == Act::mark) continue;
      if (run.act == Act::insert) change.inserted = graph_.content(run, 0, run.count);
      if (run.act == Act::remove_back) change.at -= run.count - 1;
      out_.changes.push_back(change);
      count(change);
    }
    return events.end;
  }

  void count(const Change& change) {
    out_.length += static_cast<std::uint32_t>(change.inserted.size());
    out_.length -= change.removed;
  }

  Result<void> room() const {
    if (out_.length > most_length) return Error{Code::too_large, "text patch: the text would have over 16,777,216 characters"};
    return {};
  }

  const Graph& graph_;
  Version heads_;
  Region region_;
  std::vector<std::uint32_t> places_, needs_;
  std::vector<std::pair<Lv, std::size_t>> ends_;  // last event of a fresh range, its number
  std::vector<Range> coming_;
  std::vector<bool> refused_;  // fresh ranges of which something is left out
  std::optional<Walker> walker_;
  Transformed out_;
  Steps& steps_;
};

Error outside() { return {Code::invalid, "text patch: a position outside of the text that it was made on"}; }

// Adds patches as their parents arrive, whatever the order.
class Arrivals {
 public:
  Arrivals(Graph& graph, std::span<const Patch> patches, std::vector<Result<Added>>& fates, Steps& steps)
      : graph_(graph), patches_(patches), fates_(fates), steps_(steps) {}

  void add(std::size_t number) {
    std::vector<std::size_t> ready{number};
    while (!ready.empty()) {
      auto next = ready.back();
      ready.pop_back();
      auto& patch = patches_[next];
      steps_.spend(4);
      auto lacking = graph_.waits_for(patch);
      if (lacking) waiting_.emplace(*lacking, next);
      if (lacking && waits(fates_[next])) continue;
      steps_.spend(cost_of(patch));
      fates_[next] = steps_.over() ? too_tangled() : graph_.add(patch, steps_);
      if (!fates_[next]) continue;
      auto first = waiting_.lower_bound({patch.device, 0}), last = waiting_.lower_bound({patch.device, graph_.next(patch.device)});
      for (auto each = first; each != last; ++each) ready.push_back(each->second);
      waiting_.erase(first, last);
    }
  }

 private:
  static bool waits(const Result<Added>& fate) { return !fate && fate.error().code == Code::gap; }

  static std::uint64_t cost_of(const Patch& patch) {
    auto cost = 4 + 2 * patch.edits.size() + patch.parents.size() / 2;
    for (auto& edit : patch.edits) cost += edit.inserted.size() / 16;
    return cost;
  }

  Graph& graph_;
  std::span<const Patch> patches_;
  std::vector<Result<Added>>& fates_;
  Steps& steps_;
  std::multimap<EventId, std::size_t> waiting_;
};

std::vector<Edit> edits_of(const std::vector<Change>& changes) {
  std::vector<Edit> edits;
  for (auto& change : changes) edits.push_back({change.at, change.removed, encode(change.inserted)});
  return edits;
}

EventId id_of(const Patch& patch) { return {patch.device, patch.first}; }

// Adds and transforms until no patch has to be left out: another may bear the numbers of one that was refused.
class Merging {
 public:
  Merging(Graph& graph, std::string_view text, std::span<const Patch> patches, std::uint64_t most)
      : graph_(graph), text_(text), length_(static_cast<std::uint32_t>(length_of(text))), patches_(patches), before_(graph.point()), refused_(patches.size()) {
    out_.patches.assign(patches.size(), Error{});
    out_.steps = Steps(most);
  }

  Result<Merged> run() {
    refuse_malformed();
    while (true) {
      add_all();
      auto transformed = transform(graph_, before_.frontier, length_, graph_.frontier(), out_.steps);
      if (transformed && transformed->refused.empty() && settle(transformed->changes)) return std::move(out_);
      auto astray = transformed ? culprits(transformed->refused) : std::map<EventId, std::size_t>();
      graph_.go_back(before_);
      if (!transformed && transformed.error().code != Code::too_large) return transformed.error();
      if (out_.steps.over() || astray.empty()) return nothing(transformed ? too_tangled() : transformed.error());
      refuse(astray);
    }
  }

 private:
  void refuse_malformed() {
    for (std::size_t k = 0; k < patches_.size(); ++k)
      if (auto fine = check(patches_[k]); !fine) refuse(k, fine.error());
  }

  void refuse(std::size_t k, const Error& error) {
    out_.patches[k] = error;
    refused_[k] = true;
  }

  void add_all() {
    for (std::size_t k = 0; k < patches_.size(); ++k)
      if (!refused_[k]) out_.patches[k] = Error{};
    Arrivals arrivals(graph_, patches_, out_.patches, out_.steps);
    for (std::size_t k = 0; k < patches_.size(); ++k)
      if (!refused_[k]) arrivals.add(k);
  }

  bool settle(const std::vector<Change>& changes) {
    out_.text = edited(text_, changes, out_.steps);
    if (out_.steps.over()) return false;
    out_.edits = edits_of(changes);
    return true;
  }

  // Which of the patches that were added are these, by the id of their first event.
  std::map<EventId, std::size_t> culprits(const std::vector<std::size_t>& numbers) const {
    std::map<EventId, std::size_t> found;
    for (auto number : numbers) found.emplace(graph_.ids({graph_.patch_events(number).begin}).front(), 0);
    for (std::size_t k = 0; k < patches_.size(); ++k) {
      auto each = found.find(id_of(patches_[k]));
      if (each != found.end() && out_.patches[k] && *out_.patches[k] == Added::fresh) each->second = k;
    }
    return found;
  }

  void refuse(const std::map<EventId, std::size_t>& astray) {
    for (std::size_t k = 0; k < patches_.size(); ++k) {
      auto same = astray.find(id_of(patches_[k]));
      if (same != astray.end() && patches_[k] == patches_[same->second]) refuse(k, outside());
    }
  }

  // Refuses all that would have been added, since no one patch is to blame.
  Merged nothing(const Error& error) {
    for (std::size_t k = 0; k < patches_.size(); ++k) {
      auto& fate = out_.patches[k];
      if ((fate || fate.error().code == Code::copied) && !graph_.contains(id_of(patches_[k]))) fate = error;
    }
    out_.text = text_;
    return std::move(out_);
  }

  Graph& graph_;
  std::string_view text_;
  std::uint32_t length_;
  std::span<const Patch> patches_;
  Graph::Point before_;
  std::vector<bool> refused_;
  Merged out_;
};

// A patch may have 64 parents; where a version has more heads, marks join them first.
std::vector<Patch> on_joined_heads(DeviceId device, std::uint32_t next, std::vector<EventId> heads, std::vector<Edit> edits) {
  std::vector<Patch> patches;
  for (; heads.size() > most_parents; ++next) {
    auto end = heads.begin() + most_parents;
    patches.push_back({.device = device, .first = next, .parents = {heads.begin(), end}, .edits = {}});
    heads.erase(heads.begin(), end);
    heads.insert(std::upper_bound(heads.begin(), heads.end(), EventId{device, next}), EventId{device, next});
  }
  patches.push_back({.device = device, .first = next, .parents = std::move(heads), .edits = std::move(edits)});
  return patches;
}

// From the base on, with nothing left out.
Result<Transformed> whole(const Graph& graph, const Version& version, Steps& steps) {
  auto transformed = transform(graph, {}, graph.base_length(), version, steps);
  if (transformed && !transformed->refused.empty()) return outside();
  return transformed;
}

}  // namespace

Result<Transformed> transform(const Graph& graph, const Version& had, std::uint32_t length, const Version& wanted, Steps& steps) {
  auto region = region_between(graph, had, wanted, steps);
  if (steps.over()) return too_tangled();
  return Transformation(graph, had, length, std::move(region), steps).run();
}

Result<Merged> merge(Graph& graph, std::string_view text, std::span<const Patch> patches, std::uint64_t most) {
  return Merging(graph, text, patches, most).run();
}

bool add_merged(Graph& graph, std::span<const Patch> patches) {
  Steps steps(most_steps_of_taken);
  std::vector<Result<Added>> fates(patches.size(), Error{});
  Arrivals arrivals(graph, patches, fates, steps);
  for (std::size_t k = 0; k < patches.size(); ++k) arrivals.add(k);
  return std::all_of(fates.begin(), fates.end(), [](auto& fate) { return bool(fate); });
}

std::vector<Patch> patches_between(DeviceId device, std::uint32_t next, std::vector<EventId> heads, std::string_view before, std::string_view now) {
  auto edits = diff(before, now);
  if (edits.empty()) return {};
  return on_joined_heads(device, next, std::move(heads), std::move(edits));
}

std::vector<Patch> mark(DeviceId device, std::uint32_t next, std::vector<EventId> heads) { return on_joined_heads(device, next, std::move(heads), {}); }

Result<std::string> wording(const Graph& graph, const Version& version, std::string_view base_text) {
  if (length_of(base_text) != graph.base_length()) return Error{Code::malformed, "the text does not stand at the base"};
  Steps steps(most_steps_of_taken);
  auto transformed = whole(graph, version, steps);
  if (!transformed) return transformed.error();
  auto text = edited(base_text, transformed->changes, steps);
  if (steps.over()) return too_tangled();
  return text;
}

Result<std::string> replay(const Graph& graph, std::string_view base_text) { return wording(graph, graph.frontier(), base_text); }

Result<bool> trim(Graph& graph, std::span<const EventId> seen) {
  auto heads = graph.version(seen);
  auto at = heads ? graph.latest_critical(*heads) : std::nullopt;
  if (!at) return false;
  Steps steps(most_steps_of_taken);
  auto transformed = whole(graph, *at, steps);
  if (!transformed) return transformed.error();
  graph.cut(*at, transformed->length);
  return true;
}

}  // namespace carnet::text
