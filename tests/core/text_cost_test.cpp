// What histories cost that are made to cost much, and honest ones. Steps are counted, not time: every call ends after most_steps, with
// a result or too_large, and who is refused leaves no trace.
#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <random>

#include "core/text/merge.hpp"
#include "core/text/overlap.hpp"
#include "core/text_cell.hpp"

using namespace carnet;
using text::Edit;
using text::EventId;
using text::Graph;
using text::Patch;

namespace {

const DeviceId ouinhi{3};

EventId event(std::uint32_t device, std::uint32_t seq) { return {DeviceId{device}, seq}; }

Patch patch(std::uint32_t device, std::uint32_t first, std::vector<EventId> parents, std::vector<Edit> edits) {
  std::sort(parents.begin(), parents.end());
  return {.device = DeviceId{device}, .first = first, .parents = std::move(parents), .edits = std::move(edits)};
}

std::vector<Patch> beginning(const std::string& words) { return {patch(ouinhi.value, 0, {}, {{0, 0, words}})}; }
const EventId start = event(ouinhi.value, 0);  // of a text of one letter

std::size_t count_of(const text::Merged& merged, Code code) {
  return static_cast<std::size_t>(std::count_if(merged.patches.begin(), merged.patches.end(), [&](auto& fate) { return !fate && fate.error().code == code; }));
}

// Most of what one call may take: it stops at the first piece of work after the limit.
bool bounded(const text::Steps& steps) { return steps.taken() < text::most_steps + text::most_steps / 4; }

bool fine_or_too_large(const auto& result) { return result || result.error().code == Code::too_large; }

// Merges all at once and in parts; whatever is taken can be stored, loaded, and looked through.
void try_out(const std::vector<Patch>& patches) {
  Graph whole;
  auto merged = text::merge(whole, "", patches);
  REQUIRE(merged);
  CHECK(bounded(merged->steps));
  Graph parts;
  std::string standing;
  for (std::size_t k = 0; k < patches.size(); k += 1'000) {
    auto part = text::merge(parts, standing, std::span(patches).subspan(k, std::min<std::size_t>(1'000, patches.size() - k)));
    REQUIRE(part);
    REQUIRE(bounded(part->steps));
    standing = part->text;
  }
  auto again = Graph::unpack(parts.pack());
  REQUIRE(again);
  CHECK(again->frontier_ids() == parts.frontier_ids());
  auto replayed = text::replay(*again);
  CHECK(fine_or_too_large(replayed));
  if (replayed) CHECK(*replayed == standing);
  CHECK(fine_or_too_large(text::overlaps(parts, standing)));
}

// Layers of 64, of which each has seen all of the layer before.
std::vector<Patch> band(std::uint32_t layers) {
  auto patches = beginning("x");
  std::vector<EventId> parents = {start};
  for (std::uint32_t layer = 0; layer < layers; ++layer) {
    std::vector<EventId> heads;
    for (std::uint32_t device = 10; device < 74; ++device) {
      patches.push_back(patch(device, layer, parents, {{1, 0, "a"}}));
      heads.push_back(event(device, layer));
    }
    parents = heads;
  }
  return patches;
}

// Each has seen 64 others, but none of the latest 64.
std::vector<Patch> sliding_band(std::uint32_t count) {
  auto patches = beginning("x");
  for (std::uint32_t k = 0; k < count; ++k) {
    std::vector<EventId> parents;
    for (auto seen = k < 128 ? k : k - 127; k >= 128 && seen <= k - 64; ++seen) parents.push_back(event(10 + seen % 128, seen / 128));
    if (parents.empty()) parents = {start};
    patches.push_back(patch(10 + k % 128, k / 128, parents, {{k % 2, 0, "a"}}));
  }
  return patches;
}

// Two authors take turns, each knowing only the start, or also what itself wrote.
std::vector<Patch> comb(std::uint32_t count, bool own) {
  auto patches = beginning("x");
  for (std::uint32_t k = 0; k < count; ++k) {
    auto parent = own && k >= 2 ? event(10 + k % 2, k / 2 - 1) : start;
    patches.push_back(patch(10 + k % 2, k / 2, {parent}, {{1, 0, "a"}}));
  }
  return patches;
}

std::vector<Patch> star(std::uint32_t count) {
  auto patches = beginning("x");
  for (std::uint32_t device = 10; device < 10 + count; ++device) patches.push_back(patch(device, 0, {start}, {{1, 0, "a"}}));
  return patches;
}

// 20 people who each save 500 times without hearing of the others; `place` says where in a text of that length.
template <class Place>
std::vector<Patch> weeks_apart(Place place) {
  auto patches = beginning(std::string(4'000, 'x'));
  for (std::uint32_t save = 0; save < 500; ++save)
    for (std::uint32_t device = 10; device < 30; ++device) {
      auto parent = save == 0 ? event(ouinhi.value, 3'999) : event(device, save * 12 - 1);
      patches.push_back(patch(device, save * 12, {parent}, {{place(4'000 + save * 12), 0, "Vu ce matin\n"}}));
    }
  return patches;
}

// Some of these patches on their way, each written a second after the one before.
Row travelling(const std::vector<Patch>& patches, const std::vector<std::size_t>& numbers) {
  Cell cell{ColumnId{3}, Kind::text, {}};
  for (auto number : numbers) {
    auto& patch = patches[number];
    cell.versions.push_back({.stamp = {stamp_time(1'700'000'000 + static_cast<std::int64_t>(number)), patch.device}, .value = value_of(patch), .seq = {}, .seen = {}, .past = {}, .open = {}});
  }
  order(cell.versions);
  return {{cell}, {}};
}

Result<void> take(Row& row, const std::vector<Patch>& patches, const std::vector<std::size_t>& numbers, Judge judge) {
  auto theirs = travelling(patches, numbers);
  auto fine = check_texts(row, theirs, judge);
  if (fine) merge_text(row.at(ColumnId{3}, Kind::text), std::move(theirs.cells[0]), Authority{.is_relay = judge == Judge::relay}, Seq{1});
  return fine;
}

// In an order that is drawn, but for parents and the author's own, which come first.
std::vector<std::size_t> shuffled(const std::vector<Patch>& patches, const std::vector<std::size_t>& numbers, unsigned seed) {
  std::mt19937 random(seed);
  std::map<EventId, std::size_t> ends;
  for (auto number : numbers) ends[last_event(patches[number])] = number;
  std::map<std::size_t, std::vector<std::size_t>> followers;
  std::map<std::size_t, std::size_t> waits;
  std::vector<std::size_t> ready, order;
  for (auto number : numbers) {
    auto over = patches[number].parents;
    if (patches[number].first > 0) over.push_back({patches[number].device, patches[number].first - 1});
    for (auto& each : over) followers[ends.at(each)].push_back(number);
    if ((waits[number] = over.size()) == 0) ready.push_back(number);
  }
  while (!ready.empty()) {
    std::swap(ready[random() % ready.size()], ready.back());
    order.push_back(ready.back());
    ready.pop_back();
    for (auto next : followers[order.back()])
      if (--waits[next] == 0) ready.push_back(next);
  }
  return order;
}

}  // namespace

TEST_CASE("what the relay takes of a history at the edge of what may be put together, every device takes, in whatever order and portions") {
  std::size_t refused = 0;
  for (auto& patches : {band(200), sliding_band(1'500), comb(8'000, false), star(5'000)}) {
    Row relay;
    std::vector<std::size_t> taken;
    std::size_t at_once = patches.size() < 2'000 ? 250 : 1'000;
    for (std::size_t from = 0; from < patches.size(); from += at_once) {
      std::vector<std::size_t> frame;
      for (auto k = from; k < std::min(from + at_once, patches.size()); ++k) frame.push_back(k);
      auto fine = take(relay, patches, frame, Judge::here);
      if (fine) taken.insert(taken.end(), frame.begin(), frame.end());
      else ++refused;
    }
    auto& expected = *relay.cells.at(0).standing;
    for (unsigned seed = 1; seed <= 3; ++seed) {
      auto order = shuffled(patches, taken, seed);
      REQUIRE(order.size() == taken.size());
      Row device;
      auto portions = std::vector<std::size_t>{1, 2, 5}[seed - 1];
      for (std::size_t k = 0; k < portions; ++k) {
        auto begin = order.begin() + static_cast<std::ptrdiff_t>(order.size() * k / portions), end = order.begin() + static_cast<std::ptrdiff_t>(order.size() * (k + 1) / portions);
        REQUIRE(take(device, patches, {begin, end}, Judge::relay));
      }
      CHECK(*device.cells[0].standing == expected);
      CHECK(device.cells[0].versions.size() == relay.cells[0].versions.size());
    }
  }
  CHECK(refused > 0);
}

TEST_CASE("a band of 30,000 patches with 64 parents each ends within the steps of one merge") {
  try_out(band(470));
  try_out(sliding_band(30'000));
}

TEST_CASE("a comb of two who know only the start ends within the steps of one merge") {
  try_out(comb(20'000, false));
  try_out(comb(20'000, true));
}

TEST_CASE("a star of 10,000 patches on one parent is merged, at one place and in a tenth of the steps") {
  auto patches = star(10'000);
  try_out(patches);
  Graph graph;
  auto merged = text::merge(graph, "", patches);
  REQUIRE(merged);
  CHECK(merged->text == "x" + std::string(10'000, 'a'));
  CHECK(merged->steps.taken() < text::most_steps / 10);
}

TEST_CASE("what is too tangled is refused as a whole, and the graph is as before") {
  auto patches = sliding_band(30'000);
  Graph graph;
  auto standing = text::merge(graph, "", std::span(patches).first(1))->text;
  auto before = graph.pack();
  auto rest = std::vector<Patch>(patches.begin() + 1, patches.end());
  rest.push_back(rest.front());
  auto merged = text::merge(graph, standing, rest);
  REQUIRE(merged);
  CHECK(merged->text == "x");
  CHECK(merged->edits.empty());
  CHECK(count_of(*merged, Code::too_large) > 0);
  CHECK(count_of(*merged, Code::too_large) + count_of(*merged, Code::gap) == rest.size());  // some wait for those that are refused
  CHECK(graph.pack() == before);
  auto one = text::merge(graph, standing, std::span(rest).first(100));
  REQUIRE(one);
  CHECK(one->text.size() == 101);
}

TEST_CASE("a seed that others had too is taken back with the batch that it came in") {
  auto tangled = sliding_band(30'000);
  Graph graph;
  REQUIRE(text::merge(graph, "", std::span(tangled).first(1)));
  auto before = graph.pack();
  tangled.push_back(patch(2, 0, {}, {{0, 0, "x"}}));
  std::swap(tangled.front(), tangled.back());
  auto merged = text::merge(graph, "x", tangled);
  REQUIRE(merged);
  CHECK(merged->patches.front().error().code == Code::too_large);
  CHECK(*merged->patches.back() == text::Added::known);
  CHECK(graph.pack() == before);
  CHECK(graph.next(DeviceId{2}) == 0);
}

TEST_CASE("each of many patches that lie outside of their text is refused, in as many steps as few of them take") {
  auto patches = beginning("x");
  for (std::uint32_t device = 10; device < 20'010; ++device)
    patches.push_back(patch(device, 0, {start}, {{device % 2 ? 9u : 1u, 0, "a"}}));
  Graph graph;
  auto merged = text::merge(graph, "", patches);
  REQUIRE(merged);
  CHECK(merged->text == "x" + std::string(10'000, 'a'));
  CHECK(count_of(*merged, Code::invalid) == 10'000);
  CHECK(merged->steps.taken() < text::most_steps / 4);
  for (std::uint32_t device = 11; device < 20'010; device += 2) REQUIRE(graph.next(DeviceId{device}) == 0);

  std::vector<Patch> good = {patches.front()};
  for (std::size_t k = 1; k < patches.size(); ++k)
    if (merged->patches[k]) good.push_back(patches[k]);
  Graph other;
  REQUIRE(text::merge(other, "", good));
  CHECK(graph.pack() == other.pack());
}

TEST_CASE("of patches that go on one after another, the first that leaves the text is refused and those before are kept") {
  for (bool beside : {false, true}) {
    auto patches = beginning("abc");
    for (std::uint32_t k = 0; k < 5; ++k) patches.push_back(patch(10, k, {k == 0 ? event(ouinhi.value, 2) : event(10, k - 1)}, {{1, 1, ""}}));
    if (beside) patches.push_back(patch(9, 0, {event(ouinhi.value, 2)}, {{3, 0, "d"}}));
    Graph graph;
    auto merged = text::merge(graph, "", patches);
    REQUIRE(merged);
    CHECK(merged->text == (beside ? "ad" : "a"));
    CHECK((merged->patches[1] && merged->patches[2]));
    CHECK(merged->patches[3].error().code == Code::invalid);
    CHECK(merged->patches[4].error().code == Code::gap);
  }
}

TEST_CASE("another patch that bears the numbers of a refused one is tried in its place") {
  auto patches = beginning("x");
  patches.push_back(patch(10, 0, {start}, {{9, 0, "a"}}));
  patches.push_back(patch(10, 0, {start}, {{9, 0, "a"}}));
  patches.push_back(patch(10, 0, {start}, {{1, 0, "b"}}));
  Graph graph;
  auto merged = text::merge(graph, "", patches);
  REQUIRE(merged);
  CHECK(merged->text == "xb");
  CHECK(count_of(*merged, Code::invalid) == 2);

  for (std::uint32_t at = 10; at < 100'000; ++at) patches.push_back(patch(11, 0, {start}, {{at, 0, "a"}}));
  Graph other;
  auto many = text::merge(other, "", patches);
  REQUIRE(many);
  CHECK(bounded(many->steps));
}

TEST_CASE("seeds that differ late, and equal ones, cost no more than is allowed") {
  std::vector<Patch> equal, different;
  for (std::uint32_t device = 10; device < 70'010; ++device) equal.push_back(patch(device, 0, {}, {{0, 0, "abc"}}));
  for (std::uint32_t device = 10; device < 1'010; ++device) different.push_back(patch(device, 0, {}, {{0, 0, std::string(4'000, 'a') + std::to_string(10'000 + device)}}));
  try_out(equal);
  try_out(different);
}

TEST_CASE("20 people with 500 saves each stay far below what is allowed, wherever they write") {
  std::mt19937 random(20250310);
  auto steps_of = [](const std::vector<Patch>& patches) {
    Graph graph;
    auto merged = text::merge(graph, "", patches);
    REQUIRE(merged);
    REQUIRE(std::all_of(merged->patches.begin(), merged->patches.end(), [](auto& fate) { return bool(fate); }));
    REQUIRE(text::replay(graph));
    return merged->steps.taken();
  };
  CHECK(steps_of(weeks_apart([&](auto length) { return static_cast<std::uint32_t>(random() % length); })) < text::most_steps / 5);
  CHECK(steps_of(weeks_apart([](auto length) { return length; })) < text::most_steps / 5);
  CHECK(steps_of(weeks_apart([](auto) { return 0u; })) < text::most_steps / 5);
}
