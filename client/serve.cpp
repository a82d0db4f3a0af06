#include "client/serve.hpp"

#include <fmt/format.h>
#include <spawn.h>

#include <ctime>
#include <fstream>
#include <iterator>
#include <memory>

#include "client/link.hpp"
#include "client/media.hpp"
#include "client/pages.hpp"
#include "client/paper.hpp"
#include "client/serve_bundles.hpp"
#include "client/serve_media.hpp"
#include "client/sync_thread.hpp"
#include "core/domain.hpp"
#include "sync/qr_code.hpp"

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

// The browser outlives us: it must not hold our port.
void open_browser(const std::string& address) {
  std::string program = "xdg-open", where = address;
  char* arguments[] = {program.data(), where.data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  pid_t child = 0;
  posix_spawnp(&child, "xdg-open", &actions, nullptr, arguments, environ);  // where there is none, the address was printed
  posix_spawn_file_actions_destroy(&actions);
}

class Service final : public Errands {
 public:
  explicit Service(const ServeOptions& options)
      : options_(options), home_(options.folder), server_("127.0.0.1", options.port, options.limits), gate_(home_.file("carnet.db.pages"), server_.port()), api_(home_, machine_, *this) {
    server_.every(look_milliseconds, [this] { look(); });
    begin();
    if (!gate_.phones().empty()) listen_for_phones();
  }

  void run(const std::function<void(const Serving&)>& ready) {
    ready({gate_.opening(), [this] { server_.stop(); }});
    if (options_.opens) open_browser(gate_.opening());
    server_.run([this](const Visit& visit) { return answer(visit); }, [this](const Visit& visit) { return gate_.most_body(visit); });
    syncs_.reset();
  }

  Result<void> start_sync() override {
    if (!syncs_) return Error{Code::invalid, say(api_.language(), {"the sample does not synchronise", "l'exemple ne se synchronise pas", "het voorbeeld synchroniseert niet"})};
    if (syncs_->is_running()) return Error{Code::busy, say(api_.language(), {"a synchronisation is under way", "une synchronisation est en cours", "er loopt al een synchronisatie"})};
    syncs_->sync_now();
    return {};
  }

  Result<void> call_near(const std::string& address) override {
    if (!syncs_) return Error{Code::invalid, "the sample exchanges nothing, neither over a network nor in files"};
    return syncs_->near().call(address);
  }

  json near_call() override {
    auto call = syncs_ ? syncs_->near().latest_call() : std::nullopt;
    if (!call) return {};
    auto* state = !call->is_over ? "running" : call->error.empty() ? "done" : "failed";
    return {{"address", call->address}, {"state", state}, {"said", call->said}, {"error", call->error.empty() ? json() : json(call->error)}};
  }

  void home_changed() override {
    begin();
    server_.tell("status", "{}");
  }

  Result<json> open_door(bool open) override {
    if (!open) {
      server_.open_door({});
      gate_.shut_door();
      server_.tell("status", "{}");
      return json::object();
    }
    auto address = door_address();
    if (address.empty())
      return Error{Code::invalid, say(api_.language(), {"this computer is in no local network: connect to the Wi-Fi, or turn on its hotspot", "cet ordinateur n'est dans aucun réseau local : connectez-le au Wi-Fi, ou activez son point d'accès",
                                                        "deze computer zit in geen lokaal netwerk: verbind met de wifi, of zet de hotspot aan"})};
    if (!server_.open_door(address)) return Error{Code::busy, fmt::format("another program listens at {}", address)};
    auto& door = gate_.open_door(address + ":" + std::to_string(server_.port()), unix_now());
    server_.tell("status", "{}");
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
    exchanging_ = false;
    if (!home_.replica()) return;
    version_ = data_version();
    stands_ = standing();
    if (home_.shows_sample() || home_.damage()) return;
    syncs_ = std::make_unique<SyncThread>(home_.database(), SyncThread::Told{
      [this](const json& event) {
        server_.tell("sync", event.dump(-1, ' ', false, json::error_handler_t::replace));
        bool running = event["state"] == "running";
        server_.post([this, running] {
          exchanging_ = running;
          if (!running) guarded([this] { settle(); });
        });
      },
      [this](const std::set<TableId>& tables) { tell_rows(tables); },
      [this] { server_.tell("status", "{}"); }});
  }

  Served answer(const Visit& visit) {
    auto request = read_target(visit.method, visit.target);
    if (!request) return {400, "text/plain; charset=utf-8", request.error().text + "\n"};
    Gate::Passed passed;
    if (auto stopped = gate_.stop(visit, request->path, passed)) return *stopped;
    request->from_phone = passed.phone;
    if (passed.phone) gate_.saw_phone(visit, unix_now());
    if (request->path == "/pair" && visit.method == "POST") return paired(visit);
    if (request->path == "/api/events" && visit.method == "GET") return listening();
    if (request->path.starts_with("/api/")) return answer_api(*request, visit.body);
    if (request->path == media_path && visit.method == "POST") return bring_media(home_, api_, visit);
    if (request->path == bundle_path && visit.method == "POST") return piece_of_bundle(*request, visit);
    if (visit.method != "GET" && visit.method != "HEAD") return {405, "text/plain; charset=utf-8", "pages are only read\n"};
    if (request->path.starts_with("/paper/")) return on_paper(*request);
    if (request->path.starts_with(std::string(media_path) + "/")) return media(home_, *request, visit);
    if (request->path.starts_with(std::string(bundle_path) + "/")) return bundle(api_, *request);
    if (request->path == "/open" && !visit.by_door) return gate_.open(*request);
    if (request->path == "/pair") return gate_.pair_page(api_.language());
    return page(request->path);
  }

  // What changed until now needs not be told to a page that begins to listen: it reads what stands.
  Served listening() {
    guarded([this] { look_at_others(); });
    return {200, "text/event-stream", "", {}, true};
  }

  Served paired(const Visit& visit) {
    auto served = gate_.pair(visit, api_.language(), unix_now());
    server_.tell("status", "{}");
    return served;
  }

  Served answer_api(ApiRequest& request, const std::string& body) {
    if (request.method != "GET") guarded([this] { look_at_others(); });
    request.body = body;
    auto response = api_.answer(request);
    guarded([this] { tell_changed(); });
    return {response.status, response.type, response.body};
  }

  Served piece_of_bundle(const ApiRequest& request, const Visit& visit) {
    guarded([this] { look_at_others(); });
    auto served = bring_piece(api_, request, visit);
    guarded([this] { tell_changed(); });
    return served;
  }

  // /paper/TOOL/ID.FORMAT
  Served on_paper(const ApiRequest& request) {
    auto name = request.path.substr(std::string_view("/paper/").size());
    if (name == "paper.css") return {200, type_of(name), std::string(stylesheet())};
    auto slash = name.find('/'), point = name.rfind('.');
    auto format = point == std::string::npos ? std::nullopt : format_of(name.substr(point + 1));
    auto* replica = home_.replica();
    if (!replica || !format || slash == std::string::npos || slash > point) return {404, "text/plain; charset=utf-8", "there is no such paper\n"};
    auto asked = request.query.find("language");
    auto printed = paper(*replica, name.substr(0, slash), RowId{std::strtoll(name.c_str() + slash + 1, nullptr, 10)}, *format,
                         asked == request.query.end() ? api_.language() : language_of(asked->second));
    if (!printed) return {404, "text/plain; charset=utf-8", printed.error().text + "\n"};
    Served served{200, printed->content_type, std::move(printed->bytes)};
    if (*format != Format::html) served.headers.push_back({"Content-Disposition", "attachment; filename=\"" + printed->file_name + "\""});
    return served;
  }

  void tell_rows(const std::set<TableId>& tables) {
    json names = json::array();
    for (auto& id : tables)
      if (auto* table = domain().find(id)) names.push_back(table->name);
    if (!names.empty()) server_.tell("rows", json{{"tables", names}}.dump());
  }

  // What pages show, in a few words that change with it.
  struct Standing {
    std::string rows, rest;
    bool operator==(const Standing&) const = default;
  };

  Standing standing() {
    auto& db = home_.replica()->database();
    auto get = [&](const char* sql) { return db.execAndGet(sql).getString(); };
    Standing now{get("SELECT group_concat(space||' '||digest||' '||rows) FROM carnet_space"),
                 get("SELECT (SELECT group_concat(space||' '||name||' '||acked) FROM carnet_space)||' '||(SELECT count(*)||' '||coalesce(max(n),0) FROM carnet_quarantine)||' '||"
                     "(SELECT count(*) FROM carnet_conflict)||' '||(SELECT count(*) FROM carnet_decided)||' '||(SELECT count(*) FROM carnet_reread)||' '||"
                     "coalesce((SELECT group_concat(value) FROM carnet_setting WHERE name GLOB 'met/*' OR name='near_place'),'')")};
    for (auto& setting : all_settings(*home_.replica())) now.rest += " " + setting.value;
    return now;
  }

  std::int64_t data_version() { return home_.replica()->database().execAndGet("PRAGMA data_version").getInt64(); }

  // Of what this program's own connection wrote, and of other programs' writes that it took notice of. Where yet others wrote meanwhile,
  // they are told when they are looked at.
  void tell_changed() {
    if (!home_.replica()) return;
    if (auto tables = home_.replica()->take_changed(); !tables.empty()) tell_rows(tables);
    auto now = standing();
    if (now.rest != stands_.rest) server_.tell("status", "{}");
    if (data_version() == version_) stands_ = now;
    else stands_.rest = now.rest;
  }

  // Of other programs' writes: which tables, the replica tells where it collects them; else they may be all.
  void look_at_others() {
    auto* replica = home_.replica();
    if (!replica || data_version() == version_) return;
    auto now = standing();
    if (syncs_ && now.rows != stands_.rows && now.rows != unexplained_) {  // the agent inside may be about to tell which
      unexplained_ = now.rows;
      return;
    }
    version_ = data_version();
    bool damaged = home_.look_for_damage();
    if (now.rows != stands_.rows && !exchanging_) {
      std::set<TableId> all;
      for (auto& table : replica->schema().tables) all.insert(TableId{table.number});
      tell_rows(all);
    }
    if (damaged || now.rest != stands_.rest) server_.tell("status", "{}");
    stands_ = now;
    if (!home_.damage()) replica->collect();
    tell_changed();
  }

  // After an exchange, which told its rows itself.
  void settle() {
    if (!home_.replica()) return;
    version_ = data_version();
    stands_ = standing();
    home_.look_for_damage();
    server_.tell("status", "{}");
  }

  // Where no phone came, nothing listens for one after the ten minutes.
  void close_unused_door() {
    auto& door = gate_.door();
    if (door.address.empty() || !gate_.phones().empty() || unix_now() <= door.expires) return;
    server_.open_door({});
    gate_.keep_door({});
    server_.tell("status", "{}");
  }

  void look() {
    close_unused_door();
    api_.bundles().look(unix_now());
    if (server_.streams() > 0) guarded([this] { look_at_others(); });
  }

  // What is wrong with the file, pages learn from what they ask for; looking at it ends nothing.
  static void guarded(const std::function<void()>& work) {
    try {
      work();
    } catch (const std::exception&) {
    }
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
  std::unique_ptr<SyncThread> syncs_;
  Standing stands_;
  std::string unexplained_;  // rows as they stood at the last look, where nobody had told why
  bool exchanging_ = false;
  std::int64_t version_ = 0;
};

}  // namespace

Result<void> serve(const ServeOptions& options, const std::function<void(const Serving&)>& ready) {
  std::unique_ptr<Service> service;
  try {
    service = std::make_unique<Service>(options);
  } catch (const std::system_error& fault) {
    if (fault.code() != std::errc::address_in_use) throw;
    return Error{Code::busy, fmt::format("port {} is taken: the pages may be open already; give another with --port", options.port)};
  }
  service->run(ready);
  return {};
}

}  // namespace carnet
