// A machine whose wall clock is wrong: preloaded into a program, with the seconds that it is ahead in CARNET_TEST_AHEAD.
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>

namespace {

long ahead() {
  auto* seconds = std::getenv("CARNET_TEST_AHEAD");
  return seconds ? std::strtol(seconds, nullptr, 10) : 0;
}

int read_clock(clockid_t clock, timespec* at) {
  auto code = static_cast<int>(syscall(SYS_clock_gettime, clock, at));
  if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) at->tv_sec += ahead();
  return code;
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* at) noexcept { return read_clock(clock, at); }

std::time_t time(std::time_t* at) noexcept {
  timespec now{};
  read_clock(CLOCK_REALTIME, &now);
  if (at) *at = now.tv_sec;
  return now.tv_sec;
}

int gettimeofday(timeval* at, void*) noexcept {
  timespec now{};
  read_clock(CLOCK_REALTIME, &now);
  *at = {now.tv_sec, now.tv_nsec / 1'000};
  return 0;
}
}
