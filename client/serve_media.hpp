// The bytes of media for the pages: brought by POST /media, with the bytes as the body, and read by GET /media/HASH?type=image/jpeg.
#pragma once
#include "client/api.hpp"
#include "client/gate.hpp"

namespace carnet {

Served bring_media(Home& home, Api& api, const Visit& visit);                       // tells the name for a row to hold
Served media(Home& home, const ApiRequest& request, const Visit& visit);            // whole, or the range that was asked for

}  // namespace carnet
