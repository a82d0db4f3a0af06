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
  bool writes = std::holds_alternative<Changes>(*message);
  return std::optional(Task{std::move(*message), writes});
}

std::string RelaySession::perform(const Task& task, RelayStore& store, std::int64_t now) {
  if (auto* hello = std::get_if<Hello>(&task.message)) enter(*hello, store, now);
  else if (auto* changes = std::get_if<Changes>(&task.message)) take(*changes, store, now);
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
    if (acked > place.head)
      return fail({Code::copied, "the relay has change " + std::to_string(acked.value) + " of device " +
                                     std::to_string(hello.device.value) + ", which knows only " +
                                     std::to_string(place.head.value) +
                                     ": this is an older copy of its database. Enrol it with a new invite"});
    places_[place.space] = {{.device = device_, .complete = Seq{place.cursor.value - place.behind}, .cursor = place.cursor}, acked};
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

// The relay's turn: one frame a call, space after space, then how each stands.
void RelaySession::serve(RelayStore& store) {
  state_ = State::serves;
  for (auto at = serving_ ? places_.find(*serving_) : places_.begin(); at != places_.end(); ++at) {
    serving_ = at->first;
    auto& asker = at->second.asker;
    auto changes = changes_above(store, at->first, asker, usual_frame_bytes);
    if (changes.to == changes.from) continue;
    asker.cursor = changes.to;
    if (changes.rows.empty()) continue;  // the device's own
    ++tally_.frames_out;
    tally_.rows_out += changes.rows.size();
    return send(Changes{std::move(changes), at->second.acked});
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
