// What people write in the simulation: the toys, and a table that a coach writes too.
#pragma once
#include "tests/toy_schema.hpp"

namespace carnet::test {

// Which tables are a coach's says the domain, by number: this is that of its comments.
inline Schema with_remarks(Schema schema) {
  schema.tables.push_back(Table{36, "remark", no_label, no_label, {line(1, "word", no_label)}}.coached());
  return schema;
}

inline const Schema& town_schema() {
  static const Schema schema = with_remarks(toy());
  return schema;
}

// The same, one release later.
inline const Schema& later_town_schema() {
  static const Schema schema = with_remarks(later_toy());
  return schema;
}

}  // namespace carnet::test
