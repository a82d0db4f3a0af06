// Handing over frames between devices without the relay, as a stick or a cable does.
#pragma once
#include <optional>
#include <vector>

#include "sync/carried.hpp"
#include "tests/country.hpp"

namespace carnet::test {

inline DeviceKey key_of(Country& country, Device& device) {
  auto number = device.replica->device();
  auto generation = country.store->generation(number);
  return {number, generation, country.keys.key_of({Peer::Kind::device, number.value, generation})};
}

struct Handed {
  Passport author;
  Carried frame;
};

// All that somebody has for the others: what they signed, and what they were given.
inline std::vector<Handed> all_of(Country& country, Device& from) {
  auto& replica = *from.replica;
  auto key = key_of(country, from);
  auto own = passport_of(replica, country.space, key);
  if (!own) throw std::runtime_error("this device was not told its passport");
  if (auto given = sign_own(replica, country.space, key); !given) throw std::runtime_error(given.error().text);
  std::vector<Handed> all;
  for (auto& range : replica.carried(country.space)) {
    auto frame = *replica.carried(country.space, range);
    all.push_back({range.author == replica.device() ? *own : *held_passport(replica, frame), frame});
  }
  return all;
}

inline Result<TakenFrame> hand(Device& to, const Handed& what, std::int64_t clock = 0) { return take_carried(*to.replica, what.author, what.frame, std::time(nullptr) + clock); }

inline std::size_t hand_over(Country& country, Device& from, Device& to) {
  std::size_t rows = 0;
  for (auto& each : all_of(country, from)) {
    auto taken = hand(to, each);
    if (!taken) throw std::runtime_error(taken.error().text);
    rows += taken->rows;
  }
  return rows + show_left(*to.replica, country.space, std::time(nullptr));
}

}  // namespace carnet::test
