// A municipality on paper: its presentation, its activities, what works on it, and expertise.
#include <fmt/format.h>

#include <algorithm>

#include "client/paper/pictures.hpp"
#include "client/paper/tools.hpp"

namespace carnet {

using namespace form;

namespace {

std::vector<Box> person_cells(const Records& records, const Record& person) {
  return {{person.text("name")}, {person.text("function")}, {person.text("years_of_service")}, {records.choice(person, "relation")},
          {person.text("phone") + (person.text("phone").empty() || person.text("email").empty() ? "" : "\n") + person.text("email")}};
}

Grid people(const Records& records) {
  return {{{records.label("person", "name"), 28},
           {records.label("person", "function"), 26},
           {records.label("person", "years_of_service"), 10, true},
           {records.label("person", "relation"), 13},
           {records.label("person", "phone") + ", " + records.label("person", "email"), 23}},
          {},
          6};
}

void add_people(Records& records, Section& section, const Record& presentation, const Record& organisation) {
  auto involved = people(records), others = people(records);
  std::vector<RowId> named;
  for (auto& link : records.rows("presentation_person", "presentation", presentation.id())) {
    named.push_back(link.reference("person"));
    involved.rows.push_back({person_cells(records, records.row("person", named.back()))});
  }
  for (auto& person : records.rows("person", "organisation", organisation.id()))
    if (std::find(named.begin(), named.end(), person.id()) == named.end()) others.rows.push_back({person_cells(records, person)});
  section.add(Heading{1, records.say({"People involved", "Personnes impliquées", "Betrokken personen"})}).add(involved);
  if (!others.rows.empty())
    section.add(Heading{1, records.say({"Other people of the municipality", "Autres personnes de la commune", "Andere personen van de gemeente"})}).add(others);
}

void add_prose(Records& records, Section& section, const Record& row, std::initializer_list<const char*> columns, int lines) {
  for (auto* column : columns) section.add(Heading{2, records.label(row.table().name, column)}).add(Prose{row.text(column), lines});
}

void add_images(Records& records, Section& section, const Record& presentation) {
  Grid images{{{records.say({"Caption", "Légende", "Bijschrift"}), 40}, {records.say({"Picture", "Image", "Beeld"}), 60}}, {}, 3, true};
  Pictures all;
  for (auto& image : records.rows("presentation_image", "presentation", presentation.id())) {
    auto pictures = pictures_about(records, {image}).pictures;
    if (pictures.empty()) images.rows.push_back({{{image.text("caption")}, {}}});
    else if (auto caption = image.text("caption"); pictures.front().caption != caption) pictures.front().caption = caption + (caption.empty() ? "" : ". ") + pictures.front().caption;
    all.pictures.insert(all.pictures.end(), pictures.begin(), pictures.end());
  }
  section.add(Heading{1, records.say({"Pictures of the municipality", "Images de la commune", "Beelden van de gemeente"})});
  if (!all.pictures.empty()) section.add(all);
  if (all.pictures.empty() || !images.rows.empty()) section.add(images);
}

void add_partnerships(Records& records, Section& section, const Record& organisation) {
  Grid table{{{records.label("partnership"), 26}, {records.label("partnership", "theme"), 28}, {records.label("partnership", "status"), 16},
                     {records.label("partnership", "outcome"), 30}},
                    {},
                    1};
  for (auto* side : {"north", "south"})
    for (auto& each : records.rows("partnership", side, organisation.id()))
      table.rows.push_back({{{records.name(each, "north") + " – " + records.name(each, "south")}, {each.text("theme")}, {records.choice(each, "status")}, {each.text("outcome")}}});
  section.add(Heading{1, records.label("partnership")}).add(table);
}

Facts organisation_facts(Records& records, const Record& organisation, const Record& presentation) {
  auto population = presentation.real("population");
  Facts facts{{{records.label("organisation", "name"), organisation.text("name")},
               {records.label("organisation", "kind"), records.choice(organisation, "kind")},
               {records.label("organisation", "country"), records.choice(organisation, "country")},
               {records.label("organisation", "languages"), organisation.text("languages")},
               {records.label("organisation", "website"), organisation.text("website")},
               {records.label("presentation", "population"), population ? number_in_words(records.language(), *population) : ""},
               {records.label("organisation", "services"), organisation.text("services")}}};
  if (auto left = organisation.text("left_on"); !left.empty()) facts.rows.push_back({records.label("organisation", "left_on"), day_in_words(records.language(), left)});
  return facts;
}

int tone_of_ten(std::optional<std::int64_t> score) { return score ? static_cast<int>((std::clamp<std::int64_t>(*score, 1, 10) + 2) / 3) : 0; }

// The highest score first; rows of the same score, and those without, in their own order.
std::vector<Record> ranked(std::vector<Record> rows) {
  std::stable_sort(rows.begin(), rows.end(), [](auto& a, auto& b) { return a.whole("score").value_or(-1) > b.whole("score").value_or(-1); });
  return rows;
}

}  // namespace

Document presentation(Records& records, const Record& organisation) {
  Document document;
  auto sheets = records.rows("presentation", "organisation", organisation.id());
  if (sheets.empty()) sheets.push_back(records.blank("presentation"));
  for (auto& sheet : sheets) {
    auto& section = document.sections.emplace_back();
    section.add(organisation_facts(records, organisation, sheet));
    add_partnerships(records, section, organisation);
    add_people(records, section, sheet, organisation);
    section.add(Heading{1, records.say({"Politics and administration", "Politique et administration", "Politiek en bestuur"})});
    add_prose(records, section, sheet, {"national_structure", "regional_structure", "local_structure", "authority"}, 5);
    section.add(Heading{1, records.say({"The municipality", "La commune", "De gemeente"})});
    add_prose(records, section, sheet, {"location"}, 8);  // room for a map
    add_prose(records, section, sheet, {"economy", "events", "sights", "known_inhabitants"}, 4);
    add_images(records, section, sheet);
    section.add(Heading{1, records.say({"Taking part", "Participation", "Deelname"})});
    add_prose(records, section, sheet, {"reasons", "expectations"}, 6);
  }
  return document;
}

Document activity_profile(Records& records, const Record& organisation) {
  Document document;
  auto& section = document.sections.emplace_back();
  document.sheet = Sheet{{records.label("project"), records.label("project", "description"), records.label("strategy"), records.label("strategy", "participation"),
                          records.label("strategy", "added_value"), records.label("strategy", "comments")},
                         {}};
  section.add(Note{records.help("strategy")});
  auto projects = records.rows("project", "organisation", organisation.id());
  if (projects.empty()) projects.assign(3, records.blank("project"));
  for (auto& project : projects) {
    auto number = static_cast<std::size_t>(&project - projects.data()) + 1;
    section.add(Heading{1, project.id().value ? project.text("name") : fmt::format("{} {}", records.label("project"), number)}).add(Prose{project.text("description"), 3});
    Grid table{{{records.label("strategy"), 30}, {records.label("strategy", "participation"), 16, true}, {records.label("strategy", "added_value"), 14, true},
                       {records.label("strategy", "comments"), 40}}, {}, 4};
    auto strategies = records.rows("strategy", "project", project.id());
    for (auto& each : strategies) {
      table.rows.push_back({{{each.text("name")}, {each.text("participation"), tone_of_ten(each.whole("participation"))},
                             {each.text("added_value"), tone_of_ten(each.whole("added_value"))}, {each.text("comments")}}});
      document.sheet->rows.push_back({project.text("name"), project.text("description"), each.text("name"), each.value("participation"), each.value("added_value"), each.text("comments")});
    }
    if (strategies.empty() && project.id().value) document.sheet->rows.push_back({project.text("name"), project.text("description"), {}, {}, {}, {}});
    section.add(table);
  }
  return document;
}

Document factors(Records& records, const Record& organisation) {
  Document document;
  auto& section = document.sections.emplace_back();
  auto label = [&](const char* column) { return records.label("factor", column); };
  Grid table{{{label("description"), 27}, {label("impact"), 11}, {label("score"), 9, true}, {label("domain"), 19}, {label("origin"), 12}, {label("comments"), 22}}, {}, 10};
  document.sheet = Sheet{{label("description"), label("impact"), label("score"), label("domain"), label("origin"), label("comments")}, {}};
  Bars bars;
  for (auto& each : ranked(records.rows("factor", "organisation", organisation.id()))) {
    auto impact = records.choice(each, "impact"), domain = records.choice(each, "domain"), origin = records.choice(each, "origin");
    table.rows.push_back({{{each.text("description")}, {impact}, {each.text("score"), tone_of_ten(each.whole("score"))}, {domain}, {origin}, {each.text("comments")}}});
    document.sheet->rows.push_back({each.text("description"), impact, each.value("score"), domain, origin, each.text("comments")});
    if (auto score = each.whole("score"))
      bars.bars.push_back({in_short(each.text("description"), 70), impact, static_cast<int>(std::clamp<std::int64_t>(*score, 1, 10)), each.text("impact") == "negative"});
  }
  section.add(Note{records.help("factor")});
  if (!bars.bars.empty()) section.add(Heading{1, records.say({"Ranking", "Classement", "Rangschikking"})}).add(bars);
  section.add(Heading{1, records.say({"Factors", "Facteurs", "Factoren"})}).add(table);
  return document;
}

Document swot(Records& records, const Record& project) {
  Document document;
  auto& section = document.sections.emplace_back();
  document.sheet = Sheet{{records.label("project"), records.label("swot_item", "quadrant"), records.label("swot_item", "text")}, {}};
  auto internal = records.choice("factor", "origin", "internal"), external = records.choice("factor", "origin", "external");
  constexpr const char* codes[] = {"strength", "weakness", "opportunity", "threat"};
  Quadrants quadrants;
  for (std::size_t k = 0; k < 4; ++k) quadrants.quadrants[k] = {records.choice("swot_item", "quadrant", codes[k]), k < 2 ? internal : external, {}};
  Points others;  // of a newer schema
  for (auto& item : records.rows("swot_item", "project", project.id())) {
    auto* code = std::find(std::begin(codes), std::end(codes), item.text("quadrant"));
    (code == std::end(codes) ? others.items : quadrants.quadrants[static_cast<std::size_t>(code - codes)].items).push_back(item.text("text"));
    document.sheet->rows.push_back({project.text("name"), records.choice(item, "quadrant"), item.text("text")});
  }
  section.add(Facts{{{records.label("project", "organisation"), records.name(project, "organisation")}, {records.label("project"), project.text("name")},
                     {records.label("project", "description"), project.text("description")}}});
  section.add(quadrants);
  if (!others.items.empty()) section.add(others);
  return document;
}

Document expertise(Records& records, const Record& organisation) {
  Document document;
  auto& section = document.sections.emplace_back();
  auto label = [&](const char* column) { return records.label("expertise", column); };
  document.sheet = Sheet{{label("direction"), label("subject"), label("description"), label("state"), label("answered_by")}, {}};
  auto rows = records.rows("expertise", "organisation", organisation.id());
  section.add(Note{records.help("expertise")});
  auto put = [&](const std::string& heading, auto&& belongs, int blanks) {
    Grid table{{{label("subject"), 24}, {label("description"), 40}, {label("state"), 14}, {label("answered_by"), 22}}, {}, blanks};
    for (auto& each : rows) {
      if (!belongs(each.text("direction"))) continue;
      std::vector<std::string> texts{each.text("subject"), each.text("description"), records.choice(each, "state"), records.name(each, "answered_by")};
      table.rows.push_back({{{texts[0]}, {texts[1]}, {texts[2]}, {texts[3]}}});
      document.sheet->rows.push_back({records.choice(each, "direction"), texts[0], texts[1], texts[2], texts[3]});
    }
    if (blanks || !table.rows.empty()) section.add(Heading{1, heading}).add(table);
  };
  put(records.say({"Expertise asked for", "Expertise demandée", "Gevraagde expertise"}), [](const std::string& direction) { return direction == "asked"; }, 4);
  put(records.say({"Expertise offered", "Expertise offerte", "Aangeboden expertise"}), [](const std::string& direction) { return direction == "offered"; }, 4);
  put(records.say({"Other expertise", "Autre expertise", "Andere expertise"}), [](const std::string& direction) { return direction != "asked" && direction != "offered"; }, 0);
  return document;
}

}  // namespace carnet
