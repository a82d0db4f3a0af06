// One exchange over HTTP and TLS by libcurl: hands bytes from the session to the link and back, and counts them. The connection is
// kept from exchange to exchange. No deadline on the whole, only on progress. Stops where its Watch says so: what was committed
// stays on both sides, the rest follows at the next exchange.
#pragma once
#include <curl/curl.h>

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "client/tls.hpp"
#include "sync/conversation.hpp"

namespace carnet {

struct Traffic {
  std::int64_t up = 0, down = 0;  // bytes on the link above TCP: TLS with its handshakes, HTTP heads and framing included
  int connections = 0;
  int round_trips = 0;            // TCP's and TLS's for each connection, and one for each flight that waited for an answer
};

// How an exchange is watched and held back; each may be missing.
struct Watch {
  std::function<void(const Traffic&)> moved;  // called as bytes move
  std::function<std::int64_t()> left;         // bytes that may still move; a piece that does not fit is not begun
  std::function<bool()> stop;                 // asked as bytes move, and about once a second: true ends it here
};

class Transport {
 public:
  // `patience`: how long a relay that has all that was sent may say nothing.
  Transport(const Address& address, Credentials credentials, Watch watch = {}, std::chrono::milliseconds patience = std::chrono::seconds(30));

  void speak_as(Credentials credentials);  // from the next run on

  // Runs the session to its end. An error is the link's: what was committed stays, the rest follows at the next exchange. What session or
  // watch throw ends the connection and is thrown on.
  Result<void> run(Conversation& session);

  const Traffic& traffic() const { return traffic_; }
  ClientTls::Refusal refusal() const { return tls_.refusal(); }  // of the last run's handshake
  std::int64_t lacked() const { return lacked_; }  // bytes that Watch::left had no room for; 0: it did not stop us

 private:
  struct Free { void operator()(CURL* curl) const { curl_easy_cleanup(curl); } };
  struct FreeList { void operator()(curl_slist* list) const { curl_slist_free_all(list); } };

  static std::size_t give(char* to, std::size_t size, std::size_t count, void* self);
  static std::size_t take(char* from, std::size_t size, std::size_t count, void* self);
  static int count(CURL*, curl_infotype type, char*, std::size_t size, void* self);
  static int look_up(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t);
  template <class What>
  auto guarded(What what, decltype(what()) otherwise) noexcept;
  std::size_t give_next(char* to, std::size_t most);
  std::size_t take_next(std::string_view bytes);
  void moved(std::int64_t up, std::int64_t down);
  bool fits(std::size_t bytes);
  std::chrono::nanoseconds silence();
  Error why_not(CURLcode code) const;

  std::string url_;
  bool plain_;
  ClientTls tls_;
  Watch watch_;
  std::unique_ptr<CURL, Free> curl_;
  std::unique_ptr<curl_slist, FreeList> heads_;
  Conversation* session_ = nullptr;
  std::string ready_;  // made, not yet given to the link
  bool paused_ = false;
  bool counted_ = false;  // something has passed in this run
  std::int64_t lacked_ = 0;
  std::exception_ptr fault_;  // of session or watch, in this run
  std::chrono::milliseconds patience_;
  bool mute_ = false;  // the relay took all and said nothing
  bool stranger_ = false;  // something else answered
  std::chrono::steady_clock::time_point heard_;  // when a byte last moved
  Traffic traffic_;
};

}  // namespace carnet
