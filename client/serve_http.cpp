// The one unit of the client that includes Beast: it is slow to compile.
#include "client/serve_http.hpp"

#include <utility>  // Boost 1.74 forgets it

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <array>
#include <csignal>
#include <deque>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <set>

namespace carnet {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;
using asio::use_awaitable;

namespace {

constexpr std::size_t most_waiting = 256;  // events of a stream that does not read them: then it is closed, and comes again
constexpr std::chrono::seconds ping{15};   // so that a stream that is gone is noticed
constexpr std::chrono::milliseconds accept_again{100};
constexpr std::uint64_t most_drained = 16 << 20;
constexpr std::size_t file_part = 65'536;

// Nothing from elsewhere, nothing inline, in no frame. A form that is sent without a referrer would not tell its origin either.
constexpr auto usual_headers =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\nReferrer-Policy: same-origin\r\nCross-Origin-Opener-Policy: same-origin\r\nCross-Origin-Resource-Policy: same-origin\r\n"
    "Cache-Control: no-store\r\n";

std::uint64_t length_of(const Served& served) { return served.file.empty() ? served.body.size() : std::filesystem::file_size(served.file); }

// But for the bytes of a file.
std::string in_bytes(const Served& served, bool keep_alive, bool head_only) {
  auto head = "HTTP/1.1 " + std::to_string(served.status) + " " + std::string(http::obsolete_reason(static_cast<http::status>(served.status))) + "\r\n" + usual_headers;
  if (!served.type.empty()) head += "Content-Type: " + served.type + "\r\n";
  for (auto& [name, value] : served.headers) head += name + ": " + value + "\r\n";
  if (!served.streams) head += "Content-Length: " + std::to_string(length_of(served)) + "\r\n";
  head += keep_alive ? "\r\n" : "Connection: close\r\n\r\n";
  return head_only ? head : head + served.body;
}

std::string text(beast::string_view view) { return {view.data(), view.size()}; }

// Without its body.
Visit visit_of(const http::request<http::string_body>& request, bool by_door) {
  return {text(request.method_string()), text(request.target()), text(request[http::field::host]), text(request[http::field::origin]), text(request[http::field::content_type]),
          text(request[http::field::cookie]), text(request[http::field::range]), {}, by_door};
}

}  // namespace

struct PageServer::Impl {
  struct Stream {
    Stream(asio::io_context& context, bool door) : wake(context), by_door(door) {}
    void close() {
      closed = true;
      wake.cancel();
    }
    std::deque<std::string> waiting;
    asio::steady_timer wake;
    bool by_door, closed = false;
  };

  explicit Impl(PageLimits l) : limits(l), acceptor(context), door(context), signals(context, SIGINT, SIGTERM), timer(context) {}

  void listen(tcp::acceptor& at, const tcp::endpoint& where);
  asio::awaitable<void> accept_all(tcp::acceptor& at, bool by_door);
  asio::awaitable<void> serve(tcp::socket socket, bool by_door);
  asio::awaitable<bool> serve_one(beast::tcp_stream& peer, beast::flat_buffer& buffer, bool by_door);
  asio::awaitable<int> read(beast::tcp_stream& peer, beast::flat_buffer& buffer, http::request_parser<http::string_body>& parser, bool by_door);
  asio::awaitable<void> write(beast::tcp_stream& peer, std::string bytes);
  asio::awaitable<void> write_file(beast::tcp_stream& peer, std::ifstream& from);
  asio::awaitable<void> drain(beast::tcp_stream& peer);
  asio::awaitable<void> stream(beast::tcp_stream& peer, bool by_door);
  asio::awaitable<void> tick();

  PageLimits limits;
  std::size_t open = 0, open_by_door = 0;
  std::set<std::shared_ptr<Stream>> streams;
  asio::io_context context{1};  // after what the conversations refer to, which go with it
  tcp::acceptor acceptor, door;
  asio::signal_set signals;
  asio::steady_timer timer;
  std::chrono::milliseconds period{0};
  std::function<void()> task;
  Answer answer;
  MostBody most_body;
};

void PageServer::Impl::listen(tcp::acceptor& at, const tcp::endpoint& where) {
  at.open(where.protocol());
  at.set_option(asio::socket_base::reuse_address(true));
  at.bind(where);
  at.listen();
}

asio::awaitable<void> PageServer::Impl::accept_all(tcp::acceptor& at, bool by_door) {
  for (;;) {
    boost::system::error_code fault;
    auto socket = co_await at.async_accept(asio::redirect_error(use_awaitable, fault));
    if (fault == asio::error::operation_aborted || !at.is_open()) co_return;
    if (fault) {  // no file is left for it
      asio::steady_timer rest(context, accept_again);
      co_await rest.async_wait(use_awaitable);
      continue;
    }
    if ((by_door ? open_by_door : open) >= limits.connections) continue;  // closed at once
    asio::co_spawn(context, serve(std::move(socket), by_door), asio::detached);
  }
}

asio::awaitable<void> PageServer::Impl::serve(tcp::socket socket, bool by_door) {
  struct Count {
    std::size_t& open;
    explicit Count(std::size_t& o) : open(o) { ++open; }
    ~Count() { --open; }
  } count(by_door ? open_by_door : open);
  try {
    socket.set_option(tcp::no_delay(true));
    beast::tcp_stream peer(std::move(socket));
    beast::flat_buffer buffer(limits.head_bytes + static_cast<std::size_t>(limits.body_bytes) + 1);
    while (co_await serve_one(peer, buffer, by_door)) {}
    boost::system::error_code ignored;
    peer.socket().shutdown(tcp::socket::shutdown_both, ignored);
  } catch (const boost::system::system_error&) {  // cut, stalled, or not HTTP
  }
}

asio::awaitable<bool> PageServer::Impl::serve_one(beast::tcp_stream& peer, beast::flat_buffer& buffer, bool by_door) {
  http::request_parser<http::string_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(limits.head_bytes));
  parser.body_limit(std::numeric_limits<std::uint64_t>::max());  // read() sets it, by the head; without one, Beast 1.74 takes none at all
  auto wrong = co_await read(peer, buffer, parser, by_door);
  if (wrong < 0) co_return false;  // it said nothing
  if (wrong > 0) {
    peer.expires_after(std::chrono::seconds(limits.head_seconds));
    Served refusal{wrong, "text/plain; charset=utf-8", "this request is not one, or larger than may be\n"};  // named: GCC 12 destroys what is braced in a co_await twice
    co_await write(peer, in_bytes(refusal, false, false));
    co_await drain(peer);
    co_return false;
  }
  auto& request = parser.get();
  auto visit = visit_of(request, by_door);
  visit.body = std::move(request.body());
  Served served;
  try {
    served = answer(visit);
  } catch (const std::exception&) {
    served = {500, "application/json", R"({"error":{"code":"fault","text":"Carnet has a fault here; nothing was lost"}})"};
  }
  bool too_many = served.streams && streams.size() >= limits.streams;
  if (too_many) served = {503, "text/plain; charset=utf-8", "too many pages listen already\n"};
  bool keep_alive = request.keep_alive() && !served.streams, head_only = visit.method == "HEAD";
  std::ifstream from(served.file, std::ios::binary);
  peer.expires_after(std::chrono::seconds(limits.body_seconds));
  co_await write(peer, in_bytes(served, keep_alive, head_only));
  if (!served.file.empty() && !head_only) co_await write_file(peer, from);
  if (served.streams) co_await stream(peer, by_door);
  co_return keep_alive;
}

// 0: whole; else the status to answer with; negative: it said nothing, or too slowly.
asio::awaitable<int> PageServer::Impl::read(beast::tcp_stream& peer, beast::flat_buffer& buffer, http::request_parser<http::string_body>& parser, bool by_door) {
  boost::system::error_code fault;
  if (buffer.size() == 0) {
    peer.expires_after(std::chrono::seconds(limits.idle_seconds));
    auto space = buffer.prepare(std::min<std::size_t>(limits.head_bytes, 4'096));
    auto bytes = co_await peer.async_read_some(space, asio::redirect_error(use_awaitable, fault));
    if (fault) co_return -1;
    buffer.commit(bytes);
  }
  peer.expires_after(std::chrono::seconds(limits.head_seconds));
  auto head = co_await http::async_read_header(peer, buffer, parser, asio::redirect_error(use_awaitable, fault));
  if (!fault && head > limits.head_bytes) co_return 431;
  if (fault == http::error::header_limit || fault == http::error::buffer_overflow) co_return 431;
  if (fault == http::error::body_limit) co_return 413;
  if (fault == beast::error::timeout) co_return -1;
  if (fault) co_return 400;
  auto visit = visit_of(parser.get(), by_door);
  auto most = (most_body ? most_body(visit) : std::nullopt).value_or(limits.body_bytes);
  auto announced = parser.content_length();
  if (announced && *announced > most) co_return 413;
  parser.body_limit(most);
  auto seconds = limits.body_seconds * static_cast<int>(1 + announced.value_or(0) / limits.body_bytes);
  peer.expires_after(std::chrono::seconds(seconds));
  co_await http::async_read(peer, buffer, parser, asio::redirect_error(use_awaitable, fault));
  if (fault == http::error::body_limit) co_return 413;
  if (fault == beast::error::timeout) co_return -1;
  co_return fault ? 400 : 0;
}

asio::awaitable<void> PageServer::Impl::write(beast::tcp_stream& peer, std::string bytes) { co_await asio::async_write(peer, asio::buffer(bytes), use_awaitable); }

// What is thrown away meanwhile goes on being read.
asio::awaitable<void> PageServer::Impl::write_file(beast::tcp_stream& peer, std::ifstream& from) {
  for (;;) {
    std::string part(file_part, '\0');
    from.read(part.data(), static_cast<std::streamsize>(part.size()));
    part.resize(static_cast<std::size_t>(from.gcount()));
    if (part.empty()) co_return;
    peer.expires_after(std::chrono::seconds(limits.body_seconds));
    co_await write(peer, std::move(part));
  }
}

// To be closed with bytes unread would take the answer back from it: a while for it to read.
asio::awaitable<void> PageServer::Impl::drain(beast::tcp_stream& peer) {
  boost::system::error_code fault;
  peer.socket().shutdown(tcp::socket::shutdown_send, fault);
  std::array<char, 16'384> rubbish;
  for (std::uint64_t bytes = 0; !fault && bytes < most_drained;) bytes += co_await peer.async_read_some(asio::buffer(rubbish), asio::redirect_error(use_awaitable, fault));
}

asio::awaitable<void> PageServer::Impl::stream(beast::tcp_stream& peer, bool by_door) {
  auto held = std::make_shared<Stream>(context, by_door);
  auto& mine = *held;
  streams.insert(held);
  struct Leave {
    std::set<std::shared_ptr<Stream>>& streams;
    std::shared_ptr<Stream> mine;
    ~Leave() { streams.erase(mine); }
  } leave{streams, held};
  peer.socket().async_wait(tcp::socket::wait_read, [held](boost::system::error_code) { held->close(); });  // it went, or says what no stream says
  mine.waiting.push_back(": here\n\n");
  while (!mine.closed) {
    if (mine.waiting.empty()) {
      boost::system::error_code woken;
      mine.wake.expires_after(ping);
      co_await mine.wake.async_wait(asio::redirect_error(use_awaitable, woken));
      if (!woken) mine.waiting.push_back(":\n\n");
    }
    std::string bytes;
    for (auto& each : mine.waiting) bytes += each;
    mine.waiting.clear();
    peer.expires_after(std::chrono::seconds(limits.head_seconds));
    if (!mine.closed && !bytes.empty()) co_await write(peer, std::move(bytes));
  }
}

asio::awaitable<void> PageServer::Impl::tick() {
  for (;;) {
    boost::system::error_code fault;
    timer.expires_after(period);
    co_await timer.async_wait(asio::redirect_error(use_awaitable, fault));
    if (fault) co_return;
    task();
  }
}

PageServer::PageServer(const std::string& address, std::uint16_t port, PageLimits limits) : impl_(std::make_unique<Impl>(limits)) {
  try {
    impl_->listen(impl_->acceptor, {asio::ip::make_address(address), port});
  } catch (const boost::system::system_error& fault) {  // in Boost 1.74 it is no std::system_error
    throw std::system_error(fault.code().value(), std::system_category(), fault.what());
  }
}

PageServer::~PageServer() = default;

std::uint16_t PageServer::port() const { return impl_->acceptor.local_endpoint().port(); }
std::size_t PageServer::streams() const { return impl_->streams.size(); }

void PageServer::run(const Answer& answer, const MostBody& most_body) {
  auto& impl = *impl_;
  impl.answer = answer;
  impl.most_body = most_body;
  impl.signals.async_wait([this](boost::system::error_code fault, int) {
    if (!fault) impl_->context.stop();
  });
  asio::co_spawn(impl.context, impl.accept_all(impl.acceptor, false), asio::detached);
  if (impl.task) asio::co_spawn(impl.context, impl.tick(), asio::detached);
  impl.context.run();
}

void PageServer::stop() {
  asio::post(impl_->context, [this] { impl_->context.stop(); });
}

void PageServer::every(int milliseconds, std::function<void()> task) {
  impl_->period = std::chrono::milliseconds(milliseconds);
  impl_->task = std::move(task);
}

void PageServer::tell(const std::string& event, const std::string& data) {
  asio::post(impl_->context, [this, bytes = "event: " + event + "\ndata: " + data + "\n\n"] {
    for (auto& stream : impl_->streams) {
      if (stream->waiting.size() >= most_waiting) stream->closed = true;
      else stream->waiting.push_back(bytes);
      stream->wake.cancel();
    }
  });
}

void PageServer::post(std::function<void()> task) { asio::post(impl_->context, std::move(task)); }

bool PageServer::open_door(const std::string& address) {
  auto& impl = *impl_;
  boost::system::error_code fault;
  impl.door.close(fault);
  if (address.empty()) {
    for (auto& stream : impl.streams)
      if (stream->by_door) stream->close();
    return true;
  }
  try {
    impl.listen(impl.door, {asio::ip::make_address(address), port()});
  } catch (const boost::system::system_error&) {
    impl.door.close(fault);
    return false;
  }
  asio::co_spawn(impl.context, impl.accept_all(impl.door, true), asio::detached);
  return true;
}

}  // namespace carnet
