// Photos: blobs that rows name, which travel beside the words in requests of their own, cut at any byte, or from hand to hand, at meetings and on sticks. What has to hold of them
// at the end: what a row that stands names, and somebody who may bring it still has, is at the relay and with every member; nobody has what they may not see.
#include <algorithm>
#include <random>

#include "sync/media_relay.hpp"
#include "tests/simulation/disk_blobs.hpp"
#include "tests/simulation/world.hpp"

namespace carnet::test {

namespace {

constexpr std::size_t least_photo = 200, most_photo = 3'000;  // bytes
constexpr std::size_t portion = 700;                          // of a wire, at once
constexpr std::int64_t a_day = 86'400;
constexpr int most_rounds = 3;  // all bring, bring what a clock that was ahead had put off for another day, then fetch

}  // namespace

std::unique_ptr<OwnBlobs> World::blobs_of(const Machine& machine) { return std::make_unique<DiskBlobs>(disk_, machine.name() + ".db.media"); }

void World::tend_photos(Machine& machine) {
  auto draw = below(16);
  if (draw < 6) on(machine, [&] { attach(machine); });
  else if (draw < 12) (void)carry_photos(machine, below(4) ? below(5'000) : SIZE_MAX, below(4) ? below(5'000) : SIZE_MAX);
  else if (draw == 12) on(machine, [&] { ask_for_photo(machine); });
  else if (draw == 13) on(machine, [&] { shelf_of(machine).collect(now_ + machine.clock_error); });
  else on(machine, [&] { tell("  " + run_sql(machine, draw == 14 ? "UPDATE photo SET original_wanted=1 WHERE id=" + any("photo") : "DELETE FROM photo WHERE id=" + any("photo"))); });
}

// A new one, or one that another row names already, maybe in another space.
void World::attach(Machine& machine) {
  auto spaces = machine.replica->spaces();
  if (spaces.empty()) return;
  auto space = spaces[below(spaces.size())].id;
  std::string name;
  if (below(6) == 0) name = get(machine, "SELECT coalesce(medium,original) FROM photo WHERE id=" + any("photo"));
  if (!read_blob_name(name)) {
    std::mt19937_64 random(below(UINT32_MAX));
    std::string bytes(least_photo + below(most_photo - least_photo), '\0');
    for (auto& byte : bytes) byte = static_cast<char>(random());
    name = text_of(*shelf_of(machine).put("image/jpeg", bytes));
    taken_.insert({machine.number, read_blob_name(name)->hash});
  }
  attached_[read_blob_name(name)->hash].insert(space);  // also where power goes at its end
  ++photos_;
  auto said = run_sql(machine, "INSERT INTO photo(space," + std::string(below(3) ? "medium" : "original") + ") VALUES(" + std::to_string(space.value) + ",'" + name + "')");
  tell("  attaches " + name + " in " + std::to_string(space.value) + " " + said);
}

void World::ask_for_photo(Machine& machine) {
  auto shelf = shelf_of(machine);
  auto items = shelf.items();
  if (!items.empty()) (void)shelf.ask_for(items[below(items.size())].name.hash);
}

// One request, cut after so many bytes, or where power goes. True: it came to its end.
bool World::carry_photos(Machine& machine, std::size_t cut_up, std::size_t cut_down, std::int64_t later) {
  give_up(machine);
  bool done = false;
  on(machine, [&] {
    collect(machine);
    for (auto& space : machine.replica->spaces()) ever_in_[machine.number].insert(space.id);
    auto shelf = shelf_of(machine);
    if (!shelf.plan(true, now_ + machine.clock_error + later)) return void(done = true);
    auto number = machine.replica->device().value;
    MediaSession session(shelf, DeviceId{number}, {.seconds = [this] { return seconds_ += 0.001; }});
    MediaRelay relay(keys_, Peer{Peer::Kind::device, number, machine.keys[number]});
    auto *store = relay_.get();
    std::size_t down = 0;
    auto pass = [&](std::string bytes) {
      bytes.resize(std::min(bytes.size(), cut_down - down));
      down += bytes.size();
      disk_.now = now_ + machine.clock_error;
      session.consume(bytes);
    };
    auto serve = [&](std::string_view bytes) {
      if (auto fed = relay.feed(bytes); !fed) return pass(relay.failure(fed.error()));
      while (relay_.get() == store) {
        auto task = relay.next();
        if (!task) return pass(relay.failure(task.error()));
        if (!*task) return;
        std::string answer;
        at_relay([&] {
          relay_->begin(true);
          relay.work(**task, *relay_, now_);
          relay_->commit();
          answer = relay.answer();
        });
        pass(std::move(answer));
      }
    };
    for (std::size_t up = 0; session.outcome() == Conversation::Outcome::going_on && up < cut_up && down < cut_down && relay_.get() == store;) {
      auto said = session.produce();
      if (said.empty()) break;
      said.resize(std::min(said.size(), cut_up - up));
      up += said.size();
      for (std::size_t at = 0; at < said.size(); at += portion) serve(std::string_view(said).substr(at, portion));
    }
    done = session.outcome() == Conversation::Outcome::done;
    tell("  photos: " + std::to_string(session.report().up) + " up, " + std::to_string(session.report().down) + " down, " + std::to_string(shelf.refused()) + " refused" + (done ? "" : ", cut"));
    if (session.outcome() == Conversation::Outcome::failed) tell("  failed: " + session.error().text);
    std::size_t told = 0;
    for (auto& item : shelf.items()) told += !item.why.empty();
    if (shelf.refused() > 0 && told == 0) wrong_ = machine.name() + " was refused a photo, and does not say so";
  });
  return done;
}

// Everybody asks for everything, until nothing is left to carry. What was refused is tried again the next day.
std::string World::settle_photos() {
  for (int round = 1; round <= most_rounds; ++round)
    for (auto* machine : present()) {
      on(*machine, [&] {
        auto shelf = shelf_of(*machine);
        for (auto& item : shelf.items())
          if (!item.here) (void)shelf.ask_for(item.name.hash);
      });
      bool done = false;
      for (int requests = 0; requests < 10 && !done; ++requests) done = carry_photos(*machine, SIZE_MAX, SIZE_MAX, round * a_day);
      if (!done) return machine->name() + " does not come to an end with its photos";
    }
  return judge_photos();
}

std::string World::judge_photos() {
  for (auto space : {town_, village_}) {
    for (auto& blob : relay_->media(space))
      if (!attached_[blob.hash].contains(space)) return "the relay holds a photo in space " + std::to_string(space.value) + " in which nobody named it";
    for (auto* member : members(space))
      if (auto wrong = judge_photos_of(*member, space); !wrong.empty()) return member->name() + wrong;
  }
  for (auto& [number, machine] : machines_)
    for (auto& hash : blobs_of(machine)->all()) {
      auto& where = attached_[hash];
      bool may = taken_.contains({number, hash}) || std::any_of(where.begin(), where.end(), [&, n = number](auto space) { return ever_in_[n].contains(space); });
      if (!may) return machine.name() + " holds a photo of a space that it never was in";
    }
  return {};
}

// Of each row that stands: where a member who may write has the photo, the relay has it, and so has this member.
std::string World::judge_photos_of(Machine& machine, SpaceId space) {
  auto shelf = shelf_of(machine);
  auto& at_relay = relay_->blobs(space);
  for (auto& item : shelf.items()) {
    if (item.space != space) continue;
    auto& hash = item.name.hash;
    auto brings = [&](auto* other) { return role_of(*other, space) != Role::reader && blobs_of(*other)->has(hash); };
    auto all = members(space);
    bool is_somewhere = at_relay.has(hash) || std::any_of(all.begin(), all.end(), brings);
    auto which = " of row " + std::to_string(item.row.id.value) + " in space " + std::to_string(space.value);
    if (taken_.contains({machine.number, hash}) && !item.here && !at_relay.has(hash) && !relays_lost_) return " has a photo no more that the relay does not have," + which;
    if (!is_somewhere) continue;
    if (!at_relay.has(hash)) return " or another member has a photo that the relay does not get," + which + (item.why.empty() ? "" : ": " + item.why);
    if (!item.here) return " does not get a photo that the relay has," + which + (item.why.empty() ? "" : ": " + item.why);
    if (hash_of(shelf.files().read(hash, 0, most_photo)) != hash) return " has another photo than the row names," + which;
  }
  return {};
}

}  // namespace carnet::test
