// The commands of the program with their options, and what runs them. Help is told in this machine's language (phrases.hpp).
#pragma once
#include <CLI/CLI.hpp>

#include <map>

#include "client/cli.hpp"

namespace carnet {

struct Command {
  enum class Needs { nothing, file, replica, reading, writing };  // reading: goes on in a damaged replica, as far as it goes
  Needs needs = Needs::nothing;
  OnHome* run = nullptr;
  OnReplica* run_on = nullptr;
};

class CommandLine {
 public:
  explicit CommandLine(Cli& cli);
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  Command parse(int argc, char** argv);  // throws CLI::ParseError
  int exit(const CLI::ParseError& error) { return app_.exit(error); }

 private:
  CLI::App* add(CLI::App& to, const char* name, const char* help, Command command);
  CLI::App* on_home(const char* name, const char* help, Command::Needs needs, OnHome* run) { return add(app_, name, help, {needs, run, nullptr}); }
  CLI::App* reads(const char* name, const char* help, OnReplica* run) { return add(app_, name, help, {Command::Needs::reading, nullptr, run}); }
  CLI::App* writes(const char* name, const char* help, OnReplica* run) { return add(app_, name, help, {Command::Needs::writing, nullptr, run}); }
  std::string in(const std::string& english) const;  // a phrase, in the reader's language
  void tell_in_words(CLI::App& app);                 // what is said of the command and its options, and of those below it
  void declare_home();
  void declare_sync();
  void declare_rows();
  void declare_conflicts();
  void declare_quarantine();
  void declare_bundles();
  void declare_near();
  void declare_spaces();

  Cli& cli_;
  CLI::App app_{"carnet: a field journal that works without a connection and sends what it can when there is one"};
  std::map<const CLI::App*, Command> commands_;
};

}  // namespace carnet
