#include <CLI/CLI.hpp>
#include <sodium.h>

#include <algorithm>
#include <iostream>

#include "server/commands.hpp"
#include "sync/invite.hpp"
#include "sync/limits.hpp"

namespace carnet {

namespace {

SpaceRecord space_named(SqliteStore& store, const std::string& name) {
  auto space = store.find_space(name);
  if (!space) throw CLI::ValidationError("--space", "there is no space '" + name + "'; `carnet-relay status` lists them");
  return *space;
}

DeviceRecord device_named(SqliteStore& store, const std::string& name) {
  for (auto& device : store.devices())
    if (device.name == name) return device;
  throw CLI::ValidationError("device", "there is no device '" + name + "'; `carnet-relay status` lists them");
}

}  // namespace

int add_space(SqliteStore& store, const std::string& name, const std::string& kind) {
  std::cout << store.add_space(name, kind).value << "\n";
  return ok;
}

int add_device(SqliteStore& store, const std::string& name, const std::vector<std::string>& spaces) {
  std::vector<SpaceId> ids;
  for (auto& each : spaces) ids.push_back(space_named(store, each).id);
  std::cout << store.add_device(name, ids).value << "\n";
  return ok;
}

int revoke_device(SqliteStore& store, const std::string& name) {
  store.revoke(device_named(store, name).id);
  return ok;
}

int invite(SqliteStore& store, const std::string& name, const std::string& address) {
  auto device = device_named(store, name);
  Invite invite{address, device.id, device.name, std::string(secret_bytes, '\0'), {}};
  randombytes_buf(invite.secret.data(), invite.secret.size());
  for (auto& space : store.spaces())
    if (std::find(device.spaces.begin(), device.spaces.end(), space.id) != device.spaces.end())
      invite.spaces.push_back({space.id, space.name, space.kind});
  store.set_secret(device.id, invite.secret);
  std::cout << to_text(invite) << "\n";
  return ok;
}

}  // namespace carnet
