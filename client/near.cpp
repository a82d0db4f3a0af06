#include "client/near.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <ctime>
#include <map>
#include <sstream>

#include "client/keys.hpp"
#include "client/link.hpp"
#include "client/media.hpp"
#include "client/near_channel.hpp"
#include "client/neighbours.hpp"
#include "client/sync_lock.hpp"

namespace carnet {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

namespace {

constexpr std::size_t most_called = 8, most_calling = 8;  // connections at once, from others and to others
constexpr std::size_t most_neighbours = 256;
constexpr int most_without_photo = 3;  // meetings one after the other that make none whole: the largest clip takes two
constexpr std::chrono::seconds look_again{15};
constexpr std::int64_t meet_again = 600;  // seconds, where nothing is new here
constexpr auto met_prefix = "met/";

// In the local network, by the address.
bool is_near(const asio::ip::address& address) {
  if (address.is_v4()) return address.is_loopback() || is_private(address.to_v4().to_uint());
  auto v6 = address.to_v6();
  return v6.is_loopback() || v6.is_link_local() || (v6.to_bytes()[0] & 0xfe) == 0xfc;  // the last: unique local
}

Result<tcp::endpoint> endpoint_of(const std::string& text) {
  bool is_long = text.size() > most_place_bytes;
  Error none{Code::invalid, fmt::format("'{}' is no address of another device; it shows its own, like 192.168.1.5:40123", is_long ? text.substr(0, most_place_bytes) + "..." : text)};
  if (is_long) return none;
  auto colon = text.rfind(':');
  if (colon == std::string::npos) return none;
  auto host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  boost::system::error_code fault;
  auto address = asio::ip::make_address(host, fault);
  std::uint16_t port = 0;
  auto [end, code] = std::from_chars(text.data() + colon + 1, text.data() + text.size(), port);
  if (fault || code != std::errc() || end != text.data() + text.size() || port == 0) return none;
  return tcp::endpoint(address, port);
}

void note_met(Replica& replica, const MeetingReport& report) {
  if (report.peer) replica.set(met_prefix + std::to_string(report.peer->value), fmt::format("{} {}", std::time(nullptr), report.rows));
}

}  // namespace

struct Near::Network {
  struct Why {                                // a channel is there; none of it where the other one called
    std::string neighbour = {};               // the name under which it was found
    std::optional<tcp::endpoint> asked = {};  // by call()
    int without_photo = 0;                    // meetings with it, one after the other
  };
  struct Neighbour {
    tcp::endpoint where;
    std::string news;  // what was here when we met last
    std::int64_t at = 0;
    bool is_called = false;
  };

  Replica& replica;
  std::function<void(const Met&)> met;
  asio::io_context io{1};
  NearTls tls;
  NearChannel::Host host;
  tcp::acceptor acceptor{io};
  asio::steady_timer again{io}, look_timer{io};
  std::map<std::shared_ptr<NearChannel>, Why> channels;
  std::size_t called = 0;  // by others
  std::map<std::string, Neighbour> known;
  std::unique_ptr<Neighbours> neighbours;
  std::optional<SyncLock> lock;
  std::function<bool()> still;
  bool stopped = false;

  Network(Replica& of, std::function<void(const Met&)> to, Patience patience) : replica(of), met(std::move(to)) {
    host = {patience, [this] { return keys().spaces; }, [this](Meeting::Channel channel) { return begin(std::move(channel)); }, [this](NearChannel& channel, const Met& how) { ended(channel, how); }};
  }
  ~Network() { neighbours.reset(); }

  DeviceKeys keys() {
    auto all = read_keys(replica.database().getFilename()).value_or(DeviceKeys{});
    auto own = all.of(replica.device());
    all.spaces = own ? keys_to_meet_by(replica, *own, std::move(all.spaces)) : std::vector<SpaceKey>{};
    return all;
  }

  std::unique_ptr<Meeting> begin(Meeting::Channel channel) {
    if (!lock) {
      auto taken = SyncLock::take(transfer_lock(replica), "a sync");
      if (!taken) return nullptr;
      lock.emplace(std::move(*taken));
    }
    auto held = keys();
    return std::make_unique<Meeting>(replica, held.of(replica.device()).value_or(DeviceKey{}), held.spaces, std::move(channel), std::time(nullptr), std::make_unique<MediaShelf>(replica));
  }

  void accept() {
    acceptor.async_accept([this](boost::system::error_code fault, tcp::socket socket) {
      if (fault == asio::error::operation_aborted || stopped) return;
      if (!fault && called < most_called) add(std::move(socket), false, {})->answer();
      if (fault) {  // too many open files, and the like
        again.expires_after(std::chrono::milliseconds(100));
        return again.async_wait([this](boost::system::error_code) { accept(); });
      }
      accept();
    });
  }

  std::shared_ptr<NearChannel> add(tcp::socket socket, bool is_caller, const Why& why) {
    auto channel = std::make_shared<NearChannel>(std::move(socket), tls, is_caller, host);
    channels[channel] = why;
    called += !is_caller;
    return channel;
  }
  void call(const Why& why) {
    asio::post(io, [this, why] { add(tcp::socket(io), true, why)->call(*why.asked); });
  }

  void ended(NearChannel& channel, Met how) {
    auto at = channels.find(channel.shared_from_this());
    auto why = at->second;
    called -= !how.we_called;
    note_met(replica, how.report);
    if (auto found = known.find(why.neighbour); found != known.end()) {
      found->second.is_called = false;
      found->second.at = std::time(nullptr);
      if (how.report.has_more) found->second.news.clear();  // soon again
      else if (!how.error) found->second.news = news();
    }
    channels.erase(at);
    if (std::none_of(channels.begin(), channels.end(), [](auto& each) { return each.first->is_meeting(); })) lock.reset();
    why.without_photo = how.report.photos + how.report.photos_sent > 0 ? 0 : why.without_photo + 1;
    how.by_address = why.asked.has_value();
    how.goes_on = how.by_address && !how.error && how.report.has_more && why.without_photo < most_without_photo;
    met(how);
    if (how.goes_on) call(why);
  }

  // Changes with every row that is written, or comes.
  std::string news() {
    replica.collect();
    std::string all;
    for (auto& space : replica.spaces()) all += fmt::format("{}:{}:{} ", space.id.value, space.seq.value, replica.luggage(space.id).bytes);
    return all;
  }

  // Of two that find each other at once, one calls.
  void found(const std::string& name, const std::string& address, std::uint16_t port) {
    boost::system::error_code fault;
    auto at = asio::ip::make_address(address, fault);
    if (fault || !is_near(at) || (known.size() >= most_neighbours && !known.contains(name))) return;
    auto& neighbour = known[name];
    neighbour.where = {at, port};
    if (neighbours && neighbours->name() < name) visit(name, neighbour);
  }
  void visit(const std::string& name, Neighbour& neighbour) {
    if (neighbour.is_called || channels.size() - called >= most_calling) return;
    neighbour.is_called = true;
    add(tcp::socket(io), true, {.neighbour = name})->call(neighbour.where);
  }
  void look() {
    look_timer.expires_after(look_again);
    look_timer.async_wait([this](boost::system::error_code fault) {
      if (fault || stopped) return;
      if (still && !still()) return stop();
      auto present = news();
      auto now = static_cast<std::int64_t>(std::time(nullptr));
      for (auto& [name, neighbour] : known)
        if (neighbour.news != present || now - neighbour.at > meet_again) visit(name, neighbour);
      look();
    });
  }
  void stop() {
    stopped = true;
    io.stop();
  }
};

Result<void> is_place(const std::string& host_and_port) {
  auto where = endpoint_of(host_and_port);
  if (!where) return where.error();
  if (is_near(where->address())) return {};
  return Error{Code::invalid, fmt::format("{} is in no local network: from a page only a device on the same Wi-Fi or cable is called", host_and_port)};
}

Near::Near(Replica& replica, std::function<void(const Met&)> met, Patience patience) : network_(std::make_unique<Network>(replica, std::move(met), patience)) {}
Near::~Near() = default;

Result<void> Near::is_able() {
  if (!network_->keys().spaces.empty()) return {};
  return Error{Code::not_allowed, "this device has no key yet by which others know it: the relay gives it one at the next sync"};
}

Result<std::uint16_t> Near::listen(const std::string& address, std::uint16_t port) {
  boost::system::error_code fault;
  auto at = asio::ip::make_address(address, fault);
  Error none{Code::not_found, fmt::format("'{}' is no address of this machine, like 192.168.1.5", address)};
  if (fault) return none;
  auto& acceptor = network_->acceptor;
  tcp::endpoint where(at, port);
  acceptor.open(where.protocol());
  acceptor.set_option(tcp::acceptor::reuse_address(true));
  acceptor.bind(where, fault);
  if (!fault) acceptor.listen(static_cast<int>(most_called), fault);
  auto place = fmt::format("{}:{}", address, port);
  if (fault == asio::error::address_in_use) return Error{Code::busy, fmt::format("another program listens at {}", place)};
  if (fault) return none;
  network_->accept();
  return acceptor.local_endpoint().port();
}

Result<void> Near::look_around() {
  auto& network = *network_;
  auto own = network.acceptor.local_endpoint();
  auto begun = Neighbours::begin(own.address().to_string(), own.port(), {
    [&network](const std::string& name, const std::string& address, std::uint16_t port) { asio::post(network.io, [&network, name, address, port] { network.found(name, address, port); }); },
    [&network](const std::string& name) { asio::post(network.io, [&network, name] { network.known.erase(name); }); }});
  if (!begun) return begun.error();
  network.neighbours = std::move(*begun);
  return {};
}

Result<void> Near::call(const std::string& host_and_port) {
  auto where = endpoint_of(host_and_port);
  if (!where) return where.error();
  network_->call({.asked = *where});
  return {};
}

void Near::run(bool by_signals, std::function<bool()> still) {
  network_->still = std::move(still);
  network_->look();
  asio::signal_set signals(network_->io);
  if (by_signals) {
    signals.add(SIGTERM);
    signals.add(SIGINT);
    signals.async_wait([this](boost::system::error_code fault, int) {
      if (!fault) network_->stop();
    });
  }
  network_->io.run();
  for (auto held = network_->channels; auto& [channel, neighbour] : held) channel->cut();
}

void Near::stop() {
  asio::post(network_->io, [this] { network_->stop(); });
}

std::string name_of(Replica& replica, DeviceId device) {
  if (!replica.schema().find("device")) return {};
  SQLite::Statement select(replica.database(), "SELECT name FROM device WHERE number=? AND name IS NOT NULL LIMIT 1");
  select.bind(1, static_cast<std::int64_t>(device.value));
  return select.executeStep() ? select.getColumn(0).getString() : std::string();
}

std::vector<LastMet> last_met(Replica& replica) {
  std::vector<LastMet> all;
  SQLite::Statement select(replica.database(), "SELECT CAST(substr(name,5) AS INTEGER),value FROM carnet_setting WHERE name GLOB 'met/*'");
  while (select.executeStep()) {
    LastMet met{DeviceId{select.getColumn(0).getUInt()}, {}};
    met.name = name_of(replica, met.device);
    std::istringstream(select.getColumn(1).getString()) >> met.at >> met.rows;
    all.push_back(met);
  }
  std::sort(all.begin(), all.end(), [](auto& a, auto& b) { return a.at > b.at; });
  return all;
}

}  // namespace carnet
