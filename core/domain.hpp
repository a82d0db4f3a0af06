// Carnet's domain: the one declaration of what municipalities write, ten tools and what stands beside them. Everything that
// knows a table by name learns it here: SQL, triggers, forms, command line, API. May be called from any thread.
// Numbers of tables and columns travel: a new one is the next free number, none is ever given to something else, and a
// retired one is noted here as a hole. Codes of choices travel too. Holes so far: none.
#pragma once
#include "core/schema.hpp"

namespace carnet {

const Schema& domain();

}  // namespace carnet
