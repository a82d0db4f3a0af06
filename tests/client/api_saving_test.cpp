// The pages' API by its contract (client/API.md): forms that are saved while others write too, and what comes of it.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <set>

#include "tests/client/room.hpp"

using namespace carnet;
using namespace carnet::test;
using nlohmann::json;

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

// Where two did not agree

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
