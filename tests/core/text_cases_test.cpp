// What two people at one text get, in words; and what must be told for reading again.
#include <catch2/catch.hpp>

#include "core/text/diff.hpp"
#include "core/text/merge.hpp"
#include "core/text/overlap.hpp"

using namespace carnet;
using text::Edit;
using text::EventId;
using text::Graph;
using text::Patch;

namespace {

struct Person {
  DeviceId device;
  Graph graph;
  std::string text;
  std::vector<Patch> unsent;

  void saves(const std::string& now) {
    for (auto& patch : text::patches_between(device, graph.next(device), graph.frontier_ids(), text, now)) take(patch);
    text = now;
  }
  void reads() {
    for (auto& patch : text::mark(device, graph.next(device), graph.frontier_ids())) take(patch);
  }
  void types(std::vector<Edit> edits) {
    take({.device = device, .first = graph.next(device), .parents = graph.frontier_ids(), .edits = std::move(edits)});
    text = *text::replay(graph);
  }
  void receives(const std::vector<Patch>& patches) {
    auto merged = text::merge(graph, text, patches);
    REQUIRE(merged);
    for (auto& patch : merged->patches) REQUIRE(patch);
    text = merged->text;
  }
  std::size_t overlaps() const { return text::overlaps(graph, text)->size(); }

 private:
  void take(const Patch& patch) {
    REQUIRE(graph.add(patch));
    unsent.push_back(patch);
  }
};

// Two people who had the same text before.
struct Pair {
  Person ouinhi{DeviceId{3}, {}, {}, {}}, laarne{DeviceId{8}, {}, {}, {}};

  explicit Pair(const std::string& before) {
    ouinhi.saves(before);
    meet();
  }
  void meet() {
    auto from_ouinhi = std::exchange(ouinhi.unsent, {}), from_laarne = std::exchange(laarne.unsent, {});
    laarne.receives(from_ouinhi);
    ouinhi.receives(from_laarne);
    REQUIRE(ouinhi.text == laarne.text);
    REQUIRE(ouinhi.overlaps() == laarne.overlaps());
  }
  std::string merged(const std::string& one, const std::string& other) {
    ouinhi.saves(one);
    laarne.saves(other);
    meet();
    return ouinhi.text;
  }
};

}  // namespace

TEST_CASE("two who insert at one place stand one after the other, and are told of") {
  Pair pair("Le maire est venu.");
  CHECK(pair.merged("Le maire est venu hier.", "Le maire est venu avec Afiavi.") == "Le maire est venu hier avec Afiavi.");
  CHECK(pair.ouinhi.overlaps() == 1);
}

TEST_CASE("a word that is mended in a sentence that another rewrites stands beside it, and is told of") {
  Pair pair("La réunion est prévue lundi.\nLe puit du village est sec.\nMerci.");
  CHECK(pair.merged("La réunion est prévue lundi.\nLes familles n’ont plus accès à une source d’eau propre.\nMerci.",
                    "La réunion est prévue lundi.\nLe puits du village est sec.\nMerci.") ==
        "La réunion est prévue lundi.\nLes familles n’ont plus accès à une source d’eau propres.\nMerci.");
  CHECK(pair.ouinhi.overlaps() == 1);
}

TEST_CASE("what one adds to a paragraph that another deletes stays, and is told of") {
  Pair pair("Un.\nLe marché ouvre à huit heures.\nTrois.");
  CHECK(pair.merged("Un.\nTrois.", "Un.\nLe marché ouvre à huit heures. Sauf le dimanche.\nTrois.") == "Un.\n Sauf le dimanche.Trois.");
  CHECK(pair.ouinhi.overlaps() == 1);
}

TEST_CASE("two who add to the end of a list both have their lines, and nobody need read again") {
  Pair pair("- riz\n- sel\n");
  CHECK(pair.merged("- riz\n- sel\n- huile\n", "- riz\n- sel\n- savon\n") == "- riz\n- sel\n- huile\n- savon\n");
  CHECK(pair.ouinhi.overlaps() == 0);
  Pair open_end("- riz\n- sel");
  CHECK(open_end.merged("- riz\n- sel\n- huile", "- riz\n- sel\n- savon") == "- riz\n- sel\n- huile\n- savon");
  CHECK(open_end.ouinhi.overlaps() == 0);
}

TEST_CASE("the same words pasted by both stand twice, and are told of") {
  Pair pair("Compte rendu : ");
  CHECK(pair.merged("Compte rendu : tout va bien. ", "Compte rendu : tout va bien. ") == "Compte rendu : tout va bien. tout va bien. ");
  CHECK(pair.ouinhi.overlaps() == 1);
}

TEST_CASE("two who replace everything leave one text after the other, unmixed") {
  Pair pair("Ancien texte sans aucun rapport, à revoir entièrement avant la visite du mois prochain.");
  std::string one = "La commune a planté mille arbres.", other = "Nous remercions les femmes du groupement pour leur accueil.";
  CHECK(pair.merged(one, other) == one + other);
  CHECK(pair.ouinhi.overlaps() == 1);
}

TEST_CASE("the same mistake mended by both is mended twice, and is told of") {
  Pair pair("La marie est fermée.");
  CHECK(pair.merged("La mairie est fermée.", "La mairie est fermée.") == "La maiirie est fermée.");
  CHECK(pair.ouinhi.overlaps() == 1);
}

TEST_CASE("a word for which two put two others gives way to both, the smaller device first, and is told of") {
  Pair pair("Le terme est juste.");
  CHECK(pair.merged("Le mot est juste.", "Le vocable est juste.") == "Le motvocable est juste.");
  CHECK(pair.ouinhi.overlaps() == 1);
}

TEST_CASE("what one adds within a sentence that another moves stays where the sentence was, and is told of") {
  Pair pair("Il pleut.\nLe puits du village est à sec depuis mai.\n");
  CHECK(pair.merged("Le puits du village est à sec depuis mai.\nIl pleut.\n", "Il pleut fort.\nLe puits du village est à sec depuis mai.\n") ==
        " fortLe puits du village est à sec depuis mai.\nIl pleut.\n");
  CHECK(pair.ouinhi.overlaps() == 1);
}

TEST_CASE("a sentence that is passed over by shorter ones keeps what another adds to it") {
  Pair pair("Le puits du village est à sec depuis mai.\nIl pleut.\n");
  CHECK(pair.merged("Il pleut.\nLe puits du village est à sec depuis mai.\n", "Le vieux puits du village est à sec depuis mai.\nIl pleut.\n") ==
        "Il pleut.\nLe vieux puits du village est à sec depuis mai.\n");
  CHECK(pair.ouinhi.overlaps() == 0);
}

TEST_CASE("paragraphs that two put at one place, in several saves each, are not mixed") {
  Pair pair("Titre\nFin\n");
  for (auto* text : {"Titre\nOuinhi un.\nFin\n", "Titre\nOuinhi un.\nOuinhi deux.\nFin\n", "Titre\nOuinhi zéro.\nOuinhi un.\nOuinhi deux.\nFin\n"}) pair.ouinhi.saves(text);
  for (auto* text : {"Titre\nLaarne deux.\nFin\n", "Titre\nLaarne un.\nLaarne deux.\nFin\n", "Titre\nLaarne un.\nLaarne deux.\nLaarne trois.\nFin\n"}) pair.laarne.saves(text);
  pair.meet();
  CHECK(pair.ouinhi.text == "Titre\nOuinhi zéro.\nOuinhi un.\nOuinhi deux.\nLaarne un.\nLaarne deux.\nLaarne trois.\nFin\n");
}

TEST_CASE("edits in different paragraphs both stand, and nobody need read again") {
  Pair pair("Un deux trois.\nQuatre cinq six.\n");
  CHECK(pair.merged("Un deux et trois.\nQuatre cinq six.\n", "Un deux trois.\nQuatre, cinq, six.\n") == "Un deux et trois.\nQuatre, cinq, six.\n");
  CHECK(pair.ouinhi.overlaps() == 0);
}

TEST_CASE("a mark of somebody who has read the merge settles it on every replica; what comes later does not") {
  Pair pair("Le maire est venu.");
  pair.merged("Le maire est venu hier.", "Le maire est venu seul.");
  REQUIRE(pair.ouinhi.overlaps() == 1);
  pair.ouinhi.saves(pair.ouinhi.text + " Il reviendra.");
  pair.meet();
  CHECK(pair.ouinhi.overlaps() == 1);
  pair.laarne.reads();
  pair.meet();
  CHECK(pair.ouinhi.overlaps() == 0);
  CHECK(pair.ouinhi.graph.frontier_ids().size() == 1);
  pair.merged(pair.ouinhi.text + " Bientôt.", pair.laarne.text + " Jeudi.");
  CHECK(pair.laarne.overlaps() == 1);
}

TEST_CASE("what two people type at one place is not mixed, forwards or backwards") {
  for (int directions = 0; directions < 4; ++directions) {
    Pair pair("[]");
    auto types = [](Person& person, const std::string& word, bool backwards) {
      for (std::uint32_t k = 0; k < word.size(); ++k)
        person.types({{backwards ? 1 : 1 + k, 0, std::string(1, backwards ? word[word.size() - 1 - k] : word[k])}});
    };
    types(pair.ouinhi, "ouinhi", directions & 1);
    types(pair.laarne, "laarne", directions & 2);
    pair.meet();
    CHECK(pair.ouinhi.text == "[ouinhilaarne]");
  }
}

TEST_CASE("at the beginning and at the end, both stand, the smaller device first") {
  Pair pair("mot");
  CHECK(pair.merged("A mot Z", "B mot Y") == "A B mot Z Y");
  Pair empty("x");
  CHECK(empty.merged("", "") == "");
  CHECK(empty.merged("a", "b") == "ab");
}

TEST_CASE("the same text put down by several devices stands once, whatever came first") {
  std::vector<Patch> seeds;
  for (std::uint32_t device : {9, 4, 7}) seeds.push_back({.device = DeviceId{device}, .first = 0, .parents = {}, .edits = {{0, 0, "Le puits est à sec."}}});
  auto later = Patch{.device = DeviceId{9}, .first = 19, .parents = {{DeviceId{9}, 18}}, .edits = {{19, 0, " Depuis mai."}}};
  auto also = Patch{.device = DeviceId{4}, .first = 19, .parents = {{DeviceId{4}, 18}}, .edits = {{0, 0, "Oui. "}}};
  std::vector<Patch> all = seeds;
  all.push_back(later);
  all.push_back(also);
  std::sort(all.begin(), all.end(), [](auto& a, auto& b) { return a.device < b.device; });
  do {
    Person person{DeviceId{1}, {}, {}, {}};
    person.receives(all);
    REQUIRE(person.text == "Oui. Le puits est à sec. Depuis mai.");
    REQUIRE(person.graph.frontier_ids() == std::vector<EventId>{{DeviceId{4}, 23}, {DeviceId{9}, 30}});
  } while (std::next_permutation(all.begin(), all.end(), [](auto& a, auto& b) { return std::tie(a.device, a.first) < std::tie(b.device, b.first); }));
}

TEST_CASE("different texts put down by several devices stand one after the other, the same on every replica") {
  Patch one{.device = DeviceId{9}, .first = 0, .parents = {}, .edits = {{0, 0, "Un. "}}}, other{.device = DeviceId{4}, .first = 0, .parents = {}, .edits = {{0, 0, "Deux. "}}};
  Patch again{.device = DeviceId{2}, .first = 0, .parents = {}, .edits = {{0, 0, "Un. "}}};
  std::vector<std::size_t> order = {0, 1, 2};
  do {
    Person person{DeviceId{1}, {}, {}, {}};
    for (auto k : order) person.receives({std::vector{one, other, again}[k]});
    CHECK(person.text == "Deux. Un. ");
    CHECK(person.text == *text::replay(person.graph));
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("a character that three remove is gone once, in whatever order they are taken back") {
  Graph graph;
  std::vector<Patch> patches = {{.device = DeviceId{1}, .first = 0, .parents = {}, .edits = {{0, 0, "abc"}}}};
  for (std::uint32_t device = 2; device < 5; ++device)
    patches.push_back({.device = DeviceId{device}, .first = 0, .parents = {{DeviceId{1}, 2}}, .edits = {{1, 1, std::string(1, static_cast<char>('0' + device))}, {0, 1, {}}}});
  patches.push_back({.device = DeviceId{2}, .first = 3, .parents = {{DeviceId{2}, 2}, {DeviceId{4}, 2}}, .edits = {{0, 0, "!"}}});
  auto merged = text::merge(graph, "", patches);
  REQUIRE(merged);
  CHECK(merged->text == "!234c");
}

TEST_CASE("removing backwards across a merge takes what was seen") {
  Pair pair("abcdef");
  pair.ouinhi.types({{4, 1, {}}, {3, 1, {}}, {2, 1, {}}});
  pair.laarne.types({{3, 0, "X"}});
  pair.meet();
  CHECK(pair.ouinhi.text == "abXf");
  pair.ouinhi.types({{2, 1, {}}, {1, 1, {}}});
  pair.meet();
  CHECK(pair.laarne.text == "af");
}

TEST_CASE("ten thousand characters replaced by both leave both, and quickly") {
  std::string before, one, other;
  for (int k = 0; k < 10'000; ++k) before += static_cast<char>('a' + k % 7), one += static_cast<char>('h' + k % 5), other += static_cast<char>('p' + k % 3);
  Pair pair(before);
  CHECK(pair.merged(one, other) == one + other);
}

TEST_CASE("a form that was opened before others' words came in does not revert them") {
  Pair pair("Un.\n");
  auto opened = pair.laarne.graph.frontier_ids();
  auto seen = pair.laarne.text;
  pair.ouinhi.saves("Un.\nDeux.\n");
  pair.meet();
  auto patches = text::patches_between(DeviceId{8}, pair.laarne.graph.next(DeviceId{8}), opened, seen, "Un et demi.\n");
  pair.laarne.receives(patches);
  CHECK(pair.laarne.text == "Un et demi.\nDeux.\n");
}

TEST_CASE("a device number that is used twice at once converges where numbers differ, and is found where they do not") {
  Patch seed{.device = DeviceId{1}, .first = 0, .parents = {}, .edits = {{0, 0, "ab"}}};
  Patch one{.device = DeviceId{1}, .first = 2, .parents = {{DeviceId{1}, 1}}, .edits = {{1, 0, "x"}}};
  Patch beside{.device = DeviceId{1}, .first = 3, .parents = {{DeviceId{1}, 1}}, .edits = {{1, 0, "y"}}};
  for (auto& patches : {std::vector{seed, one, beside}, std::vector{beside, one, seed}}) {
    Graph graph;
    CHECK(text::merge(graph, "", patches)->text == "axyb");
    auto other = one;
    other.edits[0].inserted = "z";
    CHECK(graph.add(other).error().code == Code::copied);
    other = one;
    other.parents = {{DeviceId{1}, 0}};
    CHECK(graph.add(other).error().code == Code::copied);
    other.edits[0].inserted = "xx";
    CHECK(graph.add(other).error().code == Code::copied);
    CHECK(*graph.add(one) == text::Added::known);
  }
}
