// The programs as processes: a relay and devices in folders of their own, killed, starved and read from outside.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/temp_dir.hpp"

namespace carnet::test {

using Microseconds = std::chrono::microseconds;

struct Ended {
  int code = -1;        // of exit; -1: ended by a signal
  bool killed = false;  // by us
  std::string out, err;
  Microseconds took{};
};

// One process. It is killed where the object goes before it has ended.
class Process {
 public:
  using Prepare = std::function<void()>;  // in the child, before the program starts
  Process(const std::vector<std::string>& command, const Prepare& prepare = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  int pid() const { return pid_; }
  void signal(int number) const;
  Ended wait();
  bool ends_within(Microseconds time) const;  // of its life
  Ended kill_after(Microseconds time);        // with -9, unless it ends before

 private:
  Ended reap(bool killed);
  int pid_, handle_, out_, err_;
  std::chrono::steady_clock::time_point started_;
};

Ended run(const std::vector<std::string>& command, const Process::Prepare& prepare = {});

// No file of the child grows beyond so many bytes: a full disk without being root. The error is EFBIG and not ENOSPC.
Process::Prepare files_of_at_most(std::uint64_t bytes);

// A relay with one space, and devices, in `dir`.
class Town {
 public:
  explicit Town(const std::vector<std::string>& devices);

  std::string home(const std::string& device) const { return dir.file(device); }
  std::string database(const std::string& device) const { return home(device) + "/carnet.db"; }
  std::string store() const { return dir.file("relay.db"); }

  void start_relay(const Process::Prepare& prepare = {}, const std::vector<std::string>& wrapper = {});
  void stop_relay();  // by SIGTERM
  std::vector<std::string> relay_command(const std::vector<std::string>& arguments) const;
  Ended relay_run(const std::vector<std::string>& arguments) const { return run(relay_command(arguments)); }

  std::vector<std::string> command(const std::string& device, std::vector<std::string> arguments) const;
  Ended on(const std::string& device, const std::vector<std::string>& arguments) const { return run(command(device, arguments)); }
  Ended sync(const std::string& device) const { return on(device, {"sync"}); }
  std::string address() const { return "carnet://127.0.0.1:" + std::to_string(port); }
  std::string invite(const std::string& device);
  void init(const std::string& device);

  // As any tool would, with sqlite3.
  static std::string get(const std::string& database, const std::string& query);
  static std::string integrity(const std::string& database) { return get(database, "PRAGMA integrity_check"); }
  std::string digest(const std::string& device) const;
  std::string digest_of_relay() const;

  TempDir dir;
  std::unique_ptr<Process> relay;
  int port = 0;
};

void copy_folder(const std::string& from, const std::string& to);

// Printed, and taken from CARNET_SEED where that is set.
std::uint64_t seed();

}  // namespace carnet::test
