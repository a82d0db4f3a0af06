// The messages of the conversation, out of their bytes; into them, and the grammar: messages.cpp.
#include "core/pack.hpp"
#include "sync/changes_codec.hpp"
#include "sync/limits.hpp"
#include "sync/messages.hpp"
#include "sync/peer.hpp"

namespace carnet {

namespace {

constexpr std::int64_t max_seq = INT64_MAX >> 8;
constexpr std::int64_t max_now = std::int64_t{1} << 40;
constexpr std::size_t pin_bytes = 32;

struct Decoder {
  Reader& reader;
  Direction direction;
  Seq base;
  std::size_t items;  // of the message, after its type

  SpaceId space() { return SpaceId{static_cast<std::uint32_t>(reader.integer(1, max_space))}; }
  Seq seq() { return Seq{reader.integer(0, max_seq)}; }
  Seq relay_seq() { return Seq{reader.integer(0, max_seq) + base.value}; }
  Epoch epoch() { return static_cast<Epoch>(reader.integer(0, 0xffffff)); }
  std::uint64_t digest() { return static_cast<std::uint64_t>(reader.integer(INT64_MIN, INT64_MAX)); }
  std::size_t symbols() { return static_cast<std::size_t>(reader.integer(0, max_symbols)); }
  std::uint32_t word() { return static_cast<std::uint32_t>(reader.integer(0, UINT32_MAX)); }
  DeviceId device() { return DeviceId{static_cast<std::uint32_t>(reader.integer(1, max_device))}; }
  std::string bytes_of(std::size_t size) {
    std::string bytes(reader.bytes(size));
    if (bytes.size() != size) reader.fail();
    return bytes;
  }
  Error error() {
    Error error;
    error.code = static_cast<Code>(reader.integer(1, 255));
    error.text = reader.text(max_text_bytes);
    return error;
  }
  std::size_t places(std::size_t before, std::size_t each) {
    if (items < before || (items - before) % each || (items - before) / each > max_spaces) reader.fail();
    return reader.ok() ? (items - before) / each : 0;
  }

  Message failure() {
    auto what = error();
    return Failure{what, reader.integer(-max_now, max_now)};
  }
  Message hello() {
    Hello hello;
    auto count = places(8, 5);
    hello.device = device();
    if (!reader.nil()) hello.bearer = reader.bytes(max_bearer_bytes);
    if (!reader.nil()) hello.claim = bytes_of(claim_bytes);
    hello.now = reader.integer(0, max_now);
    hello.epoch = epoch();
    hello.mode = static_cast<Mode>(reader.integer(0, static_cast<int>(Mode::copy)));
    hello.frame_bytes = reader.integer(0, max_frame_bytes);
    hello.rights = reader.integer(0, max_seq);
    for (std::size_t k = 0; k < count && reader.ok(); ++k) {
      Hello::Place place{space(), seq(), reader.integer(0, max_seq), seq(), word()};
      if (place.cursor.value) place.cursor.value += epoch_base(hello.epoch).value;
      hello.places.push_back(place);
    }
    return hello;
  }
  Message welcome() {
    Welcome welcome;
    auto count = places(2, 3);
    welcome.now = reader.integer(0, max_now);
    welcome.epoch = static_cast<Epoch>(reader.integer(1, 0xffffff));
    for (std::size_t k = 0; k < count && reader.ok(); ++k) welcome.places.push_back({space(), seq(), word()});
    return welcome;
  }
  Message changes() {
    Changes changes;
    bool up = direction == Direction::up;
    if (items < 4) reader.fail();
    changes.set.space = space();
    auto from = seq(), length = seq(), known = seq();
    changes.set.from = Seq{up || !from.value ? from.value : from.value + base.value};
    changes.set.to = Seq{from.value + length.value + (up ? 0 : base.value)};
    changes.known = Seq{up && known.value ? known.value + base.value : known.value};
    decode_sections(reader, items - 4, up ? changes.known : Seq{}, changes.set.rows);
    for (auto& change : changes.set.rows)
      for (auto& cell : change.row.cells)
        for (auto& version : cell.versions)
          if (!up && version.seen.value) version.seen.value += base.value;
    return changes;
  }
  Message refused() {
    if (items < 5 || (items - 5) % 2 || (items - 5) / 2 > max_entries) reader.fail();
    Refused refused{space(), seq(), seq(), {}};
    refused.to.value += refused.from.value;
    refused.error = error();
    for (std::size_t k = 5; k < items && reader.ok(); k += 2) {
      TableId table{static_cast<std::uint32_t>(reader.integer(1, max_table))};
      refused.rows.push_back({table, RowId{reader.integer(0, max_row_id)}});
    }
    return refused;
  }
  Message complete() {
    Complete complete;
    auto count = places(0, 3);
    for (std::size_t k = 0; k < count && reader.ok(); ++k) {
      auto where = space();
      auto head = relay_seq();
      complete.places.push_back({where, head, digest()});
    }
    return complete;
  }
  Message compare() {
    Compare compare{space(), symbols(), 0};
    compare.digest = digest();
    return compare;
  }
  Message sketched() {
    if (items < 3 || (items - 3) % 3 || (items - 3) / 3 > max_symbols_a_message) reader.fail();
    Sketched sketched{space(), symbols(), relay_seq(), {}};
    for (std::size_t k = 3; k < items && reader.ok(); k += 3) {
      Symbol symbol{reader.integer(0, max_seq), digest(), 0};
      symbol.check = word();
      sketched.symbols.push_back(symbol);
    }
    return sketched;
  }
  Message want() {
    if (items < 1 || items - 1 > max_wanted) reader.fail();
    Want want{space(), {}};
    for (std::size_t k = 1; k < items && reader.ok(); ++k) want.digests.push_back(digest());
    return want;
  }
  Message account() {
    Account account;
    auto count = places(4, 7);
    account.rights = reader.integer(0, max_seq);
    account.person = reader.text(max_name_bytes);
    account.since = reader.integer(0, max_now);
    if (!reader.nil()) account.authority = bytes_of(verifying_key_bytes);
    for (std::size_t k = 0; k < count && reader.ok(); ++k) {
      Membership member{space(), {}, {}};
      member.name = reader.text(max_name_bytes);
      member.kind = reader.text(max_name_bytes);
      member.role = static_cast<Role>(reader.integer(0, static_cast<int>(Role::admin)));
      member.sealing = word();
      if (!reader.nil()) member.key = bytes_of(device_key_bytes);
      if (!reader.nil()) member.passport = bytes_of(signature_bytes);
      account.spaces.push_back(std::move(member));
    }
    return account;
  }
  Message carries() {
    if (items < 1 || items - 1 > max_offered) reader.fail();
    Carries carries{space(), {}};
    for (std::size_t k = 1; k < items && reader.ok(); ++k) carries.authors.push_back(device());
    return carries;
  }
  Message had() {
    if (items < 1 || (items - 1) % 2 || (items - 1) / 2 > max_offered) reader.fail();
    Had had{space(), {}};
    for (std::size_t k = 1; k < items && reader.ok(); k += 2) {
      auto of = device();
      had.authors.push_back({of, seq()});
    }
    return had;
  }
  Message carry() {
    Carried frame{space(), device(), seq(), seq(), word(), static_cast<std::uint32_t>(reader.integer(0, 0xffffff)), {}, {}};
    frame.to.value += frame.from.value;
    frame.frame = reader.bytes(max_message_bytes);
    frame.signature = bytes_of(signature_bytes);
    return Carry{std::move(frame)};
  }
  Message carry_answer() {
    if (items < 2 || items % 2 || (items - 2) / 2 > max_entries) reader.fail();
    CarryAnswer carrying;
    carrying.error.code = static_cast<Code>(reader.integer(0, 255));
    carrying.error.text = reader.text(max_text_bytes);
    for (std::size_t k = 2; k < items && reader.ok(); k += 2) {
      TableId table{static_cast<std::uint32_t>(reader.integer(1, max_table))};
      carrying.rows.push_back({table, RowId{reader.integer(0, max_row_id)}});
    }
    return carrying;
  }
  Message proofs() {
    if (items > max_proofs) reader.fail();
    Proofs proofs;
    for (std::size_t k = 0; k < items && reader.ok(); ++k) {
      proofs.proofs.push_back(bytes_of(proof_bytes));
      if (k > 0 && proofs.proofs[k - 1] >= proofs.proofs[k]) reader.fail();
    }
    return proofs;
  }
  Message holds() {
    if (items < 6 || (items - 6) % 3 || (items - 6) / 3 > max_ranges) reader.fail();
    Holds holds{space()};
    if (!reader.nil()) holds.passport = reader.bytes(max_passport_bytes);
    if (!reader.nil()) holds.signature = bytes_of(signature_bytes);
    holds.stand.epoch = epoch();
    auto life = epoch_base(holds.stand.epoch).value, head = seq().value, borrowed = seq().value;
    holds.stand.head = Seq{life + head};
    if (borrowed) holds.stand.borrowed = Seq{life + borrowed};
    for (std::size_t k = 6; k < items && reader.ok(); k += 3) {
      CarriedRange range{device(), seq(), seq()};
      range.to.value += range.from.value;
      holds.ranges.push_back(range);
    }
    return holds;
  }
  BlobHash hash() {
    auto hash = hash_from(reader.bytes(sizeof(BlobHash)));
    if (!hash) reader.fail();
    return hash.value_or(BlobHash{});
  }
  Message lacks() {
    if (items % 4 || items / 4 > max_lacks) reader.fail();
    Lacks lacks;
    for (std::size_t k = 0; k < items && reader.ok(); k += 4) {
      auto where = space();
      auto which = hash();
      auto bytes = reader.integer(1, max_media_bytes);
      lacks.blobs.push_back({where, which, bytes, reader.integer(0, max_media_bytes - 1)});
    }
    return lacks;
  }
  Message piece() {
    auto which = hash();
    auto bytes = reader.integer(1, max_media_bytes), from = reader.integer(0, max_media_bytes - 1);
    return Piece{which, bytes, from, std::string(reader.bytes(max_piece_bytes))};
  }
  Message lent() {
    if (items < 4) reader.fail();
    Lent lent{space(), epoch(), seq(), reader.integer(0, 1) == 1};
    auto life = epoch_base(lent.epoch);
    lent.head.value += life.value;
    if (reader.ok()) decode_sections(reader, items - 4, Seq{}, lent.rows);
    for (auto& change : lent.rows)
      for (auto& cell : change.row.cells)
        for (auto& version : cell.versions)
          if (version.seen.value && (version.seen.value += life.value) > lent.head.value) reader.fail();
    return lent;
  }
  Message key() {
    DeviceKey key{device(), word(), {}};
    key.bytes = bytes_of(device_key_bytes);
    return key;
  }
  Message near(std::int64_t type) {
    if (type == 3 && items == 0) return End{};
    if (type == 7 && items == 3) return failure();
    if (type == 16 && items == 8) return carry();
    if (type == 17) return carry_answer();
    if (type == 18) return proofs();
    if (type == 19) return holds();
    if (type == 20 && items == 1) return Introduced{std::string(reader.bytes(max_passport_bytes))};
    if (type == 21) return lacks();
    if (type == 22 && items == 4) return piece();
    if (type == 23) return lent();
    reader.fail();
    return End{};
  }
  Message any(std::int64_t type) {
    if (direction == Direction::near) return near(type);
    bool up = direction == Direction::up;
    if (type == 1) return up ? hello() : welcome();
    if (type == 2) return changes();
    if (type == 3 && up && items == 0) return End{};
    if (type == 4 && !up && items == 2) { auto where = space(); return Ack{where, seq()}; }
    if (type == 5 && !up) return refused();
    if (type == 6 && !up) return complete();
    if (type == 7 && !up && items == 3) return failure();
    if (type == 8 && up && items == 3) return compare();
    if (type == 8 && !up) return sketched();
    if (type == 9 && up) return want();
    if (type == 10 && items == 2) { auto where = space(); return Prime{where, word()}; }
    if (type == 11 && !up) return account();
    if (type == 12 && !up && items == 3) return key();
    if (type == 13 && !up && items == 1) return Pin{bytes_of(pin_bytes)};
    if (type == 14 && up) return carries();
    if (type == 15 && !up) return had();
    if (type == 16 && up && items == 8) return carry();
    if (type == 17 && !up) return carry_answer();
    reader.fail();
    return End{};
  }
};

}  // namespace

Result<Message> decode(std::string_view bytes, Direction direction, Epoch epoch) {
  if (bytes.size() > max_message_bytes)
    return Error{Code::too_large, "message of " + std::to_string(bytes.size()) + " bytes; at most " +
                                      std::to_string(max_message_bytes)};
  Reader reader(bytes);
  auto items = reader.array(6 + 2 * max_entries);
  if (items == 0) reader.fail();
  auto type = reader.integer(1, 255);
  Decoder decoder{reader, direction, epoch_base(epoch), items - 1};
  auto message = reader.ok() ? decoder.any(type) : Message{End{}};
  // One form only: a message that we would have written otherwise was not written by a Carnet.
  if (!reader.done() || encode(message, direction, epoch) != bytes)
    return Error{Code::malformed, "message of type " + std::to_string(type) + " does not follow the wire format version 1"};
  return message;
}

}  // namespace carnet
