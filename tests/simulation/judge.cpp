// What has to hold after a life, whatever happened in it.
#include "tests/simulation/world.hpp"
#include "tests/toy_schema.hpp"

namespace carnet::test {

namespace {

// Packed bytes, at most.
constexpr std::size_t bytes_of_an_exchange = 115;
constexpr std::size_t bytes_of_a_change = 9;      // of a column or a row, to one device, in small frames
constexpr std::size_t bytes_of_a_patch = 4;       // more, where half of the changes are patches of texts
constexpr std::size_t bytes_of_a_long_text = 15;  // more, where those texts are long
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
  if (auto wrong = sync_all(); !wrong.empty()) return wrong;
  if (tells_of_texts_) {
    trim_texts();
    for (auto* machine : members()) on(*machine, [&] { write(*machine); });
    if (auto wrong = sync_all(); !wrong.empty()) return wrong;
  }
  if (!wrong_.empty()) return wrong_;
  for (auto judges : {&World::judge, &World::judge_bytes, &World::judge_evening, &World::judge_order, &World::judge_clocks})
    if (auto wrong = (this->*judges)(); !wrong.empty()) return wrong;
  return {};
}

std::string World::shown(Machine& machine) {
  std::string all;
  for (auto& table : toy().tables) {
    std::string columns = "id";
    for (auto& column : table.columns) columns += "||'|'||coalesce(\"" + std::string(column.name) + "\",'-')";
    all += get(machine, "SELECT group_concat(x,' ') FROM (SELECT " + columns + " AS x FROM " + std::string(table.name) + " ORDER BY id)") + "\n";
  }
  return all + get(machine, "SELECT group_concat(tbl||'/'||id||'/'||col||'/'||time||'/'||device||'='||coalesce(value,'-')) "
                            "FROM (SELECT * FROM carnet_conflict ORDER BY tbl,id,col,time,device)");
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

std::string World::difference(Machine& machine) {
  std::string all;
  relay_->begin(false);
  machine.replica->in_transaction([&] {
    relay_->rows_above(space_, Seq{}, [&](RowKey key, Seq, const Row& row) {
      auto theirs = machine.replica->load(space_, key);
      if (row_digest(key, row) != row_digest(key, theirs))
        all += "\nrow " + std::to_string(key.table.value) + "/" + std::to_string(key.id.value) + "\n  relay " + in_words(row) + "\n  here  " + in_words(theirs);
      return true;
    });
  });
  relay_->commit();
  return all;
}

std::string World::judge() {
  auto at_relay = relay_->find_space("town")->digest;
  if (!relay_->verify().empty()) return "the relay's digest is not that of its rows";
  auto expected = shown(*members().front());
  for (auto* member : members()) {
    auto& machine = *member;
    auto& replica = *machine.replica;
    if (!replica.quarantined().empty()) return machine.name() + " has something in quarantine: " + replica.quarantined()[0].reason.text;
    if (replica.space(space_).digest != at_relay) return machine.name() + " differs from the relay:" + difference(machine);
    if (replica.recount(space_) != at_relay) return machine.name() + "'s digest is not that of its rows";
    if (!replica.space(space_).verified) return machine.name() + " never said identical";
    if (shown(machine) != expected) return machine.name() + " shows otherwise:\n" + shown(machine) + "\ninstead of\n" + expected;
    if (get(machine, "SELECT (SELECT count(*) FROM book WHERE shelf NOT IN (SELECT id FROM shelf)) + "
                     "(SELECT count(*) FROM loan WHERE book NOT IN (SELECT id FROM book))") != "0")
      return machine.name() + " has parts without owner";
    if (replica.audit()) return machine.name() + " has changes that no trigger noted";
  }
  for (auto& written : written_)
    if (!is_kept(written)) return "lost: '" + std::get<std::string>(written.value) + "', written on device " + std::to_string(written.device);
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
  bool at_relay = holds(relay_->load(space_, written.key), any) || relay_->has_in_history(space_, written.key, written.column, written.value);
  relay_->commit();
  if (at_relay) return true;
  auto& machine = machines_.at(written.device);
  auto& replica = *machine.replica;
  auto acked = replica.space(space_).acked;
  auto waits = [&](const Version& version) { return !version.received && version.seq > acked; };
  if (relays_lost_ && holds(replica.row(written.key), any)) return true;
  if (machine.revoked && holds(replica.row(written.key), waits)) return true;
  for (auto& [number, other] : machines_)  // what the relay was told to forget, devices go on knowing
    if (written.column == ColumnId{3} && holds(other.replica->row(written.key), any)) return true;
  for (auto& past : replica.history(written.key))
    if (past.column == written.column && past.version.value == written.value) return true;
  return false;
}

// A write that has seen another beats it, though its clock is far behind.
std::string World::judge_order() {
  auto &first = *members()[0], &second = *members()[1];
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
  auto all = members();
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
  auto bound = bytes_of_an_exchange * exchanges_ + each * (changes_ + 30) * machines_.size() * (1 + relays_lost_);
  if (bytes_ > bound) return std::to_string(bytes_) + " bytes passed; at most " + std::to_string(bound);
  for (auto* machine : members()) {
    auto before = bytes_;
    if (!sync_to_the_end(*machine)) return "no end";
    if (bytes_ - before > bytes_of_an_exchange) return machine->name() + " looks and finds nothing, with " + std::to_string(bytes_ - before) + " bytes";
  }
  return {};
}

// An evening's writes over a link that is cut now and then: what passes is these writes, the exchanges' own bytes and, at each cut,
// the frames that were in flight.
std::string World::judge_evening() {
  auto& machine = *members().front();
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
  auto bound = bytes_of_an_exchange + evening * bytes_of_a_new_row + cuts * bytes_of_a_cut;
  return bytes_ - before <= bound ? "" : "an evening took " + std::to_string(bytes_ - before) + " bytes; at most " + std::to_string(bound);
}

}  // namespace carnet::test
