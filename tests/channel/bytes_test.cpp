// What the channel costs in bytes, and that the device counts all of them.
#include <catch2/catch.hpp>

#include "tests/channel/small_exchange.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {
constexpr std::int64_t payload = 300 + 100;
}

TEST_CASE("a small exchange with its handshake takes at most 1,200 bytes by key, 1,550 by pinned certificate and 1,300 resumed") {
  CHECK(small_exchange(Address::Way::key).bytes_for(payload) <= 1'200);
  CHECK(small_exchange(Address::Way::certificate).bytes_for(payload) <= 1'550);
  CHECK(small_exchange(Address::Way::certificate, Session::resumed).bytes_for(payload) <= 1'300);
}

TEST_CASE("what a device counts for its budget is what passes the link, to the byte") {
  for (auto way : {Address::Way::plain, Address::Way::key, Address::Way::certificate}) {
    auto cost = small_exchange(way);
    CHECK(cost.counted_up == cost.up);
    CHECK(cost.counted_down == cost.down);
  }
}
