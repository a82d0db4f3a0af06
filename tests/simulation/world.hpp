// The whole system in virtual time: devices, a relay, links, clocks and disks, driven by choices from outside (a seeded generator or
// a fuzzer). Real sessions, codec, stream, replica and store; no sockets, no threads, no wall clock.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "core/replica.hpp"
#include "server/keys.hpp"
#include "server/sql_store.hpp"
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
  };
  struct CloseTool { void operator()(sqlite3* tool) const { sqlite3_close(tool); } };
  struct Form {  // that somebody has open
    RowKey key;
    std::string version, text;
  };
  struct Machine {
    std::uint32_t number = 0;
    std::map<std::uint32_t, std::uint32_t> keys;  // generations, by number: it may have taken another
    const Schema* schema = nullptr;
    std::int64_t clock_error = 0;
    bool revoked = false;
    std::optional<Form> form = {};
    std::unique_ptr<Replica> replica;
    std::unique_ptr<sqlite3, CloseTool> tool;  // another program that writes, and stays as long as the machine runs
    std::unique_ptr<Exchange> exchange;
    std::string name() const { return "device" + std::to_string(number); }
  };
  struct Written {  // a value that a person wrote and a device collected
    std::uint32_t device;
    RowKey key;
    ColumnId column;
    Value value;
  };

  void enrol();
  void make_relay();
  void register_at_relay(Machine& machine);
  void revoke(Machine& machine);
  std::vector<Machine*> members();  // all but those revoked
  void open_relay();
  void open(Machine& machine);
  void restart(Machine& machine, bool power_cut);
  void restart_relay(bool power_cut);
  void replace_relay();

  // Runs what a device does, on its clock; a failure of its disk is a power cut.
  void on(Machine& machine, const std::function<void()>& work);
  void at_relay(const std::function<void()>& work);
  void write(Machine& machine);
  std::string write_sql(Machine& machine);
  std::string edit_text(const std::string& n);
  void save_form(Machine& machine);
  static std::vector<Version> standing(const Cell& cell);
  std::string any(const std::string& table);
  std::string prose();
  void collect(Machine& machine);
  void decide(Machine& machine);
  void set_clock(Machine& machine);
  void begin(Machine& machine);
  void give_up(Machine& machine);
  void move_stray();
  void move(Machine& machine, std::size_t up, std::size_t down);
  void serve(Exchange& exchange, std::string_view bytes);
  bool sync_to_the_end(Machine& machine);
  std::string sync_all();
  void trim_texts();

  static std::unique_ptr<sqlite3, CloseTool> open_tool(const std::string& path);
  std::string run_sql(Machine& machine, const std::string& sql);
  std::string get(Machine& machine, const std::string& query);
  std::string shown(Machine& machine);
  static std::string in_words(const Row& row);
  std::string difference(Machine& machine);
  void note_verdict(Machine& machine, const ClientSession& client);
  std::string judge();
  std::string judge_order();
  std::string judge_clocks();
  std::string judge_bytes();
  std::string judge_evening();
  void meet(Machine& machine);
  bool is_kept(const Written& written);

  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(choose_(bound)); }
  void tell(const std::string& line) { story_ += line + "\n"; }

  Choose choose_;
  Disk disk_;
  std::int64_t now_ = 1'741'600'000;
  MasterKey keys_{std::string(32, 'k')};
  std::unique_ptr<SqliteStore> relay_;
  SpaceId space_{1};
  std::map<std::uint32_t, Machine> machines_;
  std::vector<std::unique_ptr<Exchange>> strays_;  // their bytes arrive though the device gave them up
  std::vector<Written> written_;
  bool has_backup_ = false, writes_long_texts_ = false, tells_of_texts_ = false;
  std::size_t writes_ = 0;
  std::size_t changes_ = 0;  // rows and what was noted of them, of all writes
  std::string story_;
  std::size_t relays_lost_ = 0;
  std::optional<Code> turned_away_;  // why the last exchange failed
  std::size_t bytes_ = 0, exchanges_ = 0;
  std::string wrong_;  // what was seen on the way and must not be
};

}  // namespace carnet::test
