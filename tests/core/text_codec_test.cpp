// The edges of what arrives: bytes of patches and of packed graphs, limits, and patches that do not belong to the graph.
#include <catch2/catch.hpp>

#include <random>

#include "tests/fuzz/text_complaint.hpp"
#include "tests/text_reference.hpp"

using namespace carnet;
using namespace carnet::test;
using text::Edit;
using text::EventId;
using text::Graph;
using text::Patch;

namespace {

const DeviceId ouinhi{3}, laarne{8};

Patch seed(const std::string& words) { return {.device = ouinhi, .first = 0, .parents = {}, .edits = {{0, 0, words}}}; }

// Whether the bytes that a patch would have are taken for it again.
bool travels(const Patch& patch) {
  auto decoded = text::decode(patch.device, text::encode(patch));
  return decoded && *decoded == patch;
}

Code refusal(Graph& graph, const Patch& patch) {
  auto before = graph.pack();
  auto added = graph.add(patch);
  REQUIRE(!added);
  REQUIRE(graph.pack() == before);
  return added.error().code;
}

std::string flipped(std::string bytes, std::size_t bit) {
  bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
  return bytes;
}

}  // namespace

TEST_CASE("twelve characters put into a text of four kilobytes take at most 21 bytes, with parents and number") {
  Patch first{.device = laarne, .first = 0, .parents = {{ouinhi, 4095}}, .edits = {{4000, 0, "Avec Afiavi "}}};
  Patch next{.device = laarne, .first = 12, .parents = {{laarne, 11}}, .edits = {{2000, 0, "Avec Koffi, "}}};
  Patch over{.device = laarne, .first = 4000, .parents = {{ouinhi, 9000}}, .edits = {{4000, 12, "Avec Koffi, "}}};
  CHECK(text::encode(first).size() == 20);
  CHECK(text::encode(next).size() == 17);
  CHECK(text::encode(over).size() == 22);
  CHECK((travels(first) && travels(next) && travels(over)));
}

TEST_CASE("a patch has the bytes that its grammar says") {
  Patch patch{.device = laarne, .first = 300, .parents = {{ouinhi, 5}, {laarne, 299}}, .edits = {{4, 2, "é"}, {3, 0, "a"}}};
  const char bytes[] = "\xac\x02\x06\x09\x05\x0a\xab\x02\x08\x0b\x02\xc3\xa9\x03\x04" "a";
  CHECK(text::encode(patch) == std::string(bytes, sizeof bytes - 1));
  Patch mark{.device = laarne, .first = 1, .parents = {{laarne, 0}}, .edits = {}};
  CHECK(text::encode(mark) == std::string("\x01\x01"));
}

TEST_CASE("cut and flipped bytes of a patch are refused, or are the one form of another patch") {
  Patch patch{.device = laarne, .first = 300, .parents = {{ouinhi, 5}, {laarne, 299}}, .edits = {{4, 2, "été"}, {3, 0, "a"}, {0, 1, ""}}};
  auto bytes = text::encode(patch);
  for (std::size_t size = 0; size < bytes.size(); ++size) CHECK(complaint_about(bytes.substr(0, size)) == "");
  for (std::size_t size = 0; size < bytes.size(); ++size) CHECK(!text::decode(laarne, bytes.substr(0, size)));
  CHECK(!text::decode(laarne, bytes + '\0'));
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto other = text::decode(laarne, flipped(bytes, bit));
    if (other) CHECK((text::encode(*other) == flipped(bytes, bit) && !(*other == patch)));
  }
}

TEST_CASE("cut and flipped bytes of a packed graph are refused, or are the one form of another graph") {
  Imagination imagination(20250310);
  Graph graph;
  REQUIRE(text::merge(graph, "", imagination.history(14)));
  auto trimmed = graph;
  REQUIRE(trimmed.add({.device = laarne, .first = trimmed.next(laarne), .parents = trimmed.frontier_ids(), .edits = {}}));
  auto seen = trimmed.frontier_ids();
  REQUIRE(*text::trim(trimmed, seen));
  REQUIRE(trimmed.add({.device = laarne, .first = trimmed.next(laarne), .parents = trimmed.frontier_ids(), .edits = {{0, 0, "neuf"}}}));
  for (auto& bytes : {graph.pack(), trimmed.pack()}) {
    for (std::size_t size = 0; size < bytes.size(); ++size) REQUIRE(complaint_about(bytes.substr(0, size)) == "");
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) REQUIRE(complaint_about(flipped(bytes, bit)) == "");
  }
}

TEST_CASE("counts that no bytes follow, and numbers in a longer form, are refused") {
  std::string huge = "\xff\xff\xff\x7f";
  auto packed = [&] { Graph graph; REQUIRE(graph.add(seed("abc"))); return graph.pack(); }();
  for (std::size_t at = 0; at < packed.size(); ++at) CHECK(!Graph::unpack(packed.substr(0, at) + huge + packed.substr(at + 1)));
  CHECK(!Graph::unpack(std::string("\x02") + packed.substr(1)));
  CHECK(!text::decode(laarne, std::string("\x81\x00\x01", 3)));
  CHECK(!text::decode(laarne, std::string("\x00\x02\x00", 3) + huge));
}

TEST_CASE("random bytes are no text's history, and what is accepted holds together") {
  constexpr unsigned first = 20250310;
  for (unsigned seed = first; seed < first + 3'000; ++seed) {
    std::mt19937 random(seed);
    std::string bytes(random() % 120, '\0');
    for (auto& byte : bytes) byte = static_cast<char>(random() % 4 ? random() % 8 : random());
    INFO("seed " << seed);
    REQUIRE(complaint_about(bytes) == "");
  }
}

TEST_CASE("what a patch may hold is refused one above") {
  Patch patch{.device = laarne, .first = 1, .parents = {}, .edits = {}};
  for (std::uint32_t device = 1; device <= text::most_parents; ++device) patch.parents.push_back({DeviceId{device}, 0});
  CHECK(travels(patch));
  patch.parents.push_back({DeviceId{65}, 0});
  CHECK(!travels(patch));
  patch.parents.clear();

  patch.edits.assign(text::most_edits, {0, 0, "a"});
  CHECK(travels(patch));
  patch.edits.push_back({0, 0, "a"});
  CHECK(!travels(patch));
  patch.edits = {{0, 0, std::string(text::most_patch_text, 'a')}};
  CHECK(travels(patch));
  patch.edits[0].inserted += 'a';
  CHECK(!travels(patch));
  patch.edits = {{text::most_length - 1, 1, ""}};
  CHECK(travels(patch));
  ++patch.edits[0].removed;
  CHECK(!travels(patch));
  patch.edits = {{0, text::most_length - 1, ""}};
  CHECK(travels(patch));  // up to event 16,777,215
  patch.first = 2;
  patch.parents = {{laarne, 1}};
  CHECK(!travels(patch));
  for (auto device : {0u, max_device + 1}) CHECK(!text::check({.device = DeviceId{device}, .first = 0, .parents = {}, .edits = {}}));
  CHECK(text::check({.device = DeviceId{max_device}, .first = 0, .parents = {}, .edits = {}}));
}

TEST_CASE("a patch that breaks a rule of its own is malformed") {
  Patch good{.device = laarne, .first = 4, .parents = {{ouinhi, 1}, {laarne, 3}}, .edits = {{0, 1, "a"}}};
  REQUIRE(text::check(good));
  auto broken = [&](auto breaks) {
    auto patch = good;
    breaks(patch);
    return !text::check(patch) && !travels(patch);
  };
  CHECK(broken([](Patch& patch) { std::swap(patch.parents[0], patch.parents[1]); }));
  CHECK(broken([](Patch& patch) { patch.parents[1] = patch.parents[0]; }));
  CHECK(broken([](Patch& patch) { patch.parents[1].seq = 4; }));
  CHECK(broken([](Patch& patch) { patch.edits[0] = {0, 0, ""}; }));
  CHECK(broken([](Patch& patch) { patch.edits[0].inserted = std::string("a\0b", 3); }));
  CHECK(broken([](Patch& patch) { patch.edits[0].inserted = "\xff"; }));
  CHECK(broken([](Patch& patch) { patch.edits[0].inserted = "\xed\xa0\x80"; }));
}

TEST_CASE("a graph says why it does not take a patch, and stays as it was") {
  Graph graph;
  REQUIRE(graph.add(seed("abc")));
  REQUIRE(graph.add({.device = laarne, .first = 0, .parents = {{ouinhi, 2}}, .edits = {{0, 0, "x"}}}));
  CHECK(refusal(graph, {.device = laarne, .first = 1, .parents = {{ouinhi, 9}}, .edits = {{0, 0, "y"}}}) == Code::gap);
  CHECK(refusal(graph, {.device = laarne, .first = 1, .parents = {{DeviceId{5}, 0}}, .edits = {{0, 0, "y"}}}) == Code::gap);
  CHECK(refusal(graph, {.device = laarne, .first = 2, .parents = {{laarne, 0}}, .edits = {{0, 0, "y"}}}) == Code::gap);
  CHECK(refusal(graph, {.device = laarne, .first = 1, .parents = {{ouinhi, 1}, {laarne, 0}}, .edits = {{0, 0, "y"}}}) == Code::malformed);
  CHECK(refusal(graph, {.device = laarne, .first = 0, .parents = {{ouinhi, 2}}, .edits = {{0, 0, "y"}}}) == Code::copied);
  CHECK(*graph.add(seed("abc")) == text::Added::known);
  CHECK(refusal(graph, seed("abd")) == Code::copied);
}

TEST_CASE("a patch made on what was trimmed away is told from one that came too early") {
  Graph graph;
  auto words = *text::merge(graph, "", std::vector<Patch>{seed("abc")});
  auto next = Patch{.device = laarne, .first = 0, .parents = {{ouinhi, 2}}, .edits = {{3, 0, "d"}}};
  words = *text::merge(graph, words.text, std::span(&next, 1));
  auto seen = graph.frontier_ids();
  REQUIRE(*text::trim(graph, seen));
  CHECK(graph.base_length() == 4);
  CHECK(graph.size() == 0);
  CHECK(graph.frontier_ids() == seen);
  CHECK(refusal(graph, {.device = DeviceId{5}, .first = 0, .parents = {{ouinhi, 2}}, .edits = {{0, 0, "y"}}}) == Code::not_found);
  CHECK(refusal(graph, {.device = DeviceId{5}, .first = 0, .parents = {}, .edits = {{0, 0, "y"}}}) == Code::not_found);
  CHECK(refusal(graph, {.device = DeviceId{5}, .first = 0, .parents = {{laarne, 1}}, .edits = {{0, 0, "y"}}}) == Code::gap);
  CHECK(*graph.add(next) == text::Added::known);
  auto later = Patch{.device = DeviceId{5}, .first = 0, .parents = seen, .edits = {{4, 0, "e"}}};
  CHECK(text::merge(graph, words.text, std::span(&later, 1))->text == "abcde");
}

TEST_CASE("a position beyond the text at its parents is refused with all that is built on it, the rest is merged") {
  for (auto& bad : std::vector<Edit>{{4, 0, "x"}, {3, 1, ""}, {0, 4, ""}, {2, 2, "y"}}) {
    Graph graph;
    std::vector<Patch> patches = {seed("abc"),
                                  {.device = laarne, .first = 0, .parents = {{ouinhi, 2}}, .edits = {{3, 0, "long"}}},
                                  {.device = DeviceId{5}, .first = 0, .parents = {{ouinhi, 2}}, .edits = {bad}}};
    auto on_it = Patch{.device = DeviceId{6}, .first = 0, .parents = {{DeviceId{5}, 0}}, .edits = {{0, 0, "z"}}};
    patches.push_back(on_it);
    auto merged = text::merge(graph, "", patches);
    REQUIRE(merged);
    CHECK(merged->text == "abclong");
    CHECK((merged->patches[0] && merged->patches[1]));
    REQUIRE(!merged->patches[2]);
    CHECK(merged->patches[2].error().code == Code::invalid);
    CHECK(merged->patches[3].error().code == Code::gap);
    CHECK(graph.frontier_ids() == std::vector<EventId>{{laarne, 3}});
    CHECK(*text::replay(graph) == "abclong");
  }
}

TEST_CASE("a text that does not stand at the version is told, and nothing is added") {
  Graph graph;
  REQUIRE(graph.add(seed("abc")));
  REQUIRE(graph.add({.device = ouinhi, .first = 3, .parents = {{ouinhi, 2}}, .edits = {{3, 0, "defghijk"}}}));
  Patch beside{.device = laarne, .first = 0, .parents = {{ouinhi, 2}}, .edits = {{0, 0, "x"}}};
  auto merged = text::merge(graph, "ab", std::span(&beside, 1));
  REQUIRE(!merged);
  CHECK(merged.error().code == Code::malformed);
  CHECK(!graph.contains({laarne, 0}));
}

TEST_CASE("a text takes so many branchings and no more") {
  Graph graph;
  std::uint32_t next[2] = {0, 0};
  EventId last{};
  for (std::size_t k = 0; k < text::most_entries; ++k) {
    DeviceId device{1 + static_cast<std::uint32_t>(k % 2)};
    Patch patch{.device = device, .first = next[k % 2]++, .parents = {}, .edits = {}};
    if (k > 0) patch.parents = {last};
    REQUIRE(graph.add(patch));
    last = {device, patch.first};
  }
  CHECK(refusal(graph, {.device = DeviceId{3}, .first = 0, .parents = {last}, .edits = {}}) == Code::too_large);
  CHECK(*text::replay(graph) == "");
}

TEST_CASE("a text takes so many runs, and so many events, and no more") {
  Graph graph;
  Patch patch{.device = ouinhi, .first = 0, .parents = {}, .edits = std::vector<Edit>(text::most_edits, {0, 0, "a"})};
  for (std::size_t runs = 0; runs < text::most_runs; runs += text::most_edits) {
    REQUIRE(graph.add(patch));
    patch.first += text::most_edits;
    patch.parents = {{ouinhi, patch.first - 1}};
  }
  patch.edits = {{0, 0, "a"}};
  CHECK(refusal(graph, patch) == Code::too_large);

  Graph long_one;
  REQUIRE(long_one.add(seed("a")));
  Patch most{.device = laarne, .first = 0, .parents = {{ouinhi, 0}}, .edits = {{0, text::most_events - 1, ""}}};
  auto above = most;
  ++above.edits[0].removed;
  CHECK(refusal(long_one, above) == Code::too_large);
  CHECK(long_one.add(most));
}

TEST_CASE("where more than 64 write at once, the next patch comes with marks that join them") {
  Graph graph;
  std::vector<Patch> patches = {seed("x")};
  for (std::uint32_t device = 10; device < 210; ++device)
    patches.push_back({.device = DeviceId{device}, .first = 0, .parents = {{ouinhi, 0}}, .edits = {{1, 0, "a"}}});
  auto merged = text::merge(graph, "", patches);
  REQUIRE(merged);
  auto saved = text::patches_between(laarne, graph.next(laarne), graph.frontier_ids(), merged->text, merged->text + "!");
  CHECK(saved.size() == 4);
  auto after = text::merge(graph, merged->text, saved);
  REQUIRE(after);
  CHECK(after->text == "x" + std::string(200, 'a') + "!");
  CHECK(graph.frontier_ids().size() == 1);
}
