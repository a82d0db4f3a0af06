#include "sync/client_session.hpp"

#include <algorithm>
#include <utility>

#include "sync/changes_codec.hpp"

namespace carnet {

namespace {

std::size_t expected_bytes(Replica& replica) {
  std::size_t rows = 0;
  for (auto& space : replica.spaces()) rows += replica.pending_rows(space.id);
  return rows * bytes_of_a_row;
}

constexpr auto broke_off = "broke_off";  // the setting that stands while an exchange is under way
constexpr auto mends = "mend";           // the setting that says what the next exchange is for: "compare", "everything", "rebuild" or "copy"
constexpr auto mended_in_vain = "mended_in_vain";  // when everything went both ways and the digests still differed
constexpr std::size_t frames_in_flight = 2;    // one travels while the answer to the other does; a cut costs no more
constexpr std::size_t worth_measuring = 2'000; // bytes; fewer tell the delay of the link and not its rate
constexpr std::int64_t audit_seconds = 86'400;
constexpr std::int64_t patience_seconds = 7 * 86'400;  // before that is tried again, since it costs a first sync

// The setting that says: the relay took frames of the space whose answer did not come, and may have refused some of them.
std::string unheard(SpaceId space) { return "unheard/" + std::to_string(space.value); }

// Notices rows that went while no trigger watched before "identical" is said of them: once a day, since it reads every row.
void look_over(Replica& replica, std::int64_t now) {
  auto last = replica.setting("audited");
  auto age = last ? now - std::stoll(*last) : audit_seconds;
  if (age >= 0 && age < audit_seconds) return void(replica.collect());
  replica.audit();
  replica.set("audited", std::to_string(now));
}

// About a second of the link.
std::size_t frame_of(double rate) {
  return std::clamp(static_cast<std::size_t>(rate * unpacked_to_packed), min_frame_bytes, max_frame_bytes);
}

// One measurement weighs no more than half or twice: answers that a stall held back arrive together, and seem to tell of a faster link.
void learn(double& rate, double measured) { rate = rate > 0 ? (rate + std::clamp(measured, rate / 2, rate * 2)) / 2 : measured; }

Mode mode_of(Replica& replica) {
  auto mend = replica.setting(mends);
  return !mend ? Mode::usual : *mend == "compare" ? Mode::compare : *mend == "copy" ? Mode::copy : Mode::everything;
}

}  // namespace

Epoch known_epoch(Replica& replica) {
  auto epoch = replica.setting("epoch");
  return epoch ? static_cast<Epoch>(std::stoul(*epoch)) : 0;
}

ClientSession::ClientSession(Replica& replica, Options options, std::int64_t now)
    : replica_(replica), options_(std::move(options)), now_(now), epoch_(known_epoch(replica)),
      mode_(mode_of(replica)), rebuilds_(replica.setting(mends) == "rebuild"), pace_(options_.pace) {
  look_over(replica, now);
  replica.requeue_edited();
  expected_ = expected_bytes(replica);
  if (!options_.seconds) options_.seconds = [] { return 0.0; };
  began_ = options_.seconds();
  if (pace_.up > 0) options_.frame_bytes = frame_of(pace_.up);
  options_.frame_bytes = std::min(options_.frame_bytes, options_.most_frame_bytes);
  auto down = pace_.down > 0 ? pace_.down : pace_.up;  // a link is seldom slower on the way down
  if (down > 0) options_.frame_bytes_down = frame_of(down);
  if (options_.most_frame_bytes < max_frame_bytes)
    options_.frame_bytes_down = std::min(options_.frame_bytes_down ? options_.frame_bytes_down : first_frame_bytes, options_.most_frame_bytes);
  if (mode_ != Mode::copy)
    for (auto& space : replica.spaces())
      for (auto& range : replica.carried(space.id))
        if (range.author != replica.device()) luggage_.push_back({space.id, range});
  ask_first_ = epoch_ == 0 || mode_ != Mode::usual || !luggage_.empty() || replica.setting(broke_off).has_value();  // without an epoch, contexts cannot be told in the relay's numbers
  replica.set(broke_off, "yes");
}

void ClientSession::ask_first(Replica& replica) { replica.set(broke_off, "yes"); }
bool ClientSession::is_to_mend(Replica& replica) { return replica.setting(mends).has_value(); }
void ClientSession::compare_next(Replica& replica) {
  if (!is_to_mend(replica)) replica.set(mends, "compare");
}

std::string ClientSession::produce() {
  if (outcome_ != Outcome::going_on || ended_) return {};
  bool fresh = !said_hello_;
  if (!said_hello_) put_hello();
  if (ask_first_ && !welcomed_) return fresh ? out_.flush() : std::string();
  if (offers_ > 0 || (!luggage_.empty() && in_flight_.size() >= frames_in_flight)) return {};
  if (put_carried()) {
    auto bytes = out_.flush();
    in_flight_.push_back({bytes.size(), options_.seconds(), in_flight_.empty()});
    return bytes;
  }
  if (mode_ != Mode::usual && !carrying_.empty()) return {};  // what is not taken of it is not compared
  if (put_question()) return out_.flush();
  for (auto& [space, comparison] : comparisons_)
    if (!comparison.done) return {};
  if (in_flight_.size() >= frames_in_flight) return {};
  if (!std::exchange(ordered_, true))
    for (auto& [space, sent] : sent_) replica_.put_urgent_first(space, options_.frame_bytes);
  bool put = put_frame();
  if (!anything_left()) {
    put_wants();
    out_.put(encode(End{}, Direction::up, epoch_));
    ended_ = true;
  }
  auto bytes = out_.flush();
  if (put) in_flight_.push_back({bytes.size(), options_.seconds(), in_flight_.empty()});
  return bytes;
}

// Measures how fast the line takes frames: from answer to answer while it is busy.
void ClientSession::answered() {
  if (in_flight_.empty()) return;
  auto frame = in_flight_.front();
  in_flight_.pop_front();
  auto now = options_.seconds();
  auto took = frame.line_was_idle ? now - frame.put - round_trip_ : now - std::max(answered_at_, frame.put);
  answered_at_ = now;
  if (frame.bytes < worth_measuring || took <= 0) return;
  learn(pace_.up, static_cast<double>(frame.bytes) / took);
  options_.frame_bytes = std::min(frame_of(pace_.up), options_.most_frame_bytes);
}

void ClientSession::put_hello() {
  told_now_ = std::clamp<std::int64_t>(now_ + replica_.clock_offset(), 0, 0xffffffff);  // as stamps count; a clock set anew may lie beyond
  Hello hello{replica_.device(), options_.bearer, options_.claim, told_now_, epoch_, mode_, static_cast<std::int64_t>(options_.frame_bytes_down), {}, told_rights()};
  for (auto& space : replica_.spaces()) {
    bool goes_on = mode_ == Mode::usual || rebuilds_;
    hello.places.push_back({space.id, goes_on ? space.cursor : Seq{}, goes_on ? space.cursor.value - space.seen.value : 0, space.seq,
                            replica_.shared_name(space.id, false)});
    sent_[space.id] = space.acked;
  }
  out_.put(encode(hello, Direction::up, epoch_));
  put_offers();
  said_hello_ = true;
  hello_put_ = options_.seconds();
}

bool ClientSession::put_frame() {
  for (auto& [space, sent] : sent_) {
    auto set = replica_.pending(space, sent, options_.frame_bytes);
    if (mode_ != Mode::usual && !replica_.has_unsent(space, set.to)) set.to = std::max(set.to, replica_.space(space).seq);  // the rest is there
    if (set.to == sent) continue;
    set_aside(set);
    Frame frame{space, set.from, set.to, {}};
    for (auto& change : set.rows) frame.rows.push_back(change.key);
    frames_.push_back(std::move(frame));
    sent = set.to;
    auto seen = replica_.space(space).seen;
    auto bytes = encode(Changes{std::move(set), seen}, Direction::up, epoch_);
    if (primed_up_ != space) prime(space, bytes.size());
    out_.put(bytes);
    auto& text = *texts_[space].up;
    text.add(std::move(bytes));
    replica_.in_transaction([&, where = space, upto = sent] {
      replica_.keep(where, true, text);
      replica_.note_sent(where, upto, text.name());
    });
    return true;
  }
  return false;
}

// A row that no relay could take is kept here, shown, and does not stand in the way of the others.
void ClientSession::set_aside(Changeset& set) {
  std::erase_if(set.rows, [&](const RowChange& change) {
    auto fault = row_fault(change);
    if (!fault) return false;
    replica_.quarantine({.space = set.space, .low = set.from, .high = set.to, .reason = *fault, .rows = {change.key}});
    ++report_.refused;
    return true;
  });
}

bool ClientSession::anything_left() {
  if (mode_ != Mode::usual)
    for (auto& [space, sent] : sent_)
      if (sent < replica_.space(space).seq) return true;
  for (auto& [space, sent] : sent_)
    if (replica_.has_unsent(space, sent)) return true;
  return false;
}

void ClientSession::consume(std::string_view bytes) {
  if (outcome_ != Outcome::going_on) return;
  bool relays_turn = ended_ && in_flight_.empty();
  if (relays_turn && down_began_ > 0) down_bytes_ += bytes.size();
  else if (relays_turn) down_began_ = options_.seconds();
  if (auto took = options_.seconds() - down_began_; down_bytes_ >= worth_measuring && took > 0) pace_.down = static_cast<double>(down_bytes_) / took;
  if (auto fed = in_.feed(bytes); !fed) return fail(fed.error());
  while (outcome_ == Outcome::going_on) {
    auto plain = in_.next();
    if (!plain) return fail(plain.error());
    if (!*plain) return;
    auto message = decode(**plain, Direction::down, epoch_);
    if (!message) return fail(message.error());
    if (!speaks_of_ours(*message)) return fail({Code::malformed, "the relay speaks of a space that this device did not name"});
    if (auto* changes = std::get_if<Changes>(&*message)) {
      take(*changes, std::move(**plain));
      continue;
    }
    std::visit([this](auto& what) { take(what); }, *message);
  }
}

bool ClientSession::speaks_of_ours(const Message& message) const {
  return std::visit([&](auto& what) {
    if constexpr (requires { what.places; }) return std::all_of(what.places.begin(), what.places.end(), [&](auto& place) { return sent_.contains(place.space); });
    else if constexpr (requires { what.space; }) return sent_.contains(what.space);
    else if constexpr (requires { what.set; }) return sent_.contains(what.set.space);
    else return true;
  }, message);
}

void ClientSession::take(const Welcome& welcome) {
  welcomed_ = true;
  if (in_flight_.empty()) round_trip_ = options_.seconds() - hello_put_;
  if (epoch_ == 0) replica_.set("epoch", std::to_string(welcome.epoch));
  bool compares = false;
  bool same_life = epoch_ == 0 || epoch_ == welcome.epoch;
  epoch_ = welcome.epoch;
  relay_now_ = welcome.now;
  replica_.heard_relay(welcome.now);
  if (std::abs(welcome.now - now_ - replica_.clock_offset()) <= max_ahead_seconds) replica_.clock_is_right();
  if (!same_life) return;  // a failure follows
  for (auto& place : welcome.places) {
    texts_[place.space].up_there = place.text;
    if (ask_first_) go_back_to(place.space, place.text);
    bool leaves = leaving_.contains(place.space);
    if (leaves && (mode_ != Mode::usual || place.acked < replica_.space(place.space).acked)) {  // nothing of it is compared any more
      replica_.give_back_own(place.space);
      replica_.acknowledge(place.space, place.acked);
      sent_[place.space] = place.acked;
    } else if (mode_ == Mode::compare) {
      comparisons_[place.space];
    } else if (rebuilds_) {
      sent_[place.space] = Seq{};
    } else if (mode_ == Mode::everything) {
      bool reads = role_in(replica_, place.space) == Role::reader;
      auto waiting = reads ? replica_.refused_or_unsent(place.space) : std::vector<RowKey>{};
      replica_.start_over(place.space, replica_.space(place.space).seq, Seq{}, reads ? &waiting : nullptr);
      sent_[place.space] = Seq{};
    } else if (place.acked < replica_.space(place.space).acked) {  // it has lost what it had
      compares = true;
    } else if (ask_first_ && place.acked > replica_.space(place.space).acked && place.text && !replica_.has_sent(place.space, place.text) &&
               !replica_.has_given(place.space, place.acked)) {
      return begin_as_copy();  // another database with our number sent that
    } else if (ask_first_) {  // else the last exchange told, and more than that is not ours: a failure follows
      auto waited = replica_.pending_rows(place.space);
      if (place.acked > replica_.space(place.space).acked) {  // of an exchange that was cut before we heard of it
        replica_.set(unheard(place.space), "1");
        replica_.acknowledge_unheard(place.space, place.acked);
      }
      report_.rows_up += waited - std::min(waited, replica_.pending_rows(place.space));
      sent_[place.space] = std::max(sent_[place.space], place.acked);
    }
    compares |= leaves && mode_ == Mode::usual && replica_.setting(unheard(place.space));  // all that was written here goes once more, to be answered
  }
  if (compares) compare_at_once();
}

void ClientSession::take(const Changes& changes, std::string frame) {
  if (primed_down_ != changes.set.space) return fail({Code::malformed, "a frame of a space that the stream was not primed for"});
  if (changes.set.from > replica_.space(changes.set.space).cursor)
    return fail({Code::gap, "the relay left out changes; the next exchange starts where we are"});
  Applied applied;
  replica_.in_transaction([&] {
    applied = replica_.receive(changes.set, changes.known);
    auto& text = *texts_[changes.set.space].down;
    text.add(std::move(frame));
    text.trim();
    replica_.keep(changes.set.space, false, text);
  });
  ++report_.frames_down;
  report_.rows_down += changes.set.rows.size();
  report_.conflicts += applied.conflicts;
}

void ClientSession::take(const Ack& ack) {
  answered();
  for (auto& frame : frames_) {
    if (frame.space != ack.space || frame.to > ack.to || frame.to <= replica_.space(ack.space).acked) continue;
    ++report_.frames_up;
    report_.rows_up += frame.rows.size();
  }
  replica_.acknowledge(ack.space, ack.to);
}

// False where it would be in vain.
bool ClientSession::mend(Mode mode) {
  auto last = replica_.setting(mended_in_vain);
  auto age = last ? now_ - std::stoll(*last) : patience_seconds;
  if (age >= 0 && age < patience_seconds) return false;
  replica_.set(mends, mode == Mode::compare ? "compare" : "everything");
  return true;
}

void ClientSession::compare_at_once() {
  replica_.set(mends, "compare");
  end(Outcome::again);
}

// Where the relay never accepted anything, nothing of it was seen.
Seq ClientSession::had_at(Seq head) const { return head == epoch_base(epoch_) ? Seq{} : head; }

void ClientSession::take(const Refused& refused) {
  if (refused.rows.empty()) answered();
  if (refused.error.code == Code::gap) {
    once_more_ = true;  // the welcome of the next exchange says from where
    return;
  }
  if (refused.error.code == Code::clock_wrong) {  // stamps from a time when the clock was ahead: it is right now
    replica_.correct_clock(relay_now_ - now_);  // to the second, since the relay judges by the second
    once_more_ = true;
    return;
  }
  ++report_.refused;
  for (auto& frame : frames_) {
    if (frame.space != refused.space || frame.from != refused.from || frame.to != refused.to) continue;
    replica_.quarantine({.space = frame.space, .low = frame.from, .high = frame.to, .reason = refused.error, .rows = refused.rows.empty() ? frame.rows : refused.rows});
    std::erase_if(frame.rows, [&](auto& key) { return std::find(refused.rows.begin(), refused.rows.end(), key) != refused.rows.end(); });
  }
  if (refused.rows.empty()) replica_.acknowledge(refused.space, refused.to);
}

void ClientSession::take(const Complete& complete) {
  bool more = once_more_ || !report_.joined.empty(), differ = false;
  std::set<SpaceId> set_aside;  // there the sides differ, and people know why
  for (auto& frame : replica_.quarantined())
    if (!frame.aside) set_aside.insert(frame.space);
  for (auto& [of, upto] : had_) replica_.settle(of.first, of.second, upto);
  for (auto& place : complete.places) {
    replica_.complete(place.space, had_at(place.head));
    replica_.collect();
    auto space = replica_.space(place.space);
    bool pending = replica_.pending_rows(place.space) > 0;
    bool equal = space.digest.sum == place.digest;
    if (equal && !pending) replica_.verified(place.space, now_ + replica_.clock_offset());
    report_.verdicts[place.space] = pending ? Verdict::newer_here : equal ? Verdict::identical : Verdict::different;
    more |= pending;
    if (equal || mode_ == Mode::compare) replica_.unset(unheard(place.space));
    differ |= !equal && !pending && (!set_aside.contains(place.space) || replica_.setting(unheard(place.space)));
  }
  if (!once_more_) give_up_spaces();
  for (auto& gone : report_.given_up) replica_.unset(unheard(gone.space));
  replica_.unset(mends);
  if (mode_ == Mode::everything) replica_.reclaim_ids();
  if (differ && mode_ == Mode::everything && !rebuilds_) replica_.set(mended_in_vain, std::to_string(now_));
  else if (differ) more |= mend(mode_ == Mode::usual || rebuilds_ ? Mode::compare : Mode::everything);
  end(more ? Outcome::again : Outcome::done);
}

void ClientSession::take(const DeviceKey& key) {
  if (options_.keep_key) options_.keep_key(key);
}

void ClientSession::take(const Pin& pin) {
  if (options_.keep_pin) options_.keep_pin(pin);
}

void ClientSession::take(const Failure& failure) {
  if (failure.error.code == Code::clock_wrong) {
    unprime();
    bool was_on_its_way = failure.offset > 0 && static_cast<double>(failure.offset - max_ahead_seconds) <= options_.seconds() - began_;  // for so long
    if (!was_on_its_way) replica_.correct_clock(told_now_ + failure.offset - now_);
    outcome_ = Outcome::again;  // and asks first: frames of an attempt before this one may be on their way
  } else if (failure.error.code == Code::other_life) {
    replica_.set(mends, "compare");  // first: cursors of the old life must never be told in numbers of the new one
    replica_.set("epoch", std::to_string(epoch_));
    forget_rights();
    end(Outcome::again);
  } else if (failure.error.code == Code::gap) {
    outcome_ = Outcome::again;  // so does this one
  } else if (failure.error.code == Code::other_text) {
    unprime();
    outcome_ = Outcome::again;  // and this
  } else if (failure.error.code == Code::copied && failure.offset == 0) {
    begin_as_copy();
  } else if (failure.error.code == Code::copied && failure.offset > 0 && failure.offset <= max_device && failure.offset != replica_.device().value) {
    replica_.unset(mends);
    replica_.unset("epoch");
    replica_.begin_anew(DeviceId{static_cast<std::uint32_t>(failure.offset)});
    end(Outcome::again);
  } else {
    fail(failure.error);
  }
}

void ClientSession::begin_as_copy() {
  replica_.set(mends, "copy");
  end(Outcome::again);
}

void ClientSession::end(Outcome outcome) {
  replica_.unset(broke_off);
  outcome_ = outcome;
}

void ClientSession::fail(Error error) {
  if (error.code == Code::malformed) replica_.forget_shared_texts();  // lest they were the reason
  error_ = std::move(error);
  outcome_ = Outcome::failed;
}

}  // namespace carnet
