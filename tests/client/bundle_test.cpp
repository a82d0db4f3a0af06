// Bundles as files between devices of a live relay: a stick, a colleague's telephone, a message.
#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "client/bundle.hpp"
#include "client/bundle_words.hpp"
#include "client/exchange.hpp"
#include "client/keys.hpp"
#include "client/media.hpp"
#include "client/sync_run.hpp"
#include "core/domain.hpp"
#include "server/accounts.hpp"
#include "sync/lending.hpp"
#include "tests/live_relay.hpp"
#include "tests/noise.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

struct Field {
  LiveRelay relay{{}, domain()};
  std::unique_ptr<Device> ouinhi = relay.device(), cove = relay.device(), laarne = relay.device();
  std::string stick = relay.dir.file("stick.carnet");
  Field() {
    for (auto* device : {&*ouinhi, &*cove, &*laarne}) sync(*device);
  }

  SyncRun sync(Device& device) {
    auto run = carnet::sync(*device.replica, {});
    INFO((run.error ? run.error->text : ""));
    REQUIRE(run);
    return run;
  }
  std::string add(Device& device, const std::string& name) {
    REQUIRE(device.sql(fmt::format("INSERT INTO organisation(space,name,kind) VALUES({},'{}','municipality')", relay.space.value, name)) == "");
    return name;
  }
  void attach(Device& device, const std::string& photo) {
    auto name = text_of(*MediaShelf(*device.replica).put("image/jpeg", photo));
    REQUIRE(device.sql(fmt::format("INSERT INTO media(space,about,about_table,kind,medium) VALUES({},1,1,'photo','{}')", relay.space.value, name)) == "");
  }
  bool has(Device& device, const std::string& name) { return device.get("SELECT count(*) FROM organisation WHERE name='" + name + "'") == "1"; }
  BundleWritten write(Device& device, BundleWish wish = {}) {
    wish.for_whom = wish.for_whom.empty() ? "town" : wish.for_whom;
    wish.file = wish.file.empty() ? stick : wish.file;
    auto written = write_bundle(*device.replica, wish);
    INFO((written ? "" : written.error().text));
    REQUIRE(written);
    return *written;
  }
  BundleRead read(Device& device, const std::string& file = {}) {
    BundleRead all;
    auto done = read_bundle(*device.replica, file.empty() ? stick : file, all);
    INFO((done ? "" : done.error().text));
    REQUIRE(done);
    return all;
  }
};

std::string bytes_of(const std::string& file) {
  std::ifstream from(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(from), {}};
}

void write_bytes(const std::string& file, const std::string& bytes) { std::ofstream(file, std::ios::binary) << bytes; }

}  // namespace

TEST_CASE("what is written on one device is read on another from a file, and reaches the relay with that one") {
  Field field;
  field.add(*field.ouinhi, "Zagnanado");
  CHECK(field.write(*field.ouinhi).frames == 1);
  CHECK(field.read(*field.cove).frames == 1);
  CHECK(field.has(*field.cove, "Zagnanado"));
  CHECK(field.read(*field.cove).known == 1);
  CHECK(rows_waiting(*field.cove->replica) == 1);
  CHECK(field.sync(*field.cove).report.rows_up == 1);
  CHECK(rows_waiting(*field.cove->replica) == 0);
  field.sync(*field.laarne);
  CHECK(field.has(*field.laarne, "Zagnanado"));
}

TEST_CASE("a file that was read is passed on in another, with the passport of who wrote it") {
  Field field;
  field.add(*field.ouinhi, "Zagnanado");
  field.write(*field.ouinhi);
  field.read(*field.cove);
  CHECK(field.write(*field.cove).frames == 1);
  field.read(*field.laarne);
  CHECK(field.has(*field.laarne, "Zagnanado"));
}

TEST_CASE("whoever has not the space's key reads nothing of a file, and is told so; who left a space has not the key of what comes after") {
  Field field;
  field.add(*field.ouinhi, "Zagnanado");
  field.write(*field.ouinhi);
  CHECK(bytes_of(field.stick).find("Zagnanado") == std::string::npos);
  auto stranger = field.relay.device();
  CHECK(field.read(*stranger).locked == 1);
  CHECK_FALSE(field.has(*stranger, "Zagnanado"));
  Accounts accounts(field.relay.store->database());
  accounts.set_role(accounts.person("device3"), field.relay.space, Role::none, std::time(nullptr));
  field.sync(*field.ouinhi);
  field.add(*field.ouinhi, "Ouinhi");
  field.write(*field.ouinhi);
  CHECK(field.read(*field.laarne).locked == 1);
  CHECK_FALSE(field.has(*field.laarne, "Ouinhi"));
}

TEST_CASE("a bundle for a device leaves out what a receipt of that device names") {
  Field field;
  field.add(*field.ouinhi, "Zagnanado");
  field.write(*field.ouinhi);
  field.read(*field.cove);
  field.write(*field.cove, {.file = field.relay.dir.file("back.carnet")});
  field.read(*field.ouinhi, field.relay.dir.file("back.carnet"));
  REQUIRE(field.ouinhi->sql(fmt::format("INSERT INTO device(space,number,name) VALUES({},{},'Covè')", field.relay.space.value, field.cove->replica->device().value)) == "");
  auto written = field.write(*field.ouinhi, {.for_whom = "Covè"});
  CHECK(written.frames == 1);  // that row alone
  field.read(*field.cove);
  CHECK(field.cove->get("SELECT name FROM device WHERE name='Covè'") == "Covè");
}

TEST_CASE("photos that fit into a file stand whole in one, and the files are read in any order") {
  Field field;
  constexpr std::size_t photos = 6;
  for (std::size_t k = 0; k < photos; ++k) field.attach(*field.ouinhi, noise(30'000 + 3'000 * k, k + 1));
  auto files = field.write(*field.ouinhi, {.with_photos = true, .volume_bytes = 100'000}).files;
  REQUIRE(files.size() >= 3);
  for (auto& file : files) CHECK(std::filesystem::file_size(file) < 103'000);
  auto order = GENERATE(0u, 1u, 2u);
  std::rotate(files.begin(), files.begin() + order, files.end());
  if (order == 0) std::reverse(files.begin(), files.end());
  BundleRead all;
  for (auto& file : files) REQUIRE(read_bundle(*field.cove->replica, file, all));
  CHECK(all.blobs == photos);
  CHECK(all.apart.empty());
  CHECK(all.begun.empty());
}

TEST_CASE("a photo that no file holds goes on in the next one; where that is read first it says so, and is read once more") {
  Field field;
  auto photo = noise(150'000);
  field.attach(*field.ouinhi, photo);
  auto files = field.write(*field.ouinhi, {.with_photos = true, .volume_bytes = 100'000}).files;
  REQUIRE(files.size() == 2);
  auto last = field.read(*field.cove, files[1]);
  CHECK(last.apart.size() == 1);
  CHECK(what_is_missing(Language::english, last).size() == 1);
  auto first = field.read(*field.cove, files[0]);
  CHECK(first.begun.size() == 1);
  CHECK(first.blobs == 0);
  last = field.read(*field.cove, files[1]);
  CHECK(last.blobs == 1);
  CHECK(last.apart.empty());
  CHECK(what_is_missing(Language::english, last).empty());
  CHECK(MediaShelf(*field.cove->replica).files().read(hash_of(photo), 0, photo.size()) == photo);
}

TEST_CASE("of originals a file carries those that somebody asked for, on whatever device") {
  Field field;
  auto original = noise(50'000);
  auto name = text_of(*MediaShelf(*field.ouinhi->replica).put("image/jpeg", original));
  REQUIRE(field.ouinhi->sql(fmt::format("INSERT INTO media(space,about,about_table,kind,original) VALUES({},1,1,'photo','{}')", field.relay.space.value, name)) == "");
  CHECK(field.write(*field.ouinhi, {.with_photos = true}).blobs == 0);
  field.read(*field.cove);
  REQUIRE(field.cove->sql("UPDATE media SET original_wanted=1") == "");
  field.write(*field.cove);
  field.read(*field.ouinhi);
  CHECK(field.write(*field.ouinhi, {.with_photos = true}).blobs == 1);
  CHECK(field.read(*field.cove).blobs == 1);
  CHECK(field.write(*field.cove, {.with_photos = true}).blobs == 1);
}

TEST_CASE("photos go along where that is wished, over several files that are read in any order, and the relay has them from the reader") {
  Field field;
  auto photo = noise(300'000);
  field.attach(*field.ouinhi, photo);
  CHECK(field.write(*field.ouinhi).blobs == 0);
  auto written = field.write(*field.ouinhi, {.with_photos = true, .volume_bytes = 100'000});
  REQUIRE(written.files.size() >= 3);
  CHECK(written.blobs == 1);
  for (int round = 0; round < static_cast<int>(written.files.size()); ++round)
    for (auto file = written.files.rbegin(); file != written.files.rend(); ++file) field.read(*field.cove, *file);
  MediaShelf there(*field.cove->replica);
  CHECK(there.files().read(hash_of(photo), 0, photo.size()) == photo);
  field.sync(*field.cove);
  field.sync(*field.laarne);
  MediaShelf partner(*field.laarne->replica);
  CHECK(partner.files().read(hash_of(photo), 0, photo.size()) == photo);
}

TEST_CASE("what somebody asked for is asked for no more once a file brought it; a photo that the disk does not give is left out and counted") {
  Field field;
  auto photo = noise(5'000, 1), broken = noise(4'000, 2);
  for (auto* each : {&photo, &broken}) field.attach(*field.ouinhi, *each);
  auto file = media_folder(field.ouinhi->replica->database().getFilename()) + "/" + hash_of(broken).file_name();
  std::filesystem::remove(file);
  std::filesystem::create_directory(file);
  auto written = field.write(*field.ouinhi, {.file = field.relay.dir.file("photos.carnet"), .with_photos = true});
  CHECK(written.blobs == 1);
  CHECK(written.unreadable == 1);
  field.write(*field.ouinhi);
  field.read(*field.cove);
  MediaShelf there(*field.cove->replica);
  REQUIRE(there.ask_for(hash_of(photo)));
  CHECK(field.read(*field.cove, field.relay.dir.file("photos.carnet")).blobs == 1);
  for (auto& item : there.items()) CHECK_FALSE(item.asked);
}

TEST_CASE("a file that is cut anywhere gives what stands before the cut, and one that is changed anywhere gives nothing that was not written") {
  Field field;
  field.add(*field.ouinhi, "Zagnanado");
  field.write(*field.ouinhi);
  auto whole = bytes_of(field.stick);
  auto at = GENERATE(range(0, 12));
  auto place = whole.size() * static_cast<std::size_t>(at) / 12;
  BundleRead cut, changed;
  write_bytes(field.stick, whole.substr(0, place));
  auto read = read_bundle(*field.cove->replica, field.stick, cut);
  CHECK(static_cast<bool>(read) == (place == 0));
  auto other = whole;
  other[place] = static_cast<char>(other[place] ^ 0x10);
  write_bytes(field.stick, other);
  auto fed = read_bundle(*field.cove->replica, field.stick, changed);
  CHECK((!fed || changed.locked > 0));
  write_bytes(field.stick, whole);
  field.read(*field.cove);
  CHECK(field.has(*field.cove, "Zagnanado"));
}

TEST_CASE("a device that has not met the relay yet is told that bundles need its keys, and who is called by no name here, so") {
  Field field;
  auto fresh = field.relay.device();
  auto none = write_bundle(*fresh->replica, {.for_whom = "town", .file = field.stick});
  REQUIRE_FALSE(none);
  CHECK(none.error().code == Code::not_allowed);
  auto unknown = write_bundle(*field.ouinhi->replica, {.for_whom = "nobody", .file = field.stick});
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code == Code::not_found);
  CHECK_FALSE(std::filesystem::exists(field.stick));
}

TEST_CASE("a bundle of an evening weighs little more than its frames") {
  Field field;
  for (int k = 0; k < 40; ++k) field.add(*field.ouinhi, fmt::format("Commune {}", k * 7919 % 1000));
  auto written = field.write(*field.ouinhi);
  std::size_t frames = 0;
  for (auto& range : field.ouinhi->replica->carried(field.relay.space)) {
    Packing packing;
    packing.put(field.ouinhi->replica->carried(field.relay.space, range)->frame);
    frames += packing.flush(true).size();
  }
  INFO(written.bytes << " bytes, frames " << frames);
  CHECK(written.bytes <= frames + 300);
}

TEST_CASE("who has not met the relay for long reads from a file what it had, on the word of who made the file, and does not bring that to the relay") {
  Field field;
  field.add(*field.laarne, "Zagnanado");
  field.sync(*field.laarne);
  field.sync(*field.ouinhi);
  CHECK(field.write(*field.ouinhi).lent == 0);
  CHECK(field.read(*field.cove).rows == 0);
  field.add(*field.ouinhi, "Ouinhi");
  auto written = field.write(*field.ouinhi, {.lends = true});
  CHECK(written.lent > 0);
  CHECK(written.frames == 1);
  auto read = field.read(*field.cove);
  CHECK(read.borrowed > 0);
  CHECK(field.has(*field.cove, "Zagnanado"));
  CHECK(field.has(*field.cove, "Ouinhi"));
  CHECK(what_came(*field.cove->replica, Language::english, read).back() == fmt::format("from the relay, through whoever made this file: {} row{}", read.borrowed, read.borrowed == 1 ? "" : "s"));
  CHECK(field.read(*field.cove).borrowed == 0);
  auto synced = field.sync(*field.cove);
  CHECK(synced.report.rows_up == 1);
  CHECK(synced.report.mended == 0);
  field.add(*field.laarne, "Bohicon");
  field.sync(*field.laarne);
  field.sync(*field.cove);
  CHECK(field.read(*field.cove).borrowed == 0);  // it has more
}

TEST_CASE("what is lent in a file and is not of whom it says, or of who only reads, is left out") {
  Field field;
  field.add(*field.laarne, "Zagnanado");
  field.sync(*field.laarne);
  field.sync(*field.ouinhi);
  auto& replica = *field.ouinhi->replica;
  auto keys = *read_keys(replica.database().getFilename());
  auto own = *keys.of(replica.device());
  auto passport = *passport_of(replica, field.relay.space, own);
  auto stand = stand_of(replica, field.relay.space);
  auto lending = replica.to_lend(field.relay.space, Seq{});
  Lent lent{field.relay.space, stand.epoch, stand.head, true, replica.lend(lending, max_frame_bytes).rows};
  auto loan = sign(own, lent);
  auto authority = authority_of(replica);
  REQUIRE(loan_of(loan, passport, authority));
  for (auto damage : {0, 1, 2}) {
    auto other = loan;
    if (damage == 0) other.message.back() = static_cast<char>(other.message.back() ^ 1);
    if (damage == 1) other.lender = DeviceId{2};
    if (damage == 2) ++other.generation;
    CHECK(loan_of(other, passport, authority).error().code == Code::not_allowed);
  }
  auto elsewhere = lent;
  elsewhere.space = SpaceId{9};
  CHECK(loan_of(sign(own, elsewhere), passport, authority).error().code == Code::malformed);
  Accounts accounts(field.relay.store->database());
  accounts.set_role(accounts.person("device1"), field.relay.space, Role::reader, std::time(nullptr));
  field.sync(*field.ouinhi);
  CHECK(field.write(*field.ouinhi, {.lends = true}).lent == 0);
}
