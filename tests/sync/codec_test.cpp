// The wire format: worked bytes of WIRE.md, one canonical form, and rubbish of every kind.
#include <catch2/catch.hpp>

#include <fstream>
#include <map>
#include <random>
#include <sstream>

#include "core/text/patch.hpp"
#include "sync/limits.hpp"
#include "sync/messages.hpp"
#include "sync/peer.hpp"
#include "sync/stream.hpp"
#include "tests/toy_schema.hpp"

using namespace carnet;

namespace {

constexpr Epoch epoch = 3'000'000;

Seq relay(std::int64_t low) { return Seq{epoch_base(epoch).value + low}; }

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t k = 0; k + 1 < hex.size(); k += 2) bytes += static_cast<char>(std::stoi(hex.substr(k, 2), nullptr, 16));
  return bytes;
}

std::string to_hex(const std::string& bytes) {
  std::string hex;
  char two[3];
  for (unsigned char byte : bytes) { std::snprintf(two, sizeof two, "%02x", byte); hex += two; }
  return hex;
}

Version written(std::int64_t seconds, std::uint32_t device, Value value, Seq seen = {}) {
  Version version;
  version.stamp = {stamp_time(seconds), DeviceId{device}};
  version.value = std::move(value);
  version.seen = seen;
  return version;
}

Cell cell(std::uint32_t column, Kind kind, std::vector<Version> versions) { return {ColumnId{column}, kind, std::move(versions)}; }

// One of everything: an insert of two rows, an update with a conflict, a deletion, contexts, every kind of value.
Changes everything() {
  Changes changes{{SpaceId{7}, Seq{4}, Seq{9}, {}}, relay(12)};
  auto seen = relay(12);
  auto row = [&](std::uint32_t table, RowId id, std::vector<Cell> cells) { changes.set.rows.push_back({{TableId{table}, id}, {std::move(cells), {}}}); };
  row(1, minted_id(DeviceId{3}, 5), {cell(1, Kind::reg, {written(1'741'600'000, 3, "Marché", seen)}), cell(2, Kind::reg, {written(1'741'600'000, 3, std::int64_t{2}, seen)})});
  row(1, minted_id(DeviceId{3}, 6), {cell(1, Kind::reg, {written(1'741'600'060, 3, "Conseil", seen)}), cell(2, Kind::reg, {written(1'741'600'060, 3, std::int64_t{-200}, seen)})});
  auto decided = written(1'741'600'100, 3, 2.5, relay(3));
  decided.past = {{stamp_time(1'741'500'000) | 1, DeviceId{4}}};
  decided.open = {{stamp_time(1'741'400'000), DeviceId{5}}};
  row(2, minted_id(DeviceId{4}, 1), {cell(3, Kind::text, {written(1'741'600'090, 3, Value{}, seen)}), cell(4, Kind::reg, {decided})});
  row(3, RowId{derived_bit | 12345}, {cell(0, Kind::reg, {written(1'741'600'200, 3, life_deleted, seen)}), cell(5, Kind::reg, {written(1'741'600'300, 3, Bytes(3, std::byte{1}), seen)})});
  return changes;
}

Account account() {
  Membership coach{SpaceId{7}, "Ouinhi-Laarne", "partnership", Role::coach};
  coach.sealing = 2;
  coach.key = std::string(device_key_bytes, 'z');
  coach.passport = std::string(signature_bytes, 's');
  return {5, "Afi", 1'741'600'000, {coach, {SpaceId{8}, "Ouinhi", "municipality"}}, std::string(verifying_key_bytes, 'r')};
}

std::vector<std::pair<Message, Direction>> one_of_each() {
  Hello hello{DeviceId{3}, {}, {}, 1'741'600'000, epoch, Mode::usual, 24'000, {{SpaceId{7}, relay(12), 2, Seq{9}, 0xfedcba98}, {SpaceId{8}, Seq{}, 0, Seq{}}}, 5};
  Peer invite{Peer::Kind::invite, 7, 0}, device{Peer::Kind::device, 3, epoch};
  Hello by_invite{DeviceId{3}, bearer_of(invite, std::string(invite_key_bytes, 'i')), std::string(claim_bytes, 'c'), 1'741'600'000};
  Hello by_bearer{DeviceId{3}, bearer_of(device, std::string(device_key_bytes, 'k')), {}, 1'741'600'000};
  auto down = everything();
  down.set.from = relay(12);
  down.set.to = relay(20);
  down.known = Seq{9};
  for (auto& change : down.set.rows)
    for (auto& each : change.row.cells)
      for (auto& version : each.versions) { version.seen = {}; version.past.clear(); version.open.clear(); }
  return {{hello, Direction::up}, {everything(), Direction::up}, {End{}, Direction::up},
          {Welcome{1'741'600'001, epoch, {{SpaceId{7}, Seq{9}, 3}}}, Direction::down}, {down, Direction::down},
          {Ack{SpaceId{7}, Seq{9}}, Direction::down},
          {Refused{SpaceId{7}, Seq{4}, Seq{9}, {Code::too_large, "row 5 is too large"}}, Direction::down},
          {Complete{{{SpaceId{7}, relay(20), 0xfedcba9876543210}}}, Direction::down},
          {Failure{{Code::clock_wrong, "the clock"}, -86'400}, Direction::down},
          {Compare{SpaceId{7}, 16, 0xfedcba9876543210}, Direction::up},
          {Sketched{SpaceId{7}, 16, relay(20), {{3, 0xfedcba9876543210, 5}, {}}}, Direction::down},
          {Want{SpaceId{7}, {0xfedcba9876543210, 7}}, Direction::up},
          {Prime{SpaceId{7}, 0xfedcba98}, Direction::up},
          {Refused{SpaceId{7}, Seq{4}, Seq{9}, {Code::of_another, "of another"}, {{TableId{1}, minted_id(DeviceId{3}, 5)}}}, Direction::down},
          {account(), Direction::down},
          {by_invite, Direction::up}, {by_bearer, Direction::up},
          {DeviceKey{DeviceId{3}, epoch, std::string(device_key_bytes, 'k')}, Direction::down}, {Pin{std::string(32, 'p')}, Direction::down},
          {Carries{SpaceId{7}, {DeviceId{3}, DeviceId{4}}}, Direction::up}, {Had{SpaceId{7}, {{DeviceId{3}, Seq{9}}, {DeviceId{4}, Seq{}}}}, Direction::down},
          {Carry{{SpaceId{7}, DeviceId{3}, Seq{4}, Seq{9}, epoch, epoch, "frame", std::string(signature_bytes, 's')}}, Direction::up},
          {CarryAnswer{{Code::space_full, "full"}, {{TableId{1}, minted_id(DeviceId{3}, 5)}}}, Direction::down},
          {Proofs{{std::string(proof_bytes, 'p'), std::string(proof_bytes, 'q')}}, Direction::near},
          {Holds{SpaceId{7}, "passport", std::string(signature_bytes, 's'), {epoch, relay(12), relay(15)}, {{DeviceId{3}, Seq{4}, Seq{9}}}}, Direction::near}, {Holds{SpaceId{8}}, Direction::near},
          {Introduced{"passport"}, Direction::near}, {Lacks{}, Direction::near}, {Lacks{{{SpaceId{7}, hash_of("photo"), 20, 9}}}, Direction::near}, {Piece{hash_of("photo"), 20, 9, "bytes"}, Direction::near},
          {Lent{SpaceId{7}, epoch, relay(20), true, down.set.rows}, Direction::near}};
}

}  // namespace

TEST_CASE("every message comes back as it went") {
  for (auto& [message, direction] : one_of_each()) {
    auto bytes = encode(message, direction, epoch);
    auto back = decode(bytes, direction, epoch);
    REQUIRE(back);
    CHECK(back->index() == message.index());
    CHECK(encode(*back, direction, epoch) == bytes);
  }
  auto back = decode(encode(everything(), Direction::up, epoch), Direction::up, epoch);
  REQUIRE(back);
  auto& changes = std::get<Changes>(*back);
  CHECK(changes.set.from == Seq{4});
  CHECK(changes.set.to == Seq{9});
  CHECK(changes.known == relay(12));
  REQUIRE(changes.set.rows.size() == 4);
  auto& update = changes.set.rows[2].row;
  CHECK(update.find(ColumnId{4})->shown().past.at(0) == Stamp{stamp_time(1'741'500'000) | 1, DeviceId{4}});
  CHECK(update.find(ColumnId{4})->shown().seen == relay(3));
  CHECK(update.find(ColumnId{3})->kind == Kind::text);
  CHECK(update.find(ColumnId{3})->shown().seen == relay(12));
}

TEST_CASE("a device asks for so many photos in a meeting, and gives so many bytes of one at once, and no more") {
  auto reads = [](const Message& message) { return static_cast<bool>(decode(encode(message, Direction::near, 0), Direction::near, 0)); };
  Lacks most{std::vector(max_lacks, Lacks::Blob{SpaceId{7}, hash_of("photo"), 1, 0})};
  CHECK(reads(most));
  most.blobs.push_back(most.blobs.front());
  CHECK_FALSE(reads(most));
  CHECK(reads(Piece{hash_of("photo"), max_media_bytes, 0, std::string(max_piece_bytes, 'p')}));
  CHECK_FALSE(reads(Piece{hash_of("photo"), max_media_bytes, 0, std::string(max_piece_bytes + 1, 'p')}));
  CHECK(reads(Lacks{{{SpaceId{7}, hash_of("photo"), max_media_bytes, max_media_bytes - 1}}}));
  CHECK_FALSE(reads(Lacks{{{SpaceId{7}, hash_of("photo"), max_media_bytes, max_media_bytes}}}));
  CHECK_FALSE(reads(Lacks{{{SpaceId{7}, hash_of("photo"), max_media_bytes + 1, 0}}}));
}

TEST_CASE("the worked bytes of WIRE.md are what the codec writes") {
  std::ifstream page(std::string(CARNET_SOURCE) + "/sync/WIRE.md");
  std::map<std::string, std::string> worked;
  for (std::string line; std::getline(page, line);)
    if (auto at = line.find(" = hex "); at != std::string::npos) worked[line.substr(0, at)] = line.substr(at + 7);
  std::map<std::string, std::string> written_here;
  const char* names[] = {"hello", "changes up", "end", "welcome", "changes down", "ack", "refused", "complete", "failure", "compare", "sketched", "want", "prime",
                         "refused rows", "account", "hello by invite", "hello by bearer", "key", "pin",
                         "carries", "had", "carry", "answer", "proofs", "holds", "holds, told nothing", "passport", "lacks, nothing", "lacks", "piece", "lent"};
  auto messages = one_of_each();
  for (std::size_t k = 0; k < messages.size(); ++k) written_here[names[k]] = to_hex(encode(messages[k].first, messages[k].second, epoch));
  written_here["patch"] = to_hex(text::encode({DeviceId{5}, 12, {{DeviceId{4}, 7}, {DeviceId{5}, 11}}, {{3, 1, "é"}, {9, 0, "x"}}}));
  for (auto& [name, hex] : written_here) {
    INFO(name << " = hex " << hex);
    CHECK(worked[name] == hex);
  }
}

TEST_CASE("a message cut short or lengthened is refused") {
  for (auto& [message, direction] : one_of_each()) {
    auto bytes = encode(message, direction, epoch);
    for (std::size_t size = 0; size < bytes.size(); ++size) CHECK_FALSE(decode(bytes.substr(0, size), direction, epoch));
    for (char more : {'\x00', '\x90', '\xc0'}) CHECK_FALSE(decode(bytes + more, direction, epoch));
  }
}

TEST_CASE("a flipped bit gives an error or another canonical message, never a crash") {
  for (auto& [message, direction] : one_of_each()) {
    auto bytes = encode(message, direction, epoch);
    for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
      auto flipped = bytes;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
      if (auto back = decode(flipped, direction, epoch)) CHECK(encode(*back, direction, epoch) == flipped);
    }
  }
}

TEST_CASE("numbers and lengths in a longer form than needed are refused") {
  for (auto* hex : {"91cc03", "91cd0003", "91ce00000003", "91d003", "dc000103", "dd0000000103", "91cf0000000000000003"})
    CHECK_FALSE(decode(from_hex(hex), Direction::up, epoch));
  CHECK(decode(from_hex("9103"), Direction::up, epoch));
}

TEST_CASE("a length that claims more than there is allocates nothing") {
  for (auto* hex : {"ddffffffff02", "9602070400dd7fffffff", "960207040000ddffffffff01", "95020704dbffffffff", "9501c6ffffffff"})
    CHECK_FALSE(decode(from_hex(hex), Direction::up, epoch));
}

TEST_CASE("messages of the other direction, unknown types and random bytes are refused") {
  for (auto& [message, direction] : one_of_each()) {
    if (std::holds_alternative<Changes>(message) || std::holds_alternative<Prime>(message)) continue;  // both ways
    auto other = direction == Direction::up ? Direction::down : Direction::up;
    CHECK_FALSE(decode(encode(message, direction, epoch), other, epoch));
  }
  CHECK_FALSE(decode(from_hex("910b"), Direction::up, epoch));
  std::mt19937 random(20250310);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes(1 + random() % 60, '\0');
    for (auto& byte : bytes) byte = static_cast<char>(random());
    bytes[0] = static_cast<char>(0x90 | (random() % 8));
    if (bytes.size() > 1) bytes[1] = static_cast<char>(1 + random() % 10);
    if (auto back = decode(bytes, Direction::up, epoch)) CHECK(encode(*back, Direction::up, epoch) == bytes);
  }
}

TEST_CASE("text that is not UTF-8, numbers that SQLite would not keep, and values over the limit are refused") {
  auto with = [](Value value) {
    Changes changes{{SpaceId{7}, Seq{4}, Seq{5}, {}}, Seq{}};
    changes.set.rows.push_back({{TableId{1}, minted_id(DeviceId{3}, 5)}, {{cell(1, Kind::reg, {written(1'741'600'000, 3, std::move(value))})}, {}}});
    return decode(encode(changes, Direction::up, epoch), Direction::up, epoch);
  };
  CHECK(with(std::string("né")));
  for (auto* bad : {"\xff", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe0\x80\xaf"}) CHECK_FALSE(with(std::string(bad)));
  CHECK(with(0.0));
  CHECK_FALSE(with(-0.0));
  CHECK_FALSE(with(std::numeric_limits<double>::quiet_NaN()));
  CHECK(with(std::string(max_value_bytes, 'x')));
  CHECK_FALSE(with(std::string(max_value_bytes + 1, 'x')));
}

TEST_CASE("each count passes at its limit and is refused one above") {
  auto places = [](std::size_t count) {
    Hello hello{DeviceId{3}, {}, {}, 1'741'600'000, epoch, Mode::usual, 0, {}};
    for (std::uint32_t k = 1; k <= count; ++k) hello.places.push_back({SpaceId{k}, Seq{}, 0, Seq{}});
    return bool(decode(encode(hello, Direction::up, epoch), Direction::up, epoch));
  };
  CHECK(places(max_spaces));
  CHECK_FALSE(places(max_spaces + 1));
  auto frame = [](std::int64_t bytes) {
    Hello hello{DeviceId{3}, {}, {}, 1'741'600'000, epoch, Mode::usual, bytes, {}};
    return bool(decode(encode(hello, Direction::up, epoch), Direction::up, epoch));
  };
  CHECK(frame(max_frame_bytes));
  CHECK_FALSE(frame(max_frame_bytes + 1));
  auto symbols = [](std::size_t first, std::size_t count) {
    Sketched sketched{SpaceId{7}, first, relay(20), std::vector<Symbol>(count)};
    return bool(decode(encode(sketched, Direction::down, epoch), Direction::down, epoch));
  };
  CHECK(symbols(max_symbols, max_symbols_a_message));
  CHECK_FALSE(symbols(max_symbols + 1, 16));
  CHECK_FALSE(symbols(0, max_symbols_a_message + 1));
  auto wanted = [](std::size_t count) {
    Want want{SpaceId{7}, std::vector<std::uint64_t>(count, 5)};
    return bool(decode(encode(want, Direction::up, epoch), Direction::up, epoch));
  };
  auto refused = [](std::size_t rows) {
    Refused message{SpaceId{7}, Seq{4}, Seq{9}, {Code::reads_only, "reads"}, std::vector<RowKey>(rows, {TableId{1}, RowId{5}})};
    return bool(decode(encode(message, Direction::down, epoch), Direction::down, epoch));
  };
  CHECK(refused(max_entries));
  CHECK_FALSE(refused(max_entries + 1));
  auto account = [](std::size_t spaces, std::size_t name) {
    Account message{1, std::string(name, 'x'), 0, std::vector<Membership>(spaces, {SpaceId{7}, std::string(name, 'x'), "hub", Role::reader})};
    return bool(decode(encode(message, Direction::down, epoch), Direction::down, epoch));
  };
  CHECK(account(max_spaces, max_name_bytes));
  CHECK_FALSE(account(max_spaces + 1, 5));
  CHECK_FALSE(account(1, max_name_bytes + 1));
  CHECK(wanted(max_wanted));
  CHECK_FALSE(wanted(max_wanted + 1));
  auto reason = [](std::size_t bytes) {
    Failure failure{{Code::busy, std::string(bytes, 'x')}, 0};
    return bool(decode(encode(failure, Direction::down, epoch), Direction::down, epoch));
  };
  CHECK(reason(max_text_bytes));
  CHECK_FALSE(reason(max_text_bytes + 1));
  auto stamps = [](std::size_t count) {
    Changes changes{{SpaceId{7}, Seq{4}, Seq{5}, {}}, Seq{}};
    auto version = written(1'741'600'000, 3, std::int64_t{1});
    for (std::size_t k = 1; k <= count; ++k) version.past.push_back({stamp_time(5), DeviceId{static_cast<std::uint32_t>(k)}});
    changes.set.rows.push_back({{TableId{1}, minted_id(DeviceId{3}, 5)}, {{cell(1, Kind::reg, {version})}, {}}});
    return bool(decode(encode(changes, Direction::up, epoch), Direction::up, epoch));
  };
  CHECK(stamps(max_stamps));
  CHECK_FALSE(stamps(max_stamps + 1));
  auto versions = [](std::size_t count) {
    Changes changes{{SpaceId{7}, Seq{4}, Seq{5}, {}}, Seq{}};
    std::vector<Version> beside;
    for (std::size_t k = 1; k <= count; ++k) beside.push_back(written(1'741'600'000, static_cast<std::uint32_t>(k), std::int64_t{1}));
    changes.set.rows.push_back({{TableId{1}, minted_id(DeviceId{3}, 5)}, {{cell(1, Kind::reg, beside)}, {}}});
    return bool(decode(encode(changes, Direction::up, epoch), Direction::up, epoch));
  };
  CHECK(versions(max_stamps));
  CHECK_FALSE(versions(max_stamps + 1));
  auto entries = [](std::size_t rows, std::uint32_t columns) {
    Changes changes{{SpaceId{7}, Seq{4}, Seq{5}, {}}, Seq{}};
    for (std::size_t k = 1; k <= rows; ++k) {
      Row row;
      for (std::uint32_t column = 1; column <= columns; ++column) row.cells.push_back(cell(column, Kind::reg, {written(1'741'600'000, 3, std::int64_t{1})}));
      changes.set.rows.push_back({{TableId{1}, minted_id(DeviceId{3}, static_cast<std::int64_t>(k))}, std::move(row)});
    }
    return bool(decode(encode(changes, Direction::up, epoch), Direction::up, epoch));
  };
  CHECK(entries(max_entries, 1));
  CHECK_FALSE(entries(max_entries + 1, 1));
  CHECK(entries(max_cells / 32, 32));
  CHECK_FALSE(entries(max_cells / 32 + 1, 32));
}

namespace {

std::string stream_of(const std::vector<std::string>& messages) {
  Packing packing;
  std::string bytes;
  for (auto& message : messages) {
    packing.put(message);
    bytes += packing.flush();
  }
  return bytes;
}

std::vector<std::string> unpacked(const std::string& bytes, std::size_t portion, std::optional<Error>& error) {
  Unpacking unpacking;
  std::vector<std::string> messages;
  for (std::size_t at = 0; at < bytes.size(); at += portion) {
    if (auto fed = unpacking.feed(std::string_view(bytes).substr(at, portion)); !fed) { error = fed.error(); return messages; }
    for (;;) {
      auto next = unpacking.next();
      if (!next) { error = next.error(); return messages; }
      if (!*next) break;
      messages.push_back(**next);
    }
  }
  return messages;
}

}  // namespace

TEST_CASE("each flushed message can be read at once, whatever the portions it comes in") {
  std::vector<std::string> messages = {"one", std::string(100'000, 'x'), "", "two"};
  auto bytes = stream_of(messages);
  for (std::size_t portion : {1u, 7u, 1000u, 1'000'000u}) {
    std::optional<Error> error;
    CHECK(unpacked(bytes, portion, error) == messages);
    CHECK_FALSE(error);
  }
}

TEST_CASE("asking again and again where nothing has arrived does no harm") {
  auto bytes = stream_of({"one", "two"});
  Unpacking unpacking;
  for (char byte : bytes) {
    REQUIRE(unpacking.feed({&byte, 1}));
    for (int k = 0; k < 40; ++k) REQUIRE(unpacking.next());
  }
}

TEST_CASE("before it is primed a stream may ask for 256 KiB of memory and no more") {
  auto with_window = [](int log) {  // a zstd frame without magic number, and an empty block
    std::optional<Error> error;
    unpacked(std::string{'\x11', '\0', static_cast<char>((log - 10) << 3), '\0', '\0', '\0'}, 100, error);
    return !error;
  };
  CHECK(with_window(first_window_log));
  CHECK_FALSE(with_window(first_window_log + 1));
}

TEST_CASE("a truncated stream gives the whole messages before the cut and nothing else") {
  auto bytes = stream_of({"first message", "second message"});
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    std::optional<Error> error;
    auto messages = unpacked(bytes.substr(0, size), 5, error);
    CHECK_FALSE(error);
    CHECK(messages.size() < 2);
    if (messages.size() == 1) CHECK(messages[0] == "first message");
  }
}

TEST_CASE("a flipped bit of a stream is noticed, or changes nothing of what is read") {
  auto first = encode(one_of_each()[1].first, Direction::up, epoch);
  auto bytes = stream_of({first, first});
  std::size_t unnoticed = 0;  // bits that the format does not use, such as a window larger than needed
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    auto flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    std::optional<Error> error;
    auto messages = unpacked(flipped, 1000, error);
    for (auto& message : messages) CHECK(message == first);
    unnoticed += !error && messages.size() == 2;
  }
  CHECK(unnoticed < 8 * bytes.size() / 20);
}

TEST_CASE("a newer wire version is answered by name, and what is no Carnet stream is called so") {
  auto bytes = stream_of({"x"});
  std::optional<Error> error;
  bytes[0] = static_cast<char>(2 << 4 | 1);
  unpacked(bytes, 100, error);
  REQUIRE(error);
  CHECK(error->code == Code::newer_version);
  unpacked("GET / HTTP/1.1", 100, error = {});
  REQUIRE(error);
  CHECK(error->code != Code::busy);
}

TEST_CASE("a message at the limit passes and one above is refused before it is unpacked") {
  std::optional<Error> error;
  auto whole = unpacked(stream_of({std::string(max_message_bytes, 'z')}), 100'000, error);
  CHECK_FALSE(error);
  CHECK(whole.size() == 1);
  auto bomb = stream_of({std::string(max_message_bytes + 1, 'z')});
  CHECK(bomb.size() < 20'000);
  CHECK(unpacked(bomb, 100'000, error).empty());
  REQUIRE(error);
  CHECK(error->code == Code::too_large);
}
