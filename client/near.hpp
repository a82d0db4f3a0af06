// The local network: devices of the same spaces on one Wi-Fi or cable meet without the relay (sync/meeting.hpp). Listens at one address, lets in who has a
// key of a space, calls devices that are named or found (neighbours.hpp), and holds the transfer lock while a meeting goes on. The thread that is in
// run() does all of it; call() and stop() are for any thread.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "sync/meeting.hpp"

namespace carnet {

// One meeting, or the attempt of one, at its end.
struct Met {
  std::string address;  // of the other device: host:port
  bool we_called = false;
  MeetingReport report;
  std::int64_t bytes = 0;      // on the link, both ways
  std::optional<Error> error;  // nothing where both have all
  bool by_address = false;     // it was called by call()
  bool goes_on = false;        // and is at once called again, since there is more
};

constexpr std::size_t most_place_bytes = 72;  // of host:port: an IPv6 address with the name of its interface

// What pages may have called: an address of the local network. Errors: invalid.
Result<void> is_place(const std::string& host_and_port);

class Near {
 public:
  struct Patience {
    std::chrono::milliseconds door{10'000};    // until somebody has proved a key
    std::chrono::milliseconds silence{30'000}; // of one side, in a meeting
    std::chrono::milliseconds whole{600'000};  // a meeting
  };
  Near(Replica& replica, std::function<void(const Met&)> met, Patience patience);
  Near(Replica& replica, std::function<void(const Met&)> met) : Near(replica, std::move(met), Patience{}) {}
  ~Near();
  Near(const Near&) = delete;
  Near& operator=(const Near&) = delete;

  // Before run(). Errors: not_allowed, where the relay has not told this device the keys of its spaces yet; not_found: no such address here;
  // busy: another program listens there.
  Result<void> is_able();
  Result<std::uint16_t> listen(const std::string& address, std::uint16_t port);  // port 0: any free one; returns it
  // Announces what listens, and calls whom it finds; those found earlier again where something is new here, or after ten minutes.
  Result<void> look_around();
  // With run(), or from now on where that goes on; again as long as either side has more. Errors: invalid.
  Result<void> call(const std::string& host_and_port);

  // Until stop(), or SIGTERM or SIGINT where `by_signals`, or `still`, asked four times a minute, is false. Throws what the replica throws.
  void run(bool by_signals, std::function<bool()> still = {});
  void stop();

 private:
  struct Network;
  std::unique_ptr<Network> network_;
};

// Whom this device met last, by device: when (unix seconds), and how many rows it brought.
struct LastMet {
  DeviceId device;
  std::string name;  // as its people call it; empty where nobody says
  std::int64_t at = 0, rows = 0;
};
std::vector<LastMet> last_met(Replica& replica);
std::string name_of(Replica& replica, DeviceId device);  // the same name

}  // namespace carnet
