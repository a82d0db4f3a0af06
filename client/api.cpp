#include "client/api.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <system_error>

#include "client/api_parts.hpp"
#include "client/damage.hpp"
#include "client/whole_file.hpp"

namespace carnet {

using nlohmann::json;

namespace {

std::optional<std::string> unescaped(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '+') out += ' ';
    else if (text[at] != '%') out += text[at];
    else {
      unsigned byte = 0;
      auto* from = text.data() + at + 1;
      if (at + 2 >= text.size() || std::from_chars(from, from + 2, byte, 16).ptr != from + 2) return {};
      out += static_cast<char>(byte);
      at += 2;
    }
  }
  return out;
}

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; at <= text.size();) {
    auto end = std::min(text.find(by, at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= 16 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::vector<std::string>> parts_of(std::string_view path, std::string_view pattern) {
  auto given = split(path, '/'), wanted = split(pattern, '/');
  if (given.size() != wanted.size()) return {};
  std::vector<std::string> parts;
  for (std::size_t k = 0; k < given.size(); ++k) {
    if (wanted[k] == given[k]) continue;
    if (wanted[k] != "*" && !(wanted[k] == "#" && is_number(given[k]))) return {};
    parts.emplace_back(given[k]);
  }
  return parts;
}

int status_of(Code code) {
  switch (code) {
    case Code::malformed: return 400;
    case Code::not_allowed: return 403;
    case Code::not_found: return 404;
    case Code::too_large: return 413;
    case Code::other_text: return 409;
    case Code::busy: return 503;
    default: return 422;
  }
}

// Deeper than any wish; what takes JSON apart recurses.
constexpr int most_depth = 8;

json parse(const std::string& body) {
  bool too_deep = false;
  auto look = [&](int depth, json::parse_event_t, json&) { return !(too_deep = too_deep || depth > most_depth); };
  auto parsed = json::parse(body, look, false);
  return too_deep ? json() : parsed;
}

constexpr Words disk_full{"the disk is full, or cannot be written: make room and try again; what was saved before is kept",
                          "le disque est plein, ou ne se laisse pas écrire : faites de la place et réessayez ; ce qui a été enregistré reste",
                          "de schijf is vol, of laat zich niet beschrijven: maak plaats en probeer opnieuw; wat bewaard was, blijft"};

const char* name_of(int status) {
  switch (status) {
    case 400: return "malformed";
    case 403: return "forbidden";
    case 404: return "not_found";
    case 409: return "version_unknown";
    case 413: return "too_large";
    case 503: return "busy";
    default: return "invalid";
  }
}

}  // namespace

Result<ApiRequest> read_target(const std::string& method, std::string_view target) {
  ApiRequest request{method, {}, {}, {}};
  auto mark = std::min(target.find('?'), target.size());
  auto path = unescaped(target.substr(0, mark));
  if (!path) return malformed("an escape in the address that is none");
  request.path = *path;
  if (mark == target.size()) return request;
  for (auto pair : split(target.substr(mark + 1), '&')) {
    auto equals = std::min(pair.find('='), pair.size());
    auto name = unescaped(pair.substr(0, equals)), value = unescaped(equals < pair.size() ? pair.substr(equals + 1) : "");
    if (!name || !value) return malformed("an escape in the address that is none");
    if (!name->empty()) request.query[*name] = *value;
  }
  return request;
}

Language Api::language() {
  try {
    return home_.replica() ? language_of(*home_.replica()) : language_of_machine();
  } catch (const std::exception&) {  // too damaged to say
    return language_of_machine();
  }
}

ApiResponse Api::refuse(int status, const std::string& code, const Words& text) {
  return {status, "application/json", json{{"error", {{"code", code}, {"text", text.in(language())}}}}.dump()};
}

ApiResponse Api::answer(const ApiRequest& request) {
  try {
    return route(request);
  } catch (const std::exception& fault) {
    bool by_disk = refusal_of_disk(home_.shown(), fault) || dynamic_cast<const std::system_error*>(&fault) || dynamic_cast<const NotWritten*>(&fault);
    if (by_disk) return refuse_full();
    if (home_.found_damaged(fault)) return refuse_damaged();
    if (auto text = refusal_of_others(fault)) return refuse(503, "busy", *text);
    throw;
  }
}

void Api::home_changed() {
  bundles_.give_up();
  errands_.home_changed();
}

ApiResponse Api::refuse_full() { return refuse(507, "disk_full", disk_full); }

ApiResponse Api::refuse_damaged() {
  return refuse(423, "damaged", {"the file of this notebook is damaged: nothing more is written into it; run `carnet rebuild`, which saves what was not sent",
                                 "le fichier de ce carnet est abîmé : plus rien n'y est écrit ; lancez `carnet rebuild`, qui sauve ce qui n'a pas été envoyé",
                                 "het bestand van dit carnet is beschadigd: er wordt niets meer in geschreven; voer `carnet rebuild` uit, dat redt wat niet verzonden was"});
}

ApiResponse Api::route(const ApiRequest& request) {
  bool known = false;
  for (auto routes : {device_routes(), row_routes(), conflict_routes(), sync_routes(), media_routes(), bundle_routes()})
    for (auto& route : routes) {
      auto parts = parts_of(request.path, route.path);
      if (!parts) continue;
      known = true;
      if (request.method == route.method) return take(route, request, std::move(*parts));
    }
  if (known) return refuse(405, "method", {"this is not asked in this way", "cela ne se demande pas ainsi", "dat wordt niet zo gevraagd"});
  return refuse(404, "not_found", {"there is nothing here", "il n'y a rien ici", "hier is niets"});
}

ApiResponse Api::take(const Route& route, const ApiRequest& request, std::vector<std::string> parts) {
  if (route.machine_only && request.from_phone)
    return refuse(403, "forbidden", {"this is done at the computer", "cela se fait sur l'ordinateur", "dat gebeurt op de computer"});
  if (route.needs != Route::Needs::nothing && !home_.replica()) {
    if (home_.damage()) return refuse_damaged();
    return refuse(404, "new", {"there is no notebook on this device yet", "il n'y a pas encore de carnet sur cet appareil", "er is nog geen carnet op dit toestel"});
  }
  if (route.needs == Route::Needs::writing && home_.damage()) return refuse_damaged();
  Asked asked{*this, request, std::move(parts), {}};
  Answered answered = Error{};
  if (request.method == "GET") answered = route.answer(asked);
  else {
    asked.body = request.body.empty() ? json::object() : parse(request.body);
    answered = asked.body.is_object() ? route.answer(asked) : malformed("a body that is no JSON object");
  }
  if (answered) return {answered->status, "application/json", answered->status == 204 ? std::string() : answered->body.dump(-1, ' ', false, json::error_handler_t::replace)};
  return refuse(answered.error());
}

ApiResponse Api::refuse(const Error& error) {
  auto told = home_.replica() ? in_words(language(), home_.replica()->schema(), error) : Told{error.text, {}};
  auto status = told.column ? 422 : status_of(error.code);
  json body{{"code", name_of(status)}, {"text", told.text}};
  if (told.column) body["column"] = *told.column;
  return {status, "application/json", json{{"error", body}}.dump(-1, ' ', false, json::error_handler_t::replace)};
}

Error malformed(const std::string& what) { return {Code::malformed, "the request has " + what}; }

Result<std::int64_t> whole_of(const json& body, const char* name) {
  auto at = body.find(name);
  if (at == body.end() || !at->is_number_integer()) return malformed(std::string("no whole number '") + name + "'");
  return at->get<std::int64_t>();
}

Result<std::string> text_of(const json& body, const char* name) {
  auto at = body.find(name);
  if (at == body.end() || !at->is_string()) return malformed(std::string("no text '") + name + "'");
  return at->get<std::string>();
}

Result<std::optional<std::int64_t>> whole_in_query(const ApiRequest& request, const std::string& name) {
  auto at = request.query.find(name);
  if (at == request.query.end()) return std::optional<std::int64_t>();
  if (!is_number(at->second)) return malformed("no whole number '" + name + "' in its address");
  return std::optional<std::int64_t>(std::stoll(at->second));
}

Result<SpaceId> space_of(Replica& replica, std::int64_t number) {
  for (auto& space : replica.spaces())
    if (space.id.value == number) return space.id;
  return Error{Code::not_found, fmt::format("no space {} on this device", number)};
}

json row_and_versions(Notebook& notebook, RowKey key) {
  return {{"row", *notebook.row(key)}, {"versions", notebook.versions(key)}};
}

}  // namespace carnet
