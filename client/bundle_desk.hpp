// Where pages make bundles and have them read (client/API.md, "On a stick"), a piece a request: neither a browser nor this program holds a large one.
// One is made or read at a time, and nothing is exchanged with the relay meanwhile; whoever says nothing for half a minute is given up. What was made
// stands in a folder until the next one is made, for an hour at most, or until this program ends. One thread, that of the server.
#pragma once
#include <optional>
#include <string>

#include "client/bundle.hpp"

namespace carnet {

inline constexpr auto bundle_path = "/bundle";  // of the pages' server: pieces are put there, and files fetched under it by their name

class BundleDesk {
 public:
  static constexpr std::uint64_t most_bytes = 0xffffffff;      // of a file: what a stick with FAT holds
  static constexpr std::uint64_t most_piece = 1 << 20;         // of it, a request
  static constexpr std::uint64_t most_volume_mb = 4'000, bytes_a_step = 8'000'000;
  static constexpr std::int64_t patience = 30, keep = 3'600;   // seconds

  explicit BundleDesk(std::string folder) : folder_(std::move(folder)) {}
  ~BundleDesk();

  struct Wish {
    std::string for_whom, name;  // name: of the first file, without its ending
    bool with_photos = false, lends = false;
    std::uint64_t volume_bytes = 0;
  };
  // Errors: as BundleMaker's.
  Result<void> make(Replica& replica, const Wish& wish, std::int64_t now);
  Result<bool> go_on(std::int64_t now);  // false: it is made. not_found: none is being made
  const std::optional<BundleWritten>& made() const { return made_; }
  std::string file(const std::string& name) const;  // where that one of those made stands; empty: there is none

  struct Reading {
    std::uint64_t bytes = 0, at = 0;  // of the file; of it, read
    BundleRead read;
    std::optional<Error> broken;
    bool is_over() const { return broken || at == bytes; }
  };
  // Errors: too_large, invalid: an empty file, busy.
  Result<void> read(Replica& replica, std::uint64_t bytes, std::int64_t now);
  // The piece that begins there. not_found: nothing is being read; malformed: that is not where the last one ended, or beyond the end.
  Result<const Reading*> take(std::uint64_t at, std::string_view piece, std::int64_t now);

  void give_up();                    // what is under way
  void look(std::int64_t now);       // at what nobody goes on with
  bool is_at_work() const { return maker_ || taker_; }

 private:
  Result<void> free_at(std::int64_t now);
  void throw_away();

  std::string folder_;
  std::int64_t heard_ = 0;  // unix seconds
  std::optional<BundleMaker> maker_;
  std::optional<BundleWritten> made_;
  Reading reading_;
  std::optional<BundleTaker> taker_;
};

}  // namespace carnet
