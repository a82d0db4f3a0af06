#include "client/enrol.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <array>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <set>

#include "client/damage.hpp"
#include "client/keys.hpp"
#include "client/ledger.hpp"
#include "client/sync_lock.hpp"
#include "core/domain.hpp"
#include "core/sqlite.hpp"
#include "sync/client_session.hpp"

namespace carnet {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t spare_ids = 1 << 20;  // more than a device gives between two looks at what can be read
const std::set<std::string> of_one_life = {"device", "epoch", "mend", "mended_in_vain", "broke_off", "audited", "damaged", "last_error", "layout_text", "rights"};

void remove_database(const std::string& path) {
  for (auto* part : {"", "-wal", "-shm"}) fs::remove(path + part);
}

void copy_database(const std::string& from, const std::string& to) {
  remove_database(to);
  fs::copy_file(from, to);
  if (fs::exists(from + "-wal")) {
    fs::copy_file(from + "-wal", to + "-wal");
    mend_log(to);
  }
}

// All that a damaged replica still tells.
struct Found {
  Replica::Salvaged saved;
  std::map<std::string, std::string> settings;
  std::vector<Invite::Space> spaces;
  std::vector<std::array<std::int64_t, 7>> traffic;
  struct Line {  // of a table that is taken over as it is
    const char* sql;
    std::vector<Value> values;
  };
  std::vector<Line> taken_over;
  std::string layout;
};

// What stands nowhere else; each with how it is put down again.
constexpr std::pair<const char*, const char*> taken_over_sql[] = {
    {"SELECT n,up,space,low,high,code,reason,at,keys FROM carnet_quarantine WHERE n IN (SELECT n FROM carnet_aside)",
     "INSERT INTO carnet_quarantine(n,up,space,low,high,code,reason,at,keys) VALUES(?,?,?,?,?,?,?,?,?)"},
    {"SELECT n,tbl,id,state FROM carnet_aside", "INSERT INTO carnet_aside(n,tbl,id,state) VALUES(?,?,?,?)"},
    {"SELECT tbl,id,col,time,device,space,value FROM carnet_decided",
     "INSERT OR IGNORE INTO carnet_decided(tbl,id,col,time,device,space,value) SELECT ?1,?2,?3,?4,?5,?6,?7 WHERE ?6 IN (SELECT space FROM carnet_space)"}};

// Each row until the first that cannot be read.
template <class Take>
void read_rows(SQLite::Database& db, const char* sql, Take take) {
  try {
    SQLite::Statement rows(db, sql);
    while (rows.executeStep()) take(rows);
  } catch (const SQLite::Exception&) {
  }
}

Found read_copy(const std::string& copy, std::optional<DeviceId> as) {
  Found found;
  try {
    Replica replica(copy, domain(), Replica::Damage{});
    auto& db = replica.database();
    found.saved = replica.salvage(as);
    read_rows(db, "SELECT layout FROM carnet_self", [&](auto& row) { found.layout = row.getColumn(0).getString(); });
    read_rows(db, "SELECT name,value FROM carnet_setting", [&](auto& row) { found.settings[row.getColumn(0).getString()] = row.getColumn(1).getString(); });
    read_rows(db, "SELECT space,name,kind FROM carnet_space", [&](auto& row) {
      found.spaces.push_back({.id = SpaceId{row.getColumn(0).getUInt()}, .name = row.getColumn(1).getString(), .kind = row.getColumn(2).getString()});
    });
    for (auto& [select, insert] : taken_over_sql)
      read_rows(db, select, [&, insert = insert](auto& row) {
        auto& line = found.taken_over.emplace_back(Found::Line{insert, {}});
        for (int k = 0; k < row.getColumnCount(); ++k) line.values.push_back(fetch(row, k));
      });
    read_rows(db, "SELECT day,link,up,down,overhead,connections,night FROM carnet_traffic", [&](auto& row) {
      auto& line = found.traffic.emplace_back();
      for (int k = 0; k < 7; ++k) line[static_cast<std::size_t>(k)] = row.getColumn(k).getInt64();
    });
  } catch (const SQLite::Exception&) {  // not even the layout
  }
  return found;
}

std::string layout_text(SQLite::Database& db) {
  std::string text;
  read_rows(db, "SELECT type||name||rootpage||coalesce(sql,'') FROM sqlite_schema", [&](auto& row) { text += row.getColumn(0).getString(); });
  return text;
}

bool has_layout_of(const std::string& copy, const std::string& sample) {
  SQLite::Database healthy(sample, SQLite::OPEN_READWRITE);
  try {
    SQLite::Database db(copy, SQLite::OPEN_READWRITE);
    db.exec("PRAGMA writable_schema=ON");
    return layout_text(db) == layout_text(healthy);
  } catch (const SQLite::Exception&) {
    return false;
  }
}

// A replica as `carnet init` makes it has its layout on the same pages as any other: those of a new one stand in for damaged ones.
void lend_layout(const std::string& sample, const std::string& copy) {
  constexpr std::size_t change_counter = 24, page_count = 28, freelist = 32, valid_for = 92;
  SQLite::Database healthy(sample, SQLite::OPEN_READWRITE);
  healthy.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  auto size = static_cast<std::size_t>(healthy.execAndGet("PRAGMA page_size").getInt64());
  std::ifstream from(sample, std::ios::binary);
  std::fstream to(copy, std::ios::binary | std::ios::in | std::ios::out);
  read_rows(healthy, "SELECT pageno FROM dbstat WHERE name='sqlite_schema'", [&](auto& row) {
    auto at = static_cast<std::streamoff>(row.getColumn(0).getInt64() - 1) * static_cast<std::streamoff>(size);
    std::string page(size, '\0');
    from.seekg(at).read(page.data(), static_cast<std::streamsize>(size));
    if (at == 0) {  // the number of pages is that of the file, and none is free
      for (auto field : {page_count, freelist, freelist + 4}) page.replace(field, 4, 4, '\0');
      page.replace(valid_for, 4, 4, '\0');
      page.replace(change_counter, 4, std::string("\0\0\0\1", 4));
    }
    to.seekp(at).write(page.data(), static_cast<std::streamsize>(size));
  });
}

void make_sample(const std::string& path) {
  remove_database(path);
  for (int open = 0; open < 2; ++open) {  // its own table changes the layout: the second time, triggers are made again
    Replica replica(path, domain(), DeviceId{1});
    Ledger{replica};
  }
}

Found read_damaged(const std::string& path, std::optional<DeviceId> as) {
  auto copy = path + ".salvage", sample = path + ".sample";
  make_sample(sample);
  copy_database(path, copy);
  std::string expected;
  { expected = SQLite::Database(sample).execAndGet("SELECT layout FROM carnet_self").getString(); }
  Found found;
  bool lent = !has_layout_of(copy, sample);
  if (lent) {
    lend_layout(sample, copy);
    found = read_copy(copy, as);
  }
  if (!lent || found.layout != expected) {  // it was made otherwise: what stands there is all there is
    copy_database(path, copy);
    found = read_copy(copy, as);
  }
  remove_database(copy);
  remove_database(sample);
  return found;
}

// While it is held nobody writes into the file that is being read and moved. A file that cannot be held is written by nobody.
std::optional<SQLite::Database> hold(const std::string& path) {
  try {
    SQLite::Database db(path, SQLite::OPEN_READWRITE, 10'000);
    sqlite3_db_config(db.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    db.exec("BEGIN IMMEDIATE");
    return db;
  } catch (const SQLite::Exception& fault) {
    if (fault.getErrorCode() == SQLITE_BUSY) throw;
    return {};
  }
}

std::string name_for_damaged(const std::string& path) {
  std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char date[32];
  std::strftime(date, sizeof date, "%Y%m%d-%H%M%S", &parts);
  auto name = path + ".damaged-" + date;
  while (fs::exists(name)) name += "x";
  return name;
}

std::string last_damaged(const std::string& path) {
  std::string last, prefix = fs::path(path).filename().string() + ".damaged-";
  for (auto& entry : fs::directory_iterator(fs::absolute(path).parent_path())) {
    auto name = entry.path().filename().string();
    if (name.starts_with(prefix) && !name.ends_with("-wal")) last = std::max(last, entry.path().string());
  }
  return last;
}

// The log of the damaged file goes with it, and is never found beside the fresh one.
void put_in_place(const std::string& path, const std::string& kept) {
  if (fs::exists(path + "-wal")) fs::rename(path + "-wal", kept + "-wal");
  for (auto* of_old : {"-shm", ".place"}) fs::remove(path + of_old);
  fs::rename(path + ".rebuilt", path);
}

void make_fresh(const std::string& path, const Invite& device, const Found& found) {
  remove_database(path);
  Replica replica(path, domain(), device.device);
  for (auto& [name, value] : found.settings)
    if (!of_one_life.contains(name) && !name.starts_with("verified_seq/") && !name.starts_with("named_seq/")) replica.set(name, value);
  replica.set("address", device.address);
  replica.set("name", device.name);
  Ledger{replica};
  for (auto& line : found.traffic) {
    SQLite::Statement insert(replica.database(), "INSERT OR IGNORE INTO carnet_traffic(day,link,up,down,overhead,connections,night) VALUES(?,?,?,?,?,?,?)");
    for (int k = 0; k < 7; ++k) insert.bind(k + 1, line[static_cast<std::size_t>(k)]);
    insert.exec();
  }
  for (auto& space : device.spaces) replica.add_space(space.id, space.name, space.kind);
  for (auto& line : found.taken_over) {
    SQLite::Statement insert(replica.database(), line.sql);
    for (std::size_t k = 0; k < line.values.size(); ++k) bind(insert, static_cast<int>(k) + 1, line.values[k]);
    insert.exec();
  }
  replica.put_back(found.saved, spare_ids);
  if (found.saved.writer != device.device) introduce(replica);
  replica.set("mend", "rebuild");
}

// Who this device is: as the damaged file says, or as a new invite does.
std::optional<Invite> identity(const Found& found, const std::optional<Invite>& invite) {
  if (invite) return invite;
  auto setting = [&](const char* name) {
    auto at = found.settings.find(name);
    return at == found.settings.end() ? std::string() : at->second;
  };
  Invite known{.address = setting("address"), .pin = {}, .device = found.saved.writer, .name = setting("name"), .spaces = found.spaces};
  bool whole = !known.address.empty() && known.device.value && known.device.value <= max_device && !known.spaces.empty();
  return whole ? std::optional(known) : std::nullopt;
}

}  // namespace

void enrol(const std::string& path, const Invite& invite) {
  Replica replica(path, domain(), invite.device);
  replica.set("address", invite.address);
  replica.set("name", invite.name);
  Ledger{replica};  // makes its table now: later, a new layout would cost a look over all rows
  for (auto& space : invite.spaces) {
    replica.add_space(space.id, space.name, space.kind);
    set_role(replica, space.id, space.role);
  }
  introduce(replica);
}

void enrol_at(const std::string& path, const Invite& invite) {
  auto fresh = path + ".new";
  remove_database(fresh);
  enrol(fresh, invite);
  fs::permissions(fresh, fs::perms::owner_read | fs::perms::owner_write);
  keep_invite(path, invite);
  fs::rename(fresh, path);
}

void keep_invite(const std::string& path, const Invite& invite) {
  auto held = read_keys(path);
  if (held && held->invited && held->invited->number == invite.number) return;
  fs::remove(path + ".session");
  write_keys(path, DeviceKeys::of(invite));
}

Result<void> rejoin(const std::string& path, Replica& replica, const Invite& invite) {
  if (invite.device != replica.device())
    return Error{Code::invalid, fmt::format("this replica is device {} ({}), and the invite is for device {} ({}): ask for one for this device; the other begins in a home of its own",
                                            replica.device().value, replica.setting("name").value_or(""), invite.device.value, invite.name)};
  for (auto& space : invite.spaces)
    for (auto& held : replica.spaces())
      if (held.id == space.id && held.name != space.name)
        return Error{Code::invalid, fmt::format("space {} is '{}' here and '{}' in the invite: it comes from another relay", space.id.value, held.name, space.name)};
  keep_invite(path, invite);
  replica.set("address", invite.address);
  for (auto& space : invite.spaces) {
    replica.add_space(space.id, space.name, space.kind);
    set_role(replica, space.id, space.role);
  }
  return {};
}

Result<Rebuilt> rebuild(const std::string& path, const std::optional<Invite>& invite) {
  auto held = hold(path);
  fs::remove(path + ".rebuilt");
  auto found = read_damaged(path, invite ? std::optional(invite->device) : std::nullopt);
  auto device = identity(found, invite);
  if (!device)
    return Error{Code::not_found, fmt::format("who this device is cannot be read from {} any more: ask for a new invite for it and run `carnet rebuild --invite carnet1-...`; the file stays as it is", path)};
  if (invite) keep_invite(path, *invite);
  make_fresh(path + ".rebuilding", *device, found);
  fs::permissions(path + ".rebuilding", fs::perms::owner_read | fs::perms::owner_write);
  fs::rename(path + ".rebuilding", path + ".rebuilt");
  Rebuilt done{found.saved.rows.size(), found.saved.lost, found.saved.all_named, name_for_damaged(path)};
  fs::rename(path, done.kept);
  put_in_place(path, done.kept);
  return done;
}

void finish_rebuild(const std::string& path) {
  if (fs::exists(path) || !fs::exists(path + ".rebuilt")) return;
  auto lock = SyncLock::take(transfer_lock(path), "a sync");
  if (lock && !fs::exists(path)) put_in_place(path, last_damaged(path));  // else another process is at it
}

}  // namespace carnet
