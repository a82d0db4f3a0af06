// One sync as a person means it: as many exchanges as it takes (one, nearly always) until both sides hold the same, or the
// link is lost.
#pragma once
#include <functional>

#include "client/transport.hpp"

namespace carnet {

struct SyncRun {
  SyncReport report;
  Traffic traffic;
  int exchanges = 0;
  std::optional<Error> error;  // why it did not end well; what moved before is kept on both sides

  explicit operator bool() const { return !error; }
};

SyncRun sync(Replica& replica, const std::function<void(const Traffic&)>& progress = {});

}  // namespace carnet
