// A PostgreSQL server of the tests' own: on a loopback port, in a temporary folder, as a user without privileges; it ends with the program.
#pragma once
#include <memory>
#include <string>

#include "tests/process.hpp"
#include "tests/temp_dir.hpp"

namespace carnet::test {

class PostgresServer {
 public:
  static PostgresServer& running();  // one for the program, started when it is first asked for
  explicit PostgresServer(bool syncs_to_disk = false);

  std::string new_database();  // the address of an empty one
  int pid() const { return process_->pid(); }
  ~PostgresServer();

 private:
  std::string url(const std::string& database) const;
  bool start();

  TempDir dir_;
  bool syncs_to_disk_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Process> process_;
  int databases_ = 0;
};

// Where a test's store is to be: a file in its folder or, where CARNET_TEST_POSTGRES is set, a database.
std::string new_store_place(const TempDir& dir);

}  // namespace carnet::test
