#include "core/text/spans.hpp"

#include <algorithm>
#include <bit>
#include <tuple>

namespace carnet::text {

Starts::Starts(std::size_t ids) : block_of_(std::make_unique_for_overwrite<std::uint32_t[]>(ids)) {
  for (auto size = ids; levels_.empty() || levels_.back().size() > 1;) {
    size = (size + 63) / 64;
    levels_.emplace_back(size, 0);
  }
}

void Starts::add(Character id, std::uint32_t block) {
  block_of_[id] = block;
  std::size_t number = id;
  for (auto& level : levels_) {
    auto& word = level[number / 64];
    bool known = word != 0;
    word |= std::uint64_t{1} << (number % 64);
    if (known) return;
    number /= 64;
  }
}

Character Starts::at_or_before(Character id) const {
  std::size_t number = id, height = 0;
  while (true) {  // up to the first word that has a bit at or below, then down again to the greatest
    auto word = levels_[height][number / 64] & (~std::uint64_t{0} >> (63 - number % 64));
    if (word != 0) { number = number / 64 * 64 + 63 - static_cast<std::size_t>(std::countl_zero(word)); break; }
    number /= 64;
    ++height;
    if (number == 0) return 0;
    --number;
  }
  for (; height > 0; --height)
    number = number * 64 + 63 - static_cast<std::size_t>(std::countl_zero(levels_[height - 1][number]));
  return static_cast<Character>(number);
}

Spans::Spans(std::uint32_t base, std::size_t events, Steps& steps) : blocks_(1), order_{{0, 0, 0, 0}}, starts_(base + events), steps_(steps) {
  put({0, 0, 0}, {.id = 0, .count = base});
}

void Spans::count(std::uint32_t block, const Span& span, bool add) {
  auto& sum = order_[blocks_[block].ordinal];
  auto shown = add ? span.shown() : 0 - span.shown(), kept = add ? span.kept() : 0 - span.kept();
  sum.shown += shown;
  sum.kept += kept;
  sum.known += span.state == 0 ? 0u : add ? 1u : ~0u;
  shown_ += shown;
  kept_ += kept;
}

Spans::Found Spans::find_shown(std::uint32_t number) {
  std::uint32_t before = 0;
  std::size_t ordinal = 0;
  for (; number >= order_[ordinal].shown; ++ordinal) {
    number -= order_[ordinal].shown;
    before += order_[ordinal].kept;
  }
  auto& block = blocks_[order_[ordinal].block];
  std::uint32_t index = 0;
  for (; number >= block.spans[index].shown(); ++index) {
    number -= block.spans[index].shown();
    before += block.spans[index].kept();
  }
  steps_.spend(1 + ordinal / 32);
  return {{order_[ordinal].block, index, number}, before + (block.spans[index].gone ? 0 : number)};
}

Spans::Place Spans::find(Character id) {
  auto number = starts_.block_of(id);
  auto& block = blocks_[number];
  std::uint32_t index = 0;
  while (id - block.spans[index].id >= block.spans[index].count) ++index;  // unsigned: an id below is far above
  steps_.spend(1);
  return {number, index, id - block.spans[index].id};
}

bool Spans::precedes(const Place& a, const Place& b) const {
  auto key = [&](const Place& place) { return std::tuple(blocks_[place.block].ordinal, place.index, place.offset); };
  return key(a) < key(b);
}

Spans::Place Spans::after(const Place& place) const {
  auto& block = blocks_[place.block];
  if (place.index + 1 < block.count) return {place.block, place.index + 1, 0};
  if (block.ordinal + 1 == order_.size()) return {none, 0, 0};
  return {order_[block.ordinal + 1].block, 0, 0};
}

Spans::Place Spans::before(const Place& place) const {
  auto& block = blocks_[place.block];
  auto& holder = place.index > 0 ? block : blocks_[order_[block.ordinal - 1].block];
  auto index = (place.index > 0 ? place.index : holder.count) - 1;
  return {order_[holder.ordinal].block, index, holder.spans[index].count};
}

Spans::Place Spans::known_from(Place place) {
  std::size_t ordinal = blocks_[place.block].ordinal;
  for (auto& block = blocks_[place.block]; place.index < block.count; ++place.index)
    if (block.spans[place.index].state != 0) return {place.block, place.index, 0};
  auto from = ordinal++;
  while (order_[ordinal].known == 0) ++ordinal;
  steps_.spend(2 + (ordinal - from) / 32);
  auto& block = blocks_[order_[ordinal].block];
  std::uint32_t index = 0;
  while (block.spans[index].state == 0) ++index;
  return {order_[ordinal].block, index, 0};
}

std::uint32_t Spans::kept_before(const Place& place) {
  std::uint32_t before = 0;
  std::size_t ordinal = blocks_[place.block].ordinal;
  for (std::size_t k = 0; k < ordinal; ++k) before += order_[k].kept;
  for (std::uint32_t k = 0; k < place.index; ++k) before += blocks_[place.block].spans[k].kept();
  steps_.spend(2 + ordinal / 32);
  return before;
}

void Spans::insert(Place place, const Span& span) {
  place = with_room(place);
  if (place.offset > 0) {
    if (place.offset < at(place).count) split(place);
    ++place.index;
  }
  put({place.block, place.index, 0}, span);
}

void Spans::lengthen(const Place& place, std::uint32_t more) {
  auto& span = blocks_[place.block].spans[place.index];
  count(place.block, span, false);
  span.count += more;
  count(place.block, span, true);
}

// The same place, in a block that has room for the two spans that a change can add.
Spans::Place Spans::with_room(Place place) {
  if (blocks_[place.block].count + 2 <= block_size) return place;
  halve(place.block);
  auto kept = blocks_[place.block].count;
  if (place.index < kept) return place;
  return {static_cast<std::uint32_t>(blocks_.size() - 1), place.index - kept, place.offset};
}

void Spans::halve(std::uint32_t number) {
  auto fresh = static_cast<std::uint32_t>(blocks_.size());
  blocks_.emplace_back();
  auto &full = blocks_[number], &block = blocks_[fresh];
  auto half = full.count / 2;
  auto ordinal = full.ordinal + 1;
  steps_.spend(1 + (order_.size() - ordinal) / 8);
  order_.insert(order_.begin() + ordinal, Sum{fresh, 0, 0, 0});
  for (std::size_t k = ordinal; k < order_.size(); ++k) blocks_[order_[k].block].ordinal = static_cast<std::uint32_t>(k);
  for (auto k = half; k < full.count; ++k) {
    count(number, full.spans[k], false);
    block.spans[block.count++] = full.spans[k];
    count(fresh, full.spans[k], true);
    starts_.move(full.spans[k].id, fresh);
  }
  full.count = half;
}

void Spans::put(const Place& place, const Span& span) {
  auto& block = blocks_[place.block];
  std::copy_backward(block.spans + place.index, block.spans + block.count, block.spans + block.count + 1);
  block.spans[place.index] = span;
  ++block.count;
  starts_.add(span.id, place.block);
  count(place.block, span, true);
}

void Spans::split(const Place& place) {
  auto& span = blocks_[place.block].spans[place.index];
  auto tail = span;
  tail.id += place.offset;
  tail.count -= place.offset;
  tail.left = tail.id - 1;
  count(place.block, span, false);
  span.count = place.offset;
  count(place.block, span, true);
  put({place.block, place.index + 1, 0}, tail);
}

}  // namespace carnet::text
