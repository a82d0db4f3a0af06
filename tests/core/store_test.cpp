// One conformance suite for every implementation of RowStore, stepped beside the model and reopened in between.
#include <catch2/catch.hpp>

#include <random>

#include "core/row_codec.hpp"
#include "server/sql_store.hpp"
#include "tests/postgres.hpp"
#include "tests/village.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

// A store under test, with its transactions.
struct Subject {
  virtual ~Subject() = default;
  virtual void in_transaction(const std::function<void(RowStore&)>& work) = 0;
  virtual void reopen() = 0;
  virtual bool has_full_history() const { return true; }
};

struct RelaySubject final : Subject {
  explicit RelaySubject(std::string at) : place(std::move(at)) {
    SqlStore::create(place, 1'741'600'000);
    reopen();
    for (int k = 0; k < 7; ++k) store->add_space("space " + std::to_string(k), "partnership");
  }
  void in_transaction(const std::function<void(RowStore&)>& work) override {
    store->begin(true);
    work(*store);
    store->commit();
  }
  void reopen() override {
    store.reset();
    store = std::make_unique<SqlStore>(place);
  }
  std::string place;
  std::unique_ptr<SqlStore> store;
};

struct ReplicaSubject final : Subject {
  ReplicaSubject() : device(dir, 900) {}
  void in_transaction(const std::function<void(RowStore&)>& work) override {
    device.replica->in_transaction([&] { work(*device.replica); });
  }
  void reopen() override { device.reopen(); }
  bool has_full_history() const override { return false; }
  TempDir dir;
  Device device;
};

std::string text_of(const Row& row) { return pack_row(row); }

Version random_version(std::mt19937& random, Seq seq, const Value& value) {
  Version version;
  version.stamp = {stamp_time(1'741'600'000 + static_cast<std::int64_t>(random() % 50)) | (random() % 3), DeviceId{static_cast<std::uint32_t>(1 + random() % 4)}};
  version.value = value;
  version.seq = seq;
  if (random() % 5 == 0) { version.seen = Seq{3}; version.past = {{stamp_time(5), DeviceId{2}}}; }
  return version;
}

Row random_row(std::mt19937& random, Seq seq, bool known_table) {
  Row row;
  if (random() % 6 == 0) row.at(life_column, Kind::reg).versions.push_back(random_version(random, seq, random() % 2 ? life_deleted : life_alive));
  for (std::uint32_t column : {1u, 2u, 9u}) {
    if (random() % 3 == 0) continue;
    auto& cell = row.at(ColumnId{column}, Kind::reg);
    for (auto count = 1 + (random() % 4 == 0); count > 0; --count) {
      Value value = column == 1 ? Value{"name " + std::to_string(random() % 9)} : random() % 4 ? Value{static_cast<std::int64_t>(random() % 10)} : Value{};
      if (!known_table && random() % 3 == 0) value = 2.5;
      auto version = random_version(random, seq, value);
      bool doubled = std::any_of(cell.versions.begin(), cell.versions.end(), [&](auto& held) { return held.stamp == version.stamp; });
      if (!doubled) cell.versions.push_back(version);
    }
    std::sort(cell.versions.begin(), cell.versions.end(), [](auto& a, auto& b) { return a.stamp > b.stamp; });
  }
  if (row.empty()) row.at(ColumnId{2}, Kind::reg).versions.push_back(random_version(random, seq, std::int64_t{1}));
  return row;
}

// Both stores tell the same rows in the same order, and no more of them than they are asked for.
void compare_above(ModelStore& model, RowStore& store, Seq cursor, std::size_t most) {
  std::vector<std::pair<Seq, std::string>> expected, found;
  auto into = [most](auto& list) {
    return [&list, most](RowKey where, Seq changed, const Row& row) {
      list.push_back({changed, std::to_string(where.id.value) + text_of(row)});
      return list.size() < most;
    };
  };
  model.rows_above(town, cursor, into(expected));
  store.rows_above(town, cursor, into(found));
  CHECK(found == expected);
}

void conforms(Subject& subject) {
  constexpr unsigned seed = 20250310;
  INFO("seed " << seed);
  std::mt19937 random(seed);
  ModelStore model;
  std::vector<RowKey> keys;
  for (int k = 1; k <= 12; ++k) keys.push_back({TableId{k % 3 ? 1u : 77u}, minted_id(DeviceId{static_cast<std::uint32_t>(1 + k % 3)}, k)});
  Seq last;
  for (int step = 0; step < 400; ++step) {
    auto key = keys[random() % keys.size()];
    if (step % 50 == 49) subject.reopen();
    subject.in_transaction([&](RowStore& store) {
      auto seq = store.next_seq(town);
      REQUIRE(seq > last);
      last = seq;
      auto row = random_row(random, seq, key.table == TableId{1});
      Remembered past{ColumnId{1}, random_version(random, seq, "old")};
      for (RowStore* each : {static_cast<RowStore*>(&model), &store}) {
        each->save(town, key, row);
        each->remember(town, key, past);
        each->remember(town, key, past);
      }
      if (subject.has_full_history()) CHECK(store.remembers(town, key, ColumnId{1}, past.version.stamp));
      CHECK_FALSE(store.remembers(town, key, ColumnId{2}, past.version.stamp));
    });
    subject.in_transaction([&](RowStore& store) {
      CHECK(text_of(store.load(town, key)) == text_of(model.load(town, key)));
      CHECK(store.load(town, {TableId{5}, RowId{1}}).empty());
      compare_above(model, store, Seq{last.value - 5}, 100);
    });
  }
  subject.in_transaction([&](RowStore& store) {
    for (std::int64_t k = 100; k < 1'300; ++k) {
      auto row = random_row(random, store.next_seq(town), true);
      for (RowStore* each : {static_cast<RowStore*>(&model), &store}) each->save(town, {TableId{1}, minted_id(DeviceId{4}, k)}, row);
    }
    for (std::size_t most : {1u, 32u, 33u, 1'000u, 5'000u}) compare_above(model, store, Seq{}, most);
  });
}

}  // namespace

TEST_CASE("the relay's store conforms in SQLite") {
  TempDir dir;
  RelaySubject subject(dir.file("relay.db"));
  conforms(subject);
}

TEST_CASE("the relay's store conforms in PostgreSQL") {
  RelaySubject subject(PostgresServer::running().new_database());
  conforms(subject);
}

TEST_CASE("the replica conforms, for tables that it knows and for those it does not") {
  ReplicaSubject subject;
  conforms(subject);
}
