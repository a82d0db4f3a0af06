// One attempt of a device, or of a stranger, over a relay's half of a conversation (RelaySession, MediaRelay) and a real store: it goes on
// until the relay closes it or there is something to complain of. What the relay's words have to be is for who derives from it to say.
#pragma once
#include "tests/fuzz/village.hpp"

namespace carnet::test {

template <class Session>
class Attempt {
 public:
  explicit Attempt(SqlStore& store) : store_(store) {}
  virtual ~Attempt() = default;

  bool open() const { return complaint_.empty() && !closed_; }
  const std::string& complaint() const { return complaint_; }
  bool welcomed() const { return relay_.welcomed(); }

  void feed(std::string_view bytes) {
    if (!open()) return;
    if (auto fed = relay_.feed(bytes); !fed) return refuse(fed.error());
    while (open()) {
      auto task = relay_.next();
      if (!task) return refuse(task.error());
      if (!*task) break;
      work(**task);
    }
    closed_ |= relay_.finished();
  }

 protected:
  using Task = typename Session::Task;
  virtual void note(const Task&) {}  // what is asked of the relay next
  virtual void hear(const std::string& bytes) = 0;
  void complain(std::string complaint) { complaint_ = std::move(complaint); }
  SqlStore& store() const { return store_; }

 private:
  void work(const Task& task) {
    note(task);
    try {
      relay_.work(task, store_, fuzz_now);
    } catch (const std::exception& fault) {
      return complain(std::string("the relay threw: ") + fault.what());
    }
    hear(relay_.answer());
  }
  void refuse(const Error& error) {
    if (error.text.empty()) complain("a refusal without a reason");
    hear(relay_.failure(error));
    closed_ = true;
  }

  SqlStore& store_;
  Session relay_{fuzz_village().keys};
  std::string complaint_;
  bool closed_ = false;
};

}  // namespace carnet::test
