// Bytes on the link, exact: HTTP heads and bodies, both ways, over real sockets; beside the size of the same content through
// `xz -9e`. The content is the new values as minimal JSON with table, row id and column.
//   bench_wire [seed]
#include <fmt/format.h>

#include "client/sync_run.hpp"
#include "core/domain.hpp"
#include "sync/messages.hpp"
#include "sync/stream.hpp"
#include "tests/bench/village_work.hpp"
#include "tests/live_relay.hpp"

using namespace carnet;
using namespace carnet::bench;
using namespace carnet::test;

namespace {

constexpr std::int64_t day = 86'400;

SyncRun must_sync(Device& device) {
  auto run = sync(*device.replica);
  if (!run) throw std::runtime_error(run.error->text);
  for (auto& [space, verdict] : run.report.verdicts)
    if (verdict != Verdict::identical) throw std::runtime_error("not identical after a sync");
  return run;
}

void print(const char* name, const SyncRun& run, std::size_t ideal, double factor, std::size_t plus) {
  auto total = static_cast<std::size_t>(run.traffic.up + run.traffic.down);
  auto bound = static_cast<std::size_t>(factor * static_cast<double>(ideal)) + plus;
  fmt::print("{:<18} {:>9} {:>9} {:>9} {:>9} {:>7} {:>9} {:>9}  {}\n", name, run.traffic.up, run.traffic.down, total, ideal ? std::to_string(ideal) : "-",
             ideal ? fmt::format("{:.3f}", static_cast<double>(total) / static_cast<double>(ideal)) : "-", bound, run.traffic.round_trips,
             total <= bound ? "" : "over");
  std::fflush(stdout);
}

// The compressed bytes of one frame, as the second message of a stream.
std::size_t frame_bytes(Device& device, SpaceId space) {
  auto state = device.replica->space(space);
  auto set = device.replica->pending(space, state.acked, SIZE_MAX);
  Packing packing;
  packing.put(std::string(40, 'h'));
  packing.flush();
  packing.put(encode(Changes{std::move(set), state.seen}, Direction::up, epoch_of(state.seen)));
  return packing.flush().size();
}

}  // namespace

int main(int argc, char** argv) {
  VirtualClock::ahead(0);  // before any database opens
  std::uint64_t seed = argc > 1 ? std::stoull(argv[1]) : 20250310;
  fmt::print("seed {}\n{:<18} {:>9} {:>9} {:>9} {:>9} {:>7} {:>9} {:>9}\n", seed, "case", "up", "down", "total", "xz -9e", "ratio", "bound", "trips");
  {
    LiveRelay relay({}, domain());
    auto ouinhi = relay.device(), laarne = relay.device();
    Work work(seed, 2 * day);
    work.base(*ouinhi, 2);
    work.wait_until(day / 4);
    must_sync(*ouinhi);
    must_sync(*laarne);
    must_sync(*ouinhi);

    print("nothing, a look", must_sync(*ouinhi), 0, 0, 300);
    work.one_score(*ouinhi);
    ouinhi->replica->collect();
    auto frame = frame_bytes(*ouinhi, relay.space);
    print("one score", must_sync(*ouinhi), 0, 0, 420);
    fmt::print("{:<18} {:>9}\n", "  of it the frame", frame);

    auto before = snapshot(*ouinhi);
    work.evening(*ouinhi);
    auto ideal = content(before, snapshot(*ouinhi));
    print("one evening", must_sync(*ouinhi), xz_bytes(ideal), 1.0, 400);
    print("  received", must_sync(*laarne), xz_bytes(ideal), 1.0, 400);
  }
  {
    LiveRelay relay({}, domain());
    auto ouinhi = relay.device();
    Work work(seed, 730 * day, 730 * day / 2600);
    work.years(*ouinhi, 2000, 1'500'000);
    auto ideal = content({}, snapshot(*ouinhi));
    print("first upload", must_sync(*ouinhi), xz_bytes(ideal), 1.02, 0);
    auto fresh = relay.device();
    print("first sync", must_sync(*fresh), xz_bytes(ideal), 1.02, 0);
    if (content({}, snapshot(*fresh)) != ideal) throw std::runtime_error("the new device holds something else");
  }
  {
    LiveRelay relay({}, domain());
    auto away = relay.device();
    Work work(seed, 22 * day);
    work.base(*away, 3);
    must_sync(*away);
    std::vector<std::unique_ptr<Device>> others;
    for (int k = 0; k < 5; ++k) { others.push_back(relay.device()); must_sync(*others.back()); }
    must_sync(*away);
    auto before = snapshot(*away);
    // Every day 150 small changes, many on the same cells; every evening each syncs, and one settles the conflicts that came up.
    for (int night = 0; night < 20; ++night) {
      work.wait_until((20 - night) * day);
      for (int change = 0; change < 150; ++change) work.small_update(*others[static_cast<std::size_t>(change % 5)]);
      if (night % 4 == 3) work.evening(*others[static_cast<std::size_t>(night / 4)]);
      for (auto& device : others) must_sync(*device);
      auto& coach = *others.back();
      for (auto& conflict : coach.replica->conflicts()) (void)coach.replica->decide(conflict.row, conflict.column, conflict.shown.value);
      must_sync(coach);
    }
    auto run = must_sync(*away);
    print("three weeks away", run, xz_bytes(content(before, snapshot(*away))), 1.0, 0);
  }
}
