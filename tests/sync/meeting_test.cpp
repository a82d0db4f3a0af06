// Two devices that meet without the relay: both have all afterwards, nothing goes twice, and nobody learns what they may not.
#include <catch2/catch.hpp>

#include "server/accounts.hpp"
#include "tests/lane.hpp"
#include "tests/sync/shelves.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

void write(Device& device, const std::string& name, int level = 1) { REQUIRE(device.sql("INSERT INTO shelf(space,name,level) VALUES(1,'" + name + "'," + std::to_string(level) + ")") == ""); }
bool has(Device& device, const std::string& name) { return device.get("SELECT count(*) FROM shelf WHERE name='" + name + "'") == "1"; }

}  // namespace

TEST_CASE("two that meet have the same afterwards, whoever called, and know who the other was") {
  Lane lane;
  bool ouinhi_calls = GENERATE(true, false);
  write(lane.ouinhi, "A");
  write(lane.cove, "B");
  auto met = ouinhi_calls ? lane.meet(lane.ouinhi, lane.cove) : lane.meet(lane.cove, lane.ouinhi);
  INFO(met.error);
  CHECK(met.is_whole);
  CHECK(has(lane.ouinhi, "B"));
  CHECK(has(lane.cove, "A"));
  CHECK(lane.are_equal(lane.ouinhi, lane.cove));
  CHECK(met.there.peer == (ouinhi_calls ? lane.cove : lane.ouinhi).replica->device());
  CHECK(met.there.frames == 1);
  CHECK(met.there.given == 1);
  CHECK(met.back.rows == 1);
}

TEST_CASE("a second meeting brings nothing and weighs little, and what a third was given goes on from there") {
  Lane lane;
  REQUIRE(lane.ouinhi.sql(shelves(200)) == "");
  lane.meet(lane.ouinhi, lane.cove);
  auto second = lane.meet(lane.cove, lane.ouinhi);
  CHECK(second.is_whole);
  CHECK(second.there.given + second.back.given == 0);
  CHECK(second.bytes < 700);
  CHECK(lane.meet(lane.cove, lane.laarne).back.rows == 200);
  CHECK(lane.are_equal(lane.ouinhi, lane.laarne));
  CHECK(lane.meet(lane.laarne, lane.ouinhi).bytes < 700);
}

TEST_CASE("a meeting that is cut after any byte keeps what arrived whole, and the next one goes on there") {
  Lane whole;
  auto write_all = [](Lane& lane) {
    for (int k = 0; k < 3; ++k) {
      write(lane.ouinhi, "A" + std::to_string(k));
      lane.meet(lane.ouinhi, lane.laarne);
      write(lane.cove, "B" + std::to_string(k));
    }
  };
  write_all(whole);
  auto bytes = whole.meet(whole.ouinhi, whole.cove).bytes;
  Lane lane;
  write_all(lane);
  for (std::size_t cut = 0; cut < bytes; cut += 37) lane.meet(lane.ouinhi, lane.cove, cut, 7);
  CHECK(lane.meet(lane.ouinhi, lane.cove).is_whole);
  CHECK(lane.are_equal(lane.ouinhi, lane.cove));
  lane.settle();
  CHECK(lane.all_equal());
}

TEST_CASE("what was exchanged reaches the relay through either, once, and the other is not asked to send it") {
  Lane lane;
  bool through_caller = GENERATE(true, false);
  write(lane.ouinhi, "A");
  write(lane.cove, "B");
  lane.meet(lane.ouinhi, lane.cove);
  auto &first = through_caller ? lane.ouinhi : lane.cove, &second = through_caller ? lane.cove : lane.ouinhi;
  REQUIRE(lane.sync(first));
  REQUIRE(lane.sync(lane.laarne));
  CHECK(has(lane.laarne, "A"));
  CHECK(has(lane.laarne, "B"));
  REQUIRE(lane.sync(second));
  CHECK(lane.report.frames_up == 0);
  CHECK(lane.all_equal());
}

TEST_CASE("two who wrote in one cell without knowing of each other both see the conflict, and the relay the same one") {
  Lane lane;
  lane.ouinhi.sql(a_shelf);
  lane.settle();
  lane.ouinhi.sql("UPDATE shelf SET level=3");
  lane.cove.sql("UPDATE shelf SET level=4");
  auto met = lane.meet(lane.ouinhi, lane.cove);
  CHECK(met.there.conflicts == 1);
  CHECK(met.back.conflicts == 1);
  CHECK(lane.are_equal(lane.ouinhi, lane.cove));
  lane.settle();
  CHECK(lane.laarne.replica->conflicts().size() == 1);
  CHECK(lane.all_equal());
}

TEST_CASE("of several spaces only those are spoken of whose key both have") {
  Lane lane;
  auto other = lane.store->add_space("council", "municipality");
  Accounts accounts(lane.store->database());
  for (auto* who : {"device1", "device2"}) accounts.set_role(accounts.person(who), other, Role::writer, std::time(nullptr));
  lane.settle();
  for (auto* who : {&lane.ouinhi, &lane.cove}) lane.space_keys[who].push_back(lane.key(other, 1));
  REQUIRE(lane.ouinhi.sql("INSERT INTO shelf(space,name,level) VALUES(" + std::to_string(other.value) + ",'secret',1)") == "");
  auto with_laarne = lane.meet(lane.ouinhi, lane.laarne);
  CHECK(with_laarne.there.spaces == std::vector{lane.space});
  CHECK(with_laarne.there.given == 0);
  CHECK_FALSE(has(lane.laarne, "secret"));
  CHECK(lane.meet(lane.ouinhi, lane.cove).there.spaces == std::vector{lane.space, other});
  CHECK(has(lane.cove, "secret"));
}

TEST_CASE("who proves an older key of a space only is heard and told nothing, not even who is there") {
  Lane lane;
  write(lane.ouinhi, "A");
  write(lane.laarne, "L");
  lane.space_keys[&lane.ouinhi].push_back(lane.key(lane.space, 2));
  auto met = lane.meet(lane.laarne, lane.ouinhi);
  INFO(met.error);
  CHECK(met.is_whole);
  CHECK_FALSE(has(lane.laarne, "A"));
  CHECK(met.there.newer_there == std::vector{lane.space});
  CHECK_FALSE(met.there.peer);
  CHECK(met.back.newer_here == std::vector{lane.space});
  CHECK(has(lane.ouinhi, "L"));
}

TEST_CASE("who has no key of ours, or another channel's proofs, is told nothing") {
  Lane lane;
  write(lane.ouinhi, "A");
  auto stranger = GENERATE(true, false);
  if (stranger) lane.space_keys[&lane.laarne] = {{lane.space, 1, std::string(32, 'x')}};
  auto here = lane.end_of(lane.laarne, true, std::string(channel_bytes, stranger ? 'c' : 'd')), there = lane.end_of(lane.ouinhi, false);
  MeetingLink link;
  hold(here, there, link);
  CHECK(there.outcome() == Meeting::Outcome::failed);
  CHECK(here.error().code == Code::not_allowed);
  CHECK(there.report().spaces.empty());
  CHECK_FALSE(has(lane.laarne, "A"));
}

TEST_CASE("a proof that is sent back proves nothing") {
  Lane lane;
  auto called = lane.end_of(lane.ouinhi, false);
  auto own = called.produce();
  called.consume(own);
  CHECK(called.outcome() == Meeting::Outcome::failed);
}

TEST_CASE("a copy of the device is told that it is one") {
  Lane lane;
  auto met = lane.meet(lane.ouinhi, lane.ouinhi);
  CHECK_FALSE(met.is_whole);
  CHECK(met.error.find("copy") != std::string::npos);
}

TEST_CASE("what a reader writes is carried for the relay to judge, and not shown") {
  Lane lane;
  Accounts accounts(lane.store->database());
  accounts.set_role(accounts.person("device3"), lane.space, Role::reader, std::time(nullptr));
  lane.settle();
  write(lane.laarne, "forged");
  auto met = lane.meet(lane.laarne, lane.cove);
  CHECK_FALSE(has(lane.cove, "forged"));
  REQUIRE(met.back.refused.size() == 1);
  CHECK(met.back.refused.front().code == Code::reads_only);
}

TEST_CASE("a later bundle for a device leaves out what it was given in a meeting") {
  Lane lane;
  write(lane.ouinhi, "A");
  lane.meet(lane.ouinhi, lane.cove);
  for (auto& range : lane.ouinhi.replica->carried(lane.space)) CHECK(covers(known_of(*lane.ouinhi.replica, lane.space, lane.cove.replica->device()), range));
}

TEST_CASE("a greeting tells only who has a key of it, cut at any byte, and which of its keys is the first") {
  Lane lane;
  std::string salt(salt_bytes, 's');
  auto ours = lane.key(lane.space, 1), newer = lane.key(lane.space, 2);
  auto greeting = greeting_of({ours, newer}, salt);
  auto at = GENERATE(range(0, 100));
  GreetingReader reader;
  auto cut = std::min<std::size_t>(static_cast<std::size_t>(at), greeting.size());
  CHECK(reader.feed(greeting.substr(0, cut)));
  CHECK((reader.wanted() == 0) == (cut == greeting.size()));
  CHECK(reader.feed(greeting.substr(cut)));
  CHECK(reader.wanted() == 0);
  REQUIRE(reader.find({newer, ours}));
  CHECK(reader.find({newer, ours})->generation == 2);
  CHECK_FALSE(reader.find({lane.key(SpaceId{9}, 1)}));
  CHECK(greeting.find(std::string("town")) == std::string::npos);
}

TEST_CASE("a greeting of as many keys as a device may have is read, and one of more is none") {
  std::vector<SpaceKey> keys(max_proofs + 1, SpaceKey{SpaceId{1}, 1, std::string(32, 'k')});
  auto most = greeting_of(keys, std::string(salt_bytes, 's'));
  GreetingReader reader, strict, other;
  CHECK(reader.feed(most));
  CHECK(reader.wanted() == 0);
  most[12] = static_cast<char>(most[12] + 1);
  CHECK_FALSE(strict.feed(most));
  CHECK_FALSE(other.feed("HTTP/1.1 200"));
}

TEST_CASE("a device takes so many bytes in one meeting and no more") {
  Lane lane;
  auto called = lane.end_of(lane.ouinhi, false);
  auto start = lane.end_of(lane.cove, true).produce();
  called.consume(start);
  REQUIRE(called.outcome() == Meeting::Outcome::going_on);
  called.consume(std::string(max_meeting_bytes, '\0'));
  CHECK(called.outcome() == Meeting::Outcome::failed);
  CHECK(called.error().code == Code::too_large);
}
