// Photos and the like at meetings: they come with the rows that name them, behind all words, go on at the byte where a link was cut, and nobody is given what
// is not theirs to see.
#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <filesystem>

#include "client/media.hpp"
#include "core/domain.hpp"
#include "server/accounts.hpp"
#include "sync/messages.hpp"
#include "tests/client/street.hpp"
#include "tests/lane.hpp"
#include "tests/link/link.hpp"
#include "tests/noise.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

struct PhotoLane : Lane {
  PhotoLane() : Lane(domain()) {
    media_of = [](Device& device) { return std::make_unique<MediaShelf>(*device.replica); };
  }
  std::int64_t take(Device& device, const std::string& medium, const std::string& original = {}, SpaceId where = {}) {
    MediaShelf shelf(*device.replica);
    auto name = [&](const std::string& bytes) { return bytes.empty() ? std::string("NULL") : "'" + text_of(*shelf.put("image/jpeg", bytes)) + "'"; };
    REQUIRE(device.sql(fmt::format("INSERT INTO media(space,about,about_table,kind,medium,original) VALUES({},1,1,'photo',{},{})", (where.value ? where : space).value, name(medium), name(original))) == "");
    return std::stoll(device.get("SELECT max(id) FROM media"));
  }
  std::string photo(Device& device, const std::string& bytes) { return MediaShelf(*device.replica).files().read(hash_of(bytes), 0, bytes.size()); }
  // So that its bytes cannot be read.
  void spoil(Device& device, const std::string& photo) {
    auto file = media_folder(device.replica->database().getFilename()) + "/" + hash_of(photo).file_name();
    std::filesystem::remove(file);
    std::filesystem::create_directory(file);
  }
  void note(Device& device, const std::string& subject) { REQUIRE(device.sql(fmt::format("INSERT INTO exchange(space,kind,subject) VALUES({},'bilateral','{}')", space.value, subject)) == ""); }
  bool has_note(Device& device, const std::string& subject) { return device.get("SELECT count(*) FROM exchange WHERE subject='" + subject + "'") == "1"; }
};

// A member who keeps to no rule, once all words were said.
class Forger {
 public:
  Forger(PhotoLane& lane, Device& honest) : own_(lane.end_of(lane.cove, true)), honest_(lane.end_of(honest, false)) {
    for (int round = 0; round < 10 && !asked_; ++round) {
      REQUIRE(said_.feed(own_.produce()));
      for (auto message = said_.next(); message && *message; message = said_.next())
        if (!std::holds_alternative<Lacks>(*decode(**message, Direction::near, 0))) words_.put(**message);
      tell();
    }
    REQUIRE(asked_);
  }
  void say(const Message& message) {
    words_.put(encode(message, Direction::near, 0));
    tell();
  }
  Meeting& honest() { return honest_; }
  const Lacks& asked() const { return *asked_; }
  std::vector<Piece> pieces;  // that it was given

 private:
  void tell() {
    honest_.consume(words_.flush());
    for (auto bytes = honest_.produce(); !bytes.empty(); bytes = honest_.produce()) {
      if (!asked_) own_.consume(bytes);
      REQUIRE(heard_.feed(bytes));
      for (auto message = heard_.next(); message && *message; message = heard_.next()) {
        auto what = decode(**message, Direction::near, 0);
        REQUIRE(what);
        if (auto* lacks = std::get_if<Lacks>(&*what)) asked_ = *lacks;
        if (auto* piece = std::get_if<Piece>(&*what)) pieces.push_back(*piece);
      }
    }
  }

  Meeting own_, honest_;
  Unpacking said_, heard_;
  Packing words_;
  std::optional<Lacks> asked_;
};

}  // namespace

TEST_CASE("photos come with the rows of a meeting, both ways, and are given once") {
  PhotoLane lane;
  auto market = noise(150'000, 1), pump = noise(90'000, 2);
  lane.take(lane.ouinhi, market);
  lane.take(lane.cove, pump);
  auto met = lane.meet(lane.ouinhi, lane.cove);
  INFO(met.error);
  CHECK(met.is_whole);
  CHECK(lane.photo(lane.cove, market) == market);
  CHECK(lane.photo(lane.ouinhi, pump) == pump);
  CHECK(met.there.photos == 1);
  CHECK(met.there.photos_sent == 1);
  CHECK(met.back.photos == 1);
  CHECK(met.bytes < 245'000);
  auto second = lane.meet(lane.cove, lane.ouinhi);
  CHECK(second.there.photos + second.back.photos == 0);
  CHECK(second.bytes < 700);
}

TEST_CASE("a third device gets a photo from one that did not take it, and any of them may bring it to the relay") {
  PhotoLane lane;
  auto photo = noise(20'000, 3);
  lane.take(lane.ouinhi, photo);
  lane.meet(lane.ouinhi, lane.cove);
  CHECK(lane.meet(lane.cove, lane.laarne).back.photos == 1);
  CHECK(lane.photo(lane.laarne, photo) == photo);
  CHECK(MediaShelf(*lane.laarne.replica).waiting(true, std::time(nullptr)).up == 1);
}

TEST_CASE("a meeting that is cut among its photos keeps every piece that arrived, and the next one goes on there") {
  PhotoLane lane;
  auto market = noise(200'000, 1), pump = noise(130'000, 2);
  lane.take(lane.ouinhi, market);
  lane.take(lane.cove, pump);
  std::size_t bytes = 0;
  for (std::size_t cut = 30'000;; cut += 7'000) {
    auto met = lane.meet(lane.ouinhi, lane.cove, cut, 500);
    bytes += met.bytes;
    if (met.is_whole) break;
    REQUIRE(bytes < 3'000'000);
  }
  CHECK(lane.photo(lane.cove, market) == market);
  CHECK(lane.photo(lane.ouinhi, pump) == pump);
  CHECK(lane.are_equal(lane.ouinhi, lane.cove));
}

TEST_CASE("a meeting that is cut among its photos has shown all words before") {
  PhotoLane lane;
  lane.take(lane.ouinhi, noise(300'000, 1));
  lane.note(lane.cove, "Qui tient le registre ?");
  auto met = lane.meet(lane.ouinhi, lane.cove, 100'000);
  CHECK_FALSE(met.is_whole);
  CHECK(lane.has_note(lane.ouinhi, "Qui tient le registre ?"));
  CHECK(lane.are_equal(lane.ouinhi, lane.cove));
  CHECK(met.back.has_more);
}

TEST_CASE("an original comes to who asked for it, and no photo to a device that fetches none, but for those that it asks for") {
  PhotoLane lane;
  auto medium = noise(10'000, 1), original = noise(40'000, 2);
  lane.take(lane.ouinhi, medium, original);
  lane.cove.replica->set("fetch_media", "asked");
  lane.meet(lane.ouinhi, lane.cove);
  lane.meet(lane.ouinhi, lane.laarne);
  CHECK(lane.photo(lane.cove, medium).empty());
  CHECK(lane.photo(lane.laarne, medium) == medium);
  CHECK(lane.photo(lane.laarne, original).empty());
  REQUIRE(MediaShelf(*lane.cove.replica).ask_for(hash_of(original)));
  lane.meet(lane.cove, lane.ouinhi);
  CHECK(lane.photo(lane.cove, original) == original);
  CHECK(lane.photo(lane.cove, medium).empty());
}

TEST_CASE("what somebody asked for is asked for no more once a meeting brought it, also where the power went as its last byte came, and waits for no relay that refused it") {
  PhotoLane lane;
  auto photo = noise(10'000, 1);
  lane.take(lane.ouinhi, photo);
  lane.meet(lane.ouinhi, lane.cove, 3'000);
  MediaShelf shelf(*lane.cove.replica);
  REQUIRE(shelf.ask_for(hash_of(photo)));
  REQUIRE(shelf.plan(true, std::time(nullptr)));
  shelf.declined(*shelf.next(), {Code::not_found, "the relay does not have it yet"});
  if (GENERATE(true, false)) {
    shelf.files().drop(hash_of(photo), lane.cove.replica->device());
    shelf.files().append(hash_of(photo), lane.cove.replica->device(), photo);
  }
  lane.meet(lane.ouinhi, lane.cove);
  auto item = shelf.items().front();
  CHECK(item.here);
  CHECK_FALSE(item.asked);
  CHECK(item.why == "");
  CHECK(shelf.waiting(true, std::time(nullptr)).up == 1);
}

TEST_CASE("a photo that the disk does not give is passed over and said once, and those behind it come") {
  PhotoLane lane;
  auto broken = noise(1'000, 1), other = noise(1'001, 2), sound = noise(200'000, 3);
  for (auto* photo : {&broken, &other, &sound}) lane.take(lane.ouinhi, *photo);
  for (auto* photo : {&broken, &other}) lane.spoil(lane.ouinhi, *photo);
  auto met = lane.meet(lane.ouinhi, lane.cove);
  CHECK(met.is_whole);
  CHECK(lane.photo(lane.cove, sound) == sound);
  CHECK(met.there.photos_sent == 1);
  REQUIRE(met.there.refused.size() == 1);
  CHECK(met.there.refused.front().text.find("cannot be read here") != std::string::npos);
  CHECK_FALSE(met.there.has_more);
}

TEST_CASE("of more photos than one may ask for at a meeting the last come too, though nobody has the first") {
  PhotoLane lane;
  auto photo = noise(9'000, 1);
  lane.take(lane.ouinhi, photo);
  std::string rows = "BEGIN;";
  for (std::int64_t bytes = 1; bytes <= static_cast<std::int64_t>(max_lacks) + 1'000; ++bytes)
    rows += fmt::format("INSERT INTO media(space,about,about_table,kind,medium) VALUES({},1,1,'photo','{}');", lane.space.value, text_of(BlobName{"image/jpeg", bytes, hash_of(std::to_string(bytes))}));
  REQUIRE(lane.cove.sql(rows + "COMMIT") == "");
  for (char channel = 'a'; lane.photo(lane.cove, photo).empty(); ++channel) {
    REQUIRE(channel <= 'z');
    std::string binding(channel_bytes, channel);
    auto here = lane.end_of(lane.cove, true, binding), there = lane.end_of(lane.ouinhi, false, binding);
    MeetingLink link;
    hold(here, there, link);
  }
}

TEST_CASE("words that are written while photos are given end that, and the next meeting has them first and goes on") {
  PhotoLane lane;
  auto photo = noise(300'000, 1);
  lane.take(lane.ouinhi, photo);
  auto here = lane.end_of(lane.ouinhi, true), there = lane.end_of(lane.cove, false);
  std::size_t came = 0;
  for (bool moved = true; moved;) {
    auto up = here.produce(), down = there.produce();
    moved = !up.empty() || !down.empty();
    came += up.size();
    there.consume(up);
    here.consume(down);
    if (came > 100'000 && !lane.has_note(lane.ouinhi, "plus tard")) lane.note(lane.ouinhi, "plus tard");
  }
  CHECK(here.outcome() == Meeting::Outcome::done);
  CHECK(here.report().has_more);
  CHECK(there.report().has_more);
  CHECK(lane.photo(lane.cove, photo).empty());
  auto met = lane.meet(lane.ouinhi, lane.cove);
  CHECK(lane.has_note(lane.cove, "plus tard"));
  CHECK(lane.photo(lane.cove, photo) == photo);
  CHECK(met.bytes < 250'000);
}

TEST_CASE("what no row of a space of both names is not given, however it is asked for") {
  PhotoLane lane;
  auto other = lane.store->add_space("council", "municipality");
  Accounts accounts(lane.store->database());
  accounts.set_role(accounts.person("device1"), other, Role::writer, std::time(nullptr));
  lane.settle();
  auto secret = noise(5'000, 1), shared = noise(5'000, 2), unnamed = noise(5'000, 3);
  lane.take(lane.ouinhi, secret, {}, other);
  lane.take(lane.ouinhi, shared);
  MediaShelf(*lane.ouinhi.replica).files().put(unnamed);
  Forger forger(lane, lane.ouinhi);
  forger.say(Lacks{{{other, hash_of(secret), 5'000}, {lane.space, hash_of(secret), 5'000}, {other, hash_of(shared), 5'000}, {lane.space, hash_of(unnamed), 5'000}, {lane.space, hash_of(shared), 4'999},
                    {lane.space, hash_of(shared), 5'000, 1'000}, {lane.space, hash_of(shared), 5'000}}});
  CHECK(forger.honest().outcome() == Meeting::Outcome::going_on);
  REQUIRE(forger.pieces.size() == 1);
  CHECK(forger.pieces.front().hash == hash_of(shared));
  CHECK(forger.pieces.front().bytes == shared.substr(1'000));
}

TEST_CASE("a row that names a photo with a wrong length is in nobody's way, and its length is nobody's") {
  PhotoLane lane;
  auto photo = noise(100'000, 1);
  lane.take(lane.ouinhi, photo);
  for (auto wrong : {10, 65'536, 99'999, 100'001, 150'000})
    REQUIRE(lane.cove.sql(fmt::format("INSERT INTO media(space,about,about_table,kind,medium) VALUES({},1,1,'photo','{}')", lane.space.value, text_of(BlobName{"image/jpeg", wrong, hash_of(photo)}))) == "");
  lane.meet(lane.cove, lane.ouinhi, 90'000);
  auto met = lane.meet(lane.cove, lane.ouinhi);
  INFO(met.error);
  CHECK(met.is_whole);
  CHECK(lane.photo(lane.cove, photo) == photo);
  CHECK(lane.meet(lane.cove, lane.laarne).is_whole);
  CHECK(lane.photo(lane.laarne, photo) == photo);
}

TEST_CASE("words that are written while words are said call for another meeting") {
  PhotoLane lane;
  lane.note(lane.ouinhi, "tôt");
  auto here = lane.end_of(lane.ouinhi, true), there = lane.end_of(lane.cove, false);
  there.consume(here.produce());
  here.consume(there.produce());
  for (auto bytes = here.produce(); !bytes.empty(); bytes = here.produce()) there.consume(bytes);
  lane.note(lane.ouinhi, "tard");
  for (bool moved = true; moved;) {
    auto up = here.produce(), down = there.produce();
    moved = !up.empty() || !down.empty();
    there.consume(up);
    here.consume(down);
  }
  CHECK(here.report().has_more);
  CHECK_FALSE(there.report().has_more);
  CHECK(lane.has_note(lane.cove, "tôt"));
  CHECK_FALSE(lane.has_note(lane.cove, "tard"));
}

TEST_CASE("who proves an older key of a space only is given no photo of it, and asked for none") {
  PhotoLane lane;
  auto photo = noise(5'000, 1), theirs = noise(5'000, 2);
  lane.take(lane.ouinhi, photo);
  lane.take(lane.laarne, theirs);
  lane.space_keys[&lane.ouinhi].push_back(lane.key(lane.space, 2));
  auto met = lane.meet(lane.laarne, lane.ouinhi);
  CHECK(met.is_whole);
  CHECK(met.there.photos + met.back.photos == 0);
  CHECK(lane.photo(lane.laarne, photo).empty());
  CHECK(lane.photo(lane.ouinhi, theirs).empty());
}

TEST_CASE("a piece that nobody asked for, that does not join, that reaches beyond its photo, or is none, ends the meeting") {
  PhotoLane lane;
  auto photo = noise(5'000, 1);
  lane.take(lane.cove, photo);
  Forger forger(lane, lane.laarne);
  REQUIRE(forger.asked().blobs.size() == 1);
  forger.say(Lacks{});
  auto wrong = GENERATE(0, 1, 2, 3);
  if (wrong == 0) forger.say(Piece{hash_of("another"), 5'000, 0, "bytes"});
  if (wrong == 1) forger.say(Piece{hash_of(photo), 5'000, 1, photo.substr(1)});
  if (wrong == 2) forger.say(Piece{hash_of(photo), 5'000, 0, photo + "!"});
  if (wrong == 3) forger.say(Piece{hash_of(photo), 5'000, 0, ""});
  CHECK(forger.honest().outcome() == Meeting::Outcome::failed);
  CHECK(forger.honest().error().code == Code::malformed);
  CHECK(MediaShelf(*lane.laarne.replica).files().held(hash_of(photo), lane.laarne.replica->device()) == 0);
}

TEST_CASE("what is out of turn among photos ends the meeting: pieces before it was said what is lacking, asking twice, words after them, an end twice") {
  PhotoLane lane;
  auto photo = noise(5'000, 1);
  lane.take(lane.cove, photo);
  Forger forger(lane, lane.laarne);
  auto wrong = GENERATE(0, 1, 2, 3);
  if (wrong > 0) forger.say(Lacks{});
  if (wrong == 0) forger.say(Piece{hash_of(photo), 5'000, 0, photo});
  if (wrong == 1) forger.say(Lacks{});
  if (wrong == 2) forger.say(Introduced{"passport"});
  if (wrong == 3) forger.say(Piece{hash_of(photo), 5'000, 0, photo.substr(0, 100)}), forger.say(End{}), forger.say(Piece{hash_of(photo), 5'000, 100, photo.substr(100)});
  CHECK(forger.honest().outcome() != Meeting::Outcome::going_on);
  CHECK(lane.photo(lane.laarne, photo).empty());
  if (wrong < 3) CHECK(forger.honest().error().code == Code::malformed);
}

TEST_CASE("bytes that are not the photo are thrown away when they are all there, and the photo comes at another meeting") {
  PhotoLane lane;
  auto photo = noise(5'000, 1);
  lane.take(lane.cove, photo);
  Forger forger(lane, lane.laarne);
  forger.say(Lacks{});
  forger.say(Piece{hash_of(photo), 5'000, 0, std::string(photo.size(), 'x')});
  CHECK(forger.honest().report().photos == 0);
  CHECK(lane.photo(lane.laarne, photo).empty());
  CHECK(lane.meet(lane.laarne, lane.cove).there.photos == 1);
  CHECK(lane.photo(lane.laarne, photo) == photo);
}

TEST_CASE("a device gives so many bytes of photos in one meeting and no more, and the next one goes on") {
  PhotoLane lane;
  auto whole = noise(max_meeting_media_bytes, 1), more = noise(max_meeting_media_bytes + 1, 2);
  lane.take(lane.ouinhi, whole);
  auto first = lane.meet(lane.ouinhi, lane.cove, SIZE_MAX, 1'000'000);
  CHECK(first.there.photos_sent == 1);
  CHECK_FALSE(first.there.has_more);
  lane.take(lane.ouinhi, more);
  auto second = lane.meet(lane.ouinhi, lane.cove, SIZE_MAX, 1'000'000);
  CHECK(second.is_whole);
  CHECK(second.there.has_more);
  CHECK(second.back.has_more);
  CHECK(lane.photo(lane.cove, more).empty());
  CHECK(lane.meet(lane.ouinhi, lane.cove, SIZE_MAX, 1'000'000).bytes < 100'000);
  CHECK(lane.photo(lane.cove, more) == more);
}

TEST_CASE("a device takes so many bytes of photos in one meeting and no more, whoever gives them") {
  PhotoLane lane;
  auto photo = noise(max_meeting_media_bytes + 1, 1);
  lane.take(lane.cove, photo);
  Forger forger(lane, lane.laarne);
  forger.say(Lacks{});
  auto hash = hash_of(photo);
  std::size_t given = 0;
  for (; given < max_meeting_media_bytes; given += max_piece_bytes) forger.say(Piece{hash, static_cast<std::int64_t>(photo.size()), static_cast<std::int64_t>(given), photo.substr(given, max_piece_bytes)});
  CHECK(forger.honest().outcome() == Meeting::Outcome::going_on);
  forger.say(Piece{hash, static_cast<std::int64_t>(photo.size()), static_cast<std::int64_t>(given), photo.substr(given)});
  CHECK(forger.honest().outcome() == Meeting::Outcome::failed);
  CHECK(forger.honest().error().code == Code::too_large);
}

namespace {

// A photo at Ouinhi.
void take(Street& street, const std::string& photo) {
  MediaShelf shelf(*street.ouinhi->replica);
  REQUIRE(street.ouinhi->sql(fmt::format("INSERT INTO media(space,about,about_table,kind,medium) VALUES({},1,1,'photo','{}')", street.relay.space.value, text_of(*shelf.put("image/jpeg", photo)))) == "");
}

}  // namespace

TEST_CASE("photos come over the network too, go on where a link was cut, and the relay has them through either") {
  Street street(domain());
  auto photo = noise(200'000, 1);
  take(street, photo);
  Open open(*street.ouinhi, 2);
  Link link(open.port, {}, 1);
  link.cut_after(Way::down, 150'000);
  auto first = call(*street.cove, link.port());
  CHECK(first.error);
  CHECK(first.report.has_more);
  auto second = call(*street.cove, link.port());
  CHECK(why(second) == "");
  CHECK(second.report.photos == 1);
  CHECK(second.bytes < 140'000);
  open.await();
  street.sync(*street.cove);
  street.sync(*street.laarne);
  CHECK(MediaShelf(*street.laarne->replica).files().read(hash_of(photo), 0, photo.size()) == photo);
}

TEST_CASE("who is called by address is called again at once as long as there is more, and told so") {
  Street street(domain());
  auto photo = noise(max_meeting_media_bytes + 1, 1);
  take(street, photo);
  Open open(*street.ouinhi, 2);
  std::vector<Met> all;
  Near* running = nullptr;
  Near near(*street.cove->replica, [&](const Met& met) {
    all.push_back(met);
    if (!met.goes_on) running->stop();
  });
  running = &near;
  REQUIRE(near.call(fmt::format("127.0.0.1:{}", open.port)));
  near.run(false);
  open.await();
  REQUIRE(all.size() == 2);
  CHECK(all[0].by_address);
  CHECK(all[0].report.has_more);
  CHECK(all[0].goes_on);
  CHECK(all[1].report.photos == 1);
  CHECK(MediaShelf(*street.cove->replica).files().read(hash_of(photo), max_meeting_media_bytes, 1).size() == 1);
}
