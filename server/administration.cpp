#include "server/administration.hpp"

#include <fmt/chrono.h>
#include <sodium.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <utility>

#include "core/changes.hpp"
#include "core/domain.hpp"
#include "sync/sealed.hpp"

namespace carnet {

namespace {

constexpr TableId organisations{40}, people{41}, spaces{42}, devices{43}, members{44}, invites{45}, who_is_who{37};
constexpr std::int64_t invite_days = 14, most_invite_days = 3'650, seconds_a_day = 86'400;

bool is_ours(TableId table) { return table >= organisations && table <= invites; }

// The table of the accounts, whose number column has its name.
std::string account_table(TableId table) {
  if (table == organisations) return "organisation";
  if (table == people) return "person";
  if (table == spaces) return "space";
  return table == devices ? "device" : "invite";
}

// What was made by a command has a row whose id tells its number, so that it is the same row after a restore: 33 bits, of which invites have one half.
RowId id_of(DeviceId relay, TableId table, std::int64_t number) {
  auto low = table == invites ? (std::int64_t{1} << 32) | number : static_cast<std::int64_t>(table.value - organisations.value) << 30 | number;
  return minted_id(relay, low);
}

// Days as YYYY-MM-DD, of UTC; 0 where that is none.
std::int64_t end_of_day(const std::string& date) {
  int year = 0;
  unsigned month = 0, day = 0;
  if (std::sscanf(date.c_str(), "%4d-%2u-%2u", &year, &month, &day) != 3) return 0;
  std::chrono::year_month_day read{std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
  return read.ok() ? (std::chrono::sys_days(read).time_since_epoch().count() + 1) * seconds_a_day - 1 : 0;
}

std::string day_of(std::int64_t seconds) { return fmt::format("{:%F}", fmt::gmtime(static_cast<std::time_t>(seconds))); }

NotDone incomplete(const std::string& what) { return {"incomplete", what + " is missing or not valid"}; }
NotDone fixed() { return {"fixed", "this cannot be changed or deleted any more"}; }

}  // namespace

Administration::Administration(SqlStore& store, SqlStore::Office office, const Keys* keys, std::int64_t now)
    : store_(store), db_(store.database()), accounts_(db_), office_(office), keys_(keys), now_(now) {
  self_ = PersonId{db_.number("SELECT person FROM device WHERE device=?", office.device)};
}

void Administration::carry_out(const std::set<RowKey>& written) {
  read();
  for (auto& [key, row] : rows_)  // by table: what others refer to comes first
    if (written.contains(key) || (!row.dead() && text(key, row, "outcome") != "done")) attempt(key, row);
  for (auto& key : std::exchange(not_done_, {})) attempt(key, rows_[key]);  // others may have made it possible
  mirror();
  write();
}

void Administration::read() {
  store_.rows_above(office_.space, Seq{}, [&](RowKey key, Seq, const Row& row) {
    if (is_ours(key.table)) rows_[key] = row;
    return true;
  });
  Query select(db_, "SELECT tbl,id,number FROM account_row");
  while (select.next()) {
    RowKey key{TableId{select.small(0)}, RowId{select.integer(1)}};
    numbers_[key] = select.integer(2);
    ids_[{key.table, numbers_[key]}] = key.id;
  }
}

void Administration::attempt(RowKey key, const Row& row) {
  if (key.table == invites && !keys_) {
    not_done_.insert(key);
    return;
  }
  try {
    DatabaseStep step(db_);
    auto number = wish(key, row);
    step.commit();
    if (number && !numbers_.contains(key)) bind(key, number);
    if (!row.dead()) fields_[key]["outcome"] = "done";
  } catch (const NotDone& why) {
    fields_[key]["outcome"] = why.outcome;
    if (!row.dead()) not_done_.insert(key);  // else it comes back as it was
  }
}

std::int64_t Administration::wish(RowKey key, const Row& row) {
  if (key.table == members) return wish_member(key, row);
  if (row.dead() && !number_of(key)) return 0;
  if (key.table == invites) return wish_invite(key, row);
  if (row.dead()) throw fixed();
  if (key.table == organisations) return wish_organisation(key, row);
  if (key.table == people) return wish_person(key, row);
  return key.table == spaces ? wish_space(key, row) : wish_device(key, row);
}

void Administration::keep_name(RowKey key, const Row& row, std::int64_t number) {
  auto what = account_table(key.table);
  auto name = text(key, row, "name");
  if (is_wish(key, row, "name") && name != db_.text(("SELECT name FROM " + what + " WHERE " + what + "=?").c_str(), number))
    accounts_.rename(what, number, name);
}

std::int64_t Administration::wish_organisation(RowKey key, const Row& row) {
  auto number = number_of(key);
  if (!number) return accounts_.add_organisation(text(key, row, "name"));
  keep_name(key, row, number);
  return number;
}

std::int64_t Administration::wish_person(RowKey key, const Row& row) {
  auto number = number_of(key);
  bool moves = !number || is_wish(key, row, "organisation");
  auto organisation = moves && integer(key, row, "organisation") ? referred(key, row, "organisation", organisations) : 0;
  if (number) keep_name(key, row, number);
  else number = accounts_.add_person(text(key, row, "name")).value;
  if (moves) accounts_.set_organisation(PersonId{number}, organisation);
  return number;
}

std::int64_t Administration::wish_space(RowKey key, const Row& row) {
  auto number = number_of(key);
  auto kind = text(key, row, "kind");
  if (!number && std::find(space_kinds.begin(), space_kinds.end(), kind) == space_kinds.end()) throw incomplete("the kind");
  if (!number) return store_.add_space(text(key, row, "name"), kind).value;
  keep_name(key, row, number);
  if (is_wish(key, row, "kind") && kind != db_.text("SELECT kind FROM space WHERE space=?", number)) throw fixed();
  return number;
}

// After a restore a device gets the number that it had, if nobody has it meanwhile: so what it wrote is taken.
std::int64_t Administration::wish_device(RowKey key, const Row& row) {
  auto number = number_of(key);
  if (!number) {
    DeviceId had{static_cast<std::uint32_t>(integer(key, row, "number"))};
    bool again = had.value && had.value <= max_device && !is_wish(key, row, "number") && !store_.is_device(had);
    PersonId person{referred(key, row, "person", people)};
    number = accounts_.add_device(text(key, row, "name"), person, again ? std::optional(had) : std::nullopt).value;
  } else {
    if (is_wish(key, row, "person") && referred(key, row, "person", people) != db_.number("SELECT person FROM device WHERE device=?", number)) throw fixed();
    keep_name(key, row, number);
  }
  DeviceId device{static_cast<std::uint32_t>(number)};
  if (is_wish(key, row, "state") && text(key, row, "state") != state_of(device)) set_state(device, text(key, row, "state"));
  return number;
}

void Administration::set_state(DeviceId device, const std::string& wished) {
  if (wished.empty()) return;
  if (wished == "lost") {
    accounts_.set_lost(device, now_);
    return store_.lose(device);
  }
  accounts_.set_lost(device, {});
  if (wished == "revoked") store_.revoke(device);
  else if (wished != "active") throw incomplete("the state");
  else if (state_of(device) == "revoked") throw NotDone("needs_invite", "only a new invite lets it in again");
}

// Removing the row is taking the person out.
std::int64_t Administration::wish_member(RowKey key, const Row& row) {
  if (row.dead() && !shown(key, row, "person")) return 0;  // nothing but its end has come here
  PersonId person{referred(key, row, "person", people)};
  SpaceId space{static_cast<std::uint32_t>(referred(key, row, "in_space", spaces))};
  auto stands_for = derived_id(members, office_.space, {integer(key, row, "person"), integer(key, row, "in_space")});
  if (key.id != stands_for) throw incomplete("the row's own id");
  auto name = row.dead() ? "none" : text(key, row, "role");
  auto role = name == "none" ? std::optional(Role::none) : role_named(name);
  if (!role) throw incomplete("the role");
  bool asked = is_wish(key, row, "role") || (row.dead() && row.find(life_column)->shown().stamp.device != office_.device);
  if (asked && *role != accounts_.role(person, space)) accounts_.set_role(person, space, *role, now_);
  return 0;
}

std::int64_t Administration::wish_invite(RowKey key, const Row& row) {
  auto number = number_of(key);
  if (!number) return make_invite(key, row);
  bool void_it = row.dead() || (is_wish(key, row, "state") && text(key, row, "state") == "revoked");
  if (void_it) db_.run("UPDATE invite SET revoked=1 WHERE invite=?", number);
  if (!row.dead() && is_wish(key, row, "device") && referred(key, row, "device", devices) != db_.number("SELECT device FROM invite WHERE invite=?", number))
    throw fixed();
  return number;
}

bool Administration::was_made(RowKey key, const Row& row) const { return !text(key, row, "state").empty() && !is_wish(key, row, "state"); }

// Sealed for the device on which it was asked for, under the key that it is to speak with now.
std::int64_t Administration::make_invite(RowKey key, const Row& row) {
  if (was_made(key, row)) throw NotDone("relay_restored", "an earlier life of the store made this invite");
  DeviceId device{static_cast<std::uint32_t>(referred(key, row, "device", devices))};
  auto asker = shown(key, row, "device")->stamp.device;
  auto address = store_.address();
  if (address.empty()) throw NotDone("no_address", "the relay does not know its address: `carnet-relay invite` tells it");
  auto expires = now_ + invite_days * seconds_a_day;
  if (auto* day = shown(key, row, "expires_on"); day && !is_null(day->value)) {
    expires = end_of_day(text(key, row, "expires_on"));
  }
  if (expires < now_ || expires > now_ + most_invite_days * seconds_a_day) throw incomplete("the day");
  auto invite = store_.invite(device, address, expires, *keys_);
  auto words = to_text(invite);
  if (!read_invite(words)) throw NotDone("too_long", "the device has too many spaces for an invite");
  auto sealed = seal(words, keys_->key_of({Peer::Kind::device, asker.value, store_.generation(asker)}), key.id);
  fields_[key]["sealed"] = sealed;
  fields_[key]["sealed_for"] = static_cast<std::int64_t>(asker.value);
  return invite.number;
}

void Administration::mirror() {
  for (auto& each : accounts_.organisations()) put(organisations, each.number, {{"name", each.name}});
  for (auto& each : accounts_.people())
    if (each.id != self_)
      put(people, each.id.value, {{"name", each.name}, {"organisation", each.organisation_number ? Value(row_of(organisations, each.organisation_number).value) : Value()}});
  for (auto& each : store_.spaces())
    put(spaces, each.id.value, {{"name", each.name}, {"kind", each.kind}, {"number", static_cast<std::int64_t>(each.id.value)}});
  auto holders = accounts_.holders();
  for (auto& each : store_.devices()) {
    auto holder = std::find_if(holders.begin(), holders.end(), [&](auto& one) { return one.device == each.id; });
    if (holder->person != self_)
      put(devices, each.id.value, {{"name", each.name}, {"person", row_of(people, holder->person.value).value}, {"state", state_of(each.id)}, {"number", static_cast<std::int64_t>(each.id.value)}});
  }
  mirror_members();
  mirror_invites();
  for (auto& key : not_done_) {  // what is the relay's to say is not anybody's
    if (numbers_.contains(key) || key.table == members || key.table <= people) continue;
    if (key.table != invites) fields_[key]["number"] = Value();
    else if (keys_) fields_[key].merge(Fields{{"sealed", Value()}, {"sealed_for", Value()}, {"state", was_made(key, rows_[key]) ? Value("revoked") : Value()}});
  }
  RowKey introduction{who_is_who, derived_id(who_is_who, office_.space, {office_.device.value})};
  fields_[introduction] = {{"number", static_cast<std::int64_t>(office_.device.value)}, {"name", "relay"}};
}

void Administration::mirror_members() {
  std::set<RowKey> standing;
  for (auto& each : accounts_.members()) {
    if (each.person == self_) continue;
    auto person = row_of(people, each.person.value).value, space = row_of(spaces, each.space.value).value;
    RowKey key{members, derived_id(members, office_.space, {person, space})};
    put(key, {{"person", person}, {"in_space", space}, {"role", std::string(name_of(each.role))}});
    standing.insert(key);
  }
  for (auto& [key, row] : rows_)
    if (key.table == members && !row.dead() && !standing.contains(key)) put(key, {{"role", "none"}});
}

void Administration::mirror_invites() {
  Query select(db_, "SELECT invite,device,CASE WHEN claim IS NOT NULL THEN 'used' WHEN revoked<>0 THEN 'revoked' WHEN expires<? THEN 'expired' ELSE 'open' END,expires FROM invite ORDER BY invite", now_);
  while (select.next()) {
    auto number = select.integer(0);
    auto state = select.text(2);
    auto at = ids_.find({invites, number});
    if (at == ids_.end() ? state != "open" : rows_.contains({invites, at->second}) && rows_[{invites, at->second}].dead()) continue;
    Fields fields{{"device", row_of(devices, select.integer(1)).value}, {"state", state}, {"expires_on", day_of(select.integer(3))}};
    if (state != "open") fields.merge(Fields{{"sealed", Value()}, {"sealed_for", Value()}});
    put(invites, number, std::move(fields));
  }
}

void Administration::put(TableId table, std::int64_t number, Fields fields) { put(RowKey{table, row_of(table, number)}, std::move(fields)); }

// A wish that was not done stands as it was written, but for what is the relay's to say.
void Administration::put(RowKey key, Fields fields) {
  if (not_done_.contains(key)) std::erase_if(fields, [](auto& field) { return field.first != "number"; });
  else fields["outcome"] = "done";
  fields_[key].merge(std::move(fields));
}

// Only what differs. Over a row that was deleted everything, so that it comes back.
void Administration::write() {
  Changeset changes{office_.space, {}, {}, {}};
  auto head = store_.head(office_.space);
  for (auto& [key, fields] : fields_) {
    auto held = store_.load(office_.space, key);
    RowChange change{key, {}};
    auto say = [&](ColumnId column, const Value& value) {
      auto* cell = held.find(column);
      if (cell ? cell->shown().value == value && !held.dead() : is_null(value)) return;
      auto stamp = stamp_after(stamp_time(now_), cell ? cell->shown().stamp.time : 0, office_.device);
      change.row.at(column, Kind::reg).versions.push_back({.stamp = stamp, .value = value, .seq = {}, .seen = head, .past = {}, .open = {}});
    };
    if (held.dead()) say(life_column, life_alive);
    for (auto& [name, value] : fields) say(ColumnId{domain().find(key.table)->find(name)->number}, value);
    if (!change.row.empty()) changes.rows.push_back(std::move(change));
  }
  store_.add_bytes(office_.space, apply(store_, changes, Authority{.from = office_.device}).bytes);
}

std::int64_t Administration::number_of(RowKey key) {
  if (auto at = numbers_.find(key); at != numbers_.end()) return at->second;
  if (is_derived(key.id) || minter(key.id) != office_.device) return 0;
  auto number = key.id.value & (key.table == invites ? 0xffffffff : 0x3fffffff);  // its own, of an earlier life
  bool is_free = id_of(office_.device, key.table, number) == key.id && exists(key.table, number) && !ids_.contains({key.table, number});
  return is_free ? number : 0;
}

std::int64_t Administration::referred(RowKey key, const Row& row, std::string_view column, TableId table) {
  auto number = number_of({table, RowId{integer(key, row, column)}});
  if (!number) throw NotDone("waits", "a row that it refers to is not carried out");
  return number;
}

RowId Administration::row_of(TableId table, std::int64_t number) {
  if (auto at = ids_.find({table, number}); at != ids_.end()) return at->second;
  RowKey key{table, id_of(office_.device, table, number)};
  while (numbers_.contains(key) || (!number_of(key) && rows_.contains(key))) key.id = minted_id(office_.device, 1 + randombytes_uniform(UINT32_MAX));
  bind(key, number);
  return key.id;
}

void Administration::bind(RowKey key, std::int64_t number) {
  numbers_[key] = number;
  ids_[{key.table, number}] = key.id;
  db_.run("INSERT INTO account_row(tbl,id,number) VALUES(?,?,?)", key.table, key.id, number);
}

bool Administration::exists(TableId table, std::int64_t number) {
  if ((table == people && number == self_.value) || (table == devices && number == office_.device.value)) return false;
  auto what = account_table(table);
  return db_.number(("SELECT count(*) FROM " + what + " WHERE " + what + "=?").c_str(), number) > 0;
}

const Version* Administration::shown(RowKey key, const Row& row, std::string_view column) const {
  auto* cell = row.find(ColumnId{domain().find(key.table)->find(column)->number});
  return cell ? &cell->shown() : nullptr;
}

std::string Administration::text(RowKey key, const Row& row, std::string_view column) const {
  auto* version = shown(key, row, column);
  auto* held = version ? std::get_if<std::string>(&version->value) : nullptr;
  return held ? *held : std::string();
}

std::int64_t Administration::integer(RowKey key, const Row& row, std::string_view column) const {
  auto* version = shown(key, row, column);
  auto* held = version ? std::get_if<std::int64_t>(&version->value) : nullptr;
  return held ? *held : 0;
}

bool Administration::is_wish(RowKey key, const Row& row, std::string_view column) const {
  auto* version = shown(key, row, column);
  return version && version->stamp.device != office_.device;
}

std::string Administration::state_of(DeviceId device) {
  return db_.text("SELECT CASE WHEN lost IS NOT NULL THEN 'lost' WHEN admitted=0 AND (used>0 OR EXISTS(SELECT 1 FROM invite WHERE device=?1)) THEN 'revoked' ELSE 'active' END FROM device WHERE device=?1", device);
}

}  // namespace carnet
