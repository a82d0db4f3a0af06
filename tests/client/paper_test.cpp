// What was written comes out on paper: all of it, in words, in three languages, whatever people typed.
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <sodium.h>
#include <zip.h>

#include <functional>
#include <map>
#include <pugixml.hpp>
#include <regex>
#include <set>

#include "client/media.hpp"
#include "client/notebook.hpp"
#include "client/paper.hpp"
#include "client/paper/tools.hpp"
#include "core/blob.hpp"
#include "core/domain.hpp"
#include "tests/village.hpp"

using namespace carnet;
using namespace carnet::test;
using Catch::Matchers::Contains;

namespace {

constexpr Language languages[] = {Language::french, Language::dutch, Language::english};

// One row of every table, or what a test adds.
struct Office {
  TempDir dir;
  Device device{dir, 3, domain()};
  Notebook notebook{*device.replica};
  std::map<std::string, std::int64_t, std::less<>> ids;  // the latest of each table

  std::int64_t add(const std::string& table, const Notebook::Fields& fields) {
    auto id = notebook.add(town, table, fields);
    if (!id) throw std::runtime_error(id.error().text);
    return ids[table] = id->value;
  }
  // Every column of every table that people fill in has a value; texts are made by `text_of`.
  void fill(const std::function<std::string(const Table&, const Column&)>& text_of) {
    for (auto& table : domain().tables) {
      if (table.number > 36) continue;
      Notebook::Fields fields;
      for (auto& column : table.columns) fields.push_back({std::string(column.name), value(table, column, text_of)});
      add(std::string(table.name), fields);
    }
  }
  // Whose papers there are, and nothing in them.
  void begin(const std::string& town_name = "Covè") {
    add("organisation", {{"name", town_name}});
    add("project", {{"organisation", ids["organisation"]}, {"name", "Marché"}});
    add("visit", {{"guest", ids["organisation"]}, {"starts_on", "2025-03-10"}, {"ends_on", "2025-03-14"}});
    add("exchange", {{"kind", "bilateral"}});
  }
  RowId target(const Tool& tool) { return RowId{ids.find(tool.target)->second}; }
  form::Document document(const Tool& tool, Language language) { return *document_of(*device.replica, tool.name, target(tool), language); }
  std::string print(const std::string& tool, Format format, Language language = Language::french) {
    auto printed = paper(*device.replica, tool, target(*find_tool(tool)), format, language);
    if (!printed) throw std::runtime_error(printed.error().text);
    return printed->bytes;
  }

 private:
  nlohmann::json value(const Table& table, const Column& column, const std::function<std::string(const Table&, const Column&)>& text_of) {
    if (column.name == "about_table") return domain().find("journal_entry")->number;
    switch (column.type) {
      case Type::line: case Type::prose: return text_of(table, column);
      case Type::reference: return ids.at(std::string(column.target));
      case Type::row: return ids.at("journal_entry");
      case Type::code: return std::string(column.choices.front().code);
      case Type::date: return "2025-03-11";
      case Type::time: return "09:30";
      case Type::media: return carnet::text_of({"image/jpeg", 5, hash_of("photo")});
      case Type::preview: return "data:image/webp;base64,AAAA";
      default: return 1;
    }
  }
};

std::string base64(const std::string& bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();
  return text;
}

// A visit with a photo, of which the file is here, and a sound, of which it is not; an image of the municipality and an exchange with photos.
struct Photographed : Office {
  // As much of them as says how large they are.
  std::string jpeg = std::string("\xff\xd8\xff\xe0\x00\x06JFIF\xff\xc0\x00\x11\x08\x01\xe0\x02\x80\x03\x01\x22\x00", 25), png = std::string("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x00\xa0\x00\x00\x00\x30\x08\x02\x00\x00\x00", 29);

  Photographed() {
    begin();
    add("activity", {{"visit", ids["visit"]}, {"day", "2025-03-11"}, {"title", "Marché"}});
    add("journal_entry", {{"visit", ids["visit"]}, {"activity", ids["activity"]}, {"day", "2025-03-11"}});
    take("journal_entry", {{"kind", "photo"}, {"caption", "Le marché"}, {"medium", medium(jpeg)}});
    take("journal_entry", {{"kind", "sound"}, {"seconds", 65}, {"preview", "data:image/png;base64," + base64(png)}, {"medium", carnet::text_of({"audio/webm", 9, hash_of("elsewhere")})}});
    add("presentation", {{"organisation", ids["organisation"]}});
    add("presentation_image", {{"presentation", ids["presentation"]}, {"caption", "L’école"}});
    add("presentation_image", {{"presentation", ids["presentation"]}, {"caption", "La mairie"}});
    take("presentation_image", {{"kind", "photo"}, {"preview", "data:image/jpeg;base64," + base64(jpeg)}});
    take("exchange", {{"kind", "photo"}, {"caption", "Autour de la table"}, {"medium", medium(jpeg)}});
  }

 private:
  std::string medium(const std::string& bytes) { return carnet::text_of(*MediaShelf(*device.replica).put("image/jpeg", bytes)); }
  void take(const std::string& table, Notebook::Fields fields) {
    fields.insert(fields.end(), {{"about", ids[table]}, {"about_table", domain().find(table)->number}, {"taken_on", "2025-03-11"}});
    add("media", fields);
  }
};

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

using Parts = std::map<std::string, std::string>;

Parts unzip(const std::string& bytes) {
  zip_error_t error;
  auto* archive = zip_open_from_source(zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error), ZIP_RDONLY | ZIP_CHECKCONS, &error);
  REQUIRE(archive);
  Parts parts;
  for (zip_int64_t k = 0; k < zip_get_num_entries(archive, 0); ++k) {
    zip_stat_t stat;
    REQUIRE(zip_stat_index(archive, static_cast<zip_uint64_t>(k), 0, &stat) == 0);
    std::string content(stat.size, '\0');
    auto* file = zip_fopen_index(archive, static_cast<zip_uint64_t>(k), 0);
    REQUIRE(zip_fread(file, content.data(), content.size()) == static_cast<zip_int64_t>(content.size()));
    zip_fclose(file);
    parts[stat.name] = content;
  }
  zip_discard(archive);
  return parts;
}

pugi::xml_document parsed(const std::string& xml) {
  pugi::xml_document document;
  INFO(xml.substr(0, 300));
  REQUIRE(document.load_buffer(xml.data(), xml.size(), pugi::parse_default | pugi::parse_ws_pcdata));
  return document;
}

std::string text_of_docx(const std::string& bytes) {
  std::string text;
  auto document = parsed(unzip(bytes)["word/document.xml"]);
  auto nodes = document.select_nodes("//w:t | //w:br | //w:p");
  nodes.sort();
  for (auto& found : nodes) text += found.node().name() == std::string("w:t") ? found.node().text().get() : "\n";
  return text;
}

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

const std::string hostile = "<script>alert(1)</script> ]]> &amp; <!-- \"x\" 'y' \xE2\x80\xAE \xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D \xEF\xBF\xBF\x01\x1B\x08 end";
const std::string hostile_on_paper = "<script>alert(1)</script> ]]> &amp; <!-- \"x\" 'y' \xE2\x80\xAE \xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D  end";

std::string marker(const Table& table, const Column& column) { return fmt::format("[{}.{}]", table.name, column.name); }

}  // namespace

TEST_CASE("nothing that people write is missing on paper") {
  Office office;
  office.fill(marker);
  std::string all;
  for (auto& tool : tools()) all += html(office.document(tool, Language::french), Looks::linked);
  for (auto& table : domain().tables)
    for (auto& column : table.columns) {
      bool is_text = column.type == Type::line || column.type == Type::prose;
      INFO(table.name << "." << column.name);
      if (table.number <= 36 && is_text) CHECK(all.find(marker(table, column)) != all.npos);
    }
}

TEST_CASE("every tool in every language has words, no id, no code and no empty heading, filled in or not") {
  Office full, empty;
  full.fill([](auto& table, auto&) { return "Texte de " + std::to_string(table.number); });
  empty.begin();
  for (auto* office : {&full, &empty})
    for (auto& tool : tools())
      for (auto language : languages) {
        auto document = office->document(tool, language);
        INFO(tool.name << " " << tag_of(language));
        expect_no_empty_heading(document);
        expect_words_alone(document);
        CHECK(document.sheet.has_value() >= tool.is_table);
      }
}

TEST_CASE("headings are said in each language") {
  Office office;
  office.begin();
  CHECK_THAT(office.print("terms", Format::html, Language::french), Contains("Termes de référence") && Contains("Validé par la commune visiteuse") && Contains("<html lang=\"fr-FR\""));
  CHECK_THAT(office.print("terms", Format::html, Language::dutch), Contains("Ondertekend door de ontvangende gemeente") && Contains("10 tot 14 maart 2025") && Contains("<html lang=\"nl-BE\""));
  CHECK_THAT(office.print("terms", Format::html, Language::english), Contains("Signed by the host municipality") && Contains("10 to 14 March 2025"));
}

TEST_CASE("hostile text stays text on the page, in the DOCX and in the CSV") {
  Office office;
  office.fill([](auto&, auto& column) { return column.type == Type::prose ? hostile : std::string("<b>ligne</b>"); });
  for (auto& tool : tools()) {
    INFO(tool.name);
    auto page = office.print(std::string(tool.name), Format::html);
    CHECK(page.find("<script") == page.npos);
    CHECK(page.find("<b>ligne") == page.npos);
    CHECK(page.find('\x01') == page.npos);
    CHECK_THAT(page, Contains("&lt;script&gt;alert(1)&lt;/script&gt; ]]&gt; &amp;amp; &lt;!-- &quot;x&quot;"));
    auto bytes = office.print(std::string(tool.name), Format::docx);
    for (auto& [name, part] : unzip(bytes)) parsed(part);
    CHECK_THAT(text_of_docx(bytes), Contains(hostile_on_paper));
    if (tool.is_table) CHECK_THAT(office.print(std::string(tool.name), Format::csv), Contains("<script>alert(1)</script> ]]> &amp; <!-- \"\"x\"\""));
  }
}

TEST_CASE("bytes that are no text become marks, and line ends become one kind") {
  CHECK(clean("a\xED\xA0\x80z") == "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz");
  CHECK(clean("a\xC3") == "a\xEF\xBF\xBD");
  CHECK(clean("a\r\nb\rc\xE2\x80\xA8" "d\v") == "a\nb\nc\nd");
  CHECK(clean(" \n ") == "");
}

TEST_CASE("a prose of 1 MiB is printed whole") {
  Office office;
  office.begin();
  std::string prose = "Début";
  while (prose.size() < max_value_bytes) prose += " et puis\nencore";
  prose.resize(max_value_bytes - 4);
  prose += " fin";
  office.add("journal_entry", {{"visit", office.ids["visit"]}, {"day", "2025-03-11"}, {"learned", prose}});
  CHECK_THAT(office.print("journal", Format::html), Contains(prose));
  CHECK_THAT(office.print("journal", Format::csv), Contains(prose));
  CHECK_THAT(text_of_docx(office.print("journal", Format::docx)), Contains("Début et puis\nencore") && Contains("fin"));
}

TEST_CASE("a DOCX has the parts that Word needs, each of them told of and well formed") {
  Office office;
  office.fill(marker);
  auto parts = unzip(office.print("visit", Format::docx, Language::dutch));
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

// Photos

TEST_CASE("a photo stands beside its day, by its file where it is here, else by its preview") {
  Photographed office;
  auto linked = office.print("journal", Format::html), whole = paper(*office.device.replica, "journal", office.target(*find_tool("journal")), Format::html, Language::french, Looks::inside)->bytes;
  CHECK_THAT(linked, Contains("<img src=\"/media/" + hash_of(office.jpeg).text() + "?type=image/jpeg\" alt=\"Le marché\" width=\"640\" height=\"480\">"));
  CHECK_THAT(linked, Contains("<figcaption dir=\"auto\">Le marché<small>11 mars 2025</small>"));
  CHECK_THAT(linked, Contains("data:image/png;base64,") && Contains("width=\"160\" height=\"48\"") && Contains("Son, 1:05, 11 mars 2025"));
  CHECK_THAT(whole, Contains("data:image/jpeg;base64,/9j/") && !Contains("/media/"));
  CHECK_THAT(linked, !Contains("Photos, sons et vidéos"));  // not once more at the end
}

TEST_CASE("a DOCX holds its photos, each by a relationship of its own, no larger than its half of the paper") {
  Photographed office;
  for (auto* tool : {"journal", "visit"}) {
    auto parts = unzip(office.print(tool, Format::docx));
    CHECK(parts["word/media/image1.jpg"] == office.jpeg);
    CHECK(parts["word/media/image2.png"] == office.png);
    auto document = parsed(parts["word/document.xml"]), links = parsed(parts["word/_rels/document.xml.rels"]);
    auto pictures = document.select_nodes("//w:drawing/wp:inline");
    REQUIRE(pictures.size() == 2);
    for (auto& each : pictures) {
      auto id = std::string(each.node().select_node(".//a:blip").node().attribute("r:embed").value());
      CHECK_THAT(links.select_node(("//Relationship[@Id='" + id + "']").c_str()).node().attribute("Target").value(), Contains("media/image"));
      CHECK(each.node().child("wp:extent").attribute("cx").as_int() < 80 * 36'000 * 2);
      CHECK(each.node().child("wp:extent").attribute("cy").as_int() <= 80 * 36'000);
    }
    CHECK_THAT(text_of_docx(office.print(tool, Format::docx)), Contains("Le marché"));
  }
}

TEST_CASE("images of a municipality are printed where there are photos of them, with their captions; the others are left to a pen") {
  Photographed office;
  auto page = office.print("presentation", Format::html);
  CHECK_THAT(page, Contains("<figcaption dir=\"auto\">La mairie<small>") && Contains("L’école"));
  CHECK_THAT(office.print("exchange", Format::html), Contains("Photos, sons et vidéos") && Contains("alt=\"Autour de la table\""));
}

TEST_CASE("a picture that is none is listed by its words") {
  for (auto* preview : {"data:image/webp;base64,AAAA", "data:image/jpeg;base64,/9j/", "data:image/png;base64,iVBORw0KGgo="}) {
    Office office;
    office.begin();
    office.add("media", {{"about", office.ids["exchange"]}, {"about_table", domain().find("exchange")->number}, {"kind", "photo"}, {"caption", "Le marché"}, {"preview", preview}});
    CHECK_THAT(office.print("exchange", Format::html), Contains("Le marché") && !Contains("<img"));
  }
}

TEST_CASE("the cells of every row of a DOCX fill the table's columns, and every cell ends with a paragraph") {
  Office office;
  office.fill(marker);
  for (auto& tool : tools()) {
    INFO(tool.name);
    auto document = parsed(unzip(office.print(std::string(tool.name), Format::docx))["word/document.xml"]);
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

TEST_CASE("the same rows give the same bytes") {
  Office office;
  office.fill(marker);
  for (auto format : {Format::html, Format::docx, Format::csv}) CHECK(office.print("questions", format) == office.print("questions", format));
}

TEST_CASE("a page asks for nothing that a strict content policy forbids, and a file brings its looks along") {
  Office office;
  office.fill(marker);
  for (auto& tool : tools()) {
    auto page = html(office.document(tool, Language::french), Looks::linked);
    CHECK(page.find(" style=") == page.npos);
    CHECK(page.find("<style") == page.npos);
    CHECK_THAT(page, Contains("href=\"/paper/paper.css\""));
    CHECK_THAT(stylesheet(), Contains(fmt::format("html.{}-fr{{--running:", tool.name)));
  }
  CHECK_THAT(html(office.document(tools().front(), Language::french), Looks::inside), Contains("<style>") && !Contains("paper.css"));
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
  Office office;
  office.begin();
  office.add("action_plan", {{"organisation", office.ids["organisation"]}, {"objective", "D'ici 2030"}});
  office.add("plan_action", {{"action_plan", office.ids["action_plan"]}, {"text", "Réunir"}, {"budget", 250000.5}, {"currency", "XOF"}, {"starts_on", "2025-04-01"}, {"status", "under_way"}});
  auto rows = read_csv(office.print("action_plan", Format::csv));
  REQUIRE(rows.size() == 2);
  CHECK(rows[1] == std::vector<std::string>{"D'ici 2030", "Réunir", "", "", "", "2025-04-01", "", "250000,5", "Franc CFA", "En cours"});
}

TEST_CASE("an id of another table, no row, no tool and no table are refused in words") {
  Office office;
  office.begin();
  auto refusal = [&](const char* tool, const char* table, Format format, Language language) {
    auto printed = paper(*office.device.replica, tool, RowId{office.ids[table]}, format, language);
    REQUIRE_FALSE(printed);
    return printed.error().text;
  };
  auto id = office.ids["project"];
  CHECK(refusal("programme", "project", Format::html, Language::french) ==
        fmt::format("la fiche {} est de la rubrique « Projet ou initiative » ; « Préparation de la visite : programme » en demande une de « Visite de terrain »", id));
  CHECK_THAT(refusal("programme", "project", Format::docx, Language::dutch), Contains("vraagt er een van 'Terreinbezoek'"));
  CHECK_THAT(refusal("poem", "visit", Format::html, Language::french), Contains("il n’y a pas d’outil « poem »"));
  CHECK_THAT(refusal("terms", "visit", Format::csv, Language::french), Contains("n’est pas un tableau"));
  CHECK(paper(*office.device.replica, "terms", RowId{77}, Format::html, Language::english).error().text == "there is no record 77 on this device");
}

TEST_CASE("sub-questions that no activity serves are listed by priority, and served ones are not") {
  Office office;
  office.begin();
  office.add("learning_question", {{"organisation", office.ids["organisation"]}, {"wording", "Comment ?"}});
  auto part = [&](const char* text, const char* priority) { return office.add("sub_question", {{"question", office.ids["learning_question"]}, {"text", text}, {"priority", priority}}); };
  part("Peut-être", "nice");
  part("Surtout", "must");
  auto served = part("Servie", "must");
  office.add("activity_sub_question", {{"activity", office.add("activity", {{"visit", office.ids["visit"]}, {"title", "Marché"}, {"day", "2025-03-11"}})}, {"sub_question", served}});
  auto page = office.print("programme", Format::html);
  auto heading = page.find("aucune activité ne répond encore");
  REQUIRE(heading != page.npos);
  CHECK(page.find("Surtout", heading) < page.find("Peut-être", heading));
  CHECK(page.find("Servie", heading) == page.npos);
  CHECK(page.find("Servie") < heading);
}

TEST_CASE("a question tells its wordings, those written down and those that the device remembers") {
  Office office;
  office.begin();
  office.add("device", {{"number", 3}, {"name", "Planification"}});
  auto question = office.add("learning_question", {{"organisation", office.ids["organisation"]}, {"wording", "Comment faire payer ?"}});
  office.add("wording", {{"question", question}, {"written_on", "2024-02-05"}, {"text", "Qui paie ?"}});
  office.device.replica->collect();
  REQUIRE(office.notebook.edit(RowId{question}, {{"wording", "Comment soutenir ?"}}));
  auto document = office.document(*find_tool("questions"), Language::french);
  auto texts = texts_of(document);
  auto at = [&](const char* text) { return std::find(texts.rbegin(), texts.rend(), text).base() - texts.begin(); };
  CHECK(at("5 février 2024") < at("Qui paie ?"));
  CHECK(at("Qui paie ?") < at("Comment soutenir ?"));
}

TEST_CASE("files are named after what they hold, without accents") {
  Office office;
  office.begin("Covè d’Été");
  auto name = [&](const char* tool, Format format, Language language) { return paper(*office.device.replica, tool, office.target(*find_tool(tool)), format, language)->file_name; };
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
  Office office;
  office.begin();
  REQUIRE(office.notebook.edit(RowId{office.ids["visit"]}, {{"ends_on", "2025-04-09"}}));
  Records records(*office.device.replica, Language::french);
  auto days = [&] { return days_of(records, records.row("visit", RowId{office.ids["visit"]})).size(); };
  CHECK(days() == 31);
  REQUIRE(office.notebook.edit(RowId{office.ids["visit"]}, {{"ends_on", "2025-04-10"}}));
  CHECK(days() == 1);
}
