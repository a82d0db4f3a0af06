#include "tests/crash/programs.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>

namespace carnet::test {

namespace fs = std::filesystem;

Town::Town(const std::vector<std::string>& devices, std::string store) : store_(std::move(store)) {
  relay_run({"init"});
  relay_run({"space", "add", "town"});
  for (auto& device : devices) relay_run({"device", "add", device, "--space", "town"});
  start_relay();
  for (auto& device : devices) init(device);
}

std::vector<std::string> Town::relay_command(const std::vector<std::string>& arguments) const {
  std::vector<std::string> all{CARNET_RELAY, "--store", store()};
  if (!store_.empty()) all.insert(all.end(), {"--key", dir.file("relay.db.key")});
  all.insert(all.end(), arguments.begin(), arguments.end());
  return all;
}

void Town::start_relay(const Process::Prepare& prepare, const std::vector<std::string>& wrapper) { relay = serve(port, prepare, wrapper); }

// It tells its port through a pipe once it listens.
std::unique_ptr<Process> Town::serve(int& at_port, const Process::Prepare& prepare, const std::vector<std::string>& wrapper) {
  auto pipe = dir.file("port");
  fs::remove(pipe);
  mkfifo(pipe.c_str(), 0600);
  int file = open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  auto all = wrapper;
  for (auto& word : relay_command({"serve", "--port", std::to_string(at_port), "--port-file", pipe})) all.push_back(word);
  auto started = std::make_unique<Process>(all, prepare);
  pollfd tells{file, POLLIN, 0};
  char text[16] = {};
  bool told = poll(&tells, 1, 20'000) == 1 && read(file, text, sizeof text - 1) > 0;
  close(file);
  fs::remove(pipe);
  if (!told) throw std::runtime_error("the relay does not start: " + started->kill_after({}).err);
  at_port = std::atoi(text);
  return started;
}

void Town::meet(const std::string& device, int at_port) {
  get(database(device), "UPDATE carnet_setting SET value='carnet://127.0.0.1:" + std::to_string(at_port) + "' WHERE name='address'");
}

void Town::stop_relay() {
  relay->signal(SIGTERM);
  relay->wait();
  relay.reset();
}

std::vector<std::string> Town::command(const std::string& device, std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), {CARNET, "--home", home(device)});
  return arguments;
}

std::string Town::invite(const std::string& device) {
  auto text = relay_run({"invite", device, "--address", address()}).out;
  text.pop_back();
  return text;
}

void Town::init(const std::string& device) { on(device, {"init", "--invite", invite(device)}); }

std::string Town::get(const std::string& database, const std::string& query) {
  sqlite3* db = nullptr;
  sqlite3_open_v2(database.c_str(), &db, SQLITE_OPEN_READWRITE, nullptr);
  sqlite3_busy_timeout(db, 10'000);
  std::string text;
  auto add = [](void* to, int, char** values, char**) { return static_cast<std::string*>(to)->append(values[0] ? values[0] : "null"), 0; };
  if (sqlite3_exec(db, query.c_str(), add, &text, nullptr) != SQLITE_OK) text = sqlite3_errmsg(db);
  sqlite3_close(db);
  return text;
}

std::string Town::digest(const std::string& device) const {
  auto status = nlohmann::json::parse(on(device, {"--json", "status"}).out, nullptr, false);
  return status.is_discarded() ? "none" : status["spaces"][0]["digest"].get<std::string>();
}

std::string Town::digest_of_relay() const { return nlohmann::json::parse(relay_run({"status", "--json"}).out)["spaces"][0]["digest"].get<std::string>(); }

void copy_folder(const std::string& from, const std::string& to) {
  fs::remove_all(to);
  fs::copy(from, to, fs::copy_options::recursive);
}

std::uint64_t seed() {
  static const auto chosen = [] {
    auto* given = std::getenv("CARNET_SEED");
    auto number = given ? std::strtoull(given, nullptr, 10) : 20'250'310;
    std::fprintf(stderr, "CARNET_SEED=%llu\n", static_cast<unsigned long long>(number));
    return number;
  }();
  return chosen;
}

}  // namespace carnet::test
