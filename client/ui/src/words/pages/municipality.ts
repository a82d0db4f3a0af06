// Words of the sheets that belong to a municipality.
const fr = {
  first: "Pour commencer, écrivez le nom de votre commune.",
  name: "Nom de la commune",
  begin: "Commencer",
  other: "Autre commune",
  nobody: "Sans commune",
  which: "Communes",
};
const nl: typeof fr = {
  first: "Schrijf om te beginnen de naam van uw gemeente.",
  name: "Naam van de gemeente",
  begin: "Beginnen",
  other: "Andere gemeente",
  nobody: "Zonder gemeente",
  which: "Gemeenten",
};
const en: typeof fr = {
  first: "To begin, write the name of your municipality.",
  name: "Name of the municipality",
  begin: "Begin",
  other: "Another municipality",
  nobody: "Without a municipality",
  which: "Municipalities",
};
export const municipalityWords = { fr, nl, en };
