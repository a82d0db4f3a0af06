// What a device does in an exchange with the frames of others that it carries: they go up before its own work, which may rest on them, and before
// anything comes down, so that the relay speaks of what it knows.
#include <algorithm>

#include "sync/carried.hpp"
#include "sync/client_session.hpp"

namespace carnet {

void ClientSession::put_offers() {
  std::map<SpaceId, std::vector<DeviceId>> authors;
  for (auto& [space, range] : luggage_) {
    auto& of = authors[space];
    if ((of.empty() || of.back() != range.author) && of.size() < max_offered) of.push_back(range.author);
  }
  for (auto& [space, of] : authors) out_.put(encode(Carries{space, of}, Direction::up, epoch_));
  offers_ = authors.size();
}

// What somebody else brought needs not go again.
void ClientSession::take(const Had& had) {
  if (offers_ == 0) return fail({Code::malformed, "the relay answered an offer that was not made"});
  --offers_;
  for (auto& [author, upto] : had.authors) had_[{had.space, author}] = upto;
  std::erase_if(luggage_, [&](auto& each) {
    auto& [space, range] = each;
    if (space != had.space || range.to > had_[{space, range.author}]) return false;
    auto frame = replica_.carried(space, range);
    bool is_there = !frame || frame->epoch == epoch_;
    if (is_there) replica_.drop_carried(space, range);
    return is_there;
  });
}

bool ClientSession::put_carried() {
  while (!luggage_.empty()) {
    auto [space, range] = luggage_.front();
    luggage_.pop_front();
    auto frame = replica_.carried(space, range);
    if (!frame) continue;
    out_.put(encode(Carry{std::move(*frame)}, Direction::up, epoch_));
    carrying_.push_back({space, range});
    return true;
  }
  return false;
}

void ClientSession::take(const CarryAnswer& carrying) {
  if (carrying_.empty()) return fail({Code::malformed, "the relay answered for a frame that was not carried to it"});
  answered();
  auto [space, range] = carrying_.front();
  carrying_.pop_front();
  auto frame = replica_.carried(space, range);
  if (!frame) return;
  std::vector<RowKey> brought;
  if (auto changes = changes_of(*frame, epoch_))
    for (auto& change : changes->set.rows) brought.push_back(change.key);
  bool taken = carrying.error.code == Code{}, rows_went = false;
  auto& refused = carrying.rows.empty() ? brought : carrying.rows;
  replica_.in_transaction([&, where = space, of = range] {
    auto& upto = had_[{where, of.author}];
    if (taken && frame->epoch == epoch_ && of.from <= upto) upto = std::max(upto, of.to);
    if (!taken) rows_went = replica_.set_brought_aside(where, refused, carrying.error);
    replica_.drop_carried(where, of);
  });
  ++report_.frames_up;
  report_.refused += !taken;
  report_.rows_up += brought.size() - (taken ? 0 : std::min(brought.size(), refused.size()));
  if (rows_went && mode_ == Mode::usual) compare_at_once();
}

}  // namespace carnet
