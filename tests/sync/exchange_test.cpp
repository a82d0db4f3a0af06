// Both halves of the conversation, over a link that is cut wherever it hurts.
#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

#include "server/accounts.hpp"
#include "tests/country.hpp"
#include "tests/virtual_clock.hpp"

using namespace carnet;
using namespace carnet::test;
using Outcome = ClientSession::Outcome;

namespace {

const std::string a_shelf = "INSERT INTO shelf(space,name,level) VALUES(1,'A',1);";

std::string shelves(int count) {
  std::string sql = "BEGIN;";
  for (int k = 0; k < count; ++k)
    sql += "INSERT INTO shelf(space,name,level) VALUES(1,'shelf " + std::to_string(k) + "'," + std::to_string(k % 10) + ");";
  return sql + "COMMIT;";
}

// A text that does not compress well.
std::string numbers(int count) {
  std::string text;
  for (int k = 0; k < count; ++k) text += std::to_string((k * 7919 + 13) % 99'991) + ' ';
  return text;
}

// A shelf 'refused' that the space has no room for, of which the answer is cut, and that of the next exchange after `heard` bytes.
RowKey refuse_unheard(Country& country, Device& device, std::size_t heard) {
  REQUIRE(country.sync(device));
  Accounts(country.store->database()).set_quota(Quota::rows, 0, country.space);
  device.sql("INSERT INTO shelf(space,name,level) VALUES(1,'refused',1)");
  for (auto bytes : {std::size_t{0}, heard}) {
    Country::Wire lost;
    lost.cut_down = bytes;
    lost.portion = 1'000'000;
    country.exchange(device, lost);
  }
  return {TableId{1}, RowId{std::stoll(device.get("SELECT id FROM shelf WHERE name='refused'"))}};
}

bool remembers(Device& device, RowKey key, const std::string& value) {
  auto history = device.replica->history(key);
  return std::any_of(history.begin(), history.end(), [&](auto& past) { return past.version.value == Value{value}; });
}

void recount(Device& device, SpaceId space) {
  auto digest = device.replica->recount(space);
  device.replica->database().exec("UPDATE carnet_space SET digest=" + std::to_string(static_cast<std::int64_t>(digest.sum)) + ",rows=" + std::to_string(digest.rows));
}

}  // namespace

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
  Country::Wire lost;
  lost.cut_down = 0;
  lost.portion = 1'000'000;
  country.exchange(ouinhi, lost);
  Country::Wire again;
  REQUIRE(country.exchange(ouinhi, again) == Outcome::done);
  CHECK(country.report.frames_up == 0);
  CHECK(country.report.rows_up == 50);  // are known to be there
  CHECK(country.all_equal());
}

TEST_CASE("a reader hears of a refusal whose answer was cut, and holds what the relay holds once that is dropped") {
  Country country;
  auto& laarne = country.device(2);
  REQUIRE(country.sync(laarne));
  Accounts accounts(country.store->database());
  accounts.set_role(accounts.person("device2"), country.space, Role::reader, std::time(nullptr) - 3'600);
  REQUIRE(country.sync(laarne));
  laarne.sql(a_shelf);
  Country::Wire lost;
  lost.cut_down = 0;
  lost.portion = 1'000'000;
  country.exchange(laarne, lost);
  for (int k = 0; k < 2; ++k) REQUIRE(country.sync(laarne));
  auto refused = laarne.replica->quarantined();
  REQUIRE(refused.size() == 1);
  CHECK(refused[0].reason.code == Code::reads_only);
  laarne.replica->drop(refused[0].number);
  country.settle();
  CHECK(country.all_equal());
}

TEST_CASE("a writer hears of a refusal whose answer was cut, also where something else of the space waits in quarantine, and all arrives when there is room") {
  Country country;
  auto& ouinhi = country.device(1);
  ouinhi.sql(a_shelf);
  REQUIRE(country.sync(ouinhi));
  Accounts accounts(country.store->database());
  accounts.set_quota(Quota::rows, 1, country.space);
  ouinhi.sql(a_shelf);
  REQUIRE(country.sync(ouinhi));
  REQUIRE(ouinhi.replica->quarantined().size() == 1);
  ouinhi.sql(a_shelf);
  Country::Wire lost;
  lost.cut_down = 0;
  lost.portion = 1'000'000;
  country.exchange(ouinhi, lost);
  for (int k = 0; k < 2; ++k) REQUIRE(country.sync(ouinhi));
  std::set<RowKey> refused;
  for (auto& frame : ouinhi.replica->quarantined()) refused.insert(frame.rows.begin(), frame.rows.end());
  CHECK(refused.size() == 2);
  accounts.set_quota(Quota::rows, 10, country.space);
  country.settle();
  CHECK(ouinhi.replica->quarantined().empty());
  CHECK(country.store->find_space("town")->digest.rows == 3);
  CHECK(country.all_equal());
}

TEST_CASE("what was refused unheard and deleted is in the history of its device, wherever the next exchange was cut") {
  for (std::size_t heard = 0; heard < 80; heard += 4) {
    Country country;
    auto& ouinhi = country.device(1);
    auto key = refuse_unheard(country, ouinhi, heard);
    ouinhi.sql("DELETE FROM shelf");
    Accounts(country.store->database()).set_quota(Quota::rows, 10, country.space);
    country.settle();
    INFO("heard " << heard);
    CHECK(remembers(ouinhi, key, "refused"));
    CHECK(ouinhi.replica->quarantined().empty());
    CHECK(country.all_equal());
  }
}

TEST_CASE("an edit that was refused unheard is in the history of its device when another deletes the row meanwhile") {
  Country country;
  auto &ouinhi = country.device(1), &laarne = country.device(2);
  ouinhi.sql(a_shelf);
  country.settle();
  Accounts accounts(country.store->database());
  accounts.set_quota(Quota::bytes, 1, country.space);
  ouinhi.sql("UPDATE shelf SET name='refused'");
  Country::Wire lost;
  lost.cut_down = 0;
  lost.portion = 1'000'000;
  country.exchange(ouinhi, lost);
  accounts.set_quota(Quota::bytes, 1'000'000, country.space);
  laarne.sql("DELETE FROM shelf");
  REQUIRE(country.sync(laarne));
  country.settle();
  CHECK(ouinhi.get("SELECT count(*) FROM shelf") == "0");
  CHECK(remembers(ouinhi, {TableId{1}, RowId{std::stoll(ouinhi.get("SELECT id FROM carnet_row WHERE tbl=1"))}}, "refused"));
  CHECK(country.all_equal());
}

TEST_CASE("what was taken unheard is no past of its row while it stands there") {
  Country country;
  auto& ouinhi = country.device(1);
  REQUIRE(country.sync(ouinhi));
  ouinhi.sql(a_shelf);
  Country::Wire lost;
  lost.cut_down = 0;
  lost.portion = 1'000'000;
  country.exchange(ouinhi, lost);
  REQUIRE(country.sync(ouinhi));
  RowKey key{TableId{1}, RowId{std::stoll(ouinhi.get("SELECT id FROM shelf"))}};
  CHECK(ouinhi.replica->history(key).empty());
  ouinhi.sql("UPDATE shelf SET name='B'");
  REQUIRE(country.sync(ouinhi));
  CHECK(ouinhi.replica->history(key).size() == 1);
}

TEST_CASE("a device whose person left the space keeps what was refused unheard, and hears why") {
  for (std::size_t heard = 0; heard < 80; heard += 4) {
    Country country;
    auto& ouinhi = country.device(1);
    refuse_unheard(country, ouinhi, heard);
    Accounts accounts(country.store->database());
    accounts.set_role(accounts.person("device1"), country.space, Role::none, std::time(nullptr));
    REQUIRE(country.sync(ouinhi));
    auto kept = ouinhi.replica->quarantined();
    INFO("heard " << heard);
    REQUIRE(kept.size() == 1);
    CHECK(kept[0].aside);
    CHECK(ouinhi.replica->refused_rows(kept[0]).size() == 1);
  }
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

TEST_CASE("a member who is removed in the middle of an exchange is sent no more of the space, and gives it up in the next") {
  Country country;
  country.frame_bytes = 3'000;
  auto &ouinhi = country.device(1), &laarne = country.device(2);
  ouinhi.sql("WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k+1 FROM n WHERE k<20000) INSERT INTO shelf(space,name,level) SELECT 1,'name '||k||hex(randomblob(4)),k%10 FROM n");
  REQUIRE(country.sync(ouinhi));
  Accounts accounts(country.store->database());
  Country::Wire wire;
  wire.meanwhile_at = 10'000;
  wire.meanwhile = [&] { accounts.set_role(accounts.person("device2"), country.space, Role::none, std::time(nullptr)); };
  CHECK(country.exchange(laarne, wire) == Outcome::again);
  auto part = std::stoi(laarne.get("SELECT count(*) FROM shelf"));
  CHECK(part > 0);
  CHECK(part < 10'000);
  REQUIRE(country.sync(laarne));
  CHECK(country.report.given_up.size() == 1);
  CHECK(laarne.get("SELECT count(*) FROM shelf") == "0");
}

TEST_CASE("a device that is lost or revoked in the middle of an exchange is turned away at the next frame, and what it has not given waits there") {
  for (bool lost : {true, false}) {
    Country country;
    country.frame_bytes = 200;
    auto& ouinhi = country.device(1);
    REQUIRE(country.sync(ouinhi));
    ouinhi.sql(shelves(100));
    Country::Wire wire;
    wire.meanwhile_at = 60;
    wire.meanwhile = [&] { lost ? country.store->lose(DeviceId{1}) : country.store->revoke(DeviceId{1}); };
    CHECK(country.exchange(ouinhi, wire) == Outcome::failed);
    CHECK(country.error.code == Code::not_allowed);
    auto taken = country.store->find_space("town")->digest.rows;
    CHECK(taken > 0);
    CHECK(taken < 100);
    CHECK(ouinhi.replica->pending_rows(country.space) == static_cast<std::size_t>(100 - taken));
  }
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

TEST_CASE("an exchange that was cut and the one that ends it report each row once") {
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
    auto written = ouinhi.replica->row({TableId{1}, RowId{std::stoll(ouinhi.get("SELECT id FROM shelf"))}}).cells.at(0).shown().stamp;
    CHECK(std::abs(written.unix_seconds() - std::time(nullptr)) < 60);
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
  auto written = [&] { return ouinhi.replica->row({TableId{1}, RowId{std::stoll(ouinhi.get("SELECT id FROM shelf"))}}).cells.at(0).shown().stamp; };
  CHECK(written().unix_seconds() >= contact - 1);
  CHECK(written().unix_seconds() <= contact + 60);
  VirtualClock::ahead(86'400 - contact + 7'200);  // two hours later
  CHECK(country.sync(ouinhi, 86'400 - contact + 7'200));
  CHECK(std::abs(written().unix_seconds() - (contact - 7'200)) < 60);
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
    auto id = std::stoll(ouinhi.get("SELECT max(id) FROM shelf"));
    CHECK(country.sync(ouinhi, ahead));
    VirtualClock::ahead(0);
    CHECK(std::abs(ouinhi.replica->row({TableId{1}, RowId{id}}).cells.at(0).shown().stamp.unix_seconds() - std::time(nullptr)) < 60);
    CHECK(country.all_equal());
  }
}

TEST_CASE("a wrong key is turned away in words, a bearer is as good as a channel that proves, and a space that the relay does not give is given up") {
  Country country;
  auto& ouinhi = country.device(1);
  Peer peer{Peer::Kind::device, 1, country.store->generation(DeviceId{1})};
  country.bearer = bearer_of(peer, std::string(device_key_bytes, 'x'));
  CHECK_FALSE(country.sync(ouinhi));
  CHECK(country.error.code == Code::not_allowed);
  CHECK(country.error.text.find("new invite") != std::string::npos);
  country.bearer = bearer_of(peer, country.keys.key_of(peer));
  CHECK(country.sync(ouinhi));
  ouinhi.replica->add_space(SpaceId{9}, "elsewhere", "network");
  ouinhi.sql("INSERT INTO shelf(space,name) VALUES(9,'mine'); INSERT INTO shelf(space,name) VALUES(1,'ours')");
  CHECK(country.sync(ouinhi));
  CHECK(country.all_equal());
  CHECK(ouinhi.get("SELECT group_concat(name) FROM shelf") == "ours");
  auto kept = ouinhi.replica->quarantined();
  REQUIRE(kept.size() == 1);
  CHECK(kept[0].reason.code == Code::no_member);
  CHECK(ouinhi.replica->refused_rows(kept[0]).at(0).row.find(ColumnId{1})->shown().value == Value{"mine"});
}

TEST_CASE("a refusal comes with the 1,000 bytes that a reason may have, and a longer one is cut there") {
  Country country;
  for (std::size_t size : {max_text_bytes, max_text_bytes + 1, std::size_t{100'000}}) {
    Unpacking answer;
    REQUIRE(answer.feed(RelaySession(country.keys).failure({Code::busy, numbers(30'000).substr(0, size)})));
    auto message = answer.next();
    REQUIRE((message && *message));
    auto failure = decode(**message, Direction::down, 1);
    REQUIRE(failure);
    CHECK(std::get<Failure>(*failure).error.text == numbers(30'000).substr(0, max_text_bytes));
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

TEST_CASE("a first sync in many frames goes on where it was cut") {
  Country country;
  auto &ouinhi = country.device(1), &laarne = country.device(2);
  ouinhi.sql("WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k+1 FROM n WHERE k<20000) "
             "INSERT INTO shelf(space,name,level) SELECT 1,'name '||k||hex(randomblob(4)),k%10 FROM n");
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

TEST_CASE("after the relay is replaced by an empty one, devices give everything back") {
  Country country;
  auto &ouinhi = country.device(1), &laarne = country.device(2);
  ouinhi.sql(shelves(20));
  laarne.sql(shelves(5));
  country.settle();
  auto before = country.store->find_space("town")->digest;
  country.replace_relay();
  country.settle();
  CHECK(country.all_equal());
  CHECK(country.store->find_space("town")->digest == before);
  CHECK(ouinhi.replica->conflicts().empty());
}

TEST_CASE("after a comparison with an empty relay a device does not get its own writes back") {
  Country country;
  auto& ouinhi = country.device(1);
  country.settle();
  country.replace_relay();
  country.settle();
  ouinhi.sql(shelves(20));
  REQUIRE(country.sync(ouinhi));
  CHECK(country.report.rows_down == 0);
}

TEST_CASE("a row that two had deleted at once stays deleted when the relay is replaced by an empty one") {
  Country country;
  auto &ouinhi = country.device(1), &laarne = country.device(2);
  ouinhi.sql(a_shelf);
  country.settle();
  ouinhi.sql("DELETE FROM shelf");
  laarne.sql("DELETE FROM shelf");
  country.settle();
  country.replace_relay();
  country.settle();
  CHECK(ouinhi.get("SELECT count(*) FROM shelf") == "0");
  CHECK(country.all_equal());
}

TEST_CASE("the parts of one write that came at several times go to another relay as one") {
  Country country;
  auto& laarne = country.device(2);
  RowKey book{TableId{2}, minted_id(DeviceId{1}, 1)};
  auto part = [&](std::uint32_t column, Value value) {
    Row row;
    row.at(ColumnId{column}, Kind::reg).versions.push_back({.stamp = {stamp_time(spring), DeviceId{1}}, .value = std::move(value), .seq = {}, .seen = {}, .past = {}, .open = {}});
    return row;
  };
  laarne.replica->receive({country.space, Seq{}, Seq{1}, {{book, part(1, std::int64_t{7})}}}, Seq{});
  laarne.replica->receive({country.space, Seq{1}, Seq{2}, {{book, part(2, std::string("A"))}}}, Seq{});
  laarne.replica->start_over(country.space, laarne.replica->space(country.space).seq, Seq{});
  CHECK(laarne.replica->pending(country.space, Seq{}, SIZE_MAX).rows.size() == 1);
  country.settle();
  CHECK(country.all_equal());
}

TEST_CASE("rows that differ though nobody noticed are found by comparing and brought together, and the others do not travel") {
  Country country;
  auto &ouinhi = country.device(1), &laarne = country.device(2);
  ouinhi.sql(shelves(400));
  country.settle();
  auto vanish = [&](const std::string& name) {  // with all that is known of it, as no program of ours would
    laarne.replica->in_transaction([&] {
      laarne.replica->database().exec("DELETE FROM carnet_row WHERE id=(SELECT id FROM shelf WHERE name='" + name + "'); DELETE FROM shelf WHERE name='" + name + "'");
    });
    recount(laarne, country.space);
  };
  vanish("shelf 7");
  vanish("shelf 300");
  laarne.sql("UPDATE shelf SET name='renamed' WHERE name='shelf 9'");
  Country::Wire looked, compared;
  CHECK(country.exchange(laarne, looked) == ClientSession::Outcome::again);
  CHECK(country.report.verdicts.at(country.space) == Verdict::different);
  CHECK(country.exchange(laarne, compared) == ClientSession::Outcome::done);
  CHECK(country.report.verdicts.at(country.space) == Verdict::identical);
  CHECK(country.report.mended == 2);
  CHECK(country.report.rows_down == 2);
  CHECK(country.report.rows_up == 0);
  CHECK(compared.up.size() + compared.down.size() < 900);
  country.settle();
  CHECK(country.all_equal());
  CHECK(laarne.get("SELECT count(*) FROM shelf") == "400");
}

TEST_CASE("a relay restored from its backup gets back what it lost, and only that", "[file]") {
  Country country;
  auto &ouinhi = country.device(1), &laarne = country.device(2);
  ouinhi.sql(shelves(200));
  country.settle();
  country.store->backup(country.dir.file("backup.db"));
  ouinhi.sql("UPDATE shelf SET name='after' WHERE name='shelf 5'; DELETE FROM shelf WHERE name='shelf 6'");
  laarne.sql("INSERT INTO shelf(space,name) VALUES(1,'new')");
  country.settle();
  auto before = country.store->find_space("town")->digest;
  country.store.reset();
  std::filesystem::copy_file(country.dir.file("backup.db"), country.dir.file("relay.db"), std::filesystem::copy_options::overwrite_existing);
  for (auto* rest : {"-wal", "-shm"}) std::filesystem::remove(country.dir.file("relay.db") + rest);
  country.store = std::make_unique<SqlStore>(country.dir.file("relay.db"));
  country.store->begin_new_life(std::time(nullptr));
  ouinhi.sql("INSERT INTO shelf(space,name) VALUES(1,'unsent')");
  Country::Wire learned, compared;
  CHECK(country.exchange(ouinhi, learned) == ClientSession::Outcome::again);
  CHECK(country.exchange(ouinhi, compared) == ClientSession::Outcome::done);
  CHECK(country.report.mended == 4);
  CHECK(country.report.rows_up <= 6);  // parts of a row that were written at several times go one by one
  CHECK(country.report.verdicts.at(country.space) == Verdict::identical);
  country.settle();
  CHECK(country.all_equal());
  CHECK(laarne.get("SELECT group_concat(name) FROM (SELECT name FROM shelf WHERE name IN('after','new','unsent','shelf 5','shelf 6') ORDER BY name)") == "after,new,unsent");
  CHECK(laarne.replica->conflicts().empty());
  CHECK(country.store->find_space("town")->digest.rows == before.rows + 1);
}

TEST_CASE("a comparison that is cut anywhere begins again and loses nothing") {
  Country country;
  auto &ouinhi = country.device(1), &laarne = country.device(2);
  ouinhi.sql(shelves(60));
  country.settle();
  country.frame_bytes = 100;
  for (std::size_t cut = 0; cut < 700; cut += 9) {
    auto name = "'shelf " + std::to_string(1 + cut / 9 % 60) + "'";
    laarne.replica->in_transaction([&] {
      laarne.replica->database().exec("DELETE FROM carnet_row WHERE id=(SELECT id FROM shelf WHERE name=" + name + "); DELETE FROM shelf WHERE name=" + name);
    });
    recount(laarne, country.space);
    Country::Wire looked, compared;
    (cut % 2 ? compared.cut_up : compared.cut_down) = cut;
    compared.portion = 7;
    country.exchange(laarne, looked);
    country.exchange(laarne, compared);
    laarne.sql("INSERT INTO shelf(space,name) VALUES(1,'between " + std::to_string(cut) + "')");
    recount(laarne, country.space);
    REQUIRE(country.sync(laarne));
  }
  country.settle();
  CHECK(country.all_equal());
  CHECK(ouinhi.get("SELECT count(*) FROM shelf") == std::to_string(60 + 78));
}

TEST_CASE("a replica that was lost is rebuilt with the device's own writes, and goes on where it was") {
  Country country;
  auto &ouinhi = country.device(1), &laarne = country.device(2);
  ouinhi.sql(shelves(20));
  laarne.sql("INSERT INTO shelf(space,name) VALUES(1,'theirs')");
  country.settle();
  Device fresh(country.dir, 1, toy(), country.space, "rebuilt ");
  fresh.replica->set("mend", "everything");
  REQUIRE(country.sync(fresh));
  CHECK(fresh.get("SELECT count(*) FROM shelf") == "21");
  CHECK(fresh.replica->space(country.space).digest == country.store->find_space("town")->digest);
  CHECK(fresh.get("SELECT counter FROM carnet_self") == "20");
  CHECK(fresh.sql("INSERT INTO shelf(space,name) VALUES(1,'shelf 21')") == "");
  REQUIRE(country.sync(fresh));
  REQUIRE(country.sync(laarne));
  CHECK(laarne.get("SELECT count(*) FROM shelf") == "22");
  CHECK(laarne.replica->conflicts().empty());
}

TEST_CASE("a copy takes its own number and loses nothing, wherever its first exchanges are cut") {
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

TEST_CASE("a row that is too large is kept and shown, stops nothing behind it, and goes when it is shorter") {
  Country country;
  auto &ouinhi = country.device(1), &laarne = country.device(2);
  ouinhi.sql(a_shelf + "DROP TRIGGER carnet_book_check_insert; DROP TRIGGER carnet_book_check_update;");
  auto text = [](std::size_t bytes) { return "replace(printf('%.*c'," + std::to_string(bytes) + ",'x'),'y','')"; };
  ouinhi.sql("INSERT INTO book(space,shelf,title,notes) SELECT 1,id,'long'," + text((1 << 20) + 1) + " FROM shelf");
  ouinhi.sql("INSERT INTO book(space,shelf,title,notes,state,bought,hour) SELECT 1,id," + text(1 << 20) + "," + text(1 << 20) + "," + text(1 << 20) + "," +
             text(1 << 20) + "," + text(1 << 20) + " FROM shelf");
  ouinhi.sql("INSERT INTO book(space,shelf,title,notes) SELECT 1,id,'just'," + text(1 << 20) + " FROM shelf");
  REQUIRE(country.sync(ouinhi));
  CHECK(country.report.refused == 2);
  CHECK(country.report.verdicts.at(country.space) == Verdict::different);
  auto kept = ouinhi.replica->quarantined();
  REQUIRE(kept.size() == 2);
  CHECK(kept[0].reason.text.find("holds 1048577 bytes; at most 1048576") != std::string::npos);
  CHECK(kept[1].reason.text.find("at most 4194304") != std::string::npos);
  REQUIRE(country.sync(laarne));
  CHECK(laarne.get("SELECT group_concat(title) FROM book") == "just");
  REQUIRE(country.sync(ouinhi));
  CHECK(country.report.refused == 0);  // not tried again and again
  ouinhi.sql("UPDATE book SET notes='short', state=NULL, bought=NULL, hour=NULL WHERE title<>'just'");
  CHECK(ouinhi.replica->requeue() == 2);
  CHECK(ouinhi.replica->quarantined().empty());
  country.settle();
  CHECK(laarne.get("SELECT count(*) FROM book") == "3");
  CHECK(country.all_equal());
}

TEST_CASE("a row that comes in another space than it stands in is set aside, and the others are applied") {
  Village village;
  auto& ouinhi = village.device(3);
  ouinhi.replica->add_space(SpaceId{8}, "elsewhere", "network");
  ouinhi.sql("INSERT INTO shelf(space,name) VALUES(7,'A')");
  ouinhi.replica->collect();
  auto version = [](Value value) { Version made; made.stamp = {stamp_time(spring), DeviceId{4}}; made.value = std::move(value); return made; };
  auto row = [&](RowId id) { return RowChange{{TableId{1}, id}, Row{{{ColumnId{1}, Kind::reg, {version("B")}}}, {}}}; };
  ouinhi.replica->receive({SpaceId{8}, Seq{}, Seq{2}, {row(minted_id(DeviceId{3}, 1)), row(minted_id(DeviceId{4}, 1))}}, Seq{});
  CHECK(ouinhi.get("SELECT group_concat(name||space,' ') FROM shelf") == "A7 B8");
  REQUIRE(ouinhi.replica->quarantined().size() == 1);
  CHECK_FALSE(ouinhi.replica->quarantined()[0].up);
}

TEST_CASE("rows that vanished unnoticed are found before identical is said of them, once a day") {
  Country country;
  auto &ouinhi = country.device(1), &laarne = country.device(2);
  ouinhi.sql(shelves(3));
  country.settle();
  ouinhi.replica->database().exec("UPDATE carnet_self SET muted=1; DELETE FROM shelf WHERE name='shelf 1'; UPDATE carnet_self SET muted=0");
  ouinhi.replica->set("audited", "0");
  country.settle();
  CHECK(laarne.get("SELECT count(*) FROM shelf") == "2");
  CHECK(country.all_equal());
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
