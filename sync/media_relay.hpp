// The relay's half of a request about media: a state machine without I/O, used as RelaySession is: feed() what arrives; while next() gives a
// task: run work(task, store) where the store is, then send what answer() gives. Every task looks whether the device is still let in. What
// arrived of a part is kept, also where the link is cut in the middle of it.
#pragma once
#include <map>
#include <optional>

#include "sync/media_messages.hpp"
#include "sync/relay_store.hpp"

namespace carnet {

class MediaRelay {
 public:
  explicit MediaRelay(const Keys& keys, std::optional<Peer> proved = {}) : keys_(&keys), peer_(proved) {}

  struct Task {
    MediaReader::Item item;
    bool writes = false;
    bool is_dispensable() const { return false; }
    std::optional<SpaceId> holds() const { return {}; }
  };
  Result<void> feed(std::string_view bytes);
  Result<std::optional<Task>> next();
  void work(const Task& task, RelayStore& store, std::int64_t now);
  std::string answer() { return std::exchange(out_, {}); }
  std::string failure(const Error& error);

  bool finished() const { return finished_; }
  bool welcomed() const { return let_in_by_.has_value(); }
  DeviceId device() const { return device_; }
  std::uint32_t generation() const { return peer_ ? peer_->generation : 0; }
  bool has_new_key() const { return has_new_key_; }  // see RelaySession
  std::optional<Code> failed() const { return failed_; }
  struct Tally {
    std::size_t up = 0, down = 0;  // blobs that came whole; that were asked for
    std::int64_t bytes_up = 0, bytes_down = 0;
  };
  const Tally& tally() const { return tally_; }

 private:
  struct Blob {
    SpaceId space;
    BlobHash hash;
    std::int64_t bytes = 0;  // up: of all of it
    std::int64_t at = 0;     // up: held; down: sent
    std::int64_t part_ends = 0;  // up: of the one that comes
    bool up = true;
  };
  void enter(const MediaHello& hello, RelayStore& store, std::int64_t now);
  void take(const Offer& offer, RelayStore& store, std::int64_t now);
  void take(const MediaData& data, RelayStore& store, std::int64_t now);
  void take(const Ask& ask, RelayStore& store);
  void take(const Part& part);
  void serve(std::uint32_t number, std::int64_t length, RelayStore& store);
  bool is_new(std::uint32_t number);
  std::optional<Error> objection(const Offer& offer, RelayStore& store);
  bool names(const Offer& offer, RelayStore& store);
  void decline(std::uint32_t number, Error error);
  void fail(Error error);

  const Keys* keys_;
  std::optional<Peer> peer_;
  MediaReader in_;
  std::size_t bytes_before_hello_ = 0;
  DeviceId device_;
  std::optional<std::uint32_t> let_in_by_;
  bool has_new_key_ = false;
  std::map<std::uint32_t, Blob> blobs_;
  std::uint32_t named_ = 0;
  std::map<SpaceId, std::vector<BlobName>> rows_name_;  // of spaces in which the device may not write: looked up once in a request
  std::string out_;
  bool finished_ = false;
  std::optional<Code> failed_;
  Tally tally_;
};

}  // namespace carnet
