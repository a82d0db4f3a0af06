#include "core/blobs.hpp"

#include <system_error>

namespace carnet {

Taken take_piece(Blobs& blobs, DeviceId here, const BlobHash& hash, std::int64_t bytes, std::int64_t from, std::string_view piece) {
  if (blobs.has(hash)) return Taken::no_news;
  auto held = blobs.held(hash, here);
  if (held == bytes) {  // all of it came, and then the power went
    if (blobs.finish(hash, here)) return Taken::whole;
    held = 0;
  }
  auto end = from + static_cast<std::int64_t>(piece.size());
  if (from > held) return Taken::apart;
  if (end <= held || end > bytes) return Taken::no_news;
  blobs.append(hash, here, piece.substr(static_cast<std::size_t>(held - from)));
  if (end < bytes) return Taken::part;
  return blobs.finish(hash, here) ? Taken::whole : Taken::no_news;
}

Result<std::string> piece_to_give(Blobs& blobs, const BlobHash& hash, std::int64_t at, std::size_t most) {
  try {
    return blobs.read(hash, at, most);
  } catch (const std::system_error&) {
    return Error{Code::not_found, "a photo, sound or clip cannot be read here and is left out: the disk may be failing"};
  }
}

}  // namespace carnet
