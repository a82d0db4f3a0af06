// What comes of it: tool 10, and what stands beside the ten: expertise, exchanges, media, comments.
#include "core/domain_parts.hpp"

namespace carnet {

namespace {

Column action_plan(std::uint32_t number) {
  return reference(number, "action_plan", "action_plan", {"Plan d’action", "Actieplan", "Action plan"}).owner();
}
Column about(std::uint32_t number) {
  return any_row(number, "about", {"À propos de", "Over", "About"}).required();
}
// Number of the table in which the row lives that `about` names.
Column about_table(std::uint32_t number) {
  return integer(number, "about_table", 1, max_table, {"Rubrique", "Rubriek", "Section"}).required();
}

}  // namespace

std::vector<Table> action_tables() {
  return {
      // 10. Plan d'action.
      Table{29, "action_plan", {"Plan d’action", "Actieplan", "Action plan"},
            {"Un objectif de la commune (« D’ici 2030, la commune est… ») et le chemin qui y mène.",
             "Een doelstelling van de gemeente (“Tegen 2030 is de gemeente…”) en de weg ernaartoe.",
             "An objective of the municipality (“By 2030, the municipality is…”) and the way to it."},
            {municipality(1),
             position(2),
             prose(3, "objective", {"Objectif", "Doelstelling", "Objective"}).required(),
             prose(4, "officials",
                   {"Agents et élus impliqués, et leur rôle", "Betrokken ambtenaren en mandatarissen, en hun rol",
                    "Officials and politicians involved, and what they do"}),
             prose(5, "other_people",
                   {"Autres personnes et organisations", "Andere personen en organisaties", "Other people and organisations"}),
             prose(6, "done_already", {"Ce qui est déjà fait", "Wat al gedaan is", "What is already done"}),
             prose(7, "challenges", {"Défis", "Uitdagingen", "Challenges"}),
             prose(8, "resources", {"Inspiration et ressources", "Inspiratie en middelen", "Inspiration and resources"}),
             reference(9, "visit", "visit", {"Visite de terrain", "Terreinbezoek", "Field visit"})}},
      Table{30, "plan_goal", {"Objectif à terme", "Doelstelling op termijn", "Objective in time"},
            {"Ce que la commune veut atteindre à court, à moyen ou à long terme.",
             "Wat de gemeente op korte, middellange of lange termijn wil bereiken.",
             "What the municipality wants to reach in the short, medium or long term."},
            {action_plan(1),
             code(2, "term",
                  {{"short", {"Court terme", "Korte termijn", "Short term"}},
                   {"medium", {"Moyen terme", "Middellange termijn", "Medium term"}},
                   {"long", {"Long terme", "Lange termijn", "Long term"}}},
                  {"Terme", "Termijn", "Term"}).required(),
             position(3),
             prose(4, "text", {"Objectif", "Doelstelling", "Objective"}).required()}},
      Table{31, "plan_action", {"Action", "Actie", "Action"},
            {"Une action du plan, avec son responsable, sa période et son budget.",
             "Een actie uit het plan, met haar verantwoordelijke, periode en budget.",
             "An action of the plan, with who is responsible, its period and its budget."},
            {action_plan(1),
             position(2),
             prose(3, "text", {"Action", "Actie", "Action"}).required(),
             line(4, "responsible", {"Responsable", "Verantwoordelijke", "Responsible"}),
             prose(5, "partners", {"Partenaires", "Partners", "Partners"}),
             prose(6, "contribution",
                   {"Contribution de la commune partenaire", "Bijdrage van de partnergemeente",
                    "Contribution of the partner municipality"}),
             date(7, "starts_on", {"Début", "Begin", "Start"}),
             date(8, "ends_on", {"Fin", "Einde", "End"}),
             real(9, "budget", 0, 1'000'000'000'000, {"Budget", "Budget", "Budget"}),
             code(10, "currency",
                  {{"XOF", {"Franc CFA", "CFA-frank", "CFA franc"}},
                   {"EUR", {"Euro", "Euro", "Euro"}},
                   {"RWF", {"Franc rwandais", "Rwandese frank", "Rwandan franc"}}},
                  {"Monnaie", "Munt", "Currency"}),
             code(11, "status",
                  {{"planned", {"Prévue", "Gepland", "Planned"}},
                   {"under_way", {"En cours", "Lopend", "Under way"}},
                   {"done", {"Réalisée", "Uitgevoerd", "Done"}},
                   {"dropped", {"Abandonnée", "Geschrapt", "Dropped"}}},
                  {"Statut", "Status", "Status"})}},

      // Expertise asked for and offered, and the exchanges.
      Table{32, "expertise", {"Expertise", "Expertise", "Expertise"},
            {"Ce qu’une commune demande à son partenaire ou peut lui offrir.",
             "Wat een gemeente aan haar partner vraagt of kan bieden.",
             "What a municipality asks of its partner or can offer it."},
            {municipality(1),
             code(2, "direction", {{"asked", {"Demandée", "Gevraagd", "Asked for"}}, {"offered", {"Offerte", "Aangeboden", "Offered"}}},
                  {"Demandée ou offerte", "Gevraagd of aangeboden", "Asked for or offered"}),
             line(3, "subject", {"Sujet", "Onderwerp", "Subject"}).required(),
             prose(4, "description", {"Description", "Beschrijving", "Description"}),
             reference(5, "answered_by", "organisation", {"Réponse apportée par", "Beantwoord door", "Answered by"}),
             code(6, "state",
                  {{"open", {"Ouverte", "Open", "Open"}},
                   {"agreed", {"Convenue", "Afgesproken", "Agreed"}},
                   {"done", {"Réalisée", "Afgerond", "Done"}}},
                  {"État", "Stand van zaken", "State"})}},
      Table{33, "exchange", {"Échange", "Uitwisseling", "Exchange"},
            {"Une rencontre entre partenaires, avec son compte rendu et ses décisions.",
             "Een ontmoeting tussen partners, met verslag en beslissingen.",
             "A meeting between partners, with its report and its decisions."},
            {code(1, "kind",
                  {{"coaching", {"Coaching individuel", "Individuele coaching", "Individual coaching"}},
                   {"bilateral", {"Rencontre bilatérale", "Bilaterale ontmoeting", "Bilateral meeting"}},
                   {"network", {"Rencontre du réseau de connaissances", "Bijeenkomst van het kennisnetwerk", "Knowledge-network meeting"}}},
                  {"Type d’échange", "Soort uitwisseling", "Kind of exchange"}),
             date(2, "held_on", {"Date", "Datum", "Date"}),
             line(3, "subject", {"Sujet", "Onderwerp", "Subject"}),
             prose(4, "report", {"Compte rendu", "Verslag", "Report"}),
             prose(5, "decisions", {"Décisions", "Beslissingen", "Decisions"})}}.coached(),
      Table{34, "participant", {"Participant", "Deelnemer", "Participant"},
            {"Une personne qui a pris part à l’échange.",
             "Iemand die aan de uitwisseling heeft deelgenomen.",
             "Someone who took part in the exchange."},
            {reference(1, "exchange", "exchange", {"Échange", "Uitwisseling", "Exchange"}).owner(),
             reference(2, "person", "person", {"Personne", "Persoon", "Person"}),
             line(3, "name", {"Nom", "Naam", "Name"}),
             line(4, "function", {"Fonction", "Functie", "Function"})}}.coached(),

      // On any row. A comment may be about a photo, so media stand first.
      Table{35, "media", {"Photo, son ou vidéo", "Foto, geluid of video", "Photo, sound or video"},
            {"Une photo, un son ou une courte vidéo qui accompagne n’importe quelle fiche.",
             "Een foto, een geluid of een korte video bij eender welke fiche.",
             "A photo, a sound or a short video that goes with any record."},
            {about(1),
             about_table(2),
             code(3, "kind",
                  {{"photo", {"Photo", "Foto", "Photo"}},
                   {"sound", {"Son", "Geluid", "Sound"}},
                   {"clip", {"Courte vidéo", "Korte video", "Short video"}}},
                  {"Type de média", "Soort media", "Kind of media"}),
             line(4, "caption", {"Légende", "Bijschrift", "Caption"}),
             date(5, "taken_on", {"Date de prise", "Opgenomen op", "Taken on"}),
             preview(6, "preview", {"Aperçu", "Voorbeeld", "Preview"}),
             media(7, "medium", {"Fichier pour le réseau", "Bestand voor het net", "File for the network"}),
             media(8, "original", {"Fichier d’origine", "Oorspronkelijk bestand", "Original file"}),
             integer(9, "seconds", 0, 86'400, {"Durée en secondes", "Duur in seconden", "Length in seconds"}),
             integer(10, "original_wanted", 0, 1, {"Original demandé", "Origineel gevraagd", "Original asked for"})}},
      Table{36, "comment", {"Commentaire", "Opmerking", "Comment"},
            {"Une remarque sur n’importe quelle fiche, à laquelle tous les membres de l’espace peuvent répondre.",
             "Een opmerking bij eender welke fiche, waarop alle leden van de ruimte kunnen antwoorden.",
             "A remark on any record, which all members of the space can answer."},
            {about(1),
             about_table(2),
             author(3),
             prose(4, "text", {"Commentaire", "Opmerking", "Comment"}).required(),
             integer(5, "settled", 0, 1, {"Réglé", "Afgehandeld", "Settled"})}}.coached(),
      Table{39, "origin", {"Provenance", "Herkomst", "Origin"},
            {"De quelle fiche d’un autre espace cette fiche publiée est la copie.",
             "Van welke fiche in een andere ruimte deze gepubliceerde fiche de kopie is.",
             "Of which record in another space this published record is the copy."},
            {about(1),
             about_table(2),
             integer(3, "origin", 1, max_row_id, {"Fiche d’origine", "Oorspronkelijke fiche", "Original record"}).required(),
             integer(4, "origin_space", 1, max_space, {"Espace d’origine", "Oorspronkelijke ruimte", "Original space"}).required()}}.coached(),
  };
}

}  // namespace carnet
