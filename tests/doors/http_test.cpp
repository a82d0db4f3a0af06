// Who speaks HTTP with ill intent: heads, lengths and chunks at their bounds and over them. The relay answers or closes, and goes on.
#include <catch2/catch.hpp>

#include "client/sync_run.hpp"
#include "tests/doors/caller.hpp"
#include "tests/live_relay.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

// What comes back for these bytes, until the relay closes or answers.
std::string answer_to(LiveRelay& relay, const std::string& bytes) {
  Caller peer(relay);
  peer.say(bytes);
  return peer.hear();
}

std::string with_head_of(std::size_t bytes) {
  std::string head = "GET /healthz HTTP/1.1\r\nHost: x\r\n";
  while (head.size() + 20 < bytes) head += "X: 4567\r\n";
  return head + "Y: " + std::string(bytes - head.size() - 7, 'y') + "\r\n\r\n";
}

const std::string chunked = "POST /sync HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";

}  // namespace

TEST_CASE("a head of 8,192 bytes is read and one byte more is not, be it one field or many, nor a longer request line") {
  LiveRelay relay{{}, toy(), Address::Way::certificate};
  CHECK(answer_to(relay, with_head_of(8'192)).starts_with("HTTP/1.1 200"));
  CHECK(answer_to(relay, with_head_of(8'193)).empty());
  CHECK(answer_to(relay, with_head_of(2'000'000)).empty());
  CHECK(answer_to(relay, "GET /" + std::string(8'193, 'x') + " HTTP/1.1\r\nHost: x\r\n\r\n").empty());
}

TEST_CASE("what is no HTTP is closed without an answer") {
  LiveRelay relay{{}, toy(), Address::Way::certificate};
  for (std::string bytes : {std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11), std::string(20'000, '\xff'), std::string("GET / HTTP/9.9\r\n\r\n"),
                            std::string(9'000, 'G'), std::string("POST /sync HTTP/1.1\r\nno colon\r\n\r\n"), std::string("\r\n\r\n\r\n\r\n")})
    CHECK(answer_to(relay, bytes).empty());
  CHECK(answer_to(relay, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").starts_with("HTTP/1.1 200"));
}

TEST_CASE("lengths that contradict each other or no number holds are refused") {
  LiveRelay relay{{}, toy(), Address::Way::certificate};
  for (std::string lengths : {"Content-Length: 5\r\nContent-Length: 6", "Content-Length: -1", "Content-Length: 99999999999999999999999",
                              "Content-Length: 5\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 5"})
    CHECK(answer_to(relay, "POST /sync HTTP/1.1\r\nHost: x\r\n" + lengths + "\r\n\r\nhello").empty());
}

TEST_CASE("chunks with endless extensions, sizes beyond all bounds or endless trailers are cut off") {
  LiveRelay relay{{}, toy(), Address::Way::certificate};
  CHECK(answer_to(relay, chunked + "5;x=" + std::string(100'000, 'x') + "\r\nhello\r\n0\r\n\r\n").empty());
  CHECK(answer_to(relay, chunked + "fffffffffffffffff\r\n").empty());
  std::string trailers;
  for (int k = 0; k < 100'000; ++k) trailers += "X: y\r\n";
  auto with_trailer = [&](const std::string& trailer) { return answer_to(relay, chunked + "1\r\n\x11\r\n0\r\n" + trailer + "\r\n"); };
  CHECK(with_trailer(trailers).empty());
  CHECK(with_trailer(std::string(100'000, 'X') + ": y\r\n").empty());
}

TEST_CASE("a body that is nearly all framing is not read to its end") {
  LiveRelay relay{{}, toy(), Address::Way::certificate};
  auto framed = [&](std::size_t extension) {
    std::string body;
    for (int k = 0; k < 3'000; ++k) body += "1;" + std::string(extension, 'x') + "\r\n" + (k ? '\0' : '\x11') + "\r\n";
    return failure_in(answer_to(relay, chunked + body + "0\r\n\r\n"));
  };
  CHECK(framed(10).code == Code::malformed);
  CHECK(framed(60).code == Code::too_large);
}

TEST_CASE("a chunk of more than an exchange may have is told so before it came") {
  ServerOptions options;
  options.max_body = 1'000;
  LiveRelay relay(options, toy(), Address::Way::certificate);
  CHECK(failure_in(answer_to(relay, chunked + "fffffffffffffff\r\n")).code == Code::too_large);
}

TEST_CASE("a body that nobody asked for is not read as the next request") {
  LiveRelay relay{{}, toy(), Address::Way::certificate};
  std::string smuggled = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
  Caller peer(relay);
  peer.say("GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(smuggled.size()) + "\r\n\r\n" + smuggled);
  peer.finish();
  auto all = peer.hear("");
  CHECK(all.starts_with("HTTP/1.1 404"));
  CHECK(all.find("200 OK") == std::string::npos);
}

TEST_CASE("a refusal reaches a device that is still sending") {
  ServerOptions options;
  options.max_body = 1'000;
  LiveRelay relay(options, toy(), Address::Way::certificate);
  auto device = relay.device();
  device->sql("INSERT INTO shelf(space,name) VALUES(1,'A')");
  device->sql("INSERT INTO book(space,shelf,title,notes) SELECT 1,id,'t',hex(randomblob(300000)) FROM shelf");
  auto run = sync(*device->replica);
  REQUIRE_FALSE(run);
  CHECK(run.error->code == Code::too_large);
}
