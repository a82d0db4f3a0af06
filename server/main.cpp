// carnet-relay: the program. Reads the command line; what the subcommands do stands in commands_*.cpp.
#include <CLI/CLI.hpp>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>

#include "server/certificate.hpp"
#include "server/commands.hpp"
#include "server/commands_accounts.hpp"
#include "server/config.hpp"
#include "server/log.hpp"
#include "sync/invite.hpp"

using namespace carnet;

namespace {

// CARNET_RELAY_MAX_BODY for --max-body.
std::string in_environment(std::string option) {
  std::transform(option.begin(), option.end(), option.begin(), [](char c) { return c == '-' ? '_' : static_cast<char>(std::toupper(c)); });
  return "CARNET_RELAY_" + option;
}

// What root makes in the folder of another user, as files of SQLite beside the store, that user's relay cannot open any more.
void refuse_root(const std::string& store) {
  if (geteuid() != 0 || is_postgres(store)) return;
  auto folder = std::filesystem::absolute(store).parent_path();
  struct stat found{};
  if (stat(folder.c_str(), &found) == 0 && found.st_uid != 0)
    throw std::runtime_error(folder.string() + " belongs to another user, whose relay could not go on with what root writes there; as the Debian package has it: sudo -u carnet carnet-relay ...");
}

}  // namespace

int main(int argc, char** argv) {
  if (sodium_init() < 0) return failed;
  log_to_stderr("info");

  CLI::App app{"carnet-relay: keeps the spaces of many devices and passes changes on"};
  app.require_subcommand(1);
  ServerOptions options;
  options.store = "relay.db";
  app.add_option("--store", options.store, "the relay's SQLite file, or postgresql://user@host/database")->envname("CARNET_RELAY_STORE")->capture_default_str();
  std::string config = std::filesystem::exists(default_config) ? default_config : "", log_level = "info";
  app.add_option("--config", config, std::string("a file in TOML with what neither the command line nor the environment says; ") + default_config + " where it is there")
      ->envname("CARNET_RELAY_CONFIG")->configurable(false);
  app.add_option("--log-level", log_level, "debug, info, warning or error: of that and above, a line of JSON on stderr")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}))->envname("CARNET_RELAY_LOG_LEVEL")->capture_default_str();
  app.add_option("--key", options.key, "the relay's key; unless said, beside the store, as relay.db.key")->envname("CARNET_RELAY_KEY");

  std::string name, kind = "partnership", target, port_file, person, address;
  std::vector<std::string> spaces;
  bool as_json = false;
  bool revokes = false;
  int link_days = 30;
  int days = 30;  // so that a form that stood open meanwhile can be saved
  auto* init_command = app.add_subcommand("init", "make the store and the relay's key");
  auto* space = app.add_subcommand("space", "spaces: who shares what")->require_subcommand(1);
  auto* space_add = space->add_subcommand("add", "add a space");
  space_add->add_option("name", name, "its name")->required();
  space_add->add_option("--kind", kind, "municipality, partnership, network, hub, or administration: where its admins keep people, devices and invites by rows")
      ->check(CLI::IsMember(std::vector<std::string>(space_kinds.begin(), space_kinds.end())))->capture_default_str();
  auto* device = app.add_subcommand("device", "devices: one replica each")->require_subcommand(1);
  auto* device_add = device->add_subcommand("add", "add a device");
  device_add->add_option("name", name, "its name, for people")->required();
  auto* of_person = device_add->add_option("--person", person, "whose it is: it may do in each space what that person may");
  device_add->add_option("--space", spaces, "or a space in which it writes, as a person of its own; repeat for more")->excludes(of_person);
  auto* device_revoke = device->add_subcommand("revoke", "let a device in no more; what it wrote stays, and a new invite lets it in again");
  device_revoke->add_option("name", name, "its name")->required();
  auto* key = app.add_subcommand("key", "the relay's key, and those that devices have from it")->require_subcommand(1);
  auto* key_new = key->add_subcommand("new", "make the relay's key where it was lost; every device then needs a new invite");
  auto* key_rotate = key->add_subcommand("rotate", "give devices another key when they next come");
  key_rotate->add_option("device", name, "the device's name; all of them where it is left out");
  auto* certificate = app.add_subcommand("certificate", "the relay's own certificate, for devices that come by https://")->require_subcommand(1);
  auto* certificate_new = certificate->add_subcommand("new", "make it");
  auto* certificate_next = certificate->add_subcommand("next", "make the one after, and tell devices of it from the next start of serve, or SIGHUP, on");
  auto* certificate_switch = certificate->add_subcommand("switch", "use the one after from the next start of serve, or SIGHUP, on");
  auto* invite_command = app.add_subcommand("invite", "print an invite for a device; an earlier one is void");
  InviteOptions invites;
  invite_command->add_option("device", invites.device, "the device's name")->required();
  invite_command->add_option("--address", invites.address, "the relay's address as devices reach it: carnet://host:port, or https://host by certificate, or http://127.0.0.1:port without TLS")->required();
  invite_command->add_option("--expires", invites.days, "days until it expires")->check(CLI::Range(1, 3'650))->capture_default_str();
  invite_command->add_flag("--qr", invites.qr, "as a QR code too; on a terminal, that comes by itself");
  auto* link_command = app.add_subcommand("status-link", "print a link for an admin of a space to the page of how it and its devices stand; an earlier one is void");
  link_command->add_option("person", person, "whose it is")->required();
  auto* link_address = link_command->add_option("--address", address, "the relay's address as browsers reach it: https://host, or http://127.0.0.1:port on this machine");
  link_command->add_option("--days", link_days, "until it expires")->check(CLI::Range(1, 365))->capture_default_str();
  link_command->add_flag("--revoke", revokes, "print none: earlier ones are void")->excludes(link_address);
  AccountCommands accounts(app, *device);
  auto* serve_command = app.add_subcommand("serve", "answer devices until SIGTERM");
  serve_command->add_option("--address", options.address, "address to listen on")->capture_default_str();
  serve_command->add_flag("--plain", options.plain, "without TLS, on a loopback address: behind a proxy on this machine");
  serve_command->add_option("--certificate", options.certificate.certificate, "a certificate with its chain, PEM, in the place of the relay's own; SIGHUP reads it again");
  serve_command->add_option("--certificate-key", options.certificate.key, "its key, PEM");
  serve_command->add_option("--port", options.port, "port; 0: any free one")->check(CLI::Range(0, 65'535))->capture_default_str();
  serve_command->add_option("--port-file", port_file, "write the port here once listening")->configurable(false);
  serve_command->add_option("--metrics-port", options.metrics_port, "on 127.0.0.1, for Prometheus: GET /metrics and /healthz; 0: any free one; none unless said")->check(CLI::Range(0, 65'535));
  serve_command->add_option("--max-devices", options.limits.connections, "connections at once")->check(CLI::Range(1, 100'000))->capture_default_str();
  serve_command->add_option("--max-of-address", options.limits.of_party, "connections at once from one address")->check(CLI::Range(1, 100'000))->capture_default_str();
  serve_command->add_option("--proxy", options.proxy, "address of a proxy before the relay: not limited by its address")->capture_default_str();
  serve_command->add_option("--connections", options.connections, "to PostgreSQL, for writing, and as many for reading")->check(CLI::Range(1, 100))->capture_default_str();
  serve_command->add_option("--max-body", options.max_body, "bytes of one exchange up")->check(CLI::Range(100'000, 1'000'000'000))->capture_default_str();
  serve_command->add_option("--stall", options.stall_seconds, "seconds without a byte until a connection is closed")->check(CLI::Range(1, 3'600))->capture_default_str();
  for (auto* option : serve_command->get_options())
    if (option->get_configurable()) option->envname(in_environment(option->get_single_name()));
  auto* status_command = app.add_subcommand("status", "organisations, people, spaces, members and devices");
  status_command->add_flag("--json", as_json, "as JSON");
  auto* backup = app.add_subcommand("backup", "copy the store while it runs");
  backup->add_option("to", target, "the copy's path")->required();
  auto* restore_command = app.add_subcommand("restore", "make the store from a backup, as a new life of it");
  restore_command->add_option("from", target, "the backup's path")->required()->check(CLI::ExistingFile);
  auto* migrate_command = app.add_subcommand("migrate", "move the store, with all relays stopped, to an SQLite file or to PostgreSQL; devices notice nothing");
  migrate_command->add_option("to", target, "the new place: a path, or postgresql://user@host/database")->required();
  auto* trim_command = app.add_subcommand("trim", "forget the history of texts that every device has seen, whose present wording stays, and media that no record names");
  trim_command->add_option("--older-than", days, "days: younger history stays")->capture_default_str()->check(CLI::Range(0, 36'500));
  auto* verify_command = app.add_subcommand("verify", "hold every digest against its rows; ends with 65 where they differ");
  auto* life_command = app.add_subcommand("new-life", "after the store was restored by other means, as PostgreSQL's, with all relays stopped: devices give back what it lacks");

  auto complain = [&](int code, const std::string& why) {
    if (serve_command->parsed()) log_error("failed", {{"why", why}});
    else std::cerr << "carnet-relay: " << why << "\n";
    return code;
  };
  try {
    app.parse(argc, argv);
    if (!config.empty()) read_config(config, {&app, serve_command});
    log_to_stderr(log_level);
    refuse_root(options.store);
    if (options.key.empty()) options.key = key_file_of(options.store);
    if (init_command->parsed()) return init(options.store, options.key);
    if (key_new->parsed()) return new_key(options.key);
    if (certificate_new->parsed()) return new_certificate(options.store);
    if (certificate_next->parsed()) return next_certificate(options.store);
    if (certificate_switch->parsed()) return switch_certificate(options.store);
    if (serve_command->parsed()) return serve(options, port_file);
    if (restore_command->parsed()) return restore(options.store, target);
    if (migrate_command->parsed()) return move_store(options.store, target);
    SqlStore store(options.store);
    auto told = [&](int code) {
      tell_officers(store, options.key);
      return code;
    };
    if (space_add->parsed()) return told(add_space(store, name, kind));
    if (device_add->parsed()) return told(person.empty() ? add_device(store, name, spaces) : add_device_of(store, name, person));
    if (auto code = accounts.run(store)) return told(*code);
    if (device_revoke->parsed()) return told(revoke_device(store, name));
    if (key_rotate->parsed()) return rotate_keys(store, name);
    if (invite_command->parsed()) return told(invite(store, MasterKey::read(options.key), invites));
    if (link_command->parsed() && revokes) return revoke_status_links(store, person);
    if (link_command->parsed()) return status_link(store, MasterKey::read(options.key), person, address, link_days);
    if (life_command->parsed()) return new_life(store);
    if (status_command->parsed()) return status(store, as_json);
    if (backup->parsed()) store.backup(target);
    if (trim_command->parsed()) return trim(store, days);
    if (verify_command->parsed()) return verify(store);
    return ok;
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  } catch (const StoreFault& error) {
    if (error.kind == StoreFault::Kind::full)
      return complain(no_space, options.store + " cannot be written (" + error.what() + "): make room on its disk; what was acknowledged is kept");
    return complain(no_input, options.store + ": " + error.what() + " (is it a store? `carnet-relay init` makes one)");
  } catch (const std::exception& error) {
    return complain(failed, error.what());
  }
}
