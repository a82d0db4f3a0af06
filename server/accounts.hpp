// Who may do what at this relay: organisations, their people, their devices, and each person's role in each space; and how much all of
// that may be. A part of the store's database, over its connection and in its transactions. Every change that concerns a device
// raises the number of its rights, and the device is told at its next exchange. Names are unique and at most 200 bytes long; what
// cannot be done throws with a text for the operator.
#pragma once
#include <array>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "server/database.hpp"
#include "sync/messages.hpp"

namespace carnet {

using PersonId = Number<struct PersonTag, std::int64_t>;

// A wish that cannot be met: in words for the operator, and as the outcome that an officer reads (core/domain_administration.cpp).
struct NotDone : std::runtime_error {
  NotDone(const char* why, const std::string& text) : std::runtime_error(text), outcome(why) {}
  const char* outcome;
};

enum class Quota { rows, bytes, day_bytes, devices, media };  // of a space; of a device on one day; of a person; of a space
inline constexpr std::size_t quotas_count = 5;
std::optional<Quota> quota_named(std::string_view name);

class Accounts {
 public:
  explicit Accounts(Database& db) : db_(db) {}

  std::int64_t add_organisation(const std::string& name);  // its number
  PersonId add_person(const std::string& name, const std::optional<std::string>& organisation = {});
  PersonId person(const std::string& name);
  SpaceId add_space(const std::string& name, const std::string& kind, Epoch epoch);
  DeviceId add_device(const std::string& name, PersonId person, std::optional<DeviceId> number = {});
  void rename(const std::string& what, std::int64_t number, const std::string& name);  // an organisation, person, space or device
  void set_organisation(PersonId person, std::int64_t organisation);  // 0: none
  std::optional<Error> device_fault(DeviceId device);  // why its person can have no further one

  // Role::none: removed. What was written while more was allowed, up to `now`, is still taken. Unix seconds.
  void set_role(PersonId person, SpaceId space, Role role, std::int64_t now);
  Role role(PersonId person, SpaceId space);
  // The devices go over, and so do the roles that the new person lacks. What was written before keeps the name of the old one.
  void replace(PersonId old, PersonId fresh, std::int64_t now);
  void set_lost(DeviceId device, std::optional<std::int64_t> now);  // let in no more, by no invite; or found again

  // The space, or each that the device's person is in, gets another key for what its members give each other: what they seal from then on is not for
  // whoever had the one before.
  void reseal(SpaceId space);
  void reseal_all_of(DeviceId device);

  std::int64_t quota(Quota which, SpaceId space = {});
  static constexpr auto quotas_sql = "SELECT name,value FROM quota WHERE space IN (0,?) ORDER BY space";
  std::array<std::int64_t, quotas_count> quotas(SpaceId space);  // all of them
  // For one space, or for all that have none of their own. Raising it lets go what was refused.
  void set_quota(Quota which, std::int64_t value, SpaceId space = {});

  struct Organisation {
    std::int64_t number;
    std::string name;
  };
  struct Member {
    PersonId person;
    std::string name;
    SpaceId space;
    Role role;
  };
  struct Person {
    PersonId id;
    std::string name, organisation;
    std::int64_t organisation_number = 0;  // 0: none
  };
  struct Holder {
    DeviceId device;
    PersonId person;
    std::int64_t since;
    std::optional<std::int64_t> lost;
  };
  std::vector<Organisation> organisations();
  std::vector<Person> people();
  std::vector<Member> members();
  std::vector<Holder> holders();

 private:
  void raise_rights(PersonId person);
  void raise_rights_in(SpaceId space);
  Database& db_;
};

}  // namespace carnet
