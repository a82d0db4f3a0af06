// The device's half of a request about media: blobs go up and come down, each from the byte where an earlier request ended. A state machine
// without I/O. Words go first: between two parts it asks whether any wait, and then ends, so that an exchange can follow on the same
// connection. What is on its way is held to what the link takes in about a quarter of a second beside its own delay: nothing that is
// written meanwhile waits behind more than that. It begins with what the last request found, where the link took less than a first guess.
#pragma once
#include <deque>
#include <functional>
#include <optional>

#include "core/blobs.hpp"
#include "sync/conversation.hpp"
#include "sync/media_messages.hpp"

namespace carnet {

// What is to be carried, and what became of it.
class MediaPlan {
 public:
  struct Job {
    bool up = true;
    SpaceId space;
    BlobHash hash;
    std::int64_t bytes = 0;
    auto operator<=>(const Job&) const = default;
  };
  virtual ~MediaPlan() = default;
  virtual std::optional<Job> next() = 0;  // the most urgent one; each once
  virtual bool words_wait() = 0;
  virtual Blobs& blobs() = 0;
  virtual void arrived(const Job& job) = 0;  // all of it, on disk: at the relay, or here
  virtual void declined(const Job& job, const Error& why) = 0;
};

class MediaSession final : public Conversation {
 public:
  struct Options {
    std::string bearer = {};
    double bytes_a_second = 0;               // of the link, as far as known
    std::function<double()> seconds = {};    // a clock that only goes forward
    double window = 0;                       // of the last request, 0: not known
    std::int64_t bytes_before = 0;           // of media, on this connection
    std::size_t most_part_bytes = 65'536;
    double most_seconds = 60;                // then it ends, to look whether others wrote something
  };
  MediaSession(MediaPlan& plan, DeviceId device, Options options);

  const char* path() const override { return "/media"; }
  std::string produce() override;
  bool sent_all() const override { return ended_; }
  std::size_t most_at_once() const override;
  void consume(std::string_view bytes) override;
  Outcome outcome() const override { return outcome_; }
  const Error& error() const override { return error_; }

  struct Report {
    std::size_t up = 0, down = 0;  // blobs that arrived whole
    std::int64_t bytes_up = 0, bytes_down = 0;
  };
  const Report& report() const { return report_; }
  double window() const { return window_; }  // bytes that may be on their way, to be given to the next request

 private:
  struct Open {
    MediaPlan::Job job;
    std::uint32_t number;
    std::int64_t held;    // up: at the relay; down: here
    std::int64_t asked;   // up: sent as far as this; down: asked for
    bool answered;        // up: the relay said how much it has; down: it was named
  };
  struct Flight {
    std::uint32_t number;
    std::int64_t upto, bytes;
    double put;
  };

  void open_more(std::string& out);
  bool put_part(std::string& out);
  bool ask(std::string& out);
  std::int64_t on_its_way() const;
  std::int64_t part_bytes() const;
  void landed(std::uint32_t number, std::int64_t upto);
  Open* find(std::uint32_t number);
  void close(std::uint32_t number);
  void take(const MediaMessage& message);
  void take(const Held& held);
  void take(const MediaData& data);
  void fail(Error error);

  MediaPlan& plan_;
  DeviceId device_;
  Options options_;
  MediaReader in_;
  std::deque<Open> open_;
  std::deque<Flight> flights_;
  std::uint32_t named_ = 0;
  std::optional<std::uint32_t> arriving_;
  bool said_hello_ = false, plan_is_empty_ = false, ended_ = false;
  double began_ = 0, least_delay_ = 0;
  std::deque<double> delays_;  // the latest
  bool grows_fast_ = true;     // until a queue was seen
  double window_ = 0;  // bytes that may be on their way
  Outcome outcome_ = Outcome::going_on;
  Error error_;
  Report report_;
};

}  // namespace carnet
