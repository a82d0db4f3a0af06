// Exchanges of devices with the store, each over one request (sync/relay_session.hpp), and requests about media: what they share, what they wait for. Memory for unpacking and
// packing is lent to so many at a time, and who holds it for long, or waits for the link, passes it on. A part of http_server.cpp, which moves their bytes. The network's thread.
#pragma once
#include <utility>  // Boost 1.74 forgets it

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <map>
#include <string>
#include <thread>

#include "server/connection.hpp"
#include "server/guard.hpp"
#include "server/http_server.hpp"
#include "server/metrics.hpp"
#include "server/store_pool.hpp"
#include "server/turns.hpp"
#include "sync/media_relay.hpp"
#include "sync/relay_session.hpp"

namespace carnet {

inline constexpr std::size_t max_head_bytes = 8'192;

using Parser = boost::beast::http::request_parser<boost::beast::http::buffer_body>;

class Exchanges {
 public:
  // All of them live as long as this, and this longer than what runs exchanges.
  Exchanges(const ServerOptions& options, const MasterKey& keys, Guard& guard, Metrics& metrics, StorePool& writer, StorePool& reader)
      : options_(options), keys_(keys), guard_(guard), metrics_(metrics), writer_(writer), reader_(reader) {}

  // `pin`: see RelaySession.
  asio::awaitable<void> run(Connection& connection, Parser& parser, const std::string& pin);
  asio::awaitable<void> carry_media(Connection& connection, Parser& parser);
  // Who came lately, into the store: once a second, and before somebody reads it.
  asio::awaitable<void> note_visits();
  void tidy();  // gives back what they took of the heap, if anything was packed since
  void close();  // none goes on

 private:
  template <class Session>
  struct Record;
  template <class Session>
  void meet(const Session& session, std::int64_t traffic);
  template <class Session>
  asio::awaitable<void> converse(Connection& connection, Parser& parser, Session& session);
  asio::awaitable<std::string> read_more(Connection& connection, Parser& parser, Answer& answer);
  asio::awaitable<std::string> read_some(Connection& connection, Parser& parser);
  asio::awaitable<void> read_end(Connection& connection, Parser& parser);
  void greet(Connection& connection, DeviceId device, Answer& answer);
  template <class Session>
  asio::awaitable<bool> work(Connection& connection, Session& session, Answer& answer);
  void turn_away_if_often(DeviceId device, Answer& answer, std::chrono::seconds wait);
  asio::awaitable<void> prepare(const MediaRelay& session, const MediaRelay::Task& task, Answer& answer);
  asio::awaitable<void> prepare(RelaySession& session, const RelaySession::Task& task, Answer& answer);
  asio::awaitable<void> take_turn(RelaySession::Effort effort, Answer& answer);
  asio::awaitable<void> pack(MediaRelay& session, Answer& answer);
  asio::awaitable<void> pack(RelaySession& session, Answer& answer);
  asio::awaitable<void> pack_now(RelaySession& session, Answer& answer);
  asio::awaitable<void> pack_beside(RelaySession& session, Answer& answer);

  const ServerOptions& options_;
  const MasterKey& keys_;
  Guard& guard_;
  Metrics& metrics_;
  StorePool &writer_, &reader_;
  std::map<DeviceId, Contact> visits_;
  Turns readers_{64}, large_{4}, small_{16};  // 1, 13 and 3 MB each
  bool tidied_ = true;  // since the last packing
  asio::thread_pool packers_{std::max(1u, std::thread::hardware_concurrency())};
};

}  // namespace carnet
