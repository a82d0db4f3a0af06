// The hard stop, with the real transport against the real relay: it stops within one write to the socket of what is allowed,
// and nothing is lost by it.
#include <catch2/catch.hpp>

#include "client/status.hpp"
#include "tests/live_relay.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

constexpr std::int64_t one_write = 16'384;

// Incompressible rows, some 2 KB each.
void write_rows(Device& device, int rows) {
  REQUIRE(device.sql("INSERT INTO shelf(space,name,level) VALUES(1,'s',1)") == "");
  REQUIRE(device.sql("WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k+1 FROM n WHERE k<" + std::to_string(rows) + ") "
                     "INSERT INTO book(space,shelf,title,notes) SELECT 1,(SELECT id FROM shelf),'t'||k,hex(randomblob(2000)) FROM n") == "");
}

// One sync with so many bytes to move.
SyncRun sync_with(Replica& replica, std::int64_t allowed) {
  std::int64_t moved = 0;
  return sync(replica, {.moved = [&](const Traffic& traffic) { moved = traffic.up + traffic.down; }, .left = [&] { return allowed - moved; }, .stop = {}});
}

std::int64_t bytes(const SyncRun& run) { return run.traffic.up + run.traffic.down; }

}  // namespace

TEST_CASE("an upload stops at what is allowed, and the rest follows from there") {
  LiveRelay relay;
  auto ouinhi = relay.device(), laarne = relay.device();
  write_rows(*ouinhi, 100);
  const std::int64_t allowed = 60'000;
  std::int64_t all = 0;
  int nights = 1;
  for (; nights < 20; ++nights) {
    auto before = ouinhi->replica->space(relay.space).acked;
    auto run = sync_with(*ouinhi->replica, allowed);
    all += bytes(run);
    CHECK(bytes(run) <= allowed + one_write);
    if (run) break;
    CHECK(run.lacked > 0);
    CHECK(run.error->code == Code::busy);
    CHECK(ouinhi->replica->space(relay.space).acked > before);
  }
  CHECK(nights > 2);
  CHECK(nights <= 6);
  CHECK(all < 300'000);  // of which 200,000 and a bit must be: nothing was sent again and again
  auto down = sync(*laarne->replica);
  INFO((down.error ? down.error->text : ""));
  REQUIRE(down);
  CHECK(laarne->get("SELECT count(*) FROM book") == "100");
  CHECK(laarne->replica->recount(relay.space) == ouinhi->replica->recount(relay.space));
}

TEST_CASE("a download stops at what is allowed, and the rest follows from there") {
  LiveRelay relay;
  auto ouinhi = relay.device(), laarne = relay.device();
  write_rows(*ouinhi, 500);
  REQUIRE(sync(*ouinhi->replica));
  const std::int64_t allowed = 350'000;
  int nights = 1;
  for (; nights < 20; ++nights) {
    auto run = sync_with(*laarne->replica, allowed);
    CHECK(bytes(run) <= allowed + one_write);
    if (run) break;
    CHECK(run.lacked > 0);
  }
  CHECK(nights > 2);
  CHECK(nights < 20);
  CHECK(laarne->get("SELECT count(*) FROM book") == "500");
  CHECK(laarne->replica->recount(relay.space) == ouinhi->replica->recount(relay.space));
}

TEST_CASE("what cannot fit at all is not begun: no connection, no byte") {
  LiveRelay relay;
  auto ouinhi = relay.device();
  write_rows(*ouinhi, 1);
  REQUIRE(sync(*ouinhi->replica));
  REQUIRE(ouinhi->sql("UPDATE book SET notes=hex(randomblob(2000))") == "");
  auto run = sync_with(*ouinhi->replica, 1'000);
  CHECK(run.lacked > 1'000);
  CHECK(run.traffic.connections == 0);
  CHECK(bytes(run) == 0);
  CHECK(run.report.rows_up == 0);
  CHECK(sync(*ouinhi->replica));
}

TEST_CASE("an exchange that is asked to end does so, and the rest follows") {
  LiveRelay relay;
  auto ouinhi = relay.device();
  write_rows(*ouinhi, 100);
  bool stop = false;
  auto run = sync(*ouinhi->replica, {.moved = [&](const Traffic& traffic) { stop = traffic.up > 50'000; }, .left = {}, .stop = [&] { return stop; }});
  CHECK(run.error->text.find("was ended here") != std::string::npos);
  CHECK(sync(*ouinhi->replica));
  CHECK(rows_waiting(*ouinhi->replica) == 0);
}

namespace {

// This machine's clock stands still; the rest is real.
struct ThisMachine final : Machine {
  Moment now() override { return {1'741'600'000, 60, 50'000, 1}; }
  std::uint64_t random() override { return 1; }
  LinkState link(const std::string& address, Settings::Metered metered) override { return find_link(address, metered); }
  SyncRun sync(Replica& replica, const Watch& watch) override { return carnet::sync(replica, watch); }
};

}  // namespace

TEST_CASE("the ledger holds the bytes that the transport moved, to the byte, and the budget of the day ends the exchange") {
  LiveRelay relay;
  auto ouinhi = relay.device();
  ThisMachine machine;
  REQUIRE(change_setting(*ouinhi->replica, "metered", "yes"));
  REQUIRE(change_setting(*ouinhi->replica, "day_kb", "60"));
  write_rows(*ouinhi, 100);
  auto run = exchange(*ouinhi->replica, *read_settings(*ouinhi->replica), machine);
  CHECK(run.error->text.starts_with("the budget of the day (60 KB) has no room for more; the rest goes from "));
  auto row = Ledger(*ouinhi->replica).budget().rows.at(0);
  CHECK(row.up == run.traffic.up);
  CHECK(row.down == run.traffic.down);
  CHECK(row.connections == 1);
  CHECK(row.bytes() <= 60'000 + one_write);
  REQUIRE(change_setting(*ouinhi->replica, "policy", "link"));
  Schedule schedule({Schedule::When::link, {}, 12, true}, ouinhi->replica->device(), {});
  CHECK(plan(schedule, *ouinhi->replica, *read_settings(*ouinhi->replica), machine).next.why == Schedule::Why::budget);
  REQUIRE(change_setting(*ouinhi->replica, "day_kb", "none"));
  CHECK(exchange(*ouinhi->replica, *read_settings(*ouinhi->replica), machine));
  CHECK_FALSE(ouinhi->replica->setting("last_error"));
}

TEST_CASE("what waits is estimated to a tenth of what then moves, and priced") {
  LiveRelay relay;
  auto ouinhi = relay.device();
  ThisMachine machine;
  write_rows(*ouinhi, 600);  // more than is packed to know it
  CHECK((*status_of(*ouinhi->replica, machine))["waiting"]["francs"].is_null());
  REQUIRE(change_setting(*ouinhi->replica, "price", "2"));
  auto waiting = (*status_of(*ouinhi->replica, machine))["waiting"];
  CHECK(waiting["rows"] == 601);
  CHECK(waiting["nights"] == 1);
  auto run = sync(*ouinhi->replica);
  REQUIRE(run);
  auto estimate = waiting["bytes"].get<double>();
  CHECK(estimate == Approx(bytes(run)).epsilon(0.1));
  CHECK(waiting["francs"].get<double>() == Approx(estimate * 2 / 1'000'000).margin(0.03));
  CHECK((*status_of(*ouinhi->replica, machine))["waiting"]["bytes"] == 0);
}
