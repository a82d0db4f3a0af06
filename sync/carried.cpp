#include "sync/carried.hpp"

#include <sodium.h>

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "core/base64url.hpp"
#include "core/pack.hpp"
#include "sync/changes_codec.hpp"
#include "sync/client_session.hpp"
#include "sync/limits.hpp"
#include "sync/peer.hpp"
#include "sync/rights.hpp"

namespace carnet {

namespace {

constexpr auto authority_setting = "authority";  // of the relay, base64url
constexpr char context[crypto_kdf_CONTEXTBYTES + 1] = "carnsign";

std::string passport_setting(SpaceId space) { return "passport/" + std::to_string(space.value); }
std::string passport_setting(SpaceId space, DeviceId device, std::uint32_t generation) {
  return passport_setting(space) + "/" + std::to_string(device.value) + "/" + std::to_string(generation);
}

std::string had_setting(SpaceId space, DeviceId device) { return "had/" + std::to_string(space.value) + "/" + std::to_string(device.value); }

unsigned char* raw(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* raw(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

struct KeyPair {
  std::string open = std::string(crypto_sign_PUBLICKEYBYTES, '\0'), secret = std::string(crypto_sign_SECRETKEYBYTES, '\0');
  explicit KeyPair(std::string_view seed) {
    static_assert(crypto_sign_SEEDBYTES == 32);
    crypto_sign_seed_keypair(raw(open), raw(secret), raw(seed));
  }
};

std::string seed_of(std::string_view device_key) {
  static_assert(device_key_bytes == crypto_kdf_KEYBYTES);
  std::string seed(crypto_sign_SEEDBYTES, '\0');
  crypto_kdf_derive_from_key(raw(seed), seed.size(), 1, context, raw(device_key));
  return seed;
}

std::string signature(const std::string& words, const KeyPair& by) {
  std::string signed_words(crypto_sign_BYTES, '\0');
  crypto_sign_detached(raw(signed_words), nullptr, raw(words), words.size(), raw(by.secret));
  return signed_words;
}

std::string words_of(const Passport& passport) {
  Packer packer;
  packer.array(6).text("carnet passport").integer(passport.space.value).integer(passport.device.value).integer(passport.generation).integer(static_cast<int>(passport.role));
  packer.bytes(std::as_bytes(std::span(passport.key)));
  return packer.take();
}

std::string words_of(const Carried& frame) {
  Packer packer;
  packer.array(5).text("carnet frame").integer(frame.author.value).integer(frame.generation).integer(frame.epoch);
  packer.bytes(std::as_bytes(std::span(frame.frame)));
  return packer.take();
}

// Of a setting; empty where it is not there.
std::string kept_bytes(Replica& replica, const std::string& setting) { return from_base64url(replica.setting(setting).value_or("")).value_or(""); }

// Rows that the relay would not take of it.
std::optional<Error> turn_away(Replica& replica, const Passport& author, Changeset& set, std::int64_t now) {
  auto space = replica.space(set.space);
  Sender sender{.device = author.device, .membership = {set.space, space.name, space.kind, author.role}, .now = now, .head = Seq{INT64_MAX}};
  std::optional<Error> why;
  std::erase_if(set.rows, [&](RowChange& change) {
    auto here = replica.space_of(change.key);
    auto fault = row_fault(change);
    if (!fault) fault = objection(sender, here ? replica.load(*here, change.key) : Row{}, change,
                           {.is_device = [](DeviceId) { return true; }, .is_superseded = [](ColumnId, const Stamp&) { return false; }, .stands_elsewhere = [&] { return here && *here != set.space; }});
    if (fault) why = fault;
    return fault.has_value();
  });
  return why;
}

}  // namespace

std::optional<Error> clock_fault(const Changeset& changes, std::int64_t present) {
  auto ahead = latest_second(changes) - present;
  if (ahead <= max_ahead_seconds) return {};
  return Error{Code::clock_wrong, fmt::format("it is dated {} minutes later than this device's clock says it is now: one of the two clocks is wrong; set it right, or let it meet the relay", ahead / 60)};
}

bool is_signature(const std::string& signature, const std::string& words, std::string_view key) {
  return signature.size() == crypto_sign_BYTES && key.size() == crypto_sign_PUBLICKEYBYTES && crypto_sign_verify_detached(raw(signature), raw(words), words.size(), raw(key)) == 0;
}

std::string signature_of(const DeviceKey& author, const std::string& words) { return signature(words, KeyPair(seed_of(author.bytes))); }
std::string authority_of(Replica& replica) { return kept_bytes(replica, authority_setting); }

std::string verifying_key_of(std::string_view device_key) { return KeyPair(seed_of(device_key)).open; }
std::string authority_of(std::string_view relay_seed) { return KeyPair(relay_seed).open; }
std::string sign(const Passport& passport, std::string_view relay_seed) { return signature(words_of(passport), KeyPair(relay_seed)); }
bool is_signed(const Passport& passport, std::string_view authority) { return is_signature(passport.signature, words_of(passport), authority); }

std::string pack(const Passport& passport) {
  Packer packer;
  packer.array(6).integer(passport.space.value).integer(passport.device.value).integer(passport.generation).integer(static_cast<int>(passport.role));
  packer.bytes(std::as_bytes(std::span(passport.key))).bytes(std::as_bytes(std::span(passport.signature)));
  return packer.take();
}

std::optional<Passport> unpack_passport(std::string_view bytes) {
  Reader reader(bytes);
  Passport passport;
  if (reader.array(6) != 6) reader.fail();
  passport.space = SpaceId{static_cast<std::uint32_t>(reader.integer(1, max_space))};
  passport.device = DeviceId{static_cast<std::uint32_t>(reader.integer(1, max_device))};
  passport.generation = static_cast<std::uint32_t>(reader.integer(1, UINT32_MAX));
  passport.role = static_cast<Role>(reader.integer(1, static_cast<int>(Role::admin)));
  passport.key = reader.bytes(verifying_key_bytes);
  passport.signature = reader.bytes(signature_bytes);
  return reader.done() && pack(passport) == bytes ? std::optional(passport) : std::nullopt;
}

std::optional<Passport> held_passport(Replica& replica, const Carried& frame) {
  return unpack_passport(kept_bytes(replica, passport_setting(frame.space, frame.author, frame.generation)));
}

Carried signed_by(const DeviceKey& author, const Changeset& changes, Seq seen, Epoch epoch) {
  Carried frame{changes.space, author.device, changes.from, changes.to, author.generation, epoch, encode(Changes{changes, seen}, Direction::up, epoch), {}};
  frame.signature = signature_of(author, words_of(frame));
  return frame;
}

bool is_signed(const Carried& frame, std::string_view key) { return is_signature(frame.signature, words_of(frame), key); }

Result<Changes> changes_of(const Carried& frame, Epoch present) {
  auto message = decode(frame.frame, Direction::up, frame.epoch);
  if (!message) return message.error();
  auto* changes = std::get_if<Changes>(&*message);
  bool is_what_it_says = changes && changes->set.space == frame.space && changes->set.from == frame.from && changes->set.to == frame.to;
  if (!is_what_it_says) return Error{Code::malformed, "a frame that was carried is not the one that it is said to be"};
  if (frame.epoch == present) return std::move(*changes);
  for (auto& change : changes->set.rows)
    for (auto& cell : change.row.cells)
      for (auto& version : cell.versions) version.seen = {};
  return std::move(*changes);
}

void keep_passports(Replica& replica, const Account& account) {
  if (account.authority.empty()) return;
  replica.set(authority_setting, to_base64url(account.authority));
  for (auto& member : account.spaces) {
    if (member.passport.empty()) replica.unset(passport_setting(member.space));
    else replica.set(passport_setting(member.space), to_base64url(member.passport));
  }
}

std::optional<Passport> passport_of(Replica& replica, SpaceId space, const DeviceKey& key) {
  Passport passport{space, replica.device(), key.generation, role_in(replica, space), verifying_key_of(key.bytes), kept_bytes(replica, passport_setting(space))};
  return is_signed(passport, authority_of(replica)) ? std::optional(passport) : std::nullopt;
}

// The next exchange asks how far the relay is: others may have brought it what is given here.
Result<std::size_t> sign_own(Replica& replica, SpaceId space, const DeviceKey& key) {
  for (std::size_t frames = 0;; ++frames) {
    auto changes = replica.to_give(space, max_frame_bytes);
    if (!changes) return changes.error();
    std::erase_if(changes->rows, [](const RowChange& change) { return row_fault(change).has_value(); });  // no relay could take these: the next exchange says so
    if (changes->rows.empty()) return frames;
    replica.gave(signed_by(key, *changes, replica.space(space).seen, known_epoch(replica)), changes->rows.size());
    ClientSession::ask_first(replica);
  }
}

std::vector<CarriedRange> known_of(Replica& replica, SpaceId space, DeviceId device) {
  std::vector<CarriedRange> had;
  std::istringstream text(replica.setting(had_setting(space, device)).value_or(""));
  for (CarriedRange range; text >> range.author.value >> range.from.value >> range.to.value;) had.push_back(range);
  return had;
}

void keep_known(Replica& replica, SpaceId space, DeviceId device, const std::vector<CarriedRange>& had) {
  std::string text;
  for (auto& range : had) text += fmt::format("{} {} {} ", range.author.value, range.from.value, range.to.value);
  replica.set(had_setting(space, device), text);
}

// Ranges that join each other count as one.
std::vector<CarriedRange> held(Replica& replica, SpaceId space) {
  auto all = replica.carried(space), settled = replica.settled(space);
  all.insert(all.end(), settled.begin(), settled.end());
  std::sort(all.begin(), all.end());
  std::vector<CarriedRange> joined;
  for (auto& range : all) {
    if (joined.empty() || joined.back().author != range.author || joined.back().to < range.from) joined.push_back(range);
    else joined.back().to = std::max(joined.back().to, range.to);
  }
  return joined;
}

bool covers(const std::vector<CarriedRange>& had, const CarriedRange& range) {
  return std::any_of(had.begin(), had.end(), [&](auto& each) { return each.author == range.author && each.from <= range.from && range.to <= each.to; });
}

Result<TakenFrame> take_carried(Replica& replica, const Passport& author, const Carried& frame, std::int64_t now) {
  bool is_theirs = author.space == frame.space && author.device == frame.author && author.generation == frame.generation &&
                   is_signed(author, authority_of(replica)) && is_signed(frame, author.key);
  if (!is_theirs) return Error{Code::not_allowed, fmt::format("what is said to be of device {} is not signed by it, or by another relay's devices: it was damaged or forged, and is left out", frame.author.value)};
  auto changes = changes_of(frame, known_epoch(replica));
  if (!changes) return changes.error();
  auto present = now + replica.clock_offset();
  if (auto fault = clock_fault(changes->set, present)) return *fault;
  TakenFrame taken;
  if (frame.author == replica.device()) return taken;
  replica.in_transaction([&] {
    taken.is_news = replica.keep(frame, changes->set.rows.size());
    if (!taken.is_news) return;
    replica.set(passport_setting(frame.space, author.device, author.generation), to_base64url(pack(author)));
    taken.why_left = turn_away(replica, author, changes->set, present);
    auto rows = changes->set.rows.size();
    auto brought = replica.bring(std::move(changes->set), frame.author);
    taken.left = brought.left.size();
    taken.rows = rows - taken.left;
    taken.conflicts = brought.applied.conflicts;
    if (taken.left) replica.note_left(frame.space, {frame.author, frame.from, frame.to}, true);
  });
  return taken;
}

std::size_t show_left(Replica& replica, SpaceId space, std::int64_t now) {
  std::size_t rows = 0;
  replica.in_transaction([&] {
    for (bool again = true; std::exchange(again, false);)
      for (auto& range : replica.left(space)) {
        auto frame = replica.carried(space, range);
        auto author = held_passport(replica, *frame);
        auto changes = changes_of(*frame, known_epoch(replica));
        if (!author || !changes) continue;
        (void)turn_away(replica, *author, changes->set, now + replica.clock_offset());
        auto brought = replica.bring(std::move(changes->set), range.author);
        rows += brought.applied.rows;
        replica.note_left(space, range, !brought.left.empty());
        again |= brought.applied.rows > 0;
      }
  });
  return rows;
}

Result<TakenFrame> TakenFrames::take(Replica& replica, const Passport& author, const Carried& frame, std::int64_t now) {
  auto taken = take_carried(replica, author, frame, now);
  if (!taken) {
    refuse(taken.error());
    return taken;
  }
  frames += taken->is_news;
  known += !taken->is_news;
  rows += taken->rows;
  conflicts += taken->conflicts;
  waiting += taken->left;
  if (taken->why_left) refuse(*taken->why_left);
  return taken;
}

void TakenFrames::borrow(const Applied& lent) {
  rows += lent.rows;
  borrowed += lent.rows;
  conflicts += lent.conflicts;
}

void TakenFrames::refuse(const Error& why) {
  if (std::none_of(refused.begin(), refused.end(), [&](auto& each) { return each.text == why.text; })) refused.push_back(why);
}

void TakenFrames::show_left(Replica& replica, SpaceId space, std::int64_t now) {
  auto shown = carnet::show_left(replica, space, now);
  rows += shown;
  waiting -= std::min(waiting, shown);
}

}  // namespace carnet
