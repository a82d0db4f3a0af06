// Carried frames, and blobs, in sealed files: for a stick, a phone, a message. Whoever has the space's key reads one; any number of them may be read in any
// order, and again. No I/O: the writer gives bytes to a sink, the reader takes them in any portions.
//   bundle  = segment...
//   segment = head chunk...        head: "carnet" 1 space generation header    (space, generation: LEB128; header: of libsodium's secretstream)
//   chunk   = length sealed        length: 4 bytes, little-endian; XChaCha20-Poly1305, the head is added data of the first; the last is marked
//   within: a stream of messages, packed as an exchange's (sync/stream.hpp), then blobs, bare:
//   passport = [1, passport]   frame = [2, author, from, length, generation, epoch, frame, signature]
//   had      = [3, device, (author, from, to) ...]       what the writer has, so that nobody need give it that: a receipt
//   blob     = [4, hash, bytes, from, length]            follows behind the packed part, with its bytes
//   loan     = [5, device, generation, message, signature]        rows as the relay had them (sync/lending.hpp), for who has not met it; behind the passport of who lends
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/blob.hpp"
#include "sync/carried.hpp"
#include "sync/lending.hpp"
#include "sync/peer.hpp"

namespace carnet {

// One segment.
class BundleWriter {
 public:
  using Sink = std::function<void(std::string_view)>;
  BundleWriter(const SpaceKey& key, Sink sink);
  ~BundleWriter();

  void put(const Passport& passport);
  void put(const Carried& frame);
  void put(DeviceId writer, const std::vector<CarriedRange>& had);
  void put(const SignedLoan& loan);
  // After all of these. At most max_piece_bytes (limits.hpp) at a time.
  void put(const BlobHash& hash, std::int64_t bytes, std::int64_t from, std::string_view piece);
  void end();
  std::uint64_t written() const;  // bytes, of the file

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// What a bundle says, in its order.
struct BundleContent {
  std::function<void(const Passport&)> passport;
  std::function<void(const Carried&)> frame;
  std::function<void(SpaceId, DeviceId writer, const std::vector<CarriedRange>&)> had;
  std::function<void(SpaceId, const SignedLoan&)> loan;
  std::function<void(SpaceId, const BlobHash&, std::int64_t bytes, std::int64_t from, std::string_view piece)> blob;
};

class BundleReader {
 public:
  // `key_of`: that of a space and generation; empty where this device has none: the segment is passed over and counted.
  using KeyOf = std::function<std::string(SpaceId, std::uint32_t generation)>;
  BundleReader(KeyOf key_of, BundleContent content);
  ~BundleReader();

  Result<void> feed(std::string_view bytes);
  Result<void> end();  // an error where it breaks off
  const std::vector<SpaceId>& locked() const;  // spaces of segments that were passed over

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace carnet
