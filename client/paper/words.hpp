// Days, numbers and texts as they stand on paper, in the reader's language.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "client/language.hpp"
#include "core/schema.hpp"

namespace carnet {

std::string in(Language language, const Label& label);
const char* tag_of(Language language);  // fr-FR, for spell checkers

// Text that any format can hold: valid UTF-8, lines end with LF, no control characters, nothing blank around it.
std::string clean(std::string_view text);
std::string in_short(const std::string& text, std::size_t characters);  // its first line, cut where it is longer
std::string for_file_name(std::string_view text);                      // a-z, 0-9 and -

std::optional<std::chrono::year_month_day> day_of(std::string_view text);  // 2025-03-10
std::string in_iso(std::chrono::year_month_day day);
// What is no day is left as it is.
std::string day_in_words(Language language, const std::string& day);       // 10 mars 2025
std::string weekday_in_words(Language language, const std::string& day);   // lundi 10 mars 2025
std::string day_in_short(Language language, const std::string& day);       // lun. 10
std::string period_in_words(Language language, const std::string& from, const std::string& to);  // du 10 au 14 mars 2025

std::string number_in_words(Language language, double number);  // 250 000 or 12,50
std::string money_in_words(Language language, double number, const std::string& currency, const std::string& its_name);

}  // namespace carnet
