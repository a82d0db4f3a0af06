// How far each device is, and what it remembers of its frames, of SqlStore.
#include "core/at_rest.hpp"
#include "server/sql_store.hpp"
#include "sync/limits.hpp"

namespace carnet {

namespace {

int is_up(Direction direction) { return direction == Direction::up ? 1 : 0; }

}  // namespace

Seq SqlStore::acked(DeviceId device, SpaceId space) { return standing(device, space).acked; }
Seq SqlStore::confirmed(DeviceId device, SpaceId space) { return standing(device, space).confirmed; }

void SqlStore::set_acked(DeviceId device, SpaceId space, Seq seq) {
  auto& here = standing(device, space);
  here.acked = seq;
  move(here);
}

void SqlStore::confirm(DeviceId device, SpaceId space, Seq seq) {
  auto& here = standing(device, space);
  here.confirmed = seq;
  move(here);
}

void SqlStore::move(Standing& here) {
  here.moved = true;
  if (!db_.in_transaction()) write_places();
}

// Both at once, at the end of the transaction or of a part of it.
void SqlStore::write_places() {
  for (auto& [of, here] : standings_)
    if (std::exchange(here.moved, false))
      db_.run("INSERT INTO place(device,space,acked,confirmed) VALUES(?,?,?,?) ON CONFLICT(device,space) DO UPDATE SET acked=excluded.acked,confirmed=excluded.confirmed",
              of.first, of.second, here.acked, here.confirmed);
}

void SqlStore::let_go(DeviceId device, SpaceId space) {
  state(space);
  write_places();
  standings_.erase({device, space});
  selves_.erase(device);
  db_.run("INSERT INTO place(device,space,drained) VALUES(?,?,1) ON CONFLICT(device,space) DO UPDATE SET drained=1", device, space);
}

void SqlStore::keep(DeviceId device, SpaceId space, Direction direction, SharedText& text) {
  state(space);
  if (text.drops()) db_.run("DELETE FROM shared_text WHERE device=? AND space=? AND up=? AND (number>? OR number<?)", device, space, is_up(direction), text.stored_upto(), text.first());
  for (auto& part : text.parts()) {
    if (part.number <= text.stored_upto()) continue;
    auto packed = pack_at_rest(part.frame);
    db_.run("INSERT INTO shared_text(device,space,up,number,chained,frame) VALUES(?,?,?,?,?,?) ON CONFLICT(device,space,up,number) DO UPDATE SET chained=excluded.chained,frame=excluded.frame", device, space, is_up(direction), part.number, static_cast<std::int64_t>(part.chained), Blob{packed});
  }
  text.stored();
}

void SqlStore::note_refused(DeviceId device, SpaceId space, std::int64_t rows, std::int64_t now) {
  state(space);
  write_places();
  db_.run("UPDATE place SET refused=refused+?,refused_at=? WHERE device=? AND space=?", rows, now, device, space);  // of none where it never was
}

}  // namespace carnet
