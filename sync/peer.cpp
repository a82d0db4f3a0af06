#include "sync/peer.hpp"

#include <sodium.h>

#include "core/text/varint.hpp"

namespace carnet {

namespace {

std::size_t key_bytes(const Peer& peer) { return peer.kind == Peer::Kind::invite ? invite_key_bytes : device_key_bytes; }

}  // namespace

std::string identity_of(const Peer& peer) {
  std::string identity(1, static_cast<char>(peer.kind));
  text::put_number(identity, peer.number);
  text::put_number(identity, peer.generation);
  return identity;
}

std::optional<Peer> read_identity(std::string_view identity) {
  text::VarintReader reader(identity);
  auto kind = reader.small(static_cast<std::uint32_t>(Peer::Kind::invite));
  Peer peer{static_cast<Peer::Kind>(kind), reader.small(UINT32_MAX), reader.small(UINT32_MAX)};
  bool whole = reader.done() && kind > 0 && (peer.kind == Peer::Kind::device) == (peer.generation > 0);
  return whole ? std::optional(peer) : std::nullopt;
}

std::string bearer_of(const Peer& peer, std::string_view key) { return identity_of(peer).append(key); }

std::optional<Peer> proved_by(std::string_view bearer, const Keys& keys) {
  auto kind = bearer.empty() ? Peer::Kind{} : static_cast<Peer::Kind>(bearer.front());
  auto size = key_bytes({kind});
  if (bearer.size() <= size) return {};
  auto peer = read_identity(bearer.substr(0, bearer.size() - size));
  if (!peer) return {};
  auto key = keys.key_of(*peer);
  return sodium_memcmp(key.data(), bearer.data() + bearer.size() - size, size) == 0 ? peer : std::nullopt;
}

}  // namespace carnet
