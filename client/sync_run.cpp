#include "client/sync_run.hpp"

#include <sodium.h>

#include <algorithm>
#include <ctime>

#include "sync/limits.hpp"

namespace carnet {

namespace {

constexpr int max_exchanges = 6;  // clock, then life of the relay, then what applying brought up, and some air

void add(SyncReport& sum, const SyncReport& part) {
  sum.frames_up += part.frames_up;
  sum.frames_down += part.frames_down;
  sum.rows_up += part.rows_up;
  sum.rows_down += part.rows_down;
  sum.conflicts += part.conflicts;
  sum.refused += part.refused;
  for (auto& [space, verdict] : part.verdicts) sum.verdicts[space] = verdict;
}

std::optional<std::string> secret_of(Replica& replica) {
  auto hex = replica.setting("secret");
  if (!hex) return {};
  std::string secret(secret_bytes, '\0');
  std::size_t size = 0;
  sodium_hex2bin(reinterpret_cast<unsigned char*>(secret.data()), secret.size(), hex->data(), hex->size(), nullptr, &size, nullptr);
  return size == secret_bytes ? std::optional(secret) : std::nullopt;
}

// Several frames to what may move, so that little of it stays unused.
std::size_t frame_bytes(const Watch& watch) {
  if (!watch.left) return usual_frame_bytes;
  auto part = static_cast<std::size_t>(std::max<std::int64_t>(0, watch.left())) / 4;
  return std::clamp(part, min_frame_bytes, usual_frame_bytes);
}

}  // namespace

SyncRun sync(Replica& replica, const Watch& watch) {
  SyncRun run;
  auto address = replica.setting("address");
  auto secret = secret_of(replica);
  if (!address || !secret) {
    run.error = Error{Code::not_found, "this replica knows no relay, or its secret is damaged; ask for a new invite"};
    return run;
  }
  Transport transport(*address, watch);
  bool again = true;
  while (again && !run.error && run.exchanges < max_exchanges) {
    ClientSession session(replica, {.secret = *secret, .frame_bytes = frame_bytes(watch)}, std::time(nullptr));
    auto link = transport.run(session);
    ++run.exchanges;
    if (transport.traffic().up > run.traffic.up) add(run.report, session.report());  // else nothing was begun
    run.traffic = transport.traffic();
    run.lacked = transport.lacked();
    if (!link) run.error = link.error();
    else if (session.outcome() == ClientSession::Outcome::failed) run.error = session.error();
    again = session.outcome() == ClientSession::Outcome::again;
  }
  return run;
}

}  // namespace carnet
