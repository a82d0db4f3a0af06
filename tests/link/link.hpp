// A bad link between a device and a relay, on loopback: a TCP proxy that counts bytes and connections and makes them as slow,
// late, jerky and short-lived as a profile says. For tests and measurements only; the programs know nothing of it.
//
// Each connection has a line of its own each way, as each device has its own modem; a cut hits all of them at once. All
// randomness comes from the seed. The device learns of a cut by a reset, the relay by an end behind the bytes that had passed:
// over a true network it would hear nothing for a while, and would have read those. Shaper and Cuts are pure and take the time
// from outside; Link has sockets and a thread.
#pragma once
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace carnet::test {

enum class Way { up, down };  // from the device to the relay, and back

using LinkTime = std::chrono::nanoseconds;  // since the link began, on its own clock

struct Profile {
  std::string name;
  double up_bits = 0, down_bits = 0;  // a second; 0: as fast as the machine
  double delay_ms = 0;                // one way; half the round trip
  double jitter_ms = 0;               // up to so much more, evenly spread
  double loss = 0;                    // of a packet's worth of bytes: how likely it has to be sent again
  double cut_seconds = 0;             // mean between two cuts; 0: never

  double bits(Way way) const { return way == Way::up ? up_bits : down_bits; }
  LinkTime round_trip() const;
  LinkTime time_out() const;  // until a lost packet is sent again
};

const std::vector<Profile>& profiles();
std::optional<Profile> profile(std::string_view name);

inline constexpr std::size_t packet_bytes = 1'400;      // what a mobile network carries in one packet
inline constexpr std::size_t most_waiting = 64 * 1024;  // bytes before the line, however fast it is

// One direction of one connection. A piece leaves when the line is free and has taken its bits, and arrives a delay later,
// never before what was put earlier. Loss and jitter are drawn for each packet's worth of the stream, so that they stand at
// the same bytes in whatever portions these come. A lost packet takes its place on the line twice, comes a time-out later, and holds
// up all behind it.
class Shaper {
 public:
  // `opens`: before that nothing leaves; the connection is being set up.
  Shaper(const Profile& profile, Way way, std::uint64_t seed, LinkTime opens);

  std::size_t room(LinkTime now) const;  // bytes that should be put at most; the line holds about a second of its rate
  void put(std::string_view bytes, LinkTime now);
  void end(LinkTime now);                // nothing more comes; travels behind the bytes

  std::string_view arrived(LinkTime now) const;  // the next bytes that are there, one piece at a time
  void drop(std::size_t bytes);                  // they were handed over
  bool ended(LinkTime now) const;                // all was handed over and the end has arrived

  std::optional<LinkTime> next(LinkTime now) const;  // when something leaves or arrives

 private:
  struct Piece {
    std::string bytes;
    LinkTime leaves, arrives;
  };
  void begin_packet();
  void put_piece(std::string_view bytes, LinkTime now);

  double bits_;
  LinkTime delay_, time_out_;
  double jitter_ms_, loss_;
  std::mt19937_64 random_;
  std::size_t packet_left_ = 0;  // bytes until the next packet begins
  LinkTime jitter_{};            // of the packet that is being put
  bool lost_ = false;            // it is, and has not been sent again yet
  LinkTime free_, latest_{};     // when the line is free; the latest arrival so far
  std::deque<Piece> pieces_;
  std::size_t dropped_ = 0;      // bytes of the first piece that were handed over
  std::optional<LinkTime> end_;
};

// When the link is cut: intervals without memory, of a given mean.
class Cuts {
 public:
  Cuts(double mean_seconds, std::uint64_t seed);
  LinkTime next() const { return next_; }
  void pass();  // on to the one after

 private:
  double mean_seconds_;
  std::mt19937_64 random_;
  LinkTime next_;
};

struct LinkCounters {
  int connections = 0;           // that were accepted
  int cuts = 0;                  // that closed at least one connection
  std::int64_t up = 0, down = 0; // bytes that reached the other side
  std::int64_t put_up = 0, put_down = 0;  // bytes that the link took from their sender: beside these what was on its way at a cut
  double busy_seconds = 0;       // on the link's clock, in which a connection was open
};

// Serves from construction to destruction in its own thread. The public functions may be called from any thread.
class Link {
 public:
  // `speed`: how many times faster than the true time the link's clock goes; delays, rates and cuts with it. A program behind
  // a faster link keeps its own time-outs. `port`: 0 for any free one. Throws std::system_error where it cannot listen.
  Link(std::uint16_t target, Profile profile, std::uint64_t seed, double speed = 1, std::uint16_t port = 0);
  ~Link();

  std::uint16_t port() const;
  LinkCounters counters() const;

  // After a cut: returns when the relay has read all that had passed and has closed its half. Then what it could keep, it has.
  void await_notice() const;

  // Of the next connection exactly so many bytes pass in that direction; then the link is cut, once. With 0 bytes the cut
  // comes in place of the first one.
  void cut_after(Way way, std::int64_t bytes);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace carnet::test
