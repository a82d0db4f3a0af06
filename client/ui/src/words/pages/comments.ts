// Words of comments, which stand beside any row.
const fr = {
  title: "Commentaires et photos",
  media: (n: number) => (n === 1 ? ", 1 photo ou son" : `, ${n} photos ou sons`),
  waiting: (n: number) => (n === 1 ? "1 à traiter" : `${n} à traiter`),
  write: "Votre commentaire",
  placeholder: "Une remarque, une question…",
  settled: "Réglé",
  history: "Historique de cette fiche",
  readOnly: "Aucun commentaire.",
};
const nl: typeof fr = {
  title: "Opmerkingen en foto’s",
  media: (n) => (n === 1 ? ", 1 foto of geluid" : `, ${n} foto’s of geluiden`),
  waiting: (n) => `${n} te behandelen`,
  write: "Uw opmerking",
  placeholder: "Een opmerking, een vraag…",
  settled: "Afgehandeld",
  history: "Geschiedenis van deze fiche",
  readOnly: "Geen opmerkingen.",
};
const en: typeof fr = {
  title: "Comments and photos",
  media: (n) => (n === 1 ? ", 1 photo or sound" : `, ${n} photos or sounds`),
  waiting: (n) => `${n} to deal with`,
  write: "Your comment",
  placeholder: "A remark, a question…",
  settled: "Settled",
  history: "History of this record",
  readOnly: "No comments.",
};
export const commentsWords = { fr, nl, en };
