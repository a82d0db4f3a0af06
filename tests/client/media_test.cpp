#include <catch2/catch.hpp>

#include <fmt/format.h>

#include "client/media.hpp"
#include "client/sync_run.hpp"
#include "core/domain.hpp"
#include "server/accounts.hpp"
#include "tests/live_relay.hpp"
#include "tests/noise.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

class Partnership {
 public:
  LiveRelay relay{{}, domain()};
  std::unique_ptr<Device> ouinhi = relay.device(), laarne = relay.device();

  // A photo on a row, as the pages make it: a small file for the network and the original.
  std::int64_t take(Device& device, const std::string& medium, const std::string& original = {}) {
    MediaShelf shelf(*device.replica);
    auto name = [&](const std::string& bytes) { return bytes.empty() ? std::string("NULL") : "'" + text_of(*shelf.put("image/jpeg", bytes)) + "'"; };
    REQUIRE(device.sql(fmt::format("INSERT INTO media(space,about,about_table,kind,medium,original) VALUES({},1,1,'photo',{},{})", relay.space.value, name(medium), name(original))) == "");
    return std::stoll(device.get("SELECT max(id) FROM media"));
  }
  std::string photo(Device& device, const std::string& bytes) { return MediaShelf(*device.replica).files().read(hash_of(bytes), 0, bytes.size()); }
  SyncRun sync(Device& device, std::optional<std::int64_t> left = {}) {
    Watch watch;
    if (left) watch.left = [left] { return *left; };
    auto run = carnet::sync(*device.replica, watch);
    INFO((run.error ? run.error->text : ""));
    REQUIRE(run);
    return run;
  }
};

constexpr std::int64_t plenty = 1'000'000'000;  // bytes of a metered link

}  // namespace

TEST_CASE("a photo taken here is seen at the partner's after both have synced") {
  Partnership pair;
  auto medium = noise(150'000);
  pair.take(*pair.ouinhi, medium);
  CHECK(pair.sync(*pair.ouinhi).media.up == 1);
  CHECK(pair.sync(*pair.laarne).media.down == 1);
  CHECK(pair.photo(*pair.laarne, medium) == medium);
  CHECK(pair.sync(*pair.ouinhi).media.up == 0);
}

TEST_CASE("over a paid link an original waits until somebody asks for it, and then comes to who asked") {
  Partnership pair;
  auto medium = noise(10'000, 1), original = noise(300'000, 2);
  auto row = pair.take(*pair.ouinhi, medium, original);
  CHECK(pair.sync(*pair.ouinhi, plenty).media.up == 1);
  CHECK(pair.sync(*pair.laarne, plenty).media.down == 1);
  pair.laarne->sql(fmt::format("UPDATE media SET original_wanted=1 WHERE id={}", row));
  REQUIRE(MediaShelf(*pair.laarne->replica).ask_for(hash_of(original)));
  pair.sync(*pair.laarne, plenty);
  CHECK(pair.sync(*pair.ouinhi, plenty).media.up == 1);
  pair.laarne->replica->database().exec("UPDATE carnet_blob SET again=0");  // an hour later
  CHECK(pair.sync(*pair.laarne, plenty).media.down == 1);
  CHECK(pair.photo(*pair.laarne, original) == original);
}

TEST_CASE("over a link that costs nothing originals go by themselves") {
  Partnership pair;
  pair.take(*pair.ouinhi, noise(10'000, 1), noise(300'000, 2));
  CHECK(pair.sync(*pair.ouinhi).media.up == 2);
}

TEST_CASE("what is small goes before what is large, and the budget ends it at a part, to go on from there") {
  Partnership pair;
  pair.take(*pair.ouinhi, noise(200'000, 1));
  pair.take(*pair.ouinhi, noise(20'000, 2));
  Watch watch;
  std::int64_t moved = 0;
  watch.moved = [&](const Traffic& traffic) { moved = traffic.up + traffic.down; };
  watch.left = [&] { return 80'000 - moved; };
  auto run = sync(*pair.ouinhi->replica, watch);
  CHECK(run.lacked > 0);
  CHECK(run.media.up == 1);
  CHECK(moved <= 80'000);
  CHECK(pair.relay.store->blobs(pair.relay.space).has(hash_of(noise(20'000, 2))));
  auto again = pair.sync(*pair.ouinhi);
  CHECK(again.media.up == 1);
  CHECK(again.media.bytes_up < 170'000);
}

TEST_CASE("with the setting fetch_media on asked, media of others come when somebody asks for them") {
  Partnership pair;
  auto medium = noise(10'000);
  pair.take(*pair.ouinhi, medium);
  pair.sync(*pair.ouinhi);
  pair.laarne->replica->set("fetch_media", "asked");
  CHECK(pair.sync(*pair.laarne).media.down == 0);
  REQUIRE(MediaShelf(*pair.laarne->replica).ask_for(hash_of(medium)));
  CHECK(pair.sync(*pair.laarne).media.down == 1);
}

TEST_CASE("what the relay refuses is told with its reason, stays here, and goes the next night when there is room") {
  Partnership pair;
  Accounts accounts(pair.relay.store->database());
  accounts.set_quota(Quota::media, 5'000);
  auto medium = noise(10'000);
  pair.take(*pair.ouinhi, medium);
  CHECK(pair.sync(*pair.ouinhi).media_refused == 1);
  MediaShelf shelf(*pair.ouinhi->replica);
  CHECK(shelf.items().front().why.find("media-bytes") != std::string::npos);
  CHECK(pair.photo(*pair.ouinhi, medium) == medium);
  CHECK(pair.sync(*pair.ouinhi).media_refused == 0);  // not asked again at once
  accounts.set_quota(Quota::media, 50'000);
  pair.ouinhi->replica->database().exec("UPDATE carnet_blob SET again=0");
  CHECK(pair.sync(*pair.ouinhi).media.up == 1);
}

TEST_CASE("what was refused while the clock was years ahead goes the next night all the same") {
  Partnership pair;
  pair.take(*pair.ouinhi, noise(10'000));
  MediaShelf shelf(*pair.ouinhi->replica);
  constexpr std::int64_t now = 1'741'600'000, years = 30 * 365 * 86'400LL;
  REQUIRE(shelf.plan(true, now + years));
  shelf.declined(*shelf.next(), {Code::space_full, "no room"});
  CHECK_FALSE(shelf.plan(true, now + years + 3'600));
  CHECK(shelf.plan(true, now + 86'400));
}

TEST_CASE("a relay that lives another life is brought the media again") {
  Partnership pair;
  pair.take(*pair.ouinhi, noise(10'000));
  pair.sync(*pair.ouinhi);
  pair.ouinhi->replica->set("epoch", "77");
  CHECK(MediaShelf(*pair.ouinhi->replica).plan(true, 0));
}

TEST_CASE("a file of the greatest size is taken, one byte more is refused, and so is what pages cannot show") {
  Partnership pair;
  MediaShelf shelf(*pair.ouinhi->replica);
  std::string bytes(max_media_bytes, 'x');
  CHECK(shelf.put("video/webm", bytes));
  CHECK(shelf.put("video/webm", bytes + "x").error().code == Code::too_large);
  for (auto* type : {"text/html", "image/", "image/svg xml", ""}) CHECK(shelf.put(type, "x").error().code == Code::invalid);
}

TEST_CASE("a file that no row names goes after thirty days, and one of a row stays, sent or not") {
  Partnership pair;
  auto kept = noise(5'000, 1), dropped = noise(5'000, 2);
  pair.take(*pair.ouinhi, kept);
  auto row = pair.take(*pair.ouinhi, dropped);
  MediaShelf shelf(*pair.ouinhi->replica);
  pair.ouinhi->sql(fmt::format("DELETE FROM media WHERE id={}", row));
  constexpr std::int64_t day = 86'400;
  for (int days = 0; days < 30; ++days) shelf.collect(days * day);
  for (auto [now, stands] : {std::pair(30 * day - 1, true), {30 * day, false}}) {
    shelf.collect(now);
    CHECK(shelf.files().has(hash_of(dropped)) == stands);
    CHECK(shelf.files().has(hash_of(kept)));
  }
}

TEST_CASE("a clock that jumps, back or ahead, throws away no file that no row names, and thirty days of use do") {
  Partnership pair;
  auto medium = noise(1'000, 1);
  auto row = pair.take(*pair.ouinhi, medium);
  pair.ouinhi->sql(fmt::format("DELETE FROM media WHERE id={}", row));
  MediaShelf shelf(*pair.ouinhi->replica);
  constexpr std::int64_t day = 86'400, today = 20'000 * day;
  for (auto clock : {today, std::int64_t{0}, today + day, 40 * 365 * day, today + 2 * day}) {
    shelf.collect(clock);
    CHECK(pair.photo(*pair.ouinhi, medium) == medium);
  }
  for (int days = 3; days <= 32; ++days) shelf.collect(today + days * day);
  CHECK(pair.photo(*pair.ouinhi, medium).empty());
}

TEST_CASE("media of a space that was given up go from this device at once") {
  Partnership pair;
  auto medium = noise(5'000);
  pair.take(*pair.ouinhi, medium);
  pair.sync(*pair.ouinhi);
  pair.ouinhi->replica->evict(pair.relay.space, {Code::no_member, "left"});
  pair.ouinhi->replica->unset("media_tidied");  // the next day
  (void)carnet::sync(*pair.ouinhi->replica);
  CHECK_FALSE(MediaShelf(*pair.ouinhi->replica).files().has(hash_of(medium)));
}

TEST_CASE("a photo of a row that the relay did not take stays as long as the row is kept aside") {
  Partnership pair;
  auto medium = noise(5'000);
  Accounts accounts(pair.relay.store->database());
  accounts.set_role(accounts.person("device1"), pair.relay.space, Role::reader, 1);
  pair.take(*pair.ouinhi, medium);
  (void)carnet::sync(*pair.ouinhi->replica);
  REQUIRE(pair.ouinhi->replica->quarantined().size() == 1);
  pair.ouinhi->replica->evict(pair.relay.space, {Code::no_member, "left"});
  MediaShelf shelf(*pair.ouinhi->replica);
  for (int day = 0; day <= 40; ++day) shelf.collect(day * std::int64_t{86'400});
  CHECK(shelf.files().has(hash_of(medium)));
}

TEST_CASE("who was removed from a space, or came to read only, brings the photos of rows that they wrote before and that are taken now") {
  Partnership pair;
  Accounts accounts(pair.relay.store->database());
  auto role = GENERATE(Role::reader, Role::none);
  auto medium = noise(5'000, 1), original = noise(50'000, 2), late = noise(5'000, 3);
  pair.sync(*pair.ouinhi);
  pair.take(*pair.ouinhi, medium, original);
  accounts.set_role(accounts.person("device1"), pair.relay.space, role, std::time(nullptr));
  auto run = pair.sync(*pair.ouinhi);
  CHECK(run.report.refused == 0);
  CHECK(run.report.given_up.size() == (role == Role::none ? 1 : 0));
  CHECK(run.media.up == 2);
  CHECK(run.media_refused == 0);
  CHECK(pair.relay.store->blobs(pair.relay.space).read(hash_of(original), 0, original.size()) == original);
  CHECK(pair.sync(*pair.laarne).media.down == 1);  // originals come when somebody asks
  CHECK(pair.photo(*pair.laarne, medium) == medium);
  CHECK(pair.sync(*pair.ouinhi).media.up == 0);
  if (role == Role::reader) return;
  MediaShelf(*pair.ouinhi->replica).collect(std::time(nullptr));
  CHECK_FALSE(MediaShelf(*pair.ouinhi->replica).files().has(hash_of(original)));  // it is not theirs any more
}

TEST_CASE("photos of a space that was given up wait for room and a link as others do") {
  Partnership pair;
  Accounts accounts(pair.relay.store->database());
  auto medium = noise(5'000, 1), original = noise(50'000, 2);
  pair.sync(*pair.ouinhi);
  pair.take(*pair.ouinhi, medium, original);
  accounts.set_role(accounts.person("device1"), pair.relay.space, Role::none, std::time(nullptr));
  accounts.set_quota(Quota::media, 54'999, pair.relay.space);
  CHECK(pair.sync(*pair.ouinhi, plenty).media.up == 1);  // the original waits for a link that costs nothing
  CHECK(pair.sync(*pair.ouinhi).media_refused == 1);     // there is no room
  accounts.set_quota(Quota::media, 55'000, pair.relay.space);
  MediaShelf(*pair.ouinhi->replica).collect(std::time(nullptr));
  pair.ouinhi->replica->database().exec("UPDATE carnet_blob SET again=0");
  CHECK(pair.sync(*pair.ouinhi).media.up == 1);
}

TEST_CASE("photos of a space that was given up are not offered again once the relay has said that no row names them") {
  Partnership pair;
  auto medium = noise(5'000);
  pair.sync(*pair.ouinhi);
  Accounts accounts(pair.relay.store->database());
  accounts.set_role(accounts.person("device1"), pair.relay.space, Role::none, 1);  // before anything was written
  pair.take(*pair.ouinhi, medium);
  CHECK(pair.sync(*pair.ouinhi).media_refused == 1);
  pair.ouinhi->replica->database().exec("UPDATE carnet_blob SET again=0");
  CHECK(pair.sync(*pair.ouinhi).media_refused == 0);
}

TEST_CASE("a photo whose row was deleted and comes back is brought again, since the relay may have thrown it away") {
  Partnership pair;
  auto row = pair.take(*pair.ouinhi, noise(5'000));
  CHECK(pair.sync(*pair.ouinhi).media.up == 1);
  pair.ouinhi->sql(fmt::format("DELETE FROM media WHERE id={}", row));
  pair.sync(*pair.ouinhi);
  MediaShelf(*pair.ouinhi->replica).collect(1);
  REQUIRE(pair.ouinhi->replica->revive({TableId{domain().find("media")->number}, RowId{row}}));
  CHECK(pair.sync(*pair.ouinhi).media.up == 1);
}
