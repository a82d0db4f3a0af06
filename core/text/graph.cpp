#include "core/text/graph.hpp"

#include <algorithm>
#include <cassert>

#include "core/text/ancestry.hpp"
#include "core/text/code_points.hpp"

namespace carnet::text {

namespace {

Error gap() { return {Code::gap, "text patch: what it was made on has not arrived yet"}; }
Error trimmed() { return {Code::not_found, "text patch: what it was made on is kept no more"}; }
Error copied() { return {Code::copied, "text patch: other events of this device bear its numbers"}; }

// How many of the first events of `next` the greedy form puts into `last`. A single removal has no direction yet.
std::uint32_t takes(Run& last, const Run& next) {
  bool removal = next.act == Act::remove || next.act == Act::remove_back;
  if (!removal && last.act != next.act) return 0;
  if (next.act == Act::mark) return next.count;
  if (next.act == Act::insert) return next.at == last.at + last.count ? next.count : 0;
  if (last.act == Act::remove && next.at == last.at) return next.act == Act::remove ? next.count : 1;
  bool back = last.act == Act::remove_back || (last.act == Act::remove && last.count == 1);
  if (!back || std::int64_t{next.at} != std::int64_t{last.at} - last.count) return 0;
  last.act = Act::remove_back;
  return next.act == Act::remove_back ? next.count : 1;
}

// What is left of a run without its first events.
Run without(Run run, std::uint32_t count) {
  if (run.act == Act::insert) { run.at += count; run.content += count; }
  if (run.act == Act::remove_back) run.at -= count;
  run.begin += count;
  run.count -= count;
  if (run.count == 1 && run.act == Act::remove_back) run.act = Act::remove;
  return run;
}

}  // namespace

Run part_of(const Run& run, Range events) {
  auto part = run.begin < events.begin ? without(run, events.begin - run.begin) : run;
  part.count = std::min(part.count, events.end - part.begin);
  if (part.count == 1 && part.act == Act::remove_back) part.act = Act::remove;
  return part;
}

Result<Added> Graph::add(const Patch& patch, Steps& steps) {
  if (auto fine = check(patch); !fine) return fine.error();
  if (patch.first < next(patch.device)) return compare(patch);
  if (waits_for(patch)) return gap();
  auto parents = parents_for(patch);
  if (!parents) return parents.error();
  if (auto room = check_room(patch); !room) return room.error();
  if (auto fine = check_ancestry(*parents, steps); !fine) return fine.error();
  if (patch.is_seed() && add_to_seed(patch, steps)) return Added::fresh;
  if (steps.over()) return too_tangled();
  append(patch, *parents);
  steps.spend(frontier_.size() / 1024);
  return Added::fresh;
}

std::optional<EventId> Graph::waits_for(const Patch& patch) const {
  auto own = next(patch.device);
  if (patch.first < own) return {};
  if (patch.first > own) return EventId{patch.device, patch.first - 1};
  auto absent = std::find_if(patch.parents.begin(), patch.parents.end(), [&](auto& parent) { return !contains(parent); });
  return absent == patch.parents.end() ? std::nullopt : std::optional(*absent);
}

Result<void> Graph::check_room(const Patch& patch) const {
  std::size_t runs = patch.is_mark() ? 1 : 0;
  for (auto& edit : patch.edits) runs += (edit.removed > 0 ? 1u : 0u) + (edit.inserted.empty() ? 0u : 1u);
  bool full = size() + patch.events() > most_events || starts_.size() >= most_runs || entries_.size() >= most_entries ||
              runs_.size() + runs > most_runs || parents_.size() + patch.parents.size() > most_joins ||
              (patch.first == 0 && authors_.size() >= most_authors);
  if (full) return Error{Code::too_large, "text patch: the text has more history than is allowed"};
  return {};
}

Result<Version> Graph::parents_for(const Patch& patch) const {
  if (patch.parents == base_) return Version{};
  Version parents;
  bool below = patch.parents.empty();
  for (auto& id : patch.parents) {
    if (auto lv = find(id)) parents.push_back(*lv);
    else below = true;
  }
  if (below) return trimmed();
  std::sort(parents.begin(), parents.end());
  return parents;
}

Result<void> Graph::check_ancestry(const Version& parents, Steps& steps) {
  Steps own(steps.most());
  bool apart = heads_of(parents, own) == parents;
  steps.spend(own.taken());
  if (!apart) return Error{Code::malformed, "text patch: a parent is an ancestor of another"};
  if (steps.over() || ancestry_ + own.taken() > steps.most()) return too_tangled();
  ancestry_ += own.taken();
  return {};
}

// A patch whose first number is known: the same events, or other ones under the same ids.
Result<Added> Graph::compare(const Patch& patch) const {
  auto end = patch.first + patch.events();
  if (end <= author(patch.device)->below) return Added::known;
  auto begin = find({patch.device, patch.first});
  if (!begin) return copied();
  auto number = patch_of(*begin);
  if (patch_events(number) != Range{*begin, static_cast<Lv>(*begin + patch.events())}) return copied();
  auto parents = parents_for(patch);
  if (!parents || *parents != parents_of(*begin) || !same_events(patch, *begin)) return copied();
  return Added::known;
}

bool Graph::same_events(const Patch& patch, Lv begin) const {
  Graph other;
  other.append(patch, {});
  Lv end = begin + other.size();
  Graph ours;
  for (auto k = run_of(begin); k < runs_.size() && runs_[k].begin < end; ++k) {
    auto run = part_of(runs_[k], {begin, end});
    ours.append_run(run.act, run.at, run.count, run.act == Act::insert ? content(run, 0, run.count) : U"");
  }
  auto same = [](const Run& a, const Run& b) { return a.count == b.count && a.at == b.at && a.act == b.act; };
  return ours.content_ == other.content_ && std::equal(ours.runs_.begin(), ours.runs_.end(), other.runs_.begin(), other.runs_.end(), same);
}

std::uint32_t Graph::author_index(DeviceId device) {
  auto [at, fresh] = by_device_.try_emplace(device.value, static_cast<std::uint32_t>(authors_.size()));
  if (fresh) authors_.push_back({.device = device, .pieces = {}});
  return at->second;
}

Graph::Seed* Graph::equal_seed(std::u32string_view text, Steps& steps) {
  for (auto& seed : seeds_) {
    steps.spend(1 + (seed.count == text.size() ? seed.count / 16 : 0));
    if (seed.count == text.size() && seed_text(seed) == text) return &seed;
    if (steps.over()) break;
  }
  return nullptr;
}

// Conflict: several devices put down the same whole text, not knowing of each other. Resolution: their events are one and the same,
// under several ids. Reason: a text that existed before it was shared must not stand there twice.
bool Graph::add_to_seed(const Patch& patch, Steps& steps) {
  std::u32string text;
  for (auto& edit : patch.edits) text += decode(edit.inserted);
  auto* seed = equal_seed(text, steps);
  if (!seed) return false;
  auto owner = author_index(patch.device);
  give_ids(owner, 0, seed->count, seed->begin);
  auto& owners = seed->owners;
  steps.spend(owners.size() / 1024);
  owners.insert(std::upper_bound(owners.begin(), owners.end(), owner, [&](auto a, auto b) { return authors_[a].device < authors_[b].device; }), owner);
  entries_[entry_of(seed->begin)].author = owners.front();  // the smallest device names it, so that equal graphs name their events alike
  return true;
}

// Takes those away who put it down later than the first so many authors of the text.
void Graph::leave_seed(Seed& seed, std::size_t authors) {
  std::erase_if(seed.owners, [&](auto owner) { return owner >= authors; });
  entries_[entry_of(seed.begin)].author = seed.owners.front();
}

void Graph::append(const Patch& patch, const Version& parents) {
  auto begin = size();
  auto count = static_cast<std::uint32_t>(patch.events());
  auto writer = author_index(patch.device);
  bool seed = patch.is_seed() && base_.empty();
  append_entry(writer, patch.first, count, parents);
  starts_.push_back(begin);
  append_edits(patch);
  give_ids(writer, patch.first, count, begin);
  advance(frontier_, parents, begin + count - 1);
  if (seed) seeds_.push_back({begin, count, {writer}});
}

void Graph::append_entry(std::uint32_t writer, std::uint32_t seq, std::uint32_t count, const Version& parents) {
  auto begin = size();
  if (!entries_.empty()) {
    auto& last = entries_.back();
    bool follows = last.author == writer && last.seq + (last.end - last.begin) == seq && parents == Version{begin - 1};
    if (follows && !seed_at(last.begin)) { last.end += count; return; }
  }
  entries_.push_back({begin, begin + count, writer, seq, static_cast<std::uint32_t>(parents_.size()), static_cast<std::uint32_t>(parents.size())});
  parents_.insert(parents_.end(), parents.begin(), parents.end());
}

void Graph::append_edits(const Patch& patch) {
  if (patch.is_mark()) append_run(Act::mark, 0, 1, {});
  for (auto& edit : patch.edits) {
    if (edit.removed > 0) append_run(Act::remove, edit.at, edit.removed, {});
    if (edit.inserted.empty()) continue;
    auto text = decode(edit.inserted);
    append_run(Act::insert, edit.at, static_cast<std::uint32_t>(text.size()), text);
  }
}

void Graph::append_run(Act act, std::uint32_t at, std::uint32_t count, std::u32string_view text) {
  Run next{runs_.empty() ? 0 : runs_.back().end(), count, at, act, static_cast<std::uint32_t>(content_.size())};
  content_ += text;
  while (next.count > 0) {
    auto taken = runs_.empty() ? 0 : takes(runs_.back(), next);
    if (taken == 0) { runs_.push_back(next); return; }
    runs_.back().count += taken;
    next = without(next, taken);
  }
}

void Graph::give_ids(std::uint32_t writer, std::uint32_t seq, std::uint32_t count, Lv begin) {
  auto& author = authors_[writer];
  author.next = seq + count;
  if (!author.pieces.empty()) {
    auto& last = author.pieces.back();
    if (last.seq + last.count == seq && last.begin + last.count == begin) { last.count += count; return; }
  }
  author.pieces.push_back({seq, count, begin});
}

void Graph::find_frontier() {
  std::vector<Lv> with_children(parents_.begin(), parents_.end());
  std::sort(with_children.begin(), with_children.end());
  frontier_.clear();
  for (auto& entry : entries_)
    if (!std::binary_search(with_children.begin(), with_children.end(), entry.end - 1)) frontier_.push_back(entry.end - 1);
}

void Graph::go_back(const Point& point) {
  auto first = point.size;
  while (!entries_.empty() && entries_.back().begin >= first) {
    parents_.resize(entries_.back().parents_at);
    entries_.pop_back();
  }
  if (!entries_.empty()) entries_.back().end = std::min(entries_.back().end, first);
  while (!runs_.empty() && runs_.back().begin >= first) {
    if (runs_.back().act == Act::insert) content_.resize(runs_.back().content);
    runs_.pop_back();
  }
  if (!runs_.empty() && runs_.back().end() > first) {
    auto& last = runs_.back();
    last.count = first - last.begin;
    if (last.act == Act::insert) content_.resize(last.content + last.count);
    if (last.count == 1 && last.act == Act::remove_back) last.act = Act::remove;
  }
  while (!starts_.empty() && starts_.back() >= first) starts_.pop_back();
  while (!seeds_.empty() && seeds_.back().begin >= first) seeds_.pop_back();
  for (auto& seed : seeds_) leave_seed(seed, point.authors);
  for (; authors_.size() > point.authors; authors_.pop_back()) by_device_.erase(authors_.back().device.value);
  for (auto& author : authors_) {
    while (!author.pieces.empty() && author.pieces.back().begin >= first) author.pieces.pop_back();
    if (!author.pieces.empty()) author.pieces.back().count = std::min(author.pieces.back().count, first - author.pieces.back().begin);
    author.next = author.pieces.empty() ? author.below : author.pieces.back().seq + author.pieces.back().count;
  }
  frontier_ = point.frontier;
  ancestry_ = point.ancestry;
}

void Graph::keep_base() {
  go_back({.size = 0, .authors = authors_.size(), .frontier = {}, .ancestry = 0});
  std::erase_if(authors_, [](const Author& author) { return author.next == 0; });
  by_device_.clear();
  for (auto& author : authors_) by_device_[author.device.value] = static_cast<std::uint32_t>(by_device_.size());
}

// Between an entry and the earliest of its parents no version is critical, unless the entry's parents are that version. So a
// version is critical if all entries that reach over it join exactly there.
std::optional<Version> Graph::latest_critical(const Version& seen) const {
  std::vector<std::pair<std::int64_t, int>> crossings;  // (from which event on, one more or one less)
  std::map<Lv, std::vector<const Entry*>> joins;        // by the latest parent
  for (auto& entry : entries_) {
    auto over = parents(entry);
    crossings.push_back({over.empty() ? -1 : std::int64_t{over.front()}, 1});
    crossings.push_back({entry.begin, -1});
    if (!over.empty()) joins[over.back()].push_back(&entry);
  }
  std::sort(crossings.begin(), crossings.end());

  Steps steps;
  auto lacking = difference(*this, frontier_, seen, steps).only_a;
  if (steps.over()) return {};
  Lv unseen = lacking.empty() ? size() : lacking.back().begin;
  std::optional<Version> latest;
  Version heads;
  std::size_t number = 0, crossed = 0;
  int open = 0;
  for (auto& entry : entries_) {
    auto over = parents(entry);
    advance(heads, over, entry.end - 1);
    for (; number < starts_.size() && patch_events(number).end <= entry.end; ++number) {
      Lv last = patch_events(number).end - 1;
      while (crossed < crossings.size() && crossings[crossed].first <= std::int64_t{last}) open += crossings[crossed++].second;
      heads.back() = last;
      auto here = joins.find(last);
      int join = 0;
      if (here != joins.end())
        join = static_cast<int>(std::count_if(here->second.begin(), here->second.end(), [&](auto* each) { return std::ranges::equal(parents(*each), heads); }));
      bool single = last + 1 < entry.end ? heads.size() == 1 : true;  // the next event of the entry has seen this one alone
      if (open != join || !single || seed_at(last)) continue;
      if (last >= unseen) return latest;
      latest = heads;
    }
    heads.back() = entry.end - 1;
  }
  return latest;
}

void Graph::cut(const Version& at, std::uint32_t length) {
  assert(!at.empty());
  Lv upto = at.back() + 1;
  Graph kept;
  kept.base_ = ids(at);
  kept.base_length_ = length;
  for (auto& old : authors_) {
    auto& author = kept.authors_.emplace_back(Author{.device = old.device, .below = old.below, .next = 0, .pieces = {}});
    kept.by_device_[old.device.value] = static_cast<std::uint32_t>(kept.authors_.size() - 1);
    for (auto& piece : old.pieces) {
      auto below = piece.begin >= upto ? 0 : std::min(piece.count, upto - piece.begin);
      author.below += below;
      if (below < piece.count) author.pieces.push_back({piece.seq + below, piece.count - below, piece.begin + below - upto});
    }
    author.next = old.next;
  }
  for (auto& entry : entries_) {
    if (entry.end <= upto) continue;
    auto begin = std::max(entry.begin, upto);
    Version above;
    if (begin == entry.begin)
      for (auto parent : parents(entry)) if (parent >= upto) above.push_back(parent - upto);
    kept.entries_.push_back({begin - upto, entry.end - upto, entry.author, entry.seq + (begin - entry.begin),
                             static_cast<std::uint32_t>(kept.parents_.size()), static_cast<std::uint32_t>(above.size())});
    kept.parents_.insert(kept.parents_.end(), above.begin(), above.end());
  }
  for (auto& old : runs_) {
    if (old.end() <= upto) continue;
    auto run = part_of(old, {upto, size()});
    kept.append_run(run.act, run.at, run.count, run.act == Act::insert ? content(run, 0, run.count) : U"");
  }
  for (auto start : starts_) if (start >= upto) kept.starts_.push_back(start - upto);
  kept.find_frontier();
  kept.antichains();
  *this = std::move(kept);
}

}  // namespace carnet::text
