// What people ask of their device: what waits, what it will cost, when it goes, what has moved. As JSON, and as text.
#pragma once
#include <nlohmann/json.hpp>

#include "client/exchange.hpp"

namespace carnet {

Result<nlohmann::json> status_of(Replica& replica, Machine& machine);
// Of so many bytes over a paid link: {"bytes", "francs", "nights"}; null where nobody said what a megabyte costs, or where no budget would do.
Result<nlohmann::json> cost_of(Replica& replica, Machine& machine, std::int64_t bytes);
// Photos, sounds and clips: {"up", "down"}, each a cost with the number of "files".
Result<nlohmann::json> media_waiting(Replica& replica, Machine& machine);
// Of the rows of a space that wait here, its own and what it carries for others: about, packed.
std::int64_t bytes_waiting(Replica& replica, SpaceId space);
void print_status(const nlohmann::json& status, Language language);

Result<nlohmann::json> traffic_of(Replica& replica);  // by day, oldest first
void print_traffic(const nlohmann::json& days, Language language);

}  // namespace carnet
