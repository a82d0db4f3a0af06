#include "tests/bench/fleet_line.hpp"

#include <utility>  // Boost 1.74 forgets it

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <fmt/format.h>

#include <chrono>
#include <stdexcept>

namespace carnet::bench {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using asio::use_awaitable;
using Clock = std::chrono::steady_clock;
using Session = std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)>;

namespace {

constexpr unsigned char aes_128_gcm_sha256[] = {0x13, 0x01};
constexpr double first_wait = 30;  // seconds, after nobody answered: sync/schedule.hpp

double milliseconds_since(Clock::time_point began) { return std::chrono::duration<double, std::milli>(Clock::now() - began).count(); }

int index_of_device() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

int use_key(SSL* connection, const EVP_MD*, const unsigned char** identity, std::size_t* size, SSL_SESSION** session) {
  auto& device = *static_cast<FleetDevice*>(SSL_get_ex_data(connection, index_of_device()));
  *identity = reinterpret_cast<const unsigned char*>(device.identity().data());
  *size = device.identity().size();
  Session made(SSL_SESSION_new(), SSL_SESSION_free);
  bool whole = made && SSL_SESSION_set1_master_key(made.get(), reinterpret_cast<const unsigned char*>(device.key().data()), device.key().size()) == 1 &&
               SSL_SESSION_set_cipher(made.get(), SSL_CIPHER_find(connection, aes_128_gcm_sha256)) == 1 && SSL_SESSION_set_protocol_version(made.get(), TLS1_3_VERSION) == 1;
  *session = whole ? made.release() : nullptr;
  return whole ? 1 : 0;
}

struct Answered {
  unsigned status = 0;  // 0: nobody answered
  std::string body;
  double come_again = 0;  // seconds; 0: it does not say
};

class Line {
 public:
  Line(asio::io_context& context, asio::ssl::context& tls, FleetDevice& device) : stream_(context, tls) { SSL_set_ex_data(stream_.native_handle(), index_of_device(), &device); }

  asio::awaitable<void> open(tcp::endpoint where) {
    co_await stream_.next_layer().async_connect(where, use_awaitable);
    stream_.next_layer().set_option(tcp::no_delay(true));
    co_await stream_.async_handshake(asio::ssl::stream_base::client, use_awaitable);
  }
  asio::awaitable<Answered> ask(std::string request) {
    co_await asio::async_write(stream_, asio::buffer(request), use_awaitable);
    http::response_parser<http::string_body> parser;
    parser.body_limit(std::uint64_t{1} << 30);
    co_await http::async_read(stream_, buffer_, parser, use_awaitable);
    Answered answered;
    auto& response = parser.get();
    answered.status = response.result_int();
    answered.body = std::move(response.body());
    auto wait = response.find(http::field::retry_after);
    if (wait != response.end()) answered.come_again = std::stod(std::string(wait->value()));
    co_return answered;
  }
  std::int64_t up() { return static_cast<std::int64_t>(BIO_number_written(SSL_get_wbio(stream_.native_handle()))); }
  std::int64_t down() { return static_cast<std::int64_t>(BIO_number_read(SSL_get_rbio(stream_.native_handle()))); }

 private:
  asio::ssl::stream<tcp::socket> stream_;
  boost::beast::flat_buffer buffer_;
};

std::string post(const std::string& body, std::uint16_t port) {
  return fmt::format("POST /sync HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Length: {}\r\n\r\n{}", port, body.size(), body);
}

}  // namespace

struct Lines::Impl {
  explicit Impl(std::uint16_t at) : tls(asio::ssl::context::tls_client), where(asio::ip::address_v4::loopback(), at) {
    auto* context = tls.native_handle();
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256");
    SSL_CTX_set1_groups_list(context, "X25519");
    SSL_CTX_set1_sigalgs_list(context, "ECDSA+SHA256");
    SSL_CTX_clear_options(context, SSL_OP_TLSEXT_PADDING);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_quiet_shutdown(context, 1);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);  // a relay that shows a certificate is none of ours
    SSL_CTX_set_psk_use_session_callback(context, use_key);
  }

  std::unique_ptr<Line> line(FleetDevice& device) { return std::make_unique<Line>(io, tls, device); }

  // All of them, so many at once.
  template <class Each>
  void run(std::size_t count, std::size_t at_once, Each each) {
    std::size_t next = 0;
    auto work = [&]() -> asio::awaitable<void> {
      while (next < count) {
        auto index = next++;
        co_await each(index);
      }
    };
    for (std::size_t k = 0; k < std::min(at_once, count); ++k)
      asio::co_spawn(io, work, [](std::exception_ptr fault) {
        if (fault) std::rethrow_exception(fault);
      });
    io.restart();
    io.run();
  }

  asio::awaitable<void> visit(FleetDevice& device, std::unique_ptr<Line>& line_of_it, std::string request, Visit& seen, Crowd& crowd, const Manner& manner);
  asio::awaitable<Answered> attempt(FleetDevice& device, std::unique_ptr<Line>& line_of_it, const std::string& request, Visit& seen);

  asio::io_context io{1};
  asio::ssl::context tls;
  tcp::endpoint where;
  std::mt19937_64 random{1};  // who comes again when
  std::vector<std::unique_ptr<Line>> kept;
};

asio::awaitable<Answered> Lines::Impl::attempt(FleetDevice& device, std::unique_ptr<Line>& line_of_it, const std::string& request, Visit& seen) {
  Answered answered;
  auto began = Clock::now();
  try {
    if (!line_of_it) {
      line_of_it = line(device);
      co_await line_of_it->open(where);
    }
    answered = co_await line_of_it->ask(request);
    seen.up = line_of_it->up();
    seen.down = line_of_it->down();
  } catch (const boost::system::system_error&) {  // a closed door
  }
  seen.milliseconds = milliseconds_since(began);
  co_return answered;
}

asio::awaitable<void> Lines::Impl::visit(FleetDevice& device, std::unique_ptr<Line>& line_of_it, std::string request, Visit& seen, Crowd& crowd, const Manner& manner) {
  for (double wait = first_wait;; wait *= 2) {
    auto answered = co_await attempt(device, line_of_it, request, seen);
    if (answered.status == 200) {
      seen.answer = std::move(answered.body);
      co_return;
    }
    ++(answered.status ? crowd.refused : crowd.unreached);
    if (!manner.is_patient) throw std::runtime_error(fmt::format("device {} is answered with status {}", device.number().value, answered.status));
    line_of_it.reset();
    auto by_chance = static_cast<double>(random() % 1'000) / 2'000;
    auto rest = answered.come_again > 0 ? answered.come_again * (1 + by_chance) : wait * (1 - by_chance);
    asio::steady_timer timer(io, std::chrono::milliseconds(static_cast<int>(1'000 * rest)));
    co_await timer.async_wait(use_awaitable);
    request = post(device.body(), where.port());  // which may have grown too old
  }
}

Lines::Lines(std::uint16_t port) : impl_(std::make_unique<Impl>(port)) {}
Lines::~Lines() = default;

Crowd Lines::send(const std::vector<FleetDevice*>& devices, const std::vector<const std::string*>& bodies, const Manner& manner) {
  Crowd crowd;
  crowd.visits.resize(devices.size());
  std::vector<std::unique_ptr<Line>> lines(devices.size());
  auto open = [&](std::size_t index) -> asio::awaitable<void> {
    lines[index] = impl_->line(*devices[index]);
    co_await lines[index]->open(impl_->where);
  };
  auto visit = [&](std::size_t index) -> asio::awaitable<void> {
    auto request = post(*bodies[index], impl_->where.port());
    co_await impl_->visit(*devices[index], lines[index], std::move(request), crowd.visits[index], crowd, manner);
    if (manner.stays) impl_->kept.push_back(std::move(lines[index]));
    lines[index].reset();
  };
  if (manner.opens_first) impl_->run(devices.size(), manner.at_once, open);
  auto began = Clock::now();
  impl_->run(devices.size(), manner.at_once, visit);
  crowd.seconds = milliseconds_since(began) / 1'000;
  return crowd;
}

Crowd Lines::go_round(const std::vector<FleetDevice*>& devices, const std::function<bool()>& more) {
  Crowd crowd;
  auto began = Clock::now();
  for (std::size_t k = 0; more(); ++k) {
    auto& device = *devices[k % devices.size()];
    device.write_score();
    auto one = send({&device}, {&device.body()}, {});
    device.read(one.visits.front().answer);
    crowd.visits.push_back(std::move(one.visits.front()));
  }
  crowd.seconds = milliseconds_since(began) / 1'000;
  return crowd;
}

std::size_t Lines::kept() const { return impl_->kept.size(); }

std::size_t Lines::look() {
  auto& kept = impl_->kept;
  auto look_at = [&](std::size_t index) -> asio::awaitable<void> {
    bool well = false;
    try {
      std::string request = "GET /healthz HTTP/1.1\r\nHost: relay\r\n\r\n";
      auto answered = co_await kept[index]->ask(std::move(request));
      well = answered.status == 200;
    } catch (const boost::system::system_error&) {
    }
    if (!well) kept[index].reset();
  };
  impl_->run(kept.size(), 64, look_at);
  std::erase(kept, nullptr);
  return kept.size();
}

}  // namespace carnet::bench
