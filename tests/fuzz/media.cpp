// Both readers of media: the relay's half of a request over a real store, as a stranger or as a device that was let in, and the device's half
// over what such a relay might answer. Nothing may be thrown, what the relay says has to be readable, what it says that it holds whole has
// to stand there under its name, and strangers change nothing.
//   input = 0, bytes             as they come from the link
//         | 1, step...           of a device, after its hello
//         | 2, piece...          as it comes to a device that brings one blob and fetches another: bytes with their length (1 byte)
//   step  = 0, message with its length (2 bytes)     packed with length and check
//         | 1, bytes with their length (2 bytes)     as they are: the data of parts, or rubbish
#include <filesystem>

#include "sync/framing.hpp"
#include "sync/media_relay.hpp"
#include "sync/media_session.hpp"
#include "tests/fuzz/attempt.hpp"
#include "tests/fuzz/target.hpp"

namespace carnet::test {

namespace {

const DeviceId device{2};

class MediaAttempt final : public Attempt<MediaRelay> {
 public:
  using Attempt::Attempt;

 private:
  void note(const Task& task) override {
    auto* message = std::get_if<MediaMessage>(&task.item);
    auto* offer = message ? std::get_if<Offer>(message) : nullptr;
    if (offer) offers_[offer->blob] = *offer;
  }
  void hear(const std::string& bytes) override {
    answers_.feed(bytes);
    for (;;) {
      auto item = answers_.next();
      if (!item) complain("the relay's answer cannot be read: " + item.error().text);
      if (!item || !*item) return;
      auto* message = std::get_if<MediaMessage>(&**item);
      auto* held = message ? std::get_if<Held>(message) : nullptr;
      if (!held) continue;
      auto& offer = offers_[held->blob];
      if (held->bytes > offer.bytes) complain("the relay holds more than there is");
      if (held->bytes == offer.bytes && !stands(offer)) complain("the relay holds whole what does not stand there under its name");
    }
  }
  bool stands(const Offer& offer) {
    return hash_of(store().blobs(offer.space).read(offer.hash, 0, static_cast<std::size_t>(max_media_bytes))) == offer.hash;
  }

  MediaReader answers_;
  std::map<std::uint32_t, Offer> offers_;
};

// Brings one blob and fetches another.
class OneEach final : public MediaPlan {
 public:
  explicit OneEach(const std::string& folder) : files_(folder), jobs_{{true, fuzz_space, files_.put(fuzz_photo), static_cast<std::int64_t>(fuzz_photo.size())},
                                                                      {false, fuzz_space, hash_of(fuzz_sound), static_cast<std::int64_t>(fuzz_sound.size())}} {}
  std::optional<Job> next() override { return given_ < jobs_.size() ? std::optional(jobs_[given_++]) : std::nullopt; }
  bool words_wait() override { return false; }
  Blobs& blobs() override { return files_; }
  void arrived(const Job& job) override { if (!files_.has(job.hash)) complaint = "what arrived is not there"; }
  void declined(const Job&, const Error&) override {}

  std::string complaint;

 private:
  FileBlobs files_;
  std::vector<Job> jobs_;
  std::size_t given_ = 0;
};

std::string relay_complaint(Script& script, SqlStore& store, bool is_device) {
  MediaAttempt attempt(store);
  if (is_device) attempt.feed(media_preface() + pack(MediaHello{device, fuzz_village().bearer(device)}));
  while (script.more() && attempt.open()) {
    if (!is_device) {
      attempt.feed(script.take(1'000));
      continue;
    }
    bool bare = script.byte() & 1;
    auto piece = std::string(script.take(script.length()));
    attempt.feed(bare ? piece : leb128(piece.size()) + piece + check_of(piece));
  }
  auto complaint = attempt.complaint();
  if (complaint.empty() && !attempt.welcomed() && std::filesystem::exists(media_folder_of(fuzz_village().dir.file("relay.db")))) complaint = "a stranger brought something";
  return complaint;
}

std::string device_complaint(Script& script) {
  auto folder = fuzz_village().dir.file("device.media");
  std::filesystem::remove_all(folder);
  OneEach plan(folder);
  double seconds = 0;
  MediaSession session(plan, device, {.bearer = fuzz_village().bearer(device), .seconds = [&] { return seconds += 0.001; }});
  while (script.more() && session.outcome() == Conversation::Outcome::going_on) {
    (void)session.produce();
    auto size = script.byte();
    session.consume(script.take(size));
  }
  return plan.complaint;
}

}  // namespace

std::string try_input(std::string_view bytes) {
  Script script(bytes);
  auto kind = script.byte() % 3;
  if (kind == 2) return device_complaint(script);
  auto& store = *fuzz_village().store;
  std::filesystem::remove_all(media_folder_of(fuzz_village().dir.file("relay.db")));
  store.begin(true);
  auto complaint = relay_complaint(script, store, kind == 1);
  store.roll_back();
  return complaint;
}

}  // namespace carnet::test
