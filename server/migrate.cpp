#include "server/migrate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "server/sql_store.hpp"
#include "server/tables.hpp"

namespace carnet {

namespace {

constexpr std::int64_t portion = 500;  // rows at a time

int count(std::string_view columns) { return 1 + static_cast<int>(std::count(columns.begin(), columns.end(), ',')); }

std::string marks(int columns) {
  std::string all = "?";
  for (int k = 1; k < columns; ++k) all += ",?";
  return all;
}

std::int64_t copy(const TableOfStore& table, Database& from, Database& to) {
  auto columns = fmt::format("{},{}", table.key, table.others);
  int keys = count(table.key), all = count(columns);
  auto last = fmt::format("({})>({})", table.key, marks(keys));
  Query insert(to, fmt::format("INSERT INTO {}({}) VALUES({})", table.name, columns, marks(all)));
  bool of_any = std::string_view(table.name) == "history";  // its value, the last column
  std::vector<Value> cells;
  for (std::int64_t copied = 0, found;; copied += found) {
    Query select(from, fmt::format("SELECT {} FROM {} WHERE {} ORDER BY {} LIMIT {}", columns, table.name, cells.empty() ? "1=1" : last, table.key, portion));
    for (int k = 0; k < keys && !cells.empty(); ++k) select.set_cell(k + 1, cells[static_cast<std::size_t>(k)]);
    for (found = 0; select.next(); ++found) {
      cells.clear();
      insert.again();
      for (int k = 0; k < all; ++k) {
        bool any = of_any && k == all - 1;
        cells.push_back(any ? select.value(k) : select.cell(k));
        if (any) insert.set_value(k + 1, cells.back());
        else insert.set_cell(k + 1, cells.back());
      }
      insert.run();
    }
    if (found < portion) return copied + found;
  }
}

}  // namespace

std::int64_t migrate(const std::string& from, const std::string& to) {
  SqlStore source(from);
  auto target = open_new_database(to);
  std::int64_t rows = 0;
  try {
    source.begin(true);
    source.hear_opening();  // before its own mark says that it went
    for (auto& space : source.spaces()) source.database().lock_space(space.id);
    source.database().lock_accounts();
    DatabaseStep step(*target);
    target->exec(store_tables);
    for (auto& table : tables_of_store) rows += copy(table, source.database(), *target);
    step.commit();
    SqlStore(to).fill_media([&](SpaceId space) -> Blobs& { return source.blobs(space); });
    source.database().run("UPDATE store SET version=?", moved_version);
    source.commit();
  } catch (...) {
    source.roll_back();
    target.reset();
    if (!is_postgres(to))
      for (auto* end : {"", "-wal", "-shm"}) std::filesystem::remove(to + end);
    throw;
  }
  return rows;
}

}  // namespace carnet
