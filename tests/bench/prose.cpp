// Reads the tables of vocabulary.cpp and writes prose from them. A sentence passes three steps: the grammar is expanded
// from left to right while the writer remembers subject and tense; neighbouring words are then joined (elision,
// contraction, stray spaces); at last it gets its capital letters.
#include "tests/bench/prose.hpp"

#include <map>
#include <stdexcept>

#include "tests/bench/french.hpp"

namespace carnet::bench {

namespace {

// --- Tables ---

struct Conjugation {
  std::string ending;
  bool whole_verb;
  std::array<std::string, 5> present;  // je, il, nous, vous, ils
  std::string imperfect, future, participle;
};

using Theme = std::map<char, Words>;
using Grammar = std::map<std::string, Words, std::less<>>;

struct Tables {
  std::vector<Theme> themes;
  std::vector<Conjugation> conjugations;
  Grammar grammar;
};

template <class Visit>
void each_line(std::string_view table, const Visit& visit) {
  std::istringstream lines{std::string(table)};
  for (std::string line; std::getline(lines, line);)
    if (!line.empty()) visit(line);
}

std::string blanks_restored(std::string word) {
  std::replace(word.begin(), word.end(), '_', ' ');
  return word;
}

std::vector<Theme> read_themes() {
  std::vector<Theme> themes;
  each_line(theme_table, [&](const std::string& line) {
    if (line[0] == '=') themes.emplace_back();
    else for (auto& word : words_of(line.substr(1))) themes.back()[line[0]].push_back(blanks_restored(word));
  });
  return themes;
}

std::vector<Conjugation> read_conjugations() {
  std::vector<Conjugation> all;
  each_line(conjugation_table, [&](const std::string& line) {
    auto w = words_of(line);
    if (w.size() != 9) throw std::logic_error("prose: a conjugation has nine parts: " + line);
    for (auto& part : w) if (part == "-") part.clear();
    bool whole = w[0][0] == '^';
    all.push_back({w[0].substr(whole), whole, {w[1], w[2], w[3], w[4], w[5]}, w[6], w[7], w[8]});
  });
  return all;
}

Grammar read_grammar(std::string_view table) {
  Grammar grammar;
  Words* rule = nullptr;
  bool of_words = false;
  each_line(table, [&](const std::string& line) {
    if (line[0] == '#' || line[0] == '%') {
      rule = &grammar[line.substr(2)];
      of_words = line[0] == '%';
    } else if (!of_words) rule->push_back(line);
    else for (auto& word : words_of(line)) rule->push_back(blanks_restored(word));
  });
  return grammar;
}

const Tables& tables() {
  static const Tables read = [] {
    check_grammar(grammar_table);
    return Tables{read_themes(), read_conjugations(), read_grammar(grammar_table)};
  }();
  return read;
}

// --- Forms of verbs ---

enum class Tense { present, past, imperfect, future };
enum Person { je, il, nous, vous, ils };

class Verb {
 public:
  // With the marks of the word lists.
  explicit Verb(std::string_view marked) {
    bool takes_etre = marked.starts_with("+");
    marked.remove_prefix(takes_etre);
    star_ = marked.starts_with("*") ? "*" : "";
    marked.remove_prefix(star_.size());
    for (std::string_view mark : {"se ", "s'"})
      if (marked.starts_with(mark)) reflexive = true, marked.remove_prefix(mark.size());
    etre = takes_etre || reflexive;
    for (auto& row : tables().conjugations)
      if ((row.whole_verb ? marked == row.ending : ends(marked, row.ending)) && (!row_ || row.ending.size() > row_->ending.size())) row_ = &row;
    if (!row_) throw std::logic_error("prose: no conjugation fits the verb " + std::string(marked));
    stem_ = marked.substr(0, marked.size() - row_->ending.size());
  }
  std::string finite(Tense tense, Person person) const {
    static constexpr std::array imperfect{"ais", "ait", "ions", "iez", "aient"}, future{"ai", "a", "ons", "ez", "ont"};
    if (tense == Tense::present) return joined(row_->present[person]);
    return tense == Tense::future ? joined(row_->future + future[person]) : joined(row_->imperfect + imperfect[person]);
  }
  std::string participle() const { return star_ + stem_ + row_->participle; }
  std::string gerund() const { return joined(row_->imperfect + "ant"); }

  bool reflexive = false, etre = false;

 private:
  std::string joined(const std::string& tail) const {
    if (row_->ending != "er") return star_ + stem_ + tail;
    if (tail[0] == 'e' && tail != "ez") return star_ + before_mute_e(stem_) + tail;
    bool hard = tail[0] == 'a' || tail[0] == 'o';
    if (hard && ends(stem_, "c")) return star_ + stem_.substr(0, stem_.size() - 1) + "ç" + tail;
    return star_ + stem_ + (hard && ends(stem_, "g") ? "e" : "") + tail;
  }
  std::string star_, stem_;
  const Conjugation* row_ = nullptr;
};

// --- Writing ---

class Writer {
 public:
  Writer(Draw& draw, std::size_t favourite_theme)
      : draw_(draw), theme_(themes_[1 + (favourite_theme + draw.very_skewed_below(themes_.size() - 1)) % (themes_.size() - 1)]) {}

  std::string sentence() {
    static constexpr std::array tenses{Tense::present, Tense::past, Tense::imperfect, Tense::future};
    tense_ = tenses[draw_.skewed_below(tenses.size())];
    subject_ = {};
    negated_ = false;
    return capitalised(phrase("sentence"));
  }
  std::string phrase(std::string_view rule) { return joined(symbol(rule)); }
  // One alternative as often as another, for what stands alone.
  std::string any(std::string_view rule) {
    auto& alternatives = tables().grammar.find(rule)->second;
    return joined(expanded(alternatives[draw_.below(alternatives.size())]));
  }

  static bool has_slot(std::string_view name) { return slots().contains(name); }

 private:
  struct Subject : Agreement { Person person = il; };
  struct Noun { std::string marked; bool feminine; };
  using Slot = std::string (Writer::*)();

  static const std::map<std::string_view, Slot>& slots() {
    using W = Writer;
    static const std::map<std::string_view, Slot> all{
        // Who acts; each becomes the subject.
        {"pronoun", &W::pronoun}, {"person", &W::person}, {"thing", &W::thing}, {"plural", &W::plural},
        // Who and what else.
        {"whom", &W::whom}, {"object", &W::object}, {"noun", &W::noun}, {"nouns", &W::nouns},
        {"adj", &W::adjective_of_subject}, {"adjof", &W::adjective_of_noun}, {"local", &W::local},
        // What they do.
        {"do", &W::act_on}, {"dont", &W::act_on_not}, {"act", &W::act}, {"notact", &W::act_not}, {"do3", &W::act_on_as_he},
        {"todo", &W::infinitive}, {"doing", &W::gerund}, {"done", &W::participle}, {"order", &W::order}, {"modal", &W::modal},
        {"be", &W::be}, {"have", &W::have}, {"go", &W::go},
        // When.
        {"now", &W::now}, {"often", &W::often}, {"time", &W::time},
        // Numbers.
        {"number", &W::number}, {"year", &W::year}, {"day", &W::day}, {"hour", &W::hour}, {"two", &W::two}, {"digit", &W::digit}};
    return all;
  }

  std::string symbol(std::string_view name) {
    if (name.ends_with('?')) return draw_.one_in(3) ? symbol(name.substr(0, name.size() - 1)) : "";
    if (name.starts_with('=')) return turned(Verb(name.substr(1)), false);
    if (name.starts_with('~')) return agreed(std::string(name.substr(1)), subject_);
    if (auto slot = slots().find(name); slot != slots().end()) return (this->*slot->second)();
    auto rule = tables().grammar.find(name);
    if (rule == tables().grammar.end()) throw std::logic_error("prose: unknown symbol <" + std::string(name) + ">");
    bool is_frame = name == "sentence" || name == "clause";
    return expanded(rule->second[is_frame ? draw_.skewed_below(rule->second.size()) : draw_.very_skewed_below(rule->second.size())]);
  }
  std::string expanded(std::string_view pattern) {
    std::string text;
    for (auto open = pattern.find('<'); open != std::string_view::npos; open = pattern.find('<')) {
      auto close = pattern.find('>', open);
      text += pattern.substr(0, open);
      text += symbol(pattern.substr(open + 1, close - open - 1));
      pattern.remove_prefix(close + 1);
    }
    return text.append(pattern);
  }

  const std::string& pick(const Words& words) { return words[draw_.very_skewed_below(words.size())]; }
  // A word of this kind: as often as not one of the latest, as prose keeps to its matter; else a fresh one, of the theme
  // two times in three. Never the same twice running.
  std::string pick(char kind) {
    constexpr std::size_t remembered = 6;
    auto& latest = latest_[kind];
    std::string word;
    do {
      if (latest.size() > 2 && !draw_.one_in(3)) word = latest[latest.size() - 1 - draw_.skewed_below(latest.size())];
      else {
        auto& words = (draw_.one_in(3) ? themes_[0] : theme_).at(kind);
        word = words[draw_.very_skewed_below(words.size())];
      }
    } while (!latest.empty() && word == latest.back());
    std::erase(latest, word);
    latest.push_back(word);
    if (latest.size() > remembered) latest.erase(latest.begin());
    return word;
  }

  std::string pronoun() {
    static const std::array<std::pair<const char*, Subject>, 8> all{{{"on", {{}, il}}, {"nous", {{false, true}, nous}}, {"je", {{}, je}},
        {"il", {{}, il}}, {"elle", {{true, false}, il}}, {"vous", {{false, true}, vous}}, {"ils", {{false, true}, ils}}, {"elles", {{true, true}, ils}}}};
    auto& [word, subject] = all[draw_.skewed_below(all.size())];
    subject_ = subject;
    return word;
  }
  std::string person() {
    bool is_she = draw_.one_in(2);
    subject_ = {{is_she, false}, il};
    if (draw_.one_in(3)) return symbol(is_she ? "she" : "he");
    return noun_phrase({pick(is_she ? 'q' : 'p'), is_she}, false);
  }
  std::string thing() {
    auto noun = a_noun();
    bool many = draw_.one_in(4);
    subject_ = {{noun.feminine, many}, many ? ils : il};
    return noun_phrase(noun, many);
  }
  std::string plural() {
    subject_ = {{last_noun_.feminine, true}, ils};
    return "";
  }
  std::string whom() {
    auto kept = subject_;
    auto words = person();
    subject_ = kept;
    return words;
  }
  std::string object() {
    if (draw_.one_in(12)) return whom();
    auto noun = a_noun();  // before the next draw: the order of arguments is the compiler's
    return noun_phrase(noun, draw_.one_in(3));
  }
  std::string noun() { return masculine(a_noun().marked); }
  std::string nouns() { return plural_noun(a_noun().marked); }
  std::string adjective_of_subject() { return agreed(pick('a'), subject_); }
  std::string adjective_of_noun() { return agreed(pick('a'), {last_noun_.feminine, false}); }
  std::string local() { return pick('e'); }

  Noun a_noun() {
    bool is_feminine = draw_.one_in(2);
    return last_noun_ = {pick(is_feminine ? 'f' : 'm'), is_feminine};
  }
  // Determiner, noun, and at times an adjective or a complement.
  std::string noun_phrase(const Noun& noun, bool many) {
    Agreement number{noun.feminine, many};
    auto words = many ? plural_noun(noun.marked) : masculine(noun.marked);
    bool has_adjective_before = draw_.one_in(8);
    if (has_adjective_before) words = adjective_before(number, words) + " " + words;
    else if (draw_.one_in(5)) words += " " + agreed(pick('a'), number);
    else if (draw_.one_in(12)) words += " de " + this->noun();
    return determiner(number, elides(words), has_adjective_before) + " " + words;
  }
  std::string adjective_before(Agreement number, const std::string& noun) {
    auto word = agreed(pick(tables().grammar.at("before")), number);
    if (number.feminine || number.plural || !elides(noun)) return word;
    return word == "beau" ? "bel" : word == "nouveau" ? "nouvel" : word == "vieux" ? "vieil" : word;
  }
  std::string determiner(Agreement number, bool before_vowel, bool before_adjective) {
    static const std::array<std::array<const char*, 3>, 12> all{{{"le", "la", "les"}, {"un", "une", "des"}, {"le", "la", "les"},
        {"ce", "cette", "ces"}, {"notre", "notre", "nos"}, {"mon", "ma", "mes"}, {"son", "sa", "ses"}, {"chaque", "chaque", "quelques"},
        {"leur", "leur", "leurs"}, {"un", "une", "plusieurs"}, {"votre", "votre", "vos"}, {"le", "la", "deux"}}};
    std::string word = all[draw_.skewed_below(all.size())][number.plural ? 2 : number.feminine];
    bool negated = std::exchange(negated_, false);
    if (word == "des") return before_adjective || negated ? "de" : word;
    if (negated && word.starts_with("un")) return "de";
    if (before_vowel && word == "ce") return "cet";
    if (before_vowel && (word == "ma" || word == "sa")) word.replace(1, 1, "on");
    return word;
  }

  std::string act_on() { return turned(Verb(pick('t')), false); }
  std::string act_on_not() {
    negated_ = true;
    return turned(Verb(pick('t')), true);
  }
  std::string act() { return turned(Verb(pick('i')), false); }
  std::string act_not() { return turned(Verb(pick('i')), true); }
  std::string act_on_as_he() {
    subject_ = {};
    return act_on();
  }
  std::string infinitive() { return pick('t'); }
  std::string gerund() { return Verb(pick('t')).gerund(); }
  std::string participle() { return agreed(Verb(pick('t')).participle(), subject_); }
  std::string order() { return Verb(pick('t')).finite(Tense::present, vous); }
  std::string modal() { return turned(Verb(symbol("modal verb")), false); }
  // "était" and "avait", for these two stand for a state or in front of a participle.
  std::string be() { return Verb("être").finite(tense_, subject_.person); }
  std::string have() { return Verb("avoir").finite(tense_, subject_.person); }
  std::string go() { return Verb("aller").finite(tense_ == Tense::future ? Tense::present : tense_, subject_.person); }

  // The verb as the subject and the tense ask: "ne se couche pas", "est partie", "n'a pas vu".
  std::string turned(const Verb& verb, bool negative) {
    static constexpr std::array reflexive{"me ", "se ", "nous ", "vous ", "se "};
    std::string words = negative ? "ne " : "";
    if (verb.reflexive) words += reflexive[subject_.person];
    bool composed = tense_ == Tense::past;
    words += composed ? Verb(verb.etre ? "être" : "avoir").finite(Tense::present, subject_.person) : verb.finite(tense_, subject_.person);
    if (negative) words += " pas";
    if (composed) words += " " + (verb.etre ? agreed(verb.participle(), subject_) : verb.participle());
    return words;
  }

  std::string now() { return set(Tense::present); }
  std::string often() { return set(Tense::imperfect); }
  std::string set(Tense tense) {
    tense_ = tense;
    return "";
  }
  std::string time() { return symbol(tense_ == Tense::present ? "present time" : tense_ == Tense::future ? "coming time" : "past time"); }

  std::string number_below(std::size_t bound, std::size_t first = 0) { return std::to_string(first + draw_.below(bound)); }
  std::string number() { return number_below(draw_.one_in(3) ? 3000 : 100, 2); }
  std::string year() { return number_below(125, 1901); }
  std::string day() { return number_below(29, 2); }
  std::string hour() { return number_below(17, 6); }
  std::string two() { return number_below(50, 10); }
  std::string digit() { return number_below(9, 1); }

  Draw& draw_;
  const std::vector<Theme>& themes_ = tables().themes;
  const Theme& theme_;
  Tense tense_ = Tense::present;
  Subject subject_;
  Noun last_noun_{"", false};
  std::map<char, Words> latest_;
  bool negated_ = false;  // the next "un" is to become "de"
};

// At most `count` characters, to the end of a word if that leaves `least`.
std::string cut(const std::string& text, std::size_t least, std::size_t count) {
  std::size_t end = 0, blank = 0, seen = 0;
  for (; end < text.size() && seen < count; ++seen) {
    if (text[end] == ' ' && seen >= least) blank = end;
    ++end;
    while (end < text.size() && (text[end] & 0xC0) == 0x80) ++end;
  }
  return text.substr(0, end < text.size() && blank > 0 ? blank : end);
}

}  // namespace

std::size_t Draw::below(std::size_t bound) {
  const std::uint64_t fair = UINT64_MAX - UINT64_MAX % bound;  // numbers above would favour the small remainders
  for (;;)
    if (auto number = engine_(); number < fair) return static_cast<std::size_t>(number % bound);
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char byte) { return (byte & 0xC0) != 0x80; }));
}

void check_grammar(std::string_view table) {
  auto grammar = read_grammar(table);
  for (auto& [rule, alternatives] : grammar)
    for (std::string_view pattern : alternatives)
      for (auto open = pattern.find('<'); open != std::string_view::npos; open = pattern.find('<')) {
        pattern.remove_prefix(open + 1);
        auto name = pattern.substr(0, pattern.find('>'));
        if (name.ends_with('?')) name.remove_suffix(1);
        bool spelled_out = name.starts_with('=') || name.starts_with('~');
        if (!spelled_out && !grammar.contains(name) && !Writer::has_slot(name))
          throw std::logic_error("prose: unknown symbol <" + std::string(name) + "> in the rule " + rule);
      }
}

Prose::Prose(std::uint64_t seed) : draw_(seed), favourite_theme_(draw_.below(tables().themes.size())) {}

std::string Prose::text(std::size_t min_characters, std::size_t max_characters) {
  if (min_characters > max_characters) throw std::logic_error("prose: the bounds of a text stand in the wrong order");
  Writer writer(draw_, favourite_theme_);
  const auto wanted = min_characters + draw_.below(max_characters - min_characters + 1);
  constexpr int tries = 20;  // for a sentence that fits into what is left
  std::string text;
  std::size_t length = 0;
  for (int failed = 0; length < wanted && failed < tries;) {
    std::string sentence = text.empty() ? "" : draw_.one_in(8) ? "\n" : " ";
    sentence += writer.sentence();
    auto added = characters(sentence);
    if (length + added > max_characters) ++failed;
    else text += sentence, length += added;
  }
  while (length < min_characters) {
    auto rest = cut((text.empty() ? "" : " ") + writer.sentence(), min_characters - length, max_characters - length);
    text += rest, length += characters(rest);
  }
  return text;
}

std::string Prose::title() { return capitalised(Writer(draw_, favourite_theme_).any("title")); }

std::string Prose::name() {
  Writer writer(draw_, favourite_theme_);
  auto first = writer.any(draw_.one_in(2) ? "she" : "he");
  return first + " " + writer.any("last");
}

std::string Prose::place() { return capitalised(Writer(draw_, favourite_theme_).any("town")); }

}  // namespace carnet::bench
