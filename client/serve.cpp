#include "client/serve.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <qrencode.h>
#include <spawn.h>
#include <sys/socket.h>

#include <ctime>
#include <fstream>
#include <iterator>
#include <memory>

#include "client/pages.hpp"
#include "client/serve_http.hpp"
#include "client/sync_thread.hpp"

extern char** environ;

namespace carnet {

using nlohmann::json;

namespace {

constexpr int look_milliseconds = 500;  // how often other programs' writes are looked for, while a page is open

std::int64_t unix_now() { return std::time(nullptr); }

const char* type_of(std::string_view name) {
  if (name.ends_with(".html")) return "text/html; charset=utf-8";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".svg")) return "image/svg+xml";
  return "application/octet-stream";
}

// Of the first interface of a network that is neither this machine nor, by its address, the internet.
std::string local_network_address() {
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) return {};
  std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> held(all, &freeifaddrs);
  std::string found;
  for (auto* each = all; each; each = each->ifa_next) {
    if (!each->ifa_addr || each->ifa_addr->sa_family != AF_INET || !(each->ifa_flags & IFF_UP) || (each->ifa_flags & IFF_LOOPBACK)) continue;
    auto address = ntohl(reinterpret_cast<sockaddr_in*>(each->ifa_addr)->sin_addr.s_addr);
    bool is_private = address >> 24 == 10 || address >> 20 == 0xac1 || address >> 16 == 0xc0a8;
    char text[INET_ADDRSTRLEN];
    in_addr network{htonl(address)};
    if (is_private && found.empty() && inet_ntop(AF_INET, &network, text, sizeof text)) found = text;
  }
  return found;
}

// As a path of squares, in one colour, with the quiet zone around it.
std::string qr_svg(const std::string& text) {
  std::unique_ptr<QRcode, decltype(&QRcode_free)> code(QRcode_encodeString8bit(text.c_str(), 0, QR_ECLEVEL_M), QRcode_free);
  if (!code) return {};
  constexpr int quiet = 4;
  auto size = std::to_string(code->width + 2 * quiet);
  std::string path;
  for (int y = 0; y < code->width; ++y)
    for (int x = 0; x < code->width; ++x)
      if (code->data[y * code->width + x] & 1) path += "M" + std::to_string(x + quiet) + " " + std::to_string(y + quiet) + "h1v1h-1z";
  return "<svg viewBox=\"0 0 " + size + " " + size + "\" role=\"img\" aria-label=\"QR\"><path d=\"" + path + "\"/></svg>";
}

void open_browser(const std::string& address) {
  std::string program = "xdg-open", where = address;
  char* arguments[] = {program.data(), where.data(), nullptr};
  pid_t child = 0;
  posix_spawnp(&child, "xdg-open", nullptr, nullptr, arguments, environ);  // where there is none, the address was printed
}

class Service final : public Errands {
 public:
  explicit Service(const ServeOptions& options)
      : options_(options), home_(options.folder), server_("127.0.0.1", options.port), gate_(home_.file("carnet.db.pages"), server_.port()), api_(home_, machine_, *this) {
    server_.every(look_milliseconds, [this] { look(); });
    begin();
    if (!gate_.phones().empty()) listen_for_phones();
  }

  void run(const std::function<void(const std::string&)>& ready) {
    ready(gate_.opening());
    if (options_.opens) open_browser(gate_.opening());
    server_.run([this](const Visit& visit) { return answer(visit); });
    syncs_.reset();
  }

  Result<void> start_sync() override {
    if (!syncs_) return Error{Code::invalid, say(api_.language(), {"the sample does not synchronise", "l'exemple ne se synchronise pas", "het voorbeeld synchroniseert niet"})};
    if (syncs_->is_running()) return Error{Code::busy, say(api_.language(), {"a synchronisation is under way", "une synchronisation est en cours", "er loopt al een synchronisatie"})};
    syncs_->sync_now();
    return {};
  }

  void home_changed() override {
    begin();
    server_.tell("status", "{}");
  }

  Result<json> open_door(bool open) override {
    if (!open) {
      gate_.shut_door();
      server_.open_door({});
      return json::object();
    }
    auto address = door_address();
    if (address.empty())
      return Error{Code::invalid, say(api_.language(), {"this computer is in no local network: connect to the Wi-Fi, or turn on its hotspot", "cet ordinateur n'est dans aucun réseau local : connectez-le au Wi-Fi, ou activez son point d'accès",
                                                        "deze computer zit in geen lokaal netwerk: verbind met de wifi, of zet de hotspot aan"})};
    if (!server_.open_door(address)) return Error{Code::busy, "another program listens at " + address};
    auto& door = gate_.open_door(address + ":" + std::to_string(server_.port()), unix_now());
    auto where = "http://" + door.address + "/pair";
    return json{{"address", where}, {"pin", door.pin}, {"qr", qr_svg(where)}, {"expires", door.expires}};
  }

  json door() override {
    json phones = json::array();
    for (auto& phone : gate_.phones()) phones.push_back({{"name", phone.name}, {"since", phone.since}, {"last_seen", phone.last_seen}});
    auto& door = gate_.door();
    bool open = !door.pin.empty() && unix_now() <= door.expires;
    return {{"on", open}, {"address", door.address.empty() ? "" : "http://" + door.address + "/pair"}, {"phones", phones}};
  }

 private:
  std::string door_address() const { return options_.door.empty() ? local_network_address() : options_.door; }

  void listen_for_phones() {
    auto address = door_address();
    if (!address.empty() && server_.open_door(address)) gate_.keep_door(address + ":" + std::to_string(server_.port()));
  }

  // With the replica that is shown now.
  void begin() {
    syncs_.reset();
    written_.reset();
    auto* replica = home_.replica();
    if (!replica) return;
    written_ = std::make_unique<WrittenTables>(*replica);
    stands_ = standing();
    if (home_.shows_sample() || home_.damage()) return;
    syncs_ = std::make_unique<SyncThread>(home_.database(), SyncThread::Told{
      [this](const json& event) {
        server_.tell("sync", event.dump());
        if (event["state"] != "running") server_.tell("status", "{}");
      },
      [this](const std::set<std::string>& tables) {
        tell_rows(tables);
        server_.post([this] { stands_ = standing(); });
      }});
  }

  Served answer(const Visit& visit) {
    Gate::Passed passed;
    if (auto stopped = gate_.stop(visit, passed)) return *stopped;
    auto request = read_target(visit.method, visit.target);
    if (!request) return {400, "text/plain; charset=utf-8", request.error().text + "\n"};
    request->from_phone = passed.phone;
    if (passed.phone) gate_.saw_phone(visit, unix_now());
    if (request->path == "/open" && !visit.by_door) return gate_.open(*request);
    if (request->path == "/pair") return visit.method == "POST" ? paired(visit) : gate_.pair_page(api_.language());
    if (request->path == "/api/events" && visit.method == "GET") return {200, "text/event-stream", "", {}, true};
    if (request->path.starts_with("/api/")) return answer_api(*request, visit.body);
    return page(request->path);
  }

  Served paired(const Visit& visit) {
    auto served = gate_.pair(visit, api_.language(), unix_now());
    server_.tell("status", "{}");
    return served;
  }

  Served answer_api(ApiRequest& request, const std::string& body) {
    request.body = body;
    auto response = api_.answer(request);
    if (request.method != "GET" && response.status < 300) tell_of(request);
    return {response.status, response.type, response.body};
  }

  // What this wish changed.
  void tell_of(const ApiRequest& request) {
    if (!home_.replica()) return;
    auto tables = written_->take();
    if (!tables.empty()) tell_rows(tables);
    stands_ = standing();
    if (!request.path.starts_with("/api/rows") && request.path != "/api/ids") server_.tell("status", "{}");
  }

  void tell_rows(const std::set<std::string>& tables) { server_.tell("rows", json{{"tables", tables}}.dump()); }

  // Changes whenever rows did, whoever wrote them.
  std::pair<std::int64_t, std::int64_t> standing() {
    auto* replica = home_.replica();
    if (!replica) return {};
    auto sum = replica->database().execAndGet("SELECT coalesce(sum(seq+cursor),0) FROM carnet_space").getInt64();
    return {sum, replica->database().execAndGet("SELECT coalesce(max(n),0) FROM carnet_log").getInt64()};
  }

  void look() {
    auto* replica = home_.replica();
    if (!replica || server_.streams() == 0 || (syncs_ && syncs_->is_running())) return;
    auto version = replica->database().execAndGet("PRAGMA data_version").getInt64();
    if (version == version_) return;
    version_ = version;
    auto now = standing();
    if (now == stands_) return;
    stands_ = now;
    std::set<std::string> all;
    for (auto& table : replica->schema().tables) all.insert(std::string(table.name));
    tell_rows(all);
    server_.tell("status", "{}");
  }

  Served page(const std::string& path) {
    auto name = path == "/" ? std::string("index.html") : path.substr(1);
    if (name.find('/') == std::string::npos && name.find("..") == std::string::npos) {
      if (!options_.pages.empty()) {
        std::ifstream from(options_.pages + "/" + name, std::ios::binary);
        if (from) return {200, type_of(name), std::string(std::istreambuf_iterator<char>(from), {})};
      } else if (auto file = name == "sample.json" ? std::nullopt : embedded_page(name)) {
        return {200, type_of(name), std::string(*file)};
      }
    }
    return {404, "text/plain; charset=utf-8", "there is no such page\n"};
  }

  ServeOptions options_;
  Home home_;
  PageServer server_;
  Gate gate_;
  LinuxMachine machine_;
  Api api_;
  std::unique_ptr<WrittenTables> written_;
  std::unique_ptr<SyncThread> syncs_;
  std::pair<std::int64_t, std::int64_t> stands_;
  std::int64_t version_ = 0;
};

}  // namespace

Result<void> serve(const ServeOptions& options, const std::function<void(const std::string&)>& ready) {
  std::unique_ptr<Service> service;
  try {
    service = std::make_unique<Service>(options);
  } catch (const std::system_error& fault) {
    if (fault.code() != std::errc::address_in_use) throw;
    return Error{Code::busy, "port " + std::to_string(options.port) + " is taken: the pages may be open already; give another with --port"};
  }
  service->run(ready);
  return {};
}

}  // namespace carnet
