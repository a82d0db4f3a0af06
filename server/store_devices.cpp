// How far each device is, and what it remembers of its frames, of SqlStore.
#include "core/at_rest.hpp"
#include "server/sql_store.hpp"
#include "sync/limits.hpp"

namespace carnet {

namespace {

int is_up(Direction direction) { return direction == Direction::up ? 1 : 0; }

constexpr auto shared_text_sql = "SELECT number,chained,frame FROM shared_text WHERE device=? AND space=? AND up=? ORDER BY number";
constexpr auto shared_name_sql = "SELECT chained FROM shared_text WHERE device=? AND space=? AND up=? ORDER BY number DESC LIMIT 1";

}  // namespace

Seq SqlStore::acked(DeviceId device, SpaceId space) { return standing(device, space).acked; }
Seq SqlStore::confirmed(DeviceId device, SpaceId space) { return standing(device, space).confirmed; }

void SqlStore::set_acked(DeviceId device, SpaceId space, Seq seq) {
  standing(device, space).acked = seq;
  db_.run("INSERT INTO place(device,space,acked) VALUES(?,?,?) ON CONFLICT(device,space) DO UPDATE SET acked=excluded.acked", device, space, seq);
}

void SqlStore::confirm(DeviceId device, SpaceId space, Seq seq) {
  standing(device, space).confirmed = seq;
  db_.run("INSERT INTO place(device,space,confirmed) VALUES(?,?,?) ON CONFLICT(device,space) DO UPDATE SET confirmed=excluded.confirmed", device, space, seq);
}

void SqlStore::let_go(DeviceId device, SpaceId space) {
  state(space);
  standings_.erase({device, space});
  db_.run("INSERT INTO place(device,space,drained) VALUES(?,?,1) ON CONFLICT(device,space) DO UPDATE SET drained=1", device, space);
}

SharedText SqlStore::shared_text(DeviceId device, SpaceId space, Direction direction) {
  std::vector<SharedText::Part> parts;
  Query select(db_, shared_text_sql, device, space, is_up(direction));
  while (select.next())
    parts.push_back({select.integer(0), static_cast<std::uint64_t>(select.integer(1)), unpack_at_rest(select.blob(2), max_message_bytes).value_or("")});
  return SharedText(std::move(parts));
}

std::uint32_t SqlStore::shared_name(DeviceId device, SpaceId space, Direction direction) {
  Query select(db_, shared_name_sql, device, space, is_up(direction));
  return select.next() ? SharedText::name_of(static_cast<std::uint64_t>(select.integer(0))) : 0;
}

void SqlStore::keep(DeviceId device, SpaceId space, Direction direction, SharedText& text) {
  state(space);
  db_.run("DELETE FROM shared_text WHERE device=? AND space=? AND up=? AND (number>? OR number<?)", device, space, is_up(direction), text.stored_upto(), text.first());
  for (auto& part : text.parts()) {
    if (part.number <= text.stored_upto()) continue;
    auto packed = pack_at_rest(part.frame);
    db_.run("INSERT INTO shared_text(device,space,up,number,chained,frame) VALUES(?,?,?,?,?,?)", device, space, is_up(direction), part.number, static_cast<std::int64_t>(part.chained), Blob{packed});
  }
  text.stored();
}

void SqlStore::note_refused(DeviceId device, SpaceId space, std::int64_t rows, std::int64_t now) {
  state(space);
  db_.run("UPDATE place SET refused=refused+?,refused_at=? WHERE device=? AND space=?", rows, now, device, space);  // of none where it never was
}

void SqlStore::foresee(DeviceId device, SpaceId space, bool writes) {
  foresee_standing(device, space);
  db_.foresee(shared_name_sql, device, space, is_up(Direction::up));
  if (writes) db_.foresee(shared_text_sql, device, space, is_up(Direction::up));
}

void SqlStore::foresee_sent(DeviceId device, SpaceId space) { db_.foresee(shared_text_sql, device, space, is_up(Direction::down)); }

}  // namespace carnet
