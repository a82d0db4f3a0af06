// Who speaks the protocol with ill intent, as a stranger or as a device that was let in: bombs, lies about lengths, replays, frames that
// poison what others have.
#include <catch2/catch.hpp>

#include "client/sync_run.hpp"
#include "server/accounts.hpp"
#include "sync/framing.hpp"
#include "sync/media_messages.hpp"
#include "tests/doors/caller.hpp"
#include "tests/live_relay.hpp"
#include "tests/noise.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

// The body of a request, message by message.
class Body {
 public:
  explicit Body(Epoch epoch) : epoch_(epoch) {}
  Body& say(const Message& message) { return raw(encode(message, Direction::up, epoch_)); }
  Body& raw(std::string_view message) {
    packing_.put(message);
    return *this;
  }
  Body& prime(SpaceId space) {
    say(Prime{space, 0});
    packing_.prime({}, 0);
    return *this;
  }
  std::string bytes() { return packing_.flush(); }

 private:
  Epoch epoch_;
  Packing packing_;
};

// A device with a key, which says what it likes.
struct Insider {
  LiveRelay relay{{}, toy(), Address::Way::certificate};
  std::unique_ptr<Device> device = relay.device(), other = relay.device();
  DeviceId number = device->replica->device();
  Epoch epoch = relay.store->epoch();

  Hello hello(Mode mode = Mode::usual) {
    return {number, relay.bearer(number), {}, std::time(nullptr), epoch, mode, 0, {{relay.space, Seq{}, 0, Seq{1'000'000}}}};
  }
  Body body(Mode mode = Mode::usual) {
    Body made(epoch);
    made.say(hello(mode));
    return made;
  }
  std::string answer_to(const std::string& body) {
    Caller peer(relay);
    peer.say(post(body));
    peer.finish();
    return peer.hear("");
  }
  Error failure_after(Body& body) { return failure_in(answer_to(body.bytes())); }
  // A frame with one row that follows what the relay has.
  Changes frame(Row row, std::int64_t id = 7) {
    auto acked = relay.store->acked(number, relay.space);
    return {{relay.space, acked, Seq{acked.value + 1}, {{{TableId{1}, minted_id(number, id)}, std::move(row)}}}, Seq{}};
  }
  bool others_sync() { return bool(sync(*other->replica)) && relay.store->verify().empty(); }
};

Version version(Value value, std::uint32_t writer = 1, int second = 0) {
  Version made;
  made.stamp = {stamp_time(std::time(nullptr) - 100'000 + second), DeviceId{writer}};
  made.value = std::move(value);
  return made;
}

Row row_of(Kind kind, std::vector<Version> versions) { return {{{ColumnId{1}, kind, std::move(versions)}}, {}}; }

}  // namespace

TEST_CASE("what a stranger sends is unpacked up to the size of a hello and no further") {
  Insider insider;
  auto answer = [&](std::size_t bytes) { return insider.failure_after(Body(insider.epoch).raw(std::string(bytes, 'x'))).code; };
  CHECK(answer(max_hello_bytes) == Code::malformed);
  CHECK(answer(max_hello_bytes + 1) == Code::too_large);
  CHECK(answer(max_message_bytes) == Code::too_large);
  CHECK(insider.others_sync());
}

TEST_CASE("a stranger who sends no hello is not listened to for long") {
  Insider insider;
  std::string empty_blocks = Packing().flush().substr(0, 3) + std::string(300'000, '\0');
  CHECK(failure_in(insider.answer_to(empty_blocks)).code == Code::too_large);
}

TEST_CASE("a device's frames may unpack to a hundred times their size, and then the rest has to come in another exchange") {
  Insider insider;
  auto body = insider.body();
  body.prime(insider.relay.space);
  auto gap = insider.frame(row_of(Kind::reg, {version(std::string(max_value_bytes, 'x'))}));
  gap.set.from = gap.set.to = Seq{900'000};  // refused, and not the end
  for (int k = 0; k < 20; ++k) body.say(gap);
  auto fault = insider.failure_after(body);
  CHECK(fault.code == Code::busy);
  CHECK(fault.text == "the stream unpacks to more than 100 times its size; send the rest in another exchange");
  CHECK(insider.others_sync());
}

TEST_CASE("nested arrays, lengths that lie and numbers in long forms are malformed, from strangers and from devices") {
  Insider insider;
  for (std::string message : {std::string(16'000, '\x91'), std::string("\xdd\xff\xff\xff\xff", 5), std::string("\x91\xdb\xff\xff\xff\xff", 6),
                              std::string("\x9f\x02\x01\x00\x01\x00\xdd\xff\xff\xff\xff", 11), std::string("\x91\xcc\x03", 3), std::string(1, '\x90'), std::string()}) {
    CHECK(insider.failure_after(Body(insider.epoch).raw(message)).code == Code::malformed);
    auto inside = insider.body();
    CHECK(insider.failure_after(inside.raw(message)).code == Code::malformed);
  }
  CHECK(insider.others_sync());
}

TEST_CASE("an unknown device and a wrong key get the same answer, and change nothing") {
  Insider insider;
  auto wrong = insider.hello(), unknown = insider.hello();
  wrong.bearer.back() ^= 1;
  unknown.device = DeviceId{77};
  for (auto& hello : {wrong, unknown}) {
    Body body(insider.epoch);
    body.say(hello).prime(insider.relay.space).say(insider.frame(row_of(Kind::reg, {version("stolen")}))).say(End{});
    auto fault = insider.failure_after(body);
    CHECK(fault.code == Code::not_allowed);
    CHECK(fault.text == "the relay does not know device " + std::to_string(hello.device.value) + " by this key; ask for a new invite");
  }
  CHECK(insider.relay.store->find_space("town")->digest.rows == 0);
}

TEST_CASE("a request that is sent again, at once or after others, changes nothing that it had not changed") {
  Insider insider;
  auto& store = *insider.relay.store;
  REQUIRE(sync(*insider.device->replica));  // the hello alone does not name frames any more
  insider.device->sql("INSERT INTO shelf(space,name,level) VALUES(1,'A',1)");
  std::string captured;
  {
    ClientSession session(*insider.device->replica, {.bearer = insider.relay.bearer(insider.number)}, std::time(nullptr));
    captured = session.produce();
    REQUIRE(session.sent_all());
  }
  auto state = [&] {
    auto space = *store.find_space("town");
    return std::tuple(space.head, space.digest, store.acked(insider.number, insider.relay.space), store.devices().size());
  };
  insider.answer_to(captured);
  auto once = state();
  CHECK(std::get<1>(once).rows == 1);
  insider.answer_to(captured);
  CHECK(state() == once);
  REQUIRE(sync(*insider.device->replica));
  insider.device->sql("UPDATE shelf SET name='B'");
  REQUIRE(sync(*insider.device->replica));
  auto later = state();
  insider.answer_to(captured);
  CHECK(state() == later);
  CHECK(store.verify().empty());
  REQUIRE(insider.others_sync());
  CHECK(insider.other->get("SELECT name FROM shelf") == "B");
}

TEST_CASE("a request for a comparison that somebody kept and sends later does not set the device back") {
  Insider insider;
  insider.device->sql("INSERT INTO shelf(space,name,level) VALUES(1,'A',1)");
  REQUIRE(sync(*insider.device->replica));
  auto acked = insider.relay.store->acked(insider.number, insider.relay.space);
  REQUIRE(acked.value > 0);
  for (auto mode : {Mode::compare, Mode::everything}) {
    auto old = insider.hello(mode);
    old.now -= max_ahead_seconds + 1;
    Body body(insider.epoch);
    CHECK(insider.failure_after(body.say(old)).code == Code::clock_wrong);
    CHECK(insider.relay.store->acked(insider.number, insider.relay.space) == acked);
  }
}

TEST_CASE("a request for a copy's number gives the same one until somebody uses it, however often it is sent") {
  Insider insider;
  auto devices = insider.relay.store->devices().size();
  auto body = insider.body(Mode::copy).bytes();
  for (int k = 0; k < 3; ++k) CHECK(failure_in(insider.answer_to(body)).code == Code::copied);
  CHECK(insider.relay.store->devices().size() == devices + 1);
}

TEST_CASE("a person's last device is numbered for a copy, and one above the quota is refused in words") {
  Insider insider;
  Accounts accounts(insider.relay.store->database());
  auto body = insider.body(Mode::copy).bytes();
  accounts.set_quota(Quota::devices, 1);
  auto fault = failure_in(insider.answer_to(body));
  CHECK(fault.code == Code::not_allowed);
  CHECK(fault.text.find("has the 1 devices that one may have") != std::string::npos);
  accounts.set_quota(Quota::devices, 2);
  CHECK(failure_in(insider.answer_to(body)).code == Code::copied);
  CHECK(insider.others_sync());
}

TEST_CASE("a device cannot make the relay remember the same row again and again, nor prime a stream for nothing") {
  Insider insider;
  insider.other->sql("INSERT INTO shelf(space,name,level) VALUES(1,'A',1)");
  REQUIRE(sync(*insider.other->replica));
  std::uint64_t digest = 0;
  insider.relay.store->rows_above(insider.relay.space, Seq{}, [&](RowKey key, Seq, const Row& row) { digest = row_digest(key, row).sum; return true; });
  auto wants = [&](std::size_t count) {
    auto body = insider.body(Mode::compare);
    body.say(Compare{insider.relay.space, 0, 1});
    for (std::size_t k = 0; k < count; ++k) body.say(Want{insider.relay.space, {digest}});
    return insider.failure_after(body.say(End{})).text;
  };
  CHECK(wants(1).starts_with("no failure"));
  CHECK(wants(2) == "a row is wanted twice");
  auto primes = insider.body();
  CHECK(insider.failure_after(primes.prime(insider.relay.space).prime(insider.relay.space)).text == "the stream is primed twice for one frame");
}

TEST_CASE("a frame that takes a text for a value, or a value for a text, is refused and does not spoil the row") {
  Insider insider;
  auto& store = *insider.relay.store;
  auto send = [&](Kind kind, Value value, std::int64_t id) {
    auto body = insider.body();
    auto before = store.acked(insider.number, insider.relay.space);
    auto fault = insider.failure_after(body.prime(insider.relay.space).say(insider.frame(row_of(kind, {version(std::move(value), insider.number.value, static_cast<int>(id))}), id / 10)).say(End{}));
    bool answered = fault.text.starts_with("no failure") && store.acked(insider.number, insider.relay.space) > before;  // taken, or refused by itself
    return answered && store.verify().empty() && insider.others_sync();
  };
  CHECK(send(Kind::text, "the beginning of a text", 10));
  CHECK(send(Kind::reg, std::int64_t{5}, 11));
  CHECK(send(Kind::reg, "a value", 20));
  CHECK(send(Kind::text, "a text", 21));
  CHECK(store.load(insider.relay.space, {TableId{1}, minted_id(insider.number, 1)}).find(ColumnId{1})->kind == Kind::text);
  CHECK(store.load(insider.relay.space, {TableId{1}, minted_id(insider.number, 2)}).find(ColumnId{1})->kind == Kind::reg);
}

TEST_CASE("1,024 versions of a cell may stand beside each other, and one that adds to them is refused") {
  Insider insider;
  auto& store = *insider.relay.store;
  auto send = [&](std::int64_t id, Version version) {
    auto body = insider.body();
    insider.answer_to(body.prime(insider.relay.space).say(insider.frame(row_of(Kind::reg, {std::move(version)}), id)).say(End{}).bytes());
    return store.load(insider.relay.space, {TableId{1}, minted_id(insider.number, id)}).cells.front().versions.size();
  };
  auto others_wrote = [&](std::int64_t id, std::size_t versions) {
    std::vector<Version> many;
    for (std::uint32_t writer = 10; many.size() < versions; ++writer) many.push_back(version(std::int64_t{writer}, writer));
    store.begin(true);
    apply(store, {insider.relay.space, Seq{}, Seq{1}, {{{TableId{1}, minted_id(insider.number, id)}, row_of(Kind::reg, many)}}}, Authority{});
    store.commit();
    return many;
  };
  auto own = version(std::int64_t{5}, insider.number.value, 10);
  others_wrote(7, max_stamps - 1);
  CHECK(send(7, own) == max_stamps);
  auto many = others_wrote(8, max_stamps);
  CHECK(send(8, own) == max_stamps);
  for (auto& one : many) own.past.push_back(one.stamp);
  CHECK(send(8, own) == 1);
  CHECK(insider.others_sync());
}

namespace {

// Of a device that was let in: says hello, and then anything, about media.
std::string about_media(Insider& insider, const std::string& rest) {
  Caller peer(insider.relay);
  peer.say(post(media_preface() + pack(MediaHello{insider.number, insider.relay.bearer(insider.number)}) + rest, "/media"));
  peer.finish();
  return peer.hear("");
}

}  // namespace

TEST_CASE("rubbish about media, from strangers and from devices, ends its own request, and the relay is well afterwards") {
  Insider insider;
  auto photo = noise(50'000);
  auto name = hash_of(photo);
  auto space = insider.relay.space;
  auto long_message = leb128(max_media_message + 1) + std::string(max_media_message + 1, 'x');
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    auto rubbish = noise(3'000, seed);
    Caller stranger(insider.relay);
    stranger.say(post((seed % 2 ? media_preface() : "") + rubbish, "/media"));
    stranger.finish();
    CHECK(media_failure_in(stranger.hear("")).code != Code::busy);
    CHECK(media_failure_in(about_media(insider, rubbish)).code != Code::busy);
  }
  CHECK(media_failure_in(about_media(insider, long_message)).code == Code::too_large);
  for (auto& lie : {pack(Part{0, 9}), pack(Offer{1, space, name, 9}), pack(Offer{0, space, name, 9}) + pack(Part{0, 10}), pack(AskOn{0, 9}), pack(Held{0, 9}),
                    pack(Offer{0, space, name, 9}) + pack(Offer{0, space, name, 9}), pack(MediaHello{insider.number, {}})})
    CHECK(media_failure_in(about_media(insider, lie + pack(MediaEnd{}))).code == Code::malformed);
  auto size = static_cast<std::int64_t>(photo.size());
  about_media(insider, pack(Offer{0, space, name, size}) + pack(Part{0, size}) + photo + pack(MediaEnd{}));
  CHECK(insider.relay.store->blobs(space).read(name, 0, photo.size() + 1) == photo);
  CHECK(insider.others_sync());
}
