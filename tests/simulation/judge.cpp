// What has to hold after a life, whatever happened in it.
#include <algorithm>

#include "tests/simulation/world.hpp"
#include "tests/simulation/schema.hpp"

namespace carnet::test {

namespace {

// Packed bytes, at most.
constexpr std::size_t bytes_of_an_exchange = 115;
constexpr std::size_t bytes_of_a_change = 9;      // of a column or a row, to one device, in small frames
constexpr std::size_t bytes_of_a_patch = 4;       // more, where half of the changes are patches of texts
constexpr std::size_t bytes_of_a_long_text = 15;  // more, where those texts are long
constexpr std::size_t bytes_of_a_photo = 80;      // its name, which nothing makes smaller
constexpr std::size_t bytes_of_a_second_space = 40;
constexpr std::size_t bytes_of_an_account = 70;    // to one device
constexpr std::size_t bytes_of_a_refusal = 150;    // of rows of one frame, for one reason
constexpr std::size_t bytes_of_a_row_again = 40;   // that was refused, and goes again when rights change
constexpr std::size_t evening = 30;              // rows
constexpr std::size_t bytes_of_a_new_row = 11;
constexpr std::size_t bytes_of_a_cut = 225;  // a hello and a welcome, two frames that were in flight, and a stream that is primed again

}  // namespace

std::string World::settle_and_judge() {
  for (auto& [number, machine] : machines_) {
    machine.exchange.reset();
    machine.clock_error = 0;
    if (disk_.failed(machine.name())) restart(machine, true);
  }
  strays_.clear();
  disk_.fail_after("relay", INT32_MAX);
  for (auto& [number, machine] : machines_) disk_.fail_after(machine.name(), INT32_MAX);
  lift_limits();
  if (auto wrong = sync_all(); !wrong.empty()) return wrong;
  if (auto wrong = judge_rights(); !wrong.empty()) return wrong;
  drop_refused();
  if (auto wrong = sync_all(); !wrong.empty()) return wrong;
  if (tells_of_texts_) {
    trim_texts();
    for (auto* machine : writers(town_)) on(*machine, [&] { write(*machine); });
    if (auto wrong = sync_all(); !wrong.empty()) return wrong;
    drop_refused();  // in the other space
    if (auto wrong = sync_all(); !wrong.empty()) return wrong;
  }
  if (has_photos_)
    if (auto wrong = settle_photos(); !wrong.empty()) return wrong;
  if (!wrong_.empty()) return wrong_;
  for (auto judges : {&World::judge, &World::judge_bytes, &World::judge_evening, &World::judge_order, &World::judge_clocks})
    if (auto wrong = (this->*judges)(); !wrong.empty()) return wrong;
  return {};
}

std::string World::shown(Machine& machine, SpaceId space) {
  std::string all;
  auto in = " WHERE space=" + std::to_string(space.value);
  for (auto& table : town_schema(has_photos_).tables) {
    std::string columns = "id";
    for (auto& column : table.columns) columns += "||'|'||coalesce(nullif(\"" + std::string(column.name) + "\",''),'-')";
    all += get(machine, "SELECT group_concat(x,' ') FROM (SELECT " + columns + " AS x FROM " + std::string(table.name) + in + " ORDER BY id)") + "\n";
  }
  return all + get(machine, "SELECT group_concat(tbl||'/'||id||'/'||col||'/'||time||'/'||device||'='||coalesce(value,'-')) "
                            "FROM (SELECT * FROM carnet_conflict" + in + " ORDER BY tbl,id,col,time,device)");
}

std::string World::in_words(const Row& row) {
  auto word = [](const Value& value) {
    if (auto* text = std::get_if<std::string>(&value)) return *text;
    if (auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
    return std::string("-");
  };
  auto all = std::string(row.dead() ? "dead" : "alive");
  for (auto& cell : row.cells) {
    all += " | " + std::to_string(cell.column.value);
    for (auto& version : cell.versions)
      all += " " + word(version.value) + "@" + std::to_string(version.stamp.time) + "/" + std::to_string(version.stamp.device.value) + (version.beaten ? "!" : "") +
             (version.received ? "" : "*") + " seq " + std::to_string(version.seq.value & 0xffffffff);
  }
  return all;
}

std::string World::difference(Machine& machine, SpaceId space) {
  std::string all;
  relay_->begin(false);
  machine.replica->in_transaction([&] {
    std::set<RowKey> there;
    relay_->rows_above(space, Seq{}, [&](RowKey key, Seq, const Row& row) {
      there.insert(key);
      auto theirs = machine.replica->load(space, key);
      if (row_digest(key, row) != row_digest(key, theirs))
        all += "\nrow " + std::to_string(key.table.value) + "/" + std::to_string(key.id.value) + "\n  relay " + in_words(row) + "\n  here  " + in_words(theirs);
      return true;
    });
    SQLite::Statement here(machine.replica->database(), "SELECT tbl,id FROM carnet_row WHERE space=" + std::to_string(space.value));
    while (here.executeStep()) {
      RowKey key{TableId{here.getColumn(0).getUInt()}, RowId{here.getColumn(1).getInt64()}};
      if (!there.contains(key)) all += "\nrow " + std::to_string(key.table.value) + "/" + std::to_string(key.id.value) + " only here " + in_words(machine.replica->load(space, key));
    }
  });
  relay_->commit();
  return all;
}

std::string World::judge() {
  if (!relay_->verify().empty()) return "the relay's digest is not that of its rows";
  for (auto space : {town_, village_}) {
    std::string expected;
    for (auto* member : members(space)) {
      if (reads_what_is_lost(*member, space)) continue;
      if (auto wrong = judge_replica(*member, space); !wrong.empty()) return member->name() + wrong;
      if (expected.empty()) expected = shown(*member, space);
      if (shown(*member, space) != expected) return member->name() + " shows otherwise:\n" + shown(*member, space) + "\ninstead of\n" + expected;
    }
  }
  for (auto& [number, machine] : machines_)  // nobody copies a database here
    if (machine.replica->device() != DeviceId{number}) return machine.name() + " took itself for a copy";
  for (auto* machine : present())
    if (auto wrong = judge_places(*machine); !wrong.empty()) return machine->name() + wrong;
  for (auto& written : written_)
    if (!is_kept(written)) return "lost: '" + std::get<std::string>(written.value) + "', written on device " + std::to_string(written.device);
  return {};
}

// What a relay lost does not come back from who only reads, and stands there.
bool World::reads_what_is_lost(const Machine& machine, SpaceId space) { return relays_lost_ && role_of(machine, space) == Role::reader; }

std::string World::judge_replica(Machine& machine, SpaceId space) {
  auto at_relay = relay_->find_space(space == town_ ? "town" : "village")->digest;
  auto& replica = *machine.replica;
  for (auto& frame : replica.quarantined())
    if (frame.space == space && !frame.aside) return " has something in quarantine: " + frame.reason.text;
  auto spaces = replica.spaces();
  if (std::none_of(spaces.begin(), spaces.end(), [&](auto& each) { return each.id == space; })) return " has no space " + std::to_string(space.value);
  if (replica.space(space).digest != at_relay) return " differs from the relay (" + std::to_string(replica.space(space).digest.rows) + ", " + std::to_string(at_relay.rows) + " rows):" + difference(machine, space);
  if (replica.recount(space) != at_relay) return "'s digest is not that of its rows";
  if (!replica.space(space).verified) return " never said identical";
  if (has_lost_owners(machine)) return " has parts without owner";
  if (replica.audit()) return " has changes that no trigger noted";
  return {};
}

// A part that came in time stands alone where its owner was not taken, for what was written in that too late.
bool World::has_lost_owners(Machine& machine) {
  for (auto& [sql, table] : {std::pair("SELECT shelf FROM book WHERE shelf NOT IN (SELECT id FROM shelf)", TableId{1}),
                             std::pair("SELECT book FROM loan WHERE book NOT IN (SELECT id FROM book)", TableId{2})}) {
    SQLite::Statement owners(machine.replica->database(), sql);
    while (owners.executeStep())
      if (!refused_keys_.contains({table, RowId{owners.getColumn(0).getInt64()}})) return true;
  }
  return false;
}

// Of a space that its person is no member of, a device holds nothing but what stands in its quarantine.
std::string World::judge_places(Machine& machine) {
  for (auto space : {town_, village_}) {
    if (role_of(machine, space) != Role::none) continue;
    std::string rows = "SELECT (SELECT count(*) FROM carnet_space WHERE space=?1)";
    for (auto* table : {"carnet_row", "carnet_conflict", "carnet_reread", "carnet_shared_text"}) rows += "+(SELECT count(*) FROM " + std::string(table) + " WHERE space=?1)";
    for (auto& table : town_schema(has_photos_).tables) rows += "+(SELECT count(*) FROM " + std::string(table.name) + " WHERE space=?1)";
    SQLite::Statement count(machine.replica->database(), rows);
    count.bind(1, static_cast<std::int64_t>(space.value));
    count.executeStep();
    if (count.getColumn(0).getInt() != 0) return " still holds something of space " + std::to_string(space.value);
  }
  return {};
}

// Standing or in a history: at the relay or, where it never left the device or the relay was lost since, there.
bool World::is_kept(const Written& written) {
  auto holds = [&](const Row& row, auto&& counts) {
    for (auto& cell : row.cells)
      for (auto& version : standing(cell))
        if (cell.column == written.column && version.value == written.value && counts(version)) return true;
    return false;
  };
  auto any = [](const Version&) { return true; };
  relay_->begin(false);
  bool at_relay = holds(relay_->load(written.space, written.key), any) || relay_->has_in_history(written.space, written.key, written.column, written.value);
  relay_->commit();
  if (at_relay) return true;
  auto& machine = machines_.at(written.device);
  auto& replica = *machine.replica;
  auto author = machines_.find(written.stamp.device.value);
  for (auto* who : {&machine, author == machines_.end() ? &machine : &author->second})  // who had it from the relay gave it back, or dropped it
    for (auto& past : who->replica->history(written.key))
      if (past.column == written.column && past.version.value == written.value) return true;
  for (auto& [number, other] : machines_)  // what the relay was told to forget, devices go on knowing
    if (written.column == ColumnId{3} && holds(other.replica->row(written.key), any)) return true;
  auto gave_up = machine.gave_up.find(written.space);
  if (relays_lost_ && gave_up != machine.gave_up.end() && gave_up->second < relays_lost_) return true;  // and that relay was lost since
  if (trimmed_ && gave_up != machine.gave_up.end() && written.column == ColumnId{3}) return true;  // nor does it keep what all had seen
  auto space = replica.space_of(written.key);
  if (relays_lost_ && space && holds(replica.row(written.key), any)) return true;
  auto acked = space ? replica.space(*space).acked : Seq{};
  auto waits = [&](const Version& version) { return !version.received && version.seq > acked; };
  if ((machine.revoked || machine.lost) && space && holds(replica.row(written.key), waits)) return true;
  auto& text = std::get<std::string>(written.value);
  auto kept = replica.quarantined();
  bool aside = std::any_of(kept.begin(), kept.end(), [&](auto& frame) { return std::find(frame.rows.begin(), frame.rows.end(), written.key) != frame.rows.end(); });
  if (!aside && gave_up != machine.gave_up.end() && machine.overwritten.contains({written.key, text})) return true;
  // In another row, where it was kept aside and brought back.
  return values_at(machine).contains(text) || (gave_up != machine.gave_up.end() && values_at_relay().contains(text));
}

// A write that has seen another beats it, though its clock is far behind.
std::string World::judge_order() {
  auto writing = writers(town_);
  auto &first = *writing[0], &second = *writing[1];
  on(first, [&] { run_sql(first, "INSERT INTO shelf(space,name,level) VALUES(1,'order',1)"); });
  if (!sync_to_the_end(first) || !sync_to_the_end(second)) return "no end";
  second.clock_error = -100;
  on(second, [&] { run_sql(second, "UPDATE shelf SET level=7 WHERE name='order'"); });
  if (!sync_to_the_end(second) || !sync_to_the_end(first)) return "no end";
  auto conflicts = [&](Machine& machine) { return get(machine, "SELECT count(*) FROM carnet_conflict WHERE id=(SELECT id FROM shelf WHERE name='order')"); };
  for (auto* machine : {&first, &second})
    if (get(*machine, "SELECT level FROM shelf WHERE name='order'") != "7" || conflicts(*machine) != "0")
      return machine->name() + " lets an older write win over one that had seen it";
  return {};
}

// An exchange in which the device learns how wrong its clock is, cut as soon as it knows.
void World::meet(Machine& machine) {
  on(machine, [&] { begin(machine); });
  move(machine, SIZE_MAX, SIZE_MAX);
  machine.exchange.reset();
}

// Of two writes that did not know of each other the one that was made later is shown, and the other waits for a decision, however
// wrong both clocks are, as long as each is as wrong at the next contact as it was at the write. Whatever happens to it later.
std::string World::judge_clocks() {
  auto all = writers(town_);
  auto &first = *all[0], &second = *all[1];
  on(first, [&] { run_sql(first, "INSERT INTO shelf(space,name,level) VALUES(1,'clocks',0)"); });
  if (!sync_to_the_end(first) || !sync_to_the_end(second)) return "no end";
  if (below(2)) std::swap(all[0], all[1]);
  for (std::size_t k = 0; k < 2; ++k) {
    auto& machine = *all[k];
    now_ += 1'000;
    set_clock(machine);
    on(machine, [&] { run_sql(machine, "UPDATE shelf SET level=" + std::to_string(1 + k) + " WHERE name='clocks'"); });
    if (below(2) == 0) continue;
    meet(machine);
    set_clock(machine);
  }
  if (below(2)) std::swap(all[0], all[1]);
  if (!sync_to_the_end(*all[0]) || !sync_to_the_end(*all[1]) || !sync_to_the_end(*all[0])) return "no end";
  for (auto* machine : {&first, &second})
    if (get(*machine, "SELECT level FROM shelf WHERE name='clocks'") != "2" || get(*machine, "SELECT count(*) FROM carnet_conflict WHERE id=(SELECT id FROM shelf WHERE name='clocks')") != "1")
      return machine->name() + " lets a wrong clock win or lose";
  return {};
}

// What passed, with all that was cut, sent for nothing and compared, against what had to: each exchange's own bytes, and each change once
// to every device, and once more for each relay that was lost. And a look at a relay that has nothing new costs the former only.
std::string World::judge_bytes() {
  auto each = bytes_of_a_change + (tells_of_texts_ ? bytes_of_a_patch : 0) + (tells_of_texts_ && writes_long_texts_ ? bytes_of_a_long_text : 0);
  auto to_devices = machines_.size() * (1 + relays_lost_) + returns_;
  auto bound = bytes_of_an_exchange * exchanges_ + each * (changes_ + 30) * to_devices + bytes_of_an_account * told_ + bytes_of_a_refusal * refused_ + bytes_of_a_row_again * retried_;
  bound += bytes_of_a_photo * photos_ * to_devices;
  if (has_offices_) bound += bytes_of_a_second_space * exchanges_;
  if (bytes_ > bound) return std::to_string(bytes_) + " bytes passed; at most " + std::to_string(bound);
  for (auto* machine : present()) {
    if (reads_what_is_lost(*machine, town_) || reads_what_is_lost(*machine, village_)) continue;
    auto before = bytes_;
    auto most = bytes_of_an_exchange + (machine->replica->spaces().size() > 1 ? bytes_of_a_second_space : 0);
    if (!sync_to_the_end(*machine)) return "no end";
    if (bytes_ - before > most) return machine->name() + " looks and finds nothing, with " + std::to_string(bytes_ - before) + " bytes";
  }
  return {};
}

// An evening's writes over a link that is cut now and then: what passes is these writes, the exchanges' own bytes and, at each cut,
// the frames that were in flight.
std::string World::judge_evening() {
  auto& machine = *writers(town_).front();
  on(machine, [&] {
    run_sql(machine, "WITH RECURSIVE one(n) AS (SELECT 0 UNION ALL SELECT n+1 FROM one LIMIT " + std::to_string(evening) + ") "
                     "INSERT INTO shelf(space,name,level) SELECT 1,'e'||n,1 FROM one");
  });
  auto before = bytes_;
  auto cuts = below(4);
  for (std::size_t k = 0; k < cuts; ++k) {
    on(machine, [&] { begin(machine); });
    for (auto moves = below(20); moves > 0; --moves) move(machine, below(200), below(200));
    machine.exchange.reset();
  }
  if (!sync_to_the_end(machine)) return "no end";
  auto bound = bytes_of_an_exchange + (has_offices_ ? bytes_of_a_second_space * (1 + cuts) : 0) + evening * bytes_of_a_new_row + cuts * bytes_of_a_cut;
  return bytes_ - before <= bound ? "" : "an evening took " + std::to_string(bytes_ - before) + " bytes; at most " + std::to_string(bound);
}

}  // namespace carnet::test
