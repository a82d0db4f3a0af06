// Several connections to one PostgreSQL, of one relay or of several: which of them waits for which, and what one knows that another has changed.
#include <catch2/catch.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <future>

#include "server/accounts.hpp"
#include "server/keys.hpp"
#include "server/store_pool.hpp"
#include "server/tables.hpp"
#include "tests/postgres.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

constexpr std::int64_t evening = 1'741'600'000;

struct Town {
  Town() : Town(PostgresServer::running().new_database()) {}
  explicit Town(const std::string& at) : place(at) {
    SqlStore::create(place, evening);
    store = std::make_unique<SqlStore>(place);
    other = std::make_unique<SqlStore>(place);
    store->use_accounts(&known);
    space = store->add_space("town", "partnership");
    next_space = store->add_space("next town", "partnership");
    device = store->add_device("device", {space, next_space});
    store->expect(device);
  }

  // As an exchange asks in the space: what its device may do there, and how far it is.
  struct Told {
    Role role;
    std::string person;
    std::int64_t most_rows;
    Seq acked, acked_next;
  };
  Told ask(bool writes = true) {
    store->begin(writes);
    store->foresee(device, space, Seq{}, writes);
    auto account = store->account(device);
    Told told{store->membership(device, space).role, account.person, store->limits(space).rows, store->acked(device, space), store->acked(device, next_space)};
    store->commit();
    return told;
  }
  PersonId person() { return Accounts(other->database()).person("device"); }
  void change(const std::function<void(Accounts)>& how) {
    DatabaseStep step(other->database());
    how(Accounts(other->database()));
    step.commit();
  }
  void move(DeviceId who, SpaceId where, Seq acked) {
    other->begin(true);
    other->set_acked(who, where, acked);
    other->commit();
  }

  std::string place;
  KnownAccounts known;
  std::unique_ptr<SqlStore> store, other;  // of two relays
  SpaceId space, next_space;
  DeviceId device;
};

}  // namespace

TEST_CASE("while a job holds a space another of the same space waits without a connection, and one of another space goes ahead of it", "[file]") {
  Town town;
  MasterKey keys{std::string(32, 'k')};
  StorePool pool(town.place, true, keys, 2);
  boost::asio::io_context context;
  std::promise<void> entered, ahead;
  std::vector<std::string> done;
  auto start = [&](StorePool::Job job, SpaceId holds) {
    boost::asio::co_spawn(context, pool.run(std::move(job), holds), boost::asio::detached);
    context.poll();
  };
  auto went_ahead = std::future_status::timeout;
  start([&](SqlStore& open) {
    open.next_seq(town.space);
    entered.set_value();
    went_ahead = ahead.get_future().wait_for(std::chrono::seconds(20));
    done.push_back("first");
  }, town.space);
  entered.get_future().wait();
  start([&](SqlStore& open) { open.next_seq(town.space); done.push_back("second"); }, town.space);
  start([&](SqlStore& open) { open.next_seq(town.next_space); ahead.set_value(); }, town.next_space);
  context.run();
  CHECK(went_ahead == std::future_status::ready);
  CHECK(done == std::vector<std::string>{"first", "second"});
}

TEST_CASE("what is known of an account from an earlier exchange is read anew as soon as another relay has changed it", "[file]") {
  Town town;
  auto rows = Accounts(town.other->database()).quota(Quota::rows);
  for (bool writes : {true, false, true}) {
    auto told = town.ask(writes);
    CHECK(told.role == Role::writer);
    CHECK(told.person == "device");
    CHECK(told.most_rows == rows);
  }
  town.change([&](Accounts accounts) { accounts.set_role(town.person(), town.space, Role::reader, evening); });
  CHECK(town.ask().role == Role::reader);
  town.change([&](Accounts accounts) { accounts.set_role(town.person(), town.space, Role::writer, evening); });
  CHECK(town.ask().role == Role::writer);
  town.change([&](Accounts accounts) { accounts.set_quota(Quota::rows, 7, town.space); });
  CHECK(town.ask().most_rows == 7);
  town.change([&](Accounts accounts) { accounts.rename("person", town.person().value, "somebody"); });
  CHECK(town.ask().person == "somebody");
}

TEST_CASE("who is revoked or reported lost is turned away at the next exchange by a relay that knew the account", "[file]") {
  Town town;
  auto enters = [&] {
    town.store->begin(true);
    town.store->foresee(town.device, town.space, Seq{}, true);
    bool let_in = static_cast<bool>(town.store->admit({Peer::Kind::device, town.device.value, town.store->generation(town.device)}, town.device, {}, evening));
    town.store->commit();
    return let_in;
  };
  town.ask();
  CHECK(enters());
  town.change([&](Accounts accounts) { accounts.set_lost(town.device, evening); });
  CHECK_FALSE(enters());
  town.change([&](Accounts accounts) { accounts.set_lost(town.device, {}); });
  CHECK(enters());
  town.other->revoke(town.device);
  CHECK_FALSE(enters());
}

TEST_CASE("how far a device is in each of its spaces is read with every exchange, also where its account is known", "[file]") {
  Town town;
  town.ask();
  town.move(town.device, town.space, Seq{5});
  town.move(town.device, town.next_space, Seq{9});
  auto told = town.ask();
  CHECK(told.acked == Seq{5});
  CHECK(told.acked_next == Seq{9});
}

TEST_CASE("what waited for a space while the store was moved is not written", "[file]") {
  Town town;
  auto watcher = open_database(town.place);
  town.ask();
  for (bool known : {true, false}) {
    if (!known) town.store->use_accounts(nullptr);
    auto& mover = town.other->database();
    mover.begin(true);
    mover.lock_space(town.space);
    mover.run("UPDATE store SET version=0");
    mover.settle();
    auto written = std::async(std::launch::async, [&] {
      town.store->begin(true);
      try {
        town.store->foresee(town.device, town.space, Seq{}, true);
        town.store->next_seq(town.space);
        town.store->commit();
        return true;
      } catch (const StoreFault&) {
        town.store->roll_back();
        return false;
      }
    });
    while (!watcher->number("SELECT 1 FROM pg_stat_activity WHERE wait_event_type='Lock' AND datname=current_database()")) {}
    mover.commit();
    CHECK_FALSE(written.get());
    mover.run("UPDATE store SET version=?", store_version);
  }
}
