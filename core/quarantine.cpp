// What one side could not accept: kept in the replica, shown, sent again on demand.
#include <set>

#include "core/pack.hpp"
#include "core/replica_detail.hpp"

namespace carnet {

void Replica::quarantine(const Quarantined& frame) {
  Packer keys;
  keys.array(2 * frame.rows.size());
  for (auto& key : frame.rows) keys.integer(key.table.value).integer(key.id.value);
  auto blob = keys.take();
  Use insert(statement("INSERT INTO carnet_quarantine(up,space,low,high,code,reason,at,keys) VALUES(?,?,?,?,?,?,unixepoch(),?)"));
  insert->bind(1, frame.up ? 1 : 0);
  insert->bind(2, static_cast<std::int64_t>(frame.space.value));
  insert->bind(3, frame.low.value);
  insert->bind(4, frame.high.value);
  insert->bind(5, static_cast<int>(frame.reason.code));
  insert->bind(6, frame.reason.text);
  insert->bindNoCopy(7, blob.data(), static_cast<int>(blob.size()));
  insert->exec();
}

std::vector<Replica::Quarantined> Replica::quarantined() {
  std::vector<Quarantined> all;
  Use select(statement("SELECT up,space,low,high,code,reason,at,keys FROM carnet_quarantine ORDER BY n"));
  while (select->executeStep()) {
    Quarantined frame{select->getColumn(0).getInt() == 1, SpaceId{select->getColumn(1).getUInt()},
                      Seq{select->getColumn(2).getInt64()}, Seq{select->getColumn(3).getInt64()},
                      {static_cast<Code>(select->getColumn(4).getInt()), select->getColumn(5).getString()}, {},
                      select->getColumn(6).getInt64()};
    auto blob = select->getColumn(7);
    Reader reader({static_cast<const char*>(blob.getBlob()), static_cast<std::size_t>(blob.getBytes())});
    for (auto left = reader.array(1 << 20); left >= 2 && reader.ok(); left -= 2) {
      TableId table{static_cast<std::uint32_t>(reader.integer(1, max_table))};
      frame.rows.push_back({table, RowId{reader.integer(0, max_row_id)}});
    }
    all.push_back(std::move(frame));
  }
  return all;
}

std::size_t Replica::requeue() {
  std::size_t rows = 0;
  in_transaction([&] {
    for (auto& frame : quarantined()) {
      if (!frame.up) continue;
      for (auto& key : frame.rows) {
        auto& space = state(frame.space);
        std::set<Seq> moving;  // with what was written over it since
        for (auto& cell : load(space.id, key).cells)
          for (auto& version : cell.versions)
            if (!version.received && ((version.seq > frame.low && version.seq <= frame.high) || version.seq > space.acked)) moving.insert(version.seq);
        for (auto seq : moving) place_last(space.id, key, seq);
        ++rows;
      }
    }
    db_.exec("DELETE FROM carnet_quarantine WHERE up");
  });
  return rows;
}

}  // namespace carnet
