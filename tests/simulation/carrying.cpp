// Devices that meet in the field, and a stick that goes from hand to hand: frames that reach others without the relay, late, twice and in any order.
#include <algorithm>

#include "tests/simulation/world.hpp"

namespace carnet::test {

namespace {
constexpr std::size_t most_on_stick = 40;  // frames
}

// All that somebody has for the others of a space.
std::vector<World::Handed> World::belongings(Machine& machine, SpaceId space) {
  std::vector<Handed> all;
  auto& replica = *machine.replica;
  auto number = replica.device().value;
  DeviceKey key{DeviceId{number}, machine.keys[number], keys_.key_of({Peer::Kind::device, number, machine.keys[number]})};
  auto own = passport_of(replica, space, key);
  if (own) (void)sign_own(replica, space, key);
  for (auto& range : replica.carried(space)) {
    auto frame = *replica.carried(space, range);
    auto author = range.author == replica.device() ? own : held_passport(replica, frame);
    if (author) all.push_back({*author, frame});
  }
  return all;
}

void World::be_handed(Machine& machine, const std::vector<Handed>& frames) {
  auto spaces = machine.replica->spaces();
  std::set<SpaceId> news;
  for (auto& [author, frame] : frames) {
    if (std::none_of(spaces.begin(), spaces.end(), [&, in = frame.space](auto& space) { return space.id == in; })) continue;
    auto taken = take_carried(*machine.replica, author, frame, now_ + machine.clock_error);
    if (!taken) tell("  is not shown what device " + std::to_string(author.device.value) + " wrote: " + taken.error().text);
    else if (taken->is_news) news.insert(frame.space);
  }
  for (auto space : news) (void)show_left(*machine.replica, space, now_ + machine.clock_error);
  tell("  is handed " + std::to_string(frames.size()) + " frames");
}

// Nothing else is done with a replica meanwhile.
void World::carry(Machine& machine) {
  auto with = [&](Machine& who, auto&& work) {
    give_up(who);
    on(who, [&] {
      collect(who);
      work();
    });
  };
  auto space = below(3) ? town_ : village_;
  auto has_space = [&](Machine& who) {
    auto spaces = who.replica->spaces();
    return std::any_of(spaces.begin(), spaces.end(), [&](auto& each) { return each.id == space; });
  };
  if (!has_space(machine)) return;
  switch (below(3)) {
    case 0:  // writes a stick
      return with(machine, [&] {
        for (auto& each : belongings(machine, space)) stick_.push_back(std::move(each));
        if (stick_.size() > most_on_stick) stick_.erase(stick_.begin(), stick_.end() - most_on_stick);
      });
    case 1:  // reads some of one, in any order
      return with(machine, [&] {
        std::vector<Handed> some;
        for (auto& each : stick_)
          if (below(3)) some.insert(some.begin() + static_cast<std::ptrdiff_t>(below(some.size() + 1)), each);
        be_handed(machine, some);
      });
    default: {  // meets somebody
      auto at = machines_.begin();
      std::advance(at, static_cast<std::ptrdiff_t>(below(machines_.size())));
      auto& other = at->second;
      if (&other == &machine || !has_space(other)) return;
      tell("  meets " + other.name());
      if (below(2)) return speak(machine, other);
      std::vector<Handed> here, there;
      with(machine, [&] { here = belongings(machine, space); });
      with(other, [&] { there = belongings(other, space); be_handed(other, here); });
      with(machine, [&] { be_handed(machine, there); });
      if (has_photos_) hand_photos(machine, other, space);
    }
  }
}

}  // namespace carnet::test
