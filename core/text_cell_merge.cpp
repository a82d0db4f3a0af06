// What comes in is held against a text's cell, and put into it.
#include <algorithm>
#include <set>

#include "core/pack.hpp"
#include "core/text_cell_parts.hpp"

namespace carnet {

namespace {

// Whether these versions rest on a base that is news to this text: then they take its place.
bool rests_higher(const Cell& theirs, const Standing& mine) {
  auto base = foundation(theirs);
  if (!base || base->graph.empty()) return false;
  auto heads = base->graph.frontier_ids();
  return !std::all_of(heads.begin(), heads.end(), [&](auto& head) { return has_event(mine, head); });
}

// Whether it was made on top of all.
bool is_next(const Standing& standing, const text::Patch& patch) {
  auto at = standing.written.find(patch.device);
  std::uint64_t events = patch.events();
  for (auto& [device, count] : standing.written) events += count;
  return patch.parents == standing.heads && patch.first == (at == standing.written.end() ? 0 : at->second) && events <= text::most_events &&
         standing.weight + weight_of(patch) <= most_light;
}

// Frames come in order and whole, so that what a patch was written over is here or was refused.
Error as_fault(const Error& error) {
  if (error.code != Code::gap && error.code != Code::not_found) return error;
  return {Code::invalid, "a text was changed over something that is not here: " + error.text};
}

// Where ours stands with theirs, if they are known or were made one on top of the other.
std::optional<Standing> gone_on(const Cell* mine, const Cell& theirs) {
  auto standing = mine ? standing_of(*mine) : Standing{};
  std::map<text::EventId, const Version*> held;
  for (auto version = theirs.versions.rbegin(); version != theirs.versions.rend(); ++version) {
    if (is_base(*version) && mine) continue;
    auto patch = is_base(*version) ? Result<text::Patch>(Error{}) : patch_of(*version);
    if (!patch || !text::check(*patch)) return {};
    if (mine && has_event(standing, last_event(*patch))) {
      if (held.empty())
        for (auto& ours : mine->versions)
          if (!is_base(ours)) held.emplace(text::EventId{ours.stamp.device, patch_of(ours)->first}, &ours);
      auto same = held.find({patch->device, patch->first});
      if (same == held.end() || same->second->value != version->value) return {};
      continue;
    }
    auto text = is_next(standing, *patch) ? text::edited(standing.text, patch->edits) : std::nullopt;
    if (!text) return {};
    go_on(standing, *patch, std::move(*text));
  }
  return standing;
}

Result<void> check_text(const Cell* mine, const Cell& theirs, Judge judge) {
  bool higher = !mine || rests_higher(theirs, standing_of(*mine));
  if (!higher && gone_on(mine, theirs)) return {};
  if (auto patches = patches_of(theirs); !patches) return patches.error();
  auto both = theirs;
  if (!higher) {
    both = *mine;
    std::copy_if(theirs.versions.begin(), theirs.versions.end(), std::back_inserter(both.versions), [](auto& version) { return !is_base(version); });
    order(both.versions);
  }
  auto whole = put_together(both, judge == Judge::here ? text::most_steps : text::most_steps_of_taken);
  if (!whole) return as_fault(whole.error());
  if (mine && higher && judge == Judge::here && !has_all(standing_in(both, *whole), *mine))
    return Error{Code::invalid, "this text was changed over what nobody remembers any more; write the change again"};
  return {};
}

}  // namespace

Result<void> check_texts(const Row& mine, const Row& theirs, Judge judge) {
  for (auto& cell : theirs.cells) {
    auto* held = mine.find(cell.column);
    if (held && held->kind != cell.kind) return Error{Code::invalid, "column " + std::to_string(cell.column.value) + " is a text on one side only"};
    if (cell.kind != Kind::text) continue;
    if (auto fine = check_text(held, cell, judge); !fine) return fine;
  }
  return {};
}

bool holds_texts(const Row& mine, const Row& theirs) {
  for (auto& cell : theirs.cells) {
    auto* held = mine.find(cell.column);
    if (cell.kind != Kind::text) continue;
    if (!held || held->kind != cell.kind || !patches_of(cell) || !has_all(standing_of(*held), cell)) return false;
  }
  return true;
}

namespace {

// Which versions these events are, by the first of them.
std::map<text::EventId, Version*> by_events(Cell& cell) {
  std::map<text::EventId, Version*> found;
  for (auto& version : cell.versions)
    if (!is_base(version)) found.emplace(text::EventId{version.stamp.device, patch_of(version)->first}, &version);
  return found;
}

bool by_stamp(const Version& a, const Version& b) { return a.stamp > b.stamp; }

// Puts them into their places among the others.
void put_among(std::vector<Version>& versions, std::vector<Version> taken) {
  std::stable_sort(taken.begin(), taken.end(), by_stamp);
  auto middle = static_cast<std::ptrdiff_t>(versions.size());
  std::move(taken.begin(), taken.end(), std::back_inserter(versions));
  std::inplace_merge(versions.begin(), versions.begin() + middle, versions.end(), by_stamp);
}

// Where it stands with these as well, of which some did not know of others. What was taken in one order may be too much to add in another.
Standing put_in(const Cell& mine, const Standing& before, const std::vector<Version>& taken, const std::vector<text::Patch>& fresh) {
  auto whole = mine.versions.empty() ? Result<Whole>(Error{}) : whole_of(mine);
  if (whole && add_patches(*whole, fresh, text::most_steps_of_taken)) {
    Standing standing{std::move(whole->text), whole->graph.frontier_ids(), whole->graph.next_of_all(), before.weight, {}};
    for (auto& patch : fresh) standing.weight += weight_of(patch);
    return standing;
  }
  Cell both{mine.column, mine.kind, mine.versions};
  both.versions.insert(both.versions.end(), taken.begin(), taken.end());
  order(both.versions);
  whole = put_together(both);
  if (!whole) cannot_be_read(whole.error());
  return standing_in(both, *whole);
}

}  // namespace

Merged merge_text(Cell& mine, Cell theirs, const Authority& authority, Seq seq) {
  Merged merged;
  auto before = standing_of(mine);
  if (!mine.versions.empty() && rests_higher(theirs, before)) {
    if (!has_all(standing_of(theirs), mine)) {  // what cannot be put into it any more stays in the history
      merged.superseded.push_back({mine.column, mine.shown()});
      merged.superseded.back().version.value = before.text;
    }
    before = {};
    mine.versions.clear();
    mine.standing.reset();
  }
  bool is_new = mine.versions.empty();
  auto after = gone_on(is_new ? nullptr : &mine, theirs);
  std::map<text::EventId, Version*> held;
  std::vector<Version> taken;
  taken.reserve(theirs.versions.size());
  std::vector<text::Patch> fresh;
  std::set<text::EventId> first_events;
  for (auto& version : theirs.versions) {
    auto patch = is_base(version) ? Result<text::Patch>(Error{}) : patch_of(version);
    if (is_base(version) ? !is_new : has_event(before, last_event(*patch))) {
      if (held.empty()) held = by_events(mine);
      auto same = patch ? held.find({patch->device, patch->first}) : held.end();
      if (same != held.end() && authority.judges() && !std::exchange(same->second->received, true)) merged.changed = true;
      continue;
    }
    if (patch && !first_events.insert({patch->device, patch->first}).second) continue;
    version.seq = seq;
    version.trail = false;
    if (authority.is_relay) version.seen = {};
    version.received |= authority.is_relay || authority.is_carried() || (authority.from.value && authority.from != version.stamp.device);
    taken.push_back(std::move(version));
    mine.look_again |= !after || (patch && patch->is_mark());
    if (patch) fresh.push_back(std::move(*patch));
    merged.changed = true;
  }
  if (!after && !taken.empty()) after = put_in(mine, before, taken, fresh);
  put_among(mine.versions, std::move(taken));
  if (after) mine.standing = std::make_shared<const Standing>(std::move(*after));
  return merged;
}

}  // namespace carnet
