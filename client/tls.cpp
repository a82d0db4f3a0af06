#include "client/tls.hpp"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>

namespace carnet {

namespace {

constexpr unsigned char aes_128_gcm_sha256[] = {0x13, 0x01};

int index_of_self() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

ClientTls& of(const SSL* connection) { return *static_cast<ClientTls*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(connection), index_of_self())); }

using Session = std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)>;

template <class Value>
void set(CURL* curl, CURLoption option, Value value) {
  if (curl_easy_setopt(curl, option, value) != CURLE_OK) throw std::runtime_error("libcurl lacks an option we need");
}

}  // namespace

ClientTls::ClientTls(Address::Way way, Credentials credentials, Seen seen) : way_(way), credentials_(std::move(credentials)), seen_(std::move(seen)) {}

void ClientTls::prepare(CURL* curl) {
  bool by_system = way_ == Address::Way::certificate && credentials_.pins.empty();
  set(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_3));
  set(curl, CURLOPT_SSL_ENABLE_ALPN, 0L);
  set(curl, CURLOPT_CAINFO, static_cast<const char*>(nullptr));  // OpenSSL's own list is taken in its place: set_up()
  set(curl, CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  set(curl, CURLOPT_SSL_SESSIONID_CACHE, 0L);
  set(curl, CURLOPT_SSL_VERIFYPEER, by_system ? 1L : 0L);  // else it is judged here
  set(curl, CURLOPT_SSL_VERIFYHOST, by_system ? 2L : 0L);
  set(curl, CURLOPT_SSL_CTX_FUNCTION, static_cast<curl_ssl_ctx_callback>(&ClientTls::set_up));
  set(curl, CURLOPT_SSL_CTX_DATA, this);
}

CURLcode ClientTls::set_up(CURL*, void* context, void* self) {
  static_cast<ClientTls*>(self)->set_up(static_cast<SSL_CTX*>(context));
  return CURLE_OK;
}

void ClientTls::set_up(SSL_CTX* context) {
  SSL_CTX_set_ex_data(context, index_of_self(), this);
  SSL_CTX_set_info_callback(context, watch);
  SSL_CTX_set_quiet_shutdown(context, 1);  // HTTP says where an answer ends
  SSL_CTX_clear_options(context, SSL_OP_TLSEXT_PADDING);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, keep_session);
  bool by_key = way_ == Address::Way::key;
  if (!by_key && credentials_.pins.empty()) {  // whatever the operator's proxy needs
    SSL_CTX_set_default_verify_paths(context);
    return;
  }
  SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256");
  SSL_CTX_set1_groups_list(context, "X25519");
  SSL_CTX_set1_sigalgs_list(context, "ECDSA+SHA256");
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context, judge, this);
  if (!by_key) return;
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_psk_use_session_callback(context, use_key);
}

int ClientTls::use_key(SSL* connection, const EVP_MD*, const unsigned char** identity, std::size_t* size, SSL_SESSION** session) {
  auto& self = of(connection);
  auto& key = self.credentials_.key;
  self.identity_ = identity_of(self.credentials_.peer);
  *identity = reinterpret_cast<const unsigned char*>(self.identity_.data());
  *size = self.identity_.size();
  Session made(SSL_SESSION_new(), SSL_SESSION_free);
  bool whole = made && SSL_SESSION_set1_master_key(made.get(), reinterpret_cast<const unsigned char*>(key.data()), key.size()) == 1 &&
               SSL_SESSION_set_cipher(made.get(), SSL_CIPHER_find(connection, aes_128_gcm_sha256)) == 1 && SSL_SESSION_set_protocol_version(made.get(), TLS1_3_VERSION) == 1;
  *session = whole ? made.release() : nullptr;
  return whole ? 1 : 0;
}

// In the place of OpenSSL's own check. Who is to prove itself by our key has no use for a certificate, whosever it is.
int ClientTls::judge(X509_STORE_CTX* chain, void* self) {
  auto& tls = *static_cast<ClientTls*>(self);
  if (tls.way_ == Address::Way::certificate && tls.is_pinned(X509_STORE_CTX_get0_cert(chain))) return 1;
  tls.refusal_ = Refusal::certificate;
  X509_STORE_CTX_set_error(chain, X509_V_ERR_CERT_UNTRUSTED);
  return 0;
}

bool ClientTls::is_pinned(X509* certificate) const {
  unsigned char* der = nullptr;
  int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  std::string pin(32, '\0');
  bool hashed = size > 0 && EVP_Digest(der, static_cast<std::size_t>(size), reinterpret_cast<unsigned char*>(pin.data()), nullptr, EVP_sha256(), nullptr) == 1;
  OPENSSL_free(der);
  return hashed && std::find(credentials_.pins.begin(), credentials_.pins.end(), pin) != credentials_.pins.end();
}

void ClientTls::watch(const SSL* connection, int where, int what) {
  auto& self = of(connection);
  if (where & SSL_CB_HANDSHAKE_START) self.begin_on(const_cast<SSL*>(connection));
  bool fatal = (where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && what >> 8 == SSL3_AL_FATAL;
  if (fatal) self.refusal_ = Refusal::by_relay;
  bool distrusts = (where & SSL_CB_WRITE_ALERT) == SSL_CB_WRITE_ALERT && SSL_get_verify_result(connection) != X509_V_OK;
  if (distrusts && self.refusal_ == Refusal::none) self.refusal_ = Refusal::untrusted;
}

// A certificate for another name is noticed by libcurl, when TLS is content.
void ClientTls::end(CURLcode code) {
  if (code == CURLE_PEER_FAILED_VERIFICATION && refusal_ == Refusal::none) refusal_ = Refusal::untrusted;
}

// Again where a ticket comes: then nothing is new.
void ClientTls::begin_on(SSL* connection) {
  auto* socket = SSL_get_rbio(connection);
  if (BIO_get_callback_ex(socket) == &ClientTls::count) return;
  BIO_set_callback_ex(socket, &ClientTls::count);
  BIO_set_callback_arg(socket, reinterpret_cast<char*>(this));
  if (way_ == Address::Way::key || !credentials_.pins.empty()) SSL_set_tlsext_host_name(connection, nullptr);
  if (way_ == Address::Way::certificate) resume(connection);
  seen_.connected();
}

long ClientTls::count(BIO* socket, int operation, const char*, std::size_t, int, long, int result, std::size_t* bytes) {
  auto& self = *reinterpret_cast<ClientTls*>(BIO_get_callback_arg(socket));
  if (result > 0 && bytes && operation == (BIO_CB_READ | BIO_CB_RETURN)) self.seen_.moved(0, static_cast<std::int64_t>(*bytes));
  if (result > 0 && bytes && operation == (BIO_CB_WRITE | BIO_CB_RETURN)) self.seen_.moved(static_cast<std::int64_t>(*bytes), 0);
  return result;
}

void ClientTls::resume(SSL* connection) const {
  std::ifstream from(credentials_.session_file, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(from), {}};
  auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  Session session(d2i_SSL_SESSION(nullptr, &at, static_cast<long>(bytes.size())), SSL_SESSION_free);
  if (session) SSL_set_session(connection, session.get());
}

// What cannot be kept costs a full handshake next time, and no more.
int ClientTls::keep_session(SSL* connection, SSL_SESSION* session) {
  auto& path = of(connection).credentials_.session_file;
  if (of(connection).way_ != Address::Way::certificate || path.empty()) return 0;
  unsigned char* der = nullptr;
  int size = i2d_SSL_SESSION(session, &der);
  int file = open((path + ".new").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  bool written = size > 0 && file >= 0 && write(file, der, static_cast<std::size_t>(size)) == size;
  if (file >= 0) close(file);
  OPENSSL_free(der);
  if (written) std::rename((path + ".new").c_str(), path.c_str());
  return 0;
}

}  // namespace carnet
