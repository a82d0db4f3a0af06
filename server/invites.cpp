// Who may enter, of SqlStore: invites that are redeemed once, and generations of device keys. Nothing here is secret: keys are derived
// (server/keys.hpp). The generation of a life of the store begins at its epoch, so that none is given twice, whatever is restored.
#include <sodium.h>

#include <algorithm>
#include <deque>
#include <filesystem>

#include "server/accounts.hpp"
#include "server/certificate.hpp"
#include "server/sql_store.hpp"
#include "sync/address.hpp"

namespace carnet {

namespace {

const std::string contact_sql = "UPDATE device SET met=?1,used=CASE WHEN used<?2 THEN ?2 ELSE used END,oldest=CASE WHEN oldest<?2 THEN ?2 ELSE oldest END,"
                                "generation=CASE WHEN generation<?2 THEN ?2 ELSE generation END,traffic=traffic+?4 WHERE device=";

Error turned_away(DeviceId device, const std::string& why) {
  return {Code::not_allowed, "device " + std::to_string(device.value) + ": " + why + "; ask for a new invite"};
}

}  // namespace

void SqlStore::set_door(DeviceId device, const Door& door) {
  selves_.erase(device);
  db_.run("UPDATE device SET admitted=?,generation=?,oldest=?,used=? WHERE device=?", door.admitted, door.generation, door.oldest, door.used, device);
}

std::uint32_t SqlStore::generation(DeviceId device) { return door(device).generation; }

void SqlStore::expect(DeviceId device) {
  auto now = door(device);
  if (now.admitted) return;
  now.admitted = true;
  if (now.used) now.generation = now.oldest = std::max(now.generation + 1, epoch_);  // the keys of who was revoked stay dead
  set_door(device, now);
}

void SqlStore::rotate(DeviceId device) {
  auto now = door(device);
  now.generation = std::max(now.generation + 1, epoch_);
  set_door(device, now);
}

void SqlStore::lose(DeviceId device) {
  DatabaseStep step(db_);
  rotate(device);
  auto now = door(device);
  now.oldest = now.generation;
  set_door(device, now);
  revoke_invites(device);
  Accounts(db_).reseal_all_of(device);
  step.commit();
}

void SqlStore::revoke(DeviceId device) {
  DatabaseStep step(db_);
  auto now = door(device);
  now.admitted = false;
  set_door(device, now);
  revoke_invites(device);
  Accounts(db_).reseal_all_of(device);
  db_.run("DELETE FROM shared_text WHERE device=?", device);
  step.commit();
}

void SqlStore::revoke_invites(DeviceId device) { db_.run("UPDATE invite SET revoked=1 WHERE device=?", device); }

std::uint32_t SqlStore::add_invite(DeviceId device, std::int64_t expires) {
  DatabaseStep step(db_);
  revoke_invites(device);
  expect(device);
  auto number = 1 + randombytes_uniform(UINT32_MAX);  // never one that was given before a restore: its key would be the same
  db_.run("INSERT INTO invite(invite,device,expires) VALUES(?,?,?)", number, device, expires);
  step.commit();
  return number;
}

Invite SqlStore::invite(DeviceId device, const std::string& address, std::int64_t expires, const Keys& keys) {
  if (auto self = office(); self && self->device == device) throw NotDone("not_possible", "this is the relay itself, which writes in the administration space");
  Invite invite{.address = address, .pin = {}, .device = device, .name = db_.text("SELECT name FROM device WHERE device=?", device), .expires = expires};
  if (door(device).lost)
    throw NotDone("device_lost", "'" + invite.name + "' was reported lost: `carnet-relay device found` takes that back, `carnet-relay device add` makes another for its person");
  for (auto& member : account(device).spaces)
    if (member.role != Role::none) invite.spaces.push_back({.id = member.space, .name = member.name, .kind = member.kind, .role = member.role});
  auto certificate = certificate_file_of(place_);
  if (auto read = read_address(address); read && read->way == Address::Way::certificate && std::filesystem::exists(certificate)) invite.pin = pin_of_certificate(certificate);
  invite.number = add_invite(device, expires);
  invite.key = keys.key_of({Peer::Kind::invite, invite.number, 0});
  return invite;
}

std::string SqlStore::address() { return db_.text("SELECT coalesce(address,'') FROM store"); }

void SqlStore::set_address(const std::string& address) { db_.run("UPDATE store SET address=?", address); }

Result<Admission> SqlStore::admit(const Peer& peer, DeviceId device, std::string_view claim, std::int64_t now) {
  if (peer.kind == Peer::Kind::invite) {
    auto generation = redeem(peer.number, device, claim, now);
    if (!generation) return generation.error();
    return Admission{*generation};
  }
  auto door = this->door(device);
  if (!door.admitted || door.lost) return turned_away(device, "the relay does not let it in any more");
  if (peer.generation < door.oldest) return turned_away(device, "its key was replaced by a newer one, or reported lost");
  return Admission{std::max(door.generation, peer.generation), peer.generation > door.used};  // a newer one than the store knows was given before it was restored
}

// What was written on a device that is lost may come in: others have had it from there. What bears a later date was written by whoever found it.
std::optional<Error> SqlStore::fault_of_carried(DeviceId author, std::uint32_t generation, std::int64_t latest) {
  auto door = this->door(author);
  if (generation > door.generation) return Error{Code::of_another, "the relay does not know the device that is said to have written it, or not that key of it"};
  if (door.lost) {
    if (latest > *door.lost + max_ahead_seconds) return Error{Code::not_allowed, "it was written after the device was reported lost"};
  } else if (!door.admitted) {
    return Error{Code::not_allowed, "the device that wrote it was revoked: a new invite lets its work in again"};
  }
  return {};
}

// The key is given with the claim that came first, and as often as that comes again, since the answer may have been lost on its way.
Result<std::uint32_t> SqlStore::redeem(std::uint32_t invite, DeviceId device, std::string_view claim, std::int64_t now) {
  Query select(db_, "SELECT expires,revoked,claim,generation FROM invite WHERE invite=? AND device=?", invite, device);
  if (claim.size() != claim_bytes || !select.next()) return turned_away(device, "the relay does not know this invite any more");
  bool first = select.is_null(2), same = !first && select.blob(2) == claim;
  auto door = this->door(device);
  if (select.integer(1) != 0 || door.lost) return Error{Code::invite_revoked, "this invite was revoked; ask for a new one"};
  if (!first && (!same || door.used >= select.small(3)))
    return Error{Code::invite_used, "this invite was used already, and works once; ask for a new one"};
  if (same) return door.generation;
  if (now > select.integer(0)) return Error{Code::invite_expired, "this invite has expired; ask for a new one"};
  door.generation = door.oldest = std::max(door.generation + 1, epoch_);
  set_door(device, door);
  db_.run("UPDATE invite SET claim=?,generation=? WHERE invite=?", Blob{claim}, door.generation, invite);
  accounts_changed_ = true;
  return door.generation;
}

void SqlStore::met(DeviceId device, std::uint32_t generation, std::int64_t now) { write_contact(device, {.generation = generation, .at = now}); }

void SqlStore::write_contact(DeviceId device, const Contact& visit) {
  selves_.erase(device);
  db_.run((contact_sql + "?3").c_str(), visit.at, visit.generation, device, visit.traffic);
}

void SqlStore::note(std::map<DeviceId, Contact>& visits) {
  static const auto where_free = contact_sql + "(SELECT device FROM device WHERE device=?3 FOR UPDATE SKIP LOCKED) RETURNING device";
  std::deque<Query> written;
  for (auto& [device, visit] : visits) {
    selves_.erase(device);
    written.emplace_back(db_, where_free, visit.at, visit.generation, device, visit.traffic).ask();
  }
  auto next = written.begin();
  std::erase_if(visits, [&](auto&) { return (next++)->next(); });
}

}  // namespace carnet
