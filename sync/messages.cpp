// Grammar (msgpack arrays; WIRE.md explains):
//   hello    = [1, device, bearer, claim, now, epoch, mode, frame, rights, (space, cursor, behind, head, text) ...]    up
//   welcome  = [1, now, epoch, (space, acked, text) ...]                       down
//   changes  = [2, space, from, length, known, section ...]                    both ways
//   end      = [3]                                                             up, near
//   ack      = [4, space, to]                                                  down
//   refused  = [5, space, from, length, code, text, (table, id) ...]           down
//   complete = [6, (space, head, digest) ...]                                  down
//   failure  = [7, code, text, offset]                                         down, near
//   compare  = [8, space, first, digest]                                       up
//   sketched = [8, space, first, head, (count, sum, check) ...]                down
//   want     = [9, space, digest ...]                                          up
//   prime    = [10, space, text]                                               both ways
//   account  = [11, rights, person, since, authority, (space, name, kind, role, sealing, key, passport) ...]    down
//   key      = [12, device, generation, bytes]                                 down
//   pin      = [13, bytes]                                                     down
//   carries  = [14, space, author ...]                                         up
//   had      = [15, space, (author, upto) ...]                                 down
//   carry    = [16, space, author, from, length, generation, epoch, frame, signature]    up, near
//   answer   = [17, code, text, (table, id) ...]                               down, near
//   proofs   = [18, proof ...]                                                 near
//   holds    = [19, space, passport, signature, (author, from, length) ...]    near
//   passport = [20, passport]                                                  near
//   lacks    = [21, (space, hash, length, from) ...]                           near
//   piece    = [22, hash, length, from, bytes]                                 near
#include "sync/messages.hpp"

#include "core/pack.hpp"
#include "sync/changes_codec.hpp"
#include "sync/limits.hpp"
#include "sync/peer.hpp"

namespace carnet {

namespace {

constexpr std::int64_t max_seq = INT64_MAX >> 8;
constexpr std::int64_t max_now = std::int64_t{1} << 40;
constexpr std::size_t pin_bytes = 32;

struct Encoder {
  Packer packer;
  Direction direction;
  Seq base;

  void head(int type, std::size_t items) { packer.array(items).integer(type); }
  void relay_seq(Seq seq) { packer.integer(seq.value - base.value); }
  void bytes(const std::string& bytes) { packer.bytes(std::as_bytes(std::span(bytes))); }
  void hash(const BlobHash& hash) { packer.bytes(std::as_bytes(std::span(hash.bytes))); }
  void bytes_or_nil(const std::string& given) { given.empty() ? void(packer.nil()) : bytes(given); }

  void operator()(const Hello& hello) {
    head(1, 9 + 5 * hello.places.size());
    packer.integer(hello.device.value);
    bytes_or_nil(hello.bearer);
    bytes_or_nil(hello.claim);
    packer.integer(hello.now).integer(hello.epoch).integer(static_cast<int>(hello.mode)).integer(hello.frame_bytes).integer(hello.rights);
    for (auto& place : hello.places) {
      packer.integer(place.space.value);
      packer.integer(place.cursor.value ? place.cursor.value - epoch_base(hello.epoch).value : 0);
      packer.integer(place.behind).integer(place.head.value).integer(place.text);
    }
  }
  void operator()(const Welcome& welcome) {
    head(1, 3 + 3 * welcome.places.size());
    packer.integer(welcome.now).integer(welcome.epoch);
    for (auto& place : welcome.places) packer.integer(place.space.value).integer(place.acked.value).integer(place.text);
  }
  void operator()(const Changes& changes) {
    auto sections = sections_of(changes.set);
    bool up = direction == Direction::up;
    head(2, 5 + sections.size());
    packer.integer(changes.set.space.value);
    packer.integer(changes.set.from.value - (up || !changes.set.from.value ? 0 : base.value));
    packer.integer(changes.set.to.value - changes.set.from.value - (up || changes.set.from.value ? 0 : base.value));
    packer.integer(changes.known.value - (up && changes.known.value ? base.value : 0));
    for (auto& section : sections)
      for (auto& entry : section.entries)
        if (!up && entry.meta.seen.value) entry.meta.seen.value -= base.value;
    encode_sections(packer, sections, up ? changes.known : Seq{});
  }
  void operator()(const End&) { head(3, 1); }
  void operator()(const Ack& ack) {
    head(4, 3);
    packer.integer(ack.space.value).integer(ack.to.value);
  }
  void operator()(const Refused& refused) {
    head(5, 6 + 2 * refused.rows.size());
    packer.integer(refused.space.value).integer(refused.from.value).integer(refused.to.value - refused.from.value);
    packer.integer(static_cast<int>(refused.error.code)).text(refused.error.text);
    for (auto& key : refused.rows) packer.integer(key.table.value).integer(key.id.value);
  }
  void operator()(const Complete& complete) {
    head(6, 1 + 3 * complete.places.size());
    for (auto& place : complete.places) {
      packer.integer(place.space.value);
      relay_seq(place.head);
      packer.integer(static_cast<std::int64_t>(place.digest));
    }
  }
  void operator()(const Failure& failure) {
    head(7, 4);
    packer.integer(static_cast<int>(failure.error.code)).text(failure.error.text).integer(failure.offset);
  }
  void operator()(const Compare& compare) {
    head(8, 4);
    packer.integer(compare.space.value).integer(static_cast<std::int64_t>(compare.first)).integer(static_cast<std::int64_t>(compare.digest));
  }
  void operator()(const Sketched& sketched) {
    head(8, 4 + 3 * sketched.symbols.size());
    packer.integer(sketched.space.value).integer(static_cast<std::int64_t>(sketched.first));
    relay_seq(sketched.head);
    for (auto& symbol : sketched.symbols) packer.integer(symbol.count).integer(static_cast<std::int64_t>(symbol.sum)).integer(symbol.check);
  }
  void operator()(const Want& want) {
    head(9, 2 + want.digests.size());
    packer.integer(want.space.value);
    for (auto digest : want.digests) packer.integer(static_cast<std::int64_t>(digest));
  }
  void operator()(const Prime& prime) {
    head(10, 3);
    packer.integer(prime.space.value).integer(prime.text);
  }
  void operator()(const Account& account) {
    head(11, 5 + 7 * account.spaces.size());
    packer.integer(account.rights).text(account.person).integer(account.since);
    bytes_or_nil(account.authority);
    for (auto& space : account.spaces) {
      packer.integer(space.space.value).text(space.name).text(space.kind).integer(static_cast<int>(space.role)).integer(space.sealing);
      bytes_or_nil(space.key);
      bytes_or_nil(space.passport);
    }
  }
  void operator()(const Carries& offer) {
    head(14, 2 + offer.authors.size());
    packer.integer(offer.space.value);
    for (auto author : offer.authors) packer.integer(author.value);
  }
  void operator()(const Had& had) {
    head(15, 2 + 2 * had.authors.size());
    packer.integer(had.space.value);
    for (auto& [author, upto] : had.authors) packer.integer(author.value).integer(upto.value);
  }
  void operator()(const Carry& carry) {
    auto& frame = carry.frame;
    head(16, 9);
    packer.integer(frame.space.value).integer(frame.author.value).integer(frame.from.value).integer(frame.to.value - frame.from.value);
    packer.integer(frame.generation).integer(frame.epoch);
    bytes(frame.frame);
    bytes(frame.signature);
  }
  void operator()(const CarryAnswer& carrying) {
    head(17, 3 + 2 * carrying.rows.size());
    packer.integer(static_cast<int>(carrying.error.code)).text(carrying.error.text);
    for (auto& key : carrying.rows) packer.integer(key.table.value).integer(key.id.value);
  }
  void operator()(const Proofs& proofs) {
    head(18, 1 + proofs.proofs.size());
    for (auto& proof : proofs.proofs) bytes(proof);
  }
  void operator()(const Holds& holds) {
    head(19, 4 + 3 * holds.ranges.size());
    packer.integer(holds.space.value);
    bytes_or_nil(holds.passport);
    bytes_or_nil(holds.signature);
    for (auto& range : holds.ranges) packer.integer(range.author.value).integer(range.from.value).integer(range.to.value - range.from.value);
  }
  void operator()(const Introduced& introduced) {
    head(20, 2);
    bytes(introduced.passport);
  }
  void operator()(const Lacks& lacks) {
    head(21, 1 + 4 * lacks.blobs.size());
    for (auto& blob : lacks.blobs) {
      packer.integer(blob.space.value);
      hash(blob.hash);
      packer.integer(blob.bytes).integer(blob.from);
    }
  }
  void operator()(const Piece& piece) {
    head(22, 5);
    hash(piece.hash);
    packer.integer(piece.bytes_in_all).integer(piece.from);
    bytes(piece.bytes);
  }
  void operator()(const DeviceKey& key) {
    head(12, 4);
    packer.integer(key.device.value).integer(key.generation);
    bytes(key.bytes);
  }
  void operator()(const Pin& pin) {
    head(13, 2);
    bytes(pin.bytes);
  }
};

struct Decoder {
  Reader& reader;
  Direction direction;
  Seq base;
  std::size_t items;  // of the message, after its type

  SpaceId space() { return SpaceId{static_cast<std::uint32_t>(reader.integer(1, max_space))}; }
  Seq seq() { return Seq{reader.integer(0, max_seq)}; }
  Seq relay_seq() { return Seq{reader.integer(0, max_seq) + base.value}; }
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
    hello.epoch = static_cast<Epoch>(reader.integer(0, 0xffffff));
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
    if (items < 3 || (items - 3) % 3 || (items - 3) / 3 > max_ranges) reader.fail();
    Holds holds{space()};
    if (!reader.nil()) holds.passport = reader.bytes(max_passport_bytes);
    if (!reader.nil()) holds.signature = bytes_of(signature_bytes);
    for (std::size_t k = 3; k < items && reader.ok(); k += 3) {
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

std::string encode(const Message& message, Direction direction, Epoch epoch) {
  Encoder encoder{{}, direction, epoch_base(epoch)};
  std::visit(encoder, message);
  return encoder.packer.take();
}

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
