// The words of a text and of a search, for search.cpp and search_index.cpp: cut and folded by SQLite's own tokenizer (unicode61), which knows neither
// case nor accents; œ is oe and æ ae beside. One thread at a time, as its database.
#pragma once
#include <sqlite3.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/sqlite.hpp"

namespace carnet {

struct Word {
  std::string folded;
  std::size_t begin = 0, end = 0;  // bytes in the text
};

// The tokenizer, under the name `carnet` for full-text tables of this database.
class Tokenizer {
 public:
  explicit Tokenizer(SQLite::Database& db);
  ~Tokenizer();
  Tokenizer(const Tokenizer&) = delete;
  Tokenizer& operator=(const Tokenizer&) = delete;
  std::vector<Word> operator()(std::string_view text) const;

 private:
  fts5_tokenizer plain_{};
  Fts5Tokenizer* instance_ = nullptr;
};

// One word that is looked for, or a phrase; of the last one the end may be missing.
struct Term {
  std::vector<std::string> words;
  bool is_beginning = false;
};

inline constexpr std::size_t max_search_words = 32;  // those behind are not looked at

// What somebody typed: words, all of which have to be found; "a phrase" or « une phrase » stands together; the last word may be a beginning.
// Elided articles (l'école, qu'ils) are left out. Any bytes are fine.
std::vector<Term> terms_of(const Tokenizer& tokenizer, std::string_view typed);
// In the language of full-text tables; only words that a tokenizer gave, in quotes.
std::string in_fts(const std::vector<Term>& terms);

// Which words of a text are found, and by how many of the terms.
struct Matched {
  std::vector<int> by;  // for each word the term that finds it, or -1
  std::size_t terms = 0;
};
Matched match(const std::vector<Word>& text, const std::vector<Term>& terms);

}  // namespace carnet
