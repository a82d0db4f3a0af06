// What the tests of exchanges write, and how they name it.
#pragma once
#include <string>

#include "tests/village.hpp"

namespace carnet::test {

inline const std::string a_shelf = "INSERT INTO shelf(space,name,level) VALUES(1,'A',1);";

inline std::string shelves(int count) {
  std::string sql = "BEGIN;";
  for (int k = 0; k < count; ++k)
    sql += "INSERT INTO shelf(space,name,level) VALUES(1,'shelf " + std::to_string(k) + "'," + std::to_string(k % 10) + ");";
  return sql + "COMMIT;";
}

// More than one part of an exchange takes, by names that do not compress well.
inline const std::string shelves_20000 =
    "WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k+1 FROM n WHERE k<20000) "
    "INSERT INTO shelf(space,name,level) SELECT 1,'name '||k||hex(randomblob(4)),k%10 FROM n";

// A text that does not compress well.
inline std::string numbers(int count) {
  std::string text;
  for (int k = 0; k < count; ++k) text += std::to_string((k * 7919 + 13) % 99'991) + ' ';
  return text;
}

// The shelf of which `query` gives the id; by itself, of the only one.
inline RowKey shelf_of(Device& device, const std::string& query = "SELECT id FROM shelf") { return {TableId{1}, RowId{std::stoll(device.get(query))}}; }

}  // namespace carnet::test
