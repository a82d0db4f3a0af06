// What a replica costs on its own machine, as ratios to plain SQLite in the same run:
//   bench_local [rows]
// Medians of 5 rounds. Times of a shared machine mean nothing but in proportion to each other.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <vector>

#include "core/domain.hpp"
#include "core/replica.hpp"
#include "tests/model_store.hpp"
#include "tests/temp_dir.hpp"
#include "tests/toy_schema.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

constexpr SpaceId town{7};
constexpr int rounds = 5;

double seconds(const std::function<void()>& work) {
  auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

constexpr auto insert_sql = "INSERT INTO book(space,shelf,title,notes,price,state,bought,hour) VALUES(7,(SELECT min(id) FROM shelf),?1,?2,12.5,'new','2025-03-10','09:30')";
constexpr auto update_sql = "UPDATE book SET price=?1%1000 WHERE id=?2";
constexpr auto delete_sql = "DELETE FROM book WHERE id=?1";
const std::string notes(180, 'n');

// The same tables, with and without Carnet's triggers.
struct Subject {
  explicit Subject(bool capturing) : path(dir.file("x.db")) {
    if (capturing) {
      Replica replica(path, toy(), DeviceId{3});
      replica.add_space(town, "town", "partnership");
    }
    db = std::make_unique<SQLite::Database>(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    db->exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0");
    if (!capturing)
      db->exec("CREATE TABLE shelf(id INTEGER PRIMARY KEY, space INTEGER, name TEXT, level INTEGER);"
               "CREATE TABLE book(id INTEGER PRIMARY KEY, space INTEGER, shelf INTEGER, title TEXT, notes TEXT, price REAL, "
               "state TEXT, bought TEXT, hour TEXT); CREATE INDEX book_shelf ON book(shelf)");
    db->exec("INSERT INTO shelf(space,name,level) VALUES(7,'A',1)");
  }
  std::vector<std::int64_t> ids() {
    std::vector<std::int64_t> all;
    SQLite::Statement select(*db, "SELECT id FROM book ORDER BY id");
    while (select.executeStep()) all.push_back(select.getColumn(0).getInt64());
    return all;
  }
  // Seconds for `writes` runs of one statement, `each` in a transaction.
  double run(const char* sql, int writes, int each, bool by_id) {
    auto all = by_id ? ids() : std::vector<std::int64_t>();
    SQLite::Statement statement(*db, sql);
    return seconds([&] {
      for (int k = 0; k < writes; ++k) {
        if (k % each == 0) db->exec("BEGIN IMMEDIATE");
        if (sql == insert_sql) { statement.bind(1, "title " + std::to_string(k)); statement.bind(2, notes); }
        else if (sql == update_sql) { statement.bind(1, k + 1); statement.bind(2, all[static_cast<std::size_t>(k)]); }
        else statement.bind(1, all[static_cast<std::size_t>(k)]);
        statement.exec();
        statement.reset();
        if (k % each == each - 1) db->exec("COMMIT");
      }
    });
  }
  TempDir dir;
  std::string path;
  std::unique_ptr<SQLite::Database> db;
};

void local_writes() {
  fmt::print("local writes, WAL, synchronous=FULL         plain/s  captured/s  ratio\n");
  for (int each : {1, 10, 1000}) {
    int writes = each == 1000 ? 20'000 : 1000;
    std::vector<double> times[3][2];
    for (int round = 0; round < rounds; ++round)
      for (int capturing : {0, 1}) {
        Subject subject(capturing == 1);
        times[0][capturing].push_back(subject.run(insert_sql, writes, each, false));
        times[1][capturing].push_back(subject.run(update_sql, writes, each, true));
        times[2][capturing].push_back(subject.run(delete_sql, writes, each, true));
      }
    const char* names[] = {"inserts", "updates", "deletes"};
    for (int k = 0; k < 3; ++k) {
      std::vector<double> ratios;
      for (int round = 0; round < rounds; ++round) ratios.push_back(times[k][1][static_cast<std::size_t>(round)] / times[k][0][static_cast<std::size_t>(round)]);
      fmt::print("  {:>5} {} a transaction {:>18.0f} {:>11.0f} {:>6.2f}\n", each, names[k], writes / median(times[k][0]), writes / median(times[k][1]), median(ratios));
    }
  }
}

std::string books(int count) {
  return "INSERT INTO shelf(space,name,level) VALUES(7,'A',1); WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k+1 FROM n WHERE k<" + std::to_string(count) + ") "
         "INSERT INTO book(space,shelf,title,price,state) SELECT 7,(SELECT min(id) FROM shelf),'title '||k,k%1000,'new' FROM n";
}

std::int64_t bytes_of(SQLite::Database& db, const std::string& name) {
  return db.execAndGet("SELECT coalesce(sum(pgsize),0) FROM dbstat WHERE name='" + name + "'").getInt64();
}

void collect_and_apply(int rows) {
  std::vector<double> collects, applies, applies_to_large;
  double metadata = 0;
  for (int round = 0; round < rounds; ++round) {
    TempDir dir;
    ModelStore relay;
    {
      Replica replica(dir.file("a.db"), toy(), DeviceId{3});
      replica.add_space(town, "town", "partnership");
      replica.database().exec(books(rows));
      collects.push_back(rows / seconds([&] { replica.collect(); }));
      apply(relay, replica.pending(town, Seq{}, SIZE_MAX), Authority{});
      replica.acknowledge(town, replica.space(town).seq);
      replica.database().exec("VACUUM INTO '" + dir.file("packed.db") + "'");
      SQLite::Database packed(dir.file("packed.db"));
      metadata = static_cast<double>(bytes_of(packed, "carnet_row") + bytes_of(packed, "carnet_row_pending")) / rows;
    }
    Replica other(dir.file("b.db"), toy(), DeviceId{4});
    other.add_space(town, "town", "partnership");
    auto changes = changes_above(relay, town, {.device = DeviceId{4}, .complete = {}, .cursor = {}}, SIZE_MAX);
    applies.push_back(rows / seconds([&] { other.receive(changes, Seq{}); }));
    // Ten thousand more into the replica that holds all those.
    ModelStore more;
    Replica third(dir.file("c.db"), toy(), DeviceId{5});
    third.add_space(town, "town", "partnership");
    third.database().exec(books(10'000));
    third.collect();
    apply(more, third.pending(town, Seq{}, SIZE_MAX), Authority{});
    auto next = changes_above(more, town, {.device = DeviceId{4}, .complete = {}, .cursor = {}}, SIZE_MAX);
    next.to = Seq{changes.to.value + next.to.value};
    applies_to_large.push_back(10'000 / seconds([&] { other.receive(next, Seq{}); }));
  }
  fmt::print("metadata of a row written once: {:.1f} bytes\n", metadata);
  fmt::print("collect: {:.0f} rows/s\n", median(collects));
  fmt::print("apply, one transaction: {:.0f} rows/s into an empty replica, {:.0f} rows/s into one of {} rows\n", median(applies), median(applies_to_large), rows);
}

// With the whole domain's triggers, which SQLite reads at each open.
void open_and_ask(int rows) {
  TempDir dir;
  std::vector<double> opens;
  {
    Replica replica(dir.file("a.db"), domain(), DeviceId{3});
    replica.add_space(town, "town", "partnership");
    replica.database().exec("WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k+1 FROM n WHERE k<" + std::to_string(rows) + ") "
                            "INSERT INTO person(space,name,function) SELECT 7,'name '||k,'function '||k%100 FROM n");
    replica.collect();
    replica.acknowledge(town, replica.space(town).seq);
    replica.database().exec("UPDATE person SET function='mayor' WHERE id IN (SELECT id FROM person LIMIT 10)");
  }
  for (int round = 0; round < rounds; ++round) {
    opens.push_back(1000 * seconds([&] {
      Replica replica(dir.file("a.db"), domain());
      replica.collect();
      if (replica.pending_rows(town) != 10) throw std::logic_error("10 rows are new");
    }));
  }
  fmt::print("open a replica of {} rows and ask what is new: {:.1f} ms\n", rows, median(opens));
}

}  // namespace

int main(int argc, char** argv) {
  local_writes();
  int rows = argc > 1 ? std::atoi(argv[1]) : 100'000;
  collect_and_apply(rows);
  open_and_ask(rows);
}
