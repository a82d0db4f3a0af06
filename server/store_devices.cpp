// How far each device is, and what it remembers of its frames, of SqlStore.
#include "core/at_rest.hpp"
#include "server/sql_store.hpp"
#include "sync/limits.hpp"

namespace carnet {

namespace {

int is_up(Direction direction) { return direction == Direction::up ? 1 : 0; }

constexpr auto shared_name_sql = "SELECT chained FROM shared_text WHERE device=? AND space=? AND up=? ORDER BY number DESC LIMIT 1";

std::vector<SharedText::Part> read_parts(Database& db, DeviceId device, SpaceId space, Direction direction) {
  std::vector<SharedText::Part> parts;
  Query select(db, "SELECT number,chained,frame FROM shared_text WHERE device=? AND space=? AND up=? ORDER BY number", device, space, is_up(direction));
  while (select.next())
    parts.push_back({select.integer(0), static_cast<std::uint64_t>(select.integer(1)), unpack_at_rest(select.blob(2), max_message_bytes).value_or("")});
  return parts;
}

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

SharedText SqlStore::shared_text(DeviceId device, SpaceId space, Direction direction) {
  if (auto at = sent_up_.find({device, space}); at != sent_up_.end() && direction == Direction::up) return SharedText(std::move(sent_up_.extract(at).mapped()));
  return SharedText(read_parts(db_, device, space, direction));
}

std::uint32_t SqlStore::shared_name(DeviceId device, SpaceId space, Direction direction) {
  if (auto at = sent_up_.find({device, space}); at != sent_up_.end() && direction == Direction::up) return at->second.empty() ? 0 : SharedText::name_of(at->second.back().chained);
  Query select(db_, shared_name_sql, device, space, is_up(direction));
  return select.next() ? SharedText::name_of(static_cast<std::uint64_t>(select.integer(0))) : 0;
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

// Its name is in it.
void SqlStore::foresee_sent_up(DeviceId device, SpaceId space, bool writes) {
  if (writes) sent_up_[{device, space}] = read_parts(db_, device, space, Direction::up);
  else db_.foresee(shared_name_sql, device, space, is_up(Direction::up));
}

void SqlStore::note_refused(DeviceId device, SpaceId space, std::int64_t rows, std::int64_t now) {
  state(space);
  write_places();
  db_.run("UPDATE place SET refused=refused+?,refused_at=? WHERE device=? AND space=?", rows, now, device, space);  // of none where it never was
}

}  // namespace carnet
