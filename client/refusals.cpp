#include "client/refusals.hpp"

#include <optional>

#include "client/phrases.hpp"

namespace carnet {

namespace {

std::optional<Words> words(Code code) {
  switch (code) {
    case Code::no_member:
      return Words{"you are no member of this space any more", "vous n'êtes plus membre de cet espace", "u bent geen lid meer van deze ruimte"};
    case Code::reads_only:
      return Words{"you only read in this space; whoever looks after it can let you write", "vous lisez seulement dans cet espace ; son responsable peut vous laisser écrire",
                   "u leest enkel in deze ruimte; wie ze beheert, kan u laten schrijven"};
    case Code::coach_only:
      return Words{"a coach writes questions, exchanges and comments and decides conflicts; the rest is for the members who write",
                   "un coach écrit les questions, les échanges et les commentaires et tranche les conflits ; le reste revient aux membres qui écrivent",
                   "een coach schrijft vragen, uitwisselingen en opmerkingen en beslist over conflicten; de rest is voor de leden die schrijven"};
    case Code::of_another:
      return Words{"it bears the name of another device, which has to bring it itself", "cela porte le nom d'un autre appareil, qui doit l'apporter lui-même",
                   "het draagt de naam van een ander toestel, dat het zelf moet brengen"};
    case Code::other_space:
      return Words{"this row lives in another space; `carnet publish` makes a copy", "cette fiche se trouve dans un autre espace ; `carnet publish` en fait une copie",
                   "deze fiche staat in een andere ruimte; `carnet publish` maakt een kopie"};
    case Code::space_full:
      return Words{"the space is full; whoever runs the relay can give it room", "l'espace est plein ; le gestionnaire du relais peut l'agrandir", "de ruimte is vol; wie het relais beheert, kan ze groter maken"};
    case Code::day_full:
      return Words{"this is more than a device may send in a day; whoever runs the relay can allow more", "c'est plus que ce qu'un appareil peut envoyer en un jour ; le gestionnaire du relais peut permettre plus",
                   "dit is meer dan een toestel op een dag mag verzenden; wie het relais beheert, kan meer toestaan"};
    case Code::admins_only:
      return Words{"only its admins write in the administration space", "seuls ses administrateurs écrivent dans l'espace d'administration", "enkel haar beheerders schrijven in de beheerruimte"};
    case Code::other_kind:
      return Words{"people, devices and invites stand in the administration space, and nothing else stands there",
                   "les personnes, les appareils et les invitations se trouvent dans l'espace d'administration, et rien d'autre ne s'y trouve",
                   "mensen, toestellen en uitnodigingen staan in de beheerruimte, en niets anders staat daar"};
    default: return {};
  }
}

}  // namespace

// What is no phrase either says what is wrong with the row itself, in English, with limits and names that are of use as they are.
std::string in_words(Language language, const Error& refusal) {
  auto ours = words(refusal.code);
  return ours ? ours->in(language) : in_words(language, refusal.text);
}

}  // namespace carnet
