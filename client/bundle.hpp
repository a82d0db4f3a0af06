// Bundles as files: what others lack goes out, and what others bring comes in (sync/bundle.hpp). One thread; nothing else is exchanged meanwhile.
#pragma once
#include <string>
#include <vector>

#include "core/replica.hpp"

namespace carnet {

struct BundleWish {
  std::string for_whom = {};  // a space, by name or number, or a device by its name
  std::string file = {};      // the first; further ones are numbered: x.carnet, x-2.carnet
  bool with_photos = false;
  std::uint64_t volume_bytes = 0;  // another file begins after so many; 0: never
};
struct BundleWritten {
  std::vector<std::string> files;
  std::size_t frames = 0, blobs = 0;
  std::uint64_t bytes = 0;
};
// Errors: not_found, where nobody is called so; not_allowed, where the relay has not told the keys yet; clock_wrong.
Result<BundleWritten> write_bundle(Replica& replica, const BundleWish& wish);

struct BundleRead {
  std::size_t frames = 0, known = 0;  // that were news, and that were not
  std::size_t rows = 0, conflicts = 0, waiting = 0, blobs = 0;  // waiting: rows that go on with texts which are not here yet
  std::vector<Error> refused;         // what was not taken, each once
  std::size_t locked = 0;             // parts for spaces whose key this device has not
};
// Takes what can be taken, also where the file breaks off. Errors: not_found; malformed, newer_version, gap: what came before was taken.
Result<void> read_bundle(Replica& replica, const std::string& file, BundleRead& read);

}  // namespace carnet
