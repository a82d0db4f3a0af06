#include "tests/postgres.hpp"

#include <arpa/inet.h>
#include <grp.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>

namespace carnet::test {

namespace {

constexpr int start_milliseconds = 60'000, look_every = 20;

// Debian keeps the server's programs beside each other, by version.
std::string program(const std::string& name) {
  std::string found;
  for (auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql"))
    if (auto path = version.path() / "bin" / name; std::filesystem::exists(path)) found = std::max(found, path.string());
  if (found.empty()) throw std::runtime_error("PostgreSQL's " + name + " is not installed: tests/install.sh installs it");
  return found;
}

const passwd* unprivileged() {
  auto* user = getpwnam("postgres");
  return user ? user : getpwnam("nobody");
}

// PostgreSQL refuses to run as root, and here it does not outlive the tests.
void become_unprivileged() {
  if (geteuid() == 0) {
    auto* user = unprivileged();
    if (setgroups(0, nullptr) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0) _exit(71);
  }
  prctl(PR_SET_PDEATHSIG, SIGQUIT);
  if (chdir("/") != 0) _exit(71);
}

}  // namespace

PostgresServer& PostgresServer::running() {
  static PostgresServer server;
  return server;
}

PostgresServer::PostgresServer(bool syncs_to_disk) : syncs_to_disk_(syncs_to_disk) {
  auto place = std::filesystem::path(dir_.file("")).parent_path().string();
  if (geteuid() == 0 && chown(place.c_str(), unprivileged()->pw_uid, unprivileged()->pw_gid) != 0) throw std::runtime_error("the folder of PostgreSQL cannot be given away");
  auto made = run({program("initdb"), "-D", dir_.file("data"), "-U", "carnet", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"}, become_unprivileged);
  if (made.code != 0) throw std::runtime_error("initdb: " + made.err);
  for (int attempt = 0; attempt < 3; ++attempt)
    if (start()) return;
  throw std::runtime_error("PostgreSQL does not start: " + process_->wait().err);
}

// False where somebody else took the port meanwhile.
bool PostgresServer::start() {
  port_ = free_port();
  std::vector<std::string> command{program("postgres"), "-D", dir_.file("data")};
  for (auto& setting : {"listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200", syncs_to_disk_ ? "fsync=on" : "fsync=off", "log_min_messages=fatal"}) command.insert(command.end(), {"-c", setting});
  command.insert(command.end(), {"-c", "port=" + std::to_string(port_)});
  process_ = std::make_unique<Process>(command, become_unprivileged);
  for (int waited = 0; waited < start_milliseconds; waited += look_every) {
    if (PQping(url("postgres").c_str()) == PQPING_OK) return true;
    if (process_->ends_within(std::chrono::milliseconds(1))) return false;
    poll(nullptr, 0, look_every);
  }
  return false;
}

PostgresServer::~PostgresServer() {
  process_->signal(SIGQUIT);
  process_->wait();
}

std::string PostgresServer::url(const std::string& database) const { return "postgresql://carnet@127.0.0.1:" + std::to_string(port_) + "/" + database; }

// A schema: a database of its own takes some megabytes to copy.
std::string PostgresServer::new_database() {
  auto name = "test" + std::to_string(++databases_);
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(url("postgres").c_str()), &PQfinish);
  std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), ("CREATE SCHEMA " + name).c_str()), &PQclear);
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) throw std::runtime_error(PQerrorMessage(connection.get()));
  return url("postgres") + "?options=-csearch_path%3D" + name;
}

std::string new_store_place(const TempDir& dir) { return getenv("CARNET_TEST_POSTGRES") ? PostgresServer::running().new_database() : dir.file("relay.db"); }

}  // namespace carnet::test
