// Moves a relay's store to another place, SQLite or PostgreSQL: rows, history, accounts, and how far each device is, so that devices notice
// nothing. The old place is marked and served no more.
#pragma once
#include <cstdint>
#include <string>

namespace carnet {

// Number of rows of all tables. Throws where the target holds a store already; nothing has changed then, as after any other fault.
std::int64_t migrate(const std::string& from, const std::string& to);

}  // namespace carnet
