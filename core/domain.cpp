#include "core/domain.hpp"

#include <iterator>

#include "core/domain_parts.hpp"

namespace carnet {

const Schema& domain() {
  static const Schema schema = [] {
    Schema whole;
    for (auto part : {people_tables, learning_tables, visit_tables, action_tables, administration_tables}) {
      auto tables = part();
      whole.tables.insert(whole.tables.end(), std::make_move_iterator(tables.begin()), std::make_move_iterator(tables.end()));
    }
    return whole;
  }();
  return schema;
}

}  // namespace carnet
