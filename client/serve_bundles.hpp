// The bytes of bundles for the pages: brought piece by piece by POST /bundle?at=N, and fetched whole by GET /bundle/NAME.
#pragma once
#include "client/api.hpp"
#include "client/gate.hpp"

namespace carnet {

Served bring_piece(Api& api, const ApiRequest& request, const Visit& visit);  // tells how far it is, and at the end what came
Served bundle(Api& api, const ApiRequest& request);

}  // namespace carnet
