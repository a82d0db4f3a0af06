#include "core/blob.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "core/base64url.hpp"

namespace carnet {

namespace {
constexpr std::size_t hash_characters = 43;

bool is_media_type(std::string_view type) {
  auto slash = type.find('/');
  if (type.size() > max_media_type || slash == 0 || slash == type.npos || slash + 1 == type.size()) return false;
  return std::count(type.begin(), type.end(), '/') == 1 &&
         std::all_of(type.begin(), type.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '/' || c == '.' || c == '+' || c == '-'; });
}
}  // namespace

std::string BlobHash::text() const {
  return to_base64url({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::string BlobHash::file_name() const {
  std::string text(2 * bytes.size() + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
  text.pop_back();
  return text;
}

std::optional<BlobHash> read_hash(std::string_view text) {
  BlobHash hash;
  auto bytes = from_base64url(text.substr(0, hash_characters + 1));
  if (!bytes || bytes->size() != hash.bytes.size()) return {};
  std::memcpy(hash.bytes.data(), bytes->data(), bytes->size());
  return hash.text() == text ? std::optional(hash) : std::nullopt;
}

std::optional<BlobHash> hash_from(std::string_view bytes) {
  BlobHash hash;
  if (bytes.size() != hash.bytes.size()) return {};
  std::copy(bytes.begin(), bytes.end(), hash.bytes.begin());
  return hash;
}

BlobHash hash_of(std::string_view bytes) {
  BlobHash hash;
  crypto_generichash(hash.bytes.data(), hash.bytes.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), nullptr, 0);
  return hash;
}

std::string text_of(const BlobName& name) { return fmt::format("{} {} {}", name.type, name.bytes, name.hash.text()); }

std::optional<BlobName> read_blob_name(std::string_view text) {
  auto first = text.find(' '), second = first == text.npos ? text.npos : text.find(' ', first + 1);
  if (second == text.npos || !is_media_type(text.substr(0, first))) return {};
  BlobName name{std::string(text.substr(0, first)), 0, {}};
  auto digits = text.substr(first + 1, second - first - 1);
  std::from_chars(digits.data(), digits.data() + digits.size(), name.bytes);
  auto hash = read_hash(text.substr(second + 1));
  if (!hash || name.bytes < 1 || name.bytes > max_media_bytes) return {};
  name.hash = *hash;
  return text_of(name) == text ? std::optional(name) : std::nullopt;
}

}  // namespace carnet
