// What was not taken, on the command line: list, send again, move, drop. And publishing, the one way of a row into another space.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "client/cli.hpp"
#include "client/copies.hpp"
#include "client/exchange.hpp"
#include "client/notebook.hpp"
#include "client/refusals.hpp"

namespace carnet {

using nlohmann::json;

namespace {

std::string space_name(Replica& replica, SpaceId id) {
  for (auto& space : replica.spaces())
    if (space.id == id) return space.name;
  return replica.setting("given_up/" + std::to_string(id.value)).value_or("space " + std::to_string(id.value));
}

json in_json(Replica& replica, const Replica::Quarantined& frame, Language language) {
  json rows = json::array();
  for (auto& change : replica.refused_rows(frame)) {
    auto* table = replica.schema().find(change.key.table);
    json row{{"id", change.key.id.value}, {"table", table ? std::string(table->name) : "table " + std::to_string(change.key.table.value)}};
    for (auto& cell : change.row.cells)
      if (auto* column = table ? table->find(cell.column) : nullptr) row[std::string(column->name)] = Notebook::to_json(cell.shown().value);
    rows.push_back(std::move(row));
  }
  return {{"number", frame.number}, {"space", space_name(replica, frame.space)}, {"from", frame.up ? "here" : "relay"}, {"code", static_cast<int>(frame.reason.code)},
          {"reason", in_words(language, frame.reason)}, {"told", frame.reason.text}, {"at", frame.at}, {"aside", frame.aside}, {"rows", rows}};
}

Result<Replica::Quarantined> frame_of(Replica& replica, std::int64_t number) {
  for (auto& frame : replica.quarantined())
    if (frame.number == number) return frame;
  return Error{Code::not_found, fmt::format("nothing is kept under number {}; `carnet quarantine` lists what is", number)};
}

int tell_rows(const Cli& cli, const Result<std::size_t>& rows, const Words& done) {
  if (!rows) return fail(cli, rows.error());
  if (cli.as_json) std::cout << json{{"rows", *rows}}.dump() << "\n";
  else fmt::print("{}\n", say(cli.speaks, done, *rows));
  return ok;
}

}  // namespace

int quarantine(const Cli& cli, Replica& replica) {
  replica.collect();
  auto language = language_of(replica);
  json all = json::array();
  for (auto& frame : replica.quarantined()) all.push_back(in_json(replica, frame, language));
  if (cli.as_json) { std::cout << in_full(all) << "\n"; return ok; }
  for (auto& frame : all) {
    fmt::print("{}  [{}] {}  {}\n", frame["number"].get<std::int64_t>(), frame["space"].get<std::string>(), local_date(frame["at"].get<std::int64_t>()),
               frame["reason"].get<std::string>());
    for (auto& row : frame["rows"]) {
      fmt::print("  {} {}\n", row["table"].get<std::string>(), row["id"].get<std::int64_t>());
      for (auto& [name, value] : row.items())
        if (name != "id" && name != "table" && !value.is_null()) fmt::print("    {}: {}\n", name, value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
  return ok;
}

int quarantine_retry(const Cli& cli, Replica& replica) {
  if (cli.id)
    if (auto frame = frame_of(replica, cli.id); !frame) return fail(cli, frame.error());
  replica.collect();
  return tell_rows(cli, retry_refused(replica, cli.id), {"{} rows will be sent again", "{} fiche(s) seront envoyées de nouveau", "{} fiche(s) worden opnieuw verzonden"});
}

int quarantine_move(const Cli& cli, Replica& replica) {
  auto space = Notebook(replica).space(cli.space);
  if (!space) return fail(cli, space.error());
  replica.collect();
  return tell_rows(cli, move_refused(replica, cli.id, *space), {"{} rows moved", "{} fiche(s) déplacée(s)", "{} fiche(s) verplaatst"});
}

int quarantine_drop(const Cli& cli, Replica& replica) {
  auto frame = frame_of(replica, cli.id);
  if (!frame) return fail(cli, frame.error());
  replica.collect();
  replica.drop(cli.id);
  return tell_rows(cli, frame->rows.size(), {"{} rows dropped", "{} fiche(s) abandonnée(s)", "{} fiche(s) losgelaten"});
}

int publish(const Cli& cli, Replica& replica) {
  auto space = Notebook(replica).space(cli.space);
  if (!space) return fail(cli, space.error());
  auto copy = publish(replica, RowId{cli.id}, *space);
  if (!copy) return fail(cli, copy.error());
  if (cli.as_json) std::cout << json{{"id", copy->value}}.dump() << "\n";
  else fmt::print("{}\n", copy->value);
  return ok;
}

}  // namespace carnet
