#include "sync/relay_session.hpp"

#include <algorithm>

#include "sync/carried.hpp"
#include "sync/limits.hpp"

namespace carnet {

namespace {

constexpr std::size_t much_to_pack = 4'000;  // bytes: two milliseconds, about
constexpr std::size_t large_stream = 128'000;

// The device has nothing of the space, or nothing any more: its own writes are to come with the others'.
bool is_new(const Hello::Place& place) { return place.cursor == Seq{} && place.head == Seq{}; }

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
  if (!kept_) return std::optional(Task{Task::Kind::keep, End{}, {}, true, primed_down_});
  if (state_ == State::finished) return std::optional<Task>();
  if (state_ == State::serves) return std::optional(Task{Task::Kind::serve, End{}, {}, false});
  auto bytes = next_message();
  if (!bytes) return bytes.error();
  if (!*bytes) return std::optional<Task>();
  auto message = decode(**bytes, Direction::up, epoch_);
  if (!message) return message.error();
  bool is_hello = std::holds_alternative<Hello>(*message), is_end = std::holds_alternative<End>(*message);
  if (is_hello != (state_ == State::expects_hello)) return Error{Code::malformed, "an exchange starts with one hello"};
  auto* hello = std::get_if<Hello>(&*message);
  auto* changes = std::get_if<Changes>(&*message);
  auto* prime = std::get_if<Prime>(&*message);
  auto* carry = std::get_if<Carry>(&*message);
  Task task{Task::Kind::take, {}, {}, changes || prime || carry || (is_end && (confirms_ || lets_go_)) || (hello && (hello->mode != Mode::usual || hello->epoch == 0 || !hello->claim.empty()))};
  if (changes) task.space = changes->set.space;
  if (prime) task.space = prime->space;
  if (carry) task.space = carry->frame.space;
  if (hello) {
    device_ = hello->device;
    if (!peer_) peer_ = proved_by(hello->bearer, *keys_);
    if (hello->places.size() == 1) task.space = hello->places.front().space;
    task.writes |= is_proved() && hello->places.size() == 1 && brings_frames();
  }
  if (is_end && places_.size() == 1) task.space = places_.begin()->first;
  if (changes) task.bytes = std::move(**bytes);
  task.message = std::move(*message);
  return std::optional(std::move(task));
}

Result<std::optional<std::string>> RelaySession::next_message() {
  auto message = seen_ ? std::move(*seen_) : in_.next();
  seen_.reset();
  return message;
}

bool RelaySession::brings_frames() {
  auto next = in_.next();
  if (next && !*next) return false;  // nothing more is here yet
  seen_ = std::move(next);
  if (!*seen_) return false;
  auto message = decode(***seen_, Direction::up, epoch_);
  return message && std::holds_alternative<Prime>(*message);
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
  else if (auto* offer = std::get_if<Carries>(&task.message)) take(*offer, store);
  else if (auto* carry = std::get_if<Carry>(&task.message)) take(*carry, store, now);
  else if (auto* compare = std::get_if<Compare>(&task.message)) take(*compare, store);
  else if (auto* want = std::get_if<Want>(&task.message)) take(*want);
  else if (auto* prime = std::get_if<Prime>(&task.message)) take(*prime, store);
  else end(store);
}

// Who waits until much is served packs nothing meanwhile: even acknowledgements take a megabyte.
std::string RelaySession::answer() {
  bool waits = state_ == State::serves && !serving_;
  if (answers_.empty() || waits) return {};
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

RelaySession::Effort RelaySession::foreseen() const {
  std::size_t bytes = 0, most = 0;
  for (auto& [space, place] : places_) {
    bytes += place.expected;
    most = std::max(most, place.expected);
  }
  if (most > large_stream) return Effort::most;
  return bytes > much_to_pack ? Effort::much : Effort::little;
}

void RelaySession::rest() {
  if (state_ != State::serves || !primed_down_) return;
  auto& place = places_.at(*primed_down_);
  answers_.push_back({encode(Prime{*primed_down_, place.down->name()}, Direction::down, epoch_), place.down->text(), place.expected});
}

bool RelaySession::admit(const Hello& hello, RelayStore& store, std::int64_t now) {
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

void RelaySession::endow(Account& account) const {
  auto seed = keys_->passport_seed();
  auto key = verifying_key_of(keys_->key_of({Peer::Kind::device, device_.value, let_in_by_}));
  account.authority = authority_of(seed);
  for (auto& member : account.spaces) {
    if (member.role == Role::none) continue;
    member.key = keys_->key_of({Peer::Kind::space, member.space.value, member.sealing});
    member.passport = sign(Passport{member.space, device_, let_in_by_, member.role, key, {}}, seed);
  }
}

void RelaySession::enter(const Hello& hello, RelayStore& store, std::int64_t now) {
  epoch_ = store.epoch();
  mode_ = hello.mode;
  frame_grows_ = hello.frame_bytes == 0;
  if (!frame_grows_) frame_bytes_ = static_cast<std::size_t>(hello.frame_bytes);
  if (is_proved() && hello.places.size() == 1) store.foresee(device_, hello.places.front().space, mode_ == Mode::usual ? hello.places.front().cursor : Seq{}, writes_);
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
  bool is_told = hello.rights == account.rights && generation() == let_in_by_, tells = true;
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
  if (!is_told && tells) {
    endow(account);
    send(std::move(account));
  }
  send(welcome);
  if (!pin_.empty()) send(Pin{pin_});
  // After the welcome, which tells what the relay has already: those stamps are not to be set right any more.
  if (auto offset = now - hello.now; !clock_is_right)
    return fail({Code::clock_wrong, "the device's clock is " + std::to_string(-offset) + " seconds ahead of the relay's"}, offset);
  state_ = State::expects_frames;
  in_.allow(max_message_bytes);
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

// Two databases speak with one number, or an old state of one came back. A number is only given where one is asked for: what looks like a copy may be an attempt of the device itself that came late, and
// nobody listens to the answer.
void RelaySession::fail_copied(DeviceId number) {
  fail({Code::copied, "this database is a copy of another that goes on as device " + std::to_string(device_.value)}, number.value);
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
