#include "tests/process.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <stdexcept>

namespace carnet::test {

using Clock = std::chrono::steady_clock;

namespace {

std::string text_of(int file) {
  std::string text(static_cast<std::size_t>(std::max<off_t>(0, lseek(file, 0, SEEK_END))), '\0');
  auto size = pread(file, text.data(), text.size(), 0);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(0, size)));
  close(file);
  return text;
}

}  // namespace

Process::Process(const std::vector<std::string>& command, const Prepare& prepare)
    : out_(memfd_create("out", MFD_CLOEXEC)), err_(memfd_create("err", MFD_CLOEXEC)), started_(Clock::now()) {
  std::vector<char*> words;
  for (auto& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("fork failed");
  if (pid_ == 0) {
    dup2(out_, STDOUT_FILENO);
    dup2(err_, STDERR_FILENO);
    if (prepare) prepare();
    execvp(words[0], words.data());
    _exit(127);
  }
  handle_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
}

Process::~Process() {
  if (pid_ > 0) signal(SIGKILL), wait();
}

void Process::signal(int number) const { kill(pid_, number); }
Ended Process::wait() { return reap(false); }

bool Process::ends_within(Microseconds time) const {
  pollfd ended{handle_, POLLIN, 0};
  auto left = std::max<std::int64_t>(0, std::chrono::duration_cast<Microseconds>(started_ + time - Clock::now()).count());
  timespec until{left / 1'000'000, left % 1'000'000 * 1'000};
  return ppoll(&ended, 1, &until, nullptr) == 1;
}

Ended Process::kill_after(Microseconds time) {
  bool kills = !ends_within(time);
  if (kills) signal(SIGKILL);
  return reap(kills);
}

Ended Process::reap(bool killed) {
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  close(handle_);
  auto took = std::chrono::duration_cast<Microseconds>(Clock::now() - started_);
  Ended ended{WIFEXITED(status) ? WEXITSTATUS(status) : -1, killed && WIFSIGNALED(status), text_of(out_), text_of(err_), took};
  return ended;
}

Ended run(const std::vector<std::string>& command, const Process::Prepare& prepare) { return Process(command, prepare).wait(); }

Process::Prepare files_of_at_most(std::uint64_t bytes) {
  return [bytes] {
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{bytes, bytes};
    setrlimit(RLIMIT_FSIZE, &limit);
  };
}

std::uint16_t free_port() {
  int handle = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  bool bound = bind(handle, reinterpret_cast<sockaddr*>(&address), size) == 0 && getsockname(handle, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  close(handle);
  if (!bound) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

}  // namespace carnet::test
