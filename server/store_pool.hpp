// Threads that own one connection to the store each and run jobs on it, as they come. The one that writes into SQLite takes all jobs that wait,
// whoever they are from, into one transaction: one sync to disk for many devices; those of PostgreSQL, which does that itself, take one each, and
// no two of them one of the same space, since the second would wait for the first, with its connection. A job's outcome is told after the
// commit. What one job throws undoes that job and no other; a fault of the disk undoes them all.
#pragma once
#include <utility>  // Boost 1.74 forgets it

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>

#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/awaitable.hpp>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include "server/metrics.hpp"
#include "server/sql_store.hpp"

namespace carnet {

class StorePool {
 public:
  using Job = std::function<void(SqlStore&)>;

  // `metrics`, if any, live as long as this.
  StorePool(const std::string& place, bool writes, const Keys& keys, int connections = 1, Metrics* metrics = nullptr);
  ~StorePool();

  // Awaits the job's commit; rethrows what it threw. Called from the network's thread. `holds`: the space that it writes in, where that is one.
  boost::asio::awaitable<void> run(Job job, std::optional<SpaceId> holds = {});
  std::size_t waiting();  // jobs that no thread has taken yet

 private:
  struct Waiting {
    Job job;
    std::optional<SpaceId> holds;
    std::function<void(std::exception_ptr)> done;
    std::exception_ptr fault = nullptr;
  };
  using Queue = std::deque<Waiting>;
  void loop(SqlStore& store);
  Queue::iterator next();  // whose space nobody holds
  void run_batch(SqlStore& store, std::vector<Waiting>& batch);
  static std::exception_ptr run_alone(SqlStore& store, const Job& job);

  bool writes_;
  Metrics* metrics_;
  std::mutex mutex_;
  std::condition_variable wake_;
  Queue queue_;
  std::set<SpaceId> held_;  // by jobs that are being done
  bool stop_ = false;
  KnownAccounts known_;
  std::vector<std::unique_ptr<SqlStore>> stores_;
  std::vector<std::thread> threads_;
};

}  // namespace carnet
