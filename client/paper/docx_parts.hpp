// The parts of a DOCX that hold no text of people, and the package that all of them are put into.
#pragma once
#include <string>
#include <utility>
#include <vector>

namespace carnet {

std::string docx_styles(const std::string& language);       // as fr-FR, for the spell checker
std::string docx_numbering(int numbered_lists);             // 1: bullets; 2 and on: one for each numbered list, so that each begins at 1
using DocxParts = std::vector<std::pair<std::string, std::string>>;  // name and content
const DocxParts& docx_fixed_parts();                                 // types, relationships of the package, settings
std::string docx_relationships(const DocxParts& images);             // of the document
std::string docx_image_id(std::size_t number);                       // in these; from 1

// As a zip file, in this order, every one of the same fixed time.
std::string zipped(const DocxParts& parts);

}  // namespace carnet
