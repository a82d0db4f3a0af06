// The relay gives up the memory of an exchange between two frames, for others who wait: the device notices nothing but some bytes.
#include <catch2/catch.hpp>

#include "tests/country.hpp"
#include "tests/sync/shelves.hpp"

using namespace carnet;
using namespace carnet::test;
using Outcome = ClientSession::Outcome;

namespace {

// Counts how often an answer says what it is packed against, reading it as a device does that remembered nothing.
std::size_t primes_in(const std::string& answer, Epoch epoch) {
  Unpacking in;
  SharedText remembered;
  std::size_t primes = 0;
  REQUIRE(in.feed(answer));
  for (auto plain = in.next(); plain && *plain; plain = in.next()) {
    auto message = decode(**plain, Direction::down, epoch);
    REQUIRE(message);
    if (auto* prime = std::get_if<Prime>(&*message)) {
      ++primes;
      REQUIRE(remembered.back_to(prime->text));
      in.prime(remembered.text());
    } else if (std::holds_alternative<Changes>(*message)) {
      remembered.add(std::move(**plain));
      remembered.trim();
    }
  }
  return primes;
}

struct Crowd {
  Country country;
  Device &ouinhi = country.device(1), &laarne = country.device(2);
  Country::Wire wire;
  std::size_t rests = 0;

  Crowd() {
    ouinhi.sql(shelves_20000);
    REQUIRE(country.sync(ouinhi));
    country.frame_bytes = 20'000;
    wire.between = [this](RelaySession& relay) {
      if (!relay.has_memory()) return std::string();
      relay.rest();
      auto bytes = relay.answer();
      rests += !relay.has_memory();
      return bytes;
    };
  }
};

}  // namespace

TEST_CASE("a relay that rests after every frame has no memory until it packs again, and what follows still unpacks") {
  Crowd crowd;
  REQUIRE(crowd.country.exchange(crowd.laarne, crowd.wire) == Outcome::done);
  CHECK(crowd.rests >= 3);
  CHECK(crowd.country.report.rows_down == 20'000);
  CHECK(crowd.country.all_equal());
}

TEST_CASE("after each rest the relay says again what it packs against, by a name that the device knows by then, and once where it never rests") {
  Crowd crowd;
  REQUIRE(crowd.country.exchange(crowd.laarne, crowd.wire) == Outcome::done);
  CHECK(primes_in(crowd.wire.down, crowd.country.store->epoch()) == 1 + crowd.rests);
  Country::Wire whole;
  REQUIRE(crowd.country.exchange(crowd.country.device(3), whole) == Outcome::done);
  CHECK(primes_in(whole.down, crowd.country.store->epoch()) == 1);
}

TEST_CASE("an exchange that is cut anywhere after a rest goes on in the next, and both remember the same frames", "[file]") {
  for (std::size_t cut = 3'000; cut < 60'000; cut += 7'001) {
    CAPTURE(cut);
    Crowd crowd;
    crowd.wire.cut_down = cut;
    CHECK(crowd.country.exchange(crowd.laarne, crowd.wire) == Outcome::going_on);
    REQUIRE(crowd.country.sync(crowd.laarne));
    CHECK(crowd.country.all_equal());
    crowd.ouinhi.sql("UPDATE shelf SET level=7 WHERE name LIKE 'name 1 %'");
    crowd.country.settle();
    CHECK(crowd.country.all_equal());
  }
}

TEST_CASE("where nothing is left to be served, or nothing was served yet, there is nothing to give up") {
  Crowd crowd;
  std::size_t says = 0;
  crowd.wire.between = [&](RelaySession& relay) {
    if (relay.has_memory() && !relay.finished()) return std::string();
    relay.rest();
    auto bytes = relay.answer();
    says += bytes.size();
    CHECK_FALSE(relay.has_memory());
    return bytes;
  };
  REQUIRE(crowd.country.exchange(crowd.laarne, crowd.wire) == Outcome::done);
  CHECK(says == 0);
  CHECK(primes_in(crowd.wire.down, crowd.country.store->epoch()) == 1);
  MasterKey keys{std::string(32, 'k')};
  RelaySession fresh(keys);
  fresh.rest();
  CHECK(fresh.answer().empty());
}
