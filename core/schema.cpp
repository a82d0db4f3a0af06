#include "core/schema.hpp"

#include <algorithm>

namespace carnet {

namespace {

constexpr std::int64_t max_int = 9'007'199'254'740'991;  // 2^53 - 1, exact in JSON

Column column(std::uint32_t number, std::string_view name, Type type, Label label, std::int64_t min, std::int64_t max) {
  Column made{.number = number, .name = name, .type = type, .label = label};
  made.min = min;
  made.max = max;
  return made;
}

// One lane of the hash of a key, modulo the Mersenne prime 2^31 - 1. Multipliers: any fixed numbers below the prime.
constexpr std::int64_t prime = 2147483647;
struct Lane {
  std::int64_t start, step, last;
};
constexpr Lane lanes[2] = {{1131199209, 1812433253, 1566083941}, {842502087, 1597334677, 747796405}};

std::int64_t hashed(const Lane& lane, std::int64_t table, const std::vector<std::int64_t>& key) {
  auto hash = (lane.start * lane.step + table) % prime;
  for (auto part : key) {
    hash = (hash * lane.step + part % prime) % prime;
    hash = (hash * lane.step + part / prime) % prime;
  }
  return hash * lane.last % prime >> 5;  // the 26 high bits of 31
}

std::string sql_lane(const Lane& lane, std::uint32_t table, const std::vector<std::string>& key) {
  auto number = [](std::int64_t n) { return std::to_string(n); };
  auto hash = number((lane.start * lane.step + table) % prime);
  for (auto& part : key) {
    hash = "((" + hash + ")*" + number(lane.step) + "+(" + part + ")%" + number(prime) + ")%" + number(prime);
    hash = "((" + hash + ")*" + number(lane.step) + "+(" + part + ")/" + number(prime) + ")%" + number(prime);
  }
  return "(((" + hash + ")*" + number(lane.last) + "%" + number(prime) + ")>>5)";
}

}  // namespace

Column integer(std::uint32_t number, std::string_view name, std::int64_t min, std::int64_t max, Label label) {
  return column(number, name, Type::integer, label, min, max);
}
Column real(std::uint32_t number, std::string_view name, std::int64_t min, std::int64_t max, Label label) {
  return column(number, name, Type::real, label, min, max);
}
Column line(std::uint32_t number, std::string_view name, Label label, std::int64_t max) {
  return column(number, name, Type::line, label, 0, max);
}
Column prose(std::uint32_t number, std::string_view name, Label label) {
  return column(number, name, Type::prose, label, 0, static_cast<std::int64_t>(max_value_bytes));
}
Column date(std::uint32_t number, std::string_view name, Label label) {
  return column(number, name, Type::date, label, 0, 0);
}
Column time_of_day(std::uint32_t number, std::string_view name, Label label) {
  return column(number, name, Type::time, label, 0, 0);
}
Column code(std::uint32_t number, std::string_view name, std::vector<Choice> choices, Label label) {
  auto made = column(number, name, Type::code, label, 0, 0);
  made.choices = std::move(choices);
  return made;
}
Column reference(std::uint32_t number, std::string_view name, std::string_view target, Label label) {
  auto made = column(number, name, Type::reference, label, 1, max_int);
  made.target = target;
  return made;
}
Column media(std::uint32_t number, std::string_view name, Label label) { return column(number, name, Type::media, label, 0, 0); }
Column preview(std::uint32_t number, std::string_view name, Label label) { return column(number, name, Type::preview, label, 0, max_preview); }
Column any_row(std::uint32_t number, std::string_view name, Label label) {
  return column(number, name, Type::row, label, 1, max_int);
}

bool Table::keyed() const {
  return std::any_of(columns.begin(), columns.end(), [](const Column& c) { return c.is_key; });
}

const Column* Table::find(std::string_view column) const {
  auto at = std::find_if(columns.begin(), columns.end(), [&](const Column& c) { return c.name == column; });
  return at == columns.end() ? nullptr : &*at;
}

const Column* Table::find(ColumnId column) const {
  auto at = std::find_if(columns.begin(), columns.end(), [&](const Column& c) { return c.number == column.value; });
  return at == columns.end() ? nullptr : &*at;
}

const Table* Schema::find(std::string_view table) const {
  auto at = std::find_if(tables.begin(), tables.end(), [&](const Table& t) { return t.name == table; });
  return at == tables.end() ? nullptr : &*at;
}

const Table* Schema::find(TableId table) const {
  auto at = std::find_if(tables.begin(), tables.end(), [&](const Table& t) { return t.number == table.value; });
  return at == tables.end() ? nullptr : &*at;
}

RowId derived_id(TableId table, SpaceId space, std::vector<std::int64_t> key) {
  key.insert(key.begin(), space.value);
  return RowId{derived_bit | hashed(lanes[0], table.value, key) << 26 |
               hashed(lanes[1], table.value, key)};
}

std::string derived_id_sql(TableId table, const std::vector<std::string>& key) {
  return "(" + std::to_string(derived_bit) + "|(" + sql_lane(lanes[0], table.value, key) + "<<26)|" +
         sql_lane(lanes[1], table.value, key) + ")";
}

}  // namespace carnet
