// What the relay counts for whoever watches it, in the text format of Prometheus: numbers without names. From any thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace carnet {

class Metrics {
 public:
  explicit Metrics(const std::string& backend);  // "sqlite" or "postgresql"
  ~Metrics();

  struct Exchange {
    std::string result;  // complete; refused: the device was told why not; fault: of the relay or its disk; cut: the link's
    double seconds = 0;
    std::uint64_t bytes_in = 0, bytes_out = 0;
    std::size_t rows_in = 0, rows_out = 0, refused = 0, conflicts = 0;
  };
  void exchange(const Exchange& ended);
  struct Media {
    std::string result;  // as of an exchange
    std::uint64_t bytes_in = 0, bytes_out = 0;
    std::size_t blobs_in = 0, blobs_out = 0;
  };
  void media(const Media& ended);
  enum class Away { full, often };  // no room for a connection; too many requests, or exchanges of a device
  void turned_away(Away why);
  void transaction(bool writes, std::size_t jobs, double seconds);

  // As things stand at the moment of asking.
  struct Now {
    std::size_t connections = 0, waiting_to_write = 0, waiting_to_read = 0;
  };
  std::string text(const Now& now);

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace carnet
