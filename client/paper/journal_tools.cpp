// A visit on paper as it was lived: the journal of its activities and that of its progress.
#include <fmt/format.h>

#include <algorithm>

#include "client/paper/pictures.hpp"
#include "client/paper/tools.hpp"

namespace carnet {

using namespace form;

namespace {

// The journal's questions: those that were written down, and the sub-questions that the entry answers.
std::string questions_of(Records& records, const Record& entry) {
  std::vector<std::string> parts;
  for (auto part : records.sub_questions("entry_sub_question", "entry", entry.id())) parts.push_back(records.sub_question(part));
  auto written = entry.text("questions"), listed = bulleted(parts);
  return written.empty() || listed.empty() ? written + listed : written + "\n" + listed;
}

Grid journal_table(const Records& records) {
  auto label = [&](const char* column) { return records.label("journal_entry", column); };
  return {{{label("activity"), 17}, {label("questions"), 20}, {label("learned"), 27}, {label("applicable"), 20}, {label("missing"), 16}}, {}, 3, true};
}

std::string activity_in_words(const Record& activity, const std::string& author) {
  auto text = activity.text("starts_at");
  text += (text.empty() || activity.text("title").empty() ? "" : "\u00A0– ") + activity.text("title");
  return author.empty() ? text : text + (text.empty() ? "" : "\n") + author;
}

// Entries by activity, in the programme's order; an activity without any is left to a pen.
void add_day(Records& records, Grid& table, Sheet& sheet, const std::string& day, const std::vector<Record>& activities, const std::vector<Record>& entries) {
  auto put = [&](const Record& entry, const Record& activity) {
    auto author = records.name(entry, "author"), questions = questions_of(records, entry);
    table.rows.push_back({{{activity_in_words(activity, author)}, {questions}, {entry.text("learned")}, {entry.text("applicable")}, {entry.text("missing")}}});
    if (entry.id().value) sheet.rows.push_back({day, activity.text("title"), author, questions, entry.text("learned"), entry.text("applicable"), entry.text("missing")});
  };
  std::vector<RowId> listed;
  auto of_day = [&](const Record& row) { return row.text("day") == day; };
  for (auto& activity : activities) {
    bool is_of_day = of_day(activity), has_entry = false;
    for (auto& entry : entries)
      if (of_day(entry) && entry.reference("activity") == activity.id()) {
        put(entry, activity);
        listed.push_back(entry.id());
        has_entry = true;
      }
    if (is_of_day && !has_entry) put(records.blank("journal_entry"), activity);
  }
  for (auto& entry : entries)
    if (of_day(entry) && std::find(listed.begin(), listed.end(), entry.id()) == listed.end())
      put(entry, entry.reference("activity").value ? records.row("activity", entry.reference("activity")) : records.blank("activity"));
}

void add_pictures(Records& records, Section& section, const std::string& day, const std::vector<std::vector<Record>>& all) {
  std::vector<Record> of_day;
  for (auto& rows : all)
    for (auto& row : rows)
      if (row.text("day") == day) of_day.push_back(row);
  if (auto pictures = pictures_about(records, of_day); !pictures.pictures.empty()) section.add(std::move(pictures));
}

struct Objective {
  Record row;
  std::vector<RowId> parts;
  std::map<std::pair<RowId, std::string>, Record> scores;  // by sub-question and day
  std::map<std::string, Record> days;
};

// Its sub-questions are those that are linked to it or were scored; where there are none, all of its question.
Objective objective_of(Records& records, const Record& row) {
  Objective objective{row, {}, {}, {}};
  auto note = [&](RowId id) {
    if (std::find(objective.parts.begin(), objective.parts.end(), id) == objective.parts.end()) objective.parts.push_back(id);
  };
  for (auto part : records.sub_questions("objective_sub_question", "objective", row.id())) note(part);
  for (auto& score : records.rows("progress", "objective", row.id())) {
    note(score.reference("sub_question"));
    objective.scores.insert({{score.reference("sub_question"), score.text("day")}, score});
  }
  if (objective.parts.empty())
    for (auto& each : records.rows("sub_question", "question", row.reference("question"))) note(each.id());
  for (auto& each : records.rows("objective_day", "objective", row.id())) objective.days.insert({each.text("day"), each});
  return objective;
}

std::vector<Objective> objectives_of(Records& records, const Record& visit) {
  std::vector<Objective> all;
  for (auto& terms : records.rows("terms", "visit", visit.id()))
    for (auto& row : records.rows("objective", "terms", terms.id())) all.push_back(objective_of(records, row));
  return all;
}

Box score_cell(const Record& row) {
  auto score = row.whole("score");
  return score ? Box{std::to_string(*score), static_cast<int>(std::clamp<std::int64_t>(*score, 0, 3)) + 1} : Box{};
}

// Objectives and their sub-questions down, days across.
Grid grid(Records& records, const std::vector<Objective>& objectives, const std::vector<VisitDay>& days, Sheet& sheet) {
  int width = std::max(4, std::min(9, 60 / static_cast<int>(days.size())));
  Grid table{{{records.say({"Objectives and sub-questions", "Objectifs et sous-questions", "Doelstellingen en deelvragen"}), 100 - width * static_cast<int>(days.size())}}, {}, 6};
  sheet.columns = {records.label("objective"), records.label("sub_question")};
  for (auto& day : days) {
    table.columns.push_back({day.short_title, width, true});
    sheet.columns.push_back(day.date.empty() ? day.title : day.date);
  }
  auto put = [&](const std::string& objective, const std::string& part, auto&& score_of, bool strong) {
    Line row{{{strong ? objective : part}}, strong};
    std::vector<Value> flat{objective, part};
    for (auto& day : days) {
      auto* score = score_of(day.date);
      row.cells.push_back(score ? score_cell(*score) : Box{});
      flat.push_back(score ? score->value("score") : Value{});
    }
    table.rows.push_back(std::move(row));
    sheet.rows.push_back(std::move(flat));
  };
  auto in = [](auto& map, const auto& key) -> const Record* {
    auto found = map.find(key);
    return found == map.end() ? nullptr : &found->second;
  };
  for (auto& each : objectives) {
    put(each.row.text("text"), "", [&](auto& day) { return in(each.days, day); }, true);
    for (auto part : each.parts)
      put(each.row.text("text"), records.sub_question(part), [&](auto& day) { return in(each.scores, std::pair(part, day)); }, false);
  }
  return table;
}

Grid learned_by_objective(Records& records, const std::vector<Objective>& objectives, const std::string& day) {
  Grid table{{{records.label("objective"), 36}, {records.label("objective_day", "score"), 12, true}, {records.label("objective_day", "learned"), 52}}, {}, 3, true};
  for (auto& each : objectives) {
    auto found = each.days.find(day);
    Record row = found == each.days.end() ? records.blank("objective_day") : found->second;
    table.rows.push_back({{{each.row.text("text")}, score_cell(row), {row.text("learned")}}});
  }
  return table;
}

std::string legend(const Records& records) {
  return records.say({"0: nothing learned; 1: a little; 2: great progress; 3: revelation.", "0 : rien appris ; 1 : un peu ; 2 : grand progrès ; 3 : révélation.",
                      "0: niets geleerd; 1: een beetje; 2: grote vooruitgang; 3: openbaring."});
}

}  // namespace

Document journal(Records& records, const Record& visit) {
  Document document;
  auto label = [&](const char* column) { return records.label("journal_entry", column); };
  document.sheet = Sheet{{label("day"), label("activity"), label("author"), label("questions"), label("learned"), label("applicable"), label("missing")}, {}};
  auto& section = document.sections.emplace_back();
  section.landscape = true;
  section.add(visit_facts(records, visit));
  auto activities = records.rows("activity", "visit", visit.id()), entries = records.rows("journal_entry", "visit", visit.id());
  for (auto& day : days_of(records, visit)) {
    auto table = journal_table(records);
    add_day(records, table, *document.sheet, day.date, activities, entries);
    section.add(Heading{1, day.title}).add(table);
    add_pictures(records, section, day.date, {activities, entries});
  }
  return document;
}

Document progress(Records& records, const Record& visit) {
  Document document;
  document.sheet = Sheet{};
  auto days = days_of(records, visit);
  auto objectives = objectives_of(records, visit);
  auto& scores = document.sections.emplace_back();
  scores.landscape = days.size() > 7;
  scores.add(visit_facts(records, visit)).add(Heading{1, records.say({"Progress by day", "Progrès par jour", "Voortgang per dag"})});
  scores.add(Note{legend(records)}).add(grid(records, objectives, days, *document.sheet));
  auto reviews = records.rows("visit_day", "visit", visit.id());
  for (auto& day : days) {
    auto found = std::find_if(reviews.begin(), reviews.end(), [&](auto& each) { return each.text("day") == day.date; });
    Record review = found == reviews.end() ? records.blank("visit_day") : *found;
    auto& section = document.sections.emplace_back();
    section.add(Heading{1, day.title});
    section.add(Heading{2, records.label("objective_day", "learned")}).add(learned_by_objective(records, objectives, day.date));
    for (auto* column : {"unexpected", "contributed", "difficulties", "meaning"}) section.add(Heading{2, records.label("visit_day", column)}).add(Prose{review.text(column), 3});
  }
  return document;
}

}  // namespace carnet
