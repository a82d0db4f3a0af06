// Settings at their limits and one beyond; which link the kernel's tables tell of; what the ledger keeps.
#include <catch2/catch.hpp>

#include <fstream>

#include "client/language.hpp"
#include "client/ledger.hpp"
#include "client/link.hpp"
#include "tests/village.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

struct Home {
  TempDir dir;
  Device device{dir, 7};
  Replica& replica() { return *device.replica; }
  bool takes(const std::string& name, const std::string& value) { return static_cast<bool>(change_setting(replica(), name, value)); }
};

// A machine's /proc and /sys.
struct Root {
  TempDir dir;
  std::filesystem::path path = dir.file("root");

  void put(const std::string& file, const std::string& text) {
    std::filesystem::create_directories((path / file).parent_path());
    std::ofstream(path / file) << text;
  }
  void ipv4(const std::string& lines) { put("proc/net/route", "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n" + lines); }
  LinkState link(const std::string& address = "http://relay.example:8440", Settings::Metered metered = Settings::Metered::automatic) {
    return find_link(address, metered, path);
  }
};

std::string route(const std::string& interface, int metric, const std::string& destination = "00000000", const std::string& flags = "0003") {
  return interface + "\t" + destination + "\t010200C0\t" + flags + "\t0\t0\t" + std::to_string(metric) + "\t00000000\t0\t0\t0\n";
}
const std::string zeros(32, '0');
std::string route6(const std::string& interface, const std::string& flags) {
  return zeros + " 00 " + zeros + " 00 fd000000000000000000000000000001 00000400 00000003 00000000 " + flags + "     " + interface + "\n";
}

}  // namespace

TEST_CASE("each setting is taken at its limits and refused one beyond, and what was refused changes nothing") {
  Home home;
  for (auto& [name, good, bad] : std::vector<std::tuple<std::string, std::vector<std::string>, std::vector<std::string>>>{
           {"policy", {"manual", "link", "night"}, {"weekly", ""}},
           {"language", {"auto", "fr", "nl", "en"}, {"de", ""}},
           {"window", {"00:00-23:59", "22:00-05:00"}, {"00:00-24:00", "00:60-05:00", "0:00-5:00", "00:00-05:00x"}},
           {"look_hours", {"0", "8760"}, {"-1", "8761", "1.5", ""}},
           {"mobile_data", {"yes", "no"}, {"auto"}},
           {"metered", {"auto", "yes", "no"}, {"maybe"}},
           {"price", {"0", "0.001", "1.2", "100000", "100000.000"}, {"-1", "0.0001", "100000.001", "100001", "1.", "1,2"}},
           {"day_kb", {"none", "0", "1000000000"}, {"-1", "1000000001", "10 KB"}},
           {"night_fcfa", {"none", "0", "1000000000"}, {"1000000001", "0.5"}}}) {
    for (auto& value : good) {
      CHECK(home.takes(name, value));
      CHECK(home.replica().setting(name) == value);
      CHECK(read_settings(home.replica()));
    }
    for (auto& value : bad) {
      CAPTURE(name, value);
      CHECK_FALSE(home.takes(name, value));
      CHECK(home.replica().setting(name) == good.back());
    }
  }
  CHECK(change_setting(home.replica(), "look_hours", "8761").error().text ==
        "look_hours: 0 to 8760 hours, 0 for never, not '8761'; set it like this: carnet settings look_hours 12");
  CHECK(change_setting(home.replica(), "colour", "red").error().code == Code::not_found);
}

TEST_CASE("a limit in francs is not taken without a price, nor is the price taken away below it") {
  Home home;
  CHECK_FALSE(home.takes("month_fcfa", "100"));
  CHECK(home.takes("price", "0.001"));
  CHECK(home.takes("month_fcfa", "100"));
  CHECK(change_setting(home.replica(), "price", "0").error().text.starts_with("price: a limit in FCFA needs the price of a megabyte"));
  home.replica().set("price", "0");
  CHECK_FALSE(read_settings(home.replica()));
  CHECK(home.takes("month_fcfa", "none"));
  CHECK(read_settings(home.replica()));
}

TEST_CASE("the language is the setting's, else this machine's, else English") {
  Home home;
  CHECK(language_of(std::string("fr_BJ.UTF-8")) == Language::french);
  CHECK(language_of(std::string("nl_BE")) == Language::dutch);
  CHECK(language_of(std::string("C")) == Language::english);
  CHECK(language_of(home.replica()) == Language::english);  // tests/main.cpp says C
  CHECK(home.takes("language", "nl"));
  CHECK(language_of(home.replica()) == Language::dutch);
}

TEST_CASE("a span of time is told in its two largest units, and a number with its point or comma, in each language") {
  CHECK(span_in_words(Language::french, 3 * 86'400 + 2 * 3'600 + 59) == "3 jours et 2 heures");
  CHECK(span_in_words(Language::dutch, 86'400 + 3'600) == "1 dag en 1 uur");
  CHECK(span_in_words(Language::english, 56 * 365 * 86'400LL) == "56 years");
  CHECK(span_in_words(Language::english, 121) == "2 minutes and 1 second");
  CHECK(span_in_words(Language::french, 0) == "0 secondes");
  CHECK(decimal(Language::french, 0.375, 2) == "0,38");
  CHECK(decimal(Language::english, 12, 0) == "12");
}

TEST_CASE("settings that were broken by hand are mended one by one") {
  Home home;
  for (auto* name : {"policy", "window"}) home.replica().set(name, "?");
  CHECK(home.takes("policy", "link"));
  CHECK(home.takes("window", "22:00-05:00"));
  CHECK(read_settings(home.replica()));
}

TEST_CASE("settings mean what they say") {
  Home home;
  for (auto [name, value] : {std::pair{"policy", "link"}, {"window", "22:30-05:00"}, {"price", "1.25"}, {"day_kb", "2000"}, {"month_fcfa", "100"}})
    REQUIRE(home.takes(name, value));
  auto settings = read_settings(home.replica());
  REQUIRE(settings);
  CHECK(settings->policy.when == Schedule::When::link);
  CHECK(settings->policy.window.from_minute == 22 * 60 + 30);
  CHECK(settings->limits.window.until_minute == 5 * 60);
  CHECK(settings->limits.price == 1'250);
  CHECK(settings->limits.day.bytes == 2'000'000);
  CHECK_FALSE(settings->limits.day.francs);
  CHECK(settings->limits.month.francs == 100);
}

TEST_CASE("there is a link where there is a default route, of the least metric, in IPv4 or IPv6") {
  Root root;
  CHECK_FALSE(root.link().up);
  root.ipv4(route("eth0", 0, "000200C0", "0001"));
  CHECK_FALSE(root.link().up);
  root.ipv4(route("eth0", 100) + route("wlan0", 50));
  CHECK(root.link() == LinkState{true, Budget::Link::free, "wlan0"});
  root.ipv4(route("eth0", 0, "00000000", "0000"));  // not up
  CHECK_FALSE(root.link().up);
  root.put("proc/net/ipv6_route", route6("lo", "00200200") + route6("eth0", "00000200"));  // unreachable
  CHECK_FALSE(root.link().up);
  root.put("proc/net/ipv6_route", route6("eth0", "00000003"));
  CHECK(root.link().up);
}

TEST_CASE("modems are metered, by their name or by what the kernel says of them, and the setting overrides it") {
  Root root;
  for (auto* name : {"wwan0", "wwp0s20u4", "ppp0", "rmnet_data0", "ccmni1"}) {
    root.ipv4(route(name, 0));
    CHECK(root.link().kind == Budget::Link::metered);
    CHECK(root.link("http://relay.example", Settings::Metered::no).kind == Budget::Link::free);
  }
  root.ipv4(route("usb7", 0));
  CHECK(root.link().kind == Budget::Link::free);
  CHECK(root.link("http://relay.example", Settings::Metered::yes).kind == Budget::Link::metered);
  root.put("sys/class/net/usb7/type", "519\n");
  CHECK(root.link().kind == Budget::Link::metered);
  root.put("sys/class/net/usb7/type", "1\n");
  root.put("sys/class/net/usb7/uevent", "DEVTYPE=wwan\nINTERFACE=usb7\n");
  CHECK(root.link().kind == Budget::Link::metered);
}

TEST_CASE("a relay on this machine is always linked, and free unless the setting says otherwise") {
  Root root;
  for (auto* address : {"http://127.0.0.1:8440", "http://localhost:8440", "https://[::1]:8440"})
    CHECK(root.link(address) == LinkState{true, Budget::Link::free, ""});
  CHECK(root.link("http://127.0.0.1:8440", Settings::Metered::yes).kind == Budget::Link::metered);
  for (auto* address : {"http://localhost.example", "http://127.example", "http://relay.example/127.0.0.1"}) CHECK_FALSE(root.link(address).up);
}

TEST_CASE("the ledger gives back what it was given, and no trigger notes its rows") {
  Home home;
  Ledger ledger(home.replica());
  CHECK(ledger.budget().rows.empty());
  CHECK(ledger.schedule().failures == 0);
  Moment now{1'741'600'000, 60, 4'711, ~std::uint64_t{0}};
  Budget budget({{100'000, {}}, {}, {}, {}, 1'000, 6'000}, {});
  auto change = budget.count(now, Budget::Link::metered, {10, 20, 1});
  ledger.keep(Budget::Link::metered, change, budget.state());
  ledger.keep({.attempt = now, .wait_seconds = 30, .failures = 2, .look = now, .look_night = 20'157, .refused = true, .refused_day = 20'156,
               .watched = now, .closed_since = 9});
  home.device.reopen();
  Ledger again(home.replica());
  auto schedule = again.schedule();
  CHECK(schedule.attempt.boot == now.boot);
  CHECK(std::tuple(schedule.wait_seconds, schedule.failures, schedule.look_night) == std::tuple(30, 2, 20'157));
  CHECK(std::tuple(schedule.refused, schedule.refused_day, schedule.watched.monotonic, schedule.closed_since) == std::tuple(true, 20'156, 4'711, 9));
  Budget kept({{100'000, {}}, {}, {}, {}, 1'000, 6'000}, again.budget());
  CHECK(kept.allowance(now, Budget::Link::metered).bytes == 100'000 - 6'030);
  CHECK(kept.state().guards[0].used == 6'030);
  CHECK(home.device.get("SELECT count(*) FROM carnet_log") == "0");
  CHECK(home.device.get("SELECT count(*) FROM sqlite_master WHERE type='trigger' AND tbl_name='carnet_traffic'") == "0");
}

TEST_CASE("a ledger in which somebody else wrote begins anew and keeps the days") {
  Home home;
  Ledger ledger(home.replica());
  Budget budget({}, {});
  ledger.keep(Budget::Link::free, budget.count({1'741'600'000, 60, 1, 1}, Budget::Link::free, {10, 20, 1}), budget.state());
  for (auto* name : {"schedule", "budget_guards", "budget_lacked"}) home.replica().set(name, "1 2 three");
  CHECK(ledger.schedule().attempt.boot == 0);
  CHECK(ledger.budget().guards[0].began.boot == 0);
  CHECK(ledger.lacked() == 0);
  CHECK(ledger.budget().rows.size() == 1);
}
