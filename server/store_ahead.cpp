// What SqlStore asks ahead of a database behind a connection, so that an exchange takes three round trips: what a device and its space are
// and what lies above its cursor; the rows that its frames speak of, with their history; and what is written. It stays true, since
// who writes holds the space, who only reads sees one state of all, and what this transaction itself writes is put in.
#include <algorithm>
#include <limits>

#include "core/at_rest.hpp"
#include "core/row_codec.hpp"
#include "server/accounts.hpp"
#include "server/sql_store.hpp"
#include "sync/limits.hpp"

namespace carnet {

namespace {

constexpr std::size_t most_rows_ahead = 64;    // of frames, and of what is written
constexpr std::int64_t most_rows_above = 32;   // of a space: where more lie above a cursor they are read when they are served
constexpr auto row_sql = "SELECT state FROM row WHERE space=? AND tbl=? AND id=?";
constexpr auto past_sql = "SELECT col,time,device FROM history WHERE space=? AND tbl=? AND id=? AND time>=?";
constexpr auto above_sql = "SELECT tbl,id,changed,state FROM row WHERE space=? AND changed>? ORDER BY changed,tbl,id LIMIT ?";
constexpr auto texts_sql = "SELECT number,chained,frame FROM shared_text WHERE device=? AND space=? AND up=? ORDER BY number";
// Of what it sends, where it may, and of what it is sent, if anything will be.
constexpr auto all_texts_sql = "SELECT number,chained,frame,up FROM shared_text WHERE device=?1 AND space=?2 "
                               "AND (up=1 AND ?4=1 OR up=0 AND EXISTS(SELECT 1 FROM row WHERE space=?2 AND changed>?3)) ORDER BY up,number";

SharedText::Part read_part(Query& row) { return {row.integer(0), static_cast<std::uint64_t>(row.integer(1)), unpack_at_rest(row.blob(2), max_message_bytes).value_or("")}; }

bool asks_ahead(Database& db) { return db.has_many_writers() && db.in_transaction(); }

}  // namespace

void SqlStore::foresee(DeviceId device, SpaceId space, Seq cursor, bool writes) {
  if (!asks_ahead(db_)) return;
  db_.foresee(state_sql(), space);
  auto known = known_ ? known_->find(device, space) : std::nullopt;
  if (!known) foresee_standing(device, space);
  bool reads = cursor != Seq{};
  Query texts(db_, all_texts_sql, device, space, reads ? cursor : Seq{std::numeric_limits<std::int64_t>::max()}, writes ? 1 : 0), above(db_, above_sql, space, cursor, most_rows_above);
  auto standing = known ? ask_standing(device, space) : nullptr;
  texts.ask();
  if (reads) above.ask();
  state(space);  // before anything of the device: it is held from now on
  if (known) recall(device, space, *known, *standing);
  std::vector<SharedText::Part> up, down;
  while (texts.next()) (texts.integer(3) == 1 ? up : down).push_back(read_part(texts));
  if (writes) texts_[{device, space, Direction::up}] = std::move(up);
  if (!reads) return;
  Above ahead{space, cursor, {}};
  while (above.next()) ahead.rows.push_back({{TableId{above.small(0)}, RowId{above.integer(1)}}, Seq{above.integer(2)}, unpack_row(above.blob(3))});
  if (!ahead.rows.empty()) texts_[{device, space, Direction::down}] = std::move(down);
  if (ahead.rows.size() < most_rows_above) above_ = std::move(ahead);
}

SharedText SqlStore::shared_text(DeviceId device, SpaceId space, Direction direction) {
  if (auto ahead = texts_.extract({device, space, direction})) return SharedText(std::move(ahead.mapped()));
  Query select(db_, texts_sql, device, space, direction == Direction::up ? 1 : 0);
  std::vector<SharedText::Part> parts;
  while (select.next()) parts.push_back(read_part(select));
  return SharedText(std::move(parts));
}

std::uint32_t SqlStore::shared_name(DeviceId device, SpaceId space, Direction direction) {
  if (auto at = texts_.find({device, space, direction}); at != texts_.end()) return at->second.empty() ? 0 : SharedText::name_of(at->second.back().chained);
  Query select(db_, "SELECT chained FROM shared_text WHERE device=? AND space=? AND up=? ORDER BY number DESC LIMIT 1", device, space, direction == Direction::up ? 1 : 0);
  return select.next() ? SharedText::name_of(static_cast<std::uint64_t>(select.integer(0))) : 0;
}

void SqlStore::foresee(const Changeset& set) {
  if (!asks_ahead(db_)) return;
  state(set.space);
  struct Asked {
    RowKey key;
    std::uint64_t since;
    std::unique_ptr<Query> row, past;
  };
  std::vector<Asked> asked;
  for (auto& [key, row] : set.rows) {
    if (asked.size() == most_rows_ahead) break;
    auto since = max_stamp_time;
    for (auto& cell : row.cells)
      for (auto& version : cell.versions) since = std::min(since, version.stamp.time);
    asked.push_back({key, since, std::make_unique<Query>(db_, row_sql, set.space, key.table, key.id),
                     std::make_unique<Query>(db_, past_sql, set.space, key.table, key.id, static_cast<std::int64_t>(since))});
    asked.back().row->ask();
    asked.back().past->ask();
  }
  for (auto& each : asked) {
    foreseen_[{set.space, each.key}] = each.row->next() ? unpack_row(each.row->blob(0)) : Row{};
    Past past{each.since, {}};
    while (each.past->next()) past.versions.insert({ColumnId{each.past->small(0)}, {static_cast<std::uint64_t>(each.past->integer(1)), DeviceId{each.past->small(2)}}});
    pasts_[{set.space, each.key}] = std::move(past);
  }
}

Row SqlStore::load(SpaceId space, RowKey key) {
  if (auto at = foreseen_.find({space, key}); at != foreseen_.end()) return at->second;
  state(space);
  Query select(db_, row_sql, space, key.table, key.id);
  auto row = select.next() ? unpack_row(select.blob(0)) : Row{};
  if (db_.in_transaction() && foreseen_.size() < most_rows_ahead) foreseen_[{space, key}] = row;  // it is looked at before it is merged
  return row;
}

bool SqlStore::remembers(SpaceId space, RowKey key, ColumnId column, const Stamp& stamp) {
  state(space);
  if (auto at = pasts_.find({space, key}); at != pasts_.end() && stamp.time >= at->second.since) return at->second.versions.contains({column, stamp});
  return Query(db_, "SELECT 1 FROM history WHERE space=? AND tbl=? AND id=? AND col=? AND time=? AND device=?",
               space, key.table, key.id, column, static_cast<std::int64_t>(stamp.time), stamp.device).next();
}

// What is written lies above all that was there.
void SqlStore::put_above(SpaceId space, RowKey key, Seq changed, const Row& row) {
  if (!above_ || above_->space != space) return;
  std::erase_if(above_->rows, [&](auto& each) { return each.key == key; });
  above_->rows.push_back({key, changed, row});
  if (above_->rows.size() > most_rows_ahead) above_.reset();
}

bool SqlStore::visit_above(SpaceId space, Seq cursor, const Visitor& visit) {
  if (!above_ || above_->space != space || above_->cursor > cursor) return false;
  for (auto& each : above_->rows)
    if (each.changed > cursor && !visit(each.key, each.changed, each.row)) break;
  return true;
}

}  // namespace carnet
