// A relay that serves on loopback, and people who may do this and that there, with their devices: for tests of accounts and members.
#pragma once
#include <catch2/catch.hpp>

#include "client/account.hpp"
#include "client/copies.hpp"
#include "client/notebook.hpp"
#include "client/refusals.hpp"
#include "client/sync_run.hpp"
#include "core/domain.hpp"
#include "server/accounts.hpp"
#include "tests/doors/caller.hpp"
#include "tests/live_relay.hpp"

namespace carnet::test {

inline constexpr std::int64_t now_of_tests = 1'741'600'000;

// One relay, and people with their devices.
struct Town {
  LiveRelay relay{{}, domain(), Address::Way::certificate};
  Accounts accounts{relay.store->database()};
  SpaceId town = relay.space;

  SpaceId space(const std::string& name) { return relay.store->add_space(name, "municipality"); }
  PersonId person(const std::string& name, Role role) {
    auto id = accounts.add_person(name);
    accounts.set_role(id, town, role, std::time(nullptr));
    return id;
  }
  // A device of its own, with a person of its name.
  std::unique_ptr<Device> device(Role role = Role::writer) {
    auto made = relay.device();
    made->replica->set("name", name(*made));
    if (role != Role::writer) accounts.set_role(accounts.person(name(*made)), town, role, std::time(nullptr));
    return made;
  }
  static std::string name(Device& device) { return "device" + std::to_string(device.replica->device().value); }
  PersonId owner(Device& device) { return accounts.person(name(device)); }
  void set_role(Device& device, SpaceId space, Role role) { accounts.set_role(owner(device), space, role, std::time(nullptr)); }
};

inline SyncRun must_sync(Device& device) {
  auto run = sync(*device.replica);
  INFO((run.error ? run.error->text : ""));
  REQUIRE(run);
  return run;
}

// As writers of this space too.
inline void let_in(Town& at, SpaceId space, std::initializer_list<Device*> devices) {
  for (auto* device : devices) {
    at.set_role(*device, space, Role::writer);
    must_sync(*device);
  }
}

inline std::string question(const std::string& wording, SpaceId space = SpaceId{1}) {
  return "INSERT INTO learning_question(space,wording) VALUES(" + std::to_string(space.value) + ",'" + wording + "')";
}
inline const std::string wordings = "SELECT group_concat(wording,' ') FROM (SELECT wording FROM learning_question ORDER BY wording)";
inline const std::string projects = "SELECT group_concat(name,' ') FROM (SELECT name FROM project ORDER BY name)";
inline std::string project(const std::string& name) { return "INSERT INTO project(space,name) VALUES(1,'" + name + "')"; }

inline Error only_refusal(Device& device) {
  auto all = device.replica->quarantined();
  REQUIRE(all.size() == 1);
  return all[0].reason;
}

// What a device that keeps no rules puts on the wire, in a session that is else as any.
class Rogue {
 public:
  Rogue(Town& at, Device& as) : town_(&at), device_(as.replica->device()) {}

  // One frame of one row, and what the relay answers to it. (The device itself cannot go on after this: its seq was used.) `late`: so many
  // seconds the request was on its way.
  std::optional<Error> bring(RowKey key, Version version, std::int64_t late = 0) {
    SpaceId space{1};
    auto& store = *town_->relay.store;
    store.begin(false);
    auto epoch = store.epoch();
    auto head = store.head(space);
    auto acked = store.acked(device_, space);
    store.commit();
    Packing packing;
    auto now = static_cast<std::int64_t>(std::time(nullptr));
    Hello hello{device_, town_->relay.bearer(device_), {}, now - late, epoch, Mode::usual, 0, {{space, head, 0, Seq{acked.value + 1}}}};
    packing.put(encode(hello, Direction::up, epoch));
    packing.put(encode(Prime{space, 0}, Direction::up, epoch));
    packing.prime({}, 100);
    Row row;
    row.at(ColumnId{2}, Kind::reg).versions = {std::move(version)};
    packing.put(encode(Changes{{space, acked, Seq{acked.value + 1}, {{key, row}}}, head}, Direction::up, epoch));
    packing.put(encode(End{}, Direction::up, epoch));
    Caller caller(town_->relay);
    caller.say(post(packing.flush()));
    caller.finish();
    auto answer = caller.hear("");
    REQUIRE(answer.starts_with("HTTP/1.1 200"));
    return refusal_in(answer, epoch);
  }
  Version version(DeviceId by, const std::string& value, std::int64_t at = std::time(nullptr)) {
    Version made;
    made.stamp = {stamp_time(at), by};
    made.value = value;
    return made;
  }
  RowKey own_row() { return {TableId{7}, minted_id(device_, 1'000 + ++rows_)}; }
  DeviceId number() const { return device_; }

 private:
  Town* town_;
  DeviceId device_;
  std::int64_t rows_ = 0;
};

inline std::optional<Code> code_of(const std::optional<Error>& error) { return error ? std::optional(error->code) : std::nullopt; }

}  // namespace carnet::test
