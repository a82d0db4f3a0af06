// What a page waits for at `carnet serve`, through its socket: the start of the process, a save, a list.
//   bench_serve [rows]
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <vector>

#include "core/domain.hpp"
#include "core/replica.hpp"
#include "tests/doors/caller.hpp"
#include "tests/temp_dir.hpp"

using namespace carnet;
using namespace carnet::test;
using nlohmann::json;

namespace {

constexpr int starts = 15, saves = 300, lists = 30;

double milliseconds(const std::function<void()>& work) {
  auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

double part(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

void print(const std::string& what, const std::vector<double>& values) {
  fmt::print("{:<50} median {:7.2f} ms   p95 {:7.2f} ms\n", what, part(values, 0.5), part(values, 0.95));
}

// Questions, factors, activities and journal entries of several visits, one third of the entries with a text that was changed.
void fill(const std::string& path, int rows) {
  Replica replica(path, domain(), DeviceId{3});
  replica.add_space(SpaceId{1}, "Ouinhi-Laarne", "partnership");
  replica.set("policy", "manual");
  auto& db = replica.database();
  auto insert = [&](int count, const std::string& sql) {
    db.exec("WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k+1 FROM n WHERE k<" + std::to_string(count) + ") " + sql);
  };
  constexpr auto text = "replace(hex(zeroblob(20)),'0','Le marché du samedi. ')||k";
  insert(10, "INSERT INTO visit(space,title,starts_on) SELECT 1,'Visite '||k,'2025-03-10' FROM n");
  insert(rows / 10, std::string("INSERT INTO learning_question(space,wording) SELECT 1,") + text + " FROM n");
  insert(rows / 5, std::string("INSERT INTO factor(space,description,score,comments) SELECT 1,'Facteur '||k,1+k%10,") + text + " FROM n");
  insert(rows * 3 / 10, "INSERT INTO activity(space,visit,day,title) SELECT 1,(SELECT min(id) FROM visit)+k%10,'2025-03-10','Activité '||k FROM n");
  insert(rows * 4 / 10, std::string("INSERT INTO journal_entry(space,visit,day,learned) SELECT 1,(SELECT min(id) FROM visit)+k%10,'2025-03-10',") + text + " FROM n");
  replica.collect();
  replica.note_sent(SpaceId{1}, replica.space(SpaceId{1}).seq, 1);
  replica.acknowledge(SpaceId{1}, replica.space(SpaceId{1}).seq);
  db.exec("UPDATE journal_entry SET learned=learned||' Demain aussi.' WHERE id%3=0");
  replica.collect();
  db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
}

// The program, until the object goes.
class Program {
 public:
  explicit Program(const std::string& home) {
    int pipe[2];
    if (pipe2(pipe, O_CLOEXEC) != 0 || (pid_ = fork()) < 0) throw std::runtime_error("no process");
    if (pid_ == 0) {
      dup2(pipe[1], 1);
      execl(CARNET, CARNET, "--home", home.c_str(), "serve", "--port", "0", nullptr);
      _exit(127);
    }
    close(pipe[1]);
    for (char c; read(pipe[0], &c, 1) == 1 && c != '\n';) address_ += c;
    close(pipe[0]);
    if (address_.find("key=") == std::string::npos) throw std::runtime_error("no pages");
    port = static_cast<std::uint16_t>(std::stoi(address_.substr(address_.rfind(':') + 1)));
    caller_ = std::make_unique<Caller>(port);
  }
  ~Program() {
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
  }
  // Over one connection, as browsers do.
  std::string ask(const std::string& method, const std::string& target, const std::string& body = "") {
    auto host = "127.0.0.1:" + std::to_string(port);
    auto length = method == "GET" ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n";
    caller_->say(method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\nOrigin: http://" + host + "\r\nContent-Type: application/json\r\nCookie: carnet_" + std::to_string(port) + "=" +
                 address_.substr(address_.find("key=") + 4) + "\r\n" + length + "\r\n" + body);
    auto heard = caller_->hear();
    auto end = heard.find("\r\n\r\n") + 4;
    auto wanted = end + std::stoul(heard.substr(heard.find("Content-Length: ") + 16));
    while (heard.size() < wanted) heard += caller_->hear_some();
    if (!heard.starts_with("HTTP/1.1 20")) throw std::runtime_error(heard);
    return heard.substr(end);
  }
  std::uint16_t port = 0;

 private:
  pid_t pid_;
  std::string address_;
  std::unique_ptr<Caller> caller_;
};

void start_cold(const std::string& home) {
  std::vector<double> device, page;
  for (int round = 0; round < starts; ++round) {
    std::unique_ptr<Program> program;
    auto begun = std::chrono::steady_clock::now();
    auto since = [&] { return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count(); };
    program = std::make_unique<Program>(home);
    program->ask("GET", "/api/device");
    device.push_back(since());
    for (auto* file : {"/", "/app.js", "/app.css", "/api/schema", "/api/rows?table=visit,activity&limit=1000"}) program->ask("GET", file);
    page.push_back(since());
  }
  print("process to first answered /api/device", device);
  print("process to all that a first page shows", page);
}

void save_and_list(Program& program, int rows) {
  auto entries = json::parse(program.ask("GET", "/api/rows?table=journal_entry&limit=" + std::to_string(saves)))["journal_entry"];
  auto factors = json::parse(program.ask("GET", "/api/rows?table=factor&limit=" + std::to_string(saves)))["factor"];
  std::vector<double> texts, scores, first;
  for (int k = 0; k < saves; ++k) {
    auto entry = entries[static_cast<std::size_t>(k) % entries.size()], factor = factors[static_cast<std::size_t>(k) % factors.size()];
    auto path = "/api/rows/" + entry["id"].dump();
    auto version = json::parse(program.ask("GET", path))["versions"]["learned"];
    auto body = json{{"fields", {{"learned", entry["learned"].get<std::string>() + " Et le soir, la pluie."}}}, {"opened_at", {{"learned", version}}}}.dump();
    texts.push_back(milliseconds([&] { program.ask("PATCH", path, body); }));
    scores.push_back(milliseconds([&] { program.ask("PATCH", "/api/rows/" + factor["id"].dump(), R"({"fields":{"score":)" + std::to_string(1 + (k + 5) % 10) + "}}"); }));
  }
  print("PATCH of a text", texts);
  print("PATCH of a score", scores);
  std::vector<double> many, owned;
  auto visit = json::parse(program.ask("GET", "/api/rows?table=visit&limit=1"))["visit"][0]["id"].dump();
  for (int k = 0; k < lists; ++k) {
    many.push_back(milliseconds([&] { program.ask("GET", "/api/rows?table=journal_entry&limit=1000"); }));
    owned.push_back(milliseconds([&] { program.ask("GET", "/api/rows?table=journal_entry&visit=" + visit); }));
  }
  print("GET of 1,000 rows", many);
  print(fmt::format("GET of the {} entries of one visit", rows * 4 / 100), owned);
}

}  // namespace

int main(int argc, char** argv) {
  int rows = argc > 1 ? std::atoi(argv[1]) : 10'000;
  TempDir dir;
  auto home = dir.file("home");
  std::filesystem::create_directories(home);
  fill(home + "/carnet.db", rows);
  fmt::print("{} rows\n", rows);
  start_cold(home);
  Program program(home);
  save_and_list(program, rows);
}
