// An invite: everything a device needs to begin, as one line of text that fits a chat message and a QR code. It works offline; its key
// is good for one device, until it has one of its own, and only until the invite expires.
//   invite = "carnet1-" base64url( msgpack [address, pin, device, name, number, key, expires, (space, kind << 2 | role, name) ...] check )
// pin: nil, or 32 bytes; expires: unix seconds; kind: see space_kinds; check: 4 bytes of a SipHash, so that a mistyped invite is known at once.
#pragma once
#include <array>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "sync/rights.hpp"

namespace carnet {

inline constexpr std::array<const char*, 5> space_kinds{"municipality", "partnership", "network", "hub", "administration"};  // numbered so in invites

struct Invite {
  std::string address;        // of the relay (sync/address.hpp)
  std::string pin;            // SHA-256 of the public key of its certificate; empty: by key, or a certificate that the system trusts
  DeviceId device;
  std::string name;           // of the device, for people
  std::uint32_t number = 0;   // of this invite
  std::string key = {};       // 16 bytes
  std::int64_t expires = 0;   // unix seconds
  struct Space {
    SpaceId id;
    std::string name, kind;
    Role role = Role::writer;
  };
  std::vector<Space> spaces = {};
};

std::string to_text(const Invite& invite);
Result<Invite> read_invite(std::string_view text);

}  // namespace carnet
