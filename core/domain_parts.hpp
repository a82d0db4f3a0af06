// The parts of the domain's declaration, in order, and the columns that many of its tables share. For domain*.cpp alone.
#pragma once
#include <vector>

#include "core/schema.hpp"

namespace carnet {

std::vector<Table> people_tables();    // 1-6, 37, 38: who is who, and tool 1
std::vector<Table> learning_tables();  // 7-15: tools 2 to 5
std::vector<Table> visit_tables();     // 16-28: tools 6 to 9
std::vector<Table> action_tables();    // 29-36, 39: tool 10, and what stands beside the ten
std::vector<Table> administration_tables();  // 40-45: who takes part at the relay

// Place in a list: between two neighbours there is always room for one more; equal or missing places go by id.
inline Column position(std::uint32_t number) {
  return real(number, "position", -1'000'000'000, 1'000'000'000, {"Ordre", "Volgorde", "Order"});
}
inline Column author(std::uint32_t number) {
  return reference(number, "author", "person", {"Auteur", "Auteur", "Author"});
}
inline Column municipality(std::uint32_t number) {
  return reference(number, "organisation", "organisation", {"Commune", "Gemeente", "Municipality"});
}
inline Column sub_question(std::uint32_t number) {
  return reference(number, "sub_question", "sub_question", {"Sous-question", "Deelvraag", "Sub-question"});
}
inline Column day(std::uint32_t number) { return date(number, "day", {"Jour", "Dag", "Day"}); }

}  // namespace carnet
