// The SQL of a replica, derived from the schema: tables, indexes, and the triggers that validate and capture. First step
// in the way of a change. Pure SQL inside the database file, so that a write by any tool, with nothing of ours loaded,
// is checked and noted in its own transaction.
//
// Rules live in BEFORE triggers, for local writes only; tables carry no constraint but the primary key, because a row from
// a newer schema must always apply.
#pragma once
#include <string>

#include "core/schema.hpp"

namespace carnet {

extern const char* const replica_tables_sql;  // Carnet's own tables, all named carnet_...

std::string column_sql(const Column& column);                       // name and affinity
std::string table_sql(const Table& table);                          // the table itself and its indexes, if missing
std::string trigger_sql(const Schema& schema, const Table& table);  // drops and makes its triggers anew

}  // namespace carnet
