#include "core/text_cell.hpp"

#include <algorithm>
#include <cstring>
#include <map>

#include "core/pack.hpp"
#include "core/sqlite.hpp"
#include "core/text/code_points.hpp"
#include "core/text/varint.hpp"
#include "core/text_cell_parts.hpp"

namespace carnet {

text::EventId last_event(const text::Patch& patch) { return {patch.device, patch.first + static_cast<std::uint32_t>(patch.events()) - 1}; }

namespace {

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

// Put together where the text is known: what was merged before need not be walked again.
std::optional<Whole> put_back_together(const Cell& cell) {
  if (!cell.standing) return {};
  auto whole = foundation(cell);
  auto patches = patches_of(cell);
  if (!whole || !patches || !text::add_merged(whole->graph, *patches)) return {};
  whole->text = cell.standing->text;
  return std::move(*whole);
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

// Patches of this device over all others.
void write_on(Standing& standing, const std::vector<text::Patch>& patches) {
  for (auto& patch : patches) {
    auto undo = undo_of(standing.text, patch.edits);
    go_on(standing, patch, *text::edited(standing.text, patch.edits));
    standing.undo = std::move(undo);
  }
}

}  // namespace

[[noreturn]] void cannot_be_read(const Error& error) { throw Damaged("a text's history: " + error.text); }

bool is_base(const Version& version) { return version.stamp.device.value == 0; }

Result<Whole> foundation(const Cell& cell) {
  for (auto& version : cell.versions)
    if (is_base(version)) return base_of(version);
  return Whole{};
}

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

Result<void> add_patches(Whole& whole, const std::vector<text::Patch>& patches, std::uint64_t most_steps) {
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

Result<Whole> put_together(const Cell& cell, std::uint64_t most_steps) {
  auto whole = foundation(cell);
  auto patches = patches_of(cell);
  if (!whole || !patches) return whole ? patches.error() : whole.error();
  if (auto fine = add_patches(*whole, *patches, most_steps); !fine) return fine.error();
  return whole;
}

bool has_event(const Standing& standing, const text::EventId& event) {
  auto at = standing.written.find(event.device);
  return at != standing.written.end() && event.seq < at->second;
}

bool has_all(const Standing& standing, const Cell& cell) {
  return std::all_of(cell.versions.begin(), cell.versions.end(), [&](auto& version) { return is_base(version) || has_event(standing, last_event(*patch_of(version))); });
}

std::uint64_t weight_of(const text::Patch& patch) {
  std::uint64_t weight = 32 + 16 * patch.parents.size() + 4 * patch.edits.size();
  for (auto& edit : patch.edits) weight += edit.inserted.size() / 16;
  return weight;
}

Standing standing_in(const Cell& cell, const Whole& whole) {
  Standing standing{whole.text, whole.graph.frontier_ids(), whole.graph.next_of_all(), 0, {}};
  for (auto& version : cell.versions) standing.weight += is_base(version) ? 0 : weight_of(*patch_of(version));
  return standing;
}

void go_on(Standing& standing, const text::Patch& patch, std::string text) {
  standing.undo.clear();
  standing.text = std::move(text);
  standing.heads = {last_event(patch)};
  standing.written[patch.device] = last_event(patch).seq + 1;
  standing.weight += weight_of(patch);
}

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
  if (auto fine = add_patches(whole, saved.patches, text::most_steps); !fine) return fine.error();
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

bool trim_text(Cell& cell, const std::function<bool(const Version&)>& settled) {
  auto whole = whole_of(cell);
  std::vector<text::EventId> seen;
  for (auto& version : cell.versions)
    if (!is_base(version) && settled(version)) seen.push_back(last_event(*patch_of(version)));
  auto ground = whole.graph;
  auto trimmed = text::trim(ground, seen);
  if (!trimmed || !*trimmed) return false;
  ground.keep_base();
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
