#include "tests/simulation/world.hpp"

#include <algorithm>
#include <stdexcept>

#include "core/text_cell.hpp"
#include "tests/toy_schema.hpp"

namespace carnet::test {

namespace {

constexpr std::uint32_t first_devices = 3, most_devices = 5;
constexpr std::size_t small_frame = 120;  // bytes: many frames from few rows
constexpr int most_exchanges = 12;        // of one device, until all is said
// Packed bytes, at most.
constexpr std::size_t bytes_of_an_exchange = 115;
constexpr std::size_t bytes_of_a_write = 20;  // of a column or two, to one device, in small frames
constexpr std::size_t bytes_of_a_long_text = 25;  // on average, over all writes
constexpr std::size_t bytes_of_a_patch = 15;      // more than of another write
constexpr std::size_t evening = 30;           // rows
constexpr std::size_t bytes_of_a_new_row = 11;
constexpr std::size_t bytes_of_a_cut = 225;   // a hello and a welcome, two frames that were in flight, and a stream that is primed again
constexpr std::int64_t years = 365 * 86'400;

}  // namespace

World::World(Choose choose) : choose_(std::move(choose)), disk_(choose_) {
  disk_.now = now_;
  writes_long_texts_ = below(4) == 0;
  make_relay();
  for (std::uint32_t k = 0; k < first_devices; ++k) enrol();
  tells_of_texts_ = below(3) == 0;
  if (!tells_of_texts_) return;
  run_sql(machines_[1], "INSERT INTO shelf(space,name,level) VALUES(1,'first',1); INSERT INTO book(space,shelf,title,notes) SELECT 1,id,'first','what stands there' FROM shelf");
  for (auto& [number, machine] : machines_) (void)sync_to_the_end(machine);
}

void World::make_relay() {
  SqliteStore::create("relay.db", now_);
  open_relay();
  relay_->add_space("town", "partnership");
  for (auto& [number, machine] : machines_) register_at_relay(machine);
}

void World::register_at_relay(const Machine& machine) {
  bool known = false;
  for (auto& device : relay_->devices()) known |= device.id.value == machine.number;
  if (!known) relay_->add_device(machine.name(), {space_});
  if (machine.revoked) relay_->revoke(DeviceId{machine.number});
  else relay_->set_secret(DeviceId{machine.number}, machine.secret);
}

void World::revoke(Machine& machine) {
  while (!machine.revoked)
    at_relay([&] {
      relay_->revoke(DeviceId{machine.number});
      machine.revoked = true;
    });
}

std::vector<World::Machine*> World::members() {
  std::vector<Machine*> all;
  for (auto& [number, machine] : machines_)
    if (!machine.revoked) all.push_back(&machine);
  return all;
}

void World::open_relay() { relay_ = std::make_unique<SqliteStore>("relay.db"); }

void World::enrol() {
  Machine machine;
  auto number = static_cast<std::uint32_t>(machines_.size()) + 1;
  machine.number = number;
  machine.secret = std::string(15, 's') + static_cast<char>('0' + number);
  machine.schema = &toy();
  bool known = false;
  at_relay([&] {
    register_at_relay(machine);
    known = true;
  });
  if (!known) return;
  machines_[number] = std::move(machine);
  open(machines_[number]);
  machines_[number].replica->add_space(space_, "town", "partnership");
}

void World::open(Machine& machine) {
  machine.replica = std::make_unique<Replica>(machine.name() + ".db", *machine.schema, DeviceId{machine.number});
}

void World::restart(Machine& machine, bool power_cut) {
  machine.exchange.reset();
  if (power_cut && !disk_.failed(machine.name())) disk_.power_off(machine.name());
  machine.tool.reset();
  machine.replica.reset();
  disk_.power_on(machine.name());
  open(machine);
}

void World::restart_relay(bool power_cut) {
  for (auto& [number, machine] : machines_)
    if (machine.exchange) machine.exchange->relay_gone = true;
  std::erase_if(strays_, [](auto& stray) { return stray->up != stray->sent; });  // a request that is on its way meets the next relay
  if (power_cut && !disk_.failed("relay")) disk_.power_off("relay");
  relay_.reset();
  disk_.power_on("relay");
  disk_.now = now_;
  open_relay();
}

// Yesterday's backup comes back, or nothing does.
void World::replace_relay() {
  restart_relay(false);
  ++relays_lost_;
  relay_.reset();
  disk_.remove("relay");
  if (!has_backup_) return make_relay();
  disk_.copy("backup.db", "relay.db");
  open_relay();
  for (auto& [number, machine] : machines_) register_at_relay(machine);  // some were enrolled since the backup
  relay_->begin_new_life(now_);
}

void World::on(Machine& machine, const std::function<void()>& work) {
  disk_.now = now_ + machine.clock_error;
  try {
    work();
  } catch (const SQLite::Exception& fault) {
    if (!disk_.failed(machine.name())) throw;
    tell("  its power goes: " + std::string(fault.what()));
    restart(machine, true);
  }
  if (disk_.failed(machine.name())) restart(machine, true);
  disk_.now = now_;
}

void World::at_relay(const std::function<void()>& work) {
  disk_.now = now_;
  try {
    work();
  } catch (const SQLite::Exception&) {
    if (!disk_.failed("relay")) throw;
    tell("  the relay's power goes");
    restart_relay(true);
  }
  if (disk_.failed("relay")) restart_relay(true);
}

std::unique_ptr<sqlite3, World::CloseTool> World::open_tool(const std::string& path) {
  sqlite3* tool = nullptr;
  sqlite3_open(path.c_str(), &tool);
  return std::unique_ptr<sqlite3, CloseTool>(tool);
}

// Each write is soon in the main file, as when the program comes and goes.
std::string World::run_sql(Machine& machine, const std::string& sql) {
  if (!machine.tool) machine.tool = open_tool(machine.name() + ".db");
  char* message = nullptr;
  sqlite3_exec(machine.tool.get(), sql.c_str(), nullptr, nullptr, &message);
  std::string said = message ? message : "";
  sqlite3_free(message);
  sqlite3_wal_checkpoint_v2(machine.tool.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  return said;
}

std::string World::get(Machine& machine, const std::string& query) {
  SQLite::Statement statement(machine.replica->database(), query);
  if (!statement.executeStep() || statement.getColumn(0).isNull()) return "none";
  return statement.getColumn(0).getString();
}

std::string World::any(const std::string& table) {
  return "(SELECT id FROM " + table + " ORDER BY (id*" + std::to_string(below(500) * 2 + 1) + ")%1009 LIMIT 1)";
}

// In a life of long texts there is enough of them to compress later ones against.
std::string World::prose() {
  std::string text;
  for (auto k = below(80); writes_long_texts_ && k > 0; --k) text += ' ' + std::to_string(below(100'000));
  return text;
}

std::string World::write_sql(Machine& machine) {
  auto n = std::to_string(++writes_);
  bool newer = machine.schema == &later_toy();
  switch (below(newer ? 15 : 13)) {
    case 0: return "INSERT INTO shelf(space,name,level) VALUES(1,'s" + n + "',1)";
    case 1: case 2: return "INSERT INTO book(space,shelf,title) VALUES(1," + any("shelf") + ",'b" + n + "')";
    case 3: case 4: return "INSERT INTO loan(space,book,day,score) VALUES(1," + any("book") + ",'2025-03-1" + std::to_string(below(3)) + "',1)";
    case 5: return "INSERT INTO tag(space,number) VALUES(1," + std::to_string(1 + below(3)) + ")";
    case 6: return "UPDATE shelf SET name='n" + n + "' WHERE id=" + any("shelf");
    case 7: return "UPDATE book SET title='t" + n + "', " + edit_text(n) + " WHERE id=" + any("book");
    case 8: return "UPDATE loan SET score=" + std::to_string(below(4)) + " WHERE id=" + any("loan");
    case 9: return "DELETE FROM shelf WHERE id=" + any("shelf");
    case 10: return "DELETE FROM book WHERE id=" + any("book");
    case 11: return "DELETE FROM tag WHERE id=" + any("tag");
    case 12: return "UPDATE tag SET word='w" + n + "' WHERE id=" + any("tag");
    case 13: return "INSERT INTO reader(space,name) VALUES(1,'r" + n + "')";
    default: return "UPDATE book SET colour='c" + n + "' WHERE id=" + any("book");
  }
}

// Puts a word into a text somewhere, takes some of it away, or writes it anew.
std::string World::edit_text(const std::string& n) {
  auto at = std::to_string(below(30));
  switch (below(8)) {
    case 0: return "notes='" + n + prose() + "'";
    case 1: return "notes=NULL";
    case 2: return "notes='the same by all'";
    case 3: return "notes=substr(notes,1," + at + ")||substr(notes," + at + "+4)";
    case 4: return "notes=coalesce(notes,'')||' " + n + prose() + "'||char(10)";
    default: return "notes=substr(coalesce(notes,''),1," + at + ")||' é" + n + " '||substr(coalesce(notes,'')," + at + "+1)";
  }
}

// A form that was opened some time ago is saved, or somebody has read a merge.
void World::save_form(Machine& machine) {
  if (!machine.form || below(3) == 0) {
    auto id = get(machine, "SELECT " + any("book"));
    if (id == "none") return;
    RowKey key{TableId{2}, RowId{std::stoll(id)}};
    auto version = machine.replica->text_version(key, ColumnId{3});
    if (version) machine.form = Form{key, *version, get(machine, "SELECT notes FROM book WHERE id=" + id)};
    return;
  }
  auto form = *std::exchange(machine.form, {});
  auto text = form.text.insert(form.text.size() / 2, "f" + std::to_string(++writes_));
  auto saved = machine.replica->save_text(form.key, ColumnId{3}, form.version, text);
  tell("  saves a form" + (saved ? "" : ": " + saved.error().text));
  if (below(2)) (void)machine.replica->confirm(form.key, ColumnId{3});
}

void World::write(Machine& machine) {
  if (below(tells_of_texts_ ? 5 : 15) == 0) return save_form(machine);
  auto sql = tells_of_texts_ && below(2) ? "UPDATE book SET " + edit_text(std::to_string(++writes_)) + " WHERE id=" + any("book") : write_sql(machine);
  auto said = run_sql(machine, sql);
  tell("  " + sql + (said.empty() ? "" : " -- " + said));
  if (below(2)) collect(machine);
}

// The versions of a cell with what each of them says: of a text, as its writer saw it.
std::vector<Version> World::standing(const Cell& cell) {
  if (cell.kind != Kind::text) return cell.versions;
  std::vector<Version> all;
  for (auto& wording : wordings_of(cell)) all.push_back(std::move(wording.version));
  return all;
}

// What stands collected has been written, and is never to vanish.
void World::collect(Machine& machine) {
  machine.replica->collect();
  machine.replica->in_transaction([&] {
    machine.replica->rows_above(space_, machine.replica->space(space_).acked, [&](RowKey key, Seq, const Row& row) {
      for (auto& cell : row.cells)
        for (auto& version : standing(cell))
          if (!version.received && std::holds_alternative<std::string>(version.value)) written_.push_back({machine.number, key, cell.column, version.value});
      return true;
    });
  });
}

void World::decide(Machine& machine) {
  auto conflicts = machine.replica->conflicts();
  if (conflicts.empty()) return;
  auto& conflict = conflicts[below(conflicts.size())];
  (void)machine.replica->decide(conflict.row, conflict.column, below(2) ? conflict.lost.value : conflict.shown.value);
}

void World::set_clock(Machine& machine) {
  constexpr std::int64_t errors[] = {0, 0, 60, -100, 900, -7'200, 86'400, 30 * years, -20 * years};
  machine.clock_error = errors[below(std::size(errors))];
  tell("  clock " + std::to_string(machine.clock_error));
}

void World::begin(Machine& machine) {
  give_up(machine);
  ++exchanges_;
  machine.exchange = std::make_unique<Exchange>();
  machine.exchange->client.emplace(*machine.replica, ClientSession::Options{.secret = machine.secret, .frame_bytes = small_frame, .frame_bytes_down = small_frame}, now_ + machine.clock_error);
}

// What is on its way may arrive yet, after what comes later, or all of it a second time.
void World::give_up(Machine& machine) {
  auto exchange = std::move(machine.exchange);
  if (!exchange || exchange->relay_gone || below(2)) return;
  exchange->client.reset();
  if (below(3) == 0) {
    exchange->relay = RelaySession();
    exchange->up = exchange->sent;
  }
  strays_.push_back(std::move(exchange));
}

void World::move_stray() {
  if (strays_.empty()) return;
  auto at = strays_.begin() + static_cast<std::ptrdiff_t>(below(strays_.size()));
  auto stray = std::move(*at);
  strays_.erase(at);
  auto part = stray->up.substr(0, below(400));
  stray->up.erase(0, part.size());
  serve(*stray, part);
  if (!stray->up.empty() && !stray->relay_gone) strays_.push_back(std::move(stray));
}

// Moves so many bytes each way and lets both ends work on them.
void World::move(Machine& machine, std::size_t up, std::size_t down) {
  auto& exchange = *machine.exchange;
  std::string produced;
  on(machine, [&] { produced = exchange.client->produce(); });
  if (!machine.exchange) return;
  exchange.up += produced;
  exchange.sent += produced;
  bytes_ += produced.size();
  auto part = exchange.up.substr(0, up);
  exchange.up.erase(0, part.size());
  auto before = exchange.down.size();
  if (!exchange.relay_gone) serve(exchange, part);
  bytes_ += exchange.down.size() - before;
  auto answer = exchange.down.substr(0, down);
  exchange.down.erase(0, answer.size());
  on(machine, [&] {
    exchange.client->consume(answer);
    note_verdict(machine, *exchange.client);
  });
}

// Comparing would mend it; that it has to is a fault of what came before, unless the relay's memory was lost.
void World::note_verdict(Machine& machine, const ClientSession& client) {
  for (auto& [space, verdict] : client.report().verdicts)
    if (verdict == Verdict::different && !relays_lost_ && wrong_.empty()) wrong_ = machine.name() + " ended an exchange with another digest than the relay:" + difference(machine);
}

void World::serve(Exchange& exchange, std::string_view bytes) {
  disk_.now = now_;
  if (auto fed = exchange.relay.feed(bytes); !fed) { exchange.down += exchange.relay.failure(fed.error()); exchange.relay_gone = true; return; }
  for (;;) {
    auto task = exchange.relay.next();
    if (!task) { exchange.down += exchange.relay.failure(task.error()); exchange.relay_gone = true; return; }
    if (!*task) return;
    at_relay([&] {
      relay_->begin(true);
      exchange.relay.work(**task, *relay_, now_);
      relay_->commit();
      exchange.down += exchange.relay.answer();
    });
    if (exchange.relay_gone) return;
  }
}

bool World::sync_to_the_end(Machine& machine) {
  for (int k = 0; k < most_exchanges; ++k) {
    on(machine, [&] { begin(machine); });
    // Power may go, here or there, at any step.
    auto goes_on = [&] { return machine.exchange && !machine.exchange->relay_gone && machine.exchange->client->outcome() == ClientSession::Outcome::going_on; };
    for (int rounds = 0; goes_on() && rounds < 10'000; ++rounds) move(machine, SIZE_MAX, SIZE_MAX);
    if (!machine.exchange) return false;
    auto& client = *machine.exchange->client;
    auto outcome = client.outcome();
    for (auto& [space, verdict] : client.report().verdicts) tell("  verdict " + std::to_string(static_cast<int>(verdict)) + ", " + std::to_string(client.report().rows_up) + " rows up, " + std::to_string(client.report().rows_down) + " down");
    turned_away_.reset();
    if (outcome == ClientSession::Outcome::failed) turned_away_ = client.error().code;
    if (turned_away_) tell("  failed: " + client.error().text);
    if (machine.revoked && turned_away_ != Code::not_allowed && !machine.exchange->relay_gone) wrong_ = machine.name() + " was revoked and is let in";
    machine.exchange.reset();
    if (outcome != ClientSession::Outcome::again) return outcome == ClientSession::Outcome::done;
  }
  return false;
}

void World::step() {
  now_ += static_cast<std::int64_t>(below(300));
  auto at = machines_.begin();
  std::advance(at, static_cast<std::ptrdiff_t>(below(machines_.size())));
  auto& machine = at->second;
  auto draw = below(100);
  tell(std::to_string(now_ % 1'000'000) + " " + machine.name() + " draws " + std::to_string(draw));
  if (draw < 40) on(machine, [&] { write(machine); });
  else if (draw < 55) on(machine, [&] { begin(machine); });
  else if (draw < 78) { if (machine.exchange) move(machine, below(400), below(400)); }
  else if (draw < 82) (void)sync_to_the_end(machine);
  else if (draw < 84) give_up(machine);
  else if (draw == 84) move_stray();
  else if (draw == 85) trim_texts();
  else if (draw < 88) on(machine, [&] { decide(machine); });
  else if (draw < 90) set_clock(machine);
  else if (draw < 92) restart(machine, draw == 91);
  else if (draw == 92) disk_.fail_after(machine.name(), static_cast<int>(below(30)));
  else if (draw == 93) disk_.fail_after("relay", static_cast<int>(below(30)));
  else if (draw == 94) restart_relay(below(2) == 0);
  else if (draw == 95 && machine.schema == &toy()) { machine.schema = &later_toy(); on(machine, [&] { restart(machine, false); }); }
  else if (draw == 96 && machines_.size() < most_devices) enrol();
  else if (draw == 96 && members().size() > 2) revoke(machine);
  else if (draw == 97) at_relay([&] { has_backup_ = false; disk_.remove("backup"); relay_->backup("backup.db"); has_backup_ = true; });
  else if (draw == 98 && below(3) == 0) replace_relay();
  else if (draw == 99) on(machine, [&] { collect(machine); });
}

// Forms that stood open for so long are opened again first.
void World::trim_texts() {
  for (auto& [number, machine] : machines_) machine.form.reset();
  at_relay([&] { tell("  forgets the history of " + std::to_string(relay_->trim_texts(now_)) + " texts"); });
}

std::string World::sync_all() {
  for (int round = 0; round < 3; ++round) {
    for (auto& [number, machine] : machines_) {
      now_ += 60;
      if (!sync_to_the_end(machine) && !machine.revoked) return machine.name() + " does not come to an end";
    }
  }
  return {};
}

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

// What passed, with all that was cut, sent for nothing and compared, against what had to: each exchange's own bytes, and each write once
// to every device, and once more for each relay that was lost. And a look at a relay that has nothing new costs the former only.
std::string World::judge_bytes() {
  auto bound = bytes_of_an_exchange * exchanges_ + (bytes_of_a_write + (tells_of_texts_ ? bytes_of_a_patch : 0) + (writes_long_texts_ ? bytes_of_a_long_text : 0)) * (writes_ + 10) * machines_.size() * (1 + relays_lost_);
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
