#include "sync/relay_session.hpp"

#include <algorithm>

#include "core/text_cell.hpp"
#include "sync/changes_codec.hpp"
#include "sync/limits.hpp"

namespace carnet {

namespace {

constexpr std::int64_t seconds_a_day = 86'400;
constexpr std::size_t much_to_pack = 4'000;  // bytes: two milliseconds, about
constexpr std::size_t large_stream = 128'000;

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

// Nobody could look through more, and each costs every merge to come.
std::optional<Error> too_many_versions(const Row& held, const RowChange& change) {
  for (auto& cell : change.row.cells) {
    auto* mine = held.find(cell.column);
    if (!mine || cell.kind == Kind::text || mine->versions.size() + cell.versions.size() <= max_stamps) continue;
    auto& first = cell.versions.front();
    auto seen = std::count_if(mine->versions.begin(), mine->versions.end(), [&](auto& version) { return has_seen(first, version, version.seq); });
    if (mine->versions.size() + cell.versions.size() - static_cast<std::size_t>(seen) > max_stamps)
      return Error{Code::too_large, "row " + std::to_string(change.key.id.value) + " of table " + std::to_string(change.key.table.value) + " would have more than " +
                                        std::to_string(max_stamps) + " versions of one cell beside each other: settle its conflicts"};
  }
  return {};
}

std::optional<Error> text_fault(const Row& held, const Row& row) {
  auto fine = check_texts(held, row);
  return fine ? std::nullopt : std::optional(fine.error());
}

// Rows and bytes that the space has room for.
class Room {
 public:
  Room(RelayStore& store, SpaceId space) : limits_(store.limits(space)), rows_(store.digest(space).rows), bytes_(store.bytes(space)) {}

  std::optional<Error> fault(const Row& held, const Row& news) {
    auto bytes = bytes_ + static_cast<std::int64_t>(row_weight(news));
    if (held.empty() && rows_ + 1 > limits_.rows) return full(std::to_string(limits_.rows) + " rows");
    if (bytes > limits_.bytes) return full(std::to_string(limits_.bytes) + " bytes");
    rows_ += held.empty();
    bytes_ = bytes;
    return {};
  }

 private:
  static Error full(const std::string& most) {
    return {Code::space_full, "the space holds the " + most + " that it may; the relay's operator gives it room with `carnet-relay quota`"};
  }
  Limits limits_;
  std::int64_t rows_, bytes_;
};

// The device has nothing of the space, or nothing any more: its own writes are to come with the others'.
bool is_new(const Hello::Place& place) { return place.cursor == Seq{} && place.head == Seq{}; }

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

Result<void> RelaySession::feed(std::string_view bytes) {
  if (state_ == State::expects_hello && bytes_before_hello_ > max_hello_bytes)
    return Error{Code::too_large, "no hello in the first " + std::to_string(max_hello_bytes) + " bytes"};
  if (state_ == State::expects_hello) bytes_before_hello_ += bytes.size();
  if (state_ == State::serves || state_ == State::finished) return {};  // what stands behind the end
  return in_.feed(bytes);
}

Result<std::optional<RelaySession::Task>> RelaySession::next() {
  if (!ahead_) return read_next();
  auto ahead = std::move(*ahead_);
  ahead_.reset();
  return ahead;
}

Result<std::optional<RelaySession::Task>> RelaySession::read_next() {
  if (!kept_) return std::optional(Task{Task::Kind::keep, End{}, {}, true});
  if (state_ == State::finished) return std::optional<Task>();
  if (state_ == State::serves) return std::optional(Task{Task::Kind::serve, End{}, {}, false});
  auto bytes = in_.next();
  if (!bytes) return bytes.error();
  if (!*bytes) return std::optional<Task>();
  auto message = decode(**bytes, Direction::up, epoch_);
  if (!message) return message.error();
  bool is_hello = std::holds_alternative<Hello>(*message), is_end = std::holds_alternative<End>(*message);
  if (is_hello != (state_ == State::expects_hello)) return Error{Code::malformed, "an exchange starts with one hello"};
  auto* hello = std::get_if<Hello>(&*message);
  auto* changes = std::get_if<Changes>(&*message);
  auto* prime = std::get_if<Prime>(&*message);
  Task task{Task::Kind::take, {}, {}, changes || prime || (is_end && (confirms_ || lets_go_)) || (hello && (hello->mode != Mode::usual || hello->epoch == 0 || !hello->claim.empty()))};
  if (changes) task.space = changes->set.space;
  if (prime) task.space = prime->space;
  if (is_end && places_.size() == 1) task.space = places_.begin()->first;
  if (changes) task.bytes = std::move(**bytes);
  task.message = std::move(*message);
  return std::optional(std::move(task));
}

// Whoever writes in several spaces may wait for another who does, in another order.
std::optional<RelaySession::Task> RelaySession::following() {
  if (ahead_ || state_ == State::finished || (writes_ && !holds_)) return {};
  auto next = read_next();
  if (next && !*next) return {};
  bool belongs = next && (*next)->kind == Task::Kind::take && (writes_ ? (*next)->space == holds_ : !(*next)->writes);
  if (belongs) return std::move(*next);
  ahead_ = std::move(next);
  return {};
}

void RelaySession::work(const Task& task, RelayStore& store, std::int64_t now) {
  writes_ = task.writes;
  holds_ = task.space;
  auto* hello = std::get_if<Hello>(&task.message);
  if (task.kind == Task::Kind::keep) return keep(store);
  if (!hello && !is_still_let_in(store, now)) return;
  work_one(task, store, now);
  if (hello && places_.size() == 1) holds_ = places_.begin()->first;
  while (auto more = following()) work_one(*more, store, now);
}

void RelaySession::work_one(const Task& task, RelayStore& store, std::int64_t now) {
  if (auto* hello = std::get_if<Hello>(&task.message)) enter(*hello, store, now);
  else if (task.kind == Task::Kind::serve) serve(store);
  else if (auto* changes = std::get_if<Changes>(&task.message)) {
    take(*changes, task.bytes, store, now);
    if (auto rows = std::exchange(kept_back_, 0); rows && places_.contains(changes->set.space)) store.note_refused(device_, changes->set.space, rows, now);
  }
  else if (auto* compare = std::get_if<Compare>(&task.message)) take(*compare, store);
  else if (auto* want = std::get_if<Want>(&task.message)) take(*want);
  else if (auto* prime = std::get_if<Prime>(&task.message)) take(*prime, store);
  else end(store);
}

std::string RelaySession::answer() {
  if (answers_.empty()) return {};
  if (hurries_) out_.hurry();
  for (auto& answer : std::exchange(answers_, {})) {
    out_.put(answer.bytes);
    if (answer.primes) out_.prime(*answer.primes, answer.expected);
  }
  return out_.flush(state_ == State::finished);
}

// A stream that begins with much that is remembered has its compressor prepared first.
RelaySession::Effort RelaySession::effort() const {
  std::size_t bytes = 0, expected = 0;
  for (auto& answer : answers_) {
    bytes += answer.bytes.size() + (answer.primes ? answer.primes->size() : 0);
    expected = std::max(expected, answer.expected);
  }
  if (expected > large_stream) return Effort::most;
  return bytes > much_to_pack ? Effort::much : Effort::little;
}

void RelaySession::rest() {
  if (state_ != State::serves || !primed_down_) return;
  auto& place = places_.at(*primed_down_);
  answers_.push_back({encode(Prime{*primed_down_, place.down->name()}, Direction::down, epoch_), place.down->text(), place.expected});
}

bool RelaySession::admit(const Hello& hello, RelayStore& store, std::int64_t now) {
  if (!peer_) peer_ = proved_by(hello.bearer, *keys_);
  if (peer_ && peer_->kind == Peer::Kind::device && peer_->number != hello.device.value) peer_.reset();
  Error unknown{Code::not_allowed, "the relay does not know device " + std::to_string(hello.device.value) + " by this key; ask for a new invite"};
  auto admitted = peer_ ? store.admit(*peer_, hello.device, hello.claim, now) : Result<Admission>(unknown);
  if (!admitted) {
    fail(admitted.error());
    return false;
  }
  auto generation = admitted->generation;
  if (peer_->kind == Peer::Kind::invite || peer_->generation < generation) hand_out(hello.device, generation);
  let_in_by_ = generation;
  has_new_key_ = admitted->is_first;
  return true;
}

// An exchange over a slow link lasts for hours, in which a device is lost or revoked.
bool RelaySession::is_still_let_in(RelayStore& store, std::int64_t now) {
  auto admitted = store.admit({Peer::Kind::device, device_.value, let_in_by_}, device_, {}, now);
  if (!admitted) fail(admitted.error());
  return static_cast<bool>(admitted);
}

void RelaySession::hand_out(DeviceId device, std::uint32_t generation) {
  send(DeviceKey{device, generation, keys_->key_of({Peer::Kind::device, device.value, generation})});
}

void RelaySession::enter(const Hello& hello, RelayStore& store, std::int64_t now) {
  epoch_ = store.epoch();
  device_ = hello.device;
  mode_ = hello.mode;
  frame_grows_ = hello.frame_bytes == 0;
  if (!frame_grows_) frame_bytes_ = static_cast<std::size_t>(hello.frame_bytes);
  if (!admit(hello, store, now)) return;
  if (mode_ == Mode::copy) {
    auto number = store.number_for_copy(device_);
    if (!number) return fail(number.error());
    hand_out(*number, store.generation(*number));
    return fail_copied(*number);
  }
  if (hello.epoch == 0) store.met(hello.device, generation(), now);  // its number is in use from now on
  Welcome welcome{now, epoch_, {}};
  if (hello.epoch != 0 && hello.epoch != epoch_) {  // its cursors and contexts speak of another store
    send(welcome);
    return fail({Code::other_life, "the relay's store was restored or replaced"});
  }
  bool clock_is_right = std::abs(now - hello.now) <= max_ahead_seconds;  // else nothing changes here: it may be an old request that somebody repeats
  auto account = store.account(device_);
  bool is_told = hello.rights == account.rights, tells = true;
  for (auto& place : hello.places) {
    auto member = std::find_if(account.spaces.begin(), account.spaces.end(), [&](auto& each) { return each.space == place.space; });
    bool shut = member == account.spaces.end(), leaves = !shut && member->role == Role::none;
    // A request that was on its way when that was decided brings only what was written before it: the device is told by the next one.
    bool is_earlier = !shut && hello.now < std::max(member->wrote_until, member->coached_until).value_or(0);
    bool lets_go = !is_earlier && (leaves || (!shut && member->drains()));
    is_told &= !shut && !leaves;
    tells &= !is_earlier;
    lets_go_ |= lets_go;
    if (shut || leaves) {
      auto acked = store.acked(device_, place.space);
      if (leaves && mode_ != Mode::usual && clock_is_right) store.set_acked(device_, place.space, Seq{});
      if (leaves && mode_ != Mode::usual) acked = Seq{};
      places_[place.space] = {.lets_go = lets_go, .leaves = true, .shut = shut, .asker = {}, .acked = acked};
      welcome.places.push_back({place.space, acked, store.shared_name(device_, place.space, Direction::up)});
      continue;
    }
    if (place.cursor > store.head(place.space))  // an old file was put back by hand: going on would hide what it lacks
      return fail({Code::busy, "the relay's store is older than what this device had from it: its operator must run "
                               "`carnet-relay restore` with that file; nothing is lost meanwhile"});
    auto acked = store.acked(hello.device, place.space);
    if (mode_ != Mode::everything && acked > place.head) return fail_copied();
    if (mode_ != Mode::usual && clock_is_right) store.set_acked(hello.device, place.space, Seq{});
    if (mode_ != Mode::usual) acked = Seq{};
    Asker asker{.device = device_, .complete = Seq{place.cursor.value - place.behind}, .cursor = place.cursor, .lost_its_own = mode_ == Mode::everything || is_new(place)};
    auto changed = std::max<std::int64_t>(0, store.head(place.space).value - place.cursor.value);  // at most all of them
    auto expected = static_cast<std::size_t>(std::min(changed, store.digest(place.space).rows)) * bytes_of_a_row;
    Seq complete{place.cursor.value - place.behind};
    confirms_ |= complete > store.confirmed(hello.device, place.space);
    places_[place.space] = {.text_down = place.text, .expected = expected, .lets_go = lets_go, .asker = asker, .acked = acked};
    welcome.places.push_back({place.space, acked, store.shared_name(device_, place.space, Direction::up)});
  }
  if (!is_told && tells) send(std::move(account));
  send(welcome);
  if (!pin_.empty()) send(Pin{pin_});
  // After the welcome, which tells what the relay has already: those stamps are not to be set right any more.
  if (auto offset = now - hello.now; !clock_is_right)
    return fail({Code::clock_wrong, "the device's clock is " + std::to_string(-offset) + " seconds ahead of the relay's"}, offset);
  state_ = State::expects_frames;
  in_.allow(max_message_bytes);
}

// One frame: known already, not joining, at fault, or committed and acknowledged.
void RelaySession::take(const Changes& changes, std::string frame, RelayStore& store, std::int64_t now) {
  ++tally_.frames_in;
  primes_ = false;
  auto& set = changes.set;
  auto place = places_.find(set.space);
  if (place == places_.end()) return refuse(changes, Code::not_allowed, "space was not named in the hello");
  if (place->second.shut) return refuse(changes, Code::no_member, "this device is no member of the space any more; an admin of the space can add its person again");
  if (primed_up_ != set.space) return fail({Code::malformed, "a frame of a space that the stream was not primed for"});
  auto& acked = place->second.acked;
  if (store.acked(device_, set.space) != acked) return fail({Code::gap, "an earlier exchange of this device went on meanwhile; the next one starts where that ended"});
  if (set.from < acked && !has_all(store, set)) return fail_copied();  // the number was given to other changes
  if (set.to <= acked) return send(Ack{set.space, acked});  // and not remembered: the name tells which frame moved acked
  auto size = frame.size();
  auto& text = *place->second.up;
  text.add(std::move(frame));
  text.trim();
  store.keep(device_, set.space, Direction::up, text);
  if (set.from > acked)
    return refuse(changes, Code::gap, "the relay has changes up to " + std::to_string(acked.value) + "; go on from there");
  auto fault = fault_of(changes, now);
  if (!fault) fault = day_fault(size, store.limits(set.space).day_bytes, store, now);
  if (state_ == State::finished) return;
  if (fault) {
    refuse(changes, fault->code, fault->text);
    if (fault->code == Code::clock_wrong) return;
  } else {
    auto allowed = set;
    Refusals refusals;
    if (!turn_away(allowed, refusals, store, now)) return fail_copied();
    auto applied = apply(store, allowed, Authority{.from = device_});
    store.add_bytes(set.space, applied.bytes);
    tally_.rows_in += applied.rows;
    tally_.conflicts += applied.conflicts;
    answer_for(changes, refusals, refusals.size() != 1 || !allowed.rows.empty());
  }
  acked = set.to;
  store.set_acked(device_, set.space, acked);
}

// Of what a device may send on one day. A frame that no day has room for is refused; another waits for tomorrow, with all behind it.
std::optional<Error> RelaySession::day_fault(std::size_t size, std::int64_t most, RelayStore& store, std::int64_t now) {
  auto bytes = static_cast<std::int64_t>(size), day = now / seconds_a_day;
  auto text = "more than the " + std::to_string(most) + " bytes that a device may send in a day; the relay's operator gives it room with `carnet-relay quota`";
  if (bytes > most) return Error{Code::day_full, text};
  if (store.sent_on(device_, day) + bytes > most) fail({Code::busy, text + ", or it follows tomorrow; nothing is lost"});
  else store.add_sent(device_, day, bytes);
  return {};
}

bool RelaySession::turn_away(Changeset& set, Refusals& refusals, RelayStore& store, std::int64_t now) {
  Sender sender{.device = device_, .membership = store.membership(device_, set.space), .gives_back = store.confirmed(device_, set.space) == Seq{},
                .lost_before = began_by(epoch_), .now = now, .head = store.head(set.space)};
  Room room(store, set.space);
  bool copied = false;
  std::vector<RowKey> keys;
  for (auto& change : set.rows) keys.push_back(change.key);
  store.foresee(set.space, keys);
  std::erase_if(set.rows, [&](RowChange& change) {
    auto held = store.load(set.space, change.key);
    auto fault = objection(sender, held, change,
                           {.is_device = [&](DeviceId device) { return store.is_device(device); },
                            .is_superseded = [&](ColumnId column, const Stamp& stamp) { return store.remembers(set.space, change.key, column, stamp); },
                            .stands_elsewhere = [&] { return store.stands_elsewhere(device_, set.space, change.key); }});
    if (!fault) forget_borrowed_contexts(sender, change);
    if (!fault) fault = text_fault(held, change.row);
    if (!fault) fault = too_many_versions(held, change);
    copied |= fault && fault->code == Code::copied;
    if (!fault) fault = room.fault(held, change.row);
    if (!fault) return false;
    auto same = std::find_if(refusals.begin(), refusals.end(), [&](auto& each) { return each.first.text == fault->text; });
    if (same == refusals.end()) same = refusals.insert(same, {std::move(*fault), {}});
    same->second.push_back(change.key);
    return true;
  });
  return !copied;
}

// Where one reason stands against all, the frame is refused as a whole.
void RelaySession::answer_for(const Changes& changes, const Refusals& refusals, bool some_taken) {
  auto& set = changes.set;
  for (auto& [fault, rows] : refusals) {
    ++tally_.refused;
    kept_back_ += static_cast<std::int64_t>(rows.size());
    send(Refused{set.space, set.from, set.to, {fault.code, fault.text.substr(0, max_text_bytes)}, some_taken ? rows : std::vector<RowKey>{}});
  }
  if (some_taken) send(Ack{set.space, set.to});
}

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

// The device says what its next frames are compressed against.
void RelaySession::take(const Prime& prime, RelayStore& store) {
  auto at = places_.find(prime.space);
  if (at == places_.end()) return fail({Code::malformed, "the stream is primed for a space that the hello did not name"});
  if (std::exchange(primes_, true)) return fail({Code::malformed, "the stream is primed twice for one frame"});
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
  answers_.push_back({encode(Prime{space, place.down->name()}, Direction::down, epoch_), place.down->text(), place.expected});
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
  if (!writes_ || holds_) serve(store);
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
    if (primed_down_ != space) prime(space, place, store);
    answers_.push_back({encode(Changes{std::move(changes), place.acked}, Direction::down, epoch_)});
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

// Two databases speak with one number, or an old state of one came back. A number is only given where one is asked for: what looks like a copy may be an attempt of the device itself that came late, and
// nobody listens to the answer.
void RelaySession::fail_copied(DeviceId number) {
  fail({Code::copied, "this database is a copy of another that goes on as device " + std::to_string(device_.value)}, number.value);
}

void RelaySession::refuse(const Changes& changes, Code code, std::string text) {
  ++tally_.refused;
  if (code == Code::gap || code == Code::clock_wrong) {  // it comes again
    confirms_ = false;
    comes_again_ = true;
  } else {
    kept_back_ += static_cast<std::int64_t>(changes.set.rows.size());
  }
  send(Refused{changes.set.space, changes.set.from, changes.set.to, {code, text.substr(0, max_text_bytes)}});
}

void RelaySession::fail(Error error, std::int64_t offset) {
  failed_ = error.code;
  send(Failure{std::move(error), offset});
  state_ = State::finished;
}

std::string RelaySession::failure(const Error& error) {
  answers_.clear();
  kept_ = true;
  fail({error.code, error.text.substr(0, max_text_bytes)});
  return answer();
}

}  // namespace carnet
