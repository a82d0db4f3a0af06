// A visit on paper before it begins: its programme, with the sub-questions that nothing serves yet, and its terms of reference.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "client/paper/tools.hpp"

namespace carnet {

using namespace form;
using namespace std::chrono;

namespace {

constexpr int most_days = 31;  // a visit that is said to last longer is shown by the days on which something happened

std::set<std::string> dates_of(Records& records, const Record& visit) {
  std::set<std::string> dates;
  auto note = [&](const std::vector<Record>& rows) {
    for (auto& each : rows) dates.insert(each.text("day"));
  };
  auto first = day_of(visit.text("starts_on")), last = day_of(visit.text("ends_on"));
  if (first && (!last || sys_days{*last} - sys_days{*first} >= days{most_days})) last = first;
  if (first)
    for (auto day = sys_days{*first}; day <= sys_days{*last}; day += days{1}) dates.insert(in_iso(day));
  for (auto* table : {"activity", "journal_entry", "visit_day"}) note(records.rows(table, "visit", visit.id()));
  for (auto& terms : records.rows("terms", "visit", visit.id())) {
    note(records.rows("terms_day", "terms", terms.id()));
    for (auto& objective : records.rows("objective", "terms", terms.id()))
      for (auto* table : {"objective_day", "progress"}) note(records.rows(table, "objective", objective.id()));
  }
  return dates;
}

VisitDay day_in(Records& records, const Record& visit, const std::string& date) {
  auto day = day_of(date), first = day_of(visit.text("starts_on"));
  auto weekday = weekday_in_words(records.language(), date);
  auto number = day && first ? (sys_days{*day} - sys_days{*first}).count() + 1 : 0;
  return {date, number > 0 && number <= most_days ? records.say({"Day {} – {}", "Jour {} – {}", "Dag {} – {}"}, number, weekday) : weekday, day_in_short(records.language(), date)};
}

std::string hours(const Record& activity) {
  auto from = activity.text("starts_at"), to = activity.text("ends_at");
  return from.empty() || to.empty() ? from + to : from + " –\n" + to;
}

std::vector<std::string> served_by(Records& records, const Record& activity) {
  std::vector<std::string> served;
  for (auto part : records.sub_questions("activity_sub_question", "activity", activity.id())) served.push_back(records.sub_question(part));
  return served;
}

std::map<std::string, std::string> central_questions(Records& records, const Record& visit) {
  std::map<std::string, std::string> questions;
  for (auto& terms : records.rows("terms", "visit", visit.id()))
    for (auto& each : records.rows("terms_day", "terms", terms.id())) questions[each.text("day")] = each.text("central_question");
  return questions;
}

std::string place_of(const Record& activity) { return activity.text("place").empty() ? "" : "\n" + activity.text("place"); }

Grid programme_table(Records& records, const Record& visit, Sheet& sheet) {
  auto label = [&](const char* column) { return records.label("activity", column); };
  Grid table{{{records.say({"Hour", "Heure", "Uur"}), 9}, {label("title") + ", " + label("place"), 29}, {records.say({"Sub-questions", "Sous-questions", "Deelvragen"}), 30},
                     {label("accompanied_by"), 15}, {label("remarks"), 17}}};
  sheet.columns = {label("day"), label("starts_at"), label("ends_at"), label("title"), label("place"), records.say({"Sub-questions", "Sous-questions", "Deelvragen"}), label("accompanied_by"), label("remarks")};
  auto central = central_questions(records, visit);
  auto activities = records.rows("activity", "visit", visit.id());
  for (auto& day : days_of(records, visit)) {
    auto question = day.date.empty() ? "" : central[day.date];
    table.rows.push_back({{{day.title + (question.empty() ? "" : "\n" + question)}}, true});
    auto before = table.rows.size();
    for (auto& each : activities) {
      if (each.text("day") != day.date) continue;
      auto served = bulleted(served_by(records, each));
      table.rows.push_back({{{hours(each)}, {each.text("title") + place_of(each)}, {served}, {each.text("accompanied_by")}, {each.text("remarks")}}});
      sheet.rows.push_back({day.date, each.text("starts_at"), each.text("ends_at"), each.text("title"), each.text("place"), served, each.text("accompanied_by"), each.text("remarks")});
    }
    if (table.rows.size() == before) table.rows.resize(before + 2, {std::vector<Box>(table.columns.size())});
  }
  return table;
}

// What is most wanted first.
void add_unserved(Records& records, Section& section, const Record& visit) {
  std::set<RowId> served;
  for (auto& activity : records.rows("activity", "visit", visit.id()))
    for (auto part : records.sub_questions("activity_sub_question", "activity", activity.id())) served.insert(part);
  auto all = sub_questions_of(records, visit);
  Grid table{{{records.label("sub_question"), 80}, {records.label("sub_question", "priority"), 20, true}}, {}, 0};
  for (auto* priority : {"must", "like", "nice", ""})
    for (auto id : all) {
      auto row = records.row("sub_question", id);
      auto code = row.text("priority");
      bool other = code != "must" && code != "like" && code != "nice";
      if (!served.contains(id) && (other ? *priority == 0 : code == priority))
        table.rows.push_back({{{records.sub_question(id)}, {records.choice(row, "priority"), code == "must" ? 3 : code == "like" ? 2 : other ? 0 : 1}}});
    }
  section.add(Heading{1, records.say({"Sub-questions that no activity serves yet", "Sous-questions auxquelles aucune activité ne répond encore", "Deelvragen waar nog geen activiteit bij hoort"})});
  if (!table.rows.empty()) section.add(table);
  else if (all.empty()) section.add(Note{records.say({"No sub-question has been written yet.", "Aucune sous-question n’est encore écrite.", "Er is nog geen deelvraag geschreven."})});
  else section.add(Note{records.say({"Every sub-question has its activity.", "Chaque sous-question a son activité.", "Elke deelvraag heeft haar activiteit."})});
}

void add_objectives(Records& records, Section& section, const Record& terms) {
  std::vector<std::pair<RowId, std::vector<Record>>> by_question;
  for (auto& objective : records.rows("objective", "terms", terms.id())) {
    auto question = objective.reference("question");
    auto found = std::find_if(by_question.begin(), by_question.end(), [&](auto& each) { return each.first == question; });
    if (found == by_question.end()) found = by_question.insert(by_question.end(), {question, {}});
    found->second.push_back(objective);
  }
  if (by_question.empty()) by_question.assign(2, {RowId{}, {}});
  for (auto& [question, objectives] : by_question) {
    Grid table{{{records.label("objective"), 45}, {records.say({"Sub-questions", "Sous-questions", "Deelvragen"}), 55}}, {}, 3, true};
    for (auto& each : objectives) {
      std::vector<std::string> parts;
      for (auto part : records.sub_questions("objective_sub_question", "objective", each.id())) parts.push_back(records.sub_question(part));
      table.rows.push_back({{{each.text("text")}, {bulleted(parts)}}});
    }
    section.add(Heading{2, records.label("learning_question")});
    section.add(Lead{question.value ? records.row("learning_question", question).text("wording") : ""}).add(table);
  }
}

Grid programme_by_day(Records& records, const Record& visit) {
  Grid table{{{records.label("activity", "day"), 26}, {records.label("terms_day", "central_question"), 34}, {records.say({"Activities", "Activités", "Activiteiten"}), 40}}};
  auto central = central_questions(records, visit);
  auto activities = records.rows("activity", "visit", visit.id());
  for (auto& day : days_of(records, visit)) {
    std::vector<std::string> lines;
    for (auto& each : activities)
      if (each.text("day") == day.date) lines.push_back(each.text("starts_at") + (each.text("starts_at").empty() ? "" : "\u00A0– ") + each.text("title"));
    table.rows.push_back({{{day.title}, {day.date.empty() ? "" : central[day.date]}, {bulleted(lines)}}});
  }
  table.is_tall = true;
  return table;
}

Grid delegation(Records& records, const Record& terms) {
  Grid table{{{records.label("delegate", "name"), 40}, {records.label("delegate", "function"), 35}, {records.label("person", "organisation"), 25}}, {}, 5};
  for (auto& each : records.rows("delegate", "terms", terms.id())) {
    auto person = each.reference("person").value ? records.row("person", each.reference("person")) : records.blank("person");
    auto either = [&](const char* column) { return each.text(column).empty() ? person.text(column) : each.text(column); };
    table.rows.push_back({{{either("name")}, {either("function")}, {records.name(person, "organisation")}}});
  }
  return table;
}

Signatures signatures(Records& records, const Record& terms, const Record& visit) {
  auto day = [&](const char* column) { return day_in_words(records.language(), terms.text(column)); };
  return {{{records.say({"Validated by the visiting municipality", "Validé par la commune visiteuse", "Gevalideerd door de bezoekende gemeente"}), records.name(visit, "guest"), terms.text("validated_by"), day("validated_on")},
           {records.say({"Signed by the host municipality", "Signé par la commune hôte", "Ondertekend door de ontvangende gemeente"}), records.name(visit, "host"), terms.text("signed_by"), day("signed_on")}},
          records.say({"Name and function", "Nom et fonction", "Naam en functie"}), records.say({"Date", "Date", "Datum"}), records.say({"Signature and stamp", "Signature et cachet", "Handtekening en stempel"})};
}

}  // namespace

std::string visit_in_words(Records& records, const Record& visit) {
  auto guest = records.name(visit, "guest"), host = records.name(visit, "host"), title = visit.text("title");
  if (title.empty()) title = guest.empty() || host.empty() ? guest + host : records.say({"{} in {}", "{} à {}", "{} in {}"}, guest, host);
  auto period = period_in_words(records.language(), visit.text("starts_on"), visit.text("ends_on"));
  return title.empty() || period.empty() ? title + period : title + ", " + period;
}

Facts visit_facts(Records& records, const Record& visit) {
  return {{{records.label("visit", "guest"), records.name(visit, "guest")},
           {records.label("visit", "host"), records.name(visit, "host")},
           {records.say({"Dates", "Dates", "Data"}), period_in_words(records.language(), visit.text("starts_on"), visit.text("ends_on"))}}};
}

std::vector<VisitDay> days_of(Records& records, const Record& visit) {
  std::vector<VisitDay> all;
  auto dates = dates_of(records, visit);
  for (auto& date : dates)
    if (!date.empty()) all.push_back(day_in(records, visit, date));
  if (dates.contains("")) all.push_back({"", records.say({"No day given", "Sans jour", "Zonder dag"}), "–"});
  for (int number = 1; dates.empty() && number <= 5; ++number)
    all.push_back({"", records.say({"Day {}", "Jour {}", "Dag {}"}, number), records.say({"Day {}", "Jour {}", "Dag {}"}, number)});
  return all;
}

std::vector<RowId> sub_questions_of(Records& records, const Record& visit) {
  std::vector<RowId> questions, parts;
  auto note = [](std::vector<RowId>& ids, RowId id) {
    if (id.value && std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  };
  for (auto& each : records.rows("learning_question", "organisation", visit.reference("guest"))) note(questions, each.id());
  for (auto& terms : records.rows("terms", "visit", visit.id()))
    for (auto& objective : records.rows("objective", "terms", terms.id())) {
      note(questions, objective.reference("question"));
      for (auto part : records.sub_questions("objective_sub_question", "objective", objective.id())) note(parts, part);
    }
  auto linked = std::exchange(parts, {});
  for (auto question : questions)
    for (auto& each : records.rows("sub_question", "question", question)) note(parts, each.id());
  for (auto id : linked) note(parts, id);
  return parts;
}

Document programme(Records& records, const Record& visit) {
  Document document;
  document.sheet = Sheet{};
  auto& section = document.sections.emplace_back();
  section.landscape = true;
  section.add(visit_facts(records, visit)).add(Heading{1, records.say({"Day by day", "Jour par jour", "Dag per dag"})}).add(programme_table(records, visit, *document.sheet));
  add_unserved(records, section, visit);
  return document;
}

Document terms(Records& records, const Record& visit) {
  Document document;
  auto all = records.rows("terms", "visit", visit.id());
  if (all.empty()) all.push_back(records.blank("terms"));
  for (auto& each : all) {
    auto& section = document.sections.emplace_back();
    auto facts = visit_facts(records, visit);
    facts.rows.push_back({records.label("terms", "state"), records.choice(each, "state")});
    section.add(facts).add(Heading{1, records.label("terms", "context")}).add(Prose{each.text("context"), 6});
    section.add(Heading{1, records.say({"Objectives", "Objectifs", "Doelstellingen"})});
    add_objectives(records, section, each);
    section.add(Heading{1, records.say({"Programme by day", "Programme par jour", "Programma per dag"})}).add(programme_by_day(records, visit));
    section.add(Heading{1, records.label("terms", "local_context")}).add(Prose{each.text("local_context"), 6});
    section.add(Heading{1, records.say({"Delegation", "Délégation", "Delegatie"})}).add(delegation(records, each));
    section.add(Heading{1, records.say({"Validation and signature", "Validation et signature", "Validatie en ondertekening"})}).add(signatures(records, each, visit));
  }
  return document;
}

}  // namespace carnet
