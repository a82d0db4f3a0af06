// What a device that met the relay lends another one that did not: rows as the relay had them at the lender's last complete exchange; of each the cells in
// which nothing stands that the relay may have lacked then (that goes in its author's own frames: core/carried.hpp). The borrower holds them against what
// it has as if the relay had spoken then, and against the relay itself at its next exchange. What is borrowed is not lent on.
#pragma once
#include <deque>
#include <vector>

#include "core/row.hpp"

namespace carnet {

// When the relay had what stands in a space of this device, as far as that is known. A snapshot; pure.
class RelayView {
 public:
  struct Exchange {  // a complete one: at our seq, when the relay had ours up to acked, we had all of its up to head
    Seq seq, acked, head;
  };
  struct Loan {  // what came between these seqs of ours the relay had at its seq head
    Seq low, high, head;
  };
  // `borrowed`: of the last loan that came to its end.
  RelayView(DeviceId own, std::vector<Exchange> exchanges, std::vector<Loan> loans, Seq borrowed) : own_(own), exchanges_(std::move(exchanges)), loans_(std::move(loans)), borrowed_(borrowed) {}

  Seq head() const { return exchanges_.empty() ? Seq{} : exchanges_.back().head; }  // all that it had then was here
  // Up to which nobody need lend it: where a loan broke off another one at the same seq is wanted, and none at a lower one.
  Seq borrowed() const;
  Seq of(const Version& version) const;  // at or below which of its seqs it accepted this one, which stands here; 0: not known
  Seq of_received(Seq seq) const;        // the same of what was received under this seq of ours

 private:
  DeviceId own_;
  std::vector<Exchange> exchanges_;  // ascending
  std::vector<Loan> loans_;
  Seq borrowed_;
};

// The cells of a row that are lent to who has all that the relay had at its seq `had`.
Row lent(const Row& row, const RelayView& view, Seq had);

// What is still to be lent of a space.
struct Lending {
  SpaceId space;
  Seq had;  // by the borrower
  RelayView view;
  std::deque<RowKey> rows;
};

}  // namespace carnet
