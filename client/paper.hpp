// What was written, on paper: each tool as a page for print, as a DOCX, and where it is a table as a CSV. The local server and
// `carnet paper` hand out the bytes. One thread at a time, as with the replica.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "client/language.hpp"
#include "client/paper/render.hpp"
#include "core/replica.hpp"

namespace carnet {

enum class Format { html, docx, csv };

std::optional<Format> format_of(std::string_view ending);  // html, docx, csv

struct Paper {
  std::string content_type;
  std::string file_name;  // journal-ouinhi-2025-03-10.docx
  std::string bytes;
};

// An error in words where there is no such tool or row, or where the tool is no table and a CSV was asked for.
Result<Paper> paper(Replica& replica, std::string_view tool, RowId id, Format format, Language language, Looks looks = Looks::linked);

std::string tools_in_words(Language language);  // each tool with whose id it takes, one a line

}  // namespace carnet
