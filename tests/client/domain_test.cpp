// The declaration keeps its own rules, its numbers stand for ever, and the ten tools can be written with plain SQL.
#include <catch2/catch.hpp>

#include <functional>
#include <set>
#include <sstream>

#include "core/blob.hpp"
#include "core/domain.hpp"
#include "tests/village.hpp"

using namespace carnet;
using namespace carnet::test;
using Catch::Matchers::StartsWith;

namespace {

// Number and name of every table and column, as they travel. A new one is added; nothing here ever changes.
// ~ text that merges, ^ owner, ! part of the key.
constexpr auto golden = R"(
1 organisation: 1 name, 2 kind, 3 country, 4 languages, 5 website, 6 left_on, 7 services~
2 person: 1 organisation, 2 name, 3 function, 4 years_of_service, 5 relation, 6 email, 7 phone
3 partnership: 1 north, 2 south, 3 theme, 4 status, 5 outcome~
4 presentation: 1 organisation!, 2 national_structure~, 3 regional_structure~, 4 local_structure~, 5 authority~,
  6 location~, 7 population, 8 economy~, 9 events~, 10 sights~, 11 known_inhabitants~, 12 reasons~, 13 expectations~
5 presentation_person: 1 presentation^!, 2 person!
6 presentation_image: 1 presentation^, 2 position, 3 caption
37 device: 1 number!, 2 name, 3 person
38 holder: 1 number!, 2 since!, 3 name
7 project: 1 organisation, 2 name, 3 description~
8 strategy: 1 project^, 2 position, 3 name, 4 participation, 5 added_value, 6 comments~
9 factor: 1 organisation, 2 description~, 3 impact, 4 score, 5 domain, 6 origin, 7 comments~
10 swot_item: 1 project^, 2 quadrant, 3 position, 4 text~
11 learning_question: 1 organisation, 2 position, 3 wording~
12 wording: 1 question^, 2 position, 3 written_on, 4 text~, 5 reason~, 6 author
13 obstacle: 1 question^, 2 position, 3 text~
14 sub_question: 1 question^, 2 position, 3 text~, 4 priority
15 applied: 1 question^, 2 text~, 3 since
16 visit: 1 guest, 2 host, 3 starts_on, 4 ends_on, 5 title
17 activity: 1 visit^, 2 position, 3 day, 4 starts_at, 5 ends_at, 6 title, 7 place, 8 accompanied_by, 9 remarks~
18 activity_sub_question: 1 activity^!, 2 sub_question!
19 terms: 1 visit^!, 2 context~, 3 local_context~, 4 state, 5 validated_on, 6 validated_by, 7 signed_on, 8 signed_by
20 objective: 1 terms^, 2 question, 3 position, 4 text~
21 objective_sub_question: 1 objective^!, 2 sub_question!
22 terms_day: 1 terms^!, 2 day!, 3 central_question~
23 delegate: 1 terms^, 2 person, 3 name, 4 function, 5 position
24 journal_entry: 1 visit^, 2 activity, 3 author, 4 day, 5 position, 6 questions~, 7 learned~, 8 applicable~, 9 missing~
25 entry_sub_question: 1 entry^!, 2 sub_question!
26 progress: 1 objective^!, 2 sub_question!, 3 day!, 4 score
27 objective_day: 1 objective^!, 2 day!, 3 score, 4 learned~
28 visit_day: 1 visit^!, 2 day!, 3 unexpected~, 4 contributed~, 5 difficulties~, 6 meaning~
29 action_plan: 1 organisation, 2 position, 3 objective~, 4 officials~, 5 other_people~, 6 done_already~, 7 challenges~,
  8 resources~, 9 visit
30 plan_goal: 1 action_plan^, 2 term, 3 position, 4 text~
31 plan_action: 1 action_plan^, 2 position, 3 text~, 4 responsible, 5 partners~, 6 contribution~, 7 starts_on, 8 ends_on,
  9 budget, 10 currency, 11 status
32 expertise: 1 organisation, 2 direction, 3 subject, 4 description~, 5 answered_by, 6 state
33 exchange: 1 kind, 2 held_on, 3 subject, 4 report~, 5 decisions~
34 participant: 1 exchange^, 2 person, 3 name, 4 function
35 media: 1 about, 2 about_table, 3 kind, 4 caption, 5 taken_on, 6 preview, 7 medium, 8 original, 9 seconds, 10 original_wanted
36 comment: 1 about, 2 about_table, 3 author, 4 text~, 5 settled
39 origin: 1 about, 2 about_table, 3 origin, 4 origin_space
40 account_organisation: 1 name, 2 outcome
41 account_person: 1 name, 2 organisation, 3 outcome
42 account_space: 1 name, 2 kind, 3 number, 4 outcome
43 account_device: 1 name, 2 person, 3 state, 4 number, 5 outcome
44 account_member: 1 person!, 2 in_space!, 3 role, 4 outcome
45 account_invite: 1 device, 2 expires_on, 3 state, 4 sealed, 5 sealed_for, 6 outcome
)";

// The ten tools in the order of the learning cycle, and what stands before and beside them.
const std::pair<const char*, const char*> tools[] = {
    {"who is who", R"(
INSERT INTO organisation(space,name,kind,country) VALUES(7,'Ouinhi','municipality','BJ'),(7,'Laarne','municipality','BE');
INSERT INTO person(space,organisation,name,function,years_of_service,relation)
  SELECT 7,id,'A. Dossou','Planification',12,'internal' FROM organisation WHERE name='Ouinhi';
INSERT INTO device(space,number,name,person) SELECT 7,3,'Planification',id FROM person;
INSERT INTO holder(space,number,since,name) VALUES(7,3,0,'A. Dossou');
INSERT INTO partnership(space,south,north,theme,status)
  SELECT 7,o.id,l.id,'Économie locale','active' FROM organisation o,organisation l WHERE o.name='Ouinhi' AND l.name='Laarne')"},
    {"1 Fiche de présentation", R"(
INSERT INTO presentation(space,organisation,population,sights) SELECT 7,id,59000,'Le fleuve' FROM organisation WHERE name='Ouinhi';
INSERT INTO presentation_person(space,presentation,person) SELECT 7,p.id,q.id FROM presentation p,person q;
INSERT INTO presentation_image(space,presentation,position,caption) SELECT 7,id,1,'Le marché' FROM presentation)"},
    {"2 Profil d'activités", R"(
INSERT INTO project(space,organisation,name) SELECT 7,id,'Marché' FROM organisation WHERE name='Ouinhi';
INSERT INTO strategy(space,project,name,participation,added_value) SELECT 7,id,'Dialogue',4,8 FROM project)"},
    {"3 Analyse des facteurs", R"(
INSERT INTO factor(space,organisation,description,impact,score,domain,origin)
  SELECT 7,id,'Pistes coupées','negative',7,'environmental','external' FROM organisation WHERE name='Ouinhi')"},
    {"4 FFOM", R"(
INSERT INTO swot_item(space,project,quadrant,position,text) SELECT 7,id,'strength',1,'Marché central' FROM project)"},
    {"5 Tableau de questions d'apprentissage", R"(
INSERT INTO learning_question(space,organisation,position,wording)
  SELECT 7,id,1,'Comment soutenir les acteurs ?' FROM organisation WHERE name='Ouinhi';
INSERT INTO wording(space,question,position,written_on,text,author)
  SELECT 7,q.id,1,'2024-02-05','Comment les faire payer ?',p.id FROM learning_question q,person p;
INSERT INTO obstacle(space,question,position,text) SELECT 7,id,1,'Pas de dialogue' FROM learning_question;
INSERT INTO sub_question(space,question,position,text,priority) SELECT 7,id,1,'Quels besoins ?','must' FROM learning_question;
INSERT INTO sub_question(space,question,position,text,priority) SELECT 7,id,2,'Quels appuis ?','nice' FROM learning_question;
INSERT INTO applied(space,question,text,since) SELECT 7,id,'Conseil consultatif','2025-01-15' FROM learning_question)"},
    {"6 Préparation de la visite", R"(
INSERT INTO visit(space,guest,host,starts_on,ends_on,title)
  SELECT 7,south,north,'2025-03-10','2025-03-14','Ouinhi à Laarne' FROM partnership;
INSERT INTO activity(space,visit,position,day,starts_at,ends_at,title) SELECT 7,id,1,'2025-03-11','09:30','11:00','Guichet' FROM visit;
INSERT INTO activity_sub_question(space,activity,sub_question) SELECT 7,a.id,s.id FROM activity a,sub_question s WHERE priority='must')"},
    {"7 Termes de référence", R"(
INSERT INTO terms(space,visit,context,state) SELECT 7,id,'Jumelage','draft' FROM visit;
INSERT INTO objective(space,terms,question,position,text) SELECT 7,t.id,q.id,1,'Voir un guichet' FROM terms t,learning_question q;
INSERT INTO objective_sub_question(space,objective,sub_question) SELECT 7,o.id,s.id FROM objective o,sub_question s;
INSERT INTO terms_day(space,terms,day,central_question) SELECT 7,id,'2025-03-11','Qui accueille ?' FROM terms;
INSERT INTO delegate(space,terms,person,position) SELECT 7,t.id,p.id,1 FROM terms t,person p)"},
    {"8 Journal d'apprentissage (activités)", R"(
INSERT INTO journal_entry(space,visit,activity,author,day,learned,applicable,missing)
  SELECT 7,a.visit,a.id,p.id,a.day,'Un seul guichet suffit','Le registre','Les coûts' FROM activity a,person p;
INSERT INTO entry_sub_question(space,entry,sub_question) SELECT 7,e.id,s.id FROM journal_entry e,sub_question s)"},
    {"9 Journal d'apprentissage (progrès)", R"(
INSERT INTO progress(space,objective,sub_question,day,score) SELECT 7,o.id,s.id,'2025-03-11',2 FROM objective o,sub_question s;
INSERT INTO objective_day(space,objective,day,score,learned) SELECT 7,id,'2025-03-11',3,'Le guichet' FROM objective;
INSERT INTO visit_day(space,visit,day,unexpected) SELECT 7,id,'2025-03-11','La confiance' FROM visit)"},
    {"10 Plan d'action", R"(
INSERT INTO action_plan(space,organisation,objective,visit) SELECT 7,guest,'D''ici 2030, la commune est à l''écoute',id FROM visit;
INSERT INTO plan_goal(space,action_plan,term,position,text) SELECT 7,id,'short',1,'Un conseil' FROM action_plan;
INSERT INTO plan_action(space,action_plan,position,text,budget,currency,status)
  SELECT 7,id,1,'Réunir les acteurs',250000,'XOF','planned' FROM action_plan)"},
    {"beside the ten", R"(
INSERT INTO expertise(space,organisation,direction,subject,state) SELECT 7,id,'asked','Site web','open' FROM organisation LIMIT 1;
INSERT INTO exchange(space,kind,held_on,report) VALUES(7,'bilateral','2025-05-06','Par téléphone');
INSERT INTO participant(space,exchange,person) SELECT 7,e.id,p.id FROM exchange e,person p;
INSERT INTO media(space,about,about_table,kind,caption) SELECT 7,id,17,'photo','Le guichet' FROM activity;
INSERT INTO comment(space,about,about_table,author,text) SELECT 7,m.id,35,p.id,'À garder' FROM media m,person p;
INSERT INTO origin(space,about,about_table,origin,origin_space) SELECT 7,id,11,4711,8 FROM learning_question)"},
    {"who takes part at the relay", R"(
INSERT INTO account_organisation(space,name) VALUES(7,'Ouinhi');
INSERT INTO account_person(space,name,organisation) SELECT 7,'A. Dossou',id FROM account_organisation;
INSERT INTO account_space(space,name,kind) VALUES(7,'Brouillons','municipality');
INSERT INTO account_device(space,name,person) SELECT 7,'portable',id FROM account_person;
INSERT INTO account_member(space,person,in_space,role) SELECT 7,p.id,s.id,'writer' FROM account_person p,account_space s;
INSERT INTO account_invite(space,device,expires_on) SELECT 7,id,'2025-03-24' FROM account_device)"},
};

void write_all(Device& device) {
  for (auto& [tool, sql] : tools) {
    INFO(tool);
    REQUIRE(device.sql(sql) == "");
  }
}

struct Notes {
  TempDir dir;
  Device device{dir, 3, domain()};
  Notes() { write_all(device); }

  std::string set(const Table& table, const Column& column, const std::string& value) {
    auto& db = device.replica->database();
    bool refused = db.tryExec("UPDATE " + std::string(table.name) + " SET " + std::string(column.name) + "=" + value);
    return refused ? db.getErrorMsg() : "";
  }
  void accepts(const Table& table, const Column& column, const std::string& value) { CHECK(set(table, column, value) == ""); }
  void refuses(const Table& table, const Column& column, const std::string& value) {
    CHECK_THAT(set(table, column, value), StartsWith(std::string(table.name) + "." + std::string(column.name) + ": "));
  }
};

void each_column(const std::function<void(const Table&, const Column&)>& look) {
  for (auto& table : domain().tables) {
    for (auto& column : table.columns) {
      INFO(table.name << "." << column.name);
      look(table, column);
    }
  }
}

std::vector<Label> labels() {
  std::vector<Label> all;
  for (auto& table : domain().tables) all.insert(all.end(), {table.label, table.help});
  each_column([&](auto&, auto& column) {
    all.push_back(column.label);
    for (auto& choice : column.choices) all.push_back(choice.label);
  });
  return all;
}

bool is_plain_name(std::string_view name) {
  return name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == name.npos && name.front() != '_' && name.back() != '_' &&
         !sqlite3_keyword_check(name.data(), static_cast<int>(name.size()));
}

std::string words_of(const std::string& text) {
  std::istringstream from(text);
  std::string all;
  for (std::string word; from >> word;) all += word + " ";
  return all;
}

}  // namespace

TEST_CASE("numbers of tables and columns stand for ever") {
  std::string now;
  for (auto& table : domain().tables) {
    now += std::to_string(table.number) + " " + std::string(table.name) + ": ";
    for (auto& column : table.columns)
      now += std::to_string(column.number) + " " + std::string(column.name) + (column.kind() == Kind::text ? "~" : "") +
             (column.is_owner ? "^" : "") + (column.is_key ? "!" : "") + (&column == &table.columns.back() ? "\n" : ", ");
  }
  CHECK(words_of(now) == words_of(golden));
}

TEST_CASE("every number and every name is given once, and numbers are in range") {
  std::set<std::uint32_t> tables;
  std::set<std::string_view> names;
  for (auto& table : domain().tables) {
    INFO(table.name);
    CHECK((table.number >= 1 && table.number <= max_table));
    CHECK(tables.insert(table.number).second);
    CHECK(names.insert(table.name).second);
    std::set<std::uint32_t> numbers;
    std::set<std::string_view> columns{"id", "space"};
    for (auto& column : table.columns) {
      CHECK((column.number >= 1 && column.number <= max_column));
      CHECK(numbers.insert(column.number).second);
      CHECK(columns.insert(column.name).second);
    }
  }
}

TEST_CASE("names are plain words that need no quotes in SQL") {
  CHECK(is_plain_name("learning_question"));
  for (auto* bad : {"order", "action", "plan", "Visit", "visit2", "_visit"}) CHECK_FALSE(is_plain_name(bad));
  for (auto& table : domain().tables) {
    INFO(table.name);
    CHECK(is_plain_name(table.name));
    CHECK_FALSE(table.name.starts_with("carnet"));
  }
  each_column([](auto&, auto& column) { CHECK(is_plain_name(column.name)); });
}

TEST_CASE("every label says something in three languages, and every help is a sentence") {
  for (auto& label : labels()) {
    for (auto text : {label.fr, label.nl, label.en}) {
      INFO(label.fr);
      CHECK_FALSE(text.empty());
      CHECK(text.find('\'') == text.npos);  // the apostrophe of print, ’
    }
  }
  for (auto& table : domain().tables)
    for (auto text : {table.help.fr, table.help.nl, table.help.en}) CHECK(text.find('.') == text.size() - 1);
}

TEST_CASE("a reference names a table that stands before its own") {
  std::set<std::string_view> before;
  for (auto& table : domain().tables) {
    for (auto& column : table.columns) {
      INFO(table.name << "." << column.name);
      CHECK(column.target.empty() == (column.type != Type::reference));
      if (column.type == Type::reference) CHECK(before.contains(column.target));
    }
    before.insert(table.name);
  }
}

TEST_CASE("owners are references, and keys are references, whole numbers or dates") {
  each_column([](auto&, auto& column) {
    if (column.is_owner) CHECK(column.type == Type::reference);
    bool hashable = column.type == Type::reference || column.type == Type::date || (column.type == Type::integer && column.min >= 0);
    if (column.is_key) CHECK(hashable);
  });
}

TEST_CASE("a code has choices, each once") {
  each_column([](auto&, auto& column) {
    CHECK(column.choices.empty() == (column.type != Type::code));
    std::set<std::string_view> codes;
    for (auto& choice : column.choices) CHECK(codes.insert(choice.code).second);
  });
}

TEST_CASE("a row about any row says in which table that one is") {
  for (auto& table : domain().tables)
    for (auto& column : table.columns)
      if (column.type == Type::row) CHECK(table.find(std::string(column.name) + "_table") != nullptr);
}

TEST_CASE("each of the ten tools can be written with plain SQL, and reaches the partner whole") {
  Village village;
  auto &ouinhi = village.device(3, domain()), &laarne = village.device(5, domain());
  write_all(ouinhi);
  village.settle();
  CHECK(village.all_equal());
  for (auto& table : domain().tables) {
    INFO(table.name);
    auto rows = laarne.get("SELECT count(*) FROM " + std::string(table.name));
    CHECK(rows != "0");
    CHECK(rows == ouinhi.get("SELECT count(*) FROM " + std::string(table.name)));
  }
}

TEST_CASE("every table has its triggers, and every owner its index") {
  Notes notes;
  std::size_t owners = 0;
  each_column([&](auto&, auto& column) { owners += column.is_owner; });
  auto count = [&](const char* type, const std::string& but) {
    return notes.device.get("SELECT count(*) FROM sqlite_master WHERE type='" + std::string(type) + "' AND name LIKE 'carnet%'" + but);
  };
  CHECK(count("trigger", "") == std::to_string(6 * domain().tables.size()));
  CHECK(count("index", " AND tbl_name NOT LIKE 'carnet%'") == std::to_string(owners));
}

TEST_CASE("what the paper forms allow is accepted, and one beyond it is refused") {
  struct Bound {
    const char *table, *column, *last, *beyond;
  };
  const Bound bounds[] = {
      {"strategy", "participation", "10", "11"},       {"strategy", "participation", "1", "0"},
      {"strategy", "added_value", "10", "11"},         {"factor", "score", "10", "11"},
      {"factor", "score", "1", "0"},                   {"factor", "impact", "'positive'", "'neutral'"},
      {"factor", "domain", "'legal'", "'religious'"},  {"swot_item", "quadrant", "'threat'", "'risk'"},
      {"sub_question", "priority", "'nice'", "'low'"}, {"progress", "score", "3", "4"},
      {"progress", "score", "0", "-1"},                {"objective_day", "score", "3", "4"},
      {"terms", "state", "'signed'", "'refused'"},     {"person", "years_of_service", "60", "61"},
      {"person", "relation", "'external'", "'both'"},  {"plan_goal", "term", "'long'", "'never'"},
      {"plan_action", "budget", "0", "-1"},            {"plan_action", "currency", "'EUR'", "'USD'"},
      {"plan_action", "status", "'done'", "'late'"},   {"exchange", "kind", "'network'", "'party'"},
      {"expertise", "direction", "'offered'", "'?'"},  {"organisation", "country", "'RW'", "'Rwanda'"},
      {"activity", "starts_at", "'23:59'", "'24:00'"}, {"visit", "starts_on", "'2024-02-29'", "'2025-02-29'"},
      {"comment", "settled", "1", "2"},                {"media", "kind", "'clip'", "'film'"}};
  Notes notes;
  for (auto& bound : bounds) {
    INFO(bound.table << "." << bound.column);
    auto& table = *domain().find(bound.table);
    notes.accepts(table, *table.find(std::string_view(bound.column)), bound.last);
    notes.refuses(table, *table.find(std::string_view(bound.column)), bound.beyond);
  }
}

TEST_CASE("every column holds to what its declaration says") {
  Notes notes;
  each_column([&](auto& table, auto& column) {
    if (column.is_key) return notes.refuses(table, column, "NULL");
    if (column.is_required) notes.refuses(table, column, "NULL");
    else notes.accepts(table, column, "NULL");
    switch (column.type) {
      case Type::integer: case Type::real:
        for (auto last : {column.min, column.max}) notes.accepts(table, column, std::to_string(last));
        for (auto beyond : {column.min - 1, column.max + 1}) notes.refuses(table, column, std::to_string(beyond));
        break;
      case Type::line:
        notes.accepts(table, column, "'" + std::string(static_cast<std::size_t>(column.max), 'x') + "'");
        notes.refuses(table, column, "'" + std::string(static_cast<std::size_t>(column.max) + 1, 'x') + "'");
        break;
      case Type::code:
        for (auto& choice : column.choices) notes.accepts(table, column, "'" + std::string(choice.code) + "'");
        notes.refuses(table, column, "'something else'");
        break;
      case Type::prose: notes.accepts(table, column, "'one'||char(10)||'two'"); break;
      case Type::reference: notes.refuses(table, column, "4"); break;
      case Type::row: notes.refuses(table, column, "0"); break;
      case Type::date: case Type::time: notes.refuses(table, column, "'soon'"); break;
      case Type::media:
        notes.accepts(table, column, "'" + text_of({"image/jpeg", 150'000, hash_of("photo")}) + "'");
        notes.refuses(table, column, "'photo.jpg'");
        break;
      case Type::preview:
        for (auto [more, fits] : {std::pair(0, true), std::pair(1, false)}) {
          std::string picture = "data:image/webp;base64,";
          picture.resize(static_cast<std::size_t>(column.max + more), 'A');
          fits ? notes.accepts(table, column, "'" + picture + "'") : notes.refuses(table, column, "'" + picture + "'");
        }
        break;
    }
  });
}

TEST_CASE("a municipality has one presentation, and a visit one set of terms") {
  Notes notes;
  CHECK(notes.device.sql("INSERT INTO presentation(space,organisation) SELECT 7,organisation FROM presentation") ==
        "presentation: a row with this key exists; update it");
  CHECK(notes.device.sql("INSERT INTO terms(space,visit) SELECT 7,id FROM visit") == "terms: a row with this key exists; update it");
}

TEST_CASE("two devices that score the same evening meet in one row") {
  Village village;
  auto &ouinhi = village.device(3, domain()), &other = village.device(4, domain());
  write_all(ouinhi);
  village.settle();
  for (auto& [device, score] : {std::pair(&ouinhi, "1"), std::pair(&other, "3")})
    CHECK(device->sql("INSERT INTO progress(space,objective,sub_question,day,score) SELECT 7,o.id,s.id,'2025-03-12'," +
                      std::string(score) + " FROM objective o,sub_question s WHERE priority='must'") == "");
  village.settle();
  CHECK(ouinhi.get("SELECT count(*) FROM progress WHERE day='2025-03-12'") == "1");
  CHECK(ouinhi.replica->conflicts().size() == 1);
  CHECK(village.all_equal());
}

TEST_CASE("a visit goes with all that is part of it, and the questions stay") {
  Notes notes;
  CHECK(notes.device.sql("DELETE FROM visit") == "");
  for (auto* part : {"activity", "activity_sub_question", "terms", "objective", "objective_sub_question", "terms_day", "delegate",
                     "journal_entry", "entry_sub_question", "progress", "objective_day", "visit_day"})
    CHECK(notes.device.get("SELECT count(*) FROM " + std::string(part)) == "0");
  CHECK(notes.device.get("SELECT count(*) FROM sub_question") == "2");
  CHECK(notes.device.get("SELECT count(*) FROM action_plan") == "1");
}

TEST_CASE("sub-questions that no activity serves yet are one query away") {
  Notes notes;
  CHECK(notes.device.get("SELECT group_concat(text) FROM sub_question "
                         "WHERE id NOT IN (SELECT sub_question FROM activity_sub_question)") == "Quels appuis ?");
}
