// Sticks that go from hand to hand: what one device gives reaches others without the relay, late, twice, in any order, and in part. Devices that
// meet, too: they speak (meeting.cpp), or give each other a stick at once.
#include <algorithm>

#include "client/bundling.hpp"
#include "tests/simulation/disk_blobs.hpp"
#include "tests/simulation/world.hpp"

namespace carnet::test {

namespace {

constexpr std::size_t most_sticks = 12;
constexpr std::uint64_t least_volume = 200, most_volume = 3'000;  // bytes: from one that a frame fills to some photos
constexpr std::size_t piece = 700, portion = 500;                 // of a photo; of a file that is read
constexpr std::size_t most_pieces = 8;                            // files that somebody reads of what lies about
constexpr int most_writes = 12, most_tries = 3;                   // of a disk until power goes; of somebody who reads a stick

struct Volumes final : BundleVolumes {
  std::vector<std::string> all;
  void begin() override { all.emplace_back(); }
  void write(std::string_view bytes) override { all.back() += bytes; }
  void finish() override {}
};

bool is_of(Replica& replica, SpaceId space) {
  auto spaces = replica.spaces();
  return std::any_of(spaces.begin(), spaces.end(), [&](auto& each) { return each.id == space; });
}

}  // namespace

DeviceKey World::key_of(const Machine& machine) {
  auto number = machine.replica->device().value;
  auto generation = machine.keys.contains(number) ? machine.keys.at(number) : 0;
  return {DeviceId{number}, generation, keys_.key_of({Peer::Kind::device, number, generation})};
}

// All that it has for the others of a space, or for one of them. Nothing where its power goes, or the relay has told it no key yet.
std::optional<World::Stick> World::fill_stick(Machine& machine, SpaceId space) {
  std::optional<Stick> filled;
  give_up(machine);
  on(machine, [&] {
    collect(machine);
    if (!is_of(*machine.replica, space)) return;
    auto reader = below(4) ? std::optional<DeviceId>() : DeviceId{static_cast<std::uint32_t>(1 + below(machines_.size()))};
    auto segment = segment_of(*machine.replica, key_of(machine), machine.space_keys.spaces, space, reader, below(3) == 0);
    if (!segment) return tell("  fills no stick: " + segment.error().text);
    auto shelf = shelf_of(machine);
    Volumes volumes;
    BundleWritten written;
    auto generation = segment->key.generation;
    std::uint64_t volume_bytes = below(3) ? 0 : least_volume + below(most_volume - least_volume);
    Bundling bundling(*machine.replica, shelf, {std::move(*segment)}, {.with_photos = has_photos_, .volume_bytes = volume_bytes, .piece_bytes = piece}, volumes, written);
    while (bundling.step()) {}
    filled = Stick{space, generation, std::move(volumes.all), has_photos_ ? shelf.for_bundle(space) : std::vector<BlobName>{}};
    tell("  fills a stick: " + std::to_string(written.frames) + " frames, " + std::to_string(written.lent) + " rows lent, " + std::to_string(written.blobs) + " photos, " + std::to_string(filled->volumes.size()) + " volumes");
  });
  return filled;
}

// False: its power went.
bool World::read_volume(Machine& machine, std::string_view volume) {
  auto life = machine.lives;
  give_up(machine);
  if (below(4) == 0) disk_.fail_after(machine.name(), static_cast<int>(below(most_writes)));
  on(machine, [&] {
    collect(machine);
    for (auto& space : machine.replica->spaces()) ever_in_[machine.number].insert(space.id);
    auto shelf = shelf_of(machine);
    BundleRead read;
    BundleIntake intake(*machine.replica, machine.space_keys.spaces, shelf, now_ + machine.clock_error, read);
    Result<void> fed;
    for (std::size_t at = 0; fed && at < volume.size(); at += portion) fed = intake.feed(volume.substr(at, portion));
    if (!fed) wrong_ = machine.name() + " cannot read a stick: " + fed.error().text;
    (void)intake.end();
    for (auto& error : read.refused) tell("  is not shown: " + error.text);
    tell("  reads " + std::to_string(volume.size()) + " bytes: " + std::to_string(read.frames) + " frames, " + std::to_string(read.borrowed) + " rows borrowed, " + std::to_string(read.blobs) + " photos");
  });
  return machine.lives == life;
}

// All of one, from its beginning, and once more where power goes: then each of its photos is there.
void World::read_stick(Machine& machine, const Stick& stick) {
  auto is_read = [&] { return std::all_of(stick.volumes.begin(), stick.volumes.end(), [&](auto& volume) { return read_volume(machine, volume); }); };
  int tries = 1;
  while (!is_read())
    if (++tries > most_tries) return;
  auto& keys = machine.space_keys.spaces;
  bool opens = is_of(*machine.replica, stick.space) && std::any_of(keys.begin(), keys.end(), [&](auto& key) { return key.space == stick.space && key.generation == stick.generation; });
  for (auto& name : stick.photos)
    if (opens && !blobs_of(machine)->has(name.hash)) wrong_ = machine.name() + " has read a stick from its beginning to its end, and lacks a photo of it";
}

// Whatever files lie about, in any order, some twice, some broken off.
void World::read_pieces(Machine& machine) {
  for (auto left = below(most_pieces + 1); left > 0 && !sticks_.empty(); --left) {
    auto& volumes = sticks_[below(sticks_.size())].volumes;
    std::string_view volume = volumes[below(volumes.size())];
    if (!read_volume(machine, volume.substr(0, below(3) ? volume.size() : below(volume.size())))) return;
  }
}

// Nothing else is done with a replica meanwhile.
void World::carry(Machine& machine) {
  auto space = below(3) ? town_ : village_;
  if (!is_of(*machine.replica, space)) return;
  switch (below(3)) {
    case 0:
      if (auto stick = fill_stick(machine, space)) sticks_.push_back(std::move(*stick));
      if (sticks_.size() > most_sticks) sticks_.erase(sticks_.begin());
      return;
    case 1:
      if (below(2)) return read_pieces(machine);
      if (!sticks_.empty()) read_stick(machine, sticks_[below(sticks_.size())]);
      return;
    default: {
      auto at = machines_.begin();
      std::advance(at, static_cast<std::ptrdiff_t>(below(machines_.size())));
      auto& other = at->second;
      if (&other == &machine || !is_of(*other.replica, space)) return;
      tell("  meets " + other.name());
      if (below(2)) return speak(machine, other);
      if (auto stick = fill_stick(machine, space)) read_stick(other, *stick);
      if (auto stick = fill_stick(other, space)) read_stick(machine, *stick);
    }
  }
}

}  // namespace carnet::test
