// Rows: read, added, saved as a form saves, deleted, brought back; their history; the search over all of them.
#include <algorithm>
#include <chrono>

#include "client/api_parts.hpp"
#include "client/copies.hpp"

namespace carnet {

using nlohmann::json;

namespace {

constexpr std::int64_t most_ids = 100, most_rows = 100'000, usual_hits = 30;

Notebook::Fields fields_of(const json& object) {
  Notebook::Fields fields;
  for (auto& [name, value] : object.items()) fields.push_back({name, value});
  return fields;
}

Result<Notebook::Fields> fields_in(const json& body) {
  auto at = body.find("fields");
  if (at == body.end() || !at->is_object()) return malformed("no object 'fields'");
  return fields_of(*at);
}

Result<Notebook::Versions> versions_in(const json& body) {
  Notebook::Versions versions;
  auto given = body.find("opened_at");
  if (given == body.end()) return versions;
  if (!given->is_object()) return malformed("an 'opened_at' that is no object");
  for (auto& [name, version] : given->items()) {
    if (!version.is_string()) return malformed("an 'opened_at' with what is no version");
    versions[name] = version.get<std::string>();
  }
  return versions;
}

Answered standing(Asked& asked, RowId id, int status = 200) {
  auto notebook = asked.notebook();
  auto key = notebook.find(id);
  if (!key) return key.error();
  return Answer{row_and_versions(notebook, *key), status};
}

Result<Notebook::Filter> filter_of(Asked& asked) {
  Notebook::Filter filter;
  for (auto& [name, value] : asked.request.query) {
    if (name == "table") continue;
    if (name != "space" && name != "limit" && name != "after") {
      filter.equal.push_back({name, value});
      continue;
    }
    auto number = whole_in_query(asked.request, name);
    if (!number) return number.error();
    if (name == "after") filter.after = **number;
    else if (name == "limit") filter.limit = std::min(**number, most_rows);
    else if (auto space = space_of(asked.replica(), **number)) filter.space = *space;
    else return space.error();
  }
  return filter;
}

Answered list(Asked& asked) {
  auto filter = filter_of(asked);
  if (!filter) return filter.error();
  auto tables = asked.request.query.find("table");
  if (tables == asked.request.query.end()) return malformed("no 'table' in its address");
  auto notebook = asked.notebook();
  json all = json::object();
  for (std::size_t at = 0; at <= tables->second.size();) {
    auto end = std::min(tables->second.find(',', at), tables->second.size());
    auto name = tables->second.substr(at, end - at);
    auto rows = notebook.list(name, *filter);
    if (!rows) return rows.error();
    all[name] = std::move(*rows);
    at = end + 1;
  }
  return Answer{std::move(all)};
}

Answered show(Asked& asked) { return standing(asked, RowId{asked.number()}); }

Answered give_ids(Asked& asked) {
  auto count = whole_of(asked.body, "count");
  if (!count) return count.error();
  if (*count < 1 || *count > most_ids) return malformed("no 'count' from 1 to " + std::to_string(most_ids));
  json ids = json::array();
  for (auto id : asked.notebook().fresh_ids(*count)) ids.push_back(id.value);
  return Answer{{{"ids", ids}}};
}

Answered add(Asked& asked) {
  auto table = text_of(asked.body, "table");
  if (!table) return table.error();
  auto number = whole_of(asked.body, "space");
  if (!number) return number.error();
  auto space = space_of(asked.replica(), *number);
  if (!space) return space.error();
  auto fields = fields_in(asked.body);
  if (!fields) return fields.error();
  std::optional<RowId> id;
  if (asked.body.contains("id")) {
    auto wanted = whole_of(asked.body, "id");
    if (!wanted) return wanted.error();
    id = RowId{*wanted};
  }
  auto notebook = asked.notebook();
  Result<RowId> added = Error{};
  auto done = asked.replica().write([&]() -> Result<void> {
    added = notebook.put(*space, *table, *fields, id);
    return added ? Result<void>() : added.error();
  });
  if (!done) return done.error();
  return standing(asked, *added, 201);
}

Answered save(Asked& asked) {
  auto fields = fields_in(asked.body);
  if (!fields) return fields.error();
  auto opened_at = versions_in(asked.body);
  if (!opened_at) return opened_at.error();
  auto notebook = asked.notebook();
  RowId id{asked.number()};
  if (auto key = notebook.find(id); !key) return key.error();
  auto saved = notebook.save(id, *fields, *opened_at);
  if (!saved) return saved.error().code == Code::not_found ? Error{Code::other_text, saved.error().text} : saved.error();
  auto answer = standing(asked, id);
  if (answer) {
    answer->body["saved"] = json::object();
    for (auto& [name, version] : *saved) answer->body["saved"][name] = version;
  }
  return answer;
}

Answered remove(Asked& asked) {
  auto done = asked.replica().write([&] { return asked.notebook().remove(RowId{asked.number()}); });
  if (!done) return done.error();
  return Answer{{}, 204};
}

Answered revive(Asked& asked) {
  RowId id{asked.number()};
  auto notebook = asked.notebook();
  if (!notebook.find(id))
    if (auto done = notebook.revive(id); !done) return done.error();
  return standing(asked, id);
}

Answered history(Asked& asked) {
  auto notebook = asked.notebook();
  auto key = notebook.find(RowId{asked.number()});
  if (!key) return key.error();
  return Answer{notebook.history(*key)};
}

Answered restore(Asked& asked) {
  auto number = whole_of(asked.body, "number");
  if (!number) return number.error();
  if (*number < 1) return malformed("no 'number' from 1 on");
  RowId id{asked.number()};
  if (auto done = asked.notebook().restore(id, static_cast<std::size_t>(*number)); !done) return done.error();
  return standing(asked, id);
}

Answered publish_row(Asked& asked) {
  auto number = whole_of(asked.body, "space");
  if (!number) return number.error();
  auto space = space_of(asked.replica(), *number);
  if (!space) return space.error();
  auto copy = publish(asked.replica(), RowId{asked.number()}, *space);
  if (!copy) return copy.error();
  return Answer{{{"id", copy->value}}, 201};
}

Answered search(Asked& asked) {
  auto wish = asked.request.query.find("q");
  if (wish == asked.request.query.end()) return malformed("no 'q' in its address");
  auto limit = whole_in_query(asked.request, "limit"), number = whole_in_query(asked.request, "space");
  if (!limit) return limit.error();
  if (!number) return number.error();
  std::optional<SpaceId> only;
  if (*number) {
    auto space = space_of(asked.replica(), **number);
    if (!space) return space.error();
    only = *space;
  }
  auto began = std::chrono::steady_clock::now();
  auto found = in_json(asked.api.home().search().find(wish->second, only, static_cast<std::size_t>(std::clamp<std::int64_t>(limit->value_or(usual_hits), 1, static_cast<std::int64_t>(most_hits)))));
  found["ms"] = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count();
  return Answer{std::move(found)};
}

constexpr auto reading = Route::Needs::replica, writing = Route::Needs::writing;
constexpr Route routes[] = {
    {"GET", "/api/rows", reading, &list},
    {"POST", "/api/rows", writing, &add},
    {"GET", "/api/rows/#", reading, &show},
    {"PATCH", "/api/rows/#", writing, &save},
    {"DELETE", "/api/rows/#", writing, &remove},
    {"POST", "/api/ids", writing, &give_ids},
    {"POST", "/api/rows/#/revive", writing, &revive},
    {"GET", "/api/rows/#/history", reading, &history},
    {"POST", "/api/rows/#/restore", writing, &restore},
    {"POST", "/api/rows/#/publish", writing, &publish_row},
    {"GET", "/api/search", reading, &search},
};

}  // namespace

std::span<const Route> row_routes() { return routes; }

}  // namespace carnet
