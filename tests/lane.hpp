// Three devices of one space that know the relay and meet without it, in one process.
#pragma once
#include "tests/carried_way.hpp"
#include "tests/meeting_way.hpp"

namespace carnet::test {

// Devices that know the relay, each with the keys of its spaces as the relay tells them.
struct Lane : Country {
  Device &ouinhi, &cove, &laarne;
  std::map<Device*, std::vector<SpaceKey>> space_keys;
  std::function<std::unique_ptr<MeetingMedia>(Device&)> media_of = [](Device&) { return nullptr; };
  explicit Lane(const Schema& schema = toy()) : Country(schema), ouinhi(device(1)), cove(device(2)), laarne(device(3)) {
    settle();
    for (auto* each : {&ouinhi, &cove, &laarne}) space_keys[each] = {key(space, 1)};
  }
  SpaceKey key(SpaceId of, std::uint32_t generation) const { return {of, generation, keys.key_of({Peer::Kind::space, of.value, generation})}; }
  Meeting end_of(Device& who, bool is_caller, const std::string& channel = std::string(channel_bytes, 'c'), std::int64_t clock = 0) {
    auto own = key_of(*this, who);
    return {*who.replica, own, keys_to_meet_by(*who.replica, own, space_keys[&who]), {channel, is_caller}, std::time(nullptr) + clock, media_of(who)};
  }
  struct Met {
    MeetingReport there, back;  // of who called, and of who was called
    std::size_t bytes = 0;
    bool is_whole = false;
    std::string error;
  };
  Met meet(Device& caller, Device& called, std::size_t cut = SIZE_MAX, std::size_t portion = 1'000) {
    auto here = end_of(caller, true), there = end_of(called, false);
    MeetingLink link{.cut = cut, .portion = portion};
    hold(here, there, link);
    bool is_whole = here.outcome() == Meeting::Outcome::done && there.outcome() == Meeting::Outcome::done;
    return {here.report(), there.report(), link.there + link.back, is_whole, here.error().text + there.error().text};
  }
  bool are_equal(Device& a, Device& b) {
    auto digest = a.replica->space(space).digest;
    return digest == b.replica->space(space).digest && digest == a.replica->recount(space) && digest == b.replica->recount(space);
  }
};

}  // namespace carnet::test
