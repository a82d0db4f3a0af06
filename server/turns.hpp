// So many at once; who comes later waits for a turn, in the order in which they came. The network's thread alone.
#pragma once
#include <utility>  // Boost 1.74 forgets it

#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <deque>
#include <memory>

namespace carnet {

class Turns {
 public:
  explicit Turns(std::size_t most) : most_(most) {}

  // Given back when it goes, or by end().
  class Turn {
   public:
    Turn() = default;
    explicit Turn(Turns& of) : of_(&of) {}
    Turn(Turn&& other) noexcept : of_(std::exchange(other.of_, nullptr)), since_(other.since_) {}
    Turn& operator=(Turn&& other) noexcept {
      std::swap(of_, other.of_);
      std::swap(since_, other.since_);
      return *this;
    }
    ~Turn() { end(); }
    void end() { if (auto* of = std::exchange(of_, nullptr)) of->give_back(); }
    explicit operator bool() const { return of_ != nullptr; }
    bool is_wanted() const { return of_ && !of_->waiting_.empty(); }
    std::chrono::steady_clock::duration age() const { return std::chrono::steady_clock::now() - since_; }

   private:
    Turns* of_ = nullptr;
    std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
  };

  boost::asio::awaitable<Turn> take() {
    if (taken_ < most_) {
      ++taken_;
    } else {
      auto woken = std::make_shared<boost::asio::steady_timer>(co_await boost::asio::this_coro::executor, boost::asio::steady_timer::time_point::max());
      waiting_.push_back(woken);
      boost::system::error_code cancelled;
      co_await woken->async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
    }
    co_return Turn(*this);
  }
  std::size_t busy() const { return taken_ + waiting_.size(); }
  void close() { closed_ = true; }  // nobody is woken any more

 private:
  void give_back() {
    if (closed_) return;
    if (waiting_.empty()) {
      --taken_;
      return;
    }
    waiting_.front()->cancel();  // and the turn is theirs
    waiting_.pop_front();
  }

  std::size_t most_, taken_ = 0;
  bool closed_ = false;
  std::deque<std::shared_ptr<boost::asio::steady_timer>> waiting_;
};

}  // namespace carnet
