#include "client/serve_media.hpp"

#include <fmt/format.h>

#include <charconv>
#include <system_error>

#include "client/media.hpp"

namespace carnet {

using nlohmann::json;

namespace {

// "bytes=FIRST-LAST" or "bytes=FIRST-", of so many; nothing where it asks for anything else, which is answered whole.
std::optional<std::pair<std::size_t, std::size_t>> range_in(const std::string& range, std::size_t size) {
  std::size_t first = 0, last = size - 1;
  if (!range.starts_with("bytes=")) return {};
  auto* end = range.data() + range.size();
  auto from = std::from_chars(range.data() + 6, end, first);
  if (from.ec != std::errc() || from.ptr == end || *from.ptr != '-' || first >= size) return {};
  if (auto upto = std::from_chars(from.ptr + 1, end, last); from.ptr + 1 != end && (upto.ec != std::errc() || upto.ptr != end)) return {};
  last = std::min(last, size - 1);
  return first <= last ? std::optional(std::pair(first, last)) : std::nullopt;
}

Served served(const ApiResponse& response) { return {response.status, response.type, response.body}; }

}  // namespace

Served bring_media(Home& home, Api& api, const Visit& visit) {
  if (!home.replica() || home.damage()) return served(api.refuse_damaged());
  try {
    auto name = MediaShelf(*home.replica()).put(visit.type.substr(0, visit.type.find(';')), visit.body);
    if (name) return {201, "application/json", json{{"name", text_of(*name)}, {"hash", name->hash.text()}, {"bytes", name->bytes}}.dump()};
    return served(api.refuse(name.error()));
  } catch (const std::system_error&) {
    return served(api.refuse_full());
  }
}

Served media(Home& home, const ApiRequest& request, const Visit& visit) {
  auto hash = read_hash(std::string_view(request.path).substr(std::string_view(media_path).size() + 1));
  auto type = request.query.find("type");
  if (!home.replica() || !hash || type == request.query.end() || !is_media_type(type->second)) return {404, "text/plain; charset=utf-8", "there is no such file\n"};
  MediaShelf shelf(*home.replica());
  auto bytes = shelf.files().read(*hash, 0, static_cast<std::size_t>(max_media_bytes));
  if (bytes.empty()) return {404, "text/plain; charset=utf-8", "this file is not here yet\n"};
  Served file{200, type->second, std::move(bytes)};
  file.headers.push_back({"Accept-Ranges", "bytes"});
  auto range = range_in(visit.range, file.body.size());
  if (!range) return file;
  file.status = 206;
  file.headers.push_back({"Content-Range", fmt::format("bytes {}-{}/{}", range->first, range->second, file.body.size())});
  file.body = file.body.substr(range->first, range->second - range->first + 1);
  return file;
}

}  // namespace carnet
