// carnet-relay: the program. Each subcommand is a few lines over the store; `serve` opens the door.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sodium.h>
#include <sqlite3.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "server/http_server.hpp"
#include "server/sqlite_store.hpp"
#include "sync/invite.hpp"
#include "sync/limits.hpp"

using namespace carnet;

namespace {

constexpr int bad_data = 65, no_input = 66, failed = 70, no_space = 73;  // sysexits.h

std::int64_t now() { return std::time(nullptr); }

std::string when(std::optional<std::int64_t> seconds) {
  if (!seconds) return "never";
  std::time_t time = *seconds;
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &parts);
  return text;
}

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

int invite(SqliteStore& store, const std::string& name, const std::string& address) {
  auto device = device_named(store, name);
  Invite invite{address, device.id, device.name, std::string(secret_bytes, '\0'), {}};
  randombytes_buf(invite.secret.data(), invite.secret.size());
  for (auto& space : store.spaces())
    if (std::find(device.spaces.begin(), device.spaces.end(), space.id) != device.spaces.end())
      invite.spaces.push_back({space.id, space.name, space.kind});
  store.set_secret(device.id, invite.secret);
  std::cout << to_text(invite) << "\n";
  return 0;
}

int status(SqliteStore& store, bool as_json) {
  nlohmann::json all{{"epoch", store.epoch()}, {"spaces", nlohmann::json::array()}, {"devices", nlohmann::json::array()}};
  for (auto& space : store.spaces())
    all["spaces"].push_back({{"space", space.id.value}, {"name", space.name}, {"kind", space.kind}, {"rows", space.digest.rows},
                             {"changes", space.head.value - epoch_base(store.epoch()).value},
                             {"digest", fmt::format("{:016x}", space.digest.sum)}});
  for (auto& device : store.devices()) {
    std::vector<std::uint32_t> spaces;
    for (auto space : device.spaces) spaces.push_back(space.value);
    all["devices"].push_back({{"device", device.id.value}, {"name", device.name}, {"spaces", spaces},
                              {"last_met", device.last_met ? nlohmann::json(*device.last_met) : nlohmann::json()}});
  }
  if (as_json) { std::cout << all.dump(2) << "\n"; return 0; }
  for (auto& space : all["spaces"])
    fmt::print("space {:>3}  {:<28} {:>8} rows  digest {}\n", space["space"].get<int>(), space["name"].get<std::string>(),
               space["rows"].get<std::int64_t>(), space["digest"].get<std::string>());
  for (auto& device : store.devices())
    fmt::print("device {:>2}  {:<28} {:>8} spaces  last met {}\n", device.id.value, device.name, device.spaces.size(), when(device.last_met));
  return 0;
}

int restore(const std::string& path, const std::string& backup) {
  if (std::filesystem::exists(path)) throw std::runtime_error(path + " exists: stop the relay and move it away first");
  std::filesystem::copy_file(backup, path);
  SqliteStore(path).begin_new_life(now());
  fmt::print("restored; devices give back what the backup lacks when they next sync\n");
  return 0;
}

int verify(SqliteStore& store) {
  auto different = store.verify();
  for (auto& space : store.spaces()) {
    bool bad = std::find(different.begin(), different.end(), space.id) != different.end();
    fmt::print("space {:>3}  {:<28} {}\n", space.id.value, space.name, bad ? "rows and digest differ" : "well");
  }
  return different.empty() ? 0 : bad_data;
}

int serve(ServerOptions options, const std::string& port_file) {
  HttpServer server(std::move(options));
  spdlog::info(R"({{"event":"listening","port":{}}})", server.port());
  if (!port_file.empty()) std::ofstream(port_file) << server.port() << "\n";
  server.run();
  spdlog::info(R"({{"event":"stopped"}})");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (sodium_init() < 0) return failed;
  spdlog::set_default_logger(spdlog::stderr_logger_mt("relay"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");

  CLI::App app{"carnet-relay: keeps the spaces of many devices and passes changes on"};
  app.require_subcommand(1);
  ServerOptions options;
  options.store = "relay.db";
  app.add_option("--store", options.store, "the relay's SQLite file")->envname("CARNET_RELAY_STORE")->capture_default_str();

  std::string name, kind = "partnership", address, target, port_file;
  std::vector<std::string> spaces;
  bool as_json = false;
  int days = 30;  // so that a form that stood open meanwhile can be saved
  auto* init = app.add_subcommand("init", "make the store");
  auto* space = app.add_subcommand("space", "spaces: who shares what")->require_subcommand(1);
  auto* space_add = space->add_subcommand("add", "add a space");
  space_add->add_option("name", name, "its name")->required();
  space_add->add_option("--kind", kind, "municipality, partnership, network or hub")
      ->check(CLI::IsMember({"municipality", "partnership", "network", "hub"}))->capture_default_str();
  auto* device = app.add_subcommand("device", "devices: one replica each")->require_subcommand(1);
  auto* device_add = device->add_subcommand("add", "add a device");
  device_add->add_option("name", name, "its name, for people")->required();
  device_add->add_option("--space", spaces, "a space that it is a member of; repeat for more")->required();
  auto* device_revoke = device->add_subcommand("revoke", "let a device in no more; what it wrote stays, and a new invite lets it in again");
  device_revoke->add_option("name", name, "its name")->required();
  auto* invite_command = app.add_subcommand("invite", "print an invite for a device; an earlier one is void");
  invite_command->add_option("device", name, "the device's name")->required();
  invite_command->add_option("--address", address, "the relay's address as devices reach it: http://host:port")->required();
  auto* serve_command = app.add_subcommand("serve", "answer devices until SIGTERM");
  serve_command->add_option("--address", options.address, "address to listen on")->capture_default_str();
  serve_command->add_option("--port", options.port, "port; 0: any free one")->capture_default_str();
  serve_command->add_option("--port-file", port_file, "write the port here once listening");
  serve_command->add_option("--max-devices", options.limits.connections, "connections at once")->capture_default_str();
  serve_command->add_option("--max-of-address", options.limits.of_party, "connections at once from one address")->capture_default_str();
  serve_command->add_option("--proxy", options.proxy, "address of a proxy before the relay: not limited by its address")->capture_default_str();
  serve_command->add_option("--max-body", options.max_body, "bytes of one exchange up")->capture_default_str();
  serve_command->add_option("--stall", options.stall_seconds, "seconds without a byte until a connection is closed")->capture_default_str();
  auto* status_command = app.add_subcommand("status", "spaces and devices");
  status_command->add_flag("--json", as_json, "as JSON");
  auto* backup = app.add_subcommand("backup", "copy the store while it runs");
  backup->add_option("to", target, "the copy's path")->required();
  auto* restore_command = app.add_subcommand("restore", "make the store from a backup, as a new life of it");
  restore_command->add_option("from", target, "the backup's path")->required()->check(CLI::ExistingFile);
  auto* trim = app.add_subcommand("trim", "forget the history of texts that every device has seen; their present wording stays");
  trim->add_option("--older-than", days, "days: younger history stays")->capture_default_str()->check(CLI::Range(0, 36'500));
  auto* verify_command = app.add_subcommand("verify", "hold every digest against its rows");

  try {
    app.parse(argc, argv);
    if (init->parsed()) { SqliteStore::create(options.store, now()); return 0; }
    if (serve_command->parsed()) return serve(options, port_file);
    if (restore_command->parsed()) return restore(options.store, target);
    SqliteStore store(options.store);
    if (space_add->parsed()) std::cout << store.add_space(name, kind).value << "\n";
    if (device_add->parsed()) {
      std::vector<SpaceId> ids;
      for (auto& each : spaces) ids.push_back(space_named(store, each).id);
      std::cout << store.add_device(name, ids).value << "\n";
    }
    if (device_revoke->parsed()) store.revoke(device_named(store, name).id);
    if (invite_command->parsed()) return invite(store, name, address);
    if (status_command->parsed()) return status(store, as_json);
    if (backup->parsed()) store.backup(target);
    if (trim->parsed()) fmt::print("{} texts trimmed\n", store.trim_texts(now() - std::int64_t{days} * 86'400));
    if (verify_command->parsed()) return verify(store);
    return 0;
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  } catch (const SQLite::Exception& error) {
    auto code = error.getErrorCode();
    if (code == SQLITE_FULL || code == SQLITE_IOERR) {
      std::cerr << "carnet-relay: " << options.store << " cannot be written (" << error.what() << "): make room on its disk; what was acknowledged is kept\n";
      return no_space;
    }
    std::cerr << "carnet-relay: " << options.store << ": " << error.what() << " (is it a store? `carnet-relay init` makes one)\n";
    return no_input;
  } catch (const std::exception& error) {
    std::cerr << "carnet-relay: " << error.what() << "\n";
    return failed;
  }
}
