// One exchange over HTTP by libcurl: hands bytes from the session to the link and back, and counts them. The connection is
// kept from exchange to exchange. No deadline on the whole, only on progress.
#pragma once
#include <curl/curl.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "sync/client_session.hpp"

namespace carnet {

struct Traffic {
  std::int64_t up = 0, down = 0;  // bytes on the link above TCP and TLS, HTTP heads and framing included
  int connections = 0;
  int round_trips = 0;            // TCP's for each connection, and one for each flight that waited for an answer
};

class Transport {
 public:
  explicit Transport(std::string address);  // http://host:port

  // Runs the session to its end. An error is the link's: what was committed stays, the rest follows at the next exchange.
  Result<void> run(ClientSession& session);

  const Traffic& traffic() const { return traffic_; }
  std::function<void(const Traffic&)> progress;  // called as bytes move

 private:
  struct Free { void operator()(CURL* curl) const { curl_easy_cleanup(curl); } };
  struct FreeList { void operator()(curl_slist* list) const { curl_slist_free_all(list); } };

  static std::size_t give(char* to, std::size_t size, std::size_t count, void* self);
  static std::size_t take(char* from, std::size_t size, std::size_t count, void* self);
  static int watch(CURL*, curl_infotype type, char*, std::size_t size, void* self);

  std::string url_;
  std::unique_ptr<CURL, Free> curl_;
  std::unique_ptr<curl_slist, FreeList> heads_;
  ClientSession* session_ = nullptr;
  std::string ready_;  // made, not yet given to the link
  bool paused_ = false;
  Traffic traffic_;
};

}  // namespace carnet
