// The three ways in which a form leaves: a page for print, a DOCX to go on with, a CSV for a spreadsheet.
#pragma once
#include <string>

#include "client/paper/document.hpp"

namespace carnet {

// Where a page has its looks from: from the server at /paper/paper.css, as a strict content policy wants it, or from itself, as a file does.
enum class Looks { linked, inside };

std::string html(const form::Document& document, Looks looks);
const std::string& stylesheet();

// The same document gives the same bytes, whenever and wherever.
std::string docx(const form::Document& document);

// UTF-8 with a mark, semicolons, CRLF, and the language's decimal sign: Excel in French or Dutch opens it by a double click. A text that
// a spreadsheet would run as a formula gets an apostrophe in front.
std::string csv(const form::Sheet& sheet, Language language);

}  // namespace carnet
