#include "client/language.hpp"

#include <array>
#include <cstdlib>

namespace carnet {

Language language_of(const std::string& locale) {
  return locale.starts_with("fr") ? Language::french : locale.starts_with("nl") ? Language::dutch : Language::english;
}

Language language_of(Replica& replica) {
  auto chosen = replica.setting("language");
  return chosen && *chosen != "auto" ? language_of(*chosen) : language_of_machine();
}

Language language_of_machine() {
  for (auto* name : {"LC_ALL", "LC_MESSAGES", "LANG"})  // the order of POSIX; an empty one counts as none
    if (auto* locale = std::getenv(name); locale && *locale) return language_of(std::string(locale));
  return Language::english;
}

std::string counted(Language language, std::size_t count, const Words& one, const Words& many) {
  bool is_one = count == 1 || (count == 0 && language == Language::french);
  return say(language, is_one ? one : many, count);
}

std::string decimal(Language language, double number, int digits) {
  auto text = fmt::format("{:.{}f}", number, digits);
  if (language == Language::english) return text;
  if (auto point = text.find('.'); point != std::string::npos) text[point] = ',';
  return text;
}

std::string span_in_words(Language language, std::int64_t seconds) {
  struct Unit {
    std::int64_t seconds;
    Words one, many;
  };
  static const std::array<Unit, 5> units{{{365 * 86'400, {"year", "an", "jaar"}, {"years", "ans", "jaar"}},
                                          {86'400, {"day", "jour", "dag"}, {"days", "jours", "dagen"}},
                                          {3'600, {"hour", "heure", "uur"}, {"hours", "heures", "uur"}},
                                          {60, {"minute", "minute", "minuut"}, {"minutes", "minutes", "minuten"}},
                                          {1, {"second", "seconde", "seconde"}, {"seconds", "secondes", "seconden"}}}};
  auto counted = [&](const Unit& unit, std::int64_t number) {
    return fmt::format("{} {}", number, (number == 1 ? unit.one : unit.many).in(language));
  };
  for (std::size_t k = 0; k < units.size(); ++k) {
    auto whole = seconds / units[k].seconds;
    if (whole == 0) continue;
    auto text = counted(units[k], whole);
    if (k + 1 == units.size()) return text;
    auto rest = seconds % units[k].seconds / units[k + 1].seconds;
    return rest == 0 ? text : say(language, {"{} and {}", "{} et {}", "{} en {}"}, text, counted(units[k + 1], rest));
  }
  return counted(units.back(), 0);
}

}  // namespace carnet
