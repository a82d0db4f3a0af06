// The declaration, the device, how it begins, and who else may open the pages.
#include <fmt/format.h>
#include <sodium.h>

#include "client/api_parts.hpp"
#include "client/damage.hpp"
#include "client/phrases.hpp"
#include "client/picture.hpp"
#include "core/domain.hpp"
#include "sync/client_session.hpp"

namespace carnet {

using nlohmann::json;

namespace {

json label(const Label& label) { return {{"fr", label.fr}, {"nl", label.nl}, {"en", label.en}}; }

const char* name_of(Type type) {
  switch (type) {
    case Type::integer: return "integer";
    case Type::real: return "real";
    case Type::line: return "line";
    case Type::prose: return "prose";
    case Type::date: return "date";
    case Type::time: return "time";
    case Type::code: return "code";
    case Type::reference: return "reference";
    case Type::row: return "row";
    case Type::media: return "media";
    case Type::preview: return "preview";
  }
  return "";
}

json column_in(const Column& column) {
  json told{{"name", column.name}, {"type", name_of(column.type)}, {"label", label(column.label)}};
  if (column.type == Type::integer || column.type == Type::real || column.type == Type::line) told["min"] = column.min, told["max"] = column.max;
  for (auto& choice : column.choices) told["choices"].push_back({{"code", choice.code}, {"label", label(choice.label)}});
  if (!column.target.empty()) told["target"] = column.target;
  if (column.is_required) told["required"] = true;
  if (column.is_key) told["key"] = true;
  if (column.is_owner) told["owner"] = true;
  return told;
}

json declaration(const Schema& schema) {
  json tables = json::array();
  for (auto& table : schema.tables) {
    json columns = json::array();
    for (auto& column : table.columns) columns.push_back(column_in(column));
    tables.push_back({{"number", table.number}, {"name", table.name}, {"label", label(table.label)}, {"help", label(table.help)},
                      {"keyed", table.keyed()}, {"coached", table.is_coached}, {"administration", table.is_administration}, {"columns", std::move(columns)}});
  }
  return {{"tables", std::move(tables)}};
}

Answered tell_schema(Asked&) {
  static const json all = declaration(domain());
  return Answer{all};
}

const char* code_of(Language language) { return language == Language::french ? "fr" : language == Language::dutch ? "nl" : "en"; }

// The row that stands for this device's person, where the device's own row says so.
json person_of(Replica& replica) {
  SQLite::Statement select(replica.database(), "SELECT person FROM device WHERE number=? AND person IS NOT NULL LIMIT 1");
  select.bind(1, static_cast<std::int64_t>(replica.device().value));
  return select.executeStep() ? json(select.getColumn(0).getInt64()) : json();
}

Answered tell_device(Asked& asked) {
  auto& home = asked.api.home();
  json told{{"language", code_of(asked.api.language())}, {"version", CARNET_VERSION}, {"paired", asked.request.from_phone}};
  told["state"] = home.damage() ? "damaged" : home.replica() ? "ready" : "new";
  if (home.damage()) told["damage"] = in_words(asked.api.language(), in_words(home.shown(), *home.damage()));
  if (!home.replica()) return Answer{told};
  auto& replica = *home.replica();
  told["device"] = replica.device().value;
  told["name"] = replica.setting("name").value_or("");
  told["person"] = person_of(replica);
  told["languages_setting"] = replica.setting("language").value_or("auto");
  told["sample"] = home.shows_sample();
  told["moved"] = home.moved();
  told["spaces"] = json::array();
  for (auto& space : replica.spaces())
    told["spaces"].push_back({{"space", space.id.value}, {"name", space.name}, {"kind", space.kind}, {"role", std::string(name_of(role_in(replica, space.id)))},
                              {"rows", space.digest.rows}, {"waiting", replica.pending_rows(space.id)}, {"verified", space.verified ? json(*space.verified) : json()}});
  return Answer{told};
}

Answered enrol(Asked& asked) {
  auto invite = text_of(asked.body, "invite");
  if (!invite) return invite.error();
  if (auto done = asked.api.home().enrol(*invite); !done) return done.error();
  asked.api.home_changed();
  return Answer{json::object(), 201};
}

Result<GreyPicture> picture_of(const json& body) {
  auto width = whole_of(body, "width"), height = whole_of(body, "height");
  if (!width) return width.error();
  if (!height) return height.error();
  if (*width < 1 || *height < 1) return malformed("a picture without a pixel");
  if (*width > most_picture_side || *height > most_picture_side) return Error{Code::too_large, fmt::format("a picture has at most {} pixels a side", most_picture_side)};
  auto coded = text_of(body, "grey");
  if (!coded) return coded.error();
  GreyPicture picture{static_cast<int>(*width), static_cast<int>(*height), std::string(static_cast<std::size_t>(*width * *height), '\0')};
  std::size_t size = 0;
  auto* pixels = reinterpret_cast<unsigned char*>(picture.pixels.data());
  bool is_whole = sodium_base642bin(pixels, picture.pixels.size(), coded->data(), coded->size(), nullptr, &size, nullptr, sodium_base64_VARIANT_ORIGINAL) == 0 && size == picture.pixels.size();
  if (!is_whole) return malformed("another number of pixels in 'grey' than its width and height say, or no base64");
  return picture;
}

Answered read_code(Asked& asked) {
  auto picture = picture_of(asked.body);
  if (!picture) return picture.error();
  auto code = code_in(*picture);
  return Answer{{{"text", code ? json(*code) : json()}}};
}

Answered open_sample(Asked& asked) {
  if (auto done = asked.api.home().open_sample(); !done) return done.error();
  asked.api.home_changed();
  return Answer{json::object(), 201};
}

Answered leave_sample(Asked& asked) {
  if (auto done = asked.api.home().leave_sample(); !done) return done.error();
  asked.api.home_changed();
  return Answer{{}, 204};
}

Answered tell_door(Asked& asked) { return Answer{asked.api.errands().door()}; }

Answered set_door(Asked& asked) {
  auto on = asked.body.find("on");
  if (on == asked.body.end() || !on->is_boolean()) return malformed("neither true nor false in 'on'");
  auto door = asked.api.errands().open_door(on->get<bool>());
  if (!door) return door.error();
  return Answer{*door};
}

constexpr auto anybody = Route::Needs::nothing;
constexpr Route routes[] = {
    {"GET", "/api/schema", anybody, &tell_schema},
    {"GET", "/api/device", anybody, &tell_device},
    {"POST", "/api/enrol", anybody, &enrol, true},
    {"POST", "/api/code", anybody, &read_code},
    {"POST", "/api/sample", anybody, &open_sample, true},
    {"DELETE", "/api/sample", anybody, &leave_sample, true},
    {"GET", "/api/pairing", anybody, &tell_door, true},
    {"POST", "/api/pairing", anybody, &set_door, true},
};

}  // namespace

std::span<const Route> device_routes() { return routes; }

}  // namespace carnet
