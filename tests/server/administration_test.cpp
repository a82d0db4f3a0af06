// An umbrella's officers keep people, devices, spaces, members and invites by rows, through a relay that serves on loopback.
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "client/enrol.hpp"
#include "client/notebook.hpp"
#include "client/sync_run.hpp"
#include "core/changes.hpp"
#include "core/domain.hpp"
#include "server/accounts.hpp"
#include "sync/sealed.hpp"
#include "tests/live_relay.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

constexpr auto members = "SELECT group_concat(p.name||' '||s.name||' '||m.role,', ') FROM (SELECT * FROM account_member ORDER BY id) m JOIN account_person p ON p.id=m.person JOIN account_space s ON s.id=m.in_space";

// A relay with an administration space, and its officers.
struct Office {
  LiveRelay relay{{}, domain()};
  SpaceId space = relay.store->add_space("Administration", "administration");
  std::string in_space = std::to_string(space.value);

  Office() { relay.store->set_address(relay.address()); }
  Accounts accounts() { return Accounts(relay.store->database()); }
  PersonId owner(Device& device) {
    for (auto& holder : accounts().holders())
      if (holder.device == device.replica->device()) return holder.person;
    throw std::logic_error("nobody's device");
  }
  void let_in(Device& device, Role role) { accounts().set_role(owner(device), space, role, std::time(nullptr)); }
  std::unique_ptr<Device> device(Role role = Role::admin);
  std::vector<std::string> names_of_people() {
    std::vector<std::string> names;
    for (auto& person : accounts().people()) names.push_back(person.name);
    return names;
  }
  std::string device_state(const std::string& name) {
    Query row(relay.store->database(), "SELECT lost,admitted FROM device WHERE name=?", name);
    return row.next() ? std::string(row.is_null(0) ? "0" : "1") + std::to_string(row.integer(1)) : "none";
  }
  void restore(const std::string& backup) {
    auto port = relay.server->port();
    relay.stop();
    relay.store.reset();
    auto file = relay.dir.file("relay.db");
    for (auto* end : {"", "-wal", "-shm"}) std::filesystem::remove(file + end);
    std::filesystem::copy_file(backup, file);
    relay.store = std::make_unique<SqlStore>(file);
    relay.store->begin_new_life(std::time(nullptr) + 60);
    relay.store->mirror_accounts();
    ServerOptions options;
    options.store = file;
    options.port = port;
    options.plain = true;
    relay.start(options);
  }

  // SQL on the officer's own file, as any tool has it.
  std::string person(const std::string& name) { return "INSERT INTO account_person(space,name) VALUES(" + in_space + ",'" + name + "');"; }
  std::string account_device(const std::string& name, const std::string& person) {
    return "INSERT INTO account_device(space,name,person) SELECT " + in_space + ",'" + name + "',id FROM account_person WHERE name='" + person + "';";
  }
  std::string member(const std::string& person, const std::string& place, const std::string& role) {
    return "INSERT INTO account_member(space,person,in_space,role) SELECT " + in_space + ",p.id,s.id,'" + role + "' FROM account_person p,account_space s WHERE p.name='" + person + "' AND s.name='" + place + "';";
  }
  std::string invite(const std::string& device) { return "INSERT INTO account_invite(space,device) SELECT " + in_space + ",id FROM account_device WHERE name='" + device + "';"; }
};

SyncRun must_sync(Device& device) {
  auto run = sync(*device.replica);
  INFO((run.error ? run.error->text : ""));
  REQUIRE(run);
  return run;
}

std::unique_ptr<Device> Office::device(Role role) {
  auto made = relay.device();
  if (role != Role::none) let_in(*made, role);
  relay.store->mirror_accounts();
  must_sync(*made);  // hears of its space
  must_sync(*made);
  return made;
}

void must(Device& device, const std::string& sql) { REQUIRE(device.sql(sql) == ""); }

std::string outcome(Device& device, const std::string& table, const std::string& where) { return device.get("SELECT outcome FROM " + table + " WHERE " + where); }

// As the officer's program does it.
std::optional<std::string> opened(Device& officer, const std::string& where = "state='open'") {
  SQLite::Statement row(officer.replica->database(), "SELECT id,sealed FROM account_invite WHERE sealed IS NOT NULL AND " + where);
  if (!row.executeStep()) return {};
  return open_sealed(row.getColumn(1).getString(), read_keys(officer.path)->keys.at(0).bytes, RowId{row.getColumn(0).getInt64()});
}

// A whole team in one go, and its invite.
std::string team(Office& office) {
  return "INSERT INTO account_organisation(space,name) VALUES(" + office.in_space + ",'Ouinhi');" +
         "INSERT INTO account_person(space,name,organisation) SELECT " + office.in_space + ",'Afi',id FROM account_organisation;" +
         "INSERT INTO account_space(space,name,kind) VALUES(" + office.in_space + ",'Brouillons','municipality');" + office.account_device("Afi, portable", "Afi") +
         office.member("Afi", "Brouillons", "writer") + office.invite("Afi, portable");
}

std::string content(const std::string& path) {
  std::string all;
  for (auto* end : {"", "-wal"}) {
    std::ifstream from(path + end, std::ios::binary);
    all.append(std::istreambuf_iterator<char>(from), {});
  }
  return all;
}

}  // namespace

TEST_CASE("an officer makes a team offline in one go, and after one exchange its device enrols by the invite, writes and syncs") {
  Office office;
  auto officer = office.device();
  must(*officer, team(office));
  CHECK(must_sync(*officer).report.verdicts.at(office.space) == Verdict::identical);
  for (auto* table : {"account_organisation", "account_person", "account_space", "account_device", "account_member", "account_invite"})
    CHECK(officer->get("SELECT count(*) FROM " + std::string(table) + " WHERE outcome IS NOT 'done'") == "0");
  CHECK(officer->get("SELECT name||' '||state FROM account_device WHERE number=(SELECT max(number) FROM account_device)") == "Afi, portable active");
  auto invite = read_invite(opened(*officer).value());
  REQUIRE(invite);
  CHECK(invite->spaces.at(0).name == "Brouillons");

  auto path = office.relay.dir.file("afi.db");
  enrol(path, *invite);
  keep_invite(path, *invite);
  Replica afi(path, domain());
  REQUIRE(Notebook(afi).add(invite->spaces.at(0).id, "project", {{"name", "Marché"}}));
  REQUIRE(sync(afi));
  CHECK(office.relay.store->find_space("Brouillons")->digest.rows == 3);  // with who the device is, and whose
  must_sync(*officer);
  CHECK(officer->get("SELECT state||' '||(sealed IS NULL) FROM account_invite") == "used 1");
}

TEST_CASE("in an administration space only an admin writes") {
  Office office;
  auto role = GENERATE(Role::reader, Role::writer, Role::coach);
  auto member = office.device(role);
  must(*member, office.person("Afi"));
  CHECK(must_sync(*member).report.refused == 1);
  CHECK(member->replica->quarantined().at(0).reason.code == Code::admins_only);
  CHECK(office.names_of_people() == std::vector<std::string>{"relay", "device1"});
  office.let_in(*member, Role::admin);
  must_sync(*member);
  must_sync(*member);
  CHECK(outcome(*member, "account_person", "name='Afi'") == "done");
}

TEST_CASE("an officer who was removed brings no wish of before, whatever its stamp says") {
  Office office;
  auto officer = office.device();
  must(*officer, office.person("Afi"));
  office.let_in(*officer, Role::none);
  must_sync(*officer);
  CHECK(office.names_of_people().size() == 2);
  CHECK(officer->replica->quarantined().at(0).reason.code == Code::no_member);
}

TEST_CASE("accounts stand in the administration space alone, and other tables do not stand there") {
  Office office;
  auto officer = office.device();
  must(*officer, "INSERT INTO account_person(space,name) VALUES(1,'Afi')");
  must(*officer, "INSERT INTO project(space,name) VALUES(" + office.in_space + ",'Marché')");
  CHECK(must_sync(*officer).report.refused == 2);
  for (auto& frame : officer->replica->quarantined()) CHECK(frame.reason.code == Code::other_kind);
  CHECK(office.names_of_people().size() == 2);
}

TEST_CASE("a wish that cannot be met says why, stops nothing, and is met once it can be") {
  Office office;
  auto officer = office.device();
  std::string long_name;
  for (int k = 0; k < 101; ++k) long_name += "é";
  must(*officer, office.person("Afi") + office.person(long_name.substr(0, 200)) + office.person(long_name) + office.person("relay") + office.person("device1"));
  must(*officer, "INSERT INTO account_space(space,name,kind) VALUES(" + office.in_space + ",'Other','administration')");
  must_sync(*officer);
  CHECK(outcome(*officer, "account_person", "name='Afi'") == "done");
  CHECK(outcome(*officer, "account_person", "length(name)=100") == "done");
  CHECK(outcome(*officer, "account_person", "length(name)=101") == "bad_name");
  CHECK(outcome(*officer, "account_person", "name='relay'") == "name_taken");
  CHECK(officer->get("SELECT group_concat(outcome,' ') FROM (SELECT outcome FROM account_person WHERE name='device1' ORDER BY outcome)") == "done name_taken");
  CHECK(outcome(*officer, "account_space", "name='Other'") == "only_one");
  must(*officer, "UPDATE account_person SET name='Koffi' WHERE name='relay'");
  must_sync(*officer);
  CHECK(outcome(*officer, "account_person", "name='Koffi'") == "done");
  CHECK(office.names_of_people().back() == "Koffi");
}

TEST_CASE("a person has as many devices as the quota says and not one more") {
  Office office;
  auto officer = office.device();
  office.accounts().set_quota(Quota::devices, 2);
  must(*officer, office.person("Afi"));
  for (auto* name : {"a", "b", "c"}) must(*officer, office.account_device(name, "Afi"));
  must_sync(*officer);
  CHECK(officer->get("SELECT group_concat(outcome,' ') FROM (SELECT outcome FROM account_device WHERE name IN ('a','b','c') ORDER BY name)") == "done done too_many_devices");
  CHECK(officer->get("SELECT number IS NULL FROM account_device WHERE name='c'") == "1");
  must(*officer, "UPDATE account_device SET state='lost' WHERE name='a'");
  must_sync(*officer);
  CHECK(outcome(*officer, "account_device", "name='c'") == "done");
}

TEST_CASE("a row that refers to what is not there yet waits for it") {
  Office office;
  auto officer = office.device();
  must(*officer, office.person("device1") + office.account_device("Afi, portable", "device1 "));  // the name is taken
  must(*officer, "INSERT INTO account_device(space,name,person) SELECT " + office.in_space + ",'portable',max(id) FROM account_person");
  must(*officer, "UPDATE account_device SET person=(SELECT id FROM account_person WHERE outcome IS NULL) WHERE name='portable'");
  must_sync(*officer);
  CHECK(outcome(*officer, "account_device", "name='portable'") == "waits");
  must(*officer, "UPDATE account_person SET name='Afi' WHERE outcome='name_taken'");
  must_sync(*officer);
  CHECK(outcome(*officer, "account_device", "name='portable'") == "done");
}

TEST_CASE("a device is lost, found and revoked by its row, and an invite by its own") {
  Office office;
  auto officer = office.device(), other = office.device(Role::none);
  must_sync(*officer);
  auto state = [&](const std::string& wished) {
    must(*officer, "UPDATE account_device SET state='" + wished + "' WHERE name='device2'");
    must_sync(*officer);
    return outcome(*officer, "account_device", "name='device2'");
  };
  CHECK(state("lost") == "done");
  CHECK_FALSE(sync(*other->replica));
  must(*officer, office.invite("device2"));
  must_sync(*officer);
  CHECK(outcome(*officer, "account_invite", "1") == "device_lost");
  CHECK(state("active") == "done");
  CHECK(outcome(*officer, "account_invite", "1") == "done");  // tried again
  must(*officer, "UPDATE account_invite SET state='revoked'");
  must_sync(*officer);
  CHECK(office.relay.store->database().number("SELECT count(*) FROM invite WHERE revoked=1") == 1);
  CHECK(officer->get("SELECT sealed IS NULL FROM account_invite") == "1");
  CHECK(state("revoked") == "done");
  CHECK(office.device_state("device2") == "00");
  CHECK(state("active") == "needs_invite");
  must(*officer, office.invite("device2"));
  must_sync(*officer);
  CHECK(officer->get("SELECT state||' '||outcome FROM account_device WHERE name='device2'") == "active done");
}

TEST_CASE("a role changes and ends by its row, and removing the row takes the person out") {
  Office office;
  auto officer = office.device();
  must(*officer, office.person("Afi") + office.member("Afi", "town", "coach"));
  must_sync(*officer);
  auto role = [&] { return office.accounts().role(office.accounts().person("Afi"), office.relay.space); };
  CHECK(role() == Role::coach);
  auto row = "person=(SELECT id FROM account_person WHERE name='Afi')";
  must(*officer, std::string("UPDATE account_member SET role='none' WHERE ") + row);
  must_sync(*officer);
  CHECK(role() == Role::none);
  must(*officer, std::string("UPDATE account_member SET role='writer' WHERE ") + row);
  must_sync(*officer);
  CHECK(role() == Role::writer);
  must(*officer, std::string("DELETE FROM account_member WHERE ") + row);
  must_sync(*officer);
  CHECK(role() == Role::none);
  must_sync(*officer);
  CHECK(officer->get("SELECT count(*) FROM account_member WHERE " + std::string(row)) == "0");
}

TEST_CASE("names change by rows; what cannot change or go is put back, with the reason") {
  Office office;
  auto officer = office.device();
  must(*officer, team(office));
  must_sync(*officer);
  must(*officer, "UPDATE account_person SET name='Afi Dossou' WHERE name='Afi'");
  must(*officer, "UPDATE account_space SET kind='hub' WHERE name='Brouillons'");
  must(*officer, "DELETE FROM account_organisation");
  must_sync(*officer);
  CHECK(office.names_of_people().back() == "Afi Dossou");
  CHECK(outcome(*officer, "account_space", "name='Brouillons'") == "fixed");
  CHECK(office.relay.store->find_space("Brouillons")->kind == "municipality");
  CHECK(officer->get("SELECT name||' '||outcome FROM account_organisation") == "Ouinhi fixed");
}

TEST_CASE("what is the relay's to say is not taken from anybody") {
  Office office;
  auto officer = office.device();
  must(*officer, "INSERT INTO account_person(space,name,outcome) VALUES(" + office.in_space + ",'device1','done')");
  must(*officer, "INSERT INTO account_device(space,name,person,number,outcome) SELECT " + office.in_space + ",'x',max(id),1,'done' FROM account_person");
  must(*officer, "UPDATE account_device SET number=77,outcome='fixed' WHERE name='device1'");
  must(*officer, "INSERT INTO account_invite(space,device,state,sealed,sealed_for,outcome) SELECT " + office.in_space + ",id,'used','rubbish',1,'done' FROM account_device WHERE name='device1'");
  must_sync(*officer);
  CHECK(officer->get("SELECT group_concat(outcome,' ') FROM (SELECT outcome FROM account_person WHERE name='device1' ORDER BY outcome)") == "done name_taken");
  CHECK(officer->get("SELECT outcome||' '||(number IS NULL) FROM account_device WHERE name='x'") == "waits 1");
  CHECK(officer->get("SELECT outcome||' '||(number<>77) FROM account_device WHERE name='device1'") == "done 1");
  CHECK(officer->get("SELECT state FROM account_invite") == "open");
  CHECK(opened(*officer));
}

TEST_CASE("two officers invite one device at once: the later invite stands, the other is void, both know") {
  Office office;
  auto one = office.device(), two = office.device();
  office.device(Role::none);
  for (auto* officer : {one.get(), two.get()}) must_sync(*officer);
  for (auto* officer : {one.get(), two.get()}) must(*officer, office.invite("device3"));
  for (auto* officer : {one.get(), two.get(), one.get()}) must_sync(*officer);
  for (auto* officer : {one.get(), two.get()}) CHECK(officer->get("SELECT group_concat(state,' ') FROM (SELECT state FROM account_invite ORDER BY state)") == "open revoked");
  CHECK(opened(*two));
  CHECK_FALSE(opened(*one));  // it was not asked for there
}

TEST_CASE("neither the relay's files nor a backup nor a replica without its key file hold an invite in clear", "[file]") {
  Office office;
  auto officer = office.device();
  must(*officer, team(office));
  must_sync(*officer);
  auto text = opened(*officer).value();
  auto invite = *read_invite(text);
  office.relay.store->backup(office.relay.dir.file("backup.db"));
  for (auto& file : {office.relay.dir.file("relay.db"), office.relay.dir.file("backup.db"), officer->path}) {
    CHECK(content(file).find(text.substr(8, 40)) == std::string::npos);
    CHECK(content(file).find(invite.key) == std::string::npos);
  }
  auto key = read_keys(officer->path)->keys.at(0).bytes;
  key[0] = static_cast<char>(key[0] ^ 1);
  CHECK_FALSE(open_sealed(officer->get("SELECT sealed FROM account_invite"), key, RowId{std::stoll(officer->get("SELECT id FROM account_invite"))}));
}

TEST_CASE("an invite that was sealed under an earlier key is asked for again") {
  Office office;
  auto officer = office.device();
  must(*officer, office.invite("device1"));
  must_sync(*officer);
  office.relay.store->rotate(officer->replica->device());
  must_sync(*officer);
  CHECK_FALSE(opened(*officer));
  must(*officer, office.invite("device1"));
  must_sync(*officer);
  CHECK(opened(*officer));
}

TEST_CASE("what commands do shows in the administration space, and wins over what stood there") {
  Office office;
  auto officer = office.device();
  office.accounts().add_organisation("Laarne");
  auto jan = office.accounts().add_person("Jan", "Laarne");
  office.accounts().set_role(jan, office.relay.space, Role::writer, std::time(nullptr));
  office.relay.store->add_invite(office.accounts().add_device("Jan, laptop", jan), std::time(nullptr) + 1'000);
  office.relay.store->mirror_accounts();
  must_sync(*officer);
  CHECK(officer->get("SELECT p.name||' '||o.name FROM account_person p JOIN account_organisation o ON o.id=p.organisation") == "Jan Laarne");
  CHECK(officer->get(members).find("Jan town writer") != std::string::npos);
  CHECK(officer->get("SELECT d.name||' '||i.state FROM account_invite i JOIN account_device d ON d.id=i.device") == "Jan, laptop open");
  CHECK(officer->get("SELECT count(*) FROM account_device WHERE name='relay'") == "0");
  must(*officer, "UPDATE account_member SET role='reader' WHERE person=(SELECT id FROM account_person WHERE name='Jan')");
  must_sync(*officer);
  office.accounts().set_role(jan, office.relay.space, Role::coach, std::time(nullptr));
  office.relay.store->mirror_accounts();
  must_sync(*officer);
  CHECK(officer->get(members).find("Jan town coach") != std::string::npos);
  CHECK(officer->replica->conflicts().empty());
}

TEST_CASE("mirroring twice writes nothing the second time") {
  Office office;
  auto officer = office.device();
  must(*officer, team(office));
  must_sync(*officer);
  office.relay.store->mirror_accounts();
  auto head = office.relay.store->find_space("Administration")->head;
  office.relay.store->mirror_accounts();
  CHECK(office.relay.store->find_space("Administration")->head == head);
}

TEST_CASE("a relay that comes back from a backup carries out again what officers had written since", "[file]") {
  Office office;
  auto officer = office.device();
  auto backup = office.relay.dir.file("backup.db");
  office.relay.store->backup(backup);
  must(*officer, team(office));
  must_sync(*officer);
  auto number = officer->get("SELECT number FROM account_device WHERE name='Afi, portable'");
  office.restore(backup);
  must_sync(*officer);
  CHECK(must_sync(*officer).report.verdicts.at(office.space) == Verdict::identical);
  CHECK(office.names_of_people().back() == "Afi");
  CHECK(officer->get("SELECT number||' '||outcome FROM account_device WHERE name='Afi, portable'") == number + " done");
  CHECK(officer->get(members).find("Afi Brouillons writer") != std::string::npos);
  CHECK(officer->get("SELECT count(*)||' '||count(DISTINCT name) FROM account_person") == "2 2");
  CHECK(officer->get("SELECT state||' '||outcome FROM account_invite") == "revoked relay_restored");
  CHECK(office.relay.store->verify().empty());
}

TEST_CASE("rows of whatever form an admin's program may send harm neither the relay nor the accounts") {
  auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  auto below = [&](int n) { return static_cast<std::int64_t>(random() % static_cast<unsigned>(n)); };
  Office office;
  auto officer = office.device();
  auto& store = *office.relay.store;
  auto keys = MasterKey::read(office.relay.dir.file("relay.db.key"));
  store.use_keys(&keys);
  auto relay = store.office()->device, self = officer->replica->device();
  auto some_id = [&] { return below(3) ? minted_id(below(2) ? relay : self, below(4) << 30 | below(4)) : derived_id(TableId{44}, office.space, {below(3), below(3)}); };
  auto value = [&]() -> Value {
    const Value all[] = {{}, below(5), std::int64_t{1} << 60, 0.5, "active", "lost", "revoked", "writer", "none", "hub", "done", "2999-01-01", std::string(201, 'x'), Bytes(3), some_id().value, some_id().value};
    return all[below(std::size(all))];
  };
  for (int round = 0; round < 100; ++round) {
    store.begin(true);
    Changeset changes{office.space, {}, {}, {}};
    for (int rows = 0; rows < 8; ++rows) {
      RowChange change{{TableId{static_cast<std::uint32_t>(40 + below(6))}, some_id()}, {}};
      for (int cells = 0; cells < 4; ++cells) {
        ColumnId column{static_cast<std::uint32_t>(below(8))};
        Version version{.stamp = {stamp_time(std::time(nullptr) - below(100)), below(4) ? self : relay}, .value = column == life_column ? Value(below(2)) : value(), .seq = {}, .seen = store.head(office.space), .past = {}, .open = {}};
        change.row.at(column, Kind::reg).versions = {version};
      }
      changes.rows.push_back(std::move(change));
    }
    store.add_bytes(office.space, apply(store, changes, Authority{.from = self}).bytes);
    store.commit();
  }
  CHECK(store.verify().empty());
  CHECK(store.database().number("SELECT count(*) FROM space WHERE kind='administration'") == 1);
  CHECK(store.database().text("SELECT name FROM device WHERE device=?", relay) == "relay");
  store.use_keys(nullptr);
}

TEST_CASE("nobody is invited as the relay itself, and its device is no row") {
  Office office;
  auto officer = office.device();
  CHECK(officer->get("SELECT count(*) FROM account_device") == "1");
  CHECK_THROWS_AS(office.relay.store->invite(office.relay.store->office()->device, "carnet://x", 0, MasterKey::read(office.relay.dir.file("relay.db.key"))), NotDone);
}
