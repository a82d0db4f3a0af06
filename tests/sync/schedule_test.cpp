// When the agent tries: windows, policies and budgets, each at its limit.
#include <catch2/catch.hpp>

#include <set>

#include "tests/sync/scheduled.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

std::string text(const Result<void>& checked) { return checked ? "" : checked.error().text; }

}  // namespace

TEST_CASE("a window opens at its first minute and closes at its last, also across midnight") {
  using std::chrono::days, std::chrono::local_days;
  auto local = [](int day_on, int hours, int minutes, int seconds = 0) {
    return local_days{days{20'157 + day_on}} + std::chrono::seconds{(hours * 60 + minutes) * 60 + seconds};
  };
  Window late{22 * 60, 5 * 60};
  auto night = night_at(late, local(1, 4, 59, 59));
  CHECK(night.day == local_days{days{20'157}});
  CHECK(night.opens == local(0, 22, 0));
  CHECK(night.closes == local(1, 5, 0));
  CHECK(night.next_opens == local(1, 22, 0));
  CHECK(night_at(late, local(1, 21, 59, 59)).day == night.day);
  CHECK(night_at(late, local(1, 22, 0)).day == night.day + days{1});
  CHECK(night_at({60, 60}, local(0, 1, 0)).closes == local(1, 1, 0));
}

TEST_CASE("settings are taken at their limits and refused one beyond, in words") {
  CHECK(check(Window{0, 1'439}));
  CHECK(check(Window{1'439, 0}));
  CHECK_FALSE(check(Window{0, 1'440}));
  CHECK_FALSE(check(Window{-1, 0}));
  CHECK(Schedule::check({When::link, {}, 8'760, true}));
  CHECK(Schedule::check({When::link, {}, 0, true}));
  CHECK(text(Schedule::check({When::link, {}, 8'761, true})).find("8760") != std::string::npos);
  CHECK_FALSE(Schedule::check({When::link, {}, -1, true}));
  CHECK_FALSE(Schedule::check({When::night, {0, 1'440}, 12, true}));
}

TEST_CASE("a fleet is spread over the first third of the window: no two of 288 devices within ten seconds") {
  std::set<std::int64_t> starts;
  for (std::uint32_t number = 1; number <= 288; ++number) starts.insert(start_offset({}, DeviceId{number}).count());
  CHECK(starts.size() == 288);
  CHECK(*starts.begin() >= 0);
  CHECK(*starts.rbegin() < 100 * 60);
  for (auto one = starts.begin(), next = std::next(one); next != starts.end(); ++one, ++next) CHECK(*next - *one >= 10);
  CHECK(start_offset({}, DeviceId{max_device}).count() < 100 * 60);
}

TEST_CASE("manual: never by itself, whatever waits") {
  Machine machine(by_hand);
  machine.waiting = true;
  CHECK(machine.ask().act == Act::never);
  CHECK(machine.ask().why == Why::manual);
}

TEST_CASE("night: what waits goes from this device's start to the last second of the window, and not a second before or after") {
  Machine machine(by_night);
  machine.waiting = true;
  auto noon = machine.ask();
  CHECK(noon.why == Why::outside_window);
  CHECK(noon.at == midnight + day + offset);
  CHECK(noon.seconds == Schedule::longest_sleep);
  machine.at(midnight + day + offset - 1);
  CHECK(machine.ask().seconds == 1);
  machine.pass(1);
  CHECK(machine.ask().act == Act::go);
  machine.at(midnight + day + 5 * hour - 1);
  CHECK(machine.ask().act == Act::go);
  machine.pass(1);
  CHECK(machine.ask().at == midnight + 2 * day + offset);
}

TEST_CASE("night: one look a night when nothing waits, and what is written later in the window goes in the same night") {
  Machine machine(by_night);
  machine.at(midnight + day + offset);
  CHECK(machine.ask().why == Why::look);
  machine.exchange(Outcome::done);
  auto after = machine.ask();
  CHECK(after.why == Why::nothing_due);
  CHECK(after.at == midnight + 2 * day + offset);
  machine.waiting = true;
  CHECK(machine.ask().why == Why::just_ended);
  machine.pass(Schedule::gap - 1);
  CHECK(machine.ask().act == Act::later);
  machine.pass(1);
  CHECK(machine.ask().why == Why::waiting);
}

TEST_CASE("link: what waits goes as soon as there is a link; a look after its hours, to the second") {
  Machine machine(by_link);
  machine.exchange(Outcome::done);
  auto idle = machine.ask();
  CHECK(idle.why == Why::nothing_due);
  CHECK(idle.at == machine.now.utc + 12 * hour);
  machine.pass(hour);
  machine.waiting = true;
  machine.link = false;
  CHECK(machine.ask().why == Why::no_link);
  machine.link = true;
  CHECK(machine.ask().why == Why::waiting);
  machine.waiting = false;
  machine.pass(11 * hour - 1);
  CHECK(machine.ask().act == Act::later);
  machine.pass(1);
  CHECK(machine.ask().why == Why::look);
}

TEST_CASE("link: after a restart of the machine the wall clock tells when to look, also one that was set back") {
  Machine machine(by_link);
  machine.exchange(Outcome::done);
  machine.restart();
  machine.now.monotonic = 60;
  CHECK(machine.ask().act == Act::later);
  machine.pass(12 * hour);
  CHECK(machine.ask().why == Why::look);
  machine.now.utc = 0;
  CHECK(machine.ask().why == Why::look);
}

TEST_CASE("mobile data is left alone where the policy says so") {
  Machine machine({When::link, {}, 12, false});
  machine.waiting = true;
  machine.mobile_data = true;
  CHECK(machine.ask().why == Why::no_mobile_data);
  machine.mobile_data = false;
  CHECK(machine.ask().act == Act::go);
}

TEST_CASE("a used-up budget waits until it opens, by night until this device's start") {
  Machine machine(by_link);
  machine.waiting = true;
  machine.budget_until = machine.now.utc + 1;
  CHECK(machine.ask().why == Why::budget);
  CHECK(machine.ask().at == machine.budget_until);
  machine.pass(1);
  CHECK(machine.ask().act == Act::go);

  Machine nightly(by_night);
  nightly.waiting = true;
  nightly.at(midnight + day + 3 * hour);
  nightly.budget_until = midnight + 2 * day;
  CHECK(nightly.ask().why == Why::budget);
  CHECK(nightly.ask().at == midnight + 2 * day + offset);
}
