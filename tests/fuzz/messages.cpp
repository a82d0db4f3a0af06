// The codec of messages, both ways: whatever is decoded is encoded to the same bytes and allocates no more than a multiple of them.
//   input = direction (bit 0; bit 2: between devices) and life (bit 1), message
#include "sync/messages.hpp"
#include "tests/fuzz/target.hpp"

std::string carnet::test::try_input(std::string_view bytes) {
  Script script(bytes);
  auto first = script.byte();
  auto direction = first & 4 ? Direction::near : first & 1 ? Direction::down : Direction::up;
  Epoch epoch = first & 2 ? 3'000'000 : 0;
  auto message = script.rest();
  auto decoded = decode(message, direction, epoch);
  if (!decoded) return decoded.error().text.empty() ? "a refusal without a reason" : "";
  return encode(*decoded, direction, epoch) == message ? "" : "a second form of a message";
}
