#include "core/text_cell.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

#include "core/pack.hpp"
#include "core/sqlite.hpp"
#include "core/text/code_points.hpp"
#include "core/text/varint.hpp"

namespace carnet {

text::EventId last_event(const text::Patch& patch) { return {patch.device, patch.first + static_cast<std::uint32_t>(patch.events()) - 1}; }

namespace {

[[noreturn]] void cannot_be_read(const Error& error) { throw Damaged("a text's history: " + error.text); }

bool is_base(const Version& version) { return version.stamp.device.value == 0; }

std::string_view bytes_of(const Version& version) {
  auto* bytes = std::get_if<Bytes>(&version.value);
  return bytes ? std::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size()) : std::string_view();
}

// base = length graph text        length: LEB128, of the graph, which has nothing but its base
Result<Whole> base_of(const Version& version) {
  text::VarintReader reader(bytes_of(version));
  auto graph = text::Graph::unpack(reader.take(reader.small(1u << 20)));
  Whole whole;
  whole.base_text = reader.take(reader.left());
  if (!reader.ok() || !graph || graph->size() > 0 || graph->empty() || !is_utf8(whole.base_text) || whole.base_text.find('\0') != std::string::npos ||
      text::length_of(whole.base_text) != graph->base_length())
    return Error{Code::malformed, "the base of a text cannot be read"};
  whole.graph = std::move(*graph);
  whole.text = whole.base_text;
  return whole;
}

// The base of these versions, if there is one, with nothing on it.
Result<Whole> foundation(const Cell& cell) {
  for (auto& version : cell.versions)
    if (is_base(version)) return base_of(version);
  return Whole{};
}

// Oldest first: what they were made on mostly comes before them.
Result<std::vector<text::Patch>> patches_of(const Cell& cell) {
  std::vector<text::Patch> patches;
  for (auto version = cell.versions.rbegin(); version != cell.versions.rend(); ++version) {
    if (is_base(*version)) continue;
    auto patch = patch_of(*version);
    if (!patch) return patch.error();
    if (auto fine = text::check(*patch); !fine) return fine.error();
    patches.push_back(std::move(*patch));
  }
  return patches;
}

Result<void> add(Whole& whole, const std::vector<text::Patch>& patches, std::uint64_t most_steps) {
  auto merged = text::merge(whole.graph, whole.text, patches, most_steps);
  if (!merged) return merged.error();
  auto refused = [](auto& fate) { return !fate; };
  auto copied = [](auto& fate) { return !fate && fate.error().code == Code::copied; };
  auto fault = std::find_if(merged->patches.begin(), merged->patches.end(), copied);
  if (fault == merged->patches.end()) fault = std::find_if(merged->patches.begin(), merged->patches.end(), refused);
  if (fault != merged->patches.end()) return fault->error();
  whole.text = std::move(merged->text);
  return {};
}

Result<Whole> put_together(const Cell& cell, std::uint64_t most_steps = text::most_steps_of_taken) {
  auto whole = foundation(cell);
  auto patches = patches_of(cell);
  if (!whole || !patches) return whole ? patches.error() : whole.error();
  if (auto fine = add(*whole, *patches, most_steps); !fine) return fine.error();
  return whole;
}

// The same where the text is known: what was merged before need not be walked again.
std::optional<Whole> put_back_together(const Cell& cell) {
  if (!cell.standing) return {};
  auto whole = foundation(cell);
  auto patches = patches_of(cell);
  if (!whole || !patches || !text::add_merged(whole->graph, *patches)) return {};
  whole->text = cell.standing->text;
  return std::move(*whole);
}

bool has(const Standing& standing, const text::EventId& event) {
  auto at = standing.written.find(event.device);
  return at != standing.written.end() && event.seq < at->second;
}

bool has_all(const Standing& standing, const Cell& cell) {
  return std::all_of(cell.versions.begin(), cell.versions.end(), [&](auto& version) { return is_base(version) || has(standing, last_event(*patch_of(version))); });
}

// Whether these versions rest on a base that is news to this text: then they take its place.
bool rests_higher(const Cell& theirs, const Standing& mine) {
  auto base = foundation(theirs);
  if (!base || base->graph.empty()) return false;
  auto heads = base->graph.frontier_ids();
  return !std::all_of(heads.begin(), heads.end(), [&](auto& head) { return has(mine, head); });
}

// Which versions these events are, by the first of them.
std::map<text::EventId, Version*> by_events(Cell& cell) {
  std::map<text::EventId, Version*> found;
  for (auto& version : cell.versions)
    if (!is_base(version)) found.emplace(text::EventId{version.stamp.device, patch_of(version)->first}, &version);
  return found;
}

// Bounds the steps, runs, entries and parents of putting a text together that is changed by one after another: up to most_light all of
// the limits of a graph are far, and a change on top needs no look at the history.
std::uint64_t weight_of(const text::Patch& patch) {
  std::uint64_t weight = 32 + 16 * patch.parents.size() + 4 * patch.edits.size();
  for (auto& edit : patch.edits) weight += edit.inserted.size() / 16;
  return weight;
}
constexpr std::uint64_t most_light = 1'000'000;

Standing standing_in(const Cell& cell, const Whole& whole) {
  Standing standing{whole.text, whole.graph.frontier_ids(), whole.graph.next_of_all(), 0, {}};
  for (auto& version : cell.versions) standing.weight += is_base(version) ? 0 : weight_of(*patch_of(version));
  return standing;
}

// Whether it was made on top of all.
bool is_next(const Standing& standing, const text::Patch& patch) {
  auto at = standing.written.find(patch.device);
  std::uint64_t events = patch.events();
  for (auto& [device, count] : standing.written) events += count;
  return patch.parents == standing.heads && patch.first == (at == standing.written.end() ? 0 : at->second) && events <= text::most_events &&
         standing.weight + weight_of(patch) <= most_light;
}

// What gives back the text before the edits, one after another.
std::vector<text::Edit> undo_of(std::string_view before, const std::vector<text::Edit>& edits) {
  std::vector<text::Edit> undo;
  auto points = text::decode(before);
  for (auto& edit : edits) {
    auto inserted = text::decode(edit.inserted);
    undo.push_back({edit.at, static_cast<std::uint32_t>(inserted.size()), text::encode(std::u32string_view(points).substr(edit.at, edit.removed))});
    points.replace(edit.at, edit.removed, inserted);
  }
  std::reverse(undo.begin(), undo.end());
  return undo;
}

void go_on(Standing& standing, const text::Patch& patch, std::string text) {
  standing.undo.clear();
  standing.text = std::move(text);
  standing.heads = {last_event(patch)};
  standing.written[patch.device] = last_event(patch).seq + 1;
  standing.weight += weight_of(patch);
}

// Patches of this device over all others.
void write_on(Standing& standing, const std::vector<text::Patch>& patches) {
  for (auto& patch : patches) {
    auto undo = undo_of(standing.text, patch.edits);
    go_on(standing, patch, *text::edited(standing.text, patch.edits));
    standing.undo = std::move(undo);
  }
}

}  // namespace

Result<Saved> saved_over(const Cell& cell, DeviceId device, const std::vector<text::EventId>& heads, const std::string& text, const IsMeant& is_meant) {
  Saved saved{{}, standing_of(cell), false};
  auto next = saved.standing.written[device];
  const Error unknown{Code::not_found, "this version of the text is not known"};
  if (heads == saved.standing.heads) {
    if (is_meant && !is_meant(saved.standing.text)) return unknown;
    saved.patches = text::patches_between(device, next, heads, saved.standing.text, text);
    write_on(saved.standing, saved.patches);
    return saved;
  }
  auto whole = whole_of(cell);
  auto at = whole.graph.version(heads);
  if (!at) return unknown;
  auto before = *at == whole.graph.frontier() ? Result<std::string>(whole.text) : text::wording(whole.graph, *at, whole.base_text);
  if (!before) return before.error();
  if (is_meant && !is_meant(*before)) return unknown;
  saved.patches = text::patches_between(device, next, whole.graph.ids(*at), *before, text);
  if (auto fine = add(whole, saved.patches, text::most_steps); !fine) return fine.error();
  auto weight = saved.standing.weight;
  saved.standing = standing_in(cell, whole);
  for (auto& patch : saved.patches) weight += weight_of(patch);
  saved.standing.weight = weight;
  saved.look_again = true;
  return saved;
}

Saved marked(const Cell& cell, DeviceId device) {
  Saved saved{{}, standing_of(cell), true};
  saved.patches = text::mark(device, saved.standing.written[device], saved.standing.heads);
  write_on(saved.standing, saved.patches);
  return saved;
}

bool take_back(Standing& standing, const text::Patch& patch) {
  if (standing.undo.empty()) return false;
  auto before = text::edited(standing.text, standing.undo);
  if (!before) return false;
  standing.undo.clear();
  standing.text = std::move(*before);
  standing.heads = patch.parents;
  standing.written[patch.device] = patch.first;
  if (patch.first == 0) standing.written.erase(patch.device);
  standing.weight -= std::min(standing.weight, weight_of(patch));
  return true;
}

Whole whole_of(const Cell& cell) {
  if (auto whole = put_back_together(cell)) return std::move(*whole);
  auto whole = put_together(cell);
  if (!whole) cannot_be_read(whole.error());
  return std::move(*whole);
}

bool is_lone_seed(const Cell& cell) { return cell.versions.size() == 1 && std::holds_alternative<std::string>(cell.shown().value); }

Result<text::Patch> patch_of(const Version& version) {
  auto device = version.stamp.device;
  if (auto* seed = std::get_if<std::string>(&version.value)) return text::Patch{device, 0, {}, {{0, 0, *seed}}};
  auto* bytes = std::get_if<Bytes>(&version.value);
  if (!bytes) return Error{Code::malformed, "a version of a text is neither text nor patch"};
  auto patch = text::decode(device, {reinterpret_cast<const char*>(bytes->data()), bytes->size()});
  if (patch && patch->is_seed()) return Error{Code::malformed, "the seed of a text comes as text"};
  return patch;
}

Value value_of(const text::Patch& patch) {
  if (patch.is_seed()) return patch.edits.front().inserted;
  auto encoded = text::encode(patch);
  Bytes bytes(encoded.size());
  std::memcpy(bytes.data(), encoded.data(), encoded.size());
  return bytes;
}

text::Graph graph_of(const Cell& cell) { return whole_of(cell).graph; }

Standing standing_of(const Cell& cell) {
  if (cell.standing) return *cell.standing;
  if (!is_lone_seed(cell)) return standing_in(cell, whole_of(cell));
  auto seed = *patch_of(cell.shown());
  Standing standing;
  go_on(standing, seed, std::get<std::string>(cell.shown().value));
  return standing;
}

std::string text_of(const Cell& cell) {
  if (cell.standing) return cell.standing->text;
  return is_lone_seed(cell) ? std::get<std::string>(cell.shown().value) : whole_of(cell).text;
}

Value shown_value(const Cell& cell) {
  if (cell.kind != Kind::text) return cell.shown().value;
  auto text = text_of(cell);
  return text.empty() ? Value{} : Value{std::move(text)};
}

std::vector<text::EventId> heads_of(const Cell& cell) {
  if (cell.standing) return cell.standing->heads;
  if (!is_lone_seed(cell)) return graph_of(cell).frontier_ids();
  auto length = text::length_of(std::get<std::string>(cell.shown().value));
  return {{cell.shown().stamp.device, static_cast<std::uint32_t>(length) - 1}};
}

std::vector<Remembered> wordings_of(const Cell& cell) {
  std::vector<Remembered> all;
  auto whole = whole_of(cell);
  for (auto& version : cell.versions) {
    Remembered past{cell.column, version};
    past.version.value = whole.base_text;
    if (!is_base(version)) {
      auto patch = patch_of(version);
      auto last = last_event(*patch);
      auto at = whole.graph.version({&last, 1});
      auto text = at ? text::wording(whole.graph, *at, whole.base_text) : Result<std::string>(Error{});
      if (!text || patch->is_mark()) continue;
      past.version.value = std::move(*text);
    }
    all.push_back(std::move(past));
  }
  return all;
}

void renumber(Cell& cell, const Cell* held, DeviceId from, DeviceId to) {
  std::uint32_t first = UINT32_MAX, next = held ? standing_of(*held).written[to] : 0;
  cell.standing.reset();
  std::vector<std::pair<Version*, text::Patch>> moving;
  for (auto& version : cell.versions) {
    auto patch = version.received || version.stamp.device != from ? Result<text::Patch>(Error{}) : patch_of(version);
    if (!patch) continue;
    first = std::min(first, patch->first);
    moving.push_back({&version, std::move(*patch)});
  }
  for (auto& [version, patch] : moving) {
    patch.device = to;
    patch.first = patch.first - first + next;
    for (auto& parent : patch.parents)
      if (parent.device == from && parent.seq >= first) parent = {to, parent.seq - first + next};
    std::sort(patch.parents.begin(), patch.parents.end());
    version->value = value_of(patch);
  }
}

namespace {

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
    if (mine && has(standing, last_event(*patch))) {
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
  if (whole && add(*whole, fresh, text::most_steps_of_taken)) {
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
    if (is_base(version) ? !is_new : has(before, last_event(*patch))) {
      if (held.empty()) held = by_events(mine);
      auto same = patch ? held.find({patch->device, patch->first}) : held.end();
      if (same != held.end() && authority.is_relay && !std::exchange(same->second->received, true)) merged.changed = true;
      continue;
    }
    if (patch && !first_events.insert({patch->device, patch->first}).second) continue;
    version.seq = seq;
    version.trail = false;
    if (authority.is_relay) version.seen = {};
    version.received |= authority.is_relay || (authority.from.value && authority.from != version.stamp.device);
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

bool trim_text(Cell& cell, const std::function<bool(const Version&)>& settled) {
  auto whole = whole_of(cell);
  std::vector<text::EventId> seen;
  for (auto& version : cell.versions)
    if (!is_base(version) && settled(version)) seen.push_back(last_event(*patch_of(version)));
  auto ground = whole.graph;
  auto trimmed = text::trim(ground, seen);
  if (!trimmed || !*trimmed) return false;
  ground.go_back({.size = 0, .authors = ground.authors(), .frontier = {}, .ancestry = 0});
  Version base{.stamp = {}, .value = {}, .seq = {}, .seen = {}, .past = {}, .open = {}};
  std::erase_if(cell.versions, [&](const Version& version) {
    if (!is_base(version) && !ground.contains(last_event(*patch_of(version)))) return false;
    base.stamp.time = std::max(base.stamp.time, version.stamp.time);
    base.seq = std::max(base.seq, version.seq);
    base.received |= version.received;
    return true;
  });
  auto text = text::wording(whole.graph, *whole.graph.version(ground.frontier_ids()), whole.base_text);
  if (!text) cannot_be_read(text.error());
  auto packed = ground.pack();
  std::string bytes;
  text::put_number(bytes, packed.size());
  bytes += packed + *text;
  Bytes value(bytes.size());
  std::memcpy(value.data(), bytes.data(), bytes.size());
  base.value = std::move(value);
  cell.versions.push_back(std::move(base));
  order(cell.versions);
  cell.standing = std::make_shared<const Standing>(standing_in(cell, whole));
  return true;
}

}  // namespace carnet
