#include "sync/relay_session.hpp"

#include <algorithm>

#include "sync/changes_codec.hpp"
#include "sync/limits.hpp"

namespace carnet {

namespace {

// The frame is refused whole where one row breaks a bound; empty where none does. A device of ours sets such rows aside itself.
std::optional<Error> fault_of(const Changes& changes, std::int64_t now) {
  for (auto& change : changes.set.rows) {
    for (auto& cell : change.row.cells)
      for (auto& version : cell.versions)
        if (version.stamp.unix_seconds() > now + max_ahead_seconds)
          return Error{Code::clock_wrong, "a stamp lies more than " + std::to_string(max_ahead_seconds) +
                                              " seconds in the relay's future; correct the clock"};
    if (auto fault = row_fault(change)) return fault;
  }
  return {};
}

}  // namespace

Result<void> RelaySession::feed(std::string_view bytes) { return in_.feed(bytes); }

Result<std::optional<RelaySession::Task>> RelaySession::next() {
  if (state_ == State::finished) return std::optional<Task>();
  if (state_ == State::serves) return std::optional(Task{End{}, false});
  auto bytes = in_.next();
  if (!bytes) return bytes.error();
  if (!*bytes) return std::optional<Task>();
  auto message = decode(**bytes, Direction::up, epoch_);
  if (!message) return message.error();
  bool is_hello = std::holds_alternative<Hello>(*message);
  if (is_hello != (state_ == State::expects_hello)) return Error{Code::malformed, "an exchange starts with one hello"};
  auto* hello = std::get_if<Hello>(&*message);
  bool writes = std::holds_alternative<Changes>(*message) || (hello && hello->mode != Mode::usual);
  return std::optional(Task{std::move(*message), writes});
}

std::string RelaySession::perform(const Task& task, RelayStore& store, std::int64_t now) {
  if (auto* hello = std::get_if<Hello>(&task.message)) enter(*hello, store, now);
  else if (auto* changes = std::get_if<Changes>(&task.message)) take(*changes, store, now);
  else if (auto* compare = std::get_if<Compare>(&task.message)) take(*compare, store);
  else if (auto* want = std::get_if<Want>(&task.message)) take(*want);
  else serve(store);
  return out_ ? out_->flush() : std::string();
}

void RelaySession::enter(const Hello& hello, RelayStore& store, std::int64_t now) {
  epoch_ = store.epoch();
  std::size_t expected = 0;
  for (auto& place : hello.places) {  // at most the rows that changed since, at most all of them
    auto changed = std::max<std::int64_t>(0, store.head(place.space).value - place.cursor.value);
    expected += static_cast<std::size_t>(std::min(changed, store.digest(place.space).rows)) * bytes_of_a_row;
  }
  out_.emplace(expected);
  device_ = hello.device;
  mode_ = hello.mode;
  frame_grows_ = hello.frame_bytes == 0;
  if (!frame_grows_) frame_bytes_ = static_cast<std::size_t>(hello.frame_bytes);
  if (!store.admits(hello.device, hello.secret))
    return fail({Code::not_allowed, "the relay does not know device " + std::to_string(hello.device.value) +
                                        " by this secret; ask for a new invite"});
  Welcome welcome{now, epoch_, {}};
  if (hello.epoch != 0 && hello.epoch != epoch_) {  // its cursors and contexts speak of another store
    send(welcome);
    return fail({Code::other_life, "the relay's store was restored or replaced"});
  }
  auto member_of = store.spaces_of(hello.device);
  for (auto& place : hello.places) {
    if (std::find(member_of.begin(), member_of.end(), place.space) == member_of.end())
      return fail({Code::not_allowed, "device " + std::to_string(hello.device.value) + " is no member of space " +
                                          std::to_string(place.space.value)});
    if (place.cursor > store.head(place.space))  // an old file was put back by hand: going on would hide what it lacks
      return fail({Code::busy, "the relay's store is older than what this device had from it: its operator must run "
                               "`carnet-relay restore` with that file; nothing is lost meanwhile"});
    auto acked = store.acked(hello.device, place.space);
    if (acked > place.head && mode_ != Mode::everything)
      return fail({Code::copied, "the relay has change " + std::to_string(acked.value) + " of device " +
                                     std::to_string(hello.device.value) + ", which knows only " +
                                     std::to_string(place.head.value) +
                                     ": this is an older copy of its database. Enrol it with a new invite"});
    if (mode_ != Mode::usual) store.set_acked(hello.device, place.space, acked = Seq{});
    Asker asker{.device = device_, .complete = Seq{place.cursor.value - place.behind}, .cursor = place.cursor, .lost_its_own = mode_ == Mode::everything};
    places_[place.space] = {asker, acked, {}, {}, {}};
    welcome.places.push_back({place.space, acked});
  }
  send(welcome);
  // After the welcome, which tells what the relay has already: those stamps are not to be set right any more.
  if (auto offset = now - hello.now; std::abs(offset) > max_ahead_seconds)
    return fail({Code::clock_wrong, "the device's clock is " + std::to_string(-offset) + " seconds ahead of the relay's"}, offset);
  state_ = State::expects_frames;
}

// One frame: known already, not joining, at fault, or committed and acknowledged.
void RelaySession::take(const Changes& changes, RelayStore& store, std::int64_t now) {
  ++tally_.frames_in;
  auto& set = changes.set;
  auto place = places_.find(set.space);
  if (place == places_.end()) return refuse(changes, Code::not_allowed, "space was not named in the hello");
  auto& acked = place->second.acked;
  if (set.to <= acked) return send(Ack{set.space, acked});
  if (set.from > acked)
    return refuse(changes, Code::gap, "the relay has changes up to " + std::to_string(acked.value) + "; go on from there");
  if (auto fault = fault_of(changes, now)) {
    refuse(changes, fault->code, fault->text);
    if (fault->code == Code::clock_wrong) return;
  } else {
    auto applied = apply(store, set, Authority{.from = device_});
    tally_.rows_in += applied.rows;
    tally_.conflicts += applied.conflicts;
    send(Ack{set.space, set.to});
  }
  acked = set.to;
  store.set_acked(device_, set.space, acked);
}

// The rows are looked at once; what is written meanwhile lies above that head, and is served as usual.
void RelaySession::take(const Compare& compare, RelayStore& store) {
  auto at = places_.find(compare.space);
  if (at == places_.end() || mode_ != Mode::compare) return fail({Code::malformed, "no comparison was announced for this space"});
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

// The relay's turn: one frame a call, space after space, then how each stands.
void RelaySession::serve(RelayStore& store) {
  state_ = State::serves;
  for (auto at = serving_ ? places_.find(*serving_) : places_.begin(); at != places_.end(); ++at) {
    serving_ = at->first;
    auto& [space, place] = *at;
    auto changes = next_wanted(space, place, store);
    if (changes.rows.empty()) changes = changes_above(store, space, place.asker, frame_bytes_);
    place.asker.cursor = changes.to;
    if (changes.rows.empty()) continue;  // none, or the device's own
    ++tally_.frames_out;
    tally_.rows_out += changes.rows.size();
    if (frame_grows_) frame_bytes_ = std::min(2 * frame_bytes_, max_frame_bytes);
    return send(Changes{std::move(changes), place.acked});
  }
  Complete complete;
  for (auto& [space, place] : places_) complete.places.push_back({space, store.head(space), store.digest(space).sum});
  send(complete);
  state_ = State::finished;
}

void RelaySession::refuse(const Changes& changes, Code code, std::string text) {
  ++tally_.refused;
  send(Refused{changes.set.space, changes.set.from, changes.set.to, {code, text.substr(0, max_text_bytes)}});
}

void RelaySession::fail(Error error, std::int64_t offset) {
  send(Failure{std::move(error), offset});
  state_ = State::finished;
}

std::string RelaySession::failure(const Error& error) {
  if (!out_) out_.emplace(0);
  fail({error.code, error.text.substr(0, max_text_bytes)});
  return out_->flush();
}

void RelaySession::send(const Message& message) { out_->put(encode(message, Direction::down, epoch_)); }

}  // namespace carnet
