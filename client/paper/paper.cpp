#include "client/paper.hpp"

#include <fmt/format.h>

#include "client/paper/tools.hpp"
#include "core/domain.hpp"

namespace carnet {

std::optional<Format> format_of(std::string_view ending) {
  if (ending == "html") return Format::html;
  if (ending == "docx") return Format::docx;
  if (ending == "csv") return Format::csv;
  return {};
}

Result<Paper> paper(Replica& replica, std::string_view tool, RowId id, Format format, Language language, Looks looks) {
  auto document = document_of(replica, tool, id, language);
  if (!document) return document.error();
  switch (format) {
    case Format::html: return Paper{"text/html; charset=utf-8", document->file + ".html", html(*document, looks)};
    case Format::docx: return Paper{"application/vnd.openxmlformats-officedocument.wordprocessingml.document", document->file + ".docx", docx(*document)};
    case Format::csv: break;
  }
  if (!find_tool(tool)->is_table)
    return Error{Code::invalid, say(language, {"'{}' is no table; take docx or html", "« {} » n’est pas un tableau ; prenez docx ou html", "'{}' is geen tabel; neem docx of html"}, document->title)};
  return Paper{"text/csv; charset=utf-8", document->file + ".csv", csv(*document->sheet, language)};
}

std::string tools_in_words(Language language) {
  std::string all;
  for (auto& tool : tools())
    all += fmt::format("{:<17} {} ({}){}\n", tool.name, tool.title.in(language), in(language, domain().find(tool.target)->label), tool.is_table ? ", csv" : "");
  return all;
}

}  // namespace carnet
