// Words of the search.
const fr = {
  label: "Chercher dans tout le carnet",
  placeholder: "Un mot, un nom, une question…",
  where: "Où chercher",
  everywhere: "Partout",
  none: (what: string) => `Rien trouvé pour « ${what} ».`,
  hint: "Les accents et les majuscules ne comptent pas ; le dernier mot peut être inachevé.",
  found: (n: number, more: boolean) => (more ? `Les ${n} premiers résultats` : n === 1 ? "1 résultat" : `${n} résultats`),
  more: "Montrer plus",
};
const nl: typeof fr = {
  label: "Zoeken in het hele carnet",
  placeholder: "Een woord, een naam, een vraag…",
  where: "Waar zoeken",
  everywhere: "Overal",
  none: (what) => `Niets gevonden voor “${what}”.`,
  hint: "Accenten en hoofdletters tellen niet; het laatste woord mag onaf zijn.",
  found: (n, more) => (more ? `De eerste ${n} resultaten` : n === 1 ? "1 resultaat" : `${n} resultaten`),
  more: "Meer tonen",
};
const en: typeof fr = {
  label: "Search the whole notebook",
  placeholder: "A word, a name, a question…",
  where: "Where to search",
  everywhere: "Everywhere",
  none: (what) => `Nothing found for “${what}”.`,
  hint: "Accents and capitals do not count; the last word may be unfinished.",
  found: (n, more) => (more ? `The first ${n} results` : n === 1 ? "1 result" : `${n} results`),
  more: "Show more",
};
export const searchWords = { fr, nl, en };
