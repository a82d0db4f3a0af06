// What devices give each other without the relay: seen at once, never forged, and at the relay once, whoever brings it.
#include <catch2/catch.hpp>

#include <algorithm>

#include "server/accounts.hpp"
#include "tests/carried_way.hpp"
#include "tests/sync/shelves.hpp"
#include "tests/virtual_clock.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

// Three devices that hold the same shelf.
struct Valley : Country {
  Device &ouinhi, &cove, &laarne;
  Valley() : ouinhi(device(1)), cove(device(2)), laarne(device(3)) {
    ouinhi.sql(a_shelf);
    settle();
  }
  // With the one book, whose notes grow.
  void begin_notes(const std::string& words) { ouinhi.sql("INSERT INTO book(space,shelf,title,notes) SELECT 1,id,'T','" + words + "' FROM shelf"); }
  static void write_notes(Device& at, const std::string& words) { at.sql("UPDATE book SET notes='" + words + "'"); }
  static std::string notes(Device& at) { return at.get("SELECT notes FROM book"); }
  std::string level(Device& at) { return at.get("SELECT level FROM shelf"); }
};

void set_level(Device& device, int level) { device.sql("UPDATE shelf SET level=" + std::to_string(level)); }

}  // namespace

TEST_CASE("what a device is handed is there at once, reaches the relay with whoever comes first, and is not sent again by its author") {
  Valley valley;
  valley.ouinhi.sql("INSERT INTO shelf(space,name,level) VALUES(1,'B',2)");
  CHECK(hand_over(valley, valley.ouinhi, valley.cove) == 1);
  CHECK(valley.cove.get("SELECT level FROM shelf WHERE name='B'") == "2");
  CHECK(hand_over(valley, valley.ouinhi, valley.cove) == 0);
  REQUIRE(valley.sync(valley.cove));
  REQUIRE(valley.sync(valley.laarne));
  CHECK(valley.laarne.get("SELECT level FROM shelf WHERE name='B'") == "2");
  REQUIRE(valley.sync(valley.ouinhi));
  CHECK(valley.report.frames_up == 0);
  CHECK(valley.report.mended == 0);
  CHECK(valley.all_equal());
  CHECK(valley.cove.replica->carried(valley.space).empty());
  CHECK(valley.ouinhi.replica->carried(valley.space).empty());
}

TEST_CASE("what several carry goes up once") {
  Valley valley;
  valley.ouinhi.sql(shelves(40));
  hand_over(valley, valley.ouinhi, valley.cove);
  hand_over(valley, valley.cove, valley.laarne);
  REQUIRE(valley.sync(valley.cove));
  auto first = valley.bytes_up;
  REQUIRE(valley.sync(valley.laarne));
  CHECK(valley.bytes_up < first / 2);
  valley.settle();
  CHECK(valley.all_equal());
}

TEST_CASE("two who wrote in one cell without knowing of each other see the conflict when they meet, and the relay sees the same one") {
  Valley valley;
  set_level(valley.ouinhi, 3);
  set_level(valley.cove, 4);
  hand_over(valley, valley.ouinhi, valley.cove);
  hand_over(valley, valley.cove, valley.ouinhi);
  CHECK(valley.ouinhi.replica->conflicts().size() == 1);
  CHECK(valley.cove.replica->conflicts().size() == 1);
  CHECK(valley.level(valley.ouinhi) == valley.level(valley.cove));
  valley.settle();
  CHECK(valley.laarne.replica->conflicts().size() == 1);
  CHECK(valley.all_equal());
}

TEST_CASE("who writes over what they were handed has seen it, in whatever order the two reach the relay") {
  auto first = GENERATE(1u, 2u, 3u);
  Valley valley;
  set_level(valley.ouinhi, 3);
  hand_over(valley, valley.ouinhi, valley.cove);
  set_level(valley.cove, 4);
  auto of_cove = all_of(valley, valley.cove);
  for (auto& each : of_cove)
    if (each.frame.author == valley.cove.replica->device()) REQUIRE(hand(valley.laarne, each));
  CHECK(valley.level(valley.laarne) == "4");
  REQUIRE(valley.sync(valley.device(first)));
  valley.settle();
  for (auto* device : {&valley.ouinhi, &valley.cove, &valley.laarne}) {
    CHECK(valley.level(*device) == "4");
    CHECK(device->replica->conflicts().empty());
  }
  CHECK(valley.all_equal());
}

TEST_CASE("who is handed a write over a value that both had from the relay sees no conflict, whoever of the two was there last") {
  auto ouinhi_later = GENERATE(false, true);
  Valley valley;
  set_level(valley.laarne, 2);
  REQUIRE(valley.sync(valley.laarne));
  auto sync_in_turn = [&](Device& a, Device& b) {
    REQUIRE(valley.sync(a));
    valley.laarne.sql("INSERT INTO shelf(space,name,level) VALUES(1,'news',1)");
    REQUIRE(valley.sync(valley.laarne));
    REQUIRE(valley.sync(b));
  };
  if (ouinhi_later) sync_in_turn(valley.cove, valley.ouinhi);
  else sync_in_turn(valley.ouinhi, valley.cove);
  valley.ouinhi.sql("UPDATE shelf SET level=5 WHERE name='A'");
  hand_over(valley, valley.ouinhi, valley.cove);
  CHECK(valley.cove.get("SELECT level FROM shelf WHERE name='A'") == "5");
  CHECK(valley.cove.replica->conflicts().empty());
  valley.ouinhi.sql("DELETE FROM shelf WHERE name='A'");
  hand_over(valley, valley.ouinhi, valley.cove);
  CHECK(valley.cove.get("SELECT count(*) FROM shelf WHERE name='A'") == "0");
  CHECK(valley.cove.replica->conflicts().empty());
  valley.settle();
  CHECK(valley.all_equal());
}

TEST_CASE("a deletion that is given to others after something older was handed to its writer had not seen that, and ends no deletion beside it") {
  VirtualClock::ahead(0);  // before anything is opened
  bool deletes = GENERATE(false, true);
  Valley valley;
  set_level(valley.laarne, 5);
  deletes ? (void)valley.cove.sql("DELETE FROM shelf") : set_level(valley.cove, 4);
  auto of_cove = all_of(valley, valley.cove);
  VirtualClock::ahead(60);
  valley.ouinhi.sql("DELETE FROM shelf");
  valley.ouinhi.replica->collect();
  VirtualClock::ahead(0);
  for (auto* device : {&valley.ouinhi, &valley.laarne})
    for (auto& each : of_cove) REQUIRE(hand(*device, each));
  hand_over(valley, valley.ouinhi, valley.laarne);
  CHECK(valley.level(valley.laarne) == "5");
  CHECK(valley.laarne.replica->conflicts().size() == 2);
  valley.settle();
  CHECK(valley.level(valley.ouinhi) == "5");
  CHECK(valley.all_equal());
}

TEST_CASE("frames come in any order, and twice; what goes on with a text that is not here waits for it") {
  Valley valley;
  valley.begin_notes("un");
  auto first = all_of(valley, valley.ouinhi);
  valley.write_notes(valley.ouinhi, "un, deux");
  auto both = all_of(valley, valley.ouinhi);
  REQUIRE(both.size() == 2);
  auto second = hand(valley.cove, both[1]);
  REQUIRE(second);
  CHECK(second->left == 1);
  for (int k = 0; k < 2; ++k) REQUIRE(hand(valley.cove, first[0]));
  CHECK(show_left(*valley.cove.replica, valley.space, std::time(nullptr)) == 1);
  CHECK(valley.notes(valley.cove) == "un, deux");
  REQUIRE(valley.sync(valley.cove));
  valley.settle();
  CHECK(valley.notes(valley.laarne) == "un, deux");
  CHECK(valley.all_equal());
}

TEST_CASE("two texts that grew apart in the field come together as at the relay") {
  Valley valley;
  valley.begin_notes("Le marché est loin.");
  valley.settle();
  valley.write_notes(valley.ouinhi, "Le marché est très loin.");
  valley.write_notes(valley.cove, "Le marché est loin. La route aussi.");
  hand_over(valley, valley.ouinhi, valley.cove);
  CHECK(valley.notes(valley.cove) == "Le marché est très loin. La route aussi.");
  valley.write_notes(valley.cove, "Le marché est très loin. La route aussi, hélas.");
  hand_over(valley, valley.cove, valley.laarne);
  REQUIRE(valley.sync(valley.laarne));
  valley.settle();
  CHECK(valley.notes(valley.ouinhi) == "Le marché est très loin. La route aussi, hélas.");
  CHECK(valley.all_equal());
}

TEST_CASE("what the relay refuses of another's frame leaves the rows of who carried it, is kept where they see it, and stays with its author, who hears why") {
  Valley valley;
  Accounts(valley.store->database()).set_quota(Quota::rows, 1, valley.space);
  valley.ouinhi.sql("INSERT INTO shelf(space,name,level) VALUES(1,'B',2)");
  set_level(valley.ouinhi, 7);
  hand_over(valley, valley.ouinhi, valley.cove);
  REQUIRE(valley.sync(valley.cove));
  CHECK(valley.cove.get("SELECT count(*) FROM shelf WHERE name='B'") == "0");
  CHECK(valley.cove.get("SELECT level FROM shelf WHERE name='A'") == "7");
  auto kept = valley.cove.replica->quarantined();
  REQUIRE(kept.size() == 1);
  CHECK(kept[0].aside);
  CHECK(kept[0].reason.code == Code::space_full);
  CHECK(valley.cove.replica->refused_rows(kept[0]).size() == 1);
  REQUIRE(valley.sync(valley.ouinhi));
  REQUIRE(valley.ouinhi.replica->quarantined().size() == 1);
  CHECK(valley.ouinhi.get("SELECT count(*) FROM shelf") == "2");
  Accounts(valley.store->database()).set_quota(Quota::rows, 100, valley.space);
  valley.settle();
  CHECK(valley.all_equal());
  CHECK(valley.cove.get("SELECT count(*) FROM shelf WHERE name='B'") == "1");
}

TEST_CASE("a row that went with what the relay refused comes back whole, wherever the link is cut: nobody writes on a part of it", "[file]") {
  auto cut = GENERATE(range(100, 1'000, 60));
  Valley valley;
  valley.begin_notes("un");
  valley.settle();
  valley.laarne.sql("UPDATE book SET title='L'");
  REQUIRE(valley.sync(valley.laarne));
  valley.ouinhi.sql("UPDATE book SET price=2");
  hand_over(valley, valley.ouinhi, valley.cove);
  Accounts(valley.store->database()).set_quota(Quota::bytes, 1, valley.space);
  Country::Wire wire;
  wire.cut_down = static_cast<std::size_t>(cut);
  for (int k = 0; k < 2; ++k) {
    valley.exchange(valley.cove, wire);
    CHECK((valley.cove.get("SELECT count(*) FROM book") == "0" || valley.notes(valley.cove) == "un"));
    wire.up.clear();
    wire.down.clear();
  }
  Accounts(valley.store->database()).set_quota(Quota::bytes, 1'000'000, valley.space);
  valley.settle();
  CHECK(valley.all_equal());
}

TEST_CASE("nobody takes what is not signed by its author, or by a passport of another relay, or of somebody who only reads") {
  Valley valley;
  set_level(valley.ouinhi, 3);
  auto good = all_of(valley, valley.ouinhi).front();
  auto refused = [&](Handed what) { return !hand(valley.cove, what) && valley.level(valley.cove) == "1"; };
  auto changed = good;
  changed.frame.frame.back() = static_cast<char>(changed.frame.frame.back() ^ 1);
  CHECK(refused(changed));
  auto of_other = good;
  of_other.author = *passport_of(*valley.cove.replica, valley.space, key_of(valley, valley.cove));
  CHECK(refused(of_other));
  auto promoted = good;
  promoted.author.role = Role::admin;
  CHECK(refused(promoted));
  Accounts accounts(valley.store->database());
  accounts.set_role(accounts.person("device3"), valley.space, Role::reader, std::time(nullptr) - 3'600);
  REQUIRE(valley.sync(valley.laarne));
  set_level(valley.laarne, 9);
  auto of_reader = hand(valley.cove, all_of(valley, valley.laarne).front());
  REQUIRE(of_reader);
  CHECK(of_reader->why_left->code == Code::reads_only);
  CHECK(valley.level(valley.cove) == "1");
  REQUIRE(hand(valley.cove, good));
  CHECK(valley.level(valley.cove) == "3");
}

TEST_CASE("the relay believes no carrier: a frame that was changed, or of a key that the author never had, is refused") {
  Valley valley;
  set_level(valley.ouinhi, 3);
  auto good = all_of(valley, valley.ouinhi).front().frame;
  auto forged = GENERATE(0, 1, 2);
  if (forged == 0) good.frame.back() = static_cast<char>(good.frame.back() ^ 1);
  if (forged == 1) good.generation += 1;
  if (forged == 2) good.author = valley.laarne.replica->device();
  REQUIRE(valley.cove.replica->keep(good, 1));
  REQUIRE(valley.sync(valley.cove));
  CHECK(valley.cove.replica->carried(valley.space).empty());
  REQUIRE(valley.sync(valley.laarne));
  CHECK(valley.level(valley.laarne) == "1");
  valley.settle();
  CHECK(valley.all_equal());
}

TEST_CASE("what a lost device wrote before enters with whoever carries it, and what whoever found it writes does not") {
  Valley valley;
  set_level(valley.ouinhi, 3);
  hand_over(valley, valley.ouinhi, valley.cove);
  valley.store->lose(valley.ouinhi.replica->device());
  auto after = GENERATE(false, true);
  Accounts(valley.store->database()).set_lost(valley.ouinhi.replica->device(), std::time(nullptr) - (after ? 1'000 : 0));
  REQUIRE(valley.sync(valley.cove));
  REQUIRE(valley.sync(valley.laarne));
  CHECK(valley.level(valley.laarne) == (after ? "1" : "3"));
}

TEST_CASE("what a revoked device gave others waits for its new invite") {
  Valley valley;
  set_level(valley.ouinhi, 3);
  hand_over(valley, valley.ouinhi, valley.cove);
  valley.store->revoke(valley.ouinhi.replica->device());
  REQUIRE(valley.sync(valley.cove));
  CHECK(valley.level(valley.cove) == "1");
  valley.store->expect(valley.ouinhi.replica->device());
  valley.settle();
  CHECK(valley.level(valley.cove) == "3");
  CHECK(valley.all_equal());
}

TEST_CASE("who comes to the relay with its own clock wrong, or is handed frames of tomorrow, is told so, and nothing is poisoned") {
  Valley valley;
  set_level(valley.ouinhi, 3);
  auto frame = all_of(valley, valley.ouinhi).front();
  auto early = hand(valley.cove, frame, -1'000);
  REQUIRE_FALSE(early);
  CHECK(early.error().code == Code::clock_wrong);
  CHECK(valley.level(valley.cove) == "1");
  REQUIRE(hand(valley.cove, frame));
  CHECK(valley.level(valley.cove) == "3");
}

TEST_CASE("a carrier whose link is cut after any byte brings everything in the end, once", "[file]") {
  auto cut = GENERATE(range(200, 1'600, 100));
  Valley valley;
  valley.ouinhi.sql(shelves(10));
  hand_over(valley, valley.ouinhi, valley.cove);
  set_level(valley.cove, 8);
  Country::Wire up, down;
  up.cut_up = static_cast<std::size_t>(cut);
  down.cut_down = static_cast<std::size_t>(cut) / 4;
  valley.exchange(valley.cove, up);
  valley.exchange(valley.cove, down);
  valley.settle();
  CHECK(valley.all_equal());
  CHECK(valley.laarne.get("SELECT count(*) FROM shelf WHERE level=8") == valley.cove.get("SELECT count(*) FROM shelf WHERE level=8"));
}

TEST_CASE("frames of an earlier life of the relay are taken by the next one, and the copy of a device is still noticed") {
  Valley valley;
  set_level(valley.ouinhi, 3);
  hand_over(valley, valley.ouinhi, valley.cove);
  valley.store->begin_new_life(std::time(nullptr) + 120);
  valley.settle();
  CHECK(valley.level(valley.laarne) == "3");
  CHECK(valley.all_equal());
  for (auto& [number, device] : valley.devices) CHECK(device->replica->quarantined().empty());
}

TEST_CASE("what broke off and somebody else brought meanwhile is forgotten on both sides, and the next work goes at once") {
  Valley valley;
  set_level(valley.ouinhi, 5);
  (void)valley.attempt(valley.ouinhi);  // nothing of it arrives
  hand_over(valley, valley.ouinhi, valley.cove);
  REQUIRE(valley.sync(valley.cove));
  REQUIRE(valley.sync(valley.ouinhi));
  CHECK(valley.report.frames_up == 0);
  set_level(valley.ouinhi, 6);
  Country::Wire wire;
  CHECK(valley.exchange(valley.ouinhi, wire) == ClientSession::Outcome::done);
}
