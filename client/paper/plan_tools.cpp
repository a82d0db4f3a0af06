// What comes of it, on paper: action plans, exchanges, and a whole visit as one document.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "client/paper/tools.hpp"

namespace carnet {

using namespace form;

namespace {

constexpr const char* terms_of_goals[] = {"short", "medium", "long"};

// One column a term; a term of a newer schema gets one too.
Grid goals(Records& records, const Record& plan) {
  std::vector<std::string> codes(std::begin(terms_of_goals), std::end(terms_of_goals));
  std::map<std::string, std::vector<std::string>> texts;
  for (auto& each : records.rows("plan_goal", "action_plan", plan.id())) {
    auto code = each.text("term");
    if (std::find(codes.begin(), codes.end(), code) == codes.end()) codes.push_back(code);
    texts[code].push_back(each.text("text"));
  }
  Grid table;
  Line row;
  for (auto& code : codes) {
    table.columns.push_back({records.choice("plan_goal", "term", code), 100 / static_cast<int>(codes.size())});
    row.cells.push_back({bulleted(texts[code])});
  }
  table.rows = {row};
  table.is_tall = true;
  return table;
}

std::string budget_in_words(const Records& records, double budget, const std::string& currency) {
  return money_in_words(records.language(), budget, currency, records.choice("plan_action", "currency", currency));
}

int tone_of(const std::string& status) { return status == "done" ? 3 : status == "under_way" ? 2 : status == "planned" ? 1 : 0; }

Grid actions(Records& records, const Record& plan, Sheet& sheet) {
  auto label = [&](const char* column) { return records.label("plan_action", column); };
  Grid table{{{label("text"), 22}, {label("responsible"), 13}, {label("partners"), 13}, {label("contribution"), 17}, {records.say({"Period", "Période", "Periode"}), 12},
                     {label("budget"), 13}, {label("status"), 10, true}}, {}, 4, true};
  std::map<std::string, double> total;
  for (auto& each : records.rows("plan_action", "action_plan", plan.id())) {
    auto budget = each.real("budget");
    auto currency = each.text("currency");
    if (budget) total[currency] += *budget;
    table.rows.push_back({{{each.text("text")}, {each.text("responsible")}, {each.text("partners")}, {each.text("contribution")},
                           {period_in_words(records.language(), each.text("starts_on"), each.text("ends_on"))},
                           {budget ? budget_in_words(records, *budget, currency) : ""}, {records.choice(each, "status"), tone_of(each.text("status"))}}});
    sheet.rows.push_back({plan.text("objective"), each.text("text"), each.text("responsible"), each.text("partners"), each.text("contribution"), each.text("starts_on"), each.text("ends_on"),
                          budget ? Value{*budget} : Value{}, records.choice(each, "currency"), records.choice(each, "status")});
  }
  for (auto& [currency, sum] : total)
    table.rows.push_back({{{records.say({"Total budget: {}", "Budget total : {}", "Totaal budget: {}"}, budget_in_words(records, sum, currency))}}, true});
  return table;
}

void add_plan(Records& records, Document& document, const Record& plan, const std::string& heading, const std::string& organisation) {
  auto& text = document.sections.emplace_back();
  text.add(Heading{1, heading}).add(Lead{plan.text("objective"), 2});
  auto visit = plan.reference("visit").value ? visit_in_words(records, records.row("visit", plan.reference("visit"))) : "";
  text.add(Facts{{{records.label("action_plan", "organisation"), plan.reference("organisation").value ? records.name(plan, "organisation") : organisation}, {records.label("action_plan", "visit"), visit}}});
  for (auto* column : {"officials", "other_people", "done_already", "challenges", "resources"}) text.add(Heading{2, records.label("action_plan", column)}).add(Prose{plan.text(column), 3});
  auto& table = document.sections.emplace_back();
  table.landscape = true;
  table.add(Heading{2, records.say({"Objectives in time", "Objectifs à terme", "Doelstellingen op termijn"})}).add(goals(records, plan));
  table.add(Heading{2, records.say({"Actions", "Actions", "Acties"})}).add(actions(records, plan, *document.sheet));
}

Document plans_of(Records& records, std::vector<Record> plans, const std::string& organisation) {
  Document document;
  auto label = [&](const char* column) { return records.label("plan_action", column); };
  document.sheet = Sheet{{records.label("action_plan", "objective"), label("text"), label("responsible"), label("partners"), label("contribution"), label("starts_on"), label("ends_on"),
                          label("budget"), label("currency"), label("status")},
                         {}};
  if (plans.empty()) plans.push_back(records.blank("action_plan"));
  for (auto& plan : plans) {
    auto heading = records.label("action_plan", "objective");
    add_plan(records, document, plan, plans.size() == 1 ? heading : fmt::format("{} {}", heading, &plan - plans.data() + 1), organisation);
  }
  return document;
}

// The parts of the whole, below a heading each.
void append(Records& records, Document& whole, const char* tool, Document part) {
  part.sections.front().blocks.insert(part.sections.front().blocks.begin(), Heading{0, records.say(find_tool(tool)->title)});
  for (auto& section : part.sections) {
    for (auto& block : section.blocks)
      if (auto* heading = std::get_if<Heading>(&block)) ++heading->level;
    whole.sections.push_back(std::move(section));
  }
}

}  // namespace

Document action_plan(Records& records, const Record& organisation) { return plans_of(records, records.rows("action_plan", "organisation", organisation.id()), organisation.text("name")); }

// A plan of the guest that names no visit may well be this one's.
Document visit_plans(Records& records, const Record& visit) {
  auto plans = records.rows("action_plan", "visit", visit.id());
  for (auto& each : records.rows("action_plan", "organisation", visit.reference("guest")))
    if (!each.reference("visit").value) plans.push_back(each);
  return plans_of(records, plans, records.name(visit, "guest"));
}

Document exchange(Records& records, const Record& exchange) {
  Document document;
  auto& section = document.sections.emplace_back();
  auto label = [&](const char* column) { return records.label("exchange", column); };
  section.add(Facts{{{label("kind"), records.choice(exchange, "kind")}, {label("held_on"), day_in_words(records.language(), exchange.text("held_on"))}, {label("subject"), exchange.text("subject")}}});
  Grid table{{{records.label("participant", "name"), 40}, {records.label("participant", "function"), 32}, {records.label("person", "organisation"), 28}}, {}, 5};
  for (auto& each : records.rows("participant", "exchange", exchange.id())) {
    auto person = each.reference("person").value ? records.row("person", each.reference("person")) : records.blank("person");
    auto either = [&](const char* column) { return each.text(column).empty() ? person.text(column) : each.text(column); };
    table.rows.push_back({{{either("name")}, {either("function")}, {records.name(person, "organisation")}}});
  }
  section.add(Heading{1, records.say({"Participants", "Participants", "Deelnemers"})}).add(table);
  section.add(Heading{1, label("report")}).add(Prose{exchange.text("report"), 12});
  section.add(Heading{1, label("decisions")}).add(Prose{exchange.text("decisions"), 8});
  return document;
}

Document whole_visit(Records& records, const Record& visit) {
  Document whole;
  auto& front = whole.sections.emplace_back();
  auto facts = visit_facts(records, visit);
  Points parts{{}, true};
  const std::pair<const char*, Document (*)(Records&, const Record&)> all[] = {
      {"programme", programme}, {"terms", terms}, {"journal", journal}, {"progress", progress}, {"action_plan", visit_plans}};
  for (auto& [tool, fill] : all) parts.items.push_back(records.say(find_tool(tool)->title));
  front.add(facts).add(Heading{1, records.say({"In this document", "Dans ce document", "In dit document"})}).add(parts);
  for (auto& [tool, fill] : all) append(records, whole, tool, fill(records, visit));
  return whole;
}

}  // namespace carnet
