// The work of the benchmarks: what municipal staff write in an evening, in weeks, in two years. Real domain tables, prose from a
// seeded vocabulary. And the content of a change: what an ideal protocol would have to carry.
#pragma once
#include <random>
#include <string>
#include <vector>

#include "tests/bench/prose.hpp"
#include "tests/village.hpp"
#include "tests/virtual_clock.hpp"

namespace carnet::bench {

class Work {
 public:
  // It begins that many seconds ago, as the devices' clocks see it; each write takes `pace` seconds, more or less.
  Work(std::uint64_t seed, std::int64_t seconds_ago, std::int64_t pace = 90) : prose_(seed), random_(seed), ahead_(-seconds_ago), pace_(pace) {}
  ~Work();

  // What stands before the case begins: two municipalities with questions and a plan, and a visit with `days` days of journal.
  void base(test::Device& device, int days);
  // One evening: a visit, 8 activities, 24 journal entries of 300 to 1,500 characters, 40 small updates, 3 deletes.
  void evening(test::Device& device);
  // Two years of a municipality: `rows` rows in all, of which journal entries hold about `text_bytes` of text.
  void years(test::Device& device, int rows, std::size_t text_bytes);
  // One small change of what stands: a score, a time, a status, a word at the end of an entry; often among the same few rows.
  void small_update(test::Device& device);
  // A sentence more at the end of a question or of a journal entry that stands.
  void go_on_with_a_text(test::Device& device);
  void one_score(test::Device& device);
  void wait_until(std::int64_t seconds_ago);

 private:
  std::int64_t pick(test::Device& device, const std::string& table);
  std::int64_t insert(test::Device& device, const std::string& table, const std::vector<std::pair<std::string, Value>>& fields);
  void entry(test::Device& device, std::int64_t visit, std::int64_t activity, const std::string& day, std::size_t min, std::size_t max);
  std::int64_t below(std::int64_t bound) { return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(bound)); }
  std::string day() { return "2025-0" + std::to_string(1 + below(9)) + "-" + std::to_string(10 + below(18)); }
  std::string time() { return (below(2) ? "0" : "1") + std::to_string(below(10)) + ":" + std::to_string(below(6)) + "0"; }

  void pass_time();

  Prose prose_;
  std::mt19937_64 random_;
  std::int64_t ahead_, pace_;
};

// All rows of a space as people see them.
using Snapshot = std::map<std::string, std::map<std::int64_t, std::map<std::string, Value>>>;
Snapshot snapshot(test::Device& device);
// The new values between two snapshots as minimal JSON: {"table":{"id":{"column":value}}}, null for a deleted row.
std::string content(const Snapshot& before, const Snapshot& after);
// Its size through `xz -9e`.
std::size_t xz_bytes(const std::string& content);

}  // namespace carnet::bench
