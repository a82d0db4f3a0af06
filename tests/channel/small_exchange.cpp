#include "tests/channel/small_exchange.hpp"

#include <spdlog/sinks/ostream_sink.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "client/sync_run.hpp"
#include "tests/link/link.hpp"
#include "tests/live_relay.hpp"

namespace carnet::test {

namespace {

// The relay says in its log what an exchange weighed.
class Log {
 public:
  Log() : before_(spdlog::default_logger()) {
    auto logger = std::make_shared<spdlog::logger>("bytes", std::make_shared<spdlog::sinks::ostream_sink_mt>(text_, true));
    logger->set_pattern("%v");
    spdlog::set_default_logger(logger);
  }
  ~Log() { spdlog::set_default_logger(before_); }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  nlohmann::json last() const {
    std::istringstream lines(text_.str());
    std::string line, last;
    while (std::getline(lines, line)) last = line;
    return nlohmann::json::parse(last);
  }

 private:
  std::shared_ptr<spdlog::logger> before_;
  std::ostringstream text_;
};

void sync_well(Device& device) {
  if (auto run = sync(*device.replica); !run) throw std::runtime_error(run.error->text);
}

}  // namespace

SmallExchange small_exchange(Address::Way way, Session session) {
  Log log;
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
  auto said = log.last();
  auto after = link.counters();
  return {after.up - before.up, after.down - before.down, said["bytes_in"], said["bytes_out"], run.traffic.up, run.traffic.down};
}

}  // namespace carnet::test
