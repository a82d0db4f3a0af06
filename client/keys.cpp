#include "client/keys.hpp"

#include <sodium.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "client/whole_file.hpp"

namespace carnet {

namespace {

constexpr std::size_t most_pins = 2, pin_bytes = 32, most_space_keys = 3;

std::string in_hex(const std::string& bytes) {
  std::string hex(2 * bytes.size() + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  hex.pop_back();
  return hex;
}

bool read_hex(std::istream& from, std::string& bytes, std::size_t expected) {
  std::string hex;
  std::size_t size = 0;
  bytes.assign(expected, '\0');
  return from >> hex && hex.size() == 2 * expected &&
         sodium_hex2bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), hex.data(), hex.size(), nullptr, &size, nullptr) == 0 && size == expected;
}

bool read_line(const std::string& line, DeviceKeys& keys) {
  std::istringstream from(line);
  std::string kind;
  from >> kind;
  if (kind == "invite") {
    auto& invited = *(keys.invited = DeviceKeys::Invited{});  // emplace(): not with clang 14, in an optional of the class itself
    return from >> invited.number && read_hex(from, invited.key, invite_key_bytes) && read_hex(from, invited.claim, claim_bytes);
  }
  if (kind == "key") {
    auto& key = keys.keys.emplace_back();
    return from >> key.device.value >> key.generation && read_hex(from, key.bytes, device_key_bytes);
  }
  if (kind == "space") {
    auto& key = keys.spaces.emplace_back();
    return from >> key.space.value >> key.generation && read_hex(from, key.bytes, device_key_bytes);
  }
  return kind == "pin" && read_hex(from, keys.pins.emplace_back(), pin_bytes);
}

}  // namespace

DeviceKeys DeviceKeys::of(const Invite& invite) {
  DeviceKeys keys{.invited = Invited{invite.number, invite.key, std::string(claim_bytes, '\0')}, .keys = {}, .pins = {}};
  randombytes_buf(keys.invited->claim.data(), claim_bytes);
  if (!invite.pin.empty()) keys.pins.push_back(invite.pin);
  return keys;
}

void DeviceKeys::take(const DeviceKey& key) {
  invited.reset();
  std::erase_if(keys, [&](auto& held) { return held.device == key.device; });
  keys.push_back(key);
}

// The relay tells of its next one only once it has the one that it told of before.
void DeviceKeys::take(const Pin& pin) {
  if (std::find(pins.begin(), pins.end(), pin.bytes) != pins.end()) return;
  pins.push_back(pin.bytes);
  if (pins.size() > most_pins) pins.erase(pins.begin());
}

void DeviceKeys::take(const Account& account) {
  for (auto& member : account.spaces) {
    auto is_of_it = [&](auto& held) { return held.space == member.space; };
    auto is_known = std::any_of(spaces.begin(), spaces.end(), [&](auto& held) { return is_of_it(held) && held.generation == member.sealing; });
    if (member.key.empty() || is_known) continue;
    spaces.push_back({member.space, member.sealing, member.key});
    if (std::count_if(spaces.begin(), spaces.end(), is_of_it) > static_cast<std::ptrdiff_t>(most_space_keys)) spaces.erase(std::find_if(spaces.begin(), spaces.end(), is_of_it));
  }
}

std::optional<DeviceKey> DeviceKeys::of(DeviceId device) const {
  auto held = std::find_if(keys.begin(), keys.end(), [&](auto& key) { return key.device == device; });
  return held == keys.end() ? std::nullopt : std::optional(*held);
}

void DeviceKeys::keep_only(DeviceId device) {
  std::erase_if(keys, [&](auto& held) { return held.device != device; });
}

std::string key_file(const std::string& database) { return database + ".key"; }

std::optional<DeviceKeys> read_keys(const std::string& database) {
  std::ifstream from(key_file(database));
  DeviceKeys keys;
  for (std::string line; std::getline(from, line);)
    if (!read_line(line, keys)) return {};
  return keys.invited || !keys.keys.empty() ? std::optional(keys) : std::nullopt;
}

void write_keys(const std::string& database, const DeviceKeys& keys) {
  std::string text;
  if (auto& invited = keys.invited) text += "invite " + std::to_string(invited->number) + " " + in_hex(invited->key) + " " + in_hex(invited->claim) + "\n";
  for (auto& key : keys.keys) text += "key " + std::to_string(key.device.value) + " " + std::to_string(key.generation) + " " + in_hex(key.bytes) + "\n";
  for (auto& pin : keys.pins) text += "pin " + in_hex(pin) + "\n";
  for (auto& key : keys.spaces) text += "space " + std::to_string(key.space.value) + " " + std::to_string(key.generation) + " " + in_hex(key.bytes) + "\n";
  WholeFile file(key_file(database));
  file.write(text);
  file.finish();
}

std::optional<Credentials> credentials_of(const std::string& database, const DeviceKeys& keys, DeviceId device) {
  auto session = database + ".session";
  if (auto& invited = keys.invited) return Credentials{{Peer::Kind::invite, invited->number, 0}, invited->key, invited->claim, keys.pins, session};
  auto key = keys.of(device);
  return key ? std::optional(Credentials{{Peer::Kind::device, device.value, key->generation}, key->bytes, {}, keys.pins, session}) : std::nullopt;
}

}  // namespace carnet
