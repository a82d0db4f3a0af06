// `carnet serve` in a thread of this process, and a page that asks it over real sockets.
#pragma once
#include <nlohmann/json.hpp>

#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "client/serve.hpp"
#include "tests/doors/caller.hpp"

namespace carnet::test {

struct Answered {
  explicit Answered(const std::string& bytes);
  nlohmann::json json() const { return nlohmann::json::parse(body); }
  std::string head(const std::string& name) const { return heads.contains(name) ? heads.at(name) : ""; }

  int status = 0;  // 0: nothing was said
  std::map<std::string, std::string> heads;
  std::string body;
};

// What a request says beside its target. The heads of a page of this server, unless told otherwise.
struct Manners {
  std::optional<std::string> host = {}, origin = {}, cookie = {};
  std::string type = "application/json", from = "127.0.0.1", to = "127.0.0.1";
};

class Pages {
 public:
  explicit Pages(ServeOptions options) {
    options.port = 0;
    auto ready = std::make_shared<std::promise<Serving>>();
    thread_ = std::thread([this, options, ready] {
      bool begins = true;
      try {
        (void)serve(options, [&](const Serving& begun) {
          begins = false;
          ready->set_value(begun);
        });
      } catch (const std::exception&) {
        ended_by_fault = true;
        if (begins) ready->set_exception(std::current_exception());
      }
    });
    serving = ready->get_future().get();
    auto colon = serving.address.rfind(':');
    port = static_cast<std::uint16_t>(std::stoi(serving.address.substr(colon + 1)));
    key = serving.address.substr(serving.address.find("key=") + 4);
  }
  ~Pages() { stop(); }
  void stop() {
    if (!thread_.joinable()) return;
    serving.stop();
    thread_.join();
  }

  std::string host() const { return "127.0.0.1:" + std::to_string(port); }
  std::string cookie() const { return "carnet_" + std::to_string(port) + "=" + key; }
  std::string request(const std::string& method, const std::string& target, const std::string& body = "", const Manners& manners = {}) const {
    auto host = manners.host.value_or(this->host());
    auto text = method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\nCookie: " + manners.cookie.value_or(cookie()) + "\r\n";
    if (method == "GET") return text + "\r\n";
    if (manners.origin != "") text += "Origin: " + manners.origin.value_or("http://" + host) + "\r\n";
    if (!manners.type.empty()) text += "Content-Type: " + manners.type + "\r\n";
    return text + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  Answered ask(const std::string& method, const std::string& target, const std::string& body = "", const Manners& manners = {}) const {
    Caller caller(port, manners.from, manners.to);
    caller.wait_at_most(30);
    caller.say(request(method, target, body, manners));
    return Answered(caller.hear(""));
  }
  Answered get(const std::string& target, const Manners& manners = {}) const { return ask("GET", target, "", manners); }
  Answered post(const std::string& target, const nlohmann::json& body, const Manners& manners = {}) const { return ask("POST", target, body.dump(), manners); }

  Serving serving;
  std::uint16_t port = 0;
  std::string key;
  bool ended_by_fault = false;

 private:
  std::thread thread_;
};

inline Answered::Answered(const std::string& bytes) {
  auto end = bytes.find("\r\n\r\n");
  if (!bytes.starts_with("HTTP/1.1 ") || end == std::string::npos) return;
  status = std::stoi(bytes.substr(9));
  body = bytes.substr(end + 4);
  for (auto at = bytes.find("\r\n") + 2; at < end;) {
    auto stop = bytes.find("\r\n", at), colon = bytes.find(": ", at);
    heads[bytes.substr(at, colon - at)] = bytes.substr(colon + 2, stop - colon - 2);
    at = stop + 2;
  }
}

// A page that listens to events.
class Listener {
 public:
  explicit Listener(const Pages& pages, const Manners& manners = {}) : caller_(pages.port, manners.from, manners.to) {
    caller_.wait_at_most(30);
    caller_.say(pages.request("GET", "/api/events", "", manners));
    text_ = caller_.hear(": here\n\n");
    head = Answered(text_.substr(0, text_.find("\r\n\r\n") + 4));
    text_.erase(0, text_.find(": here\n\n") + 8);
  }
  // The next event as {"rows": {...}}; null where none comes for half a minute, or the stream ends.
  nlohmann::json next() {
    for (;;) {
      auto end = text_.find("\n\n");
      if (end == std::string::npos) {
        auto more = caller_.hear("\n\n");
        if (more.empty()) return {};
        text_ += more;
        continue;
      }
      auto event = text_.substr(0, end);
      text_.erase(0, end + 2);
      auto data = event.find("\ndata: ");
      if (event.starts_with("event: ") && data != std::string::npos) return {{event.substr(7, data - 7), nlohmann::json::parse(event.substr(data + 7))}};
    }
  }
  // The next one of this name; those that came before are let go.
  nlohmann::json next(const std::string& name) {
    for (auto event = next();; event = next())
      if (event.is_null() || event.contains(name)) return event.is_null() ? event : event[name];
  }
  void leave() { caller_.finish(); }

  Answered head{""};

 private:
  Caller caller_;
  std::string text_;
};

}  // namespace carnet::test
