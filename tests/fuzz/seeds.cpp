// Makes the seeds of the corpora from real exchanges: fuzz_seeds tests/fuzz/corpus. To be run again when the wire format changes.
#include <sodium.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>

#include "core/row_codec.hpp"
#include "core/text_cell.hpp"
#include "sync/bundle.hpp"
#include "sync/invite.hpp"
#include "sync/media_messages.hpp"
#include "sync/meeting.hpp"
#include "tests/fuzz/village.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

std::filesystem::path corpus;

void put(const std::string& target, const std::string& name, const std::string& bytes) {
  std::filesystem::create_directories(corpus / target);
  std::ofstream(corpus / target / name, std::ios::binary) << bytes;
}

std::string piece(Step kind, std::string_view bytes) {
  std::string length = {static_cast<char>(bytes.size() >> 8), static_cast<char>(bytes.size() & 255)};
  return static_cast<char>(kind) + length + std::string(bytes);
}
std::string step(Step kind, int choice) { return {static_cast<char>(kind), static_cast<char>(choice)}; }
std::string step(Step kind) { return {static_cast<char>(kind)}; }

// The messages of one direction of an exchange, as far as it goes without shared text.
std::vector<std::string> messages_in(const std::string& wire) {
  std::vector<std::string> all;
  Unpacking unpacking;
  (void)unpacking.feed(wire);
  for (auto message = unpacking.next(); message && *message; message = unpacking.next()) {
    if ((**message)[1] == 10) unpacking.prime("");
    all.push_back(std::move(**message));
  }
  return all;
}

void streams(FuzzVillage& village) {
  auto up = village.exchange(*village.writer);  // over shared text, which nobody else can unpack: for what comes before
  put("stream", "exchange", '\x3f' + up);
  put("relay", "stranger", '\0' + up);
  Packing packing;
  packing.put(std::string(200'000, 'x'));
  put("stream", "bomb", '\x10' + packing.flush());
}

// A device that has everything but what it sends, so that nothing is primed.
void conversations(FuzzVillage& village) {
  auto fresh = std::make_unique<Device>(village.dir, 3, toy(), village.spaces.front(), "fresh");
  fresh->sql("INSERT INTO shelf(space,name,level) VALUES(1,'D',1); INSERT INTO book(space,shelf,title,notes) SELECT 1,id,'L''eau','Le puits est à sec.' FROM shelf");
  std::string down, up = village.exchange(*fresh, &down);
  auto epoch = village.store->epoch();
  int n = 0;
  std::string to_relay(1, '\x84'), to_client(1, '\0');
  for (auto direction : {Direction::up, Direction::down})
    for (auto& message : messages_in(direction == Direction::up ? up : down)) {
      bool is_down = direction == Direction::down;
      put("messages", (is_down ? "down-" : "up-") + std::to_string(++n), static_cast<char>(is_down ? 3 : 2) + message);
      if (message[1] == 2) (is_down ? to_client : to_relay) += piece(Step::joining, message);
    }
  auto also = [&](bool is_down, const Message& message) {
    put("messages", (is_down ? "down-" : "up-") + std::to_string(++n), static_cast<char>(is_down ? 3 : 2) + encode(message, is_down ? Direction::down : Direction::up, 3'000'000));
  };
  SpaceId space{1};
  also(true, Refused{space, Seq{4}, Seq{6}, {Code::too_large, "shorten its text"}});
  also(true, Failure{{Code::clock_wrong, "the clock"}, -90'000});
  also(true, Sketched{space, 16, Seq{epoch_base(3'000'000).value + 20}, {{3, 0xfedcba9876543210, 5}, {1, 7, 9}}});
  also(false, Compare{space, 16, 0xfedcba9876543210});
  also(false, Want{space, {7, 0xfedcba9876543210}});
  also(false, Carries{space, {DeviceId{2}, DeviceId{3}}});
  also(true, Had{space, {{DeviceId{2}, Seq{7}}, {DeviceId{3}, Seq{}}}});
  also(false, Carry{{space, DeviceId{2}, Seq{4}, Seq{9}, 1, 3'000'000, "frame", std::string(signature_bytes, 's')}});
  also(true, CarryAnswer{{Code::space_full, "full"}, {{TableId{1}, minted_id(DeviceId{3}, 5)}}});
  put("relay", "frames", to_relay + step(Step::flush) + step(Step::end));
  put("relay", "compare", "\x85" + step(Step::compare, 0) + step(Step::flush) + step(Step::compare, 16) + step(Step::want, 3) + step(Step::end));
  put("relay", "everything", "\x86" + to_relay.substr(1) + step(Step::end));
  put("relay", "copy", "\x87" + step(Step::end));
  put("relay", "wrong-key", "\x94" + to_relay.substr(1));
  put("client", "frames", std::string(1, '\0') + step(Step::welcome, 3) + step(Step::flush) + step(Step::ack, 9) + to_client.substr(1) + step(Step::complete, 9));
  put("client", "compare", std::string(1, '\1') + step(Step::welcome, 3) + step(Step::flush) + step(Step::sketched, 0) + "\x0f" + "abcd" + step(Step::flush) + to_client.substr(1) + step(Step::complete, 9));
  put("client", "everything", std::string(1, '\2') + step(Step::welcome, 3) + step(Step::flush) + to_client.substr(1) + step(Step::complete, 9));
  put("client", "copy", std::string(1, '\3') + piece(Step::raw, encode(Failure{{Code::copied, "a copy"}, 9}, Direction::down, epoch)));
  auto told = [&](const std::string& name, char options, std::vector<Message> all) {
    std::string script(1, options);
    for (auto& message : all) script += piece(Step::raw, encode(message, Direction::down, epoch)) + step(Step::flush);
    put("client", name, script);
  };
  auto head = [&](std::int64_t seq) { return Seq{epoch_base(epoch).value + seq}; };
  SpaceId here{1}, elsewhere{2};
  told("other-space-welcome", 4, {Welcome{fuzz_now, epoch, {{elsewhere, Seq{1}, 5}}}});
  told("other-space-ack", 0, {Welcome{fuzz_now, epoch, {{here, Seq{1}, 5}}}, Ack{elsewhere, Seq{9}}});
  told("other-space-refused", 0, {Refused{elsewhere, Seq{1}, Seq{9}, {Code::invalid, "no"}}});
  told("other-space-complete", 0, {Complete{{{elsewhere, head(4), 7}}}});
  told("other-space-prime", 0, {Prime{elsewhere, 0}});
  told("refused", 0, {Refused{here, Seq{1}, Seq{99}, {Code::invalid, "no"}}, Complete{{{here, head(99), 7}}}});
  told("old-welcome", 4, {Welcome{0, epoch, {{here, Seq{0}, 0}}}});
  told("far-welcome", 4, {Welcome{std::int64_t{1} << 40, epoch + 1, {{here, Seq{INT64_MAX >> 8}, 0}}}, Complete{{{here, head(INT64_MAX >> 9), 7}}}});
  for (int code = 1; code <= 26; ++code)
    for (auto offset : {std::int64_t{0}, std::int64_t{9}, std::int64_t{1} << 40, -(std::int64_t{1} << 40)})
      if (offset == 0 || code == static_cast<int>(Code::clock_wrong) || code == static_cast<int>(Code::copied))
        told("failure-" + std::to_string(code) + "-" + std::to_string(offset), 0, {Failure{{static_cast<Code>(code), "why"}, offset}});
  put("client", "stream", std::string(1, '\x08') + down);
}

// A photo up and down again, at the relay; and on a device, beside a sound that comes.
void media(FuzzVillage& village) {
  auto photo = hash_of(fuzz_photo);
  auto size = static_cast<std::int64_t>(fuzz_photo.size());
  auto bare = [](const MediaMessage& message) {
    auto packed = pack(message);
    return packed.substr(1, packed.size() - 5);
  };
  auto hello = media_preface() + pack(MediaHello{DeviceId{2}, village.bearer(DeviceId{2})});
  Offer offer{0, fuzz_space, photo, size};
  Part part{0, size};
  Ask ask{1, fuzz_space, photo, 0, size / 2};
  AskOn on{1, size - size / 2};
  put("media", "request", '\0' + hello + pack(offer) + pack(part) + fuzz_photo + pack(ask) + pack(on) + pack(MediaEnd{}));
  auto said = [&](const MediaMessage& message) { return piece(Step{0}, bare(message)); };
  put("media", "device", '\1' + said(offer) + said(part) + piece(Step{1}, fuzz_photo) + said(ask) + said(on) + said(MediaEnd{}));
  put("media", "twice", '\1' + said(offer) + said(Offer{1, fuzz_space, photo, size}) + said(part) + piece(Step{1}, fuzz_photo) + said(Part{1, 9}) + piece(Step{1}, fuzz_photo.substr(0, 9)));
  put("media", "shorter", '\1' + said(offer) + said(Part{0, 9}) + piece(Step{1}, fuzz_photo.substr(0, 9)) + said(Offer{1, fuzz_space, photo, 9}) + said(MediaEnd{}));
  std::string answer(1, '\2');
  for (auto& bytes : {media_preface() + pack(Held{0, 0}), pack(Held{0, size}), pack(Part{1, 200}) + fuzz_sound.substr(0, 100), fuzz_sound.substr(100), pack(MediaEnd{})})
    answer += static_cast<char>(bytes.size()) + bytes;
  put("media", "answer", answer);
}

void others(FuzzVillage& village) {
  int n = 0;
  village.store->rows_above(village.spaces.front(), Seq{}, [&](RowKey, Seq, const Row& row) { put("rows", std::to_string(++n), pack_row(row)); return true; });
  auto invite = to_text({.address = "carnet://relais.example:8440", .pin = {}, .device = DeviceId{3}, .name = "Ouinhi, planification", .number = 77, .key = std::string(invite_key_bytes, 'i'),
                         .expires = fuzz_now, .spaces = {{SpaceId{1}, "Ouinhi-Laarne", "partnership"}, {SpaceId{2}, "Administration", "administration", Role::admin}}});
  put("invite", "whole", invite);
  put("invite", "renamed", invite + "\nhttp://relais.example:8440\nÉquipe\nZogbodomey-Roeselare\n");
  put("settings", "all", "language=fr\npolicy=night\nwindow=22:00-05:00\nlook_hours=12\nmobile_data=yes\nmetered=auto\nprice=1.2\nday_kb=2000\nmonth_fcfa=100\n");
  put("settings", "bad", "price=100000.001\nwindow=24:00-05:60\nlook_hours=-1\nnight_fcfa=9999999999999999999\n");
  std::string symbols = {2};
  for (auto element : {7, 9}) symbols += std::string(7, '\0') + static_cast<char>(element);
  Sketch sketch({7, 9, 11, 13});
  symbols += '\x0f';
  for (auto& symbol : sketch.next(16)) {
    auto number = [&](std::uint64_t value, int bytes) { while (bytes-- > 0) symbols += static_cast<char>(value >> (8 * bytes)); };
    number(static_cast<std::uint64_t>(symbol.count), 2);
    number(symbol.sum, 8);
    number(symbol.check, 4);
  }
  put("sketch", "two-more", symbols);
  auto book = RowKey{TableId{2}, RowId{std::stoll(village.writer->get("SELECT min(id) FROM book"))}};
  auto text = *village.writer->replica->row(book).find(ColumnId{3});
  put("text", "graph", graph_of(text).pack());
  for (auto& version : text.versions)
    if (auto* patch = std::get_if<Bytes>(&version.value)) put("text", "patch-" + std::to_string(++n), {reinterpret_cast<const char*>(patch->data()), patch->size()});
  put("text", "instructions", "\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20\21\22\23\24\25\26\27\30");
}

std::string with_length(const std::string& bytes) { return std::string{static_cast<char>(bytes.size() >> 8), static_cast<char>(bytes.size() & 255)} + bytes; }

// As a device writes one, and what lies in it.
void bundles(FuzzVillage& village) {
  auto number = village.writer->replica->device();
  auto generation = village.store->generation(number);
  DeviceKey author{number, generation, village.keys.key_of({Peer::Kind::device, number.value, generation})};
  SpaceId space{1};
  auto passport = passport_of(*village.writer->replica, space, author).value();
  (void)sign_own(*village.writer->replica, space, author);
  std::string file;
  BundleWriter writer({space, 1, village.keys.key_of({Peer::Kind::space, space.value, 1})}, [&](std::string_view bytes) { file += bytes; });
  writer.put(number, village.writer->replica->carried(space));
  writer.put(passport);
  auto life = village.store->epoch();
  Lent lent{space, life, Seq{epoch_base(life).value + 1'000}, true, as_lent(village.writer->replica->pending(space, Seq{}, 100'000).rows)};
  writer.put(sign(author, lent));
  auto loan = encode(lent, Direction::near, 0);
  for (auto& range : village.writer->replica->carried(space)) {
    auto frame = *village.writer->replica->carried(space, range);
    writer.put(frame);
    auto papers = pack(passport);
    put("bundle", "sealed", '\1' + std::string(1, static_cast<char>(papers.size())) + papers + static_cast<char>(frame.frame.size() >> 8) + static_cast<char>(frame.frame.size() & 255) + frame.frame + with_length(loan) + std::string("\0\7photo", 7));
    put("bundle", "signed", '\2' + frame.frame);
  }
  writer.end();
  put("bundle", "file", '\0' + file);
}

// As a caller speaks, and as a member may.
void meetings(FuzzVillage& village) {
  SpaceId space{1};
  SpaceKey key{space, 1, village.keys.key_of({Peer::Kind::space, space.value, 1})};
  std::string channel(channel_bytes, 'c'), stream(1, '\1'), member("\2\0\1\2", 4);
  auto end_of = [&](Device& device, bool is_caller) {
    auto number = device.replica->device();
    auto generation = village.store->generation(number);
    return Meeting(*device.replica, {number, generation, village.keys.key_of({Peer::Kind::device, number.value, generation})}, {key}, {channel, is_caller}, fuzz_now);
  };
  auto caller = end_of(*village.writer, true), called = end_of(*village.reader, false);
  for (int round = 0; round < 20; ++round) {
    auto said = caller.produce();
    stream += said;
    called.consume(said);
    caller.consume(called.produce());
  }
  put("meeting", "greeting", '\0' + greeting_of({key}, std::string(salt_bytes, 's')));
  put("meeting", "stream", stream);
  for (auto& range : village.writer->replica->carried(space)) {
    auto frame = village.writer->replica->carried(space, range)->frame;
    member += '\3' + std::string{static_cast<char>(frame.size() >> 8), static_cast<char>(frame.size() & 255)} + frame;
  }
  put("meeting", "member", member + '\5');
  auto rows = encode(Changes{village.writer->replica->pending(space, Seq{}, 100'000), {}}, Direction::up, village.store->epoch());
  put("meeting", "lent", std::string("\2\0\1\2\x8\0", 6) + with_length(rows) + std::string("\x8\1\0\0", 4) + member.substr(4) + '\5');
  put("meeting", "photos", member + '\5' + '\6' + '\2' + '\7' + '\0' + std::string("\0\7another", 9) + '\5');
  int n = 0;
  for (auto& message : {Message{Proofs{{proof_of(key, channel, true)}}}, Message{Holds{space, "passport", std::string(signature_bytes, 's'), {village.store->epoch(), epoch_base(village.store->epoch())}, {{DeviceId{2}, Seq{4}, Seq{9}}}}}, Message{Introduced{"passport"}},
                        Message{Lacks{{{space, hash_of("photo"), 8, 3}}}}, Message{Piece{hash_of("photo"), 8, 3, "bytes"}}}) {
    auto bytes = encode(message, Direction::near, 0);
    put("messages", "near-" + std::to_string(++n), '\4' + bytes);
    put("meeting", "message-" + std::to_string(n), "\2" + std::string(1, '\4') + std::string{static_cast<char>(bytes.size() >> 8), static_cast<char>(bytes.size() & 255)} + bytes);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 || sodium_init() < 0) {
    std::cerr << "fuzz_seeds CORPUS\n";
    return 64;
  }
  corpus = argv[1];
  FuzzVillage village;
  others(village);
  conversations(village);
  media(village);
  bundles(village);
  meetings(village);
  streams(village);
}
