#include "tests/simulation/disk.hpp"

#include <algorithm>
#include <cstring>

namespace carnet::test {

namespace {

struct Handle {
  sqlite3_file base;  // first: SQLite sees only this
  Disk* disk;
  std::string* path;
  Disk::File* file;
};

Handle& of(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file); }

void put(std::string& bytes, std::size_t offset, const std::string& data) {
  if (bytes.size() < offset + data.size()) bytes.resize(offset + data.size(), '\0');
  std::memcpy(bytes.data() + offset, data.data(), data.size());
}

void take_effect(std::string& bytes, const Disk::File::Write& write) {
  if (write.truncates) bytes.resize(write.offset, '\0');
  else put(bytes, write.offset, write.data);
}

int close(sqlite3_file* file) {
  delete of(file).path;
  return SQLITE_OK;
}

int read(sqlite3_file* file, void* to, int amount, sqlite3_int64 at) {
  auto& bytes = of(file).file->bytes;
  auto offset = static_cast<std::size_t>(at), wanted = static_cast<std::size_t>(amount);
  auto have = offset < bytes.size() ? std::min(wanted, bytes.size() - offset) : 0;
  std::memcpy(to, bytes.data() + offset, have);
  if (have == wanted) return SQLITE_OK;
  std::memset(static_cast<char*>(to) + have, 0, wanted - have);
  return SQLITE_IOERR_SHORT_READ;
}

int change(Handle& handle, Disk::File::Write write) {
  if (!handle.disk->permits_write(*handle.path)) return SQLITE_IOERR_WRITE;
  take_effect(handle.file->bytes, write);
  handle.file->unsynced.push_back(std::move(write));
  return SQLITE_OK;
}

int write(sqlite3_file* file, const void* from, int amount, sqlite3_int64 at) {
  return change(of(file), {static_cast<std::size_t>(at), std::string(static_cast<const char*>(from), static_cast<std::size_t>(amount))});
}

int truncate(sqlite3_file* file, sqlite3_int64 size) { return change(of(file), {static_cast<std::size_t>(size), {}, true}); }

int sync(sqlite3_file* file, int) {
  auto& handle = of(file);
  if (!handle.disk->permits_write(*handle.path)) return SQLITE_IOERR_FSYNC;
  for (auto& each : handle.file->unsynced) take_effect(handle.file->synced, each);
  handle.file->unsynced.clear();
  return SQLITE_OK;
}

int size(sqlite3_file* file, sqlite3_int64* bytes) {
  *bytes = static_cast<sqlite3_int64>(of(file).file->bytes.size());
  return SQLITE_OK;
}

// One thread, and no transaction of one connection lives across another's: locks have nothing to do.
int lock(sqlite3_file*, int) { return SQLITE_OK; }
int no_lock(sqlite3_file*, int* held) { *held = 0; return SQLITE_OK; }
int control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int sector(sqlite3_file*) { return 512; }
int traits(sqlite3_file*) { return 0; }

int map_shared(sqlite3_file* file, int region, int bytes, int extend, void volatile** memory) {
  auto& regions = of(file).file->shared_memory;
  auto index = static_cast<std::size_t>(region);
  if (regions.size() <= index && extend) regions.resize(std::max(regions.size(), index + 1));
  if (regions.size() <= index) { *memory = nullptr; return SQLITE_OK; }
  if (regions[index].empty()) regions[index].assign(static_cast<std::size_t>(bytes), '\0');
  *memory = regions[index].data();
  return SQLITE_OK;
}
int lock_shared(sqlite3_file*, int, int, int) { return SQLITE_OK; }
void barrier(sqlite3_file*) {}
int unmap_shared(sqlite3_file*, int) { return SQLITE_OK; }

const sqlite3_io_methods methods = {2, close, read, write, truncate, sync, size, lock, lock, no_lock, control, sector, traits,
                                    map_shared, lock_shared, barrier, unmap_shared, nullptr, nullptr};

Disk& disk_of(sqlite3_vfs* vfs) { return *static_cast<Disk*>(vfs->pAppData); }

int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto& disk = disk_of(vfs);
  std::string path = name ? name : "temporary." + std::to_string(disk.files.size());
  if (!disk.files.contains(path) && !(flags & SQLITE_OPEN_CREATE)) { file->pMethods = nullptr; return SQLITE_CANTOPEN; }
  auto& handle = of(file);
  handle.base.pMethods = &methods;
  handle.disk = &disk;
  handle.path = new std::string(path);
  handle.file = &disk.files[path];
  if (out_flags) *out_flags = flags;
  return SQLITE_OK;
}

int remove(sqlite3_vfs* vfs, const char* name, int) {
  auto& disk = disk_of(vfs);
  if (!disk.permits_write(name)) return SQLITE_IOERR_DELETE;
  auto& file = disk.files[name];  // open handles keep pointing to it
  file.bytes.clear();
  file.synced.clear();
  file.unsynced.clear();
  file.shared_memory.clear();
  return SQLITE_OK;
}

int access(sqlite3_vfs* vfs, const char* name, int, int* there) {
  auto& files = disk_of(vfs).files;
  auto at = files.find(name);
  *there = at != files.end() && !at->second.bytes.empty();
  return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* name, int bytes, char* to) {
  sqlite3_snprintf(bytes, to, "%s", name);
  return SQLITE_OK;
}

int randomness(sqlite3_vfs* vfs, int bytes, char* to) {
  for (int k = 0; k < bytes; ++k) to[k] = static_cast<char>(disk_of(vfs).choose(256));
  return bytes;
}

int pause(sqlite3_vfs*, int microseconds) { return microseconds; }

int current_time(sqlite3_vfs* vfs, sqlite3_int64* milliseconds) {
  *milliseconds = 210866760000000 + disk_of(vfs).now * 1000;  // of the Julian day number; unix time 0
  return SQLITE_OK;
}

// One thread needs no locks, and nobody asks how much memory there was: a tenth of the time. Only while no connection is open.
void configure_sqlite() {
  sqlite3_shutdown();
  sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

}  // namespace

Disk::Disk(std::function<std::uint64_t(std::uint64_t)> choose) : choose_(std::move(choose)) {
  [[maybe_unused]] static const bool configured = (configure_sqlite(), true);
  before_ = sqlite3_vfs_find(nullptr);
  vfs_.iVersion = 2;
  vfs_.szOsFile = sizeof(Handle);
  vfs_.mxPathname = 200;
  vfs_.zName = "carnet-simulation";
  vfs_.pAppData = this;
  vfs_.xOpen = open;
  vfs_.xDelete = test::remove;
  vfs_.xAccess = access;
  vfs_.xFullPathname = full_path;
  vfs_.xRandomness = randomness;
  vfs_.xSleep = pause;
  vfs_.xCurrentTimeInt64 = current_time;
  sqlite3_vfs_register(&vfs_, 1);
  sqlite3_randomness(0, nullptr);  // SQLite seeds itself anew, from here
}

Disk::~Disk() {
  sqlite3_vfs_unregister(&vfs_);
  sqlite3_vfs_register(before_, 1);
}

void Disk::fail_after(const std::string& machine, int writes) { countdown_[machine] = writes; }

bool Disk::failed(const std::string& machine) const {
  auto at = off_.find(machine);
  return at != off_.end() && at->second;
}

bool Disk::permits_write(const std::string& path) {
  auto machine = machine_of(path);
  if (failed(machine)) return false;
  auto at = countdown_.find(machine);
  if (at == countdown_.end() || at->second-- > 0) return true;
  power_off(machine);
  return false;
}

void Disk::power_off(const std::string& machine) {
  off_[machine] = true;
  countdown_.erase(machine);
  for (auto& [path, file] : files) {
    if (machine_of(path) != machine) continue;
    auto arrived = file.unsynced.empty() ? 0 : choose_(file.unsynced.size() + 1);
    for (std::size_t k = 0; k < arrived; ++k) take_effect(file.synced, file.unsynced[k]);
    if (arrived < file.unsynced.size() && !file.unsynced[arrived].truncates) {  // torn
      auto& torn = file.unsynced[arrived];
      put(file.synced, torn.offset, torn.data.substr(0, choose_(torn.data.size() + 1) / 512 * 512));
    }
    file.unsynced.clear();
  }
}

void Disk::power_on(const std::string& machine) {
  off_[machine] = false;
  countdown_.erase(machine);
  for (auto& [path, file] : files) {
    if (machine_of(path) != machine) continue;
    file.bytes = file.synced;
    file.shared_memory.clear();
  }
}

bool Disk::append(const std::string& path, std::string_view bytes) {
  if (!permits_write(path)) return false;
  auto& file = files[path];
  File::Write write{file.bytes.size(), std::string(bytes)};
  take_effect(file.bytes, write);
  file.unsynced.push_back(std::move(write));
  return true;
}

bool Disk::sync(const std::string& path) {
  if (!permits_write(path)) return false;
  auto& file = files[path];
  for (auto& each : file.unsynced) take_effect(file.synced, each);
  file.unsynced.clear();
  return true;
}

bool Disk::rename(const std::string& from, const std::string& to) {
  if (!permits_write(from)) return false;
  auto moved = files.extract(from);
  files.erase(to);
  moved.key() = to;
  files.insert(std::move(moved));
  return true;
}

bool Disk::erase(const std::string& path) {
  if (!permits_write(path)) return false;
  files.erase(path);
  return true;
}

void Disk::copy(const std::string& from, const std::string& to) {
  auto bytes = files[from].bytes;
  files[to].bytes = files[to].synced = bytes;
}

void Disk::remove(const std::string& machine) {
  for (auto& [path, file] : files)
    if (machine_of(path) == machine) file = File{};
}

}  // namespace carnet::test
