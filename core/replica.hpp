// The replica of one device: a SQLite database of domain tables that people and any SQL tool read and write, with Carnet's
// metadata beside them. Collects what the triggers noted, serves changes above a cursor, and applies what others sent.
// One thread at a time; several processes may have the same file open (every method opens its own transaction).
#pragma once
#include <SQLiteCpp/SQLiteCpp.h>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/carried.hpp"
#include "core/lending.hpp"
#include "core/result.hpp"
#include "core/schema.hpp"
#include "core/shared_text.hpp"

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
  Seq stands;     // our seq up to which stamps were held against a relay's clock: they stand unless they lie in the future
  Seq wired;      // our seq up to which changes may have been on the wire
  Digest digest;
  std::optional<std::int64_t> verified;  // unix seconds when both sides were last found identical
};

// A text that somebody should read again.
struct Reread {
  SpaceId space;
  RowKey row;
  ColumnId column;
};

// When the latest write of a device that is here was made.
struct Heard {
  SpaceId space;
  DeviceId device;
  std::int64_t at;  // unix seconds
};

// One open conflict, as a person sees it.
struct Conflict {
  SpaceId space;
  RowKey row;
  ColumnId column;  // life_column: somebody deleted a row that lives on
  Version shown, lost;
};

struct Saved;  // core/text_cell.hpp

class Replica final : public RowStore {
 public:
  // Opens a database, making or upgrading its tables and triggers for this schema. `device` is needed for a new one.
  Replica(const std::string& path, const Schema& schema, DeviceId device = {});
  // Opens a copy of a damaged file, for salvage() only: layout errors are passed over.
  struct Damage {};
  Replica(const std::string& path, const Schema& schema, Damage);
  ~Replica() override;

  DeviceId device() const { return device_; }
  const Schema& schema() const { return schema_; }
  SQLite::Database& database() { return db_; }

  void add_space(SpaceId space, const std::string& name, const std::string& kind);
  // Gives a space up: its rows go from this device, noted as nobody's deletions. What the relay did not take of this device's work is
  // kept aside, in quarantine, for this reason.
  struct Evicted {
    SpaceId space;
    std::string name;
    std::size_t rows = 0, kept = 0;
  };
  Evicted evict(SpaceId space, const Error& reason);
  std::vector<Space> spaces();
  Space space(SpaceId space);

  // Turns the notes of local writes into stamped versions. Returns the number of rows changed.
  std::size_t collect();
  // Tables in which this object changed rows, or found that somebody had, since it was last asked.
  std::set<TableId> take_changed() { return std::exchange(changed_, {}); }
  // Collects, then notices rows that went or came with no trigger watching (a dropped trigger, a repaired file). Throws Damaged
  // where pages are not sound, or where rows are not those that the digest was made of.
  std::size_t audit();

  // The next changes that the relay lacks above `after`, until about `max_bytes` are reached; collect first. `to` is how far they
  // go; it equals `from` where there is nothing more.
  Changeset pending(SpaceId space, Seq after, std::size_t max_bytes);
  // Before an upload: where more than `worth` bytes wait, the newest visit goes first and what is large last.
  void put_urgent_first(SpaceId space, std::size_t worth);
  bool has_unsent(SpaceId space, Seq after);
  std::size_t pending_rows(SpaceId space);

  // Applies what the relay sent (after collecting, in the same transaction) and moves the cursor. `acked`: how far the
  // relay had ours when it made the changeset.
  Applied receive(Changeset changes, Seq acked);
  void acknowledge(SpaceId space, Seq acked);  // the relay has ours up to here
  // It took them, but no answer was heard: it may have refused some. What was written in these is kept in the history too, whatever becomes of
  // the rows before that is known.
  void acknowledge_unheard(SpaceId space, Seq acked);
  void complete(SpaceId space, Seq head);      // we have all that the relay had at `head`, and it has all of ours
  void verified(SpaceId space, std::int64_t unix_seconds);  // and that is known of our seqs so far
  // What the relay holds is not known any more: another life of its store, or replicas that differ. `upto`: our seq at which rows
  // were compared with it; `differ`: those that it does not hold as we do, to be sent again, all of them where not given.
  // The others are as at the relay's seq `cursor`.
  void start_over(SpaceId space, Seq upto, Seq cursor, const std::vector<RowKey>* differ = nullptr);
  // The same where the space is about to be given up: all that was written here goes once more, and nothing that came from others.
  void give_back_own(SpaceId space);
  void reclaim_ids();  // a replica that was rebuilt: ids that this device gave in its earlier file are not given again
  std::vector<std::pair<std::uint64_t, RowKey>> row_digests(SpaceId space);  // of all rows, by digest

  // Work that the relay has not had, as versions that say themselves what they were written over.
  struct Unsent {
    SpaceId space;
    RowKey key;
    Row row;
    bool whole = false;  // the relay had nothing of this row
  };
  struct Salvaged {
    DeviceId writer;
    std::int64_t counter = 0;  // of the ids given so far, as far as can be read
    std::vector<Unsent> rows;
    std::map<std::string, std::size_t> lost;  // by table: rows that are, or may be, unsent and could not be read
    bool all_named = true;                    // false: there may be more, of which not even the id can be read
  };
  // Reads row by row what can be read. Writes into this file, which is a copy. `as`: the number the work will have.
  Salvaged salvage(std::optional<DeviceId> as = {});
  // Puts it into this replica, to be sent: under this device's number, with what the relay had already left out. `spare`: so many ids
  // stay unused for those that could not be read.
  void put_back(const Salvaged& saved, std::int64_t spare);
  // This database is a copy of one that goes on under the same number. It takes another and starts with nothing but its unsent
  // work, which is put back by complete().
  void begin_anew(DeviceId number);

  // What one side could not accept is kept with its reason: `low` < seq <= `high`, ours (up) or the relay's (down).
  struct Quarantined {
    std::int64_t number = 0;  // by which people name it
    bool up = true;
    SpaceId space;
    Seq low, high;
    Error reason;
    std::vector<RowKey> rows;
    std::int64_t at = 0;  // unix seconds
    bool aside = false;   // the rows stand in the quarantine alone: of a space that was given up, or (not up) of what others wrote; they are not sent again as they are
  };
  void quarantine(const Quarantined& frame);
  std::vector<Quarantined> quarantined();
  std::vector<RowKey> refused_or_unsent(SpaceId space);  // rows of which the relay lacks something of ours
  // Sends again what was refused of ours, where this says so; returns the number of rows.
  std::size_t requeue(const std::function<bool(const Quarantined&)>& which = [](auto&) { return true; });
  void requeue_edited();  // rows that somebody wrote in since
  // As they stand: of each cell what was refused, and where nothing was, what it shows, marked as received.
  std::vector<RowChange> refused_rows(const Quarantined& frame);
  // Forgets it: what was written goes to the history here, and the rows come back as the relay has them, if it has.
  void drop(std::int64_t number);

  // What the relay remembers of the conversation too: the frames up, or down.
  SharedText shared_text(SpaceId space, bool up);
  std::uint32_t shared_name(SpaceId space, bool up);
  void keep(SpaceId space, bool up, SharedText& text);
  void forget_shared_texts();

  // A frame up to this seq of ours is about to be sent; with it the relay's shared text gets this name. In a transaction.
  void note_sent(SpaceId space, Seq upto, std::uint32_t name);
  bool has_sent(SpaceId space, std::uint32_t name);  // of what the relay had not acknowledged

  // Frames that devices give each other (carried.cpp). The next one of our own work that nobody was given, to be signed; `to` equals `from` where there is
  // none. What it was written over in the last week stands in it by name.
  Result<Changeset> to_give(SpaceId space, std::size_t max_bytes);
  void gave(const Carried& frame, std::size_t rows);
  bool has_given(SpaceId space, Seq to);   // a frame that ended there
  bool keep(const Carried& frame, std::size_t rows);  // false where it is here, or the relay has it
  Luggage luggage(SpaceId space);
  std::vector<CarriedRange> carried(SpaceId space);
  std::optional<Carried> carried(SpaceId space, const CarriedRange& range);
  std::size_t rows_carried(SpaceId space, const CarriedRange& range);
  void drop_carried(SpaceId space, const CarriedRange& range);
  // How far the relay had others' work at our last complete exchange.
  std::vector<CarriedRange> settled(SpaceId space);
  void settle(SpaceId space, DeviceId author, Seq upto);
  // Puts a frame of another device among the rows here; what it said that its author had seen must be of the relay's present life.
  Brought bring(Changeset changes, DeviceId author);
  void note_left(SpaceId space, const CarriedRange& range, bool left);  // rows of it cannot be shown yet
  std::vector<CarriedRange> left(SpaceId space);
  // The relay refused them. True where rows went from here: until they come back as the relay has them, parts of them must not come.
  bool set_brought_aside(SpaceId space, const std::vector<RowKey>& rows, const Error& reason);

  // What the relay had, for another device that has all that it had at its seq `had` (lending.hpp).
  RelayView relay_view(SpaceId space);
  Lending to_lend(SpaceId space, Seq had);
  Changeset lend(Lending& lending, std::size_t max_bytes);  // the next rows of it, without seqs
  // Puts such rows among those here; `head`: the lender's, above what relay_view() says was borrowed. Once all came, that is said.
  Applied borrow(Changeset changes, Seq head);
  void has_borrowed(SpaceId space, Seq head);

  // The relay's clock is `seconds` ahead of ours: stamps not yet sent are set right, later ones are right.
  void correct_clock(std::int64_t seconds);
  void heard_relay(std::int64_t unix_seconds);  // its clock: no later write is stamped earlier
  void clock_is_right();  // a relay says so: the stamps of all that is written stand
  std::int64_t clock_offset();

  std::vector<Conflict> conflicts();
  std::vector<Conflict> decided();  // those that this device saw settled, with what had lost
  // Settles a conflict for ever (until undone by another write): the cell takes `value`, all losers go to history.
  Result<void> decide(RowKey row, ColumnId column, const Value& value);
  // Superseded versions, newest first, and of each text its wordings, as whoever wrote them saw them.
  std::vector<Remembered> history(RowKey row);

  // Brings a deleted row back as it was, with the parts that went with it.
  Result<void> revive(RowKey row);

  // Texts. A version of a text is named by letters and digits, as long as its history is kept.
  Result<std::string> text_version(RowKey row, ColumnId column);
  std::map<ColumnId, std::string> text_versions(RowKey row);  // of all its texts; of one that nobody wrote: ""
  // Saves a text that was opened at this version: what came in since stays. Returns the version that holds exactly what was saved.
  Result<std::string> save_text(RowKey row, ColumnId column, const std::string& opened_at, const std::string& text);
  std::vector<Reread> rereads();
  Result<void> confirm(RowKey row, ColumnId column);  // somebody has read it again
  std::vector<Heard> heard();
  std::optional<SpaceId> space_of(RowKey row);
  Row row(RowKey row);
  // Every row above `after`, by key, deleted ones too, with a mark that is another one whenever the row is, until the visitor says
  // false. For whoever keeps something derived from the rows; only in a snapshot.
  void marks_above(RowKey after, const std::function<bool(RowKey, std::int64_t mark)>& visit);

  std::optional<std::string> setting(const std::string& name);
  void set(const std::string& name, const std::string& value);
  void unset(const std::string& name);

  Digest recount(SpaceId space);               // the digest from the rows themselves

  // Runs `work` in one transaction, with local writes collected before and the triggers muted; all of it is kept, or nothing.
  void in_transaction(const std::function<void()>& work);
  // The same, and nothing is kept where it returns an error.
  Result<void> all_or_nothing(const std::function<Result<void>()>& work);
  // SQL of this device's people, alone or in such work: checked and captured by the triggers as anybody's, and collected at once.
  Result<void> write(const std::function<Result<void>()>& sql);
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
  void show_unknown(const Table& table, const Column& added);
  std::string layout_text();  // of what stands there now, hashed
  TableAccess* access(TableId table);
  SQLite::Statement& statement(const char* sql);

  void mute(bool muted);
  void read_state();
  void read_self();
  void read_spaces();
  void write_state();
  void write_heard();
  Space& state(SpaceId space);
  Seq seen_at(SpaceId space, Seq seq);

  std::optional<Meta> load_meta(RowKey key);
  Row build(RowKey key, const Meta& meta, const std::vector<Value>* shown);
  void save_meta(SpaceId space, RowKey key, const Row& row);
  void save_shown(SpaceId space, RowKey key, const Row& row);
  void save_conflicts(SpaceId space, RowKey key, const Row& row);
  Result<Saved> save_over(const Cell& cell, const std::string& opened_at, const std::string& text, std::string& kept);
  void keep_named(RowKey key, Row& row);
  void save_rereads(SpaceId space, RowKey key, const Row& row);
  void note_heard(SpaceId space, const Row& row);
  void take_seq(Space& space, Seq seq);
  void note_digest(SpaceId space, RowKey key, const Digest& before, const Row& row);
  void replace(RowKey key, SpaceId space, const Digest& before, const Row& row);

  // Quarantine (quarantine.cpp).
  void forget_row(RowKey key);
  void send_again(const std::vector<Quarantined>& frames);
  void send_again(SpaceId id, RowKey key, const std::function<bool(const Version&)>& which);
  void keep_aside(SpaceId space, const std::vector<RowChange>& shown, bool ours, const Error& reason);
  void remember_unsent(SpaceId id, const std::vector<RowKey>& differ);
  void remember_untaken(SpaceId id, RowKey key, const Row& row, const std::function<bool(const Version&)>& untaken);
  std::vector<RowChange> take_untaken(SpaceId id);

  // Carrying (carried.cpp).
  Seq given(SpaceId space);
  Seq settled(SpaceId space, DeviceId author);
  void keep_own(Changeset& changes);
  void name_past(Version& version, const Stamp& stamp);
  void say_what_was_overwritten(RowKey key, Row& row);
  void name_what_was_overwritten(RowChange& change);
  void note_head(const Space& space);
  void forget_given(const Space& space);  // what the relay has of our own
  void pass_over_what_was_overwritten(RowChange& change);
  void note_loan(SpaceId space, const RelayView::Loan& loan);
  void forget_loans(SpaceId space);

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
  void write_text(const Space& space, RowKey key, Row& row, ColumnId column, const Value& now, Stamp stamp, Seq seq);
  void take_back_unsent(const Space& space, RowKey key, Cell& cell);
  void write_life(const Space& space, RowKey key, Row& row, std::int64_t life, Stamp stamp, Seq seq, Open open);
  void take_context(const Space& space, Version& version, const std::vector<const Version*>& over);
  Stamp stamp_over(SpaceId space, Seq seq, std::int64_t noted, std::uint64_t floor);

  void check_layout();
  void check_digest(SpaceId space, const Digest& sum);

  // Salvage, in the order of its steps (salvage.cpp).
  void read_what_can_be_read(Salvaged& saved);
  void collect_what_can_be_read(Salvaged& saved, std::vector<RowKey>& keys);
  void keys_of_unsent(Salvaged& saved, std::vector<RowKey>& keys);
  void take_unsent(Salvaged& saved, std::vector<RowKey> keys, DeviceId as);
  Seq surely_sent(SpaceId space);
  std::int64_t last_sent_id();
  std::optional<Unsent> unsent_of(RowKey key, DeviceId as);
  using Moved = std::map<std::int64_t, std::int64_t>;  // ids there to ids here
  void put_back(Unsent unsent, DeviceId writer, Moved& moved);
  void move_references(Unsent& unsent, Moved& moved);
  void put_back_saved(SpaceId space);
  void set_strangers_aside(Changeset& changes);
  std::vector<Conflict> read_conflicts();
  std::vector<Remembered> superseded(RowKey row);
  std::vector<Remembered> wordings(RowKey row);
  void gather(Changeset& changes, std::size_t max_bytes);
  std::deque<std::pair<Seq, RowKey>> unsent(SpaceId space, Seq after);
  Seq first_movable(SpaceId id);
  void place_last(SpaceId id, RowKey key, Seq from);
  std::optional<std::int64_t> said_at(SpaceId space, Seq seq);
  void stamps_stand();
  std::uint64_t latest_on_wire(const Space& space, RowKey key);
  std::set<Seq> set_right(RowKey key, Row& row, const Space& space, std::int64_t shift);

  // Parts and owners (owners.cpp).
  void note_orphans(const Changeset& changes);
  void note_dead_owners(SpaceId space, TableAccess& table, const std::vector<Value>& owners);
  void note_orphan(SpaceId space, RowKey owner);
  bool has_part(RowKey owner);
  void revive_owners(SpaceId space);
  void come_alive(SpaceId space, RowKey key, Row& row, Open open);
  void revive_parts(SpaceId space, RowKey owner, const Stamp& gone);
  std::vector<RowId> dead_rows(SpaceId space, const Table& table);

  const Schema& schema_;
  SQLite::Database db_;
  DeviceId device_;
  bool in_transaction_ = false;
  bool marks_ = false;  // the connection knows the SQL function of marks
  std::int64_t clock_offset_ = 0;
  std::int64_t relay_time_ = 0;  // when it was last heard of, by its clock
  std::size_t collected_ = 0;  // rows, by the last transaction
  std::set<TableId> changed_;
  std::int64_t now_ = 0;  // of the open transaction, unix seconds, uncorrected
  std::map<SpaceId, Space> spaces_;
  std::map<std::pair<SpaceId, DeviceId>, std::int64_t> heard_;  // in this transaction, not written yet
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
