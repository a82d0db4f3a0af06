// A new replica: from an invite, or in the place of a damaged one, whose unsent work it takes over.
#pragma once
#include <map>
#include <optional>
#include <string>

#include "client/account.hpp"
#include "core/replica.hpp"
#include "sync/invite.hpp"

namespace carnet {

// Makes the replica at this path; its key file is to be written by keep_invite. The device introduces itself to each of its spaces, so that others read a name and not a number.
void enrol(const std::string& path, const Invite& invite);

// The same, whole or not at all, with its key file, where nothing stands yet.
void enrol_at(const std::string& path, const Invite& invite);
// The key file of the replica at this path (client/keys.hpp) now holds this invite; one that it holds already keeps its claim.
void keep_invite(const std::string& path, const Invite& invite);
// A new key for the same device, by a new invite; nothing else changes. The caller holds the locks.
Result<void> rejoin(const std::string& path, Replica& replica, const Invite& invite);

struct Rebuilt {
  std::size_t rows = 0;                     // of unsent work, taken over
  std::map<std::string, std::size_t> lost;  // by table: unsent rows, or rows that may be, that could not be read
  bool all_named = true;                    // false: there may be more of them
  std::string kept;                         // where the damaged file lies now
};

// Puts a fresh replica in the place of the one at `path`: same device, spaces, settings and books as far as they can be read; what cannot
// be comes from the invite. The next sync fetches everything. May be killed at any point and run again. The caller holds the locks.
Result<Rebuilt> rebuild(const std::string& path, const std::optional<Invite>& invite);
// Ends a rebuild that was killed when the damaged file had been put aside and the fresh one not yet in its place.
void finish_rebuild(const std::string& path);

}  // namespace carnet
