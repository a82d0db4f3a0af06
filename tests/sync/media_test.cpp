#include <catch2/catch.hpp>

#include "server/accounts.hpp"
#include "tests/media_way.hpp"

using namespace carnet;
using namespace carnet::test;
using Outcome = Conversation::Outcome;

namespace {

struct Partners {
  Country country;
  MediaWay way{country};
  DeviceId ouinhi = country.device(1).replica->device(), laarne = country.device(2).replica->device();
  WrittenPlan here{country.dir.file("ouinhi.media")}, there{country.dir.file("laarne.media")};

  Blobs& at_relay() { return country.store->blobs(country.space); }
  void set_role(Role role) {
    Accounts accounts(country.store->database());
    accounts.set_role(accounts.person("device1"), country.space, role, way.now);
  }
};

}  // namespace

TEST_CASE("a photo goes up, comes down at the partner's, and is the same to the byte") {
  Partners pair;
  auto photo = noise(150'000);
  pair.here.bring(pair.country.space, photo);
  REQUIRE(pair.way.carry(pair.here, pair.ouinhi));
  CHECK(pair.here.done.contains(hash_of(photo)));
  CHECK(pair.way.bytes_up < photo.size() + 1'500);
  pair.there.fetch(pair.country.space, photo);
  REQUIRE(pair.way.carry(pair.there, pair.laarne));
  CHECK(pair.there.files.read(hash_of(photo), 0, photo.size()) == photo);
}

TEST_CASE("a photo that is cut at any byte, either way, goes on there, and costs little more than uncut") {
  Partners pair;
  auto photo = noise(30'000);
  std::uint64_t seed = GENERATE(1u, 2u, 3u);
  auto random = [&](std::size_t most) { return 200 + static_cast<std::size_t>((seed = seed * 6364136223846793005u + 1) >> 33) % most; };
  auto carry_in_pieces = [&](WrittenPlan& plan, DeviceId device, bool up) {
    std::size_t bytes = 0, cuts = 0;
    for (; !plan.done.contains(hash_of(photo)) && cuts < 100; ++cuts) {
      plan.jobs.clear();
      up ? plan.bring(pair.country.space, photo) : plan.fetch(pair.country.space, photo);
      MediaWay::Wire wire;
      (up ? wire.cut_up : wire.cut_down) = random(3'000);
      pair.way.request(plan, device, wire);
      bytes += up ? wire.up.size() : wire.down.size();
    }
    CHECK(cuts > 10);
    CHECK(bytes < photo.size() + 120 * (cuts + 1));
  };
  carry_in_pieces(pair.here, pair.ouinhi, true);
  carry_in_pieces(pair.there, pair.laarne, false);
  CHECK(pair.there.files.read(hash_of(photo), 0, photo.size()) == photo);
}

TEST_CASE("a photo that the relay has already costs its name") {
  Partners pair;
  auto photo = noise(150'000);
  pair.here.bring(pair.country.space, photo);
  pair.there.bring(pair.country.space, photo);
  REQUIRE(pair.way.carry(pair.here, pair.ouinhi));
  REQUIRE(pair.way.carry(pair.there, pair.laarne));
  CHECK(pair.there.done.contains(hash_of(photo)));
  CHECK(pair.way.bytes_up < 100);
}

TEST_CASE("words that are written in the middle of a photo end the request at the next part") {
  Partners pair;
  pair.here.bring(pair.country.space, noise(500'000));
  MediaWay::Wire wire{.up = {}, .down = {}, .meanwhile = [&](const MediaWay::Wire& so_far) { pair.here.has_words = so_far.up.size() > 50'000; }};
  CHECK(pair.way.request(pair.here, pair.ouinhi, wire) == Outcome::again);
  CHECK(wire.up.size() < 80'000);
  auto held = pair.at_relay().held(hash_of(noise(500'000)), pair.ouinhi);
  CHECK(held > 40'000);
}

TEST_CASE("many photos go one behind the other, each acknowledged when it is whole") {
  Partners pair;
  for (std::uint64_t n = 0; n < 30; ++n) pair.here.bring(pair.country.space, noise(5'000 + 100 * n, n));
  REQUIRE(pair.way.carry(pair.here, pair.ouinhi));
  CHECK(pair.here.done.size() == 30);
  CHECK(pair.country.store->media(pair.country.space).size() == 30);
}

TEST_CASE("what is not what its name says is thrown away, and the sender told") {
  Partners pair;
  auto photo = noise(20'000);
  pair.here.bring(pair.country.space, photo);
  auto file = pair.here.files.file(hash_of(photo));
  std::filesystem::resize_file(file, 19'999);
  std::filesystem::resize_file(file, 20'000);  // its last byte is another now
  REQUIRE(pair.way.carry(pair.here, pair.ouinhi));
  CHECK(pair.here.refused.at(hash_of(photo)).code == Code::malformed);
  CHECK_FALSE(pair.at_relay().has(hash_of(photo)));
  CHECK(pair.at_relay().held(hash_of(photo), pair.ouinhi) == 0);
}

TEST_CASE("a photo that the disk does not give, here or at the relay, or that is cut short while it goes, is passed over, and those behind it go", "[file]") {
  Partners pair;
  auto broken = noise(100'000, 1), sound = noise(20'000, 2);
  auto spoil = [](FileBlobs& files, const std::string& photo) {
    std::filesystem::remove(files.file(hash_of(photo)));
    std::filesystem::create_directories(files.file(hash_of(photo)));
  };
  MediaWay::Wire wire;
  for (auto* photo : {&broken, &sound}) pair.here.bring(pair.country.space, *photo);
  SECTION("here") { spoil(pair.here.files, broken); }
  SECTION("here, half-way") {
    wire.meanwhile = [&](const MediaWay::Wire& so_far) {
      if (so_far.up.size() > 50'000) std::filesystem::resize_file(pair.here.files.file(hash_of(broken)), 30'000);
    };
  }
  SECTION("at the relay") { spoil(dynamic_cast<FileBlobs&>(pair.at_relay()), broken); }
  CHECK(pair.way.request(pair.here, pair.ouinhi, wire) == Outcome::done);
  CHECK(pair.here.refused.contains(hash_of(broken)));
  CHECK(pair.here.done == std::set<BlobHash>{hash_of(sound)});
  spoil(dynamic_cast<FileBlobs&>(pair.at_relay()), broken);
  for (auto* photo : {&broken, &sound}) pair.there.fetch(pair.country.space, *photo);
  REQUIRE(pair.way.carry(pair.there, pair.laarne));
  CHECK(pair.there.refused.at(hash_of(broken)).code == Code::not_found);
  CHECK(pair.there.done == std::set<BlobHash>{hash_of(sound)});
}

TEST_CASE("what had come to its last byte when the power went is held against its name the next time, at the relay and on the device") {
  Partners pair;
  auto photo = noise(5'000), other = photo;
  auto name = hash_of(photo);
  other.back() ^= 1;
  bool is_it = GENERATE(true, false);
  pair.at_relay().append(name, pair.ouinhi, is_it ? photo : other);
  pair.here.bring(pair.country.space, photo);
  REQUIRE(pair.way.carry(pair.here, pair.ouinhi));
  CHECK(pair.at_relay().read(name, 0, 5'001) == photo);
  CHECK(pair.country.store->media(pair.country.space).size() == 1);
  CHECK((pair.way.bytes_up < 200) == is_it);
  pair.there.files.append(name, {}, is_it ? photo : other);
  pair.there.fetch(pair.country.space, photo);
  REQUIRE(pair.way.carry(pair.there, pair.laarne));
  CHECK(pair.there.done.contains(name));
  CHECK(pair.there.files.read(name, 0, 5'001) == photo);
  CHECK((pair.way.bytes_down < 200) == is_it);
}

TEST_CASE("a photo that is at the relay under another length is no photo that it has") {
  Partners pair;
  auto photo = noise(5'000);
  pair.here.bring(pair.country.space, photo);
  REQUIRE(pair.way.carry(pair.here, pair.ouinhi));
  for (std::int64_t bytes : {4'999, 5'001}) {
    pair.there.jobs.push_back({true, pair.country.space, hash_of(photo), bytes});
    REQUIRE(pair.way.carry(pair.there, pair.laarne));
    CHECK(pair.there.refused.at(hash_of(photo)).code == Code::malformed);
  }
}

TEST_CASE("a damaged upload of one device is not in another's way") {
  Partners pair;
  auto photo = noise(20'000);
  pair.here.bring(pair.country.space, photo);
  MediaWay::Wire wire{.up = {}, .down = {}, .cut_up = 10'000};
  pair.way.request(pair.here, pair.ouinhi, wire);
  pair.at_relay().append(hash_of(photo), pair.ouinhi, "something else");
  pair.there.bring(pair.country.space, photo);
  REQUIRE(pair.way.carry(pair.there, pair.laarne));
  CHECK(pair.at_relay().has(hash_of(photo)));
}

TEST_CASE("who only reads brings no media, who is no member fetches none, and both are told why") {
  Partners pair;
  auto photo = noise(20'000);
  auto role = GENERATE(Role::reader, Role::none);
  pair.there.bring(pair.country.space, photo);
  REQUIRE(pair.way.carry(pair.there, pair.laarne));
  pair.set_role(role);
  pair.here.bring(pair.country.space, noise(10'000));
  pair.here.fetch(pair.country.space, photo);
  REQUIRE(pair.way.carry(pair.here, pair.ouinhi));
  CHECK(pair.here.refused.at(hash_of(noise(10'000))).code == (role == Role::reader ? Code::reads_only : Code::no_member));
  CHECK(pair.here.done.contains(hash_of(photo)) == (role == Role::reader));
}

TEST_CASE("who was removed from a space, or came to read only, brings what a row names that they wrote there, and nothing else") {
  Partners pair;
  auto role = GENERATE(Role::reader, Role::none);
  auto name = [](const std::string& bytes, std::int64_t more = 0) { return text_of({"image/jpeg", static_cast<std::int64_t>(bytes.size()) + more, hash_of(bytes)}); };
  auto mine = noise(5'000, 1), theirs = noise(5'000, 2), deleted = noise(5'000, 3), longer = noise(5'000, 4), full = noise(5'000, 5);
  auto& device = pair.country.device(1);
  auto& other = pair.country.device(2);
  auto write = [](Device& by, const std::string& text) { by.sql("INSERT INTO book(space,shelf,title) SELECT 1,id,'" + text + "' FROM shelf LIMIT 1"); };
  for (auto* each : {&device, &other}) each->sql("INSERT INTO shelf(space,name) VALUES(1,'A')");
  for (auto& text : {name(mine), name(deleted), name(longer, 1), name(full)}) write(device, text);
  device.sql("DELETE FROM book WHERE title='" + name(deleted) + "'");
  write(other, name(theirs));
  pair.country.settle();
  pair.set_role(role);
  for (auto* photo : {&mine, &theirs, &deleted, &longer}) pair.here.bring(pair.country.space, *photo);
  REQUIRE(pair.way.carry(pair.here, pair.ouinhi));
  CHECK(pair.here.done == std::set<BlobHash>{hash_of(mine)});
  for (auto* photo : {&theirs, &deleted, &longer}) CHECK(pair.here.refused.at(hash_of(*photo)).code == (role == Role::reader ? Code::reads_only : Code::no_member));
  Accounts(pair.country.store->database()).set_quota(Quota::media, 9'999, pair.country.space);
  pair.here.bring(pair.country.space, full);
  REQUIRE(pair.way.carry(pair.here, pair.ouinhi));
  CHECK(pair.here.refused.at(hash_of(full)).code == Code::space_full);
}

TEST_CASE("a space holds as many bytes of media as it may, and not one more, however many are on their way") {
  Partners pair;
  Accounts(pair.country.store->database()).set_quota(Quota::media, 30'000, pair.country.space);
  pair.here.bring(pair.country.space, noise(10'000, 1));
  pair.here.bring(pair.country.space, noise(20'000, 2));
  pair.here.bring(pair.country.space, noise(1, 3));
  REQUIRE(pair.way.carry(pair.here, pair.ouinhi));
  CHECK(pair.here.done.size() == 2);
  CHECK(pair.here.refused.at(hash_of(noise(1, 3))).code == Code::space_full);
}

TEST_CASE("a blob of the greatest size is taken, and one byte more is refused before it is sent") {
  Partners pair;
  pair.here.jobs = {{true, pair.country.space, hash_of("a"), max_media_bytes}, {true, pair.country.space, hash_of("b"), max_media_bytes + 1}};
  REQUIRE(pair.way.carry(pair.here, pair.ouinhi));
  CHECK(pair.here.refused.size() == 2);
  CHECK(pair.here.refused.at(hash_of("a")).code == Code::not_found);  // it was taken, and then not here
  CHECK(pair.here.refused.at(hash_of("b")).code == Code::too_large);
}

TEST_CASE("media that no living row names go after their time, and those that a row names stay") {
  Partners pair;
  auto named = noise(5'000, 1), forgotten = noise(5'000, 2);
  pair.here.bring(pair.country.space, named);
  pair.here.bring(pair.country.space, forgotten);
  REQUIRE(pair.way.carry(pair.here, pair.ouinhi));
  auto& device = pair.country.device(1);
  device.sql("INSERT INTO book(id,space,shelf,title) VALUES(NULL,1,NULL,'" + text_of({"image/jpeg", 5'000, hash_of(named)}) + "')");
  device.sql("INSERT INTO shelf(space,name) VALUES(1,'A'); INSERT INTO book(space,shelf,title) SELECT 1,id,'" + text_of({"image/jpeg", 5'000, hash_of(named)}) + "' FROM shelf");
  REQUIRE(pair.country.sync(device));
  auto collect = [&](std::int64_t days) {
    pair.country.store->begin(true);
    auto collected = pair.country.store->collect_media(pair.country.space, pair.way.now + days * 86'400, 30 * 86'400);
    pair.country.store->commit();
    return collected.blobs;
  };
  CHECK(collect(0) == 0);
  CHECK(collect(29) == 0);
  CHECK(collect(30) == 1);
  CHECK(pair.at_relay().has(hash_of(named)));
  CHECK_FALSE(pair.at_relay().has(hash_of(forgotten)));
  device.sql("DELETE FROM book");
  REQUIRE(pair.country.sync(device));
  CHECK(collect(31) == 0);
  CHECK(collect(61) == 1);
  CHECK(pair.country.store->media(pair.country.space).empty());
}

TEST_CASE("the bearer of another device, or none, brings and fetches nothing") {
  Partners pair;
  pair.country.bearer = bearer_of({Peer::Kind::device, pair.laarne.value, 0}, std::string(32, 'x'));
  pair.here.bring(pair.country.space, noise(5'000));
  MediaWay::Wire wire;
  CHECK(pair.way.request(pair.here, pair.ouinhi, wire) == Outcome::failed);
  CHECK(pair.way.error.code == Code::not_allowed);
}

TEST_CASE("media are sealed in even pieces, of one packet at first and larger ones the longer the link has held, but never larger than they are") {
  CHECK(piece_of(1, 0) == 1);
  CHECK(piece_of(2'000, 0) == 2'000);
  CHECK(piece_of(2'700, 0) == 1'350);
  CHECK(piece_of(4'001, 0) == 1'334);
  CHECK(piece_of(100'000, 31'000) == 1'352);  // from here on the root of 58 times what has passed
  CHECK(piece_of(100'000, 4'000'000) == 14'286);
  CHECK(piece_of(10'000, 4'000'000) == 10'000);
}

TEST_CASE("a request begins with as much on its way as the last one had at its end, between the least that there may be and a first guess") {
  Partners pair;
  auto begins_with = [&](double window) {
    pair.there.fetch(pair.country.space, noise(100'000));
    MediaSession session(pair.there, pair.laarne, {.seconds = [] { return 1.0; }, .window = window});
    std::size_t asked = 0;
    while (!session.produce().empty()) ++asked;
    CHECK(asked >= 2);  // a link that waits for each answer stands still
    CHECK(asked <= 3);
    return session.window();
  };
  CHECK(begins_with(0) == 8'000);
  CHECK(begins_with(4'999) == 5'000);
  CHECK(begins_with(6'000) == 6'000);
  CHECK(begins_with(500'000) == 8'000);  // on another link it would be minutes
}
