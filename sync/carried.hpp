// Frames that devices carry for each other (core/carried.hpp), and how they prove whose they are to whoever is offline: each is signed by its
// author's device, whose key a passport tells, which the relay signs. Ed25519.
//   frame      a message `changes` (WIRE.md), up
//   signature  over "carnet frame" author generation epoch frame
//   passport   over "carnet passport" space device generation role key
// A device's signing key comes from the one that it speaks to the relay by (sync/peer.hpp), so that the relay can tell it too.
#pragma once
#include <optional>
#include <string>

#include "core/replica.hpp"
#include "sync/messages.hpp"

namespace carnet {

struct Passport {
  SpaceId space;
  DeviceId device;
  std::uint32_t generation = 0;  // of its key
  Role role = Role::none;
  std::string key;  // that its signatures are held against
  std::string signature;
};

std::string verifying_key_of(std::string_view device_key);
std::string authority_of(std::string_view relay_seed);  // what passports are held against
std::string sign(const Passport& passport, std::string_view relay_seed);
bool is_signed(const Passport& passport, std::string_view authority);
std::string authority_of(Replica& replica);  // as the relay told it; empty where it did not yet

std::string pack(const Passport& passport);
std::optional<Passport> unpack_passport(std::string_view bytes);  // nothing where they are none, whoever signed it
std::optional<Passport> held_passport(Replica& replica, const Carried& frame);  // of the author of a frame that was taken

Carried signed_by(const DeviceKey& author, const Changeset& changes, Seq seen, Epoch epoch);
bool is_signed(const Carried& frame, std::string_view key);
// Malformed where the frame is none, or not what it is said to be. Where `present` is another life of the relay, it is not told what its author
// had seen.
Result<Changes> changes_of(const Carried& frame, Epoch present);

// Where its stamps lie ahead of a device's clock, `present`.
std::optional<Error> clock_fault(const Changeset& changes, std::int64_t present);

// Words by which a device shows that it is who it says.
std::string signature_of(const DeviceKey& author, const std::string& words);
bool is_signature(const std::string& signature, const std::string& words, std::string_view key);

// This device's, as the relay last told it; nothing where it told none by this key.
std::optional<Passport> passport_of(Replica& replica, SpaceId space, const DeviceKey& key);
void keep_passports(Replica& replica, const Account& account);

// Signs all of our work in the space that nobody was given. The number of frames.
Result<std::size_t> sign_own(Replica& replica, SpaceId space, const DeviceKey& key);

// What a device was last known to have of a space, by a receipt in a bundle or a meeting: nobody need give it that.
std::vector<CarriedRange> known_of(Replica& replica, SpaceId space, DeviceId device);
void keep_known(Replica& replica, SpaceId space, DeviceId device, const std::vector<CarriedRange>& had);
// What this device has: its own work that was signed, what it was brought, and what the relay had at the last complete exchange.
std::vector<CarriedRange> held(Replica& replica, SpaceId space);
bool covers(const std::vector<CarriedRange>& had, const CarriedRange& range);

struct TakenFrame {
  bool is_news = false;
  std::size_t rows = 0, conflicts = 0, left = 0;  // left: they go on with texts that are not here yet
  std::optional<Error> why_left;                  // or why rows were not taken
};
// Puts a frame that somebody brought among the rows here, and keeps it for the relay. `now`: this device's unix time, uncorrected.
Result<TakenFrame> take_carried(Replica& replica, const Passport& author, const Carried& frame, std::int64_t now);
// What could not be shown before and can be since something else came. The number of rows.
std::size_t show_left(Replica& replica, SpaceId space, std::int64_t now);

// All that came by one bundle or meeting.
struct TakenFrames {
  std::size_t frames = 0, known = 0;                 // that were news, and that were not
  std::size_t rows = 0, conflicts = 0, waiting = 0;  // waiting: rows that go on with texts which are not here yet
  std::size_t borrowed = 0;                          // of the rows those that the relay had, and another device lent (sync/lending.hpp)
  std::vector<Error> refused;                        // what was not taken, or cannot be given, each reason once

  Result<TakenFrame> take(Replica& replica, const Passport& author, const Carried& frame, std::int64_t now);
  void borrow(const Applied& lent);
  void refuse(const Error& why);
  void show_left(Replica& replica, SpaceId space, std::int64_t now);
};

}  // namespace carnet
