#include "client/serve_bundles.hpp"

#include <charconv>
#include <ctime>

#include "client/bundle_words.hpp"
#include "client/phrases.hpp"

namespace carnet {

using nlohmann::json;

namespace {

Served served(const ApiResponse& response) { return {response.status, response.type, response.body}; }

json outcome(Replica& replica, Language language, const BundleDesk::Reading& reading) {
  auto& read = reading.read;
  auto missing = what_is_missing(language, read);
  if (reading.broken) missing.push_back(in_words(language, reading.broken->text));
  bool says_what_came = !reading.broken || !read.rows_of.empty() || read.blobs > 0;
  return {{"rows", read.rows}, {"photos", read.blobs}, {"conflicts", read.conflicts}, {"came", says_what_came ? what_came(replica, language, read) : std::vector<std::string>()}, {"missing", missing}};
}

}  // namespace

Served bring_piece(Api& api, const ApiRequest& request, const Visit& visit) {
  if (!api.home().replica() || api.home().damage()) return served(api.refuse_damaged());
  auto asked = request.query.find("at");
  std::uint64_t at = 0;
  auto* end = asked == request.query.end() ? nullptr : asked->second.data() + asked->second.size();
  bool is_number = end && std::from_chars(asked->second.data(), end, at).ptr == end && !asked->second.empty();
  if (!is_number) return served(api.refuse({Code::malformed, "the request has no whole number 'at' in its address"}));
  auto taken = api.bundles().take(at, visit.body, std::time(nullptr));
  if (!taken) return served(api.refuse(taken.error()));
  auto& reading = **taken;
  json told{{"at", reading.at}, {"done", reading.is_over()}};
  if (reading.is_over()) told.update(outcome(*api.home().replica(), api.language(), reading));
  return {200, "application/json", told.dump(-1, ' ', false, json::error_handler_t::replace)};
}

Served bundle(Api& api, const ApiRequest& request) {
  auto name = request.path.substr(std::string_view(bundle_path).size() + 1);
  auto file = api.bundles().file(name);
  if (file.empty()) return {404, "text/plain; charset=utf-8", "this bundle is not here any more: make it again\n"};
  Served served{200, "application/octet-stream", {}};
  served.headers.push_back({"Content-Disposition", "attachment; filename=\"" + name + "\""});
  served.file = file;
  return served;
}

}  // namespace carnet
