// What waits, what moved, what it costs, what was not taken, and the settings of it.
#include <fmt/format.h>

#include <algorithm>

#include "client/api_parts.hpp"
#include "client/copies.hpp"
#include "client/phrases.hpp"
#include "client/refusals.hpp"
#include "client/status.hpp"
#include "sync/qr_code.hpp"

namespace carnet {

using nlohmann::json;

namespace {

Answered told(const Result<json>& all) {
  if (!all) return all.error();
  return Answer{*all};
}

Answered tell_status(Asked& asked) {
  auto all = status_of(asked.replica(), asked.api.machine());
  if (!all) return all.error();
  auto& near = (*all)["near"];
  auto& listens = near["listens"];
  bool is_there = listens.is_string() && listens != "";
  near["qr"] = is_there ? json(qr_svg(listens)) : json();
  near["call"] = asked.api.errands().near_call();
  return Answer{*all};
}
Answered tell_traffic(Asked& asked) { return told(traffic_of(asked.replica())); }

// Of each other device in a space, its latest write that is here.
Answered tell_freshness(Asked& asked) {
  auto& replica = asked.replica();
  json all = json::array();
  for (auto& heard : replica.heard()) {
    if (heard.device == replica.device()) continue;
    SQLite::Statement select(replica.database(), "SELECT name,(SELECT name FROM person p WHERE p.id=device.person) FROM device WHERE space=? AND number=?");
    select.bind(1, static_cast<std::int64_t>(heard.space.value));
    select.bind(2, static_cast<std::int64_t>(heard.device.value));
    if (!select.executeStep()) continue;  // it has not introduced itself: the relay, or a device of long ago
    auto person = select.getColumn(1);
    all.push_back({{"space", heard.space.value}, {"device", heard.device.value}, {"name", select.getColumn(0).getString()},
                   {"person", person.isNull() ? json() : json(person.getString())}, {"latest", heard.at}});
  }
  return Answer{all};
}

json settings_of(Asked& asked) {
  auto language = asked.api.language();
  json all = json::array();
  for (auto& each : all_settings(asked.replica()))
    all.push_back({{"name", each.name}, {"value", each.value}, {"values", in_words(language, each.values)}, {"meaning", in_words(language, each.meaning)}});
  return all;
}

Answered tell_settings(Asked& asked) { return Answer{settings_of(asked)}; }

Answered change_settings(Asked& asked) {
  auto done = asked.replica().all_or_nothing([&]() -> Result<void> {
    for (auto& [name, value] : asked.body.items())
      if (auto changed = change_setting(asked.replica(), name, value.is_string() ? value.get<std::string>() : value.dump()); !changed) return changed;
    return {};
  });
  if (!done) return done.error();
  return Answer{settings_of(asked)};
}

Answered start_sync(Asked& asked) {
  if (auto done = asked.api.errands().start_sync(); !done) return done.error();
  return Answer{json::object(), 202};
}

Answered call_near(Asked& asked) {
  auto address = text_of(asked.body, "address");
  if (!address) return address.error();
  if (auto begun = asked.api.errands().call_near(*address); !begun) return begun.error();
  return Answer{json::object(), 202};
}

json kept(Asked& asked, const Replica::Quarantined& frame) {
  auto notebook = asked.notebook();
  json rows = json::array();
  for (auto& change : asked.replica().refused_rows(frame)) {
    auto* table = asked.replica().schema().find(change.key.table);
    auto here = notebook.find(change.key.id);
    if (here && *here == change.key && !frame.aside) rows.push_back(*notebook.row(change.key));
    else rows.push_back({{"id", change.key.id.value}, {"table", table ? std::string(table->name) : std::to_string(change.key.table.value)}});
  }
  return {{"number", frame.number}, {"up", frame.up}, {"space", frame.space.value}, {"reason", in_words(asked.api.language(), frame.reason)}, {"at", frame.at}, {"aside", frame.aside}, {"rows", rows}};
}

Answered tell_quarantine(Asked& asked) {
  asked.replica().collect();
  json all = json::array();
  for (auto& frame : asked.replica().quarantined()) all.push_back(kept(asked, frame));
  return Answer{all};
}

Answered release(Asked& asked) {
  auto what = text_of(asked.body, "do");
  if (!what) return what.error();
  auto& replica = asked.replica();
  replica.collect();
  auto number = asked.number();
  auto frames = replica.quarantined();
  auto frame = std::find_if(frames.begin(), frames.end(), [&](auto& each) { return each.number == number; });
  if (frame == frames.end() && !(number == 0 && *what == "retry")) return Error{Code::not_found, fmt::format("nothing is kept under number {}; `carnet quarantine` lists what is", number)};
  if (*what == "retry") {
    if (auto sent = retry_refused(replica, number); !sent) return sent.error();
  } else if (*what == "drop") {
    replica.drop(number);
  } else if (*what == "move") {
    auto wanted = whole_of(asked.body, "space");
    if (!wanted) return wanted.error();
    auto space = space_of(replica, *wanted);
    if (!space) return space.error();
    if (auto moved = move_refused(replica, number, *space); !moved) return moved.error();
  } else {
    return malformed("no 'do': retry, move or drop");
  }
  return Answer{{}, 204};
}

constexpr auto reading = Route::Needs::replica, writing = Route::Needs::writing;
constexpr Route routes[] = {
    {"GET", "/api/status", reading, &tell_status},
    {"GET", "/api/traffic", reading, &tell_traffic},
    {"GET", "/api/freshness", reading, &tell_freshness},
    {"GET", "/api/settings", reading, &tell_settings},
    {"PATCH", "/api/settings", writing, &change_settings},
    {"POST", "/api/sync", writing, &start_sync},
    {"POST", "/api/near", writing, &call_near},
    {"GET", "/api/quarantine", reading, &tell_quarantine},
    {"POST", "/api/quarantine/#", writing, &release},
};

}  // namespace

std::span<const Route> sync_routes() { return routes; }

}  // namespace carnet
