// A digest of a space: the sum, modulo 2^64, of a hash of every row, so that it is kept up row by row in whatever order.
// Two replicas with equal digests and row counts hold the same rows, up to a chance of about 2^-64. The hash is
// SipHash-2-4 with a fixed key (libsodium): it finds faults, it does not stop a forger.
#pragma once
#include <cstdint>

#include "core/row.hpp"

namespace carnet {

struct Digest {
  std::uint64_t sum = 0;
  std::int64_t rows = 0;
  bool operator==(const Digest&) const = default;

  Digest& operator+=(const Digest& other) { sum += other.sum; rows += other.rows; return *this; }
  Digest operator-() const { return {0 - sum, -rows}; }
};

// The digest of one row: stamps and values of all standing versions; of a dead row its tombstones only. Zero for none.
Digest row_digest(RowKey key, const Row& row);

}  // namespace carnet
