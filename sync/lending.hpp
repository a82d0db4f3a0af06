// What one device lends another of the relay's (core/lending.hpp): who may, what of it is sound, and when it is worth comparing with the relay afterwards.
#pragma once
#include <optional>

#include "core/replica.hpp"
#include "sync/carried.hpp"
#include "sync/messages.hpp"

namespace carnet {

RelayStand stand_of(Replica& replica, SpaceId space);
// Both know the same life of the relay, and the lender had more of it, and does not only read: it is believed.
bool may_lend(const RelayStand& lender, Role role, const RelayStand& borrower);

Lent next_lent(Replica& replica, Lending& lending);

// Puts it among the rows here. `now`: this device's unix time, uncorrected. Errors: malformed; clock_wrong, where this device's clock is behind: then nothing was taken.
// A member is believed until the relay is met, whose digest proves it.
Result<Applied> borrow(Replica& replica, const Lent& lent, std::int64_t now);
std::size_t bytes_in(const Lent& lent);  // unpacked
// A loan that goes in a bundle, on the word of who signed it.
struct SignedLoan {
  DeviceId lender;
  std::uint32_t generation = 0;  // of its key
  std::string message;           // `lent` of WIRE.md
  std::string signature;         // Ed25519, over ["carnet loan", lender, generation, message]
};
SignedLoan sign(const DeviceKey& lender, const Lent& lent);
// Errors: not_allowed, where that is not of whom the passport tells; malformed.
Result<Lent> loan_of(const SignedLoan& loan, const Passport& lender, const std::string& authority);
// After so many bytes the next exchange compares, where that costs the paid link less than having them again.
void settle_loan(Replica& replica, std::size_t bytes);

}  // namespace carnet
