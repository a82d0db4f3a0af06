// The one translation unit that includes Beast: it is slow to compile.
#include "server/http_server.hpp"

#include <utility>  // Boost 1.74 forgets it

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>

#include <fmt/format.h>
#include <malloc.h>

#include <chrono>
#include <csignal>
#include <set>
#include <thread>

#include "server/connection.hpp"
#include "server/log.hpp"
#include "server/metrics.hpp"
#include "server/pages.hpp"
#include "server/store_pool.hpp"
#include "sync/media_relay.hpp"
#include "sync/relay_session.hpp"

namespace carnet {

namespace beast = boost::beast;
namespace http = beast::http;

namespace {

constexpr std::size_t max_head_bytes = 8'192;
constexpr std::size_t most_framing = 16;       // bytes of chunk heads for each byte of a body, beside as many as a head has

constexpr std::chrono::seconds tidy_every{10};
constexpr std::chrono::seconds full_wait{30};   // until a device that found no room should come again

using Clock = std::chrono::steady_clock;

using Parser = http::request_parser<http::buffer_body>;

int connections_of(const ServerOptions& options) { return is_postgres(options.store) ? options.connections : 1; }

std::int64_t unix_now() { return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count(); }

}  // namespace

struct HttpServer::Impl {
  explicit Impl(ServerOptions o)
      : options(std::move(o)), keys(MasterKey::read(options.key.empty() ? key_file_of(options.store) : options.key)),
        certificates(certificates_of(options.store, options.certificate, options.next_pin)), tls(keys, certificates.files), guard(options.limits),
        proxy(asio::ip::make_address(options.proxy)), metrics(is_postgres(options.store) ? "postgresql" : "sqlite"), pages(keys),
        writer(options.store, true, keys, connections_of(options), &metrics), reader(options.store, false, keys, connections_of(options), &metrics),
        acceptor(context), metrics_acceptor(context), signals(context, SIGINT, SIGTERM), hangup(context, SIGHUP), grace(context), tidies(context) {
    if (options.inherited >= 0) take_over(acceptor, options.inherited);
    else listen(acceptor, {asio::ip::make_address(options.address), options.port});
    if (auto address = acceptor.local_endpoint().address(); options.plain && !address.is_loopback())
      throw std::runtime_error("without TLS the relay listens on a loopback address only, and " + address.to_string() + " is none: leave out --plain");
    port = acceptor.local_endpoint().port();
    if (!options.metrics_port) return;
    listen(metrics_acceptor, {asio::ip::address_v4::loopback(), *options.metrics_port});
    metrics_port = metrics_acceptor.local_endpoint().port();
  }

  asio::awaitable<void> accept_all();
  asio::awaitable<void> tidy();
  asio::awaitable<void> accept_for_metrics();
  asio::awaitable<void> reload_on_hangup();
  void reload();
  asio::awaitable<void> serve(tcp::socket socket, Entrance entrance);
  asio::awaitable<bool> read_head(Connection& connection, Parser& parser);
  asio::awaitable<void> answer_request(Connection& connection, Parser& parser);
  asio::awaitable<void> exchange(Connection& connection, Parser& parser);
  asio::awaitable<void> media(Connection& connection, Parser& parser);
  template <class Session>
  asio::awaitable<std::int64_t> converse(Connection& connection, Parser& parser, Session& session);
  asio::awaitable<bool> work(Connection& connection, MediaRelay& session, Answer& answer);
  template <class Session>
  asio::awaitable<void> note(const Session& session, std::int64_t traffic);
  asio::awaitable<std::string> read_some(Connection& connection, Parser& parser);
  asio::awaitable<void> answer_busy(Connection& connection, std::string target, std::string status, std::chrono::seconds wait);
  asio::awaitable<void> answer_page(Connection& connection, const PageRequest& request);
  void greet(Connection& connection, DeviceId device, Answer& answer);
  asio::awaitable<bool> work(Connection& connection, RelaySession& session, Answer& answer);
  asio::awaitable<void> pack(RelaySession& session, Answer& answer);
  void begin_stop();

  Party party_at(const tcp::socket& socket);
  template <class Session>
  struct Record;

  ServerOptions options;
  MasterKey keys;
  Certificates certificates;
  ServerTls tls;
  Guard guard;
  asio::ip::address proxy;
  Metrics metrics;
  Pages pages;
  asio::io_context context{1};
  StorePool writer, reader;
  tcp::acceptor acceptor, metrics_acceptor;
  asio::signal_set signals, hangup;
  asio::steady_timer grace, tidies;
  std::uint16_t port = 0, metrics_port = 0;
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
    Entrance entrance{party_at(socket)};
    entrance.entry = guard.enter(entrance.party, Clock::now());
    if (entrance.entry == Guard::Entry::closed) metrics.turned_away(Metrics::Away::full);
    else asio::co_spawn(context, serve(std::move(socket), entrance), asio::detached);
  }
}

// On a door of its own, on loopback: on the relay's own a proxy on this machine, which comes from there too, would let strangers in.
asio::awaitable<void> HttpServer::Impl::accept_for_metrics() {
  Entrance entrance;
  entrance.for_metrics = true;
  while (metrics_acceptor.is_open()) {
    boost::system::error_code fault;
    auto socket = co_await metrics_acceptor.async_accept(asio::redirect_error(use_awaitable, fault));
    if (!fault) asio::co_spawn(context, serve(std::move(socket), entrance), asio::detached);
  }
}

asio::awaitable<void> HttpServer::Impl::reload_on_hangup() {
  for (boost::system::error_code fault;;) {
    co_await hangup.async_wait(asio::redirect_error(use_awaitable, fault));
    if (fault) co_return;
    reload();
  }
}

void HttpServer::Impl::reload() {
  try {
    auto fresh = certificates_of(options.store, options.certificate, options.next_pin);
    tls.reload(fresh.files);
    certificates = fresh;
    log_info("certificate_reloaded", {{"file", fresh.files.certificate}});
  } catch (const std::exception& fault) {
    log_error("certificate_not_reloaded", {{"why", fault.what()}});
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

asio::awaitable<void> HttpServer::Impl::serve(tcp::socket socket, Entrance entrance) {
  struct Visit {
    Guard& guard;
    Entrance entrance;
    ~Visit() { if (!entrance.for_metrics) guard.leave(entrance.party, entrance.entry); }
  } visit{guard, entrance};
  Connection connection{Stream(std::move(socket), tls, options.plain || entrance.for_metrics), beast::flat_buffer(max_head_bytes + portion), entrance};
  try {
    connection.stream.tcp_stream().socket().set_option(tcp::no_delay(true));
    connection.may_take(std::chrono::seconds(options.head_seconds));
    if (!connection.stream.plain()) {
      ServerTls::note_in(connection.stream.tls().native_handle(), &connection.peer);
      boost::system::error_code fault;
      co_await connection.stream.tls().async_handshake(asio::ssl::stream_base::server, asio::redirect_error(use_awaitable, fault));
      if (fault) guard.rubbish(entrance.party, Clock::now());
      if (fault) throw boost::system::system_error(fault);
    }
    for (bool first = true; connection.keep_alive && (first || !stopping); first = false) {  // who was let in before a stop is answered once
      Parser parser;
      parser.body_limit(options.max_body);
      parser.header_limit(max_head_bytes + 1);
      connection.may_take(std::chrono::seconds(options.head_seconds));
      if (!first) idle.insert(&connection);
      bool whole = co_await read_head(connection, parser);
      idle.erase(&connection);
      if (!whole && (parser.got_some() || connection.buffer.size() > 0)) guard.rubbish(entrance.party, Clock::now());
      if (!whole) break;
      co_await answer_request(connection, parser);
      if (!parser.is_done()) co_await drain(connection, std::chrono::seconds(options.head_seconds));
    }
  } catch (const boost::system::system_error& fault) {  // cut, stalled, without our key, or not HTTP: what was committed is safe, the device comes again
    log_debug("connection_ended", {{"why", fault.what()}});
  } catch (const std::exception& fault) {
    log_error("connection_fault", {{"why", fault.what()}});
  }
  idle.erase(&connection);
  ServerTls::end(connection.stream.tls().native_handle());
  boost::system::error_code ignored;
  connection.stream.tcp_stream().socket().shutdown(tcp::socket::shutdown_both, ignored);
}

// Counts for itself: Beast's header_limit is one of what it has not parsed yet, so that small fields without end would pass it.
asio::awaitable<bool> HttpServer::Impl::read_head(Connection& connection, Parser& parser) {
  boost::system::error_code fault;
  for (std::size_t bytes = 0; !fault && bytes <= max_head_bytes;) {
    bytes += co_await http::async_read_some(connection.stream, connection.buffer, parser, asio::redirect_error(use_awaitable, fault));
    if (parser.is_header_done()) co_return bytes <= max_head_bytes;
  }
  co_return false;
}

asio::awaitable<void> HttpServer::Impl::answer_request(Connection& connection, Parser& parser) {
  auto& head = parser.get();
  auto field = [&](http::field name) { return std::string(head[name]); };
  PageRequest request{std::string(head.target()), field(http::field::authorization), field(http::field::cookie), field(http::field::accept_language)};
  auto& [party, entry, for_metrics] = connection.entrance;
  bool media = request.target == "/media";
  bool sync = !for_metrics && head.method() == http::verb::post && (media || request.target == "/sync");
  bool page = head.method() == http::verb::get && parser.is_done() && (for_metrics ? is_page_of_metrics(request) : is_page(request));
  auto missing = no_page();
  auto wait = guard.request(party, Clock::now());
  connection.keep_alive = head.keep_alive() && (sync || page) && entry == Guard::Entry::served && wait.count() == 0 && !stopping;
  connection.patience = Patience(std::chrono::seconds(options.head_seconds));
  connection.body_bytes = connection.framing_bytes = 0;
  if (wait.count() > 0) co_await answer_busy(connection, sync ? request.target : std::string(), "429 Too Many Requests", wait);
  else if (entry == Guard::Entry::told) co_await answer_busy(connection, sync ? request.target : std::string(), "503 Service Unavailable", full_wait);
  else if (sync && media) co_await this->media(connection, parser);
  else if (sync) co_await exchange(connection, parser);
  else if (page) co_await answer_page(connection, request);
  else co_await send_page(connection, missing);
}

// One request of a device for the log and the counts, however it ends.
template <class Session>
struct HttpServer::Impl::Record {
  Metrics& metrics;
  const Session& session;
  const Answer& answer;
  const char* result = "cut";
  int error = 0;
  std::uint64_t bytes_in = 0;
  Clock::time_point began = Clock::now();

  Record(Metrics& m, const Session& s, const Answer& a) : metrics(m), session(s), answer(a) {}
  Record(const Record&) = delete;
  ~Record() { note(session.tally()); }

  double seconds() const { return std::chrono::duration<double>(Clock::now() - began).count(); }
  void note(const RelaySession::Tally& tally) {
    metrics.exchange({result, seconds(), bytes_in, answer.bytes, tally.rows_in, tally.rows_out, tally.refused, tally.conflicts});
    log("exchange", {{"frames_in", tally.frames_in}, {"frames_out", tally.frames_out}, {"rows_in", tally.rows_in}, {"rows_out", tally.rows_out},
                     {"refused", tally.refused}, {"conflicts", tally.conflicts}});
  }
  void note(const MediaRelay::Tally& tally) {
    metrics.media({result, bytes_in, answer.bytes, tally.up, tally.down});
    log("media", {{"blobs_in", tally.up}, {"blobs_out", tally.down}});
  }
  void log(const char* event, const std::vector<LogField>& counts) {
    std::vector<LogField> fields{{"result", result}, {"device", session.device().value}, {"ms", static_cast<std::int64_t>(seconds() * 1'000)}, {"bytes_in", bytes_in},
                                 {"bytes_out", answer.bytes}};
    fields.insert(fields.end(), counts.begin(), counts.end());
    fields.push_back({"error", error});
    log_info(event, fields);
  }
};

asio::awaitable<void> HttpServer::Impl::exchange(Connection& connection, Parser& parser) {
  RelaySession session(keys, connection.peer, certificates.next_pin);
  tidied = false;
  auto traffic = co_await converse(connection, parser, session);
  co_await note(session, traffic);
}

asio::awaitable<void> HttpServer::Impl::media(Connection& connection, Parser& parser) {
  MediaRelay session(keys, connection.peer);
  auto traffic = co_await converse(connection, parser, session);
  co_await note(session, traffic);
}

template <class Session>
asio::awaitable<void> HttpServer::Impl::note(const Session& session, std::int64_t traffic) {
  if (!session.welcomed()) co_return;
  StorePool::Job job = [device = session.device(), generation = session.generation(), traffic](SqlStore& open) {
    open.met(device, generation, unix_now());
    open.add_traffic(device, traffic);
  };
  co_await writer.run(std::move(job));
}

// Returns the bytes of both ways. Logged and counted when the answer is written, before what the same device or another asks next.
template <class Session>
asio::awaitable<std::int64_t> HttpServer::Impl::converse(Connection& connection, Parser& parser, Session& session) {
  Answer answer;
  Record<Session> record(metrics, session, answer);
  std::optional<Error> error;
  bool at_fault = false;  // we are
  try {
    while (!session.finished()) {
      if (!co_await work(connection, session, answer)) {
        if (parser.is_done()) { error = Error{Code::malformed, "the exchange breaks off before its end message"}; break; }
        if (!answer.body.empty()) co_await send_chunk(connection, answer);  // acknowledge before waiting for more
        auto bytes = co_await read_some(connection, parser);
        record.bytes_in += bytes.size();
        if (auto fed = session.feed(bytes); !fed) { error = fed.error(); break; }
      }
    }
  } catch (const Error& refused) {
    error = refused;
  } catch (const StoreFault& fault) {
    at_fault = true;
    auto why = fault.kind == StoreFault::Kind::full ? "its disk is full: its operator must make room" : "a fault of its disk, or a moment too busy";
    error = Error{Code::busy, std::string("the relay cannot write just now (") + why + "); nothing is lost, the rest follows at a later sync"};
  } catch (const boost::system::system_error&) {  // the link's
    throw;
  } catch (const std::exception& fault) {
    at_fault = true;
    log_error("exchange_fault", {{"device", session.device().value}, {"why", fault.what()}});
    error = Error{Code::busy, "the relay met a fault of its own in this exchange, which its operator finds in the log; nothing is lost, the rest follows at a later sync"};
  }
  if (error) {
    answer.body += session.failure(*error);
    connection.keep_alive = false;
  }
  if (!session.welcomed()) guard.rubbish(connection.entrance.party, Clock::now());
  if (!parser.is_done()) connection.keep_alive = false;
  co_await send_rest(connection, answer);
  record.result = at_fault ? "fault" : session.failed() ? "refused" : "complete";
  record.error = static_cast<int>(session.failed().value_or(Code{}));
  co_return static_cast<std::int64_t>(record.bytes_in + answer.bytes);
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
    StorePool::Job job = [&session, todo = std::move(**task)](SqlStore& open) { session.work(todo, open, unix_now()); };
    try {
      co_await store.run(std::move(job));
    } catch (const StoreFault&) {
      if (!dispensable) throw;
    }
    if (!answer.greeted && session.welcomed()) greet(connection, session.device(), answer);
    auto packing = pack(session, answer);
    if (session.packs_much()) co_await asio::co_spawn(packers, std::move(packing), use_awaitable);
    else co_await std::move(packing);
    if (answer.body.size() > portion) co_await send_chunk(connection, answer);
  }
  co_return true;
}

// What arrived of a part is handed on as it comes, so that a cut loses nothing of it.
asio::awaitable<bool> HttpServer::Impl::work(Connection& connection, MediaRelay& session, Answer& answer) {
  while (!session.finished()) {
    auto task = session.next();
    if (!task) throw Error(task.error());
    if (!*task) co_return false;
    auto& store = (*task)->writes ? writer : reader;
    StorePool::Job job = [&session, todo = std::move(**task)](SqlStore& open) { session.work(todo, open, unix_now()); };
    co_await store.run(std::move(job));
    if (!answer.greeted && session.welcomed()) greet(connection, session.device(), answer);
    answer.body += session.answer();
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
void HttpServer::Impl::greet(Connection& connection, DeviceId device, Answer& answer) {
  answer.greeted = true;
  connection.patience = Patience(std::chrono::seconds(options.stall_seconds));
  auto wait = guard.exchange(device.value, Clock::now());
  if (wait.count() == 0) return;
  metrics.turned_away(Metrics::Away::often);
  answer.status = fmt::format("429 Too Many Requests\r\nRetry-After: {}", wait.count());
  throw Error{Code::busy, fmt::format("device {} comes too often; come again in {} s, nothing is lost", device.value, wait.count())};
}

asio::awaitable<std::string> HttpServer::Impl::read_some(Connection& connection, Parser& parser) {
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

// A device reads it in the protocol, whatever the status.
asio::awaitable<void> HttpServer::Impl::answer_busy(Connection& connection, std::string target, std::string status, std::chrono::seconds wait) {
  metrics.turned_away(status.starts_with("429") ? Metrics::Away::often : Metrics::Away::full);
  auto why = fmt::format("the relay has no room just now, or too many come from this address; come again in {} s, nothing is lost", wait.count());
  auto body = target == "/sync" ? RelaySession(keys).failure({Code::busy, why}) : target == "/media" ? MediaRelay(keys).failure({Code::busy, why}) : why + "\n";
  co_await write(connection, fmt::format("HTTP/1.1 {}\r\nRetry-After: {}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{}", status, wait.count(), body.size(), body));
}

asio::awaitable<void> HttpServer::Impl::answer_page(Connection& connection, const PageRequest& request) {
  Page page;
  if (is_metrics(request)) {
    page = {"200 OK", "text/plain; version=0.0.4; charset=utf-8", metrics.text({guard.inside(), writer.waiting(), reader.waiting()})};
  } else {
    StorePool::Job job = [&](SqlStore& open) { page = pages.answer(request, open, unix_now()); };
    try {
      co_await reader.run(std::move(job));
    } catch (const std::exception& fault) {
      log_error("page_fault", {{"why", fault.what()}});
      page = out_of_order();
    }
  }
  if (page.status.starts_with("401")) guard.rubbish(connection.entrance.party, Clock::now());  // who guesses
  co_await send_page(connection, page);
}

// No new connections; those under way may end.
void HttpServer::Impl::begin_stop() {
  if (stopping) return;
  stopping = true;
  boost::system::error_code ignored;
  acceptor.close(ignored);
  metrics_acceptor.close(ignored);
  signals.cancel(ignored);
  hangup.cancel(ignored);
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
std::uint16_t HttpServer::metrics_port() const { return impl_->metrics_port; }

void HttpServer::run() {
  asio::co_spawn(impl_->context, impl_->accept_all(), asio::detached);
  asio::co_spawn(impl_->context, impl_->tidy(), asio::detached);
  asio::co_spawn(impl_->context, impl_->accept_for_metrics(), asio::detached);
  asio::co_spawn(impl_->context, impl_->reload_on_hangup(), asio::detached);
  impl_->signals.async_wait([this](auto fault, int) { if (!fault) impl_->begin_stop(); });
  impl_->context.run();
}

void HttpServer::reload() {
  asio::post(impl_->context, [this] { impl_->reload(); });
}

void HttpServer::stop() {
  asio::post(impl_->context, [this] { impl_->begin_stop(); });
}

}  // namespace carnet
