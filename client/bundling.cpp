#include "client/bundling.hpp"

#include <algorithm>

namespace carnet {

Result<BundleSegment> segment_of(Replica& replica, const std::optional<DeviceKey>& own, const std::vector<SpaceKey>& keys, SpaceId space, std::optional<DeviceId> reader, bool lends) {
  auto passport = own ? passport_of(replica, space, *own) : std::nullopt;
  auto newest = std::find_if(keys.rbegin(), keys.rend(), [&](auto& each) { return each.space == space; });
  if (!passport || newest == keys.rend()) return Error{Code::not_allowed, "this device has no key for bundles yet: the relay gives it one at the next sync"};
  if (auto given = sign_own(replica, space, *own); !given) return given.error();
  BundleSegment segment{*newest, *passport, *own, replica.carried(space), held(replica, space)};
  auto known = reader ? known_of(replica, space, *reader) : std::vector<CarriedRange>{};
  std::erase_if(segment.frames, [&](auto& range) { return (reader && range.author == *reader) || covers(known, range); });
  if (!lends) return segment;
  auto stand = stand_of(replica, space);
  RelayStand nothing{stand.epoch, epoch_base(stand.epoch)};
  if (may_lend(stand, passport->role, nothing)) segment.lending = replica.to_lend(space, nothing.head);
  return segment;
}

Bundling::Bundling(Replica& replica, MediaShelf& shelf, std::vector<BundleSegment> segments, const Options& options, BundleVolumes& volumes, BundleWritten& written)
    : replica_(replica), shelf_(shelf), segments_(std::move(segments)), options_(options), volumes_(volumes), written_(written) {
  volumes_.begin();
}

bool Bundling::step() {
  if (at_ == segments_.size()) {
    if (!std::exchange(is_finished_, true)) volumes_.finish();
    return false;
  }
  if (!writer_) begin_segment();
  else if (segments_[at_].lending) put_loan();
  else if (frame_ < segments_[at_].frames.size()) put_frame();
  else if (!blobs_.empty()) put_piece();
  else end_segment();
  return true;
}

void Bundling::begin_segment() {
  open();
  if (!options_.with_photos) return;
  auto blobs = shelf_.for_bundle(segments_[at_].key.space);
  blobs_.assign(blobs.begin(), blobs.end());
}

// What is told first in each volume: whose frames may stand in it.
void Bundling::open() {
  auto& segment = segments_[at_];
  writer_ = std::make_unique<BundleWriter>(segment.key, [this](std::string_view bytes) {
    volumes_.write(bytes);
    bytes_ += bytes.size();
    written_.bytes += bytes.size();
  });
  writer_->put(replica_.device(), segment.had);
  std::set<std::pair<DeviceId, std::uint32_t>> told;
  if (segment.lending) told.insert({segment.own.device, segment.own.generation}), writer_->put(segment.own);
  for (auto& range : segment.frames) {
    auto frame = replica_.carried(segment.key.space, range);
    auto author = range.author == replica_.device() ? std::optional(segment.own) : held_passport(replica_, *frame);
    if (author && told.insert({author->device, author->generation}).second) writer_->put(*author);
  }
}

void Bundling::begin_volume() {
  writer_->end();
  volumes_.finish();
  volumes_.begin();
  bytes_ = 0;
  is_fresh_ = true;
  open();
}

BundleWriter& Bundling::writer() {
  if (options_.volume_bytes && bytes_ >= options_.volume_bytes) begin_volume();
  is_fresh_ = false;
  return *writer_;
}

// First, since frames may go on with it.
void Bundling::put_loan() {
  auto& segment = segments_[at_];
  auto lent = next_lent(replica_, *segment.lending);
  writer().put(sign(segment.by, lent));
  written_.lent += lent.rows.size();
  if (lent.is_last) segment.lending.reset();
}

void Bundling::put_frame() {
  auto& segment = segments_[at_];
  writer().put(*replica_.carried(segment.key.space, segment.frames[frame_++]));
  ++written_.frames;
}

// In one volume, which may then be read before others and after them. What no volume holds goes on in the next.
bool Bundling::fits(const BlobName& blob) const {
  auto size = static_cast<std::uint64_t>(blob.bytes);
  return options_.volume_bytes == 0 || is_fresh_ || size > options_.volume_bytes || bytes_ + size <= options_.volume_bytes;
}

void Bundling::put_piece() {
  auto& blob = blobs_.front();
  if (piece_at_ == 0 && !fits(blob)) begin_volume();
  auto piece = piece_to_give(shelf_.files(), blob.hash, piece_at_, options_.piece_bytes);
  bool goes_on = piece && !piece->empty();
  if (goes_on) writer().put(blob.hash, blob.bytes, piece_at_, *piece);
  if (goes_on) piece_at_ += static_cast<std::int64_t>(piece->size());
  bool is_whole = piece_at_ >= blob.bytes;
  written_.blobs += is_whole;
  written_.unreadable += !piece;
  if (!is_whole && goes_on) return;
  blobs_.pop_front();
  piece_at_ = 0;
}

void Bundling::end_segment() {
  writer_->end();
  writer_.reset();
  ++at_;
  frame_ = 0;
}

BundleIntake::BundleIntake(Replica& replica, const std::vector<SpaceKey>& keys, MediaShelf& shelf, std::int64_t now, BundleRead& read)
    : replica_(replica), keys_(keys), shelf_(shelf), now_(now), read_(read),
      reader_([this](SpaceId space, std::uint32_t generation) { return key_of(space, generation); },
              {.passport = [this](const Passport& passport) { passports_[{passport.space, passport.device, passport.generation}] = passport; },
               .frame = [this](const Carried& frame) { take(frame); },
               .had = [this](SpaceId space, DeviceId writer, const std::vector<CarriedRange>& had) { keep_known(replica_, space, writer, had); },
               .loan = [this](SpaceId space, const SignedLoan& loan) { take(space, loan); },
               .blob = [this](SpaceId, const BlobHash& hash, std::int64_t bytes, std::int64_t from, std::string_view piece) { take(hash, bytes, from, piece); }}) {
  for (auto& space : replica_.spaces()) spaces_.insert(space.id);
}

std::string BundleIntake::key_of(SpaceId space, std::uint32_t generation) const {
  auto held = std::find_if(keys_.begin(), keys_.end(), [&](auto& key) { return key.space == space && key.generation == generation; });
  return held == keys_.end() || !spaces_.contains(space) ? std::string() : held->bytes;
}

void BundleIntake::take(const Carried& frame) {
  auto author = passports_.find({frame.space, frame.author, frame.generation});
  if (author == passports_.end()) return read_.refuse({Code::not_allowed, "a part of the bundle does not say who wrote it"});
  auto taken = read_.take(replica_, author->second, frame, now_);
  if (taken && taken->rows + taken->left > 0) read_.rows_of[frame.author] += taken->rows + taken->left;
}

// Of one that this device has more than, nothing is news.
void BundleIntake::take(SpaceId space, const SignedLoan& loan) {
  auto lender = passports_.find({space, loan.lender, loan.generation});
  if (lender == passports_.end()) return read_.refuse({Code::not_allowed, "a part of the bundle does not say who wrote it"});
  auto lent = loan_of(loan, lender->second, authority_of(replica_));
  if (!lent) return read_.refuse(lent.error());
  if (!may_lend({lent->epoch, lent->head}, lender->second.role, stand_of(replica_, space))) return void(++read_.known);
  auto taken = borrow(replica_, *lent, now_);
  if (!taken) return read_.refuse(taken.error());
  read_.borrow(*taken);
  lent_bytes_ += bytes_in(*lent);
}

void BundleIntake::take(const BlobHash& hash, std::int64_t bytes, std::int64_t from, std::string_view piece) {
  auto taken = shelf_.take(hash, bytes, from, piece);
  read_.blobs += taken == Taken::whole;
  if (taken == Taken::part) read_.begun.insert(hash);
  if (taken == Taken::apart) read_.apart.insert(hash);
  if (taken == Taken::whole) read_.begun.erase(hash), read_.apart.erase(hash);
}

Result<void> BundleIntake::end() {
  read_.locked += reader_.locked().size();
  for (auto space : reader_.locked()) read_.elsewhere += !spaces_.contains(space);
  for (auto space : spaces_) read_.show_left(replica_, space, now_);
  settle_loan(replica_, lent_bytes_);
  return reader_.end();
}

}  // namespace carnet
