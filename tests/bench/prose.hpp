// French prose for the benchmarks, as varied as a field journal's and written by nobody: sentences from the grammar in
// vocabulary.cpp, with their agreement, elisions and contractions. One seed gives the same prose on every platform.
// One Prose belongs to one thread; several may run at once.
#pragma once
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace carnet::bench {

extern const std::string_view theme_table, conjugation_table, grammar_table;

// Numbers below a bound, from the engine alone: the standard's distributions differ between libraries.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : engine_(seed) {}
  std::size_t below(std::size_t bound);
  // Small numbers come more often, as the common words of a list do.
  std::size_t skewed_below(std::size_t bound) { return below(below(bound) + 1); }
  std::size_t very_skewed_below(std::size_t bound) { return below(skewed_below(bound) + 1); }
  bool one_in(std::size_t count) { return below(count) == 0; }

 private:
  std::mt19937_64 engine_;
};

class Prose {
 public:
  // The seed also says which themes this author likes best.
  explicit Prose(std::uint64_t seed);
  // Whole sentences on one theme. Bounds count characters (code points), not bytes; only where no sentence fits between
  // them is the last one cut short.
  std::string text(std::size_t min_characters, std::size_t max_characters);
  // A heading: a few words, without a full stop.
  std::string title();
  // A person's first and last name.
  std::string name();
  // A town or a village.
  std::string place();

 private:
  Draw draw_;
  std::size_t favourite_theme_;
};

// Throws std::logic_error with the name of the first symbol that is neither a rule of this grammar nor a slot.
void check_grammar(std::string_view grammar);

// Code points of valid UTF-8.
std::size_t characters(std::string_view text);

}  // namespace carnet::bench
