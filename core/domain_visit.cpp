// The field visit, from its preparation to the journal of every evening: tools 6 to 9.
#include "core/domain_parts.hpp"

namespace carnet {

namespace {

Column visit(std::uint32_t number) {
  return reference(number, "visit", "visit", {"Visite de terrain", "Terreinbezoek", "Field visit"}).owner();
}
Column activity(std::uint32_t number) {
  return reference(number, "activity", "activity", {"Activité", "Activiteit", "Activity"}).owner();
}
Column terms(std::uint32_t number) {
  return reference(number, "terms", "terms", {"Termes de référence", "Terms of reference (ToR)", "Terms of reference"}).owner();
}
Column objective(std::uint32_t number) {
  return reference(number, "objective", "objective", {"Objectif spécifique", "Specifieke doelstelling", "Specific objective"}).owner();
}
Column progress_score(std::uint32_t number) {
  return integer(number, "score", 0, 3, {"Score de progrès", "Voortgangsscore", "Progress score"});
}

}  // namespace

std::vector<Table> visit_tables() {
  return {
      // 6. Préparation de la visite.
      Table{16, "visit", {"Visite de terrain", "Terreinbezoek", "Field visit"},
            {"Cinq jours chez le partenaire, de l’introduction commune au plan d’action.",
             "Vijf dagen bij de partner, van de gezamenlijke introductie tot het actieplan.",
             "Five days with the partner, from the joint introduction to the action plan."},
            {reference(1, "guest", "organisation", {"Commune visiteuse", "Bezoekende gemeente", "Visiting municipality"}),
             reference(2, "host", "organisation", {"Commune hôte", "Ontvangende gemeente", "Host municipality"}),
             date(3, "starts_on", {"Premier jour", "Eerste dag", "First day"}),
             date(4, "ends_on", {"Dernier jour", "Laatste dag", "Last day"}),
             line(5, "title", {"Titre", "Titel", "Title"})}},
      Table{17, "activity", {"Activité du programme", "Programmaonderdeel", "Programme activity"},
            {"Une activité du programme de la visite, avec son heure, son lieu et la personne qui accompagne.",
             "Een onderdeel van het bezoekprogramma, met uur, plaats en begeleider.",
             "An activity of the visit’s programme, with its hour, its place and the person who accompanies."},
            {visit(1),
             position(2),
             day(3),
             time_of_day(4, "starts_at", {"Heure de début", "Beginuur", "Starts at"}),
             time_of_day(5, "ends_at", {"Heure de fin", "Einduur", "Ends at"}),
             line(6, "title", {"Activité", "Activiteit", "Activity"}).required(),
             line(7, "place", {"Lieu", "Plaats", "Place"}),
             line(8, "accompanied_by", {"Personne accompagnatrice", "Begeleider", "Accompanied by"}),
             prose(9, "remarks", {"Remarques", "Opmerkingen", "Remarks"})}},
      Table{18, "activity_sub_question",
            {"Sous-question de l’activité", "Deelvraag bij de activiteit", "Sub-question of the activity"},
            {"Une sous-question à laquelle l’activité doit répondre.",
             "Een deelvraag die de activiteit moet beantwoorden.",
             "A sub-question that the activity is to answer."},
            {activity(1).key(), sub_question(2).key()}},

      // 7. Termes de référence.
      Table{19, "terms", {"Termes de référence", "Terms of reference (ToR)", "Terms of reference"},
            {"Ce que la visite doit apporter, validé par la commune visiteuse et signé par la commune hôte.",
             "Wat het bezoek moet opleveren, gevalideerd door de bezoekende gemeente en ondertekend door de ontvangende gemeente.",
             "What the visit is to bring, validated by the visiting municipality and signed by the host municipality."},
            {visit(1).key(),
             prose(2, "context", {"Contexte", "Context", "Context"}),
             prose(3, "local_context", {"Contexte local", "Lokale context", "Local context"}),
             code(4, "state",
                  {{"draft", {"Brouillon", "Ontwerp", "Draft"}},
                   {"validated", {"Validé", "Gevalideerd", "Validated"}},
                   {"signed", {"Signé", "Ondertekend", "Signed"}}},
                  {"État", "Stand van zaken", "State"}),
             date(5, "validated_on", {"Validé le", "Gevalideerd op", "Validated on"}),
             line(6, "validated_by", {"Validé par", "Gevalideerd door", "Validated by"}),
             date(7, "signed_on", {"Signé le", "Ondertekend op", "Signed on"}),
             line(8, "signed_by", {"Signé par", "Ondertekend door", "Signed by"})}},
      Table{20, "objective", {"Objectif spécifique", "Specifieke doelstelling", "Specific objective"},
            {"Un objectif précis de la visite, rattaché à une question d’apprentissage.",
             "Een concrete doelstelling van het bezoek, bij een van de leervragen.",
             "A precise objective of the visit, under one of the learning questions."},
            {terms(1),
             reference(2, "question", "learning_question", {"Question d’apprentissage", "Leervraag", "Learning question"}),
             position(3),
             prose(4, "text", {"Objectif", "Doelstelling", "Objective"}).required()}},
      Table{21, "objective_sub_question",
            {"Sous-question de l’objectif", "Deelvraag bij de doelstelling", "Sub-question of the objective"},
            {"Une sous-question qui sert l’objectif.",
             "Een deelvraag die de doelstelling dient.",
             "A sub-question that serves the objective."},
            {objective(1).key(), sub_question(2).key()}},
      Table{22, "terms_day", {"Journée du programme", "Programmadag", "Day of the programme"},
            {"Une journée du programme, avec une question centrale si cela aide.",
             "Een dag van het programma, met een centrale vraag als dat helpt.",
             "A day of the programme, with a central question where that helps."},
            {terms(1).key(), day(2).key(), prose(3, "central_question", {"Question centrale", "Centrale vraag", "Central question"})}},
      Table{23, "delegate", {"Membre de la délégation", "Lid van de delegatie", "Member of the delegation"},
            {"Une personne qui fait partie de la délégation.",
             "Iemand die deel uitmaakt van de delegatie.",
             "Someone who belongs to the delegation."},
            {terms(1),
             reference(2, "person", "person", {"Personne", "Persoon", "Person"}),
             line(3, "name", {"Nom", "Naam", "Name"}),
             line(4, "function", {"Fonction", "Functie", "Function"}),
             position(5)}},

      // 8. Journal d'apprentissage (activités).
      Table{24, "journal_entry",
            {"Journal d’apprentissage (activités)", "Leerdagboek (activiteiten)", "Learning journal (activities)"},
            {"Ce que vous avez appris d’une activité, noté le jour même.",
             "Wat u uit een activiteit hebt geleerd, nog dezelfde dag genoteerd.",
             "What you learned from an activity, written down the same day."},
            {visit(1),  // not the activity: a line of the programme may go, what was learned stays
             reference(2, "activity", "activity", {"Activité", "Activiteit", "Activity"}),
             author(3),
             day(4),
             position(5),
             prose(6, "questions", {"Questions et sous-questions", "Vragen en deelvragen", "Questions and sub-questions"}),
             prose(7, "learned", {"Apprentissages spécifiques", "Specifieke leerpunten", "Specific learnings"}),
             prose(8, "applicable", {"Apprentissages applicables", "Toepasbare leerpunten", "Learnings that can be applied"}),
             prose(9, "missing", {"Ce qui manque encore", "Wat nog ontbreekt", "What is still missing"})}},
      Table{25, "entry_sub_question", {"Sous-question du journal", "Deelvraag in het leerdagboek", "Sub-question of the journal"},
            {"Une sous-question à laquelle ces notes du journal répondent.",
             "Een deelvraag waarop deze notities in het leerdagboek antwoorden.",
             "A sub-question that these notes in the journal answer."},
            {reference(1, "entry", "journal_entry", {"Notes du journal", "Notities in het leerdagboek", "Journal entry"}).owner().key(),
             sub_question(2).key()}},

      // 9. Journal d'apprentissage (progrès).
      Table{26, "progress", {"Journal d’apprentissage (progrès)", "Leerdagboek (voortgang)", "Learning journal (progress)"},
            {"Le progrès du jour pour chaque sous-question, de 0 (rien appris), 1 (un peu) et 2 (grand progrès) à 3 (révélation).",
             "De voortgang van de dag per deelvraag, van 0 (niets geleerd), 1 (een beetje) en 2 (grote vooruitgang) tot 3 (openbaring).",
             "The day’s progress on each sub-question, from 0 (nothing learned), 1 (a little) and 2 (great progress) to 3 (revelation)."},
            {objective(1).key(), sub_question(2).key(), day(3).key(), progress_score(4)}},
      Table{27, "objective_day", {"Progrès du jour par objectif", "Dagvoortgang per doelstelling", "Day’s progress by objective"},
            {"Ce que la journée a apporté pour un objectif.",
             "Wat de dag voor een doelstelling heeft opgeleverd.",
             "What the day has brought for an objective."},
            {objective(1).key(),
             day(2).key(),
             progress_score(3),
             prose(4, "learned", {"Ce qui a été appris", "Wat er is geleerd", "What was learned"})}},
      Table{28, "visit_day", {"Bilan de la journée", "Terugblik op de dag", "Review of the day"},
            {"Ce que la journée a été, vue le soir.", "Hoe de dag was, ’s avonds bekeken.", "What the day was, seen in the evening."},
            {visit(1).key(),
             day(2).key(),
             prose(3, "unexpected", {"Quelque chose d’inattendu", "Iets onverwachts", "Something unexpected"}),
             prose(4, "contributed", {"Ce qui a le plus contribué", "Wat het meest heeft bijgedragen", "What contributed most"}),
             prose(5, "difficulties", {"Difficultés ou défis", "Moeilijkheden of uitdagingen", "Difficulties or challenges"}),
             prose(6, "meaning",
                   {"Ce que cela signifie pour vous et votre commune, et ce qui est applicable",
                    "Wat dit betekent voor u en uw gemeente, en wat toepasbaar is",
                    "What it means for you and your municipality, and what can be applied"})}},
  };
}

}  // namespace carnet
