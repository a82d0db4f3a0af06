#include "client/status.hpp"

#include <fmt/format.h>

#include "client/agent.hpp"
#include "client/sync_lock.hpp"
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

std::string in_francs(const json& amount) { return amount.is_null() ? "" : fmt::format(", {:.2f} FCFA", amount.get<double>()); }

// What the rows that wait would take on the link, by packing the first of them.
std::int64_t packed_bytes(Replica& replica) {
  Packing packing(rows_waiting(replica) * bytes_of_a_row);
  double bytes = 0;
  for (auto& space : replica.spaces()) {
    auto rows = replica.pending_rows(space.id);
    if (rows == 0) continue;
    auto sample = replica.pending(space.id, space.acked, sample_bytes);
    if (sample.rows.empty()) continue;
    auto part = static_cast<double>(rows) / static_cast<double>(sample.rows.size());
    packing.put(encode(Changes{std::move(sample), space.seen}, Direction::up, 1));
    bytes += std::max(part, 1.0) * static_cast<double>(packing.flush().size());
  }
  return static_cast<std::int64_t>(bytes) + look_bytes;
}

json waiting(Replica& replica, const Settings& settings, const Budget& budget, const Moment& now) {
  auto rows = rows_waiting(replica);
  if (rows == 0) return {{"rows", 0}, {"bytes", 0}, {"francs", francs(0, settings.limits.price)}, {"nights", 0}};
  auto bytes = packed_bytes(replica);
  auto nights = budget.nights_needed(now, bytes);
  return {{"rows", rows}, {"bytes", bytes}, {"francs", francs(bytes + settings.limits.connection_bytes, settings.limits.price)},
          {"nights", nights ? json(*nights) : json()}};
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

const char* word(Schedule::When when) {
  return when == Schedule::When::manual ? "manual" : when == Schedule::When::link ? "link" : "night";
}

json agent(Replica& replica, const Settings& settings, Machine& machine) {
  Schedule schedule(settings.policy, replica.device(), Ledger(replica).schedule());
  auto look = schedule.state().look;
  auto next = schedule.decide(situation_of(replica, settings, machine));
  auto error = replica.setting("last_error");
  return {{"running", !SyncLock::take(agent_lock(replica), "an agent")}, {"policy", word(settings.policy.when)},
          {"act", next.act == Schedule::Act::go ? "go" : next.act == Schedule::Act::never ? "never" : "later"},
          {"why", in_words(next)}, {"next", next.at == 0 ? json() : json(next.at)},
          {"last_complete", look.boot == 0 ? json() : json(look.utc)}, {"last_error", error ? json(*error) : json()}};
}

std::string kilobytes(const json& bytes) { return fmt::format("{:.1f} KB", bytes.get<double>() / 1'000); }
std::string text(const json& held) { return held.is_string() ? held.get<std::string>() : held.dump(); }

std::string in_words(const char* span, const json& amount) {
  auto words = std::string(span) + " " + kilobytes(amount["bytes"]);
  if (!amount["limit_bytes"].is_null()) words += " of " + kilobytes(amount["limit_bytes"]);
  words += in_francs(amount["francs"]);
  if (!amount["limit_francs"].is_null()) words += " of " + text(amount["limit_francs"]);
  return words;
}

void print_waiting(const json& waits) {
  if (waits["rows"] == 0) return fmt::print("nothing waits here\n");
  auto nights = waits["nights"].is_null() ? "more nights than the budget will ever give: give it room" : "nights at this budget: " + text(waits["nights"]);
  fmt::print("waiting here: {} rows, about {}{} over metered links; {}\n", text(waits["rows"]), kilobytes(waits["bytes"]), in_francs(waits["francs"]), nights);
}

void print_agent(const json& agent) {
  fmt::print("agent: {}, policy {}: {}\n", agent["running"].get<bool>() ? "runs" : "does not run (`carnet agent`)", text(agent["policy"]), text(agent["why"]));
  if (!agent["last_error"].is_null()) fmt::print("the last exchange: {}\n", text(agent["last_error"]));
  if (agent["last_complete"].is_null()) fmt::print("waiting at the relay: unknown, it was never asked\n");
  else fmt::print("waiting at the relay: unknown until asked; {} all of it was here\n", local_date(agent["last_complete"].get<std::int64_t>()));
}

}  // namespace

Result<json> status_of(Replica& replica, Machine& machine) {
  auto settings = read_settings(replica);
  if (!settings) return settings.error();
  replica.collect();
  json all{{"device", replica.device().value}, {"name", replica.setting("name").value_or("")}, {"spaces", json::array()},
           {"conflicts", replica.conflicts().size()}, {"quarantine", json::array()}, {"clock_offset", replica.clock_offset()}};
  for (auto& space : replica.spaces())
    all["spaces"].push_back({{"space", space.id.value}, {"name", space.name}, {"kind", space.kind}, {"rows", space.digest.rows},
                             {"waiting", replica.pending_rows(space.id)},
                             {"digest", fmt::format("{:016x}", space.digest.sum)},
                             {"verified", space.verified ? json(*space.verified) : json()}});
  for (auto& frame : replica.quarantined())
    all["quarantine"].push_back({{"rows", frame.rows.size()}, {"reason", frame.reason.text}, {"at", frame.at}});
  Budget budget(settings->limits, Ledger(replica).budget());
  all["waiting"] = waiting(replica, *settings, budget, machine.now());
  all["used"] = used(*settings, budget, machine.now());
  all["agent"] = agent(replica, *settings, machine);
  return all;
}

void print_status(const json& all) {
  fmt::print("{} (device {})\n", text(all["name"]), text(all["device"]));
  for (auto& space : all["spaces"])
    fmt::print("  {:<28} {:>7} rows, {} waiting here, {}\n", text(space["name"]), text(space["rows"]), text(space["waiting"]),
               space["verified"].is_null() ? "never verified" : "verified identical " + local_date(space["verified"].get<std::int64_t>()));
  if (all["conflicts"] != 0) fmt::print("{} open conflicts: `carnet conflicts`\n", text(all["conflicts"]));
  for (auto& frame : all["quarantine"])
    fmt::print("refused: {} rows: {} (kept; `carnet retry` sends them again)\n", text(frame["rows"]), text(frame["reason"]));
  print_waiting(all["waiting"]);
  print_agent(all["agent"]);
  auto& used = all["used"];
  fmt::print("used over metered links: {}; {}; {}\n", in_words("today", used["day"]), in_words("the night", used["night"]),
             in_words("this month", used["month"]));
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

void print_traffic(const json& days) {
  constexpr auto line = "{:<10}  {:<7} {:>12} {:>12} {:>10} {:>11} {:>9}\n";
  fmt::print(line, "day", "link", "bytes up", "bytes down", "overhead", "connections", "FCFA");
  for (auto& day : days)
    fmt::print(line, text(day["day"]), text(day["link"]), text(day["up"]), text(day["down"]), text(day["overhead"]), text(day["connections"]),
               day["francs"].is_null() ? "?" : fmt::format("{:.2f}", day["francs"].get<double>()));
}

}  // namespace carnet
