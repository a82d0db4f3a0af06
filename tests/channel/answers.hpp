// What a device hears of a relay when it syncs, by code and in words, and which keys it holds.
#pragma once
#include <string>

#include "client/sync_run.hpp"
#include "tests/live_relay.hpp"

namespace carnet::test {

using By = Address::Way;

inline Code refusal(Device& device) {
  auto run = sync(*device.replica);
  return run.error ? run.error->code : Code{};
}

inline std::string words(Device& device, const std::string& language) {
  device.replica->set("language", language);
  auto run = sync(*device.replica);
  return run.error ? run.error->text : "";
}

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

inline DeviceKeys keys_of(Device& device) { return read_keys(device.path).value_or(DeviceKeys{}); }

}  // namespace carnet::test
