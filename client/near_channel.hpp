// One connection between two devices of the local network: the greeting in the clear, TLS 1.3 by a space's key, and the meeting (sync/meeting.hpp). It ends
// in any case, as Near::Patience says. One thread, that of its io_context.
#pragma once
#include <utility>  // Boost 1.74 forgets it

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <map>

#include "client/near.hpp"

namespace carnet {

// The two sides of TLS. Each connection brings its keys.
struct NearTls {
  NearTls();
  boost::asio::ssl::context caller, called;
};

class NearChannel final : public std::enable_shared_from_this<NearChannel> {
 public:
  struct Host {
    Near::Patience patience;
    std::function<std::vector<SpaceKey>()> keys;  // older ones first
    // Once the channel stands. Nothing: the replica is not free; asked again for a while.
    std::function<std::unique_ptr<Meeting>(Meeting::Channel)> begin;
    std::function<void(NearChannel&, const Met&)> ended;  // once; the meeting is gone by then
  };
  NearChannel(boost::asio::ip::tcp::socket socket, NearTls& tls, bool is_caller, const Host& host);

  void call(const boost::asio::ip::tcp::endpoint& where);
  void answer();  // a socket that is connected
  bool is_meeting() const { return meeting_ != nullptr; }
  void cut();  // ends it here

 private:
  using Fault = boost::system::error_code;
  static int find_key(SSL* connection, const unsigned char* identity, std::size_t size, SSL_SESSION** found);
  static int use_key(SSL* connection, const EVP_MD*, const unsigned char** identity, std::size_t* size, SSL_SESSION** session);
  friend struct NearTls;

  template <class Work>
  auto guarded(Work work);  // a handler that ends the connection where a file is at fault
  void read_greeting();
  void shake_hands();
  void enter();
  void begin();
  void read();
  void write();
  void wait(boost::asio::steady_timer& timer, std::chrono::milliseconds time, std::function<void()> what);
  void be_patient();
  void leave();
  void end(std::optional<Error> error);

  boost::asio::ssl::stream<boost::asio::ip::tcp::socket> stream_;
  bool is_caller_;
  const Host& host_;
  boost::asio::steady_timer deadline_, silence_, retry_;
  std::string address_, greeting_, out_;
  GreetingReader reader_;
  std::map<std::string, SpaceKey, std::less<>> by_tag_;  // of who is called
  SpaceKey chosen_;                                      // of the caller
  std::string tag_;
  std::array<char, 16'384> in_{};
  std::unique_ptr<Meeting> meeting_;
  int retries_ = 0;
  bool writing_ = false, ended_ = false;
  std::int64_t bytes_ = 0;
};

}  // namespace carnet
