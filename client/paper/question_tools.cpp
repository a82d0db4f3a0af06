// The table of learning questions: of each its obstacles, its sub-questions, how it evolved and what was applied.
#include <fmt/format.h>

#include <algorithm>

#include "client/paper/tools.hpp"

namespace carnet {

using namespace form;

namespace {

// One row of the sheet: of which question, what it is, and its text.
void put(Sheet& sheet, const std::string& question, const std::string& what, const std::string& text, const std::string& priority = {}, const std::string& day = {},
         const std::string& who = {}) {
  sheet.rows.push_back({question, what, text, priority, day, who});
}

int tone_of(const std::string& priority) { return priority == "must" ? 3 : priority == "like" ? 2 : priority == "nice" ? 1 : 0; }

// Written down by hand (`wording`), then what this device remembers of the text itself, then how it reads now.
Grid evolution(Records& records, const Record& question, Sheet& sheet) {
  auto label = [&](const char* column) { return records.label("wording", column); };
  Grid table{{{label("written_on"), 17}, {label("text"), 43}, {label("reason"), 22}, {label("author"), 18}}, {}, 3};
  std::vector<std::string> told;
  for (auto& each : records.rows("wording", "question", question.id())) {
    told.push_back(each.text("text"));
    table.rows.push_back({{{day_in_words(records.language(), each.text("written_on"))}, {each.text("text")}, {each.text("reason")}, {records.name(each, "author")}}});
    put(sheet, question.text("wording"), records.label("wording"), each.text("text"), {}, each.text("written_on"), records.name(each, "author"));
  }
  for (auto& each : records.wordings(question, "wording"))
    if (std::find(told.begin(), told.end(), each.text) == told.end()) {
      table.rows.push_back({{{day_in_words(records.language(), each.day)}, {each.text}, {}, {each.by}}});
      put(sheet, question.text("wording"), records.label("wording"), each.text, {}, each.day, each.by);
    }
  if (!table.rows.empty()) table.rows.push_back({{{records.say({"Now", "Aujourd’hui", "Nu"})}, {question.text("wording")}, {}, {}}});
  return table;
}

void add_question(Records& records, Section& section, const Record& question, Sheet& sheet) {
  section.add(Lead{question.text("wording")});
  Points obstacles{{}, true, 3};
  for (auto& each : records.rows("obstacle", "question", question.id())) {
    obstacles.items.push_back(each.text("text"));
    put(sheet, question.text("wording"), records.label("obstacle"), each.text("text"));
  }
  Grid parts{{{records.label("sub_question"), 78}, {records.label("sub_question", "priority"), 22, true}}, {}, 4};
  for (auto& each : records.rows("sub_question", "question", question.id())) {
    parts.rows.push_back({{{records.sub_question(each.id())}, {records.choice(each, "priority"), tone_of(each.text("priority"))}}});
    put(sheet, question.text("wording"), records.label("sub_question"), each.text("text"), records.choice(each, "priority"));
  }
  Grid applied{{{records.label("applied", "text"), 78}, {records.label("applied", "since"), 22}}, {}, 2};
  for (auto& each : records.rows("applied", "question", question.id())) {
    applied.rows.push_back({{{each.text("text")}, {day_in_words(records.language(), each.text("since"))}}});
    put(sheet, question.text("wording"), records.label("applied"), each.text("text"), {}, each.text("since"));
  }
  section.add(Heading{2, records.say({"Obstacles", "Obstacles", "Hindernissen"})}).add(obstacles);
  section.add(Heading{2, records.say({"Sub-questions", "Sous-questions", "Deelvragen"})}).add(parts);
  section.add(Heading{2, records.say({"How the question evolved", "Évolution de la question", "Hoe de vraag evolueerde"})}).add(evolution(records, question, sheet));
  section.add(Heading{2, records.label("applied")}).add(applied);
}

}  // namespace

Document questions(Records& records, const Record& organisation) {
  Document document;
  document.sheet = Sheet{{records.label("learning_question"), records.say({"What", "Élément", "Wat"}), records.say({"Text", "Texte", "Tekst"}),
                          records.label("sub_question", "priority"), records.label("wording", "written_on"), records.label("wording", "author")},
                         {}};
  auto rows = records.rows("learning_question", "organisation", organisation.id());
  if (rows.empty()) rows.assign(2, records.blank("learning_question"));  // what a municipality usually has
  for (auto& question : rows) {
    auto& section = document.sections.emplace_back();
    section.add(Heading{1, fmt::format("{} {}", records.label("learning_question"), document.sections.size())});
    if (question.id().value) put(*document.sheet, question.text("wording"), records.label("learning_question"), question.text("wording"));
    add_question(records, section, question, *document.sheet);
  }
  return document;
}

}  // namespace carnet
