// The device's side of TLS 1.3, put into libcurl's context: the device's key, or the relay's pinned certificate, with a hello that says no
// more than it must; every byte that passes the socket counted; and a session by certificate that a later run resumes.
// Libcurl is to be told of it by prepare(), and it lives longer than libcurl's handle. One thread.
#pragma once
#include <curl/curl.h>
#include <openssl/ssl.h>

#include <cstdint>
#include <functional>
#include <string>

#include "client/keys.hpp"
#include "sync/address.hpp"

namespace carnet {

class ClientTls {
 public:
  struct Seen {
    std::function<void()> connected;                               // TLS begins on a new connection
    std::function<void(std::int64_t up, std::int64_t down)> moved;  // bytes on the socket, TLS's own included
  };
  ClientTls(Address::Way way, Credentials credentials, Seen seen);

  void prepare(CURL* curl);
  void speak_as(Credentials credentials) { credentials_ = std::move(credentials); }
  const Credentials& credentials() const { return credentials_; }

  // Why the last handshake failed, where either end turned the other away.
  enum class Refusal { none, by_relay, certificate, untrusted };  // untrusted: by the system
  Refusal refusal() const { return refusal_; }
  void begin() { refusal_ = Refusal::none; }
  void end(CURLcode code);

 private:
  static CURLcode set_up(CURL*, void* context, void* self);
  void set_up(SSL_CTX* context);
  static int use_key(SSL* connection, const EVP_MD*, const unsigned char** identity, std::size_t* size, SSL_SESSION** session);
  static int judge(X509_STORE_CTX* chain, void* self);
  static void watch(const SSL* connection, int where, int what);
  static long count(BIO*, int operation, const char*, std::size_t, int, long, int result, std::size_t* bytes);
  static int keep_session(SSL* connection, SSL_SESSION* session);
  bool is_pinned(X509* certificate) const;
  void begin_on(SSL* connection);
  void resume(SSL* connection) const;

  Address::Way way_;
  Credentials credentials_;
  std::string identity_;
  Seen seen_;
  Refusal refusal_ = Refusal::none;
};

}  // namespace carnet
