// What the fuzz targets of both sessions begin with, the same each time: a relay with two spaces and three devices, and the replica of
// the second, in the middle of its life. Also says how a script of pieces is laid out, for the targets and for seeds.cpp.
#pragma once
#include <ctime>
#include <functional>

#include "server/keys.hpp"
#include "server/sql_store.hpp"
#include "sync/client_session.hpp"
#include "sync/relay_session.hpp"
#include "tests/village.hpp"
#include "tests/virtual_clock.hpp"

namespace carnet::test {

inline constexpr std::int64_t fuzz_now = 1'741'600'000;  // 2025-03-10

// A step of a script, one byte before what it takes. The relay's and the client's targets each know some.
enum class Step : std::uint8_t { raw, joining, prime, flush, end, compare, want, welcome, complete, ack, sketched };
constexpr auto steps = 11;

// As the relay would give them.
inline std::vector<RowChange> as_lent(std::vector<RowChange> rows) {
  for (auto& change : rows)
    for (auto& cell : change.row.cells)
      for (auto& version : cell.versions) version.seen = {};
  return rows;
}

class FuzzVillage {
 public:
  FuzzVillage() {
    VirtualClock::ahead(fuzz_now - std::time(nullptr));
    SqlStore::create(dir.file("relay.db"), fuzz_now);
    store = std::make_unique<SqlStore>(dir.file("relay.db"));
    for (auto* name : {"town", "province"}) spaces.push_back(store->add_space(name, "partnership"));
    for (auto* name : {"one", "two", "three"}) store->expect(store->add_device(name, {spaces.front()}));
    writer = std::make_unique<Device>(dir, 1, toy(), spaces.front());
    reader = std::make_unique<Device>(dir, 2, toy(), spaces.front());
    writer->sql("INSERT INTO shelf(space,name,level) VALUES(1,'A',1),(1,'B',2)");
    writer->sql("INSERT INTO book(space,shelf,title,notes,price) SELECT 1,id,'Les routes','Le marché de Ouinhi se tient le jeudi.',2.5 FROM shelf");
    exchange(*writer);
    exchange(*reader);
    reader->sql("UPDATE book SET notes='Le grand marché de Ouinhi se tient le jeudi.',price=3.5");
    reader->sql("INSERT INTO shelf(space,name,level) VALUES(1,'C',3)");
    exchange(*reader);
    writer->sql("UPDATE book SET notes='Le marché de Ouinhi se tient le jeudi matin.',state='old'; DELETE FROM shelf WHERE name='B'");
    reader->sql("UPDATE shelf SET level=4 WHERE name='A'; UPDATE book SET state='new'");
  }

  // As many exchanges as it takes. The bytes up, and down, of the last.
  std::string exchange(Device& device, std::string* down = nullptr) {
    for (int round = 0; round < 6; ++round) {
      std::string up, answers;
      ClientSession client(*device.replica, {.bearer = bearer(device.replica->device())}, fuzz_now);
      RelaySession relay(keys);
      for (auto bytes = client.produce(); !bytes.empty(); bytes = client.produce()) {
        up += bytes;
        auto answer = answer_to(relay, bytes);
        answers += answer;
        client.consume(answer);
      }
      if (down) *down = answers;
      if (client.outcome() == ClientSession::Outcome::done) return up;
      if (client.outcome() != ClientSession::Outcome::again) throw std::runtime_error("no exchange to begin with: " + client.error().text);
    }
    throw std::runtime_error("exchanges do not end");
  }
  std::string answer_to(RelaySession& relay, const std::string& bytes) {
    std::string answer;
    if (auto fed = relay.feed(bytes); !fed) return relay.failure(fed.error());
    for (;;) {
      auto task = relay.next();
      if (!task) return answer + relay.failure(task.error());
      if (!*task) return answer;
      store->begin(true);
      relay.work(**task, *store, fuzz_now);
      store->commit();
      answer += relay.answer();
    }
  }

  std::string bearer(DeviceId device) {
    Peer peer{Peer::Kind::device, device.value, store->generation(device)};
    return bearer_of(peer, keys.key_of(peer));
  }

  DeviceKey key_of(Device& device) {
    Peer peer{Peer::Kind::device, device.replica->device().value, store->generation(device.replica->device())};
    return {device.replica->device(), peer.generation, keys.key_of(peer)};
  }
  SpaceKey space_key() const { return {spaces.front(), 1, keys.key_of({Peer::Kind::space, spaces.front().value, 1})}; }

  // What `work` does to the reader is undone. What it complains of, or that it left a digest that is not that of its rows.
  std::string at_reader(const std::function<std::string(Replica&)>& work) {
    std::string wrong;
    auto& replica = *reader->replica;
    (void)replica.all_or_nothing([&]() -> Result<void> {
      wrong = work(replica);
      for (auto& there : replica.spaces())
        if (replica.recount(there.id) != there.digest) wrong = "a digest is not that of its rows";
      return Error{};
    });
    return wrong;
  }

  TempDir dir;
  MasterKey keys{std::string(32, 'k')};
  std::unique_ptr<SqlStore> store;
  std::vector<SpaceId> spaces;
  std::unique_ptr<Device> writer, reader;
};

inline FuzzVillage& fuzz_village() {
  static FuzzVillage made;
  return made;
}
inline const SpaceId fuzz_space{1};
inline const std::string fuzz_photo(300, 'p'), fuzz_sound(200, 's');

}  // namespace carnet::test
