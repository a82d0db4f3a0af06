#include "sync/schedule.hpp"

#include <algorithm>
#include <cstdlib>

namespace carnet {

using namespace std::chrono;

namespace {

constexpr std::int64_t last_second = 0xffffffff;  // 2106, as stamps count
constexpr std::int64_t max_monotonic = std::int64_t{1} << 40;
constexpr int day_minutes = 24 * 60;
constexpr std::int64_t hour_seconds = 3'600;
constexpr int max_failures = 16;  // the wait has reached its limit long before

std::int64_t clamped(std::int64_t utc) { return std::clamp<std::int64_t>(utc, 0, last_second); }

minutes length(const Window& window) {
  int span = (window.until_minute - window.from_minute + day_minutes) % day_minutes;
  return minutes{span == 0 ? day_minutes : span};
}

// Between half and all of the step.
std::int64_t backoff(int failures, std::uint64_t random) {
  auto step = std::min(Schedule::max_wait, Schedule::first_wait << (failures - 1));
  auto half = step / 2;
  return half + static_cast<std::int64_t>(random % static_cast<std::uint64_t>(step - half + 1));
}

bool possible(const Moment& moment) {
  return moment.utc >= 0 && moment.utc <= last_second && moment.monotonic >= 0 && moment.monotonic <= max_monotonic;
}

bool possible(const Schedule::State& state) {
  return possible(state.attempt) && possible(state.look) && possible(state.watched) && state.wait_seconds >= 0 &&
         state.wait_seconds <= Schedule::max_wait && state.failures >= 0 && state.failures <= max_failures &&
         state.closed_since >= 0 && state.closed_since <= max_monotonic;
}

Moment kept(Moment moment) {
  moment.utc = clamped(moment.utc);
  return moment;
}

Schedule::Decision later(Schedule::Why why, std::int64_t now, std::int64_t at) {
  auto seconds = at == 0 ? Schedule::longest_sleep : std::clamp<std::int64_t>(at - now, 1, Schedule::longest_sleep);
  return {Schedule::Act::later, why, seconds, at};
}

}  // namespace

local_seconds local_time(const Moment& moment) {
  return local_seconds{seconds{clamped(moment.utc)} + minutes{moment.offset_minutes}};
}

std::int64_t utc_at(local_seconds local, const Moment& moment) {
  return (local.time_since_epoch() - minutes{moment.offset_minutes}).count();
}

std::optional<std::int64_t> elapsed(const Moment& earlier, const Moment& now) {
  if (earlier.boot == 0 || earlier.boot != now.boot || now.monotonic < earlier.monotonic) return {};
  return now.monotonic - earlier.monotonic;
}

Result<void> check(const Window& window) {
  for (int minute : {window.from_minute, window.until_minute})
    if (minute < 0 || minute >= day_minutes) return Error{Code::invalid, "window: give two times of the day, from 00:00 to 23:59"};
  return {};
}

Night night_at(const Window& window, local_seconds at) {
  auto day = floor<days>(at - minutes{window.from_minute});
  local_seconds opens = day + minutes{window.from_minute};
  return {day, opens, opens + length(window), opens + days{1}};
}

// Multiples of the golden ratio: whatever numbers the relay gave, neighbours lie far apart and no gap stays.
seconds start_offset(const Window& window, DeviceId device) {
  std::uint32_t part = device.value * 2'654'435'769u;
  auto spread = static_cast<std::uint64_t>(seconds{length(window)}.count() / 3);
  return seconds{static_cast<std::int64_t>((spread * part) >> 32)};
}

Schedule::Outcome Schedule::outcome_of(Code code) {
  switch (code) {
    case Code::busy:
    case Code::gap:
    case Code::clock_wrong:
    case Code::other_life:
    case Code::other_text: return Outcome::cut;
    case Code::malformed:
    case Code::too_large:
    case Code::newer_version:
    case Code::not_allowed:
    case Code::invalid:
    case Code::not_found:
    case Code::copied:
    case Code::invite_expired:
    case Code::invite_used:
    case Code::invite_revoked:
    case Code::no_member:
    case Code::reads_only:
    case Code::coach_only:
    case Code::admins_only:
    case Code::other_kind:
    case Code::of_another:
    case Code::other_space:
    case Code::space_full:
    case Code::day_full: return Outcome::refused;
  }
  return Outcome::refused;  // a newer relay's code
}

Result<void> Schedule::check(const Policy& policy) {
  if (policy.look_hours < 0 || policy.look_hours > 8'760) return Error{Code::invalid, "look hours: 1 to 8760, or 0 for never"};
  return carnet::check(policy.window);
}

Schedule::Schedule(const Policy& policy, DeviceId device, const State& state)
    : policy_(policy), offset_(start_offset(policy.window, device)), state_(possible(state) ? state : State{}) {
  assert(check(policy));
}

Schedule::Decision Schedule::decide(const Situation& situation) {
  auto now = kept(situation.now);
  watch(now);
  if (policy_.when == When::manual) return {Act::never, Why::manual};
  if (!situation.waiting && !look_due(now)) return later(Why::nothing_due, now.utc, next_look(now));
  if (!situation.link) return later(Why::no_link, now.utc, 0);
  if (situation.mobile_data && !policy_.mobile_data) return later(Why::no_mobile_data, now.utc, 0);
  if (still_refused(now)) return later(Why::refused, now.utc, next_day(now));
  bool lost = situation.waiting && policy_.when == When::night && now.monotonic - state_.closed_since >= window_lost_after;
  bool missed = nights_missed(now);
  if (!open(now) && !lost && !missed) return later(Why::outside_window, now.utc, start_from(now, now.utc));
  if (auto left = rest(now, situation.waiting); left > 0) {
    auto at = lost || missed ? now.utc + left : start_from(now, now.utc + left);
    return later(state_.failures > 0 ? Why::backing_off : Why::just_ended, now.utc, at);
  }
  if (situation.budget_small) return later(Why::budget_small, now.utc, 0);
  if (situation.budget_until > now.utc) return later(Why::budget, now.utc, start_from(now, situation.budget_until));
  if (!open(now)) return {Act::go, missed ? Why::nights_missed : Why::window_lost};
  return {Act::go, situation.waiting ? Why::waiting : Why::look};
}

// Written down as broken off, in case nobody comes back to say how it ended.
void Schedule::began(const Moment& now, std::uint64_t random) {
  state_.attempt = kept(now);
  state_.failures = std::min(state_.failures + 1, max_failures);
  state_.wait_seconds = backoff(state_.failures, random);
}

void Schedule::ended(const Moment& now, Outcome outcome, bool progress, std::uint64_t random) {
  state_.attempt = kept(now);
  state_.refused = outcome == Outcome::refused;
  if (state_.refused) state_.refused_day = day_of(now);
  if (progress) state_.failures = std::min(state_.failures, 1);
  if (outcome != Outcome::done) {
    state_.wait_seconds = backoff(std::max(state_.failures, 1), random);
    return;
  }
  state_.failures = 0;
  state_.wait_seconds = gap;
  state_.look = kept(now);
  state_.look_night = night_at(policy_.window, local_time(now)).day.time_since_epoch().count();
  state_.closed_since = now.monotonic;
}

// How long the window has not been seen open (and no refusal in the way), by an agent that was awake. One that was away or asleep begins anew, since
// the window may have passed meanwhile.
void Schedule::watch(const Moment& now) {
  auto since = elapsed(state_.watched, now);
  bool away = !since || *since > 4 * longest_sleep;
  if (away || (open(now) && !still_refused(now))) state_.closed_since = now.monotonic;
  state_.watched = now;
  if (state_.look.boot == 0 && state_.look_night == 0) state_.look_night = day_of(now);
}

bool Schedule::open(const Moment& now) const { return policy_.when != When::night || start_from(now, now.utc) <= now.utc; }

bool Schedule::look_due(const Moment& now) const {
  if (policy_.when == When::night)
    return state_.look.boot == 0 || day_of(now) != state_.look_night;
  if (policy_.look_hours == 0) return false;
  return state_.look.boot == 0 || next_look(now) <= now.utc || (!elapsed(state_.look, now) && now.utc < state_.look.utc);
}

// Within one run of the machine by its monotonic clock; after a restart there is only the wall clock.
std::int64_t Schedule::next_look(const Moment& now) const {
  if (policy_.when == When::night) return start_from(now, utc_at(night_at(policy_.window, local_time(now)).next_opens, now));
  if (policy_.look_hours == 0) return 0;
  auto past = elapsed(state_.look, now).value_or(now.utc - state_.look.utc);
  return now.utc + policy_.look_hours * hour_seconds - past;
}

// By the wall clock, since the machine may have been off. One that was set back counts as well.
bool Schedule::nights_missed(const Moment& now) const {
  return policy_.when == When::night && std::abs(day_of(now) - state_.look_night) >= missed_nights;
}

// Until the next night or day; but a wall clock that stands still, or was set back by a restart, does not make it longer.
bool Schedule::still_refused(const Moment& now) const {
  if (!state_.refused || day_of(now) != state_.refused_day) return false;
  auto past = elapsed(state_.attempt, now);
  return past ? *past < refusal_seconds : now.utc >= state_.attempt.utc;
}

std::int64_t Schedule::day_of(const Moment& now) const {
  auto local = local_time(now);
  auto day = policy_.when == When::night ? night_at(policy_.window, local).day : floor<days>(local);
  return day.time_since_epoch().count();
}

std::int64_t Schedule::next_day(const Moment& now) const {
  auto local = local_time(now);
  if (policy_.when == When::night) return start_from(now, utc_at(night_at(policy_.window, local).next_opens, now));
  return utc_at(floor<days>(local) + days{1}, now);
}

// After a restart of the machine nobody knows how much of the wait has passed: the shortest is kept, counted from the start.
std::int64_t Schedule::rest(const Moment& now, bool waiting) const {
  if (state_.attempt.boot == 0) return 0;
  auto wait = waiting ? state_.wait_seconds : std::max(state_.wait_seconds, look_gap);
  if (auto past = elapsed(state_.attempt, now)) return std::max<std::int64_t>(0, wait - *past);
  return std::max<std::int64_t>(0, std::min(wait, first_wait) - now.monotonic);
}

// The first second at or after `utc` at which the policy lets this device start.
std::int64_t Schedule::start_from(const Moment& now, std::int64_t utc) const {
  if (policy_.when != When::night) return utc;
  auto local = local_time({utc, now.offset_minutes});
  auto night = night_at(policy_.window, local);
  if (local < night.opens + offset_) return utc_at(night.opens + offset_, now);
  return local < night.closes ? utc : utc_at(night.next_opens + offset_, now);
}

}  // namespace carnet
