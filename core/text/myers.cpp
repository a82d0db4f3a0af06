#include "core/text/myers.hpp"

#include <algorithm>
#include <optional>

namespace carnet::text {

namespace {

using Sequence = std::span<const std::uint32_t>;

class Comparison {
 public:
  Comparison(Sequence a, Sequence b, std::int64_t& steps)
      : a_(a), b_(b), steps_(steps), middle_((a.size() + b.size() + 1) / 2 + 1), forth_(2 * middle_ + 1), back_(2 * middle_ + 1) {}

  std::vector<Hunk> run() {
    compare({0, a_.size(), 0, b_.size()});
    return std::move(hunks_);
  }

 private:
  void compare(Hunk box) {
    while (box.a < box.a_end && box.b < box.b_end && a_[box.a] == b_[box.b]) ++box.a, ++box.b;
    while (box.a < box.a_end && box.b < box.b_end && a_[box.a_end - 1] == b_[box.b_end - 1]) --box.a_end, --box.b_end;
    if (box.removed() + box.inserted() == 0) return;
    auto snake = box.removed() > 0 && box.inserted() > 0 ? middle_snake(box) : std::nullopt;
    if (!snake) return add(box);
    compare({box.a, snake->a, box.b, snake->b});
    compare({snake->a_end, box.a_end, snake->b_end, box.b_end});
  }

  void add(const Hunk& box) {
    bool joins = !hunks_.empty() && hunks_.back().a_end == box.a && hunks_.back().b_end == box.b;
    if (!joins) { hunks_.push_back(box); return; }
    hunks_.back().a_end = box.a_end;
    hunks_.back().b_end = box.b_end;
  }

  // Where a path from the front and one from the back meet. Nothing where the steps are used up.
  std::optional<Hunk> middle_snake(const Hunk& box) {
    auto n = static_cast<std::int64_t>(box.removed()), m = static_cast<std::int64_t>(box.inserted());
    auto delta = n - m;
    bool odd = delta % 2 != 0;
    at(forth_, 1) = at(back_, 1) = 0;
    for (std::int64_t d = 0; d <= (n + m + 1) / 2; ++d) {
      auto first = -(d - 2 * std::max<std::int64_t>(0, d - m)), last = d - 2 * std::max<std::int64_t>(0, d - n);
      for (auto k = first; k <= last; k += 2) {
        auto from = start(forth_, k, d), x = from;
        for (; x < n && x - k < m && same(box, x, x - k); ++x) --steps_;
        at(forth_, k) = x;
        if (odd && std::abs(delta - k) < d && x + at(back_, delta - k) >= n) return part(box, from, from - k, x, x - k);
      }
      for (auto k = first; k <= last; k += 2) {
        auto from = start(back_, k, d), x = from;
        for (; x < n && x - k < m && same(box, n - 1 - x, m - 1 - (x - k)); ++x) --steps_;
        at(back_, k) = x;
        if (!odd && std::abs(delta - k) <= d && x + at(forth_, delta - k) >= n) return part(box, n - x, m - (x - k), n - from, m - (from - k));
      }
      steps_ -= 2 * (d + 1);
      if (steps_ < 0) return {};
    }
    return {};
  }

  std::int64_t& at(std::vector<std::int64_t>& line, std::int64_t k) { return line[static_cast<std::size_t>(k + static_cast<std::int64_t>(middle_))]; }

  std::int64_t start(std::vector<std::int64_t>& line, std::int64_t k, std::int64_t d) {
    bool down = k == -d || (k != d && at(line, k - 1) < at(line, k + 1));
    return down ? at(line, k + 1) : at(line, k - 1) + 1;
  }

  bool same(const Hunk& box, std::int64_t x, std::int64_t y) const {
    return a_[box.a + static_cast<std::size_t>(x)] == b_[box.b + static_cast<std::size_t>(y)];
  }

  static Hunk part(const Hunk& box, std::int64_t x, std::int64_t y, std::int64_t x_end, std::int64_t y_end) {
    auto number = [](std::int64_t each) { return static_cast<std::size_t>(each); };
    return {box.a + number(x), box.a + number(x_end), box.b + number(y), box.b + number(y_end)};
  }

  Sequence a_, b_;
  std::int64_t& steps_;
  std::size_t middle_;
  std::vector<std::int64_t> forth_, back_;  // how far each diagonal has come
  std::vector<Hunk> hunks_;
};

}  // namespace

std::vector<Hunk> shortest_script(Sequence a, Sequence b, std::int64_t& steps) {
  return Comparison(a, b, steps).run();
}

}  // namespace carnet::text
