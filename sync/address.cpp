#include "sync/address.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace carnet {

namespace {

constexpr std::size_t max_address_bytes = 200;

struct Scheme {
  Address::Way way;
  std::string_view text;
  std::uint16_t port;
};
constexpr std::array<Scheme, 3> schemes{{{Address::Way::key, "carnet://", relay_port}, {Address::Way::certificate, "https://", 443}, {Address::Way::plain, "http://", relay_port}}};

bool of_host(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-'; }
bool of_ipv6(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.'; }

bool is_host(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']') && host.size() > 2) return std::all_of(host.begin() + 1, host.end() - 1, of_ipv6);
  return !host.empty() && host.front() != '-' && std::all_of(host.begin(), host.end(), of_host);
}

}  // namespace

bool is_loopback(std::string_view host) {
  if (host == "localhost" || host == "[::1]") return true;
  return host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos;
}

Result<Address> read_address(std::string_view text) {
  Error wrong{Code::invalid, fmt::format("'{}' is no relay's address: carnet://host:port by key, https://host by certificate, http://127.0.0.1:port on the same machine", text.substr(0, max_address_bytes))};
  auto scheme = std::find_if(schemes.begin(), schemes.end(), [&](auto& each) { return text.starts_with(each.text); });
  if (scheme == schemes.end() || text.size() > max_address_bytes) return wrong;
  auto rest = text.substr(scheme->text.size());
  auto colon = rest.rfind(':');
  if (rest.ends_with(']')) colon = std::string_view::npos;
  Address address{scheme->way, std::string(rest.substr(0, colon)), scheme->port};
  if (colon != std::string_view::npos) {
    auto port = rest.substr(colon + 1);
    auto read = std::from_chars(port.data(), port.data() + port.size(), address.port);
    if (read.ec != std::errc() || read.ptr != port.data() + port.size() || address.port == 0) return wrong;
  }
  if (!is_host(address.host)) return wrong;
  if (address.way == Address::Way::plain && !is_loopback(address.host))
    return Error{Code::not_allowed, fmt::format("http:// is for a relay on the same machine only, and '{}' is another: use carnet:// or https://", address.host)};
  return address;
}

std::string Address::url() const { return (way == Way::plain ? "http://" : "https://") + host + ":" + std::to_string(port); }

std::string Address::text() const {
  auto scheme = std::find_if(schemes.begin(), schemes.end(), [&](auto& each) { return each.way == way; });
  return std::string(scheme->text) + host + ":" + std::to_string(port);
}

}  // namespace carnet
