#include "client/status.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "client/media.hpp"
#include "client/near_thread.hpp"
#include "client/refusals.hpp"
#include "client/sync_lock.hpp"
#include "core/clock.hpp"
#include "sync/client_session.hpp"
#include "sync/limits.hpp"
#include "sync/messages.hpp"
#include "sync/stream.hpp"

namespace carnet {

using nlohmann::json;

namespace {

constexpr std::size_t sample_bytes = 1'000'000;  // of a space, unpacked, that are packed to know how much the whole will take
constexpr std::int64_t look_bytes = 300;         // an exchange without rows, heads included

// Null where nobody said what a megabyte costs.
json francs(std::int64_t bytes, std::int64_t price) {
  if (price == 0) return {};
  return static_cast<double>(cost(bytes, price)) / 100;
}

// What the rows that wait would take on the link, by packing the first of them.
double packed_bytes(Replica& replica, SpaceId space, Packing& packing) {
  auto bytes = static_cast<double>(replica.luggage(space).bytes) / unpacked_to_packed;
  auto rows = replica.pending_rows(space);
  if (rows == 0) return bytes;
  auto sample = replica.pending(space, replica.space(space).acked, sample_bytes);
  if (sample.rows.empty()) return bytes;
  packing.prime(replica.shared_text(space, true).text(), rows * bytes_of_a_row);
  auto part = static_cast<double>(rows) / static_cast<double>(sample.rows.size());
  packing.put(encode(Changes{std::move(sample), replica.space(space).seen}, Direction::up, 1));
  return bytes + std::max(part, 1.0) * static_cast<double>(packing.flush().size());
}

std::int64_t packed_bytes(Replica& replica) {
  Packing packing;
  double bytes = 0;
  for (auto& space : replica.spaces()) bytes += packed_bytes(replica, space.id, packing);
  return static_cast<std::int64_t>(bytes) + look_bytes;
}

json cost_of(const Settings& settings, const Budget& budget, const Moment& now, std::int64_t bytes) {
  auto nights = bytes > 0 ? budget.nights_needed(now, bytes) : std::optional(0);
  return {{"bytes", bytes}, {"francs", francs(bytes, settings.limits.price)}, {"nights", nights ? json(*nights) : json()}};
}

json waiting(Replica& replica, const Settings& settings, const Budget& budget, const Moment& now) {
  auto rows = rows_waiting(replica);
  auto bytes = rows > 0 ? packed_bytes(replica) : 0;
  auto told = cost_of(settings, budget, now, bytes);
  if (rows > 0) told["francs"] = francs(bytes + settings.limits.connection_bytes, settings.limits.price);
  told["rows"] = rows;
  return told;
}

// Over a link that is paid.
json media_waiting(Replica& replica, const Settings& settings, const Budget& budget, const Moment& now) {
  auto waits = MediaShelf(replica).waiting(false, now.utc);
  json told{{"up", cost_of(settings, budget, now, waits.bytes_up)}, {"down", cost_of(settings, budget, now, waits.bytes_down)}};
  told["up"]["files"] = waits.up;
  told["down"]["files"] = waits.down;
  return told;
}

json amount(std::int64_t bytes, const Budget::Amount& limit, std::int64_t price) {
  return {{"bytes", bytes}, {"francs", francs(bytes, price)}, {"limit_bytes", limit.bytes ? json(*limit.bytes) : json()},
          {"limit_francs", limit.francs ? json(*limit.francs) : json()}};
}

// Over metered links, today, in the night that is or was last, and in this month.
json used(const Settings& settings, const Budget& budget, const Moment& now) {
  using namespace std::chrono;
  auto local = local_time(now);
  auto today = floor<days>(local), night = night_at(settings.policy.window, local).day;
  auto month = year_month_day{today}.year() / year_month_day{today}.month();
  std::int64_t in_day = 0, in_night = 0, in_month = 0;
  for (auto& row : budget.log(Budget::Link::metered)) {
    local_days day{days{static_cast<int>(row.day)}};
    if (day == today) in_day = row.bytes();
    if (day == night) in_night = row.night;
    year_month_day date{day};
    if (date.year() / date.month() == month) in_month += row.bytes();
  }
  auto& limits = settings.limits;
  return {{"day", amount(in_day, limits.day, limits.price)}, {"night", amount(in_night, limits.night, limits.price)},
          {"month", amount(in_month, limits.month, limits.price)}};
}

// Names of spaces that went from this device and have not come back.
json given_up(Replica& replica) {
  json names = json::array();
  SQLite::Statement select(replica.database(), "SELECT value FROM carnet_setting WHERE name GLOB 'given_up/*' ORDER BY name");
  while (select.executeStep()) names.push_back(select.getColumn(0).getString());
  return names;
}

const char* word(Schedule::When when) {
  return when == Schedule::When::manual ? "manual" : when == Schedule::When::link ? "link" : "night";
}

// As the pages know it (client/ui/src/api.ts).
const char* word(Schedule::Why why) {
  using Why = Schedule::Why;
  switch (why) {
    case Why::waiting: return "waiting";
    case Why::look: return "look";
    case Why::window_lost: return "window_lost";
    case Why::nights_missed: return "nights_missed";
    case Why::manual: return "manual";
    case Why::nothing_due: return "nothing_due";
    case Why::no_link: return "no_link";
    case Why::no_mobile_data: return "no_mobile_data";
    case Why::refused: return "refused";
    case Why::outside_window: return "outside_window";
    case Why::backing_off: return "backing_off";
    case Why::just_ended: return "just_ended";
    case Why::budget: return "budget";
    case Why::budget_small: return "budget_small";
  }
  return "";
}

json agent(Replica& replica, const Settings& settings, Machine& machine) {
  Schedule schedule(settings.policy, replica.device(), Ledger(replica).schedule());
  auto look = schedule.state().look;
  auto made = plan(schedule, replica, settings, machine);
  auto& next = made.next;
  auto error = replica.setting("last_error");
  return {{"running", SyncLock::is_held(agent_lock(replica))}, {"policy", word(settings.policy.when)},
          {"act", next.act == Schedule::Act::go ? "go" : next.act == Schedule::Act::never ? "never" : "later"},
          {"why", in_words(made, replica, machine)}, {"reason", word(next.why)}, {"next", next.at == 0 ? json() : json(next.at)},
          {"last_complete", look.boot == 0 ? json() : json(look.utc)}, {"last_error", error ? json(*error) : json()}};
}

json near(Replica& replica, const Settings& settings) {
  bool runs = settings.near != near_off && SyncLock::is_held(agent_lock(replica));
  json met = json::array();
  for (auto& each : last_met(replica)) met.push_back({{"device", each.device.value}, {"name", each.name}, {"at", each.at}, {"rows", each.rows}});
  return {{"setting", settings.near}, {"listens", runs ? json(near_place(replica)) : json()}, {"met", met}};
}

std::string text(const json& held) { return held.is_string() ? held.get<std::string>() : held.dump(); }

// Prints in one language.
struct Printer {
  Language language;

  template <class... Values>
  void line(const Words& words, const Values&... values) const { fmt::print("{}\n", say(language, words, values...)); }
  const char* in(const Words& words) const { return words.in(language); }

  std::string kilobytes(const json& bytes) const { return decimal(language, bytes.get<double>() / 1'000, 1) + in({" KB", " ko", " kB"}); }
  std::string in_francs(const json& amount) const { return amount.is_null() ? "" : ", " + decimal(language, amount.get<double>(), 2) + " FCFA"; }

  std::string amount(const Words& span, const json& used) const {
    auto words = std::string(in(span)) + " " + kilobytes(used["bytes"]);
    auto of = in({" of ", " sur ", " van "});
    if (!used["limit_bytes"].is_null()) words += of + kilobytes(used["limit_bytes"]);
    words += in_francs(used["francs"]);
    if (!used["limit_francs"].is_null()) words += of + text(used["limit_francs"]);
    return words;
  }

  void spaces(const json& all) const {
    for (auto& space : all) {
      auto verified = space["verified"].is_null()
          ? std::string(in({"never verified", "jamais vérifié", "nooit geverifieerd"}))
          : say(language, {"verified identical {}", "vérifié identique {}", "gelijk bevonden {}"}, local_date(space["verified"].get<std::int64_t>()));
      line({"  {:<28} {:>7} rows, {} waiting here, {}", "  {:<28} {:>7} ligne(s), en attente ici : {}, {}", "  {:<28} {:>7} rij(en), hier wachtend: {}, {}"},
           text(space["name"]), text(space["rows"]), text(space["waiting"]), verified);
    }
  }

  void waiting(const json& waits) const {
    if (waits["rows"] == 0) return line({"nothing waits here", "rien n'attend ici", "hier wacht niets"});
    auto nights = waits["nights"].is_null()
        ? std::string(in({"more nights than the budget will ever give: give it room", "plus de nuits que le budget n'en donnera jamais : agrandissez-le",
                          "meer nachten dan het budget ooit geeft: maak het groter"}))
        : say(language, {"nights at this budget: {}", "nuits à ce budget : {}", "nachten met dit budget: {}"}, text(waits["nights"]));
    line({"waiting here: {} rows, about {}{} over metered links; {}", "en attente ici : {} ligne(s), environ {}{} en données payantes ; {}",
          "hier wachtend: {} rij(en), ongeveer {}{} over betaalde data; {}"},
         text(waits["rows"]), kilobytes(waits["bytes"]), in_francs(waits["francs"]), nights);
  }

  void media(const json& waits) const {
    if (waits["up"]["files"] != 0)
      line({"photos, sounds and clips to send: {}, {}{}", "photos, sons et vidéos à envoyer : {}, {}{}", "foto's, geluiden en video's te verzenden: {}, {}{}"}, text(waits["up"]["files"]),
           kilobytes(waits["up"]["bytes"]), in_francs(waits["up"]["francs"]));
    if (waits["down"]["files"] != 0)
      line({"photos, sounds and clips to come: {}, {}{}", "photos, sons et vidéos à recevoir : {}, {}{}", "foto's, geluiden en video's te ontvangen: {}, {}{}"}, text(waits["down"]["files"]),
           kilobytes(waits["down"]["bytes"]), in_francs(waits["down"]["francs"]));
  }

  void agent(const json& agent) const {
    auto runs = agent["running"].get<bool>() ? in({"runs", "en marche", "draait"})
                                             : in({"does not run (`carnet agent`)", "arrêté (`carnet agent`)", "draait niet (`carnet agent`)"});
    line({"agent: {}, policy {}: {}", "agent : {}, réglage {} : {}", "agent: {}, instelling {}: {}"}, runs, text(agent["policy"]), text(agent["why"]));
    if (!agent["last_error"].is_null())
      line({"the last exchange: {}", "le dernier échange : {}", "de laatste uitwisseling: {}"}, text(agent["last_error"]));
    if (agent["last_complete"].is_null())
      return line({"waiting at the relay: unknown, it was never asked to the end", "au relais : on ne sait pas, aucun échange n'est encore allé au bout",
                   "bij het relais: onbekend, nog geen uitwisseling kwam ten einde"});
    line({"waiting at the relay: unknown until asked; {} all of it was here", "au relais : on ne sait pas avant de demander ; {} tout était ici",
          "bij het relais: onbekend tot het gevraagd wordt; {} was alles hier"}, local_date(agent["last_complete"].get<std::int64_t>()));
  }

  void near(const json& near) const {
    if (!near["listens"].is_null() && near["listens"] != "") line({"local network: this device is found at {}", "réseau local : on trouve cet appareil à {}", "lokaal netwerk: dit toestel is te vinden op {}"}, text(near["listens"]));
    for (auto& met : near["met"]) {
      auto name = met["name"] == "" ? say(language, {"device {}", "l'appareil {}", "toestel {}"}, text(met["device"])) : text(met["name"]);
      line({"last met {} on {}: {} rows came", "dernière rencontre avec {} le {} : {} fiche(s) reçue(s)", "{} laatst ontmoet op {}: {} fiche(s) ontvangen"}, name, local_date(met["at"].get<std::int64_t>()), text(met["rows"]));
    }
  }

  void clock(const json& offset) const {
    auto seconds = offset.get<std::int64_t>();
    if (std::abs(seconds) <= max_ahead_seconds) return;
    auto span = span_in_words(language, std::abs(seconds));
    if (seconds < 0)
      line({"clock: at the last exchange this computer's clock was {} ahead; what you write is dated by the relay's time",
            "horloge : au dernier échange, celle de cet ordinateur avançait de {} ; vos saisies sont datées à l'heure du relais",
            "klok: bij de laatste uitwisseling liep die van deze computer {} voor; wat u schrijft, krijgt de tijd van het relais"}, span);
    else
      line({"clock: at the last exchange this computer's clock was {} behind; what you write is dated by the relay's time",
            "horloge : au dernier échange, celle de cet ordinateur retardait de {} ; vos saisies sont datées à l'heure du relais",
            "klok: bij de laatste uitwisseling liep die van deze computer {} achter; wat u schrijft, krijgt de tijd van het relais"}, span);
  }
};

}  // namespace

Result<json> cost_of(Replica& replica, Machine& machine, std::int64_t bytes) {
  auto settings = read_settings(replica);
  if (!settings) return settings.error();
  return cost_of(*settings, Budget(settings->limits, Ledger(replica).budget()), machine.now(), bytes);
}

std::int64_t bytes_waiting(Replica& replica, SpaceId space) {
  Packing packing;
  return static_cast<std::int64_t>(packed_bytes(replica, space, packing));
}

Result<json> media_waiting(Replica& replica, Machine& machine) {
  auto settings = read_settings(replica);
  if (!settings) return settings.error();
  return media_waiting(replica, *settings, Budget(settings->limits, Ledger(replica).budget()), machine.now());
}

Result<json> status_of(Replica& replica, Machine& machine) {
  auto settings = read_settings(replica);
  if (!settings) return settings.error();
  replica.collect();
  json all{{"device", replica.device().value}, {"name", replica.setting("name").value_or("")}, {"spaces", json::array()},
           {"conflicts", replica.conflicts().size()}, {"rereads", replica.rereads().size()}, {"quarantine", json::array()}, {"clock_offset", replica.clock_offset()}};
  for (auto& space : replica.spaces())
    all["spaces"].push_back({{"space", space.id.value}, {"name", space.name}, {"kind", space.kind}, {"role", std::string(name_of(role_in(replica, space.id)))},
                             {"rows", space.digest.rows}, {"waiting", replica.pending_rows(space.id)},
                             {"digest", fmt::format("{:016x}", space.digest.sum)},
                             {"verified", space.verified ? json(*space.verified) : json()}});
  for (auto& frame : replica.quarantined())
    all["quarantine"].push_back({{"number", frame.number}, {"rows", frame.rows.size()}, {"reason", in_words(language_of(replica), frame.reason)}, {"at", frame.at}});
  all["given_up"] = given_up(replica);
  Budget budget(settings->limits, Ledger(replica).budget());
  all["waiting"] = waiting(replica, *settings, budget, machine.now());
  all["media"] = media_waiting(replica, *settings, budget, machine.now());
  all["used"] = used(*settings, budget, machine.now());
  all["agent"] = agent(replica, *settings, machine);
  all["near"] = near(replica, *settings);
  return all;
}

void print_status(const json& all, Language language) {
  Printer print{language};
  print.line({"{} (device {})", "{} (appareil {})", "{} (toestel {})"}, text(all["name"]), text(all["device"]));
  print.spaces(all["spaces"]);
  if (all["conflicts"] != 0)
    print.line({"open conflicts: {} (`carnet conflicts`)", "conflits à trancher : {} (`carnet conflicts`)", "open conflicten: {} (`carnet conflicts`)"}, text(all["conflicts"]));
  if (all["rereads"] != 0)
    print.line({"texts to read again, since several wrote in them at once: {} (`carnet reread`)", "textes à relire, car plusieurs y ont écrit en même temps : {} (`carnet reread`)",
                "teksten om te herlezen, omdat er meerderen tegelijk in schreven: {} (`carnet reread`)"}, text(all["rereads"]));
  for (auto& frame : all["quarantine"])
    print.line({"refused: {} rows: {} (kept: `carnet quarantine`)", "refusé : {} ligne(s) : {} (gardé : `carnet quarantine`)",
                "geweigerd: {} rij(en): {} (bewaard: `carnet quarantine`)"}, text(frame["rows"]), text(frame["reason"]));
  for (auto& name : all["given_up"])
    print.line({"you are no member of {} any more; its rows went from this device", "vous n'êtes plus membre de {} ; ses lignes ont quitté cet appareil",
                "u bent geen lid meer van {}; de rijen ervan zijn van dit toestel"}, text(name));
  print.waiting(all["waiting"]);
  print.media(all["media"]);
  print.agent(all["agent"]);
  print.near(all["near"]);
  auto& used = all["used"];
  print.line({"used over metered links: {}; {}; {}", "données payantes : {} ; {} ; {}", "betaalde data: {}; {}; {}"},
             print.amount({"today", "aujourd'hui", "vandaag"}, used["day"]), print.amount({"the night", "la nuit", "de nacht"}, used["night"]),
             print.amount({"this month", "ce mois", "deze maand"}, used["month"]));
  print.clock(all["clock_offset"]);
}

Result<json> traffic_of(Replica& replica) {
  auto settings = read_settings(replica);
  if (!settings) return settings.error();
  Budget budget(settings->limits, Ledger(replica).budget());
  std::map<std::int64_t, json> days;
  for (auto link : {Budget::Link::free, Budget::Link::metered})
    for (auto& row : budget.log(link)) {
      bool metered = link == Budget::Link::metered;
      std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{static_cast<int>(row.day)}}};
      days[row.day * 2 + metered] = {{"day", fmt::format("{:04}-{:02}-{:02}", int{date.year()}, unsigned{date.month()}, unsigned{date.day()})},
                                     {"link", metered ? "metered" : "free"}, {"up", row.up}, {"down", row.down}, {"overhead", row.overhead},
                                     {"connections", row.connections}, {"francs", metered ? francs(row.bytes(), settings->limits.price) : json(0)}};
    }
  json all = json::array();
  for (auto& [key, day] : days) all.push_back(std::move(day));
  return all;
}

void print_traffic(const json& days, Language language) {
  constexpr auto line = "{:<10}  {:<8} {:>14} {:>17} {:>10} {:>11} {:>9}\n";
  auto in = [language](const Words& words) { return words.in(language); };
  fmt::print(line, in({"day", "jour", "dag"}), in({"link", "liaison", "link"}), in({"bytes up", "octets montés", "bytes op"}),
             in({"bytes down", "octets descendus", "bytes neer"}), in({"overhead", "en plus", "extra"}),
             in({"connections", "connexions", "verbindingen"}), "FCFA");
  for (auto& day : days)
    fmt::print(line, text(day["day"]), day["link"] == "metered" ? in({"metered", "payante", "betaald"}) : in({"free", "gratuite", "gratis"}), text(day["up"]), text(day["down"]), text(day["overhead"]), text(day["connections"]),
               day["francs"].is_null() ? "?" : decimal(language, day["francs"].get<double>(), 2));
}

}  // namespace carnet
