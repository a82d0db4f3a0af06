// With exchanges.cpp the one that includes Beast, which is slow to compile.
#include "server/http_server.hpp"

#include <utility>  // Boost 1.74 forgets it

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/read.hpp>

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <set>

#include "server/connection.hpp"
#include "server/exchanges.hpp"
#include "server/log.hpp"
#include "server/metrics.hpp"
#include "server/pages.hpp"
#include "server/store_pool.hpp"

namespace carnet {

namespace beast = boost::beast;
namespace http = beast::http;

namespace {

constexpr std::chrono::seconds tidy_every{10}, note_every{1};
constexpr std::chrono::seconds full_wait{30};   // until a device that found no room should come again

using Clock = std::chrono::steady_clock;

int connections_of(const ServerOptions& options) { return is_postgres(options.store) ? options.connections : 1; }

std::int64_t unix_now() { return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count(); }

}  // namespace

struct HttpServer::Impl {
  explicit Impl(ServerOptions o)
      : options(std::move(o)), keys(MasterKey::read(options.key.empty() ? key_file_of(options.store) : options.key)),
        certificates(certificates_of(options.store, options.certificate, options.next_pin)), tls(keys, certificates.files), guard(options.limits),
        proxy(asio::ip::make_address(options.proxy)), metrics(is_postgres(options.store) ? "postgresql" : "sqlite"), pages(keys),
        writer(options.store, true, keys, connections_of(options), &metrics), reader(options.store, false, keys, connections_of(options), &metrics),
        acceptor(context), metrics_acceptor(context), signals(context, SIGINT, SIGTERM), hangup(context, SIGHUP), grace(context), tidies(context), visits(context) {
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
  asio::awaitable<void> note_visits();
  asio::awaitable<void> accept_for_metrics();
  asio::awaitable<void> reload_on_hangup();
  void reload();
  asio::awaitable<void> serve(tcp::socket socket, Entrance entrance);
  asio::awaitable<bool> read_head(Connection& connection, Parser& parser);
  asio::awaitable<void> answer_request(Connection& connection, Parser& parser);
  asio::awaitable<void> answer_busy(Connection& connection, std::string_view target, std::string status, std::chrono::seconds wait);
  asio::awaitable<void> answer_page(Connection& connection, const PageRequest& request);
  void begin_stop();

  Party party_at(const tcp::socket& socket);

  ServerOptions options;
  MasterKey keys;
  Certificates certificates;
  ServerTls tls;
  Guard guard;
  asio::ip::address proxy;
  Metrics metrics;
  Pages pages;
  Exchanges exchanges{options, keys, guard, metrics, writer, reader};  // which exchanges that are given up still know
  asio::io_context context{1};
  StorePool writer, reader;  // whose jobs know exchanges
  tcp::acceptor acceptor, metrics_acceptor;
  asio::signal_set signals, hangup;
  asio::steady_timer grace, tidies, visits;
  std::uint16_t port = 0, metrics_port = 0;
  std::set<Connection*> idle;  // between exchanges: closed at once by a stop
  bool stopping = false;
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

asio::awaitable<void> HttpServer::Impl::tidy() {
  while (!stopping) {
    tidies.expires_after(tidy_every);
    co_await tidies.async_wait(use_awaitable);
    exchanges.tidy();
  }
}

asio::awaitable<void> HttpServer::Impl::note_visits() {
  while (!stopping) {
    visits.expires_after(note_every);
    co_await visits.async_wait(use_awaitable);
    co_await exchanges.note_visits();
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
  struct Stay {
    Guard& guard;
    Entrance entrance;
    ~Stay() { if (!entrance.for_metrics) guard.leave(entrance.party, entrance.entry); }
  } stay{guard, entrance};
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
  std::string_view said = sync ? std::string_view(request.target) : std::string_view();
  auto missing = no_page();
  auto wait = guard.request(party, Clock::now());
  connection.keep_alive = head.keep_alive() && (sync || page) && entry == Guard::Entry::served && wait.count() == 0 && !stopping;
  connection.patience = Patience(std::chrono::seconds(options.head_seconds));
  connection.body_bytes = connection.framing_bytes = 0;
  if (wait.count() > 0) co_await answer_busy(connection, said, "429 Too Many Requests", wait);
  else if (entry == Guard::Entry::told) co_await answer_busy(connection, said, "503 Service Unavailable", full_wait);
  else if (sync && media) co_await exchanges.carry_media(connection, parser);
  else if (sync) co_await exchanges.run(connection, parser, certificates.next_pin);
  else if (page) co_await answer_page(connection, request);
  else co_await send_page(connection, missing);
}

// A device reads it in the protocol, whatever the status.
asio::awaitable<void> HttpServer::Impl::answer_busy(Connection& connection, std::string_view target, std::string status, std::chrono::seconds wait) {
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
      co_await exchanges.note_visits();
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
    co_await exchanges.note_visits();
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
  asio::co_spawn(impl_->context, impl_->note_visits(), asio::detached);
  asio::co_spawn(impl_->context, impl_->accept_for_metrics(), asio::detached);
  asio::co_spawn(impl_->context, impl_->reload_on_hangup(), asio::detached);
  impl_->signals.async_wait([this](auto fault, int) { if (!fault) impl_->begin_stop(); });
  impl_->context.run();
  impl_->exchanges.close();
}

void HttpServer::reload() {
  asio::post(impl_->context, [this] { impl_->reload(); });
}

void HttpServer::stop() {
  asio::post(impl_->context, [this] { impl_->begin_stop(); });
}

}  // namespace carnet
