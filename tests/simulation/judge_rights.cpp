// Roles at the end of a life: what was written without the right is at nobody's but its writer's, and what was written in time has been taken.
#include <algorithm>

#include "tests/simulation/world.hpp"

namespace carnet::test {

std::string World::judge_rights() {
  note_rights();
  for (auto& written : written_) {
    if (!written.own || machines_.at(written.device).clock_was_set) continue;
    auto text = "'" + std::get<std::string>(written.value) + "', written on device " + std::to_string(written.device);
    if (is_late_work(written)) {
      relay_->begin(false);
      auto row = relay_->load(written.space, written.key);
      auto* cell = row.find(written.column);
      auto same = [&](auto& version) { return version.stamp == written.stamp; };
      bool is_there = (cell && std::any_of(cell->versions.begin(), cell->versions.end(), same)) || relay_->remembers(written.space, written.key, written.column, written.stamp);
      relay_->commit();
      if (is_there) return "the relay took " + text + " without the right, at " + std::to_string(written.stamp.unix_seconds()) + " where it was allowed until " + std::to_string(machines_.at(written.device).allowed[written.space].writes);
    } else if (written.in_time && !is_taken(written)) {
      return "the relay did not take " + text + " in time" + why_refused(written);
    }
  }
  return {};
}

bool World::came_late(const Machine& machine, SpaceId space, TableId table, const Stamp& stamp) {
  auto at = machine.allowed.find(space);
  auto allowed = at == machine.allowed.end() ? Machine::Allowed{} : at->second;
  return stamp.unix_seconds() > (is_coached(table) ? allowed.coaches : allowed.writes) + max_ahead_seconds;
}

// A coach decides conflicts, in any table: of those tables' rows the ones count that it made.
bool World::is_late_work(const Written& written) {
  auto& machine = machines_.at(written.device);
  if (!came_late(machine, written.space, written.key.table, written.stamp)) return false;
  if (is_coached(written.key.table) || came_late(machine, written.space, TableId{36}, written.stamp)) return true;
  auto in_row = [&](auto& other) { return other.device == written.device && other.key == written.key; };
  auto of_row_late = [&](auto& other) { return !in_row(other) || came_late(machine, other.space, other.key.table, other.stamp); };
  return minter(written.key.id) == DeviceId{written.device} && std::all_of(written_.begin(), written_.end(), of_row_late);
}

// Or it was written over before it left the device, or the row was refused for what else was written in it, or for want of room in the one exchange in which the
// right had ended and it would have been taken.
bool World::is_taken(const Written& written) {
  auto& machine = machines_.at(written.device);
  if (machine.revoked || machine.lost || relays_lost_) return true;
  if (limited_.contains(written.space) && machine.restrained.contains(written.space) && !why_refused(written).empty()) return true;
  if (was_refused_as_late(machine, written.space, written.key)) return true;
  if (machine.overwritten.contains({written.key, std::get<std::string>(written.value)})) return true;
  relay_->begin(false);
  bool is_there = relay_->has_in_history(written.space, written.key, written.column, written.value);
  if (auto row = relay_->load(written.space, written.key); auto* cell = row.find(written.column))
    for (auto& version : standing(*cell)) is_there |= version.value == written.value;
  relay_->commit();
  if (is_there) return true;
  for (auto& past : machine.replica->history(written.key))
    if (past.column == written.column && past.version.value == written.value) return true;
  for (auto& [number, other] : machines_)  // what the relay was told to forget, devices go on knowing
    if (auto row = other.replica->row(written.key); auto* cell = written.column == ColumnId{3} ? row.find(written.column) : nullptr)
      for (auto& version : standing(*cell))
        if (version.value == written.value && version.received) return true;
  return false;
}

bool World::was_refused_as_late(Machine& machine, SpaceId space, RowKey key) {
  auto late = [&](const Row& row) {
    for (auto& cell : row.cells)
      for (auto& version : cell.versions)
        if (version.stamp.device == machine.replica->device() && came_late(machine, space, key.table, version.stamp)) return true;
    return false;
  };
  for (auto& frame : machine.replica->quarantined()) {
    if (std::find(frame.rows.begin(), frame.rows.end(), key) == frame.rows.end()) continue;
    if (!frame.aside && late(machine.replica->row(key))) return true;
    if (!frame.aside) continue;
    for (auto& change : machine.replica->refused_rows(frame))
      if (change.key == key && late(change.row)) return true;
  }
  return false;
}

std::string World::why_refused(const Written& written) {
  for (auto& frame : machines_.at(written.device).replica->quarantined())
    if (std::find(frame.rows.begin(), frame.rows.end(), written.key) != frame.rows.end()) return ": " + frame.reason.text;
  return {};
}

// Of what was refused and the answer was cut, the device learns when it compares next: until then it holds more than the relay.
bool World::misses_a_refusal(Machine& machine, SpaceId space) {
  if (!machine.restrained.contains(space) && !limited_.contains(space)) return false;
  auto untaken = [&](const Version& version) { return !version.received && version.stamp.device == machine.replica->device(); };
  auto has_untaken = [&](const Cell& cell) { return std::any_of(cell.versions.begin(), cell.versions.end(), untaken); };
  bool only_own = true;
  relay_->begin(false);
  machine.replica->in_transaction([&] {
    relay_->rows_above(space, Seq{}, [&](RowKey key, Seq, const Row&) { return only_own &= !machine.replica->load(space, key).empty(); });
    SQLite::Statement here(machine.replica->database(), "SELECT tbl,id FROM carnet_row WHERE space=" + std::to_string(space.value));
    while (here.executeStep()) {
      RowKey key{TableId{here.getColumn(0).getUInt()}, RowId{here.getColumn(1).getInt64()}};
      auto row = machine.replica->load(space, key);
      if (row_digest(key, row) == row_digest(key, relay_->load(space, key))) continue;
      only_own &= std::any_of(row.cells.begin(), row.cells.end(), has_untaken);
    }
  });
  relay_->commit();
  return only_own;
}

void World::drop_refused() {
  for (auto* machine : present())
    for (auto& frame : machine->replica->quarantined()) {
      refused_keys_.insert(frame.rows.begin(), frame.rows.end());
      if (frame.aside) continue;
      machine->drops = true;
      on(*machine, [&] { machine->replica->drop(frame.number); });
    }
}

std::set<std::string> World::values_at_relay() {
  std::set<std::string> all;
  for (auto space : {town_, village_}) {
    relay_->begin(false);
    relay_->rows_above(space, Seq{}, [&](RowKey, Seq, const Row& row) {
      for (auto& cell : row.cells)
        for (auto& version : standing(cell))
          if (auto* text = std::get_if<std::string>(&version.value)) all.insert(*text);
      return true;
    });
    relay_->commit();
  }
  Query past(relay_->database(), "SELECT value FROM history");
  while (past.next())
    if (auto value = past.value(0); auto* text = std::get_if<std::string>(&value)) all.insert(*text);
  return all;
}

std::set<std::string> World::values_at(Machine& machine) {
  std::set<std::string> all;
  auto take = [&](const Row& row) {
    for (auto& cell : row.cells)
      for (auto& version : standing(cell))
        if (auto* text = std::get_if<std::string>(&version.value)) all.insert(*text);
  };
  for (auto& frame : machine.replica->quarantined()) {
    if (frame.aside)
      for (auto& change : machine.replica->refused_rows(frame)) take(change.row);
    else
      for (auto& key : frame.rows) take(machine.replica->row(key));
  }
  return all;
}

}  // namespace carnet::test
