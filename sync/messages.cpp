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
//   holds    = [19, space, passport, signature, epoch, head, borrowed, (author, from, length) ...]    near
//   passport = [20, passport]                                                  near
//   lacks    = [21, (space, hash, length, from) ...]                           near
//   piece    = [22, hash, length, from, bytes]                                 near
//   lent     = [23, space, epoch, head, last, section ...]                     near
#include "sync/messages.hpp"

#include "core/pack.hpp"
#include "sync/changes_codec.hpp"

namespace carnet {

namespace {

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
    head(19, 7 + 3 * holds.ranges.size());
    packer.integer(holds.space.value);
    bytes_or_nil(holds.passport);
    bytes_or_nil(holds.signature);
    auto& stand = holds.stand;
    auto life = epoch_base(stand.epoch).value;
    packer.integer(stand.epoch).integer(stand.head.value - life).integer(stand.borrowed.value ? stand.borrowed.value - life : 0);
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
  void operator()(const Lent& lent) {
    auto sections = sections_of({lent.space, {}, {}, lent.rows});
    auto life = epoch_base(lent.epoch).value;
    head(23, 5 + sections.size());
    packer.integer(lent.space.value).integer(lent.epoch).integer(lent.head.value - life).integer(lent.is_last);
    for (auto& section : sections)
      for (auto& entry : section.entries)
        if (entry.meta.seen.value) entry.meta.seen.value -= life;
    encode_sections(packer, sections, Seq{});
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

}  // namespace

std::string encode(const Message& message, Direction direction, Epoch epoch) {
  Encoder encoder{{}, direction, epoch_base(epoch)};
  std::visit(encoder, message);
  return encoder.packer.take();
}

}  // namespace carnet
