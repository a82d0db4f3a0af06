// `carnet serve`: the pages on this machine. Puts together the gate, the API over the replica, the pages themselves, the events, and the agent.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "client/serve_http.hpp"
#include "core/result.hpp"

namespace carnet {

struct ServeOptions {
  std::string folder;           // where the replica is, or will be
  std::uint16_t port = 8087;    // 0: any free one
  std::string pages;            // a folder that is served instead of the pages in the program; empty: none
  std::string door;             // the address at which phones find this machine; empty: that of its local network
  bool opens = false;           // a browser, too
  PageLimits limits = {};
};

struct Serving {
  std::string address;         // opens the pages
  std::function<void()> stop;  // from any thread
};

// Until SIGTERM, SIGINT or stop. busy: the port is taken.
Result<void> serve(const ServeOptions& options, const std::function<void(const Serving&)>& ready);

}  // namespace carnet
