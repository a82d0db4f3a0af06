// Many devices' work in one transaction: what one job throws concerns nobody else, and what the disk refuses, everybody.
#include <catch2/catch.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <future>

#include "server/keys.hpp"
#include "server/store_pool.hpp"
#include "tests/temp_dir.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

struct Batch {
  Batch() {
    SqlStore::create(path, 1'741'600'000);
    store = std::make_unique<SqlStore>(path);
    space = store->add_space("town", "partnership");
    thread = std::make_unique<StorePool>(path, true, keys);
  }

  // Runs these in one transaction, and says what each was told: "" or the words of its fault.
  std::vector<std::string> run(const std::vector<StorePool::Job>& jobs) {
    context.restart();
    std::promise<void> entered, all_wait;
    std::vector<std::string> told(jobs.size());
    auto start = [&](StorePool::Job job, std::string* words) {
      auto heard = [words](std::exception_ptr fault) {
        try {
          if (fault) std::rethrow_exception(fault);
        } catch (const std::exception& what) {
          *words = what.what();
        }
      };
      boost::asio::co_spawn(context, thread->run(std::move(job)), heard);
      context.poll();
    };
    std::string of_the_first;
    start([&](SqlStore&) { entered.set_value(); all_wait.get_future().wait(); }, &of_the_first);
    entered.get_future().wait();
    for (std::size_t k = 0; k < jobs.size(); ++k) start(jobs[k], &told[k]);
    all_wait.set_value();
    context.run();
    return told;
  }

  // A job that writes a row with all that goes with it, as a frame does.
  StorePool::Job write(std::int64_t id) {
    return [this, id](SqlStore& open) {
      Version version;
      version.stamp = {1, DeviceId{1}};
      version.value = id;
      version.seq = open.next_seq(space);
      Row row;
      row.cells.push_back({ColumnId{1}, Kind::reg, {version}});
      open.save(space, key(id), row);
      open.add_to_digest(space, row_digest(key(id), row));
      open.add_bytes(space, 10);
    };
  }
  static RowKey key(std::int64_t id) { return {TableId{1}, RowId{id}}; }
  bool has(std::int64_t id) { return !store->load(space, key(id)).empty(); }

  TempDir dir;
  std::string path = dir.file("relay.db");
  std::unique_ptr<SqlStore> store;
  SpaceId space;
  boost::asio::io_context context;
  MasterKey keys{std::string(32, 'k')};
  std::unique_ptr<StorePool> thread;
};

}  // namespace

TEST_CASE("of three jobs in one transaction the one that throws is undone and told so, and the others are committed", "[file]") {
  Batch batch;
  auto before = *batch.store->find_space("town");
  auto throws = [&](SqlStore& open) {
    batch.write(2)(open);
    throw std::runtime_error("bad luck");
  };
  CHECK(batch.run({batch.write(1), throws, batch.write(3)}) == std::vector<std::string>{"", "bad luck", ""});
  CHECK(batch.has(1));
  CHECK_FALSE(batch.has(2));
  CHECK(batch.has(3));
  auto after = *batch.store->find_space("town");
  CHECK(after.head.value == before.head.value + 2);
  CHECK(after.digest.rows == 2);
  CHECK(after.bytes == 20);
  CHECK(batch.store->verify().empty());
}

TEST_CASE("a space that only the undone job had touched stays as it was, and the next transaction goes on from there", "[file]") {
  Batch batch;
  auto before = *batch.store->find_space("town");
  auto breaks_a_rule = [&](SqlStore& open) {
    batch.write(1)(open);
    open.database().exec("INSERT INTO space(space,name,kind,head) VALUES(1,'town','partnership',0)");
  };
  CHECK(batch.run({breaks_a_rule}).front().find("UNIQUE") != std::string::npos);
  CHECK(batch.store->find_space("town")->head == before.head);
  CHECK(batch.run({batch.write(2)}) == std::vector<std::string>{""});
  CHECK(batch.store->find_space("town")->head.value == before.head.value + 1);
  CHECK(batch.store->verify().empty());
}

TEST_CASE("where the disk is full nothing of the transaction is committed, and everybody is told", "[file]") {
  Batch batch;
  auto fills = [&](SqlStore& open) {
    auto& db = open.database();
    db.exec("PRAGMA max_page_count=1");  // as many as there are
    for (std::int64_t id = 1'000; id < 2'000; ++id) batch.write(id)(open);
  };
  auto told = batch.run({batch.write(1), fills, batch.write(3)});
  for (auto& words : told) CHECK(words.find("full") != std::string::npos);
  CHECK_FALSE(batch.has(1));
  CHECK_FALSE(batch.has(3));
  batch.run({[](SqlStore& open) { open.database().exec("PRAGMA max_page_count=1000000"); }});
  CHECK(batch.run({batch.write(1)}) == std::vector<std::string>{""});
  CHECK(batch.store->verify().empty());
}
