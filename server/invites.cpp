// Who may enter, of SqliteStore: invites that are redeemed once, and generations of device keys. Nothing here is secret: keys are derived
// (server/keys.hpp). The generation of a life of the store begins at its epoch, so that none is given twice, whatever is restored.
#include <sodium.h>

#include <algorithm>
#include <filesystem>

#include "server/accounts.hpp"
#include "server/certificate.hpp"
#include "server/sqlite_store.hpp"
#include "sync/address.hpp"

namespace carnet {

namespace {

Error turned_away(DeviceId device, const std::string& why) {
  return {Code::not_allowed, "device " + std::to_string(device.value) + ": " + why + "; ask for a new invite"};
}

}  // namespace

SqliteStore::Door SqliteStore::door(DeviceId device) {
  Use select(statement("SELECT admitted,lost IS NOT NULL,generation,oldest,used FROM device WHERE device=?"));
  select->bind(1, static_cast<std::int64_t>(device.value));
  if (!select->executeStep()) return {};
  return {select->getColumn(0).getInt() != 0, select->getColumn(1).getInt() != 0, select->getColumn(2).getUInt(), select->getColumn(3).getUInt(), select->getColumn(4).getUInt()};
}

void SqliteStore::set_door(DeviceId device, const Door& door) {
  Use update(statement("UPDATE device SET admitted=?,generation=?,oldest=?,used=? WHERE device=?"));
  update->bind(1, door.admitted ? 1 : 0);
  update->bind(2, door.generation);
  update->bind(3, door.oldest);
  update->bind(4, door.used);
  update->bind(5, static_cast<std::int64_t>(device.value));
  update->exec();
}

std::uint32_t SqliteStore::generation(DeviceId device) { return door(device).generation; }

void SqliteStore::expect(DeviceId device) {
  auto now = door(device);
  if (now.admitted) return;
  now.admitted = true;
  if (now.used) now.generation = now.oldest = std::max(now.generation + 1, epoch_);  // the keys of who was revoked stay dead
  set_door(device, now);
}

void SqliteStore::rotate(DeviceId device) {
  auto now = door(device);
  now.generation = std::max(now.generation + 1, epoch_);
  set_door(device, now);
}

void SqliteStore::lose(DeviceId device) {
  WriteStep step(db_);
  rotate(device);
  auto now = door(device);
  now.oldest = now.generation;
  set_door(device, now);
  revoke_invites(device);
  step.commit();
}

void SqliteStore::revoke(DeviceId device) {
  WriteStep step(db_);
  auto now = door(device);
  now.admitted = false;
  set_door(device, now);
  revoke_invites(device);
  db_.exec("DELETE FROM shared_text WHERE device=" + std::to_string(device.value));
  step.commit();
}

void SqliteStore::revoke_invites(DeviceId device) { db_.exec("UPDATE invite SET revoked=1 WHERE device=" + std::to_string(device.value)); }

std::uint32_t SqliteStore::add_invite(DeviceId device, std::int64_t expires) {
  WriteStep step(db_);
  revoke_invites(device);
  expect(device);
  SQLite::Statement insert(db_, "INSERT INTO invite(invite,device,expires) VALUES(?,?,?)");
  auto number = 1 + randombytes_uniform(UINT32_MAX);  // never one that was given before a restore: its key would be the same
  insert.bind(1, number);
  insert.bind(2, static_cast<std::int64_t>(device.value));
  insert.bind(3, expires);
  insert.exec();
  step.commit();
  return number;
}

Invite SqliteStore::invite(DeviceId device, const std::string& address, std::int64_t expires, const Keys& keys) {
  if (auto self = office(); self && self->device == device) throw NotDone("not_possible", "this is the relay itself, which writes in the administration space");
  Use name(statement("SELECT name FROM device WHERE device=?"));
  name->bind(1, static_cast<std::int64_t>(device.value));
  name->executeStep();
  Invite invite{.address = address, .pin = {}, .device = device, .name = name->getColumn(0).getString(), .expires = expires};
  if (door(device).lost)
    throw NotDone("device_lost", "'" + invite.name + "' was reported lost: `carnet-relay device found` takes that back, `carnet-relay device add` makes another for its person");
  for (auto& member : account(device).spaces)
    if (member.role != Role::none) invite.spaces.push_back({.id = member.space, .name = member.name, .kind = member.kind, .role = member.role});
  auto certificate = certificate_file_of(db_.getFilename());
  if (auto read = read_address(address); read && read->way == Address::Way::certificate && std::filesystem::exists(certificate)) invite.pin = pin_of_certificate(certificate);
  invite.number = add_invite(device, expires);
  invite.key = keys.key_of({Peer::Kind::invite, invite.number, 0});
  return invite;
}

std::string SqliteStore::address() { return db_.execAndGet("SELECT coalesce(address,'') FROM store").getString(); }

void SqliteStore::set_address(const std::string& address) {
  SQLite::Statement update(db_, "UPDATE store SET address=?");
  update.bind(1, address);
  update.exec();
}

Result<std::uint32_t> SqliteStore::admit(const Peer& peer, DeviceId device, std::string_view claim, std::int64_t now) {
  if (peer.kind == Peer::Kind::invite) return redeem(peer.number, device, claim, now);
  auto door = this->door(device);
  if (!door.admitted || door.lost) return turned_away(device, "the relay does not let it in any more");
  if (peer.generation < door.oldest) return turned_away(device, "its key was replaced by a newer one, or reported lost");
  return std::max(door.generation, peer.generation);  // a newer one than the store knows was given before it was restored
}

// The key is given with the claim that came first, and as often as that comes again, since the answer may have been lost on its way.
Result<std::uint32_t> SqliteStore::redeem(std::uint32_t invite, DeviceId device, std::string_view claim, std::int64_t now) {
  Use select(statement("SELECT expires,revoked,claim,generation FROM invite WHERE invite=? AND device=?"));
  select->bind(1, invite);
  select->bind(2, static_cast<std::int64_t>(device.value));
  if (claim.size() != claim_bytes || !select->executeStep()) return turned_away(device, "the relay does not know this invite any more");
  auto held = select->getColumn(2);
  bool first = held.isNull();
  bool same = !first && std::string_view(static_cast<const char*>(held.getBlob()), static_cast<std::size_t>(held.getBytes())) == claim;
  auto door = this->door(device);
  if (select->getColumn(1).getInt() || door.lost) return Error{Code::invite_revoked, "this invite was revoked; ask for a new one"};
  if (!first && (!same || door.used >= select->getColumn(3).getUInt()))
    return Error{Code::invite_used, "this invite was used already, and works once; ask for a new one"};
  if (same) return door.generation;
  if (now > select->getColumn(0).getInt64()) return Error{Code::invite_expired, "this invite has expired; ask for a new one"};
  door.generation = door.oldest = std::max(door.generation + 1, epoch_);
  set_door(device, door);
  Use update(statement("UPDATE invite SET claim=?,generation=? WHERE invite=?"));
  update->bindNoCopy(1, claim.data(), static_cast<int>(claim.size()));
  update->bind(2, door.generation);
  update->bind(3, invite);
  update->exec();
  accounts_changed_ = true;
  return door.generation;
}

void SqliteStore::met(DeviceId device, std::uint32_t generation, std::int64_t now) {
  Use update(statement("UPDATE device SET met=?1,used=max(used,?2),oldest=max(oldest,?2),generation=max(generation,?2) WHERE device=?3"));
  update->bind(1, now);
  update->bind(2, generation);
  update->bind(3, static_cast<std::int64_t>(device.value));
  update->exec();
}

}  // namespace carnet
