// A blob: the bytes of a photo, a sound or a clip, known by their hash. A row names one in a cell of type `media`; the bytes travel in a lane
// of their own (sync/media_session.hpp), and stand beside the replica and beside the relay's store.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace carnet {

inline constexpr std::int64_t max_media_bytes = std::int64_t{64} << 20;  // of one blob: a clip of a minute has some 30 MB
inline constexpr std::size_t max_media_type = 40;                        // characters

// BLAKE2b (RFC 7693) of 32 bytes, by libsodium.
struct BlobHash {
  std::array<unsigned char, 32> bytes{};
  auto operator<=>(const BlobHash&) const = default;

  std::string text() const;       // 43 characters, base64url
  std::string file_name() const;  // 64, hex: some file systems take small letters for capital ones
};
std::optional<BlobHash> read_hash(std::string_view text);
std::optional<BlobHash> hash_from(std::string_view bytes);  // its own 32
BlobHash hash_of(std::string_view bytes);

// As a cell holds it: "image/jpeg 153220 " and the hash. The relay finds by it what rows still refer to, in whatever column.
struct BlobName {
  std::string type;  // a MIME type without parameters
  std::int64_t bytes = 0;
  BlobHash hash;
  auto operator<=>(const BlobName&) const = default;
};
std::string text_of(const BlobName& name);
std::optional<BlobName> read_blob_name(std::string_view text);  // what text_of wrote, of 1 to max_media_bytes bytes; nothing else

}  // namespace carnet
