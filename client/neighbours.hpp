// Other devices on the local network, found by multicast DNS through this machine's Avahi daemon. What is announced is a random name and a port: who is
// there, and of which spaces, only a member finds out, by asking (sync/greeting.hpp). Its own thread tells.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/result.hpp"

namespace carnet {

class Neighbours {
 public:
  struct Told {  // from the thread of this object
    std::function<void(const std::string& name, const std::string& address, std::uint16_t port)> found;
    std::function<void(const std::string& name)> gone;
  };
  // Announces what listens at this address and port. not_found: no Avahi runs here.
  static Result<std::unique_ptr<Neighbours>> begin(const std::string& address, std::uint16_t port, Told told);
  ~Neighbours();

  const std::string& name() const;  // our own

 private:
  struct Daemon;
  explicit Neighbours(std::unique_ptr<Daemon> daemon);
  std::unique_ptr<Daemon> daemon_;
};

}  // namespace carnet
