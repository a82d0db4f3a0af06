#include "core/text_cell.hpp"

#include <algorithm>
#include <cstring>
#include <set>

#include "core/sqlite.hpp"
#include "core/text/code_points.hpp"

namespace carnet {

namespace {

[[noreturn]] void cannot_be_read(const Error& error) { throw Damaged("a text's history: " + error.text); }

std::vector<text::Patch> patches_of(const Cell& cell) {
  std::vector<text::Patch> patches;
  for (auto& version : cell.versions) {
    auto patch = patch_of(version);
    if (!patch) cannot_be_read(patch.error());
    patches.push_back(std::move(*patch));
  }
  return patches;
}

struct Whole {
  text::Graph graph;
  std::string text;
};

Whole put_together(const std::vector<text::Patch>& patches) {
  Whole whole;
  auto merged = text::merge(whole.graph, "", patches);
  if (!merged) cannot_be_read(merged.error());
  for (auto& fate : merged->patches)
    if (!fate) cannot_be_read(fate.error());
  whole.text = std::move(merged->text);
  return whole;
}

Result<std::vector<text::Patch>> checked_patches(const Cell& cell) {
  std::vector<text::Patch> patches;
  for (auto& version : cell.versions) {
    auto patch = patch_of(version);
    if (!patch) return patch.error();
    if (auto fine = text::check(*patch); !fine) return fine.error();
    patches.push_back(std::move(*patch));
  }
  return patches;
}

}  // namespace

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

text::Graph graph_of(const Cell& cell) { return put_together(patches_of(cell)).graph; }

std::string text_of(const Cell& cell) {
  if (cell.merged) return *cell.merged;
  return is_lone_seed(cell) ? std::get<std::string>(cell.shown().value) : put_together(patches_of(cell)).text;
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
  auto graph = graph_of(cell);
  for (auto& version : cell.versions) {
    auto patch = patch_of(version);
    text::EventId last{patch->device, patch->first + static_cast<std::uint32_t>(patch->events()) - 1};
    auto at = graph.version({&last, 1});
    auto text = at ? text::wording(graph, *at) : Result<std::string>(Error{});
    if (!text || patch->is_mark()) continue;
    all.push_back({cell.column, version});
    all.back().version.value = std::move(*text);
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

Result<void> check_text(const Cell* mine, const Cell& theirs) {
  auto patches = checked_patches(theirs);
  if (!patches) return patches.error();
  bool held = mine && !mine->versions.empty();
  if (!held && patches->size() == 1 && patches->front().is_seed()) return {};
  auto whole = held ? put_together(patches_of(*mine)) : Whole{};
  auto merged = text::merge(whole.graph, whole.text, *patches);
  if (!merged) return merged.error();
  for (auto& fate : merged->patches)
    if (!fate) return as_fault(fate.error());
  return {};
}

}  // namespace

Result<void> check_texts(const Row& mine, const Row& theirs) {
  for (auto& cell : theirs.cells) {
    auto* held = mine.find(cell.column);
    if (held && held->kind != cell.kind) return Error{Code::invalid, "column " + std::to_string(cell.column.value) + " is a text on one side only"};
    if (cell.kind != Kind::text) continue;
    if (auto fine = check_text(held, cell); !fine) return fine;
  }
  return {};
}

Merged merge_text(Cell& mine, Cell theirs, const Authority& authority, Seq seq) {
  Merged merged;
  auto held = patches_of(mine), fresh = std::vector<text::Patch>{};
  auto before = put_together(held);
  for (auto& version : theirs.versions) {
    auto patch = patch_of(version);
    if (!patch) cannot_be_read(patch.error());
    auto same = std::find_if(held.begin(), held.end(), [&](auto& other) { return other.device == patch->device && other.first == patch->first; });
    if (same != held.end()) {
      auto& ours = mine.versions[static_cast<std::size_t>(same - held.begin())];
      if (authority.is_relay && !std::exchange(ours.received, true)) merged.changed = true;
      continue;
    }
    version.seq = seq;
    version.trail = false;
    if (authority.is_relay) version.seen = {};
    version.received |= authority.is_relay || (authority.from.value && authority.from != version.stamp.device);
    held.push_back(*patch);
    fresh.push_back(std::move(*patch));
    mine.versions.push_back(std::move(version));
    merged.changed = true;
  }
  if (!fresh.empty()) {
    auto text = text::merge(before.graph, before.text, fresh);
    if (!text) cannot_be_read(text.error());
    mine.merged = std::move(text->text);
  }
  order(mine.versions);
  return merged;
}

}  // namespace carnet
