// The tools as forms on paper: what each one is called, whose id it takes, and how it is filled in from the rows of a replica.
#pragma once
#include <string_view>
#include <vector>

#include "client/paper/document.hpp"
#include "client/paper/records.hpp"

namespace carnet {

struct Tool {
  std::string_view name;    // in addresses and on the command line
  std::string_view target;  // the table of the row whose id it takes
  Words title;
  Words file;               // the first word of a file's name
  form::Document (*fill)(Records& records, const Record& row);  // title, tool and language are set by document_of()
  bool is_table;            // there is a CSV of it
};

const std::vector<Tool>& tools();
const Tool* find_tool(std::string_view name);

// The filled form, with what people said about its rows at the end; an error in words where there is no such tool or row.
Result<form::Document> document_of(Replica& replica, std::string_view tool, RowId id, Language language);

// One by one: of a municipality (municipality_tools.cpp, question_tools.cpp) ...
form::Document presentation(Records& records, const Record& organisation);
form::Document activity_profile(Records& records, const Record& organisation);
form::Document factors(Records& records, const Record& organisation);
form::Document swot(Records& records, const Record& project);
form::Document questions(Records& records, const Record& organisation);
form::Document expertise(Records& records, const Record& organisation);
// ... of a visit (visit_tools.cpp, journal_tools.cpp) ...
form::Document programme(Records& records, const Record& visit);
form::Document terms(Records& records, const Record& visit);
form::Document journal(Records& records, const Record& visit);
form::Document progress(Records& records, const Record& visit);
form::Document whole_visit(Records& records, const Record& visit);
// ... and what comes of it (plan_tools.cpp).
form::Document action_plan(Records& records, const Record& organisation);
form::Document visit_plans(Records& records, const Record& visit);  // those that this visit led to
form::Document exchange(Records& records, const Record& exchange);

// What several of them say.
std::string visit_in_words(Records& records, const Record& visit);  // Ouinhi à Laarne, du 10 au 14 mars 2025
form::Facts visit_facts(Records& records, const Record& visit);
// Days of the visit, and others on which something of it was written; what has no day comes last. Nameless ones where nothing is set.
struct VisitDay {
  std::string date;  // as the cells have it
  std::string title, short_title;
};
std::vector<VisitDay> days_of(Records& records, const Record& visit);
// Numbers of the sub-questions that the visit is about: of the guest, and of its objectives.
std::vector<RowId> sub_questions_of(Records& records, const Record& visit);
std::string bulleted(const std::vector<std::string>& lines);

}  // namespace carnet
