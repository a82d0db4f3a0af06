// What the relay's operator does about people and devices, and what they wrote down of it: after a restore they do again what the
// backup does not know.
#include <algorithm>

#include "tests/simulation/world.hpp"

namespace carnet::test {

namespace {

constexpr Role roles[] = {Role::none, Role::reader, Role::writer, Role::coach, Role::admin};

}  // namespace

Role World::role_of(const Machine& machine, SpaceId space) {
  auto& of_person = people_.at(machine.person);
  auto at = of_person.find(space);
  return at == of_person.end() ? Role::none : at->second;
}

bool World::may_write_row(const Machine& machine, SpaceId space, TableId table) {
  auto role = role_of(machine, space);
  return may_write(role) || (role == Role::coach && is_coached(table));
}

std::vector<World::Machine*> World::members(SpaceId space) {
  auto all = present();
  std::erase_if(all, [&](auto* machine) { return role_of(*machine, space) == Role::none; });
  return all;
}

std::vector<World::Machine*> World::writers(SpaceId space) {
  auto all = present();
  std::erase_if(all, [&](auto* machine) { return !may_write(role_of(*machine, space)); });
  return all;
}

// A town in which nobody can write any more has nothing left to be judged.
bool World::two_write() { return writers(town_).size() >= 2; }

// Until when the relay takes what a device writes: as the relay itself has it, which after a restore is not what the operator knows.
void World::note_rights() {
  for (auto& [number, machine] : machines_)
    for (auto space : {town_, village_}) {
      auto role = relay_->membership(DeviceId{number}, space).role;
      auto& allowed = machine.allowed[space];
      if (may_write(role)) allowed.writes = now_;
      else machine.restrained.insert(space);
      if (may_write(role) || role == Role::coach) allowed.coaches = now_;
    }
}

// Power does not fail there while somebody stands beside it.
void World::operate(const Act& act) {
  disk_.fail_after("relay", INT32_MAX);
  disk_.now = now_;
  note_rights();
  Accounts accounts(relay_->database());
  act(accounts);
  note_rights();
  acts_.push_back(act);
  told_ += machines_.size();
  for (auto& [number, machine] : machines_) {
    for (auto space : {town_, village_})
      if (machine.exchange && role_of(machine, space) == Role::none) machine.exchange->outside.insert(space);
      else if (machine.exchange) machine.exchange->outside.erase(space);
    for (auto& frame : machine.replica ? machine.replica->quarantined() : std::vector<Replica::Quarantined>{}) retried_ += frame.rows.size();
  }
}

// Somebody who comes with a device of their own, or a second one.
std::string World::newcomer() {
  auto first = machines_.size() < 2;  // who write in the town
  if (has_offices_ && !first && below(3) == 0) {
    auto at = machines_.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(below(machines_.size())));
    return at->second.person;
  }
  auto person = add_person();
  auto any_role = [&] { return roles[below(std::size(roles))]; };
  if (auto role = has_offices_ && !first && below(2) ? any_role() : Role::writer; role != Role::none) set_role(person, town_, role);
  if (!has_offices_) return person;
  if (auto role = below(2) ? any_role() : Role::writer; role != Role::none) set_role(person, village_, role);
  return person;
}

std::string World::add_person() {
  auto name = "person" + std::to_string(people_.size() + 1);
  people_[name];
  operate([name](Accounts& accounts) { accounts.add_person(name); });
  return name;
}

void World::set_role(const std::string& person, SpaceId space, Role role) {
  tell("  " + person + " in " + std::to_string(space.value) + ": " + std::string(name_of(role)));
  people_.at(person)[space] = role;
  operate([this, person, space, role](Accounts& accounts) { accounts.set_role(accounts.person(person), space, role, now_); });
}

void World::add_device(std::uint32_t number) {
  operate([this, number, person = machines_.at(number).person](Accounts& accounts) {
    auto& machine = machines_.at(number);
    auto id = accounts.add_device(machine.name(), accounts.person(person));
    relay_->expect(id);
    machine.keys[number] = relay_->generation(id);
  });
}

// One of the things that happen in an office.
void World::tend(Machine& machine) {
  auto draw = below(10);
  if (draw < 4) change_role(machine.person);
  else if (draw == 4) lose_or_find(machine);
  else if (draw == 5) replace(machine.person);
  else if (draw == 6) limit(below(2) ? town_ : village_);
  else if (draw == 7) lift_limits();
  else if (draw == 8) on(machine, [&] { machine.replica->requeue(); });
  else for (auto& [person, of_person] : people_)  // somebody comes back
    if (auto space = below(2) ? town_ : village_; of_person[space] == Role::none) return set_role(person, space, Role::writer);
}

void World::change_role(const std::string& person) {
  auto space = below(2) ? town_ : village_;
  auto role = roles[below(std::size(roles))];
  auto& now = people_.at(person)[space];
  auto before = std::exchange(now, role);
  bool may = two_write();
  now = before;
  if (may && role != before) set_role(person, space, role);
}

void World::lose_or_find(Machine& machine) {
  if (machine.revoked) return;
  machine.lost = !machine.lost;
  if (!two_write()) return void(machine.lost = !machine.lost);
  tell("  " + machine.name() + (machine.lost ? " is lost" : " is found"));
  operate([this, number = machine.number, lost = machine.lost](Accounts& accounts) {
    DeviceId id{number};
    accounts.set_lost(id, lost ? std::optional(now_) : std::nullopt);
    if (lost) return relay_->lose(id);
    relay_->expect(id);  // by an invite, which brings its key
    machines_.at(number).keys[number] = relay_->generation(id);
  });
}

// By somebody new, who has all the roles of who left.
void World::replace(std::string person) {
  auto fresh = add_person();
  tell("  " + fresh + " replaces " + person);
  people_[fresh] = std::exchange(people_[person], {});
  for (auto& [number, machine] : machines_)
    if (machine.person == person) machine.person = fresh;
  operate([this, person, fresh](Accounts& accounts) { accounts.replace(accounts.person(person), accounts.person(fresh), now_); });
}

void World::limit(SpaceId space) {
  tell("  space " + std::to_string(space.value) + " has little room");
  limited_.insert(space);
  operate([this, space](Accounts& accounts) {
    for (auto& record : relay_->spaces()) {
      if (record.id != space) continue;
      accounts.set_quota(Quota::rows, record.digest.rows + 2, space);
      accounts.set_quota(Quota::bytes, record.bytes + 200, space);
      if (has_photos_) accounts.set_quota(Quota::media, 2'000, space);
    }
  });
}

void World::lift_limits() {
  tell("  there is room again");
  operate([this](Accounts& accounts) {
    for (auto space : {town_, village_}) {
      accounts.set_quota(Quota::rows, 1'000'000, space);
      accounts.set_quota(Quota::bytes, 1'000'000'000, space);
      if (has_photos_) accounts.set_quota(Quota::media, 1'000'000'000, space);
    }
  });
}

}  // namespace carnet::test
