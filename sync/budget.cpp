#include "sync/budget.hpp"

#include <algorithm>
#include <cstdlib>

namespace carnet {

using namespace std::chrono;

namespace {

constexpr auto limited = {Budget::Limit::day, Budget::Limit::night, Budget::Limit::month};
constexpr std::int64_t last_day = 0xffffffff / 86'400 + 1;  // 2106, as stamps count
constexpr std::int64_t drift_seconds = 3'600;               // of a clock that goes by itself: summer time, and being set right

std::size_t at(Budget::Limit limit) { return static_cast<std::size_t>(limit); }
std::size_t at(Budget::Link link) { return static_cast<std::size_t>(link); }

std::int64_t clamped(std::int64_t bytes) { return std::clamp<std::int64_t>(bytes, 0, Budget::max_bytes); }
void add(std::int64_t& sum, std::int64_t bytes) { sum = std::min(sum + bytes, Budget::max_bytes); }

// The longest local day, or month.
std::int64_t guard_seconds(Budget::Limit limit) { return (limit == Budget::Limit::month ? 31 : 1) * std::int64_t{86'400} + 3'600; }

std::int64_t number(local_days day) { return day.time_since_epoch().count(); }
local_days day_at(std::int64_t number) { return local_days{days{static_cast<int>(number)}}; }
std::int64_t month_of(local_days day) {
  year_month_day date{day};
  return std::int64_t{int{date.year()}} * 12 + unsigned{date.month()} - 1;
}
local_days next_month(local_days day) {
  year_month_day date{day};
  return local_days{(date.year() / date.month() + months{1}) / 1};
}

// How far the wall clock went beyond what the monotonic one says.
std::int64_t drift(const Moment& earlier, const Moment& now) {
  auto wall = (local_time(now) - local_time(earlier)).count();
  return wall - (now.monotonic - earlier.monotonic);
}
bool went_by_itself(const Moment& earlier, const Moment& now) {
  return std::abs(drift(earlier, now)) <= drift_seconds;
}

bool possible(const Budget::Row& row) {
  return row.day >= -2 && row.day <= last_day && (row.link == Budget::Link::free || row.link == Budget::Link::metered);
}
bool possible(const Budget::Guard& guard) {
  constexpr std::int64_t most = std::int64_t{1} << 40;
  auto& [utc, offset_minutes, monotonic, boot] = guard.began;
  return monotonic >= 0 && monotonic <= most && offset_minutes >= -1'080 && offset_minutes <= 1'080;
}

Result<void> check_amount(const Budget::Amount& amount) {
  if (amount.bytes && (*amount.bytes < 0 || *amount.bytes > Budget::max_bytes))
    return Error{Code::invalid, "limit: 0 to 9,007,199,254,740,992 bytes"};
  if (amount.francs && (*amount.francs < 0 || *amount.francs > Budget::max_francs))
    return Error{Code::invalid, "limit: 0 to 1,000,000,000 francs"};
  return {};
}

}  // namespace

std::int64_t Budget::Row::bytes() const { return std::min(up + down + overhead, max_bytes); }

Result<void> Budget::check(const Limits& limits) {
  for (auto limit : limited)
    if (auto checked = check_amount(limits.of(limit)); !checked) return checked;
  if (limits.price < 0 || limits.price > max_price) return Error{Code::invalid, "price: 0 to 100,000 francs per MB"};
  if (limits.connection_bytes < 0 || limits.connection_bytes > max_connection_bytes)
    return Error{Code::invalid, "bytes of a connection: 0 to 1,000,000"};
  return carnet::check(limits.window);
}

Budget::Budget(const Limits& limits, const State& state) : limits_(limits) {
  assert(check(limits));
  for (auto& given : state.rows) {
    if (!possible(given)) continue;
    auto& kept = row(given.link, given.day);
    add(kept.up, clamped(given.up));
    add(kept.down, clamped(given.down));
    add(kept.overhead, clamped(given.overhead));
    add(kept.connections, clamped(given.connections));
    add(kept.night, clamped(given.night));
  }
  for (auto limit : limited) {
    auto guard = state.guards[at(limit)];
    guard.used = clamped(guard.used);
    guard.before = clamped(guard.before);
    if (possible(guard)) guards_[at(limit)] = guard;
  }
}

Budget::Allowance Budget::allowance(const Moment& now, Link link, int opening) const {
  Allowance least;
  if (link == Link::free) return least;
  for (auto limit : limited) {
    auto of = limit_bytes(limit);
    if (!of || (limit == Limit::night && local_time(now) >= night_at(limits_.window, local_time(now)).closes)) continue;
    auto next = under(limit, *of, now, opening * limits_.connection_bytes);
    if (next.bytes < least.bytes || (next.bytes == 0 && next.until > least.until)) least = next;
  }
  return least;
}

Budget::Change Budget::count(const Moment& now, Link link, const Moved& moved) {
  assert(moved.up >= 0 && moved.down >= 0 && moved.connections >= 0 && moved.up <= max_bytes && moved.down <= max_bytes);
  auto overhead = moved.connections * limits_.connection_bytes;
  auto bytes = moved.up + moved.down + overhead;
  auto local = local_time(now);
  auto night = night_at(limits_.window, local);
  bool by_night = local < night.closes;
  auto day = number(floor<days>(local));

  if (link == Link::metered)
    for (auto limit : limited)
      if (limit != Limit::night || by_night) guard(limit, now, bytes);
  auto& today = row(link, day);
  add(today.up, moved.up);
  add(today.down, moved.down);
  add(today.overhead, overhead);
  add(today.connections, moved.connections);
  if (by_night) add(row(link, number(night.day)).night, bytes);

  Change change{{row(link, day)}, {}};
  if (by_night && number(night.day) != day) change.rows.push_back(row(link, number(night.day)));
  change.dropped = drop_old(link, now);
  return change;
}

std::optional<int> Budget::nights_needed(const Moment& now, std::int64_t waiting) const {
  if (waiting <= 0) return 0;
  auto local = local_time(now);
  auto night = night_at(limits_.window, local);
  bool open = local < night.closes;
  auto day = open ? night.day : floor<days>(night.next_opens);
  auto nightly = std::min(limit_bytes(Limit::night).value_or(max_bytes), limit_bytes(Limit::day).value_or(max_bytes));
  auto monthly = limit_bytes(Limit::month).value_or(max_bytes);
  auto month = month_of(day);
  auto left = std::max<std::int64_t>(0, monthly - still_counted(Limit::month, month, now));
  for (int nights = 1; nights <= static_cast<int>(max_days); ++nights, day += days{1}) {
    if (month_of(day) != month) left = monthly;
    month = month_of(day);
    auto moves = std::min(nightly, left);
    if (open && nights == 1) moves = std::min(moves, allowance(now, Link::metered).bytes);
    if (moves <= limits_.connection_bytes) continue;
    waiting -= moves - limits_.connection_bytes;
    if (waiting <= 0) return nights;
    left -= moves;
  }
  return {};
}

Budget::State Budget::state() const {
  State state{log(Link::free), guards_};
  for (auto& row : log(Link::metered)) state.rows.push_back(row);
  return state;
}

std::vector<Budget::Row> Budget::log(Link link) const {
  std::vector<Row> rows;
  for (auto& [day, row] : days_[at(link)]) rows.push_back(row);
  return rows;
}

Budget::Period Budget::period(Limit limit, const Moment& now) const {
  auto local = local_time(now);
  auto day = floor<days>(local);
  if (limit == Limit::day) return {number(day), day + days{1}};
  if (limit == Limit::month) return {month_of(day), next_month(day)};
  auto night = night_at(limits_.window, local);
  return {number(night.day), night.next_opens};
}

std::optional<std::int64_t> Budget::limit_bytes(Limit limit) const {
  auto amount = limits_.of(limit);
  auto bytes = amount.bytes;
  if (amount.francs && limits_.price > 0) {
    auto paid = std::min(*amount.francs * 1'000'000'000 / limits_.price, max_bytes);
    bytes = std::min(bytes.value_or(max_bytes), paid);
  }
  return bytes;
}

std::int64_t Budget::counted(Limit limit, std::int64_t id) const {
  auto& days = days_[at(Link::metered)];
  if (limit == Limit::month) {
    std::int64_t sum = 0;
    for (auto& [day, row] : days)
      if (month_of(day_at(day)) == id) add(sum, row.bytes());
    return sum;
  }
  auto found = days.find(id);
  if (found == days.end()) return 0;
  return limit == Limit::night ? found->second.night : found->second.bytes();
}

// Without what true time has left behind.
std::int64_t Budget::still_counted(Limit limit, std::int64_t id, const Moment& now) const {
  auto& guard = guards_[at(limit)];
  if (guard.began.boot != 0 && seconds_left(limit, now) <= 0) return 0;
  auto bytes = counted(limit, id);
  return in_force(limit, id, now) && id == guard.period ? bytes - std::min(bytes, guard.before) : bytes;
}

// Until a whole period of true time has passed since the guard began; after a restart only the time since that is known.
std::int64_t Budget::seconds_left(Limit limit, const Moment& now) const {
  return guard_seconds(limit) - elapsed(guards_[at(limit)].began, now).value_or(now.monotonic);
}

// A later period that the clock reached by itself is a new one; one that it jumped to is the old one for the guard.
bool Budget::in_force(Limit limit, std::int64_t id, const Moment& now) const {
  auto& guard = guards_[at(limit)];
  if (!elapsed(guard.began, now) || seconds_left(limit, now) <= 0) return false;
  return id <= guard.period || !went_by_itself(guard.began, now);
}

Budget::Allowance Budget::under(Limit limit, std::int64_t of, const Moment& now, std::int64_t reserved) const {
  auto [id, ends] = period(limit, now);
  auto& guard = guards_[at(limit)];
  auto room = of - reserved;
  auto left = room - still_counted(limit, id, now);
  auto expires = now.utc + seconds_left(limit, now);
  auto until = utc_at(ends, now);
  if (guard.began.boot != 0 && expires > now.utc) until = std::min(until, expires);
  if (in_force(limit, id, now)) {
    left = std::min(left, room - guard.used);
    if (room <= guard.used && !went_by_itself(guard.began, now)) until = expires;
  }
  return {std::max<std::int64_t>(left, 0), limit, of, until};
}

void Budget::guard(Limit limit, const Moment& now, std::int64_t bytes) {
  auto id = period(limit, now).id;
  auto& guard = guards_[at(limit)];
  if (!in_force(limit, id, now)) guard = {id, now, 0, counted(limit, id) - still_counted(limit, id, now)};
  add(guard.used, bytes);
}

Budget::Row& Budget::row(Link link, std::int64_t day) {
  auto& held = days_[at(link)][day];
  held.day = day;
  held.link = link;
  return held;
}

// The oldest first, but nothing that a limit still looks at: a clock set back to 1970 must not drop its own month. Days
// ahead of the clock go last, since they may be the true ones.
std::vector<std::int64_t> Budget::drop_old(Link link, const Moment& now) {
  auto today = floor<days>(local_time(now));
  auto last_kept = number(next_month(today)) - 1;
  auto first_kept = number(today) - static_cast<unsigned>(year_month_day{today}.day());  // and the night before the first
  auto& days = days_[at(link)];
  std::vector<std::int64_t> dropped;
  while (days.size() > max_days) {
    auto oldest = days.begin();
    if (oldest->first >= first_kept && oldest->first <= last_kept) oldest = days.upper_bound(last_kept);
    dropped.push_back(oldest->first);
    days.erase(oldest);
  }
  return dropped;
}

std::int64_t cost(std::int64_t bytes, std::int64_t price) {
  constexpr std::int64_t unit = 10'000'000;  // thousandths per MB, in hundredths
  auto hundredths = bytes / unit * price + (bytes % unit * price + unit - 1) / unit;
  return hundredths < 1'000 ? hundredths : (hundredths + 99) / 100 * 100;
}

}  // namespace carnet
