// What was written comes out on paper: all of it, in words, in three languages, whatever people typed.
#include <catch2/catch.hpp>

#include <regex>
#include <set>

#include "tests/client/papers.hpp"

using namespace carnet;
using namespace carnet::test;
using Catch::Matchers::Contains;

namespace {

constexpr Language languages[] = {Language::french, Language::dutch, Language::english};

// All texts of a document, in order.
struct Texts {
  std::vector<std::string> all;
  void operator()(const form::Heading& each) { all.push_back(each.text); }
  void operator()(const form::Lead& each) { all.push_back(each.text); }
  void operator()(const form::Prose& each) { all.push_back(each.text); }
  void operator()(const form::Note& each) { all.push_back(each.text); }
  void operator()(const form::Points& each) { all.insert(all.end(), each.items.begin(), each.items.end()); }
  void operator()(const form::Facts& each) {
    for (auto& [name, value] : each.rows) all.insert(all.end(), {name, value});
  }
  void operator()(const form::Grid& each) {
    for (auto& column : each.columns) all.push_back(column.label);
    for (auto& row : each.rows)
      for (auto& cell : row.cells) all.push_back(cell.text);
  }
  void operator()(const form::Bars& each) {
    for (auto& bar : each.bars) all.insert(all.end(), {bar.label, bar.note});
  }
  void operator()(const form::Quadrants& each) {
    for (auto& part : each.quadrants) {
      all.insert(all.end(), {part.title, part.note});
      all.insert(all.end(), part.items.begin(), part.items.end());
    }
  }
  void operator()(const form::Pictures& each) {
    for (auto& picture : each.pictures) all.insert(all.end(), {picture.caption, picture.note});
  }
  void operator()(const form::Signatures& each) {
    for (auto& place : each.places) all.insert(all.end(), {place.title, place.organisation, place.name, place.date});
  }
};

std::vector<std::string> texts_of(const form::Document& document) {
  Texts texts{{document.title, document.about}};
  for (auto& section : document.sections)
    for (auto& block : section.blocks) std::visit(texts, block);
  return texts.all;
}

// Codes that are no word of any language's labels.
std::set<std::string> bare_codes() {
  std::set<std::string> codes, words;
  for (auto& table : domain().tables)
    for (auto& column : table.columns)
      for (auto& choice : column.choices) {
        codes.insert(std::string(choice.code));
        for (auto word : {choice.label.fr, choice.label.nl, choice.label.en}) words.insert(std::string(word));
      }
  for (auto& word : words) codes.erase(word);
  return codes;
}

void expect_no_empty_heading(const form::Document& document) {
  for (auto& section : document.sections)
    for (std::size_t k = 0; k < section.blocks.size(); ++k) {
      auto* heading = std::get_if<form::Heading>(&section.blocks[k]);
      if (!heading) continue;
      INFO(heading->text);
      CHECK_FALSE(heading->text.empty());
      REQUIRE(k + 1 < section.blocks.size());
      auto* next = std::get_if<form::Heading>(&section.blocks[k + 1]);
      CHECK((!next || next->level > heading->level));
    }
}

void expect_words_alone(const form::Document& document) {
  static const auto codes = bare_codes();
  for (auto& text : texts_of(document)) {
    INFO(text);
    CHECK_FALSE(codes.contains(text));
    CHECK_FALSE(std::regex_search(text.substr(0, 2000), std::regex("[0-9]{9}")));  // ids have eleven digits or more
  }
}

const std::string hostile = "<script>alert(1)</script> ]]> &amp; <!-- \"x\" 'y' \xE2\x80\xAE \xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D \xEF\xBF\xBF\x01\x1B\x08 end";
const std::string hostile_on_paper = "<script>alert(1)</script> ]]> &amp; <!-- \"x\" 'y' \xE2\x80\xAE \xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D  end";

}  // namespace

TEST_CASE("nothing that people write is missing on paper") {
  Papers papers;
  papers.fill(marker);
  std::string all;
  for (auto& tool : tools()) all += html(papers.document(tool, Language::french), Looks::linked);
  for (auto& table : domain().tables)
    for (auto& column : table.columns) {
      bool is_text = column.type == Type::line || column.type == Type::prose;
      INFO(table.name << "." << column.name);
      if (table.number <= 36 && is_text) CHECK(all.find(marker(table, column)) != all.npos);
    }
}

TEST_CASE("every tool in every language has words, no id, no code and no empty heading, filled in or not") {
  Papers full, empty;
  full.fill([](auto& table, auto&) { return "Texte de " + std::to_string(table.number); });
  empty.begin();
  for (auto* papers : {&full, &empty})
    for (auto& tool : tools())
      for (auto language : languages) {
        auto document = papers->document(tool, language);
        INFO(tool.name << " " << tag_of(language));
        expect_no_empty_heading(document);
        expect_words_alone(document);
        CHECK(document.sheet.has_value() >= tool.is_table);
      }
}

TEST_CASE("headings are said in each language") {
  Papers papers;
  papers.begin();
  CHECK_THAT(papers.print("terms", Format::html, Language::french), Contains("Termes de référence") && Contains("Validé par la commune visiteuse") && Contains("<html lang=\"fr-FR\""));
  CHECK_THAT(papers.print("terms", Format::html, Language::dutch), Contains("Ondertekend door de ontvangende gemeente") && Contains("10 tot 14 maart 2025") && Contains("<html lang=\"nl-BE\""));
  CHECK_THAT(papers.print("terms", Format::html, Language::english), Contains("Signed by the host municipality") && Contains("10 to 14 March 2025"));
}

TEST_CASE("hostile text stays text on the page, in the DOCX and in the CSV") {
  Papers papers;
  papers.fill([](auto&, auto& column) { return column.type == Type::prose ? hostile : std::string("<b>ligne</b>"); });
  for (auto& tool : tools()) {
    INFO(tool.name);
    auto page = papers.print(std::string(tool.name), Format::html);
    CHECK(page.find("<script") == page.npos);
    CHECK(page.find("<b>ligne") == page.npos);
    CHECK(page.find('\x01') == page.npos);
    CHECK_THAT(page, Contains("&lt;script&gt;alert(1)&lt;/script&gt; ]]&gt; &amp;amp; &lt;!-- &quot;x&quot;"));
    auto bytes = papers.print(std::string(tool.name), Format::docx);
    for (auto& [name, part] : unzip(bytes)) parsed(part);
    CHECK_THAT(text_of_docx(bytes), Contains(hostile_on_paper));
    if (tool.is_table) CHECK_THAT(papers.print(std::string(tool.name), Format::csv), Contains("<script>alert(1)</script> ]]> &amp; <!-- \"\"x\"\""));
  }
}

TEST_CASE("bytes that are no text become marks, and line ends become one kind") {
  CHECK(clean("a\xED\xA0\x80z") == "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz");
  CHECK(clean("a\xC3") == "a\xEF\xBF\xBD");
  CHECK(clean("a\r\nb\rc\xE2\x80\xA8" "d\v") == "a\nb\nc\nd");
  CHECK(clean(" \n ") == "");
}

TEST_CASE("a prose of 1 MiB is printed whole") {
  Papers papers;
  papers.begin();
  std::string prose = "Début";
  while (prose.size() < max_value_bytes) prose += " et puis\nencore";
  prose.resize(max_value_bytes - 4);
  prose += " fin";
  papers.add("journal_entry", {{"visit", papers.ids["visit"]}, {"day", "2025-03-11"}, {"learned", prose}});
  CHECK_THAT(papers.print("journal", Format::html), Contains(prose));
  CHECK_THAT(papers.print("journal", Format::csv), Contains(prose));
  CHECK_THAT(text_of_docx(papers.print("journal", Format::docx)), Contains("Début et puis\nencore") && Contains("fin"));
}

TEST_CASE("the same rows give the same bytes") {
  Papers papers;
  papers.fill(marker);
  for (auto format : {Format::html, Format::docx, Format::csv}) CHECK(papers.print("questions", format) == papers.print("questions", format));
}

TEST_CASE("a page asks for nothing that a strict content policy forbids, and a file brings its looks along") {
  Papers papers;
  papers.fill(marker);
  for (auto& tool : tools()) {
    auto page = html(papers.document(tool, Language::french), Looks::linked);
    CHECK(page.find(" style=") == page.npos);
    CHECK(page.find("<style") == page.npos);
    CHECK_THAT(page, Contains("href=\"/paper/paper.css\""));
    CHECK_THAT(stylesheet(), Contains(fmt::format("html.{}-fr{{--running:", tool.name)));
  }
  CHECK_THAT(html(papers.document(tools().front(), Language::french), Looks::inside), Contains("<style>") && !Contains("paper.css"));
}

TEST_CASE("an id of another table, no row, no tool and no table are refused in words") {
  Papers papers;
  papers.begin();
  auto refusal = [&](const char* tool, const char* table, Format format, Language language) {
    auto printed = paper(*papers.device.replica, tool, RowId{papers.ids[table]}, format, language);
    REQUIRE_FALSE(printed);
    return printed.error().text;
  };
  auto id = papers.ids["project"];
  CHECK(refusal("programme", "project", Format::html, Language::french) ==
        fmt::format("la fiche {} est de la rubrique « Projet ou initiative » ; « Préparation de la visite : programme » en demande une de « Visite de terrain »", id));
  CHECK_THAT(refusal("programme", "project", Format::docx, Language::dutch), Contains("vraagt er een van 'Terreinbezoek'"));
  CHECK_THAT(refusal("poem", "visit", Format::html, Language::french), Contains("il n’y a pas d’outil « poem »"));
  CHECK_THAT(refusal("terms", "visit", Format::csv, Language::french), Contains("n’est pas un tableau"));
  CHECK(paper(*papers.device.replica, "terms", RowId{77}, Format::html, Language::english).error().text == "there is no record 77 on this device");
}

TEST_CASE("sub-questions that no activity serves are listed by priority, and served ones are not") {
  Papers papers;
  papers.begin();
  papers.add("learning_question", {{"organisation", papers.ids["organisation"]}, {"wording", "Comment ?"}});
  auto part = [&](const char* text, const char* priority) { return papers.add("sub_question", {{"question", papers.ids["learning_question"]}, {"text", text}, {"priority", priority}}); };
  part("Peut-être", "nice");
  part("Surtout", "must");
  auto served = part("Servie", "must");
  papers.add("activity_sub_question", {{"activity", papers.add("activity", {{"visit", papers.ids["visit"]}, {"title", "Marché"}, {"day", "2025-03-11"}})}, {"sub_question", served}});
  auto page = papers.print("programme", Format::html);
  auto heading = page.find("aucune activité ne répond encore");
  REQUIRE(heading != page.npos);
  CHECK(page.find("Surtout", heading) < page.find("Peut-être", heading));
  CHECK(page.find("Servie", heading) == page.npos);
  CHECK(page.find("Servie") < heading);
}

TEST_CASE("a question tells its wordings, those written down and those that the device remembers") {
  Papers papers;
  papers.begin();
  papers.add("device", {{"number", 3}, {"name", "Planification"}});
  auto question = papers.add("learning_question", {{"organisation", papers.ids["organisation"]}, {"wording", "Comment faire payer ?"}});
  papers.add("wording", {{"question", question}, {"written_on", "2024-02-05"}, {"text", "Qui paie ?"}});
  papers.device.replica->collect();
  REQUIRE(papers.notebook.edit(RowId{question}, {{"wording", "Comment soutenir ?"}}));
  auto document = papers.document(*find_tool("questions"), Language::french);
  auto texts = texts_of(document);
  auto at = [&](const char* text) { return std::find(texts.rbegin(), texts.rend(), text).base() - texts.begin(); };
  CHECK(at("5 février 2024") < at("Qui paie ?"));
  CHECK(at("Qui paie ?") < at("Comment soutenir ?"));
}

TEST_CASE("files are named after what they hold, without accents") {
  Papers papers;
  papers.begin("Covè d’Été");
  auto name = [&](const char* tool, Format format, Language language) { return paper(*papers.device.replica, tool, papers.target(*find_tool(tool)), format, language)->file_name; };
  CHECK(name("journal", Format::docx, Language::french) == "journal-cove-d-ete-2025-03-10.docx");
  CHECK(name("action_plan", Format::csv, Language::dutch) == "actieplan-cove-d-ete.csv");
  CHECK(for_file_name("../../etc\\passwd\"\n") == "etc-passwd");
}

TEST_CASE("days and amounts are written as each language writes them") {
  CHECK(day_in_words(Language::french, "2025-03-01") == "1er mars 2025");
  CHECK(day_in_words(Language::dutch, "2025-03-10") == "10 maart 2025");
  CHECK(weekday_in_words(Language::french, "2025-03-11") == "mardi 11 mars 2025");
  CHECK(day_in_words(Language::french, "2025-02-30") == "2025-02-30");
  CHECK(period_in_words(Language::french, "2025-03-28", "2025-04-02") == "du 28 mars 2025 au 2 avril 2025");
  CHECK(money_in_words(Language::french, 12500000, "XOF", "Franc CFA") == "12\u00A0500\u00A0000\u00A0FCFA");
  CHECK(money_in_words(Language::dutch, 1250.5, "EUR", "Euro") == "€\u00A01.250,50");
  CHECK(number_in_words(Language::english, 999) == "999");
  CHECK(number_in_words(Language::english, 1000) == "1,000");
}

TEST_CASE("a visit that is said to last for ages is shown by the days on which something happened") {
  Papers papers;
  papers.begin();
  REQUIRE(papers.notebook.edit(RowId{papers.ids["visit"]}, {{"ends_on", "2025-04-09"}}));
  Records records(*papers.device.replica, Language::french);
  auto days = [&] { return days_of(records, records.row("visit", RowId{papers.ids["visit"]})).size(); };
  CHECK(days() == 31);
  REQUIRE(papers.notebook.edit(RowId{papers.ids["visit"]}, {{"ends_on", "2025-04-10"}}));
  CHECK(days() == 1);
}
