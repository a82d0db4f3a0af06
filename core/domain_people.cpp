// Who is who, and tool 1.
#include "core/domain_parts.hpp"

namespace carnet {

namespace {

Column presentation(std::uint32_t number) {
  return reference(number, "presentation", "presentation", {"Fiche de présentation", "Voorstellingsfiche", "Presentation sheet"}).owner();
}

}  // namespace

std::vector<Table> people_tables() {
  return {
      // Who takes part.
      Table{1, "organisation", {"Organisation", "Organisatie", "Organisation"},
            {"Les communes, les associations faîtières et les coachs qui prennent part au partenariat.",
             "De gemeenten, koepelorganisaties en coaches die aan het partnerschap deelnemen.",
             "The municipalities, umbrella organisations and coaches that take part in the partnership."},
            {line(1, "name", {"Nom", "Naam", "Name"}).required(),
             code(2, "kind",
                  {{"municipality", {"Commune", "Gemeente", "Municipality"}},
                   {"umbrella", {"Association faîtière", "Koepelorganisatie", "Umbrella organisation"}},
                   {"coach", {"Coach", "Coach", "Coach"}},
                   {"other", {"Autre", "Andere", "Other"}}},
                  {"Type d’organisation", "Soort organisatie", "Kind of organisation"}),
             code(3, "country",
                  {{"BJ", {"Bénin", "Benin", "Benin"}},
                   {"BE", {"Belgique", "België", "Belgium"}},
                   {"RW", {"Rwanda", "Rwanda", "Rwanda"}},
                   {"other", {"Autre pays", "Ander land", "Other country"}}},
                  {"Pays", "Land", "Country"}),
             line(4, "languages", {"Langues de travail", "Werktalen", "Working languages"}),
             line(5, "website", {"Site web", "Website", "Website"}),
             date(6, "left_on", {"A quitté le partenariat le", "Uitgestapt op", "Left on"}),
             prose(7, "services", {"Services participants", "Deelnemende diensten", "Participating departments"})}},
      Table{2, "person", {"Personne", "Persoon", "Person"},
            {"Les agents, les élus et les autres personnes qui participent, à la commune ou en dehors.",
             "De medewerkers, mandatarissen en anderen die meewerken, binnen de gemeente of daarbuiten.",
             "The staff, elected officials and others who take part, inside the municipality or outside it."},
            {reference(1, "organisation", "organisation", {"Organisation", "Organisatie", "Organisation"}),
             line(2, "name", {"Nom et prénoms", "Naam en voornaam", "Name"}).required(),
             line(3, "function", {"Fonction", "Functie", "Function"}),
             integer(4, "years_of_service", 0, 60, {"Années de service", "Jaren dienst", "Years of service"}),
             code(5, "relation", {{"internal", {"Interne", "Intern", "Internal"}}, {"external", {"Externe", "Extern", "External"}}},
                  {"Interne ou externe", "Intern of extern", "Internal or external"}),
             line(6, "email", {"Courriel", "E-mail", "E-mail"}, 254),
             line(7, "phone", {"Téléphone", "Telefoon", "Phone"}, 40)}},
      Table{3, "partnership", {"Partenariat", "Partnerschap", "Partnership"},
            {"Deux communes qui apprennent l’une de l’autre autour d’un thème.",
             "Twee gemeenten die rond een thema van elkaar leren.",
             "Two municipalities that learn from each other on one theme."},
            {reference(1, "north", "organisation", {"Commune du Nord", "Gemeente in het Noorden", "Northern municipality"}),
             reference(2, "south", "organisation", {"Commune du Sud", "Gemeente in het Zuiden", "Southern municipality"}),
             line(3, "theme", {"Thème", "Thema", "Theme"}),
             code(4, "status",
                  {{"planned", {"En préparation", "In voorbereiding", "In preparation"}},
                   {"active", {"En cours", "Lopend", "Active"}},
                   {"paused", {"Suspendu", "Onderbroken", "Paused"}},
                   {"ended", {"Terminé", "Beëindigd", "Ended"}}},
                  {"Statut", "Status", "Status"}),
             prose(5, "outcome", {"Résultat", "Resultaat", "Outcome"})}},

      // 1. Fiche de présentation.
      Table{4, "presentation", {"Fiche de présentation", "Voorstellingsfiche", "Presentation sheet"},
            {"La commune se présente à son partenaire, sur une seule fiche.",
             "De gemeente stelt zich op één fiche voor aan haar partner.",
             "The municipality introduces itself to its partner on one sheet."},
            {municipality(1).key(),
             prose(2, "national_structure",
                   {"Structure politique nationale", "Nationale politieke structuur", "National political structure"}),
             prose(3, "regional_structure",
                   {"Structure politique régionale", "Regionale politieke structuur", "Regional political structure"}),
             prose(4, "local_structure", {"Structure politique locale", "Lokale politieke structuur", "Local political structure"}),
             prose(5, "authority",
                   {"Organisation de l’administration communale", "Organisatie van het gemeentebestuur",
                    "Organisation of the local authority"}),
             prose(6, "location", {"Situation géographique", "Ligging", "Location"}),
             integer(7, "population", 0, 100'000'000, {"Nombre d’habitants", "Aantal inwoners", "Population"}),
             prose(8, "economy",
                   {"Principales activités économiques", "Belangrijkste economische activiteiten", "Main economic activities"}),
             prose(9, "events", {"Événements", "Evenementen", "Events"}),
             prose(10, "sights", {"Lieux à visiter", "Bezienswaardigheden", "Sights"}),
             prose(11, "known_inhabitants", {"Habitants connus", "Bekende inwoners", "Well-known inhabitants"}),
             prose(12, "reasons", {"Raisons de participer", "Redenen om deel te nemen", "Reasons to take part"}),
             prose(13, "expectations", {"Attentes après deux ans", "Verwachtingen na twee jaar", "Expectations after two years"})}},
      Table{5, "presentation_person", {"Personne impliquée", "Betrokken persoon", "Person involved"},
            {"Une personne qui porte le partenariat dans la commune.",
             "Iemand die het partnerschap in de gemeente draagt.",
             "Someone who carries the partnership in the municipality."},
            {presentation(1).key(), reference(2, "person", "person", {"Personne", "Persoon", "Person"}).key()}},
      Table{6, "presentation_image", {"Image de la commune", "Beeld van de gemeente", "Picture of the municipality"},
            {"Trois à cinq images, chacune avec sa légende, qui montrent la commune.",
             "Drie tot vijf beelden met een bijschrift, die de gemeente laten zien.",
             "Three to five pictures, each with a caption, that show the municipality."},
            {presentation(1), position(2), line(3, "caption", {"Légende", "Bijschrift", "Caption"})}},
      Table{37, "device", {"Appareil", "Toestel", "Device"},
            {"L’appareil d’une personne ou d’un service ; il se présente lui-même, et l’historique le nomme.",
             "Het toestel van een persoon of een dienst; het stelt zich zelf voor, en de geschiedenis noemt het.",
             "The device of a person or a service; it introduces itself, and the history names it."},
            {integer(1, "number", 1, max_device, {"Numéro", "Nummer", "Number"}).key(),
             line(2, "name", {"Nom", "Naam", "Name"}).required(),
             reference(3, "person", "person", {"Personne", "Persoon", "Person"})}},
  };
}

}  // namespace carnet
