#include "core/text/diff.hpp"

#include <algorithm>
#include <unordered_map>

#include "core/text/code_points.hpp"
#include "core/text/myers.hpp"

namespace carnet::text {

namespace {

using Text = std::u32string_view;

constexpr std::int64_t most_steps = 4'000'000;       // of comparing; some 20 ms
constexpr std::size_t short_gap = 3;                 // kept characters between two changes that are one
constexpr std::size_t least_anchor = 20;             // kept characters that hold a rewritten text together
constexpr std::size_t rewritten_percent = 60;        // removed, of the text before

bool is_apostrophe(char32_t point) { return point == U'\'' || point == U'\u2019'; }

bool is_word(char32_t point) {
  if (point < 0xc0) return (point >= '0' && point <= '9') || (point >= 'A' && point <= 'Z') || (point >= 'a' && point <= 'z') || point == '_';
  return !(point >= 0x2000 && point <= 0x206f) && !(point >= 0x3000 && point <= 0x3003) && point != 0xfeff && point != 0xd7 && point != 0xf7;
}

bool is_mark(char32_t point) {
  static constexpr char32_t ranges[][2] = {{0x0300, 0x036f}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x200d, 0x200d}, {0x20d0, 0x20ff},
                                           {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0x1f3fb, 0x1f3ff}};
  return std::any_of(std::begin(ranges), std::end(ranges), [&](auto& range) { return point >= range[0] && point <= range[1]; });
}

bool is_regional(char32_t point) { return point >= 0x1f1e6 && point <= 0x1f1ff; }

// Whether a border there would part what a reader sees as one character.
bool parts(Text text, std::size_t at) {
  if (at == 0 || at >= text.size()) return false;
  auto before = text[at - 1], after = text[at];
  return is_mark(after) || before == 0x200d || (is_regional(before) && is_regional(after)) || (before == '\r' && after == '\n');
}

struct Tokens {
  std::vector<std::uint32_t> numbers;
  std::vector<std::size_t> starts;  // one more than numbers
};

// A word with the apostrophe that ends it, or a single other character.
std::size_t token_end(Text text, std::size_t at) {
  if (text[at] == '\r' && at + 1 < text.size() && text[at + 1] == '\n') return at + 2;
  if (!is_word(text[at])) return at + 1;
  while (at < text.size() && is_word(text[at])) ++at;
  return at < text.size() && is_apostrophe(text[at]) ? at + 1 : at;
}

Tokens tokens(Text text, std::unordered_map<Text, std::uint32_t>& known) {
  Tokens tokens;
  for (std::size_t at = 0; at < text.size();) {
    auto end = token_end(text, at);
    tokens.starts.push_back(at);
    tokens.numbers.push_back(known.try_emplace(text.substr(at, end - at), static_cast<std::uint32_t>(known.size())).first->second);
    at = end;
  }
  tokens.starts.push_back(text.size());
  return tokens;
}

class Difference {
 public:
  Difference(Text a, Text b) : a_(a), b_(b) {}

  std::vector<Hunk> run() {
    by_words();
    join_close();
    refine();
    keep_anchors();
    slide();
    widen();
    return std::move(hunks_);
  }

 private:
  // The words between what both have at their beginning and end.
  void by_words() {
    auto shorter = std::min(a_.size(), b_.size());
    auto front = static_cast<std::size_t>(std::mismatch(a_.begin(), a_.begin() + static_cast<std::ptrdiff_t>(shorter), b_.begin()).first - a_.begin());
    std::size_t back = 0;
    while (back < shorter - front && a_[a_.size() - 1 - back] == b_[b_.size() - 1 - back]) ++back;
    Hunk rest{front, a_.size() - back, front, b_.size() - back};
    if (rest.removed() == 0 || rest.inserted() == 0) { hunks_ = {rest}; return; }
    while (rest.a > 0 && is_word(a_[rest.a - 1])) --rest.a, --rest.b;
    while (rest.a_end < a_.size() && (is_word(a_[rest.a_end]) || is_apostrophe(a_[rest.a_end]))) ++rest.a_end, ++rest.b_end;
    std::unordered_map<Text, std::uint32_t> known;
    auto a = tokens(a_.substr(rest.a, rest.removed()), known), b = tokens(b_.substr(rest.b, rest.inserted()), known);
    for (auto& hunk : shortest_script(a.numbers, b.numbers, steps_))
      hunks_.push_back({rest.a + a.starts[hunk.a], rest.a + a.starts[hunk.a_end], rest.b + b.starts[hunk.b], rest.b + b.starts[hunk.b_end]});
  }

  template <class OneChange>
  void join_where(OneChange one_change) {
    std::vector<Hunk> joined;
    for (auto& hunk : hunks_) {
      if (!joined.empty() && one_change(joined.back(), hunk)) {
        joined.back().a_end = hunk.a_end;
        joined.back().b_end = hunk.b_end;
      } else {
        joined.push_back(hunk);
      }
    }
    hunks_ = std::move(joined);
  }

  // Two words changed with a lone space or article between them are one change.
  void join_close() {
    join_where([&](const Hunk& one, const Hunk& next) {
      auto gap = next.a - one.a_end;
      auto changed = one.removed() + one.inserted() + next.removed() + next.inserted();
      return gap <= short_gap && changed > 2 * gap && a_.substr(one.a_end, gap).find(U'\n') == Text::npos;
    });
  }

  // A letter in a word is told as a letter; a word that became another one as a word.
  void refine() {
    std::vector<Hunk> fine;
    for (auto& hunk : hunks_) {
      auto finer = hunk.removed() > 0 && hunk.inserted() > 0 ? by_characters(hunk) : std::vector<Hunk>{};
      std::size_t removed = 0;
      for (auto& each : finer) removed += each.removed();
      auto kept = hunk.removed() - removed;
      bool little = !finer.empty() && 2 * kept >= std::min(hunk.removed(), hunk.inserted()) &&
                    finer.size() <= 1 + std::max(hunk.removed(), hunk.inserted()) / 8;
      if (little) fine.insert(fine.end(), finer.begin(), finer.end());
      else fine.push_back(hunk);
    }
    hunks_ = std::move(fine);
  }

  std::vector<Hunk> by_characters(const Hunk& hunk) {
    std::vector<std::uint32_t> a(a_.begin() + static_cast<std::ptrdiff_t>(hunk.a), a_.begin() + static_cast<std::ptrdiff_t>(hunk.a_end));
    std::vector<std::uint32_t> b(b_.begin() + static_cast<std::ptrdiff_t>(hunk.b), b_.begin() + static_cast<std::ptrdiff_t>(hunk.b_end));
    auto finer = shortest_script(a, b, steps_);
    for (auto& each : finer) each = {each.a + hunk.a, each.a_end + hunk.a, each.b + hunk.b, each.b_end + hunk.b};
    return finer;
  }

  // A rewritten text must not be tied to the old one by stray letters and words, or another's edit is shredded into it.
  void keep_anchors() {
    std::size_t removed = 0;
    for (auto& hunk : hunks_) removed += hunk.removed();
    if (removed * 100 <= a_.size() * rewritten_percent || b_.empty()) return;
    join_where([&](const Hunk& one, const Hunk& next) { return !is_anchor(one.a_end, next.a, one.b_end); });
    auto &first = hunks_.front(), &last = hunks_.back();
    if (!is_anchor(0, first.a, 0)) first.a = first.b = 0;
    if (!is_anchor(last.a_end, a_.size(), last.b_end)) { last.a_end = a_.size(); last.b_end = b_.size(); }
  }

  // Long enough, or a whole line.
  bool is_anchor(std::size_t a, std::size_t a_end, std::size_t b) const {
    if (a_end - a >= least_anchor) return true;
    auto shift = b - a;
    auto begin = a, end = a_end;
    while (begin < end && !(starts_line(a_, begin) && starts_line(b_, begin + shift))) ++begin;
    while (end > begin && !(ends_line(a_, end) && ends_line(b_, end + shift))) --end;
    return end > begin + short_gap;
  }
  static bool starts_line(Text text, std::size_t at) { return at == 0 || text[at - 1] == '\n'; }
  static bool ends_line(Text text, std::size_t at) { return at == text.size() || text[at] == '\n' || text[at - 1] == '\n'; }

  // An insertion or removal that could as well stand a little further on goes to the best border, the leftmost of equals.
  void slide() {
    for (std::size_t k = 0; k < hunks_.size(); ++k) {
      auto& hunk = hunks_[k];
      bool insertion = hunk.removed() == 0;
      if (!insertion && hunk.inserted() > 0) continue;
      Text text = insertion ? b_ : a_;
      auto begin = insertion ? hunk.b : hunk.a, count = hunk.removed() + hunk.inserted();
      auto room_left = hunk.a - (k > 0 ? hunks_[k - 1].a_end : 0), room_right = (k + 1 < hunks_.size() ? hunks_[k + 1].a : a_.size()) - hunk.a_end;
      // Something stays between it and its neighbours, or they would be one.
      if (k > 0 && room_left > 0) --room_left;
      if (k + 1 < hunks_.size() && room_right > 0) --room_right;
      std::size_t left = 0, right = 0;
      while (left < room_left && text[begin - left - 1] == text[begin + count - left - 1]) ++left;
      while (right < room_right && text[begin + right] == text[begin + count + right]) ++right;
      auto best = begin - left;
      for (auto at = best; at <= begin + right; ++at)
        if (worth(text, at, count) > worth(text, best, count)) best = at;
      auto move = [&](std::size_t& place) { place = place + best - begin; };
      move(hunk.a), move(hunk.a_end), move(hunk.b), move(hunk.b_end);
    }
  }

  static int worth(Text text, std::size_t at, std::size_t count) { return border(text, at) + border(text, at + count); }

  static int border(Text text, std::size_t at) {
    if (parts(text, at)) return -8;
    if (starts_line(text, at)) return 5;
    bool blank = text[at - 1] == ' ';
    if (blank && at > 1 && ends_sentence(text[at - 2])) return 4;
    if (ends_line(text, at) || ends_sentence(text[at - 1])) return 3;
    if (blank) return 2;
    return is_word(text[at - 1]) != is_word(text[at]) ? 1 : 0;
  }
  static bool ends_sentence(char32_t point) { return point == '.' || point == '?' || point == '!' || point == U'\u2026'; }

  // Takes in what a border would part, up to the next change, which then is the same one.
  void widen() {
    for (std::size_t k = 0; k < hunks_.size(); ++k) {
      auto& hunk = hunks_[k];
      auto least = k > 0 ? hunks_[k - 1].a_end : 0, most = k + 1 < hunks_.size() ? hunks_[k + 1].a : a_.size();
      while (hunk.a > least && (parts(a_, hunk.a) || parts(b_, hunk.b))) --hunk.a, --hunk.b;
      while (hunk.a_end < most && (parts(a_, hunk.a_end) || parts(b_, hunk.b_end))) ++hunk.a_end, ++hunk.b_end;
    }
    join_where([](const Hunk& one, const Hunk& next) { return next.a == one.a_end; });
  }

  Text a_, b_;
  std::vector<Hunk> hunks_;
  std::int64_t steps_ = most_steps;
};

}  // namespace

std::vector<Edit> diff(std::string_view before, std::string_view after) {
  if (before == after) return {};
  auto a = decode(before), b = decode(after);
  auto hunks = Difference(a, b).run();
  if (hunks.size() > most_edits) hunks = {{0, a.size(), 0, b.size()}};
  std::vector<Edit> edits;
  for (auto& hunk : hunks)
    edits.push_back({static_cast<std::uint32_t>(hunk.b), static_cast<std::uint32_t>(hunk.removed()), encode(Text(b).substr(hunk.b, hunk.inserted()))});
  return edits;
}

}  // namespace carnet::text
