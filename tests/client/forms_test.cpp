// Forms that save at each pause, as client/API.md says, while others write in the same text: nothing that was typed is lost or stands twice.
#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <set>

#include "client/notebook.hpp"
#include "core/domain.hpp"
#include "tests/village.hpp"

using namespace carnet;
using namespace carnet::test;

namespace {

using Random = std::mt19937;

std::size_t below(Random& random, std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random); }

// Puts a word of its own, "w17 ", before some word of the text.
std::string with_word(Random& random, const std::string& text, const std::string& word) {
  std::vector<std::size_t> places{0};
  for (std::size_t k = 0; k < text.size(); ++k)
    if (text[k] == ' ') places.push_back(k + 1);
  auto longer = text;
  return longer.insert(places[below(random, places.size())], word + " ");
}

// What two insert beside each other at once may stand in between each other; what counts is that each letter stands once.
std::string letters(std::string text) {
  std::sort(text.begin(), text.end());
  return text;
}

struct Writing {
  Village village;
  std::set<std::string> words;
  int count = 0;
  RowId id;

  Writing() {
    for (std::uint32_t number : {1u, 2u}) village.device(number, domain());
    id = *notebook(1).add(town, "learning_question", {{"wording", "le marché "}});
    village.settle();
  }
  Notebook notebook(std::uint32_t number) { return Notebook(*village.device(number, domain()).replica); }
  std::string text(std::uint32_t number) {
    auto value = (*notebook(number).row(*notebook(number).find(id)))["wording"];
    return value.is_null() ? "" : value.get<std::string>();
  }
  std::string typed() {
    std::string all = "le marché ";
    for (auto& each : words) all += each + " ";
    return letters(all);
  }
  std::string word(const std::string& kind) { return *words.insert(kind + std::to_string(++count)).first; }
  void write_by_sql(Random& random, std::uint32_t number) { REQUIRE(notebook(number).edit(id, {{"wording", with_word(random, text(number), word("s"))}})); }
};

// A form as the pages keep it.
struct Form {
  Writing& writing;
  std::uint32_t device;
  std::string value, version;
  std::vector<std::string> unsaved;

  Form(Writing& of, std::uint32_t number) : writing(of), device(number) { open(); }
  void open() {
    auto notebook = writing.notebook(device);
    value = writing.text(device);
    version = notebook.versions(*notebook.find(writing.id))["wording"].get<std::string>();
  }
  void type(Random& random) {
    unsaved.push_back(writing.word("w"));
    value = with_word(random, value, unsaved.back());
  }
  // `meanwhile`: what is typed between the request and its answer.
  void save(Random& random, bool meanwhile) {
    auto notebook = writing.notebook(device);
    auto saved = notebook.save(writing.id, {{"wording", value}}, {{"wording", version}});
    if (!saved) {  // the words that it was opened at were written over before anybody else had them: it takes what stands, and its own words again
      REQUIRE(saved.error().code == Code::not_found);
      open();
      for (auto& word : unsaved) value = with_word(random, value, word);
      return save(random, meanwhile);
    }
    unsaved.clear();
    version = saved->at("wording");
    if (meanwhile) return type(random);
    open();  // what stands now
  }
};

}  // namespace

TEST_CASE("what is typed into forms that save at each pause is never lost and never doubled, whatever others write meanwhile") {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    Writing writing;
    Form typist(writing, 1), other_tab(writing, 1), far(writing, 2);
    std::vector<Form*> forms{&typist, &typist, &other_tab, &far};
    for (int step = 0; step < 60; ++step) {
      auto& form = *forms[below(random, forms.size())];
      switch (below(random, 6)) {
        case 0: case 1: form.type(random); break;
        case 2: case 3: form.save(random, below(random, 2)); break;
        case 4: writing.write_by_sql(random, 1 + static_cast<std::uint32_t>(below(random, 2))); break;
        default: writing.village.sync(writing.village.device(1 + static_cast<std::uint32_t>(below(random, 2)), domain()));
      }
    }
    for (auto* form : {&typist, &other_tab, &far}) form->save(random, false);
    writing.village.settle();
    REQUIRE(writing.village.all_equal());
    CHECK(letters(writing.text(1)) == writing.typed());
    CHECK(writing.text(1) == writing.text(2));
  }
}

TEST_CASE("a form that was opened at words which another tool wrote over before they were sent is saved all the same") {
  Random random(1);
  Writing writing;
  writing.write_by_sql(random, 1);
  Form form(writing, 1);
  writing.write_by_sql(random, 1);
  form.type(random);
  form.save(random, true);
  form.save(random, false);
  CHECK(letters(writing.text(1)) == writing.typed());
}
