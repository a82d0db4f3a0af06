#include "client/neighbours.hpp"

#include <arpa/inet.h>
#include <avahi-client/client.h>
#include <avahi-client/lookup.h>
#include <avahi-client/publish.h>
#include <avahi-common/address.h>
#include <avahi-common/error.h>
#include <avahi-common/thread-watch.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sodium.h>

#include <array>

namespace carnet {

namespace {

constexpr auto service = "_carnet._tcp";

// Of the interface that has this address: what listens there only is announced there only.
AvahiIfIndex interface_of(const std::string& address) {
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) return AVAHI_IF_UNSPEC;
  std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> held(all, &freeifaddrs);
  for (auto* each = all; each; each = each->ifa_next) {
    char text[INET_ADDRSTRLEN] = {};
    bool is_it = each->ifa_addr && each->ifa_addr->sa_family == AF_INET && inet_ntop(AF_INET, &reinterpret_cast<sockaddr_in*>(each->ifa_addr)->sin_addr, text, sizeof text) && address == text;
    if (is_it) return static_cast<AvahiIfIndex>(if_nametoindex(each->ifa_name));
  }
  return AVAHI_IF_UNSPEC;
}

std::string random_name() {
  std::array<unsigned char, 8> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  std::array<char, 17> text{};
  sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
  return text.data();
}

}  // namespace

// Avahi's objects, made and called in the thread of its poll. Where the daemon is started anew, so are they.
struct Neighbours::Daemon {
  AvahiIfIndex interface;
  std::uint16_t port;
  Told told;
  std::string name = random_name();
  AvahiThreadedPoll* poll = avahi_threaded_poll_new();
  AvahiClient* client = nullptr;
  AvahiEntryGroup* group = nullptr;
  AvahiServiceBrowser* browser = nullptr;

  Daemon(const std::string& address, std::uint16_t at_port, Told to) : interface(interface_of(address)), port(at_port), told(std::move(to)) {}
  ~Daemon() {
    if (client) avahi_threaded_poll_stop(poll);
    if (client) avahi_client_free(client);  // and what was made of it
    avahi_threaded_poll_free(poll);
  }
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  bool begin() {
    int fault = 0;
    client = avahi_client_new(avahi_threaded_poll_get(poll), AVAHI_CLIENT_NO_FAIL, changed, this, &fault);
    bool runs = client && avahi_client_get_state(client) != AVAHI_CLIENT_CONNECTING && avahi_client_get_state(client) != AVAHI_CLIENT_FAILURE;
    if (runs && avahi_threaded_poll_start(poll) == 0) return true;
    if (client) avahi_client_free(std::exchange(client, nullptr));
    return false;
  }

  static void changed(AvahiClient* client, AvahiClientState state, void* self) {
    auto& daemon = *static_cast<Daemon*>(self);
    if (state == AVAHI_CLIENT_S_RUNNING) daemon.announce(client);
    else if (state != AVAHI_CLIENT_S_REGISTERING) daemon.forget();
  }
  void forget() {
    if (browser) avahi_service_browser_free(std::exchange(browser, nullptr));
    if (group) avahi_entry_group_free(std::exchange(group, nullptr));
  }
  void announce(AvahiClient* of) {
    if (!group) group = avahi_entry_group_new(of, [](AvahiEntryGroup*, AvahiEntryGroupState, void*) {}, this);
    if (group && avahi_entry_group_is_empty(group) && avahi_entry_group_add_service(group, interface, AVAHI_PROTO_INET, {}, name.c_str(), service, nullptr, nullptr, port, nullptr) == 0)
      avahi_entry_group_commit(group);
    if (!browser) browser = avahi_service_browser_new(of, interface, AVAHI_PROTO_INET, service, nullptr, {}, browsed, this);
  }

  static void browsed(AvahiServiceBrowser*, AvahiIfIndex at, AvahiProtocol protocol, AvahiBrowserEvent event, const char* name, const char* type, const char* domain, AvahiLookupResultFlags, void* self) {
    auto& daemon = *static_cast<Daemon*>(self);
    if (!name || daemon.name == name) return;
    if (event == AVAHI_BROWSER_REMOVE) return daemon.told.gone(name);
    if (event == AVAHI_BROWSER_NEW) avahi_service_resolver_new(daemon.client, at, protocol, name, type, domain, AVAHI_PROTO_INET, {}, resolved, self);
  }
  static void resolved(AvahiServiceResolver* resolver, AvahiIfIndex, AvahiProtocol, AvahiResolverEvent event, const char* name, const char*, const char*, const char*, const AvahiAddress* address, std::uint16_t port,
                       AvahiStringList*, AvahiLookupResultFlags, void* self) {
    char text[AVAHI_ADDRESS_STR_MAX] = {};
    if (event == AVAHI_RESOLVER_FOUND) static_cast<Daemon*>(self)->told.found(name, avahi_address_snprint(text, sizeof text, address), port);
    avahi_service_resolver_free(resolver);
  }
};

Result<std::unique_ptr<Neighbours>> Neighbours::begin(const std::string& address, std::uint16_t port, Told told) {
  auto daemon = std::make_unique<Daemon>(address, port, std::move(told));
  if (!daemon->begin())
    return Error{Code::not_found, "devices do not find each other by themselves here: avahi-daemon does not run on this machine; give the address to the other device, or let it read the code"};
  return std::unique_ptr<Neighbours>(new Neighbours(std::move(daemon)));
}

Neighbours::Neighbours(std::unique_ptr<Daemon> daemon) : daemon_(std::move(daemon)) {}
Neighbours::~Neighbours() = default;
const std::string& Neighbours::name() const { return daemon_->name; }

}  // namespace carnet
