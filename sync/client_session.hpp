// The device's half of one exchange: a state machine without I/O. The transport asks produce() for bytes to send and hands
// consume() whatever arrives; every frame that arrives whole is applied and committed there and then.
//
// The own work goes up first. When the last exchange ended well, frames go out with the hello, in the first flight; after
// one that broke off, the session waits for the welcome, which says what had arrived, so that nothing is sent twice. Where the
// digests differ, or the relay begins a new life, the next exchange compares the rows and brings together those that differ.
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/replica.hpp"
#include "sync/conversation.hpp"
#include "sync/limits.hpp"
#include "sync/messages.hpp"
#include "sync/rights.hpp"
#include "sync/stream.hpp"

namespace carnet {

enum class Verdict {
  unknown,    // the exchange did not come to its end
  identical,  // both sides hold the same rows
  newer_here, // something was written here meanwhile; the next exchange will tell
  different,  // the digests differ
};

struct SyncReport {
  // Up: what the relay has acknowledged; down: what was applied.
  std::size_t frames_up = 0, frames_down = 0, rows_up = 0, rows_down = 0, conflicts = 0, refused = 0;
  std::size_t mended = 0;  // rows that differed though both sides thought them equal, or that a restored relay had lost
  std::map<SpaceId, Verdict> verdicts;
  std::vector<std::string> joined;           // spaces that came to this device
  std::vector<Replica::Evicted> given_up;    // and those that went
};

Epoch known_epoch(Replica& replica);  // of the relay, as last met; 0: never
Role role_in(Replica& replica, SpaceId space);  // as the relay, or the invite, said
void set_role(Replica& replica, SpaceId space, Role role);

// What the link carries, packed bytes a second, as measured so far; 0: not known.
struct Pace {
  double up = 0, down = 0;
};

class ClientSession final : public Conversation {
 public:
  struct Options {
    std::string bearer = {};  // where the channel does not prove who we are (sync/peer.hpp)
    std::string claim = {};   // where we speak by an invite
    std::function<void(const DeviceKey&)> keep_key = {};  // must have kept it when it returns
    std::function<void(const Pin&)> keep_pin = {};
    std::function<void(const Account&)> keep_space_keys = {};
    std::function<void(SpaceId)> before_giving_up = {};  // in the transaction in which the space's rows go
    std::size_t frame_bytes = first_frame_bytes;  // unpacked, as long as nothing was measured
    std::size_t frame_bytes_down = 0;             // 0: not known yet
    std::size_t most_frame_bytes = max_frame_bytes;
    Pace pace = {};                               // of earlier exchanges; takes the place of both
    std::function<double()> seconds = {};         // a clock that only goes forward; without it nothing is measured
  };

  // `now`: this device's unix time, uncorrected.
  ClientSession(Replica& replica, Options options, std::int64_t now);

  static void ask_first(Replica& replica);  // the next exchange waits for the welcome before it sends
  static void compare_next(Replica& replica);  // what differs from the relay's is found by comparing
  static bool is_to_mend(Replica& replica);    // the next exchange is for that, or for all

  const char* path() const override { return "/sync"; }
  std::string produce() override;
  bool sent_all() const override { return ended_; }
  void consume(std::string_view bytes) override;
  Outcome outcome() const override { return outcome_; }
  const Error& error() const override { return error_; }
  const SyncReport& report() const { return report_; }
  const Pace& pace() const { return pace_; }  // to be given to the next exchange

 private:
  void put_hello();
  void put_offers();
  bool put_carried();  // false where nothing is left of it
  bool put_question();  // of a comparison
  void put_wants();
  bool put_frame();  // false where nothing is left to send
  void prime(SpaceId space, std::size_t frame_bytes);  // the stream up
  void go_back_to(SpaceId space, std::uint32_t name);
  void unprime();
  void set_aside(Changeset& set);
  bool anything_left();

  bool speaks_of_ours(const Message& message) const;  // of no space that the hello did not name
  void take(const Account& account);
  void take(const Welcome& welcome);
  void take(const Changes& changes, std::string frame);
  void take(const Ack& ack);
  void take(const Sketched& sketched);
  void take(const Refused& refused);
  void take(const Prime& prime);
  void take(const Complete& complete);
  void take(const DeviceKey& key);
  void take(const Pin& pin);
  void take(const Had& had);
  void take(const CarryAnswer& carrying);
  void take(const Failure& failure);
  template <class Other>
  void take(const Other&) { fail({Code::malformed, "the relay sent what only a device sends"}); }
  void compared(SpaceId space, const std::vector<std::uint64_t>& only_ours, const std::vector<std::uint64_t>& only_theirs, Seq head);
  Seq had_at(Seq head) const;
  void give_up_spaces();
  std::int64_t told_rights() const;  // the number of what the relay last told; 0: nothing
  void forget_rights();
  void leave_to_writers(SpaceId space, std::vector<RowKey>& rows);
  bool mend(Mode mode);  // by the next exchange
  void compare_at_once();  // by another exchange
  void begin_as_copy();  // by the next exchange, which asks for a number
  void answered();  // a frame was
  void end(Outcome outcome);
  void fail(Error error);

  Replica& replica_;
  Options options_;
  std::int64_t now_;
  std::int64_t told_now_ = 0;   // in the hello
  std::int64_t relay_now_ = 0;  // in the welcome
  Epoch epoch_ = 0;
  Packing out_;
  Unpacking in_;
  Mode mode_ = Mode::usual;
  bool rebuilds_ = false;  // everything is to come, in as many exchanges as it takes; what has come is not sent back
  struct Comparison {
    std::vector<std::pair<std::uint64_t, RowKey>> rows;  // of ours, by digest
    Seq upto;                                            // our seq when we looked
    std::optional<Difference> difference;
    std::size_t rows_there = 0;
    bool asks = true, done = false;
    std::vector<std::uint64_t> wants;
  };
  std::map<SpaceId, Comparison> comparisons_;
  struct Text {
    std::optional<SharedText> up, down;
    std::optional<std::uint32_t> up_there;  // the relay's name of it
  };
  std::map<SpaceId, Text> texts_;
  std::optional<SpaceId> primed_up_, primed_down_;
  std::size_t expected_ = 0;  // bytes up, unpacked
  bool ask_first_ = false;  // the last exchange broke off, or there was none yet: the welcome says where to go on
  bool ordered_ = false;  // what waits, for this upload
  bool said_hello_ = false, welcomed_ = false, ended_ = false, once_more_ = false;
  std::map<SpaceId, Seq> sent_;  // our seq up to which frames went out, or need not
  struct Frame {
    SpaceId space;
    Seq from, to;
    std::vector<RowKey> rows;
  };
  std::vector<Frame> frames_;
  std::size_t offers_ = 0;  // that the relay has not answered
  std::deque<std::pair<SpaceId, CarriedRange>> luggage_, carrying_;  // of others: still here; on its way
  std::map<std::pair<SpaceId, DeviceId>, Seq> had_;                   // how far the relay has their work
  std::optional<Account> account_;  // as told in this exchange; taken over whole when it ends well
  std::set<SpaceId> leaving_;
  struct Flight {
    std::size_t bytes;  // packed
    double put;
    bool line_was_idle;
  };
  std::deque<Flight> in_flight_;  // frames without answer
  Pace pace_;
  double began_ = 0, hello_put_ = 0, round_trip_ = 0, answered_at_ = 0;
  double down_began_ = 0;       // when the relay's frames began to come
  std::size_t down_bytes_ = 0;  // since
  Outcome outcome_ = Outcome::going_on;
  Error error_;
  SyncReport report_;
};

}  // namespace carnet
