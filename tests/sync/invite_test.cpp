// Invites: what comes out is what went in, and a slip of the pen is noticed.
#include <catch2/catch.hpp>
#include <sodium.h>

#include "sync/invite.hpp"
#include "sync/sealed.hpp"

using namespace carnet;

namespace {
const Invite sample{.address = "carnet://relais.example.org:8440", .pin = {}, .device = DeviceId{7}, .name = "Ouinhi, secrétariat", .number = 4'000'000'000, .key = std::string(16, '\x91'),
                    .expires = 1'741'600'000, .spaces = {{SpaceId{1}, "Ouinhi – Laarne", "partnership"}, {SpaceId{2}, "réseau", "network", Role::admin}, {SpaceId{3}, "bureau", "administration", Role::admin}}};
}

TEST_CASE("an invite fits a chat message and comes back as it went, spaces and line breaks around it forgiven") {
  REQUIRE(sodium_init() >= 0);
  auto text = to_text(sample);
  CHECK(text.size() < 250);
  for (auto& given : {text, "  " + text + "\n", text.substr(0, 60) + "\n" + text.substr(60)}) {
    auto back = read_invite(given);
    REQUIRE(back);
    CHECK(back->address == sample.address);
    CHECK(back->pin == sample.pin);
    CHECK(back->number == sample.number);
    CHECK(back->key == sample.key);
    CHECK(back->expires == sample.expires);
    CHECK(back->spaces.at(0).kind == "partnership");
    CHECK(back->spaces.at(0).role == Role::writer);
    CHECK(back->spaces.at(1).name == "réseau");
    CHECK(back->spaces.at(1).kind == "network");
    CHECK(back->spaces.at(1).role == Role::admin);
    CHECK(back->spaces.at(2).kind == "administration");
  }
}

TEST_CASE("what is sealed is opened by the same key for the same row, and by no other, nor where one bit differs") {
  REQUIRE(sodium_init() >= 0);
  std::string key(32, 'k'), other(32, 'o');
  auto sealed = seal("carnet1-secret", key, RowId{5});
  CHECK(sealed != seal("carnet1-secret", key, RowId{5}));  // another nonce
  CHECK(open_sealed(sealed, key, RowId{5}) == "carnet1-secret");
  CHECK_FALSE(open_sealed(sealed, other, RowId{5}));
  CHECK_FALSE(open_sealed(sealed, key, RowId{6}));
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    auto wrong = sealed;
    wrong[at] = wrong[at] == 'A' ? 'B' : 'A';
    CHECK(open_sealed(wrong, key, RowId{5}).value_or("carnet1-secret") == "carnet1-secret");  // the last character may hold bits that no byte uses
    CHECK_FALSE(open_sealed(sealed.substr(0, at), key, RowId{5}));
  }
}

TEST_CASE("an invite may carry the pin of a certificate") {
  auto pinned = sample;
  pinned.pin = std::string(32, '\x17');
  auto back = read_invite(to_text(pinned));
  REQUIRE(back);
  CHECK(back->pin == pinned.pin);
}

TEST_CASE("an invite with one wrong, missing or added character is refused in words") {
  auto text = to_text(sample);
  for (std::size_t at = 0; at < text.size(); ++at) {
    auto wrong = text;
    wrong[at] = wrong[at] == 'A' ? 'B' : 'A';
    auto back = read_invite(wrong);
    if (back) CHECK(to_text(*back) == text);  // the last character may hold bits that no byte uses
    else CHECK(back.error().text.find("copy it again") != std::string::npos);
    CHECK_FALSE(read_invite(text.substr(0, at)));
  }
  CHECK_FALSE(read_invite(text + "A"));
  CHECK_FALSE(read_invite(""));
  CHECK_FALSE(read_invite(std::string(5000, 'c')));
}
