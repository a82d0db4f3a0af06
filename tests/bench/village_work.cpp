#include "tests/bench/village_work.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "client/notebook.hpp"
#include "core/domain.hpp"
#include "core/sqlite.hpp"

namespace carnet::bench {

using test::Device;

Work::~Work() { test::VirtualClock::ahead(0); }

void Work::wait_until(std::int64_t seconds_ago) { test::VirtualClock::ahead(ahead_ = std::max(ahead_, -seconds_ago)); }

void Work::pass_time() {
  ahead_ += 1 + below(2 * pace_);
  if (ahead_ > 0) throw std::logic_error("the work takes longer than there is time");
  test::VirtualClock::ahead(ahead_);
}

std::int64_t Work::insert(Device& device, const std::string& table, const std::vector<std::pair<std::string, Value>>& fields) {
  pass_time();
  std::string columns = "space", marks = "1";
  for (auto& [column, value] : fields) { columns += ',' + column; marks += ",?"; }
  SQLite::Statement statement(device.replica->database(), "INSERT INTO " + table + '(' + columns + ") VALUES(" + marks + ")");
  int index = 0;
  for (auto& [column, value] : fields) bind(statement, ++index, value);
  statement.exec();
  return device.replica->database().execAndGet("SELECT id FROM carnet_log ORDER BY n DESC LIMIT 1").getInt64();
}

std::int64_t Work::pick(Device& device, const std::string& table) {
  auto& db = device.replica->database();
  auto rows = db.execAndGet("SELECT count(*) FROM " + table).getInt64();
  return db.execAndGet("SELECT id FROM " + table + " ORDER BY id LIMIT 1 OFFSET " + std::to_string(below(rows))).getInt64();
}

void Work::entry(Device& device, std::int64_t visit, std::int64_t activity, const std::string& day, std::size_t min, std::size_t max) {
  auto characters = min + static_cast<std::size_t>(below(static_cast<std::int64_t>(max - min)));
  auto about = [&](std::size_t percent) { return prose_.text(characters * percent / 100 * 9 / 10, characters * percent / 100 * 11 / 10); };
  insert(device, "journal_entry", {{"visit", visit}, {"activity", activity}, {"day", day}, {"position", 1.0 + static_cast<double>(below(9))}, {"learned", about(55)},
                                   {"applicable", about(30)}, {"missing", about(15)}});
}

void Work::base(Device& device, int days) {
  SQLite::Transaction together(device.replica->database());
  std::vector<std::int64_t> towns, objectives;
  for (int k = 0; k < 2; ++k) towns.push_back(insert(device, "organisation", {{"name", prose_.title()}, {"kind", "municipality"}, {"country", k ? "BE" : "BJ"}}));
  auto visit = insert(device, "visit", {{"guest", towns[0]}, {"host", towns[1]}, {"starts_on", "2025-03-10"}, {"title", prose_.title()}});
  auto terms = insert(device, "terms", {{"visit", visit}, {"context", prose_.text(300, 500)}, {"state", "signed"}});
  for (int k = 0; k < 4; ++k) {
    auto question = insert(device, "learning_question", {{"organisation", towns[static_cast<std::size_t>(k % 2)]}, {"wording", prose_.text(80, 160)}});
    objectives.push_back(insert(device, "objective", {{"terms", terms}, {"question", question}, {"text", prose_.text(80, 160)}}));
    for (int n = 0; n < 3; ++n) {
      auto sub_question = insert(device, "sub_question", {{"question", question}, {"position", 1.0 + n}, {"text", prose_.text(50, 120)}, {"priority", "like"}});
      for (int day = 10; day < 13; ++day)
        insert(device, "progress", {{"objective", objectives.back()}, {"sub_question", sub_question}, {"day", "2025-03-" + std::to_string(day)}, {"score", below(4)}});
    }
  }
  auto plan = insert(device, "action_plan", {{"organisation", towns[0]}, {"objective", prose_.text(100, 200)}});
  for (int k = 0; k < 12; ++k)
    insert(device, "plan_action", {{"action_plan", plan}, {"position", 1.0 + k}, {"text", prose_.text(60, 140)}, {"responsible", prose_.title()}, {"status", "planned"}});
  for (int day = 0; day < days; ++day)
    for (int k = 0; k < 6; ++k) {
      auto date = "2025-03-" + std::to_string(10 + day % 20);
      auto activity = insert(device, "activity", {{"visit", visit}, {"position", 1.0 + k}, {"day", date}, {"starts_at", time()}, {"title", prose_.title()}});
      for (int n = 0; n < 3; ++n) entry(device, visit, activity, date, 300, 1500);
    }
  together.commit();
}

void Work::small_update(Device& device) {
  pass_time();
  auto& db = device.replica->database();
  auto set = [&](const std::string& table, const std::string& column, const Value& value) {
    SQLite::Statement update(db, "UPDATE " + table + " SET " + column + "=? WHERE id=" + std::to_string(pick(device, table)));
    bind(update, 1, value);
    update.exec();
  };
  static const char* const status[] = {"planned", "under_way", "done", "dropped"};
  static const char* const priority[] = {"must", "like", "nice"};
  switch (below(6)) {
    case 0: return set("progress", "score", below(4));
    case 1: return set("activity", "starts_at", time());
    case 2: return set("plan_action", "status", status[below(4)]);
    case 3: return set("sub_question", "priority", priority[below(3)]);
    case 4: return set("activity", "place", prose_.title());
    default: return set("plan_action", "responsible", prose_.title());
  }
}

void Work::go_on_with_a_text(Device& device) {
  pass_time();
  static const std::pair<const char*, const char*> texts[] = {{"learning_question", "wording"}, {"journal_entry", "learned"}, {"journal_entry", "missing"}};
  auto [table, column] = texts[below(3)];
  auto& db = device.replica->database();
  auto where = fmt::format(" WHERE id={}", pick(device, table));
  Value text = db.execAndGet(fmt::format("SELECT {} FROM {}{}", column, table, where)).getString() + ' ' + prose_.text(20, 60);
  SQLite::Statement update(db, fmt::format("UPDATE {} SET {}=?{}", table, column, where));
  carnet::bind(update, 1, text);
  update.exec();
}

void Work::one_score(Device& device) {
  pass_time();
  device.replica->database().exec("UPDATE progress SET score=(score+1)%4 WHERE id=" + std::to_string(pick(device, "progress")));
}

void Work::evening(Device& device) {
  SQLite::Transaction together(device.replica->database());
  for (int k = 0; k < 40; ++k) small_update(device);
  for (int k = 0; k < 3; ++k, pass_time()) device.replica->database().exec("DELETE FROM journal_entry WHERE id=" + std::to_string(pick(device, "journal_entry")));
  auto visit = insert(device, "visit", {{"guest", pick(device, "organisation")}, {"host", pick(device, "organisation")}, {"starts_on", "2025-04-07"},
                                        {"ends_on", "2025-04-11"}, {"title", prose_.title()}});
  std::vector<std::int64_t> activities;
  for (int k = 0; k < 8; ++k)
    activities.push_back(insert(device, "activity", {{"visit", visit}, {"position", 1.0 + k}, {"day", "2025-04-08"}, {"starts_at", time()},
                                                     {"title", prose_.title()}, {"place", prose_.title()}}));
  for (int k = 0; k < 24; ++k) entry(device, visit, activities[static_cast<std::size_t>(k / 3)], "2025-04-08", 300, 1500);
  together.commit();
}

void Work::years(Device& device, int rows, std::size_t text_bytes) {
  base(device, 0);
  SQLite::Transaction together(device.replica->database());
  auto& db = device.replica->database();
  auto standing = db.execAndGet("SELECT count(*) FROM carnet_log WHERE col IS NULL").getInt();
  auto visit = pick(device, "visit");
  std::int64_t activity = 0;
  auto left = rows - standing;
  auto entries = left * 3 / 4;
  auto mean = text_bytes / static_cast<std::size_t>(entries);
  for (int k = 0; k < left; ++k) {
    auto date = day();
    if (k % 4 == 0)
      activity = insert(device, "activity", {{"visit", visit}, {"position", 1.0 + static_cast<double>(below(9))}, {"day", date}, {"starts_at", time()}, {"title", prose_.title()}});
    else
      entry(device, visit, activity, date, mean / 3, mean * 5 / 3);
  }
  together.commit();
}

Snapshot snapshot(Device& device) {
  Snapshot all;
  for (auto& table : domain().tables) {
    SQLite::Statement select(device.replica->database(), "SELECT * FROM " + std::string(table.name));
    while (select.executeStep()) {
      auto& row = all[std::string(table.name)][select.getColumn(0).getInt64()];
      for (int k = 2; k < select.getColumnCount(); ++k)
        if (!select.getColumn(k).isNull()) row[select.getColumn(k).getName()] = fetch(select, k);
    }
  }
  return all;
}

std::string content(const Snapshot& before, const Snapshot& after) {
  auto held = [](const auto& map, const auto& key) { auto at = map.find(key); return at == map.end() ? nullptr : &at->second; };
  nlohmann::json all = nlohmann::json::object();
  for (auto& [table, rows] : before)
    for (auto& [id, row] : rows)
      if (auto* now = held(after, table); !now || !now->contains(id)) all[table][std::to_string(id)] = nullptr;
  for (auto& [table, rows] : after)
    for (auto& [id, row] : rows) {
      auto* old_table = held(before, table);
      auto* old = old_table ? held(*old_table, id) : nullptr;
      for (auto& [column, value] : row)
        if (auto* was = old ? held(*old, column) : nullptr; !was || *was != value) all[table][std::to_string(id)][column] = Notebook::to_json(value);
    }
  return all.dump();
}

std::size_t xz_bytes(const std::string& content) {
  test::TempDir dir;
  std::ofstream(dir.file("content")) << content;
  auto* pipe = popen(("xz -9e -c " + dir.file("content") + " | wc -c").c_str(), "r");
  std::size_t bytes = 0;
  if (!pipe || std::fscanf(pipe, "%zu", &bytes) != 1 || bytes == 0) throw std::runtime_error("xz did not run");
  pclose(pipe);
  return bytes;
}

}  // namespace carnet::bench
