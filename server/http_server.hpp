// The relay's door: HTTP/1.1 over TLS 1.3 (server/tls.hpp) on one port: POST /sync carries one exchange, GET has pages (server/pages.hpp). Numbers for
// Prometheus have a door of their own, on loopback. One thread moves bytes; others have the store, and pack what takes long. Returns from run() after stop(), when the
// exchanges under way have ended or a grace period has passed.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "server/guard.hpp"
#include "server/tls.hpp"

namespace carnet {

struct ServerOptions {
  std::string store;               // path of the SQLite file, or a postgresql:// address
  int connections = 8;             // to PostgreSQL, for writing, and as many for reading
  std::string address = "127.0.0.1";
  std::uint16_t port = 8440;       // 0: any free one
  int inherited = -1;              // a listening socket in the place of these two
  std::optional<std::uint16_t> metrics_port = {};  // on 127.0.0.1, for Prometheus; 0: any free one
  Guard::Limits limits = {};       // of connections and of how often they come
  std::string proxy = "127.0.0.1"; // what comes from here is not limited by its address: a proxy before the relay speaks for many
  std::uint64_t max_body = std::uint64_t{64} << 20;  // bytes of one exchange up
  int head_seconds = 15;           // until a request's head is whole, and then its hello
  int stall_seconds = 60;          // a connection that moves no byte for so long is closed; one that is slow beyond reason, too
  int grace_seconds = 10;          // for exchanges under way at a stop
  std::string key = {};            // of the relay's key; empty: beside the store
  CertificateFiles certificate = {};  // empty: the relay's own, and its next one, where they are beside the store
  std::string next_pin = {};       // told to devices that come by certificate: 32 bytes, or empty
  bool plain = false;              // without TLS; on a loopback address only
};

class HttpServer {
 public:
  explicit HttpServer(ServerOptions options);
  ~HttpServer();

  std::uint16_t port() const;
  std::uint16_t metrics_port() const;
  void run();   // until stop(), SIGINT or SIGTERM
  void stop();  // from any thread
  void reload();  // the certificate, from its files as they are now; from any thread, or by SIGHUP

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace carnet
