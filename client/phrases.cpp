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

    // The local network
    {"off, on, or an address of this machine", "off, on, ou une adresse de cette machine", "off, on, of een adres van deze machine"},
    {"whether the agent meets devices of the same spaces on the local network, without the relay", "si l'agent rencontre les appareils des mêmes espaces sur le réseau local, sans le relais", "of de agent toestellen van dezelfde ruimten op het lokale netwerk ontmoet, zonder het relais"},
    {"nobody answers at {}: is the other device on this network, and does it run `carnet near`?", "personne ne répond à {} : l'autre appareil est-il sur ce réseau, et `carnet near` y tourne-t-il ?", "niemand antwoordt op {}: zit het andere toestel op dit netwerk, en draait `carnet near` daar?"},
    {"what answers at {} is no device of Carnet, or has no time now", "ce qui répond à {} n'est pas un appareil de Carnet, ou n'a pas le temps maintenant", "wat op {} antwoordt, is geen toestel van Carnet, of heeft nu geen tijd"},
    {"this device and the other one have no space with the same key: they are of no space together, or one of them has not met the relay since the key changed",
     "cet appareil et l'autre n'ont aucun espace avec la même clé : ils ne sont ensemble dans aucun espace, ou l'un des deux n'a pas rencontré le relais depuis que la clé a changé",
     "dit toestel en het andere hebben geen ruimte met dezelfde sleutel: ze zitten samen in geen ruimte, of een van beide heeft het relais niet meer ontmoet sinds de sleutel veranderde"},
    {"the other device does not prove that it is of a space of this one", "l'autre appareil ne prouve pas qu'il est d'un espace de celui-ci", "het andere toestel bewijst niet dat het in een ruimte van dit toestel zit"},
    {"the other device is of none of this one's spaces", "l'autre appareil n'est d'aucun espace de celui-ci", "het andere toestel zit in geen enkele ruimte van dit toestel"},
    {"the other device does not prove who it is; let both meet the relay", "l'autre appareil ne prouve pas qui il est ; les deux doivent rencontrer le relais", "het andere toestel bewijst niet wie het is; laat beide het relais ontmoeten"},
    {"the other device has the number of this one: one is a copy of the other; let both meet the relay first, which gives the copy a number of its own",
     "l'autre appareil porte le numéro de celui-ci : l'un est une copie de l'autre ; les deux doivent d'abord rencontrer le relais, qui donne à la copie son propre numéro",
     "het andere toestel heeft het nummer van dit toestel: het ene is een kopie van het andere; laat beide eerst het relais ontmoeten, dat de kopie een eigen nummer geeft"},
    {"the link to the other device was lost; what arrived is kept, and the rest follows at the next meeting", "la liaison avec l'autre appareil a été coupée ; ce qui est arrivé est gardé, et le reste suivra à la prochaine rencontre",
     "de verbinding met het andere toestel is verbroken; wat aankwam, blijft bewaard, en de rest volgt bij de volgende ontmoeting"},
    {"a meeting takes no longer than ten minutes; the rest follows at the next", "une rencontre dure dix minutes au plus ; le reste suivra à la prochaine", "een ontmoeting duurt hoogstens tien minuten; de rest volgt bij de volgende"},
    {"more than the 64 MiB of one meeting: the rest follows at the next", "plus que les 64 Mio d'une rencontre : le reste suivra à la prochaine", "meer dan de 64 MiB van één ontmoeting: de rest volgt bij de volgende"},
    {"a sync of this device goes on; the other one may come again", "une synchronisation de cet appareil est en cours ; l'autre peut revenir", "er loopt een synchronisatie van dit toestel; het andere mag terugkomen"},
    {"'{}' is no address of another device; it prints its own, like 192.168.1.5:40123", "« {} » n'est pas l'adresse d'un autre appareil ; il affiche la sienne, comme 192.168.1.5:40123", "'{}' is geen adres van een ander toestel; het toont het zijne, zoals 192.168.1.5:40123"},
    {"'{}' is no address of this machine, like 192.168.1.5", "« {} » n'est pas une adresse de cette machine, comme 192.168.1.5", "'{}' is geen adres van deze machine, zoals 192.168.1.5"},
    {"this device has no key yet by which others know it: the relay gives it one at the next sync", "cet appareil n'a pas encore de clé à laquelle d'autres le reconnaissent : le relais la lui donne à la prochaine synchronisation",
     "dit toestel heeft nog geen sleutel waaraan andere het herkennen: het relais geeft er een bij de volgende synchronisatie"},
    {"this machine is in no local network: connect it to the Wi-Fi or by a cable, or turn on its hotspot", "cette machine n'est dans aucun réseau local : connectez-la au Wi-Fi ou par un câble, ou activez son point d'accès",
     "deze machine zit in geen lokaal netwerk: verbind ze met de wifi of met een kabel, of zet haar hotspot aan"},
    {"devices do not find each other by themselves here: avahi-daemon does not run on this machine; give the address to the other device, or let it read the code",
     "ici, les appareils ne se trouvent pas tout seuls : avahi-daemon ne tourne pas sur cette machine ; donnez l'adresse à l'autre appareil, ou faites-lui lire le code",
     "hier vinden toestellen elkaar niet vanzelf: avahi-daemon draait niet op deze machine; geef het adres aan het andere toestel, of laat het de code lezen"},

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

    // Help (command_line.cpp)
    {"meet other devices of the same spaces on this network, without the relay: those that are found, and who calls, until SIGTERM; with an address, that one",
     "rencontrer d'autres appareils des mêmes espaces sur ce réseau, sans le relais : ceux qui sont trouvés, et qui appelle, jusqu'à SIGTERM ; avec une adresse, celui-là",
     "andere toestellen van dezelfde ruimten op dit netwerk ontmoeten, zonder het relais: wie gevonden wordt, en wie belt, tot SIGTERM; met een adres: dat ene"},
    {"of another device, as that prints it: 192.168.1.5:40123", "d'un autre appareil, comme il l'affiche : 192.168.1.5:40123", "van een ander toestel, zoals dat het toont: 192.168.1.5:40123"},
    {"the address at which others find this machine; else that of its local network", "l'adresse où d'autres trouvent cette machine ; sinon, celle de son réseau local", "het adres waarop andere deze machine vinden; anders dat van haar lokale netwerk"},
    {"port to listen at; 0 for any free one", "port où écouter ; 0 pour n'importe lequel qui est libre", "poort om op te luisteren; 0 voor om het even welke vrije"},
    {"end after the first meeting", "finir après la première rencontre", "eindigen na de eerste ontmoeting"},
    {"be found by nobody, and look for nobody: who comes has the address", "n'être trouvé de personne, et ne chercher personne : qui vient a l'adresse", "door niemand gevonden worden en niemand zoeken: wie komt, heeft het adres"},
    {"folder of this replica", "dossier de ce carnet", "map van dit carnet"},
    {"print JSON", "écrire en JSON", "JSON schrijven"},
    {"Exit codes: 0 done; 64 or more as in sysexits.h: 65 wrong data, 66 not found, 73 the disk is full, 74 the replica is damaged, 75 the link was lost and the rest follows later, 77 not allowed.",
     "Codes de fin : 0 fait ; à partir de 64 ceux de sysexits.h : 65 données fausses, 66 introuvable, 73 le disque est plein, 74 le carnet est abîmé, 75 la liaison s'est perdue et le reste suivra, 77 pas permis.",
     "Eindcodes: 0 gedaan; vanaf 64 die van sysexits.h: 65 foute gegevens, 66 niet gevonden, 73 de schijf is vol, 74 het carnet is beschadigd, 75 de verbinding viel weg en de rest volgt later, 77 niet toegelaten."},
    {"enrol this device with an invite; works without a connection", "inscrire cet appareil par une invitation ; cela marche sans connexion",
     "dit toestel inschrijven met een uitnodiging; dat gaat zonder verbinding"},
    {"the invite, carnet1-...", "l'invitation, carnet1-...", "de uitnodiging, carnet1-..."},
    {"a new key for this replica by a new invite, where its key file was lost or withdrawn; all that is written stays",
     "une nouvelle clé pour ce carnet par une nouvelle invitation, si son fichier de clé est perdu ou retiré ; tout ce qui est écrit reste",
     "een nieuwe sleutel voor dit carnet met een nieuwe uitnodiging, als zijn sleutelbestand verloren of ingetrokken is; alles wat geschreven is, blijft"},
    {"open the pages on this machine, and sync beside them, until SIGTERM", "ouvrir les pages sur cette machine et synchroniser à côté, jusqu'à SIGTERM",
     "de pagina's op deze machine openen en ernaast synchroniseren, tot SIGTERM"},
    {"port on 127.0.0.1; 0 for any free one", "port sur 127.0.0.1 ; 0 : n'importe quel port libre", "poort op 127.0.0.1; 0: om het even welke vrije"},
    {"in a browser, too", "aussi dans un navigateur", "ook in een browser"},
    {"the address at which phones find this machine; else that of its local network",
     "l'adresse où les téléphones trouvent cette machine ; sinon celle de son réseau local",
     "het adres waar telefoons deze machine vinden; anders dat van haar lokale netwerk"},
    {"a folder of pages to serve instead of those in the program", "un dossier de pages à servir au lieu de celles du programme",
     "een map met pagina's in plaats van die in het programma"},
    {"read the whole replica and hold it against what was written", "lire tout le carnet et le comparer à ce qui a été écrit",
     "het hele carnet lezen en vergelijken met wat geschreven werd"},
    {"put a fresh replica in the place of a damaged one: unsent work is taken over, the rest comes from the relay",
     "remplacer un carnet abîmé par un neuf : ce qui n'a pas été envoyé est repris, le reste vient du relais",
     "een beschadigd carnet door een nieuw vervangen: wat niet verzonden was, wordt overgenomen, de rest komt van het relais"},
    {"a new invite, where the damaged file does not tell any more who this device is",
     "une nouvelle invitation, si le fichier abîmé ne dit plus qui est cet appareil",
     "een nieuwe uitnodiging, als het beschadigde bestand niet meer zegt wie dit toestel is"},
    {"send and receive what there is, and compare", "envoyer et recevoir ce qu'il y a, et comparer", "verzenden en ontvangen wat er is, en vergelijken"},
    {"send no byte where nothing waits here", "n'envoyer aucun octet si rien n'attend ici", "geen byte verzenden als hier niets wacht"},
    {"sync by itself, as the settings say, until SIGTERM", "synchroniser de lui-même, selon les réglages, jusqu'à SIGTERM",
     "vanzelf synchroniseren, volgens de instellingen, tot SIGTERM"},
    {"when to sync, over which links, for how much money: show, or set one",
     "quand synchroniser, par quelles liaisons, pour combien d'argent : montrer, ou changer un réglage",
     "wanneer synchroniseren, over welke verbindingen, voor hoeveel geld: tonen, of een instelling wijzigen"},
    {"setting", "réglage", "instelling"},
    {"its new value", "sa nouvelle valeur", "haar nieuwe waarde"},
    {"what moved, by day and kind of link, and what it cost", "ce qui a circulé, par jour et par type de liaison, et ce que cela a coûté",
     "wat verstuurd werd, per dag en soort verbinding, en wat het kostte"},
    {"what waits, what it will cost, when it goes, what is open, when last verified",
     "ce qui attend, ce que cela coûtera, quand cela part, ce qui est à régler, la dernière vérification",
     "wat wacht, wat het zal kosten, wanneer het vertrekt, wat te regelen is, de laatste controle"},
    {"space, by name or number", "espace, par son nom ou son numéro", "ruimte, met naam of nummer"},
    {"table", "table", "tabel"},
    {"row", "fiche", "fiche"},
    {"column=value, or column=@file; in `add`, what refers to a row may give its name",
     "colonne=valeur, ou colonne=@fichier ; avec `add`, ce qui renvoie à une fiche peut donner son nom",
     "kolom=waarde, of kolom=@bestand; bij `add` mag wat naar een fiche verwijst, haar naam geven"},
    {"rows of a table", "les fiches d'une table", "de fiches van een tabel"},
    {"rows that hold all these words: accents and case do not count, the last one may be a beginning, quotes hold a phrase together",
     "les fiches qui contiennent tous ces mots : accents et majuscules ne comptent pas, le dernier peut être inachevé, les guillemets gardent une expression entière",
     "de fiches met al deze woorden: accenten en hoofdletters tellen niet, het laatste mag onaf zijn, aanhalingstekens houden woorden samen"},
    {"what to look for", "ce que l'on cherche", "wat gezocht wordt"},
    {"how many rows at the most", "combien de fiches au plus", "hoeveel fiches hoogstens"},
    {"a row and its history", "une fiche et son histoire", "een fiche en haar geschiedenis"},
    {"add a row", "ajouter une fiche", "een fiche toevoegen"},
    {"change a row", "modifier une fiche", "een fiche wijzigen"},
    {"the version of a text that was opened, as `show --json` tells it: what came in since stays",
     "la version du texte qui a été ouverte, comme `show --json` la donne : ce qui est arrivé depuis reste",
     "de versie van de tekst die geopend werd, zoals `show --json` ze zegt: wat sindsdien binnenkwam, blijft"},
    {"its number, as `show` tells it", "son numéro, comme `show` le donne", "haar nummer, zoals `show` het zegt"},
    {"delete a row and its parts", "supprimer une fiche et ses parties", "een fiche en haar delen verwijderen"},
    {"a tool as a file to print or to go on with", "un outil sous forme de fichier, à imprimer ou à reprendre",
     "een instrument als bestand, om af te drukken of verder te bewerken"},
    {"which one, see below", "lequel, voir ci-dessous", "welk, zie hieronder"},
    {"docx, html or csv", "docx, html ou csv", "docx, html of csv"},
    {"fr, nl or en; otherwise this device's", "fr, nl ou en ; sinon celle de cet appareil", "fr, nl of en; anders die van dit toestel"},
    {"file; - for standard output; otherwise named after what it holds, in this folder",
     "fichier ; - : la sortie standard ; sinon nommé d'après son contenu, dans ce dossier",
     "bestand; -: de standaarduitvoer; anders genoemd naar zijn inhoud, in deze map"},
    {"Tools, and of what the id is:", "Les outils, et de quoi vient le numéro :", "De instrumenten, en waarvan het nummer is:"},
    {"where two people wrote without knowing of each other", "là où deux personnes ont écrit sans le savoir l'une de l'autre",
     "waar twee mensen schreven zonder het van elkaar te weten"},
    {"texts in which two people wrote in one paragraph without knowing of each other; with a row and a column: it was read again",
     "les textes où deux personnes ont écrit dans un même paragraphe sans le savoir ; avec une fiche et une colonne : il a été relu",
     "teksten waarin twee mensen in één alinea schreven zonder het te weten; met een fiche en een kolom: hij is herlezen"},
    {"column", "colonne", "kolom"},
    {"settle a conflict", "régler un conflit", "een conflict regelen"},
    {"column; (row) for a deletion", "colonne ; (row) pour une suppression", "kolom; (row) voor een verwijdering"},
    {"keep what is shown, take what lost, or another value", "keep : garder ce qui est montré, take : prendre l'autre, ou une autre valeur",
     "keep: houden wat getoond wordt, take: het andere nemen, of een andere waarde"},
    {"what the relay did not take, with its reason; it is kept, and sent again when rights change",
     "ce que le relais n'a pas pris, et pourquoi ; c'est gardé, et renvoyé quand les droits changent",
     "wat het relais niet nam, en waarom; het blijft bewaard en wordt opnieuw verzonden als de rechten veranderen"},
    {"sealed files that carry work without a link: on a stick, a telephone, in a message", "des fichiers scellés qui portent le travail sans connexion : sur une clé USB, un téléphone, dans un message",
     "verzegelde bestanden die werk dragen zonder verbinding: op een stick, een telefoon, in een bericht"},
    {"write what others lack, as far as this device knows: its own work and what it was brought", "écrire ce qui manque aux autres, pour autant que cet appareil le sache : son propre travail et ce qu'on lui a apporté",
     "schrijven wat anderen missen, voor zover dit toestel weet: eigen werk en wat het gebracht werd"},
    {"file to write; further ones are numbered", "fichier à écrire ; les suivants sont numérotés", "te schrijven bestand; de volgende worden genummerd"},
    {"a space, or a device by its name: then only what it is not known to have", "un espace, ou un appareil par son nom : alors seulement ce qu'on ne sait pas qu'il a", "een ruimte, of een toestel bij zijn naam: dan alleen wat het voor zover bekend niet heeft"},
    {"with the photos and sounds that the relay lacks", "avec les photos et les sons qui manquent au relais", "met de foto's en geluiden die het relais mist"},
    {"begin another file after so many MB", "commencer un autre fichier après tant de Mo", "na zoveel MB een ander bestand beginnen"},
    {"take what files bring, in any order, and again", "prendre ce que des fichiers apportent, dans n'importe quel ordre, même plusieurs fois", "nemen wat bestanden brengen, in welke volgorde ook, en opnieuw"},
    {"files", "fichiers", "bestanden"},
    {"no space and no device here is called '{}'", "aucun espace ni appareil ne s'appelle « {} » ici", "geen ruimte en geen toestel heet hier '{}'"},
    {"this device has no key for bundles yet: the relay gives it one at the next sync", "cet appareil n'a pas encore de clé pour ces fichiers : le relais la lui donne à la prochaine synchronisation", "dit toestel heeft nog geen sleutel voor zulke bestanden: het relais geeft er een bij de volgende synchronisatie"},
    {"the key of this device is missing; `carnet rejoin` with a new invite brings it back", "la clé de cet appareil manque ; `carnet rejoin` avec une nouvelle invitation la rend", "de sleutel van dit toestel ontbreekt; `carnet rejoin` met een nieuwe uitnodiging brengt hem terug"},
    {"{} cannot be read", "{} ne peut pas être lu", "{} kan niet gelezen worden"},
    {"a part of the bundle does not say who wrote it", "une partie du fichier ne dit pas qui l'a écrite", "een deel van het bestand zegt niet wie het schreef"},
    {"this is no bundle of Carnet", "ce n'est pas un fichier scellé de Carnet", "dit is geen verzegeld bestand van Carnet"},
    {"this bundle was written by a newer Carnet: upgrade this one to read it", "ce fichier a été écrit par un Carnet plus récent : mettez celui-ci à jour pour le lire", "dit bestand werd door een nieuwere Carnet geschreven: werk deze bij om het te lezen"},
    {"the bundle breaks off: the rest of the file is missing; what is there was taken", "le fichier est coupé : la suite manque ; ce qui y est a été pris", "het bestand breekt af: de rest ontbreekt; wat er staat, is genomen"},
    {"as `carnet quarantine` lists it", "comme `carnet quarantine` le montre", "zoals `carnet quarantine` het toont"},
    {"send it again; without a number, all of it", "l'envoyer de nouveau ; sans numéro, tout", "opnieuw verzenden; zonder nummer alles"},
    {"put it into another space", "le mettre dans un autre espace", "in een andere ruimte zetten"},
    {"forget it: the rows come back as the relay has them", "l'abandonner : les fiches reviennent telles que le relais les a",
     "loslaten: de fiches komen terug zoals het relais ze heeft"},
    {"a space as JSON", "un espace en JSON", "een ruimte als JSON"},
    {"file; - for standard output", "fichier ; - : la sortie standard", "bestand; -: de standaarduitvoer"},
    {"add the rows of an export as new rows", "ajouter les fiches d'un export comme nouvelles fiches", "de fiches van een export toevoegen als nieuwe fiches"},
    {"file; - for standard input", "fichier ; - : l'entrée standard", "bestand; -: de standaardinvoer"},
    {"put a copy of a row and its parts into another space; it says where it comes from",
     "mettre une copie d'une fiche et de ses parties dans un autre espace ; elle dit d'où elle vient",
     "een kopie van een fiche en haar delen in een andere ruimte zetten; ze zegt vanwaar ze komt"},
    {"for admins of the administration space: ask the relay for an invite for a device; once it has answered, print it",
     "pour les administrateurs de l'espace d'administration : demander au relais une invitation pour un appareil ; dès qu'il a répondu, la montrer",
     "voor beheerders van de beheersruimte: het relais een uitnodiging voor een toestel vragen; zodra het antwoordde, ze tonen"},
    {"the device: its name in account_device, or that row's id", "l'appareil : son nom dans account_device, ou le numéro de cette fiche",
     "het toestel: zijn naam in account_device, of het nummer van die fiche"},
    {"ask for another one", "en demander une autre", "een andere vragen"},
    {"as a QR code too; on a terminal, that comes by itself", "aussi comme code QR ; dans un terminal, cela vient tout seul",
     "ook als QR-code; in een terminal komt die vanzelf"},
    {"write a value of a row's history again, also of a deleted one", "écrire de nouveau une valeur de l'histoire d'une fiche, même supprimée",
     "een waarde uit de geschiedenis van een fiche opnieuw schrijven, ook van een verwijderde"},
    {"carnet: a field journal that works without a connection and sends what it can when there is one",
     "carnet : un carnet de terrain qui fonctionne sans connexion et envoie ce qu'il peut quand il y en a une",
     "carnet: een veldboek dat zonder verbinding werkt en verzendt wat het kan als er een is"},
    {"print this help and end", "montrer cette aide et finir", "deze hulp tonen en eindigen"},
    {"Run with --help for more information.", "Avec --help, la commande s'explique.", "Met --help legt het commando zich uit."},
    {"A subcommand is required", "il manque une commande", "er ontbreekt een commando"},
    {"{} is required", "{} est à donner", "{} moet gegeven worden"},
    {"The following argument was not expected: {}", "ceci n'était pas attendu : {}", "dit werd niet verwacht: {}"},
    {"The following arguments were not expected: {}", "ceci n'était pas attendu : {}", "dit werd niet verwacht: {}"},
    {"Could not convert: {} = {}", "{} ne peut pas être {}", "{} kan niet {} zijn"},
    {"{}: Value {} not in range {} to {}", "{} : {} n'est pas entre {} et {}", "{}: {} ligt niet tussen {} en {}"},
    {"Options", "Options", "Opties"},
    {"Subcommands", "Commandes", "Commando's"},
    {"Usage", "Emploi", "Gebruik"},
    {"Positionals", "Dans l'ordre", "In volgorde"},
    {"OPTIONS", "OPTIONS", "OPTIES"},
    {"SUBCOMMAND", "COMMANDE", "COMMANDO"},
    {"SUBCOMMANDS", "COMMANDE", "COMMANDO"},
    {"REQUIRED", "à donner", "verplicht"},
    {"Env", "environnement", "omgeving"},
    {"TEXT", "TEXTE", "TEKST"},
    {"INT", "NOMBRE", "GETAL"},
    {"UINT", "NOMBRE", "GETAL"},
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
