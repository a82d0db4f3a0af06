// Texts between devices: whole columns are written by any tool, patches travel, and what several people did stays.
#include <catch2/catch.hpp>

#include "core/text_cell.hpp"
#include "tests/country.hpp"
#include "tests/virtual_clock.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

const ColumnId notes{3};

// Two devices with one book.
struct Readers {
  Country country;
  Device &ouinhi = country.device(1), &laarne = country.device(2);

  explicit Readers(const std::string& text = "Le marché ouvre tôt.") {
    ouinhi.sql("INSERT INTO shelf(space,name,level) VALUES(1,'A',1)");
    ouinhi.sql("INSERT INTO book(space,shelf,title,notes) SELECT 1,id,'T'," + (text.empty() ? "NULL" : "'" + text + "'") + " FROM shelf");
    country.settle();
  }
  static void write(Device& device, const std::string& text) { REQUIRE(device.sql("UPDATE book SET notes='" + text + "'") == ""); }
  static std::string read(Device& device) { return device.get("SELECT notes FROM book"); }
  RowKey key() { return {TableId{2}, RowId{std::stoll(ouinhi.get("SELECT id FROM book"))}}; }
  std::size_t versions(Device& device) { return device.replica->row(key()).find(notes)->versions.size(); }
  void both_read(const std::string& text) {
    country.settle();
    CHECK(read(ouinhi) == text);
    CHECK(read(laarne) == text);
    CHECK(country.all_equal());
    CHECK(ouinhi.replica->conflicts().empty());
  }
};

Version patch_by(std::uint32_t device, const text::Patch& patch) {
  Version version;
  version.stamp = {stamp_time(std::time(nullptr)), DeviceId{device}};
  version.value = value_of(patch);
  return version;
}

}  // namespace

TEST_CASE("two people change one text without knowing of each other, and both changes stay") {
  Readers readers;
  readers.write(readers.ouinhi, "Le grand marché ouvre tôt.");
  readers.write(readers.laarne, "Le marché ouvre très tôt.");
  readers.both_read("Le grand marché ouvre très tôt.");
}

TEST_CASE("a text that was cleared by one and extended by another keeps the extension, and an empty text is none") {
  Readers readers;
  readers.write(readers.ouinhi, "");
  readers.write(readers.laarne, "Le marché ouvre tôt. Et il ferme tard.");
  readers.both_read(" Et il ferme tard.");
  readers.ouinhi.sql("UPDATE book SET notes=NULL");
  readers.both_read("null");
  readers.write(readers.laarne, "Encore.");
  readers.both_read("Encore.");
}

TEST_CASE("a text that two wrote down alike where there was none stands once, and different ones stand both") {
  Readers readers("");
  readers.write(readers.ouinhi, "Le puits est à sec.");
  readers.write(readers.laarne, "Le puits est à sec.");
  readers.both_read("Le puits est à sec.");
  readers.write(readers.ouinhi, "Le puits du marché est à sec.");
  readers.write(readers.laarne, "Le puits est encore à sec.");
  readers.both_read("Le puits du marché est encore à sec.");
  Readers others("");
  others.write(others.ouinhi, "Le puits est à sec.");
  others.write(others.laarne, "La radio émet.");
  others.country.settle();
  CHECK((others.read(others.ouinhi) == "Le puits est à sec.La radio émet." || others.read(others.ouinhi) == "La radio émet.Le puits est à sec."));
  CHECK(others.ouinhi.replica->rereads().size() == 1);
  others.both_read(others.read(others.ouinhi));
}

TEST_CASE("what several wrote in one paragraph is to be read again until somebody says that it was, everywhere") {
  Readers readers("Un paragraphe.\nUn autre.");
  readers.write(readers.ouinhi, "Un long paragraphe.\nUn autre.");
  readers.write(readers.laarne, "Un paragraphe.\nEncore un autre.");
  readers.country.settle();
  CHECK(readers.ouinhi.replica->rereads().empty());  // each in a paragraph of its own
  readers.write(readers.ouinhi, "Un très long paragraphe.\nEncore un autre.");
  readers.write(readers.laarne, "Un long paragraphe clair.\nEncore un autre.");
  readers.both_read("Un très long paragraphe clair.\nEncore un autre.");
  CHECK(readers.ouinhi.replica->rereads().size() == 1);
  CHECK(readers.laarne.replica->rereads().size() == 1);
  REQUIRE(readers.laarne.replica->confirm(readers.key(), notes));
  readers.country.settle();
  CHECK(readers.ouinhi.replica->rereads().empty());
  CHECK(readers.laarne.replica->rereads().empty());
  readers.both_read("Un très long paragraphe clair.\nEncore un autre.");
}

TEST_CASE("a form that was opened before a colleague's words came in is saved without undoing them") {
  Readers readers;
  auto opened = *readers.ouinhi.replica->text_version(readers.key(), notes);
  readers.write(readers.laarne, "Le marché de Ouinhi ouvre tôt.");
  readers.country.settle();
  REQUIRE(readers.ouinhi.replica->save_text(readers.key(), notes, opened, "Le marché ouvre à six heures."));
  readers.both_read("Le marché de Ouinhi ouvre à six heures.");
  CHECK_FALSE(readers.ouinhi.replica->save_text(readers.key(), notes, "7.7", "x"));
  CHECK_FALSE(readers.ouinhi.replica->save_text(readers.key(), notes, "rubbish", "x"));
  CHECK(readers.ouinhi.replica->save_text(readers.key(), notes, opened, std::string(max_value_bytes + 1, 'x')).error().code == Code::too_large);
  readers.both_read("Le marché de Ouinhi ouvre à six heures.");
}

TEST_CASE("what one person writes between two exchanges travels as one patch, and its wordings stay here") {
  Readers readers;
  for (auto* text : {"Le marché ouvre très tôt.", "Le marché ouvre très tôt, hélas.", "Le marché ouvre très tôt, tant mieux."}) {
    readers.write(readers.ouinhi, text);
    readers.ouinhi.replica->collect();
  }
  CHECK(readers.versions(readers.ouinhi) == 2);
  readers.both_read("Le marché ouvre très tôt, tant mieux.");
  CHECK(readers.versions(readers.laarne) == 2);
  std::vector<std::string> wordings;
  for (auto& past : readers.ouinhi.replica->history(readers.key()))
    if (past.column == notes) wordings.push_back(std::get<std::string>(past.version.value));
  CHECK(wordings == std::vector<std::string>{"Le marché ouvre très tôt, tant mieux.", "Le marché ouvre très tôt, hélas.", "Le marché ouvre très tôt.", "Le marché ouvre tôt."});
}

TEST_CASE("a patch that was on the wire stays as it is, whether it arrived or not") {
  for (std::size_t cut : {0u, 60u, 1'000u}) {
    Readers readers;
    readers.write(readers.ouinhi, "Le marché ouvre très tôt.");
    Country::Wire wire;
    wire.cut_up = cut;
    wire.cut_down = 0;
    wire.portion = 1'000;
    (void)readers.country.exchange(readers.ouinhi, wire);
    readers.write(readers.ouinhi, "Le marché ouvre très tôt, hélas.");
    readers.both_read("Le marché ouvre très tôt, hélas.");
  }
}

TEST_CASE("an earlier wording is restored by writing it again") {
  Readers readers;
  readers.write(readers.laarne, "Autre chose.");
  readers.country.settle();
  readers.write(readers.ouinhi, "Le marché ouvre tôt.");
  readers.both_read("Le marché ouvre tôt.");
}

TEST_CASE("twelve characters put into a text of 4 KB take a frame of at most 60 bytes, and the whole text does not travel again") {
  std::string text;
  for (int k = 0; k < 800; ++k) text += std::to_string(k * 7919 % 9'973) + ' ';
  Readers readers(text);
  readers.write(readers.ouinhi, text.substr(0, 2'000) + "douze lettre" + text.substr(2'000));
  readers.ouinhi.replica->collect();
  auto pending = readers.ouinhi.replica->pending(readers.country.space, readers.ouinhi.replica->space(readers.country.space).acked, 64'000);
  REQUIRE(pending.rows.size() == 1);
  auto& version = pending.rows[0].row.find(notes)->versions.at(0);
  CHECK(std::get<Bytes>(version.value).size() <= 30);
  Packing stream;
  (void)stream.flush();
  stream.put(encode(Changes{pending, readers.ouinhi.replica->space(readers.country.space).seen}, Direction::up, readers.country.store->epoch()));
  CHECK(stream.flush().size() <= 60);
  readers.both_read(text.substr(0, 2'000) + "douze lettre" + text.substr(2'000));
}

TEST_CASE("a patch that cannot be is refused by the relay with its reason, and by a device that is sent one") {
  Readers readers;
  auto refused = [&](const text::Patch& patch) {
    Row row;
    row.at(notes, Kind::text).versions.push_back(patch_by(patch.device.value, patch));
    Changeset set{readers.country.space, Seq{}, Seq{1}, {{readers.key(), row}}};
    readers.country.store->begin(false);
    auto at_relay = check_texts(readers.country.store->load(set.space, readers.key()), row);
    readers.country.store->commit();
    auto head = readers.laarne.replica->space(set.space).cursor;
    set.from = set.to = head;
    readers.laarne.replica->receive(set, Seq{});
    return at_relay ? Code{} : at_relay.error().code;
  };
  DeviceId writer{9};
  CHECK(refused({writer, 0, {{DeviceId{1}, 19}}, {{500, 0, "x"}}}) == Code::invalid);  // outside of the text
  CHECK(refused({writer, 0, {{DeviceId{1}, 19}}, {{15, 9, ""}}}) == Code::invalid);
  CHECK(refused({writer, 0, {{DeviceId{4}, 19}}, {{0, 0, "x"}}}) == Code::invalid);    // over what nobody wrote
  CHECK(refused({writer, 7, {{DeviceId{1}, 19}}, {{0, 0, "x"}}}) == Code::invalid);    // its own earlier events are missing
  CHECK(refused({DeviceId{1}, 5, {{DeviceId{1}, 4}}, {{0, 0, "x"}}}) == Code::copied); // other events have these names
  CHECK(refused({writer, 0, {{DeviceId{1}, 19}}, {{0, 0, "Oui. "}}}) == Code{});
  CHECK(readers.laarne.replica->quarantined().size() == 5);
  CHECK(readers.read(readers.laarne) == "Oui. Le marché ouvre tôt.");
}

TEST_CASE("a text goes on under the new number of a copy") {
  Readers readers;
  readers.ouinhi.replica->database().exec("PRAGMA wal_checkpoint(TRUNCATE)");
  std::filesystem::copy_file(readers.ouinhi.path, readers.country.dir.file("twin1.db"));
  Device twin(readers.country.dir, 1, toy(), readers.country.space, "twin");
  readers.write(readers.ouinhi, "Le grand marché ouvre tôt.");
  readers.write(twin, "Le marché ouvre très tôt.");
  twin.replica->collect();
  readers.write(twin, "Le marché ouvre très tôt ici.");
  REQUIRE(readers.country.sync(readers.ouinhi));
  REQUIRE(readers.country.sync(twin));
  CHECK(twin.replica->device() == DeviceId{3});
  readers.both_read("Le grand marché ouvre très tôt ici.");
  CHECK(readers.read(twin) == "Le grand marché ouvre très tôt ici.");
}

TEST_CASE("texts come back to a relay that was replaced by an empty one, with their history") {
  Readers readers;
  readers.write(readers.laarne, "Le marché ouvre très tôt.");
  readers.country.settle();
  readers.write(readers.ouinhi, "Le marché ouvre très tôt ici.");
  readers.country.replace_relay();
  readers.both_read("Le marché ouvre très tôt ici.");
  CHECK(readers.versions(readers.laarne) == 3);
}

namespace {

std::size_t versions_at_relay(Readers& readers) {
  readers.country.store->begin(false);
  auto row = readers.country.store->load(readers.country.space, readers.key());
  readers.country.store->commit();
  return row.find(notes)->versions.size();
}

}  // namespace

TEST_CASE("history that every device has seen can be forgotten, and everybody goes on as if nothing had been") {
  Readers readers;
  const auto later = std::time(nullptr) + 60;
  for (auto* text : {"Le marché ouvre très tôt.", "Le grand marché ouvre très tôt.", "Le grand marché."}) {
    readers.write(readers.laarne, text);
    readers.country.settle();
  }
  CHECK(readers.country.store->trim_texts(later) == 1);
  CHECK(versions_at_relay(readers) == 1);
  CHECK(readers.country.store->trim_texts(later) == 0);
  readers.write(readers.ouinhi, "Le grand marché ferme.");
  readers.write(readers.laarne, "Le très grand marché.");
  readers.both_read("Le très grand marché ferme.");
  auto& coach = readers.country.device(3);
  REQUIRE(readers.country.sync(coach));
  CHECK(readers.read(coach) == "Le très grand marché ferme.");
  readers.write(coach, "Le très grand marché ferme à midi.");
  readers.both_read("Le très grand marché ferme à midi.");
  auto opened = *coach.replica->text_version(readers.key(), notes);
  readers.write(readers.ouinhi, "Le très grand marché ferme toujours à midi.");
  readers.country.settle();
  REQUIRE(coach.replica->save_text(readers.key(), notes, opened, "Le très grand marché de Covè ferme à midi."));
  readers.both_read("Le très grand marché de Covè ferme toujours à midi.");
}

TEST_CASE("what one device has not seen yet is not forgotten, however long it stays away, and its late words come in") {
  Readers readers;
  readers.write(readers.laarne, "Le marché ouvre très tôt, en avril.");
  readers.laarne.replica->collect();
  for (auto* text : {"Le grand marché ouvre tôt.", "Le grand marché de Ouinhi ouvre tôt."}) {
    readers.write(readers.ouinhi, text);
    REQUIRE(readers.country.sync(readers.ouinhi));
  }
  CHECK(readers.country.store->trim_texts(std::time(nullptr) + 60) == 0);
  readers.both_read("Le grand marché de Ouinhi ouvre très tôt, en avril.");
  CHECK(readers.country.store->trim_texts(std::time(nullptr) - 60) == 0);  // too young
  CHECK(readers.country.store->trim_texts(std::time(nullptr) + 60) == 1);
  readers.both_read("Le grand marché de Ouinhi ouvre très tôt, en avril.");
}

TEST_CASE("a device that was revoked is not waited for: its late change to a trimmed text is refused, kept and shown") {
  Readers readers;
  readers.write(readers.laarne, "Le marché ouvre très tôt.");
  readers.country.store->revoke(DeviceId{2});
  for (auto* text : {"Le grand marché ouvre tôt.", "Le grand marché."}) {
    readers.write(readers.ouinhi, text);
    REQUIRE(readers.country.sync(readers.ouinhi));
  }
  REQUIRE(readers.country.sync(readers.ouinhi));
  CHECK(readers.country.store->trim_texts(std::time(nullptr) + 60) == 1);
  readers.country.store->expect(DeviceId{2});
  (void)readers.country.sync(readers.laarne);
  auto kept = readers.laarne.replica->quarantined();
  REQUIRE(kept.size() == 1);
  CHECK(kept[0].up);
  CHECK(kept[0].reason.code == Code::invalid);
  REQUIRE(readers.country.sync(readers.laarne));
  CHECK(readers.read(readers.laarne) == "Le grand marché.");
  auto history = readers.laarne.replica->history(readers.key());
  CHECK(std::any_of(history.begin(), history.end(), [](auto& past) { return past.version.value == Value{std::string("Le marché ouvre très tôt.")}; }));
  CHECK(readers.laarne.replica->space(readers.country.space).digest == readers.country.store->find_space("town")->digest);
}
