#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <iostream>

#include "server/accounts.hpp"
#include "server/commands.hpp"
#include "server/migrate.hpp"

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

namespace {

nlohmann::json in_json(SqlStore& store) {
  using nlohmann::json;
  Accounts accounts(store.database());
  json all{{"epoch", store.epoch()}, {"organisations", json::array()}, {"people", json::array()}, {"spaces", json::array()}, {"members", json::array()},
           {"devices", json::array()}};
  for (auto& organisation : accounts.organisations()) all["organisations"].push_back(organisation.name);
  for (auto& person : accounts.people()) all["people"].push_back({{"person", person.id.value}, {"name", person.name}, {"organisation", person.organisation}});
  for (auto& space : store.spaces())
    all["spaces"].push_back({{"space", space.id.value}, {"name", space.name}, {"kind", space.kind}, {"rows", space.digest.rows}, {"bytes", space.bytes},
                             {"changes", space.head.value - epoch_base(store.epoch()).value},
                             {"digest", fmt::format("{:016x}", space.digest.sum)}});
  for (auto& member : accounts.members())
    all["members"].push_back({{"space", member.space.value}, {"person", member.person.value}, {"name", member.name}, {"role", std::string(name_of(member.role))}});
  auto holders = accounts.holders();
  for (auto& device : store.devices()) {
    std::vector<std::uint32_t> spaces;
    for (auto space : device.spaces) spaces.push_back(space.value);
    auto& holder = *std::find_if(holders.begin(), holders.end(), [&](auto& each) { return each.device == device.id; });
    all["devices"].push_back({{"device", device.id.value}, {"name", device.name}, {"person", holder.person.value}, {"spaces", spaces},
                              {"last_met", device.last_met ? json(*device.last_met) : json()}, {"lost", holder.lost ? json(*holder.lost) : json()}});
  }
  return all;
}

}  // namespace

int status(SqlStore& store, bool as_json) {
  auto all = in_json(store);
  if (as_json) { std::cout << all.dump(2) << "\n"; return ok; }
  auto text = [](const nlohmann::json& held) { return held.get<std::string>(); };
  for (auto& space : all["spaces"]) {
    fmt::print("space {:>3}  {:<28} {:>8} rows  digest {}\n", space["space"].get<int>(), text(space["name"]), space["rows"].get<std::int64_t>(), text(space["digest"]));
    for (auto& member : all["members"])
      if (member["space"] == space["space"]) fmt::print("           {:<28} {}\n", text(member["name"]), text(member["role"]));
  }
  for (auto& organisation : all["organisations"]) fmt::print("organisation {}\n", text(organisation));
  for (auto& person : all["people"]) fmt::print("person {:>2}  {:<28} {}\n", person["person"].get<std::int64_t>(), text(person["name"]), text(person["organisation"]));
  for (auto& device : all["devices"])
    fmt::print("device {:>2}  {:<28} {:>8} spaces  {}\n", device["device"].get<int>(), text(device["name"]), device["spaces"].size(),
               device["lost"].is_null() ? "last met " + when(device["last_met"].is_null() ? std::nullopt : std::optional(device["last_met"].get<std::int64_t>()))
                                        : "lost since " + when(device["lost"].get<std::int64_t>()));
  return ok;
}

int restore(const std::string& path, const std::string& backup) {
  if (std::filesystem::exists(path)) throw std::runtime_error(path + " exists: stop the relay and move it away first");
  std::filesystem::copy_file(backup, path);
  SqlStore store(path);
  std::optional<FileBlobs> beside;
  store.fill_media([&](SpaceId space) -> Blobs& { return beside.emplace(media_folder_of(backup) + "/" + std::to_string(space.value)); });
  store.begin_new_life(unix_now());
  fmt::print("restored; devices give back what the backup lacks when they next sync\n");
  return ok;
}

int move_store(const std::string& from, const std::string& to) {
  fmt::print("{} rows of all tables are copied; serve --store with the new place from now on, and with the key that lies beside the old one (--key)\n", migrate(from, to));
  return ok;
}

int trim(SqlStore& store, int days) {
  fmt::print("{} texts trimmed\n", store.trim_texts(unix_now() - std::int64_t{days} * 86'400));
  SqlStore::Collected all;
  for (auto& space : store.spaces()) {
    store.begin(true);
    auto collected = store.collect_media(space.id, unix_now(), keep_media_seconds);
    store.commit();
    all.blobs += collected.blobs;
    all.bytes += collected.bytes;
  }
  fmt::print("{} photos, sounds and clips that no record named for thirty days are gone, {} bytes\n", all.blobs, all.bytes);
  return ok;
}

int new_life(SqlStore& store) {
  store.begin_new_life(unix_now());
  fmt::print("a new life of the store has begun; devices give back what it lacks when they next sync\n");
  return ok;
}

int verify(SqlStore& store) {
  auto different = store.verify();
  for (auto& space : store.spaces()) {
    auto at = std::find_if(different.begin(), different.end(), [&](auto& each) { return each.space == space.id; });
    fmt::print("space {:>3}  {:<28} {}\n", space.id.value, space.name, at == different.end() ? "well" : "rows and digest differ");
    if (at != different.end())
      fmt::print("           {} rows with digest {:016x} are there, {} with {:016x} were noted: restore the newest backup of before; devices give back what that lacks\n", at->found.rows, at->found.sum,
                 at->noted.rows, at->noted.sum);
  }
  auto lacking = store.lacking_media();
  if (lacking) fmt::print("{} photos, sounds or clips are not where they should be: put the folder of media back from the newest backup, or begin a new life, in which devices bring what they have\n", lacking);
  return different.empty() && lacking == 0 ? ok : bad_data;
}

}  // namespace carnet
