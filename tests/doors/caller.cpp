#include "tests/doors/caller.hpp"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>

#include "sync/media_messages.hpp"
#include "sync/stream.hpp"
#include "tests/live_relay.hpp"

namespace carnet::test {

namespace {
sockaddr_in at(const std::string& address, std::uint16_t port) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  inet_pton(AF_INET, address.c_str(), &where.sin_addr);
  return where;
}
// The body of an answer, out of its chunks if it came in such.
std::string body_of(const std::string& answer) {
  auto end = answer.find("\r\n\r\n");
  if (end == answer.npos) return {};
  auto body = answer.substr(end + 4);
  if (answer.find("chunked") > end) return body;
  std::string joined;
  for (std::size_t at = 0; at < body.size();) {
    auto size = std::strtoul(body.c_str() + at, nullptr, 16);
    at = body.find("\r\n", at) + 2;
    joined += body.substr(at, size);
    at += size + 2;
  }
  return joined;
}
int use_key(SSL* connection, const EVP_MD*, const unsigned char** identity, std::size_t* size, SSL_SESSION** session) {
  constexpr unsigned char aes_128_gcm_sha256[] = {0x13, 0x01};
  static thread_local std::string name;
  auto& key = *static_cast<const DeviceKey*>(SSL_get_app_data(connection));
  name = identity_of({Peer::Kind::device, key.device.value, key.generation});
  *identity = reinterpret_cast<const unsigned char*>(name.data());
  *size = name.size();
  *session = SSL_SESSION_new();
  SSL_SESSION_set1_master_key(*session, reinterpret_cast<const unsigned char*>(key.bytes.data()), key.bytes.size());
  SSL_SESSION_set_cipher(*session, SSL_CIPHER_find(connection, aes_128_gcm_sha256));
  SSL_SESSION_set_protocol_version(*session, TLS1_3_VERSION);
  return 1;
}
// Messages until one is a failure, or a refusal of a frame where that is asked for.
std::optional<Error> first_error(const std::string& answer, Epoch epoch, bool of_frames) {
  Unpacking unpacking;
  (void)unpacking.feed(body_of(answer));
  for (;;) {
    auto message = unpacking.next();
    if (!message || !*message) return {};
    auto decoded = decode(**message, Direction::down, epoch);
    if (!decoded) continue;
    if (auto* failure = std::get_if<Failure>(&*decoded)) return failure->error;
    if (auto* refused = std::get_if<Refused>(&*decoded); refused && of_frames) return refused->error;
    if (std::holds_alternative<Prime>(*decoded)) unpacking.prime({});
  }
}
}  // namespace

Caller::Caller(std::uint16_t port, const std::string& from, const std::string& to) : handle_(socket(AF_INET, SOCK_STREAM, 0)) {
  auto here = at(from, 0), there = at(to, port);
  int later = 1;  // the port is chosen with the other end, so that one which was used a moment ago to there will do
  setsockopt(handle_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &later, sizeof later);
  bool bound = bind(handle_, reinterpret_cast<sockaddr*>(&here), sizeof here) == 0;
  if (!bound || connect(handle_, reinterpret_cast<sockaddr*>(&there), sizeof there) != 0) {
    close(handle_);
    throw std::runtime_error("no connection");
  }
}

Caller::Caller(const LiveRelay& relay, const std::string& from, const std::optional<DeviceKey>& key) : Caller(relay.server->port(), from) {
  if (relay.way() != Address::Way::plain) shake_hands(key);
}

Caller::~Caller() {
  tls_.reset();
  close(handle_);
}

void Caller::Free::operator()(SSL* connection) const { SSL_free(connection); }

// Takes any certificate, as one who means no good does not ask who answers. Where the relay turns it away, nothing can be said or heard.
void Caller::shake_hands(const std::optional<DeviceKey>& key) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without asking for silence
  static SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  tls_.reset(SSL_new(context));
  if (key) {
    SSL_set_app_data(tls_.get(), const_cast<DeviceKey*>(&*key));
    SSL_set_psk_use_session_callback(tls_.get(), use_key);
  }
  SSL_set_fd(tls_.get(), handle_);
  SSL_connect(tls_.get());
}

bool Caller::say(const std::string& bytes) {
  if (tls_) return SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size())) == static_cast<int>(bytes.size());
  for (std::size_t at = 0; at < bytes.size();) {
    auto sent = send(handle_, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    at += static_cast<std::size_t>(sent);
  }
  return true;
}

int Caller::drip(char byte) {
  for (int count = 0;; ++count) {
    pollfd closed{handle_, POLLRDHUP, 0};
    if (count == 200 || poll(&closed, 1, 100) > 0 || !say({byte})) return count;
  }
}

void Caller::wait_at_most(int seconds) {
  timeval most{seconds, 0};
  setsockopt(handle_, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
}

void Caller::finish() {
  if (tls_) SSL_shutdown(tls_.get());
  shutdown(handle_, SHUT_WR);
}

std::string Caller::hear(const std::string& enough) {
  std::string all;
  for (;;) {
    auto some = hear_some();
    all += some;
    if (some.empty() || (!enough.empty() && all.find(enough) != std::string::npos)) return all;
  }
}

std::string Caller::hear_some() {
  char buffer[65'536];
  auto got = tls_ ? SSL_read(tls_.get(), buffer, sizeof buffer) : recv(handle_, buffer, sizeof buffer, 0);
  return {buffer, got > 0 ? static_cast<std::size_t>(got) : 0};
}

Imposter::Imposter(std::string answer) : listening_(socket(AF_INET, SOCK_STREAM, 0)) {
  auto here = at("127.0.0.1", 0);
  socklen_t size = sizeof here;
  if (bind(listening_, reinterpret_cast<sockaddr*>(&here), size) != 0 || listen(listening_, 1) != 0) throw std::runtime_error("cannot listen");
  getsockname(listening_, reinterpret_cast<sockaddr*>(&here), &size);
  port_ = ntohs(here.sin_port);
  thread_ = std::thread([this, answer = std::move(answer)] {
    int handle = accept(listening_, nullptr, nullptr);
    char buffer[4096];
    if (handle < 0 || recv(handle, buffer, sizeof buffer, 0) <= 0) return;
    send(handle, answer.data(), answer.size(), MSG_NOSIGNAL);
    shutdown(handle, SHUT_WR);
    while (recv(handle, buffer, sizeof buffer, 0) > 0) {}
    close(handle);
  });
}

Imposter::~Imposter() {
  shutdown(listening_, SHUT_RDWR);
  thread_.join();
  close(listening_);
}

std::string post(std::size_t length, const std::string& body) {
  return "POST /sync HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n" + body;
}

std::string post(const std::string& body, const std::string& path) {
  return "POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

Error failure_in(const std::string& answer) {
  return first_error(answer, 1, false).value_or(Error{Code::busy, "no failure in: " + answer});
}

Error media_failure_in(const std::string& answer) {
  MediaReader reader;
  reader.feed(body_of(answer));
  for (auto item = reader.next(); item && *item; item = reader.next()) {
    auto* message = std::get_if<MediaMessage>(&**item);
    if (auto* failure = message ? std::get_if<MediaFailure>(message) : nullptr) return failure->error;
  }
  return {Code::busy, "no failure in: " + answer};
}

std::optional<Error> refusal_in(const std::string& answer, Epoch epoch) { return first_error(answer, epoch, true); }

}  // namespace carnet::test
