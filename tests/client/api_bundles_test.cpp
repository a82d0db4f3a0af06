// Bundles through the pages of two homes that met a live relay once: made, fetched, brought piece by piece, and told.
#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <filesystem>

#include "client/bundle_desk.hpp"
#include "client/media.hpp"
#include "client/sync_lock.hpp"
#include "client/sync_run.hpp"
#include "core/domain.hpp"
#include "server/accounts.hpp"
#include "tests/client/pages.hpp"
#include "tests/live_relay.hpp"
#include "tests/noise.hpp"

using namespace carnet;
using namespace carnet::test;
using nlohmann::json;

namespace {

const json nothing = json::object();

// A device that has the keys of bundles, in a home of its own, with its pages.
struct Home {
  Home(LiveRelay& relay, const std::string& name) : folder(relay.dir.file(name)) {
    auto device = relay.device();
    REQUIRE(carnet::sync(*device->replica, {}));
    device->replica->set("policy", "manual");
    device->replica->set("language", "en");
    auto from = device->path;
    device.reset();
    std::filesystem::create_directories(folder);
    std::filesystem::rename(from, database());
    std::filesystem::rename(key_file(from), key_file(database()));
    begin();
  }
  void begin() {
    ServeOptions options;
    options.folder = folder;
    options.door = "127.0.0.2";
    pages = std::make_unique<Pages>(options);
  }
  std::string database() const { return folder + "/carnet.db"; }
  void add(const std::string& name) {
    REQUIRE(pages->post("/api/rows", {{"table", "organisation"}, {"space", 1}, {"fields", {{"name", name}, {"kind", "municipality"}}}}).status == 201);
  }
  // A photo, and a row that names it.
  void add_photo(const std::string& bytes) {
    auto name = pages->ask("POST", "/media", bytes, {.type = "image/jpeg"}).json()["name"];
    REQUIRE(pages->post("/api/rows", {{"table", "media"}, {"space", 1}, {"fields", {{"about", 1}, {"about_table", 1}, {"kind", "photo"}, {"medium", name}}}}).status == 201);
  }
  bool has(const std::string& name) {
    auto rows = pages->get("/api/rows?table=organisation").json();
    for (auto& row : rows["organisation"])
      if (row["name"] == name) return true;
    return false;
  }
  std::vector<std::string> make(json wish = {{"for", "1"}}, const Manners& manners = {}) {
    auto told = pages->post("/api/bundles", wish, manners);
    INFO(told.body);
    REQUIRE(told.status == 201);
    while (!told.json()["done"]) {
      told = pages->post("/api/bundles/go", nothing, manners);
      REQUIRE(told.status == 200);
    }
    std::vector<std::string> files;
    auto made = told.json();
    for (auto& file : made["files"]) {
      auto fetched = pages->get("/bundle/" + file["name"].get<std::string>(), manners);
      CHECK(fetched.head("Content-Disposition").starts_with("attachment; filename=\""));
      CHECK(fetched.body.size() == file["bytes"]);
      files.push_back(fetched.body);
    }
    return files;
  }
  Answered piece(std::uint64_t at, const std::string& bytes, Manners manners = {}) {
    if (manners.type == "application/json") manners.type = "application/octet-stream";
    return pages->ask("POST", "/bundle?at=" + std::to_string(at), bytes, manners);
  }
  json read(const std::string& bytes, const Manners& manners = {}) {
    REQUIRE(pages->post("/api/bundles/read", {{"bytes", bytes.size()}}, manners).status == 201);
    for (std::size_t at = 0;;) {
      auto told = piece(at, bytes.substr(at, BundleDesk::most_piece), manners);
      INFO(told.body);
      REQUIRE(told.status == 200);
      at = told.json()["at"];
      if (told.json()["done"]) return told.json();
    }
  }

  std::string folder;
  std::unique_ptr<Pages> pages;
};

struct Field {
  LiveRelay relay{{}, domain()};
  Home ouinhi{relay, "ouinhi"}, cove{relay, "cove"};
};

}  // namespace

TEST_CASE("what one home makes for a space another one reads, and is told whose rows came, and the second time that nothing is new") {
  Field field;
  field.ouinhi.add("Zagnanado");
  auto readers = field.ouinhi.pages->get("/api/bundles").json()["readers"];
  CHECK(readers[0]["name"] == "town");
  CHECK(readers[0]["rows"] == 1);
  auto files = field.ouinhi.make();
  REQUIRE(files.size() == 1);
  CHECK(field.ouinhi.pages->get("/bundle/town.carnet").status == 404);
  CHECK(readers[0]["bytes"] < 2 * static_cast<int>(files[0].size()));
  auto told = field.cove.read(files[0]);
  CHECK(told["rows"] == 1);
  CHECK(told["came"].size() == 1);
  CHECK(told["missing"].empty());
  CHECK(field.cove.has("Zagnanado"));
  CHECK(field.cove.read(files[0])["rows"] == 0);
  CHECK(field.cove.pages->get("/api/bundles").json()["readers"][0]["rows"] == 1);  // it carries it on
}

TEST_CASE("a bundle is split by volume, its parts are read in any order, and a photo in it is here then") {
  Field field;
  auto photo = noise(2'500'000);
  field.ouinhi.add_photo(photo);
  auto reader = field.ouinhi.pages->get("/api/bundles").json()["readers"][0];
  CHECK(reader["photos"] == 1);
  CHECK(reader["photo_bytes"] == photo.size());
  CHECK(field.ouinhi.make().size() == 1);
  auto files = field.ouinhi.make({{"for", "1"}, {"photos", true}, {"volume_mb", 1}});
  REQUIRE(files.size() == 3);
  for (auto& file : files) CHECK(file.size() < 1'100'000);
  std::size_t photos = 0;
  for (int round = 0; round < 3; ++round)
    for (auto file = files.rbegin(); file != files.rend(); ++file) photos += field.cove.read(*file)["photos"].get<std::size_t>();
  CHECK(photos == 1);
  CHECK(field.cove.pages->get("/media/" + hash_of(photo).text() + "?type=image/jpeg").body == photo);
}

TEST_CASE("what is no bundle, damaged, broken off, or for another space is told in a sentence, and what stands before is taken") {
  Field field;
  field.ouinhi.add("Zagnanado");
  auto file = field.ouinhi.make()[0];
  auto missing = [&](const std::string& bytes) { return field.cove.read(bytes)["missing"].dump(); };
  CHECK(missing("something else") == R"(["this is no bundle of Carnet"])");
  auto damaged = file;
  damaged[file.size() - 9] = static_cast<char>(damaged[file.size() - 9] ^ 1);
  CHECK(missing(damaged).find("damaged or was changed") != std::string::npos);
  CHECK(missing(file.substr(0, file.size() - 1)).find("breaks off") != std::string::npos);
  auto elsewhere = field.relay.store->add_space("elsewhere", "partnership");
  Accounts accounts(field.relay.store->database());
  accounts.set_role(accounts.person("device1"), elsewhere, Role::writer, std::time(nullptr));
  field.ouinhi.pages->stop();
  {
    Replica replica(field.ouinhi.database(), domain());
    REQUIRE(carnet::sync(replica, {}));
  }
  field.ouinhi.begin();
  auto other = field.ouinhi.make({{"for", std::to_string(elsewhere.value)}})[0];
  CHECK(missing(other).find("another space") != std::string::npos);
  CHECK_FALSE(field.cove.has("Zagnanado"));
  CHECK(missing(file) == "[]");
}

TEST_CASE("a piece, a file and a volume have their limits") {
  Field field;
  auto& pages = *field.cove.pages;
  auto announce = [&](std::int64_t bytes) {
    auto status = pages.post("/api/bundles/read", {{"bytes", bytes}}).status;
    pages.ask("DELETE", "/api/bundles/read", "{}");
    return status;
  };
  CHECK(announce(0) == 422);
  CHECK(announce(1) == 201);
  CHECK(announce(BundleDesk::most_bytes) == 201);
  CHECK(announce(BundleDesk::most_bytes + 1) == 413);
  CHECK(announce(-1) == 400);
  std::string bytes(BundleDesk::most_piece, 'x');
  REQUIRE(pages.post("/api/bundles/read", {{"bytes", 10 * bytes.size()}}).status == 201);
  CHECK(field.cove.piece(0, bytes + "x").status == 413);
  CHECK(field.cove.piece(1, bytes).status == 400);
  CHECK(field.cove.piece(0, "").status == 400);
  CHECK(pages.ask("POST", "/bundle", bytes, {.type = "application/octet-stream"}).status == 400);
  CHECK(field.cove.piece(0, bytes).json()["done"] == true);  // it is none
  CHECK(field.cove.piece(bytes.size(), bytes).status == 404);
  REQUIRE(pages.post("/api/bundles/read", {{"bytes", 5}}).status == 201);
  CHECK(field.cove.piece(0, "carnet").status == 400);
  CHECK(pages.ask("DELETE", "/api/bundles/read", "{}").status == 204);
  for (auto& [mb, status] : {std::pair<json, int>(4'000, 201), {4'001, 422}, {-1, 422}, {"x", 400}}) {
    CHECK(pages.post("/api/bundles", {{"for", "1"}, {"volume_mb", mb}}).status == status);
    pages.ask("DELETE", "/api/bundles/read", "{}");
  }
  CHECK(pages.post("/api/bundles", {{"for", "nobody"}}).status == 404);
  CHECK(pages.get("/bundle/town.carnet").status == 404);
  CHECK(pages.get("/bundle/../carnet.db").status == 404);
}

TEST_CASE("bundles are brought and fetched by these pages alone, and by a phone that was paired") {
  Field field;
  auto& pages = *field.ouinhi.pages;
  field.ouinhi.add("Zagnanado");
  auto file = field.ouinhi.make()[0];
  REQUIRE(field.cove.pages->post("/api/bundles/read", {{"bytes", file.size()}}).status == 201);
  for (auto* type : {"", "text/plain", "multipart/form-data; boundary=x", "application/octet-stream; x"}) CHECK(field.cove.piece(0, file, {.type = type}).status == 415);
  CHECK(field.cove.piece(0, file, {.origin = "http://evil.example"}).status == 403);
  CHECK(field.cove.piece(0, file, {.cookie = ""}).status == 401);
  CHECK(field.cove.piece(0, file, {.host = "evil.example"}).status == 421);
  CHECK(pages.get("/bundle/town.carnet", {.cookie = ""}).status == 401);
  CHECK(field.cove.pages->ask("DELETE", "/api/bundles/read", "{}").status == 204);
  CHECK_FALSE(field.cove.has("Zagnanado"));

  auto door = field.cove.pages->post("/api/pairing", {{"on", true}}).json();
  auto port = std::to_string(field.cove.pages->port);
  Manners phone{.host = "127.0.0.2:" + port, .cookie = "", .type = "application/x-www-form-urlencoded", .from = "127.0.0.1", .to = "127.0.0.2"};
  auto cookie = field.cove.pages->ask("POST", "/pair", "pin=" + door["pin"].get<std::string>() + "&name=x", phone).head("Set-Cookie");
  phone.cookie = cookie.substr(0, cookie.find(';'));
  phone.type = "application/json";
  CHECK(field.cove.read(file, phone)["rows"] == 1);
  CHECK(field.cove.make({{"for", "1"}}, phone).size() == 1);
}

TEST_CASE("one bundle is made or read at a time, nothing is synchronised meanwhile, and who is silent for half a minute is given up") {
  Field field;
  field.cove.pages->stop();
  Replica replica(field.cove.database(), domain());
  BundleDesk desk(field.cove.folder + "/bundles");
  REQUIRE(desk.read(replica, 10, 100));
  CHECK(desk.read(replica, 10, 129).error().code == Code::busy);
  CHECK(desk.make(replica, {.for_whom = "1", .name = "x"}, 129).error().code == Code::busy);
  CHECK_FALSE(SyncLock::take(transfer_lock(replica), "a sync"));
  REQUIRE(desk.make(replica, {.for_whom = "1", .name = "x"}, 130));
  CHECK(desk.take(0, "carnet", 130).error().code == Code::not_found);
  CHECK(desk.file("x.carnet") == "");
  REQUIRE(desk.go_on(130));
  REQUIRE(std::filesystem::exists(desk.file("x.carnet")));
  CHECK(SyncLock::take(transfer_lock(replica), "a sync"));
  desk.look(130 + BundleDesk::keep - 1);
  CHECK(desk.file("x.carnet") != "");
  desk.look(130 + BundleDesk::keep);
  CHECK(desk.file("x.carnet") == "");
  CHECK_FALSE(std::filesystem::exists(field.cove.folder + "/bundles"));
}

TEST_CASE("the sample makes and reads no bundles") {
  TempDir dir;
  ServeOptions options;
  options.folder = dir.file("home");
  Pages pages(options);
  CHECK(pages.get("/api/bundles").status == 404);
  REQUIRE(pages.post("/api/sample", nothing).status == 201);
  CHECK(pages.get("/api/bundles").status == 422);
  CHECK(pages.post("/api/bundles", {{"for", "1"}}).status == 422);
  CHECK(pages.post("/api/bundles/read", {{"bytes", 10}}).status == 422);
}
