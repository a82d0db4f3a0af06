// Another program, run by a test: killed, starved and read from outside.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace carnet::test {

using Microseconds = std::chrono::microseconds;

struct Ended {
  int code = -1;        // of exit; -1: ended by a signal
  bool killed = false;  // by us
  std::string out, err;
  Microseconds took{};
};

// One process. It is killed where the object goes before it has ended.
class Process {
 public:
  using Prepare = std::function<void()>;  // in the child, before the program starts
  Process(const std::vector<std::string>& command, const Prepare& prepare = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  int pid() const { return pid_; }
  void signal(int number) const;
  Ended wait();
  bool ends_within(Microseconds time) const;  // of its life
  Ended kill_after(Microseconds time);        // with -9, unless it ends before

 private:
  Ended reap(bool killed);
  int pid_, handle_, out_, err_;
  std::chrono::steady_clock::time_point started_;
};

Ended run(const std::vector<std::string>& command, const Process::Prepare& prepare = {});

std::uint16_t free_port();  // of TCP on loopback, a moment ago

// No file of the child grows beyond so many bytes: a full disk without being root. The error is EFBIG and not ENOSPC.
Process::Prepare files_of_at_most(std::uint64_t bytes);

}  // namespace carnet::test
