// Bundles, as files and under their seal: whoever finds a stick may change it, and a member of the space may seal what they like. Nothing is thrown, no piece is
// given twice, only what its author signed comes among the rows, and what comes leaves them whole.
//   input = 0, bytes                  a file
//         | 1, passport with its length (1 byte), frame and a message `lent` with their lengths (2 bytes), bytes      sealed, the frame by nobody's signature; of a blob the rest
//         | 2, bytes                  a frame that a member signed: whatever they like
#include <sodium.h>

#include "sync/bundle.hpp"
#include "sync/carried.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/fuzz/village.hpp"

namespace carnet::test {

namespace {

const SpaceId space{1};

struct Bench {
  FuzzVillage village;
  SpaceKey key = village.space_key();
  DeviceKey author = village.key_of(*village.writer);
  Passport passport = passport_of(*village.writer->replica, space, author).value();
};

std::string sealed(const SpaceKey& key, const DeviceKey& member, Script script) {
  std::string file;
  BundleWriter writer(key, [&](std::string_view bytes) { file += bytes; });
  auto passport = unpack_passport(script.take(script.byte()));
  if (passport) writer.put(*passport);
  Carried frame{space, DeviceId{1}, Seq{1}, Seq{2}, 1, 1, std::string(script.take(script.length())), std::string(signature_bytes, 's')};
  writer.put(frame);
  auto message = decode(script.take(script.length()), Direction::near, 0);
  if (auto* lent = message ? std::get_if<Lent>(&*message) : nullptr) writer.put(sign(member, *lent));
  writer.put(DeviceId{1}, {{DeviceId{2}, Seq{}, Seq{static_cast<std::int64_t>(script.length())}}});
  auto rest = script.rest();
  if (!rest.empty()) writer.put(hash_of(rest), static_cast<std::int64_t>(rest.size()), 0, rest);
  writer.end();
  return file;
}

// Reads it as a device does, in two portions, and tells what is wrong.
std::string read(const SpaceKey& key, Replica& replica, const std::string& file) {
  std::string wrong;
  std::optional<Passport> author;
  BundleReader reader([&](SpaceId of, std::uint32_t generation) { return of == key.space && generation == key.generation ? key.bytes : std::string(); },
                      {.passport = [&](const Passport& passport) { author = passport; },
                       .frame = [&](const Carried& frame) { if (author && take_carried(replica, *author, frame, fuzz_now) && !is_signed(frame, author->key)) wrong = "a frame is taken that nobody signed"; },
                       .had = [](SpaceId, DeviceId, const std::vector<CarriedRange>&) {},
                       .loan = [&](SpaceId, const SignedLoan& loan) {
                         auto lent = author ? loan_of(loan, *author, authority_of(replica)) : Result<Lent>(Error{});
                         if (lent && lent->space != space) wrong = "rows are lent of another space than the bundle's";
                         if (lent) (void)borrow(replica, *lent, fuzz_now);
                       },
                       .blob = [&](SpaceId, const BlobHash& hash, std::int64_t bytes, std::int64_t from, std::string_view piece) {
                         if (from == 0 && bytes == static_cast<std::int64_t>(piece.size()) && hash_of(piece) != hash) wrong = "a piece of a blob is not the one that was sealed";
                       }});
  auto half = file.size() / 2;
  for (auto part : {std::string_view(file).substr(0, half), std::string_view(file).substr(half)})
    if (auto fed = reader.feed(part); !fed) return fed.error().text.empty() ? "a refusal without a reason" : wrong;
  (void)reader.end();
  return wrong;
}

// Whatever a member signs: all of it is undone.
std::string take_signed(Bench& bench, std::string_view bytes) {
  auto epoch = bench.village.store->epoch();
  auto message = decode(bytes, Direction::up, epoch);
  auto* changes = message ? std::get_if<Changes>(&*message) : nullptr;
  if (!changes) return {};
  auto frame = signed_by(bench.author, changes->set, changes->known, epoch);
  return bench.village.at_reader([&](Replica& replica) -> std::string {
    auto taken = take_carried(replica, bench.passport, frame, fuzz_now);
    return !taken && taken.error().text.empty() ? "a refusal without a reason" : "";
  });
}

}  // namespace

std::string try_input(std::string_view bytes) {
  static Bench bench;
  Script script(bytes);
  auto kind = script.byte() % 3;
  if (kind == 2) return take_signed(bench, script.rest());
  return bench.village.at_reader([&](Replica& replica) { return read(bench.key, replica, kind == 0 ? std::string(script.rest()) : sealed(bench.key, bench.author, script)); });
}

}  // namespace carnet::test
