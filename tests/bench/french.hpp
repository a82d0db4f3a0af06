// The forms of French words that follow from their letters: plurals, feminines, stems, elision, contraction. Words carry the
// marks of vocabulary.cpp ("*" in front: does not elide; "/": an irregular form follows). Pure functions, for prose.cpp.
#pragma once
#include <algorithm>
#include <array>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace carnet::bench {

using Words = std::vector<std::string>;

inline Words words_of(const std::string& line) {
  std::istringstream words(line);
  Words all;
  for (std::string word; words >> word;) all.push_back(word);
  return all;
}

// --- Letters ---

inline bool ends(std::string_view word, std::string_view ending) { return word.ends_with(ending); }

inline bool is_consonant(char letter) { return std::string_view("bcdfghjklmnpqrstvwxz").find(letter) != std::string_view::npos; }

// Whether "le" before it becomes "l'". A "*" in front says no, and so do numbers.
inline bool elides(std::string_view word) {
  auto first = static_cast<unsigned char>(word[0]), second = static_cast<unsigned char>(word.size() > 1 ? word[1] : ' ');
  if (first == 0xC3) return second != 0xA7 && second != 0x87;  // accented vowels, not ç
  if (first == 0xC5) return true;                              // œ
  if (first == 'y' || first == 'Y') return is_consonant(static_cast<char>(second));
  return std::string_view("aeiouhAEIOUH").find(word[0]) != std::string_view::npos;
}

inline std::string capitalised(std::string text) {
  std::size_t at = text.starts_with("« ") ? std::string_view("« ").size() : 0;
  auto first = static_cast<unsigned char>(text[at]);
  if (first >= 'a' && first <= 'z') text[at] = static_cast<char>(first - 32);
  else if (first == 0xC3 && static_cast<unsigned char>(text[at + 1]) >= 0xA0) text[at + 1] = static_cast<char>(text[at + 1] - 32);
  else if (first == 0xC5) text[at + 1] = static_cast<char>(0x92);
  return text;
}

// --- Forms of nouns and adjectives ---

inline std::string plural_of_word(const std::string& word, bool adjective) {
  if (ends(word, "s") || ends(word, "x") || ends(word, "z")) return word;
  if (ends(word, "au") || (ends(word, "eu") && !adjective)) return word + "x";
  if (ends(word, "al")) return word.substr(0, word.size() - 1) + "ux";
  return word + "s";
}

// "pomme de terre", "clé plate": every word up to the first preposition turns.
inline std::string plural_noun(const std::string& marked) {
  if (auto slash = marked.find('/'); slash != std::string::npos)
    return (marked[0] == '*' ? "*" : "") + marked.substr(slash + 1);
  std::string plural;
  bool turning = true;
  for (auto& word : words_of(marked)) {
    for (auto stop : {"de", "du", "d'", "à", "en"}) turning = turning && word != stop && !word.starts_with("d'");
    plural += (plural.empty() ? "" : " ") + (turning ? plural_of_word(word, false) : word);
  }
  return plural;
}

inline std::string masculine(const std::string& marked) { return marked.substr(0, marked.find('/')); }

inline std::string feminine(const std::string& marked) {
  if (auto slash = marked.find('/'); slash != std::string::npos) return (marked[0] == '*' ? "*" : "") + marked.substr(slash + 1);
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 9> turns{{{"e", "e"}, {"eau", "elle"}, {"eux", "euse"}, {"er", "ère"},
      {"if", "ive"}, {"el", "elle"}, {"en", "enne"}, {"on", "onne"}, {"et", "ette"}}};
  for (auto& [from, to] : turns)
    if (ends(marked, from)) return marked.substr(0, marked.size() - from.size()) + std::string(to);
  return marked + "e";
}

struct Agreement { bool feminine = false, plural = false; };

inline std::string agreed(const std::string& marked, Agreement with) {
  auto word = with.feminine ? feminine(marked) : masculine(marked);
  return with.plural ? plural_of_word(word, true) : word;
}

// The changes of a stem in -er before a mute e: nettoie, appelle, lève, répète.
inline std::string before_mute_e(std::string stem) {
  if (ends(stem, "oy") || ends(stem, "uy")) stem.back() = 'i';
  else if (ends(stem, "appel") || ends(stem, "jet")) stem += stem.back();
  else {
    auto vowel = stem.size();
    if (ends(stem, "gu") || ends(stem, "qu")) --vowel;
    while (vowel > 0 && is_consonant(stem[vowel - 1])) --vowel;
    auto consonants = std::string_view(stem).substr(vowel);
    if (consonants.empty()) return stem;
    if (ends(stem.substr(0, vowel), "é")) stem.replace(vowel - 2, 2, "è");
    else if (ends(stem.substr(0, vowel), "e") && ((consonants.size() == 1 && consonants != "x") || consonants == "vr")) stem.replace(vowel - 1, 1, "è");
  }
  return stem;
}

// --- Joining words ---

// "de le" -> "du", "à les" -> "aux", "de des" -> "de"; an article that elides stays.
inline void contract(Words& words) {
  for (std::size_t k = 0; k + 1 < words.size(); ++k) {
    auto& word = words[k];
    auto& next = words[k + 1];
    bool article_stays = next == "le" && k + 2 < words.size() && elides(words[k + 2]);
    bool merges = false;
    if (word == "de" && (next == "des" || next == "de")) merges = true;
    else if (word == "sans" && next == "des") merges = true;
    else if (article_stays || (next != "le" && next != "les")) continue;
    else if (word == "de") merges = true, word = next == "le" ? "du" : "des";
    else if (word == "à" || ends(word, "'à")) merges = true, word.replace(word.size() - 2, 2, next == "le" ? "au" : "aux");
    if (merges) words.erase(words.begin() + static_cast<std::ptrdiff_t>(k) + 1);
  }
}

inline bool loses_its_vowel(const std::string& word, const std::string& next) {
  static const Words short_words{"le", "la", "de", "que", "je", "ne", "se", "me", "te", "lorsque", "puisque"};
  if (word == "si") return next == "il" || next == "ils";
  return elides(next) && std::find(short_words.begin(), short_words.end(), word) != short_words.end();
}

inline std::string joined(const std::string& expanded) {
  auto words = words_of(expanded);
  contract(words);
  std::string text;
  for (std::size_t k = 0; k < words.size(); ++k) {
    auto word = words[k];
    bool elided = k + 1 < words.size() && loses_its_vowel(word, words[k + 1]);
    if (elided) word.back() = '\'';
    if ((word[0] == ',' || word[0] == '.') && text.ends_with(' ')) text.pop_back();
    text += word.substr(word[0] == '*') + (elided ? "" : " ");
  }
  if (text.ends_with(' ')) text.pop_back();
  return text;
}

}  // namespace carnet::bench
