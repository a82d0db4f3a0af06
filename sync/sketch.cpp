#include "sync/sketch.hpp"

#include <algorithm>
#include <cmath>

namespace carnet {

namespace {

// Another hash of a hash, so that the check of two elements laid over each other is not that of a third. The finalizer of
// MurmurHash3 (Austin Appleby, public domain).
std::uint32_t check_of(std::uint64_t element) {
  element ^= element >> 33;
  element *= 0xff51afd7ed558ccd;
  element ^= element >> 33;
  element *= 0xc4ceb9fe1a85ec53;
  return static_cast<std::uint32_t>(element >> 32);
}

void lay(Symbol& symbol, std::uint64_t element, int sign) {
  symbol.count += sign;
  symbol.sum ^= element;
  symbol.check ^= check_of(element);
}

}  // namespace

// From place i the next one lies about (i + 1.5) (2^32 / sqrt(r + 1) - 1) further, r being 64 even random bits: the inverse of
// the distribution of gaps. Doubles are exact enough on every machine, since IEEE 754 fixes square root and division.
void Sketch::Walker::step() {
  random *= 0xda942042e4dd58b5;
  auto gap = (static_cast<double>(place) + 1.5) * (4294967296.0 / std::sqrt(static_cast<double>(random) + 1.0) - 1.0);
  constexpr double far = 1e15;  // no sketch goes so far
  place += static_cast<std::uint64_t>(std::ceil(std::clamp(gap, 1.0, far)));
}

Sketch::Sketch(std::vector<std::uint64_t> elements) {
  walkers_.reserve(elements.size());
  for (auto element : elements) walkers_.emplace_back(element);
}

std::vector<Symbol> Sketch::next(std::size_t count) {
  std::vector<Symbol> symbols(count);
  for (auto& walker : walkers_)
    for (; walker.place < made_ + count; walker.step()) lay(symbols[walker.place - made_], walker.element, 1);
  made_ += count;
  return symbols;
}

void Difference::add(std::vector<Symbol> theirs) {
  auto from = symbols_.size();
  auto ours = own_.next(theirs.size());
  for (std::size_t k = 0; k < theirs.size(); ++k) {
    theirs[k].count -= ours[k].count;
    theirs[k].sum ^= ours[k].sum;
    theirs[k].check ^= ours[k].check;
    symbols_.push_back(theirs[k]);
  }
  for (auto& known : recovered_)
    for (; known.walker.place < symbols_.size(); known.walker.step()) lay(symbols_[known.walker.place], known.walker.element, -known.sign);

  // A symbol that holds one element gives it away; taken out of its other symbols, it lays bare the next.
  std::vector<std::size_t> look;
  for (auto k = from; k < symbols_.size(); ++k) look.push_back(k);
  while (!look.empty() && recovered_.size() <= symbols_.size()) {  // more cannot be of an honest side
    auto symbol = symbols_[look.back()];
    look.pop_back();
    bool one = (symbol.count == 1 || symbol.count == -1) && check_of(symbol.sum) == symbol.check;
    if (!one) continue;
    int sign = symbol.count > 0 ? 1 : -1;
    (sign > 0 ? theirs_ : ours_).push_back(symbol.sum);
    Recovered found{Sketch::Walker(symbol.sum), sign};
    for (; found.walker.place < symbols_.size(); found.walker.step()) {
      lay(symbols_[found.walker.place], symbol.sum, -sign);
      look.push_back(found.walker.place);
    }
    recovered_.push_back(found);
  }
}

}  // namespace carnet
