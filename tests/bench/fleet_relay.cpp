#include "tests/bench/fleet_relay.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

#include "server/accounts.hpp"

namespace carnet::bench {

namespace {

constexpr int start_milliseconds = 60'000;
constexpr std::int64_t life_began = 30 * 86'400;  // seconds ago
constexpr std::size_t frame_bytes = 25'000;       // of an evening, unpacked

std::string content(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

double megabytes(const std::string& status, const std::string& what) {
  auto at = status.find(what + ":");
  return at == std::string::npos ? 0 : std::strtod(status.c_str() + at + what.size() + 1, nullptr) / 1'024;
}

struct Ticks {
  int parent = 0;
  double seconds = 0;
};

// The fields behind the name, which may hold anything.
Ticks ticks_of(const std::string& stat) {
  auto end = stat.rfind(')');
  if (end == std::string::npos) return {};
  std::istringstream fields(stat.substr(end + 1));
  std::vector<std::string> all{std::istream_iterator<std::string>(fields), {}};
  if (all.size() < 15) return {};
  auto ticks = std::stod(all[11]) + std::stod(all[12]);  // utime, stime
  return {std::atoi(all[1].c_str()), ticks / static_cast<double>(sysconf(_SC_CLK_TCK))};
}

double cpu_of_children(int parent) {
  double seconds = 0;
  for (auto& entry : std::filesystem::directory_iterator("/proc")) {
    if (entry.path().filename().string().find_first_not_of("0123456789") != std::string::npos) continue;
    auto ticks = ticks_of(content((entry.path() / "stat").string()));
    if (ticks.parent == parent) seconds += ticks.seconds;
  }
  return seconds;
}

SharedText remembered(std::uint64_t seed, std::size_t bytes) {
  SharedText text;
  Prose prose(seed);
  for (std::size_t put = 0; put < bytes; put += frame_bytes) text.add(prose.text(frame_bytes * 9 / 10, frame_bytes));
  text.trim();
  return text;
}

}  // namespace

Relay::Relay(bool on_postgres, std::uint64_t seed) : seed_(seed) {
  if (on_postgres) postgres_ = std::make_unique<test::PostgresServer>(true);
  place_ = on_postgres ? postgres_->new_database() : dir_.file("relay.db");
  SqlStore::create(place_, std::time(nullptr) - life_began);
  MasterKey::create(dir_.file("relay.db.key"));
  master_ = std::make_unique<MasterKey>(MasterKey::read(dir_.file("relay.db.key")));
  store_ = std::make_unique<SqlStore>(place_);
}

Relay::~Relay() = default;

Relay::Town Relay::enrol(std::size_t devices, std::size_t new_devices) {
  Town town{store_->add_space("commune " + std::to_string(++towns_), "municipality"), {}, {}};
  for (std::size_t k = 0; k < devices + new_devices; ++k) {
    auto number = store_->add_device("device " + std::to_string(devices_.size() + 1), {town.space});
    store_->expect(number);
    auto generation = store_->generation(number);
    DeviceKey key{number, generation, master_->key_of({Peer::Kind::device, number.value, generation})};
    devices_.push_back(std::make_unique<FleetDevice>(number, town.space, std::move(key), seed_));
    (k < devices ? town.devices : town.new_devices).push_back(devices_.back().get());
  }
  return town;
}

// What its devices wrote and fetched before.
void Relay::write_history(const Town& town) {
  FleetDevice::Held held;
  std::map<const FleetDevice*, Seq> own;
  for (auto* device : town.devices) {
    Changeset set{town.space, Seq{}, Seq{}, device->rows_of_before()};
    set.to = own[device] = Seq{static_cast<std::int64_t>(set.rows.size())};
    auto applied = apply(*store_, set, Authority{.from = device->number()});
    store_->add_bytes(town.space, applied.bytes);
    store_->set_acked(device->number(), town.space, set.to);
    for (auto& change : set.rows) held[change.key] = std::make_shared<const Row>(std::move(change.row));
  }
  for (auto* device : town.devices) {
    store_->confirm(device->number(), town.space, store_->head(town.space));
    store_->met(device->number(), store_->generation(device->number()), std::time(nullptr));
    device->knows(held);
    device->begins_at(store_->epoch(), store_->head(town.space), own[device], store_->digest(town.space));
  }
}

void Relay::add_communes(std::size_t devices, std::size_t of_each, std::size_t remembered_bytes) {
  auto text = remembered(seed_, remembered_bytes);
  store_->begin(true);
  for (std::size_t made = 0; made < devices; made += of_each) {
    auto town = enrol(std::min(of_each, devices - made), 0);
    write_history(town);
    for (auto* device : town.devices) {
      if (!remembered_bytes) continue;
      for (auto direction : {Direction::up, Direction::down}) {
        auto kept = text;
        store_->keep(device->number(), town.space, direction, kept);
      }
      device->remembers(text);
    }
  }
  store_->commit();
}

void Relay::add_large_space(std::size_t rows, std::size_t text_bytes, std::size_t devices, std::size_t new_devices) {
  constexpr std::size_t of_a_frame = 10'000;
  store_->begin(true);
  auto town = enrol(devices + 1, new_devices);  // one wrote it all
  auto writer = town.devices.back()->number();
  town.devices.pop_back();
  Accounts(store_->database()).set_quota(Quota::rows, static_cast<std::int64_t>(2 * rows + 100'000), town.space);
  Prose prose(seed_);
  auto each = std::max<std::size_t>(40, text_bytes / std::max<std::size_t>(rows, 1));
  std::vector<std::string> texts;  // a few thousand, since more would take longer than all the rest
  for (std::size_t k = 0; k < std::min<std::size_t>(rows, 5'000); ++k) texts.push_back(prose.text(each * 7 / 10, each * 12 / 10));
  for (std::size_t made = 0; made < rows;) {
    Changeset set{town.space, Seq{static_cast<std::int64_t>(made)}, Seq{}, {}};
    for (; made < rows && set.rows.size() < of_a_frame; ++made) {
      RowChange change{{TableId{24}, minted_id(writer, static_cast<std::int64_t>(made) + 1)}, {}};
      Stamp stamp{stamp_time(std::time(nullptr) - life_began + 86'400 + static_cast<std::int64_t>(made % 2'000'000)), writer};
      auto put = [&](std::uint32_t column, Kind kind, Value value) {
        change.row.at(ColumnId{column}, kind).versions.emplace_back();
        auto& version = change.row.at(ColumnId{column}, kind).versions.back();
        version.stamp = stamp;
        version.value = std::move(value);
      };
      put(0, Kind::reg, life_alive);
      put(1, Kind::reg, static_cast<std::int64_t>(made / 100));
      put(4, Kind::reg, "2025-03-10");
      put(7, Kind::text, texts[made % texts.size()]);
      set.rows.push_back(std::move(change));
    }
    set.to = Seq{static_cast<std::int64_t>(made)};
    store_->add_bytes(town.space, apply(*store_, set, Authority{.from = writer}).bytes);
  }
  store_->set_acked(writer, town.space, Seq{static_cast<std::int64_t>(rows)});
  write_history(town);
  store_->commit();
}

std::vector<FleetDevice*> Relay::devices(std::size_t from, std::size_t count) const {
  std::vector<FleetDevice*> all;
  for (auto k = from; k < from + count; ++k) all.push_back(devices_.at(k).get());
  return all;
}

// It tells its port through a pipe once it listens.
std::unique_ptr<test::Process> Relay::serve(const std::vector<std::string>& command, const std::string& port_file, std::uint16_t& port) {
  mkfifo(port_file.c_str(), 0600);
  int file = open(port_file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  auto started = std::make_unique<test::Process>(command, [] { prctl(PR_SET_PDEATHSIG, SIGKILL); });  // it does not outlive us
  pollfd tells{file, POLLIN, 0};
  char text[16] = {};
  bool told = poll(&tells, 1, start_milliseconds) == 1 && read(file, text, sizeof text - 1) > 0;
  close(file);
  if (!told) throw std::runtime_error("the server does not start: " + started->kill_after({}).err);
  port = static_cast<std::uint16_t>(std::atoi(text));
  return started;
}

void Relay::start(const std::vector<std::string>& options) {
  store_.reset();
  auto port_file = dir_.file("port");
  std::vector<std::string> command{CARNET_RELAY, "--store", place_, "--key", dir_.file("relay.db.key"), "serve", "--port", "0", "--port-file", port_file};
  command.insert(command.end(), options.begin(), options.end());
  relay_ = serve(command, port_file, port_);
}

void Relay::start_bare(std::size_t answer_bytes) {
  auto port_file = dir_.file("bare-port");
  auto place = postgres_ ? postgres_->new_database() : dir_.file("bare.db");
  bare_ = serve({"/proc/self/exe", "bare", place, dir_.file("relay.db.key"), port_file, std::to_string(answer_bytes)}, port_file, bare_port_);
}

Usage Relay::usage_of(const test::Process& process) const {
  auto folder = "/proc/" + std::to_string(process.pid()) + "/";
  auto status = content(folder + "status");
  return {ticks_of(content(folder + "stat")).seconds, postgres_ ? cpu_of_children(postgres_->pid()) : 0, megabytes(status, "VmHWM"), megabytes(status, "VmRSS")};
}

void Relay::stop(bool verifies) {
  if (bare_) bare_->kill_after({});
  relay_->signal(SIGTERM);
  auto ended = relay_->wait();
  if (ended.code != 0) throw std::runtime_error("the relay ended badly: " + ended.err.substr(ended.err.size() - std::min<std::size_t>(ended.err.size(), 2'000)));
  if (ended.err.find(" error ") != std::string::npos) throw std::runtime_error("the relay's log tells of an error: " + ended.err.substr(ended.err.find(" error "), 500));
  if (verifies && !SqlStore(place_).verify().empty()) throw std::runtime_error("a digest of the store does not hold");
}

}  // namespace carnet::bench
