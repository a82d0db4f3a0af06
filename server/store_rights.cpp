// Who takes part, who may do what and how much, of SqlStore, as the accounts say (server/accounts.hpp).
#include <algorithm>

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

// What a device is here, and a row for each space that its person is or was in.
constexpr auto self_sql = "SELECT rights,person.name,since,admitted,lost,generation,oldest,used,sent_day,sent,"
                          "member.space,role,until,coached,space.name,kind,sealing,drained,acked,confirmed "
                          "FROM device JOIN person USING(person) LEFT JOIN member USING(person) LEFT JOIN space USING(space) "
                          "LEFT JOIN place ON place.device=device.device AND place.space=member.space WHERE device.device=? ORDER BY member.space";

}  // namespace

Account SqlStore::account(DeviceId device) {
  auto& now = self(device);
  return {now.rights, now.person, now.since, now.spaces};
}

// Of the open transaction, if this class has begun it, and until a space is held: who waited for that reads anew.
SqlStore::Self& SqlStore::self(DeviceId device) {
  if (!remembers_) selves_.clear();
  auto at = selves_.find(device);
  if (at != selves_.end()) return at->second;
  Query select(db_, self_sql, device);
  auto& now = selves_[device] = {};
  while (select.next()) {
    if (now.person.empty())
      now = {select.integer(0), select.text(1), select.integer(2), {}, {}, {select.integer(3) != 0, select.maybe(4), select.small(5), select.small(6), select.small(7)}, select.integer(8), select.integer(9)};
    if (select.is_null(10)) break;
    SpaceId space{select.small(10)};
    auto role = static_cast<Role>(select.integer(11));
    bool is_drained = select.integer(17) != 0;  // what somebody may do no more counts for a device until then
    now.places[space] = {Seq{select.integer(18)}, Seq{select.integer(19)}};
    if (role == Role::none && is_drained) continue;
    now.spaces.push_back({space, select.text(14), select.text(15), role, is_drained ? std::nullopt : select.maybe(12), is_drained ? std::nullopt : select.maybe(13), select.small(16)});
  }
  return now;
}

// How far a device is in a space stands there from the first time that something was written down. Where the transaction writes, the space is
// held before the rest is read.
SqlStore::Standing& SqlStore::standing(DeviceId device, SpaceId space) {
  if (!db_.in_transaction()) forget();
  auto at = standings_.find({device, space});
  if (at != standings_.end()) return at->second;
  state(space);
  if (self(device).is_recalled) selves_.erase(device);  // which knows one place
  auto places = self(device).places;
  auto quotas = Accounts(db_).quotas(space);  // after the number of its rights
  Standing standing;
  auto of = [&](Quota quota) { return quotas[static_cast<std::size_t>(quota)]; };
  standing.limits = {of(Quota::rows), of(Quota::bytes), of(Quota::day_bytes), of(Quota::media)};
  if (auto place = places.find(space); place != places.end()) std::tie(standing.acked, standing.confirmed) = place->second;
  keep_known(device, space, standing.limits);
  return standings_[{device, space}] = standing;
}

void SqlStore::foresee_standing(DeviceId device, SpaceId space) {
  db_.foresee(self_sql, device);
  db_.foresee(Accounts::quotas_sql, space);
}

// Of an account in which nothing changes but with its rights, where the space is one of its own.
void SqlStore::keep_known(DeviceId device, SpaceId space, const Limits& limits) {
  auto& now = self(device);
  bool is_member = std::any_of(now.spaces.begin(), now.spaces.end(), [&](auto& each) { return each.space == space; });
  bool drains = std::any_of(now.spaces.begin(), now.spaces.end(), [](auto& each) { return each.role == Role::none || each.drains(); });
  if (known_ && is_member && !drains) known_->keep(device, space, {{now.rights, now.person, now.since, now.spaces}, limits});
}

std::unique_ptr<Query> SqlStore::ask_standing(DeviceId device, SpaceId space) {
  static const auto sql = std::string("SELECT rights,admitted,lost,generation,oldest,used,sent_day,sent,acked,confirmed,") + opening_columns +
                          " FROM device LEFT JOIN place ON place.device=device.device AND place.space=?2 WHERE device.device=?1";
  auto query = std::make_unique<Query>(db_, sql, device, space);
  query->ask();
  heard_opening_ = true;  // as soon as it is answered
  return query;
}

void SqlStore::recall(DeviceId device, SpaceId space, const KnownAccounts::Known& known, Query& standing) {
  heard_opening_ = !writes_;
  if (!standing.next()) return;  // there is no such device
  if (writes_) note_opening(standing, 10);
  auto& account = known.account;
  if (standing.integer(0) != account.rights) return;
  std::pair place{Seq{standing.integer(8)}, Seq{standing.integer(9)}};
  selves_[device] = {account.rights, account.person, account.since, account.spaces, {{space, place}},
                     {standing.integer(1) != 0, standing.maybe(2), standing.small(3), standing.small(4), standing.small(5)}, standing.integer(6), standing.integer(7), true};
  standings_[{device, space}] = {place.first, place.second, known.limits};
}

Membership SqlStore::membership(DeviceId device, SpaceId space) {
  state(space);
  auto& all = self(device).spaces;
  auto at = std::find_if(all.begin(), all.end(), [&](auto& each) { return each.space == space; });
  return at == all.end() ? Membership{space, {}, {}} : *at;
}

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
  auto& now = self(device);
  return now.sent_day == day ? now.sent : 0;
}

void SqlStore::add_sent(DeviceId device, std::int64_t day, std::int64_t bytes) {
  auto& now = self(device);
  now.sent = (now.sent_day == day ? now.sent : 0) + bytes;
  now.sent_day = day;
  db_.run("UPDATE device SET sent=CASE sent_day WHEN ?2 THEN sent ELSE 0 END+?3, sent_day=?2 WHERE device=?1", device, day, bytes);
}

}  // namespace carnet
