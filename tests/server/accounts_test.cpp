// Who may do what, through a relay that serves on loopback: roles, forged and moved rows, quotas, members who come and go, lost
// devices, people who are replaced, and what is kept of all that was refused.
#include <catch2/catch.hpp>

#include "client/account.hpp"
#include "client/copies.hpp"
#include "client/notebook.hpp"
#include "client/refusals.hpp"
#include "client/sync_run.hpp"
#include "core/domain.hpp"
#include "server/accounts.hpp"
#include "tests/doors/caller.hpp"
#include "tests/live_relay.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

constexpr std::int64_t now_of_tests = 1'741'600'000;

// One relay, and people with their devices.
struct Town {
  LiveRelay relay{{}, domain(), Address::Way::certificate};
  Accounts accounts{relay.store->database()};
  SpaceId town = relay.space;

  SpaceId space(const std::string& name) { return relay.store->add_space(name, "municipality"); }
  PersonId person(const std::string& name, Role role) {
    auto id = accounts.add_person(name);
    accounts.set_role(id, town, role, std::time(nullptr));
    return id;
  }
  // A device of its own, with a person of its name.
  std::unique_ptr<Device> device(Role role = Role::writer) {
    auto made = relay.device();
    made->replica->set("name", name(*made));
    if (role != Role::writer) accounts.set_role(accounts.person(name(*made)), town, role, std::time(nullptr));
    return made;
  }
  static std::string name(Device& device) { return "device" + std::to_string(device.replica->device().value); }
  PersonId owner(Device& device) { return accounts.person(name(device)); }
  void set_role(Device& device, SpaceId space, Role role) { accounts.set_role(owner(device), space, role, std::time(nullptr)); }
};

SyncRun must_sync(Device& device) {
  auto run = sync(*device.replica);
  INFO((run.error ? run.error->text : ""));
  REQUIRE(run);
  return run;
}

// As writers of this space too.
void let_in(Town& town, SpaceId space, std::initializer_list<Device*> devices) {
  for (auto* device : devices) {
    town.set_role(*device, space, Role::writer);
    must_sync(*device);
  }
}

std::string question(const std::string& wording, SpaceId space = SpaceId{1}) {
  return "INSERT INTO learning_question(space,wording) VALUES(" + std::to_string(space.value) + ",'" + wording + "')";
}
const std::string wordings = "SELECT group_concat(wording,' ') FROM (SELECT wording FROM learning_question ORDER BY wording)";
const std::string projects = "SELECT group_concat(name,' ') FROM (SELECT name FROM project ORDER BY name)";
std::string project(const std::string& name) { return "INSERT INTO project(space,name) VALUES(1,'" + name + "')"; }

Error only_refusal(Device& device) {
  auto all = device.replica->quarantined();
  REQUIRE(all.size() == 1);
  return all[0].reason;
}

// What a device that keeps no rules puts on the wire, in a session that is else as any.
class Rogue {
 public:
  Rogue(Town& town, Device& as) : town_(&town), device_(as.replica->device()) {}

  // One frame of one row, and what the relay answers to it. (The device itself cannot go on after this: its seq was used.) `late`: so many
  // seconds the request was on its way.
  std::optional<Error> bring(RowKey key, Version version, std::int64_t late = 0) {
    SpaceId space{1};
    auto& store = *town_->relay.store;
    store.begin(false);
    auto epoch = store.epoch();
    auto head = store.head(space);
    auto acked = store.acked(device_, space);
    store.commit();
    Packing packing;
    auto now = static_cast<std::int64_t>(std::time(nullptr));
    Hello hello{device_, town_->relay.bearer(device_), {}, now - late, epoch, Mode::usual, 0, {{space, head, 0, Seq{acked.value + 1}}}};
    packing.put(encode(hello, Direction::up, epoch));
    packing.put(encode(Prime{space, 0}, Direction::up, epoch));
    packing.prime({}, 100);
    Row row;
    row.at(ColumnId{2}, Kind::reg).versions = {std::move(version)};
    packing.put(encode(Changes{{space, acked, Seq{acked.value + 1}, {{key, row}}}, head}, Direction::up, epoch));
    packing.put(encode(End{}, Direction::up, epoch));
    Caller caller(town_->relay);
    caller.say(post(packing.flush()));
    caller.finish();
    auto answer = caller.hear("");
    REQUIRE(answer.starts_with("HTTP/1.1 200"));
    return refusal_in(answer, epoch);
  }
  Version version(DeviceId by, const std::string& value, std::int64_t at = std::time(nullptr)) {
    Version made;
    made.stamp = {stamp_time(at), by};
    made.value = value;
    return made;
  }
  RowKey own_row() { return {TableId{7}, minted_id(device_, 1'000 + ++rows_)}; }
  DeviceId number() const { return device_; }

 private:
  Town* town_;
  DeviceId device_;
  std::int64_t rows_ = 0;
};

std::optional<Code> code_of(const std::optional<Error>& error) { return error ? std::optional(error->code) : std::nullopt; }

}  // namespace

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

TEST_CASE("a member who is added learns of the space in the next exchange, fetches it and introduces itself there") {
  Town town;
  auto own = town.space("Ouinhi");
  auto ouinhi = town.device(), laarne = town.device();
  town.set_role(*ouinhi, own, Role::writer);
  must_sync(*ouinhi);
  ouinhi->sql(question("draft", own));
  must_sync(*ouinhi);
  must_sync(*laarne);
  CHECK(laarne->get(wordings) == "null");
  town.set_role(*laarne, own, Role::writer);
  auto run = must_sync(*laarne);
  CHECK(run.report.joined == std::vector<std::string>{"Ouinhi"});
  CHECK(run.report.verdicts.at(own) == Verdict::identical);
  CHECK(laarne->get(wordings) == "draft");
  must_sync(*ouinhi);
  CHECK(ouinhi->get("SELECT count(*) FROM device WHERE space=" + std::to_string(own.value)) == "2");
}

TEST_CASE("a member who is removed gives what was written before, and then the space goes from the device without a deletion") {
  Town town;
  auto own = town.space("Ouinhi");
  auto ouinhi = town.device(), laarne = town.device();
  let_in(town, own, {ouinhi.get(), laarne.get()});
  laarne->sql(question("in time", own) + ";" + question("stays"));
  town.set_role(*laarne, own, Role::none);
  auto run = must_sync(*laarne);
  REQUIRE(run.report.given_up.size() == 1);
  CHECK(run.report.given_up[0].name == "Ouinhi");
  CHECK(run.report.given_up[0].kept == 0);
  CHECK(laarne->get(wordings) == "stays");
  CHECK(laarne->replica->spaces().size() == 1);
  CHECK(laarne->replica->audit() == 0);
  must_sync(*ouinhi);
  CHECK(ouinhi->get(wordings) == "in time stays");
  CHECK(must_sync(*laarne).report.given_up.empty());
}

TEST_CASE("what came too late is kept aside, moves into another space on demand, and comes back with the space") {
  Town town;
  auto own = town.space("Ouinhi");
  auto ouinhi = town.device(), laarne = town.device();
  let_in(town, own, {ouinhi.get(), laarne.get()});
  town.accounts.set_role(town.owner(*laarne), own, Role::none, std::time(nullptr) - 3'600);
  laarne->sql(question("late", own));
  laarne->sql("INSERT INTO sub_question(space,question,text) SELECT space,id,'which?' FROM learning_question");
  auto run = must_sync(*laarne);
  REQUIRE(run.report.given_up.size() == 1);
  CHECK(run.report.given_up[0].kept == 2);
  CHECK(laarne->get(wordings) == "null");
  CHECK(only_refusal(*laarne).code == Code::no_member);
  auto kept = laarne->replica->quarantined().at(0);
  CHECK(kept.aside);

  SECTION("moved") {
    REQUIRE(move_refused(*laarne->replica, kept.number, town.town));
    must_sync(*laarne);
    must_sync(*ouinhi);
    CHECK(ouinhi->get("SELECT wording||' '||text||' '||q.space FROM learning_question q JOIN sub_question s ON s.question=q.id") == "late which? 1");
    CHECK(laarne->replica->quarantined().empty());
  }
  SECTION("let in again") {
    town.set_role(*laarne, own, Role::writer);
    must_sync(*laarne);
    CHECK(laarne->replica->quarantined().empty());
    must_sync(*ouinhi);
    CHECK(ouinhi->get("SELECT wording||' '||text||' '||q.space FROM learning_question q JOIN sub_question s ON s.question=q.id") == "late which? " + std::to_string(own.value));
  }
  SECTION("dropped") {
    laarne->replica->drop(kept.number);
    CHECK(laarne->replica->quarantined().empty());
    must_sync(*ouinhi);
    CHECK(ouinhi->get(wordings) == "null");
  }
}

TEST_CASE("a row that was edited too late comes back under its own id, and has the parts again that came in time") {
  Town town;
  auto own = town.space("Ouinhi");
  auto ouinhi = town.device(), laarne = town.device();
  let_in(town, own, {ouinhi.get(), laarne.get()});
  laarne->sql("UPDATE carnet_self SET clock_offset=-7200; DELETE FROM carnet_setting WHERE name='relay_time'");
  laarne->sql(question("in time", own));
  laarne->sql("INSERT INTO sub_question(space,question,text) SELECT space,id,'which?' FROM learning_question");
  laarne->replica->collect();
  laarne->sql("UPDATE carnet_self SET clock_offset=0; UPDATE learning_question SET wording='late'");
  town.accounts.set_role(town.owner(*laarne), own, Role::none, std::time(nullptr) - 3'600);
  REQUIRE(must_sync(*laarne).report.given_up.at(0).kept == 1);
  town.set_role(*laarne, own, Role::writer);
  must_sync(*laarne);
  CHECK(laarne->replica->quarantined().empty());
  must_sync(*ouinhi);
  CHECK(ouinhi->get("SELECT wording||' '||text FROM sub_question s JOIN learning_question q ON q.id=s.question") == "late which?");
}

TEST_CASE("a removed member who was drained can bring nothing more, whatever its stamps say") {
  Town town;
  auto laarne = town.device();
  must_sync(*laarne);
  Rogue rogue(town, *laarne);
  town.set_role(*laarne, town.town, Role::none);
  CHECK(code_of(rogue.bring(rogue.own_row(), rogue.version(rogue.number(), "in time"))) == std::nullopt);
  CHECK(code_of(rogue.bring(rogue.own_row(), rogue.version(rogue.number(), "of old", std::time(nullptr) - 1'000))) == Code::no_member);
}

TEST_CASE("a request that was on its way when its sender was removed ends nothing: what was written in time comes with the next one too") {
  Town town;
  auto laarne = town.device();
  must_sync(*laarne);
  Rogue rogue(town, *laarne);
  town.set_role(*laarne, town.town, Role::none);
  CHECK(code_of(rogue.bring(rogue.own_row(), rogue.version(rogue.number(), "sent before"), 30)) == std::nullopt);
  CHECK(code_of(rogue.bring(rogue.own_row(), rogue.version(rogue.number(), "written before"))) == std::nullopt);
  CHECK(code_of(rogue.bring(rogue.own_row(), rogue.version(rogue.number(), "after the end"))) == Code::no_member);
}

TEST_CASE("who is removed, and reads again before their device heard of either, gives what was written in time") {
  Town town;
  auto ouinhi = town.device(), laarne = town.device();
  must_sync(*laarne);
  laarne->sql(question("in time"));
  town.set_role(*laarne, town.town, Role::none);
  town.set_role(*laarne, town.town, Role::reader);
  must_sync(*laarne);
  CHECK(laarne->replica->quarantined().empty());
  must_sync(*ouinhi);
  CHECK(ouinhi->get(wordings) == "in time");
}

TEST_CASE("what was refused of a coach is not taken when the coach may do less") {
  Town town;
  auto coach = town.device(Role::coach);
  must_sync(*coach);
  coach->sql(project("for writers"));
  must_sync(*coach);
  CHECK(only_refusal(*coach).code == Code::coach_only);
  town.set_role(*coach, town.town, Role::reader);
  must_sync(*coach);
  CHECK(only_refusal(*coach).code == Code::reads_only);
}

TEST_CASE("what comes back with a space edits what was written there too late, and nothing that others wrote since") {
  Town town;
  auto own = town.space("Ouinhi");
  auto ouinhi = town.device(), laarne = town.device();
  let_in(town, own, {ouinhi.get(), laarne.get()});
  laarne->sql("INSERT INTO project(space,name,description) VALUES(" + std::to_string(own.value) + ",'market','old')");
  must_sync(*laarne);
  town.accounts.set_role(town.owner(*laarne), own, Role::none, std::time(nullptr) - 3'600);
  laarne->sql("UPDATE project SET description='late'");
  CHECK(must_sync(*laarne).report.given_up.at(0).kept == 1);
  must_sync(*ouinhi);
  ouinhi->sql("UPDATE project SET name='market hall'");
  must_sync(*ouinhi);
  town.set_role(*laarne, own, Role::writer);
  must_sync(*laarne);
  must_sync(*ouinhi);
  CHECK(ouinhi->get("SELECT name||' '||description FROM project") == "market hall late");
}

TEST_CASE("of what came too late the history keeps each wording, also where another's is shown") {
  Town town;
  auto own = town.space("Ouinhi");
  auto ouinhi = town.device(), laarne = town.device();
  let_in(town, own, {ouinhi.get(), laarne.get()});
  laarne->sql("INSERT INTO project(space,name) VALUES(" + std::to_string(own.value) + ",'market')");
  must_sync(*laarne);
  town.accounts.set_role(town.owner(*laarne), own, Role::none, std::time(nullptr) - 3'600);
  RowKey key{TableId{7}, RowId{std::stoll(laarne->get("SELECT id FROM project"))}};
  for (std::string name : {"late", "later"}) {
    laarne->sql("UPDATE project SET name='" + name + "'");
    laarne->replica->collect();
  }
  must_sync(*laarne);
  std::string all;
  for (auto& past : laarne->replica->history(key)) all += std::get<std::string>(past.version.value) + " ";
  CHECK(all == "later late market ");
}

TEST_CASE("who becomes a reader gives what it wrote as a writer, once") {
  Town town;
  auto ouinhi = town.device(), laarne = town.device();
  must_sync(*laarne);
  laarne->sql(question("in time"));
  town.set_role(*laarne, town.town, Role::reader);
  must_sync(*laarne);
  CHECK(laarne->replica->quarantined().empty());
  must_sync(*ouinhi);
  CHECK(ouinhi->get(wordings) == "in time");
  Rogue rogue(town, *laarne);
  CHECK(code_of(rogue.bring(rogue.own_row(), rogue.version(rogue.number(), "of old", std::time(nullptr) - 1'000))) == Code::reads_only);
}

TEST_CASE("somebody who is let in again begins anew in the space, with what they wrote before") {
  Town town;
  auto own = town.space("Ouinhi");
  auto ouinhi = town.device(), laarne = town.device();
  let_in(town, own, {ouinhi.get(), laarne.get()});
  laarne->sql(question("mine", own));
  must_sync(*laarne);
  town.set_role(*laarne, own, Role::none);
  must_sync(*laarne);
  town.set_role(*laarne, own, Role::writer);
  auto run = must_sync(*laarne);
  CHECK(run.report.verdicts.at(own) == Verdict::identical);
  CHECK(laarne->get(wordings) == "mine");
  laarne->sql(question("new", own));
  must_sync(*laarne);
  must_sync(*ouinhi);
  CHECK(ouinhi->get(wordings) == "mine new");
}

namespace {

// The relay goes back to its backup.
void restore(Town& town, std::initializer_list<Device*> devices) {
  auto before = town.relay.store->epoch();
  town.relay.stop();
  town.relay.server.reset();
  town.relay.store.reset();
  for (auto* end : {"", "-wal", "-shm"}) std::filesystem::remove(town.relay.dir.file(std::string("relay.db") + end));
  std::filesystem::copy_file(town.relay.dir.file("backup.db"), town.relay.dir.file("relay.db"));
  town.relay.store = std::make_unique<SqlStore>(town.relay.dir.file("relay.db"));
  town.relay.store->begin_new_life(std::time(nullptr));
  REQUIRE(town.relay.store->epoch() > before);
  town.relay.start({.store = town.relay.dir.file("relay.db"), .port = 0, .certificate = {town.relay.certificate(), town.relay.certificate()}});
  for (auto* device : devices) device->replica->set("address", town.relay.address());
}

}  // namespace

TEST_CASE("who is removed after the relay was restored gives what it lost of theirs, and what was written since", "[file]") {
  Town town;
  auto own = town.space("Ouinhi");
  auto ouinhi = town.device(), laarne = town.device();
  let_in(town, own, {ouinhi.get(), laarne.get()});
  town.relay.store->backup(town.relay.dir.file("backup.db"));
  laarne->sql(question("had arrived", own));
  must_sync(*laarne);
  laarne->sql(question("had not", own));
  restore(town, {ouinhi.get(), laarne.get()});
  Accounts accounts(town.relay.store->database());
  accounts.set_role(accounts.person(Town::name(*laarne)), own, Role::none, std::time(nullptr));
  auto run = must_sync(*laarne);
  REQUIRE(run.report.given_up.size() == 1);
  CHECK(run.report.given_up[0].kept == 0);
  must_sync(*ouinhi);
  CHECK(ouinhi->get(wordings) == "had arrived had not");
}

TEST_CASE("a lost device is refused, and of its work is taken what others carry", "[file]") {
  Town town;
  auto ouinhi = town.device(), laarne = town.device();
  must_sync(*ouinhi);
  must_sync(*laarne);
  town.relay.store->backup(town.relay.dir.file("backup.db"));
  ouinhi->sql(question("of the lost"));
  must_sync(*ouinhi);
  must_sync(*laarne);
  REQUIRE(laarne->get(wordings) == "of the lost");
  restore(town, {ouinhi.get(), laarne.get()});  // and the device is gone
  Accounts(town.relay.store->database()).set_lost(ouinhi->replica->device(), std::time(nullptr));

  auto run = sync(*ouinhi->replica);
  REQUIRE_FALSE(run);
  CHECK(run.error->code == Code::not_allowed);
  must_sync(*laarne);
  CHECK(laarne->replica->quarantined().empty());
  auto fresh = town.relay.device();
  fresh->replica->set("name", "fresh");
  must_sync(*fresh);
  CHECK(fresh->get(wordings) == "of the lost");
}

TEST_CASE("a person who is replaced keeps the name of what was written before, and the new one has devices and roles") {
  Town town;
  auto ouinhi = town.device(), laarne = town.device();
  must_sync(*ouinhi);
  ouinhi->sql(question("before"));
  must_sync(*ouinhi);
  auto koffi = town.accounts.add_person("Koffi");
  auto since = std::time(nullptr) + 60;  // later than what was just written
  town.accounts.replace(town.owner(*ouinhi), koffi, since);
  must_sync(*ouinhi);
  ouinhi->replica->in_transaction([&] {
    ouinhi->replica->database().exec("UPDATE carnet_self SET muted=0");
    ouinhi->replica->database().exec("UPDATE carnet_setting SET value=" + std::to_string(since + 5) + " WHERE name='relay_time'");
  });
  ouinhi->sql(question("after"));
  must_sync(*ouinhi);
  must_sync(*laarne);
  Notebook notebook(*laarne->replica);
  auto author = [&](const std::string& wording) {
    RowId id{std::stoll(laarne->get("SELECT id FROM learning_question WHERE wording='" + wording + "'"))};
    return notebook.history(*notebook.find(id)).at(0)["by"].get<std::string>();
  };
  CHECK(author("before") == "device1");
  CHECK(author("after") == "Koffi (device1)");
  CHECK(town.accounts.role(koffi, town.town) == Role::writer);
  CHECK(town.accounts.role(town.accounts.person("device1"), town.town) == Role::none);
}

TEST_CASE("a store of another version is left as it is, and told by its number", "[file]") {
  TempDir dir;
  SqlStore::create(dir.file("relay.db"), 1'741'600'000);
  SQLite::Database(dir.file("relay.db"), SQLite::OPEN_READWRITE).exec("UPDATE store SET version=5");
  CHECK_THROWS_WITH(SqlStore(dir.file("relay.db")), "the store is of version 5, and this program knows version 4: use the carnet-relay that belongs to it");
}
