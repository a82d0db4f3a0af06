// What a pool's connections to PostgreSQL know of devices from earlier exchanges: whose they are, what that person may do where, and the limits of
// the space. It holds for as long as the number of the device's rights, which is read anew with every exchange, is the same: whatever
// changes any of it, at whatever relay, raises that (server/accounts.hpp). Any thread.
#pragma once
#include <map>
#include <mutex>
#include <optional>

#include "sync/messages.hpp"
#include "sync/relay_store.hpp"

namespace carnet {

class KnownAccounts {
 public:
  struct Known {
    Account account;
    Limits limits;
  };
  std::optional<Known> find(DeviceId device, SpaceId space) {
    std::lock_guard lock(mutex_);
    auto at = all_.find({device, space});
    return at == all_.end() ? std::nullopt : std::optional(at->second);
  }
  void keep(DeviceId device, SpaceId space, Known known) {
    std::lock_guard lock(mutex_);
    if (all_.size() >= most) all_.clear();
    all_.insert_or_assign({device, space}, std::move(known));
  }

 private:
  static constexpr std::size_t most = 50'000;  // some 20 MB
  std::mutex mutex_;
  std::map<std::pair<DeviceId, SpaceId>, Known> all_;
};

}  // namespace carnet
