// The pages' API by its contract (client/API.md), without sockets: rows, their past, synchronisation, and how it begins.
#include <catch2/catch.hpp>

#include <algorithm>

#include "sync/invite.hpp"
#include "tests/client/room.hpp"

using namespace carnet;
using namespace carnet::test;
using nlohmann::json;

// Rows

TEST_CASE("a row is added, read, changed and deleted by its id") {
  Room room;
  auto id = room.question();
  CHECK(room.office.row(id)["wording"] == "Comment ?");
  CHECK(room.office.row(id)["space"] == town.value);
  CHECK(room.office.row(id)["position"] == nullptr);
  CHECK(room.office.patch(id, {{"position", 2.5}})["row"]["position"] == 2.5);
  CHECK(room.office.ask("DELETE", Office::of(id)).status == 204);
  CHECK(room.office.get(Office::of(id)).status == 404);
  CHECK(room.office.ask("DELETE", Office::of(id)).status == 404);
}

TEST_CASE("what was added under a fresh id is not doubled when its answer was lost, and is changed when it is said anew") {
  Room room;
  auto id = room.fresh_id();
  for (int time = 0; time < 3; ++time) CHECK(room.office.wish("learning_question", {{"wording", "Comment ?"}}, id).status == 201);
  CHECK(room.count("learning_question") == 1);
  auto said = room.office.wish("learning_question", {{"wording", "Pourquoi ?"}}, id);
  CHECK(said["row"]["id"] == id);
  CHECK(said["row"]["wording"] == "Pourquoi ?");
  CHECK(room.office.get(Office::of(id, "/history")).body.size() >= 1);
}

TEST_CASE("a row that was deleted meanwhile is not made again by its first wish") {
  Room room;
  auto id = room.fresh_id();
  room.office.wish("learning_question", {{"wording", "Comment ?"}}, id);
  room.office.ask("DELETE", Office::of(id));
  auto said = room.office.wish("learning_question", {{"wording", "Comment ?"}}, id);
  CHECK(said.status == 404);
  CHECK(said.text() == "this record is no more");
}

TEST_CASE("an id that this device did not give, of another table or of another space, adds nothing") {
  Room room;
  room.office.home.replica()->add_space(SpaceId{8}, "other", "partnership");
  auto id = room.question();
  for (std::int64_t wrong : {id + 1'000, minted_id(DeviceId{9}, 1).value, derived_bit | 5, std::int64_t{0}, std::int64_t{-5}, max_row_id + 1}) {
    CAPTURE(wrong);
    CHECK(room.office.wish("learning_question", {{"wording", "?"}}, wrong).status == 422);
  }
  CHECK(room.office.wish("project", {{"name", "?"}}, id).status == 422);
  CHECK(room.office.post("/api/rows", {{"table", "learning_question"}, {"space", 8}, {"fields", {{"wording", "?"}}}, {"id", id}}).status == 422);
  CHECK(room.count("learning_question") == 1);
  CHECK(room.count("project") == 0);
  CHECK(room.office.row(id)["wording"] == "Comment ?");
}

TEST_CASE("fresh ids are given to nobody else, neither by another wish nor by another tool") {
  Room room;
  auto ids = room.office.post("/api/ids", {{"count", 100}})["ids"];
  REQUIRE(ids.size() == 100);
  auto other = room.question();
  room.village.device(1).sql("INSERT INTO learning_question(space,wording) VALUES(7,'par sqlite3')");
  for (auto& id : ids) CHECK(id != other);
  CHECK(room.office.wish("learning_question", {{"wording", "?"}}, ids[99]).status == 201);
  CHECK(room.office.wish("learning_question", {{"wording", "?"}}, ids[0]).status == 201);
  CHECK(room.count("learning_question") == 4);
  for (int wrong : {0, 101, -1}) CHECK(room.office.post("/api/ids", {{"count", wrong}}).status == 400);
}

TEST_CASE("two forms that add the same pair meet in one row, and again after it was deleted") {
  Room room;
  auto visit = room.office.add("visit", {{"title", "Visite"}});
  json fields{{"visit", visit}, {"day", "2025-03-10"}, {"unexpected", "La pluie"}};
  auto id = room.office.add("visit_day", fields);
  fields["unexpected"] = "Le maire";
  CHECK(room.office.add("visit_day", fields) == id);
  CHECK(room.office.row(id)["unexpected"] == "Le maire");
  CHECK(room.count("visit_day") == 1);
  room.office.ask("DELETE", Office::of(id));
  CHECK(room.office.add("visit_day", fields) == id);
}

TEST_CASE("rows are listed by space, by the value of a column, and piece by piece") {
  Room room;
  auto first = room.question("a"), second = room.question("b");
  auto part = room.sub_question(second);
  CHECK(room.office.get("/api/rows?table=learning_question&limit=1")["learning_question"][0]["id"] == first);
  CHECK(room.office.get("/api/rows?table=learning_question&limit=1&after=" + std::to_string(first))["learning_question"][0]["id"] == second);
  CHECK(room.office.get("/api/rows?table=learning_question&limit=0")["learning_question"].empty());
  auto both = room.office.get("/api/rows?table=learning_question,sub_question&question=" + std::to_string(second)).body;
  CHECK(both["learning_question"].size() == 2);  // which has no such column
  CHECK(both["sub_question"][0]["id"] == part);
  CHECK(room.office.get("/api/rows?table=sub_question&question=" + std::to_string(first))["sub_question"].empty());
  CHECK(room.office.get("/api/rows?table=learning_question&space=7")["learning_question"].size() == 2);
  CHECK(room.office.get("/api/rows?table=learning_question&space=9").status == 404);
}

// Deleting and bringing back

TEST_CASE("a row that is brought back has its parts again, but not one that had been deleted before") {
  Room room;
  auto question = room.question();
  auto early = room.sub_question(question), late = room.sub_question(question);
  room.office.ask("DELETE", Office::of(early));
  room.village.device(1).sql("UPDATE carnet_self SET clock_offset=60");  // a minute later
  room.office.ask("DELETE", Office::of(question));
  CHECK(room.count("sub_question") == 0);
  auto said = room.office.post(Office::of(question, "/revive"));
  CHECK(said.status == 200);
  CHECK(said["row"]["wording"] == "Comment ?");
  CHECK(room.office.get(Office::of(late)).status == 200);
  CHECK(room.office.get(Office::of(early)).status == 404);
  CHECK(room.office.post(Office::of(question, "/revive")).status == 200);  // asked again
  CHECK(room.office.post(Office::of(early, "/revive")).status == 200);
  CHECK(room.count("sub_question") == 2);
}

TEST_CASE("a part that is brought back brings its owner, which somebody elsewhere deleted, and all agree") {
  Neighbours both;
  auto question = both.question();
  auto part = both.sub_question(question);
  both.meet();
  both.other.ask("DELETE", Office::of(question));
  both.meet();
  CHECK(both.office.get(Office::of(part)).status == 404);
  CHECK(both.office.post(Office::of(part, "/revive")).status == 200);
  both.meet();
  for (auto* office : {&both.office, &both.other}) {
    CHECK(office->row(question)["wording"] == "Comment ?");
    CHECK(office->row(part)["text"] == "Quoi ?");
  }
  CHECK(both.village.all_equal());
}

// Looking back

TEST_CASE("history tells each value with who wrote it, and any is written again") {
  Room room;
  auto id = room.office.add("factor", {{"description", "Route"}, {"score", 3}});
  room.office.patch(id, {{"score", 4}});
  auto history = room.office.get(Office::of(id, "/history")).body;
  auto old = std::find_if(history.begin(), history.end(), [](auto& each) { return each["column"] == "score" && each["value"] == 3; });
  REQUIRE(old != history.end());
  CHECK((*old)["standing"] == false);
  CHECK((*old)["device"] == 1);
  CHECK(room.office.post(Office::of(id, "/restore"), {{"number", (*old)["number"]}})["row"]["score"] == 3);
  for (auto& wrong : {json(0), json(99), json("x"), json(-1)}) CHECK(room.office.post(Office::of(id, "/restore"), {{"number", wrong}}).status >= 400);
}

TEST_CASE("a row is published with its parts into another space, once") {
  Room room;
  room.office.home.replica()->add_space(SpaceId{8}, "other", "partnership");
  auto question = room.question();
  room.sub_question(question);
  auto said = room.office.post(Office::of(question, "/publish"), {{"space", 8}});
  CHECK(said.status == 201);
  CHECK(room.office.row(said["id"])["space"] == 8);
  CHECK(room.office.get("/api/rows?table=sub_question&space=8")["sub_question"].size() == 1);
  CHECK(room.office.post(Office::of(question, "/publish"), {{"space", 8}}).status == 422);
  CHECK(room.office.post(Office::of(question, "/publish"), {{"space", 7}}).status == 422);
  CHECK(room.office.post(Office::of(question, "/publish"), {{"space", 9}}).status == 404);
}

// Synchronisation

TEST_CASE("settings are told and changed all or none") {
  Room room;
  auto value = [&](const std::string& name) {
    for (auto& each : room.office.get("/api/settings").body)
      if (each["name"] == name) return each["value"].get<std::string>();
    return std::string("none");
  };
  CHECK(room.office.ask("PATCH", "/api/settings", {{"policy", "manual"}, {"language", "nl"}}).status == 200);
  CHECK(value("policy") == "manual");
  CHECK(room.office.get("/api/device")["language"] == "nl");
  CHECK(room.office.ask("PATCH", "/api/settings", {{"language", "fr"}, {"policy", "weekly"}}).status == 422);
  CHECK(value("language") == "nl");
  CHECK(room.office.ask("PATCH", "/api/settings", {{"look_hours", "8761"}}).text() == "look_hours: 0 tot 8760 uur, 0 voor nooit, niet '8761'; stel het zo in: carnet settings look_hours 12");
  CHECK(room.office.get("/api/settings").body[2]["meaning"] == "de nacht, plaatselijke tijd");
  CHECK(room.office.ask("PATCH", "/api/settings", {{"damaged", "yes"}}).status == 404);
  CHECK(room.office.post("/api/sync").status == 202);
  CHECK(room.office.syncs == 1);
}

TEST_CASE("what the relay did not take is told, and tried again, moved or dropped") {
  Room room;
  auto& replica = *room.office.home.replica();
  replica.add_space(SpaceId{8}, "other", "partnership");
  auto refuse = [&](std::int64_t id) {
    auto seq = replica.space(town).seq;
    replica.quarantine({.up = true, .space = town, .low = Seq{seq.value - 1}, .high = seq, .reason = {Code::reads_only, "reads"}, .rows = {{TableId{11}, RowId{id}}}});
    return room.office.get("/api/quarantine").body.back()["number"].get<std::int64_t>();
  };
  auto retried = refuse(room.question("a"));
  auto told = room.office.get("/api/quarantine").body;
  REQUIRE(told.size() == 1);
  CHECK(told[0]["rows"][0]["wording"] == "a");
  CHECK(told[0]["reason"] == "you only read in this space; whoever looks after it can let you write");
  auto act = [&](std::int64_t number, const json& wish) { return room.office.post("/api/quarantine/" + std::to_string(number), wish).status; };
  CHECK(act(99, {{"do", "drop"}}) == 404);
  CHECK(act(0, {{"do", "drop"}}) == 404);
  CHECK(act(retried, {{"do", "burn"}}) == 400);
  CHECK(act(retried, {{"do", "move"}}) == 400);
  CHECK(act(retried, {{"do", "move"}, {"space", 9}}) == 404);
  CHECK(act(retried, {{"do", "retry"}}) == 204);
  CHECK(act(0, {{"do", "retry"}}) == 204);
  CHECK(act(refuse(room.question("b")), {{"do", "move"}, {"space", 8}}) == 204);
  CHECK(room.office.get("/api/rows?table=learning_question&space=8")["learning_question"][0]["wording"] == "b");
  CHECK(act(refuse(room.question("c")), {{"do", "drop"}}) == 204);
  CHECK(room.office.get("/api/quarantine").body.empty());
}

TEST_CASE("of each other device that introduced itself the latest write is told") {
  Neighbours both;
  both.other.add("device", {{"number", 2}, {"name", "Laarne"}});
  auto before = std::time(nullptr);
  both.meet();
  auto fresh = both.office.get("/api/freshness").body;
  REQUIRE(fresh.size() == 1);
  CHECK(fresh[0]["name"] == "Laarne");
  CHECK(fresh[0]["device"] == 2);
  CHECK(std::abs(fresh[0]["latest"].get<std::int64_t>() - before) < 60);
  CHECK(both.other.get("/api/freshness").body.empty());
}

TEST_CASE("status and traffic are told as the command line tells them") {
  Room room;
  room.question();
  auto status = room.office.get("/api/status").body;
  CHECK(status["waiting"]["rows"] == 1);
  CHECK(room.office.get("/api/traffic").body == json::array());
  auto device = room.office.get("/api/device").body;
  CHECK(device["spaces"][0]["waiting"] == 1);
  CHECK(device["device"] == 1);
  CHECK(device["sample"] == false);
}

// How it begins

namespace {

std::string today(int days = 0) {
  auto at = std::time(nullptr) + days * 86'400;
  char text[16];
  std::strftime(text, sizeof text, "%Y-%m-%d", std::localtime(&at));
  return text;
}

}  // namespace

TEST_CASE("where there is no replica yet, only the declaration and the device are told") {
  TempDir dir;
  Office office(dir.file("home"));
  CHECK(office.get("/api/device")["state"] == "new");
  CHECK(office.get("/api/schema")["tables"].size() == domain().tables.size());
  for (auto* target : {"/api/rows?table=visit", "/api/status", "/api/conflicts", "/api/settings", "/api/freshness"}) {
    CHECK(office.get(target).status == 404);
    CHECK(office.get(target).code() == "new");
  }
  CHECK(office.post("/api/rows").code() == "new");
  CHECK(office.changes == 0);
}

TEST_CASE("the declaration tells what a form needs of every column") {
  Sample sample;
  auto tables = sample.office.get("/api/schema")["tables"];
  auto& table = *std::find_if(tables.begin(), tables.end(), [](auto& each) { return each["name"] == "progress"; });
  CHECK(table["keyed"] == true);
  CHECK(table["label"]["nl"] == "Leerdagboek (voortgang)");
  CHECK(table["columns"][3]["max"] == 3);
  CHECK(table["columns"][0]["target"] == "objective");
  CHECK(table["columns"][0]["owner"] == true);
  CHECK(table["columns"][2]["key"] == true);
}

TEST_CASE("in the sample today is the third day of the visit, and every tool has rows") {
  Sample sample;
  CHECK(sample.office.get("/api/device")["sample"] == true);
  bool under_way = false;
  for (auto& visit : sample.rows("visit")) under_way |= visit["starts_on"] == today(-2) && visit["ends_on"] >= today();
  CHECK(under_way);
  for (auto& table : domain().tables) {
    CAPTURE(table.name);
    bool of_devices = table.is_administration || table.name == "media" || table.name == "device" || table.name == "holder" || table.name == "origin";
    CHECK((of_devices || !sample.rows(std::string(table.name)).empty()));
  }
  CHECK(sample.office.changes == 1);
}

TEST_CASE("the sample is written in as anything, stands until it is left, and does not touch the real replica") {
  Room room;
  auto id = room.question();
  auto& office = room.office;
  REQUIRE(office.post("/api/sample").status == 201);
  CHECK(office.post("/api/sample").status == 201);  // asked again
  CHECK(office.get(Office::of(id)).status == 404);
  auto sampled = office.post("/api/rows", {{"table", "project"}, {"space", 1}, {"fields", {{"name", "Essai"}}}});
  CHECK(sampled.status == 201);
  CHECK(office.ask("DELETE", "/api/sample").status == 204);
  CHECK(office.ask("DELETE", "/api/sample").status == 204);
  CHECK(office.row(id)["wording"] == "Comment ?");
  CHECK(room.count("project") == 0);
  REQUIRE(office.post("/api/sample").status == 201);  // begins anew
  CHECK(office.get(Office::of(sampled["row"]["id"])).status == 404);
}

TEST_CASE("a device is enrolled by its invite, once, also out of the sample, and by nothing else") {
  TempDir dir;
  Office office(dir.file("home"));
  for (auto* wrong : {"", "carnet1-", "carnet1-abc", "bonjour"}) CHECK(office.post("/api/enrol", {{"invite", wrong}}).status == 422);
  CHECK(office.post("/api/enrol", {{"invite", 3}}).status == 400);
  CHECK(office.get("/api/device")["state"] == "new");
  REQUIRE(office.post("/api/sample").status == 201);
  Invite invite;
  invite.address = "carnet://127.0.0.1:8440";
  invite.device = DeviceId{5};
  invite.name = "Ouinhi";
  invite.number = 1;
  invite.key = std::string(16, 'k');
  invite.expires = std::time(nullptr) + 1'000;
  invite.spaces = {{town, "Ouinhi-Laarne", "partnership", Role::writer}};
  auto text = to_text(invite);
  CHECK(office.post("/api/enrol", {{"invite", text}}).status == 201);
  auto device = office.get("/api/device").body;
  CHECK(device["state"] == "ready");
  CHECK(device["sample"] == false);
  CHECK(device["device"] == 5);
  CHECK(device["spaces"][0]["name"] == "Ouinhi-Laarne");
  CHECK(office.post("/api/enrol", {{"invite", text}}).status == 422);
  CHECK(office.add("project", {{"name", "Puits"}}) > 0);
}
