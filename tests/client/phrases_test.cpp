// What people read of errors and settings is there in each language.
#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

#include "client/phrases.hpp"
#include "client/settings.hpp"
#include "core/domain.hpp"
#include "tests/village.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

std::size_t places(std::string_view text) {
  std::size_t count = 0;
  for (auto at = text.find("{}"); at != text.npos; at = text.find("{}", at + 2)) ++count;
  return count;
}

bool is_phrase(std::string_view english) {
  return std::any_of(phrases().begin(), phrases().end(), [&](auto& phrase) { return phrase.english == english; });
}

// Sources whose errors staff may meet; of the pages' requests, those that only a program gets wrong are told in English.
std::vector<std::filesystem::path> sources() {
  std::vector<std::filesystem::path> all;
  std::filesystem::path root = CARNET_SOURCE;
  for (auto* file : {"core/decide.cpp", "core/owners.cpp", "core/texts.cpp", "sync/address.cpp", "sync/bundle.cpp"}) all.push_back(root / file);
  for (auto& entry : std::filesystem::directory_iterator(root / "client"))
    if (entry.path().extension() == ".cpp") all.push_back(entry.path());
  return all;
}

}  // namespace

TEST_CASE("each error that staff may meet is a phrase in three languages") {
  const std::regex error(R"re((?:Error\{[^,{}"]*,\s*|runtime_error\()(?:fmt::format\()?"((?:[^"\\]|\\.)*)"\s*(\+?))re");
  const std::regex of_machines("libcurl|FTS5|full-text");
  std::size_t found = 0;
  for (auto& source : sources()) {
    std::ifstream from(source);
    std::string text(std::istreambuf_iterator<char>(from), {});
    for (std::sregex_iterator each(text.begin(), text.end(), error), end; each != end; ++each) {
      auto phrase = (*each)[1].str();
      if (std::regex_search(phrase, of_machines)) continue;
      CAPTURE(source.filename(), phrase);
      CHECK((*each)[2].length() == 0);  // else it is put together: fmt::format keeps it whole
      CHECK(is_phrase(phrase));
      ++found;
    }
  }
  CHECK(found > 40);
}

TEST_CASE("what help says of each command and option is a phrase") {
  std::ifstream from(std::filesystem::path(CARNET_SOURCE) / "client/command_line.cpp");
  std::string text(std::istreambuf_iterator<char>(from), {});
  const std::regex said(R"re((?:(?:reads|writes|on_home|under)\("[^"]+", |add\(app_, "[^"]+", |add_(?:option|flag)\("[^"]+", [^,]+, |footer\(in\()"((?:[^"\\]|\\.)*)")re");
  std::size_t found = 0;
  for (std::sregex_iterator each(text.begin(), text.end(), said), end; each != end; ++each, ++found) {
    CAPTURE((*each)[1].str());
    CHECK(is_phrase((*each)[1].str()));
  }
  CHECK(found > 60);
}

TEST_CASE("each setting and what it takes are phrases") {
  TempDir dir;
  Device device(dir, 1, domain(), SpaceId{1});
  for (auto& setting : all_settings(*device.replica)) {
    CAPTURE(setting.name);
    CHECK(is_phrase(setting.values));
    CHECK(is_phrase(setting.meaning));
  }
}

TEST_CASE("a phrase says the same things in each language, and is there once") {
  std::set<std::string_view> seen;
  for (auto& phrase : phrases()) {
    CAPTURE(phrase.english);
    CHECK(seen.insert(phrase.english).second);
    for (auto* other : {phrase.french, phrase.dutch}) {
      CHECK(!std::string_view(other).empty());
      CHECK(places(other) == places(phrase.english));
    }
  }
}

TEST_CASE("what is put into a phrase is told in the language, too, and what is no phrase stays as it is") {
  CHECK(in_words(Language::french, "a sync is under way already: process 12 holds /a b/c; it goes on by itself") ==
        "une synchronisation est déjà en cours : le processus 12 tient /a b/c ; cela continue tout seul");
  CHECK(in_words(Language::dutch, "look_hours: 0 to 8760 hours, 0 for never, not '8761'; set it like this: carnet settings look_hours 12") ==
        "look_hours: 0 tot 8760 uur, 0 voor nooit, niet '8761'; stel het zo in: carnet settings look_hours 12");
  CHECK(in_words(Language::english, "cannot read a.json") == "cannot read a.json");
  CHECK(in_words(Language::french, "x cannot read") == "x cannot read");
}
