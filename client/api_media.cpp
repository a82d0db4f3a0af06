// Photos, sounds and clips: which there are, what they wait for, what they cost; and their bytes, which stand outside of the API (/media).
#include <fmt/format.h>

#include "client/api_parts.hpp"
#include "client/media.hpp"
#include "client/status.hpp"

namespace carnet {

using nlohmann::json;

namespace {

Error no_hash() { return malformed("no name of a file in its address"); }

// What so many bytes take on a paid link, by this device's settings.
json cost_of(Replica& replica, Machine& machine, std::int64_t bytes) {
  auto settings = read_settings(replica);
  if (!settings) return {{"bytes", bytes}, {"francs", json()}, {"nights", json()}};
  Budget budget(settings->limits, Ledger(replica).budget());
  auto nights = bytes > 0 ? budget.nights_needed(machine.now(), bytes) : std::optional(0);
  return {{"bytes", bytes}, {"francs", settings->limits.price > 0 ? json(static_cast<double>(cost(bytes, settings->limits.price)) / 100) : json()}, {"nights", nights ? json(*nights) : json()}};
}

Answered tell_media(Asked& asked) {
  auto& replica = asked.replica();
  MediaShelf shelf(replica);
  json items = json::array();
  for (auto& item : shelf.items()) {
    auto* table = replica.schema().find(item.row.table);
    items.push_back({{"space", item.space.value}, {"table", table->name}, {"row", item.row.id.value}, {"column", table->find(item.column)->name}, {"type", item.name.type}, {"bytes", item.name.bytes},
                     {"hash", item.name.hash.text()}, {"large", item.is_large}, {"wanted", item.is_wanted}, {"here", item.here}, {"part", item.part}, {"sent", item.sent}, {"asked", item.asked}, {"why", item.why}});
  }
  auto waits = shelf.waiting(false, asked.api.machine().now().utc);
  return Answer{{{"items", items}, {"up", cost_of(replica, asked.api.machine(), waits.bytes_up)}, {"down", cost_of(replica, asked.api.machine(), waits.bytes_down)}}};
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
  told["receivers"] = receivers;
  told["receivers_francs"] = told["francs"].is_null() ? json() : json(told["francs"].get<double>() * static_cast<double>(receivers));
  return Answer{told};
}

Answered ask_for(Asked& asked) {
  auto hash = read_hash(asked.parts[0]);
  if (!hash) return no_hash();
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
