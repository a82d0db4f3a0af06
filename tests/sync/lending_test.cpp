// What a device that met the relay lends one that did not: seen there at once as the relay had it, never against what somebody wrote without it, and
// at the relay once.
#include <catch2/catch.hpp>

#include "core/pack.hpp"
#include "server/accounts.hpp"
#include "sync/lending.hpp"
#include "tests/lane.hpp"
#include "tests/sync/shelves.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

// Three devices that hold the same shelf, of which Ouinhi hears from the relay what Laarne does, and Covè does not.
struct Street : Lane {
  Street() {
    ouinhi.sql(a_shelf);
    settle();
  }
  static void set_level(Device& device, int level) { REQUIRE(device.sql("UPDATE shelf SET level=" + std::to_string(level)) == ""); }
  static std::string level(Device& device) { return device.get("SELECT level FROM shelf WHERE name='A'"); }
  void pass(Device& from, Device& to) {
    REQUIRE(sync(from));
    REQUIRE(sync(to));
  }
  Met lend() {
    auto met = meet(ouinhi, cove);
    INFO(met.error);
    CHECK(met.is_whole);
    CHECK(cove.replica->recount(space) == cove.replica->space(space).digest);
    return met;
  }
  // Ouinhi hears of a shelf that Laarne made.
  void hear_of_b() {
    REQUIRE(laarne.sql("INSERT INTO shelf(space,name,level) VALUES(1,'B',2)") == "");
    pass(laarne, ouinhi);
  }
  // Ouinhi hears of a level that Laarne set.
  void hear_of_level(int level) {
    set_level(laarne, level);
    pass(laarne, ouinhi);
  }
  // Once all met the relay: nothing had to be mended, and nobody has anything to decide.
  void ends_equal(std::size_t conflicts = 0) {
    settle();
    CHECK(report.mended == 0);
    CHECK(all_equal());
    for (auto* each : {&ouinhi, &cove, &laarne}) CHECK(each->replica->conflicts().size() == conflicts);
  }
};

}  // namespace

TEST_CASE("what the relay told one device the other sees at a meeting, whoever called, and does not bring to the relay") {
  Street street;
  bool ouinhi_calls = GENERATE(true, false);
  street.hear_of_b();
  auto met = ouinhi_calls ? street.meet(street.ouinhi, street.cove) : street.meet(street.cove, street.ouinhi);
  auto &lender = ouinhi_calls ? met.there : met.back, &borrower = ouinhi_calls ? met.back : met.there;
  CHECK(lender.lent == 1);
  CHECK(borrower.borrowed == 1);
  CHECK(borrower.rows == 1);
  CHECK(street.are_equal(street.ouinhi, street.cove));
  REQUIRE(street.sync(street.cove));
  CHECK(street.report.frames_up == 0);
  street.ends_equal();
}

TEST_CASE("what its author brought to the relay before is lent as well") {
  Street street;
  street.ouinhi.sql("INSERT INTO shelf(space,name,level) VALUES(1,'B',2)");
  REQUIRE(street.sync(street.ouinhi));
  CHECK(street.lend().back.borrowed == 1);
  CHECK(street.are_equal(street.ouinhi, street.cove));
  street.ends_equal();
}

TEST_CASE("what the relay has superseded goes at the borrower, without a conflict") {
  Street street;
  street.hear_of_level(7);
  street.lend();
  CHECK(street.level(street.cove) == "7");
  CHECK(street.cove.replica->conflicts().empty());
  street.ends_equal();
}

TEST_CASE("a write over what was lent has seen it") {
  Street street;
  street.hear_of_level(7);
  street.lend();
  street.set_level(street.cove, 8);
  street.lend();
  CHECK(street.level(street.ouinhi) == "8");
  CHECK(street.ouinhi.replica->conflicts().empty());
  street.ends_equal();
  CHECK(street.level(street.laarne) == "8");
}

TEST_CASE("who wrote without knowing of what is lent sees the conflict, which is the relay's too") {
  Street street;
  street.set_level(street.cove, 5);
  street.hear_of_level(7);
  CHECK(street.lend().back.conflicts == 1);
  CHECK(street.cove.replica->conflicts().size() == 1);
  street.ends_equal(1);
}

// The lender learnt of it later than the borrower, and cannot tell that the borrower had it.
TEST_CASE("what somebody wrote over what the relay had told them is not undone by who learnt of that later") {
  Street street;
  bool deletes = GENERATE(true, false);
  street.set_level(street.laarne, 7);
  street.pass(street.laarne, street.cove);
  REQUIRE(street.cove.sql(deletes ? "DELETE FROM shelf" : "UPDATE shelf SET level=8") == "");
  street.hear_of_b();
  CHECK(street.lend().back.borrowed == 1);
  CHECK(street.level(street.cove) == (deletes ? "none" : "8"));
  CHECK(street.cove.replica->conflicts().empty());
  street.ends_equal();
  CHECK(street.level(street.laarne) == (deletes ? "none" : "8"));
}

TEST_CASE("a deletion is lent, and what was written without knowing of it lives") {
  Street street;
  bool edits = GENERATE(true, false);
  REQUIRE(street.laarne.sql("DELETE FROM shelf") == "");
  street.pass(street.laarne, street.ouinhi);
  if (edits) street.set_level(street.cove, 5);
  street.lend();
  CHECK(street.level(street.cove) == (edits ? "5" : "none"));
  street.ends_equal(edits ? 1 : 0);
}

TEST_CASE("what was deleted without knowing of what is lent comes back with it") {
  Street street;
  REQUIRE(street.cove.sql("DELETE FROM shelf") == "");
  street.hear_of_level(7);
  street.lend();
  CHECK(street.level(street.cove) == "7");
  street.ends_equal(1);
}

TEST_CASE("what waits at the lender goes in its own frames, beside what the relay had of the same row") {
  Street street;
  REQUIRE(street.laarne.sql("UPDATE shelf SET name='Z'") == "");
  street.pass(street.laarne, street.ouinhi);
  street.set_level(street.ouinhi, 9);
  auto met = street.lend();
  CHECK(met.back.frames == 1);
  CHECK(street.cove.get("SELECT name||level FROM shelf") == "Z9");
  CHECK(street.cove.replica->conflicts().empty());
  street.ends_equal();
}

TEST_CASE("texts are lent by what is new, and gone on with") {
  Street street;
  auto write = [](Device& device, const std::string& words) { REQUIRE(device.sql("UPDATE book SET notes='" + words + "'") == ""); };
  street.ouinhi.sql("INSERT INTO book(space,shelf,title,notes) SELECT 1,id,'T','Le marché ouvre.' FROM shelf");
  street.settle();
  write(street.laarne, "Le grand marché ouvre.");
  street.pass(street.laarne, street.ouinhi);
  write(street.cove, "Le marché ouvre tôt.");
  write(street.ouinhi, "Le grand marché du jeudi ouvre.");
  street.lend();
  for (auto* each : {&street.ouinhi, &street.cove}) CHECK(each->get("SELECT notes FROM book") == "Le grand marché du jeudi ouvre tôt.");
  street.ends_equal();
}

TEST_CASE("nothing is lent twice, nor lent on, nor to who has more") {
  Street street;
  street.hear_of_b();
  auto& koffi = street.device(4);
  street.space_keys[&koffi] = {street.key(street.space, 1)};
  street.lend();
  auto again = street.lend();
  CHECK(again.there.lent + again.back.lent == 0);
  REQUIRE(street.sync(koffi));
  CHECK(street.meet(street.cove, koffi).back.borrowed == 0);
  CHECK(street.meet(street.laarne, street.ouinhi).there.lent == 0);
  street.laarne.sql("INSERT INTO shelf(space,name,level) VALUES(1,'C',3)");
  street.pass(street.laarne, street.ouinhi);
  CHECK(street.lend().back.borrowed == 1);
}

TEST_CASE("a device that never came to the end of an exchange borrows all") {
  Street street;
  REQUIRE(street.laarne.sql(shelves(200)) == "");
  street.pass(street.laarne, street.ouinhi);
  auto& koffi = street.device(4);
  Country::Wire wire;
  wire.cut_down = 500;
  street.exchange(koffi, wire);
  REQUIRE(passport_of(*koffi.replica, street.space, key_of(street, koffi)));
  REQUIRE(koffi.replica->relay_view(street.space).head() == Seq{});
  street.space_keys[&koffi] = {street.key(street.space, 1)};
  CHECK(street.meet(koffi, street.ouinhi).back.lent == 201);
  CHECK(street.are_equal(koffi, street.ouinhi));
  street.ends_equal();
}

TEST_CASE("a loan that is cut after any byte keeps what came, and the next one brings the rest") {
  auto borrow_of = [](Street& street) {
    street.laarne.sql(shelves(30));
    street.pass(street.laarne, street.ouinhi);
    street.set_level(street.cove, 4);
  };
  Street whole;
  borrow_of(whole);
  auto bytes = whole.lend().bytes;
  Street street;
  borrow_of(street);
  for (std::size_t cut = 0; cut < bytes; cut += 41) street.meet(street.ouinhi, street.cove, cut, 7);
  street.lend();
  CHECK(street.cove.get("SELECT count(*) FROM shelf") == "31");
  street.ends_equal();
}

TEST_CASE("after a large loan the relay is compared with, which costs a fraction of having all again") {
  Street street, without;
  for (auto* each : {&street, &without}) {
    REQUIRE(each->laarne.sql(shelves_20000) == "");
    each->pass(each->laarne, each->ouinhi);
    each->set_level(each->cove, 4);
  }
  street.lend();
  REQUIRE(street.sync(street.cove));
  REQUIRE(without.sync(without.cove));
  CHECK(street.bytes_down + street.bytes_up < (without.bytes_down + without.bytes_up) / 20);
  street.ends_equal();
}

TEST_CASE("what a lender made up stands until the relay is met, and no longer") {
  Street street;
  street.hear_of_b();
  auto lending = street.ouinhi.replica->to_lend(street.space, street.cove.replica->relay_view(street.space).head());
  auto forged = street.ouinhi.replica->lend(lending, max_frame_bytes);
  REQUIRE(forged.rows.size() == 1);
  forged.rows.front().row.find(ColumnId{2})->versions.front().value = std::int64_t{9};
  street.cove.replica->borrow(forged, lending.view.head());
  CHECK(street.cove.get("SELECT level FROM shelf WHERE name='B'") == "9");
  street.settle();
  CHECK(street.all_equal());
  CHECK(street.cove.get("SELECT level FROM shelf WHERE name='B'") == "2");
}

TEST_CASE("a lender changes nothing of what is here, under whatever stamp") {
  Street street;
  auto lending = street.ouinhi.replica->to_lend(street.space, Seq{});
  auto forged = street.ouinhi.replica->lend(lending, max_frame_bytes);
  REQUIRE(forged.rows.size() == 1);
  forged.rows.front().row.find(ColumnId{2})->versions.front().value = std::int64_t{9};
  street.cove.replica->borrow(forged, Seq{lending.view.head().value + 1});
  CHECK(street.level(street.cove) == "1");
  street.ends_equal();
}

TEST_CASE("what the relay refused of the lender is not lent") {
  Street street;
  Accounts accounts(street.store->database());
  accounts.set_role(accounts.person("device1"), street.space, Role::coach, std::time(nullptr));
  REQUIRE(street.sync(street.ouinhi));
  street.set_level(street.ouinhi, 6);
  street.hear_of_b();
  REQUIRE(street.ouinhi.replica->quarantined().size() == 1);
  street.lend();
  CHECK(street.level(street.cove) == "1");
  CHECK(street.cove.get("SELECT level FROM shelf WHERE name='B'") == "2");
}

TEST_CASE("between two lives of the relay nothing is lent") {
  Street street;
  street.hear_of_b();
  street.store->begin_new_life(std::time(nullptr));
  REQUIRE(street.sync(street.ouinhi));
  auto met = street.lend();
  CHECK(met.there.lent + met.back.lent == 0);
  street.settle();
  CHECK(street.all_equal());
}

TEST_CASE("who has to mend something first lends nothing") {
  Street street;
  street.hear_of_b();
  ClientSession::compare_next(*street.ouinhi.replica);
  CHECK(street.lend().there.lent == 0);
}

TEST_CASE("a device whose clock is behind what is lent says so, and waits for the relay") {
  Street street;
  street.hear_of_b();
  auto here = street.end_of(street.ouinhi, true), there = street.end_of(street.cove, false, std::string(channel_bytes, 'c'), -3'600);
  MeetingLink link;
  hold(here, there, link);
  CHECK(there.outcome() == Meeting::Outcome::done);
  REQUIRE(there.report().refused.size() == 1);
  CHECK(there.report().refused.front().code == Code::clock_wrong);
  CHECK(there.report().borrowed == 0);
  CHECK(street.cove.replica->relay_view(street.space).borrowed() == Seq{});
  street.ends_equal();
}

TEST_CASE("who only reads lends nothing") {
  Street street;
  Accounts accounts(street.store->database());
  accounts.set_role(accounts.person("device1"), street.space, Role::reader, std::time(nullptr));
  street.hear_of_b();
  CHECK(street.lend().there.lent == 0);
}

namespace {

// A member of the space who says what they like.
struct Forger {
  Street street;
  Meeting called = street.end_of(street.cove, false);
  Packing packing;
  Lent lent{street.space, known_epoch(*street.cove.replica), Seq{epoch_base(known_epoch(*street.cove.replica)).value + 1'000}, true};

  Forger() {
    std::string channel(channel_bytes, 'c');
    auto key = key_of(street, street.ouinhi);
    Packer words;
    words.array(4).text("carnet meeting").integer(street.space.value).integer(1).bytes(std::as_bytes(std::span(channel)));
    say(Proofs{{proof_of(street.key(street.space, 1), channel, true)}});
    say(Holds{street.space, pack(*passport_of(*street.ouinhi.replica, street.space, key)), signature_of(key, words.take()), {lent.epoch, lent.head}});
    REQUIRE(called.outcome() == Meeting::Outcome::going_on);
  }
  void say(const Message& message) {
    packing.put(encode(message, Direction::near, 0));
    called.consume(packing.flush());
    (void)called.produce();
  }
};

}  // namespace

TEST_CASE("what is lent once is taken, and what was not to be is an error") {
  Forger forger;
  auto what = GENERATE(0, 1, 2, 3, 4);
  if (what == 1) ++forger.lent.head.value;
  if (what == 2) forger.lent.epoch += 1, forger.lent.head = epoch_base(forger.lent.epoch);
  if (what == 3) forger.lent.space = SpaceId{9};
  forger.say(forger.lent);
  CHECK((forger.called.outcome() == Meeting::Outcome::going_on) == (what == 0 || what == 4));
  if (what == 4) {
    forger.say(forger.lent);
    CHECK(forger.called.error().code == Code::malformed);
  }
}

TEST_CASE("what is lent and tells what somebody had seen is an error, since no relay tells it") {
  Street street;
  Lent lent{street.space, known_epoch(*street.ouinhi.replica), street.ouinhi.replica->relay_view(street.space).head(), true};
  auto lending = street.ouinhi.replica->to_lend(street.space, Seq{});
  lent.rows = street.ouinhi.replica->lend(lending, max_frame_bytes).rows;
  REQUIRE(lent.rows.size() == 1);
  CHECK(borrow(*street.cove.replica, lent, std::time(nullptr)));
  lent.rows.front().row.cells.front().versions.front().past = {{stamp_time(1), DeviceId{9}}};
  CHECK(borrow(*street.cove.replica, lent, std::time(nullptr)).error().code == Code::malformed);
}

TEST_CASE("up to 16,000 lent bytes are fetched again from the relay, and from there on it is compared with") {
  Street street;
  auto& replica = *street.cove.replica;
  settle_loan(replica, 16'000);
  CHECK_FALSE(ClientSession::is_to_mend(replica));
  settle_loan(replica, 16'001);
  CHECK(ClientSession::is_to_mend(replica));
  street.ends_equal();
}
