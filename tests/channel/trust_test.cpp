// A relay whose operator has a certificate of a public issuer: devices hold it against what the system trusts. The system's list is a file
// of the test here, as anybody may choose it for OpenSSL.
#include <catch2/catch.hpp>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <filesystem>

#include "client/sync_run.hpp"
#include "tests/live_relay.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

// An issuer of certificates that are good from yesterday to tomorrow.
class Authority {
 public:
  explicit Authority(const std::string& file) {
    certificate_ = made("authority", key_, "basicConstraints", "critical,CA:TRUE");
    write(file, certificate_.get(), nullptr);
  }

  // With its key, for whoever has one of these names: "DNS:relay.example".
  void issue(const std::string& file, const std::string& names) {
    Key key = fresh();
    write(file, made("relay", key, "subjectAltName", names).get(), key.get());
  }

 private:
  using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
  using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
  static Key fresh() { return {EVP_EC_gen("P-256"), EVP_PKEY_free}; }

  Certificate made(const char* name, const Key& key, const char* extension, const std::string& value) {
    Certificate one(X509_new(), X509_free);
    X509_set_version(one.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(one.get()), ++serial_);
    X509_gmtime_adj(X509_getm_notBefore(one.get()), -86'400);
    X509_gmtime_adj(X509_getm_notAfter(one.get()), 86'400);
    X509_set_pubkey(one.get(), key.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(one.get()), "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
    X509_set_issuer_name(one.get(), X509_get_subject_name(certificate_ ? certificate_.get() : one.get()));
    std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> says(X509V3_EXT_conf(nullptr, nullptr, extension, value.c_str()), X509_EXTENSION_free);
    X509_add_ext(one.get(), says.get(), -1);
    if (X509_sign(one.get(), key_.get(), EVP_sha256()) <= 0) throw std::runtime_error("OpenSSL signs nothing");
    return one;
  }
  static void write(const std::string& path, X509* certificate, EVP_PKEY* key) {
    std::unique_ptr<std::FILE, decltype(&std::fclose)> file(std::fopen(path.c_str(), "w"), std::fclose);
    PEM_write_X509(file.get(), certificate);
    if (key) PEM_write_PrivateKey(file.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  }

  long serial_ = 0;
  Key key_ = fresh();
  Certificate certificate_{nullptr, X509_free};
};

// What the system trusts, until it goes: this file, and nothing else.
class Trusted {
 public:
  explicit Trusted(const std::string& file) {
    setenv("SSL_CERT_FILE", file.c_str(), 1);
    setenv("SSL_CERT_DIR", (file + ".none").c_str(), 1);
  }
  ~Trusted() {
    unsetenv("SSL_CERT_FILE");
    unsetenv("SSL_CERT_DIR");
  }
};

// A relay with an operator's certificate, and a device whose invite carries no pin.
struct Town {
  LiveRelay relay{{}, toy(), Address::Way::certificate};
  std::string ours = relay.dir.file("authority"), theirs = relay.dir.file("another");
  Authority authority{ours}, another{theirs};
  std::unique_ptr<Device> device = relay.device();

  // What comes of an exchange at this host, where the relay shows that certificate.
  SyncRun visit(const std::string& certificate, const std::string& host) {
    relay.stop();
    relay.start({.store = relay.dir.file("relay.db"), .port = 0, .certificate = {certificate, certificate}});
    auto keys = *read_keys(device->path);
    keys.pins.clear();
    write_keys(device->path, keys);
    std::filesystem::remove(device->path + ".session");
    device->replica->set("address", "https://" + host + ":" + std::to_string(relay.server->port()));
    return sync(*device->replica);
  }
  std::string issued(Authority& by, const std::string& names) {
    auto file = relay.dir.file("certificate" + std::to_string(++files));
    by.issue(file, names);
    return file;
  }
  int files = 0;
};

}  // namespace

TEST_CASE("a certificate of an issuer that the system trusts opens, by name and by address") {
  Town town;
  Trusted trusted(town.ours);
  auto certificate = town.issued(town.authority, "DNS:localhost,IP:127.0.0.1");
  for (auto* host : {"localhost", "127.0.0.1"}) {
    auto run = town.visit(certificate, host);
    INFO((run ? "" : run.error->text));
    REQUIRE(run);
    CHECK(run.report.verdicts.at(town.relay.space) == Verdict::identical);
  }
}

TEST_CASE("a trusted issuer's certificate for another name is refused before anything is said, in the reader's language") {
  Town town;
  Trusted trusted(town.ours);
  auto certificate = town.issued(town.authority, "DNS:relay.example,IP:192.0.2.7");
  for (auto& [language, part] : {std::pair("fr", "ne fait pas confiance au certificat"), {"nl", "vertrouwt het certificaat van het adres"}, {"en", "does not trust the certificate"}}) {
    town.device->replica->set("language", language);
    auto run = town.visit(certificate, "localhost");
    REQUIRE_FALSE(run);
    CHECK(run.error->code == Code::not_allowed);
    CHECK(run.error->text.find(part) != std::string::npos);
    CHECK(run.report.frames_up == 0);
  }
  CHECK_FALSE(town.visit(certificate, "127.0.0.1"));
  CHECK_FALSE(town.relay.store->devices().front().last_met);
}

TEST_CASE("an issuer that the system does not trust is refused, whatever name it gives, and so is a certificate that signs itself") {
  Town town;
  Trusted trusted(town.ours);
  for (auto& certificate : {town.issued(town.another, "DNS:localhost,IP:127.0.0.1"), town.relay.certificate()}) {
    auto run = town.visit(certificate, "localhost");
    REQUIRE_FALSE(run);
    INFO(run.error->text);
    CHECK(run.error->code == Code::not_allowed);
  }
  CHECK_FALSE(town.relay.store->devices().front().last_met);
}
