// The benchmarks' prose: repeatable, whole, and no easier to compress than what people write.
#include "tests/bench/prose.hpp"

#include <zstd.h>

#include <catch2/catch.hpp>
#include <vector>

using namespace carnet::bench;

namespace {

constexpr std::uint64_t seed = 20250310;
constexpr std::size_t sample_bytes = 26'000;

// Notes of a journal, one after the other.
std::string journal(std::uint64_t of, std::size_t min_characters, std::size_t max_characters) {
  Prose prose(of);
  std::string all;
  while (all.size() < sample_bytes) all += prose.text(min_characters, max_characters) + "\n";
  return all.substr(0, sample_bytes);
}

double compressed_share(const std::string& text) {
  std::vector<char> packed(ZSTD_compressBound(text.size()));
  auto size = ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 19);
  REQUIRE(!ZSTD_isError(size));
  return static_cast<double>(size) / static_cast<double>(text.size());
}

// Whether every sequence is whole and of the two- and three-byte kinds that French needs.
bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    auto first = static_cast<unsigned char>(text[at]);
    std::size_t length = first < 0x80 ? 1 : first >= 0xC2 && first < 0xE0 ? 2 : (first & 0xF0) == 0xE0 ? 3 : 0;
    if (length == 0 || at + length > text.size()) return false;
    for (std::size_t k = 1; k < length; ++k) if ((text[at + k] & 0xC0) != 0x80) return false;
    at += length;
  }
  return true;
}

std::string first_broken(const std::string& text) {
  for (auto broken : {"<", ">", "_", "*", "+", "~", "=", "/", "^", "  ", " ,", " .", ",,", "..", " de le ", " de les ", " à le ", " à les ", " de des ",
                      " le a", " la é", " de e", " que il", " je a", " ne a", " ce a", " ma a", "' "})
    if (text.find(broken) != std::string::npos) return broken;
  return "";
}

}  // namespace

TEST_CASE("the same seed gives the same prose, another seed another") {
  Prose one(seed), same(seed), other(seed + 1);
  auto text = one.text(500, 900);
  CHECK(same.text(500, 900) == text);
  CHECK(other.text(500, 900) != text);
  CHECK(one.title() == same.title());
  CHECK(one.name() == same.name());
  CHECK(one.place() == same.place());
  CHECK(one.text(500, 900) != text);
}

TEST_CASE("numbers below a bound are the engine's own, the same on every platform") {
  Draw draw(5489);
  CHECK(draw.below(1000) == 14514284786278117030ull % 1000);  // the published first number of mt19937_64
  for (int k = 0; k < 1000; ++k) {
    CHECK(draw.below(3) < 3);
    CHECK(draw.very_skewed_below(1) == 0);
  }
}

TEST_CASE("a text's length keeps to its bounds, in characters") {
  Prose prose(seed);
  for (std::size_t shortest : {0, 1, 2, 3, 7, 20, 60, 300, 2000})
    for (std::size_t spread : {0, 1, 5, 40, 500})
      for (int k = 0; k < 5; ++k) {
        auto length = characters(prose.text(shortest, shortest + spread));
        CHECK(length >= shortest);
        CHECK(length <= shortest + spread);
      }
  CHECK(characters("été à Nîmes") == 11);
  CHECK_THROWS_AS(prose.text(2, 1), std::logic_error);
}

TEST_CASE("every symbol and mark of the tables is expanded, in valid UTF-8") {
  Prose prose(seed);
  for (int k = 0; k < 300; ++k) {
    auto text = prose.text(200, 1500);
    CHECK(first_broken(text) == "");
    CHECK(is_utf8(text));
    for (auto& words : {prose.title(), prose.name(), prose.place()}) {
      CHECK(first_broken(words) == "");
      CHECK(is_utf8(words));
      CHECK_FALSE(words.empty());
    }
  }
}

TEST_CASE("the judges of a text find what is wrong with it") {
  CHECK(first_broken("On voit <object>.") == "<");
  CHECK(first_broken("Une pomme_de_terre.") == "_");
  CHECK(first_broken("Au bord de le lac.") == " de le ");
  CHECK(is_utf8("été"));
  CHECK_FALSE(is_utf8("\xC3"));
  CHECK_FALSE(is_utf8("\xA9t\xC3\xA9"));
}

TEST_CASE("a symbol that the grammar does not know is named") {
  CHECK_NOTHROW(check_grammar(grammar_table));
  CHECK_NOTHROW(check_grammar("# sentence\n<thing> <=tomber> <where?>.\n# where\nici\n"));
  CHECK_THROWS_WITH(check_grammar("# sentence\n<thing> <falls>.\n"), Catch::Contains("<falls>") && Catch::Contains("sentence"));
  CHECK_THROWS_WITH(check_grammar("# sentence\n<thing> <where?>.\n"), Catch::Contains("<where>"));
}

TEST_CASE("26 KB of it compress no better than real French prose, and not much worse") {
  // Real prose of this size comes to 0.277 of its size at zstd's level 19.
  for (std::uint64_t of : {seed, seed + 1, seed + 2}) {
    auto one_text = compressed_share(journal(of, sample_bytes, sample_bytes + 500)), notes = compressed_share(journal(of, 400, 1200));
    CAPTURE(of, one_text, notes);
    CHECK(one_text > 0.27);
    CHECK(one_text < 0.36);
    CHECK(notes > 0.27);
    CHECK(notes < 0.36);
  }
}
