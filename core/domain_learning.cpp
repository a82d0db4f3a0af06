// What a municipality does, what works on it, and what it wants to learn: tools 2 to 5.
#include "core/domain_parts.hpp"

namespace carnet {

namespace {

Column project(std::uint32_t number) {
  return reference(number, "project", "project", {"Projet", "Project", "Project"});
}
Column question(std::uint32_t number) {
  return reference(number, "question", "learning_question", {"Question d’apprentissage", "Leervraag", "Learning question"});
}

}  // namespace

std::vector<Table> learning_tables() {
  return {
      // 2. Profil d'activités.
      Table{7, "project", {"Projet ou initiative", "Project of initiatief", "Project or initiative"},
            {"Un projet ou une initiative de la commune, avec ses stratégies et son analyse FFOM.",
             "Een project of initiatief van de gemeente, met zijn strategieën en zijn SWOT-analyse.",
             "A project or initiative of the municipality, with its strategies and its SWOT analysis."},
            {municipality(1),
             line(2, "name", {"Nom", "Naam", "Name"}).required(),
             prose(3, "description", {"Description", "Beschrijving", "Description"})}},
      Table{8, "strategy", {"Stratégie", "Strategie", "Strategy"},
            {"Une stratégie du projet, notée de 1 à 10 pour la quantité et pour la qualité.",
             "Een strategie van het project, met een cijfer van 1 tot 10 voor kwantiteit en voor kwaliteit.",
             "A strategy of the project, scored from 1 to 10 for quantity and for quality."},
            {project(1).owner(),
             position(2),
             line(3, "name", {"Stratégie", "Strategie", "Strategy"}).required(),
             integer(4, "participation", 1, 10, {"Niveau de participation", "Mate van participatie", "Level of participation"}),
             integer(5, "added_value", 1, 10, {"Valeur ajoutée", "Meerwaarde", "Added value"}),
             prose(6, "comments", {"Commentaires", "Opmerkingen", "Comments"})}},

      // 3. Analyse des facteurs.
      Table{9, "factor", {"Analyse des facteurs", "Factorenanalyse", "Factor analysis"},
            {"Ce qui aide ou freine la commune, classé par score de 1 à 10.",
             "Wat de gemeente vooruithelpt of afremt, gerangschikt met een score van 1 tot 10.",
             "What helps or holds back the municipality, ranked by a score from 1 to 10."},
            {municipality(1),
             prose(2, "description", {"Facteur", "Factor", "Factor"}).required(),
             code(3, "impact", {{"positive", {"Positif", "Positief", "Positive"}}, {"negative", {"Négatif", "Negatief", "Negative"}}},
                  {"Impact", "Impact", "Impact"}),
             integer(4, "score", 1, 10, {"Score", "Score", "Score"}),
             code(5, "domain",
                  {{"political", {"Politique", "Politiek", "Political"}},
                   {"economic", {"Économique", "Economisch", "Economic"}},
                   {"social", {"Social", "Sociaal", "Social"}},
                   {"cultural", {"Culturel", "Cultureel", "Cultural"}},
                   {"technological", {"Technologique", "Technologisch", "Technological"}},
                   {"environmental", {"Environnemental", "Ecologisch", "Environmental"}},
                   {"legal", {"Juridique", "Juridisch", "Legal"}}},
                  {"Domaine", "Domein", "Domain"}),
             code(6, "origin", {{"internal", {"Interne", "Intern", "Internal"}}, {"external", {"Externe", "Extern", "External"}}},
                  {"Interne ou externe", "Intern of extern", "Internal or external"}),
             prose(7, "comments", {"Commentaires", "Opmerkingen", "Comments"})}},

      // 4. SWOT / FFOM.
      Table{10, "swot_item", {"Analyse FFOM", "SWOT-analyse", "SWOT analysis"},
            {"Les forces, les faiblesses, les opportunités et les menaces du projet, en points courts.",
             "De sterktes, zwaktes, kansen en bedreigingen van het project, in korte punten.",
             "The strengths, weaknesses, opportunities and threats of the project, in short points."},
            {project(1).owner(),
             code(2, "quadrant",
                  {{"strength", {"Forces", "Sterktes", "Strengths"}},
                   {"weakness", {"Faiblesses", "Zwaktes", "Weaknesses"}},
                   {"opportunity", {"Opportunités", "Kansen", "Opportunities"}},
                   {"threat", {"Menaces", "Bedreigingen", "Threats"}}},
                  {"Catégorie", "Categorie", "Category"}).required(),
             position(3),
             prose(4, "text", {"Point", "Punt", "Point"}).required()}},

      // 5. Tableau de questions d'apprentissage.
      Table{11, "learning_question", {"Question d’apprentissage", "Leervraag", "Learning question"},
            {"Ce que la commune veut apprendre de son partenaire, généralement en deux questions.",
             "Wat de gemeente van haar partner wil leren, meestal in twee vragen.",
             "What the municipality wants to learn from its partner, usually in two questions."},
            {municipality(1),
             position(2),
             prose(3, "wording", {"Formulation actuelle", "Huidige formulering", "Current wording"}).required()}}.coached(),
      Table{12, "wording", {"Formulation antérieure", "Eerdere formulering", "Earlier wording"},
            {"Une formulation antérieure de la question, gardée pour montrer comment celle-ci a évolué.",
             "Een eerdere formulering van de vraag, bewaard om te tonen hoe ze is geëvolueerd.",
             "An earlier wording of the question, kept to show how it has evolved."},
            {question(1).owner(),
             position(2),
             date(3, "written_on", {"Date", "Datum", "Date"}),
             prose(4, "text", {"Formulation", "Formulering", "Wording"}).required(),
             prose(5, "reason", {"Raison du changement", "Reden van de wijziging", "Reason for the change"}),
             author(6)}}.coached(),
      Table{13, "obstacle", {"Obstacle", "Hindernis", "Obstacle"},
            {"Un problème à résoudre pour répondre à la question.",
             "Een probleem dat moet worden opgelost om de vraag te beantwoorden.",
             "A problem to solve in order to answer the question."},
            {question(1).owner(), position(2), prose(3, "text", {"Obstacle", "Hindernis", "Obstacle"}).required()}}.coached(),
      Table{14, "sub_question", {"Sous-question", "Deelvraag", "Sub-question"},
            {"Une sous-question précise, avec sa priorité pour la visite.",
             "Een concrete deelvraag, met haar prioriteit voor het bezoek.",
             "A precise sub-question, with its priority for the visit."},
            {question(1).owner(),
             position(2),
             prose(3, "text", {"Sous-question", "Deelvraag", "Sub-question"}).required(),
             code(4, "priority",
                  {{"must", {"Indispensable", "Noodzakelijk", "Must have"}},
                   {"like", {"Souhaitable", "Wenselijk", "Like to have"}},
                   {"nice", {"Un plus", "Mooi meegenomen", "Nice to have"}}},
                  {"Priorité", "Prioriteit", "Priority"})}}.coached(),
      Table{15, "applied", {"Mise en pratique", "Toepassing", "Put into practice"},
            {"Ce que la commune a mis en pratique chez elle à partir de cette question.",
             "Wat de gemeente thuis met deze vraag in praktijk heeft gebracht.",
             "What the municipality has put into practice at home from this question."},
            {question(1).owner(),
             prose(2, "text", {"Ce qui a été appliqué", "Wat is toegepast", "What was applied"}).required(),
             date(3, "since", {"Depuis le", "Sinds", "Since"})}},
  };
}

}  // namespace carnet
