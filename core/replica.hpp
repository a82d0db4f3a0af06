// The replica of one device: a SQLite database of domain tables that people and any SQL tool read and write, with Carnet's
// metadata beside them. Collects what the triggers noted, serves changes above a cursor, and applies what others sent.
// One thread at a time; several processes may have the same file open (every method opens its own transaction).
#pragma once
#include <SQLiteCpp/SQLiteCpp.h>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/changes.hpp"
#include "core/result.hpp"
#include "core/schema.hpp"

namespace carnet {

struct Space {
  SpaceId id;
  std::string name, kind;
  Seq seq;      // our own counter
  Seq cursor;   // the relay's seq up to which we have everything
  Seq acked;    // our seq up to which the relay has everything
  Seq seen;     // the relay's seq at which we last had everything it had, and
  Seq covered;  // our own seq at that moment
  Seq travelled;  // our seq up to which some relay, in some life, had everything: stamps up to here stand for ever
  Digest digest;
  std::optional<std::int64_t> verified;  // unix seconds when both sides were last found identical
};

// One open conflict, as a person sees it.
struct Conflict {
  SpaceId space;
  RowKey row;
  ColumnId column;  // life_column: somebody deleted a row that lives on
  Version shown, lost;
};

class Replica final : public RowStore {
 public:
  // Opens a database, making or upgrading its tables and triggers for this schema. `device` is needed for a new one.
  Replica(const std::string& path, const Schema& schema, DeviceId device = {});
  ~Replica() override;

  DeviceId device() const { return device_; }
  const Schema& schema() const { return schema_; }
  SQLite::Database& database() { return db_; }

  void add_space(SpaceId space, const std::string& name, const std::string& kind);
  std::vector<Space> spaces();
  Space space(SpaceId space);

  // Turns the notes of local writes into stamped versions. Returns the number of rows changed.
  std::size_t collect();
  // Collects, then notices rows that went or came with no trigger watching (a dropped trigger, a repaired file).
  std::size_t audit();

  // The next changes that the relay lacks above `after`, until about `max_bytes` are reached; collect first. `to` is how far they
  // go; it equals `from` where there is nothing more.
  Changeset pending(SpaceId space, Seq after, std::size_t max_bytes);
  bool has_unsent(SpaceId space, Seq after);
  std::size_t pending_rows(SpaceId space);

  // Applies what the relay sent (after collecting, in the same transaction) and moves the cursor. `acked`: how far the
  // relay had ours when it made the changeset.
  Applied receive(Changeset changes, Seq acked);
  void acknowledge(SpaceId space, Seq acked);  // the relay has ours up to here
  void complete(SpaceId space, Seq head);      // we have all that the relay had at `head`, and it has all of ours
  void verified(SpaceId space, std::int64_t unix_seconds);
  // What the relay holds is not known any more: another life of its store, or replicas that differ. `upto`: our seq at which rows
  // were compared with it; `differ`: those that it does not hold as we do, to be sent again, all of them where not given.
  // The others are as at the relay's seq `cursor`.
  void start_over(SpaceId space, Seq upto, Seq cursor, const std::vector<RowKey>* differ = nullptr);
  void reclaim_ids();  // a replica that was rebuilt: ids that this device gave in its earlier file are not given again
  std::vector<std::pair<std::uint64_t, RowKey>> row_digests(SpaceId space);  // of all rows, by digest

  // What one side could not accept is kept with its reason: `low` < seq <= `high`, ours (up) or the relay's (down).
  struct Quarantined {
    bool up = true;
    SpaceId space;
    Seq low, high;
    Error reason;
    std::vector<RowKey> rows;
    std::int64_t at = 0;  // unix seconds
  };
  void quarantine(const Quarantined& frame);
  std::vector<Quarantined> quarantined();
  std::size_t requeue();  // all of ours that was refused is sent again; returns the number of rows

  // The relay's clock is `seconds` ahead of ours: stamps not yet sent are set right, later ones are right.
  void correct_clock(std::int64_t seconds);
  std::int64_t clock_offset();

  std::vector<Conflict> conflicts();
  // Settles a conflict for ever (until undone by another write): the cell takes `value`, all losers go to history.
  Result<void> decide(RowKey row, ColumnId column, const Value& value);
  std::vector<Remembered> history(RowKey row);  // superseded versions, newest first
  std::optional<SpaceId> space_of(RowKey row);
  Row row(RowKey row);

  std::optional<std::string> setting(const std::string& name);
  void set(const std::string& name, const std::string& value);
  void unset(const std::string& name);

  Digest recount(SpaceId space);               // the digest from the rows themselves

  // Runs `work` in one transaction, with local writes collected before and the triggers muted; all of it is kept, or nothing.
  void in_transaction(const std::function<void()>& work);
  // Runs `work`, which only reads, on a state in which every local write is collected: a row that was written since would show
  // its new values under old stamps.
  void in_snapshot(const std::function<void()>& work);

  // RowStore; only in a transaction.
  Row load(SpaceId space, RowKey key) override;
  void save(SpaceId space, RowKey key, const Row& row) override;
  Seq next_seq(SpaceId space) override;
  void rows_above(SpaceId space, Seq cursor, const Visitor& visit) override;
  void remember(SpaceId space, RowKey key, const Remembered& past) override;
  bool remembers(SpaceId space, RowKey key, ColumnId column, const Stamp& stamp) override;
  void add_to_digest(SpaceId space, const Digest& change) override;

 private:
  struct TableAccess;
  struct Meta;
  struct Touched;

  void prepare_layout(DeviceId device);
  void adopt_unknown();
  TableAccess* access(TableId table);
  SQLite::Statement& statement(const char* sql);

  void read_state();
  void write_state();
  Space& state(SpaceId space);
  Seq seen_at(SpaceId space, Seq seq);

  std::optional<Meta> load_meta(RowKey key);
  Row build(RowKey key, const Meta& meta, const std::vector<Value>* shown);
  void save_meta(SpaceId space, RowKey key, const Row& row);
  void save_shown(SpaceId space, RowKey key, const Row& row);
  void save_conflicts(SpaceId space, RowKey key, const Row& row);
  void take_seq(Space& space, Seq seq);
  void note_digest(SpaceId space, RowKey key, const Digest& before, const Row& row);
  void replace(RowKey key, SpaceId space, const Digest& before, const Row& row);

  // Collecting, in the order of its steps (collect.cpp).
  bool log_holds_notes();
  Digest sum_of_rows(SpaceId space);
  std::vector<RowKey> keys_of(SpaceId space);
  std::size_t collect_log();
  std::vector<Touched> read_log();
  bool collect_row(const Touched& touched);
  bool mend_text(RowKey key, TableAccess& table, std::vector<Value>& values);
  enum class Open { none, losers };  // what a write leaves for a person to decide
  void write_cell(const Space& space, RowKey key, Row& row, ColumnId column, Value value, Stamp stamp, Seq seq, Open open);
  void write_life(const Space& space, RowKey key, Row& row, std::int64_t life, Stamp stamp, Seq seq, Open open);
  void take_context(const Space& space, Version& version, const std::vector<const Version*>& over);
  std::uint64_t wall(std::int64_t noted) const;

  void set_strangers_aside(Changeset& changes);
  std::vector<Conflict> read_conflicts();
  void gather(Changeset& changes, std::size_t max_bytes);
  std::deque<std::pair<Seq, RowKey>> unsent(SpaceId space, Seq after);
  void set_right(RowKey key, Row& row, const Space& space, std::int64_t shift);

  // Parts and owners (owners.cpp).
  void note_orphans(const Changeset& changes);
  void note_dead_owners(SpaceId space, TableAccess& table, const std::vector<Value>& owners);
  void note_orphan(SpaceId space, RowKey owner);
  bool has_part(RowKey owner);
  void revive_owners(SpaceId space);

  const Schema& schema_;
  SQLite::Database db_;
  DeviceId device_;
  bool in_transaction_ = false;
  std::int64_t clock_offset_ = 0;
  std::size_t collected_ = 0;  // rows, by the last transaction
  std::int64_t now_ = 0;  // of the open transaction, unix seconds, uncorrected
  std::map<SpaceId, Space> spaces_;
  std::map<SpaceId, std::vector<std::pair<Seq, Seq>>> seen_;  // (from our seq, seen), ascending
  struct Plan {  // of what pending() will give next, so that it is made once an exchange
    Seq after;
    std::deque<std::pair<Seq, RowKey>> steps;
  };
  std::map<SpaceId, Plan> plans_;
  std::map<TableId, std::unique_ptr<TableAccess>> tables_;
  std::map<const char*, std::unique_ptr<SQLite::Statement>> statements_;
};

}  // namespace carnet
