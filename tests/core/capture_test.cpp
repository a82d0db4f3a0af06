// Writes by any tool are validated and captured in their own transaction.
#include <catch2/catch.hpp>

#include "tests/village.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

constexpr auto a_shelf = "INSERT INTO shelf(space,name,level) VALUES(7,'A',1)";
constexpr auto a_book = "INSERT INTO book(space,shelf,title) SELECT 7,id,'T' FROM shelf";
constexpr auto a_loan = "INSERT INTO loan(space,book,day,score) SELECT 7,id,'2025-03-10',2 FROM book";

std::size_t pending(Device& device) {
  device.replica->collect();
  return device.replica->pending_rows(town);
}

}  // namespace

TEST_CASE("a row that a plain tool inserts is minted an id of this device and travels") {
  Village village;
  auto& ouinhi = village.device(3);
  CHECK(ouinhi.sql(a_shelf) == "");
  CHECK(ouinhi.sql("INSERT INTO shelf(id,space,name) VALUES(1,7,'B')") == "");
  CHECK(ouinhi.sql("INSERT INTO shelf(id,space,name) VALUES((9<<33)|5,7,'C')") == "");
  CHECK(ouinhi.get("SELECT group_concat((id>>33)||':'||(id&0x1ffffffff)||name,' ') FROM (SELECT * FROM shelf ORDER BY id)") ==
        "3:1A 3:2B 3:3C");
  village.sync(ouinhi);
  auto& cove = village.device(4);
  village.sync(cove);
  CHECK(cove.get("SELECT group_concat(name,'') FROM shelf") == "ABC");
  CHECK(village.all_equal());
}

TEST_CASE("the id of a deleted row is never given again") {
  Village village;
  auto& ouinhi = village.device(3);
  ouinhi.sql(a_shelf);
  village.sync(ouinhi);
  ouinhi.sql("DELETE FROM shelf");
  village.sync(ouinhi);
  ouinhi.sql(a_shelf);
  CHECK(ouinhi.get("SELECT id&0x1ffffffff FROM shelf") == "2");
}

TEST_CASE("updates and deletes by a plain tool travel, and only what changed") {
  Village village;
  auto &ouinhi = village.device(3), &cove = village.device(4);
  ouinhi.sql(a_shelf);
  ouinhi.sql("INSERT INTO shelf(space,name,level) VALUES(7,'B',2)");
  village.settle();
  cove.sql("UPDATE shelf SET level=5 WHERE name='A'");
  cove.sql("DELETE FROM shelf WHERE name='B'");
  cove.replica->collect();
  auto changes = cove.replica->pending(town, {}, 1 << 20);
  REQUIRE(changes.rows.size() == 2);
  CHECK(changes.rows[0].row.cells.size() == 1);
  village.settle();
  CHECK(ouinhi.get("SELECT group_concat(name||level) FROM shelf") == "A5");
  CHECK(village.all_equal());
}

TEST_CASE("ten edits of a cell cost one, and an edit taken back costs none") {
  Village village;
  auto& ouinhi = village.device(3);
  ouinhi.sql(a_shelf);
  village.sync(ouinhi);
  for (int level = 2; level < 9; ++level) ouinhi.sql("UPDATE shelf SET level=" + std::to_string(level));
  CHECK(pending(ouinhi) == 1);
  village.sync(ouinhi);
  ouinhi.sql("UPDATE shelf SET level=3; UPDATE shelf SET level=8");
  ouinhi.sql("INSERT INTO shelf(space,name) VALUES(7,'gone'); DELETE FROM shelf WHERE name='gone'");
  CHECK(pending(ouinhi) == 0);
}

TEST_CASE("INSERT OR REPLACE of a known row is an update of it") {
  Village village;
  auto &ouinhi = village.device(3), &cove = village.device(4);
  ouinhi.sql(a_shelf);
  village.settle();
  auto id = ouinhi.get("SELECT id FROM shelf");
  CHECK(cove.sql("INSERT OR REPLACE INTO shelf(id,space,name,level) VALUES(" + id + ",7,'new',1)") == "");
  CHECK(cove.sql("INSERT INTO shelf(id,space,name) VALUES(" + id + ",7,'x') ON CONFLICT(id) DO UPDATE SET level=4") == "");
  CHECK(pending(cove) == 1);
  village.settle();
  CHECK(ouinhi.get("SELECT name||level FROM shelf WHERE id=" + id) == "new4");
  CHECK(ouinhi.get("SELECT count(*) FROM shelf") == "1");
  CHECK(village.all_equal());
}

TEST_CASE("INSERT OR IGNORE of a known row is nothing, and the next insert is a row of its own") {
  Village village;
  auto& ouinhi = village.device(3);
  ouinhi.sql(a_shelf);
  village.sync(ouinhi);
  auto id = ouinhi.get("SELECT id FROM shelf");
  ouinhi.sql("INSERT OR IGNORE INTO shelf(id,space,name) VALUES(" + id + ",7,'x')");
  CHECK(pending(ouinhi) == 0);
  ouinhi.sql("INSERT OR IGNORE INTO shelf(id,space,name) VALUES(" + id + ",7,'x'); DELETE FROM shelf;" + a_shelf);
  CHECK(pending(ouinhi) == 2);
}

TEST_CASE("a keyed row has the id of its key, whoever makes it, and meets its twin") {
  Village village;
  auto &ouinhi = village.device(3), &laarne = village.device(5);
  ouinhi.sql(a_shelf);
  ouinhi.sql(a_book);
  village.settle();
  for (auto* device : {&ouinhi, &laarne})
    CHECK(device->sql(a_loan) == "");
  auto book = std::stoll(ouinhi.get("SELECT id FROM book"));
  CHECK(ouinhi.get("SELECT id FROM loan") == std::to_string(derived_id(TableId{3}, town, {book, 20250310}).value));
  CHECK(ouinhi.sql("INSERT INTO loan(space,book,day) SELECT 7,id,'2025-03-10' FROM book") ==
        "loan: a row with this key exists; update it");
  CHECK(ouinhi.sql("UPDATE loan SET day='2025-03-11'") ==
        "loan.day: is part of the key and never changes; delete the row and add another");
  village.settle();
  CHECK(laarne.get("SELECT count(*) FROM loan") == "1");
  CHECK(laarne.replica->conflicts().empty());
  CHECK(village.all_equal());
}

TEST_CASE("the same key in two spaces makes two rows") {
  Village village;
  auto& ouinhi = village.device(3);
  ouinhi.replica->add_space(SpaceId{8}, "country", "network");
  for (auto* space : {"7", "8"}) {
    CHECK(ouinhi.sql("INSERT INTO tag(space,number) VALUES(" + std::string(space) + ",5)") == "");
    CHECK(ouinhi.sql("INSERT INTO tag(space,number) VALUES(" + std::string(space) + ",5)") == "tag: a row with this key exists; update it");
  }
  CHECK(ouinhi.get("SELECT count(DISTINCT id) FROM tag") == "2");
}

TEST_CASE("a keyed row that was deleted can be made again") {
  Village village;
  auto &ouinhi = village.device(3), &laarne = village.device(5);
  ouinhi.sql(a_shelf);
  ouinhi.sql(a_book);
  ouinhi.sql(a_loan);
  village.settle();
  laarne.sql("DELETE FROM loan");
  village.settle();
  CHECK(ouinhi.get("SELECT count(*) FROM loan") == "0");
  ouinhi.sql(a_loan);
  village.settle();
  CHECK(laarne.get("SELECT score FROM loan") == "2");
  CHECK(village.all_equal());
}

TEST_CASE("deleting a row deletes its parts, each noted") {
  Village village;
  auto &ouinhi = village.device(3), &cove = village.device(4);
  ouinhi.sql(a_shelf);
  ouinhi.sql(a_book);
  ouinhi.sql(a_loan);
  village.settle();
  cove.sql("DELETE FROM shelf");
  CHECK(pending(cove) == 3);
  village.settle();
  CHECK(ouinhi.get("SELECT (SELECT count(*) FROM shelf)+(SELECT count(*) FROM book)+(SELECT count(*) FROM loan)") == "0");
}

TEST_CASE("a write that breaks a rule fails with table, column and rule") {
  Village village;
  auto& ouinhi = village.device(3);
  ouinhi.sql(a_shelf);
  auto shelf = "INSERT INTO shelf(space,name,level) VALUES";
  auto book = [](const std::string& column, const std::string& value) {
    return "INSERT INTO book(space,shelf," + column + ") SELECT 7,id," + value + " FROM shelf";
  };
  CHECK(ouinhi.sql(std::string(shelf) + "(7,'  ',1)") == "shelf.name: is required");
  CHECK(ouinhi.sql(std::string(shelf) + "(7,'" + std::string(20, 'x') + "',9)") == "");
  CHECK(ouinhi.sql(std::string(shelf) + "(7,'" + std::string(21, 'x') + "',9)") ==
        "shelf.name: one line of text, at most 20 characters");
  CHECK(ouinhi.sql(std::string(shelf) + "(7,char(10,9,32),1)") == "shelf.name: is required");
  for (auto* hidden : {"'a'||char(13)||'b'", "'a'||char(10)", "'a'||char(0)||'b'"})
    CHECK(ouinhi.sql(std::string(shelf) + "(7," + hidden + ",9)") == "shelf.name: one line of text, at most 20 characters");
  CHECK(ouinhi.sql(std::string(shelf) + "(7,'B',10)") == "shelf.level: whole number from 0 to 9");
  CHECK(ouinhi.sql(std::string(shelf) + "(7,'B','high')") == "shelf.level: whole number from 0 to 9");
  CHECK(ouinhi.sql(std::string(shelf) + "(8,'B',1)") == "shelf.space: number of a space of this device");
  CHECK(ouinhi.sql(book("price", "1000")) == "");
  CHECK(ouinhi.sql(book("price", "1000.5")) == "book.price: number from 0 to 1000");
  CHECK(ouinhi.sql(book("state", "'worn'")) == "book.state: one of new, old");
  CHECK(ouinhi.sql(book("bought", "'2025-02-29'")) == "book.bought: date as 2025-03-31");
  CHECK(ouinhi.sql(book("bought", "'2024-02-29'")) == "");
  CHECK(ouinhi.sql(book("hour", "'24:00'")) == "book.hour: time as 09:30");
  CHECK(ouinhi.sql(book("notes", "replace(hex(zeroblob(524288)),'0','n')")) == "");
  CHECK(ouinhi.sql(book("notes", "replace(hex(zeroblob(524288)),'0','n')||'n'")) == "book.notes: text of at most 1048576 bytes");
  CHECK(ouinhi.sql("INSERT INTO book(space,shelf) VALUES(7,77)") == "book.shelf: id of a row of shelf in the same space");
  CHECK(ouinhi.sql("UPDATE shelf SET level=-1") == "shelf.level: whole number from 0 to 9");
  CHECK(ouinhi.sql("UPDATE shelf SET id=4") == "shelf.id: never changes");
  CHECK(ouinhi.get("SELECT count(*) FROM shelf WHERE level=1") == "1");
}

TEST_CASE("text that is not UTF-8 travels mended, and its bytes stay in the history") {
  Village village;
  auto &ouinhi = village.device(3), &cove = village.device(4);
  CHECK(ouinhi.sql("INSERT INTO shelf(space,name) VALUES(7,CAST(x'4dff41' AS TEXT))") == "");
  village.settle();
  for (auto* device : {&ouinhi, &cove}) CHECK(device->get("SELECT name FROM shelf") == "M\uFFFD" "A");
  RowKey key{TableId{1}, minted_id(DeviceId{3}, 1)};
  auto history = ouinhi.replica->history(key);
  REQUIRE(history.size() == 1);
  CHECK(history[0].version.value == Value{Bytes{std::byte{0x4d}, std::byte{0xff}, std::byte{0x41}}});
  CHECK(village.all_equal());
}

TEST_CASE("rows that went while no trigger watched are noticed by an audit") {
  Village village;
  auto &ouinhi = village.device(3), &cove = village.device(4);
  ouinhi.sql(a_shelf);
  ouinhi.sql("INSERT INTO shelf(space,name,level) VALUES(7,'B',2)");
  village.settle();
  ouinhi.sql("DROP TRIGGER carnet_shelf_delete; DELETE FROM shelf WHERE name='A'");
  ouinhi.reopen();  // the layout has changed: triggers are made anew and the rows gone over
  village.settle();
  CHECK(cove.get("SELECT group_concat(name) FROM shelf") == "B");
  ouinhi.sql("DELETE FROM shelf");
  village.settle();
  CHECK(cove.get("SELECT count(*) FROM shelf") == "0");
  CHECK(village.all_equal());
}

TEST_CASE("what is applied from elsewhere is not captured again, and breaks no local rule") {
  Village village;
  auto &ouinhi = village.device(3), &cove = village.device(4);
  ouinhi.sql(a_shelf);
  village.settle();
  CHECK(pending(cove) == 0);
  ouinhi.sql("DROP TRIGGER carnet_shelf_check_update; UPDATE shelf SET level=70, name=NULL");
  village.settle();
  CHECK(cove.get("SELECT level FROM shelf") == "70");
  CHECK(cove.sql("UPDATE shelf SET name='fine'") == "");
  village.settle();
  CHECK(ouinhi.get("SELECT name||level FROM shelf") == "fine70");
  CHECK(village.all_equal());
}
