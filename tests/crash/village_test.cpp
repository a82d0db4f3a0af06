// Ten devices of a village for a month without the relay: what they write goes from hand to hand by files and over the local network, in random order; then
// one of them meets the relay, and then the others. The programs themselves, on days that pass by a clock of the test's own.
#include <catch2/catch.hpp>

#include <unistd.h>

#include <map>
#include <set>

#include <fmt/format.h>

#include "tests/crash/programs.hpp"

using namespace carnet::test;

namespace {

constexpr int devices = 10, days = 30, contested = 8, writes_a_day = 2, exchanges_a_day = 3;

class Month {
 public:
  Month() {
    for (auto& name : names_) sync(name);
    for (int k = 0; k < contested; ++k) add(names_[0], fmt::format("contested {}", k));
    on(names_[0], {"add", "learning_question", "wording=Premier paragraphe.\n\nDernier paragraphe."});
    for (int round = 0; round < 2; ++round)
      for (auto& name : names_) sync(name);
    town.stop_relay();
  }

  static std::vector<std::string> all_names() {
    std::vector<std::string> names;
    for (int k = 0; k < devices; ++k) names.push_back(fmt::format("d{}", k));
    return names;
  }
  const std::string& somebody() { return names_[random_() % names_.size()]; }
  const std::string& somebody_else(const std::string& than) {
    for (;;)
      if (auto& other = somebody(); other != than) return other;
  }

  Process::Prepare today() const {
    return [day = day_] {
      setenv("LD_PRELOAD", CARNET_WRONG_CLOCK, 1);
      setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 1);
      setenv("CARNET_TEST_AHEAD", std::to_string(day * 86'400).c_str(), 1);
    };
  }
  Ended on(const std::string& device, const std::vector<std::string>& arguments) {
    auto ended = run(town.command(device, arguments), today());
    INFO(device << " " << arguments.front() << ": " << ended.code << " " << ended.out << ended.err);
    CHECK(ended.code == 0);
    return ended;
  }
  void sync(const std::string& device) { on(device, {"sync"}); }
  void add(const std::string& device, const std::string& name) {
    on(device, {"add", "organisation", "kind=municipality", "name=" + name});
    written_.insert(name);
  }
  void edit(const std::string& device, const std::string& name, const std::string& field) {
    auto id = Town::get(town.database(device), "SELECT id FROM organisation WHERE name='" + name + "'");
    on(device, {"edit", id, field});
  }

  void pass_day() {
    ++day_;
    for (int k = 0; k < writes_a_day; ++k) add(somebody(), fmt::format("day {}, {}", day_, k));
    if (day_ % 3 == 1 && day_ / 3 < contested) contest(day_ / 3);
    if (day_ == 5) write_both_ends();
    for (int k = 0; k < exchanges_a_day; ++k) exchange();
  }
  // Two who do not know of each other.
  void contest(int number) {
    auto& a = somebody();
    auto& b = somebody_else(a);
    auto name = fmt::format("contested {}", number);
    edit(a, name, fmt::format("website=site-{}", 1'000 + number));
    edit(b, name, fmt::format("website=site-{}", 2'000 + number));
  }
  void write_both_ends() {
    auto& a = somebody();
    auto& b = somebody_else(a);
    auto id = Town::get(town.database(a), "SELECT id FROM learning_question");
    on(a, {"edit", id, "wording=Premier paragraphe, du matin.\n\nDernier paragraphe."});
    on(b, {"edit", id, "wording=Premier paragraphe.\n\nDernier paragraphe, du soir."});
  }

  void exchange() {
    auto& a = somebody();
    auto& b = somebody_else(a);
    random_() % 2 ? by_stick(a, b) : meet(a, b);
  }
  void by_stick(const std::string& from, const std::string& to) {
    auto file = town.dir.file("stick.carnet");
    on(from, {"bundle", "write", file, "--for", "town"});
    on(to, {"bundle", "read", file});
    ++sticks;
  }
  void meet(const std::string& caller, const std::string& called) {
    auto port = std::to_string(free_port());
    Process listens(town.command(called, {"near", "--once", "--unannounced", "--listen", "127.0.0.1", "--port", port}), today());
    Ended called_up;
    for (int k = 0; k < 500 && called_up.code != 0; ++k) called_up = run(town.command(caller, {"near", "127.0.0.1:" + port}), today());  // until that listens
    INFO(called_up.out << called_up.err);
    CHECK(called_up.code == 0);
    auto ended = listens.wait();
    CHECK(ended.code == 0);
    CHECK(digest(caller) == digest(called));
    ++meetings;
  }

  std::string digest(const std::string& device) const { return Town::get(town.database(device), "SELECT digest FROM carnet_space"); }
  std::set<std::string> rows(const std::string& device) const {
    std::set<std::string> names;
    auto all = Town::get(town.database(device), "SELECT group_concat(name,char(10)) FROM organisation");
    for (std::size_t at = 0, end; at < all.size(); at = end + 1) {
      end = std::min(all.find('\n', at), all.size());
      names.insert(all.substr(at, end - at));
    }
    return names;
  }
  // Of each contested cell, both values.
  std::set<std::string> conflicts(const std::string& device) {
    std::set<std::string> seen;
    for (auto& conflict : nlohmann::json::parse(on(device, {"--json", "conflicts"}).out)) {
      auto text = conflict.dump();
      for (int k = 0; k < contested; ++k)
        if (text.find("site-" + std::to_string(1'000 + k)) != std::string::npos && text.find("site-" + std::to_string(2'000 + k)) != std::string::npos) seen.insert(std::to_string(k));
    }
    return seen;
  }
  const std::set<std::string>& written() const { return written_; }
  const std::vector<std::string>& names() const { return names_; }

  int sticks = 0, meetings = 0;

 private:
  const std::vector<std::string> names_ = all_names();

 public:
  Town town{names_};

 private:
  std::mt19937_64 random_{seed()};
  std::set<std::string> written_;
  int day_ = 0;
};

}  // namespace

TEST_CASE("ten devices that exchange by stick and Wi-Fi for a month are all equal once they have met the relay, every conflict is seen and nothing is lost") {
  Month month;
  for (int day = 0; day < days; ++day) month.pass_day();
  INFO(month.sticks << " sticks, " << month.meetings << " meetings");
  CHECK(month.sticks > 20);
  CHECK(month.meetings > 20);
  month.town.start_relay(month.today());
  auto& first = month.names().back();
  auto held = month.rows(first);
  month.sync(first);
  CHECK(month.rows(first) == held);
  CHECK(month.town.digest_of_relay() == month.town.digest(first));  // what it had of all reached the relay with it
  for (int round = 0; round < 2; ++round)
    for (auto& name : month.names()) month.sync(name);
  std::set<std::string> all_contested;
  for (int k = 0; k < contested; ++k) all_contested.insert(std::to_string(k));
  auto at_relay = month.town.digest_of_relay();
  for (auto& name : month.names()) {
    CAPTURE(name);
    CHECK(month.town.digest(name) == at_relay);
    CHECK(month.rows(name) == month.written());
    CHECK(month.conflicts(name) == all_contested);
    CHECK(Town::get(month.town.database(name), "SELECT wording FROM learning_question") == "Premier paragraphe, du matin.\n\nDernier paragraphe, du soir.");
    CHECK(Town::get(month.town.database(name), "SELECT count(*) FROM carnet_quarantine") == "0");
  }
  month.town.stop_relay();
}
