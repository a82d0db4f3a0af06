#include "tests/doors/caller.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

#include "sync/messages.hpp"
#include "sync/stream.hpp"

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
}  // namespace

Caller::Caller(std::uint16_t port, const std::string& from, const std::string& to) : handle_(socket(AF_INET, SOCK_STREAM, 0)) {
  auto here = at(from, 0), there = at(to, port);
  bool bound = bind(handle_, reinterpret_cast<sockaddr*>(&here), sizeof here) == 0;
  if (!bound || connect(handle_, reinterpret_cast<sockaddr*>(&there), sizeof there) != 0) {
    close(handle_);
    throw std::runtime_error("no connection");
  }
}

Caller::~Caller() { close(handle_); }

bool Caller::say(const std::string& bytes) {
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

void Caller::finish() { shutdown(handle_, SHUT_WR); }

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
  auto got = recv(handle_, buffer, sizeof buffer, 0);
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

std::string post(const std::string& body) { return post(body.size(), body); }

Error failure_in(const std::string& answer) {
  Unpacking unpacking;
  (void)unpacking.feed(body_of(answer));
  for (;;) {
    auto message = unpacking.next();
    if (!message || !*message) return {Code::busy, "no failure in: " + answer};
    auto decoded = decode(**message, Direction::down, 1);
    if (decoded && std::holds_alternative<Failure>(*decoded)) return std::get<Failure>(*decoded).error;
  }
}

}  // namespace carnet::test
