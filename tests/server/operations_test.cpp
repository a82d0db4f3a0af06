// What whoever runs a relay sees of it: its health, its numbers, its log; and a certificate that is renewed while it serves.
#include <catch2/catch.hpp>

#include <cmath>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>

#include "client/sync_run.hpp"
#include "tests/doors/caller.hpp"
#include "tests/live_relay.hpp"
#include "tests/log_lines.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

std::string get(const std::string& path) { return "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"; }

std::string answer(std::uint16_t port, const std::string& path) {
  Caller caller(port);
  caller.say(get(path));
  return caller.hear("");
}

std::string body(const std::string& answer) { return answer.substr(std::min(answer.size(), answer.find("\r\n\r\n") + 4)); }

// Samples by name and labels. Throws at what is not the text format: https://prometheus.io/docs/instrumenting/exposition_formats/
std::map<std::string, double> parsed(const std::string& text) {
  static const std::regex help("# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) .+"), type("# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)"),
      sample("([a-zA-Z_:][a-zA-Z0-9_:]*)(\\{[a-zA-Z_][a-zA-Z0-9_]*=\"[^\"\\\\]*\"(,[a-zA-Z_][a-zA-Z0-9_]*=\"[^\"\\\\]*\")*\\})? ([-+0-9.eE]+|\\+Inf)");
  std::map<std::string, double> samples;
  std::map<std::string, std::string> types;
  std::istringstream lines(text);
  std::smatch found;
  if (text.empty() || text.back() != '\n') throw std::runtime_error("the last line does not end");
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_match(line, found, help)) continue;
    if (std::regex_match(line, found, type)) {
      if (!types.emplace(found[1], found[2]).second) throw std::runtime_error("told twice: " + line);
      continue;
    }
    if (!std::regex_match(line, found, sample)) throw std::runtime_error("no sample: " + line);
    auto family = std::regex_replace(found[1].str(), std::regex("_(bucket|sum|count)$"), "");
    bool is_histogram = types.contains(family) && types[family] == "histogram";
    if (!is_histogram && !types.contains(found[1])) throw std::runtime_error("no type before " + line);
    if (!is_histogram && (types[found[1]] == "counter") != found[1].str().ends_with("_total")) throw std::runtime_error("a counter is called so: " + line);
    if (!samples.emplace(found[1].str() + found[2].str(), found[4] == "+Inf" ? HUGE_VAL : std::stod(found[4])).second) throw std::runtime_error("twice: " + line);
  }
  return samples;
}

ServerOptions with_metrics() {
  ServerOptions options;
  options.metrics_port = 0;
  return options;
}

std::map<std::string, double> metrics(const LiveRelay& relay) { return parsed(body(answer(relay.server->metrics_port(), "/metrics"))); }

}  // namespace

TEST_CASE("a relay is well as long as its store answers, and says so where it does not") {
  LiveRelay relay(with_metrics());
  for (auto port : {relay.server->port(), relay.server->metrics_port()}) CHECK(answer(port, "/healthz").ends_with("\r\n\r\nwell\n"));
  relay.store->database().exec("ALTER TABLE device RENAME TO elsewhere");
  for (auto port : {relay.server->port(), relay.server->metrics_port()}) {
    auto told = answer(port, "/healthz");
    CHECK(told.starts_with("HTTP/1.1 503"));
    CHECK(told.ends_with("the store does not answer\n"));
  }
  relay.store->database().exec("ALTER TABLE elsewhere RENAME TO device");
  CHECK(answer(relay.server->port(), "/healthz").starts_with("HTTP/1.1 200"));
}

TEST_CASE("the numbers are in the text format of Prometheus and count what devices did") {
  LiveRelay relay(with_metrics());
  auto ouinhi = relay.device(), laarne = relay.device();
  for (auto* device : {ouinhi.get(), laarne.get()}) REQUIRE(sync(*device->replica));
  ouinhi->sql("INSERT INTO shelf(space,name,level) VALUES(1,'A',1)");
  REQUIRE(sync(*ouinhi->replica));
  REQUIRE(sync(*laarne->replica));
  auto now = metrics(relay);
  CHECK(now.at("carnet_relay_exchanges_total{result=\"complete\"}") >= 4);
  CHECK(now.at("carnet_relay_exchanges_total{result=\"refused\"}") == 0);
  CHECK(now.at("carnet_relay_rows_total{direction=\"in\"}") == 1);
  CHECK(now.at("carnet_relay_rows_total{direction=\"out\"}") == 1);
  CHECK(now.at("carnet_relay_bytes_total{direction=\"in\"}") > 0);
  CHECK(now.at("carnet_relay_exchange_duration_seconds_count") == now.at("carnet_relay_exchanges_total{result=\"complete\"}"));
  CHECK(now.at("carnet_relay_exchange_duration_seconds_bucket{le=\"+Inf\"}") == now.at("carnet_relay_exchange_duration_seconds_count"));
  CHECK(now.at("carnet_relay_store_batch_size_count") > 0);
  CHECK(now.at("carnet_relay_store_transaction_duration_seconds_count{mode=\"read\"}") > 0);
  CHECK(now.at("carnet_relay_store_queue_length{mode=\"write\"}") == 0);
  CHECK(now.at("process_resident_memory_bytes") > 1'000'000);
  CHECK(now.at("process_cpu_seconds_total") > 0);
  CHECK(now.contains(is_postgres(relay.place) ? "carnet_relay_build_info{store=\"postgresql\",version=\"0.1.0\"}" : "carnet_relay_build_info{store=\"sqlite\",version=\"0.1.0\"}"));
}

TEST_CASE("a device's hello and the frames that come with it are one transaction that writes, and a look is one that reads") {
  LiveRelay relay(with_metrics());
  auto device = relay.device();
  REQUIRE(sync(*device->replica));
  device->sql("INSERT INTO shelf(space,name,level) VALUES(1,'A',1)");
  auto reads = [&] { return metrics(relay).at("carnet_relay_store_transaction_duration_seconds_count{mode=\"read\"}"); };
  auto before = reads();
  REQUIRE(sync(*device->replica));
  CHECK(reads() == before);
  REQUIRE(sync(*device->replica));
  CHECK(reads() == before + 1);
}

TEST_CASE("conflicts, refusals, who is not known, connections and who is turned away are counted") {
  auto options = with_metrics();
  options.limits.connections = 2;
  LiveRelay relay(options);
  auto ouinhi = relay.device(), laarne = relay.device();
  ouinhi->sql("INSERT INTO shelf(space,name,level) VALUES(1,'A',1)");
  for (auto* device : {ouinhi.get(), laarne.get()}) REQUIRE(sync(*device->replica));
  ouinhi->sql("UPDATE shelf SET level=2");
  laarne->sql("UPDATE shelf SET level=3");
  for (auto* device : {ouinhi.get(), laarne.get()}) REQUIRE(sync(*device->replica));
  relay.store->revoke(laarne->replica->device());
  CHECK_FALSE(sync(*laarne->replica));
  Caller one(relay.server->port()), two(relay.server->port());
  for (auto* caller : {&one, &two}) {
    caller->say("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    caller->hear();
  }
  CHECK(answer(relay.server->port(), "/healthz").starts_with("HTTP/1.1 503"));
  auto now = metrics(relay);
  CHECK(now.at("carnet_relay_conflicts_total") == 1);
  CHECK(now.at("carnet_relay_exchanges_total{result=\"refused\"}") == 1);
  CHECK(now.at("carnet_relay_connections") >= 2);
  CHECK(now.at("carnet_relay_turned_away_total{reason=\"full\"}") == 1);
}

TEST_CASE("an exchange that the link cuts, and one that the store does not take, are counted as such", "[file]") {
  LiveRelay relay(with_metrics());
  auto ouinhi = relay.device();
  REQUIRE(sync(*ouinhi->replica));
  Caller(relay.server->port()).say("POST /sync HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n\x11");
  auto count = [&](const std::string& result) { return metrics(relay).at("carnet_relay_exchanges_total{result=\"" + result + "\"}"); };
  for (int look = 0; look < 10'000 && count("cut") == 0; ++look) {}
  CHECK(count("cut") == 1);
  relay.store->database().exec("ALTER TABLE history RENAME TO elsewhere");
  ouinhi->sql("INSERT INTO shelf(space,name,level) VALUES(1,'A',1)");
  REQUIRE(sync(*ouinhi->replica));
  ouinhi->sql("UPDATE shelf SET level=2");
  CHECK_FALSE(sync(*ouinhi->replica));
  CHECK(count("fault") == 1);
  relay.store->database().exec("ALTER TABLE elsewhere RENAME TO history");
  CHECK(sync(*ouinhi->replica));
}

TEST_CASE("the relay's own port tells nobody its numbers, with TLS or without, and the port for numbers takes no exchange") {
  for (auto way : {Address::Way::certificate, Address::Way::plain}) {
    LiveRelay relay(with_metrics(), toy(), way);
    Caller caller(relay);
    caller.say(get("/metrics"));
    auto told = caller.hear("");
    CHECK(told.starts_with("HTTP/1.1 404"));
    CHECK(told.find("carnet_relay") == std::string::npos);
    Caller other(relay.server->metrics_port());
    other.say(post("hello"));
    CHECK(other.hear("").starts_with("HTTP/1.1 404"));
  }
  LiveRelay silent;
  CHECK(silent.server->metrics_port() == 0);
}

TEST_CASE("numbers name no device, person or space") {
  LiveRelay relay(with_metrics());
  auto device = relay.device();
  REQUIRE(sync(*device->replica));
  auto text = answer(relay.server->metrics_port(), "/metrics");
  CHECK(text.find("device1") == std::string::npos);
  CHECK(text.find("town") == std::string::npos);
}

TEST_CASE("every line of the log is one JSON object with time, level and event, and names nobody and nothing that was written") {
  LogLines log;
  {
    LiveRelay relay;
    auto device = relay.device();
    spdlog::set_level(spdlog::level::debug);
    device->sql("INSERT INTO shelf(space,name,level) VALUES(1,'Sous le manguier',1)");
    REQUIRE(sync(*device->replica));
    Caller rude(relay.server->port());
    rude.say("rubbish\r\n\r\n");
    rude.hear("");
    Caller stranger(relay.server->port());
    stranger.say(post("hello"));
    stranger.hear();
  }
  spdlog::set_level(spdlog::level::warn);
  for (auto& line : log.all())
    for (auto* field : {"time", "level", "event"}) CHECK(line[field].is_string());
  auto exchanges = log.of("exchange");
  REQUIRE(exchanges.size() >= 2);
  CHECK(exchanges.front()["result"] == "complete");
  CHECK(exchanges.front()["device"] == 1);
  CHECK(exchanges.back()["result"] == "refused");
  CHECK(exchanges.back()["error"] == static_cast<int>(Code::newer_version));
  for (auto* word : {"manguier", "device1", "town"}) CHECK(log.text().find(word) == std::string::npos);
}

TEST_CASE("a revoked device shows in the log by its number and the error that it was told") {
  LogLines log;
  {
    LiveRelay relay;
    auto device = relay.device();
    spdlog::set_level(spdlog::level::info);
    relay.store->revoke(device->replica->device());
    CHECK_FALSE(sync(*device->replica));
  }
  spdlog::set_level(spdlog::level::warn);
  CHECK(log.of("exchange").back()["error"] == static_cast<int>(Code::not_allowed));
  CHECK(log.of("exchange").back()["device"] == 1);
}

TEST_CASE("new handshakes use a renewed certificate, and connections under way go on") {
  LogLines log;
  {
    LiveRelay relay({}, toy(), Address::Way::certificate);
    auto device = relay.device();
    REQUIRE(sync(*device->replica));
    Caller under_way(relay);
    under_way.say("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(under_way.hear().starts_with("HTTP/1.1 200"));
    std::filesystem::remove(relay.certificate());
    make_certificate(relay.certificate());
    spdlog::set_level(spdlog::level::info);
    relay.server->reload();
    std::filesystem::remove(device->path + ".session");
    CHECK_FALSE(sync(*device->replica));  // which knows the pin of the one before
    relay.let_in(*device);
    CHECK(sync(*device->replica));
    under_way.say(get("/healthz"));
    CHECK(under_way.hear("").starts_with("HTTP/1.1 200"));
  }
  spdlog::set_level(spdlog::level::warn);
  CHECK(log.of("certificate_reloaded").size() == 1);
}

TEST_CASE("a broken certificate leaves the one before in use, and stands in the log") {
  LogLines log;
  {
    LiveRelay relay({}, toy(), Address::Way::certificate);
    auto device = relay.device();
    std::ofstream(relay.certificate()) << "no certificate";
    relay.server->reload();
    CHECK(sync(*device->replica));
    std::filesystem::remove(relay.certificate());
    relay.server->reload();
    CHECK(sync(*device->replica));
  }
  REQUIRE(log.of("certificate_not_reloaded").size() == 2);
  CHECK(log.of("certificate_not_reloaded").front()["why"].get<std::string>().find("cannot be used") != std::string::npos);
}
