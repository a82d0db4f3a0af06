#include "client/exchange.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>

#include "client/damage.hpp"
#include "client/media.hpp"
#include "core/sqlite.hpp"

namespace carnet {

namespace {

// How much may move before it is written down: what a kill may forget.
constexpr std::int64_t metered_step = 16'384, free_step = 1'000'000;
constexpr std::int64_t least_exchange = 2'500;  // TLS's handshake, heads, hello and answer, with a small frame
constexpr auto told_clock = "clock_told";       // the setting that holds the offset of which people were told

class Meter {
 public:
  Meter(Replica& replica, const Settings& settings, Machine& machine, Budget::Link link)
      : ledger_(replica), budget_(settings.limits, ledger_.budget()), machine_(machine), link_(link) {}

  Budget::Allowance allowance() { return budget_.allowance(machine_.now(), link_, counted_.connections == 0 ? 1 : 0); }

  void count(const Traffic& total) {
    Budget::Moved moved{total.up - counted_.up, total.down - counted_.down, total.connections - counted_.connections};
    counted_ = total;
    auto change = budget_.count(machine_.now(), link_, moved);
    for (auto& row : change.rows) rows_[row.day] = row;
    dropped_.insert(dropped_.end(), change.dropped.begin(), change.dropped.end());
    unwritten_ += moved.up + moved.down;
    if (moved.connections > 0 || unwritten_ >= (link_ == Budget::Link::metered ? metered_step : free_step)) keep();
  }

  void keep() {
    Budget::Change change{{}, std::exchange(dropped_, {})};
    for (auto& [day, row] : std::exchange(rows_, {})) change.rows.push_back(row);
    if (!change.rows.empty()) ledger_.keep(link_, change, budget_.state());
    unwritten_ = 0;
  }

 private:
  Ledger ledger_;
  Budget budget_;
  Machine& machine_;
  Budget::Link link_;
  Traffic counted_;
  std::int64_t unwritten_ = 0;
  std::map<std::int64_t, Budget::Row> rows_;
  std::vector<std::int64_t> dropped_;
};

LinkState link_of(Replica& replica, const Settings& settings, Machine& machine) {
  return machine.link(replica.setting("address").value_or(""), settings.metered);
}

std::int64_t bytes_of(const Traffic& traffic, const Budget::Limits& limits) {
  return traffic.up + traffic.down + traffic.connections * limits.connection_bytes;
}

bool is_untouched(const Budget::Allowance& allowance, const Budget::Limits& limits) {
  return allowance.bytes + limits.connection_bytes >= allowance.of;
}

std::int64_t written_here(Replica& replica) {
  std::int64_t sum = 0;
  for (auto& space : replica.spaces()) sum += space.seq.value;
  return sum;
}

// The least that a whole budget has to be for anything to move. A budget of nothing is meant so.
std::int64_t least_budget(Replica& replica, const Settings& settings) {
  return std::max(settings.limits.connection_bytes + least_exchange, Ledger(replica).least(written_here(replica)));
}

bool too_small(const Budget::Allowance& allowance, std::int64_t least) {
  return allowance.limit != Budget::Limit::none && allowance.of > 0 && allowance.of < least;
}

Words span(Budget::Limit limit) {
  return limit == Budget::Limit::day     ? Words{"the budget of the day", "le budget du jour", "het budget van de dag"}
         : limit == Budget::Limit::night ? Words{"the budget of the night", "le budget de la nuit", "het budget van de nacht"}
                                         : Words{"the budget of the month", "le budget du mois", "het budget van de maand"};
}

// The setting that gives this limit so many bytes.
std::string setting_for(const Budget::Allowance& allowance, const Budget::Limits& limits, std::int64_t bytes) {
  auto name = allowance.limit == Budget::Limit::day ? "day" : allowance.limit == Budget::Limit::night ? "night" : "month";
  bool by_bytes = limits.of(allowance.limit).bytes == allowance.of;
  return by_bytes ? fmt::format("{}_kb {}", name, (bytes + 999) / 1'000) : fmt::format("{}_fcfa {}", name, (cost(bytes, limits.price) + 99) / 100);
}

Error used_up(Language language, const Budget::Allowance& allowance, const Budget::Limits& limits, std::int64_t least) {
  auto kilobytes = fmt::format("{:.0f}", static_cast<double>(allowance.of) / 1'000);
  if (too_small(allowance, least))
    return {Code::busy, say(language, {"{} ({} KB) is too small for what comes next, which takes {} KB at least; nothing moves until it is larger: carnet settings {}",
                                       "{} ({} ko) est trop petit pour ce qui suit, qui demande au moins {} ko ; rien ne partira tant qu'il n'est pas plus grand : carnet settings {}",
                                       "{} ({} kB) is te klein voor wat volgt: dat vraagt minstens {} kB; er gaat niets weg tot het groter is: carnet settings {}"},
                            span(allowance.limit).in(language), kilobytes, (least + 999) / 1'000, setting_for(allowance, limits, least))};
  return {Code::busy, say(language, {"{} ({} KB) has no room for more; the rest goes from {} on, or when `carnet settings` gives it room",
                                     "{} ({} ko) est épuisé ; le reste partira à partir de {}, ou quand `carnet settings` l'agrandira",
                                     "{} ({} kB) is op; de rest gaat vanaf {}, of wanneer `carnet settings` het groter maakt"},
                          span(allowance.limit).in(language), kilobytes, local_date(allowance.until))};
}

// Whether people have to be told that the clock is wrong: once, and again when it is off by clearly another amount, or anew.
std::optional<std::int64_t> untold_clock(Replica& replica) {
  auto offset = replica.clock_offset();
  auto told = std::strtoll(replica.setting(told_clock).value_or("0").c_str(), nullptr, 10);
  if (std::abs(offset) <= max_ahead_seconds) {
    if (told != 0) replica.unset(told_clock);
    return {};
  }
  if (told != 0 && std::abs(offset - told) <= std::max(max_ahead_seconds, std::abs(offset) / 10)) return {};
  replica.set(told_clock, std::to_string(offset));
  return -offset;
}

// Tells what the schedule asks for.
Schedule::Situation situation_of(Replica& replica, const Settings& settings, Machine& machine) {
  Ledger ledger(replica);
  auto now = machine.now();
  auto link = link_of(replica, settings, machine);
  auto allowance = Budget(settings.limits, ledger.budget()).allowance(now, link.kind, 1);
  // What had no room before has none now, unless the limit has opened afresh, or was changed.
  bool enough = allowance.bytes > 0 && (allowance.bytes >= ledger.lacked() || is_untouched(allowance, settings.limits));
  bool media_wait = MediaShelf(replica).waiting(link.kind == Budget::Link::free, now.utc).up > 0;
  return {.now = now, .waiting = media_wait || rows_waiting(replica) > 0, .link = link.up, .mobile_data = link.kind == Budget::Link::metered,
          .budget_until = enough ? 0 : allowance.until, .budget_small = too_small(allowance, least_budget(replica, settings))};
}

Words reason(Schedule::Why why) {
  using Why = Schedule::Why;
  switch (why) {
    case Why::waiting: return {"something waits here", "des saisies attendent ici", "hier wacht iets"};
    case Why::look: return {"a look at the relay is due", "il est temps de regarder au relais", "het is tijd om bij het relais te kijken"};
    case Why::window_lost:
      return {"something waits, and the clock has not shown the night for a whole day", "des saisies attendent, et l'horloge n'a pas montré la nuit de toute une journée",
              "hier wacht iets, en de klok heeft een hele dag lang geen nacht getoond"};
    case Why::nights_missed:
      return {"for three nights no exchange came to its end (is this machine off at night?), so it goes by day",
              "depuis trois nuits aucun échange n'a abouti (ordinateur éteint la nuit ?), alors cela part de jour",
              "al drie nachten kwam geen uitwisseling ten einde (staat de computer 's nachts uit?), dus gaat het overdag"};
    case Why::manual:
      return {"never by itself: `carnet sync` does it, `carnet settings policy night` changes it",
              "jamais de lui-même : `carnet sync` le fait, `carnet settings policy night` le change",
              "nooit vanzelf: `carnet sync` doet het, `carnet settings policy night` verandert dat"};
    case Why::nothing_due: return {"nothing waits here", "rien n'attend ici", "hier wacht niets"};
    case Why::no_link: return {"there is no network", "il n'y a pas de réseau", "er is geen netwerk"};
    case Why::no_mobile_data:
      return {"the link is metered, and the setting mobile_data is no", "la liaison se paie au mégaoctet, et le réglage mobile_data dit no",
              "de verbinding kost geld per megabyte, en de instelling mobile_data is no"};
    case Why::refused: return {"the relay refused: `carnet status` shows why", "le relais a refusé : `carnet status` dit pourquoi", "het relais weigerde: `carnet status` zegt waarom"};
    case Why::outside_window: return {"it is not night: the setting window says when", "il ne fait pas nuit : le réglage window dit quand", "het is geen nacht: de instelling window zegt wanneer"};
    case Why::backing_off: return {"the last tries broke off", "les derniers essais ont été coupés", "de laatste pogingen werden afgebroken"};
    case Why::just_ended:
      return {"the last exchange has just ended: what is written now goes with the next", "le dernier échange vient de finir : ce qui s'écrit maintenant part avec le prochain",
              "de laatste uitwisseling is net klaar: wat nu geschreven wordt, gaat met de volgende mee"};
    case Why::budget: case Why::budget_small: break;  // told with their numbers
  }
  return {"", "", ""};
}

// What either side has of the other.
std::vector<std::pair<Seq, Seq>> places(Replica& replica) {
  std::vector<std::pair<Seq, Seq>> all;
  for (auto& space : replica.spaces()) all.push_back({space.acked, space.cursor});
  return all;
}

}  // namespace

std::size_t rows_waiting(Replica& replica) {
  std::size_t rows = 0;
  for (auto& space : replica.spaces()) rows += replica.pending_rows(space.id) + replica.luggage(space.id).rows;
  return rows;
}

std::string local_date(std::int64_t utc) {
  std::time_t time = utc;
  std::tm parts{};
  localtime_r(&time, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &parts);
  return text;
}

Plan plan(Schedule& schedule, Replica& replica, const Settings& settings, Machine& machine) {
  replica.collect();
  Plan made{schedule.decide(situation_of(replica, settings, machine)), settings};
  if (made.next.why != Schedule::Why::nights_missed && made.next.why != Schedule::Why::window_lost) return made;
  auto& night = made.settings.limits.window;
  night.until_minute = night.from_minute;  // until the next one
  made.next = schedule.decide(situation_of(replica, made.settings, machine));
  return made;
}

std::string in_words(const Plan& plan, Replica& replica, Machine& machine) {
  auto& [decision, settings] = plan;
  auto language = language_of(replica);
  std::string text = reason(decision.why).in(language);
  if (decision.why == Schedule::Why::budget || decision.why == Schedule::Why::budget_small) {
    auto allowance = Budget(settings.limits, Ledger(replica).budget()).allowance(machine.now(), Budget::Link::metered, 1);
    text = used_up(language, allowance, settings.limits, least_budget(replica, settings)).text;
  }
  if (decision.act == Schedule::Act::go) return say(language, {"now: {}", "maintenant : {}", "nu: {}"}, text);
  if (decision.act == Schedule::Act::never || decision.at == 0) return text;
  return say(language, {"{}; next try {}", "{} ; prochain essai {}", "{}; volgende poging {}"}, text, local_date(decision.at));
}

std::string clock_in_words(Language language, std::int64_t ahead) {
  auto span = span_in_words(language, std::abs(ahead));
  if (ahead > 0)
    return say(language, {"This computer's clock is {} ahead. What you wrote is dated by the relay's time; set the clock right when you can.",
                          "L'horloge de cet ordinateur avance de {}. Vos saisies ont été datées à l'heure du relais ; corrigez l'horloge quand vous pourrez.",
                          "De klok van deze computer loopt {} voor. Wat u schreef is gedateerd volgens de tijd van het relais; zet de klok gelijk wanneer het u past."}, span);
  return say(language, {"This computer's clock is {} behind. What you wrote is dated by the relay's time; set the clock right when you can.",
                        "L'horloge de cet ordinateur retarde de {}. Vos saisies ont été datées à l'heure du relais ; corrigez l'horloge quand vous pourrez.",
                        "De klok van deze computer loopt {} achter. Wat u schreef is gedateerd volgens de tijd van het relais; zet de klok gelijk wanneer het u past."}, span);
}

SyncRun exchange(Replica& replica, const Settings& settings, Machine& machine, const std::function<void(const Traffic&)>& moved) {
  if (auto damage = marked_damage(replica)) throw Damaged(*damage);
  SyncRun run;
  auto link = link_of(replica, settings, machine).kind;
  auto language = language_of(replica);
  Meter meter(replica, settings, machine, link);
  auto at_first = meter.allowance();
  auto least = least_budget(replica, settings);
  if (at_first.bytes == 0 || too_small(at_first, least)) {
    run.error = used_up(language, at_first, settings.limits, least);
    return run;
  }
  Ledger ledger(replica);
  Schedule schedule(settings.policy, replica.device(), ledger.schedule());
  schedule.began(machine.now(), machine.random());
  ledger.keep(schedule.state());
  auto before = places(replica);

  Watch watch;
  watch.moved = [&](const Traffic& traffic) {
    meter.count(traffic);
    if (moved) moved(traffic);
  };
  if (link == Budget::Link::metered) watch.left = [&] { return meter.allowance().bytes; };
  run = machine.sync(replica, watch);
  meter.keep();
  if (link == Budget::Link::metered && settings.limits.price > 0) run.cost = cost(bytes_of(run.traffic, settings.limits), settings.limits.price);
  run.clock_ahead = untold_clock(replica);
  bool progress = places(replica) != before || run.media.bytes_up + run.media.bytes_down > 0;
  if (run.lacked) {
    if (!progress && is_untouched(at_first, settings.limits)) {  // nor will it be enough in another night
      least = std::max(at_first.of + 1, bytes_of(run.traffic, settings.limits) + run.lacked + least_exchange);
      ledger.keep_least(least, written_here(replica));
    }
    run.error = used_up(language, meter.allowance(), settings.limits, least);
  }
  auto outcome = run ? Schedule::Outcome::done : Schedule::outcome_of(run.error->code);
  schedule.ended(machine.now(), outcome, progress, machine.random());
  ledger.keep(schedule.state());
  ledger.keep_lacked(run.lacked);
  if (run.error) replica.set("last_error", run.error->text);
  else replica.unset("last_error");
  return run;
}

}  // namespace carnet
