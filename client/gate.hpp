// Who may ask the pages' server for what (client/API.md, "Who may ask"): by the address that was asked for, where the wish comes from, and a
// cookie. The machine's own key and the phones' are kept in a file of mode 0600 beside the replica (carnet.db.pages), phones' hashed, so that
// open pages survive a restart. No sockets; one thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/api.hpp"

namespace carnet {

// A request as it came, before anybody believed it.
struct Visit {
  std::string method, target, host, origin, type, cookie, range, body;
  bool by_door = false;  // came in through the door for phones
};

struct Served {
  int status = 200;
  std::string type, body;
  std::vector<std::pair<std::string, std::string>> headers = {};  // beside those that every answer has
  bool streams = false;  // server-sent events follow
  std::string file = {};  // whose bytes are the body, read as they go out
};

class Gate {
 public:
  Gate(std::string file, std::uint16_t port);

  // Nothing where the visit may go on, to this path without its escapes; else the answer.
  struct Passed {
    bool machine = false, phone = false;  // whose cookie it had; static pages need none
  };
  std::optional<Served> stop(const Visit& visit, const std::string& path, Passed& passed);
  // Bytes that the body of this visit, of which the head is known, may have where it brings a photo, a sound, a clip or a piece of a bundle; else nothing.
  std::optional<std::uint64_t> most_body(const Visit& visit);
  std::string opening() const;              // the address that opens the pages on this machine
  Served open(const ApiRequest& request);   // GET /open

  // Pairing.
  struct Door {
    std::string address;  // host:port at which phones find this machine
    std::string pin;
    std::int64_t expires = 0;  // unix seconds
    int tries = 0;
  };
  const Door& open_door(const std::string& address, std::int64_t now);  // a new PIN
  void shut_door();                                                     // and forgets the phones
  void keep_door(const std::string& address) { door_.address = address; }  // for phones that were paired earlier; no new ones
  const Door& door() const { return door_; }
  Served pair_page(Language language, const char* complaint = nullptr);
  Served pair(const Visit& visit, Language language, std::int64_t now);
  struct Phone {
    std::string name, hash;
    std::int64_t since = 0, last_seen = 0;  // unix seconds
  };
  const std::vector<Phone>& phones() const { return phones_; }
  void saw_phone(const Visit& visit, std::int64_t now);

  static constexpr int most_tries = 5;
  static constexpr std::int64_t door_seconds = 600;
  static constexpr std::size_t most_phones = 20;

 private:
  void read();
  void write();
  Phone* phone_of(const Visit& visit);
  std::string cookie_of(const Visit& visit) const;
  std::string cookie_name() const { return "carnet_" + std::to_string(port_); }
  bool is_host(const Visit& visit) const;

  std::string file_;
  std::uint16_t port_;
  std::string key_;
  std::vector<Phone> phones_;
  Door door_;
};

}  // namespace carnet
