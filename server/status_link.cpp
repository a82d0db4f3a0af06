#include "server/status_link.hpp"

#include <sodium.h>

#include "core/base64url.hpp"

namespace carnet {

namespace {

constexpr char version = 1;
constexpr std::size_t body_bytes = 1 + 8 + 4 + 8, code_bytes = 32;

void put(std::string& to, std::uint64_t number, int bytes) {
  for (int k = bytes - 1; k >= 0; --k) to.push_back(static_cast<char>(number >> (8 * k)));
}

std::uint64_t get(std::string_view from, std::size_t at, std::size_t bytes) {
  std::uint64_t number = 0;
  for (auto k = at; k < at + bytes; ++k) number = number << 8 | static_cast<unsigned char>(from[k]);
  return number;
}

std::string body_of(const StatusLink& link) {
  std::string body{version};
  put(body, static_cast<std::uint64_t>(link.person.value), 8);
  put(body, link.generation, 4);
  put(body, static_cast<std::uint64_t>(link.expires), 8);
  return body;
}

}  // namespace

std::string token_of(const StatusLink& link, const MasterKey& keys) {
  auto body = body_of(link);
  body += keys.status_code(body);
  return to_base64url(body);
}

std::optional<StatusLink> read_token(std::string_view token, const MasterKey& keys) {
  auto whole = from_base64url(token);
  if (!whole || whole->size() != body_bytes + code_bytes || whole->front() != version) return {};
  auto& bytes = *whole;
  auto code = keys.status_code(bytes.substr(0, body_bytes));
  if (sodium_memcmp(code.data(), bytes.data() + body_bytes, code_bytes) != 0) return {};
  return StatusLink{PersonId{static_cast<std::int64_t>(get(bytes, 1, 8))}, static_cast<std::uint32_t>(get(bytes, 9, 4)), static_cast<std::int64_t>(get(bytes, 13, 8))};
}

std::uint32_t status_generation(Database& db, PersonId person) {
  return static_cast<std::uint32_t>(db.number("SELECT CASE WHEN links>epoch THEN links ELSE epoch END FROM store,person WHERE person=?", person));
}

std::uint32_t next_status_generation(Database& db, PersonId person) {
  DatabaseStep step(db);
  db.lock_accounts();
  auto next = status_generation(db, person) + 1;
  db.run("UPDATE person SET links=? WHERE person=?", next, person);
  step.commit();
  return next;
}

}  // namespace carnet
