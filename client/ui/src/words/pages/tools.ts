// Words of the overview of the tools. Names that differ from the label of the table.
const fr = {
  lead: "Le cycle d’apprentissage, dans l’ordre où l’on s’en sert.",
  beside: "À côté des outils",
  rows: (n: number) => (n === 1 ? "1 fiche" : `${n} fiches`),
  names: {
    profile: "Profil d’activités",
    questions: "Tableau de questions d’apprentissage",
    programme: "Préparation de la visite",
    exchanges: "Échanges",
    gallery: "Photos, sons et vidéos",
    overview: "Vue d’ensemble des questions",
  } as Record<string, string>,
};
const nl: typeof fr = {
  lead: "De leercyclus, in de volgorde waarin u ze gebruikt.",
  beside: "Naast de instrumenten",
  rows: (n) => (n === 1 ? "1 fiche" : `${n} fiches`),
  names: { profile: "Activiteitenprofiel", questions: "Tabel met leervragen", programme: "Voorbereiding van het bezoek", exchanges: "Uitwisselingen", gallery: "Foto’s, geluiden en video’s", overview: "Overzicht van de vragen" },
};
const en: typeof fr = {
  lead: "The learning cycle, in the order in which it is used.",
  beside: "Beside the tools",
  rows: (n) => (n === 1 ? "1 record" : `${n} records`),
  names: { profile: "Activity profile", questions: "Table of learning questions", programme: "Preparation of the visit", exchanges: "Exchanges", gallery: "Photos, sounds and videos", overview: "Overview of the questions" },
};
export const toolsWords = { fr, nl, en };
