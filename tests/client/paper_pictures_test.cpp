// Photos on paper: each beside what it shows, as large as paper has room for, and where there is none its words.
#include <catch2/catch.hpp>
#include <sodium.h>

#include "client/media.hpp"
#include "tests/client/papers.hpp"

using namespace carnet;
using namespace carnet::test;
using Catch::Matchers::Contains;

namespace {

std::string base64(const std::string& bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();
  return text;
}

// A visit with a photo, of which the file is here, and a sound, of which it is not; an image of the municipality and an exchange with photos.
struct Photographed : Papers {
  // As much of them as says how large they are.
  std::string jpeg = std::string("\xff\xd8\xff\xe0\x00\x06JFIF\xff\xc0\x00\x11\x08\x01\xe0\x02\x80\x03\x01\x22\x00", 23), png = std::string("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x00\xa0\x00\x00\x00\x30\x08\x02\x00\x00\x00", 29);

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

}  // namespace

TEST_CASE("a photo stands beside its day, by its file where it is here, else by its preview") {
  Photographed papers;
  auto linked = papers.print("journal", Format::html), whole = paper(*papers.device.replica, "journal", papers.target(*find_tool("journal")), Format::html, Language::french, Looks::inside)->bytes;
  CHECK_THAT(linked, Contains("<img src=\"/media/" + hash_of(papers.jpeg).text() + "?type=image/jpeg\" alt=\"Le marché\" width=\"640\" height=\"480\">"));
  CHECK_THAT(linked, Contains("<figcaption dir=\"auto\">Le marché<small>11 mars 2025</small>"));
  CHECK_THAT(linked, Contains("data:image/png;base64,") && Contains("width=\"160\" height=\"48\"") && Contains("Son, 1:05, 11 mars 2025"));
  CHECK_THAT(whole, Contains("data:image/jpeg;base64,/9j/") && !Contains("/media/"));
  CHECK_THAT(linked, !Contains("Photos, sons et vidéos"));  // not once more at the end
}

TEST_CASE("a DOCX holds its photos, each by a relationship of its own, no larger than its half of the paper") {
  Photographed papers;
  for (auto* tool : {"journal", "visit"}) {
    auto parts = unzip(papers.print(tool, Format::docx));
    CHECK(parts["word/media/image1.jpg"] == papers.jpeg);
    CHECK(parts["word/media/image2.png"] == papers.png);
    auto document = parsed(parts["word/document.xml"]), links = parsed(parts["word/_rels/document.xml.rels"]);
    auto pictures = document.select_nodes("//w:drawing/wp:inline");
    REQUIRE(pictures.size() == 2);
    for (auto& each : pictures) {
      auto id = std::string(each.node().select_node(".//a:blip").node().attribute("r:embed").value());
      CHECK_THAT(links.select_node(("//Relationship[@Id='" + id + "']").c_str()).node().attribute("Target").value(), Contains("media/image"));
      CHECK(each.node().child("wp:extent").attribute("cx").as_int() < 80 * 36'000 * 2);
      CHECK(each.node().child("wp:extent").attribute("cy").as_int() <= 80 * 36'000);
    }
    CHECK_THAT(text_of_docx(papers.print(tool, Format::docx)), Contains("Le marché"));
  }
}

TEST_CASE("images of a municipality are printed where there are photos of them, with their captions; the others are left to a pen") {
  Photographed papers;
  auto page = papers.print("presentation", Format::html);
  CHECK_THAT(page, Contains("<figcaption dir=\"auto\">La mairie<small>") && Contains("L’école"));
  CHECK_THAT(papers.print("exchange", Format::html), Contains("Photos, sons et vidéos") && Contains("alt=\"Autour de la table\""));
}

TEST_CASE("a picture that is none is listed by its words") {
  for (auto* preview : {"data:image/webp;base64,AAAA", "data:image/jpeg;base64,/9j/", "data:image/png;base64,iVBORw0KGgo="}) {
    Papers papers;
    papers.begin();
    papers.add("media", {{"about", papers.ids["exchange"]}, {"about_table", domain().find("exchange")->number}, {"kind", "photo"}, {"caption", "Le marché"}, {"preview", preview}});
    CHECK_THAT(papers.print("exchange", Format::html), Contains("Le marché") && !Contains("<img"));
  }
}
