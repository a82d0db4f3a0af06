#include "server/pages.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace carnet {

namespace {

constexpr std::string_view cookie_name = "carnet_status=", token_field = "token=", bearer = "Bearer ";

// What follows `name` in a list that `separator` divides; empty where it is not there.
std::string_view value_in(std::string_view list, std::string_view name, char separator) {
  while (!list.empty()) {
    auto end = std::min(list.find(separator), list.size());
    auto part = list.substr(0, end);
    part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
    if (part.starts_with(name)) return part.substr(name.size());
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return {};
}

std::string_view token_of_target(const PageRequest& request) {
  auto question = request.target.find('?');
  return question == std::string::npos ? std::string_view() : value_in(std::string_view(request.target).substr(question + 1), token_field, '&');
}

Page as_html(std::string body, std::string status = "200 OK") {
  return {std::move(status), "text/html; charset=utf-8", std::move(body), StatusPage::html_fields()};
}

Page as_json(std::string body, std::string status = "200 OK") {
  return {std::move(status), "application/json", std::move(body), "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"};
}

}  // namespace

bool is_page(const PageRequest& request) {
  auto path = request.path();
  return path == "/healthz" || path == "/status" || path == "/status.json";
}

bool is_metrics(const PageRequest& request) { return request.path() == "/metrics"; }
bool is_page_of_metrics(const PageRequest& request) { return is_metrics(request) || request.path() == "/healthz"; }

Page no_page() { return {"404 Not Found", "text/plain", "this relay answers POST /sync, GET /healthz and GET /status\n"}; }
Page out_of_order() { return {"503 Service Unavailable", "text/plain", "the store does not answer\n"}; }

Page Pages::answer(const PageRequest& request, SqlStore& store, std::int64_t now) {
  if (request.path() != "/healthz") return status(request, store, now);
  store.is_device(DeviceId{});  // a question that has to be read for
  return {"200 OK", "text/plain", "well\n"};
}

std::optional<StatusLink> Pages::admitted(std::string_view token, SqlStore& store, std::int64_t now) {
  auto link = read_token(token, keys_);
  if (!link || link->expires < now) return {};
  auto generation = status_generation(store.database(), link->person);
  return generation != 0 && link->generation == generation ? link : std::nullopt;
}

// The token comes in the link once, which gives a cookie for it and goes on without it: so it stands in no address that is looked at longer,
// and what another site leads to brings nothing along. Programs say it themselves.
Page Pages::status(const PageRequest& request, SqlStore& store, std::int64_t now) {
  bool json = request.path() == "/status.json";
  auto language = StatusPage::language(request.languages);
  auto of_target = token_of_target(request);
  std::string_view token = of_target;
  if (token.empty() && request.authorization.starts_with(bearer)) token = std::string_view(request.authorization).substr(bearer.size());
  else if (token.empty()) token = value_in(request.cookie, cookie_name, ';');
  auto link = admitted(token, store, now);
  if (!link) {
    auto page = json ? as_json("{\"error\":\"this takes a link of `carnet-relay status-link` that is valid\"}\n", "401 Unauthorized") : as_html(StatusPage::without_link(language), "401 Unauthorized");
    page.fields += "WWW-Authenticate: Bearer\r\n";
    return page;
  }
  if (!of_target.empty() && !json) {
    auto page = as_html(StatusPage::on_the_way(language));
    page.fields += fmt::format("Set-Cookie: {}{}; Path=/status; Max-Age={}; HttpOnly; Secure; SameSite=Strict\r\n", cookie_name, of_target, link->expires - now);
    return page;
  }
  auto state = page_.state(store, link->person, now);
  return json ? as_json(state.dump(2) + "\n") : as_html(StatusPage::html(state, language));
}

}  // namespace carnet
