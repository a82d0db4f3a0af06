// Bytes of a real replica are flipped, page by page of every kind: no crash, no rubbish to others, one sentence, and a rebuild that
// has the unsent work in it.
#include <catch2/catch.hpp>

#include <SQLiteCpp/SQLiteCpp.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/crash/programs.hpp"

using namespace carnet::test;

namespace {

constexpr std::int64_t page_bytes = 4096;

void flip(const std::string& file, std::int64_t at, std::mt19937_64& random) {
  std::fstream bytes(file, std::ios::binary | std::ios::in | std::ios::out);
  char byte = 0;
  bytes.seekg(at).read(&byte, 1);
  byte = static_cast<char>(byte ^ static_cast<char>(1 + random() % 255));
  bytes.seekp(at).write(&byte, 1);
}

// A device with work that the relay has and work that it has not, and everything put by to be brought back.
class Scene {
 public:
  Scene() {
    Town::get(town.database("ouinhi"), "WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k+1 FROM n WHERE k<400) "
                                       "INSERT INTO learning_question(space,wording) SELECT 1,'question '||k||' '||hex(randomblob(40)) FROM n");
    for (auto* device : {"ouinhi", "laarne"}) town.sync(device);
    Town::get(town.database("ouinhi"), "DELETE FROM learning_question WHERE id%5=0 AND id<8589934800; UPDATE learning_question SET wording='edited '||id WHERE id%7=0");
    for (auto* device : {"ouinhi", "laarne", "ouinhi"}) town.sync(device);
    others = list("laarne", "learning_question");
    town.on("ouinhi", {"add", "organisation", "name=unsent 1"});
    town.on("ouinhi", {"status"});  // collects
    town.on("ouinhi", {"add", "organisation", "name=unsent 2"});
    Town::get(town.database("ouinhi"), "PRAGMA wal_checkpoint(TRUNCATE)");
    pages = Town::get(town.database("ouinhi"), "PRAGMA page_count");
    town.stop_relay();
    copy_folder(town.dir.file("."), base.file("all"));
  }

  void bring_back() {
    if (town.relay) town.stop_relay();
    for (auto* each : {"ouinhi", "laarne", "relay.db"}) {
      for (auto* log : {"-wal", "-shm"}) std::filesystem::remove(town.dir.file(each) + log);
      std::filesystem::remove_all(town.dir.file(each));
      std::filesystem::copy(base.file("all") + "/" + each, town.dir.file(each), std::filesystem::copy_options::recursive);
    }
    town.start_relay();
  }

  std::string list(const std::string& device, const std::string& table) { return town.on(device, {"--json", "list", table}).out; }

  // Pages of a tree, in the words of SQLite's own table of them.
  std::vector<std::int64_t> pages_of(const std::string& where) {
    std::vector<std::int64_t> all;
    auto text = Town::get(town.database("ouinhi"), "SELECT pageno||' ' FROM dbstat WHERE " + where);
    std::istringstream from(text);
    for (std::int64_t page = 0; from >> page;) all.push_back(page);
    return all;
  }

  // What must hold after any damage: the device says so and is rebuilt, or it was none.
  void live_on(const std::string& what, bool unsent_is_elsewhere) {
    INFO("CARNET_SEED=" << seed() << ", " << what);
    for (auto* command : {"status", "conflicts"}) {
      auto ended = town.on("ouinhi", {command});
      CAPTURE(ended.err, ended.code);
      CHECK((ended.code == 0 || ended.code == 74));
    }
    auto sync = town.sync("ouinhi");
    CAPTURE(sync.code, sync.err);
    CHECK(sync.code >= 0);
    auto verify = town.on("ouinhi", {"verify"});
    CAPTURE(verify.code, verify.err);
    CHECK((verify.code == 0 || verify.code == 74));
    damaged += verify.code == 74;
    if (verify.code == 74) {
      CHECK(verify.err.find(town.database("ouinhi") + " is damaged") != std::string::npos);
      CHECK(verify.err.find("`carnet rebuild`") != std::string::npos);
      CHECK(town.sync("ouinhi").code == 74);
    }
    auto rebuild = town.on("ouinhi", {"rebuild"});
    CAPTURE(rebuild.code, rebuild.out, rebuild.err);
    bool knows_itself = rebuild.err.find("new invite") == std::string::npos;
    CHECK((knows_itself || !unsent_is_elsewhere));
    if (!knows_itself || (rebuild.code != 0 && !unsent_is_elsewhere)) rebuild = town.on("ouinhi", {"rebuild", "--invite", town.invite("ouinhi")});
    CHECK(rebuild.code == 0);
    auto after = town.on("ouinhi", {"verify"});
    CAPTURE(after.err);
    CHECK(after.code == 0);
    CHECK(town.digest("ouinhi") == town.digest_of_relay());
    CHECK(town.sync("laarne").code == 0);
    CHECK(list("laarne", "learning_question") == others);
    CHECK(list("ouinhi", "learning_question") == others);
    CHECK(town.relay_run({"verify"}).code == 0);
    auto unsent = nlohmann::json::parse(list("laarne", "organisation"));
    bool told = rebuild.out.find("could not be read") != std::string::npos;
    if (unsent_is_elsewhere) CHECK(unsent.size() == 2);
    else CHECK((unsent.size() == 2 || told));
  }

  Town town{{"ouinhi", "laarne"}};
  TempDir base;
  std::string others, pages;
  int damaged = 0;
};

}  // namespace

TEST_CASE("a byte of the head of the write-ahead log is noticed before its commits are lost, and set right by the rebuild") {
  std::mt19937_64 random(seed());
  Scene scene;
  auto home = scene.town.home("ouinhi");
  for (std::int64_t at = 0; at < 32; at += 2) {
    scene.bring_back();
    {
      SQLite::Database keeps_the_log(scene.town.database("ouinhi"), SQLite::OPEN_READWRITE);
      keeps_the_log.execAndGet("SELECT count(*) FROM carnet_self");
      CHECK(scene.town.on("ouinhi", {"add", "organisation", "name=in the log"}).code == 0);
      copy_folder(home, scene.base.file("cut"));
    }
    std::filesystem::remove(scene.base.file("cut/carnet.db-shm"));
    copy_folder(scene.base.file("cut"), home);
    flip(scene.town.database("ouinhi") + "-wal", at, random);
    INFO("CARNET_SEED=" << seed() << ", byte " << at);
    auto status = scene.town.on("ouinhi", {"status"});
    CHECK(status.code == 74);
    CHECK(status.err.find("write-ahead log") != std::string::npos);
    auto rebuild = scene.town.on("ouinhi", {"rebuild"});
    CAPTURE(rebuild.out, rebuild.err);
    CHECK(rebuild.code == 0);
    CHECK(Town::get(scene.town.database("ouinhi"), "SELECT count(*) FROM organisation") == "3");
    CHECK(scene.town.digest("ouinhi") == scene.town.digest_of_relay());
  }
}

TEST_CASE("a damaged page is noticed and said, nothing of it goes to others, and the rebuilt replica has the unsent work") {
  Scene scene;
  std::mt19937_64 random(seed());
  auto file = scene.town.database("ouinhi");
  struct Kind {
    const char *name, *where;
    bool unsent_is_elsewhere;
    int times;
  };
  const Kind kinds[] = {{"the layout", "name='sqlite_schema'", true, 10},
                        {"a table's leaf", "name='learning_question' AND pagetype='leaf'", true, 10},
                        {"a table's root", "name='learning_question' AND pagetype='internal'", true, 4},
                        {"an index", "name='carnet_row_pending'", true, 3},
                        {"history", "name='carnet_history'", true, 3},
                        {"a deep page of metadata", "name='carnet_row' AND pagetype='leaf' AND path<>'/'", false, 5},
                        {"a table of its own", "name IN('carnet_self','carnet_space','carnet_setting','carnet_log','carnet_seen')", false, 5},
                        {"any page", "1", false, 8}};
  for (auto& kind : kinds) {
    scene.bring_back();
    auto pages = scene.pages_of(kind.where);
    REQUIRE(!pages.empty());
    for (int time = 0; time < kind.times; ++time) {
      scene.bring_back();
      auto page = pages[random() % pages.size()];
      int bytes = time % 2 ? 1 : 20;
      std::int64_t in_page = 0;
      for (int k = 0; k < bytes; ++k) flip(file, (page - 1) * page_bytes + (in_page = static_cast<std::int64_t>(random() % page_bytes)), random);
      scene.live_on(std::string(kind.name) + ", page " + std::to_string(page) + ", " + std::to_string(bytes) + " bytes, the last at " + std::to_string(in_page), kind.unsent_is_elsewhere);
    }
  }
  CHECK(scene.damaged >= 15);
  WARN(scene.damaged << " of 48 flips were damage");
}

TEST_CASE("what was settled is still known after a rebuild") {
  Town town({"ouinhi", "laarne"});
  CHECK(town.on("ouinhi", {"add", "organisation", "name=Ouinhi"}).code == 0);
  for (auto* device : {"ouinhi", "laarne"}) town.sync(device);
  for (auto* device : {"ouinhi", "laarne"}) Town::get(town.database(device), std::string("UPDATE organisation SET name='of ") + device + "'");
  for (auto* device : {"ouinhi", "laarne", "ouinhi"}) town.sync(device);
  auto id = Town::get(town.database("ouinhi"), "SELECT id FROM organisation");
  CHECK(town.on("ouinhi", {"resolve", id, "name", "keep"}).code == 0);
  auto decided = [&] { return Town::get(town.database("ouinhi"), "SELECT group_concat(col||value||space) FROM carnet_decided"); };
  auto before = decided();
  CHECK(before.find("of ") != std::string::npos);
  Town::get(town.database("ouinhi"), "INSERT INTO carnet_setting(name,value) VALUES('damaged','as a test says')");
  CHECK(town.on("ouinhi", {"rebuild"}).code == 0);
  CHECK(decided() == before);
  CHECK(town.digest("ouinhi") == town.digest_of_relay());
}
