#include "client/agent.hpp"

#include <fmt/format.h>

#include "client/sync_lock.hpp"

namespace carnet {

namespace {

constexpr std::int64_t locked_seconds = 60;  // asked again after that, or when the other process ends

std::string in_words(Language language, const SyncRun& run) {
  auto moved = say(language, {"sent {} rows, received {}; {} bytes up, {} down", "{} ligne(s) envoyée(s), {} reçue(s) ; {} octets montés, {} descendus",
                              "{} rij(en) verzonden, {} ontvangen; {} bytes op, {} neer"},
                   run.report.rows_up, run.report.rows_down, run.traffic.up, run.traffic.down);
  return run.error ? moved + "; " + run.error->text : moved;
}

}  // namespace

Plan Agent::decide(const Settings& settings) {
  Ledger ledger(replica_);
  Schedule schedule(settings.policy, replica_.device(), ledger.schedule());
  auto made = plan(schedule, replica_, settings, machine_);
  ledger.keep(schedule.state());
  return made;
}

Result<Agent::Step> Agent::step() {
  auto settings = read_settings(replica_);
  if (!settings) return settings.error();
  auto made = decide(*settings);
  std::optional<SyncRun> run;
  if (made.next.act == Schedule::Act::go) {
    auto lock = SyncLock::take(transfer_lock(replica_), "a sync");
    if (!lock) return Step{{Schedule::Act::later, made.next.why, locked_seconds, 0}, {}, {}, true};
    made = decide(*settings);  // whoever held the lock may have done it
    if (made.next.act == Schedule::Act::go) {
      run = exchange(replica_, made.settings, machine_, moved_);
      made = decide(*settings);
    }
  }
  return Step{made.next, in_words(made, replica_, machine_), run};
}

Result<void> Agent::run(const std::function<bool(std::int64_t seconds)>& sleep, const std::function<void(const std::string&)>& tell) {
  std::string last;
  for (;;) {
    auto taken = step();
    if (!taken) return taken.error();
    auto& [next, why, run, locked] = *taken;
    auto language = language_of(replica_);
    if (run) tell(in_words(language, *run));
    if (run && run->clock_ahead) tell(clock_in_words(language, *run->clock_ahead));
    auto text = locked ? say(language, {"another process syncs", "un autre processus synchronise", "een ander proces synchroniseert"}) : why;
    if (text != last) tell(text);
    last = text;
    if (!sleep(next.act == Schedule::Act::later ? next.seconds : Schedule::longest_sleep)) return {};
  }
}

}  // namespace carnet
