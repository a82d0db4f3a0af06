#include "client/exchange.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

namespace carnet {

namespace {

// How much may move before it is written down: what a kill may forget.
constexpr std::int64_t metered_step = 16'384, free_step = 1'000'000;

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

Error used_up(const Budget::Allowance& allowance) {
  const char* span = allowance.limit == Budget::Limit::day ? "day" : allowance.limit == Budget::Limit::night ? "night" : "month";
  return {Code::busy, fmt::format("the budget of the {} ({:.0f} KB) has no room for more; the rest goes from {} on, "
                                  "or when `carnet settings` gives it room",
                                  span, static_cast<double>(allowance.of) / 1'000, local_date(allowance.until))};
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
  for (auto& space : replica.spaces()) rows += replica.pending_rows(space.id);
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

Schedule::Situation situation_of(Replica& replica, const Settings& settings, Machine& machine) {
  replica.collect();
  Ledger ledger(replica);
  auto now = machine.now();
  auto link = link_of(replica, settings, machine);
  auto allowance = Budget(settings.limits, ledger.budget()).allowance(now, link.kind, 1);
  // What had no room before has none now, unless the limit has opened afresh, or was changed.
  bool untouched = allowance.bytes + settings.limits.connection_bytes >= allowance.of;
  bool enough = allowance.bytes > 0 && (allowance.bytes >= ledger.lacked() || untouched);
  return {.now = now, .waiting = rows_waiting(replica) > 0, .link = link.up, .mobile_data = link.kind == Budget::Link::metered,
          .budget_until = enough ? 0 : allowance.until};
}

SyncRun exchange(Replica& replica, const Settings& settings, Machine& machine, const std::function<void(const Traffic&)>& moved) {
  SyncRun run;
  auto link = link_of(replica, settings, machine).kind;
  Meter meter(replica, settings, machine, link);
  if (auto allowance = meter.allowance(); allowance.bytes == 0) {
    run.error = used_up(allowance);
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
  if (run.lacked) run.error = used_up(meter.allowance());
  auto outcome = run ? Schedule::Outcome::done : Schedule::outcome_of(run.error->code);
  schedule.ended(machine.now(), outcome, places(replica) != before, machine.random());
  ledger.keep(schedule.state());
  ledger.keep_lacked(run.lacked);
  if (run.error) replica.set("last_error", run.error->text);
  else replica.unset("last_error");
  return run;
}

}  // namespace carnet
