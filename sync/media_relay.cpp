#include "sync/media_relay.hpp"

#include <algorithm>

#include "sync/limits.hpp"

namespace carnet {

namespace {
Error unreadable() { return {Code::not_found, "the relay has it and cannot read it: the operator has to see to its disk"}; }
}

Result<void> MediaRelay::feed(std::string_view bytes) {
  if (!welcomed() && (bytes_before_hello_ += bytes.size()) > max_hello_bytes)
    return Error{Code::too_large, "no hello in the first " + std::to_string(max_hello_bytes) + " bytes"};
  in_.feed(bytes);
  return {};
}

Result<std::optional<MediaRelay::Task>> MediaRelay::next() {
  if (finished_) return std::optional<Task>();
  auto item = in_.next();
  if (!item) return item.error();
  if (!*item) return std::optional<Task>();
  auto* message = std::get_if<MediaMessage>(&**item);
  bool is_hello = message && std::holds_alternative<MediaHello>(*message);
  if (is_hello == welcomed()) return Error{Code::malformed, "a request about media starts with one hello"};
  bool writes = !message || std::holds_alternative<Offer>(*message);
  return std::optional(Task{std::move(**item), writes});
}

void MediaRelay::work(const Task& task, RelayStore& store, std::int64_t now) {
  auto* message = std::get_if<MediaMessage>(&task.item);
  if (message) {
    if (auto* hello = std::get_if<MediaHello>(message)) return enter(*hello, store, now);
  }
  if (auto let_in = store.admit({Peer::Kind::device, device_.value, *let_in_by_}, device_, {}, now); !let_in) return fail(let_in.error());
  if (!message) return take(std::get<MediaData>(task.item), store, now);
  if (auto* offer = std::get_if<Offer>(message)) return take(*offer, store, now);
  if (auto* part = std::get_if<Part>(message)) return take(*part);
  if (auto* ask = std::get_if<Ask>(message)) return take(*ask, store);
  if (auto* on = std::get_if<AskOn>(message)) return serve(on->blob, on->length, store);
  if (!std::holds_alternative<MediaEnd>(*message)) return fail({Code::malformed, "a device sent what only the relay sends"});
  out_ += pack(MediaEnd{});
  finished_ = true;
}

void MediaRelay::enter(const MediaHello& hello, RelayStore& store, std::int64_t now) {
  if (!peer_) peer_ = proved_by(hello.bearer, *keys_);
  bool is_it = peer_ && peer_->kind == Peer::Kind::device && peer_->number == hello.device.value;
  if (!is_it) return fail({Code::not_allowed, "the relay does not know device " + std::to_string(hello.device.value) + " by this key; ask for a new invite"});
  auto admitted = store.admit(*peer_, hello.device, {}, now);
  if (!admitted) return fail(admitted.error());
  device_ = hello.device;
  let_in_by_ = admitted->generation;
  has_new_key_ = admitted->is_first;
  out_ = media_preface();
}

// Conflict: who was removed from a space, or came to read only, had photos on their device that rows name which they wrote before. Resolution: what
// a row that stands here names comes from the device that wrote it there. Reason: that row was taken by the rules for rows, and without its photo
// it would be half.
std::optional<Error> MediaRelay::objection(const Offer& offer, RelayStore& store) {
  auto member = store.membership(device_, offer.space);
  if (member.kind == administration_kind) return Error{Code::other_kind, "an administration space holds no media"};
  if (member.role != Role::none && member.role != Role::reader) return {};
  if (names(offer, store)) return {};
  if (member.role == Role::none) return Error{Code::no_member, "this device is no member of the space, and no row there that it wrote names this"};
  return Error{Code::reads_only, "this device only reads in the space, and no row there that it wrote names this; an admin of the space can make its person a writer"};
}

bool MediaRelay::names(const Offer& offer, RelayStore& store) {
  auto at = rows_name_.find(offer.space);
  if (at == rows_name_.end()) at = rows_name_.emplace(offer.space, store.named_by(device_, offer.space)).first;
  return std::any_of(at->second.begin(), at->second.end(), [&](auto& name) { return name.hash == offer.hash && name.bytes == offer.bytes; });
}

bool MediaRelay::is_new(std::uint32_t number) {
  if (number == named_ && number < max_blobs_a_request) return ++named_;
  fail({Code::malformed, "blobs of a request are numbered 0, 1, 2 ... , each once"});
  return false;
}

void MediaRelay::take(const Offer& offer, RelayStore& store, std::int64_t now) {
  if (!is_new(offer.blob)) return;
  if (auto fault = objection(offer, store)) return decline(offer.blob, *fault);
  if (offer.bytes > max_media_bytes)
    return decline(offer.blob, {Code::too_large, "a file of " + std::to_string(offer.bytes) + " bytes; at most " + std::to_string(max_media_bytes) + ": make it smaller or shorter"});
  auto& blobs = store.blobs(offer.space);
  auto held = blobs.held(offer.hash, device_);
  // All of it came, and then the power went.
  if (held >= offer.bytes && !blobs.has(offer.hash) && !blobs.finish(offer.hash, device_)) held = 0;
  if (blobs.has(offer.hash)) {
    auto last = piece_to_give(blobs, offer.hash, offer.bytes - 1, 2);
    if (!last) return decline(offer.blob, unreadable());
    if (last->size() != 1) return decline(offer.blob, {Code::malformed, "it is not as long as its name says"});
    store.note_whole(offer.space, offer.hash, offer.bytes, now);
    out_ += pack(Held{offer.blob, offer.bytes});
    return;
  }
  if (auto room = store.note_part(offer.space, offer.hash, device_, offer.bytes, now); !room) return decline(offer.blob, room.error());
  blobs_[offer.blob] = {.space = offer.space, .hash = offer.hash, .bytes = offer.bytes, .at = held};
  out_ += pack(Held{offer.blob, held});
}

void MediaRelay::take(const Part& part) {
  auto at = blobs_.find(part.blob);
  bool fits = part.blob < named_ && (at == blobs_.end() || (at->second.up && at->second.at + part.length <= at->second.bytes));
  if (!fits) return fail({Code::malformed, "a part of what was not offered, or beyond its end"});
  if (at != blobs_.end()) at->second.part_ends = at->second.at + part.length;
}

// Of a blob that was declined or is whole already, what was on its way is passed over.
void MediaRelay::take(const MediaData& data, RelayStore& store, std::int64_t now) {
  auto at = blobs_.find(data.blob);
  if (at == blobs_.end()) return;
  auto& blob = at->second;
  auto& blobs = store.blobs(blob.space);
  auto size = static_cast<std::int64_t>(data.bytes.size());
  if (blobs.held(blob.hash, device_) != blob.at) return fail({Code::gap, "another request of this device went on with it meanwhile"});
  blobs.append(blob.hash, device_, data.bytes);
  blob.at += size;
  tally_.bytes_up += size;
  if (blob.at == blob.bytes) {
    if (!blobs.finish(blob.hash, device_)) return decline(data.blob, {Code::malformed, "what came is not what its name says: it has to come again from the start"});
    store.note_whole(blob.space, blob.hash, blob.bytes, now);
    ++tally_.up;
  }
  if (blob.at == blob.part_ends) out_ += pack(Held{data.blob, blob.at});
  if (blob.at == blob.bytes) blobs_.erase(at);
}

void MediaRelay::take(const Ask& ask, RelayStore& store) {
  if (!is_new(ask.blob)) return;
  blobs_[ask.blob] = {.space = ask.space, .hash = ask.hash, .at = ask.from, .up = false};
  ++tally_.down;
  serve(ask.blob, ask.length, store);
}

void MediaRelay::serve(std::uint32_t number, std::int64_t length, RelayStore& store) {
  auto at = blobs_.find(number);
  if (at == blobs_.end() && number < named_) return;  // it was declined
  if (at == blobs_.end() || at->second.up) return fail({Code::malformed, "more of what was not asked for"});
  auto& blob = at->second;
  if (store.membership(device_, blob.space).role == Role::none) return decline(number, {Code::no_member, "this device is no member of the space"});
  if (!store.blobs(blob.space).has(blob.hash)) return decline(number, {Code::not_found, "the relay does not have it yet, or not any more"});
  auto bytes = piece_to_give(store.blobs(blob.space), blob.hash, blob.at, static_cast<std::size_t>(length));
  if (!bytes) return decline(number, unreadable());
  if (static_cast<std::int64_t>(bytes->size()) != length) return decline(number, {Code::malformed, "it is not as long as its name says"});
  blob.at += length;
  tally_.bytes_down += length;
  out_ += pack(Part{number, length}) + *bytes;
}

void MediaRelay::decline(std::uint32_t number, Error error) {
  error.text.resize(std::min(error.text.size(), max_text_bytes));
  out_ += pack(Declined{number, std::move(error)});
  blobs_.erase(number);
}

void MediaRelay::fail(Error error) {
  if (!welcomed()) out_ = media_preface();
  failed_ = error.code;
  error.text.resize(std::min(error.text.size(), max_text_bytes));
  out_ += pack(MediaFailure{std::move(error)});
  finished_ = true;
}

std::string MediaRelay::failure(const Error& error) {
  fail(error);
  return answer();
}

}  // namespace carnet
