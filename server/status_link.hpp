// A link to the page for coordinators: who may look, of which generation, until when, and a code over that from the relay's key. Nothing of
// it stands in the store but the generation: an earlier one is void, and so are all of a store that was restored since.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "server/accounts.hpp"
#include "server/keys.hpp"

namespace carnet {

struct StatusLink {
  PersonId person;
  std::uint32_t generation = 0;
  std::int64_t expires = 0;  // unix seconds
  auto operator<=>(const StatusLink&) const = default;
};

std::string token_of(const StatusLink& link, const MasterKey& keys);  // letters, digits, - and _
std::optional<StatusLink> read_token(std::string_view token, const MasterKey& keys);  // one that these keys made; it may be over

std::uint32_t status_generation(Database& db, PersonId person);  // 0: there is no such person
std::uint32_t next_status_generation(Database& db, PersonId person);  // earlier links are void from here on

}  // namespace carnet
