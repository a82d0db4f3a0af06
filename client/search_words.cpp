#include "client/search_words.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "core/pack.hpp"

namespace carnet {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 3> ligatures{{{"œ", "oe"}, {"æ", "ae"}, {"ĳ", "ij"}}};
constexpr std::array<std::string_view, 13> elided{"l", "d", "j", "m", "t", "s", "c", "n", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu"};
constexpr std::array<std::string_view, 6> quotes{"\"", "«", "»", "“", "”", "„"};
constexpr std::array<std::string_view, 2> apostrophes{"'", "’"};

using Give = int (*)(void*, int, const char*, int, int, int);

// What a full-text table asks for and what we answer: SQLite's words, with ligatures apart.
struct Asker {
  void* context;
  Give give;
};

int give_apart(void* to, int flags, const char* token, int size, int begin, int end) {
  auto& asker = *static_cast<Asker*>(to);
  std::string word(token, static_cast<std::size_t>(size));
  for (auto& [joined, apart] : ligatures)
    for (std::size_t at = 0; (at = word.find(joined, at)) != std::string::npos;) word.replace(at, joined.size(), apart);
  return asker.give(asker.context, flags, word.data(), static_cast<int>(word.size()), begin, end);
}

struct Plain {
  fts5_tokenizer methods{};
  void* context = nullptr;
};

struct Instance {
  Plain plain;
  Fts5Tokenizer* words = nullptr;
};

int make(void* plain, const char**, int, Fts5Tokenizer** made) {
  const char* options[] = {"remove_diacritics", "2"};
  auto* instance = new Instance{*static_cast<Plain*>(plain), nullptr};
  auto code = instance->plain.methods.xCreate(instance->plain.context, options, 2, &instance->words);
  if (code != SQLITE_OK) delete std::exchange(instance, nullptr);
  *made = reinterpret_cast<Fts5Tokenizer*>(instance);
  return code;
}

void unmake(Fts5Tokenizer* made) {
  auto* instance = reinterpret_cast<Instance*>(made);
  if (instance) instance->plain.methods.xDelete(instance->words);
  delete instance;
}

int tokenize(Fts5Tokenizer* made, void* context, int flags, const char* text, int size, Give give) {
  auto& instance = *reinterpret_cast<Instance*>(made);
  Asker asker{context, give};
  return instance.plain.methods.xTokenize(instance.words, &asker, flags, text, size, give_apart);
}

fts5_api* api_of(SQLite::Database& db) {
  fts5_api* api = nullptr;
  sqlite3_stmt* ask = nullptr;
  if (sqlite3_prepare_v2(db.getHandle(), "SELECT fts5(?)", -1, &ask, nullptr) != SQLITE_OK) return nullptr;
  sqlite3_bind_pointer(ask, 1, &api, "fts5_api_ptr", nullptr);
  sqlite3_step(ask);
  sqlite3_finalize(ask);
  return api;
}

template <std::size_t n>
std::size_t size_of_one(const std::array<std::string_view, n>& any, std::string_view text) {
  for (auto& each : any)
    if (text.starts_with(each)) return each.size();
  return 0;
}

bool is_elided(const std::vector<Word>& words, std::size_t k, std::string_view text) {
  bool before_another = k + 1 < words.size() && size_of_one(apostrophes, text.substr(words[k].end)) == words[k + 1].begin - words[k].end;
  return before_another && std::find(elided.begin(), elided.end(), words[k].folded) != elided.end();
}

}  // namespace

Tokenizer::Tokenizer(SQLite::Database& db) {
  auto* api = api_of(db);
  if (!api) throw std::runtime_error("this machine's SQLite knows no full-text search (FTS5)");
  auto* plain = new Plain;
  api->xFindTokenizer(api, "unicode61", &plain->context, &plain->methods);
  plain_ = {make, unmake, tokenize};
  auto code = api->xCreateTokenizer(api, "carnet", plain, &plain_, [](void* gone) { delete static_cast<Plain*>(gone); });
  if (code == SQLITE_OK) code = plain_.xCreate(plain, nullptr, 0, &instance_);
  if (code != SQLITE_OK) throw std::runtime_error("SQLite's full-text search did not start");
}

Tokenizer::~Tokenizer() { plain_.xDelete(instance_); }

std::vector<Word> Tokenizer::operator()(std::string_view text) const {
  std::vector<Word> words;
  auto take = [](void* to, int, const char* token, int size, int begin, int end) {
    static_cast<std::vector<Word>*>(to)->push_back({std::string(token, static_cast<std::size_t>(size)), static_cast<std::size_t>(begin), static_cast<std::size_t>(end)});
    return SQLITE_OK;
  };
  plain_.xTokenize(instance_, &words, FTS5_TOKENIZE_DOCUMENT, text.data(), static_cast<int>(text.size()), take);
  return words;
}

std::vector<Term> terms_of(const Tokenizer& tokenizer, std::string_view typed) {
  auto text = with_replacements(typed.substr(0, 100 * max_search_words));
  std::vector<Term> terms;
  std::size_t count = 0;
  auto take = [&](std::string_view part, bool phrase) {
    auto words = tokenizer(part);
    if (phrase) terms.push_back({});
    for (std::size_t k = 0; k < words.size() && count < max_search_words; ++k) {
      if (!phrase && is_elided(words, k, part)) continue;
      if (!phrase) terms.push_back({});
      terms.back().words.push_back(words[k].folded);
      ++count;
    }
  };
  bool phrase = false;
  std::size_t from = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    auto size = size_of_one(quotes, std::string_view(text).substr(at));
    if (!size) continue;
    take(std::string_view(text).substr(from, at - from), phrase);
    phrase = !phrase;
    from = at + size;
    at = from - 1;
  }
  auto rest = std::string_view(text).substr(from);
  bool open = !tokenizer(rest).empty();
  take(rest, phrase);
  std::erase_if(terms, [](const Term& term) { return term.words.empty(); });
  if (open && count < max_search_words && !terms.empty()) terms.back().is_beginning = true;
  return terms;
}

std::string in_fts(const std::vector<Term>& terms) {
  std::string all;
  for (auto& term : terms) {
    std::string words;
    for (auto& word : term.words) words += (words.empty() ? "" : " ") + word;
    all += (all.empty() ? "\"" : " AND \"") + words + (term.is_beginning ? "\"*" : "\"");
  }
  return all;
}

Matched match(const std::vector<Word>& text, const std::vector<Term>& terms) {
  Matched matched{std::vector<int>(text.size(), -1), 0};
  for (std::size_t t = 0; t < terms.size(); ++t) {
    auto& term = terms[t];
    bool found = false;
    for (std::size_t at = 0; at + term.words.size() <= text.size(); ++at) {
      auto fits = [&](std::size_t k) {
        auto& word = text[at + k].folded;
        return term.is_beginning && k + 1 == term.words.size() ? word.starts_with(term.words[k]) : word == term.words[k];
      };
      std::size_t k = 0;
      while (k < term.words.size() && fits(k)) ++k;
      if (k < term.words.size()) continue;
      found = true;
      for (std::size_t n = 0; n < k; ++n)
        if (matched.by[at + n] < 0) matched.by[at + n] = static_cast<int>(t);
    }
    matched.terms += found;
  }
  return matched;
}

}  // namespace carnet
