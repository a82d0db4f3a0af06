// The list that a walk needs for the time of a walk: every character since its base, removed ones too, in the order of the text, each
// as the version sees it that is being prepared (which goes back and forth) and as the text has it (which only grows). In spans, spans
// in blocks. Invariants: spans are never empty; the tail of what stood at the base is never removed, since it is one character
// longer than the text.
#pragma once
#include <memory>
#include <vector>

#include "core/text/graph.hpp"
#include "core/text/steps.hpp"

namespace carnet::text {

// Characters of the base by their place in it, then the inserting events.
using Character = std::uint32_t;
inline constexpr Character nothing = UINT32_MAX;

struct Span {
  Character id = 0;
  std::uint32_t count = 0;
  Character left = nothing;   // what stood left of the first when it was inserted; left of each other is the one before
  Character right = nothing;  // what stood right of all of them
  std::uint32_t state = 1;    // in the prepared version: 0 not there yet, 1 there, 1 + n removed by n events
  bool gone = false;          // from the text

  std::uint32_t shown() const { return state == 1 ? count : 0; }
  std::uint32_t kept() const { return gone ? 0 : count; }
};

// Which spans begin where among a range of ids: a set of numbers that finds the greatest one at or below another.
class Starts {
 public:
  explicit Starts(std::size_t ids);
  void add(Character id, std::uint32_t block);
  void move(Character id, std::uint32_t block) { block_of_[id] = block; }
  std::uint32_t block_of(Character id) const { return block_of_[at_or_before(id)]; }

 private:
  Character at_or_before(Character id) const;
  std::unique_ptr<std::uint32_t[]> block_of_;  // for the ids in the set
  std::vector<std::vector<std::uint64_t>> levels_;  // a bit an id; a bit for each word of the level before; ...
};

class Spans {
 public:
  // A border: before the character number `offset` of a span.
  struct Place {
    std::uint32_t block = 0, index = 0, offset = 0;
  };
  struct Found {
    Place place;
    std::uint32_t before = 0;  // characters of the text before it
  };

  // `base` characters that nobody has touched yet, and ids for `events` more. Counts what it does in `steps`.
  Spans(std::uint32_t base, std::size_t events, Steps& steps);

  std::uint32_t shown() const { return shown_; }
  std::uint32_t kept() const { return kept_; }

  Found find_shown(std::uint32_t number);  // less than shown()
  Place find(Character id);
  bool precedes(const Place& a, const Place& b) const;
  Place first() const { return {order_.front().block, 0, 0}; }
  bool at_end(const Place& place) const { return place.block == none; }
  Place after(const Place& place) const;  // the beginning of the next span
  Place before(const Place& place) const;  // the end of the span before the one that begins there
  Place known_from(Place place);           // the beginning of the next span, this one or later, that the prepared version has or had
  std::uint32_t kept_before(const Place& place);  // which is a beginning
  const Span& at(const Place& place) const { return blocks_[place.block].spans[place.index]; }

  // Puts a span at a border; or lengthens the span that ends there.
  void insert(Place place, const Span& span);
  void lengthen(const Place& place, std::uint32_t count);
  // Cuts out [offset, offset + count) of a span and changes state and gone by `change(span)`.
  template <class Change>
  void change(Place place, std::uint32_t count, Change change);

 private:
  static constexpr std::uint32_t none = UINT32_MAX;
  static constexpr std::size_t block_size = 64;
  struct Block {
    Span spans[block_size];
    std::uint32_t count = 0;
    std::uint32_t ordinal = 0;
  };
  struct Sum { std::uint32_t block, shown, kept, known; };

  Place with_room(Place place);
  void halve(std::uint32_t block);
  void put(const Place& place, const Span& span);
  void split(const Place& place);
  void count(std::uint32_t block, const Span& span, bool add);

  std::vector<Block> blocks_;
  std::vector<Sum> order_;  // the blocks in the order of the text
  Starts starts_;
  std::uint32_t shown_ = 0, kept_ = 0;
  Steps& steps_;
};

template <class Change>
void Spans::change(Place place, std::uint32_t count, Change change) {
  place = with_room(place);
  if (place.offset > 0) {
    split(place);
    place = {place.block, place.index + 1, 0};
  }
  if (count < at(place).count) split({place.block, place.index, count});
  auto& span = blocks_[place.block].spans[place.index];
  this->count(place.block, span, false);
  change(span);
  this->count(place.block, span, true);
  steps_.spend(1);
}

}  // namespace carnet::text
