#include "sync/client_session.hpp"

#include "sync/changes_codec.hpp"
#include "sync/limits.hpp"

namespace carnet {

namespace {


std::size_t expected_bytes(Replica& replica) {
  std::size_t rows = 0;
  for (auto& space : replica.spaces()) rows += replica.pending_rows(space.id);
  return rows * bytes_of_a_row;
}

constexpr auto broke_off = "broke_off";  // the setting that stands while an exchange is under way
constexpr std::int64_t audit_seconds = 86'400;

// Notices rows that went while no trigger watched before "identical" is said of them: once a day, since it reads every row.
void look_over(Replica& replica, std::int64_t now) {
  auto last = replica.setting("audited");
  auto age = last ? now - std::stoll(*last) : audit_seconds;
  if (age >= 0 && age < audit_seconds) return void(replica.collect());
  replica.audit();
  replica.set("audited", std::to_string(now));
}

Epoch known_epoch(Replica& replica) {
  auto epoch = replica.setting("epoch");
  return epoch ? static_cast<Epoch>(std::stoul(*epoch)) : 0;
}

}  // namespace

ClientSession::ClientSession(Replica& replica, Options options, std::int64_t now)
    : replica_(replica), options_(std::move(options)), now_(now), epoch_(known_epoch(replica)),
      out_((look_over(replica, now), expected_bytes(replica))) {
  ask_first_ = epoch_ == 0 || replica.setting(broke_off).has_value();  // without an epoch, contexts cannot be told in the relay's numbers
  replica.set(broke_off, "yes");
}

std::string ClientSession::produce() {
  if (outcome_ != Outcome::going_on || ended_) return {};
  bool fresh = !said_hello_;
  if (!said_hello_) put_hello();
  if (ask_first_ && !welcomed_) return fresh ? out_.flush() : std::string();
  put_frame();
  if (!anything_left()) {
    out_.put(encode(End{}, Direction::up, epoch_));
    ended_ = true;
  }
  return out_.flush();
}

void ClientSession::put_hello() {
  Hello hello{replica_.device(), options_.secret, now_ + replica_.clock_offset(), epoch_, {}};
  for (auto& space : replica_.spaces()) {
    hello.places.push_back({space.id, space.cursor, space.cursor.value - space.seen.value, space.seq});
    sent_[space.id] = space.acked;
  }
  out_.put(encode(hello, Direction::up, epoch_));
  said_hello_ = true;
}

bool ClientSession::put_frame() {
  for (auto& [space, sent] : sent_) {
    auto set = replica_.pending(space, sent, options_.frame_bytes);
    if (set.to == sent) continue;
    set_aside(set);
    Frame frame{space, set.from, set.to, {}};
    for (auto& change : set.rows) frame.rows.push_back(change.key);
    frames_.push_back(std::move(frame));
    sent = set.to;
    ++report_.frames_up;
    report_.rows_up += set.rows.size();
    auto seen = replica_.space(space).seen;
    out_.put(encode(Changes{std::move(set), seen}, Direction::up, epoch_));
    return true;
  }
  return false;
}

// A row that no relay could take is kept here, shown, and does not stand in the way of the others.
void ClientSession::set_aside(Changeset& set) {
  std::erase_if(set.rows, [&](const RowChange& change) {
    auto fault = row_fault(change);
    if (!fault) return false;
    replica_.quarantine({true, set.space, set.from, set.to, *fault, {change.key}, 0});
    ++report_.refused;
    return true;
  });
}

bool ClientSession::anything_left() {
  for (auto& [space, sent] : sent_)
    if (replica_.has_unsent(space, sent)) return true;
  return false;
}

void ClientSession::consume(std::string_view bytes) {
  if (outcome_ != Outcome::going_on) return;
  if (auto fed = in_.feed(bytes); !fed) return fail(fed.error());
  while (outcome_ == Outcome::going_on) {
    auto plain = in_.next();
    if (!plain) return fail(plain.error());
    if (!*plain) return;
    auto message = decode(**plain, Direction::down, epoch_);
    if (!message) return fail(message.error());
    std::visit([this](auto& what) { take(what); }, *message);
  }
}

void ClientSession::take(const Welcome& welcome) {
  welcomed_ = true;
  if (epoch_ == 0) replica_.set("epoch", std::to_string(welcome.epoch));
  if (epoch_ == 0 || epoch_ == welcome.epoch) {
    for (auto& place : welcome.places) {
      replica_.acknowledge(place.space, place.acked);
      sent_[place.space] = std::max(sent_[place.space], place.acked);
    }
  }
  epoch_ = welcome.epoch;
}

void ClientSession::take(const Changes& changes) {
  if (changes.set.from > replica_.space(changes.set.space).cursor)
    return fail({Code::gap, "the relay left out changes; the next exchange starts where we are"});
  auto applied = replica_.receive(changes.set, changes.known);
  ++report_.frames_down;
  report_.rows_down += changes.set.rows.size();
  report_.conflicts += applied.conflicts;
}

void ClientSession::take(const Ack& ack) { replica_.acknowledge(ack.space, ack.to); }

void ClientSession::take(const Refused& refused) {
  if (refused.error.code == Code::gap) {
    once_more_ = true;  // the welcome of the next exchange says from where
    return;
  }
  if (refused.error.code == Code::clock_wrong) {  // stamps from a time when the clock was ahead: it is right now
    replica_.correct_clock(replica_.clock_offset());
    once_more_ = true;
    return;
  }
  ++report_.refused;
  for (auto& frame : frames_)
    if (frame.space == refused.space && frame.from == refused.from && frame.to == refused.to)
      replica_.quarantine({true, frame.space, frame.from, frame.to, refused.error, frame.rows, 0});
  replica_.acknowledge(refused.space, refused.to);
}

void ClientSession::take(const Complete& complete) {
  bool more = once_more_;
  for (auto& place : complete.places) {
    replica_.complete(place.space, place.head == epoch_base(epoch_) ? Seq{} : place.head);  // nothing was ever accepted: nothing seen
    replica_.collect();
    auto space = replica_.space(place.space);
    bool pending = replica_.pending_rows(place.space) > 0;
    bool equal = space.digest.sum == place.digest;
    if (equal && !pending) replica_.verified(place.space, now_ + replica_.clock_offset());
    report_.verdicts[place.space] = pending ? Verdict::newer_here : equal ? Verdict::identical : Verdict::different;
    more |= pending;
  }
  end(more ? Outcome::again : Outcome::done);
}

void ClientSession::take(const Failure& failure) {
  if (failure.error.code == Code::clock_wrong) {
    replica_.correct_clock(replica_.clock_offset() + failure.offset);
    end(Outcome::again);
  } else if (failure.error.code == Code::other_life) {
    for (auto& space : replica_.spaces()) replica_.start_over(space.id);
    replica_.set("epoch", std::to_string(epoch_));
    end(Outcome::again);
  } else {
    fail(failure.error);
  }
}

void ClientSession::end(Outcome outcome) {
  replica_.unset(broke_off);
  outcome_ = outcome;
}

void ClientSession::fail(Error error) {
  error_ = std::move(error);
  outcome_ = Outcome::failed;
}

}  // namespace carnet
