// The page for print. Nothing in it may be a style attribute: the content policy of the pages forbids them, so widths and shades are
// classes of the stylesheet.
#include <fmt/format.h>
#include <sodium.h>

#include "client/paper/render.hpp"
#include "client/paper/words.hpp"

namespace carnet {

using namespace form;

namespace {

std::string escaped(std::string_view text) {
  std::string whole;
  whole.reserve(text.size() + text.size() / 8);
  for (char c : text) {
    switch (c) {
      case '&': whole += "&amp;"; break;
      case '<': whole += "&lt;"; break;
      case '>': whole += "&gt;"; break;
      case '"': whole += "&quot;"; break;
      case '\'': whole += "&#39;"; break;
      default: whole += c;
    }
  }
  return whole;
}

std::string rules(int lines) {
  std::string whole = "<div class=\"rules\">";
  for (int k = 0; k < lines; ++k) whole += "<span></span>";
  return whole + "</div>\n";
}

class Page {
 public:
  explicit Page(Looks looks) : looks_(looks) {}

  void operator()(const Heading& heading) { out_ += fmt::format("<h{0} dir=\"auto\">{1}</h{0}>\n", heading.level + 1, escaped(heading.text)); }
  void operator()(const Lead& lead) { out_ += "<div class=\"lead\" dir=\"auto\">" + (lead.text.empty() ? rules(lead.lines) : escaped(lead.text)) + "</div>\n"; }
  void operator()(const Prose& prose) { out_ += prose.text.empty() ? rules(prose.lines) : "<div class=\"prose\" dir=\"auto\">" + escaped(prose.text) + "</div>\n"; }
  void operator()(const Note& note) { out_ += "<p class=\"note\">" + escaped(note.text) + "</p>\n"; }

  void operator()(const Points& points) {
    if (points.items.empty()) {
      out_ += rules(points.lines);
      return;
    }
    const char* list = points.numbered ? "ol" : "ul";
    out_ += fmt::format("<{}>\n", list);
    for (auto& item : points.items) out_ += "<li dir=\"auto\">" + escaped(item) + "</li>\n";
    out_ += fmt::format("</{}>\n", list);
  }

  void operator()(const Facts& facts) {
    out_ += "<table class=\"facts\">\n";
    for (auto& [name, value] : facts.rows) out_ += "<tr><th scope=\"row\">" + escaped(name) + "</th><td dir=\"auto\">" + escaped(value) + "</td></tr>\n";
    out_ += "</table>\n";
  }

  void operator()(const Grid& table) {
    out_ += fmt::format("<table class=\"grid{}\">\n<colgroup>", table.is_tall ? " tall" : "");
    for (auto& column : table.columns) out_ += fmt::format("<col class=\"w{}\">", column.percent);
    out_ += "</colgroup>\n<thead><tr>";
    for (auto& column : table.columns) out_ += fmt::format("<th scope=\"col\"{}>{}</th>", column.centred ? " class=\"centred\"" : "", escaped(column.label));
    out_ += "</tr></thead>\n<tbody>\n";
    for (auto& row : table.rows) put(table, row);
    for (int k = 0; k < (table.rows.empty() ? table.blanks : 0); ++k) put(table, Line{std::vector<Box>(table.columns.size())});
    out_ += "</tbody></table>\n";
  }

  void operator()(const Bars& bars) {
    out_ += "<table class=\"bars\">\n";
    for (auto& bar : bars.bars)
      out_ += fmt::format("<tr><th scope=\"row\" dir=\"auto\">{}<small>{}</small></th><td><span class=\"bar{} s{}\"></span><b>{}</b></td></tr>\n", escaped(bar.label), escaped(bar.note),
                          bar.against ? " against" : "", bar.value, bar.value);
    out_ += "</table>\n";
  }

  void operator()(const Quadrants& all) {
    out_ += "<div class=\"quadrants\">\n";
    for (auto& each : all.quadrants) {
      out_ += "<section><h2>" + escaped(each.title) + " <small>" + escaped(each.note) + "</small></h2>\n";
      (*this)(Points{each.items, false, 6});
      out_ += "</section>\n";
    }
    out_ += "</div>\n";
  }

  void operator()(const Signatures& all) {
    out_ += "<div class=\"signatures\">\n";
    for (auto& each : all.places)
      out_ += fmt::format("<section><h3>{}</h3><p class=\"of\">{}</p><dl><dt>{}</dt><dd>{}</dd><dt>{}</dt><dd>{}</dd><dt>{}</dt><dd class=\"stamp\"></dd></dl></section>\n", escaped(each.title),
                          escaped(each.organisation), escaped(all.name), escaped(each.name), escaped(all.date), escaped(each.date), escaped(all.signature));
    out_ += "</div>\n";
  }

  void operator()(const Pictures& all) {
    out_ += "<div class=\"pictures\">\n";
    for (auto& each : all.pictures)
      out_ += fmt::format("<figure><img src=\"{}\" alt=\"{}\" width=\"{}\" height=\"{}\"><figcaption dir=\"auto\">{}<small>{}</small></figcaption></figure>\n", escaped(source_of(each)), escaped(each.caption),
                          each.width, each.height, escaped(each.caption), escaped(each.note));
    out_ += "</div>\n";
  }

  std::string take() { return std::move(out_); }

 private:
  void put(const Grid& table, const Line& row) {
    bool is_band = row.cells.size() == 1, is_long = false, is_empty = true;
    for (auto& cell : row.cells) {
      is_long = is_long || cell.text.size() > 600;
      is_empty = is_empty && cell.text.empty();
    }
    out_ += fmt::format("<tr class=\"{}{}{}\">", row.strong ? "strong" : "plain", is_long ? " long" : "", is_empty ? " empty" : "");
    for (std::size_t k = 0; k < row.cells.size(); ++k) {
      auto& cell = row.cells[k];
      out_ += fmt::format("<td dir=\"auto\" class=\"t{}{}\"", cell.tone, table.columns[k].centred && !is_band ? " centred" : "");
      if (is_band) out_ += fmt::format(" colspan=\"{}\"", table.columns.size());
      out_ += ">" + escaped(cell.text) + "</td>";
    }
    out_ += "</tr>\n";
  }

  // A page that stands by itself has its pictures in it.
  std::string source_of(const Picture& picture) const {
    if (looks_ == Looks::linked && !picture.address.empty()) return picture.address;
    std::string text(sodium_base64_encoded_len(picture.bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
    sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(picture.bytes.data()), picture.bytes.size(), sodium_base64_VARIANT_ORIGINAL);
    text.pop_back();  // its final zero
    return "data:" + picture.type + ";base64," + text;
  }

  Looks looks_;
  std::string out_;
};

}  // namespace

std::string html(const Document& document, Looks looks) {
  Page page(looks);
  std::string language = tag_of(document.language);
  auto style = looks == Looks::linked ? "<link rel=\"stylesheet\" href=\"/paper/paper.css\">" : "<style>" + stylesheet() + "</style>";
  auto title = document.title + (document.about.empty() ? "" : " – " + document.about);
  auto whole = fmt::format("<!DOCTYPE html>\n<html lang=\"{}\" class=\"{}-{}\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n"
                           "<title>{}</title>\n{}\n</head>\n<body>\n<main>\n",
                           language, document.tool, language.substr(0, 2), escaped(title), style);
  bool first = true;
  for (auto& section : document.sections) {
    whole += fmt::format("<section class=\"sheet {}\">\n", section.landscape ? "landscape" : "portrait");
    if (first) whole += fmt::format("<header><p>Carnet</p><h1>{}</h1><p dir=\"auto\">{}</p></header>\n", escaped(document.title), escaped(document.about));
    for (auto& block : section.blocks) std::visit(page, block);
    whole += page.take() + "</section>\n";
    first = false;
  }
  return whole + "</main>\n</body>\n</html>\n";
}

}  // namespace carnet
