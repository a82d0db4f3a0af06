// What goes into bundles and what is taken from them (sync/bundle.hpp), piece by piece, wherever their bytes stand: client/bundle.hpp keeps them in files.
// One thread; nothing else is exchanged meanwhile.
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "client/media.hpp"
#include "sync/bundle.hpp"
#include "sync/limits.hpp"

namespace carnet {

struct BundleWritten {
  std::vector<std::string> files;
  std::size_t frames = 0, blobs = 0, lent = 0;  // lent: rows as the relay had them
  std::size_t unreadable = 0;  // photos that the disk does not give: they are left out
  std::uint64_t bytes = 0;
};

// Where the bytes of a bundle go: one volume behind the other.
class BundleVolumes {
 public:
  virtual ~BundleVolumes() = default;
  virtual void begin() = 0;
  virtual void write(std::string_view bytes) = 0;
  virtual void finish() = 0;  // all of this one was written
};

// What others lack of one space.
struct BundleSegment {
  SpaceKey key;
  Passport own;
  DeviceKey by;  // of the same
  std::vector<CarriedRange> frames, had;
  std::optional<Lending> lending = {};  // what the relay had, where that goes too
};
// Signs what was not signed yet. `keys`: of spaces, older ones first; `reader`: what that device is known to have is left out; `lends`: with all that the relay had. Errors: not_allowed,
// where the relay has not told the keys yet; clock_wrong.
Result<BundleSegment> segment_of(Replica& replica, const std::optional<DeviceKey>& own, const std::vector<SpaceKey>& keys, SpaceId space, std::optional<DeviceId> reader, bool lends);

class Bundling {
 public:
  struct Options {
    bool with_photos = false;
    std::uint64_t volume_bytes = 0;  // another volume begins after so many; 0: never
    std::size_t piece_bytes = max_piece_bytes;
  };
  // Counts in `written`.
  Bundling(Replica& replica, MediaShelf& shelf, std::vector<BundleSegment> segments, const Options& options, BundleVolumes& volumes, BundleWritten& written);

  bool step();  // a frame, a piece of a photo, or a beginning or an end. False: nothing is left to do

 private:
  void begin_segment();
  void open();
  void begin_volume();
  BundleWriter& writer();
  void put_loan();
  void put_frame();
  bool fits(const BlobName& blob) const;
  void put_piece();
  void end_segment();

  Replica& replica_;
  MediaShelf& shelf_;
  std::vector<BundleSegment> segments_;
  Options options_;
  BundleVolumes& volumes_;
  BundleWritten& written_;
  std::size_t at_ = 0, frame_ = 0;
  bool is_finished_ = false;
  std::unique_ptr<BundleWriter> writer_;  // of the segment that is open
  std::uint64_t bytes_ = 0;               // of this volume
  bool is_fresh_ = true;                  // nothing stands in it but how it opens
  std::deque<BlobName> blobs_;
  std::int64_t piece_at_ = 0;
};

struct BundleRead : TakenFrames {
  std::size_t blobs = 0;
  std::set<BlobHash> begun;                 // photos of which more came, and not all
  std::set<BlobHash> apart;                 // photos that were not taken on, since an earlier part of them stands in another file
  std::map<DeviceId, std::size_t> rows_of;  // by who wrote them, also those that wait
  std::size_t locked = 0, elsewhere = 0;    // parts for spaces whose key this device has not; of them, for spaces that it does not have
};

class BundleIntake {
 public:
  // Adds to `read`. `now`: this device's unix time, uncorrected.
  BundleIntake(Replica& replica, const std::vector<SpaceKey>& keys, MediaShelf& shelf, std::int64_t now, BundleRead& read);

  // In any portions, and then the end, also where it cannot be read on. Errors: malformed, newer_version, gap: what came before was taken.
  Result<void> feed(std::string_view bytes) { return reader_.feed(bytes); }
  Result<void> end();

 private:
  std::string key_of(SpaceId space, std::uint32_t generation) const;
  void take(const Carried& frame);
  void take(SpaceId space, const SignedLoan& loan);
  void take(const BlobHash& hash, std::int64_t bytes, std::int64_t from, std::string_view piece);

  Replica& replica_;
  std::vector<SpaceKey> keys_;
  MediaShelf& shelf_;
  std::int64_t now_;
  BundleRead& read_;
  std::set<SpaceId> spaces_;
  std::size_t lent_bytes_ = 0;
  std::map<std::tuple<SpaceId, DeviceId, std::uint32_t>, Passport> passports_;
  BundleReader reader_;
};

}  // namespace carnet
