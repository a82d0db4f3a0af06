// Replicas and relays that lost what they had, or hold what nobody noticed: found by comparing and brought together.
#include <catch2/catch.hpp>

#include <filesystem>

#include "tests/country.hpp"
#include "tests/sync/shelves.hpp"

using namespace carnet;
using namespace carnet::test;
using Outcome = ClientSession::Outcome;

namespace {

void recount(Device& device, SpaceId space) {
  auto digest = device.replica->recount(space);
  device.replica->database().exec("UPDATE carnet_space SET digest=" + std::to_string(static_cast<std::int64_t>(digest.sum)) + ",rows=" + std::to_string(digest.rows));
}

// Takes a shelf with all that is known of it, as no program of ours would.
void vanish(Device& device, SpaceId space, const std::string& name) {
  device.replica->in_transaction([&] {
    device.replica->database().exec("DELETE FROM carnet_row WHERE id=(SELECT id FROM shelf WHERE name='" + name + "'); DELETE FROM shelf WHERE name='" + name + "'");
  });
  recount(device, space);
}

}  // namespace

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
  vanish(laarne, country.space, "shelf 7");
  vanish(laarne, country.space, "shelf 300");
  laarne.sql("UPDATE shelf SET name='renamed' WHERE name='shelf 9'");
  Country::Wire looked, compared;
  CHECK(country.exchange(laarne, looked) == Outcome::again);
  CHECK(country.report.verdicts.at(country.space) == Verdict::different);
  CHECK(country.exchange(laarne, compared) == Outcome::done);
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
  CHECK(country.exchange(ouinhi, learned) == Outcome::again);
  CHECK(country.exchange(ouinhi, compared) == Outcome::done);
  CHECK(country.report.mended == 4);
  CHECK(country.report.rows_up <= 6);  // parts of a row that were written at several times go one by one
  CHECK(country.report.verdicts.at(country.space) == Verdict::identical);
  country.settle();
  CHECK(country.all_equal());
  CHECK(laarne.get("SELECT group_concat(name) FROM (SELECT name FROM shelf WHERE name IN('after','new','unsent','shelf 5','shelf 6') ORDER BY name)") == "after,new,unsent");
  CHECK(laarne.replica->conflicts().empty());
  CHECK(country.store->find_space("town")->digest.rows == before.rows + 1);
}

TEST_CASE("a comparison that is cut anywhere begins again and loses nothing", "[file]") {
  Country country;
  auto &ouinhi = country.device(1), &laarne = country.device(2);
  ouinhi.sql(shelves(60));
  country.settle();
  country.frame_bytes = 100;
  for (std::size_t cut = 0; cut < 700; cut += 9) {
    vanish(laarne, country.space, "shelf " + std::to_string(1 + cut / 9 % 60));
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

TEST_CASE("what waits when replicas are compared has seen what it was written over all the same") {
  Country country;
  auto &ouinhi = country.device(1), &cove = country.device(2);
  ouinhi.sql(a_shelf);
  country.settle();
  REQUIRE(cove.sql("UPDATE shelf SET level=4") == "");
  ClientSession::compare_next(*cove.replica);
  country.settle();
  for (auto* each : {&ouinhi, &cove}) {
    CHECK(each->replica->conflicts().empty());
    CHECK(each->get("SELECT level FROM shelf") == "4");
  }
  CHECK(country.all_equal());
}
