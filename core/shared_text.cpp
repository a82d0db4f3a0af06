#include "core/shared_text.hpp"

#include <sodium.h>

#include <algorithm>

namespace carnet {

namespace {

constexpr unsigned char key16[crypto_shorthash_KEYBYTES + 1] = "carnet sharing 1";

std::uint64_t chain(std::uint64_t before, std::string_view frame) {
  std::string bytes(reinterpret_cast<const char*>(&before), sizeof before);
  bytes += frame;
  std::uint64_t hash = 0;
  crypto_shorthash(reinterpret_cast<unsigned char*>(&hash), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), key16);
  return hash;
}

}  // namespace

std::uint32_t SharedText::name_of(std::uint64_t chained) {
  auto low = static_cast<std::uint32_t>(chained);
  return low ? low : 1;
}

SharedText::SharedText(std::vector<Part> parts) {
  if (!parts.empty()) kept_from_ = parts.front().number, kept_upto_ = stored_upto_ = parts.back().number;
  for (auto& part : parts) {
    bool first = part.number == 1;
    bool joins = parts_.empty() ? !first || part.chained == chain(0, part.frame)
                                : part.number == parts_.back().number + 1 && part.chained == chain(parts_.back().chained, part.frame);
    if (!joins) {
      parts_.clear();
      bytes_ = 0;
      if (first) continue;
    }
    bytes_ += part.frame.size();
    parts_.push_back(std::move(part));
  }
  if (parts_.empty() || !whole()) forget();
}

void SharedText::add(std::string frame) {
  bytes_ += frame.size();
  auto chained = chain(parts_.empty() ? 0 : parts_.back().chained, frame);
  auto number = parts_.empty() ? 1 : parts_.back().number + 1;
  parts_.push_back({number, chained, std::move(frame)});
  keep_at_least(most_unsettled_bytes);
}

void SharedText::stored() {
  stored_upto_ = kept_upto_ = parts_.empty() ? 0 : parts_.back().number;
  kept_from_ = first();
}

void SharedText::trim() { keep_at_least(shared_text_bytes); }

void SharedText::keep_at_least(std::size_t bytes) {
  while (!parts_.empty() && bytes_ - parts_.front().frame.size() >= bytes) {
    bytes_ -= parts_.front().frame.size();
    parts_.pop_front();
  }
}

bool SharedText::back_to(std::uint32_t name) {
  while (!parts_.empty() && this->name() != name) {
    bytes_ -= parts_.back().frame.size();
    parts_.pop_back();
  }
  bool found = this->name() == name && whole();
  if (!found || name == 0) forget();
  trim();
  stored_upto_ = std::min(stored_upto_, parts_.empty() ? 0 : parts_.back().number);
  return found;
}

bool SharedText::whole() const { return parts_.empty() || parts_.front().number == 1 || bytes_ >= shared_text_bytes; }

void SharedText::forget() {
  parts_.clear();
  bytes_ = 0;
  stored_upto_ = 0;
}

std::string SharedText::text() const {
  std::string all;
  if (bytes_ < least_shared_bytes) return all;
  auto skip = bytes_ > shared_text_bytes ? bytes_ - shared_text_bytes : 0;
  for (auto& part : parts_) {
    auto left_out = std::min(skip, part.frame.size());
    all.append(part.frame, left_out);
    skip -= left_out;
  }
  return all;
}

}  // namespace carnet
