// The parts of a DOCX that hold no text of people, and the package that all of them are put into.
#pragma once
#include <string>
#include <utility>
#include <vector>

namespace carnet {

std::string docx_styles(const std::string& language);       // as fr-FR, for the spell checker
std::string docx_numbering(int numbered_lists);             // 1: bullets; 2 and on: one for each numbered list, so that each begins at 1
const std::vector<std::pair<std::string, std::string>>& docx_fixed_parts();  // name and content: types, relationships, settings

// As a zip file, in this order, every one of the same fixed time.
std::string zipped(const std::vector<std::pair<std::string, std::string>>& parts);

}  // namespace carnet
