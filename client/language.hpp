// The language of what people read in the terminal: of the setting `language`, or of this machine. Errors and help
// are told in it as they leave (phrases.hpp); what only an operator can do something about is in English.
#pragma once
#include <fmt/format.h>

#include <string>

#include "core/replica.hpp"

namespace carnet {

enum class Language { english, french, dutch };

Language language_of(Replica& replica);
Language language_of_machine();  // where there is no replica yet
Language language_of(const std::string& locale);  // fr_BJ.UTF-8; English where it is another one

// One text in each of them, with places for the same values.
struct Words {
  const char *english, *french, *dutch;
  const char* in(Language language) const { return language == Language::french ? french : language == Language::dutch ? dutch : english; }
};

template <class... Values>
std::string say(Language language, const Words& words, const Values&... values) {
  return fmt::format(fmt::runtime(words.in(language)), values...);
}

// With the count put in; in French nothing is one, too.
std::string counted(Language language, std::size_t count, const Words& one, const Words& many);

std::string decimal(Language language, double number, int digits);  // 0,38 where a comma is read

// The two largest units: 3 days and 2 hours.
std::string span_in_words(Language language, std::int64_t seconds);

}  // namespace carnet
