#include "server/store_pool.hpp"

#include <algorithm>
#include <chrono>

#include "server/log.hpp"

namespace carnet {

namespace asio = boost::asio;

namespace {
constexpr std::ptrdiff_t max_batch = 256;  // jobs of one transaction: bounds the time until the first is acknowledged

bool is_of_disk(const std::exception& fault) {
  auto* told = dynamic_cast<const StoreFault*>(&fault);
  return told && told->kind != StoreFault::Kind::of_job;
}

}  // namespace

StorePool::StorePool(const std::string& place, bool writes, const Keys& keys, int connections, Metrics* metrics) : writes_(writes), metrics_(metrics) {
  for (int k = 0; k < connections; ++k) {
    auto& store = stores_.emplace_back(std::make_unique<SqlStore>(place));
    store->use_keys(&keys);
    store->use_accounts(&known_);
  }
  for (auto& store : stores_) threads_.emplace_back([this, &store] { loop(*store); });
}

StorePool::~StorePool() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
}

std::size_t StorePool::waiting() {
  std::lock_guard lock(mutex_);
  return queue_.size();
}

asio::awaitable<void> StorePool::run(Job job, std::optional<SpaceId> holds) {
  auto executor = co_await asio::this_coro::executor;
  auto start = [this, executor, holds](auto handler, Job todo) {
    auto held = std::make_shared<decltype(handler)>(std::move(handler));
    auto done = [held, executor](std::exception_ptr fault) {
      asio::post(executor, [held, fault = std::move(fault)]() mutable { (*held)(std::move(fault)); });
    };
    {
      std::lock_guard lock(mutex_);
      queue_.push_back({std::move(todo), holds, std::move(done)});
    }
    wake_.notify_one();
  };
  co_await asio::async_initiate<decltype(asio::use_awaitable), void(std::exception_ptr)>(start, asio::use_awaitable, std::move(job));
}

StorePool::Queue::iterator StorePool::next() {
  return std::find_if(queue_.begin(), queue_.end(), [this](auto& each) { return !each.holds || !held_.contains(*each.holds); });
}

void StorePool::loop(SqlStore& store) {
  std::ptrdiff_t most = store.database().has_many_writers() ? 1 : max_batch;
  for (;;) {
    std::vector<Waiting> batch;
    {
      std::unique_lock lock(mutex_);
      auto first = queue_.end();
      wake_.wait(lock, [&] { return (first = next()) != queue_.end() || stop_; });
      if (first == queue_.end()) return;  // what waits for a space is done by the thread that holds it
      auto end = first + std::min(queue_.end() - first, most);
      batch.assign(std::make_move_iterator(first), std::make_move_iterator(end));
      queue_.erase(first, end);
      for (auto& each : batch)
        if (each.holds) held_.insert(*each.holds);
    }
    run_batch(store, batch);
    std::lock_guard lock(mutex_);
    for (auto& each : batch)
      if (each.holds) held_.erase(*each.holds);
    if (!queue_.empty()) wake_.notify_one();
  }
}

void StorePool::run_batch(SqlStore& store, std::vector<Waiting>& batch) {
  auto began = std::chrono::steady_clock::now();
  try {
    store.begin(writes_);
    try {
      if (batch.size() == 1) batch.front().job(store);
      else
        for (auto& waiting : batch) waiting.fault = run_alone(store, waiting.job);
      store.commit();
    } catch (...) {
      store.roll_back();
      throw;
    }
  } catch (const std::exception& fault) {  // nothing of the batch is acknowledged, every device tries again
    if (is_of_disk(fault)) log_error("store_fault", {{"why", fault.what()}});
    for (auto& waiting : batch) waiting.fault = std::current_exception();
  }
  if (metrics_) metrics_->transaction(writes_, batch.size(), std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
  for (auto& waiting : batch) waiting.done(std::move(waiting.fault));
}

std::exception_ptr StorePool::run_alone(SqlStore& store, const Job& job) {
  store.begin_job();
  try {
    job(store);
    store.keep_job();
  } catch (const std::exception& fault) {
    if (is_of_disk(fault)) throw;
    store.drop_job();
    return std::current_exception();
  }
  return nullptr;
}

}  // namespace carnet
