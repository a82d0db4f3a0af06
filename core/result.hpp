// What a function returns when bytes or wishes from outside may be wrong. Faults of our own are asserts, faults of this
// machine (disk, memory) are exceptions; only what a peer or a user sent becomes an Error.
#pragma once
#include <cassert>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace carnet {

// Numbers travel in refusals (sync/WIRE.md) and are never renumbered.
enum class Code : int {
  malformed = 1,      // bytes that are no canonical frame; the sender's fault, do not retry
  too_large = 2,      // over a limit that the text names; do not retry unchanged
  newer_version = 3,  // the sender speaks a newer format; retry after an upgrade
  not_allowed = 4,    // unknown device, wrong secret, or not a member
  clock_wrong = 5,    // the clock is off by more than the relay accepts; correct it by the offset and retry at once
  gap = 6,            // a frame that does not join the last one; resume at the cursor
  invalid = 7,        // a wish that breaks a rule of the schema; the text names table, column and rule
  not_found = 8,
  busy = 9,           // the other side is full or going down; retry later
  copied = 10,        // this device number is in use by a newer copy of the database
  other_life = 11,    // the relay's store was restored or replaced: start over, at once
  other_text = 12,    // frames were compressed against text that this side does not remember: send them again without, at once
  invite_expired = 13,
  invite_used = 14,   // by another device, or by this one, which has its key since
  invite_revoked = 15,
  // Rows that the relay does not take (sync/rights.hpp). 13 .. 19 stay free for doors.
  no_member = 20,     // of a space that the device is no member of any more
  reads_only = 21,    // of a space that it only reads
  coach_only = 22,    // of a table that a coach does not write
  of_another = 23,    // under the name, or with the id, of a device that did not bring it
  other_space = 24,   // the row lives in another space
  space_full = 25,    // the space holds as many rows or bytes as it may
  day_full = 26,      // more than the device may send in a day, at once
  admins_only = 27,   // of an administration space, by who is no admin there
  other_kind = 28,    // a table of an administration space elsewhere, or another table there
};

struct Error {
  Code code = Code::malformed;
  std::string text;  // names the thing, the limit, and what to do
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : held_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : held_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return held_.index() == 0; }
  T& operator*() { assert(*this); return std::get<0>(held_); }
  const T& operator*() const { assert(*this); return std::get<0>(held_); }
  T* operator->() { return &**this; }
  const T* operator->() const { return &**this; }
  const Error& error() const { assert(!*this); return std::get<1>(held_); }

 private:
  std::variant<T, Error> held_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}
  explicit operator bool() const { return !error_; }
  const Error& error() const { assert(error_); return *error_; }

 private:
  std::optional<Error> error_;
};

}  // namespace carnet
