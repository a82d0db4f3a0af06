// carnet: the program. Reads the command line, opens the replica, prints. What the commands do: notebook.hpp,
// exchange.hpp, status.hpp, agent_loop.hpp.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sodium.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "client/agent_loop.hpp"
#include "client/cli.hpp"
#include "client/damage.hpp"
#include "client/enrol.hpp"
#include "client/language.hpp"
#include "client/notebook.hpp"
#include "client/paper.hpp"
#include "client/place.hpp"
#include "client/search.hpp"
#include "client/serve.hpp"
#include "client/status.hpp"
#include "client/sync_lock.hpp"
#include "core/domain.hpp"
#include "core/sqlite.hpp"
#include "sync/address.hpp"
#include "sync/invite.hpp"

using namespace carnet;
using nlohmann::json;

namespace {

int complain(const Cli& cli, const std::string& text, Exit code) {
  if (cli.as_json) std::cout << json{{"error", text}, {"exit", code}}.dump() << "\n";
  std::cerr << "carnet: " << text << "\n";
  return code;
}

std::string database_of(const Cli& cli) { return (std::filesystem::path(cli.home) / "carnet.db").string(); }

// Read, and looked at: what is expired by this machine's clock may be good by the relay's.
Result<Invite> invite_of(const Cli& cli) {
  auto language = language_of_machine();
  auto invite = read_invite(cli.invite);
  if (!invite)
    return Error{invite.error().code, say(language, {"this is no whole invite: copy it again, from 'carnet1-' to its last character",
                                                     "ce n'est pas une invitation entière : copiez-la encore, de « carnet1- » à son dernier caractère",
                                                     "dit is geen volledige uitnodiging: kopieer ze opnieuw, van 'carnet1-' tot het laatste teken"})};
  if (auto address = read_address(invite->address); !address) return address.error();
  if (invite->expires < std::time(nullptr))
    std::cerr << "carnet: " << say(language, {"by this computer's clock the invite expired on {}; where the clock is right, ask for a new one. You can write all the same",
                                              "selon l'horloge de cet ordinateur, l'invitation a expiré le {} ; si l'horloge est juste, demandez-en une autre. Vous pouvez écrire quand même",
                                              "volgens de klok van deze computer verviel de uitnodiging op {}; loopt de klok juist, vraag dan een nieuwe. U kunt toch al schrijven"},
                                   local_date(invite->expires)) << "\n";
  return invite;
}

int init(const Cli& cli) {
  auto invite = invite_of(cli);
  if (!invite) return fail(cli, invite.error());
  std::filesystem::create_directories(cli.home);
  if (std::filesystem::exists(database_of(cli)))
    return fail(cli, {Code::invalid, database_of(cli) + " exists already: this home is enrolled; `carnet rejoin` gives it a new key by an invite and keeps everything, another --home begins anew"});
  enrol_at(database_of(cli), *invite);
  if (cli.as_json) std::cout << json{{"device", invite->device.value}, {"name", invite->name}}.dump() << "\n";
  else fmt::print("{} is ready: write now, sync when there is a link.\n", invite->name);
  return ok;
}

Words words(Verdict verdict) {
  switch (verdict) {
    case Verdict::identical: return {"identical", "identique", "gelijk"};
    case Verdict::newer_here: return {"newer here", "plus récent ici", "hier nieuwer"};
    case Verdict::different: return {"different", "différent", "verschillend"};
    case Verdict::unknown: break;
  }
  return {"unknown", "inconnu", "onbekend"};
}

json in_json(Replica& replica, const SyncRun& run) {
  auto& report = run.report;
  auto& traffic = run.traffic;
  json spaces = json::object();
  for (auto& [id, verdict] : report.verdicts) spaces[replica.space(id).name] = words(verdict).english;
  json all{{"bytes_up", traffic.up}, {"bytes_down", traffic.down}, {"connections", traffic.connections}, {"round_trips", traffic.round_trips},
           {"exchanges", run.exchanges}, {"frames_up", report.frames_up}, {"frames_down", report.frames_down}, {"rows_up", report.rows_up},
           {"rows_down", report.rows_down}, {"conflicts", report.conflicts}, {"refused", report.refused}, {"spaces", spaces}};
  all["joined"] = report.joined;
  all["given_up"] = json::array();
  for (auto& gone : report.given_up) all["given_up"].push_back({{"space", gone.name}, {"rows", gone.rows}, {"kept", gone.kept}});
  if (run.clock_ahead) all["clock_ahead"] = *run.clock_ahead;
  all["francs"] = run.cost ? json(static_cast<double>(*run.cost) / 100) : json();
  if (run.error) all["error"] = run.error->text;
  return all;
}

void print(Replica& replica, const SyncRun& run) {
  auto language = language_of(replica);
  auto& report = run.report;
  auto& traffic = run.traffic;
  auto francs = run.cost ? ", " + decimal(language, static_cast<double>(*run.cost) / 100, 2) + " FCFA" : "";
  fmt::print("{}\n", say(language, {"sent {} rows, received {}; {} bytes up, {} down in {} round trips{}",
                                    "{} ligne(s) envoyée(s), {} reçue(s) ; {} octets montés, {} descendus en {} aller(s) et retour(s){}",
                                    "{} rij(en) verzonden, {} ontvangen; {} bytes op, {} neer in {} keer heen en weer{}"},
                         report.rows_up, report.rows_down, traffic.up, traffic.down, traffic.round_trips, francs));
  for (auto& [id, verdict] : report.verdicts) fmt::print("  {}: {}\n", replica.space(id).name, words(verdict).in(language));
  if (report.conflicts)
    fmt::print("{}\n", say(language, {"{} new conflicts: `carnet conflicts`", "{} nouveaux conflits : `carnet conflicts`", "{} nieuwe conflicten: `carnet conflicts`"}, report.conflicts));
  if (report.refused)
    fmt::print("{}\n", say(language, {"{} times something was refused; it is kept: `carnet quarantine`", "refusé {} fois ; c'est gardé : `carnet quarantine`",
                                      "{} keer werd iets geweigerd; het blijft bewaard: `carnet quarantine`"}, report.refused));
  for (auto& name : report.joined)
    fmt::print("{}\n", say(language, {"you are a member of {} now", "vous êtes maintenant membre de {}", "u bent nu lid van {}"}, name));
  for (auto& gone : report.given_up)
    fmt::print("{}\n", say(language, {"you are no member of {} any more: its {} rows went from this device, {} that came too late are kept (`carnet quarantine`)",
                                      "vous n'êtes plus membre de {} : ses {} ligne(s) ont quitté cet appareil, {} arrivée(s) trop tard sont gardée(s) (`carnet quarantine`)",
                                      "u bent geen lid meer van {}: de {} rij(en) ervan zijn van dit toestel, {} die te laat kwamen, blijven bewaard (`carnet quarantine`)"},
                           gone.name, gone.rows, gone.kept));
  if (run.clock_ahead) fmt::print("{}\n", clock_in_words(language, *run.clock_ahead));
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
  if (cli.as_json) std::cout << in_json(replica, run).dump() << "\n";
  else print(replica, run);
  if (!run) {
    std::cerr << "carnet: " << run.error->text << "\n";
    return exit_code(run.error->code);
  }
  return different ? data_error : ok;
}

bool is_sound(const std::string& path) {
  try {
    if (damage_of(path)) return false;
    Replica replica(path, domain());
    replica.audit();
    return !marked_damage(replica);
  } catch (const std::exception& fault) {
    if (damage_of(path, &fault)) return false;
    throw;
  }
}

int verify(const Cli& cli, Replica& replica) {
  auto path = database_of(cli);
  replica.audit();
  replica.unset("damaged");
  if (cli.as_json) std::cout << "{}\n";
  else fmt::print("{}: pages are sound, and all rows are those that were written\n", path);
  return ok;
}

std::string in_words(const Rebuilt& done) {
  auto text = fmt::format("rebuilt: {} rows of unsent work are taken over; the damaged file lies at {}", done.rows, done.kept);
  for (auto& [table, rows] : done.lost) text += fmt::format("\ncould not be read: {} of {}", rows, table);
  if (!done.all_named) text += "\nthere may be more unsent rows that cannot be read; the damaged file has them if anything has";
  return text;
}

int rebuild_now(const Cli& cli) {
  auto path = database_of(cli);
  std::optional<Invite> invite;
  if (!cli.invite.empty()) {
    auto read = invite_of(cli);
    if (!read) return fail(cli, read.error());
    invite = *read;
  }
  {
    auto agent = SyncLock::take(agent_lock(path), "an agent");
    if (!agent) return fail(cli, {agent.error().code, agent.error().text + "; stop it first"});
    auto transfer = SyncLock::take(transfer_lock(path), "a sync");
    if (!transfer) return fail(cli, transfer.error());
    if (!invite && is_sound(path)) {
      if (!cli.as_json) fmt::print("{} is not damaged\n", path);
    } else {
      auto done = rebuild(path, invite);
      if (!done) return fail(cli, done.error());
      if (!cli.as_json) fmt::print("{}\n", in_words(*done));
      std::fflush(stdout);
    }
  }
  Replica replica(path, domain());
  return sync_now(cli, replica);
}

int serve_pages(const Cli& cli, ServeOptions& options) {
  options.folder = cli.home;
  auto done = serve(options, [&](const Serving& serving) {
    if (cli.as_json) std::cout << json{{"open", serving.address}}.dump() << std::endl;
    else std::cout << serving.address << std::endl;
  });
  return done ? ok : fail(cli, done.error());
}

int rejoin_now(const Cli& cli, Replica& replica) {
  auto invite = invite_of(cli);
  if (!invite) return fail(cli, invite.error());
  auto transfer = SyncLock::take(transfer_lock(replica), "a sync");
  if (!transfer) return fail(cli, transfer.error());
  return done(cli, rejoin(database_of(cli), replica, *invite));
}

int agent(const Cli& cli, Replica& replica) {
  auto ended = run_agent(replica, [](const std::string& text) {
    fmt::print("{}\n", text);
    std::fflush(stdout);
  });
  return ended ? ok : fail(cli, ended.error());
}

int show_all(const Cli& cli, Replica& replica, const Result<json>& all, void (*print)(const json&, Language)) {
  if (!all) return fail(cli, all.error());
  if (cli.as_json) std::cout << in_full(*all) << "\n";
  else print(*all, language_of(replica));
  return ok;
}

int status(const Cli& cli, Replica& replica) {
  LinuxMachine machine;
  return show_all(cli, replica, status_of(replica, machine), print_status);
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
  if (cli.as_json) std::cout << in_full(all) << "\n";
  return ok;
}

void tell_of_move(Replica& replica) {
  std::cerr << "carnet: "
            << say(language_of(replica), {"this database was copied, moved or put back here; if another goes on with its number, this one takes a new number at its next sync, and nothing is lost",
                                          "cette base a été copiée, déplacée ou remise ici ; si une autre continue avec son numéro, celle-ci en prendra un nouveau à la prochaine synchronisation, et rien ne se perd",
                                          "deze databank is hierheen gekopieerd, verplaatst of teruggezet; als er een andere verdergaat met haar nummer, neemt deze er bij de volgende synchronisatie een nieuw, en niets gaat verloren"})
            << "\n";
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
  app.footer("Exit codes: 0 done; 64 or more as in sysexits.h: 65 wrong data, 66 not found, 73 the disk is full, 74 the replica is damaged, 75 the link was lost and the rest follows later, 77 not allowed.");

  auto command = [&](const char* name, const char* help) { return app.add_subcommand(name, help); };
  auto wants_space = [&](CLI::App* sub) { sub->add_option("--space", cli.space, "space, by name or number"); };
  auto wants_table = [&](CLI::App* sub) { sub->add_option("table", cli.table, "table")->required(); };
  auto wants_row = [&](CLI::App* sub) { sub->add_option("id", cli.id, "row")->required(); };
  auto wants_fields = [&](CLI::App* sub) { sub->add_option("fields", cli.fields, "column=value, or column=@file; in `add`, what refers to a row may give its name")->required(); };

  auto* init_command = command("init", "enrol this device with an invite; works without a connection");
  init_command->add_option("--invite", cli.invite, "the invite, carnet1-...")->required();
  auto* rejoin_command = command("rejoin", "a new key for this replica by a new invite, where its key file was lost or withdrawn; all that is written stays");
  rejoin_command->add_option("--invite", cli.invite, "the invite, carnet1-...")->required();
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
  auto* search_command = command("search", "rows that hold all these words: accents and case do not count, the last one may be a beginning, quotes hold a phrase together");
  search_command->add_option("words", cli.words, "what to look for")->required();
  search_command->add_option("--limit", cli.limit, "how many rows at the most")->check(CLI::Range(std::size_t{1}, most_hits))->capture_default_str();
  wants_space(search_command);
  auto* show_command = command("show", "a row and its history");
  wants_row(show_command);
  auto* add_command = command("add", "add a row");
  wants_table(add_command);
  wants_fields(add_command);
  wants_space(add_command);
  auto* edit_command = command("edit", "change a row");
  wants_row(edit_command);
  wants_fields(edit_command);
  edit_command->add_option("--opened-at", cli.opened_at, "the version of a text that was opened, as `show --json` tells it: what came in since stays");
  auto* restore_command = command("restore", "write a value of a row's history again");
  wants_row(restore_command);
  restore_command->add_option("number", cli.number, "its number, as `show` tells it")->required();
  auto* remove_command = command("remove", "delete a row and its parts");
  wants_row(remove_command);
  auto* conflicts_command = command("conflicts", "where two people wrote without knowing of each other");
  auto* reread_command = command("reread", "texts in which two people wrote in one paragraph without knowing of each other; with a row and a column: it was read again");
  reread_command->add_option("id", cli.id, "row");
  reread_command->add_option("column", cli.column, "column");
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
  auto* quarantine_command = command("quarantine", "what the relay did not take, with its reason; it is kept, and sent again when rights change");
  auto wants_number = [&](CLI::App* sub) { return sub->add_option("number", cli.id, "as `carnet quarantine` lists it"); };
  auto* retry_command = quarantine_command->add_subcommand("retry", "send it again; without a number, all of it");
  wants_number(retry_command);
  auto* move_command = quarantine_command->add_subcommand("move", "put it into another space");
  wants_number(move_command)->required();
  move_command->add_option("--to", cli.space, "space, by name or number")->required();
  auto* drop_command = quarantine_command->add_subcommand("drop", "forget it: the rows come back as the relay has them");
  wants_number(drop_command)->required();
  auto* publish_command = command("publish", "put a copy of a row and its parts into another space; it says where it comes from");
  wants_row(publish_command);
  publish_command->add_option("--to", cli.space, "space, by name or number")->required();
  auto* serve_command = command("serve", "open the pages on this machine, and sync beside them, until SIGTERM");
  ServeOptions pages;
  serve_command->add_option("--port", pages.port, "port on 127.0.0.1; 0 for any free one")->capture_default_str();
  serve_command->add_flag("--open", pages.opens, "in a browser, too");
  serve_command->add_option("--door", pages.door, "the address at which phones find this machine; else that of its local network");
  serve_command->add_option("--ui", pages.pages, "a folder of pages to serve instead of those in the program")->check(CLI::ExistingDirectory);
  auto* invite_command = command("invite", "for admins of the administration space: ask the relay for an invite for a device; once it has answered, print it");
  invite_command->add_option("device", cli.name, "the device: its name in account_device, or that row's id")->required();
  invite_command->add_flag("--again", cli.again, "ask for another one");
  invite_command->add_flag("--qr", cli.qr, "as a QR code too; on a terminal, that comes by itself");
  auto* paper_command = command("paper", "a tool as a file to print or to go on with");
  paper_command->add_option("tool", cli.tool, "which one, see below")->required();
  wants_row(paper_command);
  paper_command->add_option("--format", cli.format, "docx, html or csv")->capture_default_str()->check(CLI::IsMember({"docx", "html", "csv"}));
  paper_command->add_option("--language", cli.language, "fr, nl or en; otherwise this device's")->check(CLI::IsMember({"fr", "nl", "en"}));
  paper_command->add_option("-o,--output", cli.output, "file; - for standard output; otherwise named after what it holds, in this folder");
  paper_command->footer("Tools, and of what the id is:\n" + tools_in_words(language_of_machine()));
  auto* verify_command = command("verify", "read the whole replica and hold it against what was written");
  auto* rebuild_command = command("rebuild", "put a fresh replica in the place of a damaged one: unsent work is taken over, the rest comes from the relay");
  rebuild_command->add_option("--invite", cli.invite, "a new invite, where the damaged file does not tell any more who this device is");

  try {
    app.parse(argc, argv);
    if (sodium_init() < 0) return software;
    if (init_command->parsed()) return init(cli);
    if (serve_command->parsed()) return serve_pages(cli, pages);
    finish_rebuild(database_of(cli));
    if (!std::filesystem::exists(database_of(cli)))
      return fail(cli, {Code::not_found, "no replica in " + cli.home + "; run `carnet init --invite ...` first, or give --home"});
    if (rebuild_command->parsed()) return rebuild_now(cli);
    if (auto damage = damage_of(database_of(cli))) return complain(cli, in_words(database_of(cli), *damage), damaged);
    Replica replica(database_of(cli), domain());
    if (came_from_elsewhere(database_of(cli), replica)) tell_of_move(replica);
    if (verify_command->parsed()) return verify(cli, replica);
    auto damage = marked_damage(replica);
    if (damage) std::cerr << "carnet: " << in_words(database_of(cli), *damage) << "\n";
    for (auto& [asked, read] : {std::pair(status_command, &status), {list_command, &list}, {show_command, &show}, {conflicts_command, &conflicts},
                                  {export_command, &export_space}, {paper_command, &print_paper}})  // goes on in a damaged replica, as far as it goes
      if (asked->parsed()) {
        auto code = read(cli, replica);
        return damage ? damaged : code;
      }
    if (damage) return damaged;
    if (rejoin_command->parsed()) return rejoin_now(cli, replica);
    if (sync_command->parsed()) return sync_now(cli, replica);
    if (agent_command->parsed()) return agent(cli, replica);
    if (settings_command->parsed()) return settings(cli, replica);
    if (traffic_command->parsed()) return show_all(cli, replica, traffic_of(replica), print_traffic);
    if (search_command->parsed()) return search(cli, replica);
    if (add_command->parsed()) return add(cli, replica);
    if (edit_command->parsed()) return edit(cli, replica);
    if (restore_command->parsed()) return done(cli, Notebook(replica).restore(RowId{cli.id}, cli.number));
    if (reread_command->parsed()) return reread(cli, replica);
    if (remove_command->parsed()) return done(cli, Notebook(replica).remove(RowId{cli.id}));
    if (resolve_command->parsed()) return done(cli, Notebook(replica).resolve(RowId{cli.id}, cli.column, cli.choice));
    if (import_command->parsed()) return import_rows(cli, replica);
    if (retry_command->parsed()) return quarantine_retry(cli, replica);
    if (move_command->parsed()) return quarantine_move(cli, replica);
    if (drop_command->parsed()) return quarantine_drop(cli, replica);
    if (quarantine_command->parsed()) return quarantine(cli, replica);
    if (invite_command->parsed()) return invite_device(cli, replica);
    if (publish_command->parsed()) return publish(cli, replica);
    return usage;
  } catch (const CLI::ParseError& error) {
    auto code = app.exit(error);
    return code ? usage : ok;
  } catch (const std::exception& error) {
    auto path = database_of(cli);
    if (auto refusal = refusal_of_disk(path, error)) return complain(cli, *refusal, no_space);
    if (auto damage = damage_of(path, &error)) {
      mark_damaged(path, *damage);
      return complain(cli, in_words(path, *damage), damaged);
    }
    return complain(cli, error.what(), software);
  }
}
