// A device's half of something that is said to the relay in one request and its answer: bytes out, bytes in, no I/O. What carries it asks
// produce() for bytes to send and hands consume() whatever arrives.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace carnet {

class Conversation {
 public:
  enum class Outcome {
    going_on,
    done,
    again,   // hold another at once: something was learned that this one could not use, or there is more to send
    failed,  // see error()
  };

  virtual ~Conversation() = default;
  virtual const char* path() const = 0;  // of the request
  virtual std::string produce() = 0;     // the next bytes; empty where there are none now
  virtual bool sent_all() const = 0;
  virtual std::size_t most_at_once() const { return SIZE_MAX; }  // bytes that the channel should seal in one piece: what is not whole when the link is cut is lost
  virtual void consume(std::string_view bytes) = 0;
  virtual Outcome outcome() const = 0;
  virtual const Error& error() const = 0;
};

}  // namespace carnet
