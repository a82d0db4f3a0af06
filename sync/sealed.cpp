#include "sync/sealed.hpp"

#include <sodium.h>

#include <stdexcept>
#include <utility>

#include "core/base64url.hpp"
#include "sync/peer.hpp"

namespace carnet {

namespace {

constexpr std::size_t nonce_bytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, tag_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t key_bytes = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr char context[crypto_kdf_CONTEXTBYTES + 1] = "carnseal";
static_assert(device_key_bytes == crypto_kdf_KEYBYTES);

unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* bytes(const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string sealing_key(const std::string& device_key) {
  if (device_key.size() != device_key_bytes) throw std::logic_error("a device's key has 32 bytes");
  std::string key(key_bytes, '\0');
  crypto_kdf_derive_from_key(bytes(key), key.size(), 1, context, bytes(device_key));
  return key;
}

}  // namespace

std::string seal(const std::string& text, const std::string& device_key, RowId row) {
  auto key = sealing_key(device_key), bound = std::to_string(row.value);
  std::string sealed(nonce_bytes + text.size() + tag_bytes, '\0');
  randombytes_buf(sealed.data(), nonce_bytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(bytes(sealed) + nonce_bytes, nullptr, bytes(text), text.size(), bytes(bound), bound.size(), nullptr, bytes(sealed), bytes(key));
  return to_base64url(sealed);
}

std::optional<std::string> open_sealed(const std::string& sealed, const std::string& device_key, RowId row) {
  auto held = from_base64url(sealed);
  if (!held || held->size() < nonce_bytes + tag_bytes) return {};
  auto key = sealing_key(device_key), bound = std::to_string(row.value);
  std::string text(held->size() - nonce_bytes - tag_bytes, '\0');
  bool opened = crypto_aead_xchacha20poly1305_ietf_decrypt(bytes(text), nullptr, nullptr, bytes(std::as_const(*held)) + nonce_bytes, held->size() - nonce_bytes, bytes(bound), bound.size(), bytes(std::as_const(*held)), bytes(key)) == 0;
  return opened ? std::optional(text) : std::nullopt;
}

}  // namespace carnet
