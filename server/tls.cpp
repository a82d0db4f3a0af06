#include "server/tls.hpp"

#include <openssl/ssl.h>

#include <filesystem>
#include <stdexcept>

#include "server/certificate.hpp"

namespace carnet {

namespace ssl = boost::asio::ssl;

namespace {

constexpr unsigned char aes_128_gcm_sha256[] = {0x13, 0x01};
constexpr long resumable_seconds = 7 * 86'400;  // the most that TLS 1.3 knows
constexpr long most_sessions = 10'000;         // about 10 MB
constexpr unsigned char resumed_here[] = "carnet";  // sessions of other servers are not ours

int index_of_keys() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

int index_of_peer() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

// For every identity of a hello, also those of sessions to resume, which are none of ours. That the peer has the key, OpenSSL then checks.
int find_key(SSL* connection, const unsigned char* identity, std::size_t size, SSL_SESSION** found) {
  auto* proved = static_cast<std::optional<Peer>*>(SSL_get_ex_data(connection, index_of_peer()));
  auto* keys = static_cast<const MasterKey*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(connection), index_of_keys()));
  *found = nullptr;
  *proved = read_identity({reinterpret_cast<const char*>(identity), size});
  if (!*proved) return 1;
  auto key = keys->key_of(**proved);
  auto* session = SSL_SESSION_new();
  bool made = session && SSL_SESSION_set1_master_key(session, reinterpret_cast<const unsigned char*>(key.data()), key.size()) == 1 &&
              SSL_SESSION_set_cipher(session, SSL_CIPHER_find(connection, aes_128_gcm_sha256)) == 1 && SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION) == 1;
  if (!made) {
    SSL_SESSION_free(session);
    return 0;
  }
  *found = session;
  SSL_set_num_tickets(connection, 0);  // the key does all that a ticket would
  return 1;
}

void use(ssl::context& context, const CertificateFiles& files) {
  boost::system::error_code fault;
  context.use_certificate_chain_file(files.certificate, fault);
  if (!fault) context.use_private_key_file(files.key, ssl::context::pem, fault);
  if (fault || SSL_CTX_check_private_key(context.native_handle()) != 1)
    throw std::runtime_error("the certificate " + files.certificate + " and its key " + files.key + " cannot be used" + (fault ? ": " + fault.message() : " with each other"));
}

ssl::context context_of(const MasterKey& keys, const CertificateFiles& files) {
  ssl::context made(ssl::context::tls_server);
  auto* context = made.native_handle();
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256");
  SSL_CTX_set1_groups_list(context, "X25519");
  SSL_CTX_set_session_id_context(context, resumed_here, sizeof resumed_here - 1);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_quiet_shutdown(context, 1);  // HTTP says where an answer ends
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);  // sessions are kept here, and named: a ticket with all in it weighs 180 bytes more, twice
  SSL_CTX_set_num_tickets(context, 1);
  SSL_CTX_set_timeout(context, resumable_seconds);
  SSL_CTX_sess_set_cache_size(context, most_sessions);
  SSL_CTX_set_ex_data(context, index_of_keys(), const_cast<MasterKey*>(&keys));
  SSL_CTX_set_psk_find_session_callback(context, find_key);
  if (!files.certificate.empty()) use(made, files);
  return made;
}

}  // namespace

Certificates certificates_of(const std::string& store, const CertificateFiles& named, const std::string& next_pin) {
  if (!named.certificate.empty()) return {named, next_pin};
  auto own = certificate_file_of(store), next = next_certificate_file_of(store);
  if (!std::filesystem::exists(own)) return {};
  return {{own, own}, std::filesystem::exists(next) ? pin_of_certificate(next) : std::string()};
}

ServerTls::ServerTls(const MasterKey& keys, const CertificateFiles& files) : keys_(keys), context_(context_of(keys, files)) {}

// Each connection holds on to the context that it was made from.
void ServerTls::reload(const CertificateFiles& files) { context_ = context_of(keys_, files); }

// OpenSSL forgets the session of a connection that just ends.
void ServerTls::end(SSL* connection) { SSL_set_shutdown(connection, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN); }

void ServerTls::note_in(SSL* connection, std::optional<Peer>* proved) { SSL_set_ex_data(connection, index_of_peer(), proved); }

}  // namespace carnet
