// The pages' API by its contract (client/API.md): wishes that cannot be had, and why not, in words.
#include <catch2/catch.hpp>

#include <set>

#include "client/damage.hpp"
#include "tests/client/room.hpp"

using namespace carnet;
using namespace carnet::test;
using nlohmann::json;

namespace {

// What no cell of this column may hold.
json wrong_for(const Column& column) {
  switch (column.type) {
    case Type::integer: case Type::real: return column.max + 1;
    case Type::line: return "two\nlines";
    case Type::prose: return std::string(max_value_bytes + 1, 'x');
    case Type::date: return "2025-02-30";
    case Type::time: return "24:00";
    case Type::code: return "purple";
    case Type::reference: return 77;
    case Type::row: return -1;
    case Type::media: return "photo.jpg";
    case Type::preview: return "https://example.org/photo.jpg";
  }
  return {};
}

}  // namespace

TEST_CASE("every rule of every column of the domain names its column, in each of the three languages") {
  Sample sample;
  for (auto& table : domain().tables) {
    auto rows = sample.rows(std::string(table.name));
    if (rows.empty()) continue;  // of the administration, or the device's own
    for (auto& column : table.columns) {
      std::set<std::string> texts;
      for (auto [language, label] : {std::pair{"fr", column.label.fr}, {"nl", column.label.nl}, {"en", column.label.en}}) {
        sample.office.home.replica()->set("language", language);
        auto said = sample.office.patch(rows[0]["id"], {{std::string(column.name), wrong_for(column)}});
        CAPTURE(table.name, column.name, said.body.dump());
        REQUIRE(said.status == 422);
        REQUIRE(said.column() == column.name);
        REQUIRE(said.text().starts_with(std::string(label)));
        texts.insert(said.text());
      }
      CHECK(texts.size() == 3);
    }
    CHECK(sample.office.row(rows[0]["id"]) == rows[0]);
  }
}

TEST_CASE("what is to be filled in and is not is refused by its column, whatever the blanks are") {
  Room room;
  auto id = room.question();
  auto versions = room.office.get(Office::of(id))["versions"];
  for (auto* blank : {"", "  ", "\n\t\r", "\u00a0"}) {
    CAPTURE(blank);
    CHECK(room.office.wish("learning_question", {{"wording", blank}}).column() == "wording");
    CHECK(room.office.patch(id, {{"wording", blank}}).column() == "wording");
    CHECK(room.office.patch(id, {{"wording", blank}}, versions).column() == "wording");
  }
  CHECK(room.office.wish("learning_question", json::object()).column() == "wording");
  CHECK(room.office.row(id)["wording"] == "Comment ?");
}

TEST_CASE("each limit of a value is kept at its value and refused one above, by a form with a version as by one without") {
  Room room;
  auto id = room.office.add("factor", {{"description", "Route"}, {"comments", "x"}});
  auto takes = [&](const char* column, const json& value) { return room.office.patch(id, {{column, value}}).status; };
  for (int score : {1, 10}) CHECK(takes("score", score) == 200);
  for (int score : {0, 11}) CHECK(takes("score", score) == 422);
  CHECK(takes("score", 2.5) == 422);
  CHECK(takes("score", "dix") == 422);
  CHECK(takes("score", 18'446'744'073'709'551'615u) == 422);
  auto versions = [&] { return json{{"comments", room.office.get(Office::of(id))["versions"]["comments"]}}; };
  CHECK(takes("comments", std::string(max_value_bytes, 'x')) == 200);
  CHECK(takes("comments", std::string(max_value_bytes + 1, 'x')) == 422);
  CHECK(room.office.patch(id, {{"comments", std::string(max_value_bytes, 'y')}}, versions()).status == 200);
  auto above = room.office.patch(id, {{"comments", std::string(max_value_bytes + 1, 'y')}}, versions());
  CHECK(above.status == 422);
  CHECK(above.column() == "comments");
  auto project = [&](std::size_t length) { return room.office.wish("project", {{"name", std::string(length, 'n')}}).status; };
  CHECK(project(max_line) == 201);
  CHECK(project(max_line + 1) == 422);
}

TEST_CASE("a text with a NUL in it is refused, with a version as without") {
  Room room;
  auto id = room.question();
  auto versions = room.office.get(Office::of(id))["versions"];
  std::string text("a\0b", 3);
  CHECK(room.office.patch(id, {{"wording", text}}).column() == "wording");
  CHECK(room.office.patch(id, {{"wording", text}}, versions).column() == "wording");
  CHECK(room.office.row(id)["wording"] == "Comment ?");
}

TEST_CASE("a table, a column or a row that is not there is told so, and nothing is written") {
  Room room;
  auto id = room.question();
  room.speak("nl");
  CHECK(room.office.wish("poem", json::object()).status == 404);
  CHECK(room.office.get("/api/rows?table=poem").status == 404);
  CHECK(room.office.get("/api/rows?table=learning_question,").status == 404);
  auto unknown = room.office.patch(id, {{"colour", "red"}});
  CHECK(unknown.status == 422);
  CHECK(unknown.column() == "colour");
  CHECK(unknown.text() == "Leervraag heeft geen veld 'colour'");
  CHECK(room.office.patch(id, {{"position", 1}}, {{"position", ""}}).column() == "position");  // no text
  for (auto& said : {room.office.get(Office::of(77)), room.office.patch(77, {{"x", 1}}), room.office.post(Office::of(77, "/restore"), {{"number", 1}}), room.office.get(Office::of(77, "/history")),
                     room.office.post(Office::of(77, "/revive")), room.office.post(Office::of(77, "/publish"), {{"space", 7}}), room.office.get(Office::of(9'999'999'999'999'999))}) {
    CHECK(said.status == 404);
    CHECK(said.code() == "not_found");
  }
}

TEST_CASE("rubbish is malformed and harms nothing") {
  Room room;
  auto id = room.question();
  std::string deep = R"({"fields":{"wording":)" + std::string(500'000, '[') + std::string(500'000, ']') + "}}";
  for (auto& body : {std::string("{"), std::string("[]"), std::string("3"), std::string("\"x\""), std::string("null"), std::string("{\"fields\":[]}"), std::string("{\"fields\":{\"wording\":\"\xff\"}}"),
                     std::string("{\"fields\":{},\"opened_at\":[]}"), std::string("{\"fields\":{},\"opened_at\":{\"wording\":3}}"), std::string(100, '{'), deep}) {
    CAPTURE(body.substr(0, 80));
    CHECK(room.office.raw("PATCH", Office::of(id), body).status == 400);
    CHECK(room.office.raw("POST", "/api/rows", body).status == 400);
  }
  for (auto* target : {"/api/rows", "/api/rows?table=learning_question&limit=x", "/api/rows?table=learning_question&after=-1", "/api/rows?table=%4", "/api/rows?table=%zz"}) CHECK(room.office.get(target).status == 400);
  CHECK(room.office.row(id)["wording"] == "Comment ?");
  CHECK(room.office.get("/api/device")["state"] == "ready");
}

TEST_CASE("what is not asked in this way, and what nobody asks for") {
  Room room;
  CHECK(room.office.ask("PUT", "/api/rows").status == 405);
  CHECK(room.office.ask("DELETE", "/api/device").status == 405);
  for (auto* target : {"/api", "/api/", "/api/poems", "/api/rows/1/2/3", "/api/rows/x", "/api/rows/12345678901234567", "/api/rows/-1", "/api/rows/1/"}) {
    CAPTURE(target);
    CHECK(room.office.get(target).status == 404);
  }
}

TEST_CASE("a value that is no text, number or nothing is refused as what it is not") {
  Room room;
  auto id = room.question();
  for (auto& value : {json::array({1}), json::object({{"a", 1}}), json(true)}) {
    CHECK(room.office.patch(id, {{"position", value}}).column() == "position");
    CHECK(room.office.get(Office::of(id))["row"]["position"] == nullptr);
  }
}

TEST_CASE("where the disk is full it says so, keeps what it had, and goes on when there is room") {
  Room room;
  room.speak("fr");
  auto id = room.question();
  auto& db = room.office.home.replica()->database();
  db.exec("PRAGMA max_page_count=" + db.execAndGet("PRAGMA page_count").getString());
  auto text = std::string(300'000, 'x');
  auto said = room.office.patch(id, {{"wording", text}});
  CHECK(said.status == 507);
  CHECK_THAT(said.text(), Catch::StartsWith("le disque est plein"));
  CHECK(room.office.row(id)["wording"] == "Comment ?");
  db.exec("PRAGMA max_page_count=1000000");
  CHECK(room.office.patch(id, {{"wording", text}}).status == 200);
  CHECK(room.office.get("/api/device")["state"] == "ready");
}

TEST_CASE("where another program is writing for long, it is busy, and reading goes on") {
  Room room;
  auto id = room.question();
  room.office.home.replica()->database().exec("PRAGMA busy_timeout=20");
  SQLite::Database other(room.village.device(1).path, SQLite::OPEN_READWRITE);
  other.exec("BEGIN IMMEDIATE");
  CHECK(room.office.patch(id, {{"wording", "Pourquoi ?"}}).status == 503);
  CHECK(room.office.get(Office::of(id)).status == 200);
  other.exec("ROLLBACK");
  CHECK(room.office.patch(id, {{"wording", "Pourquoi ?"}}).status == 200);
}

TEST_CASE("a damaged replica is read and not written, and says what to do") {
  Room room;
  auto id = room.question();
  mark_damaged(room.village.device(1).path, "page 7 is not what was written there");
  room.office.home.look_for_damage();
  room.speak("nl");
  auto said = room.office.patch(id, {{"wording", "Pourquoi ?"}});
  CHECK(said.status == 423);
  CHECK_THAT(said.text(), Catch::Contains("beschadigd") && Catch::Contains("carnet rebuild"));
  for (auto* target : {"/api/rows", "/api/ids", "/api/conflicts", "/api/sync", "/api/near"}) CHECK(room.office.post(target).status == 423);
  CHECK(room.office.row(id)["wording"] == "Comment ?");
  CHECK(room.office.get("/api/device")["state"] == "damaged");
  CHECK_THAT(room.office.get("/api/device")["damage"].get<std::string>(), Catch::Contains("page 7"));
}

TEST_CASE("a phone reads and writes, but does not pair, enrol or leave") {
  Room room;
  room.office.from_phone = true;
  auto id = room.question();
  CHECK(room.office.patch(id, {{"position", 1}}).status == 200);
  CHECK(room.office.get("/api/device")["paired"] == true);
  CHECK(room.office.post("/api/near", {{"address", "192.168.1.5:40123"}}).status == 202);
  CHECK(room.office.post("/api/code", {{"width", 1}, {"height", 1}, {"grey", "AA=="}}).status == 200);
  for (auto* target : {"/api/enrol", "/api/sample", "/api/pairing"}) CHECK(room.office.post(target).status == 403);
  CHECK(room.office.ask("DELETE", "/api/sample").status == 403);
  CHECK(room.office.get("/api/pairing").status == 403);
}
