// Bundles as files: what others lack goes out, and what others bring comes in (client/bundling.hpp), in steps that each take little memory and time.
// One thread; nothing else is exchanged with the relay as long as one is made or taken.
#pragma once
#include <memory>
#include <string>

#include "client/bundling.hpp"

namespace carnet {

struct BundleWish {
  std::string for_whom = {};  // a space, by name or number, or a device by its name
  std::string file = {};      // the first; further ones are numbered: x.carnet, x-2.carnet
  bool with_photos = false;
  bool lends = false;  // with all that the relay had, for who has not met it
  std::uint64_t volume_bytes = 0;  // another file begins after so many; 0: never
};

class BundleMaker {
 public:
  // Errors: not_found, where nobody is called so; not_allowed, where the relay has not told the keys yet; clock_wrong; busy.
  static Result<BundleMaker> begin(Replica& replica, const BundleWish& wish);
  BundleMaker(BundleMaker&&) noexcept;
  ~BundleMaker();  // the file that it is at goes, unless it is finished

  bool go(std::uint64_t bytes);  // about so many more; false: all of it stands in files
  const BundleWritten& written() const;

 private:
  struct State;
  explicit BundleMaker(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

class BundleTaker {
 public:
  // Adds to `read`, which outlives it. Error: busy.
  static Result<BundleTaker> begin(Replica& replica, BundleRead& read);
  BundleTaker(BundleTaker&&) noexcept;
  ~BundleTaker();

  // In any portions, and then the end. Errors: malformed, newer_version, gap: what came before was taken.
  Result<void> feed(std::string_view bytes);
  Result<void> end();

 private:
  struct State;
  explicit BundleTaker(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// In one go.
Result<BundleWritten> write_bundle(Replica& replica, const BundleWish& wish);
// Takes what can be taken, also where the file breaks off. Errors also: not_found.
Result<void> read_bundle(Replica& replica, const std::string& file, BundleRead& read);

}  // namespace carnet
