// An error of the notebook in the reader's language. The triggers speak English, for every tool, as "table.column: rule"; table and column lead to
// the declaration, from which the rule is told anew.
#include "client/complaints.hpp"

#include "client/refusals.hpp"

namespace carnet {

namespace {

const std::string_view label_in(Language language, const Label& label) { return language == Language::french ? label.fr : language == Language::dutch ? label.nl : label.en; }

std::string rule_in(Language language, const Column& column) {
  switch (column.type) {
    case Type::integer: return say(language, {"a whole number from {} to {}", "un nombre entier de {} à {}", "een geheel getal van {} tot {}"}, column.min, column.max);
    case Type::real: return say(language, {"a number from {} to {}", "un nombre de {} à {}", "een getal van {} tot {}"}, column.min, column.max);
    case Type::line: return say(language, {"one line of at most {} characters", "une seule ligne, {} caractères au plus", "één regel van hoogstens {} tekens"}, column.max);
    case Type::prose: return say(language, {"a text of at most {} bytes", "un texte de {} octets au plus", "een tekst van hoogstens {} bytes"}, column.max);
    case Type::date: return say(language, {"a date", "une date", "een datum"});
    case Type::time: return say(language, {"a time of day", "une heure", "een uur"});
    case Type::code: {
      std::string all;
      for (auto& choice : column.choices) all += fmt::format("{}{} ({})", all.empty() ? "" : ", ", label_in(language, choice.label), choice.code);
      return say(language, {"one of: {}", "au choix : {}", "een van: {}"}, all);
    }
    case Type::media: return say(language, {"a photo, a sound or a clip", "une photo, un son ou une vidéo", "een foto, een geluid of een video"});
    case Type::preview: return say(language, {"a small picture of at most {} characters", "une petite image de {} caractères au plus", "een kleine afbeelding van hoogstens {} tekens"}, column.max);
    case Type::reference: case Type::row: return say(language, {"a record of this space", "une fiche de cet espace", "een fiche van deze ruimte"});
  }
  return {};
}

std::optional<Told> of_column(Language language, const Schema& schema, const std::string& text) {
  auto point = text.find('.'), colon = text.find(": ");
  if (point == std::string::npos || colon == std::string::npos || point > colon) return {};
  auto* table = schema.find(std::string_view(text).substr(0, point));
  auto name = text.substr(point + 1, colon - point - 1), rule = text.substr(colon + 2);
  auto* column = table ? table->find(name) : nullptr;
  if (!column) return {};
  auto label = label_in(language, column->label);
  if (rule.starts_with("is required")) return Told{say(language, {"{}: to be filled in", "{} : à remplir", "{}: in te vullen"}, label), name};
  if (rule.starts_with("is part of the key")) return Told{say(language, {"{}: never changes; delete the record and add another", "{} : ne change jamais ; supprimez la fiche et ajoutez-en une autre", "{}: verandert nooit; verwijder de fiche en voeg een andere toe"}, label), name};
  return Told{say(language, {"{}: {}", "{} : {}", "{}: {}"}, label, rule_in(language, *column)), name};
}

// "table has no column 'name'"
std::optional<Told> of_unknown(Language language, const Schema& schema, const std::string& text) {
  auto space = text.find(' '), from = text.find('\''), to = text.rfind('\'');
  auto* table = schema.find(std::string_view(text).substr(0, space));
  bool is_it = table && to != from && (text.find(" has no column '") == space || text.find(" has no text column '") == space);
  if (!is_it) return {};
  auto name = text.substr(from + 1, to - from - 1);
  return Told{say(language, {"{} has no field '{}'", "{} n'a pas de champ « {} »", "{} heeft geen veld '{}'"}, label_in(language, table->label), name), name};
}

}  // namespace

Told in_words(Language language, const Schema& schema, const Error& error) {
  if (auto told = of_column(language, schema, error.text)) return *told;
  if (auto told = of_unknown(language, schema, error.text)) return *told;
  if (error.code == Code::other_text) return {say(language, {"this text is open at a version that is not known any more", "ce texte est ouvert à une version qui n'est plus connue", "deze tekst is open op een versie die niet meer bekend is"}), {}};
  if (error.text.find("a row with this key exists") != std::string::npos) return {say(language, {"this record is there already", "cette fiche existe déjà", "deze fiche bestaat al"}), {}};
  return {in_words(language, error), {}};
}

}  // namespace carnet
