// The one translation unit that includes Beast: it is slow to compile.
#include "server/http_server.hpp"

#include <utility>  // Boost 1.74 forgets it

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>

#include <fmt/format.h>
#include <malloc.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <csignal>
#include <set>
#include <thread>

#include "server/store_pool.hpp"
#include "sync/relay_session.hpp"

namespace carnet {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;
using asio::use_awaitable;

namespace {

constexpr std::size_t max_head_bytes = 8'192;
constexpr std::size_t most_framing = 16;       // bytes of chunk heads for each byte of a body, beside as many as a head has
constexpr std::size_t portion = 16'384;  // bytes read, or gathered before sending, at a time

constexpr std::chrono::seconds full_wait{30};   // until a device that found no room should come again
constexpr std::chrono::seconds tidy_every{10};
constexpr std::size_t most_unread = 1 << 20;    // bytes that are read and thrown away so that an early answer arrives

using Clock = std::chrono::steady_clock;

int connections_of(const ServerOptions& options) { return is_postgres(options.store) ? options.connections : 1; }

std::int64_t unix_now() { return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count(); }

}  // namespace

struct HttpServer::Impl {
  explicit Impl(ServerOptions o)
      : options(std::move(o)), keys(MasterKey::read(options.key.empty() ? key_file_of(options.store) : options.key)), tls(keys, options.certificate),
        guard(options.limits), proxy(asio::ip::make_address(options.proxy)), writer(options.store, true, keys, connections_of(options)), reader(options.store, false, keys, connections_of(options)),
        acceptor(context), signals(context, SIGINT, SIGTERM), grace(context), tidies(context) {
    tcp::endpoint where(asio::ip::make_address(options.address), options.port);
    if (options.plain && !where.address().is_loopback())
      throw std::runtime_error("without TLS the relay listens on a loopback address only, and " + options.address + " is none: leave out --plain");
    acceptor.open(where.protocol());
    acceptor.set_option(asio::socket_base::reuse_address(true));
    acceptor.bind(where);
    acceptor.listen();
    port = acceptor.local_endpoint().port();
  }

  // One type for both, so that the code above is compiled once.
  class Stream {
   public:
    using executor_type = beast::tcp_stream::executor_type;
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
    asio::ssl::stream<beast::tcp_stream>& tls() { return tls_; }
    beast::tcp_stream& tcp_stream() { return tls_.next_layer(); }

   private:
    asio::ssl::stream<beast::tcp_stream> tls_;
    bool plain_;
  };

  struct Connection {
    Stream stream;
    beast::flat_buffer buffer;
    Party party = 0;
    Patience patience{std::chrono::seconds(0)};  // with this request
    std::size_t body_bytes = 0, framing_bytes = 0;  // of it
    std::optional<Peer> peer = {};  // whom the channel has proved
    bool keep_alive = true;

    void may_take(std::chrono::nanoseconds time) { stream.tcp_stream().expires_after(std::chrono::duration_cast<std::chrono::steady_clock::duration>(time)); }
  };

  // One answer, as it grows: while all of it fits before the end, it goes with its length in one piece; else in chunks.
  struct Answer {
    std::string body;
    bool greeted = false;  // the device was let in
    bool in_chunks = false;
    std::uint64_t bytes = 0;
    std::string status = "200 OK";
  };

  asio::awaitable<void> accept_all();
  asio::awaitable<void> tidy();
  asio::awaitable<void> serve(tcp::socket socket, Party party, Guard::Entry entry);
  asio::awaitable<bool> read_head(Connection& connection, http::request_parser<http::buffer_body>& parser);
  asio::awaitable<void> answer_request(Connection& connection, http::request_parser<http::buffer_body>& parser, Guard::Entry entry);
  asio::awaitable<void> exchange(Connection& connection, http::request_parser<http::buffer_body>& parser);
  asio::awaitable<std::string> read_some(Connection& connection, http::request_parser<http::buffer_body>& parser);
  asio::awaitable<void> write(Connection& connection, std::string bytes);
  asio::awaitable<void> send_chunk(Connection& connection, Answer& answer);
  asio::awaitable<void> send_rest(Connection& connection, Answer& answer);
  asio::awaitable<void> answer_busy(Connection& connection, bool in_protocol, std::string status, std::chrono::seconds wait);
  asio::awaitable<void> answer_text(Connection& connection, std::string_view status, std::string_view text);
  asio::awaitable<void> drain(Connection& connection);
  void greet(Connection& connection, const RelaySession& session, Answer& answer);
  asio::awaitable<bool> work(Connection& connection, RelaySession& session, Answer& answer);
  asio::awaitable<void> pack(RelaySession& session, Answer& answer);
  void begin_stop();

  Party party_at(const tcp::socket& socket);

  ServerOptions options;
  MasterKey keys;
  ServerTls tls;
  Guard guard;
  asio::ip::address proxy;
  asio::io_context context{1};
  StorePool writer, reader;
  tcp::acceptor acceptor;
  asio::signal_set signals;
  asio::steady_timer grace, tidies;
  std::uint16_t port = 0;
  std::set<Connection*> idle;  // between exchanges: closed at once by a stop
  bool stopping = false;
  bool tidied = true;  // since the last exchange
  asio::thread_pool packers{std::max(1u, std::thread::hardware_concurrency())};
};

asio::awaitable<void> HttpServer::Impl::accept_all() {
  while (!stopping) {
    boost::system::error_code fault;
    auto socket = co_await acceptor.async_accept(asio::redirect_error(use_awaitable, fault));
    if (fault == asio::error::operation_aborted) co_return;
    if (fault) continue;
    auto party = party_at(socket);
    if (auto entry = guard.enter(party, Clock::now()); entry != Guard::Entry::closed)
      asio::co_spawn(context, serve(std::move(socket), party, entry), asio::detached);
  }
}

// Gives back what exchanges took of the heap, which the buffers of connections that stay would keep from it: megabytes each, for compression.
asio::awaitable<void> HttpServer::Impl::tidy() {
  while (!stopping) {
    tidies.expires_after(tidy_every);
    co_await tidies.async_wait(use_awaitable);
    if (!std::exchange(tidied, true)) asio::post(packers, [] { malloc_trim(0); });
  }
}

Party HttpServer::Impl::party_at(const tcp::socket& socket) {
  boost::system::error_code fault;
  auto address = socket.remote_endpoint(fault).address();
  if (address == proxy) return 0;
  if (address.is_v4()) return party_of(address.to_v4().to_bytes());
  return party_of(address.to_v6().to_bytes());
}

asio::awaitable<void> HttpServer::Impl::serve(tcp::socket socket, Party party, Guard::Entry entry) {
  struct Visit {
    Guard& guard;
    Party party;
    Guard::Entry entry;
    ~Visit() { guard.leave(party, entry); }
  } visit{guard, party, entry};
  Connection connection{Stream(std::move(socket), tls, options.plain), beast::flat_buffer(max_head_bytes + portion), party};
  try {
    connection.stream.tcp_stream().socket().set_option(tcp::no_delay(true));
    connection.may_take(std::chrono::seconds(options.head_seconds));
    idle.insert(&connection);
    if (!options.plain) {
      ServerTls::note_in(connection.stream.tls().native_handle(), &connection.peer);
      boost::system::error_code fault;
      co_await connection.stream.tls().async_handshake(asio::ssl::stream_base::server, asio::redirect_error(use_awaitable, fault));
      if (fault) guard.rubbish(party, Clock::now());
      if (fault) throw boost::system::system_error(fault);
    }
    while (connection.keep_alive && !stopping) {
      http::request_parser<http::buffer_body> parser;
      parser.body_limit(options.max_body);
      parser.header_limit(max_head_bytes + 1);
      connection.may_take(std::chrono::seconds(options.head_seconds));
      idle.insert(&connection);
      bool whole = co_await read_head(connection, parser);
      idle.erase(&connection);
      if (!whole && (parser.got_some() || connection.buffer.size() > 0)) guard.rubbish(party, Clock::now());
      if (!whole) break;
      co_await answer_request(connection, parser, entry);
      if (!parser.is_done()) co_await drain(connection);
    }
  } catch (const boost::system::system_error&) {  // cut, stalled, without our key, or not HTTP: what was committed is safe, the device comes again
  } catch (const std::exception& fault) {
    spdlog::error("connection: {}", fault.what());
  }
  idle.erase(&connection);
  ServerTls::end(connection.stream.tls().native_handle());
  boost::system::error_code ignored;
  connection.stream.tcp_stream().socket().shutdown(tcp::socket::shutdown_both, ignored);
}

// Counts for itself: Beast's header_limit is one of what it has not parsed yet, so that small fields without end would pass it.
asio::awaitable<bool> HttpServer::Impl::read_head(Connection& connection, http::request_parser<http::buffer_body>& parser) {
  boost::system::error_code fault;
  for (std::size_t bytes = 0; !fault && bytes <= max_head_bytes;) {
    bytes += co_await http::async_read_some(connection.stream, connection.buffer, parser, asio::redirect_error(use_awaitable, fault));
    if (parser.is_header_done()) co_return bytes <= max_head_bytes;
  }
  co_return false;
}

asio::awaitable<void> HttpServer::Impl::answer_request(Connection& connection, http::request_parser<http::buffer_body>& parser, Guard::Entry entry) {
  auto& head = parser.get();
  bool sync = head.method() == http::verb::post && head.target() == "/sync";
  bool health = head.method() == http::verb::get && head.target() == "/healthz" && parser.is_done();
  auto wait = guard.request(connection.party, Clock::now());
  connection.keep_alive = head.keep_alive() && (sync || health) && entry == Guard::Entry::served && wait.count() == 0;
  connection.patience = Patience(std::chrono::seconds(options.head_seconds));
  connection.body_bytes = connection.framing_bytes = 0;
  if (wait.count() > 0) co_await answer_busy(connection, sync, "429 Too Many Requests", wait);
  else if (entry == Guard::Entry::told) co_await answer_busy(connection, sync, "503 Service Unavailable", full_wait);
  else if (sync) co_await exchange(connection, parser);
  else if (health) co_await answer_text(connection, "200 OK", "well\n");
  else co_await answer_text(connection, "404 Not Found", "this relay answers POST /sync and GET /healthz\n");
}

asio::awaitable<void> HttpServer::Impl::exchange(Connection& connection, http::request_parser<http::buffer_body>& parser) {
  RelaySession session(keys, connection.peer, options.next_pin);
  Answer answer;
  tidied = false;
  std::uint64_t bytes_in = 0;
  auto started = Clock::now();
  std::optional<Error> error;
  try {
    while (!session.finished()) {
      if (!co_await work(connection, session, answer)) {
        if (parser.is_done()) { error = Error{Code::malformed, "the exchange breaks off before its end message"}; break; }
        if (!answer.body.empty()) co_await send_chunk(connection, answer);  // acknowledge before waiting for more
        auto bytes = co_await read_some(connection, parser);
        bytes_in += bytes.size();
        if (auto fed = session.feed(bytes); !fed) { error = fed.error(); break; }
      }
    }
  } catch (const Error& refused) {
    error = refused;
  } catch (const StoreFault& fault) {
    auto why = fault.kind == StoreFault::Kind::full ? "its disk is full: its operator must make room" : "a fault of its disk, or a moment too busy";
    error = Error{Code::busy, std::string("the relay cannot write just now (") + why + "); nothing is lost, the rest follows at a later sync"};
  } catch (const boost::system::system_error&) {  // the link's
    throw;
  } catch (const std::exception& fault) {
    spdlog::error("exchange of device {}: {}", session.device().value, fault.what());
    error = Error{Code::busy, "the relay met a fault of its own in this exchange, which its operator finds in the log; nothing is lost, the rest follows at a later sync"};
  }
  if (error) {
    answer.body += session.failure(*error);
    connection.keep_alive = false;
  }
  if (!session.welcomed()) guard.rubbish(connection.party, Clock::now());
  if (!parser.is_done()) connection.keep_alive = false;
  co_await send_rest(connection, answer);
  if (session.welcomed()) {
    StorePool::Job job = [device = session.device(), generation = session.generation()](RelayStore& open) { open.met(device, generation, unix_now()); };
    co_await writer.run(std::move(job));
  }
  auto& tally = session.tally();
  auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - started).count();
  spdlog::info(R"({{"event":"exchange","device":{},"ms":{},"bytes_in":{},"bytes_out":{},"frames_in":{},"frames_out":{},"rows_in":{},"rows_out":{},"refused":{},"conflicts":{},"error":{}}})",
               session.device().value, milliseconds, bytes_in, answer.bytes, tally.frames_in, tally.frames_out, tally.rows_in,
               tally.rows_out, tally.refused, tally.conflicts, error ? static_cast<int>(error->code) : 0);
}

// Does what the session asks for until it needs more bytes (false) or has finished (true).
asio::awaitable<bool> HttpServer::Impl::work(Connection& connection, RelaySession& session, Answer& answer) {
  while (!session.finished()) {
    auto task = session.next();
    if (!task) throw Error(task.error());
    if (!*task) co_return false;
    auto& store = (*task)->writes ? writer : reader;
    bool dispensable = (*task)->kind == RelaySession::Task::Kind::keep;  // a full disk must not keep devices from reading
    // Named, since GCC 12 destroys a closure twice that is a temporary of a co_await expression.
    StorePool::Job job = [&session, todo = std::move(**task)](RelayStore& open) { session.work(todo, open, unix_now()); };
    try {
      co_await store.run(std::move(job));
    } catch (const StoreFault&) {
      if (!dispensable) throw;
    }
    if (!answer.greeted && session.welcomed()) greet(connection, session, answer);
    auto packing = pack(session, answer);
    if (session.packs_much()) co_await asio::co_spawn(packers, std::move(packing), use_awaitable);
    else co_await std::move(packing);
    if (answer.body.size() > portion) co_await send_chunk(connection, answer);
  }
  co_return true;
}

// On the network's thread, or on another where everybody else would wait.
asio::awaitable<void> HttpServer::Impl::pack(RelaySession& session, Answer& answer) {
  answer.body += session.answer();
  co_return;
}

// Now it is known who speaks.
void HttpServer::Impl::greet(Connection& connection, const RelaySession& session, Answer& answer) {
  answer.greeted = true;
  connection.patience = Patience(std::chrono::seconds(options.stall_seconds));
  auto wait = guard.exchange(session.device().value, Clock::now());
  if (wait.count() == 0) return;
  answer.status = fmt::format("429 Too Many Requests\r\nRetry-After: {}", wait.count());
  throw Error{Code::busy, fmt::format("device {} comes too often; come again in {} s, nothing is lost", session.device().value, wait.count())};
}

asio::awaitable<std::string> HttpServer::Impl::read_some(Connection& connection, http::request_parser<http::buffer_body>& parser) {
  std::string bytes(portion, '\0');
  auto& body = parser.get().body();
  body.data = bytes.data();
  body.size = bytes.size();
  boost::system::error_code fault;
  auto began = Clock::now();
  connection.may_take(connection.patience.left());
  auto taken = co_await http::async_read_some(connection.stream, connection.buffer, parser, asio::redirect_error(use_awaitable, fault));
  if (fault == http::error::body_limit)
    throw Error{Code::too_large, "more than " + std::to_string(options.max_body) + " bytes in one exchange; send the rest in another"};
  if (fault && fault != http::error::need_buffer) throw boost::system::system_error(fault);
  bytes.resize(bytes.size() - body.size);
  connection.body_bytes += bytes.size();
  connection.framing_bytes += taken - std::min(taken, bytes.size());
  if (connection.framing_bytes > max_head_bytes + most_framing * connection.body_bytes)  // chunk extensions, trailers
    throw Error{Code::too_large, "more than " + std::to_string(max_head_bytes) + " bytes of HTTP around a body of few"};
  connection.patience.waited(Clock::now() - began, bytes.size());
  co_return bytes;
}

asio::awaitable<void> HttpServer::Impl::write(Connection& connection, std::string bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    auto piece = asio::buffer(bytes.data() + at, std::min(portion, bytes.size() - at));
    auto began = Clock::now();
    connection.may_take(connection.patience.left());
    auto sent = co_await connection.stream.async_write_some(piece, use_awaitable);
    connection.patience.waited(Clock::now() - began, sent);
    at += sent;
  }
}

// Closing on unread bytes would throw away the answer on its way to a peer that still sends.
asio::awaitable<void> HttpServer::Impl::drain(Connection& connection) {
  boost::system::error_code fault;
  connection.stream.tcp_stream().socket().shutdown(tcp::socket::shutdown_send, fault);
  connection.may_take(std::chrono::seconds(options.head_seconds));
  std::string bytes(portion, '\0');
  for (std::size_t unread = 0; !fault && unread < most_unread;)
    unread += co_await connection.stream.tcp_stream().async_read_some(asio::buffer(bytes), asio::redirect_error(use_awaitable, fault));
}

asio::awaitable<void> HttpServer::Impl::send_chunk(Connection& connection, Answer& answer) {
  std::string head = answer.in_chunks ? "" : "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  answer.in_chunks = true;
  answer.bytes += answer.body.size();
  auto body = std::exchange(answer.body, {});
  co_await write(connection, fmt::format("{}{:x}\r\n{}\r\n", head, body.size(), body));
}

asio::awaitable<void> HttpServer::Impl::send_rest(Connection& connection, Answer& answer) {
  if (answer.in_chunks) {
    if (!answer.body.empty()) co_await send_chunk(connection, answer);
    co_await write(connection, "0\r\n\r\n");
  } else {
    answer.bytes += answer.body.size();
    co_await write(connection, fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\n\r\n{}", answer.status, answer.body.size(), answer.body));
  }
}

// A device reads it in the protocol, whatever the status.
asio::awaitable<void> HttpServer::Impl::answer_busy(Connection& connection, bool in_protocol, std::string status, std::chrono::seconds wait) {
  auto why = fmt::format("the relay has no room just now, or too many come from this address; come again in {} s, nothing is lost", wait.count());
  auto body = in_protocol ? RelaySession(keys).failure({Code::busy, why}) : why + "\n";
  co_await write(connection, fmt::format("HTTP/1.1 {}\r\nRetry-After: {}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{}", status, wait.count(), body.size(), body));
}

asio::awaitable<void> HttpServer::Impl::answer_text(Connection& connection, std::string_view status, std::string_view text) {
  co_await write(connection, fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\nContent-Type: text/plain\r\n{}\r\n{}", status, text.size(),
                                         connection.keep_alive ? "" : "Connection: close\r\n", text));
}

// No new connections; those under way may end.
void HttpServer::Impl::begin_stop() {
  if (stopping) return;
  stopping = true;
  boost::system::error_code ignored;
  acceptor.close(ignored);
  signals.cancel(ignored);
  for (auto* connection : idle) connection->stream.tcp_stream().close();
  auto until = std::chrono::steady_clock::now() + std::chrono::seconds(options.grace_seconds);
  asio::co_spawn(context, [this, until]() -> asio::awaitable<void> {
    while (guard.inside() > 0 && std::chrono::steady_clock::now() < until) {
      grace.expires_after(std::chrono::milliseconds(20));
      co_await grace.async_wait(use_awaitable);
    }
    context.stop();
  }, asio::detached);
}

HttpServer::HttpServer(ServerOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
HttpServer::~HttpServer() = default;

std::uint16_t HttpServer::port() const { return impl_->port; }

void HttpServer::run() {
  asio::co_spawn(impl_->context, impl_->accept_all(), asio::detached);
  asio::co_spawn(impl_->context, impl_->tidy(), asio::detached);
  impl_->signals.async_wait([this](auto fault, int) { if (!fault) impl_->begin_stop(); });
  impl_->context.run();
}

void HttpServer::stop() {
  asio::post(impl_->context, [this] { impl_->begin_stop(); });
}

}  // namespace carnet
