// The relay's store, in a database (server/database.hpp): generic rows, each one blob of standing versions, for any schema. In SQLite one object
// writes and others read beside it; in PostgreSQL any number may write, in any number of relays: whoever first asks for something of a
// space in a writing transaction holds the space until its end. One connection and one thread an object.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "server/database.hpp"
#include "server/known_accounts.hpp"
#include "sync/invite.hpp"
#include "sync/relay_store.hpp"

namespace carnet {

inline constexpr std::int64_t keep_media_seconds = 30 * 86'400;  // that no row names; a deleted row can come back with its own for so long

struct SpaceRecord {
  SpaceId id;
  std::string name, kind;
  Seq head;
  Digest digest;
  std::int64_t bytes = 0;  // see Limits
};

struct DeviceRecord {
  DeviceId id;
  std::string name;
  std::vector<SpaceId> spaces;
  std::optional<std::int64_t> last_met;  // unix seconds
  std::uint32_t generation = 0;          // of its key
};

// Exchanges of a device since it was last noted.
struct Contact {
  std::uint32_t generation = 0;  // of the key that it spoke by; 0: by an invite
  std::int64_t at = 0;           // unix seconds
  std::int64_t traffic = 0;      // bytes, both ways
};

class SqlStore final : public RelayStore {
 public:
  // Makes a new store; its first life is numbered by the minutes since 2020, so that any later store has a greater one.
  static void create(const std::string& place, std::int64_t now);
  // A path, or a postgresql:// address. `blobs_in`: what holds the blobs of a space of a store in SQLite, by the folder that is theirs; files, unless
  // told otherwise.
  using BlobsIn = std::function<std::unique_ptr<Blobs>(const std::string& folder)>;
  explicit SqlStore(const std::string& place, BlobsIn blobs_in = {});

  SpaceId add_space(const std::string& name, const std::string& kind);
  DeviceId add_device(const std::string& name, const std::vector<SpaceId>& spaces);  // with a person of its name, who writes there
  Database& database() { return db_; }  // for Accounts
  std::vector<SpaceId> spaces_of(DeviceId device);
  // Doors (server/invites.cpp).
  std::uint32_t add_invite(DeviceId device, std::int64_t expires);  // unix seconds; earlier ones for this device are void. Its number
  Invite invite(DeviceId device, const std::string& address, std::int64_t expires, const Keys& keys);  // the whole of it, with its key
  std::string address();  // that invites of officers carry: of the last one by the operator; empty: there was none
  void set_address(const std::string& address);
  void expect(DeviceId device);  // it may enter, by its present key
  void rotate(DeviceId device);  // it is given another key when it next comes, and the old one dies when it has used that
  void lose(DeviceId device);    // all its keys and invites die, and none is given: that takes a new invite
  void revoke(DeviceId device);  // it enters no more; what it wrote stays
  std::vector<SpaceRecord> spaces();
  std::optional<SpaceRecord> find_space(const std::string& name);
  std::vector<DeviceRecord> devices();
  bool has_in_history(SpaceId space, RowKey key, ColumnId column, const Value& value);
  void backup(const std::string& to);  // with media
  // After a restore: seqs that were given since the backup must not be given again for other changes.
  void begin_new_life(std::int64_t now);
  // Recomputes every digest from the rows; the spaces that differ.
  struct Difference {
    SpaceId space;
    Digest noted, found;
  };
  std::vector<Difference> verify();
  // Forgets the history of texts up to what every device that may still come has seen and what was written before that time, unix
  // seconds. Returns the number of texts.
  std::size_t trim_texts(std::int64_t before);
  // Media (server/store_media.cpp): throws away the blobs of a space that no row that lives has referred to for so long, and what nobody
  // has gone on to bring. Returns the number of blobs, and their bytes.
  struct Collected {
    std::size_t blobs = 0;
    std::int64_t bytes = 0;
  };
  Collected collect_media(SpaceId space, std::int64_t now, std::int64_t keep_seconds);
  struct Media {
    BlobHash hash;
    std::int64_t bytes = 0;
  };
  std::vector<Media> media(SpaceId space);  // whole ones
  std::size_t lacking_media();              // of those, that are not where they should be: devices bring them in another life of the store
  void fill_media(const std::function<Blobs&(SpaceId)>& from);  // brings those that are lacking from there

  // The administration space, if there is one (server/administration.hpp): what is written there is carried out by the commit, which also
  // writes there what was done to the accounts otherwise. Invites that are asked for there need the keys.
  struct Office {
    SpaceId space;
    DeviceId device;  // under whose number the relay writes there
  };
  std::optional<Office> office();
  void use_keys(const Keys* keys) { keys_ = keys; }  // which live as long as they are used
  void use_accounts(KnownAccounts* known) { known_ = known; }  // the same
  void mirror_accounts();  // after changes to the accounts, in a transaction of its own

  void begin(bool writes);
  void hear_opening();  // of a writing transaction: that the store is here, and its office; asked for with the first space that it holds, once that is held
  void commit();
  void roll_back();
  // A part of the open transaction, which goes on without it where that is dropped.
  void begin_job();
  void keep_job();
  void drop_job();

  // RelayStore
  Epoch epoch() override { return epoch_; }
  Result<Admission> admit(const Peer& peer, DeviceId device, std::string_view claim, std::int64_t now) override;
  void met(DeviceId device, std::uint32_t generation, std::int64_t now) override;
  // That they spoke. Takes those out that it wrote down, and leaves those about whom somebody else is writing: nothing is waited for.
  void note(std::map<DeviceId, Contact>& visits);
  Result<DeviceId> number_for_copy(DeviceId device) override;
  std::uint32_t generation(DeviceId device) override;
  Account account(DeviceId device) override;
  Membership membership(DeviceId device, SpaceId space) override;
  void let_go(DeviceId device, SpaceId space) override;
  void note_refused(DeviceId device, SpaceId space, std::int64_t rows, std::int64_t now) override;
  bool has_refused(DeviceId device, SpaceId space) override;
  std::optional<Error> fault_of_carried(DeviceId author, std::uint32_t generation, std::int64_t latest) override;
  bool is_device(DeviceId device) override;
  bool stands_elsewhere(DeviceId device, SpaceId space, RowKey key) override;
  Limits limits(SpaceId space) override;
  std::int64_t bytes(SpaceId space) override;
  void add_bytes(SpaceId space, std::int64_t bytes) override;
  std::int64_t sent_on(DeviceId device, std::int64_t day) override;
  void add_sent(DeviceId device, std::int64_t day, std::int64_t bytes) override;
  Seq acked(DeviceId device, SpaceId space) override;
  void set_acked(DeviceId device, SpaceId space, Seq seq) override;
  Seq confirmed(DeviceId device, SpaceId space) override;
  void confirm(DeviceId device, SpaceId space, Seq seq) override;
  SharedText shared_text(DeviceId device, SpaceId space, Direction direction) override;
  std::uint32_t shared_name(DeviceId device, SpaceId space, Direction direction) override;
  void keep(DeviceId device, SpaceId space, Direction direction, SharedText& text) override;
  Seq head(SpaceId space) override;
  Digest digest(SpaceId space) override;
  Blobs& blobs(SpaceId space) override;
  std::vector<BlobName> named_by(DeviceId author, SpaceId space) override;
  Result<void> note_part(SpaceId space, const BlobHash& hash, DeviceId from, std::int64_t bytes, std::int64_t now) override;
  void note_whole(SpaceId space, const BlobHash& hash, std::int64_t bytes, std::int64_t now) override;

  // RowStore
  Row load(SpaceId space, RowKey key) override;
  void save(SpaceId space, RowKey key, const Row& row) override;
  Seq next_seq(SpaceId space) override;
  void rows_above(SpaceId space, Seq cursor, const Visitor& visit) override;
  void remember(SpaceId space, RowKey key, const Remembered& past) override;
  bool remembers(SpaceId space, RowKey key, ColumnId column, const Stamp& stamp) override;
  void add_to_digest(SpaceId space, const Digest& change) override;
  void foresee(DeviceId device, SpaceId space, Seq cursor, bool writes) override;
  void foresee(const Changeset& set) override;

 private:
  struct State {
    Seq head;
    Digest digest;
    std::int64_t bytes = 0;
    bool changed = false;
  };
  struct Standing {  // of a device in a space
    Seq acked, confirmed;
    Limits limits;
    bool moved = false;  // and not written yet
  };
  struct Door {
    bool admitted = false;
    std::optional<std::int64_t> lost;  // since, unix seconds
    std::uint32_t generation = 0, oldest = 0, used = 0;  // of its keys; used 0: none yet
  };
  void named_in(SpaceId space, const std::function<void(const Version&, BlobName)>& visit);  // by what stands in rows that live
  std::int64_t bring_up();  // from an earlier version; which it is of now
  struct Self {  // what a device is here
    std::int64_t rights = 0;
    std::string person;
    std::int64_t since = 0;
    std::vector<Membership> spaces;
    std::map<SpaceId, std::pair<Seq, Seq>> places;  // acked and confirmed, where its person is or was
    Door door;
    std::int64_t sent_day = 0, sent = 0;
    bool is_recalled = false;  // from an earlier transaction, with one place
  };
  Self& self(DeviceId device);
  Door door(DeviceId device) { return self(device).door; }
  void set_door(DeviceId device, const Door& door);
  void revoke_invites(DeviceId device);
  Result<std::uint32_t> redeem(std::uint32_t invite, DeviceId device, std::string_view claim, std::int64_t now);
  Seq settled(SpaceId space);
  void renumber(SpaceId space);
  std::optional<DeviceId> unused_number(DeviceId device);  // that was given to a copy
  State& state(SpaceId space);     // of the open transaction, written back by commit. Where it writes, the space is held from here on
  State& to_change(SpaceId space);  // the same
  const char* state_sql() const;
  static State read_state(Query& select);
  Standing& standing(DeviceId device, SpaceId space);  // of the open transaction, all of it asked at once
  void move(Standing& here);
  void write_places();
  void foresee_standing(DeviceId device, SpaceId space);
  std::unique_ptr<Query> ask_standing(DeviceId device, SpaceId space);  // what has to be read of a device whose account is known
  void recall(DeviceId device, SpaceId space, const KnownAccounts::Known& known, Query& standing);
  void keep_known(DeviceId device, SpaceId space, const Limits& limits);
  static constexpr auto opening_columns = "(SELECT version FROM store),(SELECT max(space) FROM administration),(SELECT max(device) FROM administration)";
  void ask_opening();
  void note_opening(Query& told, int column);
  struct Above {  // all rows of a space that lie above a cursor, oldest change first
    struct Changed {
      RowKey key;
      Seq changed;
      Row row;
    };
    SpaceId space;
    Seq cursor;
    std::vector<Changed> rows;
  };
  void put_above(SpaceId space, RowKey key, Seq changed, const Row& row);
  bool visit_above(SpaceId space, Seq cursor, const Visitor& visit);
  struct Past {  // what was superseded in a row and is not older than `since`, a stamp's time
    std::uint64_t since = 0;
    std::set<std::pair<ColumnId, Stamp>> versions;
  };
  void forget();                                       // what was read in this transaction, but for states
  void write_contact(DeviceId device, const Contact& visit);

  std::string place_;
  BlobsIn blobs_in_;
  std::unique_ptr<Database> database_;
  Database& db_;
  bool writes_ = false;  // the open transaction
  std::unique_ptr<Query> opening_;  // of it: the question, until the answer is needed
  bool heard_opening_ = false;
  Epoch epoch_ = 0;
  const Keys* keys_ = nullptr;
  KnownAccounts* known_ = nullptr;
  std::optional<Office> office_;  // of the open transaction, which writes
  std::set<RowKey> wishes_, wishes_before_job_;  // rows that it wrote there
  bool accounts_changed_ = false;
  std::map<SpaceId, State> states_;
  std::map<SpaceId, std::unique_ptr<Blobs>> blobs_;
  bool remembers_ = false;  // what was read in the open transaction, which nobody changes but through here
  std::map<std::pair<DeviceId, SpaceId>, Standing> standings_;
  std::map<DeviceId, Self> selves_;
  std::map<std::pair<SpaceId, RowKey>, Row> foreseen_;  // that were read, as they are
  std::map<std::pair<SpaceId, RowKey>, Past> pasts_;
  std::map<std::tuple<DeviceId, SpaceId, Direction>, std::vector<SharedText::Part>> texts_;  // that were read ahead
  std::optional<Above> above_;
  std::map<SpaceId, State> before_job_;  // those that the open job has changed
};

}  // namespace carnet
