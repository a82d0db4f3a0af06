#include "tests/simulation/world.hpp"

#include <algorithm>

#include "client/account.hpp"
#include "tests/simulation/disk_blobs.hpp"
#include "tests/simulation/schema.hpp"

namespace carnet::test {

namespace {

constexpr std::uint32_t first_devices = 3, most_devices = 5;
constexpr std::size_t small_frame = 120;  // bytes: many frames from few rows
constexpr int most_exchanges = 12;        // of one device, until all is said
constexpr std::int64_t years = 365 * 86'400;

}  // namespace

World::World(Choose choose) : choose_(std::move(choose)), disk_(choose_) {
  disk_.now = now_;
  auto kind = below(4);
  writes_long_texts_ = kind == 0;
  has_photos_ = kind == 1;
  has_offices_ = below(2) == 0;
  carries_ = below(2) == 0;
  make_relay();
  for (std::uint32_t k = 0; k < first_devices; ++k) enrol();
  tells_of_texts_ = below(3) == 0;
  if (!tells_of_texts_) return;
  run_sql(machines_[1], "INSERT INTO shelf(space,name,level) VALUES(1,'first',1); INSERT INTO book(space,shelf,title,notes) SELECT 1,id,'first','what stands there' FROM shelf");
  for (auto& [number, machine] : machines_) (void)sync_to_the_end(machine);
}

void World::make_relay() {
  SqlStore::create("relay.db", now_);
  open_relay();
  relay_->add_space("town", "partnership");
  relay_->add_space("village", "municipality");
}

void World::revoke(Machine& machine) {
  machine.revoked = true;
  if (!two_write()) return void(machine.revoked = false);
  operate([this, number = machine.number](Accounts&) { relay_->revoke(DeviceId{number}); });
}

std::vector<World::Machine*> World::present() {
  std::vector<Machine*> all;
  for (auto& [number, machine] : machines_)
    if (!machine.revoked && !machine.lost) all.push_back(&machine);
  return all;
}

void World::open_relay() {
  relay_ = std::make_unique<SqlStore>("relay.db", [this](const std::string& folder) { return std::make_unique<DiskBlobs>(disk_, folder); });
}

void World::enrol() {
  auto number = static_cast<std::uint32_t>(machines_.size()) + 1;
  auto person = newcomer();
  auto& machine = machines_[number];
  machine.number = number;
  machine.person = person;
  machine.schema = &town_schema(has_photos_);
  add_device(number);
  open(machine);
  for (auto& record : relay_->spaces()) {  // as the invite says
    auto role = role_of(machine, record.id);
    if (role == Role::none) continue;
    machine.replica->add_space(record.id, record.name, record.kind);
    carnet::set_role(*machine.replica, record.id, role);
  }
}

void World::open(Machine& machine) {
  machine.replica = std::make_unique<Replica>(machine.name() + ".db", *machine.schema, DeviceId{machine.number});
}

void World::restart(Machine& machine, bool power_cut) {
  machine.exchange.reset();
  if (power_cut && !disk_.failed(machine.name())) disk_.power_off(machine.name());
  machine.tool.reset();
  machine.replica.reset();
  ++machine.lives;
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

// Yesterday's backup comes back, or nothing does; and the operator does again what it does not know.
void World::replace_relay() {
  note_rights();
  restart_relay(false);
  ++relays_lost_;
  relay_.reset();
  disk_.remove("relay");
  if (!has_backup_) {
    now_ += 60;  // its life is numbered by the minute
    make_relay();
    return do_again(0);
  }
  disk_.copy("backup.db", "relay.db");
  for (auto& [path, file] : std::map(disk_.files))
    if (path.starts_with("backup.db.media/")) disk_.copy(path, "relay" + path.substr(6));
  open_relay();
  relay_->begin_new_life(now_);
  do_again(acts_in_backup_);
}

void World::do_again(std::size_t from) {
  disk_.fail_after("relay", INT32_MAX);
  note_rights();
  Accounts accounts(relay_->database());
  for (; from < acts_.size(); ++from) {
    acts_[from](accounts);
    note_rights();
  }
  for (auto& [number, machine] : machines_)  // who lost rights loses them here today, also for devices that came later
    for (auto space : {town_, village_}) {
      auto member = relay_->membership(DeviceId{number}, space);
      machine.allowed[space].writes = std::max(machine.allowed[space].writes, member.wrote_until.value_or(0));
      machine.allowed[space].coaches = std::max({machine.allowed[space].coaches, machine.allowed[space].writes, member.coached_until.value_or(0)});
    }
}

void World::on(Machine& machine, const std::function<void()>& work) {
  disk_.now = now_ + machine.clock_error;
  try {
    work();
  } catch (const std::runtime_error& fault) {  // of the database, or of blobs
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
  } catch (const std::runtime_error&) {
    if (!disk_.failed("relay")) throw;
    tell("  the relay's power goes");
    restart_relay(true);
  }
  if (disk_.failed("relay")) restart_relay(true);
}

void World::set_clock(Machine& machine) {
  constexpr std::int64_t errors[] = {0, 0, 60, -100, 900, -7'200, 86'400, 30 * years, -20 * years};
  machine.clock_error = errors[below(std::size(errors))];
  machine.clock_was_set |= machine.clock_error != 0;
  tell("  clock " + std::to_string(machine.clock_error));
}

void World::begin(Machine& machine) {
  give_up(machine);
  collect(machine);
  ++exchanges_;
  machine.exchange = std::make_unique<Exchange>();
  for (auto& space : machine.replica->spaces())
    if (role_of(machine, space.id) == Role::none) machine.exchange->outside.insert(space.id);
  if (has_offices_) machine.exchange->overheard.emplace();
  if (!machine.exchange->outside.empty()) note_overwritten(machine);
  begin_session(machine);
}

void World::begin_session(Machine& machine) {
  auto number = machine.replica->device().value;
  machine.exchange->peer = {Peer::Kind::device, number, machine.keys[number]};
  machine.exchange->relay.emplace(keys_, machine.exchange->peer);
  auto keep = [&machine](const DeviceKey& key) { machine.keys[key.device.value] = key.generation; };
  machine.exchange->client.emplace(*machine.replica, ClientSession::Options{.keep_key = keep, .keep_space_keys = [&machine](const Account& account) { machine.space_keys.take(account); }, .frame_bytes = small_frame, .frame_bytes_down = small_frame, .seconds = [this] { return static_cast<double>(now_); }}, now_ + machine.clock_error);
}

// What the relay sends to a device that was taken out of a space before: nothing of that space.
void World::overhear(Machine& machine, std::string_view answer) {
  auto& exchange = *machine.exchange;
  if (!exchange.overheard || !exchange.overheard->feed(answer)) return;
  for (;;) {
    auto plain = exchange.overheard->next();
    if (!plain || !*plain) return;
    auto message = decode(**plain, Direction::down, relay_->epoch());
    if (!message) return exchange.overheard.reset();
    if (auto* prime = std::get_if<Prime>(&*message)) {
      auto text = machine.replica->shared_text(prime->space, false);
      text.back_to(prime->text);
      exchange.overheard->prime(text.text());
    }
    auto* changes = std::get_if<Changes>(&*message);
    if (changes && exchange.outside.contains(changes->set.space) && !changes->set.rows.empty()) wrong_ = machine.name() + " is sent rows of a space that it is no member of";
  }
}

// What is on its way may arrive yet, after what comes later, or all of it a second time.
void World::give_up(Machine& machine) {
  auto exchange = std::move(machine.exchange);
  if (!exchange || exchange->relay_gone || below(2)) return;
  exchange->client.reset();
  if (below(3) == 0) {
    exchange->relay.emplace(keys_, exchange->peer);
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
  if (exchange.overheard) on(machine, [&] { overhear(machine, exchange.down.substr(before)); });
  if (!machine.exchange) return;
  auto answer = exchange.down.substr(0, down);
  exchange.down.erase(0, answer.size());
  on(machine, [&] {
    exchange.client->consume(answer);
    note_report(machine, *exchange.client);
  });
}

// Comparing would mend it; that it has to is a fault of what came before, unless the relay's memory was lost, or people know of what differs.
void World::note_report(Machine& machine, const ClientSession& client) {
  if (client.outcome() == ClientSession::Outcome::going_on) return;
  auto& report = client.report();
  refused_ += report.refused;
  for (auto& space : report.given_up) machine.gave_up[space.space] = relays_lost_;
  returns_ += report.joined.size();
  auto kept = machine.replica->quarantined();
  for (auto& [space, verdict] : report.verdicts) {
    bool is_known = std::any_of(kept.begin(), kept.end(), [&, id = space](auto& frame) { return frame.space == id; });
    if (verdict == Verdict::different && !is_known && !machine.drops && !relays_lost_ && !carries_ && wrong_.empty() && !misses_a_refusal(machine, space))
      wrong_ = machine.name() + " ended an exchange with another digest than the relay:" + difference(machine, space);
  }
}

void World::serve(Exchange& exchange, std::string_view bytes) {
  disk_.now = now_;
  if (auto fed = exchange.relay->feed(bytes); !fed) { exchange.down += exchange.relay->failure(fed.error()); exchange.relay_gone = true; return; }
  for (;;) {
    auto task = exchange.relay->next();
    if (!task) { exchange.down += exchange.relay->failure(task.error()); exchange.relay_gone = true; return; }
    if (!*task) return;
    at_relay([&] {
      relay_->begin(true);
      exchange.relay->work(**task, *relay_, now_);
      relay_->commit();
      exchange.down += exchange.relay->answer();
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
    for (auto& space : client.report().given_up) tell("  gives up " + space.name + " and keeps " + std::to_string(space.kept) + " rows");
    for (auto& [space, verdict] : client.report().verdicts) tell("  verdict " + std::to_string(static_cast<int>(verdict)) + " in " + std::to_string(space.value) + ", " + std::to_string(client.report().rows_up) + " rows up, " + std::to_string(client.report().rows_down) + " down");
    turned_away_.reset();
    if (outcome == ClientSession::Outcome::failed) turned_away_ = client.error().code;
    if (turned_away_) tell("  failed: " + client.error().text);
    if ((machine.revoked || machine.lost) && turned_away_ != Code::not_allowed && !machine.exchange->relay_gone) wrong_ = machine.name() + " was revoked or lost, and is let in";
    machine.exchange.reset();
    bool brought_back = false;
    if (outcome == ClientSession::Outcome::done) on(machine, [&] { brought_back = put_back_kept(*machine.replica); });
    if (brought_back) tell("  has again what was kept aside");
    if (outcome != ClientSession::Outcome::again && !brought_back) return outcome == ClientSession::Outcome::done;
  }
  return false;
}

void World::step() {
  now_ += 1 + static_cast<std::int64_t>(below(300));
  auto at = machines_.begin();
  std::advance(at, static_cast<std::ptrdiff_t>(below(machines_.size())));
  auto& machine = at->second;
  std::size_t usual = has_offices_ ? 106 : 100;
  std::size_t carrying = carries_ ? 12 : 0;
  auto draw = below(usual + carrying + (has_photos_ ? 16 : 0));
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
  else if (draw == 95 && machine.schema == &town_schema(has_photos_)) { machine.schema = &later_town_schema(has_photos_); on(machine, [&] { restart(machine, false); }); }
  else if (draw == 96 && machines_.size() < most_devices) enrol();
  else if (draw == 96 && !machine.revoked) revoke(machine);
  else if (draw == 97) at_relay([&] { has_backup_ = false; disk_.remove("backup"); relay_->backup("backup.db"); has_backup_ = true; acts_in_backup_ = acts_.size(); });
  else if (draw == 98 && below(3) == 0) replace_relay();
  else if (draw == 99) on(machine, [&] { collect(machine); });
  else if (draw >= usual + carrying) tend_photos(machine);
  else if (draw >= usual) carry(machine);
  else if (draw > 99) tend(machine);
}

// Forms that stood open for so long are opened again first.
void World::trim_texts() {
  for (auto& [number, machine] : machines_) machine.form.reset();
  trimmed_ = true;
  at_relay([&] { tell("  forgets the history of " + std::to_string(relay_->trim_texts(now_)) + " texts"); });
}

std::string World::sync_all() {
  for (int round = 0; round < 3; ++round) {
    for (auto& [number, machine] : machines_) {
      now_ += 60;
      if (!sync_to_the_end(machine) && !machine.revoked && !machine.lost) return machine.name() + " does not come to an end";
    }
  }
  return {};
}

}  // namespace carnet::test
