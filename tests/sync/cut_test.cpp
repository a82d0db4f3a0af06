// Exchanges over a link that is cut wherever it hurts.
#include <catch2/catch.hpp>

#include <filesystem>

#include "tests/country.hpp"
#include "tests/sync/shelves.hpp"

using namespace carnet;
using namespace carnet::test;
using Outcome = ClientSession::Outcome;

TEST_CASE("a link cut at every byte loses nothing, doubles nothing and sends at most one frame again") {
  Country whole;
  whole.frame_bytes = 200;
  whole.device(1).sql(shelves(30));
  whole.device(2).sql(shelves(3));
  whole.sync(whole.device(2));
  Country::Wire clean;
  REQUIRE(whole.exchange(whole.device(1), clean) == Outcome::done);

  auto cut_once = [&](std::size_t up, std::size_t down) {
    Country country;
    country.frame_bytes = 200;
    auto &ouinhi = country.device(1), &laarne = country.device(2);
    ouinhi.sql(shelves(30));
    laarne.sql(shelves(3));
    country.sync(laarne);
    Country::Wire wire;
    wire.cut_up = up;
    wire.cut_down = down;
    wire.portion = 50;
    CHECK(country.exchange(ouinhi, wire) != Outcome::failed);
    REQUIRE(country.sync(ouinhi));
    CHECK(ouinhi.get("SELECT count(*) FROM shelf") == "33");
    country.settle();
    CHECK(country.all_equal());
  };
  for (std::size_t at = 0; at < clean.up.size(); at += 7) cut_once(at, SIZE_MAX);
  for (std::size_t at = 0; at < clean.down.size(); at += 3) cut_once(SIZE_MAX, at);
}

TEST_CASE("a lost answer is found out by asking, not by sending again") {
  Country country;
  auto& ouinhi = country.device(1);
  ouinhi.sql(a_shelf);
  country.sync(ouinhi);
  ouinhi.sql(shelves(50));
  country.exchange_unheard(ouinhi);
  Country::Wire again;
  REQUIRE(country.exchange(ouinhi, again) == Outcome::done);
  CHECK(country.report.frames_up == 0);
  CHECK(country.report.rows_up == 50);  // are known to be there
  CHECK(country.all_equal());
}

TEST_CASE("what arrives of an attempt before, when the next was turned away for its clock, makes no copy of the device") {
  Country country;
  auto& ouinhi = country.device(1);
  REQUIRE(country.sync(ouinhi));
  ouinhi.sql(a_shelf);
  auto late = country.attempt(ouinhi);
  Country::Wire wrong;
  wrong.device_clock = 900;
  REQUIRE(country.exchange(ouinhi, wrong) == Outcome::again);
  country.arrive(ouinhi, late);
  ouinhi.sql(a_shelf);
  REQUIRE(country.sync(ouinhi, 900));
  CHECK(ouinhi.replica->device() == DeviceId{1});
  CHECK(ouinhi.get("SELECT count(*) FROM shelf") == "2");
  CHECK(country.all_equal());
}

TEST_CASE("an exchange that was cut and the one that ends it report each row once", "[file]") {
  for (bool up : {true, false})
    for (std::size_t cut = 0; cut <= 1'800; cut += up ? 200 : 40) {
      CAPTURE(cut, up);
      Country country;
      country.frame_bytes = 3'000;
      auto& ouinhi = country.device(1);
      country.sync(ouinhi);
      ouinhi.sql(shelves(400));
      Country::Wire broken, whole;
      (up ? broken.cut_up : broken.cut_down) = cut;
      auto outcome = country.exchange(ouinhi, broken);
      auto counted = country.report.rows_up;
      CHECK(counted <= static_cast<std::size_t>(country.store->find_space("town")->digest.rows));
      if (outcome != Outcome::done) {
        REQUIRE(country.exchange(ouinhi, whole) == Outcome::done);
        counted += country.report.rows_up;
      }
      CHECK(counted == 400);
    }
}

TEST_CASE("a first sync in many frames goes on where it was cut") {
  Country country;
  auto &ouinhi = country.device(1), &laarne = country.device(2);
  ouinhi.sql(shelves_20000);
  REQUIRE(country.sync(ouinhi));
  Country::Wire cut;
  cut.cut_down = 100'000;
  country.exchange(laarne, cut);
  auto half = std::stoi(laarne.get("SELECT count(*) FROM shelf"));
  CHECK(half > 5000);
  CHECK(half < 20000);
  REQUIRE(country.sync(laarne));
  CHECK(country.report.rows_down == static_cast<std::size_t>(20000 - half));
  CHECK(country.all_equal());
}

TEST_CASE("a copy takes its own number and loses nothing, wherever its first exchanges are cut", "[file]") {
  auto live = [](std::size_t up, std::size_t down, std::size_t up_again) {
    Country country;
    auto& ouinhi = country.device(1);
    ouinhi.sql(shelves(2));
    REQUIRE(country.sync(ouinhi));
    ouinhi.replica->database().exec("PRAGMA wal_checkpoint(TRUNCATE)");
    std::filesystem::copy_file(ouinhi.path, country.dir.file("twin1.db"));
    Device twin(country.dir, 1, toy(), country.space, "twin");
    ouinhi.sql("INSERT INTO shelf(space,name,level) VALUES(1,'ouinhi',1)");
    twin.sql("INSERT INTO shelf(space,name,level) VALUES(1,'twin',1)");
    REQUIRE(country.sync(ouinhi));
    Country::Wire first, second;
    first.portion = second.portion = 10;
    first.cut_up = up;
    first.cut_down = down;
    second.cut_up = up_again;
    (void)country.exchange(twin, first);
    (void)country.exchange(twin, second);
    REQUIRE(country.sync(twin));
    REQUIRE(country.sync(ouinhi));
    CHECK(twin.replica->device() == DeviceId{2});
    for (auto* device : {&ouinhi, &twin})
      CHECK(device->get("SELECT group_concat(name) FROM (SELECT name FROM shelf ORDER BY name)") == "ouinhi,shelf 0,shelf 1,twin");
    CHECK(country.all_equal());
    return first.up.size();
  };
  auto whole = live(SIZE_MAX, SIZE_MAX, SIZE_MAX);
  for (std::size_t at = 0; at < whole; at += 7)
    for (std::size_t again : {0, 70, 1'000}) live(at, SIZE_MAX, again);
  for (std::size_t at = 0; at < 60; at += 2) live(SIZE_MAX, at, SIZE_MAX);
}
