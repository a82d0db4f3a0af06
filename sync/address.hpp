// Where a relay is, as people write it. Two ways to prove who speaks, and none for the same machine:
//   carnet://host[:port]   TLS 1.3 by the device's own key, which proves both sides
//   https://host[:port]    TLS 1.3 by the relay's certificate, and a bearer of the device in the conversation
//   http://host[:port]     without TLS: loopback only
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace carnet {

struct Address {
  enum class Way { key, certificate, plain };
  Way way = Way::key;
  std::string host;  // an IPv6 one in brackets
  std::uint16_t port = 0;

  std::string url() const;   // for HTTP
  std::string text() const;  // as it was written, with its port
};

inline constexpr std::uint16_t relay_port = 8440;

Result<Address> read_address(std::string_view text);
bool is_loopback(std::string_view host);

}  // namespace carnet
