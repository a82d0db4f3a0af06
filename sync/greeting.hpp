// How two devices of the same spaces know each other, where anybody may listen: by keys of spaces, with nothing said in the clear that tells which.
//   greeting = "carnet near" 1 count salt tag...     of who is called, in the clear: 8 * count tags of 8 bytes, one for each key that it has of a
//                                                    space, and others that are of none, in ascending order
// The caller finds one that it has too, and begins TLS 1.3 by that key (psk_dhe_ke), which it names by its tag. All come from the space's key by
// libsodium's KDF, context "carnnear": 1 the key of TLS; 2 that of tags: SipHash-2-4 of the salt; 3 that of proofs: BLAKE2b over the channel and the side.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "sync/peer.hpp"

namespace carnet {

inline constexpr std::size_t salt_bytes = 16, tag_bytes = 8, tags_at_once = 8;
inline constexpr std::size_t channel_bytes = 32;

std::string channel_key_of(const SpaceKey& key);                          // 32 bytes, for TLS
std::string tag_of(const SpaceKey& key, std::string_view salt);
// Once the channel stands: that one side has this key, too. `channel`: what both ends know of this channel, and nobody of any other.
std::string proof_of(const SpaceKey& key, std::string_view channel, bool by_caller);

std::string greeting_of(const std::vector<SpaceKey>& keys, std::string_view salt);

class GreetingReader {
 public:
  // Takes bytes as they come; false where they are no greeting of ours. What follows a whole one is not taken.
  bool feed(std::string_view bytes);
  std::size_t wanted() const;  // more bytes; 0: it is whole
  std::string_view salt() const;
  // Of a whole one: the first of these keys that is in it, and thus the one that the caller should use.
  std::optional<SpaceKey> find(const std::vector<SpaceKey>& keys) const;

 private:
  std::string arrived_;
};

}  // namespace carnet
