// The relay's side of TLS 1.3, two ways on one port: a pre-shared key for each device (psk_dhe_ke, derived from the master key), which
// proves both sides; or a certificate, with a bearer in the conversation. Without a certificate, who offers no such key is refused.
#pragma once
#include <boost/asio/ssl/context.hpp>

#include <optional>
#include <string>

#include "server/keys.hpp"

namespace carnet {

// Files in PEM: the certificate with its chain, and its key. Empty: none.
struct CertificateFiles {
  std::string certificate, key;
};

// What a relay shows: the files that its operator names, or its own beside the store.
struct Certificates {
  CertificateFiles files;
  std::string next_pin;  // told to devices that come by certificate: 32 bytes, or empty
};
Certificates certificates_of(const std::string& store, const CertificateFiles& named, const std::string& next_pin);

class ServerTls {
 public:
  // `keys` lives as long as this. Throws where the files cannot be used.
  ServerTls(const MasterKey& keys, const CertificateFiles& files);

  boost::asio::ssl::context& context() { return context_; }
  // For handshakes from now on; connections under way keep what they began with. Throws, and changes nothing, where the files cannot be used.
  void reload(const CertificateFiles& files);

  // Before the handshake: where to note who it proves. `proved` lives as long as the connection, and is true once the handshake has ended well.
  static void note_in(SSL* connection, std::optional<Peer>* proved);
  static void end(SSL* connection);  // its session may be resumed

 private:
  const MasterKey& keys_;
  boost::asio::ssl::context context_;
};

}  // namespace carnet
