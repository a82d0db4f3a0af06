// Which rows differ between two sides that hold nearly the same ones, at a cost in proportion to the difference: rateless set
// reconciliation. One side sends coded symbols of the set of its row digests, as many as it takes; the other takes its own
// set out of them and reads what is left. About 1.4 to 2 symbols a differing row, whatever the number of equal ones.
//
// Source: Yang, Gilad, Alizadeh, "Practical Rateless Set Reconciliation", SIGCOMM 2024: element e stands in symbol i with
// probability 1 / (1 + i / 2), so symbol 0 holds all. Elements are 64-bit hashes, each at most once. Pure; one thread at a time.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace carnet {

// A number of elements, laid over each other.
struct Symbol {
  std::int64_t count = 0;  // how many, less those taken out
  std::uint64_t sum = 0;   // exclusive or of the elements
  std::uint32_t check = 0; // and of their checks: says whether a symbol that seems to hold one does

  bool empty() const { return count == 0 && sum == 0 && check == 0; }
  bool operator==(const Symbol&) const = default;
};

// The endless row of symbols of one set.
class Sketch {
 public:
  explicit Sketch(std::vector<std::uint64_t> elements);

  std::vector<Symbol> next(std::size_t count);
  std::size_t made() const { return made_; }

 private:
  friend class Difference;
  // Where an element stands next. Its places follow from the element alone.
  struct Walker {
    std::uint64_t element, random, place;
    explicit Walker(std::uint64_t e) : element(e), random(e), place(0) {}
    void step();
  };
  std::vector<Walker> walkers_;
  std::size_t made_ = 0;
};

// Reads what the other side's set and ours do not share.
class Difference {
 public:
  explicit Difference(std::vector<std::uint64_t> ours) : own_(std::move(ours)) {}

  void add(std::vector<Symbol> theirs);  // the next symbols, in order
  bool found() const { return !symbols_.empty() && symbols_.front().empty(); }  // all of it

  // Meaningful once found.
  const std::vector<std::uint64_t>& only_theirs() const { return theirs_; }
  const std::vector<std::uint64_t>& only_ours() const { return ours_; }
  std::size_t read() const { return symbols_.size(); }

 private:
  struct Recovered {
    Sketch::Walker walker;
    int sign;  // 1: theirs, -1: ours
  };
  Sketch own_;
  std::vector<Symbol> symbols_;
  std::vector<Recovered> recovered_;
  std::vector<std::uint64_t> theirs_, ours_;
};

}  // namespace carnet
