// Who takes part at the relay, as an umbrella's officers keep it: wishes that the relay carries out (server/administration.hpp). These tables
// stand in a space of kind administration and nowhere else. The relay alone writes outcome, number, sealed and sealed_for.
#include "core/domain_parts.hpp"

namespace carnet {

namespace {

constexpr std::int64_t max_name = 200;
constexpr std::int64_t max_sealed = 6'000;  // characters of a sealed invite

Column outcome(std::uint32_t number) {
  return code(number, "outcome",
              {{"done", {"Fait", "Gedaan", "Done"}},
               {"waits", {"En attente d’une fiche à laquelle elle renvoie", "Wacht op een fiche waarnaar ze verwijst", "Waits for a row that it refers to"}},
               {"bad_name", {"Un nom compte de 1 à 200 octets", "Een naam telt 1 tot 200 bytes", "A name has 1 to 200 bytes"}},
               {"name_taken", {"Ce nom est déjà pris", "Die naam bestaat al", "This name is taken"}},
               {"fixed", {"Cela ne peut plus être modifié ni supprimé", "Dit kan niet meer worden gewijzigd of verwijderd", "This cannot be changed or deleted any more"}},
               {"incomplete", {"Il manque une indication, ou elle n’est pas valable", "Er ontbreekt iets, of het is niet geldig", "Something is missing or not valid"}},
               {"only_one", {"Il n’y a qu’un espace d’administration", "Er is maar één beheerruimte", "There is only one administration space"}},
               {"too_many_devices", {"Cette personne a déjà tous les appareils permis", "Deze persoon heeft al alle toegelaten toestellen", "This person has as many devices as one may"}},
               {"device_lost", {"L’appareil est déclaré perdu", "Het toestel is als verloren gemeld", "The device was reported lost"}},
               {"needs_invite", {"Seule une nouvelle invitation le laisse revenir", "Alleen een nieuwe uitnodiging laat het weer toe", "Only a new invite lets it in again"}},
               {"no_address", {"Le gestionnaire du relais doit d’abord inviter lui-même un appareil", "De beheerder van het relais moet eerst zelf een toestel uitnodigen", "The relay’s operator has to invite a device first"}},
               {"too_long", {"L’appareil a trop d’espaces pour une invitation", "Het toestel heeft te veel ruimten voor een uitnodiging", "The device has too many spaces for an invite"}},
               {"relay_restored", {"Le relais a été restauré : demandez à nouveau", "Het relais werd teruggezet: vraag opnieuw", "The relay was restored: ask again"}},
               {"not_possible", {"Le relais ne le peut pas", "Het relais kan dit niet", "The relay cannot do it"}}},
              {"Réponse du relais", "Antwoord van het relais", "The relay’s answer"});
}
Column account_name(std::uint32_t number) { return line(number, "name", {"Nom", "Naam", "Name"}, max_name).required(); }
Column relay_number(std::uint32_t number, std::int64_t max) { return integer(number, "number", 1, max, {"Numéro au relais", "Nummer bij het relais", "Number at the relay"}); }

}  // namespace

std::vector<Table> administration_tables() {
  return {
      Table{40, "account_organisation", {"Organisation au relais", "Organisatie bij het relais", "Organisation at the relay"},
            {"Une commune, une faîtière ou un autre organisme dont des personnes prennent part.",
             "Een gemeente, koepel of andere instelling waarvan mensen deelnemen.",
             "A municipality, umbrella or other body whose people take part."},
            {account_name(1), outcome(2)}}.administration(),
      Table{41, "account_person", {"Personne au relais", "Persoon bij het relais", "Person at the relay"},
            {"Quelqu’un qui écrit ou lit, avec un ou plusieurs appareils.", "Iemand die schrijft of leest, met een of meer toestellen.",
             "Somebody who writes or reads, with one or more devices."},
            {account_name(1), reference(2, "organisation", "account_organisation", {"Organisation", "Organisatie", "Organisation"}), outcome(3)}}.administration(),
      Table{42, "account_space", {"Espace au relais", "Ruimte bij het relais", "Space at the relay"},
            {"Un espace que ses membres partagent.", "Een ruimte die haar leden delen.", "A space that its members share."},
            {account_name(1),
             code(2, "kind",
                  {{"municipality", {"Commune", "Gemeente", "Municipality"}},
                   {"partnership", {"Partenariat", "Partnerschap", "Partnership"}},
                   {"network", {"Réseau", "Netwerk", "Network"}},
                   {"hub", {"Carrefour", "Knooppunt", "Hub"}},
                   {"administration", {"Administration", "Beheer", "Administration"}}},
                  {"Type d’espace", "Soort ruimte", "Kind of space"}).required(),
             relay_number(3, max_space), outcome(4)}}.administration(),
      Table{43, "account_device", {"Appareil au relais", "Toestel bij het relais", "Device at the relay"},
            {"L’appareil d’une personne ; il peut dans chaque espace ce que la personne y peut.",
             "Het toestel van een persoon; het mag in elke ruimte wat die persoon er mag.",
             "A person’s device; it may do in each space what the person may."},
            {account_name(1), reference(2, "person", "account_person", {"Personne", "Persoon", "Person"}).required(),
             code(3, "state",
                  {{"active", {"En service", "In gebruik", "Active"}},
                   {"lost", {"Perdu ou volé", "Verloren of gestolen", "Lost or stolen"}},
                   {"revoked", {"Révoqué", "Ingetrokken", "Revoked"}}},
                  {"État", "Stand van zaken", "State"}),
             relay_number(4, max_device), outcome(5)}}.administration(),
      Table{44, "account_member", {"Membre d’un espace", "Lid van een ruimte", "Member of a space"},
            {"Ce qu’une personne peut faire dans un espace.", "Wat iemand in een ruimte mag.", "What a person may do in a space."},
            {reference(1, "person", "account_person", {"Personne", "Persoon", "Person"}).key(),
             reference(2, "in_space", "account_space", {"Espace", "Ruimte", "Space"}).key(),
             code(3, "role",
                  {{"none", {"N’est plus membre", "Geen lid meer", "No member any more"}},
                   {"reader", {"Lit", "Leest", "Reader"}},
                   {"writer", {"Écrit", "Schrijft", "Writer"}},
                   {"coach", {"Coach", "Coach", "Coach"}},
                   {"admin", {"Administre", "Beheert", "Admin"}}},
                  {"Rôle", "Rol", "Role"}).required(),
             outcome(4)}}.administration(),
      Table{45, "account_invite", {"Invitation", "Uitnodiging", "Invite"},
            {"Ce qui laisse entrer un appareil, une seule fois ; une nouvelle invitation annule la précédente.",
             "Wat een toestel toelaat, één keer; een nieuwe uitnodiging vervangt de vorige.",
             "What lets a device in, once; a new invite voids the one before."},
            {reference(1, "device", "account_device", {"Appareil", "Toestel", "Device"}).required(),
             date(2, "expires_on", {"Valable jusqu’au", "Geldig tot en met", "Good until"}),
             code(3, "state",
                  {{"open", {"Ouverte", "Open", "Open"}},
                   {"used", {"Utilisée", "Gebruikt", "Used"}},
                   {"expired", {"Expirée", "Vervallen", "Expired"}},
                   {"revoked", {"Annulée", "Ingetrokken", "Revoked"}}},
                  {"État", "Stand van zaken", "State"}),
             line(4, "sealed", {"Texte scellé", "Verzegelde tekst", "Sealed text"}, max_sealed),
             integer(5, "sealed_for", 1, max_device, {"Scellé pour l’appareil", "Verzegeld voor toestel", "Sealed for device"}), outcome(6)}}.administration(),
  };
}

}  // namespace carnet
