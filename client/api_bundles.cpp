// Bundles: for whom one can be made, making it, having one read. Their bytes stand outside of the API (/bundle).
#include <fmt/format.h>

#include <ctime>
#include <filesystem>

#include "client/api_parts.hpp"
#include "client/bundle_words.hpp"
#include "client/media.hpp"
#include "client/paper/words.hpp"
#include "client/status.hpp"

namespace carnet {

using nlohmann::json;

namespace {

constexpr std::int64_t around_bytes = 300;  // seal, passport and receipt of a small bundle, as measured

struct Weight {
  std::size_t rows = 0, photos = 0;
  std::int64_t bytes = 0, photo_bytes = 0;
};
json told(const std::string& for_whom, const std::string& name, const char* kind, const Weight& weight) {
  return {{"for", for_whom}, {"name", name}, {"kind", kind}, {"rows", weight.rows}, {"bytes", weight.bytes}, {"photos", weight.photos}, {"photo_bytes", weight.photo_bytes}};
}

std::map<SpaceId, Weight> weights(Replica& replica) {
  std::map<SpaceId, Weight> all;
  for (auto& space : replica.spaces()) all[space.id] = {.rows = replica.pending_rows(space.id) + replica.luggage(space.id).rows, .bytes = around_bytes + bytes_waiting(replica, space.id)};
  std::set<std::pair<SpaceId, BlobHash>> seen;
  for (auto& item : MediaShelf(replica).items()) {
    if (!goes_in_bundle(item) || !seen.insert({item.space, item.name.hash}).second) continue;
    ++all[item.space].photos;
    all[item.space].photo_bytes += item.name.bytes;
  }
  return all;
}

Answered not_in_sample() { return Error{Code::invalid, "the sample exchanges nothing, neither over a network nor in files"}; }

// What is for a device is at most what is for its spaces: less what it is known to have.
Answered tell_readers(Asked& asked) {
  if (asked.api.home().shows_sample()) return not_in_sample();
  auto& replica = asked.replica();
  auto weighs = weights(replica);
  json all = json::array();
  for (auto& space : replica.spaces()) all.push_back(told(std::to_string(space.id.value), space.name, "space", weighs[space.id]));
  std::map<std::string, Weight> devices;
  SQLite::Statement select(replica.database(), "SELECT DISTINCT name,space FROM device WHERE number<>? AND name<>''");
  select.bind(1, static_cast<std::int64_t>(replica.device().value));
  while (select.executeStep()) {
    auto& sum = devices[select.getColumn(0).getString()];
    auto& each = weighs[SpaceId{select.getColumn(1).getUInt()}];
    sum = {sum.rows + each.rows, sum.photos + each.photos, sum.bytes + each.bytes, sum.photo_bytes + each.photo_bytes};
  }
  for (auto& [name, weight] : devices) all.push_back(told(name, name, "device", weight));
  return Answer{{{"readers", all}}};
}

json making(BundleDesk& desk, bool goes_on) {
  auto& made = *desk.made();
  json told{{"done", !goes_on}, {"bytes", made.bytes}, {"frames", made.frames}, {"photos", made.blobs}, {"files", json::array()}};
  if (!goes_on)
    for (auto& file : made.files) told["files"].push_back({{"name", std::filesystem::path(file).filename().string()}, {"bytes", std::filesystem::file_size(file)}});
  return told;
}

std::string file_name(Replica& replica, const std::string& for_whom) {
  auto name = for_whom;
  for (auto& space : replica.spaces())
    if (std::to_string(space.id.value) == for_whom) name = space.name;
  auto now = std::time(nullptr);
  std::tm day{};
  localtime_r(&now, &day);
  return for_file_name(fmt::format("{} {:04}-{:02}-{:02}", name, day.tm_year + 1900, day.tm_mon + 1, day.tm_mday));
}

Result<bool> flag(const json& body, const char* name) {
  auto found = body.find(name);
  if (found != body.end() && !found->is_boolean()) return malformed(fmt::format("neither true nor false in '{}'", name));
  return found != body.end() && found->get<bool>();
}

Answered make(Asked& asked) {
  if (asked.api.home().shows_sample()) return not_in_sample();
  auto for_whom = text_of(asked.body, "for");
  if (!for_whom) return for_whom.error();
  auto photos = flag(asked.body, "photos"), all = flag(asked.body, "all");
  if (!photos) return photos.error();
  if (!all) return all.error();
  auto volume = asked.body.contains("volume_mb") ? whole_of(asked.body, "volume_mb") : Result<std::int64_t>(0);
  if (!volume) return volume.error();
  if (*volume < 0 || *volume > static_cast<std::int64_t>(BundleDesk::most_volume_mb)) return Error{Code::invalid, fmt::format("another file begins after 1 to {} MB", BundleDesk::most_volume_mb)};
  auto& desk = asked.api.bundles();
  BundleDesk::Wish wish{*for_whom, file_name(asked.replica(), *for_whom), *photos, *all, static_cast<std::uint64_t>(*volume) * 1'000'000};
  if (auto begun = desk.make(asked.replica(), wish, std::time(nullptr)); !begun) return begun.error();
  return Answer{making(desk, true), 201};
}

Answered go_on(Asked& asked) {
  auto goes_on = asked.api.bundles().go_on(std::time(nullptr));
  if (!goes_on) return goes_on.error();
  return Answer{making(asked.api.bundles(), *goes_on)};
}

Answered read(Asked& asked) {
  if (asked.api.home().shows_sample()) return not_in_sample();
  auto bytes = whole_of(asked.body, "bytes");
  if (!bytes) return bytes.error();
  if (*bytes < 0) return malformed("a negative number in 'bytes'");
  if (auto begun = asked.api.bundles().read(asked.replica(), static_cast<std::uint64_t>(*bytes), std::time(nullptr)); !begun) return begun.error();
  return Answer{{{"at", 0}, {"piece", BundleDesk::most_piece}}, 201};
}

Answered give_up(Asked& asked) {
  asked.api.bundles().give_up();
  return Answer{{}, 204};
}

constexpr Route routes[] = {
    {"GET", "/api/bundles", Route::Needs::replica, &tell_readers},
    {"POST", "/api/bundles", Route::Needs::writing, &make},
    {"POST", "/api/bundles/go", Route::Needs::writing, &go_on},
    {"POST", "/api/bundles/read", Route::Needs::writing, &read},
    {"DELETE", "/api/bundles/read", Route::Needs::writing, &give_up},
};

}  // namespace

std::span<const Route> bundle_routes() { return routes; }

}  // namespace carnet
