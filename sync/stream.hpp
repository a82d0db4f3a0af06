// From messages to bytes on the link and back. One direction of one exchange is one compressed stream:
//   stream  = preface message...      preface = one byte, wire version << 4 | codec
//   message = length body check       inside the compression; length LEB128, check the low 4 bytes of a SipHash
// flushed after each message, so that whatever has arrived can be unpacked, applied and committed at once, while all messages
// share one window and the static dictionary. A stream may be primed anew: what follows is compressed over text that both ends hold,
// beside the dictionary. No I/O; one thread at a time.
#pragma once
#define ZSTD_STATIC_LINKING_ONLY  // the format without magic number; Debian's shared library exports it
#include <zstd.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "sync/limits.hpp"

namespace carnet {

// Contexts of zstd are megabytes, and cost as much to make as a small stream to pack: those that are given back are used again.
struct GiveBack {
  void operator()(ZSTD_CCtx* context) const;
  void operator()(ZSTD_DCtx* context) const;
};

class Packing {
 public:
  // After a message that says so. `text`: what both ends have. `expected_bytes`: about what will be packed; chooses how much memory is
  // spent on finding repetitions. Nothing is spent before something follows.
  void prime(std::string_view text, std::size_t expected_bytes);
  // Streams from here on are packed with less care: a third of the time for 3 % more bytes.
  void hurry() { hurries_ = true; }

  void put(std::string_view message);
  // The bytes of all that was put. `last`: nothing will follow, which saves memory and time where it is known from the start.
  std::string flush(bool last = false);
  bool is_primed() const { return context_ && primed_; }  // and thus has megabytes

 private:
  void begin(std::optional<std::size_t> bytes);
  void compress(ZSTD_EndDirective directive);
  std::unique_ptr<ZSTD_CCtx, GiveBack> context_;  // none where nothing was packed since the beginning or the last prime
  std::size_t expected_bytes_ = 0;
  std::string words_;  // the dictionary, with what is shared at its end; empty where nothing is
  std::string plain_;  // put, and not packed yet
  std::string out_;
  bool prefaced_ = false, primed_ = false, hurries_ = false;
};

class Unpacking {
 public:
  explicit Unpacking(std::size_t most = max_message_bytes) : most_(most) {}  // bytes of a message

  void allow(std::size_t most) { most_ = most; }
  void prime(std::string_view text);  // when the message came that says so, before next() is asked again
  void end();                          // its memory is given back: nothing more is read
  Result<void> feed(std::string_view bytes);          // as they come from the link, in any portions
  Result<std::optional<std::string>> next();          // the next whole message, if there is one

 private:
  void begin();
  std::unique_ptr<ZSTD_DCtx, GiveBack> context_;  // from the first byte that is unpacked
  bool prefaced_ = false;
  bool drained_ = true;               // all that arrived has been unpacked
  bool over_ = false;                 // one compressed stream is, and
  std::optional<std::string> words_;  // the next is primed with this; empty: with the dictionary alone
  std::string reads_with_;
  std::string packed_;  // arrived, not yet unpacked: a message larger than the limit is refused before it is unpacked
  std::string plain_;
  std::size_t taken_ = 0;
  std::size_t most_;
  std::size_t bytes_in_ = 0, bytes_out_ = 0;
};

}  // namespace carnet
