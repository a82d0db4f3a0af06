// What the people of this device decided about its exchanges: when, over which links, for how much money. Kept in the replica
// by name; each is checked where it is set and where it is read, since any SQL tool may have written it.
#pragma once
#include "core/replica.hpp"
#include "sync/budget.hpp"

namespace carnet {

inline constexpr auto near_off = "off", near_on = "on";

struct Settings {
  enum class Metered { automatic, yes, no };

  Schedule::Policy policy;
  Budget::Limits limits;
  Metered metered = Metered::automatic;
  std::string near = near_off;  // whether the agent meets devices on the local network; else an address of this machine: at that one
};

// One setting as people see it.
struct NamedSetting {
  std::string name, value, values, meaning;  // values: which there are, in words
};

Result<Settings> read_settings(Replica& replica);
// invalid: the text names the setting, its range and what to do.
Result<void> change_setting(Replica& replica, const std::string& name, const std::string& value);
std::vector<NamedSetting> all_settings(Replica& replica);

}  // namespace carnet
