// Who may come in, how often, and how slowly: the counts alone, in virtual time.
#include <catch2/catch.hpp>

#include <array>
#include <string>

#include "server/guard.hpp"

using namespace carnet;
using namespace std::chrono_literals;
using Entry = Guard::Entry;

namespace {
const Instant start = Instant{} + 1h;
Party v4(unsigned char last) { return party_of(std::array<unsigned char, 4>{192, 0, 2, last}); }
std::array<unsigned char, 16> v6(unsigned char network, unsigned char host) {
  std::array<unsigned char, 16> address{0x20, 0x01, 0x0d, 0xb8};
  address[7] = network;
  address[15] = host;
  return address;
}
}  // namespace

TEST_CASE("an IPv4 address is one party however it is written, an IPv6 one by its first half") {
  std::array<unsigned char, 16> mapped{};
  mapped[10] = mapped[11] = 0xff;
  mapped[12] = 192, mapped[14] = 2, mapped[15] = 9;
  CHECK(party_of(mapped) == v4(9));
  CHECK(v4(9) != v4(8));
  CHECK(party_of(v6(1, 1)) == party_of(v6(1, 2)));
  CHECK(party_of(v6(1, 1)) != party_of(v6(2, 1)));
}

TEST_CASE("a bucket gives its burst, then what time brings, and never more than its burst") {
  Buckets buckets({3, 0.5});
  for (int k = 0; k < 3; ++k) CHECK(buckets.take(7, 1, start) == 0s);
  CHECK(buckets.take(7, 1, start) == 2s);
  CHECK(buckets.take(8, 1, start) == 0s);
  CHECK(buckets.take(7, 1, start + 2s) == 0s);
  CHECK(buckets.take(7, 1, start + 2s) == 2s);
  for (int k = 0; k < 3; ++k) CHECK(buckets.take(7, 1, start + 1h) == 0s);
  CHECK(buckets.take(7, 1, start + 1h) == 2s);
  buckets.charge(8, 100, start + 1h);
  CHECK(buckets.take(8, 1, start + 1h) == 2s);
}

TEST_CASE("a burst of 0 is no limit") {
  Buckets buckets({0, 0});
  for (int k = 0; k < 10'000; ++k) REQUIRE(buckets.take(7, 1, start) == 0s);
  CHECK(buckets.size() == 0);
}

TEST_CASE("no more buckets are kept than there may be; the one not used for longest goes") {
  Buckets buckets({1, 0}, 3);
  for (std::uint64_t key : {1, 2, 3}) CHECK(buckets.take(key, 1, start) == 0s);
  CHECK(buckets.take(1, 1, start) > 0s);
  CHECK(buckets.take(4, 1, start) == 0s);  // 2 is forgotten
  CHECK(buckets.size() == 3);
  CHECK(buckets.take(1, 1, start) > 0s);
  CHECK(buckets.take(2, 1, start) == 0s);
}

TEST_CASE("connections are counted in all and of each party; one more is told, and when many are told, closed") {
  Guard guard({.connections = 5, .of_party = 2, .party = {}, .device = {}});
  CHECK(guard.enter(v4(1), start) == Entry::served);
  CHECK(guard.enter(v4(1), start) == Entry::served);
  CHECK(guard.enter(v4(1), start) == Entry::told);
  for (unsigned char k = 2; k < 5; ++k) CHECK(guard.enter(v4(k), start) == Entry::served);
  CHECK(guard.enter(v4(6), start) == Entry::told);
  for (int told = 2; told < 64; ++told) CHECK(guard.enter(v4(6), start) == Entry::told);
  CHECK(guard.enter(v4(6), start) == Entry::closed);
  guard.leave(v4(6), Entry::closed);
  guard.leave(v4(1), Entry::served);
  CHECK(guard.enter(v4(6), start) == Entry::served);
  CHECK(guard.inside() == 5 + 64);
}

TEST_CASE("a proxy is not held to the limits of one party, but to those of all") {
  Guard guard({.connections = 5, .of_party = 1, .party = {1, 0}, .device = {}});
  for (int k = 0; k < 5; ++k) CHECK(guard.enter(0, start) == Entry::served);
  CHECK(guard.enter(0, start) == Entry::told);
  CHECK(guard.request(0, start) == 0s);
}

TEST_CASE("a party that comes too often is told, and rubbish counts twenty times") {
  Guard guard({.connections = 100, .of_party = 100, .party = {40, 1}, .device = {}});
  CHECK(guard.enter(v4(1), start) == Entry::served);
  guard.rubbish(v4(1), start);
  CHECK(guard.request(v4(1), start) == 0s);
  guard.rubbish(v4(1), start);
  CHECK(guard.request(v4(1), start) == 1s);
  CHECK(guard.enter(v4(1), start) == Entry::told);
  CHECK(guard.enter(v4(2), start) == Entry::served);
}

TEST_CASE("a device has its own count, wherever it comes from") {
  Guard guard({.connections = 100, .of_party = 100, .party = {}, .device = {2, 0.1}});
  CHECK(guard.exchange(3, start) == 0s);
  CHECK(guard.exchange(3, start) == 0s);
  CHECK(guard.exchange(3, start) == 10s);
  CHECK(guard.exchange(4, start) == 0s);
}

TEST_CASE("a peer has the stall time for each byte, and in all, and more by what it moves") {
  Patience patience(10s);
  CHECK(patience.left() == 10s);
  patience.waited(9s, 0);
  CHECK(patience.left() == 1s);
  patience.waited(0s, 300);  // three seconds at the least pace
  CHECK(patience.left() == 4s);
  patience.waited(0s, 1'000'000);
  CHECK(patience.left() == 10s);
  Patience drop_by_drop(10s);
  int bytes = 0;
  for (; drop_by_drop.left() > 0s; ++bytes) drop_by_drop.waited(1s, 1);
  CHECK(bytes == 11);
}
