// A port of loopback at which nobody speaks.
#pragma once
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <stdexcept>

namespace carnet::test {

// Listens, lets the system take calls, and never says a word.
class MuteHost {
 public:
  MuteHost() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof where;
    bool listens = bind(socket_, reinterpret_cast<sockaddr*>(&where), size) == 0 && listen(socket_, 4) == 0 && getsockname(socket_, reinterpret_cast<sockaddr*>(&where), &size) == 0;
    if (!listens) throw std::runtime_error("no socket to listen at");
    port = ntohs(where.sin_port);
  }
  ~MuteHost() { close(socket_); }
  MuteHost(const MuteHost&) = delete;
  MuteHost& operator=(const MuteHost&) = delete;
  int handle() const { return socket_; }
  std::uint16_t port = 0;

 private:
  int socket_;
};

}  // namespace carnet::test
