// The pages' API by its contract (client/API.md), without sockets.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "client/damage.hpp"
#include "core/text_cell.hpp"
#include "sync/invite.hpp"
#include "tests/client/office.hpp"

using namespace carnet;
using namespace carnet::test;
using nlohmann::json;

namespace {

struct Room {
  Village village;
  Office office{village};

  std::int64_t question(const std::string& wording = "Comment ?") { return office.add("learning_question", {{"wording", wording}}); }
  std::int64_t sub_question(std::int64_t question) { return office.add("sub_question", {{"question", question}, {"text", "Quoi ?"}}); }
  std::size_t count(const std::string& table) { return office.get("/api/rows?table=" + table)[table.c_str()].size(); }
  std::int64_t fresh_id() { return office.post("/api/ids", {{"count", 1}})["ids"][0]; }
  void speak(const std::string& language) { office.home.replica()->set("language", language); }
};

// Two devices that share their rows.
struct Neighbours : Room {
  Office other{village, 2};
  void meet() { village.settle(); }
};

struct Sample {
  TempDir dir;
  Office office{dir.file("home")};
  Sample() {
    if (office.post("/api/sample").status != 201) throw std::runtime_error("no sample");
  }
  json rows(const std::string& table) { return office.get("/api/rows?table=" + table)[table.c_str()]; }
};

std::string today(int days = 0) {
  auto at = std::time(nullptr) + days * 86'400;
  char text[16];
  std::strftime(text, sizeof text, "%Y-%m-%d", std::localtime(&at));
  return text;
}

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

// Wishes that cannot be had

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
  for (auto* target : {"/api/rows", "/api/ids", "/api/conflicts", "/api/sync"}) CHECK(room.office.post(target).status == 423);
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
  for (auto* target : {"/api/enrol", "/api/sample", "/api/pairing", "/api/code"}) CHECK(room.office.post(target).status == 403);
  CHECK(room.office.ask("DELETE", "/api/sample").status == 403);
  CHECK(room.office.get("/api/pairing").status == 403);
}

// Saving

TEST_CASE("a form saves all its fields or none") {
  Room room;
  auto id = room.office.add("factor", {{"description", "Route"}, {"score", 3}});
  auto versions = room.office.get(Office::of(id))["versions"];
  CHECK(room.office.patch(id, {{"description", "Pont"}, {"score", 11}}, {{"description", versions["description"]}}).status == 422);
  CHECK(room.office.patch(id, {{"score", 4}, {"description", ""}}, {{"description", versions["description"]}}).status == 422);
  CHECK(room.office.row(id)["description"] == "Route");
  CHECK(room.office.row(id)["score"] == 3);
}

TEST_CASE("a text that is open at a version that nobody knows is not saved, nor what stands beside it") {
  Room room;
  auto id = room.office.add("factor", {{"description", "Route"}, {"score", 3}});
  for (auto* version : {"9.9", "x", "1.", ".", "1.1-", "99999999999.1", "-"}) {
    CAPTURE(version);
    auto said = room.office.patch(id, {{"description", "Pont"}, {"score", 4}}, {{"description", version}});
    CHECK(said.status == 409);
    CHECK(said.code() == "version_unknown");
  }
  CHECK(room.office.row(id)["score"] == 3);
}

TEST_CASE("a form that was opened at words which another tool wrote over before they were sent is saved at once") {
  Room room;
  auto id = room.office.add("factor", {{"description", "Route"}, {"score", 3}});
  SQLite::Database other(room.village.device(1).path, SQLite::OPEN_READWRITE, 1'000);
  auto append = [&](const std::string& words) { other.exec("UPDATE factor SET description=description||'" + words + "' WHERE id=" + std::to_string(id)); };
  append(" et pont");
  auto version = room.office.get(Office::of(id))["versions"]["description"];
  append(" neufs");
  CHECK(room.office.patch(id, {{"description", "La Route et pont"}}, {{"description", version}}).status == 200);
  CHECK(room.office.row(id)["description"] == "La Route et pont neufs");
}

TEST_CASE("a form that others wrote under gets what stands and the version of what it holds, and goes on from that") {
  Neighbours both;
  auto id = both.question("Un puits au village.");
  both.meet();
  auto opened = both.office.get(Office::of(id))["versions"];
  both.other.patch(id, {{"wording", "Un grand puits au village."}}, both.other.get(Office::of(id))["versions"]);
  both.meet();
  auto said = both.office.patch(id, {{"wording", "Un puits au village. Et une pompe."}}, opened);
  CHECK(said["row"]["wording"] == "Un grand puits au village. Et une pompe.");
  CHECK(said["saved"]["wording"] != said["versions"]["wording"]);
  auto on = both.office.patch(id, {{"wording", "Un puits au village. Et une pompe neuve."}}, {{"wording", said["saved"]["wording"]}});
  CHECK(on["row"]["wording"] == "Un grand puits au village. Et une pompe neuve.");
  both.meet();
  CHECK(both.other.row(id)["wording"] == "Un grand puits au village. Et une pompe neuve.");
}

TEST_CASE("a save that is asked for again, since its answer was lost, is not doubled") {
  Room room;
  auto id = room.question("Un puits.");
  auto opened = room.office.get(Office::of(id))["versions"];
  for (int time = 0; time < 3; ++time) CHECK(room.office.patch(id, {{"wording", "Un puits. Une pompe."}}, opened)["row"]["wording"] == "Un puits. Une pompe.");
}

namespace {

// Types as a person does, each letter once, and saves as the contract says: what it holds, at the version that it holds.
class Typist {
 public:
  Typist(Office& office, std::int64_t id, char mark) : office_(office), id_(id), mark_(mark) { open(); }

  void type(std::mt19937_64& chance) {
    auto word = " " + std::string(1, mark_) + std::to_string(words.size()) + ";";
    words.push_back(word);
    auto at = form_.empty() ? 0 : chance() % (form_.size() + 1);
    while (at < form_.size() && form_[at] != ' ') ++at;  // between words, which then can be counted
    form_.insert(at, word);
  }
  // `typed_since`: it goes on typing before the answer is there, so that the form goes on from what was saved.
  void save(std::mt19937_64& chance, bool loses_answer, bool typed_since) {
    auto sent = form_;
    auto ask = [&] { return office_.patch(id_, {{"wording", sent}}, {{"wording", version_}}); };
    if (loses_answer) (void)ask();
    if (typed_since) type(chance);
    auto said = ask();
    if (said.status != 200) throw std::runtime_error(said.body.dump());
    if (form_ != sent) {
      version_ = said["saved"]["wording"];
      return;
    }
    form_ = said["row"]["wording"];
    version_ = said["versions"]["wording"];
  }
  bool unsaved() { return office_.row(id_)["wording"] != form_; }
  void open() {
    auto said = office_.get(Office::of(id_));
    form_ = said["row"]["wording"];
    version_ = said["versions"]["wording"];
  }
  std::vector<std::string> words;

 private:
  Office& office_;
  std::int64_t id_;
  char mark_;
  std::string form_, version_;
};

std::uint64_t seed_of_tests() {
  auto* given = std::getenv("CARNET_SEED");
  auto seed = given ? std::strtoull(given, nullptr, 10) : std::random_device()();
  std::printf("CARNET_SEED=%llu\n", static_cast<unsigned long long>(seed));
  return seed;
}

// What two insert beside each other at once may stand in between each other; what counts is that each letter stands once.
std::string letters(std::string text) {
  std::sort(text.begin(), text.end());
  return text;
}

}  // namespace

TEST_CASE("whoever types and saves as the contract says, beside others who do, loses nothing and doubles nothing") {
  auto seed = seed_of_tests();
  for (int round = 0; round < 12; ++round) {
    std::mt19937_64 chance(seed + static_cast<std::uint64_t>(round));
    CAPTURE(seed, round);
    Neighbours both;
    auto id = both.question("début.");
    both.meet();
    Typist here(both.office, id, 'a'), there(both.other, id, 'b');
    for (int step = 0; step < 60; ++step) {
      auto& typist = chance() % 2 ? here : there;
      switch (chance() % 5) {
        case 0: case 1: typist.type(chance); break;
        case 2: typist.save(chance, chance() % 4 == 0, chance() % 2); break;
        case 3: both.village.sync(both.village.device(1 + static_cast<std::uint32_t>(chance() % 2))); break;
        default: both.village.device(1 + static_cast<std::uint32_t>(chance() % 2)).sql("UPDATE learning_question SET position=" + std::to_string(step));
      }
    }
    for (int time = 0; time < 2; ++time) here.save(chance, false, false), there.save(chance, false, false), both.meet();
    auto text = both.office.row(id)["wording"].get<std::string>();
    CAPTURE(text);
    REQUIRE(text == both.other.row(id)["wording"]);
    std::string typed = "début.";
    for (auto* typist : {&here, &there})
      for (auto& word : typist->words) typed += word;
    REQUIRE(letters(text) == letters(typed));
    REQUIRE(both.village.all_equal());
  }
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

namespace {

// Both wrote a score without knowing of each other.
std::int64_t disagree(Neighbours& both) {
  auto id = both.office.add("factor", {{"description", "Route"}, {"score", 1}});
  both.meet();
  both.office.patch(id, {{"score", 4}});
  both.other.patch(id, {{"score", 7}});
  both.meet();
  return id;
}

}  // namespace

TEST_CASE("a conflict is told with who stands and who lost, is decided by either, and the decision may be changed") {
  Neighbours both;
  auto id = disagree(both);
  auto open = both.office.get("/api/conflicts").body;
  REQUIRE(open.size() == 1);
  CHECK(open[0]["id"] == id);
  CHECK(open[0]["column"] == "score");
  CHECK(open[0]["kind"] == "cell");
  CHECK(open[0]["row"]["description"] == "Route");
  CHECK(std::set<json>{open[0]["standing"]["value"], open[0]["others"][0]["value"]} == std::set<json>{4, 7});
  auto lost = open[0]["others"][0]["value"];
  json wish{{"id", id}, {"column", "score"}, {"choice", "take"}};
  CHECK(both.other.post("/api/conflicts", wish)["row"]["score"] == lost);
  both.meet();
  CHECK(both.office.get("/api/conflicts").body.empty());
  auto decided = both.office.get("/api/conflicts?decided=1").body;
  REQUIRE(decided.size() == 1);
  CHECK(decided[0]["standing"]["value"] == lost);
  wish["choice"] = {{"write", 9}};
  CHECK(both.office.post("/api/conflicts", wish)["row"]["score"] == 9);
  both.meet();
  CHECK(both.other.row(id)["score"] == 9);
  CHECK(both.village.all_equal());
}

TEST_CASE("a decision keeps the rules of its column, and is one of three") {
  Neighbours both;
  auto id = disagree(both);
  json wish{{"id", id}, {"column", "score"}};
  for (auto& value : {json(11), json("dix"), json(2.5)}) {
    wish["choice"] = {{"write", value}};
    auto said = both.office.post("/api/conflicts", wish);
    CAPTURE(said.body.dump());
    CHECK(said.status == 422);
    CHECK(said.column() == "score");
  }
  for (auto& choice : {json("kept"), json(""), json(4), json(), json::object()}) {
    wish["choice"] = choice;
    CHECK(both.office.post("/api/conflicts", wish).status == 400);
  }
  CHECK(both.office.get("/api/conflicts").body.size() == 1);
  CHECK(both.office.post("/api/conflicts", {{"id", id}, {"column", "description"}, {"choice", "keep"}}).status == 404);
  wish["choice"] = {{"write", both.office.row(id)["score"]}};
  CHECK(both.office.post("/api/conflicts", wish).status == 200);
  CHECK(both.office.get("/api/conflicts").body.empty());
}

TEST_CASE("a deletion that lost against an edit is told, and may be had after all") {
  Neighbours both;
  auto id = both.question();
  both.meet();
  both.office.ask("DELETE", Office::of(id));
  both.other.patch(id, {{"position", 3}});
  both.meet();
  auto open = both.office.get("/api/conflicts").body;
  REQUIRE(open.size() == 1);
  CHECK(open[0]["kind"] == "deleted");
  CHECK(open[0]["column"] == nullptr);
  CHECK(both.other.post("/api/conflicts", {{"id", id}, {"column", nullptr}, {"choice", "take"}})["row"] == nullptr);
  both.meet();
  CHECK(both.office.get(Office::of(id)).status == 404);
  CHECK(both.village.all_equal());
}

TEST_CASE("a text in which two wrote at once is to be read again until somebody has") {
  Neighbours both;
  auto id = both.question("Un puits.");
  both.meet();
  both.office.patch(id, {{"wording", "Un grand puits."}}, both.office.get(Office::of(id))["versions"]);
  both.other.patch(id, {{"wording", "Un puits neuf."}}, both.other.get(Office::of(id))["versions"]);
  both.meet();
  auto open = both.office.get("/api/rereads").body;
  REQUIRE(open.size() == 1);
  CHECK(open[0]["value"] == "Un grand puits neuf.");
  CHECK(both.office.post("/api/rereads", {{"id", id}, {"column", "wording"}}).status == 204);
  both.meet();
  CHECK(both.other.get("/api/rereads").body.empty());
  CHECK(both.office.post("/api/rereads", {{"id", id}, {"column", "position"}}).status == 422);
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
