// What people write in the simulation: the toys, a table that a coach writes too, and photos.
#pragma once
#include "tests/toy_schema.hpp"

namespace carnet::test {

// Which tables are a coach's says the domain, by number: this is that of its comments.
inline Schema with_remarks(Schema schema, bool has_photos) {
  if (has_photos) schema.tables.push_back(Table{35, "photo", no_label, no_label, {media(1, "medium", no_label), media(2, "original", no_label), integer(3, "original_wanted", 0, 1, no_label)}});
  schema.tables.push_back(Table{36, "remark", no_label, no_label, {line(1, "word", no_label)}}.coached());
  return schema;
}

inline const Schema& town_schema(bool has_photos) {
  static const Schema schemas[] = {with_remarks(toy(), false), with_remarks(toy(), true)};
  return schemas[has_photos];
}

// The same, one release later.
inline const Schema& later_town_schema(bool has_photos) {
  static const Schema schemas[] = {with_remarks(later_toy(), false), with_remarks(later_toy(), true)};
  return schemas[has_photos];
}

}  // namespace carnet::test
