// Devices that meet in the field and speak with each other (sync/meeting.hpp): cut at any byte, and by power that goes on either side.
#include "sync/meeting.hpp"
#include "tests/simulation/world.hpp"

namespace carnet::test {

namespace {
constexpr std::size_t longest_cut = 4'000, longest_cut_with_photos = 12'000;  // bytes after which a link is cut that is cut
constexpr std::size_t portion = 500;
}  // namespace

void World::speak(Machine& caller, Machine& called) {
  struct End {
    Machine& machine;
    int life = 0;
    std::optional<Meeting> meeting = {};
  };
  End ends[] = {{caller}, {called}};
  auto left = below(3) ? SIZE_MAX : below(has_photos_ ? longest_cut_with_photos : longest_cut);
  bool lost = false;
  auto at = [&](End& end, const std::function<void()>& work) {
    on(end.machine, work);
    lost |= end.machine.lives != end.life;
  };
  for (auto& end : ends) {
    auto& machine = end.machine;
    give_up(machine);
    on(machine, [&] {
      collect(machine);
      for (auto& space : machine.replica->spaces()) ever_in_[machine.number].insert(space.id);
    });
    end.life = machine.lives;
  }
  for (auto& end : ends) {
    auto own = key_of(end.machine);
    Meeting::Channel channel{std::string(channel_bytes, 'c'), &end == &ends[0]};
    at(end, [&] { end.meeting.emplace(*end.machine.replica, own, keys_to_meet_by(*end.machine.replica, own, end.machine.space_keys.spaces), channel, now_ + end.machine.clock_error, has_photos_ ? std::make_unique<MediaShelf>(*end.machine.replica, blobs_of(end.machine)) : nullptr); });
  }
  for (bool moved = true; moved && !lost && left > 0;) {
    moved = false;
    for (auto& end : ends) {
      auto& other = ends[&end == &ends[0]];
      std::string bytes;
      if (!lost) at(end, [&] { bytes = end.meeting->produce(); });
      for (std::size_t from = 0; from < bytes.size() && !lost && left > 0; from += portion) {
        auto part = bytes.substr(from, std::min(portion, left));
        left -= part.size();
        at(other, [&] { other.meeting->consume(part); });
      }
      moved |= !bytes.empty();
    }
  }
  for (auto& end : ends)
    if (end.machine.lives == end.life && end.meeting) on(end.machine, [&] { end.meeting->end(); });
  for (auto& end : ends)
    if (!lost && left > 0 && end.meeting && end.meeting->outcome() == Meeting::Outcome::going_on) wrong_ = "a meeting of " + caller.name() + " and " + called.name() + " does not end";
  if (!lost) tell("  speaks with " + called.name() + ": " + std::to_string(ends[0].meeting->report().frames) + " frames came, " + std::to_string(ends[1].meeting->report().frames) + " went, " + std::to_string(ends[0].meeting->report().photos) + " photos came, " + std::to_string(ends[1].meeting->report().photos) + " went" + (left ? "" : ", cut"));
}

}  // namespace carnet::test
