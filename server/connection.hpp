// One connection of the relay's door, the answer that grows on it, and what sends it. A part of http_server.cpp and exchanges.cpp, which alone include it.
#pragma once
#include <utility>  // Boost 1.74 forgets it

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "server/guard.hpp"
#include "server/pages.hpp"
#include "server/tls.hpp"
#include "server/turns.hpp"
#include "sync/media_messages.hpp"

namespace carnet {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using asio::use_awaitable;

inline constexpr std::size_t portion = 16'384;     // bytes read, or gathered before sending, at a time
inline constexpr std::size_t most_unread = 1 << 20;  // bytes that are read and thrown away so that an early answer arrives

// With TLS and without. One type for both, so that what reads and writes is compiled once.
class Stream {
 public:
  using executor_type = boost::beast::tcp_stream::executor_type;
  Stream(tcp::socket socket, ServerTls& tls, bool plain) : tls_(std::move(socket), tls.context()), plain_(plain) {}
  executor_type get_executor() { return tls_.get_executor(); }
  template <class Buffers, class Handler>
  auto async_read_some(const Buffers& buffers, Handler&& handler) {
    return plain_ ? tcp_stream().async_read_some(buffers, std::forward<Handler>(handler)) : tls_.async_read_some(buffers, std::forward<Handler>(handler));
  }
  template <class Buffers, class Handler>
  auto async_write_some(const Buffers& buffers, Handler&& handler) {
    return plain_ ? tcp_stream().async_write_some(buffers, std::forward<Handler>(handler)) : tls_.async_write_some(buffers, std::forward<Handler>(handler));
  }
  asio::ssl::stream<boost::beast::tcp_stream>& tls() { return tls_; }
  boost::beast::tcp_stream& tcp_stream() { return tls_.next_layer(); }
  bool plain() const { return plain_; }
  // Bytes have arrived that were not read yet.
  bool has_bytes() {
    boost::system::error_code ignored;
    auto* handle = tls_.native_handle();
    return tcp_stream().socket().available(ignored) > 0 || (!plain_ && (SSL_pending(handle) > 0 || BIO_ctrl_pending(SSL_get_rbio(handle)) > 0));
  }

 private:
  asio::ssl::stream<boost::beast::tcp_stream> tls_;
  bool plain_;
};

// Who came, by which door, and whether there was room.
struct Entrance {
  Party party = 0;
  Guard::Entry entry = Guard::Entry::served;
  bool for_metrics = false;
};

struct Connection {
  Stream stream;
  boost::beast::flat_buffer buffer;
  Entrance entrance;
  Patience patience{std::chrono::seconds(0)};  // with this request
  std::size_t body_bytes = 0, framing_bytes = 0;  // of it
  std::optional<Peer> peer = {};  // whom the channel has proved
  bool keep_alive = true;
  bool carries_media = false;    // the answer is about media
  std::int64_t media_bytes = 0;  // sent in such answers

  void may_take(std::chrono::nanoseconds time) { stream.tcp_stream().expires_after(std::chrono::duration_cast<std::chrono::steady_clock::duration>(time)); }
};

// One answer, as it grows: while all of it fits before the end, it goes with its length in one piece; else in chunks.
struct Answer {
  std::string body;
  bool greeted = false;  // the device was let in
  bool in_chunks = false;
  bool is_slow = false;   // the link let us wait
  std::shared_ptr<Turns::Turn> reading = {};  // of unpacking what comes
  Turns::Turn turn = {};  // of packing
  std::uint64_t bytes = 0;
  std::string status = "200 OK";
};

inline void listen(tcp::acceptor& at, const tcp::endpoint& where) {
  at.open(where.protocol());
  at.set_option(asio::socket_base::reuse_address(true));
  at.bind(where);
  at.listen();
}

inline void take_over(tcp::acceptor& at, int handle) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  getsockname(handle, reinterpret_cast<sockaddr*>(&address), &size);
  at.assign(address.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), handle);
}

inline asio::awaitable<void> write(Connection& connection, std::string bytes) {
  auto most = connection.carries_media ? std::min(portion, piece_of(bytes.size(), connection.media_bytes)) : portion;
  for (std::size_t at = 0; at < bytes.size();) {
    auto piece = asio::buffer(bytes.data() + at, std::min(most, bytes.size() - at));
    auto began = std::chrono::steady_clock::now();
    connection.may_take(connection.patience.left());
    auto sent = co_await connection.stream.async_write_some(piece, use_awaitable);
    connection.patience.waited(std::chrono::steady_clock::now() - began, sent);
    at += sent;
    if (connection.carries_media) connection.media_bytes += static_cast<std::int64_t>(sent);
  }
}

// Closing on unread bytes would throw away the answer on its way to a peer that still sends.
inline asio::awaitable<void> drain(Connection& connection, std::chrono::seconds most) {
  boost::system::error_code fault;
  connection.stream.tcp_stream().socket().shutdown(tcp::socket::shutdown_send, fault);
  connection.may_take(most);
  std::string bytes(portion, '\0');
  for (std::size_t unread = 0; !fault && unread < most_unread;)
    unread += co_await connection.stream.tcp_stream().async_read_some(asio::buffer(bytes), asio::redirect_error(use_awaitable, fault));
}

inline asio::awaitable<void> send_chunk(Connection& connection, Answer& answer) {
  std::string head = answer.in_chunks ? "" : "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  answer.in_chunks = true;
  answer.bytes += answer.body.size();
  auto body = std::exchange(answer.body, {});
  co_await write(connection, fmt::format("{}{:x}\r\n{}\r\n", head, body.size(), body));
}

inline asio::awaitable<void> send_rest(Connection& connection, Answer& answer) {
  if (answer.in_chunks) {
    if (!answer.body.empty()) co_await send_chunk(connection, answer);
    co_await write(connection, "0\r\n\r\n");
  } else {
    answer.bytes += answer.body.size();
    co_await write(connection, fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\n\r\n{}", answer.status, answer.body.size(), answer.body));
  }
}

inline asio::awaitable<void> send_page(Connection& connection, const Page& page) {
  co_await write(connection, fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\nContent-Type: {}\r\n{}{}\r\n{}", page.status, page.body.size(), page.type, page.fields,
                                         connection.keep_alive ? "" : "Connection: close\r\n", page.body));
}

}  // namespace carnet
