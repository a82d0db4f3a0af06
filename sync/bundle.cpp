#include "sync/bundle.hpp"

#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "core/pack.hpp"
#include "core/text/varint.hpp"
#include "sync/framing.hpp"
#include "sync/limits.hpp"
#include "sync/stream.hpp"

namespace carnet {

namespace {

constexpr std::string_view magic = "carnet";
constexpr unsigned char bundle_version = 1;
constexpr std::size_t length_bytes = 4;
constexpr std::size_t most_chunk = 262'144;   // bytes, unsealed
constexpr std::size_t least_head = magic.size() + 3 + crypto_secretstream_xchacha20poly1305_HEADERBYTES;
constexpr std::size_t most_ranges = 65'536;

const unsigned char* raw(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* raw(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

std::string packed(const Carried& frame) {
  Packer packer;
  packer.array(8).integer(2).integer(frame.author.value).integer(frame.from.value).integer(frame.to.value - frame.from.value).integer(frame.generation).integer(frame.epoch);
  packer.bytes(std::as_bytes(std::span(frame.frame))).bytes(std::as_bytes(std::span(frame.signature)));
  return packer.take();
}

struct BlobPiece {
  BlobHash hash;
  std::int64_t bytes = 0, from = 0;
};

std::string packed(const BlobPiece& piece) {
  Packer packer;
  packer.array(4).integer(4).bytes(std::as_bytes(std::span(piece.hash.bytes))).integer(piece.bytes).integer(piece.from);
  return packer.take();
}

Error damaged(const std::string& what) { return {Code::malformed, "the bundle is damaged or was changed: " + what + "; what came before it was taken, write it again for the rest"}; }

}  // namespace

struct BundleWriter::State {
  Sink sink;
  std::string head;  // added data of the first chunk
  crypto_secretstream_xchacha20poly1305_state stream{};
  Packing packing;
  std::string waiting;
  bool in_blobs = false;
  std::uint64_t written = 0;

  void give(std::string_view bytes) {
    sink(bytes);
    written += bytes.size();
  }
  void chunk(std::string_view plain, unsigned char tag) {
    std::string sealed(plain.size() + crypto_secretstream_xchacha20poly1305_ABYTES, '\0');
    crypto_secretstream_xchacha20poly1305_push(&stream, raw(sealed), nullptr, raw(plain), plain.size(), raw(head), head.size(), tag);
    head.clear();
    auto length = sealed.size() << 1 | (tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL);
    std::string before;
    for (std::size_t k = 0; k < length_bytes; ++k) before += static_cast<char>(length >> 8 * k & 0xff);
    give(before);
    give(sealed);
  }
  void pack(const std::string& message) {
    packing.put(message);
    waiting += packing.flush();
    while (waiting.size() > most_chunk) {
      chunk(std::string_view(waiting).substr(0, most_chunk), crypto_secretstream_xchacha20poly1305_TAG_MESSAGE);
      waiting.erase(0, most_chunk);
    }
  }
  void begin_blobs() {
    if (std::exchange(in_blobs, true)) return;
    waiting += packing.flush(true);
    chunk(waiting, crypto_secretstream_xchacha20poly1305_TAG_PUSH);
  }
};

BundleWriter::BundleWriter(const SpaceKey& key, Sink sink) : state_(std::make_unique<State>()) {
  if (key.bytes.size() != crypto_secretstream_xchacha20poly1305_KEYBYTES) throw std::logic_error("a space's key has 32 bytes");
  std::string header(crypto_secretstream_xchacha20poly1305_HEADERBYTES, '\0');
  crypto_secretstream_xchacha20poly1305_init_push(&state_->stream, raw(header), raw(key.bytes));
  state_->sink = std::move(sink);
  state_->head = std::string(magic) + static_cast<char>(bundle_version) + leb128(key.space.value) + leb128(key.generation) + header;
  state_->give(state_->head);
}

BundleWriter::~BundleWriter() = default;

void BundleWriter::put(const Passport& passport) {
  auto bytes = carnet::pack(passport);
  Packer packer;
  packer.array(2).integer(1).bytes(std::as_bytes(std::span(bytes)));
  state_->pack(packer.take());
}

void BundleWriter::put(const Carried& frame) { state_->pack(packed(frame)); }

void BundleWriter::put(DeviceId writer, const std::vector<CarriedRange>& had) {
  auto count = std::min(had.size(), most_ranges);
  Packer packer;
  packer.array(2 + 3 * count).integer(3).integer(writer.value);
  for (std::size_t k = 0; k < count; ++k) packer.integer(had[k].author.value).integer(had[k].from.value).integer(had[k].to.value);
  state_->pack(packer.take());
}

void BundleWriter::put(const SignedLoan& loan) {
  Packer packer;
  packer.array(5).integer(5).integer(loan.lender.value).integer(loan.generation).bytes(std::as_bytes(std::span(loan.message))).bytes(std::as_bytes(std::span(loan.signature)));
  state_->pack(packer.take());
}

void BundleWriter::put(const BlobHash& hash, std::int64_t bytes, std::int64_t from, std::string_view piece) {
  state_->begin_blobs();
  auto what = packed(BlobPiece{hash, bytes, from});
  state_->chunk(leb128(what.size()) + what + std::string(piece), crypto_secretstream_xchacha20poly1305_TAG_MESSAGE);
}

void BundleWriter::end() {
  bool has_blobs = state_->in_blobs;
  state_->chunk(has_blobs ? std::string() : state_->waiting + state_->packing.flush(true), crypto_secretstream_xchacha20poly1305_TAG_FINAL);
}

std::uint64_t BundleWriter::written() const { return state_->written; }

struct BundleReader::State {
  KeyOf key_of;
  BundleContent content;
  std::string arrived;
  std::vector<SpaceId> locked;

  bool in_segment = false, is_open = false, in_blobs = false;
  SpaceId space;
  std::string head;
  crypto_secretstream_xchacha20poly1305_state stream{};
  Unpacking unpacking;

  // False where more bytes are needed.
  Result<bool> read_head() {
    auto known = std::min(arrived.size(), magic.size());
    if (arrived.compare(0, known, magic.substr(0, known)) != 0) return Error{Code::malformed, "this is no bundle of Carnet"};
    if (arrived.size() > magic.size() && static_cast<unsigned char>(arrived[magic.size()]) != bundle_version)
      return Error{Code::newer_version, "this bundle was written by a newer Carnet: upgrade this one to read it"};
    if (arrived.size() < least_head) return false;
    std::string_view numbers = std::string_view(arrived).substr(magic.size() + 1, 10);
    text::VarintReader reader(numbers);
    space = SpaceId{reader.small(max_space)};
    auto generation = reader.small(UINT32_MAX);
    auto size = magic.size() + 1 + leb128(space.value).size() + leb128(generation).size() + crypto_secretstream_xchacha20poly1305_HEADERBYTES;
    if (space.value == 0) return damaged("its beginning names no space");
    if (arrived.size() < size) return false;
    head = arrived.substr(0, size);
    arrived.erase(0, size);
    auto key = key_of(space, generation);
    is_open = key.size() == crypto_secretstream_xchacha20poly1305_KEYBYTES &&
              crypto_secretstream_xchacha20poly1305_init_pull(&stream, raw(head) + size - crypto_secretstream_xchacha20poly1305_HEADERBYTES, raw(key)) == 0;
    if (!is_open) locked.push_back(space);
    in_segment = true;
    in_blobs = false;
    unpacking = Unpacking();
    return true;
  }

  Result<bool> read_chunk() {
    if (arrived.size() < length_bytes) return false;
    std::size_t length = 0;
    for (std::size_t k = 0; k < length_bytes; ++k) length |= static_cast<std::size_t>(static_cast<unsigned char>(arrived[k])) << 8 * k;
    bool is_last = length & 1;
    length >>= 1;
    if (length < crypto_secretstream_xchacha20poly1305_ABYTES || length > 2 * most_chunk) return damaged("a part has a length that none has");
    if (arrived.size() < length_bytes + length) return false;
    auto sealed = arrived.substr(length_bytes, length);
    arrived.erase(0, length_bytes + length);
    in_segment = !is_last;
    if (!is_open) return true;
    std::string plain(length - crypto_secretstream_xchacha20poly1305_ABYTES, '\0');
    unsigned char tag = 0;
    if (crypto_secretstream_xchacha20poly1305_pull(&stream, raw(plain), nullptr, &tag, raw(sealed), sealed.size(), raw(head), head.size()) != 0) return damaged("a part does not open");
    head.clear();
    if (is_last != (tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL)) return damaged("its end is not where it says");
    if (is_last && in_blobs) return true;
    auto taken = in_blobs ? take_piece(plain) : take_packed(plain);
    in_blobs |= tag == crypto_secretstream_xchacha20poly1305_TAG_PUSH;
    if (!taken) return taken.error();
    return true;
  }

  Result<void> take_packed(const std::string& plain) {
    if (auto fed = unpacking.feed(plain); !fed) return fed.error();
    for (;;) {
      auto message = unpacking.next();
      if (!message) return message.error();
      if (!*message) return {};
      if (auto taken = take_message(**message); !taken) return taken;
    }
  }

  Result<void> take_message(std::string_view bytes) {
    Reader reader(bytes);
    auto items = reader.array(2 + 3 * most_ranges);
    auto kind = reader.integer(1, 255);
    if (kind == 1 && items == 2) {
      auto passport = unpack_passport(reader.bytes(max_message_bytes));
      if (reader.done() && passport && passport->space == space) return content.passport(*passport), Result<void>();
    } else if (kind == 2 && items == 8) {
      Carried frame{space, DeviceId{static_cast<std::uint32_t>(reader.integer(1, max_device))}, Seq{reader.integer(0, INT64_MAX >> 8)}, Seq{reader.integer(0, INT64_MAX >> 8)},
                    static_cast<std::uint32_t>(reader.integer(1, UINT32_MAX)), static_cast<std::uint32_t>(reader.integer(0, 0xffffff)), {}, {}};
      frame.to.value += frame.from.value;
      frame.frame = reader.bytes(max_message_bytes);
      frame.signature = reader.bytes(signature_bytes);
      if (reader.done()) return content.frame(frame), Result<void>();
    } else if (kind == 3 && items >= 2 && (items - 2) % 3 == 0) {
      DeviceId writer{static_cast<std::uint32_t>(reader.integer(1, max_device))};
      std::vector<CarriedRange> had;
      for (auto left = items - 2; left > 0 && reader.ok(); left -= 3)
        had.push_back({DeviceId{static_cast<std::uint32_t>(reader.integer(1, max_device))}, Seq{reader.integer(0, INT64_MAX >> 8)}, Seq{reader.integer(0, INT64_MAX >> 8)}});
      if (reader.done()) return content.had(space, writer, had), Result<void>();
    } else if (kind == 5 && items == 5) {
      SignedLoan loan{DeviceId{static_cast<std::uint32_t>(reader.integer(1, max_device))}, static_cast<std::uint32_t>(reader.integer(1, UINT32_MAX)), {}, {}};
      loan.message = reader.bytes(max_message_bytes);
      loan.signature = reader.bytes(signature_bytes);
      if (reader.done()) return content.loan(space, loan), Result<void>();
    }
    return damaged("it holds what is no part of a bundle");
  }

  Result<void> take_piece(std::string_view plain) {
    text::VarintReader numbers(plain.substr(0, 5));
    auto size = static_cast<std::size_t>(numbers.small(most_chunk)), before = leb128(size).size();
    if (size == 0 || plain.size() < before + size) return damaged("a part of a photo names nothing");
    Reader reader(plain.substr(before, size));
    BlobPiece piece;
    bool is_piece = reader.array(4) == 4 && reader.integer(4, 4) == 4;
    auto hash = hash_from(reader.bytes(sizeof(BlobHash)));
    is_piece &= hash.has_value();
    piece.hash = hash.value_or(BlobHash{});
    piece.bytes = reader.integer(1, max_media_bytes);
    piece.from = reader.integer(0, max_media_bytes);
    if (!is_piece || !reader.done()) return damaged("a part of a photo is none");
    content.blob(space, piece.hash, piece.bytes, piece.from, plain.substr(before + size));
    return {};
  }
};

BundleReader::BundleReader(KeyOf key_of, BundleContent content) : state_(std::make_unique<State>()) {
  state_->key_of = std::move(key_of);
  state_->content = std::move(content);
}

BundleReader::~BundleReader() = default;

Result<void> BundleReader::feed(std::string_view bytes) {
  state_->arrived.append(bytes);
  while (!state_->arrived.empty()) {
    auto moved = state_->in_segment ? state_->read_chunk() : state_->read_head();
    if (!moved) return moved.error();
    if (!*moved) return {};
  }
  return {};
}

Result<void> BundleReader::end() {
  if (!state_->arrived.empty() || state_->in_segment) return Error{Code::gap, "the bundle breaks off: the rest of the file is missing; what is there was taken"};
  return {};
}

const std::vector<SpaceId>& BundleReader::locked() const { return state_->locked; }

}  // namespace carnet
