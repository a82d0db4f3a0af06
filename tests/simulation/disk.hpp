// A disk in memory, as a SQLite VFS: files of several machines, each of which may lose power at any write. What was not synced by
// then is lost, but for a part of it that reached the platter in its order. Also the machines' clock, and SQLite's
// randomness from the seed. One thread; the default VFS of the process while a Disk lives, so one Disk at a time.
#pragma once
#include <sqlite3.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace carnet::test {

class Disk {
 public:
  explicit Disk(std::function<std::uint64_t(std::uint64_t)> choose);  // choose(n): a number below n
  ~Disk();
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  std::int64_t now = 0;  // unix seconds, as the machine whose turn it is believes

  // `machine` is the part of a path before the first '.': all its files fail from then on, until power_on().
  void fail_after(const std::string& machine, int writes);
  bool failed(const std::string& machine) const;
  void power_off(const std::string& machine);
  void power_on(const std::string& machine);

  void copy(const std::string& from, const std::string& to);  // as a file copy does; nothing may be unsynced
  void remove(const std::string& machine);

  // Of files that are no database's. False: the power is off.
  bool append(const std::string& path, std::string_view bytes);
  bool sync(const std::string& path);
  bool rename(const std::string& from, const std::string& to);  // whole or not at all, and on disk then
  bool erase(const std::string& path);

  struct File {
    std::string bytes;   // as programs see it
    std::string synced;  // as it stands after a power cut
    struct Write {
      std::size_t offset;
      std::string data;
      bool truncates = false;
    };
    std::vector<Write> unsynced;
    std::vector<std::string> shared_memory;
  };
  std::map<std::string, File> files;

  // For the VFS: whether this write may happen; counts down to the power cut.
  bool permits_write(const std::string& path);
  std::uint64_t choose(std::uint64_t bound) { return choose_(bound); }

 private:
  static std::string machine_of(const std::string& path) { return path.substr(0, path.find('.')); }

  std::function<std::uint64_t(std::uint64_t)> choose_;
  std::map<std::string, int> countdown_;
  std::map<std::string, bool> off_;
  sqlite3_vfs* before_ = nullptr;
  sqlite3_vfs vfs_{};
};

}  // namespace carnet::test
