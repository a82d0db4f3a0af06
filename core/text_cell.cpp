#include "core/text_cell.hpp"

#include <algorithm>
#include <cstring>
#include <map>

#include "core/pack.hpp"
#include "core/sqlite.hpp"
#include "core/text/code_points.hpp"
#include "core/text/varint.hpp"

namespace carnet {

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

Result<std::vector<text::Patch>> patches_of(const Cell& cell) {
  std::vector<text::Patch> patches;
  for (auto& version : cell.versions) {
    if (is_base(version)) continue;
    auto patch = patch_of(version);
    if (!patch) return patch.error();
    if (auto fine = text::check(*patch); !fine) return fine.error();
    patches.push_back(std::move(*patch));
  }
  return patches;
}

Result<void> add(Whole& whole, const std::vector<text::Patch>& patches) {
  auto merged = text::merge(whole.graph, whole.text, patches);
  if (!merged) return merged.error();
  for (auto& fate : merged->patches)
    if (!fate) return fate.error();
  whole.text = std::move(merged->text);
  return {};
}

Result<Whole> put_together(const Cell& cell) {
  auto whole = foundation(cell);
  auto patches = patches_of(cell);
  if (!whole || !patches) return whole ? patches.error() : whole.error();
  if (auto fine = add(*whole, *patches); !fine) return fine.error();
  return whole;
}

// The same where the text is known: what was merged before need not be walked again.
std::optional<Whole> put_back_together(const Cell& cell) {
  if (!cell.merged) return {};
  auto whole = foundation(cell);
  auto patches = patches_of(cell);
  if (!whole || !patches || !text::add_merged(whole->graph, *patches)) return {};
  whole->text = *cell.merged;
  return std::move(*whole);
}

text::EventId last_event(const text::Patch& patch) { return {patch.device, patch.first + static_cast<std::uint32_t>(patch.events()) - 1}; }

bool contains_all(const text::Graph& graph, const Cell& cell) {
  return std::all_of(cell.versions.begin(), cell.versions.end(), [&](auto& version) { return is_base(version) || graph.contains(last_event(*patch_of(version))); });
}

// Whether these versions rest on a base that is news to this text: then they take its place.
bool rests_higher(const Cell& theirs, const text::Graph& mine) {
  auto base = foundation(theirs);
  if (!base || base->graph.empty()) return false;
  auto heads = base->graph.frontier_ids();
  return !std::all_of(heads.begin(), heads.end(), [&](auto& head) { return mine.contains(head); });
}

// Which versions these events are, by the first of them.
std::map<text::EventId, Version*> by_events(Cell& cell) {
  std::map<text::EventId, Version*> found;
  for (auto& version : cell.versions)
    if (!is_base(version)) found.emplace(text::EventId{version.stamp.device, patch_of(version)->first}, &version);
  return found;
}

}  // namespace

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

std::string text_of(const Cell& cell) {
  if (cell.merged) return *cell.merged;
  return is_lone_seed(cell) ? std::get<std::string>(cell.shown().value) : whole_of(cell).text;
}

Value shown_value(const Cell& cell) {
  if (cell.kind != Kind::text) return cell.shown().value;
  auto text = text_of(cell);
  return text.empty() ? Value{} : Value{std::move(text)};
}

std::vector<text::EventId> heads_of(const Cell& cell) {
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
  std::uint32_t first = UINT32_MAX, next = held ? graph_of(*held).next(to) : 0;
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

Result<void> check_text(const Cell* mine, const Cell& theirs, bool yields) {
  auto patches = patches_of(theirs);
  if (!patches) return patches.error();
  if (!mine || rests_higher(theirs, whole_of(*mine).graph)) {
    auto whole = put_together(theirs);
    if (!whole) return as_fault(whole.error());
    if (mine && !yields && !contains_all(whole->graph, *mine)) return Error{Code::invalid, "this text was changed over what nobody remembers any more; write the change again"};
    return {};
  }
  auto whole = whole_of(*mine);
  if (auto fine = add(whole, *patches); !fine) return as_fault(fine.error());
  return {};
}

}  // namespace

Result<void> check_texts(const Row& mine, const Row& theirs, bool yields) {
  for (auto& cell : theirs.cells) {
    auto* held = mine.find(cell.column);
    if (held && held->kind != cell.kind) return Error{Code::invalid, "column " + std::to_string(cell.column.value) + " is a text on one side only"};
    if (cell.kind != Kind::text) continue;
    if (auto fine = check_text(held, cell, yields); !fine) return fine;
  }
  return {};
}

bool holds_texts(const Row& mine, const Row& theirs) {
  for (auto& cell : theirs.cells) {
    auto* held = mine.find(cell.column);
    if (cell.kind != Kind::text) continue;
    if (!held || !patches_of(cell) || !contains_all(graph_of(*held), cell)) return false;
  }
  return true;
}

Merged merge_text(Cell& mine, Cell theirs, const Authority& authority, Seq seq) {
  Merged merged;
  auto before = whole_of(mine);
  if (!mine.versions.empty() && rests_higher(theirs, before.graph)) {
    if (!contains_all(whole_of(theirs).graph, mine)) {  // what cannot be put into it any more stays in the history
      merged.superseded.push_back({mine.column, mine.shown()});
      merged.superseded.back().version.value = before.text;
    }
    before = {};
    mine.versions.clear();
  }
  if (mine.versions.empty()) {
    auto base = foundation(theirs);
    if (!base) cannot_be_read(base.error());
    before = std::move(*base);
  }
  bool takes_base = mine.versions.empty();
  auto held = by_events(mine);
  std::vector<Version> taken;
  taken.reserve(theirs.versions.size());
  std::vector<text::Patch> fresh;
  for (auto& version : theirs.versions) {
    auto patch = is_base(version) ? Result<text::Patch>(Error{}) : patch_of(version);
    auto same = patch ? held.find({patch->device, patch->first}) : held.end();
    if (same != held.end()) {
      if (authority.is_relay && !std::exchange(same->second->received, true)) merged.changed = true;
      continue;
    }
    if (is_base(version) ? !takes_base : before.graph.contains(last_event(*patch))) continue;
    version.seq = seq;
    version.trail = false;
    if (authority.is_relay) version.seen = {};
    version.received |= authority.is_relay || (authority.from.value && authority.from != version.stamp.device);
    taken.push_back(std::move(version));
    if (patch) held.emplace(text::EventId{patch->device, patch->first}, &taken.back());
    if (patch) fresh.push_back(std::move(*patch));
    merged.changed = true;
  }
  std::move(taken.begin(), taken.end(), std::back_inserter(mine.versions));
  if (merged.changed) {
    if (auto fine = add(before, fresh); !fine) cannot_be_read(fine.error());
    mine.merged = std::move(before.text);
  }
  order(mine.versions);
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
  cell.merged = whole.text;
  order(cell.versions);
  return true;
}

}  // namespace carnet
