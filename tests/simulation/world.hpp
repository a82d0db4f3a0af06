// The whole system in virtual time: devices, a relay, links, clocks and disks, driven by choices from outside (a seeded generator or
// a fuzzer). Real sessions, codec, stream, replica and store; no sockets, no threads, no wall clock.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "client/keys.hpp"
#include "client/media.hpp"
#include "core/replica.hpp"
#include "server/accounts.hpp"
#include "server/keys.hpp"
#include "server/sql_store.hpp"
#include "sync/carried.hpp"
#include "sync/client_session.hpp"
#include "sync/relay_session.hpp"
#include "tests/simulation/disk.hpp"

namespace carnet::test {

class World {
 public:
  using Choose = std::function<std::uint64_t(std::uint64_t)>;  // a number below the bound
  explicit World(Choose choose);

  void step();
  // Power, clocks and links are well again, and everybody syncs. Then what is wrong, in words; empty where nothing is.
  std::string settle_and_judge();
  const std::string& story() const { return story_; }  // what happened, a line each

 private:
  struct Exchange {
    std::optional<ClientSession> client;
    std::optional<RelaySession> relay;
    Peer peer;             // as the channel proves it
    std::string up, down;  // on the link
    std::string sent;      // all that went up
    bool relay_gone = false;
    std::set<SpaceId> outside;           // where the device's person is no member
    std::optional<Unpacking> overheard;  // what the relay sends, where roles change
  };
  struct CloseTool { void operator()(sqlite3* tool) const { sqlite3_close(tool); } };
  struct Form {  // that somebody has open
    RowKey key;
    std::string version, text;
  };
  struct Machine {
    std::uint32_t number = 0;
    std::map<std::uint32_t, std::uint32_t> keys;  // generations, by number: it may have taken another
    DeviceKeys space_keys = {};  // of its spaces, as the relay told them
    int lives = 0;               // of its program
    const Schema* schema = nullptr;
    std::int64_t clock_error = 0;
    bool revoked = false, lost = false;
    std::string person = {};
    bool drops = false;          // what was refused
    bool clock_was_set = false;  // its stamps may be off
    std::map<SpaceId, std::size_t> gave_up = {};  // the space went from it, when so many relays had been lost
    std::set<std::pair<RowKey, std::string>> overwritten = {};  // there, before it left the device: goes with what was taken in its place
    struct Allowed {
      std::int64_t writes = 0, coaches = 0;
    };
    std::set<SpaceId> restrained = {};  // where it might not write everything for some time
    std::map<SpaceId, Allowed> allowed = {};  // until when, by the relay's clock: to write, or at least what a coach writes
    std::optional<Form> form = {};
    std::unique_ptr<Replica> replica;
    std::unique_ptr<sqlite3, CloseTool> tool;  // another program that writes, and stays as long as the machine runs
    std::unique_ptr<Exchange> exchange;
    std::string name() const { return "device" + std::to_string(number); }
  };
  struct Written {  // a value that a person wrote and a device collected
    std::uint32_t device;
    SpaceId space;
    RowKey key;
    ColumnId column;
    Value value;
    Stamp stamp;
    bool own = false, in_time = false;  // by this device; while its person might
  };
  struct Stick {  // what one device gave of one space
    SpaceId space;
    std::uint32_t generation;  // of the key that it is sealed by
    std::vector<std::string> volumes;
    std::vector<BlobName> photos;
  };
  using Roles = std::map<SpaceId, Role>;
  using Act = std::function<void(Accounts&)>;  // of the relay's operator

  void enrol();
  void make_relay();
  void do_again(std::size_t from);
  void revoke(Machine& machine);
  std::vector<Machine*> present();  // all but those that the relay lets in no more
  void open_relay();

  // The operator, and what they know of people (operator.cpp).
  void operate(const Act& act);
  std::string newcomer();
  std::string add_person();
  void add_device(std::uint32_t number);
  void tend(Machine& machine);
  void set_role(const std::string& person, SpaceId space, Role role);
  void change_role(const std::string& person);
  void lose_or_find(Machine& machine);
  void replace(std::string person);
  void limit(SpaceId space);
  void lift_limits();
  void note_rights();
  bool two_write();
  Role role_of(const Machine& machine, SpaceId space);
  std::vector<Machine*> members(SpaceId space);  // of those present
  std::vector<Machine*> writers(SpaceId space);
  bool may_write_row(const Machine& machine, SpaceId space, TableId table);
  void open(Machine& machine);
  void restart(Machine& machine, bool power_cut);
  void restart_relay(bool power_cut);
  void replace_relay();

  // Runs what a device does, on its clock; a failure of its disk is a power cut.
  void on(Machine& machine, const std::function<void()>& work);
  void at_relay(const std::function<void()>& work);
  void write(Machine& machine);
  std::string write_sql(Machine& machine, SpaceId space);
  std::string edit_text(const std::string& n);
  void save_form(Machine& machine);
  static std::vector<Version> standing(const Cell& cell);
  std::string any(const std::string& table, SpaceId space = {});
  std::string prose();
  void collect(Machine& machine);
  void note_overwritten(Machine& machine);
  void note_written(const Machine& machine, SpaceId space, RowKey key, ColumnId column, const Version& version);
  void decide(Machine& machine);
  void set_clock(Machine& machine);
  void begin(Machine& machine);
  void begin_session(Machine& machine);
  void overhear(Machine& machine, std::string_view answer);
  void give_up(Machine& machine);
  void move_stray();
  void move(Machine& machine, std::size_t up, std::size_t down);
  void serve(Exchange& exchange, std::string_view bytes);
  bool sync_to_the_end(Machine& machine);
  std::string sync_all();
  void trim_texts();

  // Without the relay (carrying.cpp).
  void carry(Machine& machine);
  std::optional<Stick> fill_stick(Machine& machine, SpaceId space);
  void read_stick(Machine& machine, const Stick& stick);
  void read_pieces(Machine& machine);
  bool read_volume(Machine& machine, std::string_view volume);
  DeviceKey key_of(const Machine& machine);
  void speak(Machine& caller, Machine& called);  // meeting.cpp

  static std::unique_ptr<sqlite3, CloseTool> open_tool(const std::string& path);
  std::string run_sql(Machine& machine, const std::string& sql);
  std::string get(Machine& machine, const std::string& query);
  std::string shown(Machine& machine, SpaceId space);
  static std::string in_words(const Row& row);
  std::string difference(Machine& machine, SpaceId space);
  void note_report(Machine& machine, const ClientSession& client);
  std::string judge();
  std::string judge_replica(Machine& machine, SpaceId space);
  bool reads_what_is_lost(const Machine& machine, SpaceId space);
  bool has_lost_owners(Machine& machine);
  std::string judge_places(Machine& machine);
  std::string judge_order();
  std::string judge_clocks();
  std::string judge_bytes();
  std::string judge_evening();
  void meet(Machine& machine);
  bool is_kept(const Written& written);

  // Photos (photos.cpp).
  std::unique_ptr<OwnBlobs> blobs_of(const Machine& machine);
  MediaShelf shelf_of(Machine& machine) { return MediaShelf(*machine.replica, blobs_of(machine)); }
  void attach(Machine& machine);
  void ask_for_photo(Machine& machine);
  bool carry_photos(Machine& machine, std::size_t cut_up, std::size_t cut_down, std::int64_t later = 0);
  void tend_photos(Machine& machine);
  std::string settle_photos();
  std::string judge_photos();
  std::string judge_photos_of(Machine& machine, SpaceId space);

  // What the roles allowed and what they did not (judge_rights.cpp).
  std::string judge_rights();
  bool came_late(const Machine& machine, SpaceId space, TableId table, const Stamp& stamp);
  bool is_late_work(const Written& written);
  bool is_taken(const Written& written);
  bool was_refused_as_late(Machine& machine, SpaceId space, RowKey key);
  std::string why_refused(const Written& written);
  bool misses_a_refusal(Machine& machine, SpaceId space);
  void drop_refused();
  std::set<std::string> values_at_relay();
  std::set<std::string> values_at(Machine& machine);

  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(choose_(bound)); }
  void tell(const std::string& line) { story_ += line + "\n"; }

  Choose choose_;
  Disk disk_;
  std::int64_t now_ = 1'741'600'000;
  MasterKey keys_{std::string(32, 'k')};
  std::unique_ptr<SqlStore> relay_;
  SpaceId town_{1}, village_{2};
  std::map<std::uint32_t, Machine> machines_;
  std::vector<std::unique_ptr<Exchange>> strays_;  // their bytes arrive though the device gave them up
  std::vector<Written> written_;
  std::set<std::tuple<std::uint32_t, RowKey, ColumnId, Stamp, Value>> seen_written_;
  std::map<std::string, Roles> people_;
  std::vector<Act> acts_;            // all that the operator did, to be done again at a relay that forgot it
  std::size_t acts_in_backup_ = 0;
  bool has_offices_ = false;         // roles change, people come and go
  std::set<SpaceId> limited_;        // had little room for some time
  std::set<RowKey> refused_keys_;    // of rows that the relay did not take, at the end
  std::size_t returns_ = 0, retried_ = 0, refused_ = 0, told_ = 0;  // spaces that came anew; rows sent again; frames and rows refused; accounts
  bool has_backup_ = false, trimmed_ = false, writes_long_texts_ = false, tells_of_texts_ = false;
  bool carries_ = false;             // devices hand each other frames
  std::vector<Stick> sticks_;
  bool has_photos_ = false;
  std::size_t photos_ = 0;                                         // rows that name one
  std::map<BlobHash, std::set<SpaceId>> attached_;                 // where somebody named it
  std::set<std::pair<std::uint32_t, BlobHash>> taken_;             // who took it
  std::map<std::uint32_t, std::set<SpaceId>> ever_in_;             // spaces that devices were let into
  double seconds_ = 1;                                             // for sessions about photos
  std::size_t writes_ = 0;
  std::size_t changes_ = 0;  // rows and what was noted of them, of all writes
  std::string story_;
  std::size_t relays_lost_ = 0;
  std::optional<Code> turned_away_;  // why the last exchange failed
  std::size_t bytes_ = 0, exchanges_ = 0;
  std::string wrong_;  // what was seen on the way and must not be
};

}  // namespace carnet::test
