#include "client/gate.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "client/media.hpp"

namespace carnet {

namespace {

constexpr std::size_t key_bytes = 32;
constexpr std::size_t most_name_bytes = 240;  // sixty characters
constexpr std::int64_t seen_again_seconds = 60;  // a phone's last visit is written down so seldom

std::string hex(const unsigned char* bytes, std::size_t size) {
  std::string text(2 * size + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), bytes, size);
  text.pop_back();
  return text;
}

std::string new_key() {
  std::array<unsigned char, key_bytes> bytes;
  randombytes_buf(bytes.data(), bytes.size());
  return hex(bytes.data(), bytes.size());
}

std::string hash_of(const std::string& key) {
  std::array<unsigned char, key_bytes> bytes;
  crypto_generichash(bytes.data(), bytes.size(), reinterpret_cast<const unsigned char*>(key.data()), key.size(), nullptr, 0);
  return hex(bytes.data(), bytes.size());
}

bool same(const std::string& a, const std::string& b) { return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0; }

Served plain(int status, const std::string& text) { return {status, "text/plain; charset=utf-8", text + "\n"}; }

Served told(int status, const char* code, const char* text) {
  return {status, "application/json", nlohmann::json{{"error", {{"code", code}, {"text", text}}}}.dump()};
}

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) out += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : c == '"' ? "&quot;" : std::string(1, c);
  return out;
}

bool is_api(const std::string& path) { return path.starts_with("/api/") || path.starts_with("/paper/") || path.starts_with(media_path) || path.starts_with(bundle_path); }

// Bodies that are no JSON.
bool brings_media(const std::string& path, const std::string& type) { return path == media_path && is_media_type(type); }
bool brings_piece(const std::string& path, const std::string& type) { return path == bundle_path && type == "application/octet-stream"; }

}  // namespace

Gate::Gate(std::string file, std::uint16_t port) : file_(std::move(file)), port_(port) {
  read();
  if (!key_.empty()) return;
  key_ = new_key();
  write();
}

void Gate::read() {
  std::ifstream from(file_);
  for (std::string line; std::getline(from, line);) {
    std::istringstream words(line);
    std::string kind;
    words >> kind;
    if (kind == "key") words >> key_;
    Phone phone;
    if (kind != "phone" || !(words >> phone.hash >> phone.since >> phone.last_seen)) continue;
    std::getline(words >> std::ws, phone.name);
    phones_.push_back(phone);
  }
  if (key_.size() != 2 * key_bytes) key_.clear();
}

// Whole or not at all.
void Gate::write() {
  auto fresh = file_ + ".new";
  int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  std::string text = "key " + key_ + "\n";
  for (auto& phone : phones_) text += "phone " + phone.hash + " " + std::to_string(phone.since) + " " + std::to_string(phone.last_seen) + " " + phone.name + "\n";
  bool whole = file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && fsync(file) == 0;
  if (file >= 0) close(file);
  if (!whole) throw std::filesystem::filesystem_error("cannot write", fresh, std::error_code(errno, std::generic_category()));
  std::filesystem::rename(fresh, file_);
}

std::string Gate::opening() const { return "http://127.0.0.1:" + std::to_string(port_) + "/open?key=" + key_; }

bool Gate::is_host(const Visit& visit) const {
  if (visit.by_door) return !visit.host.empty() && visit.host == door_.address;
  auto port = ":" + std::to_string(port_);
  return visit.host == "127.0.0.1" + port || visit.host == "localhost" + port || visit.host == "[::1]" + port;
}

std::string Gate::cookie_of(const Visit& visit) const {
  auto name = cookie_name() + "=";
  for (std::size_t at = 0; at < visit.cookie.size();) {
    auto end = std::min(visit.cookie.find(';', at), visit.cookie.size());
    auto from = std::min(visit.cookie.find_first_not_of(' ', at), end);
    if (visit.cookie.compare(from, name.size(), name) == 0) return visit.cookie.substr(from + name.size(), end - from - name.size());
    at = end + 1;
  }
  return {};
}

Gate::Phone* Gate::phone_of(const Visit& visit) {
  auto hash = hash_of(cookie_of(visit));
  auto at = std::find_if(phones_.begin(), phones_.end(), [&](auto& phone) { return same(phone.hash, hash); });
  return at == phones_.end() ? nullptr : &*at;
}

std::optional<Served> Gate::stop(const Visit& visit, const std::string& path, Passed& passed) {
  if (!is_host(visit)) return plain(421, "this server does not stand at that address");
  passed.machine = !visit.by_door && same(cookie_of(visit), key_);
  passed.phone = visit.by_door && phone_of(visit) != nullptr;
  if (is_api(path) && !passed.machine && !passed.phone)
    return told(401, "locked", visit.by_door ? "this phone is not paired: open /pair" : "these pages are opened by `carnet serve`");
  if (visit.method == "GET" || visit.method == "HEAD") return {};
  if (visit.origin != "http://" + visit.host) return told(403, "forbidden", "a wish that does not come from these pages");
  if (brings_media(path, visit.type) || brings_piece(path, visit.type)) return {};
  bool is_form = path == "/pair" && visit.type.starts_with("application/x-www-form-urlencoded");
  if (!is_form && visit.type.substr(0, visit.type.find(';')) != "application/json") return told(415, "media_type", "send application/json");
  return {};
}

std::optional<std::uint64_t> Gate::most_body(const Visit& visit) {
  Passed passed;
  auto path = visit.target.substr(0, visit.target.find('?'));
  if (visit.method != "POST" || stop(visit, path, passed)) return {};
  if (brings_media(path, visit.type)) return static_cast<std::uint64_t>(max_media_bytes);
  return brings_piece(path, visit.type) ? std::optional(BundleDesk::most_piece) : std::nullopt;
}

Served Gate::open(const ApiRequest& request) {
  auto key = request.query.find("key");
  if (key == request.query.end() || !same(key->second, key_)) return plain(403, "this is not the key of these pages: `carnet serve` prints it");
  Served served{303, "text/plain; charset=utf-8", ""};
  served.headers = {{"Location", "/"}, {"Set-Cookie", cookie_name() + "=" + key_ + "; HttpOnly; SameSite=Strict; Path=/; Max-Age=31536000"}};
  return served;
}

const Gate::Door& Gate::open_door(const std::string& address, std::int64_t now) {
  auto number = randombytes_uniform(1'000'000);
  auto digits = std::to_string(number);
  door_ = {address, std::string(6 - digits.size(), '0') + digits, now + door_seconds, 0};
  return door_;
}

void Gate::shut_door() {
  door_ = {};
  phones_.clear();
  write();
}

Served Gate::pair_page(Language language, const char* complaint) {
  auto in = [&](const Words& words) { return std::string(words.in(language)); };
  auto code = language == Language::french ? "fr" : language == Language::dutch ? "nl" : "en";
  std::string page = std::string("<!doctype html><html lang=\"") + code + "\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>Carnet</title>"
                     "<link rel=\"stylesheet\" href=\"/app.css\"></head><body><main class=\"first-run\"><article class=\"sheet\"><h1>" +
                     in({"Pair this phone", "Relier ce téléphone", "Deze telefoon koppelen"}) + "</h1><form method=\"post\" action=\"/pair\">";
  if (complaint) page += "<p class=\"field-wrong\" role=\"alert\">" + escaped(complaint) + "</p>";
  page += "<p class=\"field\"><label class=\"field-label\" for=\"pin\">" + in({"The PIN that the computer shows", "Le code secret affiché sur l’ordinateur", "De pincode die de computer toont"}) +
          "</label><input id=\"pin\" name=\"pin\" type=\"text\" inputmode=\"numeric\" autocomplete=\"off\" maxlength=\"6\" required></p><p class=\"field\"><label class=\"field-label\" for=\"name\">" +
          in({"A name for this phone", "Un nom pour ce téléphone", "Een naam voor deze telefoon"}) + "</label><input id=\"name\" name=\"name\" type=\"text\" maxlength=\"60\"></p><button class=\"main\">" +
          in({"Open the notebook", "Ouvrir le carnet", "Het carnet openen"}) + "</button></form></article></main></body></html>";
  return {complaint ? 403 : 200, "text/html; charset=utf-8", page};
}

Served Gate::pair(const Visit& visit, Language language, std::int64_t now) {
  auto form = read_target("POST", "/pair?" + visit.body);
  auto pin = form ? form->query["pin"] : std::string(), name = form ? form->query["name"] : std::string();
  auto shut = [&] { return pair_page(language, Words{"the door is shut: open it anew at the computer", "la porte est fermée : rouvrez-la sur l’ordinateur", "de deur is dicht: open ze opnieuw op de computer"}.in(language)); };
  if (door_.pin.empty() || now > door_.expires || phones_.size() >= most_phones) return shut();
  if (!same(pin, door_.pin)) {
    if (++door_.tries < most_tries) return pair_page(language, Words{"this is not the PIN", "ce n’est pas le bon code", "dat is niet de juiste pincode"}.in(language));
    door_.pin.clear();
    return shut();
  }
  std::erase_if(name, [](unsigned char c) { return c < 32; });
  if (name.size() > most_name_bytes || name.find_first_not_of(' ') == std::string::npos) name = "-";
  auto key = new_key();
  phones_.push_back({name, hash_of(key), now, now});
  write();
  Served served{303, "text/plain; charset=utf-8", ""};
  served.headers = {{"Location", "/"}, {"Set-Cookie", cookie_name() + "=" + key + "; HttpOnly; SameSite=Strict; Path=/; Max-Age=31536000"}};
  return served;
}

void Gate::saw_phone(const Visit& visit, std::int64_t now) {
  auto* phone = phone_of(visit);
  if (!phone || now - phone->last_seen < seen_again_seconds) return;
  phone->last_seen = now;
  try {
    write();
  } catch (const std::filesystem::filesystem_error&) {  // a full disk keeps nobody out
  }
}

}  // namespace carnet
