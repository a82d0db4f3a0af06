// The form as WordprocessingML: document, header, footers and properties, with the styles that Word knows, so that it is pleasant to go
// on with.
#include <fmt/format.h>

#include <pugixml.hpp>

#include <sstream>

#include "client/paper/docx_parts.hpp"
#include "client/paper/render.hpp"
#include "client/paper/words.hpp"

namespace carnet {

using namespace form;
using pugi::xml_node;

namespace {

constexpr auto main_uri = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
constexpr auto relationships_uri = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
constexpr auto placed_uri = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing";
constexpr auto drawing_uri = "http://schemas.openxmlformats.org/drawingml/2006/main";
constexpr auto picture_uri = "http://schemas.openxmlformats.org/drawingml/2006/picture";
constexpr const char* tones[] = {"", "EEF4F0", "D5E7DB", "ADD3BC", "7DBB96"};
constexpr auto band = "F1F6F3", head = "E3ECE7", bar_for = "3F8F6B", bar_against = "B5532F";

// Twips, twentieths of a point.
constexpr int short_side = 11906, long_side = 16838, margin = 1020, blank_row = 510, tall_row = 794, tall_blank_row = 1134, quadrant_row = 4080, stamp_row = 1700;
constexpr int cell_edge = 102, emu_in_twip = 635, emu_in_point = 12'700, tallest_picture = 2'880'000;  // 80 mm
constexpr int width_of(bool landscape) { return (landscape ? long_side : short_side) - 2 * margin; }

xml_node put(xml_node parent, const char* name, std::initializer_list<std::pair<const char*, std::string>> attributes = {}) {
  auto node = parent.append_child(name);
  for (auto& [key, value] : attributes) node.append_attribute(key) = value.c_str();
  return node;
}

// Lines and tabs are elements of their own.
void put_run(xml_node paragraph, std::string_view text, bool strong = false) {
  if (text.empty()) return;
  auto run = put(paragraph, "w:r");
  if (strong) put(put(run, "w:rPr"), "w:b");
  while (true) {
    auto end = std::min(text.find_first_of("\n\t"), text.size());
    if (end > 0) put(run, "w:t", {{"xml:space", "preserve"}}).text().set(std::string(text.substr(0, end)).c_str());
    if (end == text.size()) return;
    put(run, text[end] == '\n' ? "w:br" : "w:tab");
    text.remove_prefix(end + 1);
  }
}

xml_node put_paragraph(xml_node parent, const std::string& style, std::string_view text = {}, bool strong = false) {
  auto paragraph = put(parent, "w:p");
  put(put(paragraph, "w:pPr"), "w:pStyle", {{"w:val", style}});
  put_run(paragraph, text, strong);
  return paragraph;
}

void put_rules(xml_node parent, int lines) {
  for (int k = 0; k < lines; ++k) put_paragraph(parent, "Ruled");
}

struct Look {
  std::string fill = {};
  int span = 1;
  bool centred = false, strong = false, keeps = false;  // keeps: on the page of the next row
};

class Body {
 public:
  explicit Body(xml_node body) : body_(body) {}

  int numbered_lists() const { return numbered_lists_; }
  void begin(const Section& section) { width_ = width_of(section.landscape); }

  void operator()(const Heading& heading) { put_paragraph(body_, fmt::format("Heading{}", heading.level), heading.text); }
  void operator()(const Lead& lead) {
    if (lead.text.empty()) put_rules(body_, lead.lines);
    else put_paragraph(body_, "Lead", lead.text);
  }
  void operator()(const Note& note) { put_paragraph(body_, "Note", note.text); }

  void operator()(const Prose& prose) {
    if (prose.text.empty()) return put_rules(body_, prose.lines);
    std::istringstream lines(prose.text);
    for (std::string line; std::getline(lines, line);) put_paragraph(body_, "Normal", line);
  }

  void operator()(const Points& points) {
    if (points.items.empty()) return put_rules(body_, points.lines);
    put_points(body_, points);
  }

  void operator()(const Facts& facts) {
    auto table = put_table("Facts", {34, 66});
    for (auto& [name, value] : facts.rows) {
      auto row = put_row(table, blank_row - 60, false);
      put_cell(row, 34, name, {});
      put_cell(row, 66, value, {.strong = true});
    }
    gap();
  }

  void operator()(const Grid& table) {
    std::vector<int> widths;
    for (auto& column : table.columns) widths.push_back(column.percent);
    auto node = put_table("TableGrid", widths);
    auto header = put_row(node, 0, false, true);
    for (auto& column : table.columns) put_cell(header, column.percent, column.label, {.fill = head, .centred = column.centred, .strong = true});
    for (auto& row : table.rows) put_cells(node, table, row);
    for (int k = 0; k < (table.rows.empty() ? table.blanks : 0); ++k) put_cells(node, table, Line{std::vector<Box>(table.columns.size())});
    gap();
  }

  void operator()(const Bars& bars) {
    auto table = put_table("Bars", {44, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 6});
    for (auto& bar : bars.bars) {
      auto row = put_row(table, 0, false);
      put_cell(row, 44, bar.label + (bar.note.empty() ? "" : " (" + bar.note + ")"), {});
      put_cell(row, 5 * bar.value, "", {.fill = bar.against ? bar_against : bar_for, .span = bar.value});
      if (bar.value < 10) put_cell(row, 5 * (10 - bar.value), "", {.span = 10 - bar.value});
      put_cell(row, 6, std::to_string(bar.value), {.centred = true, .strong = true});
    }
    gap();
  }

  void operator()(const Quadrants& all) {
    auto table = put_table("TableGrid", {50, 50});
    for (std::size_t k = 0; k < 4; k += 2) {
      auto row = put_row(table, quadrant_row, true);
      for (auto* each : {&all.quadrants[k], &all.quadrants[k + 1]}) {
        auto cell = put_cell(row, 50, each->title + " (" + each->note + ")", {.fill = each == &all.quadrants[k] ? band : "", .strong = true});
        if (each->items.empty()) put_rules(cell, 6);
        else put_points(cell, {each->items});
        if (each->items.empty()) put_paragraph(cell, "Gap");
      }
    }
    gap();
  }

  void operator()(const Pictures& all) {
    auto table = put_table("Bars", {50, 50});
    for (std::size_t k = 0; k < all.pictures.size(); k += 2) {
      auto row = put_row(table, 0, false);
      for (std::size_t at : {k, k + 1}) {
        auto cell = put_cell(row, 50, "", {});
        if (at >= all.pictures.size()) continue;
        auto& picture = all.pictures[at];
        put_picture(cell.child("w:p"), picture);
        if (!picture.caption.empty()) put_paragraph(cell, "Cell", picture.caption);
        if (!picture.note.empty()) put_paragraph(cell, "Note", picture.note);
      }
    }
    gap();
  }

  const std::vector<std::pair<std::string, std::string>>& images() const { return images_; }

  void operator()(const Signatures& all) {
    auto table = put_table("TableGrid", {50, 50});
    auto row_of = [&](int height, auto&& text_of, bool strong) {
      auto row = put_row(table, height, false);
      for (auto& each : all.places) put_cell(row, 50, text_of(each), {.strong = strong, .keeps = true});
    };
    row_of(0, [](auto& each) { return each.title; }, true);
    row_of(0, [](auto& each) { return each.organisation; }, false);
    row_of(blank_row, [&](auto& each) { return all.name + "\n" + each.name; }, false);
    row_of(blank_row, [&](auto& each) { return all.date + "\n" + each.date; }, false);
    row_of(stamp_row, [&](auto&) { return all.signature; }, false);
    gap();
  }

  void end(const Section& section, bool last) {
    auto holder = last ? body_ : put_paragraph(body_, "Gap").child("w:pPr");
    auto properties = put(holder, "w:sectPr");
    put(properties, "w:headerReference", {{"w:type", "default"}, {"r:id", "rId4"}});
    put(properties, "w:footerReference", {{"w:type", "default"}, {"r:id", section.landscape ? "rId6" : "rId5"}});
    put(properties, "w:type", {{"w:val", "nextPage"}});
    auto size = put(properties, "w:pgSz", {{"w:w", std::to_string(section.landscape ? long_side : short_side)}, {"w:h", std::to_string(section.landscape ? short_side : long_side)}});
    if (section.landscape) size.append_attribute("w:orient") = "landscape";
    auto edge = std::to_string(margin);
    put(properties, "w:pgMar", {{"w:top", edge}, {"w:right", edge}, {"w:bottom", edge}, {"w:left", edge}, {"w:header", "500"}, {"w:footer", "500"}, {"w:gutter", "0"}});
  }

 private:
  // As large as half the width of the paper allows, and no larger than a point for each of its own.
  void put_picture(xml_node paragraph, const Picture& picture) {
    auto number = std::to_string(images_.size() + 1), file = "image" + number + (picture.type == "image/png" ? ".png" : ".jpg");
    images_.push_back({"word/media/" + file, picture.bytes});
    auto scale = std::min({(width_ / 2.0 - 2 * cell_edge) * emu_in_twip / picture.width, double{tallest_picture} / picture.height, double{emu_in_point}});
    auto wide = std::to_string(static_cast<int>(scale * picture.width)), high = std::to_string(static_cast<int>(scale * picture.height));
    auto inlined = put(put(put(paragraph, "w:r"), "w:drawing"), "wp:inline", {{"distT", "0"}, {"distB", "0"}, {"distL", "0"}, {"distR", "0"}});
    put(inlined, "wp:extent", {{"cx", wide}, {"cy", high}});
    put(inlined, "wp:docPr", {{"id", number}, {"name", file}, {"descr", picture.caption}});
    auto data = put(put(inlined, "a:graphic", {{"xmlns:a", drawing_uri}}), "a:graphicData", {{"uri", picture_uri}});
    auto drawn = put(data, "pic:pic", {{"xmlns:pic", picture_uri}});
    auto named = put(drawn, "pic:nvPicPr");
    put(named, "pic:cNvPr", {{"id", number}, {"name", file}});
    put(named, "pic:cNvPicPr");
    auto fill = put(drawn, "pic:blipFill");
    put(fill, "a:blip", {{"r:embed", docx_image_id(images_.size())}});
    put(put(fill, "a:stretch"), "a:fillRect");
    auto shape = put(drawn, "pic:spPr"), place = put(shape, "a:xfrm");
    put(place, "a:off", {{"x", "0"}, {"y", "0"}});
    put(place, "a:ext", {{"cx", wide}, {"cy", high}});
    put(put(shape, "a:prstGeom", {{"prst", "rect"}}), "a:avLst");
  }

  void gap() { put_paragraph(body_, "Gap"); }  // else two tables would become one

  void put_points(xml_node parent, const Points& points) {
    auto number = points.numbered ? std::to_string(++numbered_lists_ + 1) : "1";
    for (auto& item : points.items) {
      auto paragraph = put_paragraph(parent, points.numbered ? "ListNumber" : "ListBullet", item);
      auto numbering = put(paragraph.child("w:pPr"), "w:numPr");
      put(numbering, "w:ilvl", {{"w:val", "0"}});
      put(numbering, "w:numId", {{"w:val", number}});
    }
  }

  xml_node put_table(const char* style, const std::vector<int>& percents) {
    auto table = put(body_, "w:tbl");
    auto properties = put(table, "w:tblPr");
    put(properties, "w:tblStyle", {{"w:val", style}});
    put(properties, "w:tblW", {{"w:w", std::to_string(width_)}, {"w:type", "dxa"}});
    put(properties, "w:tblLayout", {{"w:type", "fixed"}});
    auto grid = put(table, "w:tblGrid");
    for (auto percent : percents) put(grid, "w:gridCol", {{"w:w", std::to_string(width_ * percent / 100)}});
    return table;
  }

  xml_node put_row(xml_node table, int height, bool splits, bool repeats = false) {
    auto row = put(table, "w:tr");
    auto properties = put(row, "w:trPr");
    if (!splits) put(properties, "w:cantSplit");
    if (height) put(properties, "w:trHeight", {{"w:val", std::to_string(height)}, {"w:hRule", "atLeast"}});
    if (repeats) put(properties, "w:tblHeader");
    return row;
  }

  xml_node put_cell(xml_node row, int percent, const std::string& text, const Look& look) {
    auto cell = put(row, "w:tc");
    auto properties = put(cell, "w:tcPr");
    put(properties, "w:tcW", {{"w:w", std::to_string(width_ * percent / 100)}, {"w:type", "dxa"}});
    if (look.span > 1) put(properties, "w:gridSpan", {{"w:val", std::to_string(look.span)}});
    if (!look.fill.empty()) put(properties, "w:shd", {{"w:val", "clear"}, {"w:color", "auto"}, {"w:fill", look.fill}});
    auto paragraph = put_paragraph(cell, "Cell", text, look.strong);
    if (look.keeps) put(paragraph.child("w:pPr"), "w:keepNext");
    if (look.centred) put(paragraph.child("w:pPr"), "w:jc", {{"w:val", "center"}});
    return cell;
  }

  void put_cells(xml_node node, const Grid& table, const Line& row) {
    bool is_long = false, is_empty = true;
    for (auto& cell : row.cells) {
      is_long = is_long || cell.text.size() > 600;
      is_empty = is_empty && cell.text.empty();
    }
    auto height = is_empty ? (table.is_tall ? tall_blank_row : blank_row) : table.is_tall && !row.strong ? tall_row : 0;
    auto line = put_row(node, height, is_long);
    for (std::size_t k = 0; k < row.cells.size(); ++k) {
      auto& cell = row.cells[k];
      Look look{.fill = cell.tone ? tones[cell.tone] : row.strong ? band : "", .strong = row.strong, .keeps = row.strong};
      if (row.cells.size() == 1) look.span = static_cast<int>(table.columns.size());
      else look.centred = table.columns[k].centred;
      put_cell(line, row.cells.size() == 1 ? 100 : table.columns[k].percent, cell.text, look);
    }
  }

  xml_node body_;
  int width_ = width_of(false);
  int numbered_lists_ = 0;
  std::vector<std::pair<std::string, std::string>> images_;  // name in the package, and bytes
};

xml_node root_of(pugi::xml_document& document, const char* name) {
  auto declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "UTF-8";
  declaration.append_attribute("standalone") = "yes";
  return put(document, name, {{"xmlns:w", main_uri}, {"xmlns:r", relationships_uri}, {"xmlns:wp", placed_uri}});
}

std::string in_bytes(const pugi::xml_document& document) {
  std::ostringstream out;
  document.save(out, "", pugi::format_raw, pugi::encoding_utf8);
  return out.str();
}

std::string title_of(const Document& document) { return document.title + (document.about.empty() ? "" : " – " + document.about); }

std::string header(const Document& document) {
  pugi::xml_document xml;
  put_paragraph(root_of(xml, "w:hdr"), "Header", in_short(title_of(document), 110));
  return in_bytes(xml);
}

void put_field(xml_node paragraph, const char* code) {
  auto field = put(paragraph, "w:fldSimple", {{"w:instr", code}});
  put(put(field, "w:r"), "w:t").text().set("1");
}

std::string footer(bool landscape) {
  pugi::xml_document xml;
  auto paragraph = put_paragraph(root_of(xml, "w:ftr"), "Footer");
  put(put(paragraph.child("w:pPr"), "w:tabs"), "w:tab", {{"w:val", "right"}, {"w:pos", std::to_string(width_of(landscape))}});
  put_run(paragraph, "Carnet\t");
  put_field(paragraph, "PAGE");
  put_run(paragraph, " / ");
  put_field(paragraph, "NUMPAGES");
  return in_bytes(xml);
}

std::string properties(const Document& document) {
  pugi::xml_document xml;
  auto root = put(xml, "cp:coreProperties", {{"xmlns:cp", "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"}, {"xmlns:dc", "http://purl.org/dc/elements/1.1/"}});
  put(root, "dc:title").text().set(title_of(document).c_str());
  put(root, "dc:creator").text().set("Carnet");
  put(root, "dc:language").text().set(tag_of(document.language));
  return in_bytes(xml);
}

}  // namespace

std::string docx(const Document& document) {
  pugi::xml_document xml;
  auto node = put(root_of(xml, "w:document"), "w:body");
  Body body(node);
  put_paragraph(node, "Title", document.title);
  put_paragraph(node, "Subtitle", document.about);
  for (auto& section : document.sections) {
    body.begin(section);
    for (auto& block : section.blocks) std::visit(body, block);
    body.end(section, &section == &document.sections.back());
  }
  auto parts = docx_fixed_parts();
  parts.insert(parts.end(), {{"word/_rels/document.xml.rels", docx_relationships(body.images())},
                             {"word/document.xml", in_bytes(xml)},
                             {"word/styles.xml", docx_styles(tag_of(document.language))},
                             {"word/numbering.xml", docx_numbering(body.numbered_lists())},
                             {"word/header1.xml", header(document)},
                             {"word/footer1.xml", footer(false)},
                             {"word/footer2.xml", footer(true)},
                             {"docProps/core.xml", properties(document)}});
  parts.insert(parts.end(), body.images().begin(), body.images().end());
  return zipped(parts);
}

}  // namespace carnet
