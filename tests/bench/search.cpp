// What a search costs over a replica of a municipality of many years:
//   bench_search [rows] [queries of a kind]
// Times are of the CPU. A search as the pages ask it: a Search that stays open, the index up to date but where it says otherwise.
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <functional>

#include "client/notebook.hpp"
#include "client/search.hpp"
#include "core/domain.hpp"
#include "tests/bench/village_work.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

// Of this process's CPU: what it takes where nobody else wants the machine, since all is in memory.
double milliseconds(const std::function<void()>& work) {
  auto now = [] {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
  };
  auto start = now();
  work();
  return now() - start;
}

void print(const std::string& what, std::vector<double> times) {
  std::sort(times.begin(), times.end());
  fmt::print("{:<44} median {:6.1f} ms, p95 {:6.1f} ms\n", what, times[times.size() / 2], times[times.size() * 95 / 100]);
}

double megabytes(const std::string& path) {
  SQLite::Database(path, SQLite::OPEN_READWRITE).exec("PRAGMA wal_checkpoint(TRUNCATE)");
  return static_cast<double>(std::filesystem::file_size(path)) / 1e6;
}

}  // namespace

int main(int argc, char** argv) {
  int rows = argc > 1 ? std::atoi(argv[1]) : 100'000, queries = argc > 2 ? std::atoi(argv[2]) : 100;
  TempDir dir;
  Device device(dir, 1, domain(), SpaceId{1});
  bench::Work work(20250310, 3L * 365 * 86'400, 90);
  work.base(device, 20);
  work.years(device, rows, static_cast<std::size_t>(rows) * 250);
  auto& replica = *device.replica;
  replica.collect();
  Notebook(replica).add(SpaceId{1}, "person", {{"name", "Afiavi Zinsou"}}).operator bool();

  int steps = 0;
  double longest = 0;
  Search search(replica);
  auto built = milliseconds([&] {
    for (bool more = true; more; ++steps) longest = std::max(longest, milliseconds([&] { more = search.catch_up(); }));
  });
  auto index = megabytes(device.path + ".search"), all = megabytes(device.path);
  fmt::print("{} rows: replica {:.1f} MB, index {:.1f} MB; built in {:.1f} s, {} steps, the longest {:.0f} ms\n", device.get("SELECT sum(rows) FROM carnet_space"), all, index,
             built / 1'000, steps, longest);

  struct Kind {
    const char* name;
    std::vector<std::string> typed;
  };
  for (auto& kind : {Kind{"one word", {"puits", "marche", "formation", "dechets", "budget", "ecole"}}, Kind{"a rare name", {"afiavi", "zinsou", "afiavi zinsou"}},
                     Kind{"two or three words", {"marche commune", "gestion dechets", "comment soutenir les", "femmes du marche"}},
                     Kind{"as it is typed: one to three letters", {"m", "ma", "mar", "d", "de", "c", "com", "le"}}, Kind{"a phrase", {"\"de la commune\"", "\"la gestion des\"", "\"le marche"}},
                     Kind{"what stands almost everywhere", {"de la", "les", "la commune de"}}, Kind{"nothing", {"xylophone", "marche xylophone"}}}) {
    std::vector<double> times;
    for (int k = 0; k < queries; ++k) times.push_back(milliseconds([&] { search.find(kind.typed[static_cast<std::size_t>(k) % kind.typed.size()], {}); }));
    print(kind.name, times);
  }
  std::vector<double> after_one, opened;
  for (int k = 0; k < queries / 2; ++k) {
    work.small_update(device);
    after_one.push_back(milliseconds([&] { search.find("marche", {}); }));
  }
  print("one word, after a row was edited", after_one);
  for (int k = 0; k < queries / 2; ++k) opened.push_back(milliseconds([&] { Search(replica).find("marche", {}); }));
  print("one word, the index just opened", opened);
}
