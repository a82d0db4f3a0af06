#include "client/paper/words.hpp"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace carnet {

using namespace std::chrono;

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

// The code point at the head of the text and how many bytes it takes; none where they are no UTF-8.
std::pair<std::int32_t, std::size_t> head_of(std::string_view text) {
  utf8proc_int32_t point = 0;
  auto bytes = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()), &point);
  if (bytes <= 0) return {-1, 1};
  return {point, static_cast<std::size_t>(bytes)};
}

bool is_printable(std::int32_t point) {
  bool control = point < 0x20 || (point >= 0x7F && point < 0xA0);
  return (!control || point == '\n' || point == '\t') && point != 0xFFFE && point != 0xFFFF;
}

struct Calendar {
  std::array<const char*, 12> months;
  std::array<const char*, 7> weekdays, short_weekdays;  // from Sunday
};

const Calendar& calendar(Language language) {
  static const Calendar english{{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
                                {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
                                {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}};
  static const Calendar french{{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"},
                               {"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"},
                               {"dim.", "lun.", "mar.", "mer.", "jeu.", "ven.", "sam."}};
  static const Calendar dutch{{"januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"},
                              {"zondag", "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag"},
                              {"zo", "ma", "di", "wo", "do", "vr", "za"}};
  return language == Language::french ? french : language == Language::dutch ? dutch : english;
}

std::string day_of_month(Language language, year_month_day day) {
  auto number = static_cast<unsigned>(day.day());
  return language == Language::french && number == 1 ? "1er" : std::to_string(number);
}

std::string in_full(Language language, year_month_day day) {
  return fmt::format("{} {} {}", day_of_month(language, day), calendar(language).months[static_cast<unsigned>(day.month()) - 1], static_cast<int>(day.year()));
}

unsigned weekday_of(year_month_day day) { return weekday{sys_days{day}}.c_encoding(); }

}  // namespace

std::string in(Language language, const Label& label) {
  return std::string(language == Language::french ? label.fr : language == Language::dutch ? label.nl : label.en);
}

const char* tag_of(Language language) { return language == Language::french ? "fr-FR" : language == Language::dutch ? "nl-BE" : "en-GB"; }

std::string clean(std::string_view text) {
  std::string whole;
  whole.reserve(text.size());
  while (!text.empty()) {
    auto [point, bytes] = head_of(text);
    if (point < 0) whole += replacement;
    else if (point == '\r') whole += text.size() > 1 && text[1] == '\n' ? "" : "\n";
    else if (point == 0x2028 || point == 0x2029 || point == 0x85) whole += '\n';
    else if (is_printable(point)) whole += text.substr(0, bytes);
    text.remove_prefix(bytes);
  }
  auto first = whole.find_first_not_of(" \n\t"), last = whole.find_last_not_of(" \n\t");
  return first == whole.npos ? std::string() : whole.substr(first, last - first + 1);
}

std::string in_short(const std::string& text, std::size_t characters) {
  auto line = std::string_view(text).substr(0, text.find('\n'));
  std::size_t bytes = 0;
  for (std::size_t k = 0; k < characters && bytes < line.size(); ++k) bytes += head_of(line.substr(bytes)).second;
  return bytes == text.size() ? text : std::string(line.substr(0, bytes)) + "…";
}

std::string for_file_name(std::string_view text) {
  utf8proc_uint8_t* plain = nullptr;
  auto valid = clean(text);
  auto bytes = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(valid.data()), static_cast<utf8proc_ssize_t>(valid.size()), &plain,
                            static_cast<utf8proc_option_t>(UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_STRIPMARK | UTF8PROC_CASEFOLD));
  std::string name;
  for (utf8proc_ssize_t k = 0; k < bytes && name.size() < 60; ++k) {
    auto c = static_cast<char>(plain[k]);
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) name += c;
    else if (!name.empty() && name.back() != '-') name += '-';
  }
  std::free(plain);
  while (name.ends_with('-')) name.pop_back();
  return name;
}

std::optional<year_month_day> day_of(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return {};
  auto part = [&](std::size_t from, std::size_t length) {
    unsigned number = 0;
    auto* end = text.data() + from + length;
    auto read = std::from_chars(text.data() + from, end, number);
    return read.ec == std::errc() && read.ptr == end ? number : 0;
  };
  year_month_day day{year{static_cast<int>(part(0, 4))}, month{part(5, 2)}, std::chrono::day{part(8, 2)}};
  return day.ok() ? std::optional(day) : std::nullopt;
}

std::string in_iso(year_month_day day) {
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()), static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
}

std::string day_in_words(Language language, const std::string& text) {
  auto day = day_of(text);
  return day ? in_full(language, *day) : text;
}

std::string weekday_in_words(Language language, const std::string& text) {
  auto day = day_of(text);
  return day ? fmt::format("{} {}", calendar(language).weekdays[weekday_of(*day)], in_full(language, *day)) : text;
}

std::string day_in_short(Language language, const std::string& text) {
  auto day = day_of(text);
  return day ? fmt::format("{} {}", calendar(language).short_weekdays[weekday_of(*day)], static_cast<unsigned>(day->day())) : text;
}

std::string period_in_words(Language language, const std::string& from, const std::string& to) {
  auto first = day_of(from), last = day_of(to);
  if (!first && !last) return from.empty() || to.empty() ? from + to : from + " – " + to;
  if (!last) return say(language, {"from {}", "à partir du {}", "vanaf {}"}, in_full(language, *first));
  if (!first) return say(language, {"until {}", "jusqu’au {}", "tot {}"}, in_full(language, *last));
  if (*first == *last) return in_full(language, *first);
  bool one_month = first->year() == last->year() && first->month() == last->month();
  return say(language, {"{} to {}", "du {} au {}", "{} tot {}"}, one_month ? day_of_month(language, *first) : in_full(language, *first), in_full(language, *last));
}

std::string number_in_words(Language language, double number) {
  bool whole = std::floor(number) == number;
  auto text = decimal(language, number, whole ? 0 : 2);
  auto* between = language == Language::french ? "\u00A0" : language == Language::dutch ? "." : ",";
  auto point = std::min(text.find_first_of(".,"), text.size());
  auto sign = static_cast<std::size_t>(text.starts_with('-'));
  for (auto at = point; at > sign + 3; at -= 3) text.insert(at - 3, between);
  return text;
}

std::string money_in_words(Language language, double number, const std::string& currency, const std::string& its_name) {
  auto amount = number_in_words(language, number);
  auto sign = currency == "XOF" ? "FCFA" : currency == "EUR" ? "€" : currency == "RWF" ? "FRw" : its_name;
  if (currency == "EUR" && language != Language::french) return sign + (language == Language::dutch ? "\u00A0" : "") + amount;
  return sign.empty() ? amount : amount + "\u00A0" + sign;
}

}  // namespace carnet
