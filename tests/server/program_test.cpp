// The relay as a service: the program with its configuration, what it says to systemd, its log, a restart that nobody notices.
#include <catch2/catch.hpp>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "server/database.hpp"
#include "tests/doors/caller.hpp"
#include "tests/log_lines.hpp"
#include "tests/postgres.hpp"
#include "tests/process.hpp"
#include "tests/temp_dir.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

constexpr int first_handle = 3;  // of what systemd hands over

// A relay that was initialised in a folder, and a listening socket and a place for its words, as systemd has them.
class Service {
 public:
  Service() : listening_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), words_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof here;
    sockaddr_un there{};
    there.sun_family = AF_UNIX;
    std::strcpy(there.sun_path, dir.file("words").c_str());
    bool ready = bind(listening_, reinterpret_cast<sockaddr*>(&here), size) == 0 && listen(listening_, 128) == 0 &&
                 getsockname(listening_, reinterpret_cast<sockaddr*>(&here), &size) == 0 && bind(words_, reinterpret_cast<sockaddr*>(&there), sizeof there) == 0;
    if (!ready) throw std::runtime_error("no sockets");
    port = ntohs(here.sin_port);
    must({"init"});
  }
  ~Service() {
    close(listening_);
    close(words_);
  }

  Ended carnet_relay(std::vector<std::string> words) const {
    words.insert(words.begin(), {CARNET_RELAY, "--store", store});
    return run(words);
  }
  std::string must(const std::vector<std::string>& words) const {
    auto ended = carnet_relay(words);
    if (ended.code != 0) throw std::runtime_error(words[0] + ": " + ended.err);
    return ended.out;
  }
  // Returns once it has said that it is ready.
  std::unique_ptr<Process> serve(std::vector<std::string> words = {"--plain"}) const {
    words.insert(words.begin(), {CARNET_RELAY, "--store", store, "serve"});
    auto started = std::make_unique<Process>(words, [this] {
      if (listening_ == first_handle) fcntl(first_handle, F_SETFD, 0);
      else dup2(listening_, first_handle);
      setenv("LISTEN_FDS", "1", 1);
      setenv("LISTEN_PID", std::to_string(getpid()).c_str(), 1);
      setenv("NOTIFY_SOCKET", dir.file("words").c_str(), 1);
    });
    char said[64];
    auto got = recv(words_, said, sizeof said, 0);
    if (std::string(said, got > 0 ? static_cast<std::size_t>(got) : 0) != "READY=1") throw std::runtime_error("not ready");
    return started;
  }
  std::string get(const std::string& path) const {
    Caller caller(port);
    caller.say("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    return caller.hear("");
  }

  TempDir dir;
  std::string store = dir.file("relay.db");
  std::uint16_t port = 0;

 private:
  int listening_, words_;
};

Ended with_config(const Service& service, const std::string& text, const std::string& command = "status") {
  std::ofstream(service.dir.file("relay.toml")) << text;
  return service.carnet_relay({"--config", service.dir.file("relay.toml"), command});
}

std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// The options that a file may hold, with their defaults, as the help tells them.
std::map<std::string, std::string> options_of_help(const std::string& help) {
  std::map<std::string, std::string> all;
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) {
    auto at = line.find("  --"), end = line.find_first_of(" ,", at + 4);
    if (at == line.npos) continue;
    auto name = line.substr(at + 4, end - at - 4);
    std::istringstream rest(line.substr(end));
    std::string word, value;
    while (rest >> word && word.find_first_of("=") == word.npos && value.empty()) value.clear();
    if (auto equals = word.find('='); equals != word.npos) value = word.substr(equals + 1);
    all[name] = value;
  }
  return all;
}

}  // namespace

TEST_CASE("no request is refused while the program is replaced, again and again") {
  Service service;
  auto program = service.serve();
  std::atomic<bool> done = false;
  std::atomic<int> answered = 0, failed = 0;
  std::thread caller([&] {
    while (!done) {
      bool well = service.get("/healthz").starts_with("HTTP/1.1 200");
      ++(well ? answered : failed);
    }
  });
  for (int k = 0; k < 5; ++k) {
    for (int before = answered; answered < before + 20 && failed == 0;) std::this_thread::yield();
    program->signal(SIGTERM);
    CHECK(program->wait().code == 0);
    program = service.serve();
  }
  done = true;
  caller.join();
  program->signal(SIGTERM);
  CHECK(program->wait().code == 0);
  CHECK(failed == 0);
  CHECK(answered >= 100);
}

TEST_CASE("who was let in before a stop and says what they want after it is answered") {
  Service service;
  auto program = service.serve();
  Caller early(service.port);
  CHECK(service.get("/healthz").starts_with("HTTP/1.1 200"));  // which came later
  program->signal(SIGTERM);
  early.say("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  auto told = early.hear("");
  CHECK(told.starts_with("HTTP/1.1 200"));
  CHECK(program->wait().code == 0);
}

TEST_CASE("a relay that is handed two sockets says so and does not start") {
  Service service;
  auto ended = run({CARNET_RELAY, "--store", service.store, "serve"}, [] {
    setenv("LISTEN_FDS", "2", 1);
    setenv("LISTEN_PID", std::to_string(getpid()).c_str(), 1);
  });
  CHECK(ended.code == 70);
  CHECK(json_lines(ended.err).at(0)["why"].get<std::string>().find("listens on one socket") != std::string::npos);
}

TEST_CASE("every line that a session of the relay writes is one JSON object, its end and its faults too") {
  Service service;
  auto program = service.serve({"--plain", "--metrics-port", "0"});
  service.get("/healthz");
  service.get("/status");
  Caller caller(service.port);
  caller.say(post("hello"));
  caller.hear();
  program->signal(SIGHUP);
  program->signal(SIGTERM);
  std::vector<std::string> events;
  for (auto& line : json_lines(program->wait().err)) events.push_back(line.at("event"));
  CHECK(events == std::vector<std::string>{"listening", "exchange", "certificate_reloaded", "stopped"});
  auto failed = service.carnet_relay({"serve", "--address", "0.0.0.0", "--plain", "--port", "0"});
  CHECK(failed.code == 70);
  auto lines = json_lines(failed.err);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0]["event"] == "failed");
  CHECK(lines[0]["level"] == "error");
}

TEST_CASE("of the log, what lies below its level is left out") {
  Service service;
  auto words_at = [&](const std::string& level) {
    auto program = service.serve({"--plain"});
    program->signal(SIGTERM);
    program->wait();
    return service.carnet_relay({"--log-level", level, "serve", "--plain", "--address", "1.2.3.4"}).err.size();
  };
  CHECK(words_at("error") > 0);
  CHECK(service.carnet_relay({"--log-level", "loud", "status"}).code == 105);
}

TEST_CASE("a configuration says what the command line and the environment do not") {
  Service file, environment, line;
  for (auto* each : {&file, &environment, &line}) each->must({"space", "add", each == &file ? "of the file" : each == &environment ? "of the environment" : "of the line", "--kind", "hub"});
  std::ofstream(file.dir.file("relay.toml")) << "store = \"" + file.store + "\"\n";
  std::vector<std::string> with_file{CARNET_RELAY, "--config", file.dir.file("relay.toml"), "status"};
  auto in_environment = [&] { setenv("CARNET_RELAY_STORE", environment.store.c_str(), 1); };
  CHECK(run(with_file).out.find("of the file") != std::string::npos);
  CHECK(run(with_file, in_environment).out.find("of the environment") != std::string::npos);
  with_file.insert(with_file.end() - 1, {"--store", line.store});
  CHECK(run(with_file, in_environment).out.find("of the line") != std::string::npos);
}

TEST_CASE("a fault of the configuration is told with file, line, key and limit") {
  Service service;
  auto told = [&](const std::string& text) {
    auto ended = with_config(service, text);
    CHECK(ended.code == 70);
    return ended.err.substr(std::min(ended.err.size(), ended.err.find("relay.toml")));
  };
  CHECK(told("\nprot = 8440\n") == "relay.toml:2: prot: there is no such option; `carnet-relay serve --help` lists them\n");
  CHECK(told("port-file = \"x\"\n").starts_with("relay.toml:1: port-file: there is no such option"));
  CHECK(told("# x\n\nport = 65536\n") == "relay.toml:3: port: Value 65536 not in range 0 to 65535\n");
  CHECK(told("port = \"many\"\n").starts_with("relay.toml:1: port: "));
  CHECK(told("port = [1]\n") == "relay.toml:1: port: has one value: a text in quotes, a whole number, true or false\n");
  CHECK(told("plain = true\nport\n").starts_with("relay.toml:2: this is no TOML: "));
  CHECK(told("log-level = \"loud\"\n").starts_with("relay.toml:1: log-level: "));
  CHECK(service.carnet_relay({"--config", service.dir.file("nowhere.toml"), "status"}).err.find("nowhere.toml is not there") != std::string::npos);
}

TEST_CASE("each number of the configuration is taken at its limits and not beyond") {
  Service service;
  struct Bounds { const char* key; std::int64_t least, most; };
  for (auto& [key, least, most] : {Bounds{"port", 0, 65'535}, Bounds{"metrics-port", 0, 65'535}, Bounds{"max-devices", 1, 100'000}, Bounds{"max-of-address", 1, 100'000},
                                   Bounds{"connections", 1, 100}, Bounds{"max-body", 100'000, 1'000'000'000}, Bounds{"stall", 1, 3'600}}) {
    auto with = [&, key = key](std::int64_t value) { return with_config(service, std::string(key) + " = " + std::to_string(value)); };
    for (auto value : {least, most}) CHECK(with(value).code == 0);
    for (auto value : {least - 1, most + 1}) CHECK(with(value).err.find(std::string(key) + ": Value " + std::to_string(value) + " not in range ") != std::string::npos);
  }
}

TEST_CASE("the configuration that is shipped names every option of serve with its default, and is taken") {
  Service service;
  auto shipped = text_of(CARNET_SOURCE "/server/service/relay.toml");
  CHECK(with_config(service, shipped).code == 0);
  std::string uncommented, line;
  std::map<std::string, std::string> values;
  for (std::istringstream lines(shipped); std::getline(lines, line);) {
    if (line.starts_with("#") && !line.starts_with("# ")) line = line.substr(1);
    uncommented += line + "\n";
    if (auto at = line.find(" = "); at != line.npos && !line.starts_with("#")) values[line.substr(0, at)] = line.substr(at + 3);
  }
  CHECK(with_config(service, uncommented).code == 0);
  auto help = options_of_help(service.must({"serve", "--help"}));
  help.erase("help");
  help.erase("port-file");
  for (auto& [name, value] : help) {
    INFO(name);
    REQUIRE(values.contains(name));
    if (!value.empty()) CHECK((values[name] == value || values[name] == "\"" + value + "\""));
  }
}

TEST_CASE("certificate and key are named together") {
  Service service;
  auto ended = with_config(service, "certificate-key = \"/x\"\n", "serve");
  CHECK(ended.code == 70);
  CHECK(ended.err.find("go together") != std::string::npos);
}

TEST_CASE("verify says what is wrong and ends with a code") {
  Service service;
  service.must({"space", "add", "Ouinhi", "--kind", "hub"});
  CHECK(service.must({"verify"}).find("well") != std::string::npos);
  open_database(service.store)->exec("UPDATE space SET rows=7");
  auto ended = service.carnet_relay({"verify"});
  CHECK(ended.code == 65);
  CHECK(ended.out.find("rows and digest differ") != std::string::npos);
  CHECK(ended.out.find("0 rows with digest 0000000000000000 are there, 7 with 0000000000000000 were noted") != std::string::npos);
}

TEST_CASE("a store that was restored by other means begins a new life, and one in PostgreSQL is backed up by its own tools") {
  Service service;
  auto url = PostgresServer::running().new_database();
  auto relay = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {CARNET_RELAY, "--store", url, "--key", service.dir.file("other.key")});
    return run(words);
  };
  CHECK(relay({"init"}).code == 0);
  auto epoch = [&] { return nlohmann::json::parse(relay({"status", "--json"}).out)["epoch"].get<std::int64_t>(); };
  auto before = epoch();
  CHECK(relay({"new-life"}).out.find("devices give back what it lacks") != std::string::npos);
  CHECK(epoch() > before);
  auto backup = relay({"backup", service.dir.file("copy")});
  CHECK(backup.code == 70);
  CHECK(backup.err.find("pg_dump") != std::string::npos);
}

TEST_CASE("a link to the page of how things stand is for admins, and for browsers") {
  Service service;
  service.must({"space", "add", "Ouinhi", "--kind", "hub"});
  service.must({"person", "add", "Sika"});
  auto link = [&](const std::string& address) { return service.carnet_relay({"status-link", "Sika", "--address", address}); };
  CHECK(link("https://relay.example.org").err.find("admin of no space") != std::string::npos);
  service.must({"member", "add", "Sika", "Ouinhi", "--role", "admin", "--yes"});
  CHECK(link("carnet://relay.example.org").code == 105);
  auto program = service.serve();
  auto printed = link("http://127.0.0.1:" + std::to_string(service.port)).out;
  auto token = printed.substr(printed.find("/status?token="));
  token.pop_back();
  CHECK(service.get(token).find("Set-Cookie") != std::string::npos);
  service.must({"status-link", "Sika", "--revoke"});
  CHECK(service.get(token).starts_with("HTTP/1.1 401"));
  for (auto* days : {"1", "365"}) CHECK(service.carnet_relay({"status-link", "Sika", "--address", "https://x", "--days", days}).code == 0);
  for (auto* days : {"0", "366"}) CHECK(service.carnet_relay({"status-link", "Sika", "--address", "https://x", "--days", days}).code == 105);
  program->signal(SIGTERM);
  CHECK(program->wait().code == 0);
}

TEST_CASE("root writes nothing into the folder of another user") {
  Service service;
  CHECK(service.carnet_relay({"status"}).code == 0);
  if (geteuid() != 0) return;  // nobody else could
  REQUIRE(chown(std::filesystem::path(service.store).parent_path().c_str(), 65'534, 65'534) == 0);
  auto ended = service.carnet_relay({"status"});
  CHECK(ended.code == 70);
  CHECK(ended.err.find("belongs to another user") != std::string::npos);
}
