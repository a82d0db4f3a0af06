#include "server/service_manager.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>

namespace carnet {

namespace {
constexpr int first_handle = 3;  // by sd_listen_fds(3)
}

int inherited_socket() {
  auto *process = std::getenv("LISTEN_PID"), *count = std::getenv("LISTEN_FDS");
  if (!process || !count || process != std::to_string(getpid())) return -1;
  if (std::strcmp(count, "1") != 0) throw std::runtime_error("LISTEN_FDS=" + std::string(count) + ": the relay listens on one socket; let carnet-relay.socket have one ListenStream");
  unsetenv("LISTEN_FDS");
  fcntl(first_handle, F_SETFD, FD_CLOEXEC);
  return first_handle;
}

void tell_service_manager(std::string_view state) {
  auto* path = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (!path || std::strlen(path) >= sizeof address.sun_path) return;
  std::strcpy(address.sun_path, path);
  if (*path == '@') address.sun_path[0] = '\0';  // an abstract name
  int handle = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + std::strlen(path));
  sendto(handle, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<sockaddr*>(&address), size);
  close(handle);
}

}  // namespace carnet
