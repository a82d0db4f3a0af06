// `carnet near`: the local network on the command line.
#include <fmt/format.h>
#include <unistd.h>

#include <iostream>

#include "client/cli.hpp"
#include "client/link.hpp"
#include "client/near_words.hpp"
#include "client/phrases.hpp"
#include "sync/qr_code.hpp"

namespace carnet {

using nlohmann::json;

namespace {

json in_json(Language language, const Met& met) {
  auto& report = met.report;
  json refused = json::array();
  for (auto& error : report.refused) refused.push_back(in_words(language, error.text));
  json all{{"address", met.address}, {"device", report.peer ? json(report.peer->value) : json()}, {"spaces", report.spaces.size()}, {"given", report.given}, {"rows_given", report.rows_given}, {"lent", report.lent}, {"borrowed", report.borrowed}, {"frames", report.frames}, {"known", report.known},
           {"rows", report.rows}, {"conflicts", report.conflicts}, {"waiting", report.waiting}, {"newer_here", report.newer_here.size()}, {"newer_there", report.newer_there.size()}, {"photos", report.photos}, {"photos_sent", report.photos_sent}, {"bytes", met.bytes}, {"refused", refused}};
  all["error"] = met.error ? json(in_words(language, met.error->text)) : json();
  return all;
}

void print(Replica& replica, Language language, const Met& met) {
  for (auto& sentence : in_words(replica, language, met.report)) fmt::print("{}\n", sentence);
  if (met.error) fmt::print("{}: {}\n", met.address, in_words(language, met.error->text));
}

// Where others find this device: to be told to them, or read by them.
void tell_place(const Cli& cli, const std::string& place) {
  if (cli.as_json) {
    std::cout << json{{"listens", place}}.dump() << std::endl;
  } else {
    fmt::print("{}\n", say(cli.speaks, {"this device listens at {}; on another one: carnet near {}", "cet appareil écoute à {} ; sur un autre : carnet near {}", "dit toestel luistert op {}; op een ander: carnet near {}"}, place, place));
    if (cli.qr || isatty(STDOUT_FILENO)) std::cout << qr_code(place);
  }
  std::cout << std::flush;
}

Result<void> be_found(const Cli& cli, Near& near) {
  auto address = cli.listen.value_or(local_network_address());
  if (address.empty()) return Error{Code::not_found, "this machine is in no local network: connect it to the Wi-Fi or by a cable, or turn on its hotspot"};
  auto port = near.listen(address, cli.near_port);
  if (!port) return port.error();
  tell_place(cli, fmt::format("{}:{}", address, *port));
  if (cli.unannounced) return {};
  if (auto looks = near.look_around(); !looks) std::cerr << "carnet: " << in_words(cli.speaks, looks.error().text) << "\n";
  return {};
}

}  // namespace

int near(const Cli& cli, Replica& replica) {
  std::optional<Met> last;
  Near* running = nullptr;
  Near near(replica, [&](const Met& met) {
    bool is_stranger = !met.we_called && met.report.spaces.empty();  // who had no key, and met nobody
    if (is_stranger) return;
    if (cli.as_json) std::cout << in_json(cli.speaks, met).dump() << std::endl;
    else print(replica, cli.speaks, met);
    std::fflush(stdout);
    last = met;
    if (cli.once || (!cli.name.empty() && !met.goes_on)) running->stop();
  });
  running = &near;
  if (auto able = near.is_able(); !able) return fail(cli, able.error());
  auto begun = cli.name.empty() ? be_found(cli, near) : near.call(cli.name);
  if (!begun) return fail(cli, begun.error());
  near.run(true);
  if (cli.name.empty() || !last) return ok;
  if (last->error) return last->report.spaces.empty() ? exit_code(last->error->code) : temporary;
  return last->report.refused.empty() ? ok : data_error;
}

}  // namespace carnet
