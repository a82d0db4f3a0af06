#include "client/home.hpp"

#include <filesystem>

#include "client/damage.hpp"
#include "client/enrol.hpp"
#include "client/place.hpp"
#include "core/domain.hpp"
#include "sync/address.hpp"

namespace carnet {

namespace fs = std::filesystem;

Home::Home(const std::string& folder) : folder_(folder) {
  fs::create_directories(folder_);
  open();
}

std::string Home::file(const std::string& name) const { return (fs::path(folder_) / name).string(); }
std::string Home::database() const { return file("carnet.db"); }
std::string Home::sample_database() const { return file("carnet-sample.db"); }

void Home::open() {
  replica_.reset();
  damage_.reset();
  sample_ = fs::exists(sample_database());
  auto path = sample_ ? sample_database() : database();
  if (!sample_) finish_rebuild(path);
  if (!fs::exists(path)) return;
  damage_ = damage_of(path);
  if (damage_) return;
  try {
    replica_ = std::make_unique<Replica>(path, domain());
  } catch (const std::exception& fault) {
    if (!found_damaged(fault)) throw;
    return;
  }
  moved_ = !sample_ && came_from_elsewhere(path, *replica_);
  damage_ = marked_damage(*replica_);
}

std::optional<std::string> Home::found_damaged(const std::exception& fault) {
  auto path = sample_ ? sample_database() : database();
  auto damage = damage_of(path, &fault);
  if (!damage) return {};
  mark_damaged(path, *damage);
  damage_ = damage;
  return in_words(path, *damage);
}

Result<void> Home::enrol(const std::string& text) {
  if (fs::exists(database())) return Error{Code::invalid, "this device is enrolled already"};
  auto invite = read_invite(text);
  if (!invite) return invite.error();
  if (auto address = read_address(invite->address); !address) return address.error();
  enrol_at(database(), *invite);
  open();
  return {};
}

}  // namespace carnet
