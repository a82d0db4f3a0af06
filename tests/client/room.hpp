// Where the pages' API is tried: one office, two that share their rows, or the sample.
#pragma once
#include "tests/client/office.hpp"

namespace carnet::test {

// An office with a replica of a village.
struct Room {
  Village village;
  Office office{village};

  std::int64_t question(const std::string& wording = "Comment ?") { return office.add("learning_question", {{"wording", wording}}); }
  std::int64_t sub_question(std::int64_t question) { return office.add("sub_question", {{"question", question}, {"text", "Quoi ?"}}); }
  std::size_t count(const std::string& table) { return office.get("/api/rows?table=" + table)[table.c_str()].size(); }
  std::int64_t fresh_id() { return office.post("/api/ids", {{"count", 1}})["ids"][0]; }
  void speak(const std::string& language) { office.home.replica()->set("language", language); }
};

// Two devices that share their rows.
struct Neighbours : Room {
  Office other{village, 2};
  void meet() { village.settle(); }
};

// What the pages show whoever looks around first.
struct Sample {
  TempDir dir;
  Office office{dir.file("home")};
  Sample() {
    if (office.post("/api/sample").status != 201) throw std::runtime_error("no sample");
  }
  nlohmann::json rows(const std::string& table) { return office.get("/api/rows?table=" + table)[table.c_str()]; }
};

}  // namespace carnet::test
