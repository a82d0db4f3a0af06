// How a message lies in a stream: its length as LEB128 in the shortest form, the message, and a check of it.
#pragma once
#include <sodium.h>

#include <string>
#include <string_view>

namespace carnet {

inline constexpr std::size_t check_bytes = 4;

// The low bytes, in the order of the hash, of SipHash-2-4: damage is noticed before anything is applied.
inline std::string check_of(std::string_view message) {
  constexpr unsigned char key16[crypto_shorthash_KEYBYTES + 1] = "carnet message 1";
  unsigned char hash[crypto_shorthash_BYTES];
  crypto_shorthash(hash, reinterpret_cast<const unsigned char*>(message.data()), message.size(), key16);
  return {reinterpret_cast<const char*>(hash), check_bytes};
}

inline std::string leb128(std::size_t number) {
  std::string bytes;
  for (; number > 0x7f; number >>= 7) bytes += static_cast<char>(0x80 | (number & 0x7f));
  return bytes += static_cast<char>(number);
}

}  // namespace carnet
