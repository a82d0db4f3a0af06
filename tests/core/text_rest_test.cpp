// A text at rest: what a store keeps of it, how small that is, and how a change finds the text where it stands without going through its
// history.
#include <catch2/catch.hpp>

#include <random>

#include "core/at_rest.hpp"
#include "core/row_codec.hpp"
#include "core/sqlite.hpp"
#include "core/text/varint.hpp"
#include "core/text_cell.hpp"
#include "core/text_codec.hpp"
#include "tests/text_reference.hpp"

using namespace carnet;
using namespace carnet::test;
using text::Patch;

namespace {

const ColumnId notes{3};
constexpr unsigned first_seed = 20250310;

// A seed travels as its whole text.
Patch as_sent(const Patch& patch) {
  if (!patch.is_seed()) return patch;
  std::string words;
  for (auto& edit : patch.edits) words += edit.inserted;
  return {.device = patch.device, .first = 0, .parents = {}, .edits = {{0, 0, words}}};
}

// The versions that these patches travel as, written one after another.
Cell travelling(const std::vector<Patch>& patches, std::uint64_t second = 1'741'600'000) {
  Cell cell{notes, Kind::text, {}};
  for (auto& patch : patches)
    cell.versions.push_back({.stamp = {stamp_time(static_cast<std::int64_t>(++second)), patch.device}, .value = value_of(as_sent(patch)), .seq = {}, .seen = {}, .past = {}, .open = {}});
  order(cell.versions);
  return cell;
}

Cell without_standing(Cell cell) {
  cell.standing.reset();
  return cell;
}

// As a relay takes them, so many in a frame.
Cell taken(const std::vector<Patch>& patches, std::size_t at_once) {
  Cell cell{notes, Kind::text, {}};
  for (std::size_t k = 0; k < patches.size(); k += at_once)
    merge_text(cell, travelling({patches.begin() + static_cast<std::ptrdiff_t>(k), patches.begin() + static_cast<std::ptrdiff_t>(std::min(k + at_once, patches.size()))}, 1'741'600'000 + k),
               Authority{}, Seq{static_cast<std::int64_t>(k + 1)});
  return cell;
}

void require_same(const Cell& one, const Cell& other) {
  REQUIRE(one.versions.size() == other.versions.size());
  for (std::size_t k = 0; k < one.versions.size(); ++k) {
    auto &a = one.versions[k], &b = other.versions[k];
    REQUIRE((a.stamp == b.stamp && a.value == b.value && a.seq == b.seq && a.seen == b.seen && a.past == b.past && a.open == b.open));
    REQUIRE((a.received == b.received && a.beaten == b.beaten));
  }
  REQUIRE(bool(one.standing) == bool(other.standing));
  if (one.standing) REQUIRE(*one.standing == *other.standing);
}

Row row_of(Cell cell) { return {{std::move(cell)}, {}}; }
Cell reread(const Cell& cell) { return std::move(unpack_row(pack_row(row_of(cell))).cells.at(0)); }

// Two who type by turns, each key a patch.
std::vector<Patch> typed(std::uint32_t keys) {
  std::vector<Patch> patches = {{.device = DeviceId{1}, .first = 0, .parents = {}, .edits = {{0, 0, "é"}}}};
  for (std::uint32_t k = 0; k < keys; ++k) {
    DeviceId writer{2 + k / 10 % 2};
    auto last = last_event(patches.back());
    std::uint32_t first = 0;
    for (auto& patch : patches)
      if (patch.device == writer) first = last_event(patch).seq + 1;
    patches.push_back({.device = writer, .first = first, .parents = {last}, .edits = {{1 + k, 0, std::string(1, static_cast<char>('a' + k * 7 % 26))}}});
  }
  return patches;
}

}  // namespace

TEST_CASE("a text comes back from the store as it was, with all that is known of its versions") {
  for (unsigned seed = first_seed; seed < first_seed + 300; ++seed) {
    INFO("seed " << seed);
    Imagination imagination(seed);
    auto cell = taken(imagination.history(20), 1 + seed % 4);
    for (auto& version : cell.versions) {
      version.received = imagination.pick(2) == 0;
      if (imagination.pick(4) == 0) version.seen = Seq{static_cast<std::int64_t>(imagination.pick(1u << 30)) << 20};
      if (imagination.pick(6) == 0) version.past = {{stamp_time(7), DeviceId{4}}};
      if (imagination.pick(9) == 0) version.stamp.time = imagination.pick(2) ? 0 : max_stamp_time;
    }
    require_same(cell, reread(cell));
    auto standing = *cell.standing;
    standing.undo = {{3, 0, "été"}, {0, 2, ""}};
    cell.standing = std::make_shared<const Standing>(standing);
    require_same(cell, reread(cell));
    if (trim_text(cell, [](auto&) { return true; })) require_same(cell, reread(cell));
    require_same(without_standing(cell), reread(without_standing(cell)));
  }
}

TEST_CASE("a text whose wording lies in a table gets it from there, and one that the table lost has to be put together") {
  auto cell = taken(typed(30), 1);
  auto row = row_of(cell);
  auto bytes = pack_cells({}, {&row.cells[0]}, {.value = [](auto&) { return true; }});
  CHECK(bytes.size() + cell.standing->text.size() <= pack_row(row).size());
  require_same(cell, unpack_row(bytes, [&](auto&) { return std::optional<Value>(cell.standing->text); }).cells[0]);
  CHECK(!unpack_row(bytes, [](auto&) { return std::optional<Value>(); }).cells[0].standing);
  CHECK(text_of(unpack_row(bytes).cells[0]) == cell.standing->text);
}

TEST_CASE("five thousand keystrokes lie in two bytes each") {
  auto cell = taken(typed(5'000), 5'001);
  auto bytes = pack_row(row_of(cell)).size();
  INFO(bytes);
  CHECK(bytes < 10'000);
  require_same(cell, reread(cell));
}

TEST_CASE("a text whose first history is forgotten can be read where somebody wrote only after that") {
  auto cell = taken(typed(15), 1);  // of which the last five are of device 3, who wrote nothing before
  auto text = whole_of(cell).text;
  REQUIRE(trim_text(cell, [](auto& version) { return version.stamp.device != DeviceId{3}; }));
  CHECK(cell.versions.size() == 6);
  CHECK(whole_of(without_standing(cell)).text == text);
}

TEST_CASE("cut and flipped bytes of a text at rest are damage, or another text, and nothing worse") {
  Imagination imagination(first_seed);
  auto cell = taken(imagination.history(12), 1);
  cell.versions.front().past = {{stamp_time(7), DeviceId{4}}};
  trim_text(cell, [&](auto& version) { return version.stamp.time < cell.versions[3].stamp.time; });
  for (bool packed : {false, true}) {
    auto bytes = pack_history(cell);
    REQUIRE(bytes[0] == 0);
    if (packed) bytes = '\1' + pack_at_rest(bytes.substr(1));
    auto take = [](std::string_view part) {
      Cell read{notes, Kind::text, {}};
      bool fine = unpack_history(part, read);
      if (fine) (void)pack_history(read);
      return fine;
    };
    CHECK(take(bytes));
    for (std::size_t size = 0; size < bytes.size(); ++size) CHECK(!(take(bytes.substr(0, size)) && packed));
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      auto flipped = bytes;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
      (void)take(flipped);
    }
  }
  auto blob = pack_row(row_of(cell));
  for (std::size_t size = 0; size < blob.size(); ++size) CHECK_THROWS_AS(unpack_row(blob.substr(0, size)), Damaged);
}

TEST_CASE("what is compressed at rest is not unpacked where it says that it holds more than is allowed") {
  auto packed = pack_at_rest(std::string(1'000'000, 'a'));
  CHECK(unpack_at_rest(packed, 1'000'000) == std::string(1'000'000, 'a'));
  CHECK(!unpack_at_rest(packed, 999'999));
  CHECK(!unpack_at_rest("", 1'000));
  std::string many(text::most_runs + 1, '\0');  // versions of nothing
  Cell cell{notes, Kind::text, {}};
  auto length = [](std::size_t size) { std::string out; text::put_number(out, size); return out; };
  auto columns = length(1) + length(1) + length(many.size()) + std::string(11, '\0') + '\0' + '\x07' + many;
  CHECK_FALSE(unpack_history('\1' + pack_at_rest(columns), cell));
  CHECK(cell.versions.empty());
}

TEST_CASE("where a text stands is known after each change, and is what its history comes to, in whatever order and portions it came") {
  for (unsigned seed = first_seed; seed < first_seed + 400; ++seed) {
    INFO("seed " << seed);
    Imagination imagination(seed);
    auto patches = imagination.history(18);
    Cell all = taken(patches, patches.size()), cell{notes, Kind::text, {}};
    for (std::size_t k = 0; k < patches.size();) {
      auto end = std::min(patches.size(), k + 1 + imagination.pick(3));
      auto from = imagination.pick(4) ? k : imagination.pick(k + 1);  // some come again
      Row mine = row_of(cell), theirs = row_of(travelling({patches.begin() + static_cast<std::ptrdiff_t>(from), patches.begin() + static_cast<std::ptrdiff_t>(end)}, 1'741'600'000 + from));
      if (cell.versions.empty()) mine.cells.clear();
      REQUIRE(check_texts(mine, theirs));
      merge_text(cell, std::move(theirs.cells[0]), Authority{}, Seq{1});
      auto known = *cell.standing;
      REQUIRE(known == standing_of(without_standing(cell)));
      k = end;
    }
    REQUIRE(*cell.standing == *all.standing);
    REQUIRE(cell.standing->text == *text::replay(graph_of(cell)));
  }
}

TEST_CASE("what was written last, over all others, is taken back as if it had never been") {
  for (unsigned seed = first_seed; seed < first_seed + 200; ++seed) {
    INFO("seed " << seed);
    Imagination imagination(seed);
    auto before = taken(imagination.history(14), 3);
    auto now = before.standing->text + " et après";
    if (imagination.pick(2)) now = now.substr(now.find(' ') + 1);
    auto saved = saved_over(before, DeviceId{4}, heads_of(before), now);
    REQUIRE((saved && saved->patches.size() == 1));
    CHECK(saved->standing.text == now);
    auto standing = saved->standing;
    REQUIRE(take_back(standing, saved->patches[0]));
    REQUIRE(standing == *before.standing);
    REQUIRE(!take_back(standing, saved->patches[0]));
  }
}
