#include "client/sync_thread.hpp"

#include <sqlite3.h>

#include "client/damage.hpp"
#include "client/sync_lock.hpp"
#include "core/domain.hpp"

namespace carnet {

using nlohmann::json;

namespace {

constexpr std::chrono::milliseconds told_every{250};

json event_of(const char* state, const Traffic& traffic) {
  return {{"state", state}, {"up", traffic.up}, {"down", traffic.down}, {"rows_up", 0}, {"rows_down", 0}, {"francs", nullptr}, {"error", nullptr}, {"conflicts", 0}};
}

}  // namespace

SyncThread::SyncThread(std::string database, Told told) : database_(std::move(database)), told_(std::move(told)), thread_([this] { loop(); }) {}

SyncThread::~SyncThread() {
  call_.end();
  thread_.join();
}

void SyncThread::loop() {
  try {
    Replica replica(database_, domain());
    if (!marked_damage(replica)) steps(replica);
  } catch (const std::exception& fault) {
    auto failed = event_of("failed", {});
    if (auto damage = damage_of(database_, &fault)) {
      mark_damaged(database_, *damage);
      failed["error"] = in_words(database_, *damage);
    } else {
      failed["error"] = refusal_of_disk(database_, fault).value_or(fault.what());
    }
    told_.sync(failed);
  }
  running_ = false;
}

void SyncThread::steps(Replica& replica) {
  WrittenTables written(replica);
  LinuxMachine machine(&call_);
  Wakefulness wakefulness(replica, call_);
  Agent agent(replica, machine, [this](const Traffic& traffic) { moved(traffic); });
  auto lock = SyncLock::take(agent_lock(replica), "an agent");
  auto tell_rows = [&] {
    if (auto tables = written.take(); !tables.empty()) told_.rows(tables);
  };
  for (std::int64_t seconds = 0; !call_.ended();) {
    if (call_.take_wish()) {
      sync_once(replica, machine);
    } else if (lock) {
      auto step = agent.step();
      if (step && step->run) ended(*step->run);
      seconds = step && step->next.act == Schedule::Act::later ? step->next.seconds : Schedule::longest_sleep;
    } else {
      seconds = Schedule::longest_sleep;
    }
    tell_rows();
    if (!call_.is_wished() && !wakefulness.sleep(seconds)) return;
  }
}

void SyncThread::sync_once(Replica& replica, LinuxMachine& machine) {
  auto refuse = [&](const Error& error) {
    auto failed = event_of("failed", {});
    failed["error"] = error.text;
    told_.sync(failed);
  };
  auto settings = read_settings(replica);
  if (!settings) return refuse(settings.error());
  auto lock = SyncLock::take(transfer_lock(replica), "a sync");
  if (!lock) return refuse(lock.error());
  moved({});
  replica.collect();
  ended(exchange(replica, *settings, machine, [this](const Traffic& traffic) { moved(traffic); }));
}

void SyncThread::moved(const Traffic& traffic) {
  auto now = std::chrono::steady_clock::now();
  if (running_ && now - last_told_ < told_every) return;
  running_ = true;
  last_told_ = now;
  told_.sync(event_of("running", traffic));
}

void SyncThread::ended(const SyncRun& run) {
  running_ = false;
  auto event = event_of(run ? "done" : "failed", run.traffic);
  event["rows_up"] = run.report.rows_up;
  event["rows_down"] = run.report.rows_down;
  event["conflicts"] = run.report.conflicts;
  if (run.cost) event["francs"] = static_cast<double>(*run.cost) / 100;
  if (run.error) event["error"] = run.error->text;
  told_.sync(event);
}

WrittenTables::WrittenTables(Replica& replica) : replica_(replica) {
  auto note = [](void* self, int, const char*, const char* table, sqlite3_int64) { static_cast<WrittenTables*>(self)->names_.insert(table); };
  sqlite3_update_hook(replica.database().getHandle(), note, this);
}

WrittenTables::~WrittenTables() { sqlite3_update_hook(replica_.database().getHandle(), nullptr, nullptr); }

std::set<std::string> WrittenTables::take() {
  std::set<std::string> taken;
  for (auto& name : names_)
    if (replica_.schema().find(name)) taken.insert(name);
  names_.clear();
  return taken;
}

}  // namespace carnet
