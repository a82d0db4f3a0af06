#include "client/sync_run.hpp"

#include <sodium.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>

#include "client/account.hpp"
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
  sum.mended += part.mended;
  for (auto& [space, verdict] : part.verdicts) sum.verdicts[space] = verdict;
  sum.joined.insert(sum.joined.end(), part.joined.begin(), part.joined.end());
  for (auto& gone : part.given_up) {
    sum.given_up.push_back(gone);
    sum.verdicts.erase(gone.space);
  }
}

bool is_url(const std::string& address) {
  return address.starts_with("http") && std::all_of(address.begin(), address.end(), [](char c) { return c > ' ' && c < 127; });
}

std::optional<std::string> secret_of(Replica& replica) {
  auto hex = replica.setting("secret");
  if (!hex) return {};
  std::string secret(secret_bytes, '\0');
  std::size_t size = 0;
  sodium_hex2bin(reinterpret_cast<unsigned char*>(secret.data()), secret.size(), hex->data(), hex->size(), nullptr, &size, nullptr);
  return size == secret_bytes ? std::optional(secret) : std::nullopt;
}

// People tell two databases apart by their names.
void introduce_copy(Replica& replica) {
  replica.set("name", replica.setting("name").value_or("") + " (copy " + std::to_string(replica.device().value) + ")");
  introduce(replica);
}

// How fast the link was, from exchange to exchange.
Pace known_pace(Replica& replica) {
  auto rate = [&](const char* name) {
    auto known = replica.setting(name);
    return known ? std::strtod(known->c_str(), nullptr) : 0;
  };
  return {rate("bytes_a_second_up"), rate("bytes_a_second_down")};
}

void remember(Replica& replica, const Pace& pace) {
  auto known = known_pace(replica);
  if (std::lround(pace.up) != std::lround(known.up)) replica.set("bytes_a_second_up", std::to_string(std::lround(pace.up)));
  if (std::lround(pace.down) != std::lround(known.down)) replica.set("bytes_a_second_down", std::to_string(std::lround(pace.down)));
}

double monotonic_seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// Several frames to what may move, so that little of it stays unused.
std::size_t most_frame_bytes(const Watch& watch) {
  if (!watch.left) return max_frame_bytes;
  auto part = static_cast<std::size_t>(std::max<std::int64_t>(0, watch.left())) / 4;
  return std::clamp(part, min_frame_bytes, max_frame_bytes);
}

}  // namespace

SyncRun sync(Replica& replica, const Watch& watch) {
  SyncRun run;
  auto address = replica.setting("address");
  auto secret = secret_of(replica);
  if (!address || !is_url(*address) || !secret) {
    run.error = Error{Code::not_found, "this replica knows no relay's address or no secret any more: ask for a new invite and run `carnet rebuild --invite carnet1-...`"};
    return run;
  }
  Transport transport(*address, watch);
  auto rights = replica.setting("rights");
  bool again = true;
  while (again && !run.error && run.exchanges < max_exchanges) {
    ClientSession session(replica, {.secret = *secret, .most_frame_bytes = most_frame_bytes(watch), .pace = known_pace(replica), .seconds = monotonic_seconds},
                          std::time(nullptr));
    auto number = replica.device();
    auto link = transport.run(session);
    if (replica.device() != number) introduce_copy(replica);
    ++run.exchanges;
    if (transport.traffic().up > run.traffic.up) add(run.report, session.report());  // else nothing was begun
    remember(replica, session.pace());
    run.traffic = transport.traffic();
    run.lacked = transport.lacked();
    if (!link) run.error = link.error();
    else if (session.outcome() == ClientSession::Outcome::failed) run.error = session.error();
    again = session.outcome() == ClientSession::Outcome::again;
    if (session.outcome() == ClientSession::Outcome::done && replica.setting("rights") != rights) {
      again = take_up_account(replica);
      rights = replica.setting("rights");
    }
  }
  return run;
}

}  // namespace carnet
