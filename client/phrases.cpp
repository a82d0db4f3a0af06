#include "client/phrases.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace carnet {

namespace {

constexpr Words all[] = {
    // Rows and spaces
    {"no row {} on this device", "la fiche {} n'est pas sur cet appareil", "fiche {} staat niet op dit toestel"},
    {"no deleted row {} on this device", "il n'y a pas de fiche supprimée {} sur cet appareil", "er is geen verwijderde fiche {} op dit toestel"},
    {"this record is no more", "cette fiche n'existe plus", "deze fiche bestaat niet meer"},
    {"row {} is of another table", "la fiche {} est d'une autre table", "fiche {} is van een andere tabel"},
    {"row {} is of another space", "la fiche {} est d'un autre espace", "fiche {} is van een andere ruimte"},
    {"id {} was not given by this device", "le numéro {} n'a pas été donné par cet appareil", "het nummer {} is niet door dit toestel gegeven"},
    {"no table '{}'; there are: {}", "il n'y a pas de table « {} » ; il y a : {}", "er is geen tabel '{}'; er zijn: {}"},
    {"{} has no column '{}'", "{} n'a pas de colonne « {} »", "{} heeft geen kolom '{}'"},
    {"{} has no text column '{}'", "{} n'a pas de colonne de texte « {} »", "{} heeft geen tekstkolom '{}'"},
    {"'{}' is not column=value", "« {} » n'est pas de la forme colonne=valeur", "'{}' is niet van de vorm kolom=waarde"},
    {"{} rows of {} have the name '{}'; give the id of one", "{} fiches de {} portent le nom « {} » ; donnez le numéro de l'une d'elles", "{} fiches van {} dragen de naam '{}'; geef het nummer van een ervan"},
    {"no space {} on this device", "l'espace {} n'est pas sur cet appareil", "ruimte {} staat niet op dit toestel"},
    {"no space '{}' on this device; it has: {}", "il n'y a pas d'espace « {} » sur cet appareil ; il a : {}", "er is geen ruimte '{}' op dit toestel; het heeft: {}"},
    {"say which space with --space; this device has: {}", "dites quel espace avec --space ; cet appareil a : {}", "zeg met --space welke ruimte; dit toestel heeft: {}"},
    {"row {} has {} values in its history and no number {}; `carnet show` tells them", "la fiche {} a {} valeurs dans son histoire, et pas de numéro {} ; `carnet show` les montre",
     "fiche {} heeft {} waarden in haar geschiedenis en geen nummer {}; `carnet show` toont ze"},
    {"row {} is deleted; `carnet restore {} NUMBER` with the number of any other of its values brings it back",
     "la fiche {} est supprimée ; `carnet restore {} NUMÉRO` avec le numéro d'une autre de ses valeurs la fait revenir",
     "fiche {} is verwijderd; `carnet restore {} NUMMER` met het nummer van een andere van haar waarden brengt ze terug"},
    {"row {} has no open conflict in '{}'; `carnet conflicts` lists them", "la fiche {} n'a pas de conflit ouvert dans « {} » ; `carnet conflicts` les montre",
     "fiche {} heeft geen open conflict in '{}'; `carnet conflicts` toont ze"},
    {"no open conflict in this cell; `carnet conflicts` lists them", "il n'y a pas de conflit ouvert à cet endroit ; `carnet conflicts` les montre", "hier is geen open conflict; `carnet conflicts` toont ze"},
    {"no such text on this device", "ce texte n'est pas sur cet appareil", "deze tekst staat niet op dit toestel"},
    {"this column is no text", "cette colonne n'est pas un texte", "deze kolom is geen tekst"},
    {"no version '{}' of this text is known; open it again", "la version « {} » de ce texte n'est plus connue ; ouvrez-le de nouveau", "de versie '{}' van deze tekst is niet bekend; open hem opnieuw"},
    {"a text that was opened at a version is saved alone", "un texte ouvert à une version s'enregistre seul", "een tekst die op een versie is geopend, wordt alleen bewaard"},

    // Files
    {"a picture has at most {} pixels a side", "une image a au plus {} points de côté", "een afbeelding heeft hoogstens {} punten per zijde"},
    {"cannot read {}", "{} ne se laisse pas lire", "{} kan niet gelezen worden"},
    {"cannot write {}", "{} ne se laisse pas écrire", "{} kan niet geschreven worden"},
    {"{} is not JSON", "{} n'est pas du JSON", "{} is geen JSON"},
    {"this is no export of a space: it needs an object with a list 'rows'", "ce n'est pas l'export d'un espace : il faut un objet avec une liste « rows »",
     "dit is geen export van een ruimte: er is een object met een lijst 'rows' nodig"},
    {"a row of the export lacks its table or id", "une fiche de l'export n'a pas de table ou de numéro", "een fiche van de export heeft geen tabel of nummer"},
    {"the export has rows of a table '{}', which is not known here", "l'export a des fiches d'une table « {} », qui n'est pas connue ici", "de export heeft fiches van een tabel '{}', die hier niet bekend is"},

    // Publishing, and what was not taken
    {"this device only reads in {}", "cet appareil lit seulement dans {}", "dit toestel leest enkel in {}"},
    {"row {} lives in {} already", "la fiche {} se trouve déjà dans {}", "fiche {} staat al in {}"},
    {"row {} was published in {} already, as row {}; edit that", "la fiche {} a déjà été publiée dans {}, sous le numéro {} ; modifiez celle-là", "fiche {} is al gepubliceerd in {}, als fiche {}; wijzig die"},
    {"number {} came from the relay; only what was written here can be moved", "le numéro {} est venu du relais ; seul ce qui a été écrit ici peut être déplacé",
     "nummer {} kwam van het relais; alleen wat hier geschreven is, kan verplaatst worden"},
    {"these rows stand in {} already; `carnet quarantine retry` sends them again", "ces fiches se trouvent déjà dans {} ; `carnet quarantine retry` les envoie de nouveau",
     "deze fiches staan al in {}; `carnet quarantine retry` verzendt ze opnieuw"},
    {"nothing is kept under number {}; `carnet quarantine` lists what is", "rien n'est gardé sous le numéro {} ; `carnet quarantine` montre ce qui l'est", "onder nummer {} wordt niets bewaard; `carnet quarantine` toont wat er is"},
    {"the space of these rows is not on this device any more; `carnet quarantine move {} --to SPACE` puts them into another",
     "l'espace de ces fiches n'est plus sur cet appareil ; `carnet quarantine move {} --to ESPACE` les met dans un autre",
     "de ruimte van deze fiches staat niet meer op dit toestel; `carnet quarantine move {} --to RUIMTE` zet ze in een andere"},

    // Settings
    {"{}: {}, not '{}'; set it like this: carnet settings {} {}", "{} : {}, et non « {} » ; réglez-le ainsi : carnet settings {} {}", "{}: {}, niet '{}'; stel het zo in: carnet settings {} {}"},
    {"price: a limit in FCFA needs the price of a megabyte, above 0; set it like this: carnet settings price 1.2; or set day_fcfa, night_fcfa and month_fcfa to none",
     "price : une limite en FCFA demande le prix d'un mégaoctet, au-dessus de 0 ; réglez-le ainsi : carnet settings price 1.2 ; ou mettez day_fcfa, night_fcfa et month_fcfa à none",
     "price: een grens in FCFA vraagt de prijs van een megabyte, boven 0; stel die zo in: carnet settings price 1.2; of zet day_fcfa, night_fcfa en month_fcfa op none"},
    {"no setting '{}'; there are: {}", "il n'y a pas de réglage « {} » ; il y a : {}", "er is geen instelling '{}'; er zijn: {}"},
    {"no setting '{}'; `carnet settings` lists them", "il n'y a pas de réglage « {} » ; `carnet settings` les montre", "er is geen instelling '{}'; `carnet settings` toont ze"},
    {"auto, fr, nl or en", "auto, fr, nl ou en", "auto, fr, nl of en"},
    {"of what this program tells; auto asks the machine", "de ce que dit ce programme ; auto demande à la machine", "van wat dit programma zegt; auto vraagt het aan de machine"},
    {"manual, link or night", "manual, link ou night", "manual, link of night"},
    {"when the agent syncs: never by itself, whenever there is a link, in the window", "quand l'agent synchronise : jamais de lui-même, dès qu'il y a une liaison, dans la fenêtre",
     "wanneer de agent synchroniseert: nooit vanzelf, zodra er verbinding is, in het venster"},
    {"two times of the day, hh:mm-hh:mm", "deux heures du jour, hh:mm-hh:mm", "twee uren van de dag, hh:mm-hh:mm"},
    {"the night, local time", "la nuit, heure locale", "de nacht, plaatselijke tijd"},
    {"0 to 8760 hours, 0 for never", "0 à 8760 heures, 0 pour jamais", "0 tot 8760 uur, 0 voor nooit"},
    {"policy link: how often to look when nothing waits here", "avec policy link : toutes les combien d'heures regarder quand rien n'attend ici", "met policy link: om de hoeveel uur te kijken als hier niets wacht"},
    {"yes or no", "yes ou no", "yes of no"},
    {"whether the agent may use metered links", "si l'agent peut prendre une liaison payée au mégaoctet", "of de agent verbindingen mag gebruiken die per megabyte betaald worden"},
    {"auto, yes or no", "auto, yes ou no", "auto, yes of no"},
    {"whether the link is paid by the megabyte; auto asks the machine", "si la liaison se paie au mégaoctet ; auto demande à la machine", "of de verbinding per megabyte betaald wordt; auto vraagt het aan de machine"},
    {"a file of {} MB; at most {} MB: make it smaller or shorter", "un fichier de {} Mo ; au plus {} Mo : rendez-le plus petit ou plus court", "een bestand van {} MB; hoogstens {} MB: maak het kleiner of korter"},
    {"this is no photo, sound or video", "ce n'est pas une photo, un son ou une vidéo", "dit is geen foto, geluid of video"},
    {"no record names this file", "aucune fiche ne nomme ce fichier", "geen enkele fiche noemt dit bestand"},
    {"all or asked", "all ou asked", "all of asked"},
    {"which photos, sounds and clips of others come by themselves: all, or those that somebody asked for",
     "quelles photos, quels sons et quelles vidéos des autres viennent d'eux-mêmes : all, tous, ou asked, ceux que quelqu'un a demandés",
     "welke foto's, geluiden en video's van anderen vanzelf komen: all, alle, of asked, die iemand gevraagd heeft"},
    {"0 to 100000 FCFA per MB, up to three decimals", "0 à 100000 FCFA le Mo, trois décimales au plus", "0 tot 100000 FCFA per MB, hoogstens drie decimalen"},
    {"of metered data", "des données mobiles", "van mobiele data"},
    {"0 to 1000000000 KB (of 1000 bytes), or none", "0 à 1000000000 Ko (de 1000 octets), ou none", "0 tot 1000000000 KB (van 1000 bytes), of none"},
    {"0 to 1000000000 FCFA, or none", "0 à 1000000000 FCFA, ou none", "0 tot 1000000000 FCFA, of none"},
    {"what may move over metered links in a day", "ce qui peut passer en un jour par des liaisons payées au mégaoctet", "wat op een dag mag bewegen over verbindingen die per megabyte betaald worden"},
    {"the same in money, at the price", "la même chose en argent, à ce prix", "hetzelfde in geld, tegen die prijs"},
    {"in a night, of what moves in the window", "en une nuit, de ce qui passe dans la fenêtre", "in een nacht, van wat in het venster beweegt"},
    {"in a calendar month", "en un mois du calendrier", "in een kalendermaand"},

    // The replica and its relay
    {"no replica in {}; run `carnet init --invite ...` first, or give --home", "il n'y a pas de carnet dans {} ; lancez d'abord `carnet init --invite ...`, ou donnez --home",
     "er is geen carnet in {}; voer eerst `carnet init --invite ...` uit, of geef --home"},
    {"no replica here: run `carnet init --invite ...` first", "il n'y a pas de carnet ici : lancez d'abord `carnet init --invite ...`", "hier is geen carnet: voer eerst `carnet init --invite ...` uit"},
    {"{} exists already: this home is enrolled; `carnet rejoin` gives it a new key by an invite and keeps everything, another --home begins anew",
     "{} existe déjà : ce dossier est inscrit ; `carnet rejoin` lui donne une nouvelle clé par une invitation et garde tout, un autre --home recommence à zéro",
     "{} bestaat al: deze map is ingeschreven; `carnet rejoin` geeft ze met een uitnodiging een nieuwe sleutel en bewaart alles, een andere --home begint opnieuw"},
    {"this replica is device {} ({}), and the invite is for device {} ({}): ask for one for this device; the other begins in a home of its own",
     "ce carnet est l'appareil {} ({}), et l'invitation est pour l'appareil {} ({}) : demandez-en une pour cet appareil ; l'autre commence dans un dossier à lui",
     "dit carnet is toestel {} ({}), en de uitnodiging is voor toestel {} ({}): vraag er een voor dit toestel; het andere begint in een eigen map"},
    {"space {} is '{}' here and '{}' in the invite: it comes from another relay", "l'espace {} est « {} » ici et « {} » dans l'invitation : elle vient d'un autre relais",
     "ruimte {} is '{}' hier en '{}' in de uitnodiging: die komt van een ander relais"},
    {"'{}' is no relay's address: carnet://host:port by key, https://host by certificate, http://127.0.0.1:port on the same machine",
     "« {} » n'est pas l'adresse d'un relais : carnet://hôte:port par clé, https://hôte par certificat, http://127.0.0.1:port sur la même machine",
     "'{}' is geen adres van een relais: carnet://host:poort met een sleutel, https://host met een certificaat, http://127.0.0.1:poort op dezelfde machine"},
    {"http:// is for a relay on the same machine only, and '{}' is another: use carnet:// or https://", "http:// ne vaut que pour un relais sur la même machine, et « {} » en est une autre : prenez carnet:// ou https://",
     "http:// is enkel voor een relais op dezelfde machine, en '{}' is een andere: gebruik carnet:// of https://"},
    {"the budget is used up: the next {} bytes have no room", "le budget est épuisé : les {} octets suivants n'ont plus de place", "het budget is op: voor de volgende {} bytes is geen plaats"},
    {"the exchange was ended here; the rest follows", "l'échange a été arrêté ici ; le reste suit", "de uitwisseling is hier beëindigd; de rest volgt"},
    {"{} took what was sent and has said nothing for {} s: the relay hangs, or its operator should look at it; the rest follows at the next sync",
     "{} a pris ce qui a été envoyé et ne dit rien depuis {} s : le relais est bloqué, ou son gestionnaire devrait le regarder ; le reste suit à la prochaine synchronisation",
     "{} nam wat verzonden is en zegt al {} s niets: het relais hangt, of wie het beheert zou ernaar moeten kijken; de rest volgt bij de volgende synchronisatie"},
    {"not the relay answers at {}, but something before it (HTTP {}): a proxy without its relay, or a network that wants a login first; the rest follows at the next sync",
     "ce n'est pas le relais qui répond à {}, mais quelque chose avant lui (HTTP {}) : un proxy sans son relais, ou un réseau qui demande d'abord de se connecter ; le reste suit à la prochaine synchronisation",
     "niet het relais antwoordt op {}, maar iets ervoor (HTTP {}): een proxy zonder zijn relais, of een netwerk waar u eerst moet aanmelden; de rest volgt bij de volgende synchronisatie"},
    {"the relay at {} cannot be reached ({}): look whether this machine has a connection, and try again; where it has one, the relay is down, tell whoever runs it",
     "le relais, à {}, est hors d'atteinte ({}) : vérifiez que cette machine a une connexion, puis réessayez ; si elle en a une, c'est le relais qui est arrêté, prévenez son gestionnaire",
     "het relais op {} is niet bereikbaar ({}): kijk of deze machine een verbinding heeft en probeer opnieuw; heeft ze er een, dan ligt het relais stil, verwittig wie het beheert"},
    {"the link to {} was lost: {}", "la liaison avec {} a été coupée : {}", "de verbinding met {} is verbroken: {}"},
    {"the relay's answer ended early", "la réponse du relais s'est arrêtée trop tôt", "het antwoord van het relais hield te vroeg op"},

    // Processes beside each other
    {"{} is under way already: {} holds {}; it goes on by itself", "{} est déjà en cours : {} tient {} ; cela continue tout seul", "{} is al bezig: {} houdt {}; dat gaat vanzelf verder"},
    {"{}; stop it first", "{} ; arrêtez-le d'abord", "{}; stop die eerst"},
    {"a sync", "une synchronisation", "een synchronisatie"},
    {"an agent", "un agent", "een agent"},
    {"process {}", "le processus {}", "proces {}"},
    {"another process", "un autre processus", "een ander proces"},
    {"{} was moved away or replaced: start the agent again", "{} a été déplacé ou remplacé : relancez l'agent", "{} is verplaatst of vervangen: start de agent opnieuw"},
    {"another program listens at {}", "un autre programme écoute à l'adresse {}", "een ander programma luistert op {}"},
    {"port {} is taken: the pages may be open already; give another with --port", "le port {} est pris : les pages sont peut-être déjà ouvertes ; donnez-en un autre avec --port",
     "poort {} is bezet: misschien zijn de pagina's al open; geef een andere met --port"},

    // The disk
    {"cannot write {}; give this user the right to its folder", "{} ne se laisse pas écrire ; donnez à cet utilisateur le droit sur son dossier", "{} kan niet geschreven worden; geef deze gebruiker het recht op de map ervan"},
    {"cannot write {}; is the disk full?", "{} ne se laisse pas écrire ; le disque est-il plein ?", "{} kan niet geschreven worden; is de schijf vol?"},
    {"{} cannot be written: see to the disk, its space and the rights of its folder", "{} ne se laisse pas écrire : voyez le disque, sa place et les droits de son dossier",
     "{} kan niet geschreven worden: kijk de schijf na, de plaats erop en de rechten van de map"},
    {"{} cannot grow: the disk is full; make room there and run this again. What was written and acknowledged before is kept",
     "{} ne peut plus grandir : le disque est plein ; faites-y de la place et relancez. Ce qui a été écrit et confirmé avant est gardé",
     "{} kan niet groeien: de schijf is vol; maak er plaats en voer dit opnieuw uit. Wat eerder geschreven en bevestigd is, blijft bewaard"},
    {"{} cannot be written ({}): see to the disk, its space and the rights of its folder, and run this again. What was written and acknowledged before is kept",
     "{} ne se laisse pas écrire ({}) : voyez le disque, sa place et les droits de son dossier, et relancez. Ce qui a été écrit et confirmé avant est gardé",
     "{} kan niet geschreven worden ({}): kijk de schijf na, de plaats erop en de rechten van de map, en voer dit opnieuw uit. Wat eerder geschreven en bevestigd is, blijft bewaard"},
    {"{} is damaged ({}): run `carnet rebuild`, which saves what was not sent, keeps this file beside and fetches the rest from the relay",
     "{} est abîmé ({}) : lancez `carnet rebuild`, qui sauve ce qui n'a pas été envoyé, garde ce fichier à côté et va chercher le reste au relais",
     "{} is beschadigd ({}): voer `carnet rebuild` uit, dat redt wat niet verzonden was, bewaart dit bestand ernaast en haalt de rest bij het relais"},
    {"the head of its write-ahead log is not what was written there", "l'en-tête de son journal d'écriture n'est pas ce qui y a été écrit", "het begin van zijn schrijflogboek is niet wat er geschreven is"},
    {"who this device is cannot be read from {} any more: ask for a new invite for it and run `carnet rebuild --invite carnet1-...`; the file stays as it is",
     "{} ne dit plus qui est cet appareil : demandez une nouvelle invitation pour lui et lancez `carnet rebuild --invite carnet1-...` ; le fichier reste tel quel",
     "uit {} is niet meer te lezen wie dit toestel is: vraag er een nieuwe uitnodiging voor en voer `carnet rebuild --invite carnet1-...` uit; het bestand blijft zoals het is"},
};

std::vector<std::string_view> pieces_of(std::string_view phrase) {
  std::vector<std::string_view> pieces;
  for (;;) {
    auto place = phrase.find("{}");
    pieces.push_back(phrase.substr(0, place));
    if (place == std::string_view::npos) return pieces;
    phrase.remove_prefix(place + 2);
  }
}

// What stands at the places of the phrase, where the text is this one.
std::optional<std::vector<std::string>> put_in(std::string_view phrase, std::string_view text) {
  auto pieces = pieces_of(phrase);
  std::vector<std::string> values;
  if (!text.starts_with(pieces.front())) return {};
  text.remove_prefix(pieces.front().size());
  for (std::size_t k = 1; k < pieces.size(); ++k) {
    bool is_last = k + 1 == pieces.size();
    if (is_last && !text.ends_with(pieces[k])) return {};
    auto end = is_last ? text.size() - pieces[k].size() : text.find(pieces[k]);
    if (end == std::string_view::npos) return {};
    values.emplace_back(text.substr(0, end));
    text.remove_prefix(end + pieces[k].size());
  }
  return text.empty() ? std::optional(values) : std::nullopt;
}

std::string filled(std::string_view phrase, const std::vector<std::string>& values) {
  auto pieces = pieces_of(phrase);
  std::string text(pieces.front());
  for (std::size_t k = 0; k < values.size(); ++k) text.append(values[k]).append(pieces[k + 1]);
  return text;
}

}  // namespace

std::span<const Words> phrases() { return all; }

std::string in_words(Language language, const std::string& english) {
  if (language == Language::english) return english;
  for (auto& phrase : all)
    if (auto values = put_in(phrase.english, english)) {
      for (auto& value : *values) value = in_words(language, value);
      return filled(phrase.in(language), *values);
    }
  return english;
}

}  // namespace carnet
