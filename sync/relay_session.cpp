#include "sync/relay_session.hpp"

#include <algorithm>

#include "core/text_cell.hpp"
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

std::optional<Error> text_fault(RelayStore& store, const Changeset& set) {
  for (auto& change : set.rows) {
    if (std::none_of(change.row.cells.begin(), change.row.cells.end(), [](auto& cell) { return cell.kind == Kind::text; })) continue;
    if (auto fine = check_texts(store.load(set.space, change.key), change.row); !fine) return fine.error();
  }
  return {};
}

// Whether each version stands or has stood here.
bool has_all(RelayStore& store, const Changeset& set) {
  for (auto& change : set.rows) {
    auto row = store.load(set.space, change.key);
    if (!holds_texts(row, change.row)) return false;
    for (auto& cell : change.row.cells)
      for (auto& version : cell.kind == Kind::text ? std::vector<Version>{} : cell.versions) {
        auto* held = row.find(cell.column);
        bool stands = held && std::any_of(held->versions.begin(), held->versions.end(), [&](const Version& v) { return v.stamp == version.stamp && v.value == version.value; });
        if (!stands && !store.remembers(set.space, change.key, cell.column, version.stamp)) return false;
      }
  }
  return true;
}

}  // namespace

Result<void> RelaySession::feed(std::string_view bytes) { return in_.feed(bytes); }

Result<std::optional<RelaySession::Task>> RelaySession::next() {
  if (!kept_) return std::optional(Task{Task::Kind::keep, End{}, {}, true});
  if (state_ == State::finished) return std::optional<Task>();
  if (state_ == State::serves) return std::optional(Task{Task::Kind::serve, End{}, {}, false});
  auto bytes = in_.next();
  if (!bytes) return bytes.error();
  if (!*bytes) return std::optional<Task>();
  auto message = decode(**bytes, Direction::up, epoch_);
  if (!message) return message.error();
  bool is_hello = std::holds_alternative<Hello>(*message);
  if (is_hello != (state_ == State::expects_hello)) return Error{Code::malformed, "an exchange starts with one hello"};
  auto* hello = std::get_if<Hello>(&*message);
  bool is_frame = std::holds_alternative<Changes>(*message);
  bool writes = is_frame || (std::holds_alternative<End>(*message) && confirms_) || std::holds_alternative<Prime>(*message) || (hello && (hello->mode != Mode::usual || hello->epoch == 0 || !hello->claim.empty()));
  return std::optional(Task{Task::Kind::take, std::move(*message), is_frame ? std::move(**bytes) : std::string(), writes});
}

void RelaySession::work(const Task& task, RelayStore& store, std::int64_t now) {
  if (task.kind == Task::Kind::keep) keep(store);
  else if (task.kind == Task::Kind::serve) serve(store);
  else if (auto* hello = std::get_if<Hello>(&task.message)) enter(*hello, store, now);
  else if (auto* changes = std::get_if<Changes>(&task.message)) take(*changes, task.bytes, store, now);
  else if (auto* compare = std::get_if<Compare>(&task.message)) take(*compare, store);
  else if (auto* want = std::get_if<Want>(&task.message)) take(*want);
  else if (auto* prime = std::get_if<Prime>(&task.message)) take(*prime, store);
  else end(store);
}

std::string RelaySession::answer() {
  for (auto& message : std::exchange(answers_, {})) {
    auto bytes = encode(message, Direction::down, epoch_);
    out_->put(bytes);
    if (auto* prime = std::get_if<Prime>(&message)) {
      auto& place = places_.at(prime->space);
      out_->prime(place.down->text(), place.expected);
    } else if (auto* changes = std::get_if<Changes>(&message)) {
      places_.at(changes->set.space).down->add(std::move(bytes));
      kept_ = false;
    }
  }
  return out_ ? out_->flush() : std::string();
}

bool RelaySession::admit(const Hello& hello, RelayStore& store, std::int64_t now) {
  if (!peer_) peer_ = proved_by(hello.bearer, *keys_);
  Error unknown{Code::not_allowed, "the relay does not know device " + std::to_string(hello.device.value) + " by this key; ask for a new invite"};
  auto generation = peer_ ? store.admit(*peer_, hello.device, hello.claim, now) : Result<std::uint32_t>(unknown);
  if (!generation) {
    fail(generation.error());
    return false;
  }
  if (peer_->kind == Peer::Kind::invite || peer_->generation < *generation) hand_out(hello.device, *generation);
  return true;
}

void RelaySession::hand_out(DeviceId device, std::uint32_t generation) {
  send(DeviceKey{device, generation, keys_->key_of({Peer::Kind::device, device.value, generation})});
}

void RelaySession::enter(const Hello& hello, RelayStore& store, std::int64_t now) {
  epoch_ = store.epoch();
  out_.emplace();
  device_ = hello.device;
  mode_ = hello.mode;
  frame_grows_ = hello.frame_bytes == 0;
  if (!frame_grows_) frame_bytes_ = static_cast<std::size_t>(hello.frame_bytes);
  if (!admit(hello, store, now)) return;
  if (mode_ == Mode::copy) {
    auto number = store.number_for_copy(device_);
    hand_out(number, store.generation(number));
    return fail_copied(number);
  }
  if (hello.epoch == 0) store.met(hello.device, generation(), now);  // its number is in use from now on
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
    if (mode_ != Mode::everything && acked > place.head) return fail_copied();
    if (mode_ != Mode::usual) store.set_acked(hello.device, place.space, acked = Seq{});
    Asker asker{.device = device_, .complete = Seq{place.cursor.value - place.behind}, .cursor = place.cursor, .lost_its_own = mode_ == Mode::everything};
    auto changed = std::max<std::int64_t>(0, store.head(place.space).value - place.cursor.value);  // at most all of them
    auto expected = static_cast<std::size_t>(std::min(changed, store.digest(place.space).rows)) * bytes_of_a_row;
    Seq complete{place.cursor.value - place.behind};
    confirms_ |= complete > store.confirmed(hello.device, place.space);
    places_[place.space] = {.text_down = place.text, .expected = expected, .asker = asker, .acked = acked};
    welcome.places.push_back({place.space, acked, store.shared_name(device_, place.space, Direction::up)});
  }
  send(welcome);
  if (!pin_.empty()) send(Pin{pin_});
  // After the welcome, which tells what the relay has already: those stamps are not to be set right any more.
  if (auto offset = now - hello.now; std::abs(offset) > max_ahead_seconds)
    return fail({Code::clock_wrong, "the device's clock is " + std::to_string(-offset) + " seconds ahead of the relay's"}, offset);
  state_ = State::expects_frames;
}

// One frame: known already, not joining, at fault, or committed and acknowledged.
void RelaySession::take(const Changes& changes, std::string frame, RelayStore& store, std::int64_t now) {
  ++tally_.frames_in;
  auto& set = changes.set;
  auto place = places_.find(set.space);
  if (place == places_.end()) return refuse(changes, Code::not_allowed, "space was not named in the hello");
  if (primed_up_ != set.space) return fail({Code::malformed, "a frame of a space that the stream was not primed for"});
  auto& acked = place->second.acked;
  if (store.acked(device_, set.space) != acked) return fail({Code::gap, "an earlier exchange of this device went on meanwhile; the next one starts where that ended"});
  if (set.from < acked && !has_all(store, set)) return fail_copied();  // the number was given to other changes
  if (set.to <= acked) return send(Ack{set.space, acked});  // and not remembered: the name tells which frame moved acked
  auto& text = *place->second.up;
  text.add(std::move(frame));
  text.trim();
  store.keep(device_, set.space, Direction::up, text);
  if (set.from > acked)
    return refuse(changes, Code::gap, "the relay has changes up to " + std::to_string(acked.value) + "; go on from there");
  auto fault = fault_of(changes, now);
  if (!fault) fault = text_fault(store, set);
  if (fault && fault->code == Code::copied) return fail_copied();
  if (fault) {
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

// The device says what its next frames are compressed against.
void RelaySession::take(const Prime& prime, RelayStore& store) {
  auto at = places_.find(prime.space);
  if (at == places_.end()) return fail({Code::malformed, "the stream is primed for a space that the hello did not name"});
  auto& text = at->second.up.emplace(store.shared_text(device_, prime.space, Direction::up));
  if (text.name() == 0) store.keep(device_, prime.space, Direction::up, text);  // what was there was of no use; now no name promises it
  if (!text.back_to(prime.text)) return fail({Code::other_text, "the relay does not remember these frames; send without them"});
  in_.prime(text.text());
  primed_up_ = prime.space;
}

void RelaySession::prime(SpaceId space, Place& place, RelayStore& store) {
  if (!place.down) {
    place.down.emplace(store.shared_text(device_, space, Direction::down));
    place.down->back_to(place.text_down);
  }
  send(Prime{space, place.down->name()});
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
  for (auto& [space, place] : places_)
    if (confirms_ && mode_ == Mode::usual && place.asker.complete > store.confirmed(device_, space))
      store.confirm(device_, space, place.asker.complete);
  serve(store);
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
    if (primed_down_ != space) prime(space, place, store);
    return send(Changes{std::move(changes), place.acked});
  }
  Complete complete;
  for (auto& [space, place] : places_) complete.places.push_back({space, store.head(space), store.digest(space).sum});
  send(complete);
  state_ = State::finished;
}

// Two databases speak with one number, or an old state of one came back. A number is only given where one is asked for: what looks like a copy may be an attempt of the device itself that came late, and
// nobody listens to the answer.
void RelaySession::fail_copied(DeviceId number) {
  fail({Code::copied, "this database is a copy of another that goes on as device " + std::to_string(device_.value)}, number.value);
}

void RelaySession::refuse(const Changes& changes, Code code, std::string text) {
  ++tally_.refused;
  if (code == Code::gap || code == Code::clock_wrong) confirms_ = false;  // it comes again
  send(Refused{changes.set.space, changes.set.from, changes.set.to, {code, text.substr(0, max_text_bytes)}});
}

void RelaySession::fail(Error error, std::int64_t offset) {
  send(Failure{std::move(error), offset});
  state_ = State::finished;
}

std::string RelaySession::failure(const Error& error) {
  if (!out_) out_.emplace();
  answers_.clear();
  fail({error.code, error.text.substr(0, max_text_bytes)});
  return answer();
}

}  // namespace carnet
