#include "server/accounts.hpp"

#include <array>
#include <stdexcept>

#include "core/changes.hpp"
#include "core/row_codec.hpp"
#include "core/sqlite.hpp"
#include "sync/limits.hpp"

namespace carnet {

namespace {

// What came with accounts. rights: see Account in sync/messages.hpp. bytes: see Limits in sync/relay_store.hpp.
constexpr auto tables = R"sql(
CREATE TABLE organisation(organisation INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE person(person INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, organisation INTEGER);
-- role: a number of sync/rights.hpp; until, coached: to when every table might be written, and those that a coach writes, where they may be no
-- more; unix seconds.
CREATE TABLE member(person INTEGER NOT NULL, space INTEGER NOT NULL, role INTEGER NOT NULL, until INTEGER, coached INTEGER, PRIMARY KEY(person, space)) WITHOUT ROWID;
CREATE INDEX member_space ON member(space);
-- acked: the device's seq up to which we have everything; confirmed: the seq of ours such that all that it wrote without having seen the
-- space up to there has arrived; drained: 1 once it said that nothing is left of what it wrote while it might.
CREATE TABLE place(device INTEGER NOT NULL, space INTEGER NOT NULL, acked INTEGER NOT NULL DEFAULT 0,
  confirmed INTEGER NOT NULL DEFAULT 0, drained INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(device, space)) WITHOUT ROWID;
-- space 0: of every space that has none of its own.
CREATE TABLE quota(name INTEGER NOT NULL, space INTEGER NOT NULL, value INTEGER NOT NULL, PRIMARY KEY(name, space)) WITHOUT ROWID;
-- since: when the device came to this person, unix seconds, 0: always; lost: when it was told to be; sent: bytes on that day.
ALTER TABLE device ADD COLUMN person INTEGER NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN lost INTEGER;
ALTER TABLE device ADD COLUMN rights INTEGER NOT NULL DEFAULT 1;
ALTER TABLE device ADD COLUMN sent_day INTEGER NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN sent INTEGER NOT NULL DEFAULT 0;
CREATE INDEX device_person ON device(person);
ALTER TABLE space ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
)sql";

// Who may enter (server/invites.cpp). A device's keys are derived (server/keys.hpp): it is to speak by `generation`, may speak by one from
// `oldest` on, has spoken by `used` (0: by none). admitted: it has been invited, and not revoked since. Of an invite, claim: of the device that
// redeemed it; generation: of the key that it was given for it.
constexpr auto doors = R"sql(
ALTER TABLE device ADD COLUMN admitted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN oldest INTEGER NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN used INTEGER NOT NULL DEFAULT 0;
CREATE TABLE invite(invite INTEGER PRIMARY KEY, device INTEGER NOT NULL, expires INTEGER NOT NULL, revoked INTEGER NOT NULL DEFAULT 0,
  claim BLOB, generation INTEGER NOT NULL DEFAULT 0);
)sql";

// `device_place` is the table `member` of the first version.
constexpr auto people_of_devices = R"sql(
INSERT INTO person(person,name) SELECT device,name FROM device;
UPDATE device SET person=device;
INSERT INTO member(person,space,role) SELECT device,space,2 FROM device_place;
INSERT INTO place(device,space,acked,confirmed) SELECT device,space,acked,confirmed FROM device_place;
DROP TABLE device_place;
UPDATE device SET generation=(SELECT epoch FROM store),oldest=(SELECT epoch FROM store);
ALTER TABLE device DROP COLUMN secret;
)sql";

// The administration space, if there is one, and the number under which the relay writes in it. account_row: which row there stands for
// what, and its number here (of a table of core/domain_administration.cpp). address: of the relay, as the last invite of its operator had it.
constexpr auto administration = R"sql(
CREATE TABLE administration(space INTEGER NOT NULL, device INTEGER NOT NULL);
CREATE TABLE account_row(tbl INTEGER NOT NULL, id INTEGER NOT NULL, number INTEGER NOT NULL, PRIMARY KEY(tbl, id), UNIQUE(tbl, number)) WITHOUT ROWID;
ALTER TABLE store ADD COLUMN address TEXT;
)sql";

constexpr std::array<std::string_view, 4> quota_names{"rows", "bytes", "day-bytes", "devices"};
// A municipality writes 2,000 rows and 1.5 MB of text in two years, a network holds what 77 of them publish; a phone, a laptop
// and what they were replaced by, for years; a day's clips over a good link.
constexpr std::array<std::int64_t, 4> quota_defaults{500'000, 2'000'000'000, 200'000'000, 20};

void weigh_spaces(SQLite::Database& db) {
  SQLite::Statement rows(db, "SELECT space,state FROM row");
  SQLite::Statement add(db, "UPDATE space SET bytes=bytes+? WHERE space=?");
  while (rows.executeStep()) {
    auto blob = rows.getColumn(1);
    auto row = unpack_row({static_cast<const char*>(blob.getBlob()), static_cast<std::size_t>(blob.getBytes())});
    add.bind(1, static_cast<std::int64_t>(row_weight(row)));
    add.bind(2, rows.getColumn(0).getInt64());
    add.exec();
    add.reset();
  }
  db.exec("UPDATE space SET bytes=bytes+(SELECT coalesce(sum(4+length(CAST(value AS BLOB))),0) FROM history WHERE history.space=space.space)");
}

void bring_up_accounts(SQLite::Database& db) {
  bool has_devices = db.tableExists("member");
  if (has_devices) db.exec("ALTER TABLE member RENAME TO device_place");
  db.exec(tables);
  db.exec(doors);
  if (has_devices) db.exec(people_of_devices);
  weigh_spaces(db);
}

void check_name(const std::string& what, const std::string& name) {
  if (name.empty() || name.size() > max_name_bytes) throw NotDone("bad_name", "the name of " + what + " has 1 to " + std::to_string(max_name_bytes) + " bytes; this has " + std::to_string(name.size()));
}

// The number of what has this name in a table; 0 where nothing has.
std::int64_t find(SQLite::Database& db, const std::string& table, const std::string& name) {
  SQLite::Statement select(db, "SELECT " + table + " FROM " + table + " WHERE name=?");
  select.bind(1, name);
  return select.executeStep() ? select.getColumn(0).getInt64() : 0;
}

// A store of before knew of one time only, that of every table.
bool knows_of_coaches(SQLite::Database& db) { return db.execAndGet("SELECT count(*) FROM pragma_table_info('member') WHERE name='coached'").getInt() != 0; }

std::string number(const auto& id) { return std::to_string(id.value); }

// A new name in a table of things that have one: "a person", "person".
void check_new(SQLite::Database& db, const std::string& what, const std::string& table, const std::string& name) {
  check_name(what, name);
  if (find(db, table, name)) throw NotDone("name_taken", "there is " + what + " '" + name + "' already");
}

}  // namespace

void bring_up(SQLite::Database& db) {
  if (db.tableExists("account_row") && knows_of_coaches(db)) return;
  WriteStep step(db);
  if (!db.tableExists("person")) bring_up_accounts(db);
  if (!knows_of_coaches(db)) db.exec("ALTER TABLE member ADD COLUMN coached INTEGER");
  if (!db.tableExists("account_row")) db.exec(administration);  // else another process was at it
  step.commit();
}

std::optional<Quota> quota_named(std::string_view name) {
  for (std::size_t k = 0; k < quota_names.size(); ++k)
    if (quota_names[k] == name) return static_cast<Quota>(k);
  return {};
}

std::int64_t Accounts::add_organisation(const std::string& name) {
  check_new(db_, "an organisation", "organisation", name);
  SQLite::Statement insert(db_, "INSERT INTO organisation(name) VALUES(?)");
  insert.bind(1, name);
  insert.exec();
  return db_.getLastInsertRowid();
}

PersonId Accounts::add_person(const std::string& name, const std::optional<std::string>& organisation) {
  check_new(db_, "a person", "person", name);
  auto of = organisation ? find(db_, "organisation", *organisation) : 0;
  if (organisation && !of) throw std::runtime_error("there is no organisation '" + *organisation + "'; `carnet-relay organisation add` makes one");
  SQLite::Statement insert(db_, "INSERT INTO person(name,organisation) VALUES(?,?)");
  insert.bind(1, name);
  if (of) insert.bind(2, of);
  insert.exec();
  return PersonId{db_.getLastInsertRowid()};
}

PersonId Accounts::person(const std::string& name) {
  auto id = find(db_, "person", name);
  if (!id) throw std::runtime_error("there is no person '" + name + "'; `carnet-relay status` lists them");
  return PersonId{id};
}

SpaceId Accounts::add_space(const std::string& name, const std::string& kind, Epoch epoch) {
  check_new(db_, "a space", "space", name);
  SQLite::Statement insert(db_, "INSERT INTO space(name,kind,head) VALUES(?,?,?)");
  insert.bind(1, name);
  insert.bind(2, kind);
  insert.bind(3, epoch_base(epoch).value);
  insert.exec();
  return SpaceId{static_cast<std::uint32_t>(db_.getLastInsertRowid())};
}

DeviceId Accounts::add_device(const std::string& name, PersonId person, std::optional<DeviceId> number) {
  check_new(db_, "a device", "device", name);
  auto has = db_.execAndGet("SELECT count(*) FROM device WHERE lost IS NULL AND person=" + std::to_string(person.value)).getInt64();
  if (auto most = quota(Quota::devices); has >= most)
    throw NotDone("too_many_devices", "this person has " + std::to_string(has) + " devices and may have " + std::to_string(most) + "; `carnet-relay device lost` takes one away, `carnet-relay quota devices` allows more");
  SQLite::Statement insert(db_, "INSERT INTO device(device,name,person,generation,oldest) SELECT ?,?,?,epoch,epoch FROM store");
  if (number) insert.bind(1, static_cast<std::int64_t>(number->value));
  insert.bind(2, name);
  insert.bind(3, person.value);
  insert.exec();
  DeviceId device{static_cast<std::uint32_t>(db_.getLastInsertRowid())};
  if (device.value > max_device) throw NotDone("not_possible", "no device number is left: at most " + std::to_string(max_device));
  return device;
}

void Accounts::rename(const std::string& what, std::int64_t numbered, const std::string& name) {
  check_new(db_, "a " + what, what, name);
  SQLite::Statement update(db_, "UPDATE " + what + " SET name=? WHERE " + what + "=?");
  update.bind(1, name);
  update.bind(2, numbered);
  update.exec();
  if (what == "person") raise_rights("person=" + std::to_string(numbered));
  if (what == "space") raise_rights("person IN (SELECT person FROM member WHERE space=" + std::to_string(numbered) + ")");
}

void Accounts::set_organisation(PersonId person, std::int64_t organisation) {
  db_.exec("UPDATE person SET organisation=nullif(" + std::to_string(organisation) + ",0) WHERE person=" + number(person));
}

std::optional<Error> Accounts::device_fault(DeviceId device) {
  auto has = db_.execAndGet("SELECT count(*) FROM device WHERE lost IS NULL AND person=(SELECT person FROM device WHERE device=" + number(device) + ")").getInt64();
  auto most = quota(Quota::devices);
  if (has < most) return {};
  return Error{Code::not_allowed, "this database is a copy and needs a device number of its own, but its person has the " + std::to_string(most) +
                                      " devices that one may have; the relay's operator takes one away or allows more; nothing is lost meanwhile"};
}

Role Accounts::role(PersonId person, SpaceId space) {
  SQLite::Statement select(db_, "SELECT role FROM member WHERE person=? AND space=?");
  select.bind(1, person.value);
  select.bind(2, static_cast<std::int64_t>(space.value));
  return select.executeStep() ? static_cast<Role>(select.getColumn(0).getInt()) : Role::none;
}

void Accounts::set_role(PersonId person, SpaceId space, Role role, std::int64_t now) {
  auto before = this->role(person, space);
  if (before == role) throw std::runtime_error(role == Role::none ? "this person is no member of the space" : "this person is a " + std::string(name_of(role)) + " of the space already");
  bool may_coach = may_write(role) || role == Role::coach;
  bool wrote = may_write(before) && !may_write(role), coached = (may_write(before) || before == Role::coach) && !may_coach;
  SQLite::Statement write(db_, "INSERT INTO member(person,space,role) VALUES(?1,?2,?3) ON CONFLICT DO UPDATE SET role=?3,"
                               "until=CASE WHEN ?4 THEN NULL WHEN ?5 THEN ?8 ELSE until END,coached=CASE WHEN ?6 THEN NULL WHEN ?7 THEN ?8 ELSE coached END");
  write.bind(1, person.value);
  write.bind(2, static_cast<std::int64_t>(space.value));
  write.bind(3, static_cast<int>(role));
  write.bind(4, may_write(role) ? 1 : 0);
  write.bind(5, wrote ? 1 : 0);
  write.bind(6, may_coach ? 1 : 0);
  write.bind(7, coached ? 1 : 0);
  write.bind(8, now);
  write.exec();
  // A device that was told has given the space up, and begins anew in it.
  auto of_devices = " device IN (SELECT device FROM device WHERE person=" + number(person) + ")";
  auto in_space = " AND space=" + number(space);
  if (before == Role::none) {
    db_.exec("DELETE FROM shared_text WHERE" + of_devices + in_space + " AND EXISTS(SELECT 1 FROM place p WHERE p.device=shared_text.device AND p.space=shared_text.space AND drained)");
    db_.exec("UPDATE place SET acked=0 WHERE drained AND" + of_devices + in_space);
  }
  // Who has said once that nothing is left of a time has not that time again.
  if (wrote || coached || may_write(role)) db_.exec("UPDATE place SET drained=0 WHERE" + of_devices + in_space);
  raise_rights("person=" + number(person));
}

void Accounts::replace(PersonId old, PersonId fresh, std::int64_t now) {
  if (old == fresh) throw std::runtime_error("a person is not replaced by themselves");
  auto devices = db_.execAndGet("SELECT count(*) FROM device WHERE lost IS NULL AND person IN (" + number(old) + "," + number(fresh) + ")").getInt64();
  if (auto most = quota(Quota::devices); devices > most)
    throw std::runtime_error("both have " + std::to_string(devices) + " devices, and a person may have " + std::to_string(most) + "; `carnet-relay quota devices` allows more");
  std::vector<Member> roles;
  for (auto& member : members())
    if (member.person == old) roles.push_back(member);
  for (auto& member : roles)
    if (role(fresh, member.space) == Role::none) set_role(fresh, member.space, member.role, now);
  // What the old one might do until some time ago is still owed to the devices that have not brought it.
  db_.exec("INSERT INTO member(person,space,role,until,coached) SELECT " + number(fresh) + ",space,role,until,coached FROM member WHERE person=" + number(old) +
           " ON CONFLICT DO UPDATE SET until=coalesce(until,excluded.until),coached=coalesce(coached,excluded.coached) WHERE role=excluded.role");
  db_.exec("UPDATE device SET since=" + std::to_string(now) + ",person=" + number(fresh) + " WHERE person=" + number(old));
  for (auto& member : roles) set_role(old, member.space, Role::none, now);
  raise_rights("person=" + number(fresh));
}

void Accounts::set_lost(DeviceId device, std::optional<std::int64_t> now) {
  db_.exec("UPDATE device SET lost=" + (now ? std::to_string(*now) : "NULL") + " WHERE device=" + number(device));
}

std::int64_t Accounts::quota(Quota which, SpaceId space) {
  SQLite::Statement select(db_, "SELECT value FROM quota WHERE name=? AND space IN (0,?) ORDER BY space DESC LIMIT 1");
  select.bind(1, static_cast<int>(which));
  select.bind(2, static_cast<std::int64_t>(space.value));
  return select.executeStep() ? select.getColumn(0).getInt64() : quota_defaults.at(static_cast<std::size_t>(which));
}

void Accounts::set_quota(Quota which, std::int64_t value, SpaceId space) {
  if (value < 0) throw std::runtime_error("a quota is 0 or more");
  SQLite::Statement write(db_, "INSERT OR REPLACE INTO quota(name,space,value) VALUES(?,?,?)");
  write.bind(1, static_cast<int>(which));
  write.bind(2, static_cast<std::int64_t>(space.value));
  write.bind(3, value);
  write.exec();
  raise_rights(space.value ? "person IN (SELECT person FROM member WHERE space=" + number(space) + ")" : "1");
}

void Accounts::raise_rights(const std::string& of_devices) { db_.exec("UPDATE device SET rights=rights+1 WHERE " + of_devices); }

std::vector<Accounts::Organisation> Accounts::organisations() {
  std::vector<Organisation> all;
  SQLite::Statement select(db_, "SELECT organisation,name FROM organisation ORDER BY organisation");
  while (select.executeStep()) all.push_back({select.getColumn(0).getInt64(), select.getColumn(1).getString()});
  return all;
}

std::vector<Accounts::Person> Accounts::people() {
  std::vector<Person> all;
  SQLite::Statement select(db_, "SELECT person,person.name,coalesce(organisation.name,''),coalesce(organisation,0) FROM person LEFT JOIN organisation USING(organisation) ORDER BY person");
  while (select.executeStep()) all.push_back({PersonId{select.getColumn(0).getInt64()}, select.getColumn(1).getString(), select.getColumn(2).getString(), select.getColumn(3).getInt64()});
  return all;
}

std::vector<Accounts::Member> Accounts::members() {
  std::vector<Member> all;
  SQLite::Statement select(db_, "SELECT person,name,space,role FROM member JOIN person USING(person) WHERE role<>0 ORDER BY space,person");
  while (select.executeStep())
    all.push_back({PersonId{select.getColumn(0).getInt64()}, select.getColumn(1).getString(), SpaceId{select.getColumn(2).getUInt()}, static_cast<Role>(select.getColumn(3).getInt())});
  return all;
}

std::vector<Accounts::Holder> Accounts::holders() {
  std::vector<Holder> all;
  SQLite::Statement select(db_, "SELECT device,person,since,lost FROM device ORDER BY device");
  while (select.executeStep()) {
    Holder holder{DeviceId{select.getColumn(0).getUInt()}, PersonId{select.getColumn(1).getInt64()}, select.getColumn(2).getInt64(), {}};
    if (!select.getColumn(3).isNull()) holder.lost = select.getColumn(3).getInt64();
    all.push_back(holder);
  }
  return all;
}

}  // namespace carnet
