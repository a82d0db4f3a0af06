#include "client/near_thread.hpp"

#include <fmt/format.h>

#include "client/damage.hpp"
#include "client/link.hpp"
#include "client/near_words.hpp"
#include "client/phrases.hpp"
#include "client/settings.hpp"
#include "core/domain.hpp"

namespace carnet {

namespace {

constexpr std::chrono::seconds look_for_network{30};
constexpr auto place_setting = "near_place";

// Where others find this device, as long as it listens there.
class Place {
 public:
  Place(Replica& replica, const std::string& where) : replica_(replica) { replica.set(place_setting, where); }
  ~Place() {
    try {
      replica_.unset(place_setting);
    } catch (const std::exception&) {  // it is told as long as an agent runs, and the next one knows better
    }
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  Replica& replica_;
};

void add(MeetingReport& to, const MeetingReport& next) {
  auto all = next;
  all.rows += to.rows;
  all.rows_given += to.rows_given;
  all.conflicts += to.conflicts;
  all.photos += to.photos;
  all.lent += to.lent;
  all.photos_sent += to.photos_sent;
  to = all;
}

}  // namespace

NearThread::NearThread(std::string database, std::function<void()> told) : database_(std::move(database)), told_(std::move(told)), setting_(near_off), thread_([this] { loop(); }) {}

NearThread::~NearThread() {
  {
    std::lock_guard held(mutex_);
    ended_ = true;
    if (near_) near_->stop();
  }
  woken_.notify_all();
  thread_.join();
}

void NearThread::follow(const std::string& setting) {
  std::lock_guard held(mutex_);
  if (setting == setting_) return;
  setting_ = setting;
  changed_ = true;
  if (near_) near_->stop();
  woken_.notify_all();
}

Result<void> NearThread::call(const std::string& host_and_port) {
  if (auto place = is_place(host_and_port); !place) return place;
  {
    std::lock_guard held(mutex_);
    if (has_call()) return Error{Code::busy, fmt::format("the call to {} is still under way", call_->address)};
    call_ = Call{host_and_port};
    if (near_) (void)near_->call(host_and_port);
  }
  woken_.notify_all();
  told_();
  return {};
}

std::optional<NearThread::Call> NearThread::latest_call() const {
  std::lock_guard held(mutex_);
  return call_;
}

// A call that did not begin, since what should have made it ended, begins anew.
void NearThread::loop() {
  std::unique_lock held(mutex_);
  while (!ended_) {
    changed_ = false;
    auto setting = setting_;
    held.unlock();
    try {
      be_there(setting);
    } catch (const std::exception& fault) {  // what is wrong with the replica, the agent beside finds and says
      end_call(refusal_in_words(language_of_machine(), database_, fault));
    }
    held.lock();
    auto is_called = [this] { return ended_ || changed_ || has_call(); };
    if (setting_ == near_off) woken_.wait(held, is_called);
    else woken_.wait_for(held, look_for_network, is_called);
  }
}

// As long as the machine has the address at which it listens; or, where it does not listen, as long as a call goes on.
void NearThread::be_there(const std::string& setting) {
  bool anywhere = setting == near_on;
  auto address = anywhere ? local_network_address() : setting == near_off ? std::string() : setting;
  if (address.empty() && !is_calling()) return;
  Replica replica(database_, domain());
  Near near(replica, [this, &replica](const Met& met) { if (met.by_address) heard(replica, met); });
  if (auto able = near.is_able(); !able) return end_call(in_words(language_of(replica), able.error().text));
  std::optional<Place> place;
  if (!address.empty())
    if (auto port = near.listen(address, 0)) {
      (void)near.look_around();  // without Avahi others need the address
      place.emplace(replica, fmt::format("{}:{}", address, *port));
    }
  auto leave = [this](Near*) {
    std::lock_guard held(mutex_);
    near_ = nullptr;
  };
  std::unique_ptr<Near, decltype(leave)> reached(&near, leave);
  {
    std::lock_guard held(mutex_);
    listens_ = place.has_value();
    if (ended_ || changed_ || (!listens_ && !has_call())) return;
    near_ = &near;
    if (has_call()) (void)near.call(call_->address);
  }
  near.run(false, [&] { return !place || !anywhere || local_network_address() == address; });
}

void NearThread::heard(Replica& replica, const Met& met) {
  auto language = language_of(replica);
  {
    std::lock_guard held(mutex_);
    add(call_->report, met.report);
    call_->said = in_words(replica, language, call_->report);
    if (met.error) call_->error = in_words(language, met.error->text);
    call_->is_over = !met.goes_on;
    if (call_->is_over && !listens_) near_->stop();
  }
  told_();
}

void NearThread::end_call(const std::string& error) {
  {
    std::lock_guard held(mutex_);
    if (!has_call()) return;
    call_->error = error;
    call_->is_over = true;
  }
  told_();
}

bool NearThread::is_calling() const {
  std::lock_guard held(mutex_);
  return has_call();
}

std::string near_setting(Replica& replica) {
  auto settings = read_settings(replica);
  return settings ? settings->near : near_off;
}

std::string near_place(Replica& replica) { return replica.setting(place_setting).value_or(""); }

}  // namespace carnet
