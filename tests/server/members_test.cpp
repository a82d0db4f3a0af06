// Members who come and go, through a relay that serves on loopback: what is still taken of them, what is kept, lost devices, and people who are replaced.
#include "tests/server/town.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

// Two devices that write in one space more, their own.
struct Pair : Town {
  struct {
    SpaceId own;
    std::unique_ptr<Device> ouinhi, laarne;
  } both{space("Ouinhi"), device(), device()};
  Pair() { let_in(*this, both.own, {both.ouinhi.get(), both.laarne.get()}); }
  void remove_an_hour_ago(Device& of) { accounts.set_role(owner(of), both.own, Role::none, std::time(nullptr) - 3'600); }
};

// Somebody who was just removed, with a device that keeps no rules.
struct Removed : Town {
  std::unique_ptr<Device> laarne = device();
  Rogue rogue{*this, *laarne};
  Removed() {
    must_sync(*laarne);
    set_role(*laarne, town, Role::none);
  }
  std::optional<Code> bring(const std::string& value, std::int64_t at = std::time(nullptr), std::int64_t late = 0) {
    return code_of(rogue.bring(rogue.own_row(), rogue.version(rogue.number(), value, at), late));
  }
};

}  // namespace

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
  Pair town;
  auto& [own, ouinhi, laarne] = town.both;
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
  Pair town;
  auto& [own, ouinhi, laarne] = town.both;
  town.remove_an_hour_ago(*laarne);
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
  Pair town;
  auto& [own, ouinhi, laarne] = town.both;
  laarne->sql("UPDATE carnet_self SET clock_offset=-7200; DELETE FROM carnet_setting WHERE name='relay_time'");
  laarne->sql(question("in time", own));
  laarne->sql("INSERT INTO sub_question(space,question,text) SELECT space,id,'which?' FROM learning_question");
  laarne->replica->collect();
  laarne->sql("UPDATE carnet_self SET clock_offset=0; UPDATE learning_question SET wording='late'");
  town.remove_an_hour_ago(*laarne);
  REQUIRE(must_sync(*laarne).report.given_up.at(0).kept == 1);
  town.set_role(*laarne, own, Role::writer);
  must_sync(*laarne);
  CHECK(laarne->replica->quarantined().empty());
  must_sync(*ouinhi);
  CHECK(ouinhi->get("SELECT wording||' '||text FROM sub_question s JOIN learning_question q ON q.id=s.question") == "late which?");
}

TEST_CASE("a removed member who was drained can bring nothing more, whatever its stamps say") {
  Removed town;
  CHECK(town.bring("in time") == std::nullopt);
  CHECK(town.bring("of old", std::time(nullptr) - 1'000) == Code::no_member);
}

TEST_CASE("a request that was on its way when its sender was removed ends nothing: what was written in time comes with the next one too") {
  Removed town;
  CHECK(town.bring("sent before", std::time(nullptr), 30) == std::nullopt);
  CHECK(town.bring("written before") == std::nullopt);
  CHECK(town.bring("after the end") == Code::no_member);
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
  Pair town;
  auto& [own, ouinhi, laarne] = town.both;
  laarne->sql("INSERT INTO project(space,name,description) VALUES(" + std::to_string(own.value) + ",'market','old')");
  must_sync(*laarne);
  town.remove_an_hour_ago(*laarne);
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
  Pair town;
  auto& [own, ouinhi, laarne] = town.both;
  laarne->sql("INSERT INTO project(space,name) VALUES(" + std::to_string(own.value) + ",'market')");
  must_sync(*laarne);
  town.remove_an_hour_ago(*laarne);
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

TEST_CASE("who becomes a reader gives what it wrote as a writer, once, also where it was removed meanwhile and its device did not hear of that") {
  Town town;
  bool is_removed_before = GENERATE(false, true);
  auto ouinhi = town.device(), laarne = town.device();
  must_sync(*laarne);
  laarne->sql(question("in time"));
  if (is_removed_before) town.set_role(*laarne, town.town, Role::none);
  town.set_role(*laarne, town.town, Role::reader);
  must_sync(*laarne);
  CHECK(laarne->replica->quarantined().empty());
  must_sync(*ouinhi);
  CHECK(ouinhi->get(wordings) == "in time");
  Rogue rogue(town, *laarne);
  CHECK(code_of(rogue.bring(rogue.own_row(), rogue.version(rogue.number(), "of old", std::time(nullptr) - 1'000))) == Code::reads_only);
}

TEST_CASE("somebody who is let in again begins anew in the space, with what they wrote before") {
  Pair town;
  auto& [own, ouinhi, laarne] = town.both;
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
  Pair town;
  auto& [own, ouinhi, laarne] = town.both;
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
