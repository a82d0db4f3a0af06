// `carnet near`: the local network on the command line.
#include <fmt/format.h>
#include <unistd.h>

#include <iostream>

#include "client/cli.hpp"
#include "client/link.hpp"
#include "client/near.hpp"
#include "client/phrases.hpp"
#include "sync/qr_code.hpp"

namespace carnet {

using nlohmann::json;

namespace {

constexpr int most_without_photo = 3;  // meetings one after the other that make none whole: the largest clip takes two

std::string name_of(Replica& replica, const MeetingReport& report, Language language) {
  if (!report.peer) return say(language, {"a device", "un appareil", "een toestel"});
  auto name = name_of(replica, *report.peer);
  return !name.empty() ? name : say(language, {"device {}", "l'appareil {}", "toestel {}"}, report.peer->value);
}

json in_json(Language language, const Met& met) {
  auto& report = met.report;
  json refused = json::array();
  for (auto& error : report.refused) refused.push_back(in_words(language, error.text));
  json all{{"address", met.address}, {"device", report.peer ? json(report.peer->value) : json()}, {"spaces", report.spaces.size()}, {"given", report.given}, {"lent", report.lent}, {"borrowed", report.borrowed}, {"frames", report.frames}, {"known", report.known},
           {"rows", report.rows}, {"conflicts", report.conflicts}, {"waiting", report.waiting}, {"newer_here", report.newer_here.size()}, {"newer_there", report.newer_there.size()}, {"photos", report.photos}, {"photos_sent", report.photos_sent}, {"bytes", met.bytes}, {"refused", refused}};
  all["error"] = met.error ? json(in_words(language, met.error->text)) : json();
  return all;
}

void print(Replica& replica, Language language, const Met& met) {
  auto& report = met.report;
  auto tell = [&](const Words& words, const auto&... values) { fmt::print("{}\n", say(language, words, values...)); };
  if (!report.spaces.empty())
    tell({"met {}: {} rows came, {} pieces of work were given; {} conflicts", "rencontre avec {} : {} fiche(s) reçue(s), {} lot(s) de travail donné(s) ; {} conflit(s)",
          "{} ontmoet: {} fiche(s) ontvangen, {} stuk(ken) werk gegeven; {} conflict(en)"}, name_of(replica, report, language), report.rows, report.given, report.conflicts);
  if (report.lent)
    tell({"{} rows of what the relay said were passed on", "{} fiche(s) reçue(s) du relais ont été transmises", "{} fiche(s) van het relais zijn doorgegeven"}, report.lent);
  if (report.photos + report.photos_sent)
    tell({"photos, sounds and clips: {} came, {} were sent", "photos, sons et vidéos : {} reçu(s), {} envoyé(s)", "foto's, geluiden en video's: {} ontvangen, {} verstuurd"}, report.photos, report.photos_sent);
  if (report.waiting)
    tell({"{} rows go on with texts that are not here yet: they are shown after another meeting, or the next sync", "{} fiche(s) continuent des textes qui ne sont pas encore ici : elles seront montrées après une autre rencontre, ou la prochaine synchronisation",
          "{} fiche(s) gaan verder met teksten die hier nog niet zijn: ze worden getoond na een andere ontmoeting of de volgende synchronisatie"}, report.waiting);
  if (!report.newer_there.empty())
    tell({"the other device has a newer key of {} spaces, and gave nothing of them: let this one meet the relay first", "l'autre appareil a une clé plus récente de {} espace(s), et n'en a rien donné : cet appareil doit d'abord rencontrer le relais",
          "het andere toestel heeft een nieuwere sleutel van {} ruimte(n), en gaf er niets van: laat dit toestel eerst het relais ontmoeten"}, report.newer_there.size());
  if (!report.newer_here.empty())
    tell({"the other device has an older key of {} spaces, and was given nothing of them: let it meet the relay first", "l'autre appareil a une clé plus ancienne de {} espace(s), et n'en a rien reçu : il doit d'abord rencontrer le relais",
          "het andere toestel heeft een oudere sleutel van {} ruimte(n), en kreeg er niets van: laat het eerst het relais ontmoeten"}, report.newer_here.size());
  for (auto& error : report.refused) fmt::print("{}\n", in_words(language, error.text));
  if (met.error) fmt::print("{}: {}\n", met.address, in_words(language, met.error->text));
}

// Where others find this device: to be told to them, or read by them.
void tell_place(const Cli& cli, const std::string& place) {
  if (cli.as_json) {
    std::cout << json{{"listens", place}}.dump() << std::endl;
  } else {
    fmt::print("{}\n", say(cli.speaks, {"this device listens at {}; on another one: carnet near {}", "cet appareil écoute à {} ; sur un autre : carnet near {}", "dit toestel luistert op {}; op een ander: carnet near {}"}, place, place));
    if (cli.qr || isatty(STDOUT_FILENO)) std::cout << qr_code(place);
  }
  std::cout << std::flush;
}

Result<void> be_found(const Cli& cli, Near& near) {
  auto address = cli.listen.value_or(local_network_address());
  if (address.empty()) return Error{Code::not_found, "this machine is in no local network: connect it to the Wi-Fi or by a cable, or turn on its hotspot"};
  auto port = near.listen(address, cli.near_port);
  if (!port) return port.error();
  tell_place(cli, fmt::format("{}:{}", address, *port));
  if (cli.unannounced) return {};
  if (auto looks = near.look_around(); !looks) std::cerr << "carnet: " << in_words(cli.speaks, looks.error().text) << "\n";
  return {};
}

}  // namespace

int near(const Cli& cli, Replica& replica) {
  std::optional<Met> last;
  Near* running = nullptr;
  int without_photo = 0;
  Near near(replica, [&](const Met& met) {
    bool is_stranger = !met.we_called && met.report.spaces.empty();  // who had no key, and met nobody
    if (is_stranger) return;
    if (cli.as_json) std::cout << in_json(cli.speaks, met).dump() << std::endl;
    else print(replica, cli.speaks, met);
    std::fflush(stdout);
    last = met;
    without_photo = met.report.photos + met.report.photos_sent > 0 ? 0 : without_photo + 1;
    bool goes_on = !cli.name.empty() && !met.error && met.report.has_more && without_photo < most_without_photo && running->call(cli.name);
    if (cli.once || (!cli.name.empty() && !goes_on)) running->stop();
  });
  running = &near;
  if (auto able = near.is_able(); !able) return fail(cli, able.error());
  auto begun = cli.name.empty() ? be_found(cli, near) : near.call(cli.name);
  if (!begun) return fail(cli, begun.error());
  near.run(true);
  if (cli.name.empty() || !last) return ok;
  if (last->error) return last->report.spaces.empty() ? exit_code(last->error->code) : temporary;
  return last->report.refused.empty() ? ok : data_error;
}

}  // namespace carnet
