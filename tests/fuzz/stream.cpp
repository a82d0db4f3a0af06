// Unpacking: any bytes in any portions, primed or not. What comes out is bounded by what went in.
//   input = portion, bytes
#include "sync/stream.hpp"
#include "tests/fuzz/target.hpp"

std::string carnet::test::try_input(std::string_view bytes) {
  Script script(bytes);
  std::size_t portion = script.byte() + 1u;
  bool primes = portion % 2 == 0;
  Unpacking unpacking(portion % 3 ? max_message_bytes : max_hello_bytes);
  std::size_t in = 0, out = 0;
  while (script.more()) {
    auto piece = script.take(portion);
    in += piece.size();
    if (!unpacking.feed(piece)) return {};
    for (;;) {
      auto message = unpacking.next();
      if (!message) return {};
      if (!*message) break;
      out += (*message)->size();
      if ((*message)->size() > (portion % 3 ? max_message_bytes : max_hello_bytes)) return "a message over the limit";
      if (std::exchange(primes, false)) unpacking.prime("les questions d'apprentissage de la commune");
    }
  }
  return out <= free_unpacked_bytes + (in + 1) * most_unpacked_ratio + max_message_bytes ? "" : "a stream unpacks to more than its bound";
}
