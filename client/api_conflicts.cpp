// What two wrote without knowing of each other: open, decided, and texts to read again.
#include <map>

#include "client/api_parts.hpp"

namespace carnet {

using nlohmann::json;

namespace {

// One entry for each cell: who stands, and all who lost.
json by_cell(Notebook& notebook, const json& losers) {
  json all = json::array();
  std::map<std::pair<std::int64_t, std::string>, std::size_t> at;
  for (auto& each : losers) {
    auto id = each["id"].get<std::int64_t>();
    auto column = each["column"].get<std::string>();
    auto [place, fresh] = at.try_emplace({id, column}, all.size());
    if (fresh) {
      auto key = notebook.find(RowId{id});
      bool deleted = column == Notebook::life;
      all.push_back({{"id", id}, {"table", each["table"]}, {"space", each["space"]}, {"column", deleted ? json() : json(column)},
                     {"row", key ? *notebook.row(*key) : json{{"id", id}, {"table", each["table"]}, {"space", each["space"]}}},
                     {"kind", deleted ? "deleted" : "cell"}, {"standing", each["shown"]}, {"others", json::array()}});
    }
    all[place->second]["others"].push_back(each["lost"]);
  }
  return all;
}

Answered tell_conflicts(Asked& asked) {
  auto notebook = asked.notebook();
  bool decided = asked.request.query.contains("decided");
  return Answer{by_cell(notebook, decided ? notebook.decided() : notebook.conflicts())};
}

Answered decide(Asked& asked) {
  auto id = whole_of(asked.body, "id");
  if (!id) return id.error();
  auto column = asked.body.find("column"), choice = asked.body.find("choice");
  if (column == asked.body.end() || !(column->is_null() || column->is_string())) return malformed("no 'column'");
  bool is_choice = choice != asked.body.end() && (*choice == "keep" || *choice == "take" || (choice->is_object() && choice->contains("write")));
  if (!is_choice) return malformed("no 'choice': keep, take, or {\"write\": value}");
  auto notebook = asked.notebook();
  auto name = column->is_null() ? std::string(Notebook::life) : column->get<std::string>();
  auto done = choice->is_string() ? notebook.resolve(RowId{*id}, name, choice->get<std::string>()) : notebook.decide(RowId{*id}, name, (*choice)["write"]);
  if (!done) return done.error();
  auto key = notebook.find(RowId{*id});
  if (!key) return Answer{{{"row", nullptr}, {"versions", json::object()}}};  // the choice was to delete it
  return Answer{row_and_versions(notebook, *key)};
}

Answered tell_rereads(Asked& asked) { return Answer{asked.notebook().rereads()}; }

Answered confirm(Asked& asked) {
  auto id = whole_of(asked.body, "id");
  if (!id) return id.error();
  auto column = text_of(asked.body, "column");
  if (!column) return column.error();
  if (auto done = asked.notebook().confirm(RowId{*id}, *column); !done) return done.error();
  return Answer{{}, 204};
}

constexpr auto reading = Route::Needs::replica, writing = Route::Needs::writing;
constexpr Route routes[] = {
    {"GET", "/api/conflicts", reading, &tell_conflicts},
    {"POST", "/api/conflicts", writing, &decide},
    {"GET", "/api/rereads", reading, &tell_rereads},
    {"POST", "/api/rereads", writing, &confirm},
};

}  // namespace

std::span<const Route> conflict_routes() { return routes; }

}  // namespace carnet
