// What the commands of the program share: what was asked for on the command line, and how they end.
#pragma once
#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

#include "client/language.hpp"
#include "client/serve.hpp"
#include "core/replica.hpp"

namespace carnet {

// sysexits.h, so that scripts can tell what to do.
enum Exit { ok = 0, usage = 64, data_error = 65, no_input = 66, software = 70, no_space = 73, damaged = 74, temporary = 75, no_permission = 77 };

int exit_code(Code code);

struct Cli {
  Language speaks = language_of_machine();  // the replica's, once it is open
  std::string home;
  bool as_json = false, if_waiting = false, again = false, qr = false, with_photos = false, lends = false, once = false, unannounced = false;
  std::optional<std::string> space;
  std::string table, column, choice, invite, file = "-", name, tool, format = "docx";
  std::optional<std::string> language, output;
  std::optional<std::string> opened_at, listen;
  std::optional<std::string> value;
  std::int64_t id = 0;
  std::size_t number = 0, limit = 20, volume_mb = 0;
  std::uint16_t near_port = 0;
  std::vector<std::string> fields, words;
  ServeOptions pages;
};

int fail(const Cli& cli, const Error& error);          // says it, and with what the program ends
int done(const Cli& cli, const Result<void>& result);
std::string in_full(const nlohmann::json& value);
std::string database_of(const Cli& cli);

// What runs a command: on a replica that is open, or that it opens itself, if any.
using OnReplica = int(const Cli& cli, Replica& replica);
using OnHome = int(const Cli& cli);

OnHome init, rebuild, serve_pages;                                       // the replica as a whole (replica_commands.cpp)
OnReplica sync, traffic, status, settings, agent, rejoin, verify;
OnReplica list, show, search, add, edit, restore, remove;                // rows (row_commands.cpp)
OnReplica conflicts, resolve;
OnReplica reread;                                                        // texts that several wrote at once: lists them, or says that one was read again
OnReplica export_space, import_rows;
OnReplica print_paper;                                                   // a tool as a page, a DOCX or a CSV
OnReplica invite_device;                                                 // invite_command.cpp
OnReplica quarantine, quarantine_retry, quarantine_move, quarantine_drop;  // what was not taken (quarantine_commands.cpp); `id` is the number there, 0: all
OnReplica publish;
OnReplica bundle_write, bundle_read;                                     // sealed files for a stick (bundle_commands.cpp)
OnReplica near;                                                          // devices on the local network (near_command.cpp)

}  // namespace carnet
