// What is said of blobs, in requests of their own beside the exchanges. The grammar of the bytes: WIRE.md, "Media". Blobs of one request are
// numbered by the device as it names them.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/blob.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"

namespace carnet {

inline constexpr std::uint32_t max_blobs_a_request = 4'096;
inline constexpr std::size_t max_media_message = 1'200;      // bytes: a reason and its like
inline constexpr std::int64_t max_part_bytes = 262'144;      // of one part, and of what is asked for at a time

struct MediaHello {  // up, first: as in a Hello
  DeviceId device;
  std::string bearer;
};
struct Offer {  // up: "I have this"
  std::uint32_t blob;
  SpaceId space;
  BlobHash hash;
  std::int64_t bytes = 0;
};
struct Held {  // down, to an offer and to each part of it: so much of it is there. All of it: on disk, and what its hash says
  std::uint32_t blob;
  std::int64_t bytes = 0;
};
struct Ask {  // up: "send me this", once for each blob
  std::uint32_t blob;
  SpaceId space;
  BlobHash hash;
  std::int64_t from = 0, length = 0;
};
struct AskOn {  // up: so many bytes more of it
  std::uint32_t blob;
  std::int64_t length = 0;
};
struct Part {  // both ways: so many bytes of it follow behind this message, as they are
  std::uint32_t blob;
  std::int64_t length = 0;
};
struct Declined {  // down
  std::uint32_t blob;
  Error error;
};
struct MediaEnd {};  // both ways, last
struct MediaFailure {  // down: the whole request is refused
  Error error;
};

using MediaMessage = std::variant<MediaHello, Offer, Held, Ask, AskOn, Part, Declined, MediaEnd, MediaFailure>;

// In pieces of how many bytes so many are to be sealed by TLS, where `passed` have passed on the connection: each piece has a head and a tag of its
// own, and one that is not whole when the link is cut is lost. A link that has held for so long will for as long again: then this costs least.
std::size_t piece_of(std::size_t bytes, std::int64_t passed);

std::string media_preface();
std::string pack(const MediaMessage& message);  // as it lies in the stream

// A piece of the bytes that a part announced.
struct MediaData {
  std::uint32_t blob;
  std::string bytes;
};

class MediaReader {
 public:
  void feed(std::string_view bytes) { held_ += bytes; }
  using Item = std::variant<MediaMessage, MediaData>;
  Result<std::optional<Item>> next();  // nothing where more bytes are needed

 private:
  std::string held_;
  bool prefaced_ = false;
  std::uint32_t blob_ = 0;
  std::int64_t to_come_ = 0;  // of the part
};

}  // namespace carnet
