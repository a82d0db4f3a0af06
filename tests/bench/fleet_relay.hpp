// A relay as its operator runs it, a process of its own, with a fleet that is enrolled in its store; and a server that does as little as a
// server can: what the same requests cost without any relay. Beside them, what processes use.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "server/keys.hpp"
#include "server/sql_store.hpp"
#include "tests/bench/fleet_device.hpp"
#include "tests/postgres.hpp"
#include "tests/process.hpp"

namespace carnet::bench {

// Of a process and, with PostgreSQL, of those of its database.
struct Usage {
  double cpu = 0, database_cpu = 0;     // seconds so far
  double most_mb = 0, resident_mb = 0;  // of the process: VmHWM, VmRSS
};

class Relay {
 public:
  Relay(bool on_postgres, std::uint64_t seed);
  ~Relay();

  // Before start(). Communes of so many devices each, which have written and fetched 40 small rows each.
  void add_communes(std::size_t devices, std::size_t of_each, std::size_t remembered_bytes = 0);
  // A space of so many rows with so much text in all, and devices in it: such as have it all, and new ones.
  void add_large_space(std::size_t rows, std::size_t text_bytes, std::size_t devices, std::size_t new_devices);
  std::vector<FleetDevice*> devices(std::size_t from, std::size_t count) const;
  std::size_t count() const { return devices_.size(); }

  void start(const std::vector<std::string>& options = {});
  void start_bare(std::size_t answer_bytes);  // beside it
  std::uint16_t port() const { return port_; }
  std::uint16_t bare_port() const { return bare_port_; }
  Usage usage() const { return usage_of(*relay_); }
  Usage bare_usage() const { return usage_of(*bare_); }
  void stop(bool verifies);  // throws where a digest does not hold

 private:
  struct Town {
    SpaceId space;
    std::vector<FleetDevice*> devices, new_devices;
  };
  Town enrol(std::size_t devices, std::size_t new_devices);
  void write_history(const Town& town);
  std::unique_ptr<test::Process> serve(const std::vector<std::string>& command, const std::string& port_file, std::uint16_t& port);
  Usage usage_of(const test::Process& process) const;

  std::uint64_t seed_;
  test::TempDir dir_;
  std::unique_ptr<test::PostgresServer> postgres_;
  std::string place_;
  std::unique_ptr<SqlStore> store_;
  std::unique_ptr<MasterKey> master_;
  std::vector<std::unique_ptr<FleetDevice>> devices_;
  std::size_t towns_ = 0;
  std::unique_ptr<test::Process> relay_, bare_;
  std::uint16_t port_ = 0, bare_port_ = 0;
};

// The bare server, as a program: the same TLS; reads a whole request, commits it as one row, and answers so many bytes. `place`: a new SQLite
// file (WAL, synchronous=FULL, one connection), or PostgreSQL (eight). Ends by a signal.
int serve_bare(const std::string& place, const std::string& key, const std::string& port_file, std::size_t answer_bytes);

}  // namespace carnet::bench
