#include "server/certificate.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <stdexcept>

namespace carnet {

namespace {

constexpr const char* name = "carnet";
constexpr const char* from = "20200101000000Z";
constexpr const char* until = "99991231235959Z";  // that of RFC 5280 for "no end"

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using File = std::unique_ptr<std::FILE, decltype(&std::fclose)>;

Certificate signed_by_itself(EVP_PKEY* key) {
  Certificate certificate(X509_new(), X509_free);
  auto* subject = X509_get_subject_name(certificate.get());
  bool made = ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1) == 1 && ASN1_TIME_set_string(X509_getm_notBefore(certificate.get()), from) == 1 &&
              ASN1_TIME_set_string(X509_getm_notAfter(certificate.get()), until) == 1 && X509_set_pubkey(certificate.get(), key) == 1 &&
              X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name), -1, -1, 0) == 1 &&
              X509_set_issuer_name(certificate.get(), subject) == 1 && X509_sign(certificate.get(), key, EVP_sha256()) > 0;
  if (!made) throw std::runtime_error("OpenSSL makes no certificate");
  return certificate;
}

}  // namespace

void make_certificate(const std::string& path) {
  Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  if (!key) throw std::runtime_error("OpenSSL makes no key of P-256");
  auto certificate = signed_by_itself(key.get());
  int handle = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (handle < 0) throw std::runtime_error(path + " exists already, or its folder cannot be written");
  std::FILE* file = fdopen(handle, "w");
  bool written = PEM_write_X509(file, certificate.get()) == 1 && PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1;
  written = std::fflush(file) == 0 && fsync(handle) == 0 && written;
  std::fclose(file);
  if (written) return;
  unlink(path.c_str());
  throw std::runtime_error(path + " cannot be written; is the disk full?");
}

std::string pin_of_certificate(const std::string& path) {
  File file(std::fopen(path.c_str(), "re"), std::fclose);
  Certificate certificate(file ? PEM_read_X509(file.get(), nullptr, nullptr, nullptr) : nullptr, X509_free);
  unsigned char* der = nullptr;
  int size = certificate ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.get()), &der) : 0;
  std::string pin(32, '\0');
  bool hashed = size > 0 && EVP_Digest(der, static_cast<std::size_t>(size), reinterpret_cast<unsigned char*>(pin.data()), nullptr, EVP_sha256(), nullptr) == 1;
  OPENSSL_free(der);
  if (!hashed) throw std::runtime_error(path + " is no certificate in PEM");
  return pin;
}

}  // namespace carnet
