// A thread that owns one connection to the store and runs jobs on it. The writing one takes all jobs that wait, whoever
// they are from, into one transaction: one sync to disk for many devices. A job's outcome is told after the commit. What one job
// throws undoes that job and no other; a fault of the disk undoes them all.
#pragma once
#include <utility>  // Boost 1.74 forgets it

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>

#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/awaitable.hpp>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "server/sqlite_store.hpp"

namespace carnet {

class StoreThread {
 public:
  using Job = std::function<void(RelayStore&)>;

  StoreThread(const std::string& path, bool writes, const Keys& keys);
  ~StoreThread();

  // Awaits the job's commit; rethrows what it threw. Called from the network's thread.
  boost::asio::awaitable<void> run(Job job);

 private:
  struct Waiting {
    Job job;
    std::function<void(std::exception_ptr)> done;
    std::exception_ptr fault = nullptr;
  };
  void loop();
  void run_batch(std::vector<Waiting>& batch);
  std::exception_ptr run_alone(const Job& job);

  SqliteStore store_;
  bool writes_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Waiting> queue_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace carnet
