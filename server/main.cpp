// carnet-relay: the program. Reads the command line; what the subcommands do stands in commands_*.cpp.
#include <CLI/CLI.hpp>
#include <sodium.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sqlite3.h>

#include <iostream>

#include "server/commands.hpp"

using namespace carnet;

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
  serve_command->add_option("--max-devices", options.max_devices, "connections at once")->capture_default_str();
  serve_command->add_option("--max-body", options.max_body, "bytes of one exchange up")->capture_default_str();
  serve_command->add_option("--stall", options.stall_seconds, "seconds without a byte until a connection is closed")->capture_default_str();
  auto* status_command = app.add_subcommand("status", "spaces and devices");
  status_command->add_flag("--json", as_json, "as JSON");
  auto* backup = app.add_subcommand("backup", "copy the store while it runs");
  backup->add_option("to", target, "the copy's path")->required();
  auto* restore_command = app.add_subcommand("restore", "make the store from a backup, as a new life of it");
  restore_command->add_option("from", target, "the backup's path")->required()->check(CLI::ExistingFile);
  auto* trim_command = app.add_subcommand("trim", "forget the history of texts that every device has seen; their present wording stays");
  trim_command->add_option("--older-than", days, "days: younger history stays")->capture_default_str()->check(CLI::Range(0, 36'500));
  auto* verify_command = app.add_subcommand("verify", "hold every digest against its rows");

  try {
    app.parse(argc, argv);
    if (init->parsed()) { SqliteStore::create(options.store, unix_now()); return ok; }
    if (serve_command->parsed()) return serve(options, port_file);
    if (restore_command->parsed()) return restore(options.store, target);
    SqliteStore store(options.store);
    if (space_add->parsed()) return add_space(store, name, kind);
    if (device_add->parsed()) return add_device(store, name, spaces);
    if (device_revoke->parsed()) return revoke_device(store, name);
    if (invite_command->parsed()) return invite(store, name, address);
    if (status_command->parsed()) return status(store, as_json);
    if (backup->parsed()) store.backup(target);
    if (trim_command->parsed()) return trim(store, days);
    if (verify_command->parsed()) return verify(store);
    return ok;
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
