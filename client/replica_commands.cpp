// Commands on the replica as a whole: begin, sync, settings, look over, put anew.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <iostream>

#include "client/agent_loop.hpp"
#include "client/cli.hpp"
#include "client/damage.hpp"
#include "client/enrol.hpp"
#include "client/phrases.hpp"
#include "client/status.hpp"
#include "client/sync_lock.hpp"
#include "core/domain.hpp"
#include "sync/address.hpp"
#include "sync/invite.hpp"

namespace carnet {

using nlohmann::json;

namespace {

// Read, and looked at: what is expired by this machine's clock may be good by the relay's.
Result<Invite> invite_of(const Cli& cli) {
  auto invite = read_invite(cli.invite);
  if (!invite)
    return Error{invite.error().code, say(cli.speaks, {"this is no whole invite: copy it again, from 'carnet1-' to its last character",
                                                     "ce n'est pas une invitation entière : copiez-la encore, de « carnet1- » à son dernier caractère",
                                                     "dit is geen volledige uitnodiging: kopieer ze opnieuw, van 'carnet1-' tot het laatste teken"})};
  if (auto address = read_address(invite->address); !address) return address.error();
  if (invite->expires < std::time(nullptr))
    std::cerr << "carnet: " << say(cli.speaks, {"by this computer's clock the invite expired on {}; where the clock is right, ask for a new one. You can write all the same",
                                              "selon l'horloge de cet ordinateur, l'invitation a expiré le {} ; si l'horloge est juste, demandez-en une autre. Vous pouvez écrire quand même",
                                              "volgens de klok van deze computer verviel de uitnodiging op {}; loopt de klok juist, vraag dan een nieuwe. U kunt toch al schrijven"},
                                   local_date(invite->expires)) << "\n";
  return invite;
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

std::string in_words(Language language, const Rebuilt& done) {
  auto text = say(language, {"rebuilt: {} rows of unsent work are taken over; the damaged file lies at {}", "refait : {} fiche(s) non envoyée(s) sont reprises ; le fichier abîmé se trouve dans {}",
                             "opnieuw gemaakt: {} niet verzonden fiche(s) zijn overgenomen; het beschadigde bestand ligt in {}"}, done.rows, done.kept);
  for (auto& [table, rows] : done.lost) text += "\n" + say(language, {"could not be read: {} of {}", "illisible(s) : {} de {}", "niet te lezen: {} van {}"}, rows, table);
  if (!done.all_named)
    text += "\n" + std::string(Words{"there may be more unsent rows that cannot be read; the damaged file has them if anything has",
                                     "il peut y avoir d'autres fiches non envoyées et illisibles ; si quelque chose les a encore, c'est le fichier abîmé",
                                     "er kunnen nog niet verzonden fiches zijn die niet te lezen zijn; als iets ze nog heeft, is het het beschadigde bestand"}.in(language));
  return text;
}

int show_all(const Cli& cli, Replica& replica, const Result<json>& all, void (*print)(const json&, Language)) {
  if (!all) return fail(cli, all.error());
  if (cli.as_json) std::cout << in_full(*all) << "\n";
  else print(*all, language_of(replica));
  return ok;
}

}  // namespace

std::string database_of(const Cli& cli) { return (std::filesystem::path(cli.home) / "carnet.db").string(); }

int init(const Cli& cli) {
  auto invite = invite_of(cli);
  if (!invite) return fail(cli, invite.error());
  std::filesystem::create_directories(cli.home);
  if (std::filesystem::exists(database_of(cli)))
    return fail(cli, Error{Code::invalid, fmt::format("{} exists already: this home is enrolled; `carnet rejoin` gives it a new key by an invite and keeps everything, another --home begins anew", database_of(cli))});
  enrol_at(database_of(cli), *invite);
  if (cli.as_json) std::cout << json{{"device", invite->device.value}, {"name", invite->name}}.dump() << "\n";
  else fmt::print("{}\n", say(cli.speaks, {"{} is ready: write now, sync when there is a link.", "{} est prêt : écrivez dès maintenant, synchronisez quand il y a une liaison.",
                                        "{} is klaar: schrijf nu, synchroniseer als er verbinding is."}, invite->name));
  return ok;
}

int sync(const Cli& cli, Replica& replica) {
  bool show = !cli.as_json && isatty(STDERR_FILENO);
  auto settings = read_settings(replica);
  if (!settings) return fail(cli, settings.error());
  auto lock = SyncLock::take(transfer_lock(replica), "a sync");
  if (!lock) return fail(cli, lock.error());
  SyncRun run;
  LinuxMachine machine;
  replica.collect();
  if (!cli.if_waiting || rows_waiting(replica) > 0)
    run = exchange(replica, *settings, machine, [&](const Traffic& traffic) {
      if (show) fmt::print(stderr, "\r{} ", say(cli.speaks, {"{} bytes up, {} down", "{} octets montés, {} descendus", "{} bytes op, {} neer"}, traffic.up, traffic.down));
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

int traffic(const Cli& cli, Replica& replica) { return show_all(cli, replica, traffic_of(replica), print_traffic); }

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
    if (!cli.as_json) fmt::print("{:<12} {:<12} {} ({})\n", each.name, each.value, in_words(cli.speaks, each.meaning), in_words(cli.speaks, each.values));
  }
  if (all.empty()) return fail(cli, Error{Code::not_found, fmt::format("no setting '{}'; `carnet settings` lists them", cli.name)});
  if (cli.as_json) std::cout << in_full(all) << "\n";
  return ok;
}

int agent(const Cli& cli, Replica& replica) {
  auto ended = run_agent(replica, [](const std::string& text) {
    fmt::print("{}\n", text);
    std::fflush(stdout);
  });
  return ended ? ok : fail(cli, ended.error());
}

int rejoin(const Cli& cli, Replica& replica) {
  auto invite = invite_of(cli);
  if (!invite) return fail(cli, invite.error());
  auto transfer = SyncLock::take(transfer_lock(replica), "a sync");
  if (!transfer) return fail(cli, transfer.error());
  return done(cli, rejoin(database_of(cli), replica, *invite));
}

int verify(const Cli& cli, Replica& replica) {
  auto path = database_of(cli);
  replica.audit();
  replica.unset("damaged");
  if (cli.as_json) std::cout << "{}\n";
  else fmt::print("{}\n", say(cli.speaks, {"{}: pages are sound, and all rows are those that were written", "{} : les pages sont saines, et toutes les fiches sont celles qui ont été écrites",
                                        "{}: de bladen zijn gaaf, en alle fiches zijn zoals ze geschreven werden"}, path));
  return ok;
}

int rebuild(const Cli& cli) {
  auto path = database_of(cli);
  std::optional<Invite> invite;
  if (!cli.invite.empty()) {
    auto read = invite_of(cli);
    if (!read) return fail(cli, read.error());
    invite = *read;
  }
  {
    auto agent = SyncLock::take(agent_lock(path), "an agent");
    if (!agent) return fail(cli, Error{agent.error().code, fmt::format("{}; stop it first", agent.error().text)});
    auto transfer = SyncLock::take(transfer_lock(path), "a sync");
    if (!transfer) return fail(cli, transfer.error());
    if (!invite && is_sound(path)) {
      if (!cli.as_json) fmt::print("{}\n", say(cli.speaks, {"{} is not damaged", "{} n'est pas abîmé", "{} is niet beschadigd"}, path));
    } else {
      auto done = rebuild(path, invite);
      if (!done) return fail(cli, done.error());
      if (!cli.as_json) fmt::print("{}\n", in_words(cli.speaks, *done));
      std::fflush(stdout);
    }
  }
  Replica replica(path, domain());
  return sync(cli, replica);
}

int serve_pages(const Cli& cli) {
  auto options = cli.pages;
  options.folder = cli.home;
  auto done = serve(options, [&](const Serving& serving) {
    if (cli.as_json) std::cout << json{{"open", serving.address}}.dump() << std::endl;
    else std::cout << serving.address << std::endl;
  });
  return done ? ok : fail(cli, done.error());
}

}  // namespace carnet
