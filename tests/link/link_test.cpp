// What a cut of the bad link at any byte does to a real exchange.
#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>
#include <random>
#include <set>
#include <utility>

#include "client/sync_run.hpp"
#include "tests/link/made_up.hpp"
#include "tests/live_relay.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

constexpr std::uint64_t seed = 20250310;  // of all that is drawn here

// Over real sockets every third byte is cut at, and in memory (sync/cut_test.cpp) every one. A sanitized build is slow.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::int64_t bytes_between = 15;
#else
constexpr std::int64_t bytes_between = 3;
#endif

constexpr std::size_t spaces = 3;         // that both are members of: each gives a frame both ways
constexpr std::size_t rows_of_space = 6;  // that each writes in an evening

struct Bytes {
  std::int64_t up = 0, down = 0;
  std::int64_t of(Way way) const { return way == Way::up ? up : down; }
};

class Town {
 public:
  Town() : link(relay.server->port(), clean(), seed) {
    all.push_back(relay.space);
    while (all.size() < spaces) all.push_back(relay.store->add_space("hub " + std::to_string(all.size()), "hub"));
    ouinhi = enrol();
    laarne = enrol();
    ouinhi->replica->set("address", "http://127.0.0.1:" + std::to_string(link.port()));
  }

  void write(Device& device) {
    std::string sql = "BEGIN;";
    for (auto space : all)
      for (std::size_t k = 0; k < rows_of_space; ++k)
        sql += "INSERT INTO shelf(space,name,level) VALUES(" + std::to_string(space.value) + ",'" + letters_of_its_own() + "',3);";
    rows += spaces * rows_of_space;
    REQUIRE(device.sql(sql + "COMMIT;").empty());
  }
  void sync_directly() {
    REQUIRE(sync(*laarne->replica));
    check(*laarne);
  }
  void check(Device& device) const { CHECK(device.get("SELECT count(*) FROM shelf") == std::to_string(rows)); }
  // Frames of what ouinhi has written.
  std::size_t relay_lacks() const {
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](SpaceId space) {
      return !ouinhi->replica->pending(space, relay.store->acked(ouinhi->replica->device(), space), SIZE_MAX).rows.empty();
    }));
  }
  Bytes passed() const {
    auto counters = link.counters();
    return {counters.up, counters.down};
  }
  // Nothing is lost, nothing doubled: every name was written once.
  void check_all() {
    sync_directly();
    for (auto* device : {ouinhi.get(), laarne.get()}) {
      check(*device);
      CHECK(device->get("SELECT count(DISTINCT name) FROM shelf") == std::to_string(rows));
    }
    CHECK(all_equal());
  }
  bool all_equal() const {
    if (!relay.store->verify().empty()) return false;
    for (auto& at_relay : relay.store->spaces())
      for (auto* device : {ouinhi.get(), laarne.get()})
        if (device->replica->space(at_relay.id).digest != at_relay.digest || device->replica->recount(at_relay.id) != at_relay.digest) return false;
    return true;
  }

  LiveRelay relay;
  Link link;
  std::vector<SpaceId> all;
  std::unique_ptr<Device> ouinhi, laarne;
  std::size_t rows = 0;  // that both have written

 private:
  // Always as long, and hardly to be compressed.
  std::string letters_of_its_own() {
    std::string name(10, '\0');
    for (auto& letter : name) letter = static_cast<char>('a' + random_() % 26);
    return name;
  }
  std::unique_ptr<Device> enrol() {
    auto number = relay.store->add_device("device " + std::to_string(++devices_), all);
    auto device = std::make_unique<Device>(relay.dir, number.value, toy(), relay.space);
    for (auto space : all)
      if (space != relay.space) device->replica->add_space(space, "hub", "hub");
    device->replica->database().exec("PRAGMA synchronous=OFF");  // links fail here, the power does not
    relay.let_in(*device);
    return device;
  }
  int devices_ = 0;
  std::mt19937_64 random_{seed};
};

// An exchange whose link is cut, and the one that follows at once.
struct Evening {
  SyncRun cut, again;
  bool was_cut = false;
  std::size_t lacking = 0;  // frames, of the relay, in between
  Bytes bytes;  // of both
};

// Both have written, and one of them has synced.
void write_and_sync_one(Town& town) {
  town.write(*town.laarne);
  town.sync_directly();
  town.write(*town.ouinhi);
}

Evening sync_and_again(Town& town) {
  Evening evening;
  auto before = town.link.counters();
  evening.cut = evening.again = sync(*town.ouinhi->replica);
  town.link.await_notice();
  evening.was_cut = town.link.counters().cuts > before.cuts;
  evening.lacking = town.relay_lacks();
  if (evening.cut.error) evening.again = sync(*town.ouinhi->replica);
  evening.bytes = {town.passed().up - before.up, town.passed().down - before.down};
  return evening;
}

Evening cut_and_again(Town& town, Way way, std::int64_t bytes) {
  town.link.cut_after(way, bytes);
  return sync_and_again(town);
}

void check(Town& town, const Evening& evening) {
  INFO((evening.again.error ? evening.again.error->text : "ended well"));
  CHECK(!evening.again.error);
  for (auto space : town.all) {
    auto verdict = evening.again.report.verdicts.find(space);
    CHECK((verdict != evening.again.report.verdicts.end() && verdict->second == Verdict::identical));
  }
  CHECK(evening.again.report.conflicts + evening.again.report.refused == 0);
  town.check(*town.ouinhi);
  if (!evening.cut.error) return;
  CHECK(evening.again.report.frames_up == evening.lacking);  // what the relay could keep does not go up again
  CHECK(evening.cut.report.rows_up + evening.again.report.rows_up == spaces * rows_of_space);  // told once each, when known to be there
  CHECK(evening.cut.report.frames_down + evening.again.report.frames_down == spaces);  // nor down what the device could keep
  CHECK(evening.cut.report.rows_down + evening.again.report.rows_down == spaces * rows_of_space);
}

// What an exchange costs with nothing to send, when the one before it broke off.
Bytes cost_of_connection(Town& town) {
  auto cut = cut_and_again(town, Way::up, 0);
  REQUIRE(cut.was_cut);
  return cut.bytes;
}

// Lives through evenings whose link is cut `stride` bytes later each, until the cut is behind the last byte. `prepare` does what comes
// before. The report of an exchange that was cut counts frames as sent that never left; the bytes on the link judge. Each of three
// frames is a third of what there is to send: three fifths of it let one of them pass again, and not two.
std::int64_t cut_everywhere(Town& town, Way way, std::int64_t stride, const std::function<void()>& prepare) {
  CAPTURE(seed);
  auto connection = cost_of_connection(town);
  prepare();
  write_and_sync_one(town);
  auto whole = sync_and_again(town);
  REQUIRE(!whole.was_cut);
  auto bound = [&](Way each) {
    auto frames = whole.bytes.of(each) - connection.of(each);
    return whole.bytes.of(each) + connection.of(each) + frames * 3 / 5;
  };
  std::set<std::size_t> kept;
  for (std::int64_t at = 0;; at += stride) {
    INFO("cut after byte " << at << (way == Way::up ? " up" : " down"));
    prepare();
    write_and_sync_one(town);
    auto evening = cut_and_again(town, way, at);
    check(town, evening);
    CHECK(evening.bytes.up <= bound(Way::up));
    CHECK(evening.bytes.down <= bound(Way::down));
    kept.insert(way == Way::up ? spaces - evening.lacking : evening.cut.report.frames_down);
    if (evening.was_cut) continue;
    CHECK(kept == std::set<std::size_t>{0, 1, 2, 3});  // there were cuts before, between and behind the frames
    return at;
  }
}

}  // namespace

TEST_CASE("after a cut anywhere, in either direction, both sides end identical, nothing is lost or doubled, and at most one frame is "
          "sent again") {
  Town town;
  auto bytes = cut_everywhere(town, GENERATE(Way::up, Way::down), bytes_between, [] {});
  CHECK(bytes > 300);  // the cut did go through a whole exchange
  town.check_all();
}

TEST_CASE("an exchange that asks first, since the answer to the last was lost, may itself be cut anywhere") {
  Town town;
  auto bytes = cut_everywhere(town, GENERATE(Way::up, Way::down), 4 * bytes_between, [&town] {
    town.link.cut_after(Way::down, 0);
    CHECK_FALSE(sync(*town.ouinhi->replica));
    town.link.await_notice();
  });
  CHECK(bytes > 300);
  town.check_all();
}

TEST_CASE("many rows go through the link of a small town in the end, however often it is cut") {
  LiveRelay relay;
  CAPTURE(seed);
  auto ouinhi = relay.device(), laarne = relay.device();
  std::mt19937_64 random(seed);
  std::string sql = "BEGIN;";
  for (int k = 0; k < 20'000; ++k) sql += "INSERT INTO shelf(space,name,level) VALUES(1,'" + std::to_string(random() % 1'000'000'000'000) + "',3);";
  REQUIRE(ouinhi->sql(sql + "COMMIT;").empty());
  Link link(relay.server->port(), *profile("3g-evening"), seed, 20);
  ouinhi->replica->set("address", "http://127.0.0.1:" + std::to_string(link.port()));
  link.cut_after(Way::up, 20'000);  // for certain; others as they fall
  SyncRun run;
  for (int tries = 0; tries < 50 && (tries == 0 || run.error); ++tries) run = sync(*ouinhi->replica);
  REQUIRE(run);
  CHECK(run.report.verdicts.at(relay.space) == Verdict::identical);
  CHECK(link.counters().cuts > 0);
  CHECK(link.counters().busy_seconds > 20'000 * 5 * 8 / 64e3);  // twelve digits are five bytes
  REQUIRE(sync(*laarne->replica));
  CHECK(laarne->get("SELECT count(*) FROM shelf") == "20000");
}
