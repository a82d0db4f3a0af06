// Two devices of the same spaces that meet without the relay, and speak through a channel that only members have (greeting.hpp). Each says by proofs
// which keys of spaces it has; of each space that both are of, what it holds; then gives what the other lacks, as bundles do (bundle.hpp): frames as
// their authors signed them (carried.hpp), each answered. What arrived whole stays, wherever the link is cut, and the next meeting goes on there.
// Who proves only an older key of a space is heard and told nothing: it may be somebody who was removed. No I/O; one thread.
#pragma once
#include <deque>
#include <map>
#include <set>
#include <tuple>

#include "sync/carried.hpp"
#include "sync/greeting.hpp"
#include "sync/stream.hpp"

namespace carnet {

struct MeetingReport : TakenFrames {
  std::optional<DeviceId> peer;                  // as it has proved; nothing where it has not
  std::vector<SpaceId> spaces;                   // that both are of
  std::size_t given = 0;                         // frames that the other side has now
  std::vector<SpaceId> newer_here, newer_there;  // spaces of which one side has a newer key than the other proved
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
  // `keys`: see keys_to_meet_by, older ones first; `now`: this device's unix time, uncorrected.
  Meeting(Replica& replica, const DeviceKey& own, const std::vector<SpaceKey>& keys, Channel channel, std::int64_t now);

  std::string produce();  // the next bytes; empty where there are none now
  void consume(std::string_view bytes);
  void end();             // the link is gone, or all was said: what could not be shown before is, where it can be now
  Outcome outcome() const { return outcome_; }
  const Error& error() const { return error_; }
  const MeetingReport& report() const { return report_; }

 private:
  struct Place {  // a space that both are of
    Passport own;
    bool tells = false;  // the other side has the newest key of it that we know
    std::vector<CarriedRange> known, given;
  };

  void take(const Proofs& proofs);
  void take(const Holds& holds);
  void take(const Introduced& introduced);
  void take(const Carry& carry);
  void take(const CarryAnswer& answer);
  void take(const End&);
  void take(const Failure& failure);
  template <class Other>
  void take(const Other&) { fail({Code::malformed, "the other device sent what no device sends in a meeting"}); }

  void put(const Message& message);
  void put_holds(SpaceId space, Place& place);
  std::optional<Error> know_peer(const Holds& holds);
  std::string words_of(SpaceId space, bool by_caller) const;
  void plan();
  bool put_next();
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

  bool proved_ = false, has_words_ = true, ended_here_ = false, ended_there_ = false;
  std::map<SpaceId, Place> places_;
  std::deque<SpaceId> unheard_;  // whose `holds` are still to come
  std::deque<std::pair<SpaceId, CarriedRange>> ready_, unanswered_;
  std::tuple<SpaceId, DeviceId, std::uint32_t> introduced_;  // to the other side
  std::optional<Passport> author_;  // of the frames that come
  std::size_t bytes_in_ = 0;
};

}  // namespace carnet
