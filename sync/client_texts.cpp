// What a device does in an exchange with the memory of earlier frames that both ends compress against (core/shared_text.hpp): says by name how much of it
// is meant, and goes back to what the relay has.
#include <algorithm>

#include "sync/client_session.hpp"

namespace carnet {

// Before the welcome both are taken to remember the same; where they do not, the relay says so, and frames go again.
void ClientSession::prime(SpaceId space, std::size_t frame_bytes) {
  auto& text = texts_[space];
  if (!text.up) {
    text.up.emplace(replica_.shared_text(space, true));
    if (text.up_there) text.up->back_to(*text.up_there);
  }
  out_.put(encode(Prime{space, text.up->name()}, Direction::up, epoch_));
  out_.prime(text.up->text(), std::max(expected_, frame_bytes));
  primed_up_ = space;
}

// What broke off and somebody else brought in the meantime is not sent again, and the relay does not remember it.
void ClientSession::go_back_to(SpaceId space, std::uint32_t name) {
  if (replica_.shared_name(space, true) == name) return;
  auto text = replica_.shared_text(space, true);
  text.back_to(name);
  replica_.keep(space, true, text);
}

// The relay threw away all frames of this exchange.
void ClientSession::unprime() {
  for (auto& [space, text] : texts_) {
    if (!text.up || !text.up_there) continue;
    text.up->back_to(*text.up_there);
    replica_.keep(space, true, *text.up);
  }
}

void ClientSession::take(const Prime& prime) {
  auto& text = texts_[prime.space].down.emplace(replica_.shared_text(prime.space, false));
  if (!text.back_to(prime.text)) {  // ours is damaged
    replica_.forget_shared_texts();
    return end(Outcome::again);
  }
  in_.prime(text.text());
  primed_down_ = prime.space;
}

}  // namespace carnet
