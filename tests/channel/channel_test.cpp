// Who may enter, over real TLS on real sockets: keys, invites, certificates, and everybody else.
#include <catch2/catch.hpp>

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "client/enrol.hpp"
#include "client/sync_run.hpp"
#include "tests/doors/caller.hpp"
#include "tests/link/link.hpp"
#include "tests/live_relay.hpp"

using namespace carnet;
using namespace carnet::test;
using By = Address::Way;

namespace {

constexpr std::int64_t day = 86'400;

Profile clean() { return Profile{"clean"}; }

Code refusal(Device& device) {
  auto run = sync(*device.replica);
  return run.error ? run.error->code : Code{};
}

std::string words(Device& device, const std::string& language) {
  device.replica->set("language", language);
  auto run = sync(*device.replica);
  return run.error ? run.error->text : "";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

DeviceKeys keys_of(Device& device) { return read_keys(device.path).value_or(DeviceKeys{}); }

mode_t mode_of(const std::string& path) {
  struct stat file{};
  return stat(path.c_str(), &file) == 0 ? file.st_mode & 0777 : 0;
}

// A device that was told of by an invite, and has met nobody yet.
struct Invited {
  LiveRelay relay{{}, toy(), By::key};
  std::unique_ptr<Device> device = relay.device();
  DeviceId number = device->replica->device();
  Invite invite = make();

  Invited() { hand_over(*device); }
  Invite make(std::int64_t seconds = day) const {
    auto expires = std::time(nullptr) + seconds;
    auto id = relay.store->add_invite(number, expires);
    auto key = MasterKey::read(relay.dir.file("relay.db.key")).key_of({Peer::Kind::invite, id, 0});
    return {.address = relay.address(), .pin = {}, .device = number, .name = "ouinhi", .number = id, .key = key, .expires = expires, .spaces = {{relay.space, "town", "partnership"}}};
  }
  void hand_over(Device& to) {
    std::filesystem::remove(key_file(to.path));
    keep_invite(to.path, invite);
  }
  // Another replica with the same number.
  std::unique_ptr<Device> another() {
    auto made = std::make_unique<Device>(relay.dir, number.value, toy(), relay.space, "another");
    made->replica->set("address", relay.address());
    hand_over(*made);
    return made;
  }
};

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

TEST_CASE("without a key file a device says what to do, and a new invite on the same replica keeps everything") {
  Invited town;
  REQUIRE(sync(*town.device->replica));
  town.device->sql("INSERT INTO shelf(space,name) VALUES(1,'written')");
  std::filesystem::remove(key_file(town.device->path));
  CHECK(refusal(*town.device) == Code::not_found);
  CHECK(has(words(*town.device, "fr"), "carnet rejoin --invite"));
  std::ofstream(key_file(town.device->path)) << "key 1 2 damaged\n";
  CHECK(refusal(*town.device) == Code::not_found);
  town.invite = town.make();
  REQUIRE(rejoin(town.device->path, *town.device->replica, town.invite));
  CHECK(sync(*town.device->replica));
  CHECK(town.device->get("SELECT name FROM shelf") == "written");
  auto foreign = town.invite;
  foreign.spaces[0].name = "another town";
  CHECK_FALSE(rejoin(town.device->path, *town.device->replica, foreign));
  foreign = town.invite;
  foreign.device = DeviceId{town.number.value + 1};
  CHECK_FALSE(rejoin(town.device->path, *town.device->replica, foreign));
}

TEST_CASE("an invite is redeemed by the first exchange, which gives the device a key of its own") {
  Invited town;
  town.device->sql("INSERT INTO shelf(space,name) VALUES(1,'written before the first contact')");
  CHECK(sync(*town.device->replica));
  auto keys = keys_of(*town.device);
  CHECK_FALSE(keys.invited);
  REQUIRE(keys.keys.size() == 1);
  CHECK(keys.keys[0].bytes == town.relay.key(town.number).bytes);
  CHECK(sync(*town.device->replica));
}

TEST_CASE("an invite that another has redeemed is used up, and so is one whose device has used its key") {
  Invited town;
  auto mine = *keys_of(*town.device).invited;
  auto another = town.another();
  REQUIRE(sync(*town.device->replica));
  CHECK(refusal(*another) == Code::invite_used);
  CHECK(has(words(*another, "fr"), "cette invitation a déjà servi"));
  CHECK(has(words(*another, "nl"), "deze uitnodiging is al gebruikt"));
  CHECK(has(words(*another, "en"), "this invite has been used already"));
  write_keys(another->path, {mine, {}, {}});  // a replayed claim, before the key was used: the same key again
  REQUIRE(sync(*another->replica));
  CHECK(keys_of(*another).keys[0].bytes == keys_of(*town.device).keys[0].bytes);
  REQUIRE(sync(*town.device->replica));
  write_keys(another->path, {mine, {}, {}});
  CHECK(refusal(*another) == Code::invite_used);
}

TEST_CASE("an invite opens for the device that it names and no other, and not where its key was mistyped") {
  Invited town;
  Device other(town.relay.dir, town.relay.store->add_device("other", {town.relay.space}).value, toy(), town.relay.space);
  other.replica->set("address", town.relay.address());
  town.relay.store->expect(other.replica->device());
  town.hand_over(other);
  CHECK(refusal(other) == Code::not_allowed);
  town.invite.key[3] ^= 1;
  town.hand_over(*town.device);
  CHECK(refusal(*town.device) == Code::not_allowed);
  town.invite.key[3] ^= 1;
  town.hand_over(*town.device);
  CHECK(sync(*town.device->replica));
}

TEST_CASE("wherever the answer to a claim is cut off, the device asks again and comes in") {
  Invited town;
  for (std::int64_t bytes = 0; bytes < 350; bytes += 23) {
    town.invite = town.make();
    town.hand_over(*town.device);
    Link link(town.relay.server->port(), clean(), 1);
    town.device->replica->set("address", town.relay.address(link.port()));
    link.cut_after(carnet::test::Way::down, bytes);
    CHECK_FALSE(sync(*town.device->replica));
    link.await_notice();
    INFO(bytes);
    CHECK(sync(*town.device->replica));
    CHECK(sync(*town.device->replica));
    CHECK(keys_of(*town.device).keys.size() == 1);
  }
}

TEST_CASE("an invite works until the second in which it expires, and says so afterwards") {
  Invited town;
  auto& store = *town.relay.store;
  auto claim = std::string(claim_bytes, 'c');
  constexpr std::int64_t expires = 2'000'000'000;
  auto id = store.add_invite(town.number, expires);
  CHECK(store.admit({Peer::Kind::invite, id, 0}, town.number, claim, expires + 1).error().code == Code::invite_expired);
  CHECK(store.admit({Peer::Kind::invite, id, 0}, town.number, "short", expires).error().code == Code::not_allowed);
  CHECK(store.admit({Peer::Kind::invite, id, 0}, town.number, claim, expires));
  CHECK(store.admit({Peer::Kind::invite, id, 0}, town.number, claim, expires + 1));  // claimed in time
  town.invite = town.make(-1);
  town.hand_over(*town.device);
  CHECK(refusal(*town.device) == Code::invite_expired);
  CHECK(has(words(*town.device, "fr"), "cette invitation a expiré"));
  CHECK(has(words(*town.device, "nl"), "deze uitnodiging is verlopen"));
  CHECK(has(words(*town.device, "en"), "this invite has expired"));
}

TEST_CASE("a later invite, a lost device and a revoked one void an invite, and each says so") {
  Invited town;
  (void)town.make();
  CHECK(refusal(*town.device) == Code::invite_revoked);
  CHECK(has(words(*town.device, "fr"), "cette invitation a été retirée"));
  CHECK(has(words(*town.device, "nl"), "deze uitnodiging is ingetrokken"));
  CHECK(has(words(*town.device, "en"), "this invite was withdrawn"));
  town.invite = town.make();
  town.hand_over(*town.device);
  town.relay.store->lose(town.number);
  CHECK(refusal(*town.device) == Code::invite_revoked);
  town.invite = town.make();
  town.hand_over(*town.device);
  town.relay.store->revoke(town.number);
  CHECK(refusal(*town.device) == Code::invite_revoked);
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

TEST_CASE("a device that was reported lost is given nothing, and a new invite makes its keys useless for good") {
  Invited town;
  REQUIRE(sync(*town.device->replica));
  auto old = keys_of(*town.device);
  town.relay.store->lose(town.number);
  CHECK(refusal(*town.device) == Code::not_allowed);
  CHECK(keys_of(*town.device).keys[0].bytes == old.keys[0].bytes);
  town.invite = town.make();
  CHECK(refusal(*town.device) == Code::not_allowed);
  town.hand_over(*town.device);
  CHECK(sync(*town.device->replica));
  write_keys(town.device->path, old);
  CHECK(refusal(*town.device) == Code::not_allowed);
}

TEST_CASE("a key that was given after the backup that a relay was restored from still opens, and no number is given twice") {
  Invited town;
  REQUIRE(sync(*town.device->replica));
  auto backup = town.relay.dir.file("backup.db");
  town.relay.store->backup(backup);
  town.relay.store->rotate(town.number);
  REQUIRE(sync(*town.device->replica));
  auto given = keys_of(*town.device).keys[0].generation;
  SqlStore restored(backup);
  restored.begin_new_life(std::time(nullptr) + 60);
  CHECK(restored.admit({Peer::Kind::device, town.number.value, given}, town.number, {}, std::time(nullptr)));
  restored.rotate(town.number);
  CHECK(restored.generation(town.number) > given);
  auto later = restored.add_device("later", {town.relay.space});
  restored.expect(later);
  CHECK_FALSE(restored.admit({Peer::Kind::device, later.value, given}, later, {}, std::time(nullptr)));  // of a device that the backup did not know
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
