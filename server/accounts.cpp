#include "server/accounts.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "core/changes.hpp"
#include "core/pack.hpp"
#include "sync/limits.hpp"

namespace carnet {

namespace {

constexpr std::array<std::string_view, quotas_count> quota_names{"rows", "bytes", "day-bytes", "devices", "media-bytes"};
// A municipality writes 2,000 rows and 1.5 MB of text in two years, a network holds what 77 of them publish; a phone, a laptop
// and what they were replaced by, for years; a day's clips over a good link.
constexpr std::array<std::int64_t, quotas_count> quota_defaults{500'000, 2'000'000'000, 200'000'000, 20, 5'000'000'000};

void check_name(const std::string& what, const std::string& name) {
  if (name.empty() || name.size() > max_name_bytes) throw NotDone("bad_name", "the name of " + what + " has 1 to " + std::to_string(max_name_bytes) + " bytes; this has " + std::to_string(name.size()));
  bool is_words = is_utf8(name) && std::none_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; });
  if (!is_words) throw NotDone("bad_name", "the name of " + what + " is not one line of UTF-8 text");
}

// The number of what has this name in a table; 0 where nothing has.
std::int64_t find(Database& db, const std::string& table, const std::string& name) { return db.number(("SELECT " + table + " FROM " + table + " WHERE name=?").c_str(), name); }

// A new name in a table of things that have one: "a person", "person".
void check_new(Database& db, const std::string& what, const std::string& table, const std::string& name) {
  check_name(what, name);
  db.lock_accounts();
  if (find(db, table, name)) throw NotDone("name_taken", "there is " + what + " '" + name + "' already");
}

constexpr auto devices_of = "SELECT count(*) FROM device WHERE lost IS NULL AND person=?";

}  // namespace

std::optional<Quota> quota_named(std::string_view name) {
  for (std::size_t k = 0; k < quota_names.size(); ++k)
    if (quota_names[k] == name) return static_cast<Quota>(k);
  return {};
}

std::int64_t Accounts::add_organisation(const std::string& name) {
  check_new(db_, "an organisation", "organisation", name);
  auto number = db_.number("SELECT coalesce(max(organisation),0)+1 FROM organisation");
  db_.run("INSERT INTO organisation(organisation,name) VALUES(?,?)", number, name);
  return number;
}

PersonId Accounts::add_person(const std::string& name, const std::optional<std::string>& organisation) {
  check_new(db_, "a person", "person", name);
  auto of = organisation ? find(db_, "organisation", *organisation) : 0;
  if (organisation && !of) throw std::runtime_error("there is no organisation '" + *organisation + "'; `carnet-relay organisation add` makes one");
  PersonId person{db_.number("SELECT coalesce(max(person),0)+1 FROM person")};
  db_.run("INSERT INTO person(person,name,organisation) VALUES(?,?,?)", person, name, of ? std::optional(of) : std::nullopt);
  return person;
}

PersonId Accounts::person(const std::string& name) {
  auto id = find(db_, "person", name);
  if (!id) throw std::runtime_error("there is no person '" + name + "'; `carnet-relay status` lists them");
  return PersonId{id};
}

SpaceId Accounts::add_space(const std::string& name, const std::string& kind, Epoch epoch) {
  check_new(db_, "a space", "space", name);
  SpaceId space{static_cast<std::uint32_t>(db_.number("SELECT coalesce(max(space),0)+1 FROM space"))};
  db_.run("INSERT INTO space(space,name,kind,head) VALUES(?,?,?,?)", space, name, kind, epoch_base(epoch));
  return space;
}

DeviceId Accounts::add_device(const std::string& name, PersonId person, std::optional<DeviceId> number) {
  check_new(db_, "a device", "device", name);
  auto has = db_.number(devices_of, person);
  if (auto most = quota(Quota::devices); has >= most)
    throw NotDone("too_many_devices", "this person has " + std::to_string(has) + " devices and may have " + std::to_string(most) + "; `carnet-relay device lost` takes one away, `carnet-relay quota devices` allows more");
  DeviceId device{number ? number->value : static_cast<std::uint32_t>(db_.number("SELECT coalesce(max(device),0)+1 FROM device"))};
  if (device.value > max_device) throw NotDone("not_possible", "no device number is left: at most " + std::to_string(max_device));
  db_.run("INSERT INTO device(device,name,person,generation,oldest) SELECT ?,?,?,epoch,epoch FROM store", device, name, person);
  return device;
}

void Accounts::rename(const std::string& what, std::int64_t numbered, const std::string& name) {
  check_new(db_, "a " + what, what, name);
  db_.run(("UPDATE " + what + " SET name=? WHERE " + what + "=?").c_str(), name, numbered);
  if (what == "person") raise_rights(PersonId{numbered});
  if (what == "space") raise_rights_in(SpaceId{static_cast<std::uint32_t>(numbered)});
}

void Accounts::set_organisation(PersonId person, std::int64_t organisation) {
  db_.run("UPDATE person SET organisation=nullif(?,0) WHERE person=?", organisation, person);
}

std::optional<Error> Accounts::device_fault(DeviceId device) {
  auto has = db_.number("SELECT count(*) FROM device WHERE lost IS NULL AND person=(SELECT person FROM device WHERE device=?)", device);
  auto most = quota(Quota::devices);
  if (has < most) return {};
  return Error{Code::not_allowed, "this database is a copy and needs a device number of its own, but its person has the " + std::to_string(most) +
                                      " devices that one may have; the relay's operator takes one away or allows more; nothing is lost meanwhile"};
}

Role Accounts::role(PersonId person, SpaceId space) { return static_cast<Role>(db_.number("SELECT role FROM member WHERE person=? AND space=?", person, space)); }

void Accounts::set_role(PersonId person, SpaceId space, Role role, std::int64_t now) {
  db_.lock_space(space);
  auto before = this->role(person, space);
  if (before == role) throw std::runtime_error(role == Role::none ? "this person is no member of the space" : "this person is a " + std::string(name_of(role)) + " of the space already");
  bool may_coach = may_write(role) || role == Role::coach;
  bool wrote = may_write(before) && !may_write(role), coached = (may_write(before) || before == Role::coach) && !may_coach;
  db_.run("INSERT INTO member(person,space,role) VALUES(?1,?2,?3) ON CONFLICT(person,space) DO UPDATE SET role=?3,"
          "until=CASE WHEN ?4=1 THEN NULL WHEN ?5=1 THEN ?8 ELSE member.until END,coached=CASE WHEN ?6=1 THEN NULL WHEN ?7=1 THEN ?8 ELSE member.coached END",
          person, space, static_cast<int>(role), may_write(role), wrote, may_coach, coached, now);
  // A device that was told has given the space up, and begins anew in it.
  if (before == Role::none) {
    db_.run("DELETE FROM shared_text WHERE space=?1 AND device IN (SELECT device FROM place JOIN device USING(device) WHERE space=?1 AND drained<>0 AND person=?2)", space, person);
    db_.run("UPDATE place SET acked=0 WHERE drained<>0 AND space=? AND device IN (SELECT device FROM device WHERE person=?)", space, person);
  }
  // Who has said once that nothing is left of a time has not that time again.
  if (wrote || coached || may_write(role)) db_.run("UPDATE place SET drained=0 WHERE space=? AND device IN (SELECT device FROM device WHERE person=?)", space, person);
  raise_rights(person);
  if (role == Role::none) reseal(space);
}

void Accounts::reseal(SpaceId space) {
  db_.lock_space(space);
  db_.run("UPDATE space SET sealing=CASE WHEN sealing<(SELECT epoch FROM store) THEN (SELECT epoch FROM store) ELSE sealing+1 END WHERE space=?", space);
  raise_rights_in(space);
}

void Accounts::reseal_all_of(DeviceId device) {
  std::vector<SpaceId> spaces;
  {
    Query select(db_, "SELECT space FROM member JOIN device USING(person) WHERE device=? AND role<>0 ORDER BY space", device);
    while (select.next()) spaces.push_back(SpaceId{select.small(0)});
  }
  for (auto space : spaces) reseal(space);
}

void Accounts::replace(PersonId old, PersonId fresh, std::int64_t now) {
  if (old == fresh) throw std::runtime_error("a person is not replaced by themselves");
  auto devices = db_.number(devices_of, old) + db_.number(devices_of, fresh);
  if (auto most = quota(Quota::devices); devices > most)
    throw std::runtime_error("both have " + std::to_string(devices) + " devices, and a person may have " + std::to_string(most) + "; `carnet-relay quota devices` allows more");
  std::vector<Member> roles;
  for (auto& member : members())
    if (member.person == old) roles.push_back(member);
  for (auto& member : roles)
    if (role(fresh, member.space) == Role::none) set_role(fresh, member.space, member.role, now);
  // What the old one might do until some time ago is still owed to the devices that have not brought it.
  db_.run("INSERT INTO member(person,space,role,until,coached) SELECT ?,space,role,until,coached FROM member WHERE person=? "
          "ON CONFLICT(person,space) DO UPDATE SET until=coalesce(member.until,excluded.until),coached=coalesce(member.coached,excluded.coached) WHERE member.role=excluded.role",
          fresh, old);
  db_.run("UPDATE device SET since=?,person=? WHERE person=?", now, fresh, old);
  for (auto& member : roles) set_role(old, member.space, Role::none, now);
  raise_rights(fresh);
}

void Accounts::set_lost(DeviceId device, std::optional<std::int64_t> now) { db_.run("UPDATE device SET lost=? WHERE device=?", now, device); }

std::int64_t Accounts::quota(Quota which, SpaceId space) { return quotas(space).at(static_cast<std::size_t>(which)); }

std::array<std::int64_t, quotas_count> Accounts::quotas(SpaceId space) {
  auto all = quota_defaults;
  Query select(db_, quotas_sql, space);
  while (select.next()) all.at(static_cast<std::size_t>(select.integer(0))) = select.integer(1);
  return all;
}

void Accounts::set_quota(Quota which, std::int64_t value, SpaceId space) {
  if (value < 0) throw std::runtime_error("a quota is 0 or more");
  db_.run("INSERT INTO quota(name,space,value) VALUES(?,?,?) ON CONFLICT(name,space) DO UPDATE SET value=excluded.value", static_cast<int>(which), space, value);
  if (space.value) raise_rights_in(space);
  else db_.run("UPDATE device SET rights=rights+1");
}

void Accounts::raise_rights(PersonId person) { db_.run("UPDATE device SET rights=rights+1 WHERE person=?", person); }

void Accounts::raise_rights_in(SpaceId space) { db_.run("UPDATE device SET rights=rights+1 WHERE person IN (SELECT person FROM member WHERE space=?)", space); }

std::vector<Accounts::Organisation> Accounts::organisations() {
  std::vector<Organisation> all;
  Query select(db_, "SELECT organisation,name FROM organisation ORDER BY organisation");
  while (select.next()) all.push_back({select.integer(0), select.text(1)});
  return all;
}

std::vector<Accounts::Person> Accounts::people() {
  std::vector<Person> all;
  Query select(db_, "SELECT person,person.name,coalesce(organisation.name,''),coalesce(organisation,0) FROM person LEFT JOIN organisation USING(organisation) ORDER BY person");
  while (select.next()) all.push_back({PersonId{select.integer(0)}, select.text(1), select.text(2), select.integer(3)});
  return all;
}

std::vector<Accounts::Member> Accounts::members() {
  std::vector<Member> all;
  Query select(db_, "SELECT person,name,space,role FROM member JOIN person USING(person) WHERE role<>0 ORDER BY space,person");
  while (select.next()) all.push_back({PersonId{select.integer(0)}, select.text(1), SpaceId{select.small(2)}, static_cast<Role>(select.integer(3))});
  return all;
}

std::vector<Accounts::Holder> Accounts::holders() {
  std::vector<Holder> all;
  Query select(db_, "SELECT device,person,since,lost FROM device ORDER BY device");
  while (select.next()) all.push_back({DeviceId{select.small(0)}, PersonId{select.integer(1)}, select.integer(2), select.maybe(3)});
  return all;
}

}  // namespace carnet
