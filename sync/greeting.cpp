#include "sync/greeting.hpp"

#include <sodium.h>

#include <algorithm>
#include <stdexcept>

#include "sync/limits.hpp"

namespace carnet {

namespace {

constexpr char context[crypto_kdf_CONTEXTBYTES + 1] = "carnnear";
constexpr std::string_view magic = "carnet near\1";
constexpr std::size_t before_tags = magic.size() + 1 + salt_bytes;

enum Use : std::uint64_t { channel = 1, tags = 2, proofs = 3 };

unsigned char* raw(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* raw(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string derived(const SpaceKey& key, Use use, std::size_t bytes) {
  if (key.bytes.size() != crypto_kdf_KEYBYTES) throw std::logic_error("a space's key has 32 bytes");
  std::string made(bytes, '\0');
  crypto_kdf_derive_from_key(raw(made), bytes, use, context, raw(std::string_view(key.bytes)));
  return made;
}

}  // namespace

std::string channel_key_of(const SpaceKey& key) { return derived(key, channel, 32); }

std::string tag_of(const SpaceKey& key, std::string_view salt) {
  static_assert(tag_bytes == crypto_shorthash_BYTES);
  std::string tag(tag_bytes, '\0');
  crypto_shorthash(raw(tag), raw(salt), salt.size(), raw(std::string_view(derived(key, tags, crypto_shorthash_KEYBYTES))));
  return tag;
}

std::string proof_of(const SpaceKey& key, std::string_view channel, bool by_caller) {
  static_assert(proof_bytes >= crypto_generichash_BYTES_MIN);
  auto words = std::string(1, by_caller ? 'c' : 'a').append(channel), with = derived(key, proofs, 32);
  std::string proof(proof_bytes, '\0');
  crypto_generichash(raw(proof), proof.size(), raw(std::string_view(words)), words.size(), raw(std::string_view(with)), with.size());
  return proof;
}

std::string greeting_of(const std::vector<SpaceKey>& keys, std::string_view salt) {
  std::vector<std::string> all;
  for (auto& key : keys)
    if (all.size() < max_proofs) all.push_back(tag_of(key, salt));
  while (all.empty() || all.size() % tags_at_once) {
    std::string none(tag_bytes, '\0');
    randombytes_buf(none.data(), none.size());
    all.push_back(none);
  }
  std::sort(all.begin(), all.end());
  auto greeting = std::string(magic) + static_cast<char>(all.size() / tags_at_once);
  greeting += salt;
  for (auto& tag : all) greeting += tag;
  return greeting;
}

std::size_t GreetingReader::wanted() const {
  if (arrived_.size() < before_tags) return before_tags - arrived_.size();
  return before_tags + static_cast<unsigned char>(arrived_[magic.size()]) * tags_at_once * tag_bytes - arrived_.size();
}

bool GreetingReader::feed(std::string_view bytes) {
  while (!bytes.empty() && wanted() > 0) {
    auto part = bytes.substr(0, wanted());
    arrived_ += part;
    bytes.remove_prefix(part.size());
    auto known = std::min(arrived_.size(), magic.size());
    if (arrived_.compare(0, known, magic.substr(0, known)) != 0) return false;
    if (arrived_.size() < before_tags) continue;
    auto count = static_cast<unsigned char>(arrived_[magic.size()]);
    if (count == 0 || count * tags_at_once > max_proofs) return false;
  }
  return true;
}

std::string_view GreetingReader::salt() const { return std::string_view(arrived_).substr(magic.size() + 1, salt_bytes); }

std::optional<SpaceKey> GreetingReader::find(const std::vector<SpaceKey>& keys) const {
  auto found = std::find_if(keys.begin(), keys.end(), [&](auto& key) {
    auto tag = tag_of(key, salt());
    for (auto at = before_tags; at < arrived_.size(); at += tag_bytes)
      if (arrived_.compare(at, tag_bytes, tag) == 0) return true;
    return false;
  });
  return found == keys.end() ? std::nullopt : std::optional(*found);
}

}  // namespace carnet
