#include <catch2/catch.hpp>

#include "server/accounts.hpp"
#include "tests/media_way.hpp"

using namespace carnet;
using namespace carnet::test;
using Outcome = Conversation::Outcome;

namespace {

struct Visit {
  Country country;
  MediaWay way{country};
  DeviceId ouinhi = country.device(1).replica->device(), laarne = country.device(2).replica->device();
  Carried here{country.dir.file("ouinhi.media")}, there{country.dir.file("laarne.media")};

  Blobs& at_relay() { return country.store->blobs(country.space); }
  void set_role(Role role) {
    Accounts accounts(country.store->database());
    accounts.set_role(accounts.person("device1"), country.space, role, way.now);
  }
};

}  // namespace

TEST_CASE("a photo goes up, comes down at the partner's, and is the same to the byte") {
  Visit visit;
  auto photo = noise(150'000);
  visit.here.bring(visit.country.space, photo);
  REQUIRE(visit.way.carry(visit.here, visit.ouinhi));
  CHECK(visit.here.done.contains(hash_of(photo)));
  CHECK(visit.way.bytes_up < photo.size() + 1'500);
  visit.there.fetch(visit.country.space, photo);
  REQUIRE(visit.way.carry(visit.there, visit.laarne));
  CHECK(visit.there.files.read(hash_of(photo), 0, photo.size()) == photo);
}

TEST_CASE("a photo that is cut at any byte, either way, goes on there, and costs little more than uncut") {
  Visit visit;
  auto photo = noise(30'000);
  std::uint64_t seed = GENERATE(1u, 2u, 3u);
  std::size_t up = 0, down = 0, cuts = 0;
  auto random = [&](std::size_t most) { return 200 + static_cast<std::size_t>((seed = seed * 6364136223846793005u + 1) >> 33) % most; };
  for (; !visit.here.done.contains(hash_of(photo)) && cuts < 100; ++cuts) {
    visit.here.jobs.clear();
    visit.here.bring(visit.country.space, photo);
    MediaWay::Wire wire{.up = {}, .down = {}, .cut_up = random(3'000)};
    visit.way.request(visit.here, visit.ouinhi, wire);
    up += wire.up.size();
  }
  CHECK(cuts > 10);
  CHECK(up < photo.size() + 120 * (cuts + 1));
  for (cuts = 0; !visit.there.done.contains(hash_of(photo)) && cuts < 100; ++cuts) {
    visit.there.jobs.clear();
    visit.there.fetch(visit.country.space, photo);
    MediaWay::Wire wire{.up = {}, .down = {}, .cut_down = random(3'000)};
    visit.way.request(visit.there, visit.laarne, wire);
    down += wire.down.size();
  }
  CHECK(cuts > 10);
  CHECK(down < photo.size() + 120 * (cuts + 1));
  CHECK(visit.there.files.read(hash_of(photo), 0, photo.size()) == photo);
}

TEST_CASE("a photo that the relay has already costs its name") {
  Visit visit;
  auto photo = noise(150'000);
  visit.here.bring(visit.country.space, photo);
  visit.there.bring(visit.country.space, photo);
  REQUIRE(visit.way.carry(visit.here, visit.ouinhi));
  REQUIRE(visit.way.carry(visit.there, visit.laarne));
  CHECK(visit.there.done.contains(hash_of(photo)));
  CHECK(visit.way.bytes_up < 100);
}

TEST_CASE("words that are written in the middle of a photo end the request at the next part") {
  Visit visit;
  visit.here.bring(visit.country.space, noise(500'000));
  MediaWay::Wire wire{.up = {}, .down = {}, .meanwhile = [&](const MediaWay::Wire& so_far) { visit.here.has_words = so_far.up.size() > 50'000; }};
  CHECK(visit.way.request(visit.here, visit.ouinhi, wire) == Outcome::again);
  CHECK(wire.up.size() < 80'000);
  auto held = visit.at_relay().held(hash_of(noise(500'000)), visit.ouinhi);
  CHECK(held > 40'000);
}

TEST_CASE("many photos go one behind the other, each acknowledged when it is whole") {
  Visit visit;
  for (std::uint64_t n = 0; n < 30; ++n) visit.here.bring(visit.country.space, noise(5'000 + 100 * n, n));
  REQUIRE(visit.way.carry(visit.here, visit.ouinhi));
  CHECK(visit.here.done.size() == 30);
  CHECK(visit.country.store->media(visit.country.space).size() == 30);
}

TEST_CASE("what is not what its name says is thrown away, and the sender told") {
  Visit visit;
  auto photo = noise(20'000);
  visit.here.bring(visit.country.space, photo);
  auto file = visit.here.files.file(hash_of(photo));
  std::filesystem::resize_file(file, 19'999);
  std::filesystem::resize_file(file, 20'000);  // its last byte is another now
  REQUIRE(visit.way.carry(visit.here, visit.ouinhi));
  CHECK(visit.here.refused.at(hash_of(photo)).code == Code::malformed);
  CHECK_FALSE(visit.at_relay().has(hash_of(photo)));
  CHECK(visit.at_relay().held(hash_of(photo), visit.ouinhi) == 0);
}

TEST_CASE("what had come to its last byte when the power went is held against its name the next time, at the relay and on the device") {
  Visit visit;
  auto photo = noise(5'000), other = photo;
  auto name = hash_of(photo);
  other.back() ^= 1;
  bool is_it = GENERATE(true, false);
  visit.at_relay().append(name, visit.ouinhi, is_it ? photo : other);
  visit.here.bring(visit.country.space, photo);
  REQUIRE(visit.way.carry(visit.here, visit.ouinhi));
  CHECK(visit.at_relay().read(name, 0, 5'001) == photo);
  CHECK(visit.country.store->media(visit.country.space).size() == 1);
  CHECK((visit.way.bytes_up < 200) == is_it);
  visit.there.files.append(name, {}, is_it ? photo : other);
  visit.there.fetch(visit.country.space, photo);
  REQUIRE(visit.way.carry(visit.there, visit.laarne));
  CHECK(visit.there.done.contains(name));
  CHECK(visit.there.files.read(name, 0, 5'001) == photo);
  CHECK((visit.way.bytes_down < 200) == is_it);
}

TEST_CASE("a photo that is at the relay under another length is no photo that it has") {
  Visit visit;
  auto photo = noise(5'000);
  visit.here.bring(visit.country.space, photo);
  REQUIRE(visit.way.carry(visit.here, visit.ouinhi));
  for (std::int64_t bytes : {4'999, 5'001}) {
    visit.there.jobs.push_back({true, visit.country.space, hash_of(photo), bytes});
    REQUIRE(visit.way.carry(visit.there, visit.laarne));
    CHECK(visit.there.refused.at(hash_of(photo)).code == Code::malformed);
  }
}

TEST_CASE("a damaged upload of one device is not in another's way") {
  Visit visit;
  auto photo = noise(20'000);
  visit.here.bring(visit.country.space, photo);
  MediaWay::Wire wire{.up = {}, .down = {}, .cut_up = 10'000};
  visit.way.request(visit.here, visit.ouinhi, wire);
  visit.at_relay().append(hash_of(photo), visit.ouinhi, "something else");
  visit.there.bring(visit.country.space, photo);
  REQUIRE(visit.way.carry(visit.there, visit.laarne));
  CHECK(visit.at_relay().has(hash_of(photo)));
}

TEST_CASE("who only reads brings no media, who is no member fetches none, and both are told why") {
  Visit visit;
  auto photo = noise(20'000);
  auto role = GENERATE(Role::reader, Role::none);
  visit.there.bring(visit.country.space, photo);
  REQUIRE(visit.way.carry(visit.there, visit.laarne));
  visit.set_role(role);
  visit.here.bring(visit.country.space, noise(10'000));
  visit.here.fetch(visit.country.space, photo);
  REQUIRE(visit.way.carry(visit.here, visit.ouinhi));
  CHECK(visit.here.refused.at(hash_of(noise(10'000))).code == (role == Role::reader ? Code::reads_only : Code::no_member));
  CHECK(visit.here.done.contains(hash_of(photo)) == (role == Role::reader));
}

TEST_CASE("a space holds as many bytes of media as it may, and not one more, however many are on their way") {
  Visit visit;
  Accounts(visit.country.store->database()).set_quota(Quota::media, 30'000, visit.country.space);
  visit.here.bring(visit.country.space, noise(10'000, 1));
  visit.here.bring(visit.country.space, noise(20'000, 2));
  visit.here.bring(visit.country.space, noise(1, 3));
  REQUIRE(visit.way.carry(visit.here, visit.ouinhi));
  CHECK(visit.here.done.size() == 2);
  CHECK(visit.here.refused.at(hash_of(noise(1, 3))).code == Code::space_full);
}

TEST_CASE("a blob of the greatest size is taken, and one byte more is refused before it is sent") {
  Visit visit;
  visit.here.jobs = {{true, visit.country.space, hash_of("a"), max_media_bytes}, {true, visit.country.space, hash_of("b"), max_media_bytes + 1}};
  REQUIRE(visit.way.carry(visit.here, visit.ouinhi));
  CHECK(visit.here.refused.size() == 2);
  CHECK(visit.here.refused.at(hash_of("a")).code == Code::not_found);  // it was taken, and then not here
  CHECK(visit.here.refused.at(hash_of("b")).code == Code::too_large);
}

TEST_CASE("media that no living row names go after their time, and those that a row names stay") {
  Visit visit;
  auto named = noise(5'000, 1), forgotten = noise(5'000, 2);
  visit.here.bring(visit.country.space, named);
  visit.here.bring(visit.country.space, forgotten);
  REQUIRE(visit.way.carry(visit.here, visit.ouinhi));
  auto& device = visit.country.device(1);
  device.sql("INSERT INTO book(id,space,shelf,title) VALUES(NULL,1,NULL,'" + text_of({"image/jpeg", 5'000, hash_of(named)}) + "')");
  device.sql("INSERT INTO shelf(space,name) VALUES(1,'A'); INSERT INTO book(space,shelf,title) SELECT 1,id,'" + text_of({"image/jpeg", 5'000, hash_of(named)}) + "' FROM shelf");
  REQUIRE(visit.country.sync(device));
  auto collect = [&](std::int64_t days) {
    visit.country.store->begin(true);
    auto collected = visit.country.store->collect_media(visit.country.space, visit.way.now + days * 86'400, 30 * 86'400);
    visit.country.store->commit();
    return collected.blobs;
  };
  CHECK(collect(0) == 0);
  CHECK(collect(29) == 0);
  CHECK(collect(30) == 1);
  CHECK(visit.at_relay().has(hash_of(named)));
  CHECK_FALSE(visit.at_relay().has(hash_of(forgotten)));
  device.sql("DELETE FROM book");
  REQUIRE(visit.country.sync(device));
  CHECK(collect(31) == 0);
  CHECK(collect(61) == 1);
  CHECK(visit.country.store->media(visit.country.space).empty());
}

TEST_CASE("the bearer of another device, or none, brings and fetches nothing") {
  Visit visit;
  visit.country.bearer = bearer_of({Peer::Kind::device, visit.laarne.value, 0}, std::string(32, 'x'));
  visit.here.bring(visit.country.space, noise(5'000));
  MediaWay::Wire wire;
  CHECK(visit.way.request(visit.here, visit.ouinhi, wire) == Outcome::failed);
  CHECK(visit.way.error.code == Code::not_allowed);
}
