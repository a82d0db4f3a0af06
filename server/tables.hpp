// The tables of a relay's store. Every key of what spaces hold begins with the space, or leads there: a database that is shared out by space
// (server/README.md) keeps row, history, place and shared_text with theirs, and the rest everywhere.
#pragma once
#include <array>

namespace carnet {

inline constexpr int store_version = 4;  // of these; raised, and brought up where a store is opened, when they change
inline constexpr int moved_version = 0;  // of a store that goes on elsewhere (server/migrate.hpp)

inline constexpr auto store_tables = R"sql(
-- epoch: of its life (core/ids.hpp); address: of the relay, as the last invite of its operator had it.
CREATE TABLE store(version INTEGER NOT NULL, epoch INTEGER NOT NULL, address TEXT);
-- bytes: see Limits in sync/relay_store.hpp; sealing: the generation of the key that its members have among each other (sync/bundle.hpp).
CREATE TABLE space(space INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, head INTEGER NOT NULL,
  digest INTEGER NOT NULL DEFAULT 0, rows INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0, sealing INTEGER NOT NULL DEFAULT 1);
-- state: see core/row_codec.hpp.
CREATE TABLE row(space INTEGER NOT NULL, tbl INTEGER NOT NULL, id INTEGER NOT NULL, changed INTEGER NOT NULL,
  state BLOB NOT NULL, PRIMARY KEY(space, tbl, id)) WITHOUT ROWID;
CREATE INDEX row_changed ON row(space, changed, tbl, id);
-- Every value that was ever accepted and is superseded; of any type.
CREATE TABLE history(space INTEGER NOT NULL, tbl INTEGER NOT NULL, id INTEGER NOT NULL, col INTEGER NOT NULL,
  time INTEGER NOT NULL, device INTEGER NOT NULL, value BLOB, PRIMARY KEY(space, tbl, id, col, time, device)) WITHOUT ROWID;
-- acked: the device's seq up to which we have everything; confirmed: the seq of ours such that all that it wrote without having seen the
-- space up to there has arrived; drained: 1 once it said that nothing is left of what it wrote while it might; refused: rows that were not taken
-- of it, as often as they came, and when the last of them did.
CREATE TABLE place(space INTEGER NOT NULL, device INTEGER NOT NULL, acked INTEGER NOT NULL DEFAULT 0,
  confirmed INTEGER NOT NULL DEFAULT 0, drained INTEGER NOT NULL DEFAULT 0, refused INTEGER NOT NULL DEFAULT 0, refused_at INTEGER,
  PRIMARY KEY(space, device)) WITHOUT ROWID;
CREATE INDEX place_device ON place(device, space);
-- What a device remembers of its frames too (core/shared_text.hpp), compressed. up: 1, or down: 0.
CREATE TABLE shared_text(space INTEGER NOT NULL, device INTEGER NOT NULL, up INTEGER NOT NULL, number INTEGER NOT NULL,
  chained INTEGER NOT NULL, frame BLOB NOT NULL, PRIMARY KEY(space, device, up, number)) WITHOUT ROWID;
CREATE TABLE organisation(organisation INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
-- links: the generation of their links to the status page (server/status_link.hpp), where it is above the epoch.
CREATE TABLE person(person INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, organisation INTEGER, links INTEGER NOT NULL DEFAULT 0);
-- role: a number of sync/rights.hpp; until, coached: to when every table might be written, and those that a coach writes, where they may be
-- no more; unix seconds.
CREATE TABLE member(space INTEGER NOT NULL, person INTEGER NOT NULL, role INTEGER NOT NULL, until INTEGER, coached INTEGER, PRIMARY KEY(space, person)) WITHOUT ROWID;
CREATE INDEX member_person ON member(person, space);
-- met: last, unix seconds. since: when it came to this person, 0: always; lost: when it was told to be; rights: see Account in
-- sync/messages.hpp; sent: bytes on that day; traffic: bytes of all its exchanges, both ways. Who may enter (server/invites.cpp): it is to speak by the key of `generation`
-- (server/keys.hpp), may speak by one from `oldest` on, has spoken by `used` (0: by none); admitted: it was invited, and not revoked since.
CREATE TABLE device(device INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, met INTEGER, person INTEGER NOT NULL, since INTEGER NOT NULL DEFAULT 0,
  lost INTEGER, rights INTEGER NOT NULL DEFAULT 1, sent_day INTEGER NOT NULL DEFAULT 0, sent INTEGER NOT NULL DEFAULT 0,
  admitted INTEGER NOT NULL DEFAULT 0, generation INTEGER NOT NULL DEFAULT 0, oldest INTEGER NOT NULL DEFAULT 0, used INTEGER NOT NULL DEFAULT 0,
  traffic INTEGER NOT NULL DEFAULT 0);
CREATE INDEX device_person ON device(person);
-- claim: of the device that redeemed it; generation: of the key that it was given for it.
CREATE TABLE invite(invite INTEGER PRIMARY KEY, device INTEGER NOT NULL, expires INTEGER NOT NULL, revoked INTEGER NOT NULL DEFAULT 0,
  claim BLOB, generation INTEGER NOT NULL DEFAULT 0);
CREATE INDEX invite_device ON invite(device);
-- Blobs. device: that has begun to bring it, or 0 of a whole one; at: when it was last offered, and unused: since when no row that lives was
-- seen to refer to it, unix seconds.
CREATE TABLE blob(space INTEGER NOT NULL, hash BLOB NOT NULL, device INTEGER NOT NULL, bytes INTEGER NOT NULL, at INTEGER NOT NULL,
  unused INTEGER, PRIMARY KEY(space, hash, device)) WITHOUT ROWID;
-- Their bytes, where they do not stand in files beside the store. at: where the part begins.
CREATE TABLE blob_part(space INTEGER NOT NULL, hash BLOB NOT NULL, device INTEGER NOT NULL, at INTEGER NOT NULL, bytes BLOB NOT NULL,
  PRIMARY KEY(space, hash, device, at)) WITHOUT ROWID;
-- name: a Quota (server/accounts.hpp); space 0: of every space that has none of its own.
CREATE TABLE quota(name INTEGER NOT NULL, space INTEGER NOT NULL, value INTEGER NOT NULL, PRIMARY KEY(name, space)) WITHOUT ROWID;
-- The administration space, if there is one, and the number under which the relay writes in it. account_row: which row there stands for what,
-- and its number here (of a table of core/domain_administration.cpp).
CREATE TABLE administration(space INTEGER NOT NULL, device INTEGER NOT NULL);
CREATE TABLE account_row(tbl INTEGER NOT NULL, id INTEGER NOT NULL, number INTEGER NOT NULL, PRIMARY KEY(tbl, id), UNIQUE(tbl, number)) WITHOUT ROWID;
)sql";

// What version 1 lacked.
inline constexpr auto tables_since_1 = R"sql(
ALTER TABLE place ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;
ALTER TABLE place ADD COLUMN refused_at INTEGER;
ALTER TABLE person ADD COLUMN links INTEGER NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN traffic INTEGER NOT NULL DEFAULT 0;
)sql";

// And what version 2 lacked.
inline constexpr auto tables_since_2 = R"sql(
CREATE TABLE blob(space INTEGER NOT NULL, hash BLOB NOT NULL, device INTEGER NOT NULL, bytes INTEGER NOT NULL, at INTEGER NOT NULL,
  unused INTEGER, PRIMARY KEY(space, hash, device)) WITHOUT ROWID;
CREATE TABLE blob_part(space INTEGER NOT NULL, hash BLOB NOT NULL, device INTEGER NOT NULL, at INTEGER NOT NULL, bytes BLOB NOT NULL,
  PRIMARY KEY(space, hash, device, at)) WITHOUT ROWID;
)sql";

// And what version 3 lacked: every device is told its account again, with what it carries for others by.
inline constexpr auto tables_since_3 = R"sql(
ALTER TABLE space ADD COLUMN sealing INTEGER NOT NULL DEFAULT 1;
UPDATE device SET rights=rights+1;
)sql";

// All of them, for who copies them: the columns of the key, and the others.
struct TableOfStore {
  const char *name, *key, *others;
};
inline constexpr std::array<TableOfStore, 15> tables_of_store{{
    {"store", "epoch", "version,address"},
    {"space", "space", "name,kind,head,digest,rows,bytes,sealing"},
    {"row", "space,tbl,id", "changed,state"},
    {"history", "space,tbl,id,col,time,device", "value"},
    {"place", "space,device", "acked,confirmed,drained,refused,refused_at"},
    {"shared_text", "space,device,up,number", "chained,frame"},
    {"organisation", "organisation", "name"},
    {"person", "person", "name,organisation,links"},
    {"member", "space,person", "role,until,coached"},
    {"device", "device", "name,met,person,since,lost,rights,sent_day,sent,admitted,generation,oldest,used,traffic"},
    {"invite", "invite", "device,expires,revoked,claim,generation"},
    {"blob", "space,hash,device", "bytes,at,unused"},
    {"quota", "name,space", "value"},
    {"administration", "space", "device"},
    {"account_row", "tbl,id", "number"},
}};

}  // namespace carnet
