// Settings that any tool may have written: what is read is in range, what is refused says why.
//   input = lines of name=value
#include "client/settings.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/temp_dir.hpp"
#include "tests/toy_schema.hpp"

std::string carnet::test::try_input(std::string_view bytes) {
  static TempDir dir;
  static Replica replica(dir.file("settings.db"), toy(), DeviceId{1});
  for (auto& setting : all_settings(replica)) replica.unset(setting.name);
  while (!bytes.empty()) {
    auto line = bytes.substr(0, bytes.find('\n'));
    bytes.remove_prefix(std::min(bytes.size(), line.size() + 1));
    auto equals = line.find('=');
    if (equals == line.npos) continue;
    std::string name(line.substr(0, equals)), value(line.substr(equals + 1));
    if (auto changed = change_setting(replica, name, value); !changed && changed.error().text.empty()) return "a refusal without a reason";
  }
  auto settings = read_settings(replica);
  if (!settings) return settings.error().text.find("price") != std::string::npos ? "" : "what change_setting took, read_settings refuses: " + settings.error().text;
  bool in_range = settings->limits.price >= 0 && settings->limits.price <= Budget::max_price && settings->policy.look_hours >= 0 && bool(Schedule::check(settings->policy));
  return in_range ? "" : "a setting out of its range";
}
