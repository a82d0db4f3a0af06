// The profiles, the model of a line, and when it is cut. Pure: the time comes from outside.
#include <algorithm>
#include <utility>

#include "tests/link/link.hpp"

namespace carnet::test {

using namespace std::chrono_literals;

// --- Profiles ---

namespace {

LinkTime milliseconds(double count) { return LinkTime(static_cast<std::int64_t>(count * 1e6)); }
LinkTime seconds(double count) { return milliseconds(count * 1e3); }

}  // namespace

LinkTime Profile::round_trip() const { return milliseconds(2 * delay_ms); }
LinkTime Profile::time_out() const { return std::max<LinkTime>(round_trip(), 200ms); }

const std::vector<Profile>& profiles() {
  static const std::vector<Profile> all{
      // Outside the 3G cell, GPRS and EDGE on the few time slots that calls leave: some 10 kbit/s a slot, two of them up and four
      // down, by the standards' coding schemes; most of a second for a round trip, since a radio block has to be asked for. Jitter,
      // loss and cuts are assumed: a little better than 3G at its edge, as 2G carries farther.
      {"2g", 20e3, 40e3, 400, 200, 0.03, 30},
      // An evening in a small town of Benin, everybody on one mast. What the partners of the pilot years met: 30 to 200 kbit/s,
      // round trips of 300 to 1,500 ms, 2 to 10 % of the packets lost, a cut every few tens of seconds. This is the worse half
      // of those ranges, and the link that bounds are stated for: 64 kbit/s both ways, 600 ms, a cut every 20 s.
      {"3g-evening", 64e3, 64e3, 300, 100, 0.05, 20},
      // The same mast at night, when bundles are cheaper and the town sleeps: the better end of the same ranges.
      {"3g-night", 200e3, 200e3, 150, 30, 0.02, 60},
      // A dish that a town hall shares: the light needs half a second for 36,000 km up and down, there and back; turns to send
      // and queues make 1,400 ms of it. The rates are assumed, an office's small offer; nothing cuts it, but rain loses packets.
      {"satellite", 128e3, 512e3, 700, 50, 0.01, 0},
      // The machine itself: for exact cuts and for counting.
      {"clean", 0, 0, 0, 0, 0, 0},
  };
  return all;
}

std::optional<Profile> profile(std::string_view name) {
  auto& all = profiles();
  auto found = std::find_if(all.begin(), all.end(), [name](auto& each) { return each.name == name; });
  return found == all.end() ? std::nullopt : std::optional(*found);
}

// --- The line ---

Shaper::Shaper(const Profile& profile, Way way, std::uint64_t seed, LinkTime opens)
    : bits_(profile.bits(way)), delay_(milliseconds(profile.delay_ms)), time_out_(profile.time_out()), jitter_ms_(profile.jitter_ms),
      loss_(profile.loss), random_(seed), free_(opens) {}

std::size_t Shaper::room(LinkTime now) const {
  auto most = most_waiting;
  if (bits_ > 0) most = std::clamp(static_cast<std::size_t>(bits_ / 8), packet_bytes, most_waiting);
  std::size_t waiting = 0;  // before the line, or behind it where nobody takes them; those on their way do not count
  for (auto& piece : pieces_)
    if (piece.leaves > now || piece.arrives <= now) waiting += piece.bytes.size();
  return waiting < most ? most - waiting : 0;
}

void Shaper::put(std::string_view bytes, LinkTime now) {
  while (!bytes.empty()) {
    if (packet_left_ == 0) begin_packet();
    auto part = bytes.substr(0, packet_left_);
    put_piece(part, now);
    packet_left_ -= part.size();
    bytes.remove_prefix(part.size());
  }
}

void Shaper::begin_packet() {
  std::uniform_real_distribution<double> chance(0, 1);
  packet_left_ = packet_bytes;
  jitter_ = milliseconds(jitter_ms_ * chance(random_));
  lost_ = chance(random_) < loss_;
}

void Shaper::put_piece(std::string_view bytes, LinkTime now) {
  auto sending = bits_ > 0 ? seconds(static_cast<double>(bytes.size()) * 8 / bits_) : LinkTime{};
  auto leaves = std::max(now, free_) + sending;
  LinkTime late = jitter_;
  if (std::exchange(lost_, false)) {
    leaves += sending;  // twice: the line goes on meanwhile, since senders have more than one packet under way
    late += time_out_;
  }
  free_ = leaves;
  latest_ = std::max(latest_, leaves + delay_ + late);
  pieces_.push_back({std::string(bytes), leaves, latest_});
}

void Shaper::end(LinkTime now) { end_ = std::max(latest_, std::max(now, free_) + delay_); }

std::string_view Shaper::arrived(LinkTime now) const {
  if (pieces_.empty() || pieces_.front().arrives > now) return {};
  return std::string_view(pieces_.front().bytes).substr(dropped_);
}

void Shaper::drop(std::size_t bytes) {
  dropped_ += bytes;
  if (dropped_ < pieces_.front().bytes.size()) return;
  pieces_.pop_front();
  dropped_ = 0;
}

bool Shaper::ended(LinkTime now) const { return pieces_.empty() && end_ && *end_ <= now; }

std::optional<LinkTime> Shaper::next(LinkTime now) const {
  std::optional<LinkTime> first;
  auto consider = [&](LinkTime at) { if (at > now && (!first || at < *first)) first = at; };
  for (auto& piece : pieces_) {
    consider(piece.leaves);
    consider(piece.arrives);
  }
  if (end_) consider(*end_);
  return first;
}

// --- Cuts ---

Cuts::Cuts(double mean_seconds, std::uint64_t seed) : mean_seconds_(mean_seconds), random_(seed), next_(0) { pass(); }

void Cuts::pass() {
  if (mean_seconds_ > 0) next_ += seconds(std::exponential_distribution<double>(1 / mean_seconds_)(random_));
  else next_ = LinkTime::max();
}

}  // namespace carnet::test
