// Devices that bring media to a relay and fetch them: both sessions and the relay's store, over a wire that a test can cut at any byte; no sockets.
#pragma once
#include <catch2/catch.hpp>

#include <deque>
#include <set>

#include "sync/media_relay.hpp"
#include "sync/media_session.hpp"
#include "tests/country.hpp"
#include "tests/noise.hpp"

namespace carnet::test {

// A plan that a test writes down.
class WrittenPlan final : public MediaPlan {
 public:
  explicit WrittenPlan(const std::string& folder) : files(folder) {}
  std::optional<Job> next() override {
    if (jobs.empty()) return {};
    auto job = jobs.front();
    jobs.pop_front();
    return job;
  }
  bool words_wait() override { return has_words; }
  Blobs& blobs() override { return files; }
  void arrived(const Job& job) override { done.insert(job.hash); }
  void declined(const Job& job, const Error& why) override { refused[job.hash] = why; }

  void bring(SpaceId space, const std::string& bytes) { jobs.push_back({true, space, files.put(bytes), static_cast<std::int64_t>(bytes.size())}); }
  void fetch(SpaceId space, const std::string& bytes) { jobs.push_back({false, space, hash_of(bytes), static_cast<std::int64_t>(bytes.size())}); }

  FileBlobs files;
  std::deque<Job> jobs;
  std::set<BlobHash> done;
  std::map<BlobHash, Error> refused;
  bool has_words = false;
};

class MediaWay {
 public:
  explicit MediaWay(Country& country) : country_(country) {}

  struct Wire {
    std::string up, down;
    std::size_t cut_up = SIZE_MAX, cut_down = SIZE_MAX, portion = 1'000;
    std::function<void(const Wire&)> meanwhile = {};  // before each portion up
  };
  Conversation::Outcome request(WrittenPlan& plan, DeviceId device, Wire& wire) {
    auto proved = country_.bearer.empty() ? std::optional(Peer{Peer::Kind::device, device.value, country_.store->generation(device)}) : std::nullopt;
    MediaSession session(plan, device, {.bearer = country_.bearer, .seconds = [this] { return seconds += 0.001; }});
    MediaRelay relay(country_.keys, proved);
    while (session.outcome() == Conversation::Outcome::going_on) {
      auto up = session.produce();
      bool moved = !up.empty();
      for (std::size_t at = 0; at < up.size(); at += wire.portion) {
        if (wire.meanwhile) wire.meanwhile(wire);
        auto part = up.substr(at, wire.portion);
        if (wire.up.size() + part.size() > wire.cut_up) part.resize(wire.cut_up - wire.up.size());
        wire.up += part;
        give(relay, session, wire, part);
        if (wire.up.size() >= wire.cut_up || wire.down.size() >= wire.cut_down) return session.outcome();
      }
      if (!moved) throw std::logic_error("neither side moves");
    }
    error = session.error();
    if (session.outcome() == Conversation::Outcome::failed) UNSCOPED_INFO(error.text);
    return session.outcome();
  }
  bool carry(WrittenPlan& plan, DeviceId device) {
    Wire wire;
    auto outcome = request(plan, device, wire);
    bytes_up = wire.up.size();
    bytes_down = wire.down.size();
    return outcome == Conversation::Outcome::done;
  }

  Error error;
  std::size_t bytes_up = 0, bytes_down = 0;
  double seconds = 1;
  std::int64_t now = std::time(nullptr);

 private:
  void give(MediaRelay& relay, MediaSession& session, Wire& wire, const std::string& part) {
    if (auto fed = relay.feed(part); !fed) return pass(session, wire, relay.failure(fed.error()));
    for (;;) {
      auto task = relay.next();
      if (!task) return pass(session, wire, relay.failure(task.error()));
      if (!*task) return;
      country_.store->begin(true);
      relay.work(**task, *country_.store, now);
      country_.store->commit();
      pass(session, wire, relay.answer());
    }
  }
  static void pass(MediaSession& session, Wire& wire, std::string bytes) {
    if (wire.down.size() + bytes.size() > wire.cut_down) bytes.resize(wire.cut_down - wire.down.size());
    wire.down += bytes;
    session.consume(bytes);
  }
  Country& country_;
};

}  // namespace carnet::test
