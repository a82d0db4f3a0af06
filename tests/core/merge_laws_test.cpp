// The laws of merging, over every order of delivery of several devices' concurrent changes, with duplicates.
#include <catch2/catch.hpp>

#include <algorithm>
#include <numeric>
#include <random>

#include "tests/village.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

constexpr unsigned seed = 20250310;

// What counts of a store's state, without the seqs, which depend on the order by their nature.
std::string state_of(ModelStore& store) {
  std::string text;
  auto stamp = [](const Stamp& s) { return std::to_string(s.time) + "/" + std::to_string(s.device.value); };
  auto value = [](const Value& v) {
    if (auto* n = std::get_if<std::int64_t>(&v)) return std::to_string(*n);
    if (auto* t = std::get_if<std::string>(&v)) return *t;
    return std::string("-");
  };
  for (auto& [place, held] : store.rows) {
    text += "row " + std::to_string(place.second.table.value) + ":" + std::to_string(place.second.id.value) + (held.row.dead() ? " dead" : "") + "\n";
    for (auto& cell : held.row.cells) {
      text += "  " + std::to_string(cell.column.value);
      for (auto& version : cell.versions) text += " " + stamp(version.stamp) + "=" + value(version.value) + (version.beaten ? "!" : "");
      text += " open " + std::to_string(open_conflicts(held.row, cell).size()) + "\n";
    }
  }
  for (auto& [place, past] : store.history)
    text += "past " + std::to_string(std::get<1>(place).id.value) + " " + std::to_string(std::get<2>(place).value) + " " + stamp(std::get<3>(place)) + "=" + value(past) + "\n";
  return text + std::to_string(store.digest[town].sum);
}

// All values that a store knows of, standing or remembered.
std::size_t known_values(ModelStore& store) {
  std::size_t count = store.history.size();
  for (auto& [place, held] : store.rows)
    for (auto& cell : held.row.cells) count += cell.versions.size();
  return count;
}

struct Scene {
  ModelStore base;
  std::vector<Changeset> changes;  // concurrent: all made on the base
};

// Delivers the changes in every order; after each, some of those before are delivered once more.
void check_all_orders(const Scene& scene, std::mt19937& random) {
  std::vector<std::size_t> order(scene.changes.size());
  std::iota(order.begin(), order.end(), 0u);
  std::string expected;
  do {
    ModelStore store = scene.base;
    for (std::size_t k = 0; k < order.size(); ++k) {
      apply(store, scene.changes[order[k]], Authority{});
      apply(store, scene.changes[order[random() % (k + 1)]], Authority{});
    }
    auto state = state_of(store);
    if (expected.empty()) expected = state;
    REQUIRE(state == expected);
    std::size_t written = known_values(const_cast<ModelStore&>(scene.base));
    for (auto& changes : scene.changes)
      for (auto& row : changes.rows)
        for (auto& cell : row.row.cells) written += cell.versions.size();
    CHECK(known_values(store) == written);  // nothing is lost
  } while (std::next_permutation(order.begin(), order.end()));
}

// Devices share a base of some rows, then each writes without hearing of the others.
Scene scene_of(Village& village, const std::vector<std::string>& writes) {
  auto& first = village.device(1);
  first.sql("INSERT INTO shelf(space,name,level) VALUES(7,'A',1)");
  first.sql("INSERT INTO shelf(space,name,level) VALUES(7,'B',2)");
  first.sql("INSERT INTO book(space,shelf,title,notes) SELECT 7,id,'T','n' FROM shelf WHERE name='A'");
  for (std::uint32_t k = 2; k <= writes.size(); ++k) village.device(k);
  village.settle();
  Scene scene{village.relay, {}};
  for (std::uint32_t k = 1; k <= writes.size(); ++k) {
    auto& device = village.device(k);
    REQUIRE(device.sql(writes[k - 1]) == "");
    device.replica->collect();
    scene.changes.push_back(device.replica->pending(town, village.acked[DeviceId{k}], 1 << 20));
  }
  return scene;
}

}  // namespace

TEST_CASE("merging commutes and forgets nothing, over every order of the deliberate conflicts") {
  std::mt19937 random(seed);
  const std::vector<std::vector<std::string>> scenes = {
      {"UPDATE shelf SET level=3", "UPDATE shelf SET level=4", "UPDATE shelf SET level=4", "UPDATE shelf SET level=5, name='C' WHERE name='A'"},
      {"DELETE FROM book", "UPDATE book SET title='U'", "UPDATE book SET notes='m'", "DELETE FROM book"},
      {"DELETE FROM shelf WHERE name='A'", "INSERT INTO book(space,shelf,title) SELECT 7,id,'new' FROM shelf WHERE name='A'",
       "UPDATE shelf SET level=9 WHERE name='A'", "DELETE FROM book"},
      {"INSERT INTO loan(space,book,day,score) SELECT 7,id,'2025-03-10',1 FROM book",
       "INSERT INTO loan(space,book,day,score) SELECT 7,id,'2025-03-10',2 FROM book",
       "INSERT INTO loan(space,book,day) SELECT 7,id,'2025-03-10' FROM book", "DELETE FROM book"},
  };
  for (auto& writes : scenes) {
    Village village;
    check_all_orders(scene_of(village, writes), random);
  }
}

TEST_CASE("merging commutes over random concurrent writes") {
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const std::vector<std::string> pieces = {
      "UPDATE shelf SET level=level+1 WHERE level<9;", "UPDATE shelf SET level=0;", "UPDATE shelf SET name=name||'x' WHERE name='A';",
      "UPDATE book SET title='t', notes=NULL;", "UPDATE book SET price=3.5;", "DELETE FROM book;", "DELETE FROM shelf WHERE name='B';",
      "INSERT INTO shelf(space,name) VALUES(7,'N');", "INSERT INTO loan(space,book,day,score) SELECT 7,id,'2025-03-11',3 FROM book WHERE NOT EXISTS(SELECT 1 FROM loan);"};
  for (int round = 0; round < 40; ++round) {
    std::vector<std::string> writes;
    for (int device = 0; device < 3 + round % 2; ++device) {
      std::string sql;
      for (auto pick = 1 + random() % 4; pick > 0; --pick) sql += pieces[random() % pieces.size()];
      writes.push_back(sql);
    }
    Village village;
    check_all_orders(scene_of(village, writes), random);
  }
}

TEST_CASE("a write that has seen another beats it, whatever the clocks") {
  Village village;
  auto &ahead = village.device(1), &behind = village.device(2);
  ahead.sql("INSERT INTO shelf(space,name,level) VALUES(7,'A',1)");
  ahead.replica->correct_clock(3600 * 24 * 365);
  village.settle();
  behind.sql("UPDATE shelf SET level=2");
  village.settle();
  CHECK(ahead.get("SELECT level FROM shelf") == "2");
  CHECK(ahead.replica->conflicts().empty());
  CHECK(village.all_equal());
}

TEST_CASE("a version that the relay sends again is beaten by a write that had seen it, though that has not travelled") {
  Version old{.stamp = {stamp_time(1), DeviceId{1}}, .value = std::string("old"), .seq = {}, .seen = Seq{4}, .past = {}, .open = {}};
  Version ours{.stamp = {stamp_time(2), DeviceId{2}}, .value = std::string("ours"), .seq = Seq{10}, .seen = Seq{5}, .past = {}, .open = {}};
  Cell cell{ColumnId{1}, Kind::reg, {ours}};
  merge_cell(cell, {ColumnId{1}, Kind::reg, {old}}, Authority{.is_relay = true, .had = Seq{9}, .upto = Seq{15}}, Seq{11});
  REQUIRE(cell.versions.size() == 1);
  CHECK(cell.shown().value == Value{std::string("ours")});
}

TEST_CASE("a deletion that a device took for beaten is none where the relay says so, unless what beats it has not travelled") {
  for (auto had : {Seq{3}, Seq{4}}) {
    Version tombstone{.stamp = {stamp_time(2), DeviceId{2}}, .value = life_deleted, .seq = Seq{5}, .seen = {}, .past = {}, .open = {}, .received = true};
    Version ours{.stamp = {stamp_time(1), DeviceId{1}}, .value = std::string("ours"), .seq = Seq{4}, .seen = {}, .past = {}, .open = {}};
    Row theirs{{{life_column, Kind::reg, {tombstone}}}, {}};
    tombstone.beaten = true;
    Row row{{{life_column, Kind::reg, {tombstone}}, {ColumnId{1}, Kind::reg, {ours}}}, {}};
    merge(row, theirs, Authority{.is_relay = true, .had = had, .upto = Seq{9}}, Seq{6}, [](auto...) { return false; });
    CHECK(row.dead() == (had == Seq{4}));
  }
}

TEST_CASE("an edit beats a deletion that did not know of it, and says who deleted") {
  Village village;
  auto &ouinhi = village.device(1), &laarne = village.device(2);
  ouinhi.sql("INSERT INTO shelf(space,name,level) VALUES(7,'A',1)");
  village.settle();
  laarne.sql("DELETE FROM shelf");
  ouinhi.sql("UPDATE shelf SET level=4");
  village.settle();
  for (auto* device : {&ouinhi, &laarne}) {
    CHECK(device->get("SELECT name||level FROM shelf") == "A4");
    auto conflicts = device->replica->conflicts();
    REQUIRE(conflicts.size() == 1);
    CHECK(conflicts[0].column == life_column);
    CHECK(conflicts[0].lost.stamp.device == DeviceId{2});
  }
  CHECK(village.all_equal());
  REQUIRE(ouinhi.replica->decide(ouinhi.replica->conflicts()[0].row, life_column, life_deleted));
  village.settle();
  CHECK(laarne.get("SELECT count(*) FROM shelf") == "0");
  CHECK(laarne.replica->conflicts().empty());
  CHECK(village.all_equal());
}

TEST_CASE("a part added under an owner that somebody deleted keeps the owner alive, with all it held") {
  for (bool deleter_first : {true, false}) {
    Village village;
    auto &ouinhi = village.device(1), &laarne = village.device(2);
    ouinhi.sql("INSERT INTO shelf(space,name,level) VALUES(7,'A',1)");
    village.settle();
    laarne.sql("DELETE FROM shelf");
    ouinhi.sql("INSERT INTO book(space,shelf,title) SELECT 7,id,'T' FROM shelf");
    village.sync(deleter_first ? laarne : ouinhi);
    village.sync(deleter_first ? ouinhi : laarne);
    village.settle();
    for (auto* device : {&ouinhi, &laarne}) {
      CHECK(device->get("SELECT name||level FROM shelf") == "A1");
      CHECK(device->get("SELECT title FROM book") == "T");
      CHECK(device->replica->conflicts().size() == 1);
    }
    CHECK(village.all_equal());
  }
}

TEST_CASE("a part of a part that is added, or a part that is edited, under a deleted owner keeps all of them alive") {
  for (auto* write : {"INSERT INTO loan(space,book,day) SELECT 7,id,'2025-03-10' FROM book", "UPDATE book SET title='U'"}) {
    for (bool made_by_deleter : {false, true}) {
      Village village;
      auto &deleter = village.device(3), &writer = village.device(4);
      auto& maker = made_by_deleter ? deleter : writer;
      maker.sql("INSERT INTO shelf(space,name) VALUES(7,'A')");
      maker.sql("INSERT INTO book(space,shelf,title) SELECT 7,id,'T' FROM shelf");
      village.settle();
      CHECK(deleter.sql("DELETE FROM shelf") == "");
      CHECK(writer.sql(write) == "");
      village.settle();
      INFO(write << ", made by the deleter: " << made_by_deleter);
      CHECK(village.all_equal());
      for (auto* device : {&deleter, &writer}) {
        CHECK(device->get("SELECT count(*) FROM shelf") == "1");
        CHECK(device->get("SELECT count(*) FROM book") == "1");
      }
      CHECK(std::any_of(village.devices.begin(), village.devices.end(), [](auto& each) {
        auto conflicts = each.second->replica->conflicts();
        return std::any_of(conflicts.begin(), conflicts.end(), [](auto& conflict) { return conflict.lost.stamp.device == DeviceId{3}; });
      }));
    }
  }
}

TEST_CASE("an ordinary edit over a conflict leaves it open; a decision settles it, and the loser stays in history") {
  Village village;
  auto &ouinhi = village.device(1), &laarne = village.device(2), &coach = village.device(3);
  ouinhi.sql("INSERT INTO shelf(space,name,level) VALUES(7,'A',1)");
  village.settle();
  ouinhi.sql("UPDATE shelf SET level=2");
  laarne.sql("UPDATE shelf SET level=3");
  village.settle();
  coach.sql("UPDATE shelf SET level=8");
  village.settle();
  REQUIRE(ouinhi.replica->conflicts().size() == 1);
  auto conflict = ouinhi.replica->conflicts()[0];
  CHECK(conflict.shown.value == Value{std::int64_t{8}});
  REQUIRE(laarne.replica->decide(conflict.row, conflict.column, conflict.shown.value));
  village.settle();
  CHECK(ouinhi.replica->conflicts().empty());
  CHECK(village.relay.remembers(town, conflict.row, conflict.column, conflict.lost.stamp));
  CHECK(village.all_equal());
}

TEST_CASE("a loser that is decided away before the relay saw it is still in the relay's history") {
  Village village;
  auto &ouinhi = village.device(1), &laarne = village.device(2);
  ouinhi.sql("INSERT INTO shelf(space,name,level) VALUES(7,'A',1)");
  village.settle();
  laarne.sql("UPDATE shelf SET level=3");
  village.sync(laarne);
  ouinhi.sql("UPDATE shelf SET level=2");
  village.download(ouinhi);  // the link is cut before anything goes up
  REQUIRE(ouinhi.replica->conflicts().size() == 1);
  auto conflict = ouinhi.replica->conflicts()[0];
  auto own = conflict.shown.stamp.device == DeviceId{1} ? conflict.shown : conflict.lost;
  auto other = conflict.shown.stamp.device == DeviceId{1} ? conflict.lost : conflict.shown;
  REQUIRE(ouinhi.replica->decide(conflict.row, conflict.column, other.value));
  village.settle();
  CHECK(laarne.get("SELECT level FROM shelf") == "3");
  CHECK(village.relay.remembers(town, conflict.row, conflict.column, own.stamp));
  CHECK(village.all_equal());
}
