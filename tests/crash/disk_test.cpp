// A disk that is full, on either side. A limit on the size of files does it everywhere (the error is EFBIG); a small file system of its own,
// which is the true ENOSPC, where this machine lets users mount one.
#include <catch2/catch.hpp>

#include <csignal>
#include <filesystem>
#include <functional>

#include "tests/crash/programs.hpp"

using namespace carnet::test;

namespace {

std::string long_text(char c) { return "wording=" + std::string(480, c); }

void fill(Town& town, const std::string& device, int rows) {
  Town::get(town.database(device), "WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k+1 FROM n WHERE k<" + std::to_string(rows) + ") "
                                   "INSERT INTO learning_question(space,wording) SELECT 1,hex(randomblob(200)) FROM n");
}

// The relay's store is full while `make_room` was not called.
void live_through_a_full_relay(Town& town, const std::string& said, const std::function<void()>& make_room) {
  fill(town, "ouinhi", 4'000);
  auto refused = town.sync("ouinhi");
  CAPTURE(refused.out, refused.err);
  CHECK(refused.code == 75);
  CHECK(refused.err.find(said) != std::string::npos);
  CHECK(refused.err.find("nothing is lost") != std::string::npos);
  CHECK(nlohmann::json::parse(town.on("ouinhi", {"--json", "status"}).out)["waiting"]["rows"] > 0);
  auto reads = town.sync("laarne");  // what stands there is still given
  CAPTURE(reads.out, reads.err);
  CHECK(reads.code == 0);
  CHECK(Town::get(town.database("laarne"), "SELECT count(*) FROM learning_question WHERE wording='before'") == "1");
  make_room();
  CHECK(town.sync("ouinhi").code == 0);
  CHECK(town.sync("laarne").code == 0);
  for (auto* device : {"ouinhi", "laarne"}) CHECK(town.digest(device) == town.digest_of_relay());
  CHECK(Town::get(town.database("laarne"), "SELECT count(*) FROM learning_question") == "4001");
  CHECK(town.relay_run({"verify"}).code == 0);
}

bool may_mount() { return run({"unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/tmp"}).code == 0; }

}  // namespace

TEST_CASE("a device whose disk is full says so, keeps what it had, and goes on when there is room") {
  Town town({"ouinhi", "laarne"});
  std::string promised;
  int rows = 0;
  Ended ended;
  auto limit = files_of_at_most(std::filesystem::file_size(town.database("ouinhi")) + 100'000);
  for (ended.code = 0; ended.code == 0 && rows < 1'000; rows += ended.code == 0) {
    ended = run(town.command("ouinhi", {"add", "learning_question", long_text('x')}), limit);
    if (rows == 2) fill(town, "ouinhi", 400);
  }
  fill(town, "laarne", 2'000);
  CAPTURE(ended.err);
  CHECK(ended.code == 73);
  CHECK(ended.err.find(town.database("ouinhi") + " cannot") != std::string::npos);
  CHECK(Town::integrity(town.database("ouinhi")) == "ok");
  CHECK(Town::get(town.database("ouinhi"), "SELECT count(*) FROM learning_question WHERE wording LIKE 'xxx%'") == std::to_string(rows));
  town.sync("laarne");
  auto sync = run(town.command("ouinhi", {"sync"}), limit);
  CAPTURE(sync.out, sync.err);
  CHECK(sync.code == 73);
  CHECK(town.sync("ouinhi").code == 0);
  CHECK(town.digest("ouinhi") == town.digest_of_relay());
  CHECK(town.relay_run({"verify"}).code == 0);
}

TEST_CASE("a relay whose files may not grow refuses in words, still gives what it has, and takes the rest when there is room") {
  Town town({"ouinhi", "laarne"});
  town.on("ouinhi", {"add", "learning_question", "wording=before"});
  town.sync("ouinhi");
  town.stop_relay();
  town.start_relay(files_of_at_most(std::filesystem::file_size(town.store()) + 300'000));
  live_through_a_full_relay(town, "the relay cannot write just now", [&] {
    town.stop_relay();
    town.start_relay();
  });
}

TEST_CASE("a relay on a full file system refuses in words, still gives what it has, and takes the rest when there is room") {
  if (!may_mount()) {
    WARN("this machine lets nobody mount a file system of his own: the limit on files has to do");
    return;
  }
  Town town({"ouinhi", "laarne"});
  town.on("ouinhi", {"add", "learning_question", "wording=before"});
  town.sync("ouinhi");
  town.stop_relay();
  // In its own view of the file system the store lies on 2 MB, half of which a ballast takes until it is removed.
  auto store = town.dir.file("small");
  std::filesystem::create_directory(store);
  auto script = "mount -t tmpfs -o size=2m tmpfs '" + store + "' && cp '" + town.store() + "' '" + store + "/relay.db' && head -c 1500000 /dev/zero >'" + store +
                "/ballast' && shift 2 && exec \"$0\" --key '" + town.store() + ".key' --store '" + store + "/relay.db' \"$@\"";
  town.start_relay({}, {"unshare", "-rm", "bash", "-c", script});
  auto from_outside = "/proc/" + std::to_string(town.relay->pid()) + "/root" + store;
  auto put_back = [&] {
    // The rest needs more than the file system has: the store moves to the large disk, as an operator would do it.
    std::filesystem::remove(from_outside + "/ballast");
    town.relay->signal(SIGSTOP);
    for (auto* part : {"", "-wal"}) std::filesystem::copy_file(from_outside + "/relay.db" + part, town.store() + part, std::filesystem::copy_options::overwrite_existing);
    town.relay->kill_after({});
    town.start_relay();
  };
  live_through_a_full_relay(town, "its disk is full: its operator must make room", put_back);
}
