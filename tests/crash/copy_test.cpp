// A database that is copied to another machine, or put back from yesterday, speaks with the number of one that goes on.
#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "tests/crash/programs.hpp"

using namespace carnet::test;

namespace {

std::string add(Town& town, const std::string& device, const std::string& wording) {
  auto id = town.on(device, {"add", "learning_question", "wording=" + wording}).out;
  return id.substr(0, id.find('\n'));
}

void edit(Town& town, const std::string& device, const std::string& id, const std::string& wording) {
  CHECK(town.on(device, {"edit", id, "wording=" + wording}).code == 0);
}

std::map<std::string, int> wordings(Town& town, const std::string& device) {
  std::map<std::string, int> all;
  for (auto& row : nlohmann::json::parse(town.on(device, {"--json", "list", "learning_question"}).out)) ++all[row["wording"].get<std::string>()];
  return all;
}

void settle(Town& town, const std::vector<std::string>& devices) {
  for (int round = 0; round < 2; ++round)
    for (auto& device : devices) {
      auto ended = town.sync(device);
      INFO(device << ": " << ended.out << ended.err);
      CHECK(ended.code == 0);
    }
  for (auto& device : devices) {
    CHECK(town.digest(device) == town.digest_of_relay());
    CHECK(town.on(device, {"verify"}).code == 0);
  }
  CHECK(town.relay_run({"verify"}).code == 0);
}

std::string number(Town& town, const std::string& device) { return Town::get(town.database(device), "SELECT device FROM carnet_self"); }

// Without what is secret of them.
std::string held_keys(Town& town, const std::string& device) {
  std::ifstream from(town.database(device) + ".key");
  std::string line, all;
  while (std::getline(from, line))
    if (!line.starts_with("space ")) all += line.substr(0, line.find(' ', line.find(' ') + 1));
  return all;
}

}  // namespace

TEST_CASE("two databases with one number: the one that comes second takes another, and both keep all that they wrote") {
  Town town({"ouinhi", "laarne"});
  auto known = add(town, "ouinhi", "known");
  add(town, "ouinhi", "left as it is");
  town.sync("ouinhi");
  add(town, "ouinhi", "unsent when it was copied");
  copy_folder(town.home("ouinhi"), town.home("twin"));
  edit(town, "ouinhi", known, "known, edited here");
  edit(town, "twin", known, "also known");
  auto question = add(town, "twin", "with a part");
  CHECK(town.on("twin", {"add", "sub_question", "question=" + question, "text=part", "priority=must"}).code == 0);
  for (int k = 0; k < 3; ++k) {
    add(town, "ouinhi", "ouinhi " + std::to_string(k));
    add(town, "twin", "twin " + std::to_string(k));
  }
  settle(town, {"ouinhi", "twin", "laarne"});
  CHECK(number(town, "ouinhi") == "1");
  CHECK(number(town, "twin") == "3");
  CHECK(held_keys(town, "twin") == "key 3");
  auto all = wordings(town, "laarne");
  for (auto* once : {"left as it is", "unsent when it was copied", "with a part", "ouinhi 0", "ouinhi 1", "ouinhi 2", "twin 0", "twin 1", "twin 2"}) CHECK(all[once] == 1);
  CHECK(all["also known, edited here"] == 1);
  CHECK(nlohmann::json::parse(town.on("laarne", {"--json", "reread"}).out).size() == 1);
  auto part = nlohmann::json::parse(town.on("laarne", {"--json", "list", "sub_question"}).out)[0];
  auto whole = nlohmann::json::parse(town.on("laarne", {"--json", "list", "learning_question"}).out);
  CHECK(std::any_of(whole.begin(), whole.end(), [&](auto& row) { return row["id"] == part["question"] && row["wording"] == "with a part"; }));
  for (auto* device : {"ouinhi", "twin"}) add(town, device, std::string("later ") + device);
  settle(town, {"ouinhi", "twin", "laarne"});
  CHECK(wordings(town, "ouinhi") == wordings(town, "twin"));
  CHECK(number(town, "ouinhi") == "1");
}

TEST_CASE("a database that was copied, or put back as it was, is noticed when it is opened, once") {
  Town town({"ouinhi"});
  add(town, "ouinhi", "known");
  CHECK(town.on("ouinhi", {"status"}).err == "");
  copy_folder(town.home("ouinhi"), town.home("twin"));
  CHECK(town.on("twin", {"status"}).err.find("copied, moved or put back") != std::string::npos);
  CHECK(town.on("twin", {"status"}).err == "");
  for (int k = 0; k < 3; ++k) add(town, "ouinhi", "since");
  CHECK(town.on("ouinhi", {"status"}).err == "");
  for (auto* part : {"carnet.db", "carnet.db-wal"})
    if (std::filesystem::exists(town.home("twin") + "/" + part))
      std::ofstream(town.home("ouinhi") + "/" + part, std::ios::binary) << std::ifstream(town.home("twin") + "/" + part, std::ios::binary).rdbuf();  // the file stays the same
  CHECK(town.on("ouinhi", {"status"}).err.find("copied, moved or put back") != std::string::npos);
}

TEST_CASE("however many changes either wrote, a copy is noticed before anything of it is merged") {
  for (int ours : {1, 3})
    for (int theirs : {1, 2, 3, 4}) {
      Town town({"ouinhi"});
      town.sync("ouinhi");
      copy_folder(town.home("ouinhi"), town.home("twin"));
      for (int k = 0; k < ours; ++k) add(town, "ouinhi", "ouinhi " + std::to_string(k));
      for (int k = 0; k < theirs; ++k) add(town, "twin", "twin " + std::to_string(k));
      settle(town, {"ouinhi", "twin"});
      CHECK(wordings(town, "ouinhi").size() == static_cast<std::size_t>(ours + theirs));
      CHECK(number(town, "twin") == "2");
    }
}

TEST_CASE("a database put back from yesterday gets back what it had sent since, and what it writes takes nobody's place") {
  Town town({"ouinhi", "laarne"});
  add(town, "ouinhi", "of yesterday");
  town.sync("ouinhi");
  copy_folder(town.home("ouinhi"), town.dir.file("backup"));
  for (int k = 0; k < 5; ++k) add(town, "ouinhi", "since " + std::to_string(k));
  settle(town, {"ouinhi", "laarne"});
  copy_folder(town.dir.file("backup"), town.home("ouinhi"));
  for (int k = 0; k < 2; ++k) add(town, "ouinhi", "after " + std::to_string(k));
  settle(town, {"ouinhi", "laarne"});
  auto all = wordings(town, "laarne");
  CHECK(all.size() == 8);
  for (auto& [wording, count] : all) CHECK(count == 1);
  CHECK(number(town, "ouinhi") == "3");
}

TEST_CASE("a copy that is killed anywhere while it takes its number loses nothing") {
  std::mt19937_64 random(seed());
  Town town({"ouinhi"});
  for (int k = 0; k < 20; ++k) add(town, "ouinhi", "known " + std::to_string(k));
  town.sync("ouinhi");
  copy_folder(town.home("ouinhi"), town.home("twin"));
  add(town, "ouinhi", "ouinhi");
  add(town, "twin", "twin");
  town.sync("ouinhi");
  auto usual = town.sync("ouinhi").took;
  for (int k = 0; k < 25; ++k) Process(town.command("twin", {"sync"})).kill_after(Microseconds(random() % static_cast<std::uint64_t>(3 * usual.count())));
  settle(town, {"twin", "ouinhi"});
  auto all = wordings(town, "ouinhi");
  CHECK(all.size() == 22);
  for (auto& [wording, count] : all) CHECK(count == 1);
}
