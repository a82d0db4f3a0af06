# An evening's journal, written without a connection: jq -n -f evening.jq --arg town Ouinhi --argjson visit ID
def day: "2025-03-04";
def activity($id; $position; $at; $title; $place):
  {table: "activity", id: $id, visit: $visit, position: $position, day: day, starts_at: $at, title: $title, place: $place};
def entry($id; $activity; $learned; $applicable; $missing):
  {table: "journal_entry", id: $id, visit: $visit, activity: $activity, day: day, learned: $learned, applicable: $applicable, missing: $missing};
{"Ouinhi": [
  activity(1; 1; "08:30"; "Accueil à la mairie et rappel du programme"; "Salle des délibérations"),
  activity(2; 2; "10:00"; "Marché de Ouinhi avec les commerçantes"; "Marché central"),
  activity(3; 3; "14:30"; "Hangar de stockage et piste entretenue"; "Sagon"),
  activity(4; 4; "17:00"; "Échange avec le conseil consultatif des acteurs économiques"; "Mairie"),
  entry(11; 1; "Les collègues de Laarne ont relu les deux questions avec nous. La seconde est devenue plus courte : il s'agit d'abord de savoir ce que les acteurs attendent du site.";
    "Afficher les questions au mur chaque matin et les relire avant de partir."; "Une version en fon pour les commerçantes."),
  entry(12; 2; "Quarante commerçantes étaient là. Elles acceptent la taxe du marché quand elles voient où va l'argent : les toilettes réparées l'an dernier ont changé l'ambiance. Trois d'entre elles tiennent déjà un petit cahier des recettes.";
    "Publier chaque trimestre, sur un tableau du marché, ce qui a été perçu et ce qui a été fait."; "Le nombre exact de places occupées les jours sans grand marché."),
  entry(13; 2; "Une commerçante a demandé pourquoi les places à l'ombre coûtent le même prix que les autres. Personne n'avait la réponse.";
    "Revoir le plan des places avec le comité du marché."; "L'avis du receveur."),
  entry(14; 3; "Le hangar garde le maïs au sec pendant six semaines de plus, et les prix de juin sont bien meilleurs. La piste a tenu pendant les pluies grâce aux riverains qui curent les fossés.";
    "Confier l'entretien des fossés aux groupements, avec une convention simple."; "Le coût d'un second hangar, et qui le garderait."),
  entry(15; 4; "Le conseil se réunit chaque trimestre et reçoit une réponse écrite à chaque avis. Laarne a noté que les membres sont nommés par leur association et non tirés au sort.";
    "Faire la même chose pour le conseil des jeunes."; "Comment remplacer un membre qui ne vient plus."),
  entry(16; 4; "Nous avons parlé du site web : deux pages suffisent pour commencer, les marchés publics et les taxes.";
    "Désigner une personne qui met à jour le site le lundi."; "Une formation d'une demi-journée."),
  {table: "visit_day", id: 21, visit: $visit, day: day, unexpected: "Les commerçantes ont elles-mêmes proposé de compter les places libres.",
   contributed: "Le temps passé au marché, sans programme serré.", difficulties: "Deux coupures de courant pendant l'échange du soir.",
   meaning: "Le dialogue doit venir avant l'impôt, et il doit être régulier."},
  {table: "comment", id: 31, about: 12, about_table: 24, text: "À reprendre dans le plan d'action de vendredi."}],
 "Covè": [
  activity(1; 1; "09:00"; "Tour des atouts avec les guides et les artisans"; "Place du marché"),
  activity(2; 2; "11:00"; "Atelier des tisserands"; "Covè centre"),
  activity(3; 3; "15:30"; "Carte des lieux à montrer, dessinée ensemble"; "Mairie"),
  entry(11; 1; "Les guides connaissent vingt lieux, la mairie en avait recensé huit. Les artisans veulent être sur le parcours, pas à côté.";
    "Tenir une seule liste des lieux, avec une personne qui répond pour chacun."; "Le nom de celui qui garde la clé de chaque lieu."),
  entry(12; 2; "Douze tisserands partagent quatre métiers. Les visiteurs achètent quand ils ont vu faire : l'atelier ouvert deux matins par semaine vend plus que la boutique.";
    "Fixer deux matins d'ouverture et les afficher à la gare routière."; "Ce que gagnerait l'atelier avec un métier de plus."),
  entry(13; 2; "Sint-Truiden a raconté comment les vergers reçoivent les visiteurs pendant la floraison : une date, un parcours, des produits à emporter.";
    "Choisir une semaine de l'année et y réunir tisserands, guides et cuisinières."; "L'accord des deux confréries sur la date."),
  entry(14; 3; "La carte dessinée au sol a mis tout le monde d'accord en une heure ; chacun a posé son lieu et raconté pourquoi il compte.";
    "Refaire la carte avec les écoles."; "Un relevé au GPS."),
  {table: "visit_day", id: 21, visit: $visit, day: day, unexpected: "Les plus anciens ont corrigé deux noms de lieux.",
   contributed: "Dessiner au lieu de parler.", difficulties: "Le réseau est tombé toute la soirée.", meaning: "L'identité de Covè se raconte avec ceux qui y travaillent."}]}
| {rows: .[$town]}
