// What this device proves itself by: a file of mode 0600 beside the replica (carnet.db.key), so that no copy of the database holds a secret.
// Written whole or not at all, and synced. Lines of text:
//   invite NUMBER KEY CLAIM        to be redeemed at the next contact; the claim is this device's own, so that a lost answer can be asked for again
//   key DEVICE GENERATION KEY      of this device, and of the number that the relay told it to take
//   pin SHA256                     of the public keys of the relay's certificate and of its next
//   space SPACE GENERATION KEY     that its members seal by what they give each other (sync/bundle.hpp); the last three
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "sync/invite.hpp"
#include "sync/messages.hpp"
#include "sync/peer.hpp"

namespace carnet {

struct DeviceKeys {
  struct Invited {
    std::uint32_t number = 0;
    std::string key, claim;
  };
  std::optional<Invited> invited;
  std::vector<DeviceKey> keys;
  std::vector<std::string> pins;
  std::vector<SpaceKey> spaces = {};  // older ones first

  static DeviceKeys of(const Invite& invite);  // with a new claim
  void take(const DeviceKey& key);  // in the place of the invite, and of its older one
  void take(const Pin& pin);
  void take(const Account& account);
  std::optional<DeviceKey> of(DeviceId device) const;
  void keep_only(DeviceId device);
};

std::string key_file(const std::string& database);
std::optional<DeviceKeys> read_keys(const std::string& database);  // nothing where the file is missing or not whole
void write_keys(const std::string& database, const DeviceKeys& keys);

// Who speaks, and whom it believes.
struct Credentials {
  Peer peer;
  std::string key;
  std::string claim;              // where the peer is an invite
  std::vector<std::string> pins;  // none: a certificate that the system trusts
  std::string session_file;       // keeps what a later run resumes a connection by; empty: nothing is kept
};

std::optional<Credentials> credentials_of(const std::string& database, const DeviceKeys& keys, DeviceId device);

}  // namespace carnet
