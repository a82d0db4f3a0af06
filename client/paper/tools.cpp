#include "client/paper/tools.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "client/paper/pictures.hpp"
#include "core/sqlite.hpp"

namespace carnet {

using namespace form;

namespace {

std::string names_of_tools() {
  std::string all;
  for (auto& tool : tools()) all += (all.empty() ? "" : ", ") + std::string(tool.name);
  return all;
}

// Whom or what the document is about, and the rest of its file's name.
std::pair<std::string, std::string> subject_of(Records& records, const Tool& tool, const Record& row) {
  if (tool.target == "visit") return {visit_in_words(records, row), records.name(row, "guest") + " " + row.text("starts_on")};
  if (tool.target == "project") {
    auto organisation = records.name(row, "organisation");
    return {row.text("name") + (organisation.empty() ? "" : ", " + organisation), organisation + " " + row.text("name")};
  }
  if (tool.target == "exchange") {
    auto day = day_in_words(records.language(), row.text("held_on")), subject = row.text("subject");
    return {subject + (subject.empty() || day.empty() ? "" : ", ") + day, subject + " " + row.text("held_on")};
  }
  return {row.text("name"), row.text("name")};
}

std::string about(Records& records, RowKey key, const Schema& schema) {
  auto* table = schema.find(key.table);
  auto title = records.title(key);
  auto label = table ? in(records.language(), table->label) : std::string();
  return title.empty() ? label : records.say({"{}: {}", "{} : {}", "{}: {}"}, label, in_short(title, 60));
}

// What was said about the rows of this document, and of what there are photos, sounds and clips. A comment may be about another one.
void add_remarks(Records& records, Document& document, const Schema& schema) {
  auto label = [&](const char* table, const char* column) { return records.label(table, column); };
  Grid comments{{{label("comment", "about"), 30}, {label("comment", "text"), 44}, {label("comment", "author"), 16}, {label("comment", "settled"), 10, true}}, {}, 0};
  Grid media{{{label("media", "about"), 34}, {label("media", "kind"), 18}, {label("media", "caption"), 30}, {label("media", "taken_on"), 18}}, {}, 0};
  Pictures pictures;
  for (std::size_t k = 0; k < records.given().size(); ++k) {
    auto key = records.given()[k];
    for (auto& each : records.rows_about(key, "comment"))
      comments.rows.push_back({{{about(records, key, schema)}, {each.text("text")}, {records.name(each, "author")},
                                {each.whole("settled") == 1 ? records.say({"yes", "oui", "ja"}) : records.say({"no", "non", "nee"})}}});
    for (auto& each : records.rows_about(key, "media")) {
      if (records.is_printed(each)) continue;
      if (auto picture = picture_of(records, each)) {
        auto of = about(records, key, schema);
        picture->note += (picture->note.empty() || of.empty() ? "" : "; ") + of;
        pictures.pictures.push_back(std::move(*picture));
        continue;
      }
      media.rows.push_back({{{about(records, key, schema)}, {records.choice(each, "kind")}, {each.text("caption")}, {day_in_words(records.language(), each.text("taken_on"))}}});
    }
  }
  if (comments.rows.empty() && media.rows.empty() && pictures.pictures.empty()) return;
  auto& section = document.sections.back();
  if (!comments.rows.empty()) section.add(Heading{1, records.say({"Comments", "Commentaires", "Opmerkingen"})}).add(comments);
  if (media.rows.empty() && pictures.pictures.empty()) return;
  section.add(Heading{1, records.say({"Photos, sounds and videos", "Photos, sons et vidéos", "Foto’s, geluiden en video’s"})});
  if (!pictures.pictures.empty()) section.add(std::move(pictures));
  if (!media.rows.empty()) section.add(media);
}

}  // namespace

const std::vector<Tool>& tools() {
  static const std::vector<Tool> all{
      {"presentation", "organisation", {"Presentation sheet", "Fiche de présentation", "Voorstellingsfiche"}, {"presentation", "presentation", "voorstelling"}, presentation, false},
      {"activity_profile", "organisation", {"Activity profile", "Profil d’activités", "Activiteitenprofiel"}, {"activities", "activites", "activiteiten"}, activity_profile, true},
      {"factors", "organisation", {"Factor analysis", "Analyse des facteurs", "Factorenanalyse"}, {"factors", "facteurs", "factoren"}, factors, true},
      {"swot", "project", {"SWOT analysis", "Analyse FFOM", "SWOT-analyse"}, {"swot", "ffom", "swot"}, swot, true},
      {"questions", "organisation", {"Table of learning questions", "Tableau de questions d’apprentissage", "Tabel met leervragen"}, {"questions", "questions", "leervragen"}, questions, true},
      {"programme", "visit", {"Preparation of the visit: programme", "Préparation de la visite : programme", "Voorbereiding van het bezoek: programma"}, {"programme", "programme", "programma"}, programme, true},
      {"terms", "visit", {"Terms of reference", "Termes de référence", "Terms of reference (ToR)"}, {"terms", "termes", "tor"}, terms, false},
      {"journal", "visit", {"Learning journal (activities)", "Journal d’apprentissage (activités)", "Leerdagboek (activiteiten)"}, {"journal", "journal", "leerdagboek"}, journal, true},
      {"progress", "visit", {"Learning journal (progress)", "Journal d’apprentissage (progrès)", "Leerdagboek (voortgang)"}, {"progress", "progres", "voortgang"}, progress, true},
      {"action_plan", "organisation", {"Action plan", "Plan d’action", "Actieplan"}, {"action-plan", "plan-d-action", "actieplan"}, action_plan, true},
      {"expertise", "organisation", {"Expertise asked for and offered", "Expertise demandée et offerte", "Gevraagde en aangeboden expertise"}, {"expertise", "expertise", "expertise"}, expertise, true},
      {"exchange", "exchange", {"Report of an exchange", "Compte rendu d’un échange", "Verslag van een uitwisseling"}, {"exchange", "echange", "uitwisseling"}, exchange, false},
      {"visit", "visit", {"The whole visit", "Dossier de la visite", "Dossier van het bezoek"}, {"visit", "visite", "bezoek"}, whole_visit, false},
  };
  return all;
}

const Tool* find_tool(std::string_view name) {
  auto found = std::find_if(tools().begin(), tools().end(), [&](auto& each) { return each.name == name; });
  return found == tools().end() ? nullptr : &*found;
}

Result<Document> document_of(Replica& replica, std::string_view name, RowId id, Language language) {
  auto* tool = find_tool(name);
  if (!tool) return Error{Code::not_found, say(language, {"there is no tool '{}'; there are: {}", "il n’y a pas d’outil « {} » ; il y a : {}", "er is geen werkinstrument '{}'; er zijn: {}"}, clean(name), names_of_tools())};
  Records records(replica, language);
  auto key = records.key_of(id);
  if (!key) return Error{Code::not_found, say(language, {"there is no record {} on this device", "il n’y a pas de fiche {} sur cet appareil", "er is geen fiche {} op dit toestel"}, id.value)};
  auto& table = *replica.schema().find(key->table);
  if (table.name != tool->target)
    return Error{Code::not_found, say(language, {"record {} is of the section '{}'; '{}' takes one of '{}'", "la fiche {} est de la rubrique « {} » ; « {} » en demande une de « {} »", "fiche {} hoort bij de rubriek '{}'; '{}' vraagt er een van '{}'"},
                                          id.value, in(language, table.label), tool->title.in(language), records.label(tool->target))};
  auto row = records.row(tool->target, id);
  auto document = tool->fill(records, row);
  document.language = language;
  document.tool = tool->name;
  document.title = records.say(tool->title);
  auto [subject, file] = subject_of(records, *tool, row);
  document.about = subject;
  document.file = for_file_name(std::string(tool->file.in(language)) + " " + file);
  add_remarks(records, document, replica.schema());
  return document;
}

std::string bulleted(const std::vector<std::string>& lines) {
  std::string all;
  for (auto& line : lines) all += (all.empty() ? "• " : "\n• ") + line;
  return all;
}

}  // namespace carnet
