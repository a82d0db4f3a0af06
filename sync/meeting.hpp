// Two devices of the same spaces that meet without the relay, and speak through a channel that only members have (greeting.hpp). Each says by proofs
// which keys of spaces it has; of each space that both are of, what it holds. Who has more of the relay lends it (lending.hpp); then each gives what the other
// lacks, as bundles do (bundle.hpp): frames as their authors signed them (carried.hpp), each answered; and once neither has more words, photos and the
// like that the other's rows name and it lacks.
// What arrived whole stays, of photos what arrived at all, wherever the link is cut, and the next meeting goes on there.
// Who proves only an older key of a space is heard and told nothing: it may be somebody who was removed. No I/O; one thread.
#pragma once
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <tuple>

#include "core/blobs.hpp"
#include "sync/carried.hpp"
#include "sync/greeting.hpp"
#include "sync/stream.hpp"

namespace carnet {

struct MeetingReport : TakenFrames {
  std::optional<DeviceId> peer;                  // as it has proved; nothing where it has not
  std::vector<SpaceId> spaces;                   // that both are of
  std::size_t given = 0, rows_given = 0;         // frames that the other side has now, and rows in them
  std::size_t lent = 0;                          // rows of the relay's
  std::vector<SpaceId> newer_here, newer_there;  // spaces of which one side has a newer key than the other proved
  std::size_t photos = 0, photos_sent = 0;       // whole ones, that are here now and that went out: nobody says whether those arrived
  bool has_more = false;                         // photos of one side, but for the bound of a meeting or a cut, or words that were written here since it began
};

// Photos and the like, of a device that meets another.
class MeetingMedia {
 public:
  struct Blob {
    SpaceId space;
    BlobHash hash;
    std::int64_t bytes = 0;
    auto operator<=>(const Blob&) const = default;
  };
  virtual ~MeetingMedia() = default;
  virtual std::vector<Blob> lacks() = 0;  // that rows name and somebody wants here, the most urgent first; words that are written from here on wait
  virtual std::set<Blob> holds() = 0;     // that rows name and are here, whole
  virtual bool words_wait() = 0;
  virtual Blobs& blobs() = 0;
  virtual void came(const BlobHash& hash) = 0;  // whole
};

// Of `keys` those of spaces by whose passport this device shows who it is.
std::vector<SpaceKey> keys_to_meet_by(Replica& replica, const DeviceKey& own, std::vector<SpaceKey> keys);

class Meeting {
 public:
  enum class Outcome { going_on, done, failed };
  struct Channel {
    std::string binding;  // channel_bytes that both ends know of this channel, and nobody of any other
    bool is_caller = false;
  };
  // `keys`: see keys_to_meet_by, older ones first; `now`: this device's unix time, uncorrected; `media`: none where photos stay where they are.
  Meeting(Replica& replica, const DeviceKey& own, const std::vector<SpaceKey>& keys, Channel channel, std::int64_t now, std::unique_ptr<MeetingMedia> media = {});

  std::string produce();  // the next bytes; empty where there are none now
  void consume(std::string_view bytes);
  void end();             // the link is gone, or all was said: what could not be shown before is, where it can be now
  Outcome outcome() const { return outcome_; }
  const Error& error() const { return error_; }
  const MeetingReport& report() const { return report_; }

 private:
  struct Loan {  // that the other side gives
    RelayStand of;
    bool is_passed_over = false;  // our clock is behind it
    std::size_t bytes = 0;        // so far, unpacked
  };
  struct Place {  // a space that both are of
    Passport own;
    bool tells = false;  // the other side has the newest key of it that we know
    RelayStand stand;
    std::optional<Loan> loan;
    std::vector<CarriedRange> known, planned, given;
  };

  void take(const Proofs& proofs);
  void take(const Holds& holds);
  void take(const Lent& lent);
  void take(const Introduced& introduced);
  void take(const Carry& carry);
  void take(const CarryAnswer& answer);
  void take(const Lacks& lacks);
  void take(const Piece& piece);
  void take(const End&);
  void take(const Failure& failure);
  template <class Other>
  void take(const Other&) { fail({Code::malformed, "the other device sent what no device sends in a meeting"}); }

  void put(const Message& message);
  void put_holds(SpaceId space, Place& place);
  Result<Passport> know_peer(const Holds& holds);
  std::string words_of(SpaceId space, bool by_caller) const;
  void plan();
  bool is_in_turn(const Message& message) const;
  bool put_lent();
  bool put_next();
  void put_rest();
  bool has_new_words();
  std::vector<MeetingMedia::Blob> lacking();
  void put_lacks();
  bool put_piece();
  void fail(Error error);

  Replica& replica_;
  DeviceKey own_;
  std::vector<SpaceKey> keys_;
  Channel channel_;
  std::int64_t now_;
  Packing out_;
  Unpacking in_;
  Outcome outcome_ = Outcome::going_on;
  Error error_;
  MeetingReport report_;

  std::unique_ptr<MeetingMedia> media_;

  bool proved_ = false, has_words_ = true;
  bool ended_here_ = false, ended_there_ = false;  // all words were said
  bool asked_ = false, heard_ = false;             // for photos
  bool gave_ = false, got_ = false;                // all of those that go
  std::map<SpaceId, Place> places_;
  std::deque<Lending> lending_;
  std::deque<SpaceId> unheard_;  // whose `holds` are still to come
  std::deque<std::pair<SpaceId, CarriedRange>> ready_, unanswered_;
  std::tuple<SpaceId, DeviceId, std::uint32_t> introduced_;  // to the other side
  std::optional<Passport> author_;  // of the frames that come
  std::size_t bytes_in_ = 0;
  struct Going {
    BlobHash hash;
    std::int64_t bytes = 0, from = 0;
  };
  std::deque<Going> going_;
  std::map<std::pair<BlobHash, std::int64_t>, std::int64_t> coming_;  // by hash and length: from where on
  bool arriving_ = false;  // of one of them, not all yet
  std::size_t media_out_ = 0, media_in_ = 0;  // bytes
};

}  // namespace carnet
