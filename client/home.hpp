// The folder of this device: the replica in it, or none yet, or the sample that is shown instead. Opens what stands there and knows
// what is wrong with it. One thread.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "client/exchange.hpp"
#include "client/search.hpp"

namespace carnet {

class Home {
 public:
  explicit Home(const std::string& folder);

  std::string database() const;  // of this device, whether it is there or not
  std::string shown() const;     // the same, or the sample's
  std::string file(const std::string& name) const;
  Replica* replica() { return replica_.get(); }  // the one that is shown; none: new, or too damaged to be opened
  Search& search() { return *search_; }          // where there is a replica
  bool shows_sample() const { return sample_; }
  bool moved() const { return moved_; }          // it came here from elsewhere
  const std::optional<std::string>& damage() const { return damage_; }

  // What was thrown while the replica was in use: a sentence where it is damaged, which is then marked.
  std::optional<std::string> found_damaged(const std::exception& fault);

  bool look_for_damage();  // true: another thread or program has found some since

  Result<void> enrol(const std::string& invite);  // also out of the sample
  // A partnership to try things out with, whose visit goes on today; it never syncs, and is there until it is left.
  Result<void> open_sample();
  Result<void> leave_sample();

 private:
  void open();
  std::string sample_database() const;

  std::string folder_;
  std::unique_ptr<Replica> replica_;
  std::unique_ptr<Search> search_;
  std::optional<std::string> damage_;
  bool sample_ = false, moved_ = false;
};

}  // namespace carnet
