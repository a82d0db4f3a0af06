#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>

#include "server/accounts.hpp"
#include "server/commands.hpp"
#include "server/status_link.hpp"
#include "sync/qr_code.hpp"
#include "sync/address.hpp"
#include "sync/invite.hpp"

namespace carnet {

SpaceRecord space_named(SqlStore& store, const std::string& name) {
  auto space = store.find_space(name);
  if (!space) throw CLI::ValidationError("--space", "there is no space '" + name + "'; `carnet-relay status` lists them");
  return *space;
}

DeviceRecord device_named(SqlStore& store, const std::string& name) {
  for (auto& device : store.devices())
    if (device.name == name) return device;
  throw CLI::ValidationError("device", "there is no device '" + name + "'; `carnet-relay status` lists them");
}

int add_space(SqlStore& store, const std::string& name, const std::string& kind) {
  std::cout << store.add_space(name, kind).value << "\n";
  return ok;
}

int add_device(SqlStore& store, const std::string& name, const std::vector<std::string>& spaces) {
  std::vector<SpaceId> ids;
  for (auto& each : spaces) ids.push_back(space_named(store, each).id);
  std::cout << store.add_device(name, ids).value << "\n";
  return ok;
}

int add_device_of(SqlStore& store, const std::string& name, const std::string& person) {
  Accounts accounts(store.database());
  std::cout << accounts.add_device(name, accounts.person(person)).value << "\n";
  return ok;
}

void tell_officers(SqlStore& store, const std::string& key) {
  if (!store.office()) return;
  std::optional<MasterKey> keys;
  if (std::filesystem::exists(key)) store.use_keys(&keys.emplace(MasterKey::read(key)));
  store.mirror_accounts();
  store.use_keys(nullptr);
}

int revoke_device(SqlStore& store, const std::string& name) {
  store.revoke(device_named(store, name).id);
  return ok;
}

int rotate_keys(SqlStore& store, const std::string& name) {
  std::vector<DeviceRecord> devices = name.empty() ? store.devices() : std::vector{device_named(store, name)};
  for (auto& device : devices) store.rotate(device.id);
  fmt::print("{} devices are given another key when they next come\n", devices.size());
  return ok;
}

int invite(SqlStore& store, const MasterKey& keys, const InviteOptions& options) {
  auto address = read_address(options.address);
  if (!address) throw CLI::ValidationError("--address", address.error().text);
  auto device = device_named(store, options.device).id;
  auto text = to_text(store.invite(device, address->text(), unix_now() + std::int64_t{options.days} * 86'400, keys));
  store.set_address(address->text());
  std::cout << text << "\n";
  if (options.qr || isatty(STDOUT_FILENO)) std::cout << qr_code(text);
  return ok;
}

int status_link(SqlStore& store, const MasterKey& keys, const std::string& name, const std::string& text, int days) {
  auto address = read_address(text);
  if (!address) throw CLI::ValidationError("--address", address.error().text);
  if (address->way == Address::Way::key) throw CLI::ValidationError("--address", "a browser comes by https://, or by http:// on this machine, and has no device's key");
  auto& db = store.database();
  auto person = Accounts(db).person(name);
  if (!db.number("SELECT count(*) FROM member WHERE person=? AND role=?", person, static_cast<int>(Role::admin)))
    throw std::runtime_error("'" + name + "' is an admin of no space, and would see none; `carnet-relay member role` makes one");
  StatusLink link{person, next_status_generation(db, person), unix_now() + std::int64_t{days} * 86'400};
  std::cout << address->text() << "/status?token=" << token_of(link, keys) << "\n";
  return ok;
}

int revoke_status_links(SqlStore& store, const std::string& name) {
  next_status_generation(store.database(), Accounts(store.database()).person(name));
  return ok;
}

}  // namespace carnet
