// What one small exchange costs on the link, TLS and HTTP included, counted by a proxy: a device that is enrolled, has met the relay before
// and has no connection yet writes a row and syncs.
#pragma once
#include <cstdint>

#include "sync/address.hpp"

namespace carnet::test {

struct SmallExchange {
  std::int64_t up = 0, down = 0;                  // on the link, above TCP
  std::int64_t payload_up = 0, payload_down = 0;  // of it, the conversation's own
  std::int64_t counted_up = 0, counted_down = 0;  // as the device counts it for its budget

  // With another payload of no more records.
  std::int64_t bytes_for(std::int64_t payload) const { return up + down - payload_up - payload_down + payload; }
};

enum class Session { fresh, resumed };

SmallExchange small_exchange(Address::Way way, Session session = Session::fresh);

}  // namespace carnet::test
