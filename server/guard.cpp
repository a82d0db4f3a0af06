#include "server/guard.hpp"

#include <algorithm>
#include <cmath>

namespace carnet {

Party party_of(std::span<const unsigned char> address) {
  auto number = [&](std::size_t from, std::size_t to) {
    Party party = 0;
    for (auto k = from; k < to; ++k) party = party << 8 | address[k];
    return party;
  };
  constexpr Party is_v4 = Party{0xffff} << 32;
  if (address.size() == 4) return is_v4 | number(0, 4);
  bool mapped = number(0, 8) == 0 && number(8, 12) == 0xffff;
  return mapped ? is_v4 | number(12, 16) : number(0, 8);
}

Buckets::Bucket& Buckets::bucket(std::uint64_t key, Instant now) {
  auto at = index_.find(key);
  if (at == index_.end()) {
    if (buckets_.size() >= most_) {
      index_.erase(buckets_.back().key);
      buckets_.pop_back();
    }
    buckets_.push_front({key, rate_.burst, now});
    return *(index_[key] = buckets_.begin());
  }
  buckets_.splice(buckets_.begin(), buckets_, at->second);
  auto& bucket = buckets_.front();
  auto passed = std::chrono::duration<double>(now - bucket.at).count();
  bucket.tokens = std::min(rate_.burst, bucket.tokens + passed * rate_.a_second);
  bucket.at = now;
  return bucket;
}

std::chrono::seconds Buckets::wait(std::uint64_t key, double tokens, Instant now) {
  if (rate_.burst <= 0) return {};
  auto held = bucket(key, now).tokens;
  if (held >= tokens) return {};
  constexpr double longest = 3'600;
  auto seconds = rate_.a_second > 0 ? (tokens - held) / rate_.a_second : longest;
  return std::chrono::seconds(static_cast<std::int64_t>(std::ceil(std::clamp(seconds, 1.0, longest))));
}

std::chrono::seconds Buckets::take(std::uint64_t key, double tokens, Instant now) {
  auto seconds = wait(key, tokens, now);
  if (seconds == std::chrono::seconds(0)) charge(key, tokens, now);
  return seconds;
}

void Buckets::charge(std::uint64_t key, double tokens, Instant now) {
  if (rate_.burst <= 0) return;
  auto& held = bucket(key, now).tokens;
  held = std::max(0.0, held - tokens);
}

Guard::Entry Guard::enter(Party party, Instant now) {
  auto of_it = party ? of_party_.find(party) : of_party_.end();
  bool full = served_ >= limits_.connections || (of_it != of_party_.end() && of_it->second >= limits_.of_party);
  bool served = !full && request(party, now) == std::chrono::seconds(0);
  if (!served && (told_ >= most_told || told_lately_.take(0, 1, now) > std::chrono::seconds(0))) return Entry::closed;
  ++(served ? served_ : told_);
  if (served && party) ++of_party_[party];
  return served ? Entry::served : Entry::told;
}

void Guard::leave(Party party, Entry entry) {
  if (entry == Entry::closed) return;
  --(entry == Entry::told ? told_ : served_);
  if (entry == Entry::told || !party) return;
  auto of_it = of_party_.find(party);
  if (--of_it->second == 0) of_party_.erase(of_it);
}

std::chrono::milliseconds Patience::left() const {
  return std::min(stall_, std::chrono::duration_cast<std::chrono::milliseconds>(std::max(left_, decltype(left_)(0))));
}

void Patience::waited(std::chrono::steady_clock::duration time, std::size_t bytes) {
  left_ += std::chrono::duration<double>(static_cast<double>(bytes) / least_pace);
  left_ -= time;
}

}  // namespace carnet
