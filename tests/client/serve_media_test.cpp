// Photos, sounds and clips by `carnet serve`, over real sockets.
#include <catch2/catch.hpp>

#include "client/media.hpp"
#include "tests/client/house.hpp"

using namespace carnet;
using namespace carnet::test;
using nlohmann::json;

// Photos, sounds and clips

TEST_CASE("what a page brings is kept under its hash, told by a name for a row, and given back") {
  OpenHouse house;
  auto& pages = *house.pages;
  auto brought = pages.ask("POST", "/media", "photo", {.type = "image/jpeg"});
  CHECK(brought.status == 201);
  CHECK(brought.json() == json{{"name", text_of(BlobName{"image/jpeg", 5, hash_of("photo")})}, {"hash", hash_of("photo").text()}, {"bytes", 5}});
  CHECK(pages.ask("POST", "/media", "sound", {.type = "audio/webm;codecs=opus"}).json()["name"] == text_of(BlobName{"audio/webm", 5, hash_of("sound")}));
  auto read = pages.get("/media/" + hash_of("photo").text() + "?type=image/jpeg");
  CHECK(read.status == 200);
  CHECK(read.head("Content-Type") == "image/jpeg");
  CHECK(read.head("Accept-Ranges") == "bytes");
  CHECK(read.body == "photo");
}

TEST_CASE("a part of a file is given as its range asks; what asks for no part of it gets the whole") {
  OpenHouse house;
  auto& pages = *house.pages;
  pages.ask("POST", "/media", "0123456789", {.type = "audio/webm"});
  auto part = [&](const std::string& range) {
    return pages.get("/media/" + hash_of("0123456789").text() + "?type=audio/webm", {.cookie = pages.cookie() + "\r\nRange: " + range});
  };
  for (auto& [range, body, told] : {std::tuple("bytes=2-4", "234", "bytes 2-4/10"), std::tuple("bytes=7-", "789", "bytes 7-9/10"), std::tuple("bytes=0-99", "0123456789", "bytes 0-9/10"), std::tuple("bytes=9-9", "9", "bytes 9-9/10")}) {
    CAPTURE(range);
    CHECK(part(range).status == 206);
    CHECK(part(range).body == body);
    CHECK(part(range).head("Content-Range") == told);
  }
  for (auto* range : {"bytes=10-", "bytes=4-2", "bytes=-3", "bytes=x-", "bytes=1-x", "lines=1-2", ""}) {
    CAPTURE(range);
    CHECK(part(range).status == 200);
    CHECK(part(range).body == "0123456789");
  }
}

TEST_CASE("bytes are neither taken from nor given to whoever may not ask") {
  OpenHouse house;
  auto& pages = *house.pages;
  auto at = "/media/" + hash_of("photo").text() + "?type=image/jpeg";
  for (auto* type : {"", "text/html", "image/svg+xml", "application/octet-stream", "image/jpegx", "multipart/form-data; boundary=x"}) CHECK(pages.ask("POST", "/media", "photo", {.type = type}).status == 415);
  for (auto* origin : {"", "null", "http://evil.example", "http://localhost"}) CHECK(pages.ask("POST", "/media", "photo", {.origin = origin, .type = "image/jpeg"}).status == 403);
  CHECK(pages.ask("POST", "/media", "photo", {.cookie = "", .type = "image/jpeg"}).status == 401);
  CHECK(pages.ask("POST", "/media", "photo", {.host = "evil.example", .type = "image/jpeg"}).status == 421);
  CHECK(pages.get(at).status == 404);  // nothing of it was kept
  CHECK(pages.ask("POST", "/media", "photo", {.type = "image/jpeg"}).status == 201);
  CHECK(pages.get(at, {.cookie = ""}).status == 401);
  CHECK(pages.get("/m%65dia" + at.substr(6), {.cookie = ""}).status == 401);
  CHECK(pages.get(at, {.host = "evil.example"}).status == 421);
}

TEST_CASE("there is no file without a hash, a type that pages show, and its bytes") {
  OpenHouse house;
  auto& pages = *house.pages;
  pages.ask("POST", "/media", "photo", {.type = "image/jpeg"});
  auto at = "/media/" + hash_of("photo").text();
  for (auto& target : {std::string("/media"), std::string("/media/"), at, at + "?type=text/html", at + "?type=image/svg%2bxml", "/media/" + hash_of("another").text() + "?type=image/jpeg", std::string("/media/../carnet.db?type=image/jpeg"), at + "x?type=image/jpeg"}) {
    CAPTURE(target);
    CHECK(pages.get(target).status == 404);
  }
  CHECK(pages.ask("POST", "/media", "", {.type = "image/jpeg"}).status == 422);
  CHECK(pages.ask("PUT", "/media", "photo", {.type = "image/jpeg"}).status == 405);
  CHECK(pages.ask("POST", at, "photo", {.type = "image/jpeg"}).status != 201);
}

TEST_CASE("a file has at most max_media_bytes, whatever other bodies may have") {
  OpenHouse house;
  auto& pages = *house.pages;
  std::string bytes(static_cast<std::size_t>(max_media_bytes), 'x');
  CHECK(pages.ask("POST", "/media", bytes, {.type = "video/webm"}).status == 201);
  CHECK(pages.get("/media/" + hash_of(bytes).text() + "?type=video/webm").body.size() == bytes.size());
  bytes += 'x';
  CHECK(pages.ask("POST", "/media", bytes, {.type = "video/webm"}).status == 413);
  CHECK(pages.ask("POST", "/api/ids", std::string((2 << 20) + 1, ' '), {}).status == 413);
  CHECK(pages.get("/media/" + hash_of(bytes).text() + "?type=video/webm").status == 404);
}

TEST_CASE("pages are told of media where their bytes are, what waits and what it costs, and may ask for what is not here") {
  OpenHouse house;
  auto& pages = *house.pages;
  auto mine = text_of(BlobName{"image/jpeg", 5, hash_of("photo")}), far = text_of(BlobName{"image/jpeg", 2'000'000, hash_of("far")});
  pages.ask("POST", "/media", "photo", {.type = "image/jpeg"});
  auto about = house.question("?");
  auto row = pages.post("/api/rows", {{"table", "media"}, {"space", town.value}, {"fields", {{"about", about}, {"about_table", domain().find("learning_question")->number}, {"kind", "photo"}, {"medium", mine}, {"original", far}}}}).json()["row"]["id"];
  CHECK(pages.ask("PATCH", "/api/settings", R"({"price":"1.5"})").status == 200);
  auto told = pages.get("/api/media").json();
  REQUIRE(told["items"].size() == 2);
  CHECK(told["items"][0] == json{{"space", town.value}, {"table", "media"}, {"row", row}, {"column", "medium"}, {"type", "image/jpeg"}, {"bytes", 5}, {"hash", hash_of("photo").text()}, {"large", false}, {"wanted", true},
                                 {"here", true}, {"part", 0}, {"sent", false}, {"asked", false}, {"why", ""}});
  CHECK(told["items"][1]["here"] == false);
  CHECK(told["up"]["bytes"] == 5);
  CHECK(told["down"]["bytes"] == 0);  // an original, which nobody asked for

  CHECK(pages.post("/api/media/" + hash_of("far").text(), nothing).status == 204);
  told = pages.get("/api/media").json();
  CHECK(told["items"][1]["asked"] == true);
  CHECK(told["down"]["bytes"] == 2'000'000);
  CHECK(pages.post("/api/media/" + hash_of("nobody's").text(), nothing).status == 404);
  CHECK(pages.post("/api/media/x", nothing).status == 400);

  auto cost = pages.get("/api/media/cost?bytes=2000000&space=" + std::to_string(town.value)).json();
  CHECK(cost["francs"] == 3.0);
  CHECK(cost["receivers"] == 0);
  for (auto* query : {"", "?bytes=1", "?space=7", "?bytes=x&space=7"}) CHECK(pages.get(std::string("/api/media/cost") + query).status == 400);
  CHECK(pages.get("/api/media/cost?bytes=1&space=99").status == 404);
}
