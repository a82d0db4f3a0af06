// An invite: everything a device needs to begin, as one line of text that fits a chat message.
//   invite = "carnet1-" base64url( msgpack [address, device, name, secret, (space, name, kind) ...] check )
// check: 4 bytes of a SipHash, so that a mistyped invite is known at once.
#pragma once
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "core/result.hpp"

namespace carnet {

struct Invite {
  std::string address;  // of the relay, as a URL: http://127.0.0.1:8440
  DeviceId device;
  std::string name;     // of the device, for people
  std::string secret;   // 16 bytes
  struct Space {
    SpaceId id;
    std::string name, kind;
  };
  std::vector<Space> spaces;
};

std::string to_text(const Invite& invite);
Result<Invite> read_invite(std::string_view text);

}  // namespace carnet
