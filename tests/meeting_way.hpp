// Two ends of a meeting in one process, by a link that can be cut after any byte.
#pragma once
#include <stdexcept>
#include <string>

#include "sync/meeting.hpp"

namespace carnet::test {

struct MeetingLink {
  std::size_t cut = SIZE_MAX;      // bytes, both ways together, after which the link is cut
  std::size_t portion = 1'000;     // bytes at a time
  std::size_t there = 0, back = 0; // that passed
};

// Until both have ended, or the link is cut.
inline void hold(Meeting& caller, Meeting& called, MeetingLink& link) {
  auto pass = [&](Meeting& from, Meeting& to, std::size_t& passed) {
    auto bytes = from.produce();
    for (std::size_t at = 0; at < bytes.size(); at += link.portion) {
      auto part = bytes.substr(at, link.portion);
      part.resize(std::min(part.size(), link.cut - link.there - link.back));
      passed += part.size();
      to.consume(part);
    }
    return !bytes.empty();
  };
  auto going_on = [](Meeting& meeting) { return meeting.outcome() == Meeting::Outcome::going_on; };
  for (bool moved = true; (going_on(caller) || going_on(called) || moved) && link.there + link.back < link.cut;) {
    moved = pass(caller, called, link.there);
    moved = pass(called, caller, link.back) || moved;
    if (!moved && (going_on(caller) || going_on(called))) throw std::logic_error("neither side moves");
  }
  caller.end();
  called.end();
}

}  // namespace carnet::test
