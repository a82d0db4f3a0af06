// Recorded edits of a text, as patches: what the test command of the text bench reads.
#pragma once
#include <string>
#include <vector>

#include "core/text/patch.hpp"

namespace carnet::bench {

// Every text hangs below one first patch, of a device that comes before all authors: it puts down the text at the start, or nothing.
// So what the authors write at the beginning is theirs, and no seed.
struct Trace {
  std::vector<text::Patch> patches;     // parents first
  std::vector<std::size_t> of_txn;      // the last patch of each txn
  std::optional<std::string> expected;  // where the file tells the text at the end
};

struct Traces {
  std::vector<Trace> all;
  bool many = false;  // the file has a list of them
};

// Reads JSON, gzipped or not: {"txns":[{agent, seq?, parents, patches}]} of our own, {"graphs":[...]}, and the two formats of
// josephg/editing-traces, sequential and concurrent. Throws std::runtime_error with a word on what is wrong.
Traces read_traces(const std::string& path);

}  // namespace carnet::bench
