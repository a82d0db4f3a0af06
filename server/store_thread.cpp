#include "server/store_thread.hpp"

#include <spdlog/spdlog.h>
#include <sqlite3.h>

namespace carnet {

namespace asio = boost::asio;

namespace {
constexpr std::size_t max_batch = 256;  // jobs of one transaction: bounds the time until the first is acknowledged

bool is_of_disk(const std::exception& fault) {
  auto* told = dynamic_cast<const SQLite::Exception*>(&fault);
  if (!told) return false;
  switch (told->getErrorCode()) {
    case SQLITE_CONSTRAINT:
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
    case SQLITE_RANGE:
    case SQLITE_ERROR:
    case SQLITE_MISUSE: return false;  // of what the job asked for
    default: return true;
  }
}

}  // namespace

StoreThread::StoreThread(const std::string& path, bool writes, const Keys& keys) : store_(path), writes_(writes) {
  store_.use_keys(&keys);
  thread_ = std::thread([this] { loop(); });
}

StoreThread::~StoreThread() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

asio::awaitable<void> StoreThread::run(Job job) {
  auto executor = co_await asio::this_coro::executor;
  auto start = [this, executor](auto handler, Job todo) {
    auto held = std::make_shared<decltype(handler)>(std::move(handler));
    auto done = [held, executor](std::exception_ptr fault) {
      asio::post(executor, [held, fault = std::move(fault)]() mutable { (*held)(std::move(fault)); });
    };
    {
      std::lock_guard lock(mutex_);
      queue_.push_back({std::move(todo), std::move(done)});
    }
    wake_.notify_one();
  };
  co_await asio::async_initiate<decltype(asio::use_awaitable), void(std::exception_ptr)>(start, asio::use_awaitable, std::move(job));
}

void StoreThread::loop() {
  for (;;) {
    std::vector<Waiting> batch;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stop_ || !queue_.empty(); });
      if (queue_.empty()) return;
      auto count = std::min(queue_.size(), max_batch);
      auto end = queue_.begin() + static_cast<std::ptrdiff_t>(count);
      batch.assign(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
      queue_.erase(queue_.begin(), end);
    }
    run_batch(batch);
  }
}

void StoreThread::run_batch(std::vector<Waiting>& batch) {
  try {
    store_.begin(writes_);
    try {
      for (auto& waiting : batch) waiting.fault = run_alone(waiting.job);
      store_.commit();
    } catch (...) {
      store_.roll_back();
      throw;
    }
  } catch (const std::exception& fault) {  // the disk's: nothing of the batch is acknowledged, every device tries again
    spdlog::error("store: {}", fault.what());
    for (auto& waiting : batch) waiting.fault = std::current_exception();
  }
  for (auto& waiting : batch) waiting.done(std::move(waiting.fault));
}

std::exception_ptr StoreThread::run_alone(const Job& job) {
  store_.begin_job();
  try {
    job(store_);
  } catch (const std::exception& fault) {
    if (is_of_disk(fault)) throw;
    store_.drop_job();
    return std::current_exception();
  }
  store_.keep_job();
  return nullptr;
}

}  // namespace carnet
