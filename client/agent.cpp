#include "client/agent.hpp"

#include <fmt/format.h>

#include "client/sync_lock.hpp"

namespace carnet {

namespace {

constexpr std::int64_t locked_seconds = 60;  // asked again after that, or when the other process ends

const char* reason(Schedule::Why why) {
  using Why = Schedule::Why;
  switch (why) {
    case Why::waiting: return "something waits here";
    case Why::look: return "a look at the relay is due";
    case Why::window_lost: return "something waits, and the clock has not shown the night for a whole day";
    case Why::manual: return "never by itself: `carnet sync` does it, `carnet settings policy night` changes it";
    case Why::nothing_due: return "nothing waits here";
    case Why::no_link: return "there is no network";
    case Why::no_mobile_data: return "the link is metered, and the setting mobile_data is no";
    case Why::refused: return "the relay refused: `carnet status` shows why";
    case Why::outside_window: return "it is not night: the setting window says when";
    case Why::backing_off: return "the last tries broke off";
    case Why::just_ended: return "the last exchange has just ended: what is written now goes with the next";
    case Why::budget: return "the budget is used up";
  }
  return "";
}

std::string in_words(const SyncRun& run) {
  auto moved = fmt::format("sent {} rows, received {}; {} bytes up, {} down", run.report.rows_up, run.report.rows_down, run.traffic.up, run.traffic.down);
  return run.error ? moved + "; " + run.error->text : moved;
}

}  // namespace

std::string in_words(const Schedule::Decision& decision) {
  std::string text = decision.act == Schedule::Act::go ? "now: " : "";
  text += reason(decision.why);
  if (decision.act == Schedule::Act::later && decision.at != 0) text += "; next try " + local_date(decision.at);
  return text;
}

Schedule::Decision Agent::decide(const Settings& settings) {
  Ledger ledger(replica_);
  Schedule schedule(settings.policy, replica_.device(), ledger.schedule());
  auto decision = schedule.decide(situation_of(replica_, settings, machine_));
  ledger.keep(schedule.state());
  return decision;
}

Result<Agent::Step> Agent::step() {
  auto settings = read_settings(replica_);
  if (!settings) return settings.error();
  Step step{decide(*settings), {}};
  if (step.next.act != Schedule::Act::go) return step;
  auto lock = SyncLock::take(transfer_lock(replica_), "a sync");
  if (!lock) return Step{{Schedule::Act::later, step.next.why, locked_seconds, 0}, {}, true};
  step.next = decide(*settings);  // whoever held the lock may have done it
  if (step.next.act != Schedule::Act::go) return step;
  step.run = exchange(replica_, *settings, machine_);
  step.next = decide(*settings);
  return step;
}

Result<void> Agent::run(const std::function<bool(std::int64_t seconds)>& sleep, const std::function<void(const std::string&)>& say) {
  std::string last;
  for (;;) {
    auto taken = step();
    if (!taken) return taken.error();
    auto& [next, run, locked] = *taken;
    if (run) say(in_words(*run));
    auto text = locked ? "another process syncs" : in_words(next);
    if (text != last) say(text);
    last = text;
    if (!sleep(next.act == Schedule::Act::later ? next.seconds : Schedule::longest_sleep)) return {};
  }
}

}  // namespace carnet
