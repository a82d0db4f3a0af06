// Where rows live. The client's replica (domain tables and metadata) and the relay's stores (generic rows) implement this
// one interface; merge, apply and digest know no other. A store is used by one thread at a time, inside a transaction
// that its owner opens.
#pragma once
#include <functional>

#include "core/changeset.hpp"
#include "core/digest.hpp"
#include "core/merge.hpp"

namespace carnet {

class RowStore {
 public:
  virtual ~RowStore() = default;

  virtual Row load(SpaceId space, RowKey key) = 0;  // empty where unknown
  virtual void save(SpaceId space, RowKey key, const Row& row) = 0;
  virtual Seq next_seq(SpaceId space) = 0;          // counts up, and never gives a number again

  // Rows that changed after the cursor, oldest change first, until the visitor says false.
  using Visitor = std::function<bool(RowKey, Seq changed, const Row&)>;
  virtual void rows_above(SpaceId space, Seq cursor, const Visitor& visit) = 0;

  // History: superseded versions. Remembering one twice is remembering it once.
  virtual void remember(SpaceId space, RowKey key, const Remembered& past) = 0;
  virtual bool remembers(SpaceId space, RowKey key, ColumnId column, const Stamp& stamp) = 0;

  virtual void add_to_digest(SpaceId space, const Digest& change) = 0;
};

// What a changeset did.
struct Applied {
  std::size_t rows = 0;       // changed here
  std::size_t conflicts = 0;  // rows that have open conflicts now and had not
  std::int64_t bytes = 0;     // by which the rows and their history grew, as row_weight() counts
};

// Merges a changeset into a store. Applying it again, or after its successor, changes nothing.
Applied apply(RowStore& store, const Changeset& changes, const Authority& authority);

}  // namespace carnet
