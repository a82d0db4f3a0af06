// patch  = first head parent* edit*
// head   = code << 1 | mark      code 0: the one parent is the event before the first; n + 1: n parents follow. Mark: no edit follows
// parent = device seq            device as difference to that of the parent before, the first one's to the writer's
// edit   = at shape [removed] text
//          at: difference to where the edit before ended, or to 0; shape: bytes of text << 2 | removes << 1 | another edit follows
// All numbers are LEB128, differences zigzag.
#include "core/text/patch.hpp"

#include <algorithm>

#include "core/pack.hpp"
#include "core/text/code_points.hpp"
#include "core/text/varint.hpp"

namespace carnet::text {

namespace {

Error malformed(const char* what) { return {Code::malformed, std::string("text patch: ") + what}; }
Error too_large(const char* what) { return {Code::too_large, std::string("text patch: ") + what}; }

bool is_device(DeviceId device) { return device.value >= 1 && device.value <= max_device; }

bool follows_itself(const Patch& patch) {
  return patch.parents.size() == 1 && patch.first > 0 && patch.parents[0] == EventId{patch.device, patch.first - 1};
}

Result<void> check_parents(const Patch& patch) {
  if (patch.parents.size() > most_parents) return too_large("more than 64 parents");
  for (std::size_t k = 0; k < patch.parents.size(); ++k) {
    auto& parent = patch.parents[k];
    if (!is_device(parent.device) || parent.seq >= most_events) return malformed("no such parent");
    if (k > 0 && patch.parents[k - 1] >= parent) return malformed("parents out of order");
    if (parent.device == patch.device && parent.seq >= patch.first) return malformed("it comes before its own parent");
  }
  return {};
}

Result<void> check_edit(const Edit& edit) {
  if (edit.removed == 0 && edit.inserted.empty()) return malformed("an edit that does nothing");
  if (edit.at + std::max<std::uint64_t>(edit.removed, length_of(edit.inserted)) > most_length) return malformed("an edit beyond every text");
  if (!is_utf8(edit.inserted) || edit.inserted.find('\0') != std::string::npos) return malformed("no UTF-8, or U+0000 in it");
  return {};
}

Result<void> check_edits(const Patch& patch) {
  if (patch.edits.size() > most_edits) return too_large("too many edits");
  std::size_t bytes = 0;
  for (auto& edit : patch.edits) {
    if (auto fine = check_edit(edit); !fine) return fine;
    bytes += edit.inserted.size();
  }
  if (bytes > most_patch_text) return too_large("over 1 MiB of text");
  if (patch.first + patch.events() > most_events) return too_large("over 16,777,216 events in one text");
  return {};
}

void put_parents(std::string& out, const Patch& patch) {
  std::int64_t device = patch.device.value;
  for (auto& parent : patch.parents) {
    put_number(out, zigzag(std::int64_t{parent.device.value} - device));
    put_number(out, parent.seq);
    device = parent.device.value;
  }
}

void put_edits(std::string& out, const Patch& patch) {
  std::int64_t end = 0;
  for (auto& edit : patch.edits) {
    bool more = &edit != &patch.edits.back();
    put_number(out, zigzag(edit.at - end));
    put_number(out, edit.inserted.size() << 2 | (edit.removed > 0 ? 2u : 0u) | (more ? 1u : 0u));
    if (edit.removed > 0) put_number(out, edit.removed);
    out += edit.inserted;
    end = edit.at + static_cast<std::int64_t>(length_of(edit.inserted));
  }
}

void read_parents(VarintReader& in, Patch& patch, std::size_t count) {
  std::int64_t device = patch.device.value;
  for (; count > 0 && in.ok(); --count) {
    device += in.difference(max_device);
    auto seq = in.small(most_events - 1);
    if (device < 1 || device > max_device) in.fail();
    patch.parents.push_back({DeviceId{static_cast<std::uint32_t>(device)}, seq});
  }
}

bool read_edit(VarintReader& in, Patch& patch, std::int64_t& end) {
  Edit edit;
  auto at = end + in.difference(most_length);
  auto shape = in.number(most_patch_text << 2 | 3);
  if (shape & 2) edit.removed = in.small(most_length);
  edit.inserted = in.take(shape >> 2);
  if (at < 0 || at > most_length || ((shape & 2) && edit.removed == 0) || patch.edits.size() == most_edits) in.fail();
  if (!in.ok()) return false;
  edit.at = static_cast<std::uint32_t>(at);
  end = at + static_cast<std::int64_t>(length_of(edit.inserted));
  patch.edits.push_back(std::move(edit));
  return shape & 1;
}

}  // namespace

bool Patch::is_seed() const {
  std::uint64_t end = 0;
  for (auto& edit : edits) {
    if (edit.at != end || edit.removed > 0) return false;
    end += length_of(edit.inserted);
  }
  return first == 0 && parents.empty() && !edits.empty();
}

std::uint64_t Patch::events() const {
  std::uint64_t count = is_mark() ? 1 : 0;
  for (auto& edit : edits) count += edit.removed + length_of(edit.inserted);
  return count;
}

Result<void> check(const Patch& patch) {
  if (!is_device(patch.device)) return malformed("no such device");
  if (auto fine = check_parents(patch); !fine) return fine;
  return check_edits(patch);
}

std::string encode(const Patch& patch) {
  std::string out;
  put_number(out, patch.first);
  auto code = follows_itself(patch) ? 0 : patch.parents.size() + 1;
  put_number(out, code << 1 | (patch.is_mark() ? 1 : 0));
  if (code > 0) put_parents(out, patch);
  put_edits(out, patch);
  return out;
}

Result<Patch> decode(DeviceId device, std::string_view bytes) {
  VarintReader in(bytes);
  Patch patch{.device = device, .first = in.small(most_events), .parents = {}, .edits = {}};
  auto head = in.small((most_parents + 1) << 1 | 1);
  if (head > 1) read_parents(in, patch, (head >> 1) - 1);
  else if (patch.first == 0) in.fail();
  else patch.parents = {{device, patch.first - 1}};
  if (head > 1 && follows_itself(patch)) in.fail();
  std::int64_t end = 0;
  bool more = in.ok() && (head & 1) == 0;
  while (more) more = read_edit(in, patch, end);
  if (!in.done()) return malformed("its bytes are not those of a patch");
  if (auto fine = check(patch); !fine) return fine.error();
  return patch;
}

}  // namespace carnet::text
