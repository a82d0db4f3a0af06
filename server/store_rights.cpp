// Who takes part, who may do what and how much, of SqlStore, as the accounts say (server/accounts.hpp).
#include "server/accounts.hpp"
#include "server/sql_store.hpp"

namespace carnet {

SpaceId SqlStore::add_space(const std::string& name, const std::string& kind) {
  DatabaseStep step(db_);
  Accounts accounts(db_);
  if (kind == administration_kind && office()) throw NotDone("only_one", "there is an administration space already");
  auto space = accounts.add_space(name, kind, epoch_);
  if (kind == administration_kind) {
    auto self = accounts.add_device("relay", accounts.add_person("relay"));
    db_.run("INSERT INTO administration(space,device) VALUES(?,?)", space, self);
  }
  step.commit();
  return space;
}

DeviceId SqlStore::add_device(const std::string& name, const std::vector<SpaceId>& spaces) {
  DatabaseStep step(db_);
  Accounts accounts(db_);
  auto person = accounts.add_person(name);
  for (auto space : spaces) accounts.set_role(person, space, Role::writer, 0);
  auto device = accounts.add_device(name, person);
  step.commit();
  return device;
}

void SqlStore::mirror_accounts() {
  begin(true);
  accounts_changed_ = true;
  commit();
}

std::optional<SqlStore::Office> SqlStore::office() {
  Query select(db_, "SELECT space,device FROM administration");
  return select.next() ? std::optional(Office{SpaceId{select.small(0)}, DeviceId{select.small(1)}}) : std::nullopt;
}

std::vector<SpaceId> SqlStore::spaces_of(DeviceId device) {
  std::vector<SpaceId> all;
  Query select(db_, "SELECT space FROM member JOIN device USING(person) WHERE device=? AND role<>0 ORDER BY space", device);
  while (select.next()) all.push_back(SpaceId{select.small(0)});
  return all;
}

namespace {

// What somebody may do no more counts for a device until it was drained.
constexpr auto memberships_sql = "SELECT space,role,CASE WHEN drained=1 THEN NULL ELSE until END,CASE WHEN drained=1 THEN NULL ELSE coached END,name,kind,sealing "
                                 "FROM (SELECT space,role,until,coached,coalesce(drained,0) AS drained FROM member JOIN device USING(person) LEFT JOIN place USING(device,space) WHERE device=?1) AS mine "
                                 "JOIN space USING(space) WHERE (?2=0 OR space=?2) AND (role<>0 OR drained=0) ORDER BY space";

constexpr auto self_sql = "SELECT rights,name,since FROM (SELECT rights,person,since FROM device WHERE device=?) AS mine JOIN person USING(person)";
constexpr auto place_sql = "SELECT acked,confirmed FROM place WHERE device=? AND space=?";
constexpr auto sent_sql = "SELECT sent_day,sent FROM device WHERE device=?";

Membership read_membership(Query& row) { return {SpaceId{row.small(0)}, row.text(4), row.text(5), static_cast<Role>(row.integer(1)), row.maybe(2), row.maybe(3), row.small(6)}; }

}  // namespace

Account SqlStore::account(DeviceId device) {
  Query self(db_, self_sql, device);
  Query all(db_, memberships_sql, device, 0);
  self.ask();
  all.ask();
  if (!self.next()) return {};
  Account account{self.integer(0), self.text(1), self.integer(2), {}};
  while (all.next()) account.spaces.push_back(read_membership(all));
  return account;
}

// How far a device is in a space stands there from the first time that something was written down. Where the transaction writes, the space is
// held before the rest is read.
SqlStore::Standing& SqlStore::standing(DeviceId device, SpaceId space) {
  if (!db_.in_transaction()) forget();
  auto at = standings_.find({device, space});
  if (at != standings_.end()) return at->second;
  Query here(db_, state_sql(), space), place(db_, place_sql, device, space), member(db_, memberships_sql, device, space), self(db_, sent_sql, device);
  bool is_held = states_.contains(space);
  if (!is_held) here.ask();
  for (auto* query : {&place, &member, &self}) query->ask();
  auto quotas = Accounts(db_).quotas(space);
  if (!is_held) states_[space] = read_state(here);
  Standing standing;
  auto of = [&](Quota quota) { return quotas[static_cast<std::size_t>(quota)]; };
  standing.limits = {of(Quota::rows), of(Quota::bytes), of(Quota::day_bytes), of(Quota::media)};
  if (place.next()) standing.acked = Seq{place.integer(0)}, standing.confirmed = Seq{place.integer(1)};
  standing.membership = member.next() ? read_membership(member) : Membership{space, {}, {}};
  if (self.next()) standing.sent_day = self.integer(0), standing.sent = self.integer(1);
  return standings_[{device, space}] = standing;
}

void SqlStore::foresee_standing(DeviceId device, SpaceId space) {
  db_.foresee(door_sql, device);
  db_.foresee(self_sql, device);
  db_.foresee(memberships_sql, device, 0);
  if (!states_.contains(space)) db_.foresee(state_sql(), space);
  db_.foresee(place_sql, device, space);
  db_.foresee(memberships_sql, device, space);
  db_.foresee(sent_sql, device);
  db_.foresee(Accounts::quotas_sql, space);
}

Membership SqlStore::membership(DeviceId device, SpaceId space) { return standing(device, space).membership; }

bool SqlStore::has_refused(DeviceId device, SpaceId space) { return db_.number("SELECT 1 FROM place WHERE device=? AND space=? AND refused>0", device, space) != 0; }

bool SqlStore::is_device(DeviceId device) { return db_.number("SELECT 1 FROM device WHERE device=?", device) != 0; }

bool SqlStore::stands_elsewhere(DeviceId device, SpaceId space, RowKey key) {
  return db_.number("SELECT 1 FROM place JOIN row USING(space) WHERE device=? AND space<>? AND tbl=? AND id=? LIMIT 1", device, space, key.table, key.id) != 0;
}

Limits SqlStore::limits(SpaceId space) {
  for (auto& [of, held] : standings_)
    if (of.second == space && db_.in_transaction()) return held.limits;
  return standing({}, space).limits;
}

std::int64_t SqlStore::bytes(SpaceId space) { return state(space).bytes; }

void SqlStore::add_bytes(SpaceId space, std::int64_t bytes) { to_change(space).bytes += bytes; }

std::int64_t SqlStore::sent_on(DeviceId device, std::int64_t day) {
  for (auto& [of, held] : standings_)
    if (of.first == device && db_.in_transaction()) return held.sent_day == day ? held.sent : 0;
  return db_.number("SELECT sent FROM device WHERE device=? AND sent_day=?", device, day);
}

void SqlStore::add_sent(DeviceId device, std::int64_t day, std::int64_t bytes) {
  for (auto& [of, held] : standings_) {
    if (of.first != device) continue;
    held.sent = (held.sent_day == day ? held.sent : 0) + bytes;
    held.sent_day = day;
  }
  db_.run("UPDATE device SET sent=CASE sent_day WHEN ?2 THEN sent ELSE 0 END+?3, sent_day=?2 WHERE device=?1", device, day, bytes);
}

}  // namespace carnet
