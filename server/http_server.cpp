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
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>

#include <fmt/format.h>
#include <sqlite3.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <csignal>
#include <set>

#include "server/store_thread.hpp"
#include "sync/relay_session.hpp"

namespace carnet {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;
using asio::use_awaitable;

namespace {

constexpr std::size_t max_head_bytes = 8'192;
constexpr std::size_t most_unheard = 1 << 20;  // bytes, after a refusal
constexpr std::size_t portion = 16'384;  // bytes read, or gathered before sending, at a time

std::int64_t unix_now() { return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count(); }

}  // namespace

struct HttpServer::Impl {
  explicit Impl(ServerOptions o)
      : options(std::move(o)), keys(MasterKey::read(options.key.empty() ? key_file_of(options.store) : options.key)), tls(keys, options.certificate), writer(options.store, true), reader(options.store, false), acceptor(context), signals(context, SIGINT, SIGTERM), grace(context) {
    tcp::endpoint where(asio::ip::make_address(options.address), options.port);
    if (options.plain && !where.address().is_loopback())
      throw std::runtime_error("without TLS the relay listens on a loopback address only, and " + options.address + " is none: leave out --plain");
    acceptor.open(where.protocol());
    acceptor.set_option(asio::socket_base::reuse_address(true));
    acceptor.bind(where);
    acceptor.listen();
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
    std::optional<Peer> peer = {};  // whom the channel has proved
    bool keep_alive = true;

    void may_take(int seconds) { stream.tcp_stream().expires_after(std::chrono::seconds(seconds)); }
  };

  // One answer, as it grows: while all of it fits before the end, it goes with its length in one piece; else in chunks.
  struct Answer {
    std::string body;
    bool in_chunks = false;
    std::uint64_t bytes = 0;
  };

  asio::awaitable<void> accept_all();
  asio::awaitable<void> serve(tcp::socket socket);
  asio::awaitable<void> exchange(Connection& connection, http::request_parser<http::buffer_body>& parser);
  asio::awaitable<void> hear_out(Connection& connection, http::request_parser<http::buffer_body>& parser);
  asio::awaitable<std::string> read_some(Connection& connection, http::request_parser<http::buffer_body>& parser);
  asio::awaitable<void> write(Connection& connection, std::string bytes);
  asio::awaitable<void> send_chunk(Connection& connection, Answer& answer);
  asio::awaitable<void> send_rest(Connection& connection, Answer& answer);
  asio::awaitable<void> answer_text(Connection& connection, std::string_view status, std::string_view text);
  asio::awaitable<bool> work(Connection& connection, RelaySession& session, Answer& answer);
  void begin_stop();

  ServerOptions options;
  MasterKey keys;
  ServerTls tls;
  asio::io_context context{1};
  StoreThread writer, reader;
  tcp::acceptor acceptor;
  asio::signal_set signals;
  asio::steady_timer grace;
  std::size_t connections = 0;
  std::set<Connection*> idle;  // between exchanges: closed at once by a stop
  bool stopping = false;
};

asio::awaitable<void> HttpServer::Impl::accept_all() {
  while (!stopping) {
    boost::system::error_code fault;
    auto socket = co_await acceptor.async_accept(asio::redirect_error(use_awaitable, fault));
    if (fault == asio::error::operation_aborted) co_return;
    if (!fault) asio::co_spawn(context, serve(std::move(socket)), asio::detached);
  }
}

asio::awaitable<void> HttpServer::Impl::serve(tcp::socket socket) {
  Connection connection{Stream(std::move(socket), tls, options.plain), beast::flat_buffer(max_head_bytes + portion)};
  struct Count {
    std::size_t& count;
    explicit Count(std::size_t& c) : count(c) { ++count; }
    ~Count() { --count; }
  } counted(connections);
  try {
    connection.stream.tcp_stream().socket().set_option(tcp::no_delay(true));
    connection.may_take(options.stall_seconds);
    idle.insert(&connection);
    if (!options.plain) {
      ServerTls::note_in(connection.stream.tls().native_handle(), &connection.peer);
      co_await connection.stream.tls().async_handshake(asio::ssl::stream_base::server, use_awaitable);
    }
    while (connection.keep_alive && !stopping) {
      http::request_parser<http::buffer_body> parser;
      parser.body_limit(options.max_body);
      parser.header_limit(max_head_bytes);
      connection.may_take(options.stall_seconds);
      idle.insert(&connection);
      boost::system::error_code fault;
      co_await http::async_read_header(connection.stream, connection.buffer, parser, asio::redirect_error(use_awaitable, fault));
      idle.erase(&connection);
      if (fault) break;
      auto& head = parser.get();
      connection.keep_alive = head.keep_alive();
      if (connections > options.max_devices) {
        connection.keep_alive = false;
        co_await answer_text(connection, "503 Service Unavailable", "the relay is full; try again later\n");
      } else if (head.method() == http::verb::post && head.target() == "/sync") {
        co_await exchange(connection, parser);
      } else if (head.method() == http::verb::get && head.target() == "/healthz") {
        co_await answer_text(connection, "200 OK", "well\n");
      } else {
        connection.keep_alive = false;
        co_await answer_text(connection, "404 Not Found", "this relay answers POST /sync and GET /healthz\n");
      }
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

asio::awaitable<void> HttpServer::Impl::exchange(Connection& connection, http::request_parser<http::buffer_body>& parser) {
  RelaySession session(keys, connection.peer, options.next_pin);
  Answer answer;
  std::uint64_t bytes_in = 0;
  auto started = std::chrono::steady_clock::now();
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
  } catch (const SQLite::Exception& fault) {
    auto why = fault.getErrorCode() == SQLITE_FULL ? "its disk is full: its operator must make room" : "a fault of its disk, or a moment too busy";
    error = Error{Code::busy, std::string("the relay cannot write just now (") + why + "); nothing is lost, the rest follows at a later sync"};
  }
  if (error) {
    answer.body += session.failure(*error);
    connection.keep_alive = false;
  }
  if (!parser.is_done()) connection.keep_alive = false;
  co_await send_rest(connection, answer);
  if (error) co_await hear_out(connection, parser);
  if (session.welcomed()) {
    StoreThread::Job job = [device = session.device(), generation = session.generation()](RelayStore& open) { open.met(device, generation, unix_now()); };
    co_await writer.run(std::move(job));
  }
  auto& tally = session.tally();
  auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started).count();
  spdlog::info(R"({{"event":"exchange","device":{},"ms":{},"bytes_in":{},"bytes_out":{},"frames_in":{},"frames_out":{},"rows_in":{},"rows_out":{},"refused":{},"conflicts":{},"error":{}}})",
               session.device().value, milliseconds, bytes_in, answer.bytes, tally.frames_in, tally.frames_out, tally.rows_in,
               tally.rows_out, tally.refused, tally.conflicts, error ? static_cast<int>(error->code) : 0);
}

// A close over bytes that nobody read would take the answer with it: what is on its way is read and thrown away, some of it.
asio::awaitable<void> HttpServer::Impl::hear_out(Connection& connection, http::request_parser<http::buffer_body>& parser) {
  try {
    for (std::size_t unheard = 0; !parser.is_done() && unheard < most_unheard;) {
      auto bytes = co_await read_some(connection, parser);
      unheard += bytes.size() + 1;  // an empty one has taken the frame of a chunk
    }
  } catch (const Error&) {  // too much
  }
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
    StoreThread::Job job = [&session, todo = std::move(**task)](RelayStore& open) { session.work(todo, open, unix_now()); };
    try {
      co_await store.run(std::move(job));
    } catch (const SQLite::Exception&) {
      if (!dispensable) throw;
    }
    answer.body += session.answer();
    if (answer.body.size() > portion) co_await send_chunk(connection, answer);
  }
  co_return true;
}

asio::awaitable<std::string> HttpServer::Impl::read_some(Connection& connection, http::request_parser<http::buffer_body>& parser) {
  std::string bytes(portion, '\0');
  auto& body = parser.get().body();
  body.data = bytes.data();
  body.size = bytes.size();
  boost::system::error_code fault;
  connection.may_take(options.stall_seconds);
  co_await http::async_read_some(connection.stream, connection.buffer, parser, asio::redirect_error(use_awaitable, fault));
  if (fault == http::error::body_limit)
    throw Error{Code::too_large, "more than " + std::to_string(options.max_body) + " bytes in one exchange; send the rest in another"};
  if (fault && fault != http::error::need_buffer) throw boost::system::system_error(fault);
  bytes.resize(bytes.size() - body.size);
  co_return bytes;
}

asio::awaitable<void> HttpServer::Impl::write(Connection& connection, std::string bytes) {
  connection.may_take(options.stall_seconds);
  co_await asio::async_write(connection.stream, asio::buffer(bytes), use_awaitable);
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
    co_await write(connection, fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", answer.body.size(), answer.body));
  }
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
    while (connections > 0 && std::chrono::steady_clock::now() < until) {
      grace.expires_after(std::chrono::milliseconds(20));
      co_await grace.async_wait(use_awaitable);
    }
    context.stop();
  }, asio::detached);
}

HttpServer::HttpServer(ServerOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
HttpServer::~HttpServer() = default;

std::uint16_t HttpServer::port() const { return impl_->acceptor.local_endpoint().port(); }

void HttpServer::run() {
  asio::co_spawn(impl_->context, impl_->accept_all(), asio::detached);
  impl_->signals.async_wait([this](auto fault, int) { if (!fault) impl_->begin_stop(); });
  impl_->context.run();
}

void HttpServer::stop() {
  asio::post(impl_->context, [this] { impl_->begin_stop(); });
}

}  // namespace carnet
