#include "client/sync_thread.hpp"

#include <poll.h>

#include "client/damage.hpp"
#include "client/phrases.hpp"
#include "client/sync_lock.hpp"
#include "core/domain.hpp"

namespace carnet {

using nlohmann::json;

namespace {

constexpr std::chrono::milliseconds told_every{250};
constexpr int rest_milliseconds = 60'000;  // after a fault

json event_of(const char* state, const Traffic& traffic) {
  return {{"state", state}, {"up", traffic.up}, {"down", traffic.down}, {"rows_up", 0}, {"rows_down", 0}, {"francs", nullptr}, {"error", nullptr}, {"conflicts", 0}};
}

}  // namespace

SyncThread::SyncThread(std::string database, Told told)
    : database_(std::move(database)), told_(std::move(told)), near_(database_, told_.near), thread_([this] { loop(); }) {}

SyncThread::~SyncThread() {
  call_.end();
  thread_.join();
}

void SyncThread::loop() {
  while (go() && !call_.ended()) {
    pollfd called{call_.file(), POLLIN, 0};
    if (!call_.is_wished()) poll(&called, 1, rest_milliseconds);
  }
}

bool SyncThread::go() {
  bool again = false;
  try {
    Replica replica(database_, domain());
    if (!marked_damage(replica)) steps(replica);
  } catch (const std::exception& fault) {
    again = tell_fault(fault);
  }
  near_.follow(near_off);
  running_ = false;
  return again;
}

bool SyncThread::tell_fault(const std::exception& fault) {
  call_.take_wish();
  auto failed = event_of("failed", {});
  auto damage = damage_of(database_, &fault);
  if (damage) mark_damaged(database_, *damage);
  auto language = language_of_machine();
  failed["error"] = damage ? in_words(language, in_words(database_, *damage)) : refusal_in_words(language, database_, fault);
  running_ = false;
  told_.sync(failed);
  return !damage;
}

void SyncThread::steps(Replica& replica) {
  LinuxMachine machine(&call_);
  Wakefulness wakefulness(replica, call_);
  Agent agent(replica, machine, [&](const Traffic& traffic) { moved(replica, traffic); });
  auto lock = SyncLock::take(agent_lock(replica), "an agent");
  for (std::int64_t seconds = 0; !call_.ended();) {
    if (call_.take_wish()) {
      sync_once(replica, machine);
    } else if (lock) {
      auto step = agent.step();
      if (step && step->run) ended(replica, *step->run);
      seconds = step && step->next.act == Schedule::Act::later ? step->next.seconds : Schedule::longest_sleep;
    } else {
      seconds = Schedule::longest_sleep;
    }
    if (lock) near_.follow(near_setting(replica));
    tell_rows(replica);
    if (!call_.is_wished() && !wakefulness.sleep(seconds)) return;
  }
}

void SyncThread::sync_once(Replica& replica, LinuxMachine& machine) {
  auto refuse = [&](const Error& error) {
    auto failed = event_of("failed", {});
    failed["error"] = in_words(language_of(replica), error.text);
    told_.sync(failed);
  };
  auto settings = read_settings(replica);
  if (!settings) return refuse(settings.error());
  auto lock = SyncLock::take(transfer_lock(replica), "a sync");
  if (!lock) return refuse(lock.error());
  moved(replica, {});
  replica.collect();
  ended(replica, exchange(replica, *settings, machine, [&](const Traffic& traffic) { moved(replica, traffic); }));
}

void SyncThread::moved(Replica& replica, const Traffic& traffic) {
  auto now = std::chrono::steady_clock::now();
  if (running_ && now - last_told_ < told_every) return;
  running_ = true;
  last_told_ = now;
  told_.sync(event_of("running", traffic));
  tell_rows(replica);
}

void SyncThread::tell_rows(Replica& replica) {
  if (auto tables = replica.take_changed(); !tables.empty()) told_.rows(tables);
}

void SyncThread::ended(Replica& replica, const SyncRun& run) {
  tell_rows(replica);
  running_ = false;
  auto event = event_of(run ? "done" : "failed", run.traffic);
  event["rows_up"] = run.report.rows_up;
  event["rows_down"] = run.report.rows_down;
  event["conflicts"] = run.report.conflicts;
  if (run.cost) event["francs"] = static_cast<double>(*run.cost) / 100;
  if (run.error) event["error"] = run.error->text;
  told_.sync(event);
}

}  // namespace carnet
