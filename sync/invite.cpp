#include "sync/invite.hpp"

#include <sodium.h>

#include <algorithm>
#include <stdexcept>

#include "core/base64url.hpp"
#include "core/pack.hpp"
#include "sync/limits.hpp"
#include "sync/peer.hpp"

namespace carnet {

namespace {

constexpr std::string_view prefix = "carnet1-";
constexpr std::size_t max_invite = 4'000, max_name = 200, check_bytes = 4, pin_bytes = 32, items_before_spaces = 7;
constexpr int roles = 4;  // but none
constexpr std::int64_t max_time = std::int64_t{1} << 40;
constexpr unsigned char key16[crypto_shorthash_KEYBYTES + 1] = "carnet invite v1";

std::string check_of(std::string_view bytes) {
  unsigned char hash[crypto_shorthash_BYTES];
  crypto_shorthash(hash, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), key16);
  return {reinterpret_cast<const char*>(hash), check_bytes};
}

std::int64_t kind_and_role(const Invite::Space& space) {
  auto kind = std::find(space_kinds.begin(), space_kinds.end(), space.kind);
  if (kind == space_kinds.end() || space.role < Role::reader || space.role > Role::admin) throw std::logic_error("no invite tells of a space of kind '" + space.kind + "'");
  return (kind - space_kinds.begin()) * roles + static_cast<int>(space.role) - 1;
}

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

Error mistyped() { return {Code::malformed, "this is no whole invite; copy it again, from 'carnet1-' to its last character"}; }

Result<std::string> unpack(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  if (!text.starts_with(prefix) || text.size() > max_invite) return mistyped();
  text.remove_prefix(prefix.size());
  auto bytes = from_base64url(text, "\r\n ");
  if (!bytes || bytes->size() < check_bytes) return mistyped();
  auto body = bytes->substr(0, bytes->size() - check_bytes);
  return bytes->substr(body.size()) == check_of(body) ? Result<std::string>(body) : mistyped();
}

}  // namespace

std::string to_text(const Invite& invite) {
  Packer packer;
  packer.array(items_before_spaces + 3 * invite.spaces.size()).text(invite.address);
  invite.pin.empty() ? packer.nil() : packer.bytes(bytes_of(invite.pin));
  packer.integer(invite.device.value).text(invite.name).integer(invite.number).bytes(bytes_of(invite.key)).integer(invite.expires);
  for (auto& space : invite.spaces) packer.integer(space.id.value).integer(kind_and_role(space)).text(space.name);
  auto bytes = packer.take();
  bytes += check_of(bytes);
  return std::string(prefix) + to_base64url(bytes);
}

Result<Invite> read_invite(std::string_view text) {
  auto body = unpack(text);
  if (!body) return body.error();
  Reader reader(*body);
  Invite invite;
  auto items = reader.array(items_before_spaces + 3 * max_spaces);
  invite.address = reader.text(max_name);
  if (!reader.nil() && (invite.pin = reader.bytes(pin_bytes)).size() != pin_bytes) reader.fail();
  invite.device = DeviceId{static_cast<std::uint32_t>(reader.integer(1, max_device))};
  invite.name = reader.text(max_name);
  invite.number = static_cast<std::uint32_t>(reader.integer(1, UINT32_MAX));
  invite.key = reader.bytes(invite_key_bytes);
  invite.expires = reader.integer(0, max_time);
  for (std::size_t k = items_before_spaces; k + 2 < items && reader.ok(); k += 3) {
    Invite::Space space;
    space.id = SpaceId{static_cast<std::uint32_t>(reader.integer(1, max_space))};
    auto both = static_cast<std::size_t>(reader.integer(0, roles * static_cast<std::int64_t>(space_kinds.size()) - 1));
    space.kind = space_kinds.at(both / roles);
    space.role = static_cast<Role>(both % roles + 1);
    space.name = reader.text(max_name);
    invite.spaces.push_back(std::move(space));
  }
  if (!reader.done() || invite.key.size() != invite_key_bytes) return mistyped();
  return invite;
}

}  // namespace carnet
