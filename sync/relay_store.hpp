// What the relay's half of the conversation needs of a store beside its rows: who may enter, and how far each device is.
#pragma once
#include <optional>
#include <vector>

#include "core/blobs.hpp"
#include "core/shared_text.hpp"
#include "core/store.hpp"
#include "sync/messages.hpp"
#include "sync/peer.hpp"

namespace carnet {

// What a space may hold, and what a device may send.
struct Limits {
  std::int64_t rows = 0;       // of the space
  std::int64_t bytes = 0;      // of the space: of its rows as row_weight counts them, and of its history
  std::int64_t day_bytes = 0;  // of frames of a device on one day (UTC), unpacked
  std::int64_t media = 0;      // bytes of the space's blobs, those that are on their way whole
};

// A peer that may enter.
struct Admission {
  std::uint32_t generation = 0;  // of the key that it is to speak with from now on
  bool is_first = false;         // nobody was noted to have spoken by the key that it speaks by now
};

class RelayStore : public RowStore {
 public:
  virtual Epoch epoch() = 0;  // which life of the store this is

  // Whether this peer, who proved to be it, may enter as this device: the generation of the key that it is to speak with from now on,
  // or why not. An invite is redeemed by that, once: the same claim may come again until that key was used.
  virtual Result<Admission> admit(const Peer& peer, DeviceId device, std::string_view claim, std::int64_t now) = 0;
  // It has spoken by its key of this generation (0: by an invite): older ones are dead. `now`: unix seconds; for people only.
  virtual void met(DeviceId device, std::uint32_t generation, std::int64_t now) = 0;
  // For a copy of this device: one that was given before and has not been used, or a new one of the same person.
  virtual Result<DeviceId> number_for_copy(DeviceId device) = 0;
  virtual std::uint32_t generation(DeviceId device) = 0;

  // The device's person and all of their spaces; those that they left are there until this device has said that nothing waits for them.
  virtual Account account(DeviceId device) = 0;
  virtual Membership membership(DeviceId device, SpaceId space) = 0;  // without name
  virtual void let_go(DeviceId device, SpaceId space) = 0;  // it has said so
  // Rows that were not taken.
  virtual void note_refused(DeviceId device, SpaceId space, std::int64_t rows, std::int64_t now) = 0;
  virtual bool has_refused(DeviceId device, SpaceId space) = 0;  // such rows were noted
  // Why nothing may come in that others carry of this device, signed by its key of that generation and written up to then (unix seconds); empty where it may.
  virtual std::optional<Error> fault_of_carried(DeviceId author, std::uint32_t generation, std::int64_t latest) = 0;
  virtual bool is_device(DeviceId device) = 0;  // was ever given this number here
  // Whether the row stands in another space that the device was ever let into.
  virtual bool stands_elsewhere(DeviceId device, SpaceId space, RowKey key) = 0;

  virtual Limits limits(SpaceId space) = 0;
  virtual std::int64_t bytes(SpaceId space) = 0;  // as limited
  virtual void add_bytes(SpaceId space, std::int64_t bytes) = 0;
  virtual std::int64_t sent_on(DeviceId device, std::int64_t day) = 0;  // bytes of frames; days since 1970
  virtual void add_sent(DeviceId device, std::int64_t day, std::int64_t bytes) = 0;

  virtual Seq acked(DeviceId device, SpaceId space) = 0;  // the device's seq up to which we have everything
  virtual void set_acked(DeviceId device, SpaceId space, Seq seq) = 0;
  // The seq of ours such that all that the device wrote without having seen the space up to there has arrived.
  virtual Seq confirmed(DeviceId device, SpaceId space) = 0;
  virtual void confirm(DeviceId device, SpaceId space, Seq seq) = 0;
  // What the device remembers of its frames too.
  virtual SharedText shared_text(DeviceId device, SpaceId space, Direction direction) = 0;
  virtual std::uint32_t shared_name(DeviceId device, SpaceId space, Direction direction) = 0;
  virtual void keep(DeviceId device, SpaceId space, Direction direction, SharedText& text) = 0;
  // What will be asked for in this transaction, so that a store behind a connection looks it up at once: what a device is here, what lies above its
  // cursor, and with `writes` what it remembers of its frames; and the rows of a frame.
  virtual void foresee(DeviceId, SpaceId, Seq /*cursor*/, bool /*writes*/) {}
  virtual void foresee(const Changeset&) {}
  virtual Seq head(SpaceId space) = 0;  // our own latest seq of the space

  // Media. A device begins to bring a blob of so many bytes, or goes on, or why it may not; all of it is there. `now`: unix seconds.
  virtual Blobs& blobs(SpaceId space) = 0;
  virtual Result<void> note_part(SpaceId space, const BlobHash& hash, DeviceId from, std::int64_t bytes, std::int64_t now) = 0;
  virtual void note_whole(SpaceId space, const BlobHash& hash, std::int64_t bytes, std::int64_t now) = 0;
  // What stands of this device in rows of the space that live names these. Reads the whole space, where the device was ever let into it and it
  // may hold media.
  virtual std::vector<BlobName> named_by(DeviceId author, SpaceId space) = 0;
  virtual Digest digest(SpaceId space) = 0;
};

}  // namespace carnet
