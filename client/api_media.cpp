// Photos, sounds and clips: which there are, what they wait for, what they cost; and their bytes, which stand outside of the API (/media).
#include <fmt/format.h>

#include "client/api_parts.hpp"
#include "client/media.hpp"
#include "client/status.hpp"

namespace carnet {

using nlohmann::json;

namespace {

Answered tell_media(Asked& asked) {
  auto& replica = asked.replica();
  MediaShelf shelf(replica);
  json items = json::array();
  for (auto& item : shelf.items()) {
    auto* table = replica.schema().find(item.row.table);
    items.push_back({{"space", item.space.value}, {"table", table->name}, {"row", item.row.id.value}, {"column", table->find(item.column)->name}, {"type", item.name.type}, {"bytes", item.name.bytes},
                     {"hash", item.name.hash.text()}, {"large", item.is_large}, {"wanted", item.is_wanted}, {"here", item.here}, {"part", item.part}, {"sent", item.sent}, {"asked", item.asked}, {"why", item.why}});
  }
  auto told = media_waiting(replica, asked.api.machine());
  if (!told) return told.error();
  (*told)["items"] = items;
  return Answer{*told};
}

// Before something is sent: for this device, and for those who receive it, if they pay as this one does.
Answered tell_cost(Asked& asked) {
  auto bytes = whole_in_query(asked.request, "bytes"), number = whole_in_query(asked.request, "space");
  if (!bytes) return bytes.error();
  if (!number) return number.error();
  if (!*bytes || !*number) return malformed("no 'bytes' or no 'space' in its address");
  auto space = space_of(asked.replica(), **number);
  if (!space) return space.error();
  std::int64_t receivers = 0;
  for (auto& heard : asked.replica().heard()) receivers += heard.space == *space && heard.device != asked.replica().device();
  auto told = cost_of(asked.replica(), asked.api.machine(), **bytes);
  if (!told) return told.error();
  auto& francs = (*told)["francs"];
  (*told)["receivers_francs"] = francs.is_null() ? json() : json(francs.get<double>() * static_cast<double>(receivers));
  (*told)["receivers"] = receivers;
  return Answer{*told};
}

Answered ask_for(Asked& asked) {
  auto hash = read_hash(asked.parts[0]);
  if (!hash) return malformed("no name of a file in its address");
  if (auto done = MediaShelf(asked.replica()).ask_for(*hash); !done) return done.error();
  return Answer{{}, 204};
}

constexpr Route routes[] = {
    {"GET", "/api/media", Route::Needs::replica, &tell_media},
    {"GET", "/api/media/cost", Route::Needs::replica, &tell_cost},
    {"POST", "/api/media/*", Route::Needs::writing, &ask_for},
};

}  // namespace

std::span<const Route> media_routes() { return routes; }

}  // namespace carnet
