// The relay's half of an exchange: what the device lacks, found by comparing or above its cursors, and sent frame by frame.
#include <algorithm>

#include "sync/limits.hpp"
#include "sync/relay_session.hpp"

namespace carnet {

// The rows are looked at once; what is written meanwhile lies above that head, and is served as usual.
void RelaySession::take(const Compare& compare, RelayStore& store) {
  auto at = places_.find(compare.space);
  if (at == places_.end() || mode_ != Mode::compare || at->second.leaves) return fail({Code::malformed, "no comparison was announced for this space"});
  auto& place = at->second;
  bool equal = !place.sketch && store.digest(compare.space).sum == compare.digest;
  if (!place.sketch) {
    std::vector<std::uint64_t> digests;
    if (!equal)
      store.rows_above(compare.space, Seq{}, [&](RowKey key, Seq, const Row& row) {
        digests.push_back(row_digest(key, row).sum);
        place.compared.push_back({digests.back(), key});
        return true;
      });
    std::sort(place.compared.begin(), place.compared.end());
    place.asker.complete = place.asker.cursor = store.head(compare.space);
    place.sketch.emplace(std::move(digests));
  }
  auto count = equal ? 0 : std::max(compare.first, first_symbols);
  if (compare.first != place.sketch->made() || compare.first + count > max_symbols)
    return fail({Code::malformed, "symbols are asked for in their order, at most " + std::to_string(max_symbols)});
  send(Sketched{compare.space, compare.first, place.asker.cursor, place.sketch->next(count)});
}

void RelaySession::take(const Want& want) {
  auto at = places_.find(want.space);
  if (at == places_.end()) return fail({Code::malformed, "no comparison was announced for this space"});
  auto& place = at->second;
  for (auto digest : want.digests) {
    auto found = std::lower_bound(place.compared.begin(), place.compared.end(), std::pair(digest, RowKey{}));
    if (found != place.compared.end() && found->first == digest) place.wanted.push_back(found->second);
  }
  if (place.wanted.size() > place.compared.size()) fail({Code::malformed, "a row is wanted twice"});
}

void RelaySession::prime(SpaceId space, Place& place, std::size_t frame_bytes, RelayStore& store) {
  if (!place.down) {
    place.down.emplace(store.shared_text(device_, space, Direction::down));
    place.down->back_to(place.text_down);
  }
  answers_.push_back({encode(Prime{space, place.down->name()}, Direction::down, epoch_), place.down->text(), std::max(place.expected, frame_bytes)});
  primed_down_ = space;
}

void RelaySession::keep(RelayStore& store) {
  kept_ = true;  // or not: then the next exchange begins without it
  store.keep(device_, *primed_down_, Direction::down, *places_.at(*primed_down_).down);
}

// Whole rows that the device asked for, as they are now. They do not move its cursor.
Changeset RelaySession::next_wanted(SpaceId space, Place& place, RelayStore& store) {
  Asker lacks_all{.device = device_, .complete = {}, .cursor = {}, .lost_its_own = true};
  Changeset changes{space, place.asker.cursor, place.asker.cursor, {}};
  for (std::size_t bytes = 0; !place.wanted.empty() && bytes < frame_bytes_; place.wanted.pop_front()) {
    auto key = place.wanted.front();
    changes.rows.push_back({key, lacking(store.load(space, key), lacks_all)});
    bytes += row_weight(changes.rows.back().row);
  }
  return changes;
}

// All that it wrote before it had seen what it said in the hello has come by now, or was refused.
void RelaySession::end(RelayStore& store) {
  in_.end();
  for (auto& [space, place] : places_) {
    place.up.reset();
    if (confirms_ && mode_ == Mode::usual && place.asker.complete > store.confirmed(device_, space)) store.confirm(device_, space, place.asker.complete);
    if (comes_again_ || !place.lets_go) continue;
    store.let_go(device_, space);
    // Who was let in again meanwhile gives the space up all the same, and begins anew in it.
    if (place.leaves && store.membership(device_, space).role != Role::none) store.set_acked(device_, space, Seq{});
  }
  state_ = State::serves;
  bool waits = hurries_ && foreseen() != Effort::little;  // with nothing prepared
  if ((!writes_ || holds_) && !waits) serve(store);
}

// The relay's turn: one frame a call, space after space, and with the last how each stands.
void RelaySession::serve(RelayStore& store) {
  for (auto at = serving_ ? places_.find(*serving_) : places_.begin(); at != places_.end(); ++at) {
    serving_ = at->first;
    auto& [space, place] = *at;
    if (place.leaves) continue;
    if (store.membership(device_, space).role == Role::none) return fail({Code::gap, "the device's person was taken out of a space meanwhile; the next exchange tells"});
    auto changes = next_wanted(space, place, store);
    if (changes.rows.empty()) changes = changes_above(store, space, place.asker, frame_bytes_);
    place.asker.cursor = changes.to;
    if (changes.rows.empty()) continue;  // none, or the device's own
    ++tally_.frames_out;
    tally_.rows_out += changes.rows.size();
    if (frame_grows_) frame_bytes_ = std::min(2 * frame_bytes_, max_frame_bytes);
    auto frame = encode(Changes{std::move(changes), place.acked}, Direction::down, epoch_);
    if (primed_down_ != space) prime(space, place, frame.size(), store);
    answers_.push_back({std::move(frame)});
    place.down->add(answers_.back().bytes);
    kept_ = false;
    if (writes_) keep(store);
    if (!is_served(store, at)) return;
    break;
  }
  Complete complete;
  for (auto& [space, place] : places_)
    if (!place.leaves) complete.places.push_back({space, store.head(space), store.digest(space).sum});
  send(complete);
  state_ = State::finished;
}

bool RelaySession::is_served(RelayStore& store, std::map<SpaceId, Place>::iterator from) {
  return std::all_of(from, places_.end(), [&](auto& each) {
    auto& [space, place] = each;
    return place.leaves || (place.wanted.empty() && place.asker.cursor == store.head(space));
  });
}

}  // namespace carnet
