#include <fmt/format.h>

#include <algorithm>

#include "client/paper/render.hpp"

namespace carnet {

namespace {

constexpr std::string_view mark = "\xEF\xBB\xBF";

// Spreadsheets also take the full-width forms of these signs.
bool is_formula(std::string_view text) {
  for (auto* sign : {"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"})
    if (text.starts_with(sign)) return true;
  return false;
}

std::string quoted(const std::string& text) {
  auto safe = is_formula(text) ? "'" + text : text;
  if (safe.find_first_of(";,\"\n\r\t") == safe.npos) return safe;
  std::string whole = "\"";
  for (char c : safe) whole += c == '"' ? std::string("\"\"") : std::string(1, c);
  return whole + "\"";
}

std::string number(double value, Language language) {
  auto text = fmt::format("{}", value);
  if (language != Language::english) std::replace(text.begin(), text.end(), '.', ',');
  return text;
}

std::string in_cell(const Value& value, Language language) {
  if (auto* text = std::get_if<std::string>(&value)) return quoted(*text);
  if (auto* whole = std::get_if<std::int64_t>(&value)) return std::to_string(*whole);
  if (auto* real = std::get_if<double>(&value)) return number(*real, language);
  return {};
}

}  // namespace

std::string csv(const form::Sheet& sheet, Language language) {
  std::string whole(mark);
  auto put = [&](auto& cells, auto&& text_of) {
    bool first = true;
    for (auto& cell : cells) {
      whole += (first ? "" : ";") + text_of(cell);
      first = false;
    }
    whole += "\r\n";
  };
  put(sheet.columns, quoted);
  for (auto& row : sheet.rows) put(row, [&](auto& cell) { return in_cell(cell, language); });
  return whole;
}

}  // namespace carnet
