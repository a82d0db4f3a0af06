// Where a database stands, as a small file beside it remembers: on which machine, in which file, and how far it was written. A database that
// was copied, moved or put back is noticed by that as soon as it is opened; whether another goes on under its number, the relay knows.
#pragma once
#include <string>

#include "core/replica.hpp"

namespace carnet {

// True once after each time that this database came here from elsewhere, or from an earlier day; the next exchange then asks the relay
// first. One process at a time need not be alone in it.
bool came_from_elsewhere(const std::string& database, Replica& replica);

}  // namespace carnet
