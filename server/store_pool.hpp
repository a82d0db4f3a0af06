// Threads that own one connection to the store each and run jobs on it, as they come. The one that writes into SQLite takes all jobs that wait,
// whoever they are from, into one transaction: one sync to disk for many devices; those of PostgreSQL, which does that itself, take one each. A
// job's outcome is told after the commit. What one job throws undoes that job and no other; a fault of the disk undoes them all.
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

  // Awaits the job's commit; rethrows what it threw. Called from the network's thread.
  boost::asio::awaitable<void> run(Job job);
  std::size_t waiting();  // jobs that no thread has taken yet

 private:
  struct Waiting {
    Job job;
    std::function<void(std::exception_ptr)> done;
    std::exception_ptr fault = nullptr;
  };
  void loop(SqlStore& store);
  void run_batch(SqlStore& store, std::vector<Waiting>& batch);
  static std::exception_ptr run_alone(SqlStore& store, const Job& job);

  bool writes_;
  Metrics* metrics_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Waiting> queue_;
  bool stop_ = false;
  std::vector<std::unique_ptr<SqlStore>> stores_;
  std::vector<std::thread> threads_;
};

}  // namespace carnet
