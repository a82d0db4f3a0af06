#include "client/bundle_words.hpp"

#include "client/phrases.hpp"

namespace carnet {

namespace {

// Somebody by their own name, and their device's.
std::string name_of(Replica& replica, Language language, DeviceId device) {
  SQLite::Statement select(replica.database(), "SELECT name,(SELECT name FROM person p WHERE p.id=device.person) FROM device WHERE number=? LIMIT 1");
  select.bind(1, static_cast<std::int64_t>(device.value));
  if (!select.executeStep()) return say(language, {"device {}", "appareil {}", "toestel {}"}, device.value);
  auto name = select.getColumn(0).getString();
  return select.getColumn(1).isNull() ? name : select.getColumn(1).getString() + " (" + name + ")";
}

std::string rows(Language language, std::size_t count) { return counted(language, count, {"{} row", "{} fiche", "{} fiche"}, {"{} rows", "{} fiches", "{} fiches"}); }

std::string why_not(Language language, const Error& refusal) {
  auto is_of_rights = refusal.code >= Code::no_member;
  if (is_of_rights) return say(language, {"Rows were left out: who wrote them may not write them in this space. They stay with their author.",
                                          "Des fiches ont été laissées de côté : la personne qui les a écrites n’a pas le droit de les écrire dans cet espace. Elles restent chez elle.",
                                          "Fiches zijn weggelaten: wie ze schreef, mag ze in deze ruimte niet schrijven. Ze blijven bij hun auteur."});
  return say(language, {"Something was left out: {}.", "Une partie a été laissée de côté : {}.", "Een deel is weggelaten: {}."}, in_words(language, refusal.text));
}

}  // namespace

std::vector<std::string> what_came(Replica& replica, Language language, const BundleRead& read) {
  std::vector<std::string> said;
  for (auto& [author, count] : read.rows_of) said.push_back(say(language, {"{}: {}", "{} : {}", "{}: {}"}, name_of(replica, language, author), rows(language, count)));
  if (read.borrowed) said.push_back(say(language, {"from the relay, through whoever made this file: {}", "du relais, par qui a fait ce fichier : {}", "van het relais, via wie dit bestand maakte: {}"}, rows(language, read.borrowed)));
  if (read.blobs) said.push_back(counted(language, read.blobs, {"{} photo or sound", "{} photo ou son", "{} foto of geluid"}, {"{} photos and sounds", "{} photos et sons", "{} foto's en geluiden"}));
  if (!read.begun.empty()) said.push_back(counted(language, read.begun.size(), {"{} photo or sound in part", "{} photo ou son en partie", "{} foto of geluid voor een deel"}, {"{} photos and sounds in part", "{} photos et sons en partie", "{} foto's en geluiden voor een deel"}));
  if (read.conflicts) said.push_back(counted(language, read.conflicts, {"{} conflict to settle", "{} conflit à régler", "{} conflict op te lossen"}, {"{} conflicts to settle", "{} conflits à régler", "{} conflicten op te lossen"}));
  if (said.empty() && read.known)
    said.push_back(say(language, {"Nothing new: what this file brings is here already.", "Rien de nouveau : ce que ce fichier apporte est déjà ici.", "Niets nieuws: wat dit bestand brengt, staat hier al."}));
  bool is_receipt = said.empty() && !read.locked && read.refused.empty() && read.apart.empty();
  if (is_receipt)
    said.push_back(say(language, {"No rows: the file only says what the other device has already, which will not be given to it again.", "Pas de fiches : le fichier dit seulement ce que l’autre appareil a déjà, et qu’il ne faudra plus lui donner.",
                                  "Geen fiches: het bestand zegt enkel wat het andere toestel al heeft, en wat het niet meer moet krijgen."}));
  return said;
}

std::vector<std::string> what_is_missing(Language language, const BundleRead& read) {
  std::vector<std::string> said;
  if (read.waiting)
    said.push_back(counted(language, read.waiting,
                           {"{} row goes on with a text that is not here yet: it is shown after another file, or the next synchronisation.", "{} fiche continue un texte qui n’est pas encore ici : elle sera montrée après un autre fichier, ou la prochaine synchronisation.",
                            "{} fiche gaat verder met een tekst die hier nog niet is: ze wordt getoond na een ander bestand of de volgende synchronisatie."},
                           {"{} rows go on with texts that are not here yet: they are shown after another file, or the next synchronisation.", "{} fiches continuent des textes qui ne sont pas encore ici : elles seront montrées après un autre fichier, ou la prochaine synchronisation.",
                            "{} fiches gaan verder met teksten die hier nog niet zijn: ze worden getoond na een ander bestand of de volgende synchronisatie."}));
  if (!read.apart.empty())
    said.push_back(counted(language, read.apart.size(),
                           {"{} photo or sound begins in another file: read the files of this bundle once more, the first one first.", "{} photo ou son commence dans un autre fichier : relisez les fichiers, le premier d’abord.",
                            "{} foto of geluid begint in een ander bestand: lees de bestanden opnieuw, het eerste eerst."},
                           {"{} photos and sounds begin in another file: read the files of this bundle once more, the first one first.", "{} photos et sons commencent dans un autre fichier : relisez les fichiers, le premier d’abord.",
                            "{} foto's en geluiden beginnen in een ander bestand: lees de bestanden opnieuw, het eerste eerst."}));
  if (read.elsewhere)
    said.push_back(say(language, {"This is for another space, which this device does not have: only its members can read it. If you have become one, synchronise first, and read the file again.",
                                  "C’est pour un autre espace, que cet appareil n’a pas : seuls ses membres peuvent le lire. Si vous venez d’en devenir membre, synchronisez d’abord, puis relisez le fichier.",
                                  "Dit is voor een andere ruimte, die dit toestel niet heeft: alleen haar leden kunnen het lezen. Bent u net lid geworden, synchroniseer dan eerst en lees het bestand opnieuw."}));
  if (read.locked > read.elsewhere)
    said.push_back(say(language, {"The key of this space is another one now, or has not come to this device yet: synchronise, and read the file again; or ask for it to be made anew.",
                                  "La clé de cet espace a changé, ou n’est pas encore sur cet appareil : synchronisez, puis relisez le fichier ; ou demandez qu’on le refasse.",
                                  "De sleutel van deze ruimte is veranderd, of staat nog niet op dit toestel: synchroniseer en lees het bestand opnieuw; of vraag het opnieuw te laten maken."}));
  for (auto& refusal : read.refused) said.push_back(why_not(language, refusal));
  return said;
}

}  // namespace carnet
