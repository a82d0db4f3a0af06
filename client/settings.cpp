#include "client/settings.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace carnet {

namespace {

constexpr std::int64_t max_kilobytes = 1'000'000'000;
constexpr std::int64_t kilobyte = 1'000;

std::optional<std::int64_t> whole(std::string_view text, std::int64_t least, std::int64_t most) {
  std::int64_t number = 0;
  auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || code != std::errc() || end != text.data() + text.size() || number < least || number > most) return {};
  return number;
}

// hh:mm as the minute of the day.
std::optional<int> minute_of(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return {};
  auto hours = whole(text.substr(0, 2), 0, 23), minutes = whole(text.substr(3), 0, 59);
  if (!hours || !minutes) return {};
  return static_cast<int>(*hours * 60 + *minutes);
}

// Francs with up to three decimals, in thousandths.
std::optional<std::int64_t> thousandths(std::string_view text) {
  auto point = text.find('.');
  auto francs = whole(text.substr(0, point), 0, Budget::max_price / 1'000);
  if (!francs || point == std::string_view::npos) return francs ? std::optional(*francs * 1'000) : std::nullopt;
  auto decimals = std::string(text.substr(point + 1));
  if (decimals.empty() || decimals.size() > 3) return {};
  decimals.resize(3, '0');
  auto rest = whole(decimals, 0, 999);
  if (!rest || *francs * 1'000 + *rest > Budget::max_price) return {};
  return *francs * 1'000 + *rest;
}

bool take_language(Settings&, std::string_view text) { return text == "auto" || text == "fr" || text == "nl" || text == "en"; }

bool take_policy(Settings& to, std::string_view text) {
  using When = Schedule::When;
  for (auto [name, when] : {std::pair{"manual", When::manual}, {"link", When::link}, {"night", When::night}})
    if (text == name) return to.policy.when = when, true;
  return false;
}

bool take_window(Settings& to, std::string_view text) {
  if (text.size() != 11 || text[5] != '-') return false;
  auto from = minute_of(text.substr(0, 5)), until = minute_of(text.substr(6));
  if (!from || !until) return false;
  to.policy.window = to.limits.window = {*from, *until};
  return true;
}

bool take_look_hours(Settings& to, std::string_view text) {
  auto hours = whole(text, 0, 8'760);
  if (hours) to.policy.look_hours = static_cast<int>(*hours);
  return hours.has_value();
}

bool take_mobile_data(Settings& to, std::string_view text) {
  to.policy.mobile_data = text == "yes";
  return text == "yes" || text == "no";
}

bool take_metered(Settings& to, std::string_view text) {
  using Metered = Settings::Metered;
  for (auto [name, metered] : {std::pair{"auto", Metered::automatic}, {"yes", Metered::yes}, {"no", Metered::no}})
    if (text == name) return to.metered = metered, true;
  return false;
}

bool take_fetch_media(Settings&, std::string_view text) { return text == "all" || text == "asked"; }

bool take_near(Settings& to, std::string_view text) {
  in_addr address{};
  to.near = text;
  return text == near_off || text == near_on || inet_pton(AF_INET, to.near.c_str(), &address) == 1;
}

bool take_price(Settings& to, std::string_view text) {
  auto price = thousandths(text);
  to.limits.price = price.value_or(0);
  return price.has_value();
}

bool take_limit(std::optional<std::int64_t>& to, std::string_view text, std::int64_t most, std::int64_t unit) {
  auto number = whole(text, 0, most);
  to = number ? std::optional(*number * unit) : std::nullopt;
  return number || text == "none";
}

template <Budget::Amount Budget::Limits::*span>
bool take_kilobytes(Settings& to, std::string_view text) { return take_limit((to.limits.*span).bytes, text, max_kilobytes, kilobyte); }
template <Budget::Amount Budget::Limits::*span>
bool take_francs(Settings& to, std::string_view text) { return take_limit((to.limits.*span).francs, text, Budget::max_francs, 1); }

struct Declared {
  const char *name, *fallback, *values, *example, *meaning;
  bool (*take)(Settings& to, std::string_view text);  // false: not one of its values
};

constexpr auto kilobytes = "0 to 1000000000 KB (of 1000 bytes), or none", francs = "0 to 1000000000 FCFA, or none";
using Limits = Budget::Limits;
constexpr Declared declared[] = {
    {"language", "auto", "auto, fr, nl or en", "fr", "of what this program tells; auto asks the machine", &take_language},
    {"policy", "night", "manual, link or night", "night", "when the agent syncs: never by itself, whenever there is a link, in the window", &take_policy},
    {"window", "00:00-05:00", "two times of the day, hh:mm-hh:mm", "22:00-05:00", "the night, local time", &take_window},
    {"look_hours", "12", "0 to 8760 hours, 0 for never", "12", "policy link: how often to look when nothing waits here", &take_look_hours},
    {"mobile_data", "yes", "yes or no", "yes", "whether the agent may use metered links", &take_mobile_data},
    {"metered", "auto", "auto, yes or no", "auto", "whether the link is paid by the megabyte; auto asks the machine", &take_metered},
    {"fetch_media", "all", "all or asked", "all", "which photos, sounds and clips of others come by themselves: all, or those that somebody asked for", &take_fetch_media},
    {"near", near_off, "off, on, or an address of this machine", "on", "whether the agent meets devices of the same spaces on the local network, without the relay", &take_near},
    {"price", "0", "0 to 100000 FCFA per MB, up to three decimals", "1.2", "of metered data", &take_price},
    {"day_kb", "none", kilobytes, "2000", "what may move over metered links in a day", &take_kilobytes<&Limits::day>},
    {"day_fcfa", "none", francs, "10", "the same in money, at the price", &take_francs<&Limits::day>},
    {"night_kb", "none", kilobytes, "1000", "in a night, of what moves in the window", &take_kilobytes<&Limits::night>},
    {"night_fcfa", "none", francs, "5", "the same in money, at the price", &take_francs<&Limits::night>},
    {"month_kb", "none", kilobytes, "30000", "in a calendar month", &take_kilobytes<&Limits::month>},
    {"month_fcfa", "none", francs, "100", "the same in money, at the price", &take_francs<&Limits::month>},
};

Result<void> take(const Declared& one, const std::string& value, Settings& to) {
  if (one.take(to, value)) return {};
  return Error{Code::invalid, fmt::format("{}: {}, not '{}'; set it like this: carnet settings {} {}", one.name, one.values, value, one.name, one.example)};
}

std::string value_of(Replica& replica, const Declared& one) { return replica.setting(one.name).value_or(one.fallback); }

// Francs without a price would limit nothing, silently.
Result<void> check_price(const Settings& settings) {
  auto& limits = settings.limits;
  if (limits.price > 0 || !(limits.day.francs || limits.night.francs || limits.month.francs)) return {};
  return Error{Code::invalid, "price: a limit in FCFA needs the price of a megabyte, above 0; set it like this: carnet settings price 1.2; or set day_fcfa, night_fcfa and month_fcfa to none"};
}

}  // namespace

Result<Settings> read_settings(Replica& replica) {
  Settings settings;
  for (auto& one : declared)
    if (auto taken = take(one, value_of(replica, one), settings); !taken) return taken.error();
  if (auto checked = check_price(settings); !checked) return checked.error();
  return settings;
}

Result<void> change_setting(Replica& replica, const std::string& name, const std::string& value) {
  auto one = std::find_if(std::begin(declared), std::end(declared), [&](auto& each) { return each.name == name; });
  if (one == std::end(declared)) {
    std::string names;
    for (auto& each : declared) names += (names.empty() ? "" : ", ") + std::string(each.name);
    return Error{Code::not_found, fmt::format("no setting '{}'; there are: {}", name, names)};
  }
  Settings tried;
  for (auto& each : declared)  // others may be broken: they are mended one by one
    if (auto taken = take(each, &each == one ? value : value_of(replica, each), tried); !taken && &each == one) return taken.error();
  if (auto checked = check_price(tried); !checked) return checked.error();
  replica.set(name, value);
  return {};
}

std::vector<NamedSetting> all_settings(Replica& replica) {
  std::vector<NamedSetting> all;
  for (auto& one : declared) all.push_back({one.name, value_of(replica, one), one.values, one.meaning});
  return all;
}

}  // namespace carnet
