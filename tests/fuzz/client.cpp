// A device that met a relay which means it no good: whatever comes down, the replica holds together, what was written here and not
// acknowledged stays, and nothing is thrown.
//   input = what is to be mended (bits 0-1: nothing, compare, everything, copy), asks first (2), raw bytes instead of steps (3); steps
//   step  = kind, what it takes (Step in village.hpp)
#include "tests/fuzz/target.hpp"
#include "tests/fuzz/village.hpp"

namespace carnet::test {

namespace {

class Relay {
 public:
  Relay(Script& script, Replica& replica, ClientSession& device) : script_(script), replica_(replica), device_(device), epoch_(fuzz_village().store->epoch()) {}

  void step() {
    switch (static_cast<Step>(script_.byte() % steps)) {
      case Step::raw: return packing_.put(script_.take(script_.length()));
      case Step::joining: return join(script_.take(script_.length()));
      case Step::prime: return prime(script_.byte());
      case Step::welcome: return say(Welcome{fuzz_now, epoch_, {{fuzz_space, Seq{script_.byte()}, replica_.shared_name(fuzz_space, true)}}});
      case Step::ack: return say(Ack{fuzz_space, Seq{script_.byte()}});
      case Step::complete: return say(Complete{{{fuzz_space, Seq{epoch_base(epoch_).value + script_.byte()}, replica_.space(fuzz_space).digest.sum}}});
      case Step::sketched: return say(Sketched{fuzz_space, asked_ += script_.byte(), Seq{epoch_base(epoch_).value + 9}, symbols(1u + script_.byte())});
      default: return send();
    }
  }
  void send() {
    device_.consume(packing_.flush());
    while (!device_.produce().empty()) {}
  }

 private:
  void say(const Message& message) { packing_.put(encode(message, Direction::down, epoch_)); }
  void join(std::string_view message) {
    auto decoded = decode(message, Direction::down, epoch_);
    auto* changes = decoded ? std::get_if<Changes>(&*decoded) : nullptr;
    if (!changes) return packing_.put(message);
    if (!primed_) prime(0);
    changes->set.space = fuzz_space;
    changes->set.from = replica_.space(fuzz_space).cursor;
    changes->set.to = Seq{std::max(changes->set.from.value, epoch_base(epoch_).value) + 1};
    say(*changes);
  }
  void prime(std::uint8_t choice) {
    auto text = replica_.shared_text(fuzz_space, false);
    say(Prime{choice & 1 ? SpaceId{2} : fuzz_space, choice & 2 ? 0 : text.name()});
    packing_.prime(choice & 2 ? std::string() : text.text(), 0);
    primed_ = true;
  }
  std::vector<Symbol> symbols(std::size_t count) {
    std::vector<std::uint64_t> elements = {script_.length(), script_.length()};
    for (auto& [digest, key] : replica_.row_digests(fuzz_space)) elements.push_back(digest);
    Sketch sketch(elements);
    sketch.next(asked_);
    return sketch.next(count);
  }

  Script& script_;
  Replica& replica_;
  ClientSession& device_;
  Epoch epoch_;
  Packing packing_;
  bool primed_ = false;
  std::size_t asked_ = 0;
};

// What device 2 wrote last, and the relay has not had.
bool keeps_unsent(Replica& replica) {
  constexpr ColumnId state{5};
  auto is_it = [&](const Version& version) { return version.stamp.device == DeviceId{2} && version.value == Value("new"); };
  SQLite::Statement books(fuzz_village().reader->replica->database(), "SELECT id FROM book");
  while (books.executeStep()) {
    RowKey key{TableId{2}, RowId{books.getColumn(0).getInt64()}};
    auto row = replica.row(key);
    auto* cell = row.find(state);
    bool stands = cell && std::any_of(cell->versions.begin(), cell->versions.end(), is_it);
    auto past = replica.history(key);
    if (!stands && std::none_of(past.begin(), past.end(), [&](auto& one) { return one.column == state && is_it(one.version); })) return false;
  }
  return true;
}

std::string complaint_after(Replica& replica) {
  if (replica.recount(fuzz_space) != replica.space(fuzz_space).digest) return "the replica's digest is not that of its rows";
  bool began_anew = replica.device() != DeviceId{2};  // its work comes back with the next exchange
  return began_anew || keeps_unsent(replica) ? "" : "what was written here is gone";
}

}  // namespace

std::string try_input(std::string_view bytes) {
  auto path = fuzz_village().dir.file("tried.db");
  for (auto* end : {"", "-wal", "-shm"}) std::filesystem::remove(path + end);
  static const auto model = [] {
    auto& reader = *fuzz_village().reader;
    reader.replica->collect();
    reader.replica->database().exec("PRAGMA wal_checkpoint(TRUNCATE)");
    return reader.path;
  }();
  std::filesystem::copy_file(model, path);
  Script script(bytes);
  try {
    Replica replica(path, toy());
    auto options = script.byte();
    constexpr const char* mends[] = {"", "compare", "everything", "copy"};
    if (options & 3) replica.set("mend", mends[options & 3]);
    if (options & 4) ClientSession::ask_first(replica);
    ClientSession device(replica, {.bearer = fuzz_village().bearer(replica.device())}, fuzz_now);
    Relay relay(script, replica, device);
    device.produce();
    while (script.more() && device.outcome() == ClientSession::Outcome::going_on) {
      if (options & 8) device.consume(script.take(500));
      else relay.step();
    }
    if (!(options & 8)) relay.send();
    if (device.outcome() == ClientSession::Outcome::failed && device.error().text.empty()) return "a failure without a reason";
    return complaint_after(replica);
  } catch (const std::exception& fault) {
    return std::string("the device threw: ") + fault.what();
  }
}

}  // namespace carnet::test
