#include "core/text/draft.hpp"

#include <algorithm>

#include "core/text/code_points.hpp"

namespace carnet::text {

constexpr std::size_t few_changes = 8;  // for which a draft is not worth its making

Draft::Draft(std::string_view utf8) : pieces_(1) {
  insert(decode(utf8));
}

void Draft::seek(std::uint32_t at) {
  auto from = piece_;
  while (at < before_) before_ -= static_cast<std::uint32_t>(pieces_[--piece_].size());
  while (at - before_ > pieces_[piece_].size()) before_ += static_cast<std::uint32_t>(pieces_[piece_++].size());
  offset_ = at - before_;
  steps_.spend(1 + (std::max(from, piece_) - std::min(from, piece_)) / 8);
}

void Draft::apply(const Change& change) {
  seek(change.at);
  if (change.removed > 0) remove(change.removed);
  if (!change.inserted.empty()) insert(change.inserted);
}

void Draft::remove(std::uint32_t count) {
  length_ -= count;
  auto next = piece_;
  auto offset = offset_;
  while (count > 0) {
    auto taken = std::min<std::size_t>(count, pieces_[next].size() - offset);
    pieces_[next].erase(offset, taken);
    count -= static_cast<std::uint32_t>(taken);
    if (count > 0) { ++next; offset = 0; }
  }
  if (next == piece_) return;
  steps_.spend(pieces_.size() / 8);
  auto at = pieces_.begin();  // those that were emptied on the way
  pieces_.erase(std::remove_if(at + static_cast<std::ptrdiff_t>(piece_) + 1, at + static_cast<std::ptrdiff_t>(next) + 1,
                               [](auto& piece) { return piece.empty(); }),
                at + static_cast<std::ptrdiff_t>(next) + 1);
}

void Draft::insert(std::u32string_view text) {
  length_ += static_cast<std::uint32_t>(text.size());
  auto& piece = pieces_[piece_];
  if (piece.size() + text.size() <= 2 * piece_size) { piece.insert(offset_, text); return; }
  std::u32string whole = piece.substr(0, offset_);
  whole.append(text).append(piece, offset_);
  std::vector<std::u32string> parts;
  for (std::size_t at = 0; at < whole.size(); at += piece_size) parts.push_back(whole.substr(at, piece_size));
  steps_.spend(pieces_.size() / 8);
  pieces_[piece_] = std::move(parts.front());
  pieces_.insert(pieces_.begin() + static_cast<std::ptrdiff_t>(piece_) + 1, std::make_move_iterator(parts.begin() + 1), std::make_move_iterator(parts.end()));
}

std::string Draft::text() const {
  std::string utf8;
  utf8.reserve(length_ + length_ / 8);
  for (auto& piece : pieces_) utf8 += encode(piece);
  return utf8;
}

std::string edited(std::string_view text, std::span<const Change> changes, Steps& steps) {
  if (changes.size() > few_changes) {
    Draft draft(text);
    for (auto change = changes.begin(); change != changes.end() && !draft.steps().over(); ++change) draft.apply(*change);
    steps.spend(draft.steps().taken());
    return draft.text();
  }
  std::string changed(text);
  for (auto& change : changes) {
    auto at = bytes_of(changed, change.at);
    auto removed = bytes_of(std::string_view(changed).substr(at), change.removed);
    changed.replace(at, removed, encode(change.inserted));
  }
  return changed;
}

std::optional<std::string> edited(std::string_view text, std::span<const Edit> edits) {
  Draft draft(text);
  for (auto& edit : edits) {
    if (std::uint64_t{edit.at} + edit.removed > draft.length()) return {};
    draft.apply({edit.at, edit.removed, decode(edit.inserted)});
  }
  return draft.text();
}

}  // namespace carnet::text
