// Papers as files for other programs: a DOCX holds together as Word wants it, a CSV comes back as it was written.
#include <catch2/catch.hpp>

#include "tests/client/papers.hpp"

using namespace carnet;
using namespace carnet::test;
using Catch::Matchers::Contains;

namespace {

std::vector<std::vector<std::string>> read_csv(std::string_view text) {
  REQUIRE(text.starts_with("\xEF\xBB\xBF"));
  text.remove_prefix(3);
  std::vector<std::vector<std::string>> rows(1, {""});
  bool quoted = false;
  for (std::size_t k = 0; k < text.size(); ++k) {
    if (quoted && text[k] == '"' && k + 1 < text.size() && text[k + 1] == '"') rows.back().back() += text[k++];
    else if (text[k] == '"') quoted = !quoted;
    else if (!quoted && text[k] == ';') rows.back().push_back("");
    else if (!quoted && text.substr(k).starts_with("\r\n")) { rows.push_back({""}); ++k; }
    else rows.back().back() += text[k];
  }
  rows.pop_back();
  return rows;
}

}  // namespace

TEST_CASE("a DOCX has the parts that Word needs, each of them told of and well formed") {
  Papers papers;
  papers.fill(marker);
  auto parts = unzip(papers.print("visit", Format::docx, Language::dutch));
  auto types = parsed(parts.at("[Content_Types].xml"));
  for (auto& each : types.select_nodes("//Override")) CHECK(parts.contains(std::string(each.node().attribute("PartName").value()).substr(1)));
  auto links = parsed(parts.at("word/_rels/document.xml.rels"));
  for (auto& each : links.select_nodes("//Relationship")) CHECK(parts.contains("word/" + std::string(each.node().attribute("Target").value())));
  auto styles = parsed(parts.at("word/styles.xml")), document = parsed(parts.at("word/document.xml"));
  CHECK(std::string(styles.select_node("//w:docDefaults//w:lang").node().attribute("w:val").value()) == "nl-BE");
  for (auto& each : document.select_nodes("//w:pStyle | //w:tblStyle")) {
    auto wanted = fmt::format("//w:style[@w:styleId='{}']", each.node().attribute("w:val").value());
    INFO(wanted);
    CHECK(styles.select_node(wanted.c_str()));
  }
  CHECK(document.select_node("//w:tblHeader"));
  CHECK(document.select_node("//w:pgSz[@w:orient='landscape']"));
  CHECK_THAT(parts.at("word/footer1.xml"), Contains("NUMPAGES"));
}

TEST_CASE("the cells of every row of a DOCX fill the table's columns, and every cell ends with a paragraph") {
  Papers papers;
  papers.fill(marker);
  for (auto& tool : tools()) {
    INFO(tool.name);
    auto document = parsed(unzip(papers.print(std::string(tool.name), Format::docx))["word/document.xml"]);
    for (auto& row : document.select_nodes("//w:tr")) {
      int span = 0;
      for (auto cell : row.node().children("w:tc")) {
        span += cell.child("w:tcPr").child("w:gridSpan").attribute("w:val").as_int(1);
        CHECK(std::string(cell.last_child().name()) == "w:p");
      }
      auto columns = row.node().parent().child("w:tblGrid").children("w:gridCol");
      CHECK(span == std::distance(columns.begin(), columns.end()));
    }
  }
}

TEST_CASE("a CSV comes back as it was written, whatever stands in its cells") {
  form::Sheet sheet{{"Texte; avec", "Nombre"}, {{std::string("deux\nlignes"), std::int64_t{3}}, {std::string("dit \"oui\"; non, peut-être"), 2.5}, {Value{}, Value{}}}};
  auto rows = read_csv(csv(sheet, Language::french));
  CHECK(rows == std::vector<std::vector<std::string>>{{"Texte; avec", "Nombre"}, {"deux\nlignes", "3"}, {"dit \"oui\"; non, peut-être", "2,5"}, {"", ""}});
  CHECK(read_csv(csv(sheet, Language::dutch))[2][1] == "2,5");
  CHECK(read_csv(csv(sheet, Language::english))[2][1] == "2.5");
  CHECK(read_csv(csv({{"Budget"}, {{1e12}, {123456789012.25}}}, Language::french)) == std::vector<std::vector<std::string>>{{"Budget"}, {"1000000000000"}, {"123456789012,25"}});
}

TEST_CASE("what a spreadsheet would run as a formula is defused") {
  for (std::string sign : {"=", "+", "-", "@", "\t", "\r", "＝"}) {
    auto rows = read_csv(csv({{"a"}, {{sign + "HYPERLINK(\"x\")"}}}, Language::french));
    CHECK(rows[1][0] == "'" + sign + "HYPERLINK(\"x\")");
  }
  CHECK(read_csv(csv({{"a"}, {{std::string("1+1=2")}}}, Language::french))[1][0] == "1+1=2");
}

TEST_CASE("a CSV has a row for each thing, with numbers as numbers and days as days") {
  Papers papers;
  papers.begin();
  papers.add("action_plan", {{"organisation", papers.ids["organisation"]}, {"objective", "D'ici 2030"}});
  papers.add("plan_action", {{"action_plan", papers.ids["action_plan"]}, {"text", "Réunir"}, {"budget", 250000.5}, {"currency", "XOF"}, {"starts_on", "2025-04-01"}, {"status", "under_way"}});
  auto rows = read_csv(papers.print("action_plan", Format::csv));
  REQUIRE(rows.size() == 2);
  CHECK(rows[1] == std::vector<std::string>{"D'ici 2030", "Réunir", "", "", "", "2025-04-01", "", "250000,5", "Franc CFA", "En cours"});
}
