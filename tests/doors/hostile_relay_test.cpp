// What a relay that means no good, or one that is broken, can do to a device: nothing but fail its exchange.
#include <catch2/catch.hpp>

#include "tests/country.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

// What a device makes of these messages in answer to its hello.
Error failure_of(Country& country, Device& device, const std::vector<Message>& messages) {
  auto epoch = country.store->epoch();
  ClientSession session(*device.replica, {.bearer = country.bearer}, std::time(nullptr));
  session.produce();
  Packing packing;
  for (auto& message : messages) packing.put(encode(message, Direction::down, epoch));
  session.consume(packing.flush());
  return session.outcome() == ClientSession::Outcome::failed ? session.error() : Error{Code::busy, "no failure"};
}

}  // namespace

TEST_CASE("a relay that gives a copy the number it has already changes nothing") {
  Country country;
  auto& ouinhi = country.device(1);
  ouinhi.sql("INSERT INTO shelf(space,name,level) VALUES(1,'A',1)");
  REQUIRE(country.sync(ouinhi));
  ouinhi.sql("INSERT INTO shelf(space,name,level) VALUES(1,'B',1)");
  CHECK(failure_of(country, ouinhi, {Failure{{Code::copied, "a copy"}, 1}}).code == Code::copied);
  CHECK(ouinhi.get("SELECT count(*) FROM shelf") == "2");
  REQUIRE(country.sync(ouinhi));
  CHECK(country.all_equal());
}

TEST_CASE("a relay that speaks of a space that the device did not name is not listened to, and the next one is") {
  Country country;
  auto& ouinhi = country.device(1);
  REQUIRE(country.sync(ouinhi));
  ouinhi.sql("INSERT INTO shelf(space,name,level) VALUES(1,'A',1)");
  SpaceId elsewhere{country.space.value + 1};
  auto head = epoch_base(country.store->epoch());
  for (auto& message : std::vector<Message>{Welcome{std::time(nullptr), country.store->epoch(), {{elsewhere, Seq{1}, 0}}}, Ack{elsewhere, Seq{9}}, Prime{elsewhere, 0},
                                            Refused{elsewhere, Seq{1}, Seq{9}, {Code::invalid, "no"}}, Complete{{{elsewhere, head, 7}}}, Sketched{elsewhere, 0, head, {}}}) {
    auto fault = failure_of(country, ouinhi, {message});
    CHECK(fault.code == Code::malformed);
    CHECK(fault.text == "the relay speaks of a space that this device did not name");
  }
  REQUIRE(country.sync(ouinhi));
  CHECK(country.all_equal());
}
