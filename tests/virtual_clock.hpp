// SQLite's own clock, set by a test: what 'now' means in triggers, for every connection of this process.
#pragma once
#include <sqlite3.h>

#include <cstdint>

namespace carnet::test {

class VirtualClock {
 public:
  // Seconds that the device whose turn it is goes ahead of the true time.
  static void ahead(std::int64_t seconds) {
    install();
    offset() = seconds;
  }

 private:
  static std::int64_t& offset() {
    static std::int64_t seconds = 0;
    return seconds;
  }
  static sqlite3_vfs*& real() {
    static sqlite3_vfs* vfs = nullptr;
    return vfs;
  }
  static void install() {
    if (real()) return;
    real() = sqlite3_vfs_find(nullptr);
    static sqlite3_vfs skewed = *real();
    skewed.zName = "carnet-test-clock";
    skewed.xCurrentTimeInt64 = [](sqlite3_vfs*, sqlite3_int64* milliseconds) {
      int code = real()->xCurrentTimeInt64(real(), milliseconds);
      *milliseconds += offset() * 1000;
      return code;
    };
    sqlite3_vfs_register(&skewed, 1);
  }
};

}  // namespace carnet::test
