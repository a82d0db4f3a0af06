// Many devices' ways to one relay at once, from one thread: a TCP and a TLS 1.3 connection for each, by the device's key, as client/tls.cpp has
// it; each request with a known length, as the client sends what goes in one flight.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/fleet_device.hpp"

namespace carnet::bench {

struct Visit {
  std::string answer;
  std::int64_t up = 0, down = 0;  // bytes on TCP, of the last attempt
  double milliseconds = 0;        // from its first byte to its last
};

// What became of a crowd that came.
struct Crowd {
  std::vector<Visit> visits;  // in the order of the devices
  double seconds = 0;
  std::size_t refused = 0, unreached = 0;  // attempts that were told to come again, or found a closed door
};

struct Manner {
  std::size_t at_once = 64;
  bool is_patient = false;   // who is refused comes again when told, and who is not heard after 30 seconds or twice as many as before
  bool opens_first = false;  // all connections are made before the time begins
  bool stays = false;        // and are kept
};

class Lines {
 public:
  explicit Lines(std::uint16_t port);
  ~Lines();

  Crowd send(const std::vector<FleetDevice*>& devices, const std::vector<const std::string*>& bodies, const Manner& manner);
  // One exchange with its connection, answered and read, device after device, until it is told to stop.
  Crowd go_round(const std::vector<FleetDevice*>& devices, const std::function<bool()>& more);

  std::size_t kept() const;  // connections that stay
  std::size_t look();        // on each of these asks for the relay's health; those that were closed are dropped. How many answered

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace carnet::bench
