#include "client/home.hpp"

#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>

#include "client/account.hpp"
#include "client/damage.hpp"
#include "client/enrol.hpp"
#include "client/media.hpp"
#include "client/notebook.hpp"
#include "client/pages.hpp"
#include "client/place.hpp"
#include "core/domain.hpp"
#include "sync/address.hpp"

namespace carnet {

namespace fs = std::filesystem;

namespace {

// With every date moved so that the day on which it plays is today.
nlohmann::json sample_rows() {
  using namespace std::chrono;
  auto sample = nlohmann::json::parse(*embedded_page("sample.json"));
  auto day_of = [](const std::string& text) {
    int year = 0;
    unsigned month = 0, day = 0;
    return std::sscanf(text.c_str(), "%4d-%2u-%2u", &year, &month, &day) == 3 ? std::optional(sys_days{std::chrono::year{year} / std::chrono::month{month} / std::chrono::day{day}}) : std::nullopt;
  };
  std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  auto today = sys_days{year{local.tm_year + 1900} / (local.tm_mon + 1) / local.tm_mday};
  auto later = today - *day_of(sample["today"].get<std::string>());
  for (auto& row : sample["rows"])
    for (auto& column : domain().find(row["table"].get<std::string>())->columns) {
      auto cell = row.find(column.name);
      if (column.type != Type::date || cell == row.end()) continue;
      year_month_day moved{*day_of(cell->get<std::string>()) + later};
      *cell = fmt::format("{:04}-{:02}-{:02}", int{moved.year()}, unsigned{moved.month()}, unsigned{moved.day()});
    }
  return sample;
}

}  // namespace

Home::Home(const std::string& folder) : folder_(folder) {
  fs::create_directories(folder_);
  open();
}

std::string Home::file(const std::string& name) const { return (fs::path(folder_) / name).string(); }
std::string Home::database() const { return file("carnet.db"); }
std::string Home::sample_database() const { return file("carnet-sample.db"); }
std::string Home::shown() const { return sample_ ? sample_database() : database(); }

void Home::open() {
  search_.reset();
  replica_.reset();
  damage_.reset();
  sample_ = fs::exists(sample_database());
  auto path = shown();
  if (!sample_) finish_rebuild(path);
  if (!fs::exists(path)) return;
  damage_ = damage_of(path);
  if (damage_) return;
  try {
    replica_ = std::make_unique<Replica>(path, domain());
    search_ = std::make_unique<Search>(*replica_);
  } catch (const std::exception& fault) {
    if (!found_damaged(fault)) throw;
    return;
  }
  moved_ = !sample_ && came_from_elsewhere(path, *replica_);
  damage_ = marked_damage(*replica_);
}

std::optional<std::string> Home::found_damaged(const std::exception& fault) {
  auto path = shown();
  auto damage = damage_of(path, &fault);
  if (!damage) return {};
  mark_damaged(path, *damage);
  damage_ = damage;
  return in_words(path, *damage);
}

bool Home::look_for_damage() {
  if (!replica_ || damage_) return false;
  damage_ = marked_damage(*replica_);
  return damage_.has_value();
}

Result<void> Home::enrol(const std::string& text) {
  auto language = language_of_machine();
  if (fs::exists(database()))
    return Error{Code::invalid, say(language, {"this device is enrolled already", "cet appareil est déjà inscrit", "dit toestel is al ingeschreven"})};
  auto invite = read_invite(text);
  if (!invite)
    return Error{Code::invalid, say(language, {"this is no whole invite: copy it again, from 'carnet1-' to its last character", "ce n'est pas une invitation entière : copiez-la encore, de « carnet1- » à son dernier caractère",
                                               "dit is geen volledige uitnodiging: kopieer ze opnieuw, van 'carnet1-' tot het laatste teken"})};
  if (auto address = read_address(invite->address); !address) return address.error();
  enrol_at(database(), *invite);
  if (sample_) return leave_sample();
  open();
  return {};
}

Result<void> Home::open_sample() {
  if (sample_) return {};
  auto fresh = sample_database() + ".new";
  for (auto* part : {"", "-wal", "-shm"}) fs::remove(fresh + part);
  {
    Replica replica(fresh, domain(), DeviceId{max_device});
    replica.add_space(SpaceId{1}, "Ouinhi-Laarne", "partnership");
    auto added = Notebook(replica).import(SpaceId{1}, sample_rows());
    if (!added) return added.error();
    replica.set("name", "Ouinhi");
    introduce(replica);
    replica.collect();
    replica.database().exec("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  fs::rename(fresh, sample_database());
  open();
  return {};
}

Result<void> Home::leave_sample() {
  if (!sample_) return {};
  search_.reset();
  replica_.reset();
  for (auto* part : {"", "-wal", "-shm", ".search", ".search-wal", ".search-shm"}) fs::remove(sample_database() + part);
  fs::remove_all(media_folder(sample_database()));
  open();
  return {};
}

}  // namespace carnet
