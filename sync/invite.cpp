#include "sync/invite.hpp"

#include <sodium.h>

#include "core/pack.hpp"
#include "sync/limits.hpp"

namespace carnet {

namespace {

constexpr std::string_view prefix = "carnet1-";
constexpr std::size_t max_invite = 4'000, max_name = 200, check_bytes = 4;
constexpr int base64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
constexpr unsigned char key16[crypto_shorthash_KEYBYTES + 1] = "carnet invite v1";

std::string check_of(std::string_view bytes) {
  unsigned char hash[crypto_shorthash_BYTES];
  crypto_shorthash(hash, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), key16);
  return {reinterpret_cast<const char*>(hash), check_bytes};
}

}  // namespace

std::string to_text(const Invite& invite) {
  Packer packer;
  packer.array(4 + 3 * invite.spaces.size()).text(invite.address).integer(invite.device.value).text(invite.name);
  packer.bytes(std::as_bytes(std::span(invite.secret)));
  for (auto& space : invite.spaces) packer.integer(space.id.value).text(space.name).text(space.kind);
  auto bytes = packer.take();
  bytes += check_of(bytes);
  std::string text(sodium_base64_encoded_len(bytes.size(), base64), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), base64);
  text.pop_back();  // the terminating zero
  return std::string(prefix) + text;
}

Result<Invite> read_invite(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  auto mistyped = Error{Code::malformed, "this is no whole invite; copy it again, from 'carnet1-' to its last character"};
  if (!text.starts_with(prefix) || text.size() > max_invite) return mistyped;
  text.remove_prefix(prefix.size());
  std::string bytes(text.size(), '\0');
  std::size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(), text.size(), "\r\n ", &size,
                        nullptr, base64) != 0 || size < check_bytes)
    return mistyped;
  bytes.resize(size);
  std::string_view body(bytes.data(), size - check_bytes);
  if (bytes.substr(body.size()) != check_of(body)) return mistyped;
  Reader reader(body);
  Invite invite;
  auto items = reader.array(4 + 3 * max_spaces);
  invite.address = reader.text(max_name);
  invite.device = DeviceId{static_cast<std::uint32_t>(reader.integer(1, max_device))};
  invite.name = reader.text(max_name);
  invite.secret = reader.bytes(secret_bytes);
  for (std::size_t k = 4; k + 2 < items && reader.ok(); k += 3) {
    Invite::Space space;
    space.id = SpaceId{static_cast<std::uint32_t>(reader.integer(1, max_space))};
    space.name = reader.text(max_name);
    space.kind = reader.text(max_name);
    invite.spaces.push_back(std::move(space));
  }
  if (!reader.done() || invite.secret.size() != secret_bytes) return mistyped;
  return invite;
}

}  // namespace carnet
