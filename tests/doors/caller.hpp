// A peer without manners: a connection to a server that says any bytes, through TLS where that is what the relay speaks. The one place of
// the tests that knows what lies under HTTP.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "core/result.hpp"
#include "sync/messages.hpp"

struct ssl_st;

namespace carnet::test {

class LiveRelay;

class Caller {
 public:
  // `from`: a loopback address of its own, 127.0.0.2 and so on, is another party to the relay than 127.0.0.1, which it takes for its proxy.
  explicit Caller(std::uint16_t port, const std::string& from = "127.0.0.1", const std::string& to = "127.0.0.1");
  // As the relay would have it. `key`: of the device that it comes as, where that is what opens.
  explicit Caller(const LiveRelay& relay, const std::string& from = "127.0.0.1", const std::optional<DeviceKey>& key = {});
  ~Caller();
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  bool say(const std::string& bytes);  // false where the relay has closed
  void finish();                       // nothing more to say
  void wait_at_most(int seconds);      // for the next byte that is heard
  int drip(char byte);                 // ten times a second until the relay has had enough, 200 times at most; says how often
  // Everything until the other side closes, or until `enough` stands in it; "" waits for the end.
  std::string hear(const std::string& enough = "\r\n\r\n");
  std::string hear_some();  // what comes next

 private:
  struct Free { void operator()(ssl_st* connection) const; };
  void shake_hands(const std::optional<DeviceKey>& key);

  int handle_;
  std::unique_ptr<ssl_st, Free> tls_;  // none: the bytes go as they are
};

// Answers one connection with these bytes, in the relay's place.
class Imposter {
 public:
  explicit Imposter(std::string answer);
  ~Imposter();
  std::uint16_t port() const { return port_; }

 private:
  int listening_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

std::string post(std::size_t length, const std::string& body);  // a request of the protocol
std::string post(const std::string& body, const std::string& path = "/sync");
// What an answer's body says to a device; busy and "no failure in ..." where it holds none.
Error failure_in(const std::string& answer);
Error media_failure_in(const std::string& answer);  // the same of one about media
// Of the exchange, or the first of a frame.
std::optional<Error> refusal_in(const std::string& answer, Epoch epoch);

}  // namespace carnet::test
