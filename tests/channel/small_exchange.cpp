#include "tests/channel/small_exchange.hpp"

#include "client/sync_run.hpp"
#include "tests/link/link.hpp"
#include "tests/live_relay.hpp"
#include "tests/log_lines.hpp"

namespace carnet::test {

namespace {

void sync_well(Device& device) {
  if (auto run = sync(*device.replica); !run) throw std::runtime_error(run.error->text);
}

}  // namespace

SmallExchange small_exchange(Address::Way way, Session session) {
  LogLines log;  // where the relay says what an exchange weighed
  LiveRelay relay({}, toy(), way);
  Link link(relay.server->port(), Profile{"clean"}, 1);
  auto device = relay.device();
  device->replica->set("address", relay.address(link.port()));
  sync_well(*device);
  if (session == Session::fresh) std::filesystem::remove(device->path + ".session");
  device->sql("INSERT INTO shelf(space,name) SELECT " + std::to_string(relay.space.value) + ",'Un marché qui ouvre tôt, et ce que les habitants en disent le soir venu, chacun à sa façon.'");
  auto before = link.counters();
  spdlog::set_level(spdlog::level::info);
  auto run = sync(*device->replica);
  relay.stop();
  auto said = log.of("exchange").back();
  auto after = link.counters();
  return {after.up - before.up, after.down - before.down, said["bytes_in"], said["bytes_out"], run.traffic.up, run.traffic.down};
}

}  // namespace carnet::test
