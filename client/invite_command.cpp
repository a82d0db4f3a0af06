// An officer's `carnet invite`: a row that asks the relay for an invite, and, once the relay has answered it, the invite itself.
#include <fmt/format.h>
#include <unistd.h>

#include <iostream>

#include "client/cli.hpp"
#include "client/keys.hpp"
#include "client/language.hpp"
#include "client/notebook.hpp"
#include "sync/invite.hpp"
#include "sync/qr_code.hpp"
#include "sync/sealed.hpp"

namespace carnet {

using nlohmann::json;

namespace {

Result<SpaceId> administration_of(Replica& replica) {
  for (auto& space : replica.spaces())
    if (space.kind == administration_kind) return space.id;
  return Error{Code::not_found, say(language_of(replica), {"this device has no administration space: whoever runs the relay makes one, and its admins invite",
                                                           "cet appareil n'a pas d'espace d'administration : le gestionnaire du relais en crée un, et ses administrateurs invitent",
                                                           "dit toestel heeft geen beheerruimte: wie het relais beheert, maakt er een, en haar beheerders nodigen uit"})};
}

Result<RowId> device_named(Replica& replica, SpaceId space, const std::string& name) {
  SQLite::Statement select(replica.database(), "SELECT id FROM account_device WHERE space=?1 AND (name=?2 OR CAST(id AS TEXT)=?2) ORDER BY number IS NULL,id LIMIT 1");
  select.bind(1, static_cast<std::int64_t>(space.value));
  select.bind(2, name);
  if (select.executeStep()) return RowId{select.getColumn(0).getInt64()};
  return Error{Code::not_found, say(language_of(replica), {"there is no device '{}' in the administration space: `carnet list account_device` shows them, `carnet add account_device` adds one",
                                                           "l'espace d'administration n'a pas d'appareil « {} » : `carnet list account_device` les montre, `carnet add account_device` en ajoute un",
                                                           "de beheerruimte heeft geen toestel '{}': `carnet list account_device` toont ze, `carnet add account_device` voegt er een toe"}, name)};
}

// What is known of the invites for a device that were asked for here, the best last.
struct Asked {
  enum class State { none, not_ours, refused, waits, open } state = State::none;
  std::string text;  // of the invite, or the outcome
};

Asked state_of(SQLite::Statement& row, Replica& replica) {
  RowId id{row.getColumn(0).getInt64()};
  auto state = row.getColumn(1).getString(), sealed = row.getColumn(2).getString(), outcome = row.getColumn(4).getString();
  if (state.empty() && minter(id) != replica.device()) return {};
  if (state.empty()) return outcome.empty() || outcome == "waits" ? Asked{Asked::State::waits, outcome} : Asked{Asked::State::refused, outcome};
  if (row.getColumn(3).getUInt() != replica.device().value) return {};
  auto keys = read_keys(replica.database().getFilename());
  for (auto& key : keys ? keys->keys : std::vector<DeviceKey>{})
    if (auto text = key.device == replica.device() ? open_sealed(sealed, key.bytes, id) : std::nullopt) return {Asked::State::open, *text};
  return {Asked::State::not_ours, {}};
}

Asked asked_for(Replica& replica, SpaceId space, RowId device) {
  SQLite::Statement select(replica.database(), "SELECT id,coalesce(state,''),coalesce(sealed,''),coalesce(sealed_for,0),coalesce(outcome,'') FROM account_invite "
                                               "WHERE space=? AND device=? AND coalesce(state,'open')='open'");
  select.bind(1, static_cast<std::int64_t>(space.value));
  select.bind(2, device.value);
  Asked best;
  while (select.executeStep())
    if (auto found = state_of(select, replica); found.state > best.state) best = found;
  return best;
}

std::string outcome_in_words(Replica& replica, const std::string& outcome) {
  auto language = language_of(replica);
  for (auto& choice : replica.schema().find("account_invite")->find("outcome")->choices)
    if (choice.code == outcome) return std::string(language == Language::french ? choice.label.fr : language == Language::dutch ? choice.label.nl : choice.label.en);
  return outcome;
}

int tell(const Cli& cli, const char* state, const std::string& words, int code) {
  if (cli.as_json) std::cout << json{{"state", state}}.dump() << "\n";
  (code == ok ? std::cout : std::cerr) << (cli.as_json && code == ok ? "" : words + "\n");
  return code;
}

int ask(const Cli& cli, Replica& replica, SpaceId space, RowId device) {
  if (auto added = Notebook(replica).add(space, "account_invite", {{"device", device.value}}); !added) return fail(cli, added.error());
  return tell(cli, "asked", say(language_of(replica), {"the relay is asked for an invite at the next `carnet sync`; after it, give this command again. An earlier invite for this device is void then",
                                                       "l'invitation sera demandée au relais au prochain `carnet sync` ; ensuite, relancez cette commande. Une invitation antérieure pour cet appareil sera alors annulée",
                                                       "de uitnodiging wordt bij de volgende `carnet sync` aan het relais gevraagd; geef daarna dit commando opnieuw. Een vroegere uitnodiging voor dit toestel vervalt dan"}), ok);
}

}  // namespace

int invite_device(const Cli& cli, Replica& replica) {
  auto language = language_of(replica);
  auto space = administration_of(replica);
  if (!space) return fail(cli, space.error());
  auto device = device_named(replica, *space, cli.name);
  if (!device) return fail(cli, device.error());
  auto asked = cli.again ? Asked{} : asked_for(replica, *space, *device);
  switch (asked.state) {
    case Asked::State::none: return ask(cli, replica, *space, *device);
    case Asked::State::waits:
      return tell(cli, "waits", say(language, {"the relay has not answered yet: `carnet sync`, then this command again", "le relais n'a pas encore répondu : `carnet sync`, puis de nouveau cette commande",
                                               "het relais heeft nog niet geantwoord: `carnet sync`, dan opnieuw dit commando"}), temporary);
    case Asked::State::refused: return fail(cli, {Code::invalid, outcome_in_words(replica, asked.text)});
    case Asked::State::not_ours:
      return fail(cli, {Code::invalid, say(language, {"this invite was sealed under an earlier key of this device: `carnet invite {} --again` asks for another", "cette invitation a été scellée pour une ancienne clé de cet appareil : `carnet invite {} --again` en demande une autre",
                                                      "deze uitnodiging is verzegeld voor een vroegere sleutel van dit toestel: `carnet invite {} --again` vraagt een andere"}, cli.name)});
    case Asked::State::open: break;
  }
  if (cli.as_json) std::cout << json{{"state", "open"}, {"invite", asked.text}}.dump() << "\n";
  else std::cout << asked.text << "\n";
  if (cli.qr || (!cli.as_json && isatty(STDOUT_FILENO))) std::cout << qr_code(asked.text);
  return ok;
}

}  // namespace carnet
