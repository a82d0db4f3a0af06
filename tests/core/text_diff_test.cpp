// From two texts to what somebody did: edits that lead from one to the other, where a person would put them.
#include <catch2/catch.hpp>

#include <chrono>
#include <random>

#include "core/text/code_points.hpp"
#include "core/text/diff.hpp"
#include "core/text/draft.hpp"

using namespace carnet;
using text::Edit;

namespace {

std::vector<Edit> edits(const std::string& before, const std::string& after) {
  auto edits = text::diff(before, after);
  INFO("from '" << before << "' to '" << after << "'");
  REQUIRE(text::edited(before, edits) == after);
  return edits;
}

using Edits = std::vector<Edit>;

}  // namespace

TEST_CASE("what is equal takes no edit, what is added or removed takes one") {
  CHECK(edits("", "").empty());
  CHECK(edits("été", "été").empty());
  CHECK(edits("", "été") == Edits{{0, 0, "été"}});
  CHECK(edits("été", "") == Edits{{0, 3, ""}});
  CHECK(edits("Le chat.", "Le petit chat.") == Edits{{3, 0, "petit "}});
}

TEST_CASE("a letter in a word is told as a letter, another word as a word") {
  CHECK(edits("la marie est ouverte", "la mairie est ouverte") == Edits{{5, 0, "i"}});
  CHECK(edits("le terme est juste ici", "le vocable est juste ici") == Edits{{3, 5, "vocable"}});
  CHECK(edits("vois l'eau là-bas", "vois l'élève là-bas") == Edits{{7, 3, "élève"}});
  CHECK(edits("vois l’eau là-bas", "vois l’élève là-bas") == Edits{{7, 3, "élève"}});
}

TEST_CASE("two words beside each other are one change, words apart are two") {
  CHECK(edits("j'ai vu le chat noir dans la cour", "j'ai vu un gros lapin dans la cour").size() == 1);
  CHECK(edits("un deux trois quatre cinq six", "un DEUX trois quatre CINQ six").size() == 2);
}

TEST_CASE("what could stand in several places goes to the beginning of a line, then of a sentence, then of a word") {
  CHECK(edits("a\nb\n", "a\na\nb\n") == Edits{{0, 0, "a\n"}});
  CHECK(edits("Un. Deux.", "Un. Deux. Deux.") == Edits{{4, 0, "Deux. "}});
  CHECK(edits("le chat dort", "le chat chat dort") == Edits{{3, 0, "chat "}});
  CHECK(edits("- riz\n- sel\n", "- riz\n- mil\n- sel\n") == Edits{{6, 0, "- mil\n"}});
}

TEST_CASE("no edit parts a letter from its accent, a joined emoji, a flag or CR LF") {
  CHECK(edits("e\u0301t", "e\u0300t") == Edits{{0, 2, "e\u0300"}});
  CHECK(edits("ae", "ae\u0301") == Edits{{1, 1, "e\u0301"}});
  CHECK(edits("👩\u200d🌾 a", "👩\u200d🍳 a") == Edits{{0, 3, "👩\u200d🍳"}});
  CHECK(edits("👍🏽.", "👍🏿.") == Edits{{0, 2, "👍🏿"}});
  CHECK(edits("🇧🇯 ici", "🇧🇪 ici") == Edits{{0, 2, "🇧🇪"}});
  CHECK(edits("a\r\nb", "a\nb") == Edits{{1, 2, "\n"}});
}

TEST_CASE("a typographic space is another character than a space") {
  CHECK(edits("Quoi ?", "Quoi\u00a0?") == Edits{{4, 1, "\u00a0"}});
  CHECK(edits("Quoi\u202f?", "Quoi\u00a0?") == Edits{{4, 1, "\u00a0"}});
}

TEST_CASE("a rewritten text is not tied to the old one by stray letters; a line that stayed stays") {
  std::string before = "Le comité de gestion se réunit le lundi pour parler du puits et des frais d'entretien de la pompe.";
  std::string after = "Chaque famille verse une cotisation que la trésorière note dans son cahier, et le maire en répond.";
  CHECK(edits(before, after).size() == 1);
  auto kept = edits(before + "\nSigné : Afiavi\n" + before + "\n", after + "\nSigné : Afiavi\n" + after + "\n");
  CHECK(kept.size() == 2);
}

TEST_CASE("random edits of random texts lead from the one to the other, and never into a character") {
  constexpr unsigned seed = 20250310;
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const std::vector<std::string> pieces = {"a", "b", " ", "le ", "chat", "été", "e\u0301", "\u0301", "\n", "\r\n", ". ", "l'", "l’", "\u00a0?", "👩\u200d🌾", "🇧🇯", "👍🏽", "日", "ab"};
  auto some = [&](std::size_t most) {
    std::string text;
    for (auto count = random() % most; count > 0; --count) text += pieces[random() % pieces.size()];
    return text;
  };
  for (int round = 0; round < 20'000; ++round) {
    auto before = some(40), after = before;
    for (auto count = random() % 4; count > 0; --count) {
      auto points = text::decode(after);
      auto at = random() % (points.size() + 1);
      auto removed = std::min<std::size_t>(random() % 6, points.size() - at);
      after = text::encode(points.substr(0, at)) + some(4) + text::encode(points.substr(at + removed));
    }
    if (random() % 8 == 0) after = some(40);
    auto found = edits(before, after);
    for (std::size_t k = 0; k < found.size(); ++k) {
      REQUIRE((found[k].removed > 0 || !found[k].inserted.empty()));
      if (k > 0) REQUIRE(found[k].at > found[k - 1].at + text::length_of(found[k - 1].inserted));
    }
  }
}

TEST_CASE("two unrelated texts of a megabyte are one replacement, within a second or so") {
  std::mt19937 random(20250310);
  std::string before, after;
  while (before.size() < 1'000'000) before += "mot" + std::to_string(random() % 100'000) + ' ', after += "wort" + std::to_string(random() % 100'000) + '\n';
  auto start = std::chrono::steady_clock::now();
  CHECK(edits(before, after).size() == 1);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));  // with sanitizers and neighbours; alone some 0.2
}
