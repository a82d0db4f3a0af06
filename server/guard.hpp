// What keeps the relay from being overrun: who may connect, how often they may come, how long they may keep it waiting. Counts and
// token buckets without I/O; time comes from outside. One thread at a time (the network's).
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <span>
#include <unordered_map>

namespace carnet {

using Instant = std::chrono::steady_clock::time_point;

// Who an address stands for: an IPv4 address (4 bytes, or as IPv6 writes it), or the first half of an IPv6 one, which is what a customer is
// given. A village behind one NAT, or many behind a telephone company's, are one party.
using Party = std::uint64_t;
Party party_of(std::span<const unsigned char> address);

// So many at once, and then so many a second. `burst` 0: no limit.
struct Rate {
  double burst = 0, a_second = 0;
};

// A token bucket for each key. At most `most` are remembered: the one that was not used for longest is forgotten, and full again.
class Buckets {
 public:
  explicit Buckets(Rate rate, std::size_t most = 65'536) : rate_(rate), most_(most) {}

  // In how many seconds as many tokens will be there, at least 1; 0: they are.
  std::chrono::seconds wait(std::uint64_t key, double tokens, Instant now);
  // Takes them where they are, else none, and says the same.
  std::chrono::seconds take(std::uint64_t key, double tokens, Instant now);
  // Takes what is there of them: for what has been done already.
  void charge(std::uint64_t key, double tokens, Instant now);
  std::size_t size() const { return buckets_.size(); }

 private:
  struct Bucket {
    std::uint64_t key;
    double tokens;
    Instant at;
  };
  Bucket& bucket(std::uint64_t key, Instant now);

  Rate rate_;
  std::size_t most_;
  std::list<Bucket> buckets_;  // last used first
  std::unordered_map<std::uint64_t, std::list<Bucket>::iterator> index_;
};

// The door as a whole: connections at once, in all and of each party; requests of each party; exchanges of each device. Party 0 is not
// limited by itself: a proxy, which speaks for many.
class Guard {
 public:
  struct Limits {
    std::size_t connections = 1'000;   // at once; one more is told to come again, as long as few are, and then closed at once
    std::size_t of_party = 250;        // of these
    Rate party{2'000, 20};             // connections and requests; one that is rubbish counts as 20
    Rate device{1'000, 1};             // exchanges
  };
  enum class Entry { served, told, closed };

  explicit Guard(const Limits& limits) : limits_(limits), parties_(limits.party), devices_(limits.device) {}

  Entry enter(Party party, Instant now);
  void leave(Party party, Entry entry);
  // Seconds until it may be; 0: now.
  std::chrono::seconds request(Party party, Instant now) { return party ? parties_.take(party, 1, now) : std::chrono::seconds(0); }
  std::chrono::seconds exchange(std::uint32_t device, Instant now) { return devices_.take(device, 1, now); }
  std::chrono::seconds wait_of(std::uint32_t device, Instant now) { return devices_.wait(device, 1, now); }  // who is not let in yet takes none of a device's
  void rubbish(Party party, Instant now) { if (party) parties_.charge(party, rubbish_weight, now); }
  std::size_t inside() const { return served_ + told_; }

 private:
  static constexpr double rubbish_weight = 20;
  static constexpr std::size_t most_told = 64;

  Limits limits_;
  Buckets parties_, devices_, told_lately_{{64, 10}};
  std::size_t served_ = 0, told_ = 0;
  std::unordered_map<Party, std::size_t> of_party_;
};

// How long a peer may keep us waiting: `stall` in all, and a second more for each `least_pace` bytes that it moves; never longer than
// `stall` for the next. So one that moves a byte a minute is let go, and one behind the worst link is not.
class Patience {
 public:
  static constexpr double least_pace = 100;  // bytes a second; GPRS at its worst has ten times as many

  explicit Patience(std::chrono::milliseconds stall) : stall_(stall), left_(stall) {}

  std::chrono::milliseconds left() const;
  void waited(std::chrono::steady_clock::duration time, std::size_t bytes);

 private:
  std::chrono::milliseconds stall_;
  std::chrono::duration<double, std::milli> left_;
};

}  // namespace carnet
