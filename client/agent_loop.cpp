#include "client/agent_loop.hpp"

#include <fmt/format.h>

#include <linux/rtnetlink.h>
#include <poll.h>
#include <sodium.h>
#include <sqlite3.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <fstream>

#include "client/near_thread.hpp"
#include "client/sync_lock.hpp"

namespace carnet {

namespace {

constexpr int quiet_milliseconds = 1'000;  // after a local write, so that those of one moment travel together
constexpr int quiet_rounds = 10;           // but no longer than so many of them

Call* called_by_signals = nullptr;

void ask_to_end(int) { called_by_signals->end(); }

class File {
 public:
  explicit File(int number) : number_(number) {}
  ~File() { if (number_ >= 0) close(number_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  operator int() const { return number_; }

 private:
  int number_;
};

void drain(int file) {
  alignas(inotify_event) std::array<char, 8'192> bytes;
  while (read(file, bytes.data(), bytes.size()) > 0) {}
}

int watch_routes() {
  int routes = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
  sockaddr_nl groups{};
  groups.nl_family = AF_NETLINK;
  groups.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
  if (routes >= 0 && bind(routes, reinterpret_cast<sockaddr*>(&groups), sizeof groups) == 0) return routes;
  if (routes >= 0) close(routes);
  return -1;
}

}  // namespace

// Sleeps until the time is over or something changed. The folder of the database is watched, and `PRAGMA data_version` then
// tells whether it was another process that wrote: inotify alone wakes on our own writes, data_version alone must be asked
// again and again. Where the kernel gives no watch, the longest sleep of the schedule is what it takes.
struct Wakefulness::Watched {
  Watched(Replica& replica, Call& call)
      : replica_(replica), call_(call), folder_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)), routes_(watch_routes()),
        timer_(timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC)) {
    auto path = std::filesystem::absolute(replica.database().getFilename()).parent_path();
    inotify_add_watch(folder_, path.c_str(), IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_FROM | IN_DELETE);
    look_around();
  }

  bool moved_away() {
    int moved = 0;
    sqlite3_file_control(replica_.database().getHandle(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    return moved != 0;
  }

  bool sleep(std::int64_t seconds) {
    set_timer(seconds);
    drain(folder_);  // of what this process wrote itself; anybody else's write is told by the version
    bool woken = false;
    while (!woken && !call_.ended() && !call_.is_wished() && !moved_away() && !changed()) woken = wait();
    if (!call_.ended() && !call_.is_wished() && version() != version_) let_settle();
    look_around();
    return !call_.ended() && !moved_away();
  }

  enum { folder, routes, timer };

  // True: the time is over, or the lock of the transfers was let go.
  bool wait() {
    std::array<pollfd, 4> files{{{folder_, POLLIN, 0}, {routes_, POLLIN, 0}, {timer_, POLLIN, 0}, {call_.file(), POLLIN, 0}}};
    if (poll(files.data(), files.size(), -1) <= 0) return false;
    if (files[routes].revents) drain(routes_);
    return (files[folder].revents && lock_let_go()) || files[timer].revents;
  }

  bool lock_let_go() {
    alignas(inotify_event) std::array<char, 8'192> bytes;
    bool let_go = false;
    for (ssize_t size; (size = read(folder_, bytes.data(), bytes.size())) > 0;)
      for (ssize_t at = 0; at < size;) {
        auto* event = reinterpret_cast<const inotify_event*>(bytes.data() + at);
        let_go = let_go || (event->len && (event->mask & IN_CLOSE_WRITE) && transfer_lock(replica_).ends_with(event->name));
        at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      }
    return let_go;
  }

  void let_settle() {
    pollfd ended{call_.file(), POLLIN, 0};
    for (int round = 0; round < quiet_rounds; ++round) {
      auto before = version();
      if (poll(&ended, 1, quiet_milliseconds) != 0 || version() == before) return;
    }
  }

  std::int64_t version() { return replica_.database().execAndGet("PRAGMA data_version").getInt64(); }
  LinkState link() { return find_link(replica_.setting("address").value_or(""), Settings::Metered::automatic); }
  bool changed() { return version() != version_ || link() != link_; }
  void look_around() {
    version_ = version();
    link_ = link();
  }

  void set_timer(std::int64_t seconds) {
    itimerspec in{};
    in.it_value.tv_sec = std::max<std::int64_t>(seconds, 1);
    timerfd_settime(timer_, 0, &in, nullptr);
  }

  Replica& replica_;
  Call& call_;
  File folder_, routes_, timer_;
  std::int64_t version_ = 0;
  LinkState link_;
};

namespace {

std::uint64_t boot_number() {
  std::string id;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> id;
  std::uint64_t number = 0;
  const unsigned char no_key[crypto_shorthash_KEYBYTES] = {};
  crypto_shorthash(reinterpret_cast<unsigned char*>(&number), reinterpret_cast<const unsigned char*>(id.data()), id.size(), no_key);
  return number | 1;
}

}  // namespace

Call::Call() : file_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
Call::~Call() { close(file_); }

void Call::wake() {
  std::uint64_t one = 1;
  if (write(file_, &one, sizeof one) < 0) return;  // full: it is readable already
}

void Call::end() {
  ended_ = true;
  wake();
}

void Call::sync_now() {
  wished_ = true;
  wake();
}

bool Call::take_wish() {
  if (!ended_) drain(file_);
  return wished_.exchange(false);
}

Wakefulness::Wakefulness(Replica& replica, Call& call) : watched_(std::make_unique<Watched>(replica, call)) {}
Wakefulness::~Wakefulness() = default;
bool Wakefulness::sleep(std::int64_t seconds) { return watched_->sleep(seconds); }
bool Wakefulness::moved_away() { return watched_->moved_away(); }

Moment LinuxMachine::now() {
  static const auto boot = boot_number();
  tzset();  // a traveller's machine changes its zone
  std::time_t utc = std::time(nullptr);
  std::tm local{};
  localtime_r(&utc, &local);
  timespec since_start{};
  clock_gettime(CLOCK_BOOTTIME, &since_start);
  return {utc, static_cast<int>(local.tm_gmtoff / 60), since_start.tv_sec, boot};
}

std::uint64_t LinuxMachine::random() {
  std::uint64_t number = 0;
  randombytes_buf(&number, sizeof number);
  return number;
}

SyncRun LinuxMachine::sync(Replica& replica, const Watch& watch) {
  auto watched = watch;
  if (call_) watched.stop = [call = call_] { return call->ended(); };
  return carnet::sync(replica, watched);
}

Result<void> run_agent(Replica& replica, const std::function<void(const std::string&)>& say) {
  auto only = SyncLock::take(agent_lock(replica), "an agent");
  if (!only) return only.error();
  Call call;
  called_by_signals = &call;
  Wakefulness wakefulness(replica, call);
  struct sigaction action{};
  action.sa_handler = &ask_to_end;
  for (int signal : {SIGTERM, SIGINT}) sigaction(signal, &action, nullptr);
  LinuxMachine machine(&call);
  NearThread near(replica.database().getFilename());
  auto ended = Agent(replica, machine).run([&](std::int64_t seconds) {
    near.follow(near_setting(replica));
    return wakefulness.sleep(seconds);
  }, say);
  if (ended && wakefulness.moved_away()) return Error{Code::busy, fmt::format("{} was moved away or replaced: start the agent again", replica.database().getFilename())};
  return ended;
}

}  // namespace carnet
