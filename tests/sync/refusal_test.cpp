// Who may not, what finds no room and what is too large: refused in words that arrive in the end, and never lost.
#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

#include "server/accounts.hpp"
#include "tests/country.hpp"
#include "tests/sync/shelves.hpp"

using namespace carnet;
using namespace carnet::test;
using Outcome = ClientSession::Outcome;

namespace {

// A shelf 'refused' that the space has no room for, of which the answer is cut, and that of the next exchange after `heard` bytes.
RowKey refuse_unheard(Country& country, Device& device, std::size_t heard) {
  REQUIRE(country.sync(device));
  Accounts(country.store->database()).set_quota(Quota::rows, 0, country.space);
  device.sql("INSERT INTO shelf(space,name,level) VALUES(1,'refused',1)");
  for (auto bytes : {std::size_t{0}, heard}) country.exchange_unheard(device, bytes);
  return shelf_of(device, "SELECT id FROM shelf WHERE name='refused'");
}

bool remembers(Device& device, RowKey key, const std::string& value) {
  auto history = device.replica->history(key);
  return std::any_of(history.begin(), history.end(), [&](auto& past) { return past.version.value == Value{value}; });
}

}  // namespace

TEST_CASE("a reader hears of a refusal whose answer was cut, and holds what the relay holds once that is dropped") {
  Country country;
  auto& laarne = country.device(2);
  REQUIRE(country.sync(laarne));
  Accounts accounts(country.store->database());
  accounts.set_role(accounts.person("device2"), country.space, Role::reader, std::time(nullptr) - 3'600);
  REQUIRE(country.sync(laarne));
  laarne.sql(a_shelf);
  country.exchange_unheard(laarne);
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
  country.exchange_unheard(ouinhi);
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
  country.exchange_unheard(ouinhi);
  accounts.set_quota(Quota::bytes, 1'000'000, country.space);
  laarne.sql("DELETE FROM shelf");
  REQUIRE(country.sync(laarne));
  country.settle();
  CHECK(ouinhi.get("SELECT count(*) FROM shelf") == "0");
  CHECK(remembers(ouinhi, shelf_of(ouinhi, "SELECT id FROM carnet_row WHERE tbl=1"), "refused"));
  CHECK(country.all_equal());
}

TEST_CASE("an edit that was refused is in the history of its device when another deleted the row and rows are compared") {
  Country country;
  auto &ouinhi = country.device(1), &laarne = country.device(2);
  laarne.sql(a_shelf);
  country.settle();
  auto key = shelf_of(ouinhi);
  Accounts accounts(country.store->database());
  accounts.set_role(accounts.person("device1"), country.space, Role::reader, std::time(nullptr) - 1'000);
  REQUIRE(ouinhi.sql("UPDATE shelf SET name='refused'") == "");
  REQUIRE(laarne.sql("DELETE FROM shelf") == "");
  REQUIRE(country.sync(laarne));
  REQUIRE(country.sync(ouinhi));
  REQUIRE(ouinhi.get("SELECT count(*) FROM shelf") == "0");
  ClientSession::compare_next(*ouinhi.replica);
  REQUIRE(country.sync(ouinhi));
  CHECK(ouinhi.replica->quarantined().empty());
  CHECK(remembers(ouinhi, key, "refused"));
}

TEST_CASE("what was taken unheard is no past of its row while it stands there") {
  Country country;
  auto& ouinhi = country.device(1);
  REQUIRE(country.sync(ouinhi));
  ouinhi.sql(a_shelf);
  country.exchange_unheard(ouinhi);
  REQUIRE(country.sync(ouinhi));
  auto key = shelf_of(ouinhi);
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

TEST_CASE("a member who is removed in the middle of an exchange is sent no more of the space, and gives it up in the next") {
  Country country;
  country.frame_bytes = 3'000;
  auto &ouinhi = country.device(1), &laarne = country.device(2);
  ouinhi.sql(shelves_20000);
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
