#include "client/link.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <fstream>
#include <limits>
#include <memory>
#include <sstream>

#include "sync/address.hpp"

namespace carnet {

namespace {

constexpr unsigned long up = 1, reject = 0x200;  // flags of a route
constexpr int ppp_hardware = 512, raw_ip_hardware = 519;

struct Route {
  std::string interface;
  unsigned long metric = std::numeric_limits<unsigned long>::max();

  void better(const std::string& by, unsigned long its_metric) {
    if (interface.empty() || its_metric < metric) *this = {by, its_metric};
  }
};

void read_ipv4(const std::filesystem::path& root, Route& best) {
  std::ifstream table(root / "proc/net/route");
  std::string line, interface, destination, gateway, mask;
  std::getline(table, line);  // titles
  while (std::getline(table, line)) {
    unsigned long flags = 0, references = 0, uses = 0, metric = 0;
    std::istringstream of(line);
    of >> interface >> destination >> gateway >> std::hex >> flags >> std::dec >> references >> uses >> metric >> mask;
    if (of && destination == "00000000" && mask == "00000000" && (flags & up) && !(flags & reject)) best.better(interface, metric);
  }
}

void read_ipv6(const std::filesystem::path& root, Route& best) {
  std::ifstream table(root / "proc/net/ipv6_route");
  std::string line, destination, length, source, source_length, gateway, interface;
  while (std::getline(table, line)) {
    unsigned long metric = 0, references = 0, uses = 0, flags = 0;
    std::istringstream of(line);
    of >> destination >> length >> source >> source_length >> gateway >> std::hex >> metric >> references >> uses >> flags >> interface;
    if (of && length == "00" && destination == std::string(32, '0') && interface != "lo" && (flags & up) && !(flags & reject))
      best.better(interface, metric);
  }
}

// Modems of every kind: dialled (ppp), by Qualcomm (rmnet, wwan, raw IP), by MediaTek (ccmni). A telephone on a cable or with a
// hotspot looks like any network: for those there is the setting.
bool is_mobile_data(const std::filesystem::path& root, const std::string& interface) {
  for (auto* prefix : {"ww", "ppp", "rmnet", "ccmni"})
    if (interface.starts_with(prefix)) return true;
  auto device = root / "sys/class/net" / interface;
  int hardware = 0;
  std::ifstream(device / "type") >> hardware;
  if (hardware == ppp_hardware || hardware == raw_ip_hardware) return true;
  std::ifstream uevent(device / "uevent");
  for (std::string line; std::getline(uevent, line);)
    if (line == "DEVTYPE=wwan") return true;
  return false;
}

}  // namespace

LinkState find_link(const std::string& address, Settings::Metered metered, const std::filesystem::path& root) {
  LinkState link;
  Route route;
  auto relay = read_address(address);
  if (relay && is_loopback(relay->host)) {
    link.up = true;
  } else {
    read_ipv4(root, route);
    read_ipv6(root, route);
    link = {!route.interface.empty(), Budget::Link::free, route.interface};
  }
  bool pays = metered == Settings::Metered::yes || (metered == Settings::Metered::automatic && is_mobile_data(root, link.interface));
  if (pays) link.kind = Budget::Link::metered;
  return link;
}

// RFC 1918, and RFC 3927: of a cable between two machines.
bool is_private(std::uint32_t address) { return address >> 24 == 10 || address >> 20 == 0xac1 || address >> 16 == 0xc0a8 || address >> 16 == 0xa9fe; }

std::string local_network_address() {
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) return {};
  std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> held(all, &freeifaddrs);
  std::string found;
  for (auto* each = all; each; each = each->ifa_next) {
    if (!each->ifa_addr || each->ifa_addr->sa_family != AF_INET || !(each->ifa_flags & IFF_UP) || (each->ifa_flags & IFF_LOOPBACK)) continue;
    auto address = ntohl(reinterpret_cast<sockaddr_in*>(each->ifa_addr)->sin_addr.s_addr);
    char text[INET_ADDRSTRLEN];
    in_addr network{htonl(address)};
    if (is_private(address) && found.empty() && inet_ntop(AF_INET, &network, text, sizeof text)) found = text;
  }
  return found;
}

}  // namespace carnet
