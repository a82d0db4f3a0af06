// The relay's half of one exchange: a state machine without I/O. Bytes go in; it says what it needs done with the store and
// turns the outcome into bytes to send. The server only moves bytes and runs `perform` where the store is.
//
// Use: feed() what arrives; while next() gives a task: run perform(task, store) in a transaction (a writing one if
// task.writes), commit it, then send the bytes. An acknowledgement thus never leaves before the commit.
#pragma once
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "core/changes.hpp"
#include "sync/limits.hpp"
#include "sync/relay_store.hpp"
#include "sync/stream.hpp"

namespace carnet {

class RelaySession {
 public:
  struct Task {
    Message message;
    bool writes = false;
  };
  // What the task did, for the logs.
  struct Tally {
    std::size_t frames_in = 0, frames_out = 0, rows_in = 0, rows_out = 0, refused = 0, conflicts = 0;
  };

  // Bytes from the device. An error is final: send failure(error) and close.
  Result<void> feed(std::string_view bytes);
  Result<std::optional<Task>> next();

  // `now`: the relay's unix time. Throws only for faults of the store.
  std::string perform(const Task& task, RelayStore& store, std::int64_t now);
  std::string failure(const Error& error);

  bool finished() const { return state_ == State::finished; }
  bool welcomed() const { return state_ != State::expects_hello && device_.value != 0 && !places_.empty(); }
  DeviceId device() const { return device_; }
  const Tally& tally() const { return tally_; }

 private:
  enum class State { expects_hello, expects_frames, serves, finished };

  struct Place {
    Asker asker;  // what the device has of ours
    Seq acked;    // what we have of its
    std::optional<Sketch> sketch;                            // of a comparison, of these
    std::vector<std::pair<std::uint64_t, RowKey>> compared;  // rows by their digests,
    std::deque<RowKey> wanted;                               // of which the device lacks these
  };

  void enter(const Hello& hello, RelayStore& store, std::int64_t now);
  void take(const Changes& changes, RelayStore& store, std::int64_t now);
  void take(const Compare& compare, RelayStore& store);
  void take(const Want& want);
  Changeset next_wanted(SpaceId space, Place& place, RelayStore& store);
  void serve(RelayStore& store);
  void refuse(const Changes& changes, Code code, std::string text);
  void send(const Message& message);
  void fail(Error error, std::int64_t offset = 0);

  State state_ = State::expects_hello;
  Unpacking in_;
  std::optional<Packing> out_;
  Epoch epoch_ = 0;
  DeviceId device_;
  std::map<SpaceId, Place> places_;
  Mode mode_ = Mode::usual;
  std::size_t frame_bytes_ = first_frame_bytes;
  bool frame_grows_ = false;  // the device does not know its link: each frame may be twice the one before
  std::optional<SpaceId> serving_;
  Tally tally_;
};

}  // namespace carnet
