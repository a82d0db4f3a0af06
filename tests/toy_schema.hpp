// A schema that has nothing to do with Carnet's own: proof that the engine knows no domain.
#pragma once
#include "core/schema.hpp"

namespace carnet::test {

inline const Label no_label{"x", "x", "x"};

inline const Schema& toy() {
  static const Schema schema{{
      Table{1, "shelf", no_label, no_label, {line(1, "name", no_label, 20).required(), integer(2, "level", 0, 9, no_label)}},
      Table{2, "book", no_label, no_label,
            {reference(1, "shelf", "shelf", no_label).owner(), line(2, "title", no_label), prose(3, "notes", no_label),
             real(4, "price", 0, 1000, no_label), code(5, "state", {{"new", no_label}, {"old", no_label}}, no_label),
             date(6, "bought", no_label), time_of_day(7, "hour", no_label)}},
      Table{3, "loan", no_label, no_label,
            {reference(1, "book", "book", no_label).owner().key(), date(2, "day", no_label).key(),
             integer(3, "score", 0, 3, no_label)}},
      Table{5, "tag", no_label, no_label, {integer(1, "number", 1, 99, no_label).key(), line(2, "word", no_label)}},
  }};
  return schema;
}

// The same, one release later: a new column and a new table.
inline const Schema& later_toy() {
  static const Schema schema = [] {
    Schema next = toy();
    next.tables[1].columns.push_back(line(8, "colour", no_label));
    next.tables.push_back(Table{4, "reader", no_label, no_label, {line(1, "name", no_label).required()}});
    return next;
  }();
  return schema;
}

}  // namespace carnet::test
