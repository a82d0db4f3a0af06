// One sync as a person means it: as many exchanges as it takes (one, nearly always) until both sides hold the same, and then media, between
// which exchanges come again for what is written meanwhile; until the link is lost, or its Watch ends it.
#pragma once
#include <functional>

#include "client/transport.hpp"
#include "sync/client_session.hpp"
#include "sync/media_session.hpp"

namespace carnet {

struct SyncRun {
  SyncReport report;
  MediaSession::Report media;
  std::size_t media_refused = 0;
  Traffic traffic;
  int exchanges = 0;
  std::int64_t lacked = 0;     // bytes for which Watch::left had no room; 0: it did not end the sync
  std::optional<std::int64_t> cost;  // in hundredths of a franc; nothing where the link is free, or nobody said what a megabyte costs
  std::optional<std::int64_t> clock_ahead;  // seconds; where the people of this machine are to be told, which is once
  std::optional<Error> error;  // why it did not end well; what moved before is kept on both sides

  explicit operator bool() const { return !error; }
};

SyncRun sync(Replica& replica, const Watch& watch = {});

}  // namespace carnet
