#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <iostream>

#include "server/commands.hpp"

namespace carnet {

namespace {

std::string when(std::optional<std::int64_t> seconds) {
  if (!seconds) return "never";
  std::time_t time = *seconds;
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &parts);
  return text;
}

}  // namespace

std::int64_t unix_now() { return std::time(nullptr); }

int status(SqliteStore& store, bool as_json) {
  nlohmann::json all{{"epoch", store.epoch()}, {"spaces", nlohmann::json::array()}, {"devices", nlohmann::json::array()}};
  for (auto& space : store.spaces())
    all["spaces"].push_back({{"space", space.id.value}, {"name", space.name}, {"kind", space.kind}, {"rows", space.digest.rows},
                             {"changes", space.head.value - epoch_base(store.epoch()).value},
                             {"digest", fmt::format("{:016x}", space.digest.sum)}});
  for (auto& device : store.devices()) {
    std::vector<std::uint32_t> spaces;
    for (auto space : device.spaces) spaces.push_back(space.value);
    all["devices"].push_back({{"device", device.id.value}, {"name", device.name}, {"spaces", spaces},
                              {"last_met", device.last_met ? nlohmann::json(*device.last_met) : nlohmann::json()}});
  }
  if (as_json) { std::cout << all.dump(2) << "\n"; return ok; }
  for (auto& space : all["spaces"])
    fmt::print("space {:>3}  {:<28} {:>8} rows  digest {}\n", space["space"].get<int>(), space["name"].get<std::string>(),
               space["rows"].get<std::int64_t>(), space["digest"].get<std::string>());
  for (auto& device : store.devices())
    fmt::print("device {:>2}  {:<28} {:>8} spaces  last met {}\n", device.id.value, device.name, device.spaces.size(), when(device.last_met));
  return ok;
}

int restore(const std::string& path, const std::string& backup) {
  if (std::filesystem::exists(path)) throw std::runtime_error(path + " exists: stop the relay and move it away first");
  std::filesystem::copy_file(backup, path);
  SqliteStore(path).begin_new_life(unix_now());
  fmt::print("restored; devices give back what the backup lacks when they next sync\n");
  return ok;
}

int trim(SqliteStore& store, int days) {
  fmt::print("{} texts trimmed\n", store.trim_texts(unix_now() - std::int64_t{days} * 86'400));
  return ok;
}

int verify(SqliteStore& store) {
  auto different = store.verify();
  for (auto& space : store.spaces()) {
    bool bad = std::find(different.begin(), different.end(), space.id) != different.end();
    fmt::print("space {:>3}  {:<28} {}\n", space.id.value, space.name, bad ? "rows and digest differ" : "well");
  }
  return different.empty() ? ok : bad_data;
}

}  // namespace carnet
