// The relay's half of an exchange over a real store: bytes of a stranger, or the messages of a device that was let in. The store must
// hold together after it, answers must unpack, nothing may be thrown, and strangers change nothing.
//   input = 0, bytes                                        as they come from the link
//         | mode (bits 0-1), epoch known (2), clock wrong (3), key wrong (4), no copies of cursors (5), and 1 in bit 7; steps
//   step  = kind, what it takes (Step in village.hpp); raw and joining take a message with its length (2 bytes)
#include "tests/fuzz/attempt.hpp"
#include "tests/fuzz/target.hpp"

namespace carnet::test {

namespace {

const DeviceId device{2};

class ExchangeAttempt final : public Attempt<RelaySession> {
 public:
  using Attempt::Attempt;

 private:
  void hear(const std::string& bytes) override {
    if (deaf_) return;
    if (!answers_.feed(bytes)) complain("the relay's answer is no stream");
    for (;;) {
      auto message = answers_.next();
      if (!message) complain("the relay's answer does not unpack: " + message.error().text);
      if (!message || !*message) return;
      if (!decode(**message, Direction::down, store().epoch())) complain("the relay's answer cannot be read");
      if ((**message)[1] == 10) {  // what follows is over text that only the device has
        deaf_ = true;
        return;
      }
    }
  }

  Unpacking answers_;
  bool deaf_ = false;
};

// What a device says that does not mean well, packed as it has to be.
class Device2 {
 public:
  Device2(Script& script, SqlStore& store, ExchangeAttempt& attempt) : script_(script), store_(store), attempt_(attempt) {}

  void say_hello(std::uint8_t options) {
    auto bearer = fuzz_village().bearer(device);
    if (options & 16) bearer.back() ^= 1;
    Hello hello{device, bearer, {}, options & 8 ? fuzz_now - 1'000'000 : fuzz_now,
                options & 4 ? store_.epoch() : 0, static_cast<Mode>(options & 3), 0, {}};
    auto cursor = options & 4 && !(options & 32) && hello.mode == Mode::usual ? store_.head(fuzz_space) : Seq{};
    hello.places.push_back({fuzz_space, cursor, 0, Seq{100}, store_.shared_name(device, fuzz_space, Direction::down)});
    put(encode(hello, Direction::up, store_.epoch()));
    send();
  }
  void step() {
    switch (static_cast<Step>(script_.byte() % steps)) {
      case Step::raw: return put(script_.take(script_.length()));
      case Step::joining: return join(script_.take(script_.length()));
      case Step::prime: return prime(script_.byte());
      case Step::end: return put(encode(End{}, Direction::up, store_.epoch()));
      case Step::compare: return put(encode(Compare{fuzz_space, asked_ += script_.byte(), script_.byte()}, Direction::up, store_.epoch()));
      case Step::want: return want(script_.byte());
      default: return send();
    }
  }
  void send() { attempt_.feed(packing_.flush()); }

 private:
  void put(std::string_view message) { packing_.put(message); }
  // A frame that is the next one, whatever it said itself.
  void join(std::string_view message) {
    auto decoded = decode(message, Direction::up, store_.epoch());
    auto* changes = decoded ? std::get_if<Changes>(&*decoded) : nullptr;
    if (!changes) return put(message);
    if (!primed_) prime(1);
    send();
    changes->set.space = fuzz_space;
    changes->set.from = store_.acked(device, fuzz_space);
    changes->set.to = Seq{changes->set.from.value + 1};
    put(encode(*changes, Direction::up, store_.epoch()));
  }
  void prime(std::uint8_t choice) {
    auto text = store_.shared_text(device, fuzz_space, Direction::up);
    put(encode(Prime{SpaceId{choice % 3u}, choice & 4 ? 0 : text.name()}, Direction::up, store_.epoch()));
    packing_.prime(choice & 4 ? std::string() : text.text(), 0);
    primed_ = true;
  }
  void want(std::size_t count) {
    Want want{fuzz_space, {}};
    store_.rows_above(fuzz_space, Seq{}, [&](RowKey key, Seq, const Row& row) {
      if (want.digests.size() < count) want.digests.push_back(row_digest(key, row).sum);
      return true;
    });
    put(encode(want, Direction::up, store_.epoch()));
  }

  Script& script_;
  SqlStore& store_;
  ExchangeAttempt& attempt_;
  Packing packing_;
  bool primed_ = false;
  std::size_t asked_ = 0;
};

std::string digest_complaint(SqlStore& store, SpaceId of) {
  Digest sum;
  try {
    store.rows_above(of, Seq{}, [&](RowKey key, Seq, const Row& row) { sum += row_digest(key, row); return true; });
  } catch (const std::exception& fault) {
    return std::string("a row at the relay cannot be read any more: ") + fault.what();
  }
  return sum == store.digest(of) ? "" : "the relay's digest is not that of its rows";
}

std::string attempt_complaint(std::string_view bytes, SqlStore& store) {
  Script script(bytes);
  ExchangeAttempt attempt(store);
  auto head = store.head(fuzz_space), acked = store.acked(device, fuzz_space);
  if (auto options = script.byte(); options & 128) {
    Device2 speaker(script, store, attempt);
    speaker.say_hello(options);
    while (script.more() && attempt.open()) speaker.step();
    speaker.send();
  } else {
    while (script.more() && attempt.open()) attempt.feed(script.take(1'000));
  }
  if (!attempt.complaint().empty()) return attempt.complaint();
  if (!attempt.welcomed() && (store.head(fuzz_space) != head || store.acked(device, fuzz_space) != acked)) return "a stranger changed the store";
  for (auto of : fuzz_village().spaces)
    if (auto complaint = digest_complaint(store, of); !complaint.empty()) return complaint;
  return {};
}

}  // namespace

std::string try_input(std::string_view bytes) {
  auto& store = *fuzz_village().store;
  store.begin(true);
  auto complaint = attempt_complaint(bytes, store);
  store.roll_back();
  return complaint;
}

}  // namespace carnet::test
