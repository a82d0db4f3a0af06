#include "sync/media_messages.hpp"

#include <algorithm>
#include <cmath>

#include "core/pack.hpp"
#include "sync/framing.hpp"
#include "sync/limits.hpp"

namespace carnet {

namespace {

constexpr unsigned char preface = wire_version << 4 | 2;  // codec 2: nothing is compressed

struct Encoder {
  Packer packer;

  Packer& head(int type, std::size_t items) { return packer.array(items).integer(type); }
  void hash(const BlobHash& hash) { packer.bytes(std::as_bytes(std::span(hash.bytes))); }

  void operator()(const MediaHello& hello) {
    head(1, 3).integer(hello.device.value);
    hello.bearer.empty() ? void(packer.nil()) : void(packer.bytes(std::as_bytes(std::span(hello.bearer))));
  }
  void operator()(const Offer& offer) {
    head(2, 5).integer(offer.blob).integer(offer.space.value);
    hash(offer.hash);
    packer.integer(offer.bytes);
  }
  void operator()(const Held& held) { head(3, 3).integer(held.blob).integer(held.bytes); }
  void operator()(const Ask& ask) {
    head(4, 6).integer(ask.blob).integer(ask.space.value);
    hash(ask.hash);
    packer.integer(ask.from).integer(ask.length);
  }
  void operator()(const AskOn& ask) { head(5, 3).integer(ask.blob).integer(ask.length); }
  void operator()(const Part& part) { head(6, 3).integer(part.blob).integer(part.length); }
  void operator()(const Declined& declined) { head(7, 4).integer(declined.blob).integer(static_cast<int>(declined.error.code)).text(declined.error.text); }
  void operator()(const MediaEnd&) { head(8, 1); }
  void operator()(const MediaFailure& failure) { head(9, 3).integer(static_cast<int>(failure.error.code)).text(failure.error.text); }
};

std::string encode(const MediaMessage& message) {
  Encoder encoder;
  std::visit(encoder, message);
  return encoder.packer.take();
}

struct Decoder {
  Reader reader;

  std::uint32_t blob() { return static_cast<std::uint32_t>(reader.integer(0, max_blobs_a_request - 1)); }
  SpaceId space() { return SpaceId{static_cast<std::uint32_t>(reader.integer(1, max_space))}; }
  std::int64_t length() { return reader.integer(1, max_part_bytes); }
  BlobHash hash() {
    auto hash = hash_from(reader.bytes(sizeof(BlobHash)));
    if (!hash) reader.fail();
    return hash.value_or(BlobHash{});
  }
  Error error() {
    auto code = static_cast<Code>(reader.integer(1, 255));
    return {code, std::string(reader.text(max_text_bytes))};
  }
  MediaMessage hello() {
    MediaHello hello{DeviceId{static_cast<std::uint32_t>(reader.integer(1, max_device))}, {}};
    if (!reader.nil()) hello.bearer = reader.bytes(max_bearer_bytes);
    return hello;
  }
  MediaMessage offer() {
    Offer offer{blob(), space(), hash()};
    offer.bytes = reader.integer(1, INT64_MAX);  // what is too large is declined, and not a mistake
    return offer;
  }
  MediaMessage ask() {
    Ask ask{blob(), space(), hash()};
    ask.from = reader.integer(0, max_media_bytes);
    ask.length = length();
    return ask;
  }
  MediaMessage any() {
    reader.array(6);
    switch (reader.integer(1, 9)) {
      case 1: return hello();
      case 2: return offer();
      case 3: { auto which = blob(); return Held{which, reader.integer(0, max_media_bytes)}; }
      case 4: return ask();
      case 5: { auto which = blob(); return AskOn{which, length()}; }
      case 6: { auto which = blob(); return Part{which, length()}; }
      case 7: { auto which = blob(); return Declined{which, error()}; }
      case 8: return MediaEnd{};
      case 9: return MediaFailure{error()};
      default: reader.fail();
    }
    return MediaEnd{};
  }
};

}  // namespace

std::size_t piece_of(std::size_t bytes, std::int64_t passed) {
  constexpr double least = 1'350;  // one packet with all that is around it
  constexpr double around = 29;    // bytes of TLS and HTTP
  auto piece = std::max(least, std::sqrt(2 * around * static_cast<double>(passed)));
  auto pieces = static_cast<std::size_t>(std::max(1L, std::lround(static_cast<double>(bytes) / piece)));  // of one size
  return (bytes + pieces - 1) / pieces;
}

std::string media_preface() { return std::string(1, static_cast<char>(preface)); }

std::string pack(const MediaMessage& message) {
  auto body = encode(message);
  return leb128(body.size()) + body + check_of(body);
}

Result<std::optional<MediaReader::Item>> MediaReader::next() {
  using Next = std::optional<Item>;
  if (held_.empty()) return Next();
  if (!prefaced_) {
    auto first = static_cast<unsigned char>(held_.front());
    if (first >> 4 > wire_version)
      return Error{Code::newer_version, "the other side speaks wire format " + std::to_string(first >> 4) + ", this side " + std::to_string(wire_version) + ": upgrade this side"};
    if (first != preface) return Error{Code::malformed, "this is no Carnet stream of media: it starts with byte " + std::to_string(first)};
    held_.erase(0, 1);
    prefaced_ = true;
    return next();
  }
  if (to_come_ > 0) {
    auto size = std::min(held_.size(), static_cast<std::size_t>(to_come_));
    to_come_ -= static_cast<std::int64_t>(size);
    MediaData data{blob_, held_.substr(0, size)};
    held_.erase(0, size);
    return Next(std::move(data));
  }
  auto low = static_cast<unsigned char>(held_[0]);
  std::size_t length = low & 0x7f, at = 1;
  if (low >= 0x80) {
    if (held_.size() < 2) return Next();
    auto high = static_cast<unsigned char>(held_[at++]);
    if (high == 0) return Error{Code::malformed, "message length in a longer form than needed"};
    length |= std::size_t{high} << 7;
  }
  if (length > max_media_message) return Error{Code::too_large, "message of more than " + std::to_string(max_media_message) + " bytes"};
  if (held_.size() < at + length + check_bytes) return Next();
  std::string_view body(held_.data() + at, length);
  if (held_.compare(at + length, check_bytes, check_of(body)) != 0) return Error{Code::malformed, "message damaged on the way: its check does not fit"};
  Decoder decoder{Reader(body)};
  auto message = decoder.any();
  if (!decoder.reader.done() || encode(message) != body) return Error{Code::malformed, "a message of media does not follow the wire format version 1"};
  held_.erase(0, at + length + check_bytes);
  if (auto* part = std::get_if<Part>(&message)) {
    blob_ = part->blob;
    to_come_ = part->length;
  }
  return Next(Item(std::move(message)));
}

}  // namespace carnet
