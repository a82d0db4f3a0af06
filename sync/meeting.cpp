// Messages, in their order on each side; the grammar of their bytes: WIRE.md, "Meetings".
//   proofs holds... lent... ((passport carry...)... | answer...)... end lacks piece... end     or at any point: failure
#include "sync/meeting.hpp"

#include <algorithm>

#include "core/pack.hpp"
#include "sync/client_session.hpp"
#include "sync/lending.hpp"
#include "sync/limits.hpp"

namespace carnet {

namespace {

std::uint32_t newest(const std::vector<SpaceKey>& keys, SpaceId space) {
  std::uint32_t generation = 0;
  for (auto& key : keys)
    if (key.space == space) generation = std::max(generation, key.generation);
  return generation;
}

}  // namespace

std::vector<SpaceKey> keys_to_meet_by(Replica& replica, const DeviceKey& own, std::vector<SpaceKey> keys) {
  std::set<SpaceId> ours;
  for (auto& space : replica.spaces())
    if (passport_of(replica, space.id, own)) ours.insert(space.id);
  std::erase_if(keys, [&](auto& key) { return !ours.contains(key.space); });
  return keys;
}

Meeting::Meeting(Replica& replica, const DeviceKey& own, const std::vector<SpaceKey>& keys, Channel channel, std::int64_t now, std::unique_ptr<MeetingMedia> media)
    : replica_(replica), own_(own), keys_(keys), channel_(std::move(channel)), now_(now), media_(std::move(media)) {
  Proofs proofs;
  for (auto& key : keys_)
    if (proofs.proofs.size() < max_proofs) proofs.proofs.push_back(proof_of(key, channel_.binding, channel_.is_caller));
  std::sort(proofs.proofs.begin(), proofs.proofs.end());
  put(proofs);
}

void Meeting::put(const Message& message) {
  out_.put(encode(message, Direction::near, 0));
  has_words_ = true;
}

std::string Meeting::produce() {
  if (outcome_ == Outcome::going_on && !put_next() && proved_ && unheard_.empty() && ready_.empty() && unanswered_.empty()) put_rest();
  if (gave_ && got_ && outcome_ == Outcome::going_on) {
    outcome_ = Outcome::done;
    end();
  }
  return std::exchange(has_words_, false) ? out_.flush() : std::string();
}

void Meeting::consume(std::string_view bytes) {
  if (outcome_ != Outcome::going_on) return;
  bytes_in_ += bytes.size();
  if (bytes_in_ > (heard_ ? 2 : 1) * max_meeting_bytes) return fail({Code::too_large, "more than the 64 MiB of one meeting: the rest follows at the next"});
  if (auto fed = in_.feed(bytes); !fed) return fail(fed.error());
  while (outcome_ == Outcome::going_on) {
    auto plain = in_.next();
    if (!plain) return fail(plain.error());
    if (!*plain) return;
    auto message = decode(**plain, Direction::near, 0);
    if (!message) return fail(message.error());
    if (!is_in_turn(*message)) fail({Code::malformed, "the other device does not speak in turn"});
    else std::visit([this](auto& what) { take(what); }, *message);
  }
}

bool Meeting::is_in_turn(const Message& message) const {
  bool proves = std::holds_alternative<Proofs>(message), asks = std::holds_alternative<Lacks>(message), gives = std::holds_alternative<Piece>(message), ends = std::holds_alternative<End>(message);
  if (std::holds_alternative<Failure>(message)) return true;
  if (!proved_ || proves) return !proved_ && proves;
  if (!ended_there_) return !asks && !gives;
  if (asks) return ended_here_ && !heard_;
  if (gives || ends) return heard_ && !got_;
  return std::holds_alternative<CarryAnswer>(message);
}

// Spaces that both are of, by any key that both have.
void Meeting::take(const Proofs& proofs) {
  proved_ = true;
  for (auto& key : keys_) {
    auto theirs = proof_of(key, channel_.binding, !channel_.is_caller);
    if (!std::binary_search(proofs.proofs.begin(), proofs.proofs.end(), theirs)) continue;
    auto& place = places_[key.space];
    place.tells |= key.generation == newest(keys_, key.space);
  }
  for (auto& [space, place] : places_) {
    report_.spaces.push_back(space);
    unheard_.push_back(space);
    put_holds(space, place);
  }
  if (places_.empty()) fail({Code::not_allowed, "the other device is of none of this one's spaces"});
}

void Meeting::put_holds(SpaceId space, Place& place) {
  place.own = passport_of(replica_, space, own_).value();
  if (!place.tells) {
    report_.newer_here.push_back(space);
    return put(Holds{space});
  }
  if (auto given = sign_own(replica_, space, own_); !given) report_.refuse(given.error());
  place.stand = stand_of(replica_, space);
  Holds holds{space, pack(place.own), signature_of(own_, words_of(space, channel_.is_caller)), place.stand, held(replica_, space)};
  if (holds.ranges.size() > max_ranges) holds.ranges.resize(max_ranges);
  put(holds);
}

std::string Meeting::words_of(SpaceId space, bool by_caller) const {
  Packer packer;
  packer.array(4).text("carnet meeting").integer(space.value).integer(by_caller).bytes(std::as_bytes(std::span(channel_.binding)));
  return packer.take();
}

// Who it is, in this space: its passport, and its own hand under this meeting.
Result<Passport> Meeting::know_peer(const Holds& holds) {
  auto passport = unpack_passport(holds.passport);
  bool is_theirs = passport && passport->space == holds.space && is_signed(*passport, authority_of(replica_)) && is_signature(holds.signature, words_of(holds.space, !channel_.is_caller), passport->key);
  if (!is_theirs) return Error{Code::not_allowed, "the other device does not prove who it is; let both meet the relay"};
  if (passport->device == replica_.device()) return Error{Code::copied, "the other device has the number of this one: one is a copy of the other; let both meet the relay first, which gives the copy a number of its own"};
  if (report_.peer && *report_.peer != passport->device) return Error{Code::not_allowed, "the other device speaks as two"};
  report_.peer = passport->device;
  return *passport;
}

void Meeting::take(const Holds& holds) {
  if (unheard_.empty() || unheard_.front() != holds.space) return fail({Code::malformed, "the other device speaks of a space that is not both's, or not in turn"});
  unheard_.pop_front();
  auto& place = places_[holds.space];
  if (holds.passport.empty()) {
    report_.newer_there.push_back(holds.space);
  } else {
    auto peer = know_peer(holds);
    if (!peer) return fail(peer.error());
    place.known = holds.ranges;
    keep_known(replica_, holds.space, *report_.peer, place.known);
    if (place.tells && may_lend(holds.stand, peer->role, place.stand)) place.loan = Loan{holds.stand};
    if (place.tells && may_lend(place.stand, place.own.role, holds.stand)) lending_.push_back(replica_.to_lend(holds.space, holds.stand.head));
  }
  if (unheard_.empty()) plan();
}

void Meeting::plan() {
  for (auto& [space, place] : places_) {
    if (!place.tells) continue;
    for (auto& range : replica_.carried(space))
      if (range.author != report_.peer && !covers(place.known, range)) {
        ready_.push_back({space, range});
        place.planned.push_back(range);
      }
  }
}

bool Meeting::put_lent() {
  if (lending_.empty()) return false;
  auto lent = next_lent(replica_, lending_.front());
  report_.lent += lent.rows.size();
  put(lent);
  if (lent.is_last) lending_.pop_front();
  return true;
}

// What was lent first, since frames may go on with it; then the next frame, and whose it is where that is another's than the one before.
bool Meeting::put_next() {
  if (put_lent()) return true;
  while (!ready_.empty() && unanswered_.size() < max_unanswered) {
    auto [space, range] = ready_.front();
    ready_.pop_front();
    auto frame = replica_.carried(space, range);
    if (!frame) continue;
    auto author = range.author == replica_.device() && frame->generation == own_.generation ? std::optional(places_[space].own) : held_passport(replica_, *frame);
    if (!author) continue;
    std::tuple whose{space, author->device, author->generation};
    if (std::exchange(introduced_, whose) != whose) put(Introduced{pack(*author)});
    put(Carry{std::move(*frame)});
    unanswered_.push_back({space, range});
    return true;
  }
  return false;
}

// Words first, until both have none; then photos.
void Meeting::put_rest() {
  if (!std::exchange(ended_here_, true)) return put(End{});
  if (!ended_there_) return;
  if (!std::exchange(asked_, true)) return put_lacks();
  if (!heard_ || put_piece() || std::exchange(gave_, true)) return;
  report_.has_more |= media_ && media_->words_wait();
  put(End{});
}

// That were written here since it was planned what to give.
bool Meeting::has_new_words() {
  for (auto& [space, place] : places_) {
    if (!place.tells || !sign_own(replica_, space, own_)) continue;
    for (auto& range : replica_.carried(space))
      if (range.author == replica_.device() && !covers(place.known, range) && !covers(place.planned, range)) return true;
  }
  return false;
}

// Of spaces of both, as many as one may ask for. Where there are more: the most urgent, and for the other half some from further on, at each meeting
// others, since the other side may have none of the most urgent.
std::vector<MeetingMedia::Blob> Meeting::lacking() {
  auto all = media_ ? media_->lacks() : std::vector<MeetingMedia::Blob>{};
  std::erase_if(all, [&](auto& blob) { return !places_.contains(blob.space) || !places_[blob.space].tells; });
  if (all.size() <= max_lacks) return all;
  auto rest = all.begin() + max_lacks / 2;
  auto from = std::hash<std::string>{}(channel_.binding) % static_cast<std::size_t>(all.end() - rest);
  std::rotate(rest, rest + static_cast<std::ptrdiff_t>(from), all.end());
  all.erase(all.begin() + max_lacks, all.end());
  return all;
}

// Where rows that just came name them, too. A row may name a wrong length, which is nobody's.
void Meeting::put_lacks() {
  end();
  report_.has_more |= has_new_words();
  Lacks lacks;
  auto here = replica_.device();
  for (auto& blob : lacking()) {
    if (coming_.contains({blob.hash, blob.bytes})) continue;
    auto from = media_->blobs().held(blob.hash, here);
    if (from > blob.bytes) continue;
    if (from == blob.bytes) {  // all of it came, and then the power went
      if (media_->blobs().finish(blob.hash, here)) {
        media_->came(blob.hash);
        continue;
      }
      from = 0;
    }
    coming_[{blob.hash, blob.bytes}] = from;
    lacks.blobs.push_back({blob.space, blob.hash, blob.bytes, from});
  }
  put(lacks);
}

// Of what a row names in a space that both are of, and is so long.
void Meeting::take(const Lacks& lacks) {
  heard_ = true;
  auto here = media_ && !lacks.blobs.empty() ? media_->holds() : std::set<MeetingMedia::Blob>{};
  std::set<BlobHash> told;
  for (auto& blob : lacks.blobs) {
    auto place = places_.find(blob.space);
    bool may = place != places_.end() && place->second.tells && here.contains({blob.space, blob.hash, blob.bytes}) && blob.from < blob.bytes;
    if (!may) continue;
    auto last = piece_to_give(media_->blobs(), blob.hash, blob.bytes - 1, 2);
    if (!last) report_.refuse(last.error());
    else if (last->size() == 1 && told.insert(blob.hash).second) going_.push_back({blob.hash, blob.bytes, blob.from});
  }
}

bool Meeting::put_piece() {
  while (!going_.empty()) {
    auto& next = going_.front();
    auto bytes = piece_to_give(media_->blobs(), next.hash, next.from, max_piece_bytes);
    if (!bytes) report_.refuse(bytes.error());
    if (!bytes || bytes->empty()) {  // it was thrown away here
      going_.pop_front();
      continue;
    }
    if (media_out_ + bytes->size() > max_meeting_media_bytes || media_->words_wait()) {
      report_.has_more = true;
      going_.clear();
      break;
    }
    Piece piece{next.hash, next.bytes, next.from, std::move(*bytes)};
    media_out_ += piece.bytes.size();
    next.from += static_cast<std::int64_t>(piece.bytes.size());
    if (next.from >= next.bytes) {
      ++report_.photos_sent;
      going_.pop_front();
    }
    put(piece);
    return true;
  }
  return false;
}

void Meeting::take(const Piece& piece) {
  auto coming = coming_.find({piece.hash, piece.bytes_in_all});
  auto size = static_cast<std::int64_t>(piece.bytes.size());
  if (coming == coming_.end() || size == 0 || piece.from != coming->second || piece.from + size > piece.bytes_in_all) return fail({Code::malformed, "the other device gives what it was not asked for"});
  media_in_ += piece.bytes.size();
  if (media_in_ > max_meeting_media_bytes) return fail({Code::too_large, "more than the 32 MiB of photos of one meeting: the rest follows at the next"});
  if (take_piece(media_->blobs(), replica_.device(), piece.hash, piece.bytes_in_all, piece.from, piece.bytes) == Taken::whole) {
    ++report_.photos;
    media_->came(piece.hash);
  }
  coming->second += size;
  arriving_ = coming->second < piece.bytes_in_all;
  if (!arriving_) coming_.erase(coming);
}

// Where our clock is behind, nothing of it is borrowed.
void Meeting::take(const Lent& lent) {
  auto found = places_.find(lent.space);
  auto* loan = unheard_.empty() && found != places_.end() && found->second.loan ? &*found->second.loan : nullptr;
  if (!loan || loan->of.epoch != lent.epoch || loan->of.head != lent.head) return fail({Code::malformed, "the other device lends what it was not to"});
  auto applied = loan->is_passed_over ? Applied{} : borrow(replica_, lent, now_);
  if (!applied && applied.error().code != Code::clock_wrong) return fail(applied.error());
  loan->is_passed_over |= !applied;
  if (!applied) report_.refuse(applied.error());
  else report_.borrow(*applied);
  loan->bytes += bytes_in(lent);
  if (!lent.is_last) return;
  if (!loan->is_passed_over) {
    replica_.has_borrowed(lent.space, lent.head);
    settle_loan(replica_, loan->bytes);
  }
  found->second.loan.reset();
}

void Meeting::take(const Introduced& introduced) {
  author_ = unpack_passport(introduced.passport);
  if (!author_) fail({Code::malformed, "the other device does not say whose work it gives"});
}

void Meeting::take(const Carry& carry) {
  auto& frame = carry.frame;
  if (!unheard_.empty() || !author_ || !places_.contains(frame.space)) return fail({Code::malformed, "the other device gives what is of no space of both, or of nobody"});
  auto taken = report_.take(replica_, *author_, frame, now_);
  if (taken) put(CarryAnswer{{Code{}, {}}});
  else put(CarryAnswer{{taken.error().code, taken.error().text.substr(0, max_text_bytes)}});
}

void Meeting::take(const CarryAnswer& answer) {
  if (unanswered_.empty()) return fail({Code::malformed, "the other device answers for what it was not given"});
  auto [space, range] = unanswered_.front();
  unanswered_.pop_front();
  if (answer.error.code != Code{}) return;
  ++report_.given;
  report_.rows_given += replica_.rows_carried(space, range);
  places_[space].given.push_back(range);
}

void Meeting::take(const End&) {
  if (!unheard_.empty()) return fail({Code::malformed, "the other device ends before it has begun"});
  (ended_there_ ? got_ : ended_there_) = true;
}

void Meeting::take(const Failure& failure) {
  outcome_ = Outcome::failed;
  error_ = failure.error;
}

// What was answered the other side has, whether or not the meeting came to its end.
void Meeting::end() {
  report_.has_more |= arriving_ || (!coming_.empty() && media_in_ + max_piece_bytes > max_meeting_media_bytes);
  for (auto& [space, place] : places_) {
    if (report_.peer && !place.given.empty()) {
      auto known = place.known;
      known.insert(known.end(), place.given.begin(), place.given.end());
      keep_known(replica_, space, *report_.peer, known);
      place.given.clear();
    }
    report_.show_left(replica_, space, now_);
  }
}

void Meeting::fail(Error error) {
  put(Failure{{error.code, error.text.substr(0, max_text_bytes)}});
  outcome_ = Outcome::failed;
  error_ = std::move(error);
}

}  // namespace carnet
