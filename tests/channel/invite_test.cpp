// How a device comes to its keys: by an invite, once, and by another when it lost them or was lost itself.
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include "client/enrol.hpp"
#include "tests/channel/answers.hpp"
#include "tests/link/link.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

constexpr std::int64_t day = 86'400;

Profile clean() { return Profile{"clean"}; }

// A device that was told of by an invite, and has met nobody yet.
struct Invited {
  LiveRelay relay{{}, toy(), By::key};
  std::unique_ptr<Device> device = relay.device();
  DeviceId number = device->replica->device();
  Invite invite = make();

  Invited() { hand_over(*device); }
  Invite make(std::int64_t seconds = day) const {
    auto expires = std::time(nullptr) + seconds;
    auto id = relay.store->add_invite(number, expires);
    auto key = MasterKey::read(relay.dir.file("relay.db.key")).key_of({Peer::Kind::invite, id, 0});
    return {.address = relay.address(), .pin = {}, .device = number, .name = "ouinhi", .number = id, .key = key, .expires = expires, .spaces = {{relay.space, "town", "partnership"}}};
  }
  void hand_over(Device& to) {
    std::filesystem::remove(key_file(to.path));
    keep_invite(to.path, invite);
  }
  // Another replica with the same number.
  std::unique_ptr<Device> another() {
    auto made = std::make_unique<Device>(relay.dir, number.value, toy(), relay.space, "another");
    made->replica->set("address", relay.address());
    hand_over(*made);
    return made;
  }
};

}  // namespace

TEST_CASE("without a key file a device says what to do, and a new invite on the same replica keeps everything") {
  Invited town;
  REQUIRE(sync(*town.device->replica));
  town.device->sql("INSERT INTO shelf(space,name) VALUES(1,'written')");
  std::filesystem::remove(key_file(town.device->path));
  CHECK(refusal(*town.device) == Code::not_found);
  CHECK(has(words(*town.device, "fr"), "carnet rejoin --invite"));
  std::ofstream(key_file(town.device->path)) << "key 1 2 damaged\n";
  CHECK(refusal(*town.device) == Code::not_found);
  town.invite = town.make();
  REQUIRE(rejoin(town.device->path, *town.device->replica, town.invite));
  CHECK(sync(*town.device->replica));
  CHECK(town.device->get("SELECT name FROM shelf") == "written");
  auto foreign = town.invite;
  foreign.spaces[0].name = "another town";
  CHECK_FALSE(rejoin(town.device->path, *town.device->replica, foreign));
  foreign = town.invite;
  foreign.device = DeviceId{town.number.value + 1};
  CHECK_FALSE(rejoin(town.device->path, *town.device->replica, foreign));
}

TEST_CASE("an invite is redeemed by the first exchange, which gives the device a key of its own") {
  Invited town;
  town.device->sql("INSERT INTO shelf(space,name) VALUES(1,'written before the first contact')");
  CHECK(sync(*town.device->replica));
  auto keys = keys_of(*town.device);
  CHECK_FALSE(keys.invited);
  REQUIRE(keys.keys.size() == 1);
  CHECK(keys.keys[0].bytes == town.relay.key(town.number).bytes);
  CHECK(sync(*town.device->replica));
}

TEST_CASE("once a device has a key it speaks over no connection of its invite any more") {
  Invited town;
  auto& replica = *town.device->replica;
  auto credentials = [&] { return *credentials_of(town.device->path, keys_of(*town.device), town.number); };
  auto keep = [&](const auto& what) {
    auto keys = keys_of(*town.device);
    keys.take(what);
    write_keys(town.device->path, keys);
  };
  Transport transport(*read_address(town.relay.address()), credentials());
  for (int exchange = 1; exchange <= 4; ++exchange) {
    ClientSession session(replica, {.claim = credentials().claim, .keep_key = keep, .keep_pin = keep}, std::time(nullptr));
    REQUIRE(transport.run(session));
    CHECK(session.outcome() != Conversation::Outcome::failed);
    transport.speak_as(credentials());
  }
  CHECK(transport.traffic().connections == 2);
}

TEST_CASE("an invite that another has redeemed is used up, and so is one whose device has used its key") {
  Invited town;
  auto mine = *keys_of(*town.device).invited;
  auto another = town.another();
  REQUIRE(sync(*town.device->replica));
  CHECK(refusal(*another) == Code::invite_used);
  CHECK(has(words(*another, "fr"), "cette invitation a déjà servi"));
  CHECK(has(words(*another, "nl"), "deze uitnodiging is al gebruikt"));
  CHECK(has(words(*another, "en"), "this invite has been used already"));
  write_keys(another->path, {mine, {}, {}});  // a replayed claim, before the key was used: the same key again
  REQUIRE(sync(*another->replica));
  CHECK(keys_of(*another).keys[0].bytes == keys_of(*town.device).keys[0].bytes);
  REQUIRE(sync(*town.device->replica));
  write_keys(another->path, {mine, {}, {}});
  CHECK(refusal(*another) == Code::invite_used);
}

TEST_CASE("an invite opens for the device that it names and no other, and not where its key was mistyped") {
  Invited town;
  Device other(town.relay.dir, town.relay.store->add_device("other", {town.relay.space}).value, toy(), town.relay.space);
  other.replica->set("address", town.relay.address());
  town.relay.store->expect(other.replica->device());
  town.hand_over(other);
  CHECK(refusal(other) == Code::not_allowed);
  town.invite.key[3] ^= 1;
  town.hand_over(*town.device);
  CHECK(refusal(*town.device) == Code::not_allowed);
  town.invite.key[3] ^= 1;
  town.hand_over(*town.device);
  CHECK(sync(*town.device->replica));
}

TEST_CASE("wherever the answer to a claim is cut off, the device asks again and comes in") {
  Invited town;
  for (std::int64_t bytes = 0; bytes < 350; bytes += 23) {
    town.invite = town.make();
    town.hand_over(*town.device);
    Link link(town.relay.server->port(), clean(), 1);
    town.device->replica->set("address", town.relay.address(link.port()));
    link.cut_after(carnet::test::Way::down, bytes);
    CHECK_FALSE(sync(*town.device->replica));
    link.await_notice();
    INFO(bytes);
    CHECK(sync(*town.device->replica));
    CHECK(sync(*town.device->replica));
    CHECK(keys_of(*town.device).keys.size() == 1);
  }
}

TEST_CASE("an invite works until the second in which it expires, and says so afterwards") {
  Invited town;
  auto& store = *town.relay.store;
  auto claim = std::string(claim_bytes, 'c');
  constexpr std::int64_t expires = 2'000'000'000;
  auto id = store.add_invite(town.number, expires);
  CHECK(store.admit({Peer::Kind::invite, id, 0}, town.number, claim, expires + 1).error().code == Code::invite_expired);
  CHECK(store.admit({Peer::Kind::invite, id, 0}, town.number, "short", expires).error().code == Code::not_allowed);
  CHECK(store.admit({Peer::Kind::invite, id, 0}, town.number, claim, expires));
  CHECK(store.admit({Peer::Kind::invite, id, 0}, town.number, claim, expires + 1));  // claimed in time
  town.invite = town.make(-1);
  town.hand_over(*town.device);
  CHECK(refusal(*town.device) == Code::invite_expired);
  CHECK(has(words(*town.device, "fr"), "cette invitation a expiré"));
  CHECK(has(words(*town.device, "nl"), "deze uitnodiging is verlopen"));
  CHECK(has(words(*town.device, "en"), "this invite has expired"));
}

TEST_CASE("a later invite, a lost device and a revoked one void an invite, and each says so") {
  Invited town;
  (void)town.make();
  CHECK(refusal(*town.device) == Code::invite_revoked);
  CHECK(has(words(*town.device, "fr"), "cette invitation a été retirée"));
  CHECK(has(words(*town.device, "nl"), "deze uitnodiging is ingetrokken"));
  CHECK(has(words(*town.device, "en"), "this invite was withdrawn"));
  town.invite = town.make();
  town.hand_over(*town.device);
  town.relay.store->lose(town.number);
  CHECK(refusal(*town.device) == Code::invite_revoked);
  town.invite = town.make();
  town.hand_over(*town.device);
  town.relay.store->revoke(town.number);
  CHECK(refusal(*town.device) == Code::invite_revoked);
}

TEST_CASE("a device that was reported lost is given nothing, and a new invite makes its keys useless for good") {
  Invited town;
  REQUIRE(sync(*town.device->replica));
  auto old = keys_of(*town.device);
  town.relay.store->lose(town.number);
  CHECK(refusal(*town.device) == Code::not_allowed);
  CHECK(keys_of(*town.device).keys[0].bytes == old.keys[0].bytes);
  town.invite = town.make();
  CHECK(refusal(*town.device) == Code::not_allowed);
  town.hand_over(*town.device);
  CHECK(sync(*town.device->replica));
  write_keys(town.device->path, old);
  CHECK(refusal(*town.device) == Code::not_allowed);
}

TEST_CASE("a key that was given after the backup that a relay was restored from still opens, and no number is given twice") {
  Invited town;
  REQUIRE(sync(*town.device->replica));
  auto backup = town.relay.dir.file("backup.db");
  town.relay.store->backup(backup);
  town.relay.store->rotate(town.number);
  REQUIRE(sync(*town.device->replica));
  auto given = keys_of(*town.device).keys[0].generation;
  SqlStore restored(backup);
  restored.begin_new_life(std::time(nullptr) + 60);
  CHECK(restored.admit({Peer::Kind::device, town.number.value, given}, town.number, {}, std::time(nullptr)));
  restored.rotate(town.number);
  CHECK(restored.generation(town.number) > given);
  auto later = restored.add_device("later", {town.relay.space});
  restored.expect(later);
  CHECK_FALSE(restored.admit({Peer::Kind::device, later.value, given}, later, {}, std::time(nullptr)));  // of a device that the backup did not know
}
