// Client and relay are killed with -9 at random moments of writes, syncs and rebuilds, hundreds of times.
#include <catch2/catch.hpp>

#include <map>
#include <set>

#include "tests/crash/programs.hpp"

using namespace carnet::test;

namespace {

constexpr int kills_wanted = 500;
constexpr std::chrono::seconds patience{60};  // on a slow machine there are fewer
constexpr int rows_of_a_batch = 40;

// What was written, and what its command said.
struct Book {
  std::set<std::string> promised;  // the command ended with 0
  std::set<std::string> tried;     // killed or refused: all of it, or nothing
};

class Killer {
 public:
  explicit Killer(std::uint64_t from) : random_(from) {}

  std::uint64_t below(std::uint64_t end) { return random_() % end; }

  // Runs a command, and kills it at any moment of the time that such commands take.
  Ended strike(const std::string& kind, const std::vector<std::string>& command) {
    auto& usual = usual_[kind];
    if (usual.count() == 0) {
      auto ended = run(command);
      usual = ended.took;
      return ended;
    }
    auto ended = Process(command).kill_after(Microseconds(below(static_cast<std::uint64_t>(usual.count() * 11 / 10))));
    kills += ended.killed;
    if (!ended.killed) usual = (usual * 3 + ended.took) / 4;
    return ended;
  }
  Microseconds moment_of(const std::string& kind) { return Microseconds(below(static_cast<std::uint64_t>(usual_[kind].count() + 1))); }

  int kills = 0;

 private:
  std::mt19937_64 random_;
  std::map<std::string, Microseconds> usual_;
};

std::string batch_sql(const std::string& mark) {
  return "BEGIN; WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k+1 FROM n WHERE k<" + std::to_string(rows_of_a_batch) + ") "
         "INSERT INTO learning_question(space,wording) SELECT 1,'" + mark + "' FROM n; COMMIT";
}

}  // namespace

TEST_CASE("whatever is killed whenever, what was promised stays, nothing is doubled, and all end identical") {
  Killer killer(seed());
  const std::vector<std::string> devices{"ouinhi", "laarne", "coach"};
  Town town(devices);
  Book rows, batches;
  auto until = std::chrono::steady_clock::now() + patience;
  for (int n = 0; killer.kills < kills_wanted && std::chrono::steady_clock::now() < until; ++n) {
    auto& device = devices[killer.below(devices.size())];
    auto mark = device + std::to_string(n);
    auto draw = killer.below(10);
    if (draw < 3) {
      auto ended = killer.strike("add", town.command(device, {"add", "learning_question", "wording=" + mark}));
      (ended.code == 0 ? rows.promised : rows.tried).insert(mark);
    } else if (draw < 5) {
      auto ended = killer.strike("batch", {"sqlite3", "-cmd", ".timeout 10000", town.database(device), batch_sql(mark)});
      (ended.code == 0 ? batches.promised : batches.tried).insert(mark);
    } else if (draw < 8) {
      killer.strike("sync", town.command(device, {"sync"}));
    } else {
      Process sync(town.command(device, {"sync"}));
      (void)sync.ends_within(killer.moment_of("sync"));
      auto relay = town.relay->kill_after({});
      killer.kills += relay.killed;
      auto ended = sync.wait();
      INFO(ended.err);
      CHECK((ended.code == 75 || ended.code == 0));
      CHECK(Town::integrity(town.store()) == "ok");
      town.start_relay();
    }
    CHECK(Town::integrity(town.database(device)) == "ok");
  }

  for (int round = 0; round < 2; ++round)
    for (auto& device : devices) {
      auto ended = town.sync(device);
      INFO(device << ": " << ended.out << ended.err);
      CHECK(ended.code == 0);
    }
  CHECK(town.relay_run({"verify"}).code == 0);
  for (auto& device : devices) {
    CHECK(town.digest(device) == town.digest_of_relay());
    CHECK(town.on(device, {"verify"}).code == 0);
    std::map<std::string, int> found;
    for (auto& row : nlohmann::json::parse(town.on(device, {"--json", "list", "learning_question"}).out)) ++found[row["wording"].get<std::string>()];
    std::string wrong;
    for (auto& [mark, count] : found) {
      bool row = rows.promised.contains(mark) || rows.tried.contains(mark);
      if (count != (row ? 1 : rows_of_a_batch)) wrong += mark + " stands " + std::to_string(count) + " times; ";
    }
    for (auto* book : {&rows, &batches})
      for (auto& mark : book->promised)
        if (!found.contains(mark)) wrong += mark + " was promised and is lost; ";
    CHECK(wrong == "");
  }
  WARN(killer.kills << " kills, " << rows.promised.size() + batches.promised.size() << " writes promised");
}
