// carnet: the program. Reads the command line, opens the replica, prints. What the commands do: notebook.hpp,
// exchange.hpp, status.hpp, agent_loop.hpp.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sodium.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>

#include "client/agent_loop.hpp"
#include "client/notebook.hpp"
#include "client/status.hpp"
#include "client/sync_lock.hpp"
#include "core/domain.hpp"
#include "sync/invite.hpp"

using namespace carnet;
using nlohmann::json;

namespace {

// sysexits.h, so that scripts can tell what to do.
enum Exit { ok = 0, usage = 64, data_error = 65, no_input = 66, software = 70, temporary = 75, no_permission = 77 };

int exit_code(Code code) {
  switch (code) {
    case Code::busy: return temporary;  // the link or the relay: the rest follows later
    case Code::not_allowed: case Code::copied: return no_permission;
    case Code::not_found: return no_input;
    default: return data_error;
  }
}

struct Cli {
  std::string home;
  bool as_json = false, if_waiting = false;
  std::optional<std::string> space;
  std::string table, column, choice, invite, file = "-", name;
  std::optional<std::string> value;
  std::int64_t id = 0;
  std::vector<std::string> fields;
};

int fail(const Cli& cli, const Error& error) {
  if (cli.as_json) std::cout << json{{"error", error.text}, {"code", static_cast<int>(error.code)}}.dump() << "\n";
  std::cerr << "carnet: " << error.text << "\n";
  return exit_code(error.code);
}

std::string in_words(const json& value) { return value.is_null() ? "-" : value.is_string() ? value.get<std::string>() : value.dump(); }

std::string database_of(const Cli& cli) { return (std::filesystem::path(cli.home) / "carnet.db").string(); }

// column=value; a value @file is read from that file.
Result<Notebook::Fields> fields_of(const Cli& cli) {
  Notebook::Fields fields;
  for (auto& each : cli.fields) {
    auto at = each.find('=');
    if (at == std::string::npos || at == 0) return Error{Code::invalid, "'" + each + "' is not column=value"};
    auto value = each.substr(at + 1);
    if (value.starts_with('@')) {
      std::ifstream from(value.substr(1));
      if (!from) return Error{Code::not_found, "cannot read " + value.substr(1)};
      value.assign(std::istreambuf_iterator<char>(from), {});
    }
    fields.push_back({each.substr(0, at), value});
  }
  return fields;
}

void print_row(const json& row) {
  fmt::print("{} {}  [{}]\n", row["table"].get<std::string>(), row["id"].get<std::int64_t>(), row["space"].get<std::string>());
  for (auto& [name, value] : row.items())
    if (name != "id" && name != "table" && name != "space" && !value.is_null()) fmt::print("  {}: {}\n", name, in_words(value));
}

// A new replica, in which the device introduces itself to each of its spaces, so that others read a name and not a number.
void enrol(const std::string& path, const Invite& invite) {
  Replica replica(path, domain(), invite.device);
  replica.set("address", invite.address);
  replica.set("name", invite.name);
  std::string hex(2 * invite.secret.size() + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), reinterpret_cast<const unsigned char*>(invite.secret.data()), invite.secret.size());
  hex.pop_back();
  replica.set("secret", hex);
  Ledger{replica};  // makes its table now: later, a new layout would cost a look over all rows
  Notebook notebook(replica);
  for (auto& space : invite.spaces) {
    replica.add_space(space.id, space.name, space.kind);
    auto added = notebook.add(space.id, "device", {{"number", invite.device.value}, {"name", invite.name}});
    if (!added) throw std::runtime_error(added.error().text);
  }
}

int init(const Cli& cli) {
  auto invite = read_invite(cli.invite);
  if (!invite) return fail(cli, invite.error());
  std::filesystem::create_directories(cli.home);
  if (std::filesystem::exists(database_of(cli)))
    return fail(cli, {Code::invalid, database_of(cli) + " exists already: this home is enrolled; use another --home"});
  auto fresh = database_of(cli) + ".new";  // whole or not at all
  std::filesystem::remove(fresh);
  enrol(fresh, *invite);
  std::filesystem::permissions(fresh, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  std::filesystem::rename(fresh, database_of(cli));
  if (cli.as_json) std::cout << json{{"device", invite->device.value}, {"name", invite->name}}.dump() << "\n";
  else fmt::print("{} is ready: write now, sync when there is a link.\n", invite->name);
  return ok;
}

const char* word(Verdict verdict) {
  switch (verdict) {
    case Verdict::identical: return "identical";
    case Verdict::newer_here: return "newer here";
    case Verdict::different: return "different";
    case Verdict::unknown: break;
  }
  return "unknown";
}

json in_json(Replica& replica, const SyncRun& run) {
  auto& report = run.report;
  auto& traffic = run.traffic;
  json spaces = json::object();
  for (auto& [id, verdict] : report.verdicts) spaces[replica.space(id).name] = word(verdict);
  json all{{"bytes_up", traffic.up}, {"bytes_down", traffic.down}, {"connections", traffic.connections}, {"round_trips", traffic.round_trips},
           {"exchanges", run.exchanges}, {"frames_up", report.frames_up}, {"frames_down", report.frames_down}, {"rows_up", report.rows_up},
           {"rows_down", report.rows_down}, {"conflicts", report.conflicts}, {"refused", report.refused}, {"spaces", spaces}};
  if (run.error) all["error"] = run.error->text;
  return all;
}

int sync_now(const Cli& cli, Replica& replica) {
  bool show = !cli.as_json && isatty(STDERR_FILENO);
  auto settings = read_settings(replica);
  if (!settings) return fail(cli, settings.error());
  auto lock = SyncLock::take(transfer_lock(replica), "a sync");
  if (!lock) return fail(cli, lock.error());
  SyncRun run;
  LinuxMachine machine;
  replica.collect();
  if (!cli.if_waiting || rows_waiting(replica) > 0)
    run = exchange(replica, *settings, machine, [show](const Traffic& traffic) {
      if (show) fmt::print(stderr, "\r{} bytes up, {} down ", traffic.up, traffic.down);
    });
  if (show) fmt::print(stderr, "\r\033[K");
  bool different = std::any_of(run.report.verdicts.begin(), run.report.verdicts.end(), [](auto& each) { return each.second == Verdict::different; });
  auto& report = run.report;
  auto& traffic = run.traffic;
  if (cli.as_json) {
    std::cout << in_json(replica, run).dump() << "\n";
  } else {
    fmt::print("sent {} rows, received {}; {} bytes up, {} down in {} round trips\n", report.rows_up, report.rows_down, traffic.up, traffic.down, traffic.round_trips);
    for (auto& [id, verdict] : report.verdicts) fmt::print("  {}: {}\n", replica.space(id).name, word(verdict));
    if (report.conflicts) fmt::print("{} new conflicts: `carnet conflicts`\n", report.conflicts);
    if (report.refused) fmt::print("{} frames were refused and are kept: `carnet status`\n", report.refused);
  }
  if (!run) {
    std::cerr << "carnet: " << run.error->text << "\n";
    return exit_code(run.error->code);
  }
  return different ? data_error : ok;
}

int agent(const Cli& cli, Replica& replica) {
  auto ended = run_agent(replica, [](const std::string& text) {
    fmt::print("{}\n", text);
    std::fflush(stdout);
  });
  return ended ? ok : fail(cli, ended.error());
}

int show_all(const Cli& cli, const Result<json>& all, void (*print)(const json&)) {
  if (!all) return fail(cli, all.error());
  if (cli.as_json) std::cout << all->dump(2) << "\n";
  else print(*all);
  return ok;
}

int status(const Cli& cli, Replica& replica) {
  LinuxMachine machine;
  return show_all(cli, status_of(replica, machine), print_status);
}

int settings(const Cli& cli, Replica& replica) {
  if (cli.value) {
    auto changed = change_setting(replica, cli.name, *cli.value);
    if (!changed) return fail(cli, changed.error());
  }
  json all = json::object();
  for (auto& each : all_settings(replica)) {
    if (!cli.name.empty() && each.name != cli.name) continue;
    all[each.name] = each.value;
    if (!cli.as_json) fmt::print("{:<12} {:<12} {} ({})\n", each.name, each.value, each.meaning, each.values);
  }
  if (all.empty()) return fail(cli, {Code::not_found, "no setting '" + cli.name + "'; `carnet settings` lists them"});
  if (cli.as_json) std::cout << all.dump(2) << "\n";
  return ok;
}

int list(const Cli& cli, Replica& replica) {
  Notebook notebook(replica);
  std::optional<SpaceId> only;
  if (cli.space) {
    auto found = notebook.space(cli.space);
    if (!found) return fail(cli, found.error());
    only = *found;
  }
  auto rows = notebook.list(cli.table, only);
  if (!rows) return fail(cli, rows.error());
  if (cli.as_json) std::cout << rows->dump(2) << "\n";
  else for (auto& row : *rows) print_row(row);
  return ok;
}

int show(const Cli& cli, Replica& replica) {
  Notebook notebook(replica);
  auto key = notebook.find(RowId{cli.id});
  if (!key) return fail(cli, key.error());
  auto row = notebook.row(*key);
  if (!row) return fail(cli, row.error());
  auto history = notebook.history(*key);
  if (cli.as_json) { std::cout << json{{"row", *row}, {"history", history}}.dump(2) << "\n"; return ok; }
  print_row(*row);
  for (auto& past : history)
    fmt::print("  {} {}{} {} = {}\n", local_date(past["written"].get<std::int64_t>()), past["by"].get<std::string>(),
               past["standing"].get<bool>() ? "  " : " -", past["column"].get<std::string>(), in_words(past["value"]));
  return ok;
}

int add(const Cli& cli, Replica& replica) {
  Notebook notebook(replica);
  auto space = notebook.space(cli.space);
  if (!space) return fail(cli, space.error());
  auto fields = fields_of(cli);
  if (!fields) return fail(cli, fields.error());
  auto id = notebook.add(*space, cli.table, *fields);
  if (!id) return fail(cli, id.error());
  if (cli.as_json) std::cout << json{{"id", id->value}}.dump() << "\n";
  else fmt::print("{}\n", id->value);
  return ok;
}

int done(const Cli& cli, const Result<void>& result) {
  if (!result) return fail(cli, result.error());
  if (cli.as_json) std::cout << "{}\n";
  return ok;
}

int edit(const Cli& cli, Replica& replica) {
  auto fields = fields_of(cli);
  if (!fields) return fail(cli, fields.error());
  return done(cli, Notebook(replica).edit(RowId{cli.id}, *fields));
}

int conflicts(const Cli& cli, Replica& replica) {
  auto all = Notebook(replica).conflicts();
  if (cli.as_json) { std::cout << all.dump(2) << "\n"; return ok; }
  for (auto& conflict : all) {
    fmt::print("{} {} [{}] {}\n", conflict["table"].get<std::string>(), conflict["id"].get<std::int64_t>(), conflict["space"].get<std::string>(),
               conflict["column"].get<std::string>());
    for (auto* which : {"shown", "lost"}) {
      auto& version = conflict[which];
      bool deleted = conflict["deleted"].get<bool>();
      auto what = !deleted ? in_words(version["value"]) : std::string(which) == "lost" ? "deleted" : "written since";
      fmt::print("  {}: {} ({}, {})\n", which, what, version["by"].get<std::string>(), local_date(version["written"].get<std::int64_t>()));
    }
  }
  return ok;
}

int export_space(const Cli& cli, Replica& replica) {
  Notebook notebook(replica);
  auto space = notebook.space(cli.space);
  if (!space) return fail(cli, space.error());
  auto text = notebook.export_space(*space).dump(2);
  if (cli.file == "-") { std::cout << text << "\n"; return ok; }
  std::ofstream to(cli.file);
  to << text << "\n";
  to.close();
  return to ? ok : fail(cli, {Code::not_found, "cannot write " + cli.file});
}

int import_rows(const Cli& cli, Replica& replica) {
  Notebook notebook(replica);
  auto space = notebook.space(cli.space);
  if (!space) return fail(cli, space.error());
  std::ifstream file;
  if (cli.file != "-") file.open(cli.file);
  std::istream& from = cli.file == "-" ? std::cin : file;
  if (!from) return fail(cli, {Code::not_found, "cannot read " + cli.file});
  auto parsed = json::parse(from, nullptr, false);
  if (parsed.is_discarded()) return fail(cli, {Code::malformed, cli.file + " is not JSON"});
  auto rows = notebook.import(*space, parsed);
  if (!rows) return fail(cli, rows.error());
  if (cli.as_json) std::cout << json{{"rows", *rows}}.dump() << "\n";
  else fmt::print("{} rows added\n", *rows);
  return ok;
}

int retry(const Cli& cli, Replica& replica) {
  auto rows = replica.requeue();
  if (cli.as_json) std::cout << json{{"rows", rows}}.dump() << "\n";
  else fmt::print("{} rows will be sent again\n", rows);
  return ok;
}

std::string default_home() {
  if (auto* home = std::getenv("HOME")) return std::string(home) + "/.local/share/carnet";
  return ".";
}

}  // namespace

int main(int argc, char** argv) {
  Cli cli;
  CLI::App app{"carnet: a field journal that works without a connection and sends what it can when there is one"};
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--home", cli.home, "folder of this replica")->envname("CARNET_HOME")->default_val(default_home());
  app.add_flag("--json", cli.as_json, "print JSON");
  app.footer("Exit codes: 0 done; 64 or more as in sysexits.h: 65 wrong data, 66 not found, 75 the link was lost and the rest follows later, 77 not allowed.");

  auto command = [&](const char* name, const char* help) { return app.add_subcommand(name, help); };
  auto wants_space = [&](CLI::App* sub) { sub->add_option("--space", cli.space, "space, by name or number"); };
  auto wants_table = [&](CLI::App* sub) { sub->add_option("table", cli.table, "table")->required(); };
  auto wants_row = [&](CLI::App* sub) { sub->add_option("id", cli.id, "row")->required(); };
  auto wants_fields = [&](CLI::App* sub) { sub->add_option("fields", cli.fields, "column=value, or column=@file")->required(); };

  auto* init_command = command("init", "enrol this device with an invite; works without a connection");
  init_command->add_option("--invite", cli.invite, "the invite, carnet1-...")->required();
  auto* sync_command = command("sync", "send and receive what there is, and compare");
  sync_command->add_flag("--if-waiting", cli.if_waiting, "send no byte where nothing waits here");
  auto* agent_command = command("agent", "sync by itself, as the settings say, until SIGTERM");
  auto* settings_command = command("settings", "when to sync, over which links, for how much money: show, or set one");
  settings_command->add_option("name", cli.name, "setting");
  settings_command->add_option("value", cli.value, "its new value");
  auto* traffic_command = command("traffic", "what moved, by day and kind of link, and what it cost");
  auto* status_command = command("status", "what waits, what it will cost, when it goes, what is open, when last verified");
  auto* list_command = command("list", "rows of a table");
  wants_table(list_command);
  wants_space(list_command);
  auto* show_command = command("show", "a row and its history");
  wants_row(show_command);
  auto* add_command = command("add", "add a row");
  wants_table(add_command);
  wants_fields(add_command);
  wants_space(add_command);
  auto* edit_command = command("edit", "change a row");
  wants_row(edit_command);
  wants_fields(edit_command);
  auto* remove_command = command("remove", "delete a row and its parts");
  wants_row(remove_command);
  auto* conflicts_command = command("conflicts", "where two people wrote without knowing of each other");
  auto* resolve_command = command("resolve", "settle a conflict");
  wants_row(resolve_command);
  resolve_command->add_option("column", cli.column, "column; (row) for a deletion")->required();
  resolve_command->add_option("choice", cli.choice, "keep what is shown, take what lost, or another value")->required();
  auto* export_command = command("export", "a space as JSON");
  export_command->add_option("file", cli.file, "file; - for standard output")->capture_default_str();
  wants_space(export_command);
  auto* import_command = command("import", "add the rows of an export as new rows");
  import_command->add_option("file", cli.file, "file; - for standard input")->capture_default_str();
  wants_space(import_command);
  auto* retry_command = command("retry", "send again what the relay refused");

  try {
    app.parse(argc, argv);
    if (sodium_init() < 0) return software;
    if (init_command->parsed()) return init(cli);
    if (!std::filesystem::exists(database_of(cli)))
      return fail(cli, {Code::not_found, "no replica in " + cli.home + "; run `carnet init --invite ...` first, or give --home"});
    Replica replica(database_of(cli), domain());
    if (sync_command->parsed()) return sync_now(cli, replica);
    if (agent_command->parsed()) return agent(cli, replica);
    if (settings_command->parsed()) return settings(cli, replica);
    if (traffic_command->parsed()) return show_all(cli, traffic_of(replica), print_traffic);
    if (status_command->parsed()) return status(cli, replica);
    if (list_command->parsed()) return list(cli, replica);
    if (show_command->parsed()) return show(cli, replica);
    if (add_command->parsed()) return add(cli, replica);
    if (edit_command->parsed()) return edit(cli, replica);
    if (remove_command->parsed()) return done(cli, Notebook(replica).remove(RowId{cli.id}));
    if (conflicts_command->parsed()) return conflicts(cli, replica);
    if (resolve_command->parsed()) return done(cli, Notebook(replica).resolve(RowId{cli.id}, cli.column, cli.choice));
    if (export_command->parsed()) return export_space(cli, replica);
    if (import_command->parsed()) return import_rows(cli, replica);
    if (retry_command->parsed()) return retry(cli, replica);
    return usage;
  } catch (const CLI::ParseError& error) {
    auto code = app.exit(error);
    return code ? usage : ok;
  } catch (const std::exception& error) {
    std::cerr << "carnet: " << error.what() << "\n";
    return software;
  }
}
