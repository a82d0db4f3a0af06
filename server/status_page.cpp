#include "server/status_page.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <nlohmann/json.hpp>

namespace carnet {

namespace {

using nlohmann::json;

constexpr std::int64_t late_seconds = 14 * 86'400;

struct Words {
  const char *code, *title, *rows, *conflicts, *device, *person, *last, *traffic, *refused, *never, *minutes, *hours, *days, *lost, *point;
  std::array<const char*, 4> units;
  const char *no_space, *no_link, *on_the_way;
};

constexpr std::array<Words, 3> all_words{{
    {"fr", "État du relais Carnet", "Lignes", "Conflits ouverts", "Appareil", "Personne", "Dernière synchronisation", "Octets échangés", "Lignes non acceptées", "jamais",
     "il y a {} min", "il y a {} h", "il y a {} jours", "déclaré perdu", ",", {"o", "ko", "Mo", "Go"},
     "Vous n’êtes administrateur d’aucun espace.", "Ce lien n’est pas valable ou ne l’est plus. Demandez-en un nouveau à la personne qui gère le relais.", "Voir l’état du relais"},
    {"nl", "Toestand van de Carnet-relay", "Rijen", "Open conflicten", "Toestel", "Persoon", "Laatste synchronisatie", "Uitgewisselde bytes", "Niet aanvaarde rijen", "nooit",
     "{} min geleden", "{} uur geleden", "{} dagen geleden", "als verloren gemeld", ",", {"B", "kB", "MB", "GB"},
     "U bent van geen enkele ruimte beheerder.", "Deze link is niet of niet meer geldig. Vraag een nieuwe aan wie de relay beheert.", "Bekijk de toestand van de relay"},
    {"en", "State of the Carnet relay", "Rows", "Open conflicts", "Device", "Person", "Last sync", "Bytes exchanged", "Rows not accepted", "never",
     "{} min ago", "{} h ago", "{} days ago", "reported lost", ".", {"B", "kB", "MB", "GB"},
     "You are an admin of no space.", "This link is not valid, or not any more. Ask whoever runs the relay for a new one.", "See the state of the relay"},
}};

const Words& words_in(StatusPage::Language language) { return all_words[static_cast<std::size_t>(language)]; }

constexpr std::string_view style =
    "body{font:16px/1.4 system-ui,sans-serif;margin:1rem auto;max-width:60rem;padding:0 1rem;color:#222}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ccc;overflow-wrap:anywhere}"
    ".late{background:#fff0d0}.lost{color:#777}";

std::string escaped(const std::string& text) {
  std::string out;
  for (char c : text) switch (c) {
    case '&': out += "&amp;"; break;
    case '<': out += "&lt;"; break;
    case '>': out += "&gt;"; break;
    case '"': out += "&quot;"; break;
    case '\'': out += "&#39;"; break;
    default: out += c;
  }
  return out;
}

std::string ago(std::int64_t seconds, const Words& words) {
  auto minutes = std::max<std::int64_t>(0, seconds) / 60, hours = minutes / 60;
  if (hours < 1) return fmt::format(fmt::runtime(words.minutes), minutes);
  return hours < 48 ? fmt::format(fmt::runtime(words.hours), hours) : fmt::format(fmt::runtime(words.days), hours / 24);
}

std::string size(std::int64_t bytes, const Words& words) {
  auto number = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; number >= 1'000 && unit + 1 < words.units.size(); ++unit) number /= 1'000;
  auto text = fmt::format("{:.{}f}", number, unit ? 1 : 0);
  if (auto at = text.find('.'); at != text.npos) text.replace(at, 1, words.point);
  return text + " " + words.units[unit];
}

std::string document(const Words& words, const std::string& body, const std::string& head = {}) {
  return fmt::format("<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">{}<title>{}</title><style>{}</style></head>\n"
                     "<body><h1>{}</h1>\n{}</body></html>\n", words.code, head, words.title, style, words.title, body);
}

std::string row_of(const json& device, const Words& words) {
  auto& since = device["seconds_since_sync"];
  bool lost = device["lost"].get<bool>(), late = !lost && (since.is_null() || since.get<std::int64_t>() > late_seconds);
  auto last = since.is_null() ? words.never : ago(since.get<std::int64_t>(), words);
  auto refused = std::to_string(device["refused"].get<std::int64_t>());
  if (auto& at = device["seconds_since_refusal"]; !at.is_null()) refused += " (" + ago(at.get<std::int64_t>(), words) + ")";
  return fmt::format("<tr class=\"{}\"><td>{}</td><td>{}</td><td>{}{}</td><td>{}</td><td>{}</td></tr>\n", lost ? "lost" : late ? "late" : "",
                     escaped(device["name"].get<std::string>()), escaped(device["person"].get<std::string>()), last, lost ? std::string("; ") + words.lost : std::string(),
                     size(device["traffic"].get<std::int64_t>(), words), refused);
}

json devices_in(Database& db, SpaceId space, std::int64_t now) {
  auto devices = json::array();
  Query select(db, "SELECT device.device,device.name,person.name,member.role,device.met,device.traffic,coalesce(place.refused,0),place.refused_at,device.lost "
                   "FROM member JOIN person ON person.person=member.person JOIN device ON device.person=member.person "
                   "LEFT JOIN place ON place.device=device.device AND place.space=member.space WHERE member.space=? AND member.role<>0 ORDER BY coalesce(device.met,0),device.device", space);
  auto since = [now](std::optional<std::int64_t> time) { return time ? json(now - *time) : json(); };
  while (select.next())
    devices.push_back({{"device", select.integer(0)}, {"name", select.text(1)}, {"person", select.text(2)}, {"role", std::string(name_of(static_cast<Role>(select.integer(3))))},
                       {"last_sync", select.maybe(4) ? json(*select.maybe(4)) : json()}, {"seconds_since_sync", since(select.maybe(4))}, {"traffic", select.integer(5)},
                       {"refused", select.integer(6)}, {"seconds_since_refusal", since(select.maybe(7))}, {"lost", !select.is_null(8)}});
  return devices;
}

}  // namespace

// The one of ours with the greatest weight; of equal ones, the first.
StatusPage::Language StatusPage::language(std::string_view accepted) {
  auto best = Language::french;
  for (double most = 0; !accepted.empty();) {
    auto part = accepted.substr(0, accepted.find(','));
    accepted.remove_prefix(std::min(part.size() + 1, accepted.size()));
    part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
    auto weight_at = part.find("q=");
    double weight = weight_at == part.npos ? 1 : std::atof(std::string(part.substr(weight_at + 2)).c_str());
    for (auto each : {Language::french, Language::dutch, Language::english})
      if (weight > most && part.starts_with(words_in(each).code)) {
        most = weight;
        best = each;
      }
  }
  return best;
}

std::int64_t StatusPage::open_conflicts(SqlStore& store, SpaceId space) {
  auto head = store.head(space);
  {
    std::lock_guard lock(mutex_);
    if (auto at = counted_.find(space); at != counted_.end() && at->second.first == head) return at->second.second;
  }
  std::int64_t rows = 0;
  store.rows_above(space, Seq{}, [&](RowKey, Seq, const Row& row) {
    rows += std::any_of(row.cells.begin(), row.cells.end(), [&](auto& cell) { return !carnet::open_conflicts(row, cell).empty(); });
    return true;
  });
  std::lock_guard lock(mutex_);
  counted_[space] = {head, rows};
  return rows;
}

json StatusPage::state(SqlStore& store, PersonId admin, std::int64_t now) {
  json all{{"time", now}, {"spaces", json::array()}};
  Query select(store.database(), "SELECT space,name,kind,rows,bytes FROM member JOIN space USING(space) WHERE person=? AND role=? ORDER BY name", admin, static_cast<int>(Role::admin));
  while (select.next()) {
    SpaceId space{select.small(0)};
    all["spaces"].push_back({{"space", space.value}, {"name", select.text(1)}, {"kind", select.text(2)}, {"rows", select.integer(3)}, {"bytes", select.integer(4)},
                             {"open_conflicts", open_conflicts(store, space)}, {"devices", devices_in(store.database(), space, now)}});
  }
  return all;
}

std::string StatusPage::html(const json& state, Language language) {
  auto& words = words_in(language);
  std::string body;
  for (auto& space : state["spaces"]) {
    body += fmt::format("<h2>{}</h2>\n<p>{}: {} · {}: {}</p>\n<table><tr><th>{}</th><th>{}</th><th>{}</th><th>{}</th><th>{}</th></tr>\n", escaped(space["name"].get<std::string>()), words.rows,
                        space["rows"].get<std::int64_t>(), words.conflicts, space["open_conflicts"].get<std::int64_t>(), words.device, words.person, words.last, words.traffic, words.refused);
    for (auto& device : space["devices"]) body += row_of(device, words);
    body += "</table>\n";
  }
  if (body.empty()) body = fmt::format("<p>{}</p>\n", words.no_space);
  return document(words, body);
}

std::string StatusPage::without_link(Language language) {
  auto& words = words_in(language);
  return document(words, fmt::format("<p>{}</p>\n", words.no_link));
}

// Not by a redirection: to a page that another site redirects to, a browser brings no cookie of SameSite=Strict.
std::string StatusPage::on_the_way(Language language) {
  auto& words = words_in(language);
  return document(words, fmt::format("<p><a href=\"/status\">{}</a></p>\n", words.on_the_way), "<meta http-equiv=\"refresh\" content=\"0;url=/status\">");
}

std::string StatusPage::html_fields() {
  unsigned char digest[crypto_hash_sha256_BYTES];
  crypto_hash_sha256(digest, reinterpret_cast<const unsigned char*>(style.data()), style.size());
  char text[64];
  sodium_bin2base64(text, sizeof text, digest, sizeof digest, sodium_base64_VARIANT_ORIGINAL);
  return fmt::format("Content-Security-Policy: default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
                     "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\nVary: Accept-Language, Cookie, Authorization\r\n", text);
}

}  // namespace carnet
