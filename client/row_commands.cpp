// Rows on the command line: list, search, show, add, edit, what is open, and whole spaces as JSON.
#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <iostream>

#include "client/cli.hpp"
#include "client/complaints.hpp"
#include "client/exchange.hpp"
#include "client/language.hpp"
#include "client/notebook.hpp"
#include "client/paper.hpp"
#include "client/search.hpp"
#include "core/domain.hpp"
#include "sync/rights.hpp"

namespace carnet {

using nlohmann::json;

namespace {

std::string in_words(const json& value) { return value.is_null() ? "-" : value.is_string() ? value.get<std::string>() : value.dump(); }

std::string column_in_words(Language language, const json& column) {
  auto name = column.get<std::string>();
  return name == Notebook::life ? say(language, {"the record itself, {}", "la fiche elle-même, {}", "de fiche zelf, {}"}, name) : name;
}

std::string life_in_words(Language language, bool deleted) {
  return Words(deleted ? Words{"deleted", "supprimée", "verwijderd"} : Words{"there", "présente", "aanwezig"}).in(language);
}

// column=value; a value @file is read from that file.
Result<Notebook::Fields> fields_of(const Cli& cli) {
  Notebook::Fields fields;
  for (auto& each : cli.fields) {
    auto at = each.find('=');
    if (at == std::string::npos || at == 0) return Error{Code::invalid, fmt::format("'{}' is not column=value", each)};
    auto value = each.substr(at + 1);
    if (value.starts_with('@')) {
      std::ifstream from(value.substr(1));
      if (!from) return Error{Code::not_found, fmt::format("cannot read {}", value.substr(1))};
      value.assign(std::istreambuf_iterator<char>(from), {});
    }
    fields.push_back({each.substr(0, at), value});
  }
  return fields;
}

// Accounts have one space, if any.
Result<SpaceId> space_for(const Cli& cli, Replica& replica) {
  auto* table = replica.schema().find(cli.table);
  if (!cli.space && table && table->is_administration)
    for (auto& space : replica.spaces())
      if (space.kind == administration_kind) return space.id;
  return Notebook(replica).space(cli.space);
}

// A reference may be given as the name of what it refers to, where one row there has it.
Result<void> refer_by_name(const Cli& cli, Replica& replica, SpaceId space, Notebook::Fields& fields) {
  auto* table = replica.schema().find(cli.table);
  for (auto& [name, value] : fields) {
    auto* column = table ? table->find(name) : nullptr;
    auto text = value.get<std::string>();
    bool is_name = column && column->type == Type::reference && text.find_first_not_of("0123456789") != text.npos && replica.schema().find(column->target)->find("name");
    if (!is_name) continue;
    SQLite::Statement select(replica.database(), "SELECT count(*),min(id) FROM " + std::string(column->target) + " WHERE space=? AND name=?");
    select.bind(1, static_cast<std::int64_t>(space.value));
    select.bind(2, text);
    select.executeStep();
    if (auto rows = select.getColumn(0).getInt(); rows != 1)
      return Error{Code::not_found, fmt::format("{} rows of {} have the name '{}'; give the id of one", rows, column->target, text)};
    value = select.getColumn(1).getInt64();
  }
  return {};
}

void print_row(const json& row) {
  fmt::print("{} {}  [{}]\n", row["table"].get<std::string>(), row["id"].get<std::int64_t>(), row["space"].get<std::string>());
  for (auto& [name, value] : row.items())
    if (name != "id" && name != "table" && name != "space" && !value.is_null()) fmt::print("  {}: {}\n", name, in_words(value));
}

// On a terminal what was found is bold.
void print_hit(const Hit& hit, const std::string& space) {
  bool bold = isatty(STDOUT_FILENO);
  fmt::print("{} {}  [{}] {}\n  {}: ", hit.table, hit.row.id.value, space, hit.title, hit.column);
  for (auto& [text, found] : hit.snippet) fmt::print("{}", found && bold ? "\033[1m" + text + "\033[0m" : text);
  fmt::print("\n");
}

Result<std::optional<SpaceId>> space_if_any(const Cli& cli, Notebook& notebook) {
  if (!cli.space) return std::optional<SpaceId>();
  auto found = notebook.space(cli.space);
  if (!found) return found.error();
  return std::optional(*found);
}

}  // namespace

int exit_code(Code code) {
  switch (code) {
    case Code::busy: return temporary;  // the link or the relay: the rest follows later
    case Code::not_allowed: case Code::copied:
    case Code::invite_expired: case Code::invite_used: case Code::invite_revoked: return no_permission;
    case Code::not_found: return no_input;
    default: return data_error;
  }
}

int fail(const Cli& cli, const Error& error) {
  if (cli.as_json) std::cout << json{{"error", error.text}, {"code", static_cast<int>(error.code)}}.dump() << "\n";
  std::cerr << "carnet: " << (cli.speaks == Language::english ? error.text : in_words(cli.speaks, domain(), error).text) << "\n";
  return exit_code(error.code);
}

int done(const Cli& cli, const Result<void>& result) {
  if (!result) return fail(cli, result.error());
  if (cli.as_json) std::cout << "{}\n";
  return ok;
}

// Bytes that are no text may have come from anywhere, and do not keep the rest from being shown.
std::string in_full(const json& value) { return value.dump(2, ' ', false, json::error_handler_t::replace); }

int list(const Cli& cli, Replica& replica) {
  Notebook notebook(replica);
  auto only = space_if_any(cli, notebook);
  if (!only) return fail(cli, only.error());
  auto rows = notebook.list(cli.table, *only);
  if (!rows) return fail(cli, rows.error());
  if (cli.as_json) std::cout << in_full(*rows) << "\n";
  else for (auto& row : *rows) print_row(row);
  return ok;
}

int search(const Cli& cli, Replica& replica) {
  Notebook notebook(replica);
  auto only = space_if_any(cli, notebook);
  if (!only) return fail(cli, only.error());
  std::string typed;
  for (auto& word : cli.words) typed += (typed.empty() ? "" : " ") + word;
  auto found = Search(replica).find(typed, *only, cli.limit);
  if (cli.as_json) {
    auto all = in_json(found);
    for (auto& hit : all["hits"]) hit["space"] = replica.space(SpaceId{hit["space"].get<std::uint32_t>()}).name;
    std::cout << in_full(all) << "\n";
    return ok;
  }
  for (auto& hit : found.hits) print_hit(hit, replica.space(hit.space).name);
  auto language = language_of(replica);
  if (found.hits.empty()) fmt::print("{}\n", say(language, {"nothing found", "rien trouvé", "niets gevonden"}));
  else if (found.more) fmt::print("{}\n", say(language, {"there is more: add a word, or --limit", "il y en a d’autres : ajoutez un mot, ou --limit", "er is meer: voeg een woord toe, of --limit"}));
  return ok;
}

int show(const Cli& cli, Replica& replica) {
  Notebook notebook(replica);
  auto key = notebook.find_any(RowId{cli.id});
  if (!key) return fail(cli, key.error());
  auto row = notebook.row(*key);  // none where it is deleted
  auto history = notebook.history(*key);
  if (cli.as_json) { std::cout << in_full({{"row", row ? *row : json()}, {"history", history}, {"versions", notebook.versions(*key)}}) << "\n"; return ok; }
  if (row) print_row(*row);
  else
    fmt::print("{}\n", say(cli.speaks, {"{} {} is deleted; `carnet restore {} NUMBER` brings it back, with the value of that number", "{} {} est supprimée ; `carnet restore {} NUMÉRO` la fait revenir, avec la valeur de ce numéro",
                                      "{} {} is verwijderd; `carnet restore {} NUMMER` brengt ze terug, met de waarde van dat nummer"}, replica.schema().find(key->table)->name, cli.id, cli.id));
  for (auto& past : history) {
    bool is_life = past["column"] == Notebook::life;
    fmt::print("  #{} {} {}{} {} = {}\n", past["number"].get<std::size_t>(), local_date(past["written"].get<std::int64_t>()), past["by"].get<std::string>(),
               past["standing"].get<bool>() ? "  " : " -", column_in_words(cli.speaks, past["column"]),
               is_life ? life_in_words(cli.speaks, past["value"] == life_deleted) : in_words(past["value"]));
  }
  return ok;
}

int add(const Cli& cli, Replica& replica) {
  Notebook notebook(replica);
  auto space = space_for(cli, replica);
  if (!space) return fail(cli, space.error());
  auto fields = fields_of(cli);
  if (!fields) return fail(cli, fields.error());
  if (auto found = refer_by_name(cli, replica, *space, *fields); !found) return fail(cli, found.error());
  auto id = notebook.add(*space, cli.table, *fields);
  if (!id) return fail(cli, id.error());
  if (cli.as_json) std::cout << json{{"id", id->value}}.dump() << "\n";
  else fmt::print("{}\n", id->value);
  return ok;
}

int edit(const Cli& cli, Replica& replica) {
  auto fields = fields_of(cli);
  if (!fields) return fail(cli, fields.error());
  Notebook notebook(replica);
  if (!cli.opened_at) return done(cli, notebook.edit(RowId{cli.id}, *fields));
  if (fields->size() != 1) return fail(cli, Error{Code::invalid, "a text that was opened at a version is saved alone"});
  auto saved = notebook.save(RowId{cli.id}, *fields, {{fields->front().first, *cli.opened_at}});
  return saved ? done(cli, {}) : fail(cli, saved.error());
}

int restore(const Cli& cli, Replica& replica) { return done(cli, Notebook(replica).restore(RowId{cli.id}, cli.number)); }

int remove(const Cli& cli, Replica& replica) { return done(cli, Notebook(replica).remove(RowId{cli.id})); }

int resolve(const Cli& cli, Replica& replica) { return done(cli, Notebook(replica).resolve(RowId{cli.id}, cli.column, cli.choice)); }

int conflicts(const Cli& cli, Replica& replica) {
  auto all = Notebook(replica).conflicts();
  if (cli.as_json) { std::cout << in_full(all) << "\n"; return ok; }
  for (auto& conflict : all) {
    fmt::print("{} {} [{}] {}\n", conflict["table"].get<std::string>(), conflict["id"].get<std::int64_t>(), conflict["space"].get<std::string>(),
               column_in_words(cli.speaks, conflict["column"]));
    for (bool lost : {false, true}) {
      auto& version = conflict[lost ? "lost" : "shown"];
      auto what = conflict["deleted"] == true ? life_in_words(cli.speaks, lost) : in_words(version["value"]);
      fmt::print("  {}: {} ({}, {})\n", lost ? say(cli.speaks, {"lost", "écarté", "verloren"}) : say(cli.speaks, {"shown", "affiché", "getoond"}), what, version["by"].get<std::string>(), local_date(version["written"].get<std::int64_t>()));
    }
  }
  return ok;
}

int reread(const Cli& cli, Replica& replica) {
  Notebook notebook(replica);
  if (cli.id) return done(cli, notebook.confirm(RowId{cli.id}, cli.column));
  auto all = notebook.rereads();
  if (cli.as_json) { std::cout << in_full(all) << "\n"; return ok; }
  for (auto& each : all)
    fmt::print("{} {} [{}] {}: {}\n", each["table"].get<std::string>(), each["id"].get<std::int64_t>(), each["space"].get<std::string>(), each["column"].get<std::string>(),
               in_words(each["value"]));
  return ok;
}

int export_space(const Cli& cli, Replica& replica) {
  Notebook notebook(replica);
  auto space = notebook.space(cli.space);
  if (!space) return fail(cli, space.error());
  auto text = in_full(notebook.export_space(*space));
  if (cli.file == "-") { std::cout << text << "\n"; return ok; }
  std::ofstream to(cli.file);
  to << text << "\n";
  to.close();
  return to ? ok : fail(cli, Error{Code::not_found, fmt::format("cannot write {}", cli.file)});
}

int import_rows(const Cli& cli, Replica& replica) {
  Notebook notebook(replica);
  auto space = notebook.space(cli.space);
  if (!space) return fail(cli, space.error());
  std::ifstream file;
  if (cli.file != "-") file.open(cli.file);
  std::istream& from = cli.file == "-" ? std::cin : file;
  if (!from) return fail(cli, Error{Code::not_found, fmt::format("cannot read {}", cli.file)});
  auto parsed = json::parse(from, nullptr, false);
  if (parsed.is_discarded()) return fail(cli, Error{Code::malformed, fmt::format("{} is not JSON", cli.file)});
  auto rows = notebook.import(*space, parsed);
  if (!rows) return fail(cli, rows.error());
  if (cli.as_json) std::cout << json{{"rows", *rows}}.dump() << "\n";
  else fmt::print("{}\n", say(cli.speaks, {"{} rows added", "{} fiche(s) ajoutée(s)", "{} fiche(s) toegevoegd"}, *rows));
  return ok;
}

int print_paper(const Cli& cli, Replica& replica) {
  auto printed = paper(replica, cli.tool, RowId{cli.id}, *format_of(cli.format), cli.language ? language_of(*cli.language) : language_of(replica), Looks::inside);
  if (!printed) return fail(cli, printed.error());
  auto file = cli.output.value_or(printed->file_name);
  if (file == "-") { std::cout << printed->bytes; return ok; }
  std::ofstream to(file, std::ios::binary);
  to << printed->bytes;
  to.close();
  if (!to) return fail(cli, Error{Code::not_found, fmt::format("cannot write {}", file)});
  if (cli.as_json) std::cout << in_full({{"file", file}}) << "\n";
  else fmt::print("{}\n", file);
  return ok;
}

}  // namespace carnet
