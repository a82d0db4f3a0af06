// The pages' server: HTTP/1.1 on a loopback address, and for phones on another one as long as the door is open. Moves bytes within limits and knows
// nothing of what they say. One thread, that of run(); stop() and tell() may be called from any.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "client/gate.hpp"

namespace carnet {

struct PageLimits {
  std::size_t head_bytes = 16 * 1'024;
  std::uint64_t body_bytes = 2 << 20;  // where `most_body` says nothing else
  int head_seconds = 15;    // until a head is whole
  int body_seconds = 60;    // and then its body, and for each 2 MB of it that is large
  int idle_seconds = 120;   // between requests
  std::size_t connections = 64;  // by either way in
  std::size_t streams = 16;
};

class PageServer {
 public:
  using Answer = std::function<Served(const Visit&)>;
  using MostBody = std::function<std::optional<std::uint64_t>(const Visit& head)>;  // bytes, of a body that may be large

  // Listens at once; port 0: any free one.
  PageServer(const std::string& address, std::uint16_t port, PageLimits limits = {});
  ~PageServer();

  std::uint16_t port() const;
  void run(const Answer& answer, const MostBody& most_body = {});  // until stop(), SIGINT or SIGTERM
  void stop();
  void every(int milliseconds, std::function<void()> task);  // in the thread of run()
  void tell(const std::string& event, const std::string& data);  // to every stream
  void post(std::function<void()> task);                         // into the thread of run()
  std::size_t streams() const;  // in the thread of run()

  // The door for phones, at this address and the same port. Empty: shut, and what came in by it hears no more events. False where the machine
  // does not let us listen there.
  bool open_door(const std::string& address);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace carnet
