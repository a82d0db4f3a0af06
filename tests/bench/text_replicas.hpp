// A recorded trace, made again by real replicas: one per author, each with its own SQLite file, and one relay that passes on what it is
// sent. Every txn is written where exactly what it was written over has arrived.
#pragma once
#include <string>
#include <vector>

#include "core/text/graph.hpp"
#include "tests/bench/trace.hpp"

namespace carnet::bench {

enum class Pen {
  form,  // Replica::save_text over the version that the txn names
  sql,   // an UPDATE of the whole column by a connection that has nothing of ours loaded
};

struct Replicated {
  double ms = 0, worst_ms = 0;      // of all, and of a single txn with what had to arrive for it
  std::vector<std::size_t> deltas;  // bytes of each changes message up, before compression
  std::vector<std::string> texts;   // the column of each replica in the end
  text::Graph graph;                // of one of them
};

// Throws std::runtime_error with a word on what is wrong.
Replicated replicate(const Trace& trace, Pen pen);

struct Stored {
  std::size_t relay = 0, replica = 0;  // bytes of the row in the relay's file, and of what the replica's file has beside the plain column
  double opening_ms = 0;               // from the relay's row to the whole history and the text, median of 9
};
// The row with all patches of the trace, each a version of its own, in real SQLite files.
Stored store(const Trace& trace);

}  // namespace carnet::bench
