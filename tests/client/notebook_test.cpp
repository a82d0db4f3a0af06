// What people do with rows by name: add, edit, remove, look back, settle, export, import.
#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>

#include "client/notebook.hpp"
#include "core/domain.hpp"
#include "tests/village.hpp"

using namespace carnet;
using namespace carnet::test;
using nlohmann::json;

namespace {

struct Desk {
  TempDir dir;
  Device device{dir, 3, domain()};
  Notebook notebook{*device.replica};

  std::int64_t add(const std::string& table, const Notebook::Fields& fields) {
    auto id = notebook.add(town, table, fields);
    if (!id) throw std::runtime_error(id.error().text);
    return id->value;
  }
  std::int64_t question() { return add("sub_question", {{"question", add("learning_question", {{"wording", "Comment ?"}})}, {"text", "Quoi ?"}, {"priority", "must"}}); }
};

}  // namespace

TEST_CASE("a row that was added can be read, edited and removed") {
  Desk desk;
  auto id = desk.question();
  auto key = desk.notebook.find(RowId{id});
  REQUIRE(key);
  CHECK((*desk.notebook.row(*key))["priority"] == "must");
  REQUIRE(desk.notebook.edit(RowId{id}, {{"priority", "nice"}, {"position", "2.5"}}));
  CHECK((*desk.notebook.row(*key))["position"] == 2.5);
  REQUIRE(desk.notebook.remove(RowId{id}));
  CHECK(desk.notebook.find(RowId{id}).error().code == Code::not_found);
}

TEST_CASE("a wish that breaks a rule names table, column and rule, and changes nothing") {
  Desk desk;
  auto id = desk.question();
  CHECK(desk.notebook.edit(RowId{id}, {{"priority", "urgent"}}).error().text == "sub_question.priority: one of must, like, nice");
  CHECK(desk.notebook.edit(RowId{id}, {{"colour", "red"}}).error().text == "sub_question has no column 'colour'");
  CHECK(desk.notebook.add(town, "sub_question", {{"text", "?"}}).error().text == "sub_question.question: is required");
  CHECK_THAT(desk.notebook.add(town, "poem", {}).error().text, Catch::Matchers::StartsWith("no table 'poem'; there are: organisation"));
  CHECK(desk.notebook.edit(RowId{77}, {{"text", "x"}}).error().text == "no row 77 on this device");
  CHECK((*desk.notebook.list("sub_question", town)).size() == 1);
}

TEST_CASE("a row that was refused leaves no transaction open, so others may write") {
  Desk desk;
  CHECK_FALSE(desk.notebook.add(town, "sub_question", {{"text", "?"}}));
  CHECK(desk.device.sql("INSERT INTO learning_question(space,wording) VALUES(7,'Comment ?')").empty());
  CHECK(desk.device.replica->collect() == 1);
}

TEST_CASE("history tells each wording, newest first, with its device by name") {
  Desk desk;
  desk.add("device", {{"number", 3}, {"name", "Planification"}});
  auto id = desk.add("learning_question", {{"wording", "Comment faire payer ?"}});
  desk.device.replica->collect();
  REQUIRE(desk.notebook.edit(RowId{id}, {{"wording", "Comment soutenir ?"}}));
  auto history = desk.notebook.history(*desk.notebook.find(RowId{id}));
  REQUIRE(history.size() == 2);
  CHECK(history[0]["value"] == "Comment soutenir ?");
  CHECK(history[0]["standing"] == true);
  CHECK(history[1]["value"] == "Comment faire payer ?");
  CHECK(history[1]["by"] == "Planification");
}

TEST_CASE("any value of a row's history is written again by its number, as a new edit") {
  Desk desk;
  auto id = desk.add("learning_question", {{"wording", "Comment faire payer ?"}});
  desk.device.replica->collect();
  REQUIRE(desk.notebook.edit(RowId{id}, {{"wording", "Comment soutenir ?"}}));
  auto key = *desk.notebook.find(RowId{id});
  REQUIRE(desk.notebook.history(key).size() == 2);
  CHECK(desk.notebook.restore(RowId{id}, 3).error().text == "row " + std::to_string(id) + " has 2 values in its history and no number 3; `carnet show` tells them");
  REQUIRE(desk.notebook.restore(RowId{id}, 1));
  CHECK((*desk.notebook.row(key))["wording"] == "Comment faire payer ?");
  CHECK_FALSE(desk.notebook.restore(RowId{id}, 0));
}

TEST_CASE("a deleted row comes back with the value that is restored, and a restored deletion deletes it again") {
  Desk desk;
  auto id = desk.add("learning_question", {{"wording", "Comment faire payer ?"}});
  desk.device.replica->collect();
  REQUIRE(desk.notebook.edit(RowId{id}, {{"wording", "Comment soutenir ?"}}));
  REQUIRE(desk.notebook.remove(RowId{id}));
  auto key = *desk.notebook.find_any(RowId{id});
  auto history = desk.notebook.history(key);
  REQUIRE(history.front()["column"] == Notebook::life);
  std::size_t deleted = history.front()["number"];
  CHECK(desk.notebook.restore(RowId{id}, deleted).error().code == Code::invalid);
  REQUIRE(desk.notebook.restore(RowId{id}, 1));
  CHECK((*desk.notebook.row(key))["wording"] == "Comment faire payer ?");
  history = desk.notebook.history(key);
  auto life = std::find_if(history.begin(), history.end(), [](auto& each) { return each["column"] == Notebook::life && each["standing"] == true; });
  REQUIRE(life != history.end());
  CHECK(desk.notebook.restore(RowId{id}, (*life)["number"]));  // it is there
  deleted = std::find_if(history.begin(), history.end(), [](auto& each) { return each["column"] == Notebook::life && each["standing"] == false; })->at("number");
  REQUIRE(desk.notebook.restore(RowId{id}, deleted));
  CHECK_FALSE(desk.notebook.find(RowId{id}));
}

TEST_CASE("a space that is exported and imported elsewhere holds the same rows, with their references") {
  Desk desk, other;
  desk.question();
  auto exported = desk.notebook.export_space(town);
  auto count = other.notebook.import(town, exported);
  REQUIRE(count);
  CHECK(*count == 2);
  auto question = (*other.notebook.list("sub_question", Notebook::Filter{}))[0]["question"];
  CHECK((*other.notebook.list("learning_question", Notebook::Filter{}))[0]["id"] == question);
}

TEST_CASE("an import that breaks a rule in its last row adds none") {
  Desk desk;
  json wrong{{"rows", {{{"table", "learning_question"}, {"id", 1}, {"wording", "a"}}, {{"table", "sub_question"}, {"id", 2}, {"question", 1}, {"text", "b"}, {"priority", "no"}}}}};
  CHECK(desk.notebook.import(town, wrong).error().text == "sub_question.priority: one of must, like, nice");
  CHECK((*desk.notebook.list("learning_question", Notebook::Filter{})).empty());
  for (auto& rubbish : {json(), json(3), json{{"rows", 1}}, json{{"rows", {1}}}, json{{"rows", {{{"table", 1}, {"id", 1}}}}}, json{{"rows", {{{"table", "visit"}, {"id", "x"}}}}}})
    CHECK(desk.notebook.import(town, rubbish).error().code == Code::malformed);
}

TEST_CASE("a conflict is settled by keeping, taking or writing a third") {
  for (auto& [choice, expected] : {std::pair{"keep", "shown"}, std::pair{"take", "lost"}, std::pair{"must", "must"}}) {
    Village village;
    auto &ouinhi = village.device(1, domain()), &laarne = village.device(2, domain());
    Notebook there(*ouinhi.replica), here(*laarne.replica);
    auto question = there.add(town, "learning_question", {{"wording", "Comment ?"}});
    auto id = there.add(town, "sub_question", {{"question", question->value}, {"text", "Quoi ?"}});
    village.settle();
    REQUIRE(there.edit(*id, {{"priority", "nice"}}));
    REQUIRE(here.edit(*id, {{"priority", "like"}}));
    village.settle();
    auto conflict = there.conflicts()[0];
    auto wanted = std::string(expected) == "must" ? json("must") : conflict[expected]["value"];
    CHECK(here.resolve(*id, "text", choice).error().code == Code::not_found);
    REQUIRE(here.resolve(*id, "priority", choice));
    village.settle();
    CHECK(there.conflicts().empty());
    CHECK((*there.row(*there.find(*id)))["priority"] == wanted);
  }
}

TEST_CASE("a row is found though a page of another table is damaged") {
  TempDir dir;
  RowId id;
  std::string path;
  std::int64_t page = 0;
  {
    Device device(dir, 3, domain());
    path = device.path;
    id = *Notebook(*device.replica).add(town, "learning_question", {{"wording", "Comment ?"}});
    device.replica->collect();
    auto& db = device.replica->database();
    page = db.execAndGet("SELECT rootpage FROM sqlite_schema WHERE name='organisation'").getInt64();
    db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  std::fstream(path, std::ios::binary | std::ios::in | std::ios::out).seekp((page - 1) * 4'096).write("damaged", 7);
  Replica replica(path, domain());
  Notebook notebook(replica);
  CHECK((*notebook.row(*notebook.find(id)))["wording"] == "Comment ?");
  CHECK_THROWS_AS(notebook.list("organisation", std::nullopt), SQLite::Exception);
}
