// Who the other end of a conversation is, as a key proves it: the identity of a TLS pre-shared key, or, where the channel proves nobody,
// the bearer in the hello.
//   identity = kind number generation     1 byte, and two numbers as LEB128
//   bearer   = identity key
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/ids.hpp"

namespace carnet {

struct Peer {
  enum class Kind : unsigned char { device = 1, invite = 2, space = 3 };  // space: its members among each other; no relay lets that in
  Kind kind = Kind::device;
  std::uint32_t number = 0;      // of the device, the invite or the space
  std::uint32_t generation = 0;  // of the device's or the space's key; 0 of an invite, which has one only
  auto operator<=>(const Peer&) const = default;
};

inline constexpr std::size_t device_key_bytes = 32;
inline constexpr std::size_t invite_key_bytes = 16;  // it stands in a text that people copy
inline constexpr std::size_t claim_bytes = 16;
inline constexpr std::size_t max_identity_bytes = 11;

std::string identity_of(const Peer& peer);
std::optional<Peer> read_identity(std::string_view identity);  // canonical ones only

// Of a space, that its members have among each other.
struct SpaceKey {
  SpaceId space;
  std::uint32_t generation = 0;
  std::string bytes;
};

// The relay's: what each peer has to know.
class Keys {
 public:
  virtual ~Keys() = default;
  virtual std::string key_of(const Peer& peer) const = 0;
  virtual std::string passport_seed() const = 0;  // of the key by which the relay signs (sync/carried.hpp)
};

std::string bearer_of(const Peer& peer, std::string_view key);
std::optional<Peer> proved_by(std::string_view bearer, const Keys& keys);

}  // namespace carnet
