#include <fmt/format.h>

#include <filesystem>

#include "server/certificate.hpp"
#include "server/commands.hpp"

namespace carnet {

namespace fs = std::filesystem;

int init(const std::string& store, const std::string& key) {
  SqlStore::create(store, unix_now());
  if (!fs::exists(key)) MasterKey::create(key);
  fmt::print("{} is the relay's key, from which those of all devices come: keep a copy of it elsewhere, no backup of the store holds it\n", key);
  return ok;
}

int new_key(const std::string& key) {
  MasterKey::create(key);
  fmt::print("{} is made: keep a copy of it elsewhere. Devices with a key of an earlier one need a new invite each\n", key);
  return ok;
}

int new_certificate(const std::string& store) {
  make_certificate(certificate_file_of(store));
  fmt::print("{} is made. `serve` uses it when it starts next, or at SIGHUP; invites to https:// addresses carry its pin\n", certificate_file_of(store));
  return ok;
}

int next_certificate(const std::string& store) {
  if (!fs::exists(certificate_file_of(store))) throw std::runtime_error(certificate_file_of(store) + " is not there: `carnet-relay certificate new` makes the first one");
  make_certificate(next_certificate_file_of(store));
  fmt::print("{} is made. Once `serve` has started again or had SIGHUP, devices that come by the present one are told of it; when all have been here (`status`), `carnet-relay certificate switch`\n",
             next_certificate_file_of(store));
  return ok;
}

int switch_certificate(const std::string& store) {
  if (!fs::exists(next_certificate_file_of(store))) throw std::runtime_error(next_certificate_file_of(store) + " is not there: `carnet-relay certificate next` makes it, and devices have to hear of it first");
  fs::rename(next_certificate_file_of(store), certificate_file_of(store));
  fmt::print("{} is the next one now, when `serve` starts again or has SIGHUP\n", certificate_file_of(store));
  return ok;
}

}  // namespace carnet
