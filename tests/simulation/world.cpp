#include "tests/simulation/world.hpp"

#include <algorithm>

#include "tests/toy_schema.hpp"

namespace carnet::test {

namespace {

constexpr std::uint32_t first_devices = 3, most_devices = 5;
constexpr std::size_t small_frame = 120;  // bytes: many frames from few rows
constexpr int most_exchanges = 12;        // of one device, until all is said
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

void World::register_at_relay(Machine& machine) {
  bool known = false;
  for (auto& device : relay_->devices()) known |= device.id.value == machine.number;
  if (!known) relay_->add_device(machine.name(), {space_});
  if (machine.revoked) relay_->revoke(DeviceId{machine.number});
  else relay_->expect(DeviceId{machine.number});
  machine.keys[machine.number] = relay_->generation(DeviceId{machine.number});
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
  } catch (const StoreFault&) {
    if (!disk_.failed("relay")) throw;
    tell("  the relay's power goes");
    restart_relay(true);
  }
  if (disk_.failed("relay")) restart_relay(true);
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
  auto number = machine.replica->device().value;
  machine.exchange->peer = {Peer::Kind::device, number, machine.keys[number]};
  machine.exchange->relay.emplace(keys_, machine.exchange->peer);
  auto keep = [&machine](const DeviceKey& key) { machine.keys[key.device.value] = key.generation; };
  machine.exchange->client.emplace(*machine.replica, ClientSession::Options{.keep_key = keep, .frame_bytes = small_frame, .frame_bytes_down = small_frame}, now_ + machine.clock_error);
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

}  // namespace carnet::test
