// What one small exchange costs, 300 bytes up and 100 down with its handshake, by each of the ways to a relay: bench_door
#include <fmt/format.h>

#include "tests/channel/small_exchange.hpp"

using namespace carnet;
using namespace carnet::test;

int main() {
  auto tell = [](const char* name, const SmallExchange& cost) {
    fmt::print("{:<24} {:>5} bytes ({} up and {} down around the payload)\n", name, cost.bytes_for(400), cost.up - cost.payload_up, cost.down - cost.payload_down);
  };
  tell("without TLS", small_exchange(Address::Way::plain));
  tell("by key", small_exchange(Address::Way::key));
  tell("by pinned certificate", small_exchange(Address::Way::certificate));
  tell("resumed", small_exchange(Address::Way::certificate, Session::resumed));
}
