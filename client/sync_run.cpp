#include "client/sync_run.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>

#include "client/account.hpp"
#include "client/enrol.hpp"
#include "client/exchange.hpp"
#include "client/keys.hpp"
#include "client/language.hpp"
#include "client/media.hpp"
#include "client/phrases.hpp"
#include "sync/address.hpp"
#include "sync/limits.hpp"

namespace carnet {

namespace {

constexpr auto in_media = "in_media";          // the setting that stands while media are carried: when words had been exchanged, unix seconds
constexpr auto media_window = "media_window";  // the setting: how many bytes of media the link had on its way at last
constexpr std::int64_t words_stay_fresh = 60;  // seconds
constexpr std::int64_t seconds_a_day = 86'400;
constexpr int max_exchanges = 6;  // clock, then life of the relay, then what applying brought up, and some air

void add(SyncReport& sum, const SyncReport& part) {
  sum.frames_up += part.frames_up;
  sum.frames_down += part.frames_down;
  sum.rows_up += part.rows_up;
  sum.rows_down += part.rows_down;
  sum.conflicts += part.conflicts;
  sum.refused += part.refused;
  sum.mended += part.mended;
  for (auto& [space, verdict] : part.verdicts) sum.verdicts[space] = verdict;
  sum.joined.insert(sum.joined.end(), part.joined.begin(), part.joined.end());
  for (auto& gone : part.given_up) {
    sum.given_up.push_back(gone);
    sum.verdicts.erase(gone.space);
  }
}

// People tell two databases apart by their names.
void introduce_copy(Replica& replica) {
  replica.set("name", replica.setting("name").value_or("") + " (copy " + std::to_string(replica.device().value) + ")");
  introduce(replica);
}

// How fast the link was, from exchange to exchange.
double held_number(Replica& replica, const char* name) {
  auto held = replica.setting(name);
  return held ? std::strtod(held->c_str(), nullptr) : 0;
}

Pace known_pace(Replica& replica) { return {held_number(replica, "bytes_a_second_up"), held_number(replica, "bytes_a_second_down")}; }

void remember(Replica& replica, const Pace& pace) {
  auto known = known_pace(replica);
  if (std::lround(pace.up) != std::lround(known.up)) replica.set("bytes_a_second_up", std::to_string(std::lround(pace.up)));
  if (std::lround(pace.down) != std::lround(known.down)) replica.set("bytes_a_second_down", std::to_string(std::lround(pace.down)));
}

double monotonic_seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// Several frames to what may move, so that little of it stays unused.
std::size_t most_frame_bytes(const Watch& watch) {
  if (!watch.left) return max_frame_bytes;
  auto part = static_cast<std::size_t>(std::max<std::int64_t>(0, watch.left())) / 4;
  return std::clamp(part, min_frame_bytes, max_frame_bytes);
}

// What the relay said of the invite, or the two ends of each other, in the reader's language.
std::optional<Words> words(Code code, ClientTls::Refusal refusal) {
  if (refusal == ClientTls::Refusal::by_relay)
    return Words{"the relay does not accept this device's key: it is another relay, or the key was withdrawn; ask for a new invite",
                 "le relais n'accepte pas la clé de cet appareil : c'est un autre relais, ou la clé a été retirée ; demandez une nouvelle invitation",
                 "het relais aanvaardt de sleutel van dit toestel niet: het is een ander relais, of de sleutel is ingetrokken; vraag een nieuwe uitnodiging"};
  if (refusal == ClientTls::Refusal::certificate)
    return Words{"who answers at this address does not prove to be the relay of the invite: nothing was sent; where the relay has a new certificate, ask for a new invite",
                 "celui qui répond à cette adresse ne prouve pas qu'il est le relais de l'invitation : rien n'a été envoyé ; si le relais a un nouveau certificat, demandez une nouvelle invitation",
                 "wie op dit adres antwoordt, bewijst niet dat hij het relais van de uitnodiging is: er is niets verzonden; heeft het relais een nieuw certificaat, vraag dan een nieuwe uitnodiging"};
  if (refusal == ClientTls::Refusal::untrusted)
    return Words{"this machine does not trust the certificate of the relay's address (it has expired, bears another name or is of an unknown issuer, or the clock here is wrong): nothing was sent; tell whoever runs the relay",
                 "cette machine ne fait pas confiance au certificat de l'adresse du relais (il a expiré, porte un autre nom ou vient d'un émetteur inconnu, ou l'horloge d'ici est fausse) : rien n'a été envoyé ; prévenez le gestionnaire du relais",
                 "deze machine vertrouwt het certificaat van het adres van het relais niet (het is verlopen, staat op een andere naam of komt van een onbekende uitgever, of de klok hier loopt verkeerd): er is niets verzonden; verwittig wie het relais beheert"};
  switch (code) {
    case Code::invite_expired:
      return Words{"this invite has expired: ask for a new invite; what is written here stays", "cette invitation a expiré : demandez une nouvelle invitation ; ce qui est écrit ici reste",
                   "deze uitnodiging is verlopen: vraag een nieuwe uitnodiging; wat hier geschreven staat, blijft"};
    case Code::invite_used:
      return Words{"this invite has been used already, and is good for one device only: ask for a new invite; what is written here stays",
                   "cette invitation a déjà servi, et ne vaut que pour un appareil : demandez une nouvelle invitation ; ce qui est écrit ici reste",
                   "deze uitnodiging is al gebruikt en geldt maar voor één toestel: vraag een nieuwe uitnodiging; wat hier geschreven staat, blijft"};
    case Code::invite_revoked:
      return Words{"this invite was withdrawn, or replaced by a later one: ask for a new invite; what is written here stays",
                   "cette invitation a été retirée, ou remplacée par une autre : demandez une nouvelle invitation ; ce qui est écrit ici reste",
                   "deze uitnodiging is ingetrokken of door een latere vervangen: vraag een nieuwe uitnodiging; wat hier geschreven staat, blijft"};
    default: return {};
  }
}

Error in_words(Replica& replica, Error error, ClientTls::Refusal refusal) {
  auto text = words(error.code, refusal);
  if (refusal != ClientTls::Refusal::none) error.code = Code::not_allowed;
  return {error.code, text ? text->in(language_of(replica)) : in_words(language_of(replica), error.text)};
}

Error no_key(Replica& replica, const std::string& file) {
  return {Code::not_found, say(language_of(replica), {"the key of this device ({}) is missing or damaged: ask for a new invite, then `carnet rejoin --invite carnet1-...`; all that is written here stays",
                                                      "la clé de cet appareil ({}) manque ou est abîmée : demandez une nouvelle invitation, puis `carnet rejoin --invite carnet1-...` ; tout ce qui est écrit ici reste",
                                                      "de sleutel van dit toestel ({}) ontbreekt of is beschadigd: vraag een nieuwe uitnodiging, en dan `carnet rejoin --invite carnet1-...`; al wat hier geschreven staat, blijft"}, file)};
}

}  // namespace

namespace {

// Who speaks, over which connection, and what became of it so far.
struct Line {
  Replica& replica;
  const Watch& watch;
  std::string database;
  Address address;
  DeviceKeys keys;
  Credentials credentials;
  Transport transport;
  SyncRun run = {};

  Line(Replica& r, const Watch& w, Address a, DeviceKeys k, Credentials c)
      : replica(r), watch(w), database(r.database().getFilename()), address(std::move(a)), keys(std::move(k)), credentials(std::move(c)), transport(address, credentials, watch) {}

  std::string bearer() const { return address.way == Address::Way::key ? "" : bearer_of(credentials.peer, credentials.key); }
  // True where it came to its end.
  bool hold(Conversation& conversation) {
    auto link = transport.run(conversation);
    run.traffic = transport.traffic();
    run.lacked = transport.lacked();
    if (!link) run.error = in_words(replica, link.error(), transport.refusal());
    else if (conversation.outcome() == Conversation::Outcome::failed) run.error = in_words(replica, conversation.error(), ClientTls::Refusal::none);
    return !run.error;
  }
  void exchange_words();
  bool broke_off_in_media();
  bool carry_media();
};

void Line::exchange_words() {
  auto keep = [&](const auto& what) {
    keys.take(what);
    write_keys(database, keys);
  };
  auto rights = replica.setting("rights");
  auto first = run.exchanges;
  for (bool again = true; again && !run.error && run.exchanges - first < max_exchanges;) {
    ClientSession session(replica, {.bearer = bearer(), .claim = credentials.claim, .keep_key = keep, .keep_pin = keep, .keep_space_keys = keep,
                                    .before_giving_up = [&](SpaceId space) { MediaShelf(replica).owe(space); }, .most_frame_bytes = most_frame_bytes(watch),
                                    .pace = known_pace(replica), .seconds = monotonic_seconds},
                          std::time(nullptr));
    auto number = replica.device();
    auto up = run.traffic.up;
    hold(session);
    if (replica.device() != number) {
      introduce_copy(replica);
      keys.keep_only(replica.device());
      write_keys(database, keys);
    }
    ++run.exchanges;
    if (run.traffic.up > up) add(run.report, session.report());  // else nothing was begun
    remember(replica, session.pace());
    again = session.outcome() == ClientSession::Outcome::again;
    auto known = credentials_of(database, keys, replica.device());
    if (known) transport.speak_as(credentials = *known);
    else run.error = no_key(replica, key_file(database));
    if (session.outcome() == ClientSession::Outcome::done && replica.setting("rights") != rights) {
      again = take_up_account(replica);
      rights = replica.setting("rights");
    }
  }
}

// Words were exchanged a moment ago, and none were written since: a link that is cut again and again is not spent on asking for others.
bool Line::broke_off_in_media() {
  auto since = replica.setting(in_media);
  auto age = since ? std::time(nullptr) - std::stoll(*since) : words_stay_fresh;
  replica.collect();
  return age >= 0 && age < words_stay_fresh && rows_waiting(replica) == 0;
}

// True where words are to be exchanged again: some were written meanwhile, or it is time to look.
bool Line::carry_media() {
  MediaShelf shelf(replica);
  bool link_is_free = !watch.left;
  if (!shelf.plan(link_is_free, std::time(nullptr))) return false;
  if (run.exchanges > 0) replica.set(in_media, std::to_string(std::time(nullptr)));
  MediaSession session(shelf, replica.device(), {.bearer = bearer(), .bytes_a_second = known_pace(replica).up, .seconds = monotonic_seconds, .window = held_number(replica, media_window),
                                                 .bytes_before = run.media.bytes_up + run.media.bytes_down, .most_part_bytes = most_frame_bytes(watch) / 4});
  hold(session);
  auto& report = session.report();
  if (report.bytes_up + report.bytes_down > 0) replica.set(media_window, std::to_string(std::lround(session.window())));
  run.media.up += report.up;
  run.media.down += report.down;
  run.media.bytes_up += report.bytes_up;
  run.media.bytes_down += report.bytes_down;
  run.media_refused += shelf.refused();
  if (!run.error) replica.unset(in_media);
  return !run.error && session.outcome() == Conversation::Outcome::again;
}

// Once a day, since it looks at every file.
void tidy_media(Replica& replica) {
  auto now = std::time(nullptr);
  auto last = replica.setting("media_tidied");
  auto age = last ? now - std::stoll(*last) : seconds_a_day;
  if (age >= 0 && age < seconds_a_day) return;
  MediaShelf(replica).collect(now);
  replica.set("media_tidied", std::to_string(now));
}

}  // namespace

SyncRun sync(Replica& replica, const Watch& watch) {
  SyncRun failed;
  auto database = replica.database().getFilename();
  auto address = read_address(replica.setting("address").value_or(""));
  auto keys = read_keys(database);
  auto credentials = keys ? credentials_of(database, *keys, replica.device()) : std::nullopt;
  if (!address) failed.error = address.error();
  else if (!credentials) failed.error = no_key(replica, key_file(database));
  if (failed.error) return failed;
  Line line(replica, watch, *address, *keys, *credentials);
  if (line.broke_off_in_media()) line.carry_media();
  do
    if (!line.run.error) line.exchange_words();
  while (!line.run.error && line.carry_media());
  tidy_media(replica);
  return line.run;
}

}  // namespace carnet
