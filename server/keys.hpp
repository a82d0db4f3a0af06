// The relay's one secret: 32 random bytes, in a file of mode 0600 beside the store, from which every other key is derived by HKDF-SHA256
// (RFC 5869). Neither the store nor its backups hold a secret; whoever restores needs this file too. May be used from any thread.
#pragma once
#include <string>

#include "server/database.hpp"
#include "sync/peer.hpp"

namespace carnet {

class MasterKey final : public Keys {
 public:
  static void create(const std::string& path);  // throws where there is one
  static MasterKey read(const std::string& path);
  explicit MasterKey(std::string bytes) : bytes_(std::move(bytes)) {}

  std::string key_of(const Peer& peer) const override;
  std::string passport_seed() const override;
  std::string status_code(const std::string& link) const;  // over what it says (server/status_link.hpp); 32 bytes

 private:
  std::string bytes_;
};

// Beside the store, unless the operator says otherwise.
inline std::string key_file_of(const std::string& store) { return files_of(store) + ".key"; }

}  // namespace carnet
