// Who may do what, through a relay that serves on loopback: roles, forged and moved rows, quotas, and what is kept of all that was refused.
#include "tests/server/town.hpp"

using namespace carnet;
using namespace carnet::test;

TEST_CASE("a reader gets everything, and what it writes is refused, kept with its reason in three languages, and goes once it is a writer") {
  Town town;
  auto writer = town.device(), reader = town.device(Role::reader);
  writer->sql(question("A"));
  must_sync(*writer);
  must_sync(*reader);
  CHECK(reader->get(wordings) == "A");
  CHECK(must_sync(*reader).report.refused == 0);  // it did not even introduce itself
  reader->sql(question("B"));
  CHECK(must_sync(*reader).report.refused == 1);
  auto reason = only_refusal(*reader);
  CHECK(reason.code == Code::reads_only);
  CHECK(in_words(Language::french, reason).find("vous lisez seulement") != std::string::npos);
  CHECK(in_words(Language::dutch, reason).find("u leest enkel") != std::string::npos);
  CHECK(in_words(Language::english, reason).find("you only read") != std::string::npos);
  CHECK(must_sync(*reader).report.refused == 0);  // not tried again and again
  town.set_role(*reader, town.town, Role::writer);
  must_sync(*reader);
  CHECK(reader->replica->quarantined().empty());
  must_sync(*writer);
  CHECK(writer->get(wordings) == "A B");
}

TEST_CASE("what is refused stops neither the rows beside it nor the frames behind it") {
  Town town;
  auto writer = town.device(), coach = town.device(Role::coach);
  must_sync(*coach);
  coach->sql(project("refused"));
  coach->sql(question("taken"));
  must_sync(*coach);
  CHECK(only_refusal(*coach).code == Code::coach_only);
  coach->sql(question("behind"));
  must_sync(*coach);
  must_sync(*writer);
  CHECK(writer->get(wordings) == "behind taken");
  CHECK(writer->get(projects) == "null");
}

TEST_CASE("a coach reads all, sharpens questions and decides conflicts, and leaves the other tables to the members who write") {
  Town town;
  auto ouinhi = town.device(), laarne = town.device(), coach = town.device(Role::coach);
  ouinhi->sql(project("market"));
  ouinhi->sql(question("vague"));
  for (auto* device : {ouinhi.get(), laarne.get()}) must_sync(*device);
  ouinhi->sql("UPDATE project SET name='market hall'");
  laarne->sql("UPDATE project SET name='market place'");
  for (auto* device : {ouinhi.get(), laarne.get(), coach.get()}) must_sync(*device);
  coach->sql("UPDATE learning_question SET wording='sharp'");
  auto conflicts = coach->replica->conflicts();
  REQUIRE(conflicts.size() == 1);
  REQUIRE(coach->replica->decide(conflicts[0].row, conflicts[0].column, conflicts[0].lost.value));
  must_sync(*coach);
  CHECK(coach->replica->quarantined().empty());
  must_sync(*ouinhi);
  CHECK(ouinhi->get(wordings) == "sharp");
  CHECK(Value{ouinhi->get(projects)} == conflicts[0].lost.value);
  CHECK(ouinhi->replica->conflicts().empty());
  coach->sql("UPDATE project SET name='mine'");  // no conflict is open any more
  must_sync(*coach);
  CHECK(only_refusal(*coach).code == Code::coach_only);
}

TEST_CASE("another device's stamp is refused, and so is a new row with its id") {
  Town town;
  auto victim = town.device(), forger = town.device();
  for (auto* device : {victim.get(), forger.get()}) {
    must_sync(*device);
    must_sync(*device);  // and says that it has all
  }
  Rogue rogue(town, *forger);
  auto other = victim->replica->device();
  CHECK(code_of(rogue.bring(rogue.own_row(), rogue.version(rogue.number(), "mine"))) == std::nullopt);
  CHECK(code_of(rogue.bring(rogue.own_row(), rogue.version(other, "yours"))) == Code::of_another);
  CHECK(code_of(rogue.bring(rogue.own_row(), rogue.version(other, "of old", 1'600'000'000))) == Code::of_another);
  CHECK(code_of(rogue.bring({TableId{7}, minted_id(other, 77)}, rogue.version(rogue.number(), "in your range"))) == Code::of_another);
  CHECK(code_of(rogue.bring({TableId{7}, RowId{derived_bit | 77}}, rogue.version(rogue.number(), "derived"))) == std::nullopt);
  victim->sql(project("here"));
  must_sync(*victim);
  RowKey there{TableId{7}, RowId{std::stoll(victim->get("SELECT id FROM project WHERE name='here'"))}};
  CHECK(code_of(rogue.bring(there, rogue.version(rogue.number(), "an edit"))) == std::nullopt);
  must_sync(*victim);
  CHECK(victim->get("SELECT count(*) FROM project WHERE name='an edit'") == "1");
}

TEST_CASE("a version cannot say that it had seen what is not yet written") {
  Town town;
  auto victim = town.device(), forger = town.device();
  must_sync(*victim);
  must_sync(*forger);
  Rogue rogue(town, *forger);
  auto of_tomorrow = [&](std::int64_t ahead) {
    auto version = rogue.version(rogue.number(), "wins for ever");
    version.past = {{stamp_time(std::time(nullptr) + ahead), victim->replica->device()}};
    return code_of(rogue.bring(rogue.own_row(), version));
  };
  CHECK(of_tomorrow(max_ahead_seconds) == std::nullopt);
  CHECK(of_tomorrow(max_ahead_seconds + 60) == Code::invalid);
  auto version = rogue.version(rogue.number(), "has seen all to come");
  version.seen = Seq{INT32_MAX + (std::int64_t{town.relay.store->epoch()} << 32)};
  CHECK(code_of(rogue.bring(rogue.own_row(), version)) == Code::invalid);
}

TEST_CASE("a row that lives in one space is refused in another, where publishing makes a copy that says where it comes from") {
  Town town;
  auto own = town.space("Ouinhi");
  auto ouinhi = town.device(), laarne = town.device();
  town.set_role(*ouinhi, own, Role::writer);
  must_sync(*ouinhi);
  ouinhi->sql(question("draft", own));
  ouinhi->sql("INSERT INTO sub_question(space,question,text) SELECT space,id,'which needs?' FROM learning_question");
  must_sync(*ouinhi);
  RowId id{std::stoll(ouinhi->get("SELECT id FROM learning_question"))};
  auto copy = publish(*ouinhi->replica, id, town.town);
  REQUIRE(copy);
  CHECK(*copy != id);
  must_sync(*ouinhi);
  must_sync(*laarne);
  CHECK(laarne->get("SELECT wording||': '||text FROM learning_question q JOIN sub_question s ON s.question=q.id") == "draft: which needs?");
  CHECK(laarne->get("SELECT origin||'/'||origin_space FROM origin WHERE about=" + std::to_string(copy->value)) == std::to_string(id.value) + "/" + std::to_string(own.value));
  CHECK(publish(*ouinhi->replica, id, town.town).error().text.find("already") != std::string::npos);
  CHECK(publish(*ouinhi->replica, id, own).error().code == Code::invalid);
  Rogue rogue(town, *ouinhi);
  CHECK(code_of(rogue.bring({TableId{11}, id}, rogue.version(rogue.number(), "moved"))) == Code::other_space);
}

TEST_CASE("a space takes as many rows as its quota, and the next when it has room") {
  Town town;
  auto ouinhi = town.device();
  must_sync(*ouinhi);
  auto rows = town.relay.store->find_space("town")->digest.rows;
  town.accounts.set_quota(Quota::rows, rows + 2, town.town);
  ouinhi->sql(question("1") + ";" + question("2"));
  must_sync(*ouinhi);
  CHECK(ouinhi->replica->quarantined().empty());
  ouinhi->sql(question("3"));
  must_sync(*ouinhi);
  CHECK(only_refusal(*ouinhi).code == Code::space_full);
  CHECK(only_refusal(*ouinhi).text.find(std::to_string(rows + 2) + " rows") != std::string::npos);
  ouinhi->sql("UPDATE learning_question SET wording='one' WHERE wording='1'");  // takes no row
  CHECK(must_sync(*ouinhi).report.refused == 0);
  town.accounts.set_quota(Quota::rows, rows + 3, town.town);
  must_sync(*ouinhi);
  CHECK(ouinhi->replica->quarantined().empty());
  CHECK(town.relay.store->find_space("town")->digest.rows == rows + 3);
}

TEST_CASE("a space takes as many bytes as its quota and not one more") {
  Town town;
  auto ouinhi = town.device();
  must_sync(*ouinhi);
  auto bytes = town.relay.store->find_space("town")->bytes;
  ouinhi->sql("INSERT INTO project(space,name,description) VALUES(1,'four','123456')");
  auto weight = [&] { ouinhi->replica->collect(); return row_weight(ouinhi->replica->row({TableId{7}, RowId{std::stoll(ouinhi->get("SELECT max(id) FROM project"))}})); };
  town.accounts.set_quota(Quota::bytes, bytes + static_cast<std::int64_t>(weight()) - 1, town.town);
  must_sync(*ouinhi);
  CHECK(only_refusal(*ouinhi).code == Code::space_full);
  town.accounts.set_quota(Quota::bytes, bytes + static_cast<std::int64_t>(weight()), town.town);
  must_sync(*ouinhi);
  CHECK(ouinhi->replica->quarantined().empty());
  CHECK(town.relay.store->find_space("town")->bytes == bytes + static_cast<std::int64_t>(weight()));
}

TEST_CASE("a device that has sent as much as it may in a day is told to come tomorrow, and a frame for which no day has room is refused") {
  Town town;
  auto ouinhi = town.device();
  must_sync(*ouinhi);
  auto frame = [&] {  // bytes of the one that waits
    ouinhi->replica->collect();
    auto space = ouinhi->replica->space(town.town);
    return static_cast<std::int64_t>(encode(Changes{ouinhi->replica->pending(town.town, space.acked, 1'000'000), space.seen}, Direction::up, town.relay.store->epoch()).size());
  };
  auto day = std::time(nullptr) / 86'400;
  auto sent = town.relay.store->sent_on(ouinhi->replica->device(), day);
  REQUIRE(sent > 0);
  ouinhi->sql(question("now") + ";" + question(std::string(1'000, 'x')));
  auto size = frame();
  town.accounts.set_quota(Quota::day_bytes, sent + size - 1);
  auto run = sync(*ouinhi->replica);
  REQUIRE_FALSE(run);
  CHECK(run.error->code == Code::busy);
  CHECK(run.error->text.find("tomorrow") != std::string::npos);
  CHECK(ouinhi->replica->quarantined().empty());
  town.accounts.set_quota(Quota::day_bytes, size - 1);
  must_sync(*ouinhi);
  CHECK(only_refusal(*ouinhi).code == Code::day_full);
  town.accounts.set_quota(Quota::day_bytes, sent + size);
  must_sync(*ouinhi);
  CHECK(ouinhi->replica->quarantined().empty());
  CHECK(town.relay.store->sent_on(ouinhi->replica->device(), day) <= sent + size);
}

TEST_CASE("a person has as many devices as the quota, and a copied database counts as one") {
  Town town;
  town.accounts.set_quota(Quota::devices, 2);
  auto afi = town.person("Afi", Role::writer);
  auto phone = town.accounts.add_device("phone", afi);
  town.accounts.add_device("laptop", afi);
  CHECK_THROWS_WITH(town.accounts.add_device("tablet", afi), Catch::Contains("has 2 devices and may have 2"));
  CHECK(town.relay.store->number_for_copy(phone).error().text.find("2 devices") != std::string::npos);
  town.accounts.set_lost(phone, now_of_tests);
  CHECK_NOTHROW(town.accounts.add_device("tablet", afi));
}

TEST_CASE("a store of another version is left as it is, and told by its number", "[file]") {
  TempDir dir;
  SqlStore::create(dir.file("relay.db"), 1'741'600'000);
  SQLite::Database(dir.file("relay.db"), SQLite::OPEN_READWRITE).exec("UPDATE store SET version=5");
  CHECK_THROWS_WITH(SqlStore(dir.file("relay.db")), "the store is of version 5, and this program knows version 4: use the carnet-relay that belongs to it");
}
