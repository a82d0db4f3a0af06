#include "sync/lending.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/changes.hpp"
#include "core/pack.hpp"
#include "sync/changes_codec.hpp"
#include "sync/client_session.hpp"
#include "sync/limits.hpp"

namespace carnet {

namespace {

constexpr std::size_t worth_comparing = 16'000;  // bytes, unpacked

bool has_context(const Version& version) { return version.trail || !version.past.empty() || !version.open.empty(); }

std::optional<Error> fault_in(const Lent& lent) {
  for (auto& change : lent.rows) {
    if (auto fault = row_fault(change)) return fault;
    for (auto& cell : change.row.cells)
      if (std::any_of(cell.versions.begin(), cell.versions.end(), has_context)) return Error{Code::malformed, "the other device lends what no relay gives"};
  }
  return {};
}

std::string words_of(const SignedLoan& loan) {
  Packer packer;
  packer.array(4).text("carnet loan").integer(loan.lender.value).integer(loan.generation).bytes(std::as_bytes(std::span(loan.message)));
  return packer.take();
}

}  // namespace

SignedLoan sign(const DeviceKey& lender, const Lent& lent) {
  SignedLoan loan{lender.device, lender.generation, encode(lent, Direction::near, 0), {}};
  loan.signature = signature_of(lender, words_of(loan));
  return loan;
}

Result<Lent> loan_of(const SignedLoan& loan, const Passport& lender, const std::string& authority) {
  bool is_theirs = loan.lender == lender.device && loan.generation == lender.generation && is_signed(lender, authority) && is_signature(loan.signature, words_of(loan), lender.key);
  if (!is_theirs) return Error{Code::not_allowed, fmt::format("what is said to be of device {} is not signed by it, or by another relay's devices: it was damaged or forged, and is left out", loan.lender.value)};
  auto message = decode(loan.message, Direction::near, 0);
  auto* lent = message ? std::get_if<Lent>(&*message) : nullptr;
  if (!lent || lent->space != lender.space) return Error{Code::malformed, "what is lent in the bundle is no rows of its space"};
  return std::move(*lent);
}

RelayStand stand_of(Replica& replica, SpaceId space) {
  RelayStand stand{known_epoch(replica)};
  auto view = replica.relay_view(space);
  auto head = ClientSession::is_to_mend(replica) ? Seq{} : view.head(), borrowed = view.borrowed();
  stand.head = epoch_of(head) == stand.epoch ? head : epoch_base(stand.epoch);
  if (epoch_of(borrowed) == stand.epoch) stand.borrowed = borrowed;
  return stand;
}

bool may_lend(const RelayStand& lender, Role role, const RelayStand& borrower) {
  return role > Role::reader && lender.epoch > 0 && lender.epoch == borrower.epoch && lender.head > std::max(borrower.head, borrower.borrowed);
}

Lent next_lent(Replica& replica, Lending& lending) {
  auto head = lending.view.head();
  Lent lent{lending.space, epoch_of(head), head, false, replica.lend(lending, max_frame_bytes).rows};
  lent.is_last = lending.rows.empty();
  return lent;
}

Result<Applied> borrow(Replica& replica, const Lent& lent, std::int64_t now) {
  if (auto fault = fault_in(lent)) return *fault;
  Changeset changes{lent.space, {}, {}, lent.rows};
  if (auto fault = clock_fault(changes, now + replica.clock_offset())) return *fault;
  return replica.borrow(std::move(changes), lent.head);
}

std::size_t bytes_in(const Lent& lent) {
  std::size_t bytes = 0;
  for (auto& change : lent.rows) bytes += row_weight(change.row);
  return bytes;
}

void settle_loan(Replica& replica, std::size_t bytes) {
  if (bytes > worth_comparing) ClientSession::compare_next(replica);
}

}  // namespace carnet
