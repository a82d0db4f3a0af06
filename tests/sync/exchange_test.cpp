// Both halves of the conversation: what reaches the others, in which order, dated how, and at what cost.
#include <catch2/catch.hpp>

#include "tests/country.hpp"
#include "tests/sync/shelves.hpp"
#include "tests/virtual_clock.hpp"

using namespace carnet;
using namespace carnet::test;
using Outcome = ClientSession::Outcome;

TEST_CASE("an evening reaches the others, and both sides say identical") {
  Country country;
  auto &ouinhi = country.device(1), &laarne = country.device(2);
  ouinhi.sql(a_shelf + "INSERT INTO book(space,shelf,title,notes) SELECT 1,id,'Marché','L''échange a duré.' FROM shelf");
  REQUIRE(country.sync(ouinhi));
  CHECK(country.report.verdicts.at(country.space) == Verdict::identical);
  REQUIRE(country.sync(laarne));
  CHECK(laarne.get("SELECT notes FROM book") == "L'échange a duré.");
  CHECK(country.report.verdicts.at(country.space) == Verdict::identical);
  CHECK(country.all_equal());
}

TEST_CASE("a look at a relay with nothing new costs few bytes and changes nothing") {
  Country country;
  auto& ouinhi = country.device(1);
  ouinhi.sql(a_shelf);
  REQUIRE(country.sync(ouinhi));
  REQUIRE(country.sync(ouinhi));
  CHECK(country.bytes_up + country.bytes_down < 150);
  CHECK(country.report.rows_up + country.report.rows_down == 0);
}

TEST_CASE("two writes to one cell are a conflict on every replica, settled for all by one decision") {
  Country country;
  auto &ouinhi = country.device(1), &laarne = country.device(2), &coach = country.device(3);
  ouinhi.sql(a_shelf);
  country.settle();
  ouinhi.sql("UPDATE shelf SET level=2");
  laarne.sql("UPDATE shelf SET level=3");
  country.settle();
  CHECK(country.all_equal());
  for (auto* device : {&ouinhi, &laarne, &coach}) {
    auto conflicts = device->replica->conflicts();
    REQUIRE(conflicts.size() == 1);
    CHECK(conflicts[0].shown.value != conflicts[0].lost.value);
    CHECK(device->get("SELECT level FROM shelf") == ouinhi.get("SELECT level FROM shelf"));
  }
  auto conflict = coach.replica->conflicts().at(0);
  REQUIRE(coach.replica->decide(conflict.row, conflict.column, conflict.lost.value));
  country.settle();
  CHECK(country.all_equal());
  for (auto* device : {&ouinhi, &laarne, &coach}) {
    CHECK(device->replica->conflicts().empty());
    CHECK(Value{std::stoll(device->get("SELECT level FROM shelf"))} == conflict.lost.value);
    CHECK(device->replica->history(conflict.row).size() >= 2);
  }
}

namespace {

std::int64_t second_of_writing(Device& device, RowKey key) { return device.replica->row(key).cells.at(0).shown().stamp.unix_seconds(); }

}  // namespace

TEST_CASE("a clock that is years wrong is set right before anything is sent") {
  for (std::int64_t ahead : {std::int64_t{86'400} * 365 * 74, std::int64_t{-86'400} * 365 * 30, std::int64_t{121}, std::int64_t{-121}}) {
    VirtualClock::ahead(ahead);
    Country country;
    auto& ouinhi = country.device(1);
    ouinhi.sql(a_shelf);
    Country::Wire wire;
    wire.device_clock = ahead;
    CHECK(country.exchange(ouinhi, wire) == Outcome::again);
    CHECK(country.store->find_space("town")->digest.rows == 0);
    CHECK(ouinhi.replica->clock_offset() == -ahead);
    Country::Wire second;
    second.device_clock = ahead;
    CHECK(country.exchange(ouinhi, second) == Outcome::done);
    VirtualClock::ahead(0);
    CHECK(country.all_equal());
    CHECK(std::abs(second_of_writing(ouinhi, shelf_of(ouinhi)) - std::time(nullptr)) < 60);
  }
  Country country;
  auto& ouinhi = country.device(1);
  Country::Wire wire;
  wire.device_clock = 120;
  CHECK(country.exchange(ouinhi, wire) == Outcome::done);
}

TEST_CASE("a device that woke up in 1970 dates nothing before the relay was last heard of, and is then set right to the second") {
  VirtualClock::ahead(0);  // before anything is opened
  Country country;
  auto& ouinhi = country.device(1);
  country.sync(ouinhi);
  auto contact = std::time(nullptr);
  VirtualClock::ahead(86'400 - contact);
  ouinhi.sql(a_shelf);
  ouinhi.replica->collect();
  CHECK(second_of_writing(ouinhi, shelf_of(ouinhi)) >= contact - 1);
  CHECK(second_of_writing(ouinhi, shelf_of(ouinhi)) <= contact + 60);
  VirtualClock::ahead(86'400 - contact + 7'200);  // two hours later
  CHECK(country.sync(ouinhi, 86'400 - contact + 7'200));
  CHECK(std::abs(second_of_writing(ouinhi, shelf_of(ouinhi)) - (contact - 7'200)) < 60);
  VirtualClock::ahead(0);
  CHECK(country.all_equal());
}

TEST_CASE("a clock that was corrected from the past and is then set far ahead, and back, costs no stamp its second") {
  VirtualClock::ahead(0);  // before anything is opened
  Country country;
  auto& ouinhi = country.device(1);
  const std::int64_t seventy_years = 70 * 365 * std::int64_t{86'400};
  for (auto ahead : {-50 * 365 * std::int64_t{86'400}, seventy_years, -50 * 365 * std::int64_t{86'400}, std::int64_t{0}}) {
    VirtualClock::ahead(ahead);
    ouinhi.sql(a_shelf);
    ouinhi.replica->collect();
    auto shelf = shelf_of(ouinhi, "SELECT max(id) FROM shelf");
    CHECK(country.sync(ouinhi, ahead));
    VirtualClock::ahead(0);
    CHECK(std::abs(second_of_writing(ouinhi, shelf) - std::time(nullptr)) < 60);
    CHECK(country.all_equal());
  }
}

TEST_CASE("a newer schema's tables and columns pass through an older device and relay, and appear after the upgrade") {
  Country country(later_toy());
  auto& laarne = country.device(1);
  auto& ouinhi = country.device(2, toy());
  ouinhi.open(toy());
  laarne.sql(a_shelf + "INSERT INTO book(space,shelf,title,colour) SELECT 1,id,'T','red' FROM shelf;"
             "INSERT INTO reader(space,name) VALUES(1,'Afi')");
  country.sync(laarne);
  country.sync(ouinhi);
  CHECK(country.all_equal());
  ouinhi.sql("UPDATE book SET title='U'");
  country.settle();
  CHECK(country.all_equal());
  ouinhi.open(later_toy());
  CHECK(ouinhi.get("SELECT title||colour FROM book") == "Ured");
  CHECK(ouinhi.get("SELECT name FROM reader") == "Afi");
  country.settle();
  CHECK(country.all_equal());
}

TEST_CASE("what came in a column that was not known stays where the row was edited before the upgrade, and is collected after it") {
  Country country(later_toy());
  auto& laarne = country.device(1);
  auto& ouinhi = country.device(2, toy());
  laarne.sql(a_shelf + "INSERT INTO book(space,shelf,title,notes) SELECT 1,id,'T','n' FROM shelf");
  country.settle();
  laarne.sql("UPDATE book SET colour='red'");
  country.settle();
  for (auto* edit : {"UPDATE book SET notes='n, and more'", "UPDATE book SET title='U'"}) ouinhi.sql(edit);
  ouinhi.open(later_toy());
  CHECK(ouinhi.get("SELECT title||colour||notes FROM book") == "Uredn, and more");
  country.settle();
  CHECK(laarne.get("SELECT title||colour||notes FROM book") == "Uredn, and more");
  CHECK(country.all_equal());
}

namespace {

// Titles of books in the order in which the relay accepted them.
std::string accepted(Country& country) {
  std::string titles;
  country.store->begin(false);
  country.store->rows_above(country.space, Seq{}, [&](RowKey key, Seq, const Row& row) {
    auto* title = row.find(ColumnId{2});
    if (key.table == TableId{2} && title) titles += (titles.empty() ? "" : ",") + std::get<std::string>(title->shown().value);
    return true;
  });
  country.store->commit();
  return titles;
}

void add_book(Device& device, const std::string& title, const std::string& day, const std::string& notes = "'n'") {
  CHECK(device.sql("INSERT INTO book(space,shelf,title,notes,bought) SELECT 1,min(id),'" + title + "'," + notes + "," + day + " FROM shelf") == "");
}

void add_books(Device& device) {
  device.sql(a_shelf);
  device.replica->collect();
  add_book(device, "large", "'2025-03-10'", "'" + numbers(3'000) + "'");
  add_book(device, "old", "'2024-11-01'");
  add_book(device, "as old", "'2024-11-09'");
  add_book(device, "older", "'2024-06-06'");
  add_book(device, "new", "'2025-02-02'");
  add_book(device, "planned", "'2030-01-01'");
  add_book(device, "no day", "NULL");
}

}  // namespace

TEST_CASE("where more waits than a frame holds the newest visit goes first and what is large last, and the rest keeps its order") {
  Country country;
  country.frame_bytes = 100;
  add_books(country.device(1));
  REQUIRE(country.sync(country.device(1)));
  CHECK(accepted(country) == "new,no day,planned,old,as old,older,large");
  CHECK(country.all_equal());
}

TEST_CASE("what fits into one frame keeps its order") {
  Country country;
  add_books(country.device(1));
  country.device(1).replica->collect();
  auto before = country.device(1).replica->space(country.space).seq;
  REQUIRE(country.sync(country.device(1)));
  CHECK(country.device(1).replica->space(country.space).seq == before);
}

TEST_CASE("what is written after a cut goes before what still waits, and nothing is doubled or left") {
  for (std::size_t cut : {100u, 200u, 300u, 400u, 500u}) {
    Country country;
    country.frame_bytes = 100;
    auto& ouinhi = country.device(1);
    add_books(ouinhi);
    Country::Wire wire;
    wire.cut_up = cut;
    wire.portion = 50;
    (void)country.exchange(ouinhi, wire);
    add_book(ouinhi, "written since", "'2031-01-01'");
    REQUIRE(country.sync(ouinhi));
    CHECK(accepted(country).ends_with(",large"));
    REQUIRE(country.sync(country.device(2)));
    CHECK(country.device(2).get("SELECT count(*)||count(DISTINCT title) FROM book") == "88");
    CHECK(country.all_equal());
  }
}

namespace {

// Twenty books, each with much text that it shares with the others of its evening and of others.
void an_evening(Device& device, int number) {
  device.sql("INSERT OR IGNORE INTO shelf(space,name,level) VALUES(1,'A',1)");
  auto text = numbers(400);
  for (int k = 0; k < 20; ++k)
    device.sql("INSERT INTO book(space,shelf,title,notes) SELECT 1,min(id),'evening " + std::to_string(number) + ' ' + std::to_string(k) + "','" +
               text.substr(static_cast<std::size_t>(k * 40), 600) + "' FROM shelf");
}

std::size_t bytes_of_evening(Country& country, Device& device, int number) {
  an_evening(device, number);
  REQUIRE(country.sync(device));
  return country.bytes_up + country.bytes_down;
}

}  // namespace

TEST_CASE("an evening is compressed against those before, both ways") {
  Country country;
  auto &ouinhi = country.device(1), &laarne = country.device(2);
  auto first = bytes_of_evening(country, ouinhi, 1);
  REQUIRE(country.sync(laarne));
  auto first_down = country.bytes_down;
  CHECK(bytes_of_evening(country, ouinhi, 2) < first / 2);
  REQUIRE(country.sync(laarne));
  CHECK(country.bytes_down < first_down / 2);
  CHECK(country.all_equal());
}

TEST_CASE("a side that has forgotten the earlier evenings costs bytes and nothing else", "[file]") {
  Country country;
  auto &ouinhi = country.device(1), &laarne = country.device(2);
  auto first = bytes_of_evening(country, ouinhi, 1);
  REQUIRE(country.sync(laarne));
  SECTION("the device, what it sent") { ouinhi.replica->database().exec("DELETE FROM carnet_shared_text WHERE up"); }
  SECTION("the device, what it received") { laarne.replica->database().exec("DELETE FROM carnet_shared_text WHERE NOT up"); }
  SECTION("the relay") { SQLite::Database(country.dir.file("relay.db"), SQLite::OPEN_READWRITE).exec("DELETE FROM shared_text"); }
  SECTION("the relay remembers something else") { SQLite::Database(country.dir.file("relay.db"), SQLite::OPEN_READWRITE).exec("UPDATE shared_text SET chained=chained+1"); }
  SECTION("the device remembers something else under the same name") { ouinhi.replica->database().exec("UPDATE carnet_shared_text SET frame=zeroblob(9)"); }
  CHECK(bytes_of_evening(country, ouinhi, 2) < first + first / 4);
  REQUIRE(country.sync(laarne));
  CHECK(bytes_of_evening(country, ouinhi, 3) < first / 2);
  REQUIRE(country.sync(laarne));
  CHECK(country.all_equal());
  CHECK(laarne.get("SELECT count(*) FROM book") == "60");
}

TEST_CASE("frames that a relay threw away for a wrong clock do not cost what both sides remember") {
  Country country;
  auto& ouinhi = country.device(1);
  auto first = bytes_of_evening(country, ouinhi, 1);
  Country::Wire wrong, again;
  wrong.device_clock = again.device_clock = 900;
  VirtualClock::ahead(900);
  an_evening(ouinhi, 2);
  REQUIRE(country.exchange(ouinhi, wrong) == Outcome::again);
  REQUIRE(country.exchange(ouinhi, again) == Outcome::done);
  VirtualClock::ahead(0);
  CHECK(again.up.size() + again.down.size() < first / 2);
}

TEST_CASE("after a cut the stream goes on from what had arrived, wherever it was cut") {
  for (bool down : {false, true})
    for (int part = 1; part < 8; ++part) {
      Country country;
      country.frame_bytes = 1'500;
      auto &ouinhi = country.device(1), &laarne = country.device(2);
      an_evening(ouinhi, 1);
      auto& device = down ? laarne : ouinhi;
      if (down) REQUIRE(country.sync(ouinhi));
      Country::Wire wire;
      wire.portion = 50;
      (down ? wire.cut_down : wire.cut_up) = static_cast<std::size_t>(part) * 300;
      (void)country.exchange(device, wire);
      REQUIRE(country.sync(device));
      REQUIRE(country.sync(laarne));
      CHECK(country.all_equal());
    }
}
