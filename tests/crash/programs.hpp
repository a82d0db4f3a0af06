// The programs as processes: a relay and devices in folders of their own, killed, starved and read from outside.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/process.hpp"
#include "tests/temp_dir.hpp"

namespace carnet::test {

// A relay with one space, and devices, in `dir`.
class Town {
 public:
  explicit Town(const std::vector<std::string>& devices, std::string store = {});  // empty: a file

  std::string home(const std::string& device) const { return dir.file(device); }
  std::string database(const std::string& device) const { return home(device) + "/carnet.db"; }
  std::string store() const { return store_.empty() ? dir.file("relay.db") : store_; }

  void start_relay(const Process::Prepare& prepare = {}, const std::vector<std::string>& wrapper = {});
  void stop_relay();  // by SIGTERM
  // A relay on that store; at the port, or at any free one, which is told.
  std::unique_ptr<Process> serve(int& at_port, const Process::Prepare& prepare = {}, const std::vector<std::string>& wrapper = {});
  void move_to(std::string place) { store_ = std::move(place); }
  void meet(const std::string& device, int at_port);  // it comes to the relay there from now on
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

 private:
  std::string store_;
};

void copy_folder(const std::string& from, const std::string& to);

// Printed, and taken from CARNET_SEED where that is set.
std::uint64_t seed();

}  // namespace carnet::test
