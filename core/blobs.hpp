// Where the bytes of blobs stand: files beside a replica or beside the relay's store, or parts in PostgreSQL. What a device brings grows
// byte by byte, by that device's name, until all of it is there and its hash fits: nobody's damaged upload is in another's way.
// One thread at a time. Throws what the disk or the database has to say.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/blob.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"

namespace carnet {

class Blobs {
 public:
  virtual ~Blobs() = default;

  virtual bool has(const BlobHash& hash) = 0;  // whole, and found to be what its hash says
  virtual std::int64_t held(const BlobHash& hash, DeviceId from) = 0;  // bytes that this device brought so far
  virtual void append(const BlobHash& hash, DeviceId from, std::string_view bytes) = 0;
  // All was brought: on disk when it returns. False where it is not what its hash says: then it is thrown away.
  virtual bool finish(const BlobHash& hash, DeviceId from) = 0;
  virtual std::string read(const BlobHash& hash, std::int64_t at, std::size_t most) = 0;  // of a whole one; shorter at its end
  virtual void remove(const BlobHash& hash) = 0;
  virtual void drop(const BlobHash& hash, DeviceId from) = 0;  // what this device brought so far
};

// What became of a piece of a blob. no_news: the blob is here, or this piece of it; apart: what stands before it is not here yet.
enum class Taken { no_news, apart, part, whole };
// Goes on with a blob that somebody else than the relay brings, by the name of the device that is here: apart from what came of it from the relay, since
// a member who gives rubbish would have bytes thrown away that were paid for.
Taken take_piece(Blobs& blobs, DeviceId here, const BlobHash& hash, std::int64_t bytes, std::int64_t from, std::string_view piece);

// A piece for others; empty where it is not here any more. not_found where the disk does not give it: one blob less, and those behind it go.
Result<std::string> piece_to_give(Blobs& blobs, const BlobHash& hash, std::int64_t at, std::size_t most);

// A device's.
class OwnBlobs : public Blobs {
 public:
  virtual BlobHash put(std::string_view bytes) = 0;  // of this machine's own: on disk when it returns
  virtual std::vector<BlobHash> all() = 0;           // whole ones
  virtual void tidy(std::int64_t before) = 0;        // throws away what nobody has gone on with since, unix seconds
};

// In one folder, which is made when it is first needed. HASH: a whole one; HASH.DEVICE: what that device has brought so far.
class FileBlobs final : public OwnBlobs {
 public:
  explicit FileBlobs(std::string folder) : folder_(std::move(folder)) {}

  bool has(const BlobHash& hash) override;
  std::int64_t held(const BlobHash& hash, DeviceId from) override;
  void append(const BlobHash& hash, DeviceId from, std::string_view bytes) override;
  bool finish(const BlobHash& hash, DeviceId from) override;
  std::string read(const BlobHash& hash, std::int64_t at, std::size_t most) override;
  void remove(const BlobHash& hash) override;
  void drop(const BlobHash& hash, DeviceId from) override;

  BlobHash put(std::string_view bytes) override;
  std::vector<BlobHash> all() override;
  void tidy(std::int64_t before) override;
  std::string file(const BlobHash& hash) const;

 private:
  std::string part(const BlobHash& hash, DeviceId from) const;
  std::string folder_;
};

}  // namespace carnet
