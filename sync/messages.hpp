// The messages of the conversation, as values. The grammar of their bytes: WIRE.md.
#pragma once
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/blob.hpp"
#include "core/carried.hpp"
#include "core/changeset.hpp"
#include "core/result.hpp"
#include "sync/rights.hpp"
#include "sync/sketch.hpp"

namespace carnet {

// The relay's seqs start at epoch << 32; messages carry them without that.
using Epoch = std::uint32_t;
constexpr Seq epoch_base(Epoch epoch) { return Seq{static_cast<std::int64_t>(epoch) << 32}; }
constexpr Epoch epoch_of(Seq seq) { return static_cast<Epoch>(seq.value >> 32); }
// Lives are numbered by the minute since 2020 in which they begin: nothing that an earlier one accepted is stamped later than this.
constexpr std::int64_t began_by(Epoch epoch) { return 1'577'836'800 + (std::int64_t{epoch} + 1) * 60 + max_ahead_seconds; }

// What a device asks for. After something went wrong, cursors are not believed: what differs is found by comparing, or, where
// nearly all would differ, everything goes both ways, the device's own writes included.
// `copy`: the relay said that this database is one, and it asks for a number of its own.
enum class Mode { usual, compare, everything, copy };

// Up, first: who speaks, and how far it has each of its spaces.
struct Hello {
  DeviceId device;
  std::string bearer;     // who speaks (sync/peer.hpp); empty where the channel has proved it
  std::string claim;      // 16 random bytes of the device's where it speaks by an invite, to redeem it; else empty
  std::int64_t now = 0;   // the device's idea of unix time, seconds
  Epoch epoch = 0;        // of the relay, as last met; 0: never
  Mode mode = Mode::usual;
  std::int64_t frame_bytes = 0;  // unpacked, that a frame down should have; 0: the device does not know its link yet
  struct Place {
    SpaceId space;
    Seq cursor;  // the relay's seq up to which the device has every frame
    std::int64_t behind = 0;  // how far below the cursor its last complete exchange ended
    Seq head;    // the device's own latest seq
    std::uint32_t text = 0;  // the name of what it remembers of the frames down (core/shared_text.hpp)
  };
  std::vector<Place> places = {};
  std::int64_t rights = 0;  // of its account, as last told; 0: never
};

// Down, before the welcome, where the device does not know it: who its person is and in which spaces, with which roles. A space that the
// device has and that is missing, or has no role, is to be given up once what waits for it has gone.
struct Account {
  std::int64_t rights = 0;  // counts up with every change
  std::string person;
  std::int64_t since = 0;   // unix seconds: since when the device is this person's; 0: always
  std::vector<Membership> spaces;
  std::string authority = {};  // by which devices know passports that the relay signed (sync/carried.hpp)
};

// Down, first.
struct Welcome {
  std::int64_t now = 0;
  Epoch epoch = 0;
  struct Place {
    SpaceId space;
    Seq acked;  // the device's seq up to which the relay has everything
    std::uint32_t text = 0;  // the name of what it remembers of the frames up
  };
  std::vector<Place> places = {};
};

// Both ways: a frame. `known` is how far the sender knows the receiver's own seqs: up, the relay's seq that the changes had
// seen; down, the device's seq that the relay had.
struct Changes {
  Changeset set;
  Seq known;
};

// Both ways, before the first frame of a space: what follows is compressed against what both remember of the frames of this space that
// went this way. Text 0: against nothing, and the receiver forgets what it has.
struct Prime {
  SpaceId space;
  std::uint32_t text = 0;
};

struct End {};  // up: nothing more to send; now it is the relay's turn

struct Ack {  // down: committed, synced to disk
  SpaceId space;
  Seq to;
};

// Down: what is not accepted of a frame, and why; the rest of it and the frames behind it are not concerned.
struct Refused {
  SpaceId space;
  Seq from, to;
  Error error;
  std::vector<RowKey> rows = {};  // these; none: all of the frame, and no ack follows
};

// Comparing, a space at a time (sync/sketch.hpp). Up: the device asks for the next symbols of the relay's rows.
struct Compare {
  SpaceId space;
  std::size_t first = 0;     // how many it has had
  std::uint64_t digest = 0;  // of its own rows
};
// Down: twice as many in all as before, or none where the digests are equal.
struct Sketched {
  SpaceId space;
  std::size_t first = 0;
  Seq head;  // of the relay's when it looked
  std::vector<Symbol> symbols;
};
struct Want {  // up: rows, by their digests at the relay, that the device lacks
  SpaceId space;
  std::vector<std::uint64_t> digests;
};

// Down, before anything else: the key that the device speaks with from the next connection on; before failure `copied`, that of its new number.
struct DeviceKey {
  DeviceId device;
  std::uint32_t generation = 0;
  std::string bytes;
};

// Up, behind the hello: of whom this device carries frames (core/carried.hpp). The relay answers how far it has each.
struct Carries {
  SpaceId space;
  std::vector<DeviceId> authors;
};
struct Had {
  SpaceId space;
  std::vector<std::pair<DeviceId, Seq>> authors;
};
// Up: one of them.
struct Carry {
  Carried frame;
};
// Down, for each in their order: the relay has it, or what it does not take of it, and why.
struct CarryAnswer {
  Error error;  // code 0: all was taken
  std::vector<RowKey> rows = {};  // none: the frame
};

// Between two devices that meet (meeting.hpp), each first: that it has the keys of these spaces (greeting.hpp), in ascending order.
struct Proofs {
  std::vector<std::string> proofs;
};
// How far a device is with the relay.
struct RelayStand {
  Epoch epoch = 0;               // as last met; 0: never
  Seq head = {}, borrowed = {};  // the relay's seqs: at its last complete exchange, or as its life began; and up to which others lent it all since, 0: nothing
};
// Of each space that both proved, in their order: who speaks, how far it has the relay, and what it has of others' work and its own. Of who proved an
// older key only: nothing, and it is heard all the same.
struct Holds {
  SpaceId space;
  std::string passport = {}, signature = {};  // passport: packed (carried.hpp); signature: by its key, of this very meeting
  RelayStand stand = {};
  std::vector<CarriedRange> ranges = {};
};
// Of a space of which the other side has less of the relay: rows as the relay had them at its seq `head` (core/lending.hpp).
struct Lent {
  SpaceId space;
  Epoch epoch = 0;
  Seq head;
  bool is_last = false;  // all of them came
  std::vector<RowChange> rows = {};
};
struct Introduced {  // before the frames of one author
  std::string passport;
};
// Once neither has more words for the other: what its rows name and it does not have, the most urgent first.
struct Lacks {
  struct Blob {
    SpaceId space;
    BlobHash hash;
    std::int64_t bytes = 0, from = 0;  // all; those that it has
  };
  std::vector<Blob> blobs;
};
struct Piece {  // of one of these
  BlobHash hash;
  std::int64_t bytes_in_all = 0, from = 0;
  std::string bytes;
};

struct Pin {  // down, after the welcome: SHA-256 of the public key that the relay's next certificate will have
  std::string bytes;
};

struct Complete {  // down, last: all was sent; how each space stands
  struct Place {
    SpaceId space;
    Seq head;
    std::uint64_t digest = 0;
  };
  std::vector<Place> places = {};
};

struct Failure {  // down: the whole exchange is refused
  Error error;
  std::int64_t offset = 0;  // clock_wrong: seconds to add to the device's clock; copied: the number that it takes from now on
};

using Message = std::variant<Hello, Welcome, Changes, End, Ack, Refused, Complete, Failure, Compare, Sketched, Want, Prime, Account, DeviceKey, Pin, Carries, Had, Carry, CarryAnswer, Proofs, Holds, Introduced, Lacks, Piece, Lent>;

enum class Direction { up, down, near };  // near: between two devices that meet

// `epoch` gives the base of the relay's seqs. Encoding is canonical: decode accepts nothing that encode would not make.
std::string encode(const Message& message, Direction direction, Epoch epoch);
Result<Message> decode(std::string_view bytes, Direction direction, Epoch epoch);

}  // namespace carnet
