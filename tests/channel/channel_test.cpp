// Who may enter, over real TLS on real sockets: keys, certificates, and everybody else.
#include <catch2/catch.hpp>

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/channel/answers.hpp"
#include "tests/doors/caller.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

auto open_files() { return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}); }

mode_t mode_of(const std::string& path) {
  struct stat file{};
  return stat(path.c_str(), &file) == 0 ? file.st_mode & 0777 : 0;
}

// A peer that speaks TLS as it likes, as OpenSSL's defaults have it.
class Stranger {
 public:
  explicit Stranger(int most_version) : context_(SSL_CTX_new(TLS_client_method())) { SSL_CTX_set_max_proto_version(context_, most_version); }
  ~Stranger() { SSL_CTX_free(context_); }
  Stranger(const Stranger&) = delete;
  Stranger& operator=(const Stranger&) = delete;
  bool gets_in(std::uint16_t port) {
    int handle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(handle, reinterpret_cast<sockaddr*>(&where), sizeof where) != 0) throw std::runtime_error("no connection");
    auto* connection = SSL_new(context_);
    SSL_set_fd(connection, handle);
    char byte = 0;
    bool in = SSL_connect(connection) == 1 && SSL_write(connection, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 35) > 0 && SSL_read(connection, &byte, 1) == 1;
    SSL_free(connection);
    close(handle);
    return in;
  }

 private:
  SSL_CTX* context_;
};

// Answers one connection by a certificate, whatever key it is offered.
class Impostor {
 public:
  explicit Impostor(const std::string& certificate) : listens_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), context_(SSL_CTX_new(TLS_server_method())) {
    SSL_CTX_use_certificate_chain_file(context_, certificate.c_str());
    SSL_CTX_use_PrivateKey_file(context_, certificate.c_str(), SSL_FILETYPE_PEM);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof where;
    if (bind(listens_, reinterpret_cast<sockaddr*>(&where), size) != 0 || listen(listens_, 8) != 0) throw std::runtime_error("no port");
    getsockname(listens_, reinterpret_cast<sockaddr*>(&where), &size);
    port = ntohs(where.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~Impostor() {
    thread_.join();
    SSL_CTX_free(context_);
    close(listens_);
  }
  Impostor(const Impostor&) = delete;
  Impostor& operator=(const Impostor&) = delete;

  std::uint16_t port = 0;
  std::string heard;  // read it when the device has gone

  void serve() {
    int handle = accept(listens_, nullptr, nullptr);
    auto* connection = SSL_new(context_);
    SSL_set_fd(connection, handle);
    char bytes[1000];
    if (SSL_accept(connection) == 1)
      if (auto size = SSL_read(connection, bytes, sizeof bytes); size > 0) heard.assign(bytes, static_cast<std::size_t>(size));
    SSL_free(connection);
    close(handle);
  }

 private:
  int listens_;
  SSL_CTX* context_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("a device comes in by its key, and its database holds none of it") {
  LiveRelay relay({}, toy(), By::key);
  auto ouinhi = relay.device();
  CHECK(sync(*ouinhi->replica));
  CHECK(mode_of(key_file(ouinhi->path)) == 0600);
  CHECK(mode_of(relay.dir.file("relay.db.key")) == 0600);
  auto key = relay.key(ouinhi->replica->device()).bytes;
  for (auto& path : {ouinhi->path, ouinhi->path + "-wal", relay.dir.file("relay.db"), relay.dir.file("relay.db-wal")}) {
    std::ifstream from(path, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(from), {}};
    CHECK_FALSE(has(bytes, key));
  }
}

TEST_CASE("a wrong key is refused by both ends before anything is said, in the reader's language") {
  LiveRelay relay({}, toy(), By::key);
  auto ouinhi = relay.device();
  auto keys = keys_of(*ouinhi);
  keys.keys[0].bytes[7] ^= 1;
  write_keys(ouinhi->path, keys);
  CHECK(refusal(*ouinhi) == Code::not_allowed);
  CHECK(has(words(*ouinhi, "fr"), "le relais n'accepte pas la clé de cet appareil"));
  CHECK(has(words(*ouinhi, "nl"), "het relais aanvaardt de sleutel van dit toestel niet"));
  CHECK(has(words(*ouinhi, "en"), "the relay does not accept this device's key"));
}

TEST_CASE("a key of the relay's for a device that it does not know opens nothing, nor does one for another device") {
  LiveRelay relay({}, toy(), By::key);
  auto ouinhi = relay.device();
  Device unknown(relay.dir, 99, toy(), relay.space);
  unknown.replica->set("address", relay.address());
  auto key = MasterKey::read(relay.dir.file("relay.db.key")).key_of({Peer::Kind::device, 99, 1});
  write_keys(unknown.path, {{}, {{DeviceId{99}, 1, key}}, {}});
  CHECK(refusal(unknown) == Code::not_allowed);
  auto credentials = *credentials_of(ouinhi->path, keys_of(*ouinhi), ouinhi->replica->device());
  Transport transport(*read_address(relay.address()), credentials);
  ClientSession session(*unknown.replica, {}, std::time(nullptr));
  REQUIRE(transport.run(session));
  CHECK(session.error().code == Code::not_allowed);
}

TEST_CASE("a body that was captured opens nothing to another device's key, and changes nothing a second time") {
  LiveRelay relay({}, toy(), By::key);
  auto ouinhi = relay.device(), laarne = relay.device();
  REQUIRE(sync(*ouinhi->replica));
  ouinhi->sql("INSERT INTO shelf(space,name) VALUES(1,'A')");
  ClientSession session(*ouinhi->replica, {}, std::time(nullptr));
  auto captured = session.produce();
  REQUIRE(session.sent_all());
  auto answer_by = [&](Device& device) {
    Caller caller(relay, "127.0.0.1", relay.key(device.replica->device()));
    caller.say(post(captured));
    return caller.hear();
  };
  auto state = [&] { return std::tuple(relay.store->find_space("town")->head, relay.store->find_space("town")->digest); };
  CHECK(failure_in(answer_by(*laarne)).code == Code::not_allowed);
  CHECK(relay.store->find_space("town")->digest.rows == 0);
  CHECK(answer_by(*ouinhi).starts_with("HTTP/1.1 200"));
  auto once = state();
  CHECK(std::get<1>(once).rows == 1);
  CHECK(answer_by(*ouinhi).starts_with("HTTP/1.1 200"));
  CHECK(state() == once);
  CHECK(relay.store->verify().empty());
}

TEST_CASE("a key is rotated by the next exchange, and the old one dies when the new one was used") {
  LiveRelay relay({}, toy(), By::key);
  auto ouinhi = relay.device();
  REQUIRE(sync(*ouinhi->replica));
  auto old = keys_of(*ouinhi);
  relay.store->rotate(ouinhi->replica->device());
  REQUIRE(sync(*ouinhi->replica));
  auto fresh = keys_of(*ouinhi);
  CHECK(fresh.keys[0].generation > old.keys[0].generation);
  write_keys(ouinhi->path, old);  // the answer was lost: it is told again
  REQUIRE(sync(*ouinhi->replica));
  CHECK(keys_of(*ouinhi).keys[0].bytes == fresh.keys[0].bytes);
  REQUIRE(sync(*ouinhi->replica));
  write_keys(ouinhi->path, old);
  CHECK(refusal(*ouinhi) == Code::not_allowed);
  CHECK(keys_of(*ouinhi).keys[0].bytes == old.keys[0].bytes);
}

TEST_CASE("who shows a certificate to a device that comes by key hears nothing of it") {
  LiveRelay relay({}, toy(), By::key);
  make_certificate(relay.certificate());
  auto ouinhi = relay.device();
  {
    Impostor impostor(relay.certificate());
    ouinhi->replica->set("address", relay.address(impostor.port));
    CHECK(refusal(*ouinhi) == Code::not_allowed);
    CHECK(impostor.heard.empty());
  }
  Impostor impostor(relay.certificate());
  ouinhi->replica->set("address", relay.address(impostor.port));
  CHECK(has(words(*ouinhi, "fr"), "ne prouve pas qu'il est le relais"));
}

TEST_CASE("a relay without a certificate refuses who offers no key, and one with a certificate whoever speaks TLS 1.2") {
  LiveRelay by_key({}, toy(), By::key), by_certificate({}, toy(), By::certificate);
  CHECK_FALSE(Stranger(TLS1_3_VERSION).gets_in(by_key.server->port()));
  CHECK_FALSE(Stranger(TLS1_2_VERSION).gets_in(by_certificate.server->port()));
  CHECK(Stranger(TLS1_3_VERSION).gets_in(by_certificate.server->port()));
}

TEST_CASE("who speaks HTTP without TLS to a relay that wants it gets no answer in HTTP") {
  for (auto way : {By::key, By::certificate}) {
    LiveRelay relay({}, toy(), way);
    Caller caller(relay.server->port());
    caller.say("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK_FALSE(has(caller.hear(""), "HTTP"));
  }
}

TEST_CASE("a relay's certificate is known by its pin, and another one is refused before anything is said") {
  LiveRelay relay({}, toy(), By::certificate);
  auto ouinhi = relay.device();
  CHECK(sync(*ouinhi->replica));
  std::filesystem::remove(ouinhi->path + ".session");
  auto keys = keys_of(*ouinhi);
  keys.pins[0][3] ^= 1;
  write_keys(ouinhi->path, keys);
  CHECK(refusal(*ouinhi) == Code::not_allowed);
  keys.pins.clear();  // nor does the system know it
  write_keys(ouinhi->path, keys);
  CHECK_FALSE(sync(*ouinhi->replica));
}

TEST_CASE("a bearer that is wrong, or of another device, opens nothing") {
  LiveRelay relay({}, toy(), By::certificate);
  auto ouinhi = relay.device(), laarne = relay.device();
  auto keys = keys_of(*ouinhi);
  keys.keys[0].bytes[31] ^= 1;
  write_keys(ouinhi->path, keys);
  CHECK(refusal(*ouinhi) == Code::not_allowed);
  keys = keys_of(*laarne);
  keys.keys[0].device = ouinhi->replica->device();
  write_keys(ouinhi->path, keys);
  CHECK(refusal(*ouinhi) == Code::not_allowed);
}

TEST_CASE("the next certificate is told of ahead: who heard of it follows, who did not is safe and asks") {
  LiveRelay relay({}, toy(), By::certificate);
  auto ouinhi = relay.device(), laarne = relay.device();
  auto next = relay.dir.file("next");
  make_certificate(next);
  ServerOptions options{.store = relay.dir.file("relay.db"), .port = relay.server->port(), .certificate = {relay.certificate(), relay.certificate()}, .next_pin = pin_of_certificate(next)};
  relay.stop();
  relay.start(options);
  REQUIRE(sync(*ouinhi->replica));
  CHECK(keys_of(*ouinhi).pins == std::vector{pin_of_certificate(relay.certificate()), pin_of_certificate(next)});
  relay.stop();
  options.certificate = {next, next};
  options.next_pin.clear();
  relay.start(options);
  CHECK(sync(*ouinhi->replica));
  CHECK(refusal(*laarne) == Code::not_allowed);
}

TEST_CASE("a session by certificate is resumed by the next run, and where the relay has forgotten it, a new one is begun") {
  LiveRelay relay({}, toy(), By::certificate);
  auto ouinhi = relay.device();
  REQUIRE(sync(*ouinhi->replica));
  CHECK(mode_of(ouinhi->path + ".session") == 0600);
  std::filesystem::copy_file(ouinhi->path + ".session", relay.dir.file("first"));
  std::filesystem::remove(ouinhi->path + ".session");
  auto full = sync(*ouinhi->replica), resumed = sync(*ouinhi->replica);
  CHECK(resumed.traffic.down + 300 < full.traffic.down);
  ServerOptions options{.store = relay.dir.file("relay.db"), .port = relay.server->port(), .certificate = {relay.certificate(), relay.certificate()}};
  relay.stop();
  relay.start(options);
  auto again = sync(*ouinhi->replica);
  CHECK(again);
  CHECK(again.traffic.down > resumed.traffic.down + 300);
}

TEST_CASE("a fault of this side in the middle of an exchange is told, and leaves no connection open") {
  for (auto way : {By::key, By::certificate, By::plain}) {
    LiveRelay relay({}, toy(), way);
    auto ouinhi = relay.device();
    REQUIRE(sync(*ouinhi->replica));
    auto before = open_files();
    Watch full_disk{.moved = [](const Traffic& traffic) { if (traffic.down > 0) throw std::runtime_error("the disk is full"); }, .left = {}, .stop = {}};
    for (int k = 0; k < 3; ++k) CHECK_THROWS_WITH(sync(*ouinhi->replica, full_disk), "the disk is full");
    relay.stop();
    CHECK(open_files() <= before);
  }
}

TEST_CASE("without TLS both sides stay on this machine") {
  for (auto* address : {"http://192.168.1.7:8440", "http://relay.example", "http://127.0.0.1.example:1", "http://127.example"}) {
    auto read = read_address(address);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == Code::not_allowed);
    CHECK(has(read.error().text, "carnet://"));
  }
  for (auto* address : {"http://127.0.0.1:8440", "http://localhost", "http://[::1]:8440", "carnet://relay.example", "https://relay.example"}) CHECK(read_address(address));
  LiveRelay relay;
  ServerOptions options{.store = relay.dir.file("relay.db"), .address = "0.0.0.0", .port = 0, .plain = true};
  CHECK_THROWS_WITH(HttpServer(options), Catch::Contains("loopback address only"));
  auto ouinhi = relay.device();
  ouinhi->replica->set("address", "http://192.168.1.7:8440");
  auto run = sync(*ouinhi->replica);
  CHECK(run.error->code == Code::not_allowed);
  CHECK(run.traffic.up == 0);
}
