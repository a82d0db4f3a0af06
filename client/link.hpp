// Which link this machine has towards the relay, as the kernel tells it: no daemon is asked and nothing is sent.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

#include "client/settings.hpp"

namespace carnet {

struct LinkState {
  bool up = false;
  Budget::Link kind = Budget::Link::free;
  std::string interface;  // of the default route; empty: none, or the relay is on this machine

  bool operator==(const LinkState&) const = default;
};

// There is a link where there is a default route; a relay on a loopback address needs none. `root`: where /proc and /sys are.
LinkState find_link(const std::string& address, Settings::Metered metered, const std::filesystem::path& root = "/");

// An IPv4 address, as a number, of a network that is not the internet.
bool is_private(std::uint32_t address);

// Of the first interface of a network that is neither this machine nor, by its address, the internet, a cable between two machines too; empty where there is none.
std::string local_network_address();

}  // namespace carnet
