// Who takes part, who may do what and how much, of SqliteStore, as the accounts say (server/accounts.hpp).
#include "server/accounts.hpp"
#include "server/sqlite_store.hpp"

namespace carnet {

SpaceId SqliteStore::add_space(const std::string& name, const std::string& kind) {
  WriteStep step(db_);
  Accounts accounts(db_);
  if (kind == administration_kind && office()) throw NotDone("only_one", "there is an administration space already");
  auto space = accounts.add_space(name, kind, epoch_);
  if (kind == administration_kind) {
    auto self = accounts.add_device("relay", accounts.add_person("relay"));
    db_.exec("INSERT INTO administration(space,device) VALUES(" + std::to_string(space.value) + "," + std::to_string(self.value) + ")");
  }
  step.commit();
  return space;
}

DeviceId SqliteStore::add_device(const std::string& name, const std::vector<SpaceId>& spaces) {
  WriteStep step(db_);
  Accounts accounts(db_);
  auto person = accounts.add_person(name);
  for (auto space : spaces) accounts.set_role(person, space, Role::writer, 0);
  auto device = accounts.add_device(name, person);
  step.commit();
  return device;
}

void SqliteStore::mirror_accounts() {
  begin(true);
  accounts_changed_ = true;
  commit();
}

std::optional<SqliteStore::Office> SqliteStore::office() {
  Use select(statement("SELECT space,device FROM administration"));
  if (!select->executeStep()) return {};
  return Office{SpaceId{select->getColumn(0).getUInt()}, DeviceId{select->getColumn(1).getUInt()}};
}

std::vector<SpaceId> SqliteStore::spaces_of(DeviceId device) {
  std::vector<SpaceId> all;
  Use select(statement("SELECT space FROM member JOIN device USING(person) WHERE device=? AND role<>0 ORDER BY space"));
  select->bind(1, static_cast<std::int64_t>(device.value));
  while (select->executeStep()) all.push_back(SpaceId{select->getColumn(0).getUInt()});
  return all;
}

namespace {

Membership read_membership(SQLite::Statement& row) {  // space, role, until, coached
  Membership member{SpaceId{row.getColumn(0).getUInt()}, {}, {}, static_cast<Role>(row.getColumn(1).getInt())};
  if (!row.getColumn(2).isNull()) member.wrote_until = row.getColumn(2).getInt64();
  if (!row.getColumn(3).isNull()) member.coached_until = row.getColumn(3).getInt64();
  return member;
}

// What somebody may do no more counts for a device until it was drained.
constexpr auto membership_sql = "SELECT space,role,CASE WHEN coalesce(drained,0) THEN NULL ELSE until END,CASE WHEN coalesce(drained,0) THEN NULL ELSE coached END,kind "
                                "FROM member JOIN device USING(person) JOIN space USING(space) LEFT JOIN place USING(device,space) WHERE device=? AND space=?";
constexpr auto memberships_sql = "SELECT space,role,CASE WHEN drained THEN NULL ELSE until END,CASE WHEN drained THEN NULL ELSE coached END,name,kind FROM (SELECT space,role,until,coached,coalesce(drained,0) AS drained "
                                 "FROM member JOIN device USING(person) LEFT JOIN place USING(device,space) WHERE device=?) JOIN space USING(space) "
                                 "WHERE role<>0 OR NOT drained ORDER BY space";

}  // namespace

Account SqliteStore::account(DeviceId device) {
  Account account;
  Use self(statement("SELECT rights,name,since FROM (SELECT rights,person,since FROM device WHERE device=?) JOIN person USING(person)"));
  self->bind(1, static_cast<std::int64_t>(device.value));
  if (!self->executeStep()) return account;
  account = {self->getColumn(0).getInt64(), self->getColumn(1).getString(), self->getColumn(2).getInt64(), {}};
  Use all(statement(memberships_sql));
  all->bind(1, static_cast<std::int64_t>(device.value));
  while (all->executeStep()) {
    auto& member = account.spaces.emplace_back(read_membership(*all));
    member.name = all->getColumn(4).getString();
    member.kind = all->getColumn(5).getString();
  }
  return account;
}

Membership SqliteStore::membership(DeviceId device, SpaceId space) {
  Use select(statement(membership_sql));
  select->bind(1, static_cast<std::int64_t>(device.value));
  select->bind(2, static_cast<std::int64_t>(space.value));
  if (!select->executeStep()) return {space, {}, {}};
  auto member = read_membership(*select);
  member.kind = select->getColumn(4).getString();
  return member;
}

bool SqliteStore::is_device(DeviceId device) {
  Use select(statement("SELECT 1 FROM device WHERE device=?"));
  select->bind(1, static_cast<std::int64_t>(device.value));
  return select->executeStep();
}

bool SqliteStore::stands_elsewhere(DeviceId device, SpaceId space, RowKey key) {
  Use select(statement("SELECT 1 FROM place JOIN row USING(space) WHERE device=? AND space<>? AND tbl=? AND id=?"));
  select->bind(1, static_cast<std::int64_t>(device.value));
  select->bind(2, static_cast<std::int64_t>(space.value));
  select->bind(3, static_cast<std::int64_t>(key.table.value));
  select->bind(4, key.id.value);
  return select->executeStep();
}

Limits SqliteStore::limits(SpaceId space) {
  Accounts accounts(db_);
  return {accounts.quota(Quota::rows, space), accounts.quota(Quota::bytes, space), accounts.quota(Quota::day_bytes)};
}

std::int64_t SqliteStore::bytes(SpaceId space) { return state(space).bytes; }

void SqliteStore::add_bytes(SpaceId space, std::int64_t bytes) { to_change(space).bytes += bytes; }

std::int64_t SqliteStore::sent_on(DeviceId device, std::int64_t day) {
  Use select(statement("SELECT sent FROM device WHERE device=? AND sent_day=?"));
  select->bind(1, static_cast<std::int64_t>(device.value));
  select->bind(2, day);
  return select->executeStep() ? select->getColumn(0).getInt64() : 0;
}

void SqliteStore::add_sent(DeviceId device, std::int64_t day, std::int64_t bytes) {
  Use update(statement("UPDATE device SET sent=CASE sent_day WHEN ?2 THEN sent ELSE 0 END+?3, sent_day=?2 WHERE device=?1"));
  update->bind(1, static_cast<std::int64_t>(device.value));
  update->bind(2, day);
  update->bind(3, bytes);
  update->exec();
}

}  // namespace carnet
