// The proxy around the model of a line (line.cpp): sockets on loopback, one poll() at a time.
#include "tests/link/link.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <list>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace carnet::test {

using namespace std::chrono_literals;

// --- Sockets ---

namespace {

[[noreturn]] void give_up(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

// Of a socket or of an end of a pipe.
class Handle {
 public:
  explicit Handle(int number) : number_(number) {}
  Handle(Handle&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Handle& operator=(Handle&&) = delete;
  ~Handle() { shut(); }

  int number() const { return number_; }
  void shut() { if (number_ >= 0) close(std::exchange(number_, -1)); }
  void set(int level, int option, int value) const { setsockopt(number_, level, option, &value, sizeof value); }
  // The other side is told at once, by a reset; what was not sent yet is gone.
  void reset() {
    linger at_once{1, 0};
    setsockopt(number_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    shut();
  }
  // Whether all that was written is on its way: a reset overtakes what is not.
  bool sent_all() const {
    int unsent = 0;
    return ioctl(number_, SIOCOUTQNSD, &unsent) != 0 || unsent == 0;
  }

 private:
  int number_;
};

std::pair<Handle, Handle> new_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) give_up("pipe");
  return {Handle(ends[0]), Handle(ends[1])};
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return where;
}

Handle new_socket() {
  Handle made(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (made.number() < 0) give_up("socket");
  return made;
}

// Before a slow line the system must not buffer megabytes: small packets and a small window keep the sender waiting, as the
// true link would.
void keep_small(const Handle& socket) {
  socket.set(IPPROTO_TCP, TCP_MAXSEG, static_cast<int>(packet_bytes));
  socket.set(SOL_SOCKET, SO_RCVBUF, 16 * 1024);
}

Handle listen_on(std::uint16_t port, bool slow) {
  auto made = new_socket();
  made.set(SOL_SOCKET, SO_REUSEADDR, 1);
  if (slow) keep_small(made);
  auto where = loopback(port);
  if (bind(made.number(), reinterpret_cast<sockaddr*>(&where), sizeof where) != 0) give_up("bind");
  if (listen(made.number(), SOMAXCONN) != 0) give_up("listen");
  return made;
}

// A refusal shows at the first read.
Handle connect_to(std::uint16_t port, bool slow) {
  auto made = new_socket();
  if (slow) keep_small(made);
  made.set(IPPROTO_TCP, TCP_NODELAY, 1);
  auto where = loopback(port);
  if (connect(made.number(), reinterpret_cast<sockaddr*>(&where), sizeof where) != 0 && errno != EINPROGRESS) made.reset();
  return made;
}

bool only_for_now() { return errno == EAGAIN || errno == EINTR || errno == EINPROGRESS; }

struct Flow {
  int from, to;
  Shaper shaper;
  std::optional<std::int64_t> cut_after{};  // bytes
  std::int64_t passed = 0;
  bool heard_all = false, by_reset = false, passed_all = false;

  void heard_end(bool reset, LinkTime now) {
    if (std::exchange(heard_all, true)) return;
    by_reset = reset;
    shaper.end(now);
  }
};

// What the relay still says after a cut goes nowhere, until it has noticed.
bool swallow(const Handle& relay) {
  std::array<char, most_waiting> buffer;
  for (;;) {
    auto got = recv(relay.number(), buffer.data(), buffer.size(), 0);
    if (got <= 0) return got < 0 && only_for_now();
  }
}

struct Connection {
  Handle device, relay;
  Flow up, down;
  bool cut_due = false;
};

// What the sender has to say, as far as there is room. How many bytes that were.
std::size_t hear(Flow& flow, LinkTime now) {
  std::array<char, most_waiting> buffer;
  auto room = flow.heard_all ? 0 : std::min(flow.shaper.room(now), buffer.size());
  if (room == 0) return 0;
  auto got = recv(flow.from, buffer.data(), room, 0);
  if (got > 0) flow.shaper.put({buffer.data(), static_cast<std::size_t>(got)}, now);
  else if (got == 0 || !only_for_now()) flow.heard_end(got < 0, now);
  return static_cast<std::size_t>(std::max<ssize_t>(got, 0));
}

}  // namespace

// --- The proxy ---

struct Link::Impl {
  Impl(std::uint16_t target_port, Profile of, std::uint64_t from_seed, double speed_factor, std::uint16_t own_port)
      : target(target_port), shape(std::move(of)), seed(from_seed), speed(speed_factor), slow(shape.up_bits > 0 || shape.down_bits > 0),
        listener(listen_on(own_port, slow)), cuts(shape.cut_seconds, seed), stop(new_pipe()) {}

  void run();
  bool pause(LinkTime now);
  LinkTime wake_at(LinkTime now) const;
  void accept_all(LinkTime now);
  Flow flow(Way way, const Handle& from, const Handle& to, LinkTime now);
  bool serve(Connection& connection, LinkTime now);
  void deliver(Connection& connection, Flow& flow, Flow& back, LinkTime now);
  std::optional<std::size_t> pass(Flow& flow, std::string_view bytes, std::int64_t& count);
  bool close_where_ended(Connection& connection, LinkTime now);
  void cut();
  void bury();
  LinkTime clock() const {
    auto passed = std::chrono::steady_clock::now() - began;
    return LinkTime(static_cast<std::int64_t>(static_cast<double>(passed.count()) * speed));
  }

  const std::uint16_t target;
  const Profile shape;
  const std::uint64_t seed;
  const double speed;
  const bool slow;
  Handle listener;
  Cuts cuts;
  std::pair<Handle, Handle> stop;  // its second is closed for an end
  std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
  std::list<Connection> connections;
  std::list<Handle> widowed;  // the relay's halves of those that were cut
  mutable std::mutex mutex;   // of the four below
  std::condition_variable noticed;
  std::size_t unnoticed = 0;  // cuts of a connection that the relay has not come upon yet
  LinkCounters counters;
  std::optional<std::pair<Way, std::int64_t>> next_cut;
  std::thread thread;
};

void Link::Impl::run() {
  auto before = clock();
  while (pause(clock())) {
    auto now = clock();
    if (!connections.empty()) {
      std::lock_guard lock(mutex);
      counters.busy_seconds += std::chrono::duration<double>(now - before).count();
    }
    before = now;
    for (; now >= cuts.next(); cuts.pass()) cut();
    accept_all(now);
    bury();
    bool cut_due = false;
    for (auto at = connections.begin(); at != connections.end();) {
      bool lives = serve(*at, now);
      cut_due |= lives && at->cut_due && at->device.sent_all();
      at = lives ? std::next(at) : connections.erase(at);
    }
    if (cut_due) cut();
  }
}

// Until something may have to be done; false at the end.
bool Link::Impl::pause(LinkTime now) {
  std::vector<pollfd> all{{stop.first.number(), POLLIN, 0}, {listener.number(), POLLIN, 0}};
  auto await = [&all](int handle, short what) { all.push_back({handle, what, 0}); };
  for (auto& each : widowed) await(each.number(), POLLIN);
  for (auto& each : connections)
    for (auto* flow : {&each.up, &each.down}) {
      if (each.cut_due) continue;
      if (!flow->heard_all && flow->shaper.room(now) > 0) await(flow->from, POLLIN);
      if (!flow->shaper.arrived(now).empty()) await(flow->to, POLLOUT);
    }
  auto left = std::chrono::duration<double, std::nano>(std::max<LinkTime>(wake_at(now) - now, 0ns)) / speed;
  auto whole = static_cast<std::int64_t>(std::min(left.count() + 1, 1e9));
  timespec wait{whole / 1'000'000'000, whole % 1'000'000'000};
  ppoll(all.data(), all.size(), &wait, nullptr);
  return all[0].revents == 0;
}

LinkTime Link::Impl::wake_at(LinkTime now) const {
  auto first = cuts.next();
  for (auto& each : connections) {
    if (each.cut_due) return now + LinkTime(static_cast<std::int64_t>(1e6 * speed));  // a true millisecond: its receiver is slow
    for (auto* flow : {&each.up, &each.down})
      if (auto next = flow->shaper.next(now)) first = std::min(first, *next);
  }
  return first;
}

void Link::Impl::accept_all(LinkTime now) {
  for (;;) {
    Handle device(accept4(listener.number(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (device.number() < 0) return;
    device.set(IPPROTO_TCP, TCP_NODELAY, 1);
    auto relay = connect_to(target, slow);
    std::lock_guard lock(mutex);
    ++counters.connections;
    auto up = flow(Way::up, device, relay, now), down = flow(Way::down, relay, device, now);
    if (next_cut) (next_cut->first == Way::up ? up : down).cut_after = next_cut->second;
    next_cut.reset();
    connections.push_back({std::move(device), std::move(relay), std::move(up), std::move(down)});
  }
}

// Setting up the connection costs a round trip.
Flow Link::Impl::flow(Way way, const Handle& from, const Handle& to, LinkTime now) {
  std::seed_seq mix{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32), static_cast<std::uint32_t>(counters.connections),
                    static_cast<std::uint32_t>(way)};
  std::array<std::uint32_t, 2> drawn;
  mix.generate(drawn.begin(), drawn.end());
  return {from.number(), to.number(), Shaper(shape, way, std::uint64_t{drawn[0]} << 32 | drawn[1], now + shape.round_trip())};
}

// False once it is over.
bool Link::Impl::serve(Connection& connection, LinkTime now) {
  if (connection.cut_due) return true;
  auto up = hear(connection.up, now), down = hear(connection.down, now);
  if (up + down > 0) {
    std::lock_guard lock(mutex);
    counters.put_up += static_cast<std::int64_t>(up);
    counters.put_down += static_cast<std::int64_t>(down);
  }
  deliver(connection, connection.up, connection.down, now);
  if (!connection.cut_due) deliver(connection, connection.down, connection.up, now);
  return connection.cut_due || !close_where_ended(connection, now);
}

void Link::Impl::deliver(Connection& connection, Flow& flow, Flow& back, LinkTime now) {
  for (auto bytes = flow.shaper.arrived(now); !bytes.empty(); bytes = flow.shaper.arrived(now)) {
    if (flow.cut_after) bytes = bytes.substr(0, static_cast<std::size_t>(*flow.cut_after - flow.passed));
    auto sent = pass(flow, bytes, &flow == &connection.up ? counters.up : counters.down);
    if (!sent) {  // nobody is there any more: the other side learns it behind what is on its way
      back.heard_end(true, now);
      flow.passed_all = true;
    }
    if (sent && *sent == 0 && !bytes.empty()) return;
    if (!bytes.empty()) flow.shaper.drop(sent.value_or(bytes.size()));
    if (flow.cut_after && flow.passed == *flow.cut_after) {
      connection.cut_due = true;
      return;
    }
  }
}

// How many were taken, at the moment perhaps none; nothing where nobody is there. Nobody sees bytes that are not counted yet.
std::optional<std::size_t> Link::Impl::pass(Flow& flow, std::string_view bytes, std::int64_t& count) {
  if (bytes.empty()) return 0;
  std::lock_guard lock(mutex);
  auto sent = send(flow.to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent < 0) return only_for_now() ? std::optional<std::size_t>(0) : std::nullopt;
  flow.passed += sent;
  count += sent;
  return static_cast<std::size_t>(sent);
}

// Passes on what an end has closed; true where nothing is left to do.
bool Link::Impl::close_where_ended(Connection& connection, LinkTime now) {
  for (auto* flow : {&connection.up, &connection.down}) {
    if (flow->passed_all || !flow->shaper.ended(now)) continue;
    flow->passed_all = true;
    if (flow->by_reset) {
      connection.device.reset();
      connection.relay.reset();
      return true;
    }
    shutdown(flow->to, SHUT_WR);
  }
  return connection.up.passed_all && connection.down.passed_all;
}

void Link::Impl::cut() {
  if (connections.empty()) return;
  {
    std::lock_guard lock(mutex);  // counted before anybody can notice
    ++counters.cuts;
    unnoticed += connections.size();
  }
  for (auto& each : connections) {
    shutdown(each.relay.number(), SHUT_WR);
    widowed.push_back(std::move(each.relay));
    each.device.reset();
  }
  connections.clear();
}

void Link::Impl::bury() {
  std::lock_guard lock(mutex);
  widowed.remove_if([](const Handle& relay) { return !swallow(relay); });
  unnoticed = widowed.size();
  if (unnoticed == 0) noticed.notify_all();
}

Link::Link(std::uint16_t target, Profile profile, std::uint64_t seed, double speed, std::uint16_t port)
    : impl_(std::make_unique<Impl>(target, std::move(profile), seed, speed, port)) {
  impl_->thread = std::thread([this] { impl_->run(); });
}

Link::~Link() {
  impl_->stop.second.shut();
  impl_->thread.join();
}

std::uint16_t Link::port() const {
  sockaddr_in where{};
  socklen_t size = sizeof where;
  if (getsockname(impl_->listener.number(), reinterpret_cast<sockaddr*>(&where), &size) != 0) give_up("getsockname");
  return ntohs(where.sin_port);
}

LinkCounters Link::counters() const {
  std::lock_guard lock(impl_->mutex);
  return impl_->counters;
}

void Link::cut_after(Way way, std::int64_t bytes) {
  std::lock_guard lock(impl_->mutex);
  impl_->next_cut = {way, bytes};
}

void Link::await_notice() const {
  std::unique_lock lock(impl_->mutex);
  impl_->noticed.wait(lock, [this] { return impl_->unnoticed == 0; });
}

}  // namespace carnet::test
