// What it costs to find and bring together rows that differ, in a space of many:
//   bench_mend [rows]
// Bytes both ways of the exchange that compares, without HTTP heads; they hardly vary with the number of equal rows.
#include <fmt/format.h>

#include <cstdlib>
#include <stdexcept>

#include "tests/country.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

std::string shelves(int count) {
  return "WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k+1 FROM n WHERE k<" + std::to_string(count) + ") "
         "INSERT INTO shelf(space,name,level) SELECT 1,'shelf '||k,k%10 FROM n";
}

// A fault that no program of ours makes: rows vanish with all that is known of them.
void vanish(Device& device, SpaceId space, int count) {
  auto some = "(SELECT id FROM shelf ORDER BY (id*7919)%100003 LIMIT " + std::to_string(count) + ")";
  device.replica->in_transaction([&] {
    device.replica->database().exec("CREATE TEMP TABLE gone AS SELECT id FROM shelf WHERE id IN" + some + "; DELETE FROM carnet_row WHERE id IN(SELECT id FROM gone);"
                                    "DELETE FROM shelf WHERE id IN(SELECT id FROM gone); DROP TABLE gone");
  });
  auto digest = device.replica->recount(space);
  device.replica->database().exec("UPDATE carnet_space SET digest=" + std::to_string(static_cast<std::int64_t>(digest.sum)) + ",rows=" + std::to_string(digest.rows));
}

}  // namespace

int main(int argc, char** argv) {
  int rows = argc > 1 ? std::atoi(argv[1]) : 100'000;
  Country country;
  auto &ouinhi = country.device(1), &laarne = country.device(2);
  ouinhi.sql(shelves(rows));
  if (!country.sync(ouinhi) || !country.sync(laarne)) throw std::runtime_error(country.error.text);
  fmt::print("{} rows, all sent: {} bytes\n", rows, country.bytes_up + country.bytes_down);
  fmt::print("{:>8} {:>10} {:>12}\n", "differ", "bytes", "each");
  for (int differ : {1, 10, 100, 1'000}) {
    vanish(laarne, country.space, differ);
    Country::Wire looked, compared;
    bool asked = country.exchange(laarne, looked) == ClientSession::Outcome::again;
    bool mended = country.exchange(laarne, compared) == ClientSession::Outcome::done && country.report.mended == static_cast<std::size_t>(differ) && country.all_equal();
    if (!asked || !mended) throw std::runtime_error("the replicas still differ");
    auto bytes = compared.up.size() + compared.down.size();
    fmt::print("{:>8} {:>10} {:>12.1f}\n", differ, bytes, static_cast<double>(bytes) / differ);
  }
}
