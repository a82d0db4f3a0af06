// What the subcommands of carnet-relay do, by topic; main.cpp reads the command line. Each prints what it has to tell and returns what
// the program ends with; faults of the store and wishes that cannot be met are exceptions.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "server/http_server.hpp"
#include "server/keys.hpp"
#include "server/sql_store.hpp"

namespace carnet {

enum Exit { ok = 0, bad_data = 65, no_input = 66, failed = 70, no_space = 73 };  // sysexits.h

std::int64_t unix_now();

// Spaces, devices and invites (commands_members.cpp).
int add_space(SqlStore& store, const std::string& name, const std::string& kind);
int add_device(SqlStore& store, const std::string& name, const std::vector<std::string>& spaces);  // with a person of its own
int add_device_of(SqlStore& store, const std::string& name, const std::string& person);
SpaceRecord space_named(SqlStore& store, const std::string& name);
DeviceRecord device_named(SqlStore& store, const std::string& name);
int revoke_device(SqlStore& store, const std::string& name);
int rotate_keys(SqlStore& store, const std::string& device);  // empty: of all
struct InviteOptions {
  std::string device, address;
  int days = 14;    // until it expires
  bool qr = false;  // as a code too, also where nobody looks at a terminal
};
int invite(SqlStore& store, const MasterKey& keys, const InviteOptions& options);

// After any of these: officers see it in the administration space, if there is one.
void tell_officers(SqlStore& store, const std::string& key);

// A link for an admin of some space to the page of how it stands (server/pages.hpp); earlier ones of that person are void.
int status_link(SqlStore& store, const MasterKey& keys, const std::string& person, const std::string& address, int days);
int revoke_status_links(SqlStore& store, const std::string& person);

// Keys and certificates (commands_keys.cpp).
int init(const std::string& store, const std::string& key);  // the store, and the key where there is none
int new_key(const std::string& key);
int new_certificate(const std::string& store);
int next_certificate(const std::string& store);
int switch_certificate(const std::string& store);

// The store as a whole (commands_store.cpp).
int status(SqlStore& store, bool as_json);
int restore(const std::string& path, const std::string& backup);
int new_life(SqlStore& store);  // of one that was restored by other means
int move_store(const std::string& from, const std::string& to);
int trim(SqlStore& store, int days);
int verify(SqlStore& store);

// Until SIGTERM (commands_serve.cpp).
int serve(ServerOptions options, const std::string& port_file);

}  // namespace carnet
