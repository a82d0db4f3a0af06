// A live relay under rubbish: malformed requests and streams on kept and on fresh connections, while honest devices go on syncing.
//   bench_rubbish [REQUESTS] [SENDERS]      unless said 1,000,000 by 4
// Half of it comes from the address that the relay takes for its proxy, and has to be looked at one by one; half from addresses of its own,
// which are turned away once they came too often.
#include <malloc.h>
#include <sodium.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>

#include "client/sync_run.hpp"
#include "tests/doors/caller.hpp"
#include "tests/live_relay.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

double resident_mb(const char* what) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(what)) return std::atof(line.c_str() + std::strlen(what) + 1) / 1'024;
  return 0;
}

// Of all threads' heaps what is not free: this must not grow, whatever the allocator keeps.
double in_use_mb() { return static_cast<double>(mallinfo2().uordblks) / 1'048'576; }

// What strangers and one device that means no good say. `real`: the body of a request that was right.
class Rubbish {
 public:
  Rubbish(std::uint64_t seed, std::string real, std::string hello) : random_(seed), real_(std::move(real)), hello_(std::move(hello)) {}

  std::string next() {
    switch (random_() % 6) {
      case 0: return post(damaged(real_));
      case 1: return post(real_.substr(0, random_() % real_.size()));
      case 2: return post("\x11" + noise());
      case 3: return noise();
      case 4: return damaged(post(real_));
      default: return post(hello_ + noise());
    }
  }

 private:
  std::string noise() {
    std::string bytes(random_() % 600, '\0');
    for (auto& byte : bytes) byte = static_cast<char>(random_());
    return bytes;
  }
  std::string damaged(std::string bytes) {
    for (auto changes = 1 + random_() % 4; changes > 0; --changes) bytes[random_() % bytes.size()] = static_cast<char>(random_());
    return bytes;
  }
  std::mt19937_64 random_;
  std::string real_, hello_;
};

struct Sent {
  std::atomic<std::size_t> requests = 0, answered = 0, refused_at_the_door = 0, unreached = 0;
};

void send(std::uint16_t port, const std::string& from, Rubbish rubbish, std::size_t count, Sent& sent) {
  for (std::size_t k = 0; k < count; ++k) {
    ++sent.requests;
    try {
      Caller peer(port, from);
      peer.say(rubbish.next());
      peer.finish();
      auto answer = peer.hear("");
      ++(answer.starts_with("HTTP/1.1 200") ? sent.answered : sent.refused_at_the_door);
    } catch (const std::runtime_error&) {
      ++sent.unreached;
    }
  }
}

// Exchanges of one changed row each, one after the other; milliseconds. Another device takes over now and then, since each takes longer the
// more its conversation has to remember.
std::vector<double> honest(LiveRelay& relay, const std::function<bool(std::size_t)>& more) {
  constexpr std::size_t of_one = 50;
  std::vector<double> took;
  std::unique_ptr<Device> device;
  while (more(took.size())) {
    if (took.size() % of_one == 0) {
      device = relay.device();
      (void)sync(*device->replica);
    }
    device->sql("UPDATE shelf SET level=(level+1)%10");
    auto began = std::chrono::steady_clock::now();
    if (auto run = sync(*device->replica); !run) std::printf("an honest device failed: %s\n", run.error->text.c_str());
    took.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count());
  }
  std::sort(took.begin(), took.end());
  return took;
}

}  // namespace

int main(int argc, char** argv) {
  if (sodium_init() < 0) return 1;
  std::size_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000, senders = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 4;
  ServerOptions options;
  options.limits.device = {};  // honest ones come as often here as in a year
  LiveRelay relay(options);
  spdlog::set_level(spdlog::level::off);
  auto device = relay.device(), bad = relay.device();
  device->sql("INSERT INTO shelf(space,name,level) VALUES(1,'A',1)");
  for (auto* one : {device.get(), bad.get()})
    if (!sync(*one->replica)) return 1;
  bad->sql("UPDATE shelf SET name='B'");
  auto bearer = relay.bearer(bad->replica->device());
  auto real = ClientSession(*bad->replica, {.bearer = bearer}, std::time(nullptr)).produce();
  Packing packing;
  packing.put(encode(Hello{bad->replica->device(), bearer, {}, std::time(nullptr), relay.store->epoch(), Mode::usual, 0, {{relay.space, Seq{}, 0, Seq{9}}}}, Direction::up, relay.store->epoch()));
  auto hello = packing.flush();

  auto alone = honest(relay, [](std::size_t done) { return done < 300; });
  auto before = resident_mb("VmRSS:");
  Sent sent;
  std::atomic<std::size_t> running = senders;
  auto began = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (std::size_t k = 0; k < senders; ++k)
    threads.emplace_back([&, k] {
      send(relay.server->port(), k % 2 ? "127.0.0." + std::to_string(k + 1) : "127.0.0.1", Rubbish(k, real, hello), count / senders, sent);
      --running;
    });
  int tenths = 0;
  auto beside = honest(relay, [&](std::size_t done) {
    for (; tenths < 10 && sent.requests * 10 >= (tenths + 1) * count; ++tenths) {
      std::printf("%3d %%: memory %.1f MB, in use %.1f MB; %zu honest exchanges\n", 10 * (tenths + 1), resident_mb("VmRSS:"), in_use_mb(), done);
      std::fflush(stdout);
    }
    return running > 0;
  });
  for (auto& thread : threads) thread.join();
  auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  auto again = honest(relay, [](std::size_t done) { return done < 300; });  // the store holds more by now
  auto median = [](const std::vector<double>& of) { return of.empty() ? 0 : of[of.size() / 2]; };
  std::printf("%zu pieces of rubbish in %.0f s; %zu answered with a refusal, %zu turned away, %zu found no port\n", sent.requests.load(), seconds, sent.answered.load(), sent.refused_at_the_door.load(), sent.unreached.load());
  std::printf("memory: %.1f MB before, %.1f after, %.1f at the most\n", before, resident_mb("VmRSS:"), resident_mb("VmHWM:"));
  std::printf("an honest exchange, median: %.1f ms alone before, %.1f ms beside the rubbish, slowest tenth from %.1f ms, %zu of them; %.1f ms alone after\n", median(alone), median(beside),
              beside[beside.size() * 9 / 10], beside.size(), median(again));
  std::printf("%s\n", relay.store->verify().empty() ? "digests hold" : "DIGESTS DIFFER");
  return relay.store->verify().empty() ? 0 : 1;
}
