// The other device of a meeting, and what answers a caller: a member of the space may say what they like, in any order. Nothing is thrown, each refusal has a
// reason, the device says nothing of a space that was not proved, and what comes leaves the rows whole.
//   input = 0, bytes         an answer to a caller, before anything is proved
//         | 1, bytes         a stream, as it comes
//         | 2, step...       messages of a member who has proved what it takes
//   step  = 0 its proof | 1 who it is | 2 its passport | 3 length bytes: a frame that it signed | 4 length bytes: any message | 5 end
//         | 6 what it lacks | 7 from length bytes: a piece of what the device lacks | 8 last length bytes: rows, of a message `changes`, that it lends
#include "core/pack.hpp"
#include "sync/meeting.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/fuzz/village.hpp"

namespace carnet::test {

namespace {

const SpaceId space{1};
const std::string channel(channel_bytes, 'c');

const std::string standing = "a photo", lacking = "another";

// One photo that the device has, and one that it lacks. In memory.
class Album final : public MeetingMedia, private Blobs {
 public:
  std::vector<Blob> lacks() override { return {{space, hash_of(lacking), static_cast<std::int64_t>(lacking.size())}}; }
  std::set<Blob> holds() override { return {{space, hash_of(standing), static_cast<std::int64_t>(standing.size())}}; }
  bool words_wait() override { return false; }
  Blobs& blobs() override { return *this; }
  void came(const BlobHash&) override {}

 private:
  bool has(const BlobHash& hash) override { return hash == hash_of(standing); }
  std::int64_t held(const BlobHash& hash, DeviceId) override { return hash == hash_of(lacking) ? static_cast<std::int64_t>(come_.size()) : 0; }
  void append(const BlobHash&, DeviceId, std::string_view bytes) override { come_ += bytes; }
  bool finish(const BlobHash&, DeviceId) override { return std::exchange(come_, {}) == lacking; }
  std::string read(const BlobHash&, std::int64_t at, std::size_t most) override { return standing.substr(static_cast<std::size_t>(at), most); }
  void remove(const BlobHash&) override {}
  void drop(const BlobHash&, DeviceId) override {}
  std::string come_;
};

struct Bench {
  FuzzVillage village;
  SpaceKey key = village.space_key();
  DeviceKey writer = village.key_of(*village.writer), reader = village.key_of(*village.reader);
  Passport passport = passport_of(*village.writer->replica, space, writer).value();
};

std::string greeted(const SpaceKey& key, std::string_view bytes) {
  GreetingReader reader;
  if (!reader.feed(bytes) || reader.wanted() > 0) return {};
  auto found = reader.find({key});
  return found && found->space != key.space ? "a greeting finds a key that nobody has" : "";
}

Message step(Bench& bench, Script& script) {
  auto words = [&] {  // as the caller signs them
    Packer packer;
    packer.array(4).text("carnet meeting").integer(space.value).integer(1).bytes(std::as_bytes(std::span(channel)));
    return packer.take();
  };
  auto life = bench.village.store->epoch();
  Seq head{epoch_base(life).value + 1'000};  // further than the device is
  switch (script.byte() % 9) {
    case 0: return Proofs{{proof_of(bench.key, channel, true)}};
    case 1: return Holds{space, pack(bench.passport), signature_of(bench.writer, words()), {life, head}, {{DeviceId{3}, Seq{}, Seq{script.byte()}}}};
    case 2: return Introduced{pack(bench.passport)};
    case 3: {
      auto bytes = script.take(script.length());
      auto message = decode(bytes, Direction::up, bench.village.store->epoch());
      auto* changes = message ? std::get_if<Changes>(&*message) : nullptr;
      if (changes) return Carry{signed_by(bench.writer, changes->set, changes->known, bench.village.store->epoch())};
      return Carry{{space, bench.writer.device, Seq{1}, Seq{2}, bench.writer.generation, 1, std::string(bytes), std::string(signature_bytes, 's')}};
    }
    case 4: {
      auto message = decode(script.take(script.length()), Direction::near, 0);
      return message ? *message : Message{End{}};
    }
    case 6: return Lacks{{{space, hash_of(standing), static_cast<std::int64_t>(standing.size()), script.byte() % 8}}};
    case 7: {
      auto from = script.byte() % 8;
      return Piece{hash_of(lacking), static_cast<std::int64_t>(lacking.size()), from, std::string(script.take(script.length()))};
    }
    case 8: {
      Lent lent{space, life, head, script.byte() % 2 == 1};
      auto message = decode(script.take(script.length()), Direction::up, life);
      if (auto* changes = message ? std::get_if<Changes>(&*message) : nullptr) lent.rows = as_lent(std::move(changes->set.rows));
      return lent;
    }
    default: return End{};
  }
}

std::string meet(Bench& bench, const std::function<bool(Meeting&)>& say) {
  return bench.village.at_reader([&](Replica& replica) -> std::string {
    Meeting meeting(replica, bench.reader, {bench.key}, {channel, false}, fuzz_now, std::make_unique<Album>());
    while (say(meeting) && meeting.outcome() == Meeting::Outcome::going_on)
      while (!meeting.produce().empty()) {}
    meeting.end();
    if (meeting.outcome() == Meeting::Outcome::failed && meeting.error().text.empty()) return "a refusal without a reason";
    for (auto& error : meeting.report().refused)
      if (error.text.empty()) return "a refusal without a reason";
    return meeting.report().peer && *meeting.report().peer != bench.writer.device ? "somebody is taken for another" : "";
  });
}

}  // namespace

std::string try_input(std::string_view bytes) {
  static Bench bench;
  Script script(bytes);
  switch (script.byte() % 3) {
    case 0: return greeted(bench.key, script.rest());
    case 1: return meet(bench, [&](Meeting& meeting) { return script.more() && (meeting.consume(script.take(40)), true); });
    default: {
      Packing packing;
      return meet(bench, [&](Meeting& meeting) {
        if (!script.more()) return false;
        packing.put(encode(step(bench, script), Direction::near, 0));
        meeting.consume(packing.flush());
        return true;
      });
    }
  }
}

}  // namespace carnet::test
