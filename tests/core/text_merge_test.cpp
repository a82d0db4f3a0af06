// One text, many hands: whatever the order in which patches arrive, the text is the one that a slow and simple judge makes of them.
#include <catch2/catch.hpp>

#include <cstdlib>

#include "core/text/overlap.hpp"
#include "tests/text_reference.hpp"

using namespace carnet;
using namespace carnet::test;
using text::Edit;
using text::EventId;
using text::Graph;
using text::Patch;

namespace {

constexpr unsigned first_seed = 20250310;

unsigned seeds(unsigned count) {
  auto* wanted = std::getenv("CARNET_SEEDS");
  return wanted ? static_cast<unsigned>(std::atoi(wanted)) : count;
}

void require_all(const Result<text::Merged>& merged) {
  REQUIRE(merged);
  for (auto& patch : merged->patches) REQUIRE(patch);
}

std::string text_of(const std::vector<Patch>& patches) {
  Graph graph;
  auto merged = text::merge(graph, "", patches);
  require_all(merged);
  return merged->text;
}

std::string judged(const std::vector<Patch>& patches) {
  Reference reference;
  for (auto& patch : patches) reference.add(patch);
  return reference.text();
}

template <class Check>
void for_histories(unsigned count, int steps, Check check) {
  for (unsigned seed = first_seed; seed < first_seed + seeds(count); ++seed) {
    INFO("seed " << seed);
    Imagination imagination(seed);
    auto patches = imagination.history(steps);
    check(imagination, patches);
  }
}

}  // namespace

TEST_CASE("the text is the judge's, for histories with ties, several roots, older parents and marks") {
  for_histories(1500, 24, [](auto&, auto& patches) { REQUIRE(text_of(patches) == judged(patches)); });
}

TEST_CASE("the text is the judge's in long histories too") {
  for_histories(60, 120, [](auto&, auto& patches) { REQUIRE(text_of(patches) == judged(patches)); });
}

TEST_CASE("the order of arrival and duplicates change nothing") {
  for_histories(600, 30, [](Imagination& imagination, std::vector<Patch>& patches) {
    auto expected = text_of(patches);
    for (int round = 0; round < 3; ++round) {
      patches.push_back(patches[imagination.pick(patches.size())]);
      std::shuffle(patches.begin(), patches.end(), imagination.random());
      REQUIRE(text_of(patches) == expected);
    }
  });
}

TEST_CASE("merging in random batches ends in the text of the whole, and the edits it tells lead there") {
  for_histories(600, 30, [](Imagination& imagination, const std::vector<Patch>& patches) {
    auto waiting = patches;
    Graph graph;
    std::string standing;
    while (!waiting.empty()) {
      std::shuffle(waiting.begin(), waiting.end(), imagination.random());
      auto count = std::min(waiting.size(), 1 + imagination.pick(6));
      std::vector<Patch> batch(waiting.end() - static_cast<std::ptrdiff_t>(count), waiting.end());
      waiting.resize(waiting.size() - count);
      auto merged = text::merge(graph, standing, batch);
      REQUIRE(merged);
      for (std::size_t k = 0; k < batch.size(); ++k) {
        if (merged->patches[k]) continue;
        REQUIRE(merged->patches[k].error().code == Code::gap);
        waiting.push_back(batch[k]);
      }
      REQUIRE(text::edited(standing, merged->edits) == merged->text);
      standing = merged->text;
      REQUIRE(*text::replay(graph) == standing);
    }
    REQUIRE(standing == judged(patches));
  });
}

TEST_CASE("every version keeps its wording") {
  for_histories(300, 24, [](Imagination& imagination, const std::vector<Patch>& patches) {
    Graph graph;
    require_all(text::merge(graph, "", patches));
    Reference reference;
    for (auto& patch : patches) reference.add(patch);
    for (int round = 0; round < 6; ++round) {
      std::vector<EventId> ids = {graph.ids({static_cast<text::Lv>(imagination.pick(graph.size()))}).front(),
                                  graph.ids({static_cast<text::Lv>(imagination.pick(graph.size()))}).front()};
      REQUIRE(*text::wording(graph, *graph.version(ids)) == reference.text_at(ids));
    }
  });
}

TEST_CASE("a packed graph is the graph, and packs to the same bytes") {
  for_histories(600, 30, [](Imagination& imagination, std::vector<Patch>& patches) {
    std::shuffle(patches.begin(), patches.end(), imagination.random());
    Graph graph;
    auto half = patches.size() / 2;
    auto merged = text::merge(graph, "", std::span(patches).first(half));
    REQUIRE(merged);
    auto bytes = graph.pack();
    auto again = Graph::unpack(bytes);
    REQUIRE(again);
    REQUIRE(again->pack() == bytes);
    CHECK(again->frontier_ids() == graph.frontier_ids());
    auto rest = patches;  // what waited, too
    REQUIRE(text::merge(*again, merged->text, rest)->text == text_of(patches));
  });
}

TEST_CASE("a graph gives back the patches that it is made of") {
  for_histories(300, 30, [](auto&, const std::vector<Patch>& patches) {
    Graph graph;
    require_all(text::merge(graph, "", patches));
    auto copies = graph.equal_seeds();
    for (std::size_t k = 0; k < graph.patches(); ++k) copies.push_back(graph.patch(k));
    REQUIRE(copies.size() == patches.size());
    for (auto& copy : copies) {
      auto decoded = text::decode(copy.device, text::encode(copy));
      REQUIRE(decoded);
      REQUIRE(*decoded == copy);
    }
    Graph other;
    auto merged = text::merge(other, "", copies);
    require_all(merged);
    CHECK(merged->text == judged(patches));
    CHECK(other.frontier_ids() == graph.frontier_ids());
    for (auto& patch : patches) {
      auto added = graph.add(patch);
      REQUIRE(added);
      REQUIRE(*added == text::Added::known);
    }
  });
}

TEST_CASE("a trimmed graph merges what comes later as the whole one does") {
  std::size_t trimmed = 0;
  for_histories(1500, 30, [&](Imagination& imagination, const std::vector<Patch>& patches) {
    Graph all, early;
    require_all(text::merge(all, "", patches));
    auto split = 1 + imagination.pick(patches.size());
    auto merged = text::merge(early, "", std::span(patches).first(split));
    require_all(merged);
    std::vector<EventId> seen;
    for (std::size_t k = 0; k < split; ++k) {
      EventId last{patches[k].device, patches[k].first + static_cast<std::uint32_t>(patches[k].events()) - 1};
      bool by_all = std::all_of(patches.begin() + static_cast<std::ptrdiff_t>(split), patches.end(),
                                [&](auto& later) { return all.knows({later.device, later.first}, last); });
      if (by_all) seen.push_back(last);
    }
    if (seen.empty()) return;
    auto before = early.size();
    auto fine = text::trim(early, seen);
    REQUIRE(fine);
    CHECK(*fine == (early.size() < before));
    trimmed += *fine;
    auto packed = early.pack();
    auto again = Graph::unpack(packed);
    REQUIRE(again);
    REQUIRE(again->pack() == packed);
    auto later = text::merge(*again, merged->text, std::span(patches).subspan(split));
    require_all(later);
    REQUIRE(later->text == judged(patches));
  });
  CHECK(trimmed > 0);
}

TEST_CASE("overlaps are the same on every replica, whatever came first") {
  for_histories(300, 24, [](Imagination& imagination, std::vector<Patch> patches) {
    Graph graph;
    auto merged = text::merge(graph, "", patches);
    auto expected = text::overlaps(graph, merged->text);
    REQUIRE(expected);
    std::shuffle(patches.begin(), patches.end(), imagination.random());
    Graph other;
    auto again = text::merge(other, "", patches);
    auto found = text::overlaps(other, again->text);
    REQUIRE(found);
    if (expected->size() < text::most_overlaps) REQUIRE(*found == *expected);
  });
}
