// carnet: the program. Reads the command line, opens the replica, and has the command run: command_line.cpp says which ones there are.
#include <fmt/format.h>
#include <sodium.h>

#include <filesystem>
#include <iostream>

#include "client/command_line.hpp"
#include "client/damage.hpp"
#include "client/enrol.hpp"
#include "client/language.hpp"
#include "client/phrases.hpp"
#include "client/place.hpp"
#include "core/domain.hpp"

using namespace carnet;
using nlohmann::json;

namespace {

int complain(const Cli& cli, const std::string& text, Exit code) {
  if (cli.as_json) std::cout << json{{"error", text}, {"exit", code}}.dump() << "\n";
  std::cerr << "carnet: " << in_words(cli.speaks, text) << "\n";
  return code;
}

void tell_of_move(Replica& replica) {
  std::cerr << "carnet: "
            << say(language_of(replica), {"this database was copied, moved or put back here; if another goes on with its number, this one takes a new number at its next sync, and nothing is lost",
                                          "cette base a été copiée, déplacée ou remise ici ; si une autre continue avec son numéro, celle-ci en prendra un nouveau à la prochaine synchronisation, et rien ne se perd",
                                          "deze databank is hierheen gekopieerd, verplaatst of teruggezet; als er een andere verdergaat met haar nummer, neemt deze er bij de volgende synchronisatie een nieuw, en niets gaat verloren"})
            << "\n";
}

// Everything but `init` and `serve` begins where a rebuild may have been killed.
int run(Cli& cli, const Command& command) {
  using Needs = Command::Needs;
  if (command.needs == Needs::nothing) return command.run(cli);
  auto path = database_of(cli);
  finish_rebuild(path);
  if (!std::filesystem::exists(path)) return fail(cli, Error{Code::not_found, fmt::format("no replica in {}; run `carnet init --invite ...` first, or give --home", cli.home)});
  if (command.needs == Needs::file) return command.run(cli);
  if (auto damage = damage_of(path)) return complain(cli, in_words(path, *damage), damaged);
  Replica replica(path, domain());
  cli.speaks = language_of(replica);
  if (came_from_elsewhere(path, replica)) tell_of_move(replica);
  if (command.needs == Needs::replica) return command.run_on(cli, replica);
  auto damage = marked_damage(replica);
  if (!damage) return command.run_on(cli, replica);
  std::cerr << "carnet: " << in_words(cli.speaks, in_words(path, *damage)) << "\n";
  if (command.needs == Needs::reading) command.run_on(cli, replica);
  return damaged;
}

}  // namespace

int main(int argc, char** argv) {
  Cli cli;
  CommandLine line(cli);
  try {
    auto command = line.parse(argc, argv);
    if (sodium_init() < 0) return software;
    return run(cli, command);
  } catch (const CLI::ParseError& error) {
    return line.exit(error) ? usage : ok;
  } catch (const std::exception& error) {
    auto path = database_of(cli);
    if (auto refusal = refusal_of_disk(path, error)) return complain(cli, *refusal, no_space);
    if (auto refusal = refusal_of_others(error)) return complain(cli, refusal->in(cli.speaks), temporary);
    if (auto damage = damage_of(path, &error)) {
      mark_damaged(path, *damage);
      return complain(cli, in_words(path, *damage), damaged);
    }
    return complain(cli, error.what(), software);
  }
}
