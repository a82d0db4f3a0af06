#include "client/command_line.hpp"

#include "client/paper.hpp"
#include "client/phrases.hpp"
#include "client/search.hpp"

namespace carnet {

namespace {

using Needs = Command::Needs;

std::string default_home() {
  if (auto* home = std::getenv("HOME")) return std::string(home) + "/.local/share/carnet";
  return ".";
}

}  // namespace

CommandLine::CommandLine(Cli& cli) : cli_(cli) {
  app_.option_defaults()->group(in("Options"));
  app_.set_help_flag("-h,--help", "print this help and end");
  app_.group(in("Subcommands"));
  for (auto* label : {"Usage", "Positionals", "OPTIONS", "SUBCOMMAND", "SUBCOMMANDS", "REQUIRED", "Env", "TEXT", "INT", "UINT"}) app_.get_formatter()->label(label, in(label));
  app_.failure_message([this](const CLI::App*, const CLI::Error& error) { return in(error.what()) + "\n" + in("Run with --help for more information.") + "\n"; });
  app_.require_subcommand(1);
  app_.fallthrough();
  app_.add_option("--home", cli.home, "folder of this replica")->envname("CARNET_HOME")->default_val(default_home());
  app_.add_flag("--json", cli.as_json, "print JSON");
  app_.footer(in("Exit codes: 0 done; 64 or more as in sysexits.h: 65 wrong data, 66 not found, 73 the disk is full, 74 the replica is damaged, 75 the link was lost and the rest follows later, 77 not allowed."));
  declare_home();
  declare_sync();
  declare_rows();
  declare_conflicts();
  declare_quarantine();
  declare_bundles();
  declare_near();
  declare_spaces();
  tell_in_words(app_);
}

std::string CommandLine::in(const std::string& english) const { return in_words(cli_.speaks, english); }

void CommandLine::tell_in_words(CLI::App& app) {
  app.description(in(app.get_description()));
  for (auto* option : app.get_options()) option->description(in(option->get_description()));
  for (auto* command : app.get_subcommands({})) tell_in_words(*command);
}

Command CommandLine::parse(int argc, char** argv) {
  app_.parse(argc, argv);
  const CLI::App* asked = &app_;
  while (!asked->get_subcommands().empty()) asked = asked->get_subcommands().front();
  return commands_.at(asked);
}

CLI::App* CommandLine::add(CLI::App& to, const char* name, const char* help, Command command) {
  auto* added = to.add_subcommand(name, help);
  commands_[added] = command;
  return added;
}

void CommandLine::declare_home() {
  auto* init = on_home("init", "enrol this device with an invite; works without a connection", Needs::nothing, &carnet::init);
  init->add_option("--invite", cli_.invite, "the invite, carnet1-...")->required();
  auto* rejoin = writes("rejoin", "a new key for this replica by a new invite, where its key file was lost or withdrawn; all that is written stays", &carnet::rejoin);
  rejoin->add_option("--invite", cli_.invite, "the invite, carnet1-...")->required();
  auto* serve = on_home("serve", "open the pages on this machine, and sync beside them, until SIGTERM", Needs::nothing, &serve_pages);
  serve->add_option("--port", cli_.pages.port, "port on 127.0.0.1; 0 for any free one")->capture_default_str();
  serve->add_flag("--open", cli_.pages.opens, "in a browser, too");
  serve->add_option("--door", cli_.pages.door, "the address at which phones find this machine; else that of its local network");
  serve->add_option("--ui", cli_.pages.pages, "a folder of pages to serve instead of those in the program")->check(CLI::ExistingDirectory);
  add(app_, "verify", "read the whole replica and hold it against what was written", {Needs::replica, nullptr, &verify});
  auto* rebuild = on_home("rebuild", "put a fresh replica in the place of a damaged one: unsent work is taken over, the rest comes from the relay", Needs::file, &carnet::rebuild);
  rebuild->add_option("--invite", cli_.invite, "a new invite, where the damaged file does not tell any more who this device is");
}

void CommandLine::declare_sync() {
  auto* sync = writes("sync", "send and receive what there is, and compare", &carnet::sync);
  sync->add_flag("--if-waiting", cli_.if_waiting, "send no byte where nothing waits here");
  writes("agent", "sync by itself, as the settings say, until SIGTERM", &agent);
  auto* settings = writes("settings", "when to sync, over which links, for how much money: show, or set one", &carnet::settings);
  settings->add_option("name", cli_.name, "setting");
  settings->add_option("value", cli_.value, "its new value");
  writes("traffic", "what moved, by day and kind of link, and what it cost", &traffic);
  reads("status", "what waits, what it will cost, when it goes, what is open, when last verified", &status);
}

void CommandLine::declare_rows() {
  auto wants_space = [&](CLI::App* sub) { sub->add_option("--space", cli_.space, "space, by name or number"); };
  auto wants_table = [&](CLI::App* sub) { sub->add_option("table", cli_.table, "table")->required(); };
  auto wants_row = [&](CLI::App* sub) { sub->add_option("id", cli_.id, "row")->required(); };
  auto wants_fields = [&](CLI::App* sub) { sub->add_option("fields", cli_.fields, "column=value, or column=@file; in `add`, what refers to a row may give its name")->required(); };
  auto* list = reads("list", "rows of a table", &carnet::list);
  wants_table(list);
  wants_space(list);
  auto* search = writes("search", "rows that hold all these words: accents and case do not count, the last one may be a beginning, quotes hold a phrase together", &carnet::search);
  search->add_option("words", cli_.words, "what to look for")->required();
  search->add_option("--limit", cli_.limit, "how many rows at the most")->check(CLI::Range(std::size_t{1}, most_hits))->option_text(fmt::format("{} 1-{}, {}", in("UINT"), most_hits, cli_.limit));
  wants_space(search);
  wants_row(reads("show", "a row and its history", &show));
  auto* add = writes("add", "add a row", &carnet::add);
  wants_table(add);
  wants_fields(add);
  wants_space(add);
  auto* edit = writes("edit", "change a row", &carnet::edit);
  wants_row(edit);
  wants_fields(edit);
  edit->add_option("--opened-at", cli_.opened_at, "the version of a text that was opened, as `show --json` tells it: what came in since stays");
  auto* restore = writes("restore", "write a value of a row's history again, also of a deleted one", &carnet::restore);
  wants_row(restore);
  restore->add_option("number", cli_.number, "its number, as `show` tells it")->required();
  wants_row(writes("remove", "delete a row and its parts", &carnet::remove));
  auto* paper = reads("paper", "a tool as a file to print or to go on with", &print_paper);
  paper->add_option("tool", cli_.tool, "which one, see below")->required();
  wants_row(paper);
  paper->add_option("--format", cli_.format, "docx, html or csv")->capture_default_str()->check(CLI::IsMember({"docx", "html", "csv"}));
  paper->add_option("--language", cli_.language, "fr, nl or en; otherwise this device's")->check(CLI::IsMember({"fr", "nl", "en"}));
  paper->add_option("-o,--output", cli_.output, "file; - for standard output; otherwise named after what it holds, in this folder");
  paper->footer(in("Tools, and of what the id is:") + "\n" + tools_in_words(cli_.speaks));
}

void CommandLine::declare_conflicts() {
  reads("conflicts", "where two people wrote without knowing of each other", &conflicts);
  auto* reread = writes("reread", "texts in which two people wrote in one paragraph without knowing of each other; with a row and a column: it was read again", &carnet::reread);
  reread->add_option("id", cli_.id, "row");
  reread->add_option("column", cli_.column, "column");
  auto* resolve = writes("resolve", "settle a conflict", &carnet::resolve);
  resolve->add_option("id", cli_.id, "row")->required();
  resolve->add_option("column", cli_.column, "column; (row) for a deletion")->required();
  resolve->add_option("choice", cli_.choice, "keep what is shown, take what lost, or another value")->required();
}

void CommandLine::declare_quarantine() {
  auto* quarantine = writes("quarantine", "what the relay did not take, with its reason; it is kept, and sent again when rights change", &carnet::quarantine);
  auto wants_number = [&](CLI::App* sub) { return sub->add_option("number", cli_.id, "as `carnet quarantine` lists it"); };
  auto under = [&](const char* name, const char* help, OnReplica* run) { return add(*quarantine, name, help, {Needs::writing, nullptr, run}); };
  wants_number(under("retry", "send it again; without a number, all of it", &quarantine_retry));
  auto* move = under("move", "put it into another space", &quarantine_move);
  wants_number(move)->required();
  move->add_option("--to", cli_.space, "space, by name or number")->required();
  wants_number(under("drop", "forget it: the rows come back as the relay has them", &quarantine_drop))->required();
}

void CommandLine::declare_bundles() {
  auto* bundle = app_.add_subcommand("bundle", "sealed files that carry work without a link: on a stick, a telephone, in a message");
  bundle->require_subcommand(1);
  auto* write = add(*bundle, "write", "write what others lack, as far as this device knows: its own work and what it was brought", {Needs::writing, nullptr, &bundle_write});
  write->add_option("file", cli_.file, "file to write; further ones are numbered")->required();
  write->add_option("--for", cli_.name, "a space, or a device by its name: then only what it is not known to have")->required();
  write->add_flag("--photos", cli_.with_photos, "with the photos and sounds that the relay lacks");
  write->add_flag("--all", cli_.lends, "with all that the relay had at the last sync, for somebody who has not met it for long");
  write->add_option("--volume", cli_.volume_mb, "begin another file after so many MB");
  auto* read = add(*bundle, "read", "take what files bring, in any order, and again", {Needs::writing, nullptr, &bundle_read});
  read->add_option("files", cli_.words, "files")->required();
}

void CommandLine::declare_near() {
  auto* near = writes("near", "meet other devices of the same spaces on this network, without the relay: those that are found, and who calls, until SIGTERM; with an address, that one", &carnet::near);
  near->add_option("address", cli_.name, "of another device, as that prints it: 192.168.1.5:40123");
  near->add_option("--listen", cli_.listen, "the address at which others find this machine; else that of its local network");
  near->add_option("--port", cli_.near_port, "port to listen at; 0 for any free one");
  near->add_flag("--once", cli_.once, "end after the first meeting");
  near->add_flag("--unannounced", cli_.unannounced, "be found by nobody, and look for nobody: who comes has the address");
  near->add_flag("--qr", cli_.qr, "as a QR code too; on a terminal, that comes by itself");
}

void CommandLine::declare_spaces() {
  auto* to_file = reads("export", "a space as JSON", &export_space);
  to_file->add_option("file", cli_.file, "file; - for standard output")->capture_default_str();
  to_file->add_option("--space", cli_.space, "space, by name or number");
  auto* from_file = writes("import", "add the rows of an export as new rows", &import_rows);
  from_file->add_option("file", cli_.file, "file; - for standard input")->capture_default_str();
  from_file->add_option("--space", cli_.space, "space, by name or number");
  auto* publish = writes("publish", "put a copy of a row and its parts into another space; it says where it comes from", &carnet::publish);
  publish->add_option("id", cli_.id, "row")->required();
  publish->add_option("--to", cli_.space, "space, by name or number")->required();
  auto* invite = writes("invite", "for admins of the administration space: ask the relay for an invite for a device; once it has answered, print it", &invite_device);
  invite->add_option("device", cli_.name, "the device: its name in account_device, or that row's id")->required();
  invite->add_flag("--again", cli_.again, "ask for another one");
  invite->add_flag("--qr", cli_.qr, "as a QR code too; on a terminal, that comes by itself");
}

}  // namespace carnet
