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
  bool as_json = false, if_waiting = false, again = false, qr = false;
  std::optional<std::string> space;
  std::string table, column, choice, invite, file = "-", name, tool, format = "docx";
  std::optional<std::string> language, output;
  std::optional<std::string> opened_at;
  std::optional<std::string> value;
  std::int64_t id = 0;
  std::size_t number = 0, limit = 20;
  std::vector<std::string> fields, words;
  ServeOptions pages;
};

int fail(const Cli& cli, const Error& error);          // says it, and with what the program ends
int done(const Cli& cli, const Result<void>& result);
std::string in_full(const nlohmann::json& value);
std::string database_of(const Cli& cli);

// Commands on the replica as a whole (replica_commands.cpp).
int init(const Cli& cli);
int sync(const Cli& cli, Replica& replica);
int traffic(const Cli& cli, Replica& replica);
int status(const Cli& cli, Replica& replica);
int settings(const Cli& cli, Replica& replica);
int agent(const Cli& cli, Replica& replica);
int rejoin(const Cli& cli, Replica& replica);
int verify(const Cli& cli, Replica& replica);
int rebuild(const Cli& cli);
int serve_pages(const Cli& cli);

// Commands on rows (row_commands.cpp).
int list(const Cli& cli, Replica& replica);
int show(const Cli& cli, Replica& replica);
int search(const Cli& cli, Replica& replica);
int add(const Cli& cli, Replica& replica);
int edit(const Cli& cli, Replica& replica);
int restore(const Cli& cli, Replica& replica);
int remove(const Cli& cli, Replica& replica);
int conflicts(const Cli& cli, Replica& replica);
int resolve(const Cli& cli, Replica& replica);
int reread(const Cli& cli, Replica& replica);  // texts that several wrote at once: lists them, or says that one was read again
int export_space(const Cli& cli, Replica& replica);
int import_rows(const Cli& cli, Replica& replica);
int print_paper(const Cli& cli, Replica& replica);     // a tool as a page, a DOCX or a CSV

int invite_device(const Cli& cli, Replica& replica);  // invite_command.cpp

// Commands on what was not taken, and on spaces (quarantine_commands.cpp). `id` is the number in the quarantine; 0: all.
int quarantine(const Cli& cli, Replica& replica);
int quarantine_retry(const Cli& cli, Replica& replica);
int quarantine_move(const Cli& cli, Replica& replica);
int quarantine_drop(const Cli& cli, Replica& replica);
int publish(const Cli& cli, Replica& replica);

}  // namespace carnet
