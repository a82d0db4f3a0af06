// Words of the page of a single row.
const fr = {
  of: "Fait partie de",
  parts: "Ce qui en fait partie",
  history: "Historique",
  unknown: "Cette fiche n’est pas sur cet appareil. Elle a peut-être été supprimée.",
  title: "Fiche",
};
const nl: typeof fr = {
  of: "Deel van",
  parts: "Wat er deel van uitmaakt",
  history: "Geschiedenis",
  unknown: "Deze fiche staat niet op dit toestel. Misschien is ze verwijderd.",
  title: "Fiche",
};
const en: typeof fr = {
  of: "Part of",
  parts: "What is part of it",
  history: "History",
  unknown: "This record is not on this device. It may have been deleted.",
  title: "Record",
};
export const rowWords = { fr, nl, en };
