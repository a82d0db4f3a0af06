// The device's half of one exchange: a state machine without I/O. The transport asks produce() for bytes to send and hands
// consume() whatever arrives; every frame that arrives whole is applied and committed there and then.
//
// The own work goes up first. When the last exchange ended well, frames go out with the hello, in the first flight; after
// one that broke off, the session waits for the welcome, which says what had arrived, so that nothing is sent twice.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "core/replica.hpp"
#include "sync/messages.hpp"
#include "sync/stream.hpp"

namespace carnet {

enum class Verdict {
  unknown,    // the exchange did not come to its end
  identical,  // both sides hold the same rows
  newer_here, // something was written here meanwhile; the next exchange will tell
  different,  // the digests differ
};

struct SyncReport {
  std::size_t frames_up = 0, frames_down = 0, rows_up = 0, rows_down = 0, conflicts = 0, refused = 0;
  std::map<SpaceId, Verdict> verdicts;
};

class ClientSession {
 public:
  enum class Outcome {
    going_on,
    done,
    again,   // run another exchange at once: clock or life of the relay were learned, or there is more to send
    failed,  // see error()
  };

  struct Options {
    std::string secret;
    std::size_t frame_bytes = 64'000;
  };

  // `now`: this device's unix time, uncorrected.
  ClientSession(Replica& replica, Options options, std::int64_t now);

  std::string produce();  // the next bytes; empty where there are none now
  bool sent_all() const { return ended_; }
  void consume(std::string_view bytes);

  Outcome outcome() const { return outcome_; }
  const Error& error() const { return error_; }
  const SyncReport& report() const { return report_; }

 private:
  void put_hello();
  bool put_frame();  // false where nothing is left to send
  void set_aside(Changeset& set);
  bool anything_left();

  void take(const Welcome& welcome);
  void take(const Changes& changes);
  void take(const Ack& ack);
  void take(const Refused& refused);
  void take(const Complete& complete);
  void take(const Failure& failure);
  template <class Other>
  void take(const Other&) { fail({Code::malformed, "the relay sent what only a device sends"}); }
  void end(Outcome outcome);
  void fail(Error error);

  Replica& replica_;
  Options options_;
  std::int64_t now_;
  Epoch epoch_ = 0;
  Packing out_;
  Unpacking in_;
  bool ask_first_ = false;  // the last exchange broke off, or there was none yet: the welcome says where to go on
  bool said_hello_ = false, welcomed_ = false, ended_ = false, once_more_ = false;
  std::map<SpaceId, Seq> sent_;  // our seq up to which frames went out, or need not
  struct Frame {
    SpaceId space;
    Seq from, to;
    std::vector<RowKey> rows;
  };
  std::vector<Frame> frames_;
  Outcome outcome_ = Outcome::going_on;
  Error error_;
  SyncReport report_;
};

}  // namespace carnet
