#include "server/keys.hpp"

#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <stdexcept>

namespace carnet {

namespace {

constexpr std::size_t master_bytes = 32;

std::string derive(std::string master, std::string purpose, std::size_t bytes) {
  std::unique_ptr<EVP_KDF, decltype(&EVP_KDF_free)> hkdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr), EVP_KDF_free);
  std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)> context(EVP_KDF_CTX_new(hkdf.get()), EVP_KDF_CTX_free);
  char digest[] = "SHA256";
  OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
                             OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, master.data(), master.size()),
                             OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, purpose.data(), purpose.size()), OSSL_PARAM_construct_end()};
  std::string key(bytes, '\0');
  if (EVP_KDF_derive(context.get(), reinterpret_cast<unsigned char*>(key.data()), key.size(), parameters) != 1) throw std::runtime_error("OpenSSL lacks HKDF");
  return key;
}

}  // namespace

void MasterKey::create(const std::string& path) {
  int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) throw std::runtime_error(path + " exists already, or its folder cannot be written: the relay's key is made once, and every device's comes from it");
  unsigned char bytes[master_bytes];
  bool made = RAND_priv_bytes(bytes, sizeof bytes) == 1 && write(file, bytes, sizeof bytes) == static_cast<ssize_t>(sizeof bytes) && fsync(file) == 0;
  close(file);
  if (made) return;
  unlink(path.c_str());
  throw std::runtime_error(path + " cannot be written; is the disk full?");
}

MasterKey MasterKey::read(const std::string& path) {
  struct stat file{};
  if (stat(path.c_str(), &file) != 0)
    throw std::runtime_error(path + " is missing: it is the key of this relay, and no backup of the store holds it. Put your own copy of it there; "
                                    "where there is none, `carnet-relay key new` makes another, and every device needs a new invite");
  if (file.st_mode & 077) throw std::runtime_error(path + " can be read by others: chmod 600 it, and if others have read it, make a new one");
  std::ifstream from(path, std::ios::binary);
  std::string bytes(master_bytes + 1, '\0');
  from.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (from.gcount() != static_cast<std::streamsize>(master_bytes)) throw std::runtime_error(path + " is no relay's key: that has 32 bytes");
  bytes.resize(master_bytes);
  return MasterKey(bytes);
}

std::string MasterKey::key_of(const Peer& peer) const {
  bool invite = peer.kind == Peer::Kind::invite;
  auto* purpose = invite ? "carnet invite " : peer.kind == Peer::Kind::space ? "carnet space " : "carnet device ";
  return derive(bytes_, purpose + identity_of(peer), invite ? invite_key_bytes : device_key_bytes);
}

std::string MasterKey::passport_seed() const { return derive(bytes_, "carnet passports", 32); }

std::string MasterKey::status_code(const std::string& link) const { return derive(bytes_, "carnet status " + link, 32); }

}  // namespace carnet
